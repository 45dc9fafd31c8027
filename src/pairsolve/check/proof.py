"""The proof by prices: the relaxation's bound, computed again from the instance (docs/model.md, section 5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pairsolve.calendar import Calendar
from pairsolve.check.admissible import Admissible, Block, PairTable
from pairsolve.check.costs import Costs
from pairsolve.check.facts import Facts, Ints, Job, rules_of
from pairsolve.check.nearby import EVERYTHING
from pairsolve.check.objective import target_gap
from pairsolve.check.prices import Prices, form_faults
from pairsolve.check.rhythm import Bools
from pairsolve.check.verdict import Finding
from pairsolve.errors import InstanceError, Problem
from pairsolve.instance import Instance
from pairsolve.plan import Certificate
from pairsolve.rules import TargetRule
from pairsolve.travel import Times


@dataclass(frozen=True, slots=True)
class Relaxation:
    """What the certificate shows.

    Parameters
    ----------
    bound
        L: one whole number per tier of the layer `pairs`.
    faults
        Prices that promise more than they may; with any of them L proves nothing.
    """

    bound: tuple[int, ...]
    faults: tuple[Finding, ...]


def relaxation_bound(instance: Instance, calendar: Calendar, times: Times, certificate: Certificate) -> tuple[int, ...]:
    """Return the bound L that the prices of a certificate prove.

    Parameters
    ----------
    instance, calendar, times
        What is asked, with its days and travel minutes.
    certificate
        Prices of needs, events and volunteers.

    Returns
    -------
    tuple of int
        One number per tier of the layer `pairs`: every plan's objective is lexicographically at least this.

    Raises
    ------
    InstanceError
        When some price is higher than the costs allow, so that nothing is proven.
    """
    relaxation = examine(Facts(instance, calendar, times), certificate)
    if relaxation.faults:
        problems = [Problem("$.certificate", fault.what, fault.id) for fault in relaxation.faults]
        raise InstanceError("certificate", problems)
    return relaxation.bound


def examine(facts: Facts, certificate: Certificate, limit: int = 200) -> Relaxation:
    """Verify the prices against every admissible pair, and add up the bound.

    Parameters
    ----------
    facts
        The instance with its look-ups.
    certificate
        Prices of needs, events and volunteers.
    limit
        Most faults to name.
    """
    admissible = Admissible(facts)
    costs = Costs(facts, admissible)
    faults = list(form_faults(facts, certificate, costs.layout.size))
    if faults:
        return Relaxation((), tuple(faults[:limit]))
    prices = Prices(facts, certificate, costs)
    survey = Survey(facts, costs, admissible)
    crews = Crews(facts, costs.layout.size)
    for number in prices.above_uncovered(costs):
        job = facts.jobs[number]
        if crews.several[number]:
            continue
        what = f"the price of {job.label} is above the cost of leaving it uncovered"
        faults.append(Finding("prices", what, job.id))
    volunteers = facts.instance.volunteers
    for block in admissible.blocks(prices.sieve(costs, survey.want(prices.volunteers))):
        survey.add(block, prices.volunteers)
        above = prices.above_pair(block, costs)
        shared = crews.several[block.job[above]]
        crews.add(block.job[above[shared]], prices.slack(block, costs, above[shared]))
        for pair in above[~shared][: max(0, limit - len(faults))]:
            who, job = volunteers[block.volunteers[block.row[pair]]], facts.jobs[block.job[pair]]
            what = f"the price of {job.label} is above the cost and the price of volunteer {who.id!r}"
            faults.append(Finding("prices", what, job.id))
    jobs = crews.worth(prices.jobs, costs.uncovered)
    bound = (
        constant + sum(map(int, jobs[:, tier])) + survey.volunteers[tier]
        for tier, constant in enumerate(survey.constant())
    )
    return Relaxation(tuple(bound), tuple(faults[:limit]))


class Crews:
    """What jobs for several people cost at least, though single members cost less than the price of a seat.

    Parameters
    ----------
    facts
        The instance with its look-ups.
    size
        Tiers of a price.

    Attributes
    ----------
    several
        By job: whether it may have more than one seat.
    """

    def __init__(self, facts: Facts, size: int) -> None:
        largest = max((volunteer.head_count for volunteer in facts.instance.volunteers), default=1)
        self._most = np.array([job.most_people for job in facts.jobs], np.int64)
        self._fewest = np.array([fewest_volunteers(job, largest) for job in facts.jobs], np.int64)
        self.several = self._most > 1
        self._below = np.zeros((len(facts.jobs), size), np.int64)

    def add(self, jobs: Ints, slack: Ints) -> None:
        """Take pairs whose cost and price are below the price of a seat; slack has shape (pairs, tiers)."""
        np.add.at(self._below, jobs, slack)

    def worth(self, prices: Ints, uncovered: Ints) -> Ints:
        """Return the part of each job in L, shape (jobs, tiers): left uncovered, or with its fewest or most people."""
        worth = prices.copy()
        for number in np.nonzero(self.several)[0]:
            price, below = prices[number].tolist(), self._below[number].tolist()
            staffed = (
                [count * one + other for one, other in zip(price, below, strict=True)]
                for count in (int(self._fewest[number]), int(self._most[number]))
            )
            worth[number] = min([uncovered[number].tolist(), *staffed])
        return worth


def fewest_volunteers(job: Job, largest: int) -> int:
    """Return the fewest volunteers who together cover a job, when no group has more heads than `largest`."""
    return max(1, sum(-(-group.least // max(1, min(group.most, largest))) for group in job.groups))


class Survey:
    """What the blocks tell beyond single pairs: who can be covered, how much a volunteer can hold.

    Parameters
    ----------
    facts, costs, admissible
        The instance, its costs, its pairs.

    Attributes
    ----------
    volunteers
        Sum over volunteers of the last part of L, by tier.
    """

    def __init__(self, facts: Facts, costs: Costs, admissible: Admissible) -> None:
        self.facts, self.costs, self.admissible = facts, costs, admissible
        self.volunteers = [0] * costs.layout.size
        targets = list(rules_of(facts.instance, TargetRule))
        self._filled = [demand < 0 for demand in admissible.must_fill] if targets else []
        self._lonely = [_marked(members, costs.simple) for _, members in costs.neighbours]
        self._pair_number = PairTable(
            facts, ((pair.volunteer, pair.household, n + 1) for n, pair in enumerate(facts.instance.pairs))
        )
        self._possible = np.zeros(len(facts.instance.pairs) + 1, np.bool_)
        self._work = np.array([job.required * job.minutes for job in facts.jobs], np.int64)
        self._least = np.array([volunteer.min_households for volunteer in facts.instance.volunteers], np.int64)
        self._one_each = int(np.bincount(costs.household + 1)[1:].max(initial=0)) <= 1

    def want(self, price: Ints) -> Ints:
        """Return how many admissible pairs of each volunteer must be seen, though their prices be right.

        Those with neither price nor minimum add nothing to L, and a household cap is met by so many pairs; for all
        that asks for more, such as budgets, targets and neighbours, every pair counts.
        """
        volunteers = self.facts.instance.volunteers
        if self._filled or any(lonely.any() for lonely in self._lonely):
            return np.full(len(volunteers), EVERYTHING)
        most = [
            EVERYTHING if one.minutes_per_week is not None or one.minutes_per_month is not None else one.max_households
            for one in volunteers
        ]
        alone = self._one_each and not self.facts.instance.events
        return np.where((self._least > 0) | price.any(axis=1), most if alone else EVERYTHING, 0).astype(np.int64)

    def add(self, block: Block, price: Ints) -> None:
        """Take a block into account."""
        for position, filled in enumerate(self._filled):
            self.admissible.fill(block, position, filled)
        volunteer, household = block.volunteers[block.row], self.costs.household[block.job]
        for lonely, (rule, _) in zip(self._lonely, self.costs.neighbours, strict=True):
            asked = np.nonzero(lonely[household])[0]
            near = self.costs.near(rule, volunteer[asked], household[asked])
            lonely[household[asked[near]]] = False
        self._possible[self._pair_number.of(volunteer, household)] = True
        self._add_volunteers(block, price)

    def constant(self) -> list[int]:
        """Return κ, once all blocks are in."""
        layout, total = self.costs.layout, [0] * self.costs.layout.size
        full = np.logical_and.reduce(self._filled) if self._filled else np.ones(len(self.facts.jobs), np.bool_)
        coverable = set(np.nonzero(full)[0].tolist())
        lacking = sum(target_gap(self.facts, rule, coverable) for rule in rules_of(self.facts.instance, TargetRule))
        alone = sum(int(lonely.sum()) for lonely in self._lonely)
        ended = 0
        for number, pair in enumerate(self.facts.instance.pairs):
            simple = self.costs.simple[self.facts.household_number[pair.household]]
            ended += pair.value if simple or not self._possible[number + 1] else 0
        for tier, weight in layout.of("targets"):
            total[tier] += weight * lacking
        for tier, weight in layout.of("neighbour"):
            total[tier] += weight * alone
        for tier, weight in layout.of("continuity"):
            total[tier] += weight * ended
        return total

    def _add_volunteers(self, block: Block, price: Ints) -> None:
        """Add the last part of L for the volunteers of a block; those without price and minimum add nothing."""
        asked = (self._least[block.volunteers] > 0) | price[block.volunteers].any(axis=1)
        mine = np.nonzero(asked[block.row])[0]
        mine = mine[np.argsort(block.row[mine], kind="stable")]
        ends = np.searchsorted(block.row[mine], np.arange(len(block.volunteers) + 1))
        for row in np.nonzero(asked)[0]:
            number, own = block.volunteers[row], mine[ends[row] : ends[row + 1]]
            least, most, squares = self._holds(number, block.job[own], block.minutes[own])
            best = _cheapest(price[number].tolist(), least, most, self._squares() if squares else {})
            self.volunteers = [one + other for one, other in zip(self.volunteers, best, strict=True)]

    def _squares(self) -> dict[int, int]:
        return dict(self.costs.layout.of("balance"))

    def _holds(self, number: int, jobs: Ints, minutes: Ints) -> tuple[int, int, bool]:
        """Return l and u of a volunteer, and whether the number of jobs is the number of households."""
        volunteer = self.facts.instance.volunteers[number]
        households = self.costs.household[jobs]
        events = int((households < 0).sum())
        counts = np.ones(len(jobs) - events, np.int64)
        if not self._one_each:
            counts = np.unique(households[households >= 0], return_counts=True)[1]
        most = _largest(counts, volunteer.max_households) + events
        work = self._work[jobs] + 2 * self.costs.required[jobs] * minutes
        for periods, budget in (
            (self.facts.week[-1] + 1, volunteer.minutes_per_week),
            (self.facts.month[-1] + 1, volunteer.minutes_per_month),
        ):
            if budget is not None:
                most = _smallest(work, most, periods * budget)
        return volunteer.min_households, most, events == 0 and counts.max(initial=0) <= 1


def _marked(members: Ints, simple: Bools) -> Bools:
    """Return which households of a neighbour rule are not simple; nobody near them is known yet."""
    marked = np.zeros(len(simple), np.bool_)
    marked[members] = ~simple[members]
    return marked


def _largest(values: Ints, how_many: int) -> int:
    """Return the sum of the largest values; they are few and small, so counting them is faster than sorting."""
    total = 0
    times = np.bincount(values)
    for value in range(len(times) - 1, 0, -1):
        taken = min(how_many, int(times[value]))
        total += taken * value
        how_many -= taken
    return total


def _smallest(values: Ints, how_many: int, budget: int) -> int:
    """Return how many of the smallest values, at most `how_many`, sum to at most the budget."""
    some = values if how_many >= len(values) else np.partition(values, how_many)[:how_many]
    return int(np.searchsorted(np.cumsum(np.sort(some)), budget, side="right"))


def _cheapest(price: list[int], least: int, most: int, squares: dict[int, int]) -> list[int]:
    """Return the lexicographically least of b(k) − k μ for least ≤ k ≤ most.

    Tier by tier the vector is linear or convex in k, so the ends and the bottom of the parabola are enough.
    """
    most = max(least, most)  # an empty range means that no plan exists, and then any number is a bound
    candidates = {least, most}
    for tier, weight in squares.items():
        bottom = price[tier] // (2 * weight)
        candidates |= {min(max(bottom + step, least), most) for step in (0, 1)}
    return min(
        [squares.get(tier, 0) * count * count - count * one for tier, one in enumerate(price)] for count in candidates
    )
