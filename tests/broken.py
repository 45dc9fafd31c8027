"""Broken instances: for each kind of fault a change to a sound file, and the line it must give."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Raw = dict[str, Any]

HOME = {"lat": 23.1, "lon": 108.3}


def sound() -> Raw:
    """Return a small instance with something in every section, as read from JSON."""
    return json.loads(json.dumps(SOUND))  # unlike deepcopy, it does not keep two places one object


@dataclass(frozen=True, slots=True)
class Broken:
    """A fault and the one line it gives.

    Parameters
    ----------
    name
        What is wrong, in a few words.
    change
        Breaks a sound file.
    path, id, words
        JSON path and identifier of the line, and words it must hold.
    """

    name: str
    change: Callable[[Raw], object]
    path: str
    id: str | None
    words: str


AS_IN_THE_FILE = "the identifier of the record that the path leads into"


def wrong(name: str, path: str, value: Any, words: str, *, id: str | None = AS_IN_THE_FILE, at: str = "") -> Broken:
    """Return the fault of a wrong value: `path` gets `value`, and the line names `at` (the same path, if left out)."""
    return Broken(name, put(path, value), at or path, _id_at(path) if id == AS_IN_THE_FILE else id, words)


def without(name: str, path: str, words: str, *, id: str | None = AS_IN_THE_FILE, at: str = "") -> Broken:
    """Return the fault of a missing value."""
    return Broken(name, drop(path), at or path, _id_at(path) if id == AS_IN_THE_FILE else id, words)


def put(path: str, value: Any) -> Callable[[Raw], None]:
    """Return a change that sets the value at a path."""

    def change(raw: Raw) -> None:
        owner, last = _owner(raw, path)
        if isinstance(owner, list) and last == len(owner):
            owner.append(None)
        owner[last] = copy.deepcopy(value)

    return change


def drop(path: str) -> Callable[[Raw], None]:
    """Return a change that removes the value at a path."""

    def change(raw: Raw) -> None:
        owner, last = _owner(raw, path)
        del owner[last]

    return change


def add(section: str, value: Any) -> Callable[[Raw], None]:
    """Return a change that appends to a section."""
    return lambda raw: raw[section].append(copy.deepcopy(value))


def _owner(raw: Any, path: str) -> tuple[Any, str | int]:
    steps = [int(step) if step.isdigit() else step for step in re.findall(r"\w+", path)]
    for step in steps[:-1]:
        raw = raw[step]
    return raw, steps[-1]


def _id_at(path: str) -> str | None:
    record: Any = SOUND
    for step in re.findall(r"\w+", path)[:2]:
        if isinstance(record, list):
            record = record[int(step)] if int(step) < len(record) else None
        elif record is not None:
            record = record.get(step)
    if not isinstance(record, dict) or "[" not in path.split(".")[1]:
        return None
    return record.get("id") or ("/".join((record["volunteer"], record["household"])) if "volunteer" in record else None)


SOUND: Raw = {
    "format": "pairsolve-instance",
    "version": 1,
    "horizon": {"first_day": "2026-12-01", "last_day": "2026-12-28", "time_zone": "Asia/Shanghai"},
    "travel": {"metric": {"kind": "crow"}, "modes": {"walk": {"speed_kmh": 4.8}, "bike": {"speed_kmh": 12}}},
    "areas": [{"id": "town"}, {"id": "east", "parent": "town"}, {"id": "west", "parent": "town"}],
    "teams": [{"id": "school", "area": "town"}, {"id": "class", "parent": "school"}],
    "services": [
        {"id": "haircut", "minutes": 45, "skills": [{"skill": "scissors"}]},
        {"id": "rehab", "channel": "site"},
    ],
    "sites": [{"id": "centre", "area": "east", "location": HOME, "capacity": 4}],
    "volunteers": [
        {
            "id": "V1",
            "team": "class",
            "area": "east",
            "location": HOME,
            "mode": "bike",
            "skills": [{"skill": "scissors", "level": 2, "expires": "2027-12-31"}],
            "windows": [{"days": ["mon", "wed"], "start": "09:00", "end": "11:30"}],
            "exceptions": [{"first": "2026-12-07", "last": "2026-12-09"}],
            "preferred_services": ["haircut"],
        },
        {"id": "V2", "location": {"lat": 23.2, "lon": 108.4}, "household": "H2", "channels": ["home", "site"]},
    ],
    "households": [
        {"id": "H1", "area": "east", "location": HOME, "priority": 1, "refused": ["V2"], "preferred": ["V1"]},
        {"id": "H2", "area": "west", "location": {"lat": 23.0, "lon": 108.2}, "tags": ["severe"]},
    ],
    "needs": [
        {"id": "N1", "household": "H1", "service": "haircut", "visits": {"count": 2, "per": "month"}},
        {
            "id": "N2",
            "household": "H2",
            "service": "rehab",
            "site": "centre",
            "crew": {"min": 1, "max": 2},
            "visits": {"max_gap_days": 3},
        },
    ],
    "events": [
        {"id": "E1", "service": "haircut", "day": "2026-12-03", "start": "09:00", "end": "11:00", "site": "centre"}
    ],
    "pairs": [{"volunteer": "V1", "household": "H1", "locked": True}],
    "history": [{"volunteer": "V1", "household": "H1", "need": "N1", "done": 3}],
    "rules": [
        {"kind": "neighbour", "id": "near", "mode": "walk"},
        {"kind": "target", "id": "ninety", "service": "rehab", "area": "town", "share": 0.9},
        {"kind": "team_quota", "id": "quota", "team": "school", "min_pairs": 0, "max_pairs": 9},
        {"kind": "team_scope", "id": "scope", "team": "class", "areas": ["east"]},
        {"kind": "change_budget", "id": "budget", "max_ended": 5},
        {"kind": "two_person", "id": "two", "tag": "severe"},
        {"kind": "apart", "id": "apart", "volunteers": ["V2"], "households": ["H1"]},
    ],
    "objective": [{"terms": [{"kind": "coverage"}]}, {"terms": [{"kind": "travel"}, {"kind": "balance", "weight": 3}]}],
}
