"""Tier after tier by the exact model: more of an urgent class, and bounds of every tier.

Coverage is asked for class by class, by those jobs alone that count up to a class: which jobs of later classes are
covered, and what rules ask of them, plays no part in it. So the model is small, its linear relaxation close to what can
be reached, and its bound one of every plan. Tiers after coverage need all jobs.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

import numpy as np
from ortools.sat.python import cp_model

from pairsolve.candidates import Candidates
from pairsolve.options import Options, Watch
from pairsolve.pairing.greedy import first_plan
from pairsolve.pairing.model import PairModel
from pairsolve.pairing.rules import PairRules, broken, seat_minutes
from pairsolve.pairing.terms import tier_sum
from pairsolve.pairing.tiers import Seats, TierSpec, evaluate
from pairsolve.plan import ProofKind
from pairsolve.problem import Bools, Ints, Problem

LARGEST, LARGEST_OF_ALL = 80_000, 30_000
"""Admissible seats up to which a class is asked for, and tiers after coverage."""
EFFORT = 8.0
"""Deterministic time for a class."""
EFFORT_LATER = 3.0
"""The same for a tier after coverage."""
OF_STEP = 0.05
"""Deterministic time of one neighbourhood, in which work limits are given."""
WORTH = 1_000
"""How many other seats one more job is worth at most."""
SHARE = 0.3
"""How much of what is left of a time limit classes may take; the rest goes into what comes after."""
GLANCE = 0.2
"""Seconds after which the watch is told again."""


@dataclass(frozen=True)
class TierBound:
    """What a tier costs at least.

    Parameters
    ----------
    tier
        Number of the tier.
    bound
        Bound of the tier.
    before
        Values of the tiers before it; it is a bound of all plans that are no worse in any of them.
    """

    tier: int
    bound: int
    before: tuple[int, ...]

    def holds(self, values: tuple[int, ...]) -> bool:
        """Say whether it bounds the tier of plans with these values."""
        return all(value <= most for value, most in zip(values, self.before, strict=False))


@dataclass(frozen=True)
class TierBounds:
    """Bounds of some tiers.

    Parameters
    ----------
    bounds
        By ascending tier.
    """

    bounds: tuple[TierBound, ...] = ()

    def better(
        self, values: tuple[int, ...], bounds: tuple[int | None, ...], proofs: tuple[ProofKind, ...]
    ) -> tuple[tuple[int | None, ...], tuple[ProofKind, ...]]:
        """Return bounds and proofs of a plan with these where they say more."""
        best, by = list(bounds), list(proofs)
        for one in self.bounds:
            other = bounds[one.tier]
            if one.holds(values) and one.bound >= 0 and (other is None or one.bound > other):
                best[one.tier], by[one.tier] = one.bound, "search"
        return tuple(best), tuple(by)


def cover_by_classes(
    problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], rules: PairRules, rows: Ints,
    mended: Callable[[Ints], Ints], options: Options, watch: Watch,
) -> tuple[Ints, TierBounds]:  # fmt: skip
    """Return chosen rows that cover no less of any class before one of which they cover more, and bounds of coverage.

    Parameters
    ----------
    problem, candidates, tiers, rules
        What is asked; all admissible seats.
    rows
        Chosen candidate rows, ascending.
    mended
        Called with rows in which classes after one that covers more have lost something: returns better ones.
    options, watch
        Random seed, and threads, on which the answer does not depend; progress.
    """
    found: list[TierBound] = []
    ends = watch.until(SHARE)
    possible, job_of_row = possible_rows(problem, candidates), problem.group_job[candidates.group]
    for number in range(leading(tiers)):
        counts = problem.job_priority <= max(tier.priority for tier in tiers[: number + 1])
        jobs = counts | must_be_kept(problem, rules)
        asked = np.flatnonzero(jobs[job_of_row] & possible)
        if len(asked) > LARGEST or watch.stopped or time.monotonic() > ends:
            break
        model = TierModel(problem, candidates, rules, tiers, number, np.flatnonzero(jobs), asked, rows, rows[:0])
        chosen, bound = model.solve(EFFORT, options, watch, ends)
        if bound is None:
            break
        found.append(bound)
        if chosen is not None:
            rows = joined(problem, candidates, tiers, rules, rows, chosen, counts, mended)
    return rows, TierBounds(tuple(found))


def joined(
    problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], rules: PairRules, rows: Ints, chosen: Ints,
    counts: Bools, mended: Callable[[Ints], Ints],
) -> Ints:  # fmt: skip
    """Return a plan with what is chosen for the jobs that count and what fits of the others' rows, if it is better.

    Parameters
    ----------
    problem, candidates, tiers, rules, rows, mended
        As for `cover_by_classes`.
    chosen
        Rows of the jobs that count, and perhaps of others, ascending.
    counts
        Whether each job counts.
    """
    job_of_row = problem.group_job[candidates.group]
    others = rows[~counts[job_of_row[rows]]]
    other = first_plan(problem, candidates, rules, np.union1d(chosen[counts[job_of_row[chosen]]], others))
    return min(rows, mended(other), key=lambda some: _rank(Seats(problem, candidates, some), tiers, rules))


def better_by_tiers(
    problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], rules: PairRules, rows: Ints,
    options: Options, watch: Watch,
) -> tuple[Ints, TierBounds]:  # fmt: skip
    """Return chosen rows that are no worse, and bounds of the tiers after coverage; parameters as above."""
    found: list[TierBound] = []
    asked = np.flatnonzero(possible_rows(problem, candidates))
    for number in range(leading(tiers), len(tiers)):
        if len(asked) > LARGEST_OF_ALL or watch.stopped:
            break
        model = TierModel(
            problem, candidates, rules, tiers, number, np.arange(len(problem.jobs)), asked, rows, rows[:0]
        )  # fmt: skip
        chosen, bound = model.solve(EFFORT_LATER, options, watch)
        if bound is None:
            break
        found.append(bound)
        if chosen is not None:
            rows = min(rows, chosen, key=lambda some: _rank(Seats(problem, candidates, some), tiers, rules))
    return rows, TierBounds(tuple(found))


def leading(tiers: tuple[TierSpec, ...]) -> int:
    """Return how many tiers of nothing but coverage come first."""
    return next((n for n, tier in enumerate(tiers) if any(k != "coverage" for k, _ in tier.terms)), len(tiers))


def _rank(seats: Seats, tiers: tuple[TierSpec, ...], rules: PairRules) -> tuple[int, ...]:
    return broken(seats, rules), *evaluate(seats, tiers)


def possible_rows(problem: Problem, candidates: Candidates) -> Bools:
    """Say which candidates have the minutes, for jobs all of whose seats that must be filled could be."""
    use = seat_minutes(problem, problem.group_job[candidates.group], candidates.minutes.astype(np.int64))
    possible: Bools = use <= np.minimum(*problem.budgets)[candidates.volunteer]
    heads = np.minimum(problem.heads[candidates.volunteer], problem.group_most[candidates.group])
    could = np.bincount(candidates.group[possible], heads[possible], len(problem.groups))
    hopeless = np.zeros(len(problem.jobs), np.bool_)
    hopeless[problem.group_job[could < problem.group_least]] = True
    return possible & ~hopeless[problem.group_job[candidates.group]]


def must_be_kept(problem: Problem, rules: PairRules) -> Bools:
    """Say which jobs are of households with a locked pair: one of them must be the pair's."""
    homes = np.zeros(len(problem.instance.households) + 1, np.bool_)
    homes[[household for _, household in rules.locked]] = True
    homes[-1] = False  # events
    kept: Bools = homes[problem.job_household]
    return kept


