"""The contract as JSON Schema, and as a page to read (docs/format.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

from pydantic.json_schema import GenerateJsonSchema

from pairsolve.instance import Instance
from pairsolve.plan import Plan
from pairsolve.rules import minutes_to_clock

LONGEST_DEFAULT = 60

Document = Literal["instance", "plan"]

_MODELS: dict[Document, type[Instance] | type[Plan]] = {"instance": Instance, "plan": Plan}
_ID = {"type": "string", "minLength": 1, "maxLength": 200}
_FORMATS = {"date": 'day "YYYY-MM-DD"', "date-time": 'moment "YYYY-MM-DDTHH:MM:SS+08:00"'}
_PLAIN = {"boolean": "true or false", "object": "object"}


def schema(document: Document) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of an instance or a plan."""
    made = _MODELS[document].model_json_schema(schema_generator=_WithDefaults)
    for part in made["$defs"].values():
        if "const" in part["properties"].get("kind", {}):  # the kind chooses the model, so it cannot be left out
            part["required"] = ["kind", *part.get("required", ())]
            del part["properties"]["kind"]["default"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"pairsolve {document}",
        **{key: value for key, value in made.items() if key != "title"},
    }


class _WithDefaults(GenerateJsonSchema):
    """Writes every default as it would stand in a file."""

    def get_default_value(self, schema: Any) -> Any:
        """Return the default, made by its factory if it has one."""
        factory = schema.get("default_factory")
        return factory() if factory is not None else super().get_default_value(schema)

    def default_schema(self, schema: Any) -> dict[str, Any]:
        """Write times of day as clock values."""
        made = super().default_schema(schema)
        if "pattern" in made and isinstance(made.get("default"), int):
            made["default"] = minutes_to_clock(made["default"])
        return made


def schema_text(document: Document) -> str:
    """Return the JSON Schema as the text of ``docs/schema/<document>.json``."""
    return json.dumps(schema(document), ensure_ascii=False, indent=1) + "\n"


def format_page() -> str:
    """Return the text of ``docs/format.md``."""
    return "\n".join([_HEAD, *_document("instance"), *_standard(), *_document("plan")]).rstrip() + "\n"


def _document(document: Document) -> Iterator[str]:
    whole = schema(document)
    yield from _model(f"The {document}", whole)
    for name, model in whole["$defs"].items():
        yield from _model(name, model)


def _standard() -> Iterator[str]:
    yield "## The standard values\n"
    yield "What holds where an instance says nothing.\n"
    whole = schema("instance")
    for name, about in {**whole["properties"], **whole["$defs"]["Travel"]["properties"]}.items():
        words = json.dumps(about.get("default"), ensure_ascii=False)
        if len(words) > LONGEST_DEFAULT and "$ref" not in about:
            yield f"`{name}`:\n\n```json\n{words}\n```\n"


def _model(name: str, model: dict[str, Any]) -> Iterator[str]:
    yield f"## {name}\n"
    yield " ".join(model.get("description", "").split()) + "\n"
    yield "| field | what it holds | if left out | meaning |"
    yield "|---|---|---|---|"
    required = model.get("required", ())
    for field, about in model["properties"].items():
        default = "must be given" if field in required else _default(about)
        meaning = " ".join(about.get("description", "").split())
        yield f"| `{field}` | {_words(about)} | {default} | {meaning} |".replace("  ", " ")
    yield ""


def _default(about: dict[str, Any]) -> str:
    value = about.get("default")
    if value is None:
        return "nothing"
    if "$ref" in about:
        return "one with all its fields left out"
    words = json.dumps(value, ensure_ascii=False)
    return f"`{words}`" if len(words) <= LONGEST_DEFAULT else "[the standard values](#the-standard-values)"


def _words(about: dict[str, Any]) -> str:
    """Return what a field holds, in a few words."""
    for several in ("anyOf", "oneOf"):
        if several in about:
            parts = [part for part in about[several] if part.get("type") != "null"]
            return " or ".join(map(_words, parts))
    if "$ref" in about:
        name = about["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "const" in about or "enum" in about:
        return ", ".join(f"`{json.dumps(value)}`" for value in about.get("enum", [about.get("const")]))
    return _typed(about)


def _typed(about: dict[str, Any]) -> str:
    kind = about.get("type")
    if kind == "array":
        fixed = about.get("prefixItems")
        return "list of " + (" and ".join(map(_words, fixed)) if fixed else _words(about["items"]))
    if kind == "object" and "additionalProperties" in about:
        return f"object with free keys, each {_words(about['additionalProperties'])}"
    if kind in ("integer", "number"):
        return ("whole number" if kind == "integer" else "number") + _limits(about)
    return _text(about) if kind == "string" else _PLAIN[str(kind)]


def _text(about: dict[str, Any]) -> str:
    if "pattern" in about:
        return 'time "HH:MM"'
    if "format" in about:
        return _FORMATS[about["format"]]
    return "identifier" if about.items() >= _ID.items() else "text"


def _limits(about: dict[str, Any]) -> str:
    low, high = about.get("minimum"), about.get("maximum")
    if "exclusiveMinimum" in about:
        return f" above {about['exclusiveMinimum']:,}" + (f", at most {high:,}" if high is not None else "")
    if low is not None and high is not None:
        return f" {low:,} to {high:,}"
    return f" from {low:,}" if low is not None else f" to {high:,}" if high is not None else ""


_HEAD = """\
# The files

This page is made from the models in `src/pairsolve` by `pairsolve schema --markdown`; a test keeps it current.
The same contract for programs: [schema/instance.json](schema/instance.json), [schema/plan.json](schema/plan.json).

Files are JSON in UTF-8, packed with gzip or not. A field that is not named here is refused, so that a slip of the
pen is not mistaken for "left out". A file with a newer `version` than the program knows is refused.
Identifiers are texts of 1 to 200 characters, chosen by you. What the rules and the objective mean is in
[model.md](model.md).
"""
