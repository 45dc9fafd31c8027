"""The registers of an instance as tables that import reads back without loss, and empty ones to fill in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pairsolve.instance import Instance
from pairsolve.tables.cells import offered, write
from pairsolve.tables.columns import MODELS, SHEETS, Column, columns
from pairsolve.tables.files import Choice, Table

POLICY = ("name", "description", "horizon", "travel", "rules", "objective")
_PIECE = 30_000
_REGISTER_OF = {"area": "areas", "team": "teams", "service": "services", "household": "households"}
_EXAMPLES: dict[str, dict[str, Any]] = {
    "areas": {"id": "east", "name": "East street", "kind": "community"},
    "teams": {"id": "school", "name": "Middle school", "kind": "school"},
    "services": {"id": "company", "name": "Company", "minutes": 60, "channel": "home"},
    "volunteers": {
        "id": "V0001", "name": "Example", "team": "school", "area": "east", "lat": 30.33, "lon": 107.333,
        "mode": "walk", "skills": "nursing:2@2030-12-31; driving", "windows": "mon-fri 18:00-20:00; sat 09:00-12:00",
    },
    "households": {
        "id": "H0001", "name": "Example", "area": "east", "lat": 30.3305, "lon": 107.334, "priority": 1,
        "tags": "alone",
    },
    "needs": {
        "id": "N0001", "household": "H0001", "service": "company", "visits_count": 2, "visits_per": "month",
        "visits_min_gap_days": 7,
    },
}  # fmt: skip


def register_tables(instance: Instance, language: str = "en") -> Iterator[Table]:
    """Yield the registers and the policy of an instance; columns that nobody uses are left out."""
    for section in MODELS:
        records = [record.model_dump(mode="json", exclude_defaults=True) for record in getattr(instance, section)]
        if records:
            used = [
                column for column in columns(section) if any(_value(record, column) is not None for record in records)
            ]
            rows = [[_cell(record, column) for column in used] for record in records]
            yield Table(_sheet(section, language), tuple(column.heading(language) for column in used), rows)
    yield Table(_sheet("policy", language), ("key", "value"), list(_policy_rows(instance)))


def template_tables(language: str = "en") -> Iterator[Table]:
    """Yield empty registers with headings and one example row, and the policy of one month."""
    for section, example in _EXAMPLES.items():
        heads = columns(section)
        row = [example.get(column.key, "") for column in heads]
        lists = {
            number: choice for number, column in enumerate(heads) if (choice := _choice(section, column, language))
        }
        texts = frozenset(number for number, column in enumerate(heads) if column.kind not in ("int", "float"))
        headings = tuple(column.heading(language) for column in heads)
        yield Table(_sheet(section, language), headings, [row], lists, texts)
    horizon = [("first_day", "2027-03-01"), ("last_day", "2027-03-28"), ("time_zone", "Asia/Shanghai")]
    yield Table(_sheet("policy", language), ("key", "value"), horizon)


def _choice(section: str, column: Column, language: str) -> Choice | None:
    """Return what the cells of a column may hold, where that is a short list or another register of the template."""
    if words := offered(column.key, language):
        return Choice(words)
    register = _REGISTER_OF.get(column.key)
    return Choice(sheet=_sheet(register, language)) if register in _EXAMPLES and register != section else None


def _policy_rows(instance: Instance) -> Iterator[tuple[str, str]]:
    raw = instance.model_dump(mode="json", include=set(POLICY), exclude_none=True)
    for key in ("name", "description"):
        yield key, str(write("text", key, raw[key])) if raw[key] else ""
    for key, value in raw["horizon"].items():
        text = value if isinstance(value, str) else json.dumps(value)
        yield key, text
    for key in ("travel", "rules", "objective"):
        text = json.dumps(raw[key], ensure_ascii=False)
        for start in range(0, len(text), _PIECE):
            yield key, text[start : start + _PIECE]


def _sheet(section: str, language: str) -> str:
    return SHEETS[section] if language == "zh" else section


def _value(record: dict[str, Any], column: Column) -> Any:
    value: Any = record
    for step in column.path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _cell(record: dict[str, Any], column: Column) -> Any:
    value = _value(record, column)
    return "" if value is None else write(column.kind, column.key, value)
