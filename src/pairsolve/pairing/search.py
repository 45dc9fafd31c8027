"""Large instances with rules a flow does not know: neighbourhoods of households re-paired exactly, one after another.

Each step frees the households around a centre, keeps everything else, and solves the exact model over the cheapest
candidates that have room. No step can make the plan worse, and the work is counted in steps, not seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial import cKDTree

from pairsolve.candidates import Candidates
from pairsolve.options import Options, Watch
from pairsolve.pairing.exact import PairModel, solve
from pairsolve.pairing.rules import PairRules, broken, seat_minutes, used_minutes
from pairsolve.pairing.tiers import Seats, TierSpec, evaluate
from pairsolve.problem import Bools, Ints, Problem

TILE = 8
CANDIDATES_PER_GROUP = 10
EFFORT = 0.1


@dataclass
class Search:
    """A plan being improved.

    Parameters
    ----------
    problem, candidates, rules, tiers
        What is asked.
    rows
        Chosen candidate rows, ascending.
    options, watch
        Seed, work limit, progress.
    """

    problem: Problem
    candidates: Candidates
    rules: PairRules
    tiers: tuple[TierSpec, ...]
    rows: Ints
    options: Options
    watch: Watch
    steps: int = 0
    edges: Ints = field(init=False)
    points: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.edges = self.candidates.of_groups(len(self.problem.groups))
        self.points = _positions(self.problem)
        self.tree = cKDTree(self.points)
        self.minutes = seat_minutes(
            self.problem, self.problem.group_job[self.candidates.group], self.candidates.minutes.astype(np.int64)
        )

    def improve(self, centres: Iterator[int], most: int) -> None:
        """Re-pair around the centres, `most` times at most."""
        for number, centre in enumerate(centres):
            if number >= most or self.watch.stopped:
                break
            self.step(self._around(centre))
            if number % 5 == 0:
                self.watch.report("pairing", number + 1, most, value=self._uncovered(), detail="uncovered jobs")

    def uncovered_centres(self) -> Iterator[int]:
        """Yield the households of uncovered jobs that have candidates, most urgent first, none near one just done."""
        seats = self._seats(self.rows)
        served = np.diff(self.edges) > 0
        hopeless = np.zeros(len(self.problem.jobs), np.bool_)
        hopeless[self.problem.group_job[(self.problem.group_least > 0) & ~served]] = True
        open_jobs = np.flatnonzero(~seats.covered & ~hopeless & (self.problem.job_household >= 0))
        done = np.zeros(len(self.points), np.bool_)
        for job in open_jobs[np.argsort(self.problem.job_priority[open_jobs], kind="stable")]:
            household = int(self.problem.job_household[job])
            if not done[household]:
                done[self._around(household)[: TILE // 2]] = True
                yield household

    def sweep_centres(self, seed: int) -> Iterator[int]:
        """Yield centres whose neighbourhoods together hold every household with a need."""
        order = np.random.default_rng(seed).permutation(len(self.points))
        todo = np.array([bool(needs) for needs in self.problem.household_needs], np.bool_)
        for household in order:
            if todo[household]:
                todo[self._around(int(household))[: TILE // 2]] = False
                yield int(household)

    def step(self, households: Ints) -> None:
        """Solve the neighbourhood of some households exactly; keep the better plan."""
        self.steps += 1
        free_jobs = np.array([job for h in households.tolist() for job in self.problem.household_needs[h]], np.int64)
        events = np.arange(self.problem.num_needs, len(self.problem.jobs)) if self.steps == 1 else np.zeros(0, np.int64)
        self.free(np.sort(np.concatenate([free_jobs, events])))

    def free(self, jobs: Ints) -> None:
        """Decide some jobs anew, whole households at a time."""
        is_free = np.zeros(len(self.problem.jobs), np.bool_)
        is_free[jobs] = True
        chosen_free = is_free[self.problem.group_job[self.candidates.group[self.rows]]]
        fixed = self._seats(self.rows[~chosen_free])
        rows = self._cheapest(jobs, self.rows[chosen_free], fixed)
        if len(rows) == 0:
            return
        model = PairModel(self.problem, self.candidates, self.rules, self.tiers, jobs, rows, fixed)
        result = solve(model, self.rows[chosen_free], seed=self.options.seed, effort=EFFORT)
        following = np.sort(np.concatenate([fixed.rows, result.rows]))
        if result.proven or self._better(following):
            self.rows = following

    def _better(self, following: Ints) -> bool:
        old, new = self._seats(self.rows), self._seats(following)
        return (broken(new, self.rules), *evaluate(new, self.tiers)) < (
            broken(old, self.rules), *evaluate(old, self.tiers))  # fmt: skip

    def _cheapest(self, jobs: Ints, chosen: Ints, fixed: Seats) -> Ints:
        """Return the chosen rows and, for each seat group, the nearest candidates with room."""
        room = fixed.households_of < self.problem.max_households
        left = np.minimum(*self.problem.budgets) - used_minutes(fixed)
        partners = _partners(self.problem, jobs, fixed)
        found = [chosen]
        for job in jobs.tolist():
            for group in self.problem.job_groups[job]:
                rows = np.arange(self.edges[group], self.edges[group + 1])
                volunteer = self.candidates.volunteer[rows]
                fits = self.minutes[rows] <= left[volunteer]
                if self.problem.jobs[job].household >= 0:
                    fits &= room[volunteer]
                rows = rows[fits]
                how_many = max(CANDIDATES_PER_GROUP, 4 * int(self.problem.group_most[group]))
                if len(rows) > how_many:
                    nearest = np.lexsort((rows, self.candidates.minutes[rows]))[:how_many]
                    known = np.flatnonzero(partners[self.candidates.volunteer[rows]])[:how_many]
                    rows = rows[np.union1d(nearest, known)]
                found.append(rows)
        return np.unique(np.concatenate(found))

    def _around(self, household: int) -> Ints:
        count = min(TILE, len(self.points))
        return np.asarray(self.tree.query(self.points[household], count)[1], np.int64).reshape(-1)

    def _seats(self, rows: Ints) -> Seats:
        return Seats(self.problem, self.candidates, rows)

    def _uncovered(self) -> int:
        return int(np.count_nonzero(~self._seats(self.rows).covered))


def _partners(problem: Problem, jobs: Ints, fixed: Seats) -> Bools:
    """Return the volunteers who are paired with the jobs' households today, or who still lack households."""
    households = {int(h) for h in problem.job_household[jobs] if h >= 0}
    partners = np.zeros(problem.num_volunteers, np.bool_)
    for pair in problem.instance.pairs:
        if problem.household_number[pair.household] in households:
            partners[problem.volunteer_number[pair.volunteer]] = True
    partners |= problem.min_households > fixed.households_of
    return partners


def _positions(problem: Problem) -> np.ndarray:
    households = problem.instance.households
    if all(household.location.lat is not None for household in households):
        lat = np.radians([household.location.lat or 0.0 for household in households])
        lon = np.radians([household.location.lon or 0.0 for household in households])
        return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    return np.arange(len(households), dtype=np.float64)[:, None]
