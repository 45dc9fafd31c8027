"""What a bound by loads knows of an instance: needs with seats to fill, volunteers with minutes and households."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from pairsolve.candidates import Candidates, Small
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
    group, use, row
        Seat group, minutes over the horizon and row of the candidates, per arc.
    """

    edges: Ints
    group: Small
    use: Small
    row: Small

    @cached_property
    def owners(self) -> Ints:
        """Return the volunteer of each arc."""
        return np.repeat(np.arange(len(self.edges) - 1), np.diff(self.edges))


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
        use = seat_minutes(self.problem, self.job[group], candidates.minutes[some].astype(np.int64))
        fits = use <= self.room[volunteer]
        some, volunteer, group, use = some[fits], volunteer[fits], group[fits], use[fits]
        order = np.lexsort((self.job[group], use, volunteer))
        edges = np.searchsorted(volunteer[order], np.arange(self.problem.num_volunteers + 1))
        return Arcs(edges.astype(np.int64), group[order], use[order].astype(np.int32), some[order].astype(np.int32))

    def filled(self, arcs: Arcs, taken: Ints) -> Ints:
        """Return the heads that some arcs bring to each seat group."""
        group = arcs.group[taken]
        heads = np.minimum(self.heads[arcs.owners[taken]], self.people[group])
        return np.bincount(group, heads, len(self.seats)).astype(np.int64)

    def nearest(self, arcs: Arcs) -> Floats:
        """Return by seat group the minutes on the way of the nearest who may take a seat, 0 where nobody may."""
        way = np.full(len(self.seats), np.inf)
        np.minimum.at(way, arcs.group, (arcs.use - self.base[arcs.group]) / 2)
        return np.where(np.isfinite(way), way, 0.0)

    def best(self, arcs: Arcs, price: Floats, rate: float, workers: Executor) -> Loads:
        """Return the best loads against prices of seats; a minute on the way costs `rate`."""
        num_volunteers = len(arcs.edges) - 1
        value, taken = np.zeros(num_volunteers), np.empty(len(arcs.group), np.int64)

        def some(begin: int, end: int) -> Ints:
            mine = taken[arcs.edges[begin] : arcs.edges[end]]
            found = best_loads(
                begin, end, arcs.edges, arcs.group, arcs.use, price, self.people, self.base, rate, self.job, self.home,
                self.several, np.zeros(self.num_homes), self.heads, self.cap, self.room, value, mine,
            )  # fmt: skip
            return mine[:found]

        cuts = np.unique(np.linspace(0, num_volunteers, SHARE + 1).astype(int)).tolist()
        parts = list(workers.map(lambda ends: some(*ends), pairwise(cuts)))
        return Loads(value, np.concatenate([np.zeros(0, np.int64), *parts]))
