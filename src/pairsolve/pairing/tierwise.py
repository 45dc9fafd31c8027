"""Bounds of one tier after another, and tiers after coverage by the exact model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

import numpy as np
from ortools.sat.python import cp_model

from pairsolve.candidates import Candidates
from pairsolve.options import Options, Watch
from pairsolve.pairing.model import PairModel
from pairsolve.pairing.rules import PairRules, broken, seat_minutes
from pairsolve.pairing.terms import tier_sum
from pairsolve.pairing.tiers import Seats, TierSpec, evaluate
from pairsolve.plan import ProofKind
from pairsolve.problem import Bools, Ints, Problem

LARGEST = 30_000
"""Admissible seats up to which tiers after coverage are asked for."""
EFFORT = 3.0
"""Deterministic time for a tier."""
OF_STEP = 0.05
"""Deterministic time of one neighbourhood, in which work limits are given."""
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


def better_by_tiers(
    problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], rules: PairRules, rows: Ints,
    options: Options, watch: Watch,
) -> tuple[Ints, TierBounds]:  # fmt: skip
    """Return chosen rows that are no worse, and bounds of the tiers after coverage.

    Parameters
    ----------
    problem, candidates, tiers, rules
        What is asked; all admissible seats.
    rows
        Chosen candidate rows, ascending.
    options, watch
        Random seed, and threads, on which the answer does not depend; progress.
    """
    found: list[TierBound] = []
    asked = np.flatnonzero(_possible_rows(problem, candidates))
    for number in range(leading(tiers), len(tiers)):
        if len(asked) > LARGEST or watch.stopped:
            break
        chosen, bound = TierModel(problem, candidates, rules, tiers, number, asked, rows).solve(options, watch)
        if bound is None:
            break
        found.append(bound)
        if chosen is not None:
            rows = min(rows, chosen, key=lambda some: rank(Seats(problem, candidates, some), tiers, rules))
    return rows, TierBounds(tuple(found))


def leading(tiers: tuple[TierSpec, ...]) -> int:
    """Return how many tiers of nothing but coverage come first."""
    return next((n for n, tier in enumerate(tiers) if any(k != "coverage" for k, _ in tier.terms)), len(tiers))


def rank(seats: Seats, tiers: tuple[TierSpec, ...], rules: PairRules) -> tuple[int, ...]:
    """Return how good chosen seats are, the less the better: rules broken, then the tiers."""
    return broken(seats, rules), *evaluate(seats, tiers)


def _possible_rows(problem: Problem, candidates: Candidates) -> Bools:
    """Say which candidates have the minutes, for jobs all of whose seats that must be filled could be."""
    use = seat_minutes(problem, problem.group_job[candidates.group], candidates.minutes.astype(np.int64))
    possible: Bools = use <= np.minimum(*problem.budgets)[candidates.volunteer]
    heads = np.minimum(problem.heads[candidates.volunteer], problem.group_most[candidates.group])
    could = np.bincount(candidates.group[possible], heads[possible], len(problem.groups))
    hopeless = np.zeros(len(problem.jobs), np.bool_)
    hopeless[problem.group_job[could < problem.group_least]] = True
    return possible & ~hopeless[problem.group_job[candidates.group]]


class TierModel:
    """One tier, of whose tiers before each may cost no more than a choice of rows does.

    Parameters
    ----------
    problem, candidates, tiers, rules
        What is asked.
    number
        Number of the tier.
    asked
        Candidate rows allowed.
    rows
        A choice to begin with.
    """

    def __init__(
        self, problem: Problem, candidates: Candidates, rules: PairRules, tiers: tuple[TierSpec, ...], number: int,
        asked: Ints, rows: Ints,
    ) -> None:  # fmt: skip
        here, jobs = replace(rules, timetable=None, cuts=(), budgets=()), np.arange(len(problem.jobs))
        nothing = Seats(problem, candidates, rows[:0])
        self._pairs = pairs = PairModel(problem, candidates, here, tiers, jobs, asked, nothing)
        seats, model = Seats(problem, candidates, rows), pairs.model
        if broken(seats, here) == 0:
            model.add(sum(missing for missing, _ in pairs.shortfalls) == 0)
        self._name, self._number, self._values = tiers[number].name, number, evaluate(seats, tiers)
        self._hinted = self._hint(seats)
        for tier in range(number):
            variables, weights, constant = tier_sum(pairs, tiers[tier])
            model.add(cp_model.LinearExpr.weighted_sum(variables, weights) <= self._values[tier] - constant)
        self._variables, self._weights, self._constant = tier_sum(pairs, tiers[number])

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

    def solve(self, options: Options, watch: Watch) -> tuple[Ints | None, TierBound | None]:
        """Return rows with less in the tier, if any are found, and its bound, if there is one.

        One search splits where the bound is least, the other looks for plans; each has the whole effort.
        """
        self._pairs.model.minimize(cp_model.LinearExpr.weighted_sum(self._variables, self._weights))
        ended = self._run([_solver(options, bounding) for bounding in (True, False)], options, watch)
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

    def _run(self, solvers: Sequence[cp_model.CpSolver], options: Options, watch: Watch) -> list[cp_model.CpSolver]:
        """Return those of some searches that find a plan."""
        with ThreadPoolExecutor(min(options.threads, len(solvers))) as pool:
            running = [pool.submit(solver.solve, self._pairs.model) for solver in solvers]
            while not all(one.done() for one in running):
                watch.report("pairing", value=self._values[self._number], detail=f"{self._name}, by the exact model")
                if watch.stopped:
                    for one, solver in zip(running, solvers, strict=True):
                        one.cancel()
                        solver.stop_search()
                wait(running, GLANCE)
        return [solver for one, solver in zip(running, solvers, strict=True) if _has_plan(one, solver)]


def _solver(options: Options, bounding: bool) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1  # with two it proved far less in trials
    solver.parameters.random_seed = options.seed
    solver.parameters.linearization_level = 2
    solver.parameters.optimize_with_lb_tree_search = bounding
    solver.parameters.symmetry_level = 0  # it and probing take longer than the search
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.max_presolve_iterations = 1
    limit = math.inf if options.work_limit is None else OF_STEP * options.work_limit
    solver.parameters.max_deterministic_time = min(EFFORT, limit)
    solver.parameters.catch_sigint_signal = False  # Ctrl-C belongs to the caller
    return solver


def _has_plan(run: Future[cp_model.CpSolverStatus], solver: cp_model.CpSolver) -> bool:
    """Say whether a search found a plan; a bound told while it still simplifies the model may be above it."""
    if run.cancelled() or run.result() not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return False
    return solver.best_objective_bound < solver.objective_value + 0.5
