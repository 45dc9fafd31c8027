"""The bound that prices prove, tier by tier (`docs/model.md`, section 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from pairsolve.pairing.relaxation import Relaxation, TierCosts
from pairsolve.problem import Bools, Ints

LARGE = 1 << 20  # times what it costs to leave a crew uncovered: its price where it can never be there


@dataclass(frozen=True)
class Stage:
    """The optimum of one tier.

    Parameters
    ----------
    costs
        What the tier charges.
    jobs, volunteers
        Prices.
    reduced
        Cost and price of the volunteer less the price of the job, for each arc.
    value
        What the choice of the tier costs.
    """

    costs: TierCosts
    jobs: Ints
    volunteers: Ints
    reduced: Ints
    value: int


class DualPrices:
    """Prices of the tiers so far, and the bound they prove together.

    Parameters
    ----------
    relaxation
        What the prices speak of.
    """

    def __init__(self, relaxation: Relaxation) -> None:
        self._relaxation = relaxation
        self.jobs: list[Ints] = []
        self.volunteers: list[Ints] = []
        self._costs: list[TierCosts] = []
        self._below: list[Ints] = []  # by job: what members cheaper than the price of a seat save
        self._cheap = np.zeros(0, np.int64)  # arcs of crews below their price, and those equal so far
        self._equal = np.flatnonzero(relaxation.crew[relaxation.job] > 1)

    def add(self, stage: Stage) -> None:
        """Take the prices of one more tier."""
        relaxation, reduced = self._relaxation, stage.reduced
        slack = reduced[self._equal]
        self._cheap = np.concatenate([self._cheap, self._equal[slack < 0]])
        self._equal = self._equal[slack == 0]
        below = np.bincount(relaxation.job[self._cheap], reduced[self._cheap], relaxation.num_jobs)
        self._below.append(np.rint(below).astype(np.int64))
        self.jobs.append(stage.jobs)
        self.volunteers.append(stage.volunteers)
        self._costs.append(stage.costs)

    def bound(self) -> list[int]:
        """Return L of the tiers so far."""
        jobs, volunteers = self._of_jobs().sum(axis=1), self._of_volunteers().sum(axis=1)
        return [
            costs.constant + int(one) + int(other)
            for costs, one, other in zip(self._costs, jobs, volunteers, strict=True)
        ]

    def _of_jobs(self) -> Ints:
        """Return what each job costs at least, shape (tiers, jobs)."""
        crew, fewest = self._relaxation.crew, self._relaxation.fewest
        prices, below = np.array(self.jobs), np.array(self._below)
        several = crew > 1
        best = prices.copy()
        left = np.array([costs.uncovered for costs in self._costs])[:, several]
        for count in (fewest[several], crew[several]):
            there = count * prices[:, several] + below[:, several]
            left = np.where(before(there, left), there, left)
        best[:, several] = left
        return best

    def _of_volunteers(self) -> Ints:
        """Return the least of b(k) − k μ for each volunteer, shape (tiers, volunteers)."""
        relaxation, prices = self._relaxation, np.array(self.volunteers)
        least, most = relaxation.least, np.maximum(relaxation.most, relaxation.least)
        squares = np.array([np.where(relaxation.squared, costs.square, 0) for costs in self._costs])
        counts = [least, most]
        for weight, price in zip(squares, prices, strict=True):
            if weight.any():
                bottom = price // (2 * np.maximum(weight, 1))
                counts += [np.where(weight > 0, np.clip(bottom + step, least, most), least) for step in (0, 1)]
        return cheapest_load(prices, squares, counts)


def cheapest_load(prices: Ints, squares: Ints, counts: Iterable[Ints]) -> Ints:
    """Return the lexicographic least of b(k) − k μ over some loads k of each volunteer, shape (tiers, volunteers).

    Parameters
    ----------
    prices
        μ, shape (tiers, volunteers).
    squares
        Weight of k² in b(k), shape (tiers, volunteers) or (tiers, 1).
    counts
        The loads, each of shape (volunteers,).
    """
    parts = (squares * count * count - count * prices for count in counts)
    return reduce(lambda best, part: np.where(before(part, best), part, best), parts)


def before(one: Ints, other: Ints) -> Bools:
    """Say column by column whether one vector is before another in lexicographic order.

    Examples
    --------
    >>> before(np.array([[1, 1], [0, 5]]), np.array([[1, 1], [1, 5]])).tolist()
    [True, False]
    """
    less, undecided = np.zeros(one.shape[1], np.bool_), np.ones(one.shape[1], np.bool_)
    for a, b in zip(one, other, strict=True):
        less |= undecided & (a < b)
        undecided &= a == b
    return less
