"""Reading instances and plans: the fast way when all is well, and every fault at once when not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from pairsolve.collector import paused
from pairsolve.errors import FileError, InstanceError, Problem
from pairsolve.instance import INSTANCE_FORMAT, INSTANCE_VERSION, Instance
from pairsolve.meetings import ROTA_FORMAT, ROTA_VERSION, Rota, rota_problems
from pairsolve.options import Callback, Progress
from pairsolve.plan import PLAN_FORMAT, PLAN_VERSION, Plan
from pairsolve.reading.diagnosis import Found, faults
from pairsolve.reading.salvage import salvage
from pairsolve.reading.sources import Source, load, shown
from pairsolve.validate.checks import draft_problems
from pairsolve.validate.draft import draft_of
from pairsolve.wording import quoted, visible

MOST_PROBLEMS = 200

Document = TypeVar("Document", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Kind(Generic[Document]):
    """A kind of file: what it is called, its model, and how its parts must hang together."""

    word: str
    model: type[Document]
    format: str
    version: int
    whole: Callable[[Document], Iterable[Problem]]
    parts: Callable[[dict[str, Any], list[Found]], Iterable[Problem]]


def read(source: Source, *, callback: Callback | None = None) -> Instance:
    """Read an instance from a JSON file.

    Parameters
    ----------
    source
        Path of the file, packed with gzip or not; ``"-"`` is standard input.
    callback
        Told how far reading has come.

    Returns
    -------
    Instance
        Checked: every field is sound and every reference leads somewhere.

    Raises
    ------
    FileError
        When the file cannot be opened, unpacked or decoded.
    InstanceError
        When its content is wrong; `problems` lists every fault (the first 200).
    """
    return _read(INSTANCE, source, callback)


def read_plan(source: Source, *, callback: Callback | None = None) -> Plan:
    """Read a plan from a JSON file; whether it is any good is for `pairsolve.check` to say.

    Parameters
    ----------
    source
        Path of the file, packed with gzip or not; ``"-"`` is standard input.
    callback
        Told how far reading has come.

    Raises
    ------
    FileError
        When the file cannot be opened, unpacked or decoded.
    InstanceError
        When its content is wrong; `problems` lists every fault (the first 200).
    """
    return _read(PLAN, source, callback)


def read_rota(source: Source, *, callback: Callback | None = None) -> Rota:
    """Read what a meeting rota is asked for from a JSON file.

    Parameters
    ----------
    source
        Path of the file, packed with gzip or not; ``"-"`` is standard input.
    callback
        Told how far reading has come.

    Raises
    ------
    FileError
        When the file cannot be opened, unpacked or decoded.
    InstanceError
        When its content is wrong; `problems` lists every fault (the first 200).
    """
    return _read(ROTA, source, callback)


def _read(kind: Kind[Document], source: Source, callback: Callback | None) -> Document:
    name = shown(source)
    data = load(source, callback)
    if callback is not None:
        callback(Progress("reading", len(data), len(data), detail="checking fields and references"))
    with paused():
        try:
            document = kind.model.model_validate_json(data)
        except ValidationError as error:
            raise _refusal(kind, name, data, error) from None
        found = [*_too_new(kind, document), *_repeated_keys(data)] or capped(kind.whole(document))
    if found:
        raise InstanceError(name, found)
    return document


def capped(found: Iterable[Problem]) -> list[Problem]:
    """Return the problems in file order, the first 200 of them, and how many more there are."""
    ordered = sorted(found, key=lambda problem: _file_order(problem.path))
    more = len(ordered) - MOST_PROBLEMS
    if more <= 0:
        return ordered
    return [*ordered[:MOST_PROBLEMS], Problem("$", f"… and {more} more; correct these first")]


def _refusal(kind: Kind[Document], name: str, data: bytearray, error: ValidationError) -> FileError | InstanceError:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return FileError(name, _syntax(str(first["ctx"]["error"])))
    raw = from_json(data)
    if not isinstance(raw, dict):
        return FileError(name, f"holds {quoted(raw)}, not one object in braces")
    if other := _other_format(kind, raw):
        return InstanceError(name, [other])
    found = list(faults(kind.model, raw, error))
    return InstanceError(
        name, capped([*(one.problem for one in found), *_repeated_keys(data), *kind.parts(raw, found)])
    )


def _syntax(fault: str) -> str:
    """Turn the parser's words into ours, with line and column."""
    what, _, where = fault.partition(" at line ")
    line, _, column = where.partition(" column ")
    if "recursion limit" in what:
        what = "brackets are nested too deeply"
    elif what.startswith("EOF"):
        what = "it ends too early, as if cut off"
    elif "number out of range" in what:
        what = "a number has far too many digits"
    return f"is not JSON at line {line}, column {column}: {visible(what)}"


def _other_format(kind: Kind[Document], raw: dict[str, Any]) -> Problem | None:
    stated = raw.get("format", kind.format)
    other = next((k for k in (INSTANCE, PLAN, ROTA) if stated == k.format and k.format != kind.format), None)
    if other is not None:
        article = "an" if other.word == "instance" else "a"
        return Problem("$.format", f"this is {article} {other.word}; give the file of the {kind.word} here")
    if stated != kind.format:
        return Problem("$.format", f"is {quoted(stated)}; {kind.word}s have {quoted(kind.format)}")
    version = raw.get("version", kind.version)
    return _version_fault(kind, version) if isinstance(version, int) and not isinstance(version, bool) else None


def _too_new(kind: Kind[Document], document: Document) -> list[Problem]:
    fault = _version_fault(kind, getattr(document, "version", kind.version))
    return [fault] if fault else []


def _version_fault(kind: Kind[Document], version: int) -> Problem | None:
    if version <= kind.version:
        return None
    what = f"is {quoted(version)}, newer than {kind.version}, the newest this pairsolve reads; upgrade pairsolve"
    return Problem("$.version", what)


def _repeated_keys(data: bytearray) -> list[Problem]:
    """Find objects that give one key twice, of which JSON readers silently drop the first."""
    repeated: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        if len(dict(pairs)) < len(pairs):
            keys = [key for key, _ in pairs]
            owner = next((value for key, value in pairs if key == "id" and isinstance(value, str)), None)
            repeated.extend(f"{owner or ''}\0{key}" for key in dict.fromkeys(keys) if keys.count(key) > 1)

    json.loads(data, object_pairs_hook=note)
    return [
        Problem("$", f"the key {quoted(key)} is given twice in one object; keep one", owner or None)
        for owner, _, key in (entry.partition("\0") for entry in repeated[:MOST_PROBLEMS])
    ]


def _file_order(path: str) -> tuple[int, int]:
    section, index = re.match(r"\$\.?(\w*)(?:\[(\d+)\])?", path).groups()  # type: ignore[union-attr]  # every path starts so
    return _SECTION_ORDER.get(section, -1), int(index or -1)


_SECTION_ORDER = {name: number for number, name in enumerate([*Instance.model_fields, *Plan.model_fields])}

INSTANCE = Kind(
    "instance",
    Instance,
    INSTANCE_FORMAT,
    INSTANCE_VERSION,
    whole=lambda instance: draft_problems(draft_of(instance)),
    parts=lambda raw, found: draft_problems(salvage(raw, [one.steps for one in found])),
)
PLAN = Kind("plan", Plan, PLAN_FORMAT, PLAN_VERSION, whole=lambda plan: (), parts=lambda raw, found: ())
ROTA = Kind("rota", Rota, ROTA_FORMAT, ROTA_VERSION, whole=rota_problems, parts=lambda raw, found: ())
