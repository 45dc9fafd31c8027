"""From a refused file to all of its faults, one line each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pairsolve.contract import model_at
from pairsolve.errors import Problem
from pairsolve.reading.phrases import phrase
from pairsolve.rules import Fault
from pairsolve.wording import Names, Steps, json_path, quoted

_NEEDS_LAST_STEP = frozenset({"missing", "extra_forbidden"})
_AT_THE_KIND = frozenset({"union_tag_invalid", "union_tag_not_found"})


@dataclass(frozen=True, slots=True)
class Found:
    """A fault with the steps to the field it belongs to."""

    steps: Steps
    problem: Problem


def faults(model: type[BaseModel], raw: dict[str, Any], error: ValidationError) -> Iterator[Found]:
    """Yield every fault of a file whose shape is wrong.

    Parameters
    ----------
    model
        What the file should be.
    raw
        The file as read.
    error
        What the model says.
    """
    for detail in error.errors(include_url=False):
        if not _is_echo(detail):
            yield _found(model, raw, detail)


def record_id(raw: dict[str, Any], steps: Steps) -> str | None:
    """Return the identifier of the record that a path leads into."""
    record: Any = raw
    for step in steps[:2]:
        record = record[step] if _has(record, step) else None
    if not isinstance(record, dict) or len(steps) < 2 or not isinstance(steps[1], int):
        return None
    id_, volunteer, household, *others = (
        text if isinstance(text := record.get(key), str) else None
        for key in ("id", "volunteer", "household", "need", "event")
    )
    if id_ is None and volunteer is not None and household is not None:
        return f"{volunteer}/{household}"
    return id_ or next(filter(None, others), None)


def _found(model: type[BaseModel], raw: dict[str, Any], detail: ErrorDetails) -> Found:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    steps = _steps(raw, detail["loc"], keep_last=kind in _NEEDS_LAST_STEP)
    if kind in _AT_THE_KIND:
        steps = (*steps, "kind")
    fault = context.get("error")
    if isinstance(fault, Fault):
        steps = (*steps, fault.problem.path)
    last = str(steps[-1]) if steps else ""
    if kind == "extra_forbidden":
        what = _unknown_field(model, raw, steps)
    elif detail["loc"][-1:] == ("[key]",):
        what = "is used as a name here; " + phrase(kind, context, value)
    else:
        what = phrase(kind, context, value, last)
    return Found(steps, Problem(json_path(steps), what, record_id(raw, steps)))


def _is_echo(detail: ErrorDetails) -> bool:
    """Say whether a list only counts as too short because its entries are wrong, which is reported anyway."""
    limit = detail.get("ctx", {}).get("min_length", 0)
    return detail["type"] == "too_short" and hasattr(detail["input"], "__len__") and len(detail["input"]) >= limit


def _steps(raw: Any, location: Steps, *, keep_last: bool) -> Steps:
    """Return the location without the marks that are not in the file (kinds of rules, "[key]")."""
    steps: list[str | int] = []
    for number, step in enumerate(location):
        last = number == len(location) - 1
        if _has(raw, step):
            raw = raw[step]
        elif not (last and keep_last):
            continue
        steps.append(step)
    return tuple(steps)


def _has(raw: Any, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(raw, list) and 0 <= step < len(raw)
    return isinstance(raw, dict) and step in raw


def _unknown_field(model: type[BaseModel], raw: dict[str, Any], steps: Steps) -> str:
    owner = model_at(model, steps[:-1], raw)
    known = Names(tuple(owner.model_fields) if owner else ())
    word = str(steps[-1])
    return f"the field {quoted(word)} is not known; {known.hint(word, 'remove it, or see docs/format.md')}"
