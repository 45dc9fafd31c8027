"""Solve a piece by CP-SAT: missed visits class by class, then regularity; limits count work, not seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

from pairsolve.scheduling.bounds import missed_bounds
from pairsolve.scheduling.model import VisitModel
from pairsolve.scheduling.outcome import Outcome, classes, missed_by_class, total_irregularity
from pairsolve.scheduling.regular import Alone
from pairsolve.scheduling.tasks import Piece, Plan

MISSED_WORK = 4.0  # deterministic seconds of CP-SAT, which do not depend on the machine
REGULAR_WORK = 3.0
FEASIBLE_WORK = 4.0
MOST_WEIGHT = 10**6  # classes share one weighted sum while its weights stay below this


@dataclass(frozen=True, slots=True)
class Answer:
    """What CP-SAT said: a status, plans if it found some, and its bound rounded up."""

    status: str  # "optimal", "feasible", "infeasible", "unknown"
    plans: dict[int, Plan] | None
    bound: int


def solve_exactly(
    piece: Piece, alone: Sequence[Alone], seed: int, start: Mapping[int, Plan], effort: float = 1.0
) -> Outcome:
    """Find the best plans of a settled piece.

    Parameters
    ----------
    piece
        The piece.
    alone
        Its needs with their bounds.
    seed
        Random seed of CP-SAT.
    start
        Feasible plans to start from.
    effort
        Share of the work limits to spend at most.
    """
    model = VisitModel(piece)
    for number in range(len(piece.tasks)):
        model.fewest(number)
    relaxed, bounds = missed_bounds(piece, alone)
    plans = dict(start)
    if missed_by_class(piece, plans) != bounds:
        plans, bounds = _least_missed(model, piece, alone, relaxed, seed, plans, effort)
    least = _least_irregular(piece, alone, plans)
    if total_irregularity(piece, plans) > least:
        plans, least = _most_regular(model, piece, alone, seed, plans, least, effort)
    return Outcome(
        method="exact",
        plans=plans,
        missed=missed_by_class(piece, plans),
        missed_bound=bounds,
        relaxed_bound=relaxed,
        regularity=total_irregularity(piece, plans),
        regularity_bound=least,
    )


def feasible_plans(piece: Piece, seed: int, effort: float = 1.0) -> Answer:
    """Look for plans that give all needs of a settled piece their fewest visits, or a proof that there are none."""
    model = VisitModel(piece)
    for number in range(len(piece.tasks)):
        model.fewest(number)
    return _run(model, seed, effort * FEASIBLE_WORK)


def _least_missed(
    model: VisitModel,
    piece: Piece,
    alone: Sequence[Alone],
    relaxed: Mapping[int, int],
    seed: int,
    plans: dict[int, Plan],
    effort: float,
) -> tuple[dict[int, Plan], dict[int, int]]:
    for number, one in enumerate(alone):
        if one.goal.missed:
            model.model.add(model.missed(number) >= one.goal.missed)
    bounds = dict(relaxed)
    for weights in _weights(piece):
        group = [number for number, task in enumerate(piece.tasks) if task.priority in weights]
        model.model.minimize(sum(weights[piece.tasks[number].priority] * model.missed(number) for number in group))
        model.hint(plans)
        answer = _run(model, seed, effort * MISSED_WORK)
        plans = answer.plans if answer.plans is not None else plans
        missed = missed_by_class(piece, plans)
        bounds.update(_split_bound(piece, weights, relaxed, missed, answer.bound))
        if any(bounds[priority] < missed[priority] for priority in weights):
            break
        _fix_missed(model, piece, {priority: missed[priority] for priority in weights})
    return plans, bounds


def _most_regular(
    model: VisitModel,
    piece: Piece,
    alone: Sequence[Alone],
    seed: int,
    plans: dict[int, Plan],
    least: int,
    effort: float,
) -> tuple[dict[int, Plan], int]:
    _fix_missed(model, piece, missed_by_class(piece, plans))
    model.model.minimize(sum(model.add_regularity(number, one.goal) for number, one in enumerate(alone)))
    model.hint(plans)
    answer = _run(model, seed, effort * REGULAR_WORK)
    if answer.plans is not None and total_irregularity(piece, answer.plans) < total_irregularity(piece, plans):
        plans = answer.plans
    return plans, max(least, min(answer.bound, total_irregularity(piece, plans)))


def _fix_missed(model: VisitModel, piece: Piece, missed: Mapping[int, int]) -> None:
    for priority, value in missed.items():
        group = [number for number, task in enumerate(piece.tasks) if task.priority == priority]
        model.model.add(sum(model.missed(number) for number in group) == value)


def _spare(piece: Piece) -> dict[int, int]:
    """Return, by class, the most visits that may be missed."""
    spare = dict.fromkeys(classes(piece), 0)
    for task in piece.tasks:
        spare[task.priority] += task.required - task.fewest
    return spare


def _weights(piece: Piece) -> list[dict[int, int]]:
    """Return groups of classes, each with weights that make one sum compare its classes lexicographically."""
    spare = _spare(piece)
    groups: list[dict[int, int]] = [{}]
    for priority in classes(piece):
        raised = {c: weight * (spare[priority] + 1) for c, weight in groups[-1].items()}
        if max(raised.values(), default=1) > MOST_WEIGHT:
            groups.append({priority: 1})
        else:
            groups[-1] = {**raised, priority: 1}
    return groups


def _split_bound(
    piece: Piece, weights: Mapping[int, int], relaxed: Mapping[int, int], missed: Mapping[int, int], bound: int
) -> dict[int, int]:
    """Turn a bound of the weighted sum into bounds by class, each valid while the classes before are at theirs."""
    bounds = {priority: relaxed[priority] for priority in weights}
    spare = _spare(piece)
    for priority, weight in weights.items():
        later = sum(weights[c] * spare[c] for c in weights if c > priority)
        bounds[priority] = max(relaxed[priority], -(-(bound - later) // weight))
        if bounds[priority] < missed[priority]:
            break
        bound -= weight * bounds[priority]
    return bounds


def _least_irregular(piece: Piece, alone: Sequence[Alone], plans: Mapping[int, Plan]) -> int:
    """Return a bound of regularity; each visit missed beyond the needs' own bounds may save two at most."""
    extra = sum(one.task.required - len(plans[one.task.need]) - one.goal.missed for one in alone)
    return max(0, sum(one.goal.irregular for one in alone) - 2 * extra)


def _solver(seed: int, work: float) -> Any:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = work
    # ortools 9.15 fails with "raw_hash_map<>::at" while it looks for symmetries of some infeasible models
    solver.parameters.symmetry_level = 0
    return solver


def _run(model: VisitModel, seed: int, work: float) -> Answer:
    solver = _solver(seed, work)
    status = solver.solve(model.model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer("optimal" if status == cp_model.OPTIMAL else "feasible", model.plans(solver), _bound(solver))
    if status == cp_model.INFEASIBLE:
        return Answer("infeasible", None, 0)
    return Answer("unknown", None, _bound(solver))


def _bound(solver: Any) -> int:
    """Return the bound of the objective, rounded up but for rounding noise."""
    bound = solver.best_objective_bound
    return -int(-(bound - 1e-6) // 1) if abs(bound) < 1e15 else -(10**15)
