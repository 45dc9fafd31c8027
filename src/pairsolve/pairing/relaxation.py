"""The relaxation that bounds the tiers: a crew of volunteers or none per job (`docs/model.md`, section 5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pairsolve.candidates import Candidates, Small
from pairsolve.pairing.tiers import TierSpec, preference_costs
from pairsolve.problem import NO_LIMIT, Bools, Ints, Problem
from pairsolve.rules import TermKind

USE_BITS = 32  # minutes of use fit in so many bits


@dataclass(frozen=True)
class TierCosts:
    """What one tier costs in the relaxation.

    Parameters
    ----------
    uncovered
        Cost of leaving each job uncovered, shape (jobs,).
    arcs
        Cost of each arc, shape (arcs,), or None for all zero.
    constant
        Constant part.
    square
        Weight of jobs² on the squared volunteers; 0 nearly everywhere.
    """

    uncovered: Ints
    arcs: Small | None
    constant: int
    square: int


@dataclass(frozen=True)
class Relaxation:
    """Jobs on one side, volunteers on the other, an arc for every admissible (job, volunteer).

    Parameters
    ----------
    job, volunteer, minutes
        Ends and travel of each arc, sorted by job and volunteer, shape (arcs,).
    row
        One candidate row behind each arc.
    most, least
        Most and fewest jobs of each volunteer, shape (volunteers,).
    shared
        Volunteers with an arc to a job for several people.
    fewest, crew
        Fewest and most volunteers who together cover each job, shape (jobs,).
    num_jobs
        How many jobs there are.
    costs
        Gives the costs of a tier; computed when asked for, because tens of millions of arcs fill memory.
    lowest
        A number no cost of the tier is below.
    squared
        Volunteers whose jobs are squared.
    """

    job: Small
    volunteer: Small
    minutes: Small
    row: Small
    most: Ints
    least: Ints
    shared: Bools
    fewest: Ints
    crew: Ints
    num_jobs: int
    costs: Callable[[int], TierCosts]
    lowest: tuple[int, ...]
    squared: Bools


def relax(problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...]) -> Relaxation:
    """Build the relaxation of an instance."""
    arcs = _Arcs(problem, candidates)
    largest = max((pair.value for pair in problem.instance.pairs), default=0)
    return Relaxation(
        job=arcs.job,
        volunteer=arcs.volunteer,
        minutes=arcs.minutes,
        row=arcs.row,
        most=arcs.most_jobs(),
        least=problem.min_households.copy(),
        shared=arcs.shared(),
        fewest=problem.job_fewest,
        crew=problem.job_high,
        num_jobs=len(problem.jobs),
        costs=lambda number: _tier_costs(arcs, tiers[number]),
        lowest=tuple(-largest * sum(weight for kind, weight in tier.terms if kind == "continuity") for tier in tiers),
        squared=arcs.squared(),
    )


def _tier_costs(arcs: _Arcs, tier: TierSpec) -> TierCosts:
    uncovered = np.zeros(len(arcs.problem.jobs), np.int64)
    cost: Ints | Small | None = None
    constant = 0
    for kind, weight in tier.terms:
        fixed, missing, on_arcs = _term(arcs, kind, tier)
        constant += weight * fixed
        uncovered += weight * missing
        if on_arcs is not None:
            cost = weight * on_arcs if cost is None else cost + weight * on_arcs
    square = sum(weight for kind, weight in tier.terms if kind == "balance")
    return TierCosts(uncovered, None if cost is None else cost.astype(np.int32), constant, square)


class _Arcs:
    """The arcs with what the terms need to know about them; 32-bit, for there may be tens of millions."""

    def __init__(self, problem: Problem, candidates: Candidates) -> None:
        self.problem = problem
        self.candidates = candidates
        job = problem.group_job.astype(np.int32)[candidates.group]
        if len(problem.groups) == len(problem.jobs):
            self.row = np.arange(len(candidates), dtype=np.int32)
            self.job, self.volunteer, self.minutes = job, candidates.volunteer, candidates.minutes
        else:
            code = job.astype(np.int64) * problem.num_volunteers + candidates.volunteer
            order = np.argsort(code, kind="stable")  # nearly sorted, which a stable sort makes use of
            self.row = order[np.diff(code[order], prepend=-1) != 0].astype(np.int32)
            self.job = job[self.row]
            self.volunteer, self.minutes = candidates.volunteer[self.row], candidates.minutes[self.row]
        self.household = problem.job_household.astype(np.int32)[self.job]
        locked = problem.locked_to[self.household]
        if (locked >= 0).any():
            kept = (locked < 0) | (locked == self.volunteer)
            self.row, self.job, self.volunteer, self.minutes, self.household = (
                column[kept] for column in (self.row, self.job, self.volunteer, self.minutes, self.household)
            )

    @cached_property
    def needs_per_pair(self) -> npt.NDArray[np.uint16]:
        """Number of needs of each household that each volunteer is admissible for, shape (volunteers, households)."""
        counts = np.zeros((self.problem.num_volunteers, len(self.problem.instance.households)), np.uint16)
        homes = np.flatnonzero(self.household >= 0)
        np.add.at(counts, (self.volunteer[homes], self.household[homes]), 1)
        return counts

    def most_jobs(self) -> Ints:
        """Return the most jobs each volunteer can hold: by household cap, and by hours."""
        problem = self.problem
        most = _largest_sums(self.needs_per_pair, problem.max_households)
        most += np.bincount(self.volunteer[self.household < 0], minlength=problem.num_volunteers)
        use = problem.job_required.astype(np.int32)[self.job]
        use *= problem.job_minutes.astype(np.int32)[self.job] + 2 * self.minutes
        for budget in problem.budgets:
            most = np.minimum(most, _how_many_fit(self.volunteer, use, budget))
        return most

    def shared(self) -> Bools:
        """Return the volunteers who may serve in a crew of several."""
        shared = np.zeros(self.problem.num_volunteers, np.bool_)
        shared[self.volunteer[self.problem.job_high[self.job] > 1]] = True
        return shared

    def squared(self) -> Bools:
        """Return the volunteers whose number of jobs is surely their number of households."""
        squared = np.ones(self.problem.num_volunteers, np.bool_)
        squared &= self.needs_per_pair.max(axis=1, initial=0) <= 1
        squared[self.volunteer[self.household < 0]] = False
        return squared


def _largest_sums(counts: npt.NDArray[np.uint16], how_many: Ints) -> Ints:
    """Return for each row the sum of its `how_many` largest entries."""
    sums = np.zeros(len(counts), np.int64)
    for number, most in enumerate(how_many.tolist()):
        row = counts[number]
        sums[number] = (
            row.sum() if most >= len(row) else np.partition(row, len(row) - most - 1)[len(row) - most :].sum()
        )
    return sums


def _how_many_fit(owner: Small, use: Small, budget: Ints) -> Ints:
    """Return for each owner how many of its smallest uses fit its budget together."""
    if (budget >= NO_LIMIT).all():
        return np.full(len(budget), NO_LIMIT)
    fitting = use <= budget[owner]
    packed = (owner[fitting].astype(np.int64) << USE_BITS) | use[fitting]
    packed.sort()
    holder, ascending = packed >> USE_BITS, packed & ((1 << USE_BITS) - 1)
    running = np.cumsum(ascending)
    before = np.append(0, running)[np.searchsorted(holder, np.arange(len(budget)))]
    fits = running - before[holder] <= budget[holder]
    return np.bincount(holder[fits], minlength=len(budget)).astype(np.int64)


def _term(arcs: _Arcs, kind: TermKind, tier: TierSpec) -> tuple[int, Ints | int, Ints | None]:
    """Return constant, cost of leaving each job uncovered and cost of each arc of one term."""
    problem = arcs.problem
    cost: tuple[int, Ints | int, Ints | None] = (0, 0, None)
    match kind:
        case "coverage":
            cost = 0, (problem.job_priority == tier.priority).astype(np.int64), None
        case "targets":
            cost = _targets(arcs), 0, None
        case "neighbour":
            cost = _neighbour(arcs)
        case "continuity":
            cost = _continuity(arcs)
        case "travel":
            cost = 0, 0, problem.job_required[arcs.job] * arcs.minutes
        case "preference":
            cost = 0, 0, preference_costs(problem, arcs.volunteer, arcs.job)
        case "faces":
            cost = 0, 0, _simple(arcs).astype(np.int64)
    return cost


def _simple(arcs: _Arcs) -> Bools:
    simple: Bools = (arcs.household >= 0) & np.append(arcs.problem.simple, False)[arcs.household]
    return simple


def _targets(arcs: _Arcs) -> int:
    problem = arcs.problem
    served = np.bincount(arcs.candidates.group, minlength=len(problem.groups)) > 0
    coverable = np.ones(len(problem.jobs), np.bool_)
    coverable[problem.group_job[(problem.group_least > 0) & ~served]] = False
    return sum(max(0, level - int(unit[coverable[needs]].sum())) for needs, unit, level in problem.targets)


def _neighbour(arcs: _Arcs) -> tuple[int, Ints, Ints]:
    problem = arcs.problem
    constant = 0
    missing = np.zeros(len(problem.jobs), np.int64)
    cost = np.zeros(len(arcs.job), np.int64)
    for rule, wanted in problem.neighbours:
        simple_job = np.array([job.household >= 0 and bool(wanted[job.household] and problem.simple[job.household])
                               for job in problem.jobs], np.bool_).reshape(-1)  # fmt: skip
        missing += simple_job
        places = np.flatnonzero(simple_job[arcs.job])
        cost[places] += ~problem.near(rule, arcs.volunteer[places], arcs.household[places])
        shared = np.flatnonzero(wanted & ~problem.simple)
        volunteer, place = np.nonzero(arcs.needs_per_pair[:, shared])
        near = problem.near(rule, volunteer, shared[place])
        constant += len(shared) - len(np.unique(place[near]))
    return constant, missing, cost


def _continuity(arcs: _Arcs) -> tuple[int, int, Ints | None]:
    problem = arcs.problem
    existing = problem.existing
    if not existing:
        return 0, 0, None
    width = len(problem.instance.households)
    code = np.where(arcs.household >= 0, arcs.volunteer.astype(np.int64) * width + arcs.household, -1)
    values = {v * width + h: problem.instance.pairs[number].value for (v, h), number in existing.items()}
    known = np.array(sorted(values), np.int64)
    found = np.flatnonzero(np.isin(code, known))
    possible = set(code[found].tolist())
    constant = sum(v for pair, v in values.items() if pair not in possible or problem.simple[pair % width])
    cost = np.zeros(len(code), np.int64)
    for place in found:
        if problem.simple[arcs.household[place]]:
            cost[place] = -values[int(code[place])]
    return constant, 0, cost
