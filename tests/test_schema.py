"""The published contract: schema files and format page are those of the models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pairsolve.cli import app
from pairsolve.schema import format_page, schema, schema_text
from pairsolve.validate.references import LINKS

DOCS = Path(__file__).parents[1] / "docs"
NOT_REFERENCES = {
    "id",
    "skill",
    "skills",
    "role",
    "tag",
    "tags",
    "traits",
    "required_traits",
    "place",
    "places",
    "kind",
}


@pytest.mark.parametrize("document", ["instance", "plan"])
def test_schema_files_are_current(document: Any) -> None:
    """docs/schema holds what `pairsolve schema` prints (make it anew: `pairsolve schema instance > …`)."""
    text = (DOCS / "schema" / f"{document}.json").read_text(encoding="utf-8")
    assert text == schema_text(document) == CliRunner().invoke(app, ["schema", document]).stdout
    assert json.loads(text)["additionalProperties"] is False


def test_format_page_is_current() -> None:
    """docs/format.md is what `pairsolve schema --markdown` prints."""
    text = (DOCS / "format.md").read_text(encoding="utf-8")
    assert text == format_page() == CliRunner().invoke(app, ["schema", "--markdown"]).stdout


def test_defaults_stand_as_in_a_file() -> None:
    """Times of day are clock values, standard values are written out, and the kind of a rule must be given."""
    made = schema("instance")
    assert made["$defs"]["Horizon"]["properties"]["day_start"]["default"] == "08:00"
    assert made["$defs"]["Travel"]["properties"]["modes"]["default"]["walk"]["speed_kmh"] == 4.8
    assert "kind" in made["$defs"]["ApartRule"]["required"]


def test_every_model_is_on_the_page() -> None:
    """Each model has a heading, and every link leads to one."""
    page = format_page()
    for document in ("instance", "plan"):
        for name in schema(document)["$defs"]:  # type: ignore[arg-type]  # both are documents
            assert f"\n## {name}\n" in page


def _is_id(about: dict[str, Any]) -> bool:
    parts = [*about.get("anyOf", ()), about.get("items", {}), about]
    return any(part.get("maxLength") == 200 for part in parts)


def test_every_identifier_is_followed() -> None:
    """Every field that names another record is checked: it stands in LINKS, or it names nothing."""
    definitions = schema("instance")["$defs"]
    fields = {
        name for model in definitions.values() for name, about in model["properties"].items() if _is_id(about)
    } - NOT_REFERENCES
    assert fields == {link.field for link in LINKS}
