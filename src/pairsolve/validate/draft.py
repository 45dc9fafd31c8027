"""What could be read of an instance, whole or in part, so that references are always checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pairsolve.contract import inner
from pairsolve.errors import Problem
from pairsolve.instance import Instance
from pairsolve.setting import Horizon, Travel
from pairsolve.wording import Names, Steps, json_path

Rows = tuple[tuple[int, Any], ...]

SECTIONS = tuple(name for name, info in Instance.model_fields.items() if inner(info.annotation) is not None)


@dataclass(frozen=True)
class Draft:
    """An instance, perhaps with holes.

    Parameters
    ----------
    horizon, travel
        None where they are faulty.
    rows
        Per section, the position and the record of every entry that is an object; a faulty record lacks its
        faulty fields. A section that is no list at all is left out.
    """

    horizon: Horizon | None
    travel: Travel | None
    rows: Mapping[str, Rows]
    _names: dict[str, Names] = field(default_factory=dict, repr=False)

    def names(self, section: str) -> Names | None:
        """Return the identifiers of a section, or None where the section cannot be read."""
        if section not in self._names:
            if section == "modes":
                if self.travel is None:
                    return None
                self._names[section] = Names(self.travel.modes)
            elif section not in self.rows:
                return None
            else:
                self._names[section] = Names(
                    {record.id: None for _, record in self.rows[section] if hasattr(record, "id")}
                )
        return self._names[section]

    def of(self, section: str) -> Rows:
        """Return the position and the record of every entry of a section."""
        return self.rows.get(section, ())


def draft_of(instance: Instance) -> Draft:
    """Return the draft of a whole instance."""
    rows = {name: tuple(enumerate(getattr(instance, name))) for name in SECTIONS}
    return Draft(instance.horizon, instance.travel, rows)


def problem_in(section: str, index: int, steps: Steps, record: Any, what: str) -> Problem:
    """Return a problem of a record, with its path and its identifier."""
    id_ = getattr(record, "id", None)
    if id_ is None and section in ("pairs", "history"):
        id_ = "/".join(str(getattr(record, part, "?")) for part in ("volunteer", "household"))
    return Problem(json_path((section, index, *steps)), what, id_)


def repeats(names: Sequence[str]) -> Iterator[int]:
    """Yield the positions of names that stand in a list before."""
    if len(names) > 1 and len(set(names)) < len(names):
        seen: set[str] = set()
        for position, name in enumerate(names):
            if name in seen:
                yield position
            seen.add(name)
