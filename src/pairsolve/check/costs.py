"""What the relaxation charges: leaving a job uncovered, choosing a volunteer (docs/model.md, section 5)."""

from __future__ import annotations

import numpy as np

from pairsolve.check.admissible import Admissible, Block, PairTable, is_simple
from pairsolve.check.facts import Facts, Ints, rules_of
from pairsolve.check.objective import neighbour_households
from pairsolve.check.rhythm import Bools
from pairsolve.rules import NeighbourRule, TermKind

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
        services = {service: number for number, service in enumerate(facts.services)}
        self.service = np.array([services.get(job.service or "", len(services)) for job in facts.jobs], np.int64)
        self._disliked = np.zeros((len(volunteers), len(services) + 1), np.bool_)
        for row, volunteer in enumerate(volunteers):
            if volunteer.preferred_services:
                liked = [services[one] for one in volunteer.preferred_services if one in services]
                self._disliked[row, :-1] = True
                self._disliked[row, liked] = False
        self._choosy = np.array([bool(household.preferred) for household in households] + [False], np.bool_)
        self._preferred = PairTable(
            facts, ((one, household.id, 1) for household in households for one in dict.fromkeys(household.preferred))
        )
        self._existing = PairTable(
            facts, ((pair.volunteer, pair.household, pair.value) for pair in facts.instance.pairs)
        )
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

    def known(self) -> tuple[Bools, Bools]:
        """Return the volunteers and the jobs whose pairs may cost less than travel: those of existing pairs."""
        volunteers, households = self._existing.asked
        return volunteers, households[self.household]

    def near(self, rule: NeighbourRule, volunteers: Ints, households: Ints) -> Bools:
        """Say which volunteers live near which households, pair by pair."""
        times = self.facts.times
        near: Bools = times.minutes(self.facts.mode[rule.mode], volunteers, times.first_household + households) <= (
            rule.minutes
        )
        return near

    def of_pairs(self, tier: int, block: Block, some: Ints) -> Ints:
        """Return the costs c in one tier of some pairs of a block."""
        job, volunteer = block.job[some], block.volunteers[block.row[some]]
        household, costs = self.household[job], np.zeros(len(some), np.int64)
        for weight in self._weights("neighbour", tier):
            for rule, members in self.neighbours:
                asked = np.nonzero(self.simple[household] & _is_in(members, len(self.simple))[household])[0]
                costs[asked] += weight * ~self.near(rule, volunteer[asked], household[asked])
        for weight in self._weights("continuity", tier):
            costs -= weight * self._existing.of(volunteer, household) * self.simple[household]
        for weight in self._weights("faces", tier):
            costs += weight * self.simple[household]
        for weight in self._weights("travel", tier):
            costs += weight * self.required[job] * block.minutes[some]
        for weight in self._weights("preference", tier):
            unwished = self._choosy[household] - self._preferred.of(volunteer, household)
            costs += weight * (unwished + self._disliked[volunteer, self.service[job]])
        return costs

    def _weights(self, term: TermKind, tier: int) -> list[int]:
        return [weight for place, weight in self.layout.of(term) if place == tier]


def _is_in(members: Ints, size: int) -> Bools:
    found = np.zeros(size, np.bool_)
    found[members] = True
    return found
