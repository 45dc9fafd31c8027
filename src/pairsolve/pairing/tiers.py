"""The objective of the layer `pairs`: its tiers, and their values for a choice of seats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pairsolve.candidates import Candidates, Small
from pairsolve.errors import CapacityError
from pairsolve.problem import Bools, Ints, Problem, distinct
from pairsolve.rules import TermKind

LARGEST = 1 << 62


@dataclass(frozen=True)
class TierSpec:
    """A tier of the layer `pairs`: its name, and its terms with their weights; `priority` for coverage only."""

    name: str
    terms: tuple[tuple[TermKind, int], ...]
    priority: int = 0


@dataclass(frozen=True)
class Seats:
    """Chosen seats, as sorted rows of the candidates, with what follows from them.

    Parameters
    ----------
    problem, candidates
        What is asked and who may help whom.
    rows
        Rows of `candidates`, ascending.
    """

    problem: Problem
    candidates: Candidates
    rows: Ints

    @cached_property
    def group(self) -> Ints:
        """Seat group of each seat."""
        return self.candidates.group[self.rows].astype(np.int64)

    @cached_property
    def volunteer(self) -> Ints:
        """Volunteer of each seat."""
        return self.candidates.volunteer[self.rows].astype(np.int64)

    @cached_property
    def job(self) -> Ints:
        """Job of each seat."""
        return self.problem.group_job[self.group]

    @cached_property
    def covered(self) -> Bools:
        """Whether each job has a crew."""
        covered = np.zeros(len(self.problem.jobs), np.bool_)
        covered[self.job] = True
        return covered

    @cached_property
    def pairs(self) -> Ints:
        """(volunteer, household) pairs in ascending order, shape (n, 2)."""
        return pairs_of(self.problem, self.volunteer, self.job)

    @cached_property
    def households_of(self) -> Ints:
        """Number of households of each volunteer."""
        return np.bincount(self.pairs[:, 0], minlength=self.problem.num_volunteers)

    @cached_property
    def travel(self) -> Ints:
        """Travel cost of each seat: required visits × one-way minutes."""
        return self.problem.job_required[self.job] * self.candidates.minutes[self.rows]


def pairs_of(problem: Problem, volunteers: Ints, jobs: Ints) -> Ints:
    """Return the distinct (volunteer, household) pairs behind seats, ascending, shape (n, 2)."""
    households = problem.job_household[jobs]
    homes = households >= 0
    width = max(1, len(problem.instance.households))
    codes = distinct(volunteers[homes] * width + households[homes])
    return np.column_stack([codes // width, codes % width])


def tiers_of(problem: Problem) -> tuple[TierSpec, ...]:
    """Return the tiers of an instance; coverage becomes one tier per priority class."""
    tiers: list[TierSpec] = []
    for tier in problem.instance.objective:
        terms = tuple((term.kind, term.weight) for term in tier.terms)
        if terms[0][0] == "coverage":
            classes = np.unique(problem.job_priority).tolist()
            tiers += [TierSpec(f"coverage:{priority}", terms, priority) for priority in classes]
        else:
            tiers.append(TierSpec("+".join(kind for kind, _ in terms), terms))
    return tuple(tiers)


def evaluate(seats: Seats, tiers: tuple[TierSpec, ...]) -> tuple[int, ...]:
    """Return the value of every tier.

    Raises
    ------
    CapacityError
        If a sum leaves the exact range of 64-bit integers.
    """
    values = []
    for tier in tiers:
        value = sum(weight * TERMS[kind](seats, tier) for kind, weight in tier.terms)
        if not -LARGEST < value < LARGEST:
            raise CapacityError(f"tier {tier.name} is {value}, too large for exact arithmetic; lower its weights")
        values.append(value)
    return tuple(values)


def preference_costs(problem: Problem, volunteers: Ints | Small, jobs: Ints | Small) -> Ints:
    """Return 0, 1 or 2 for each seat: one for each side whose wishes name others."""
    home = problem.job_household[jobs]
    cost = problem.dislikes[volunteers, problem.job_service[jobs]].astype(np.int64)
    asking = np.flatnonzero(problem.choosy_households[home])
    pairs = volunteers[asking].astype(np.int64) * len(problem.instance.households) + home[asking]
    cost[asking] += ~np.isin(pairs, problem.wished)
    return cost


def coverage(seats: Seats, tier: TierSpec) -> int:
    """Count the uncovered jobs of the tier's priority class."""
    return int(np.count_nonzero((seats.problem.job_priority == tier.priority) & ~seats.covered))


def targets(seats: Seats, tier: TierSpec) -> int:
    """Sum what is missing to the targets."""
    return sum(max(0, level - int(unit[seats.covered[needs]].sum())) for needs, unit, level in seats.problem.targets)


def neighbour(seats: Seats, tier: TierSpec) -> int:
    """Count the households without a neighbour, rule by rule."""
    total = 0
    for rule, households in seats.problem.neighbours:
        wanted = households.copy()
        wanted[seats.pairs[seats.problem.near(rule, seats.pairs[:, 0], seats.pairs[:, 1]), 1]] = False
        total += int(np.count_nonzero(wanted))
    return total


def continuity(seats: Seats, tier: TierSpec) -> int:
    """Sum the values of the existing pairs that end."""
    made = set(map(tuple, seats.pairs.tolist()))
    pairs = seats.problem.instance.pairs
    return sum(pairs[number].value for pair, number in seats.problem.existing.items() if pair not in made)


def travel(seats: Seats, tier: TierSpec) -> int:
    """Sum required visits × one-way minutes over the seats."""
    return int(seats.travel.sum())


def preference(seats: Seats, tier: TierSpec) -> int:
    """Count the wishes that name others, over the seats."""
    return int(preference_costs(seats.problem, seats.volunteer, seats.job).sum())


def balance(seats: Seats, tier: TierSpec) -> int:
    """Sum the squares of the volunteers' households."""
    return int((seats.households_of**2).sum())


def faces(seats: Seats, tier: TierSpec) -> int:
    """Count the pairs."""
    return len(seats.pairs)


TERMS: Mapping[TermKind, Callable[[Seats, TierSpec], int]] = {
    "coverage": coverage,
    "targets": targets,
    "neighbour": neighbour,
    "continuity": continuity,
    "travel": travel,
    "preference": preference,
    "balance": balance,
    "faces": faces,
}