class TierModel:
    """One tier over some jobs, of whose tiers before each may cost no more than a choice of rows does.

    Parameters
    ----------
    problem, candidates, tiers, rules
        What is asked.
    number
        Number of the tier.
    jobs, asked
        Jobs to decide, and candidate rows allowed for them.
    rows
        A choice to begin with.
    fixed
        Rows of other jobs that stay; only where there is no tier before.
    """

    def __init__(
        self, problem: Problem, candidates: Candidates, rules: PairRules, tiers: tuple[TierSpec, ...], number: int,
        jobs: Ints, asked: Ints, rows: Ints, fixed: Ints,
    ) -> None:  # fmt: skip
        here = self._asked_here(problem, candidates, rules, asked)
        self._pairs = pairs = PairModel(
            problem, candidates, here, tiers, jobs, asked, Seats(problem, candidates, fixed)
        )  # fmt: skip
        seats, model = Seats(problem, candidates, rows), pairs.model
        if broken(seats, here) == 0:
            model.add(sum(missing for missing, _ in pairs.shortfalls) == 0)
        self._name, self._number, self._values = tiers[number].name, number, evaluate(seats, tiers)
        self._hinted = self._hint(seats)
        for tier in range(number):
            variables, weights, constant = tier_sum(pairs, tiers[tier])
            model.add(cp_model.LinearExpr.weighted_sum(variables, weights) <= self._values[tier] - constant)
        self._variables, self._weights, self._constant = tier_sum(pairs, tiers[number])

    @staticmethod
    def _asked_here(problem: Problem, candidates: Candidates, rules: PairRules, asked: Ints) -> PairRules:
        """Return the rules on pairs; of what they ask for, what only jobs in the model can fulfil."""
        elsewhere = np.ones(len(candidates), np.bool_)
        elsewhere[asked] = False
        free = np.zeros(problem.num_volunteers, np.bool_)
        free[candidates.volunteer[elsewhere]] = True
        return replace(
            rules, timetable=None, cuts=(), budgets=(), least_households=np.where(free, 0, rules.least_households),
            quotas=tuple(
                (rule.model_copy(update={"min_pairs": 0}) if free[members].any() else rule, members)
                for rule, members in rules.quotas
            ),
        )  # fmt: skip

    def _hint(self, seats: Seats) -> dict[int, bool]:
        """Hint at a choice of seats, and return the value of each variable of the rules."""
        pairs, chosen = self._pairs, set(seats.rows.tolist())
        held = set(map(tuple, seats.pairs.tolist()))
        hinted = {x.index: row in chosen for x, row in zip(pairs.x, pairs.rows.tolist(), strict=True)}
        hinted |= {z.index: pair in held for pair, z in pairs.z.items()}
        hinted |= {y.index: bool(seats.covered[job]) for job, y in pairs.y.items()}
        for variable, value in hinted.items():
            pairs.model.add_hint(pairs.model.get_bool_var_from_proto_index(variable), value)
        return hinted

    def more_covered(self, effort: float, options: Options, watch: Watch, ends: float) -> Ints | None:
        """Return rows with less in the tier and few others than those chosen, if any are found."""
        others = [x for x in self._pairs.x if not self._hinted[x.index]]
        weights = [*(WORTH * weight for weight in self._weights), *[1] * len(others)]
        self._pairs.model.minimize(cp_model.LinearExpr.weighted_sum([*self._variables, *others], weights))
        found = self._run([_solver(effort, options, bounding=False)], options, watch, ends)
        before = sum(w * self._hinted[v.index] for v, w in zip(self._variables, self._weights, strict=True))
        for one in found:
            if sum(w * one.boolean_value(v) for v, w in zip(self._variables, self._weights, strict=True)) < before:
                return self._rows_of(one)
        return None

    def solve(
        self, effort: float, options: Options, watch: Watch, ends: float = math.inf
    ) -> tuple[Ints | None, TierBound | None]:
        """Return rows with less in the tier, if any are found, and its bound, if there is one.

        One search splits where the bound is least, the other looks for plans; each has the whole effort, and ends early
        at a moment on the clock of `time.monotonic`.
        """
        self._pairs.model.minimize(cp_model.LinearExpr.weighted_sum(self._variables, self._weights))
        ended = self._run([_solver(effort, options, bounding) for bounding in (True, False)], options, watch, ends)
        if not ended:
            return None, None
        highest = max(solver.best_objective_bound for solver in ended)
        bound = TierBound(self._number, int(np.ceil(highest - 1e-9)) + self._constant, self._values[: self._number])
        best = min(ended, key=lambda solver: solver.objective_value)
        better = round(best.objective_value) + self._constant < self._values[self._number]
        return self._rows_of(best) if better else None, bound

    def _rows_of(self, solver: cp_model.CpSolver) -> Ints:
        """Return the rows of a search's plan."""
        return self._pairs.rows[np.array([solver.boolean_value(x) for x in self._pairs.x], np.bool_)]

    def _run(
        self, solvers: Sequence[cp_model.CpSolver], options: Options, watch: Watch, ends: float
    ) -> list[cp_model.CpSolver]:
        """Return those of some searches that find a plan."""
        with ThreadPoolExecutor(min(options.threads, len(solvers))) as pool:
            running = [pool.submit(solver.solve, self._pairs.model) for solver in solvers]
            while not all(one.done() for one in running):
                watch.report("pairing", value=self._values[self._number], detail=f"{self._name}, by the exact model")
                if watch.stopped or time.monotonic() > ends:
                    for one, solver in zip(running, solvers, strict=True):
                        one.cancel()
                        solver.stop_search()
                wait(running, GLANCE)
        return [solver for one, solver in zip(running, solvers, strict=True) if _has_plan(one, solver)]


def _solver(effort: float, options: Options, bounding: bool) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1  # with two it proved far less in trials
    solver.parameters.random_seed = options.seed
    solver.parameters.linearization_level = 2
    solver.parameters.optimize_with_lb_tree_search = bounding
    solver.parameters.symmetry_level = 0  # it and probing take longer than the search
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.max_presolve_iterations = 1
    limit = math.inf if options.work_limit is None else OF_STEP * options.work_limit
    solver.parameters.max_deterministic_time = min(effort, limit)
    solver.parameters.catch_sigint_signal = False  # Ctrl-C belongs to the caller
    return solver


def _has_plan(run: Future[cp_model.CpSolverStatus], solver: cp_model.CpSolver) -> bool:
    """Say whether a search found a plan; a bound told while it still simplifies the model may be above it."""
    if run.cancelled() or run.result() not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return False
    return solver.best_objective_bound < solver.objective_value + 0.5
