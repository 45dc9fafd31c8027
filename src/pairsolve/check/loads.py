"""The proof by loads: what a tier costs at least, by prices of seats and everybody's best load (docs/model.md, 5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pairsolve.check.admissible import Admissible, Block
from pairsolve.check.costs import Layout
from pairsolve.check.facts import Facts
from pairsolve.check.nearby import EVERYTHING
from pairsolve.check.verdict import Finding
from pairsolve.compiled import load
from pairsolve.plan import LoadPrices

LARGEST = 1 << 40  # no price of a tier before is above, weighted or not far from it
LARGEST_SUM = 1 << 62  # nor what all volunteers together could earn, so that every sum fits into 64 bits


@dataclass(frozen=True, slots=True)
class LoadProof:
    """What prices of seats show.

    Parameters
    ----------
    bounds
        By name of the tier.
    faults
        Prices that cannot be read; their tiers have no bound.
    """

    bounds: dict[str, int]
    faults: tuple[Finding, ...]


def examine_loads(facts: Facts, parts: Sequence[LoadPrices], values: Mapping[str, int]) -> LoadProof:
    """Recompute the bounds of tiers from their prices, over every admissible pair.

    Parameters
    ----------
    facts
        The instance with its look-ups.
    parts
        Prices, each part for one tier.
    values
        What every tier of the layer `pairs` counts, by name.
    """
    layout = Layout(facts)
    places = {name: number for number, name in enumerate(list(values)[: layout.size])}
    faults = [fault for part in parts for fault in _form_faults(facts, layout, places, part)]
    if faults or not parts:
        return LoadProof({}, tuple(faults))
    admissible = Admissible(facts)
    tiers = [_Tier(facts, layout, places, part) for part in parts]
    for block in admissible.blocks():
        for tier in tiers:
            tier.add(block, admissible)
    return LoadProof({tier.name: tier.bound(values) for tier in tiers}, ())


class _Tier:
    """One tier's prices as arrays, and what the loads seen so far earn."""

    def __init__(self, facts: Facts, layout: Layout, places: Mapping[str, int], part: LoadPrices) -> None:
        self.name, self._part = part.tier, part
        (self._kernels,) = load(("pairsolve.check.knapsack",))
        needs = len(facts.needs)
        self._uncovered = np.zeros(needs, np.int64)
        for tier, price in ((part.tier, part.scale), *part.before.items()):
            for number in range(needs):
                for place, weight in layout.coverage.get(facts.jobs[number].priority, ()):
                    if place == places[tier]:
                        self._uncovered[number] += price * weight
        self._rate = sum(part.scale * weight for place, weight in layout.of("travel") if place == places[part.tier])
        groups = [[group for group in job.groups if group.least > 0] for job in facts.jobs[:needs]]
        deepest = max(map(len, groups), default=0)
        self._price, self._most = np.zeros((2, deepest, len(facts.jobs)), np.int64)
        self._crew = np.zeros(needs, np.int64)
        for number in range(needs):
            prices = part.needs.get(facts.jobs[number].id, ())
            for position, (price, group) in enumerate(zip(prices, groups[number], strict=False)):
                self._price[position, number], self._most[position, number] = price, group.most
                self._crew[number] += price * group.least
        self._required = np.array([job.required for job in facts.jobs], np.int64)
        self._length = np.array([job.minutes for job in facts.jobs], np.int64)
        homes = facts.household_number
        self._household = np.array([homes[job.household.id] if job.household else -1 for job in facts.jobs], np.int64)
        people = facts.instance.volunteers
        self._heads = np.array([one.head_count for one in people], np.int64)
        self._cap = np.array([one.max_households for one in people], np.int64)
        self._room = np.full(len(people), EVERYTHING)
        for periods, budgets in (
            (facts.week[-1] + 1, [one.minutes_per_week for one in people]),
            (facts.month[-1] + 1, [one.minutes_per_month for one in people]),
        ):
            most = [EVERYTHING if budget is None else periods * budget for budget in budgets]
            self._room = np.minimum(self._room, most)
        self._earned = 0

    def add(self, block: Block, admissible: Admissible) -> None:
        """Add what the best loads of a block's volunteers earn."""
        some = np.nonzero((self._price > 0).max(axis=0, initial=False)[block.job])[0]
        row, job = block.row[some], block.job[some]
        volunteer = block.volunteers[row]
        way = self._required[job] * block.minutes[some]
        earned = np.zeros(len(some), np.int64)
        for position, price in enumerate(self._price):
            able = admissible.fills(volunteer, job, position)
            heads = np.minimum(self._heads[volunteer], self._most[position, job])
            earned = np.maximum(earned, able * price[job] * heads)
        earned -= self._rate * way
        used = self._required[job] * self._length[job] + 2 * way
        kept = np.nonzero((earned > 0) & (used <= self._room[volunteer]))[0]
        kept = kept[np.lexsort((self._household[job[kept]], row[kept]))]
        first = np.searchsorted(row[kept], np.arange(len(block.volunteers) + 1)).astype(np.int64)
        self._earned += self._kernels.most_earned(
            first, self._household[job[kept]], used[kept], earned[kept], self._cap[block.volunteers],
            self._room[block.volunteers],
        )  # fmt: skip

    def bound(self, values: Mapping[str, int]) -> int:
        """Return the bound, once all blocks are in."""
        total = int(np.minimum(self._uncovered, self._crew).sum()) - self._earned
        total -= sum(price * values[tier] for tier, price in self._part.before.items())
        return -(-total // self._part.scale)


def _form_faults(
    facts: Facts, layout: Layout, places: Mapping[str, int], part: LoadPrices
) -> Iterator[Finding]:  # fmt: skip
    """Name what cannot be read in the prices of a tier."""
    covering = {place for entries in layout.coverage.values() for place, _ in entries}
    if part.tier not in places:
        yield Finding("loads", f"prices are given for tier {part.tier!r}, which the plan does not have", part.tier)
        return
    for tier, price in part.before.items():
        if places.get(tier) not in covering or places[tier] >= places[part.tier]:
            yield Finding("loads", f"{tier!r} is no tier of coverage before {part.tier!r}", part.tier)
        elif price > LARGEST:
            yield Finding("loads", f"the price of tier {tier!r} is too large for exact arithmetic", part.tier)
    earned = 0
    for id_, prices in part.needs.items():
        job = facts.needs.get(id_)
        must = 0 if job is None else sum(group.least > 0 for group in job.groups)
        if job is None:
            yield Finding("loads", f"a price is given for need {id_!r}, which the instance does not have", id_)
        elif len(prices) != must:
            yield Finding("loads", f"{job.label} has {len(prices)} prices for {must} groups that must be filled", id_)
        else:
            earned += sum(prices) * job.most_people
    if earned * len(facts.instance.volunteers) > LARGEST_SUM:
        yield Finding("loads", f"the prices of tier {part.tier!r} are too large for exact arithmetic", part.tier)
