"""Large instances with rules a flow does not know: neighbourhoods of households re-paired exactly, side by side.

Each step frees the households around a centre, keeps everything else, and solves the exact model over the cheapest
candidates that have room. Steps of one batch touch different volunteers, so they can run in different processes;
a batch has the same steps whatever the number of processes. The work is counted in steps, not seconds.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from pairsolve.candidates import Candidates
from pairsolve.options import Options, Watch
from pairsolve.pairing.exact import solve
from pairsolve.pairing.model import PairModel
from pairsolve.pairing.rules import PairRules, broken, change_budget, seat_minutes, team_quota, used_minutes
from pairsolve.pairing.tiers import Seats, TierSpec, evaluate
from pairsolve.problem import Bools, Ints, Problem

TILE = 7
CHAIN_VOLUNTEERS = 5
BATCH = 4
CANDIDATES_PER_GROUP = 10
EFFORT = 0.05
MENDING = 4  # nearest candidates tried for a volunteer who lacks households
PERSISTENT = 4  # times that chains are looked for for every job of the most important class, before all
POOL_FROM = 40  # steps below which processes cost more than they save


@dataclass(frozen=True)
class Step:
    """One neighbourhood: its free jobs, and the candidate rows to choose from."""

    jobs: Ints
    rows: Ints
    chosen: Ints


class Neighbourhoods:
    """Cuts neighbourhoods out of an instance and solves them; holds no plan.

    Parameters
    ----------
    problem, candidates, rules, tiers
        What is asked.
    seed
        Random seed of the solver.
    """

    def __init__(
        self, problem: Problem, candidates: Candidates, rules: PairRules, tiers: tuple[TierSpec, ...], seed: int
    ) -> None:
        self.problem, self.candidates, self.rules, self.tiers, self.seed = problem, candidates, rules, tiers, seed
        self.edges = candidates.of_groups(len(problem.groups))
        self.points = _positions(problem)
        self.tree = cKDTree(self.points) if len(self.points) else None
        self.job_of_row = problem.group_job.astype(np.int32)[candidates.group]
        self.minutes = seat_minutes(problem, self.job_of_row, candidates.minutes).astype(np.int32)

    def around(self, household: int) -> Ints:
        """Return the households nearest to one, itself first."""
        if self.tree is None:
            return np.zeros(0, np.int64)
        count = min(TILE, len(self.points))
        return np.asarray(self.tree.query(self.points[household], count)[1], np.int64).reshape(-1)

    def chain(self, household: int, rows: Ints, random: np.random.Generator) -> Ints:
        """Return a household and the households of volunteers who could serve it: room for an ejection chain."""
        seats = Seats(self.problem, self.candidates, rows)
        needs = [job for job in self.problem.household_needs[household] if not seats.covered[job]]
        job = needs[int(random.random() * len(needs))] if needs else self.problem.household_needs[household][0]
        volunteers: list[int] = []
        for group in self.problem.job_groups[job]:
            own = np.arange(self.edges[group], self.edges[group + 1])
            nearness = random.random(len(own)) * (3 + self.candidates.minutes[own])
            volunteers += self.candidates.volunteer[own[np.argsort(nearness)[:CHAIN_VOLUNTEERS]]].tolist()
        served = np.unique(seats.pairs[np.isin(seats.pairs[:, 0], volunteers), 1])
        others = served[served != household]
        return np.append(others[np.argsort(random.random(len(others)))[: TILE - 1]], household)

    def jobs_of(self, households: Ints) -> Ints:
        """Return the needs of some households, ascending."""
        return np.array(sorted(job for h in households.tolist() for job in self.problem.household_needs[h]), np.int64)

    def step(self, rows: Ints, jobs: Ints, taken: Bools) -> Step | None:
        """Return the neighbourhood of some jobs, without volunteers taken by others; None if that cannot be."""
        is_free = np.zeros(len(self.problem.jobs), np.bool_)
        is_free[jobs] = True
        free = is_free[self.job_of_row[rows]]
        if taken[self.candidates.volunteer[rows[free]]].any():
            return None
        open_rows = self._cheapest(jobs, rows[free], Seats(self.problem, self.candidates, rows[~free]), taken)
        return Step(jobs, open_rows, rows[free]) if len(open_rows) else None

    def solve(self, rows: Ints, step: Step) -> Ints:
        """Return the best rows for a neighbourhood; never worse than those chosen now."""
        fixed = Seats(self.problem, self.candidates, np.setdiff1d(rows, step.chosen, assume_unique=True))
        model = PairModel(self.problem, self.candidates, self.rules, self.tiers, step.jobs, step.rows, fixed)
        result = solve(model, step.chosen, seed=self.seed, effort=EFFORT)
        if result.proven:
            return result.rows
        following = np.sort(np.concatenate([fixed.rows, result.rows]))
        return result.rows if self.score(following) < self.score(rows) else step.chosen

    def score(self, rows: Ints) -> tuple[int, ...]:
        """Return what is broken, and the value of every tier."""
        seats = Seats(self.problem, self.candidates, rows)
        return (broken(seats, self.rules), *evaluate(seats, self.tiers))

    def _cheapest(self, jobs: Ints, chosen: Ints, fixed: Seats, taken: Bools) -> Ints:
        """Return the chosen rows and, for each seat group, the nearest candidates with room."""
        room = (fixed.households_of < self.problem.max_households) & ~taken
        left = np.where(taken, -1, np.minimum(*self.problem.budgets) - used_minutes(fixed))
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


class Search:
    """A plan being improved.

    Parameters
    ----------
    market
        Where neighbourhoods come from.
    rows
        Chosen candidate rows, ascending.
    options, watch
        Processes, progress.
    """

    def __init__(self, market: Neighbourhoods, rows: Ints, options: Options, watch: Watch) -> None:
        self.market, self.rows, self.options, self.watch = market, rows, options, watch
        self.steps = 0

    def improve(self, tiles: Iterator[Ints], most: int) -> None:
        """Re-pair sets of households, `most` of them at most."""
        with ExitStack() as stack:
            pool = None
            if self.options.threads > 1 and most >= POOL_FROM and _can_fork():
                global _shared  # noqa: PLW0603  # inherited by the forked processes, which is the point
                _shared = self.market
                fork = multiprocessing.get_context("fork")
                pool = stack.enter_context(ProcessPoolExecutor(min(self.options.threads, BATCH), mp_context=fork))
            last = self.steps + most
            while self.steps < last and not self.watch.stopped:
                batch = list(islice(tiles, min(BATCH, last - self.steps)))
                if not batch:
                    break
                self._batch([self.market.jobs_of(tile) for tile in batch], pool)
                self.steps += len(batch)
                uncovered = int(np.count_nonzero(~self._seats().covered))
                self.watch.report("pairing", self.steps, last, value=uncovered, detail="uncovered jobs")

    def free(self, jobs: Ints) -> None:
        """Decide some jobs anew, whole households at a time."""
        self._batch([jobs], None)

    def mend(self) -> None:
        """Serve the rules that ask for something where the plan falls short of them."""
        for household in self._asking():
            self._batch([self.market.jobs_of(self.market.around(household))], None)

    def _asking(self) -> list[int]:
        """Return households whose pairing anew can serve an unserved minimum, locked pair or change budget."""
        market, seats = self.market, self._seats()
        rules = market.rules
        short = seats.households_of < rules.least_households
        for rule, members in rules.quotas:
            if int(members[seats.pairs[:, 0]].sum()) < rule.min_pairs:
                short |= members & (seats.households_of < market.problem.max_households)
        made = set(map(tuple, seats.pairs.tolist()))
        lost = rules.existing - made if change_budget(seats, rules) else rules.locked - made
        households = {household for _, household in lost}
        for volunteer in np.flatnonzero(short).tolist():
            own = np.flatnonzero(market.candidates.volunteer == volunteer)
            nearest = own[np.argsort(market.candidates.minutes[own], kind="stable")[:MENDING]]
            households.update(h for h in market.problem.job_household[market.job_of_row[nearest]].tolist() if h >= 0)
        return sorted(households)

    def chains(self, seed: int) -> Iterator[Ints]:
        """Yield households with uncovered jobs that have candidates, each with the households it might displace.

        Those of more important jobs come first. Ends when a whole round over them has covered nothing more.
        """
        problem = self.market.problem
        random = np.random.Generator(np.random.PCG64(seed))
        hopeless = np.zeros(len(problem.jobs), np.bool_)
        hopeless[problem.group_job[(problem.group_least > 0) & (np.diff(self.market.edges) == 0)]] = True
        before = -1
        while True:
            open_jobs = np.flatnonzero(~self._seats().covered & ~hopeless & (problem.job_household >= 0))
            if len(open_jobs) in (0, before):
                return
            before = len(open_jobs)
            order = open_jobs[np.lexsort((random.random(len(open_jobs)), problem.job_priority[open_jobs]))]
            foremost = order[problem.job_priority[order] == problem.job_priority[order[0]]]
            for household in problem.job_household[[*np.tile(foremost, PERSISTENT), *order]].tolist():
                yield self.market.chain(household, self.rows, random)

    def sweep(self, seed: int) -> Iterator[Ints]:
        """Yield neighbouring households, until every household with a need was among them."""
        random = np.random.Generator(np.random.PCG64(seed))
        todo = np.array([bool(needs) for needs in self.market.problem.household_needs], np.bool_)
        for household in np.argsort(random.random(len(todo))).tolist():
            if todo[household]:
                tile = self.market.around(household)
                todo[tile[: TILE // 2]] = False
                yield tile

    def _batch(self, jobs_of_steps: list[Ints], pool: Executor | None) -> None:
        """Solve neighbourhoods with different volunteers side by side; what clashes with an earlier one waits."""
        taken = np.zeros(self.market.problem.num_volunteers, np.bool_)
        decided = np.zeros(len(self.market.problem.jobs), np.bool_)
        steps, waiting = [], []
        for jobs in jobs_of_steps:
            step = None if decided[jobs].any() else self.market.step(self.rows, jobs, taken)
            if step is None:
                waiting.append(jobs)
                continue
            steps.append(step)
            decided[jobs] = True
            taken[self.market.candidates.volunteer[step.rows]] = True
        self._merge(steps, pool)
        nobody = np.zeros_like(taken)
        for jobs in waiting:
            step = self.market.step(self.rows, jobs, nobody)
            self._merge([step] if step is not None else [], None)

    def _merge(self, steps: list[Step], pool: Executor | None) -> None:
        before = self.rows
        if pool is None or len(steps) < 2:
            answers = [self.market.solve(before, step) for step in steps]
        else:
            answers = list(pool.map(_solve_shared, [before] * len(steps), steps))
        shared_rules = bool(self.market.rules.quotas or self.market.rules.budgets)
        for step, answer in zip(steps, answers, strict=True):
            kept = np.setdiff1d(self.rows, step.chosen, assume_unique=True)
            following = np.sort(np.concatenate([kept, answer]))
            if len(steps) == 1 or not shared_rules or self._no_worse(following):
                self.rows = following

    def _no_worse(self, rows: Ints) -> bool:
        """Say whether a merged plan obeys the rules that neighbourhoods share, such as quotas."""
        new, old = Seats(self.market.problem, self.market.candidates, rows), self._seats()
        rules = self.market.rules
        return team_quota(new, rules) + change_budget(new, rules) <= team_quota(old, rules) + change_budget(old, rules)

    def _seats(self) -> Seats:
        return Seats(self.market.problem, self.market.candidates, self.rows)


_shared: Neighbourhoods | None = None


def _solve_shared(rows: Ints, step: Step) -> Ints:
    if _shared is None:
        raise RuntimeError("neighbourhoods are solved in forked processes only")
    return _shared.solve(rows, step)


def _can_fork() -> bool:
    return "fork" in multiprocessing.get_all_start_methods()


def _partners(problem: Problem, jobs: Ints, fixed: Seats) -> Bools:
    """Return the volunteers who are paired with the jobs' households today, or who still lack households."""
    households = {int(h) for h in problem.job_household[jobs] if h >= 0}
    partners = np.zeros(problem.num_volunteers, np.bool_)
    partners[[volunteer for home in households for volunteer, _ in problem.running.get(home, ())]] = True
    partners |= problem.min_households > fixed.households_of
    return partners


def _positions(problem: Problem) -> npt.NDArray[np.float64]:
    households = problem.instance.households
    if all(household.location.lat is not None for household in households):
        lat = np.radians([household.location.lat or 0.0 for household in households])
        lon = np.radians([household.location.lon or 0.0 for household in households])
        return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    return np.arange(len(households), dtype=np.float64)[:, None]
