"""What the relaxation charges: leaving a job uncovered, choosing a volunteer (docs/model.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from pairsolve.check.admissible import Admissible, Block, is_simple
from pairsolve.check.facts import Facts, Ints, rules_of
from pairsolve.check.objective import neighbour_households
from pairsolve.check.rhythm import Bools
from pairsolve.rules import NeighbourRule, TermKind

Table = npt.NDArray[np.int32]
Place = tuple[int, int]  # number of a tier, weight of the term in it

IMPOSSIBLE = 1 << 61  # above every price that a certificate may hold


class Layout:
    """Where each term stands in the cost vectors of the layer `pairs`.

    Parameters
    ----------
    facts
        The instance with its look-ups.

    Attributes
    ----------
    size
        Number of tiers.
    coverage
        (tier, weight) by priority class.
    terms
        (tier, weight) of every other term; a term may stand in several tiers.
    """

    def __init__(self, facts: Facts) -> None:
        self.coverage: dict[int, list[Place]] = {}
        self.terms: dict[TermKind, list[Place]] = {}
        self.size = 0
        classes = sorted({job.priority for job in facts.jobs})
        for tier in facts.instance.objective:
            if tier.terms[0].kind == "coverage":
                for position, priority in enumerate(classes):
                    self.coverage.setdefault(priority, []).append((self.size + position, tier.terms[0].weight))
                self.size += len(classes)
            else:
                for term in tier.terms:
                    self.terms.setdefault(term.kind, []).append((self.size, term.weight))
                self.size += 1

    def first_of_pairs(self) -> int:
        """Return the first tier that charges single pairs."""
        kinds: tuple[TermKind, ...] = ("neighbour", "continuity", "travel", "preference", "faces")
        return min((tier for kind in kinds for tier, _ in self.of(kind)), default=self.size)

    def of(self, term: TermKind) -> list[Place]:
        """Return the places of a term."""
        return self.terms.get(term, [])


class Costs:
    """Cost vectors of the relaxation.

    Parameters
    ----------
    facts
        The instance with its look-ups.
    admissible
        Its admissible pairs.

    Attributes
    ----------
    simple
        By household: whether it has one need, for one person.
    uncovered
        o: shape (jobs, tiers).
    """

    def __init__(self, facts: Facts, admissible: Admissible) -> None:
        self.facts, self.layout = facts, Layout(facts)
        self.household = admissible.household
        households, volunteers = facts.instance.households, facts.instance.volunteers
        self.simple = np.array([is_simple(facts, household.id) for household in households] + [False], np.bool_)
        self.required = np.array([job.required for job in facts.jobs], np.int64)
        self.neighbours = [(rule, self._members(rule)) for rule in rules_of(facts.instance, NeighbourRule)]
        self.homes = facts.times.first_household + np.arange(len(households))
        services = {service: number for number, service in enumerate(facts.services)}
        self.service = np.array([services.get(job.service or "", len(services)) for job in facts.jobs], np.int64)
        self._disliked = np.zeros((len(volunteers), len(services) + 1), np.bool_)
        for row, volunteer in enumerate(volunteers):
            if volunteer.preferred_services:
                liked = [services[one] for one in volunteer.preferred_services if one in services]
                self._disliked[row, :-1] = True
                self._disliked[row, liked] = False
        self._choosy = np.array([bool(household.preferred) for household in households] + [False], np.bool_)
        self._preferred = _by_volunteer(
            facts, ((one, household.id, 1) for household in households for one in dict.fromkeys(household.preferred))
        )
        self._existing = _by_volunteer(facts, ((p.volunteer, p.household, p.value) for p in facts.instance.pairs))
        self.uncovered = self._uncovered()
        if self.layout.size:
            self.uncovered[np.append(admissible.locked_to, -1)[self.household] >= 0, 0] = IMPOSSIBLE

    def _members(self, rule: NeighbourRule) -> Ints:
        number = self.facts.household_number
        return np.array(sorted(number[one.id] for one in neighbour_households(self.facts, rule)), np.int64)

    def _uncovered(self) -> Ints:
        costs = np.zeros((len(self.facts.jobs), self.layout.size), np.int64)
        for job in self.facts.jobs:
            for tier, weight in self.layout.coverage.get(job.priority, ()):
                costs[job.number, tier] = weight
        concerned = np.zeros(len(self.simple), np.int64)
        for _, members in self.neighbours:
            concerned[members] += 1
        concerned *= self.simple  # the last place, for events, is never simple
        for tier, weight in self.layout.of("neighbour"):
            costs[:, tier] += weight * concerned[self.household]
        return costs

    def near(self, block: Block) -> list[Bools]:
        """Return for every neighbour rule the table volunteers × members: who lives near whom."""
        tables = []
        for rule, members in self.neighbours:
            table = np.zeros((len(block.volunteers), len(members)), np.bool_)
            limits = np.full(len(block.volunteers), rule.minutes, np.int64)
            mode = self.facts.mode[rule.mode]
            for rows, columns, _ in self.facts.times.within(mode, block.volunteers, self.homes[members], limits):
                table[rows, columns] = True
            tables.append(table)
        return tables

    def by_household(self, block: Block, near: list[Bools]) -> dict[int, Table]:
        """Return by tier the table volunteers × households of costs that hang on the household alone.

        The last column stands for events and is zero.
        """
        tables: dict[int, Table] = {}

        def table(tier: int) -> Table:
            shape = (len(block.volunteers), len(self.simple))
            return tables.setdefault(tier, np.zeros(shape, np.int32))

        for tier, weight in self.layout.of("neighbour"):
            for (_, members), close in zip(self.neighbours, near, strict=True):
                table(tier)[:, members] += weight * (~close & self.simple[members])
        for tier, weight in self.layout.of("faces"):
            table(tier)[:] += (weight * self.simple).astype(np.int32)
        for tier, weight in self.layout.of("preference"):
            table(tier)[:] += (weight * self._choosy).astype(np.int32)
        for row, volunteer in enumerate(block.volunteers):
            for household, _ in self._preferred.get(int(volunteer), ()):
                for tier, weight in self.layout.of("preference"):
                    table(tier)[row, household] -= weight
            for household, value in self._existing.get(int(volunteer), ()):
                for tier, weight in self.layout.of("continuity") if self.simple[household] else ():
                    table(tier)[row, household] -= weight * value
        return tables

    def of_pairs(self, tier: int, block: Block, some: Ints, tables: Mapping[int, Table]) -> Ints:
        """Return the costs c in one tier of some pairs of a block."""
        job, row = block.job[some], block.row[some]
        costs = np.zeros(len(some), np.int64)
        if tier in tables:
            costs += tables[tier][row, self.household[job]]
        for place, weight in self.layout.of("travel"):
            if place == tier:
                costs += weight * self.required[job] * block.minutes[some]
        for place, weight in self.layout.of("preference"):
            if place == tier:
                costs += weight * self._disliked[block.volunteers[row], self.service[job]]
        return costs


def _by_volunteer(facts: Facts, records: Iterable[tuple[str, str, int]]) -> dict[int, list[tuple[int, int]]]:
    """Group (volunteer, household, number) by volunteer; a wish for somebody unknown cannot come true."""
    found: dict[int, list[tuple[int, int]]] = {}
    for volunteer, household, value in records:
        if volunteer in facts.volunteer_number:
            key = facts.volunteer_number[volunteer]
            found.setdefault(key, []).append((facts.household_number[household], value))
    return found
