"""Which field of the contract names a record of which section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pairsolve.wording import Steps

_WORDS = {
    "areas": "area",
    "teams": "team",
    "services": "service",
    "sites": "site",
    "volunteers": "volunteer",
    "households": "household",
    "needs": "need",
    "modes": "travel mode",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A field that names a record, or several.

    Parameters
    ----------
    section
        Where the field is.
    field
        Its name.
    target
        Section of the records it names; ``"modes"`` are the keys of ``travel.modes``.
    """

    section: str
    field: str
    target: str

    @property
    def word(self) -> str:
        """What a record of the target is called."""
        return _WORDS[self.target]


def each_name(field: str, value: str | tuple[str, ...]) -> Iterator[tuple[Steps, str]]:
    """Yield the names a field holds, one or several, each with its place in the record."""
    if isinstance(value, str):
        yield (field,), value
    else:
        yield from (((field, position), name) for position, name in enumerate(value))


LINKS = (
    Link("areas", "parent", "areas"),
    Link("teams", "parent", "teams"),
    Link("teams", "area", "areas"),
    Link("sites", "area", "areas"),
    Link("volunteers", "team", "teams"),
    Link("volunteers", "area", "areas"),
    Link("volunteers", "mode", "modes"),
    Link("volunteers", "household", "households"),
    Link("volunteers", "preferred_services", "services"),
    Link("households", "area", "areas"),
    Link("households", "refused", "volunteers"),
    Link("households", "preferred", "volunteers"),
    Link("needs", "household", "households"),
    Link("needs", "service", "services"),
    Link("needs", "site", "sites"),
    Link("events", "service", "services"),
    Link("events", "area", "areas"),
    Link("events", "site", "sites"),
    Link("pairs", "volunteer", "volunteers"),
    Link("pairs", "household", "households"),
    Link("history", "volunteer", "volunteers"),
    Link("history", "household", "households"),
    Link("history", "need", "needs"),
    Link("rules", "area", "areas"),
    Link("rules", "areas", "areas"),
    Link("rules", "team", "teams"),
    Link("rules", "service", "services"),
    Link("rules", "mode", "modes"),
    Link("rules", "volunteers", "volunteers"),
    Link("rules", "households", "households"),
)
