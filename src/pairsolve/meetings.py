"""A meeting rota: who may meet whom, over how many rounds and tables; and the rota that was made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import Annotated, Final, Literal

from pydantic import Field

from pairsolve.errors import Problem
from pairsolve.rules import Count, Id, Model, Positive, Text
from pairsolve.wording import quoted

ROTA_FORMAT: Final = "pairsolve-rota"
ROTA_PLAN_FORMAT: Final = "pairsolve-rota-plan"
ROTA_VERSION = 1
_MOST_GROUPS = 2

Two = Annotated[tuple[Id, Id], Field(description="Two different people.")]


class Person(Model):
    """Somebody who comes to the event."""

    id: Id
    name: Text = ""
    group: Text = Field("", description="People of one group do not meet when there are two groups.")


class Rota(Model):
    """What is asked: as many compatible meetings as the rounds and tables allow."""

    format: Literal["pairsolve-rota"] = ROTA_FORMAT
    version: Positive = ROTA_VERSION
    name: Text = ""
    rounds: Positive = Field(description="Rounds; everybody has at most one meeting in each.")
    tables: Positive | None = Field(None, description="Meetings that can be held at once; no limit if left out.")
    people: tuple[Person, ...]
    compatible: tuple[Two, ...] | None = Field(
        None, description="Who may meet whom; everybody may meet everybody (of the other group) if left out."
    )

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups, in order of appearance."""
        return tuple(dict.fromkeys(person.group for person in self.people))

    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Return who may meet whom by number in `people`, the first group first, sorted."""
        number = {person.id: index for index, person in enumerate(self.people)}
        if self.compatible is not None:
            found = {(number[one], number[other]) for one, other in self.compatible}
        else:
            found = set(combinations(range(len(self.people)), 2))
        if len(self.groups) < _MOST_GROUPS:
            return tuple(sorted({(min(pair), max(pair)) for pair in found}))
        first = self.groups[0]
        across = {pair for pair in found if self.people[pair[0]].group != self.people[pair[1]].group}
        return tuple(sorted({(a, b) if self.people[a].group == first else (b, a) for a, b in across}))


class Meeting(Model):
    """Two people at a table in a round."""

    round: Positive
    table: Positive
    people: Two


class Waiting(Model):
    """The rounds in which somebody meets nobody."""

    person: Id
    rounds: tuple[Positive, ...]


class RotaPlan(Model):
    """The rota."""

    format: Literal["pairsolve-rota-plan"] = ROTA_PLAN_FORMAT
    version: Positive = ROTA_VERSION
    status: Literal["optimal", "feasible"] = Field(description="optimal: no rota has more meetings.")
    num_meetings: Count
    bound: Count = Field(description="No rota has more meetings than this.")
    proof: Literal["tables", "people", "search"] = Field(
        description="What the bound rests on: all tables taken in all rounds; the people in `busy`; or a search."
    )
    busy: tuple[Id, ...] = Field(
        (), description="Meetings of these people fill at most their rounds; all other compatible pairs meet."
    )
    meetings: tuple[Meeting, ...]
    waiting: tuple[Waiting, ...] = Field((), description="Everybody who waits, in the order of the people.")


def rota_problems(rota: Rota) -> Iterator[Problem]:
    """Yield everything that does not hang together in a rota."""
    counted = Counter(person.id for person in rota.people)
    for index, person in enumerate(rota.people):
        if counted[person.id] > 1:
            yield Problem(f"$.people[{index}].id", f"{quoted(person.id)} is given twice; give each a name of its own")
    if len(rota.groups) > _MOST_GROUPS:
        names = ", ".join(map(quoted, rota.groups))
        yield Problem("$.people", f"are in {len(rota.groups)} groups: {names}; a rota has one group or two")
        return
    group = {person.id: person.group for person in rota.people}
    for index, pair in enumerate(rota.compatible or ()):
        where = f"$.compatible[{index}]"
        unknown = [one for one in pair if one not in group]
        for one in unknown:
            yield Problem(where, f"no person is named {quoted(one)}; add them to the people or correct the name")
        if unknown:
            continue
        if pair[0] == pair[1]:
            yield Problem(where, f"{quoted(pair[0])} cannot meet themselves; name two people")
        elif len(rota.groups) == _MOST_GROUPS and group[pair[0]] == group[pair[1]]:
            what = f"{quoted(pair[0])} and {quoted(pair[1])} are of one group, and there are two; leave the pair out"
            yield Problem(where, what)
