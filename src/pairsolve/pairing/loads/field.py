"""What a bound by loads knows of an instance: needs with seats to fill, volunteers with minutes and households."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pairsolve.candidates import BITS, Candidates, Small
from pairsolve.pairing.loads.best import best_loads
from pairsolve.pairing.loads.question import Floats
from pairsolve.pairing.rules import seat_minutes
from pairsolve.problem import Bools, Ints, Problem

UNLIMITED = (1 << 31) - 1
SHARE = 32  # parts into which the volunteers are cut; the answer does not depend on it


@dataclass(frozen=True)
class Arcs:
    """Seats that volunteers may take, by volunteer and ascending by minutes and job.

    Parameters
    ----------
    edges
        Where each volunteer's arcs begin, shape (volunteers + 1,).
    group, use
        Seat group and minutes over the horizon, per arc.
    """

    edges: Ints
    group: Small
    use: Small

    def owners(self, some: Ints) -> Ints:
        """Return the volunteers of some arcs."""
        return np.searchsorted(self.edges, some, side="right") - 1

    def only(self, some: Ints) -> Arcs:
        """Return some of the arcs, by ascending number."""
        return Arcs(np.searchsorted(some, self.edges).astype(np.int64), self.group[some], self.use[some])


@dataclass(frozen=True)
class Loads:
    """The best loads against some prices.

    Parameters
    ----------
    value
        What each volunteer's load earns, shape (volunteers,).
    taken
        Arcs of all loads.
    """

    value: Floats
    taken: Ints


class Field:
    """The facts that stay while prices move.

    Parameters
    ----------
    problem
        The instance as arrays.

    Attributes
    ----------
    is_need
        By job: whether it is a need; events have no price.
    seats
        By seat group of a need: heads that fill it, 0 where it may stay empty.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.group_job = problem.group_job
        self.is_need: Bools = problem.job_household >= 0
        self.seats: Ints = np.where(self.is_need[self.group_job], problem.group_least, 0)
        self.people = np.minimum(problem.group_most, UNLIMITED).astype(np.int32)
        self.heads = problem.heads.astype(np.int32)
        self.job = self.group_job.astype(np.int32)
        self.home = np.maximum(problem.job_household[self.group_job], 0).astype(np.int32)
        needs = problem.job_household[self.is_need]
        self.num_homes = len(problem.instance.households)
        self.several: Bools = np.bincount(needs, minlength=self.num_homes) > 1
        self.base = (problem.job_required * problem.job_minutes)[self.group_job].astype(np.float64)
        self.cap = np.minimum(problem.max_households, UNLIMITED).astype(np.int32)
        self.room = np.minimum(np.minimum(*problem.budgets), UNLIMITED).astype(np.int32)

    def arcs(self, candidates: Candidates) -> Arcs:
        """Return the arcs of the candidates for seats that must be filled."""
        some = np.flatnonzero(self.seats[candidates.group] > 0)
        volunteer, group = candidates.volunteer[some], candidates.group[some]
        use = seat_minutes(self.problem, self.job[group], candidates.minutes[some]).astype(np.int64)
        fits = use <= self.room[volunteer]
        mask = (1 << BITS) - 1
        packed = volunteer[fits].astype(np.int64) << 2 * BITS
        packed |= np.minimum(use[fits], mask) << BITS  # years at a stretch: fewer minutes are a bound as well
        packed |= group[fits]
        packed.sort()
        edges = np.searchsorted(packed, np.arange(self.problem.num_volunteers + 1) << 2 * BITS)
        return Arcs(
            edges.astype(np.int64), (packed & mask).astype(np.int32), ((packed >> BITS) & mask).astype(np.int32)
        )

    def filled(self, arcs: Arcs, taken: Ints) -> Ints:
        """Return the heads that some arcs bring to each seat group."""
        group = arcs.group[taken]
        heads = np.minimum(self.heads[arcs.owners(taken)], self.people[group])
        return np.bincount(group, heads, len(self.seats)).astype(np.int64)

    def nearest(self, arcs: Arcs) -> Floats:
        """Return by seat group the minutes on the way of the nearest who may take a seat, 0 where nobody may."""
        way = np.full(len(self.seats), np.inf)
        np.minimum.at(way, arcs.group, (arcs.use - self.base[arcs.group]) / 2)
        return np.where(np.isfinite(way), way, 0.0)

    def best(self, arcs: Arcs, price: Floats, rate: float, workers: Executor) -> Loads:
        """Return the best loads against prices of seats; a minute on the way costs `rate`."""
        value = np.zeros(self.problem.num_volunteers)

        def some(begin: int, end: int, taken: Ints) -> int:
            found: int = best_loads(
                begin, end, arcs.edges, arcs.group, arcs.use, price, self.people, self.base, rate, self.job, self.home,
                self.several, np.zeros(self.num_homes), self.heads, self.cap, self.room, value, taken,
            )  # fmt: skip
            return found

        return Loads(value, self._together(arcs, some, workers))

    def _together(self, arcs: Arcs, some: Callable[[int, int, Ints], int], workers: Executor) -> Ints:
        """Return the arcs that a loop over volunteers writes down, one part of them after another."""

        def part(ends: tuple[int, int]) -> Ints:
            taken = np.empty(int(arcs.edges[ends[1]] - arcs.edges[ends[0]]), np.int64)
            return taken[: some(*ends, taken)].copy()

        cuts = np.unique(np.linspace(0, self.problem.num_volunteers, SHARE + 1).astype(int)).tolist()
        return np.concatenate([np.zeros(0, np.int64), *workers.map(part, pairwise(cuts))])
