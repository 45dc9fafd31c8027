"""The pairing model solved tier after tier, with a proven bound as far as the effort reaches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from pairsolve.pairing.model import PairModel, Variable
from pairsolve.pairing.terms import Linear, tier_sum
from pairsolve.problem import Ints

LARGEST_PRODUCT = 1 << 40


@dataclass(frozen=True)
class ExactResult:
    """What the model found.

    Parameters
    ----------
    rows
        Chosen candidate rows of the free jobs, ascending.
    shortfall
        What is missing to the rules that ask for something.
    proven
        Whether every stage was solved to its end.
    bounds
        Proven lower bound of each tier given the tiers before; None after the first unproven stage.
    work
        Deterministic time spent.
    """

    rows: Ints
    shortfall: int
    proven: bool
    bounds: tuple[int | None, ...]
    work: float


def solve(
    m: PairModel, hint: Ints, *, seed: int, effort: float, apart: bool = False, stop: Callable[[], bool] = lambda: False
) -> ExactResult:
    """Optimise tier after tier, several in one objective where their ranges are small.

    Parameters
    ----------
    m
        The model.
    hint
        Rows chosen so far, to start from.
    seed
        Random seed of the solver.
    effort
        Deterministic time per stage.
    apart
        True solves every tier on its own, which proves more, and ends with the first tier not solved to its end;
        False joins tiers of small range, which is quicker.
    stop
        Asked between stages.
    """
    chosen = set(hint.tolist())
    hints = [int(row) in chosen for row in m.rows.tolist()]
    shortfall: Linear = ([v for v, _ in m.shortfalls], [1] * len(m.shortfalls), 0)
    stages = _stages([shortfall] + [tier_sum(m, tier) for tier in m.tiers], 1 if apart else LARGEST_PRODUCT)
    bounds: list[int | None] = []
    proven, work, missing = True, 0.0, 0
    for stage in stages:
        variables, weights, _ = _weighted(stage)
        if not variables:
            bounds += [constant for _, _, constant in stage] if proven else [None] * len(stage)
            continue
        if not proven and (apart or stop()):  # searching neighbourhoods is the better use of time from here
            bounds += [None] * len(stage)
            continue
        m.model.clear_hints()  # type: ignore[no-untyped-call]  # untyped in ortools
        for x, hinted in zip(m.x, hints, strict=True):
            m.model.add_hint(x, hinted)
        m.model.minimize(cp_model.LinearExpr.weighted_sum(variables, weights))
        solver = _solver(seed, effort)
        status = solver.solve(m.model)
        work += solver.deterministic_time
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            proven = False
            bounds += [None] * len(stage)
            continue
        hints = [solver.boolean_value(x) for x in m.x]
        values = [
            constant + sum(c * solver.value(v) for v, c in zip(vs, cs, strict=True)) for vs, cs, constant in stage
        ]
        if not bounds:
            missing = values[0]
        if status == cp_model.OPTIMAL and proven:
            bounds += values
        else:
            bounds += _partial_bound(stage, solver, proven)
            proven = False
        for (vs, cs, fixed), value in zip(stage, values, strict=True):
            if vs:
                m.model.add(cp_model.LinearExpr.weighted_sum(vs, cs) <= value - fixed)
    rows = m.rows[np.array(hints, np.bool_).reshape(-1)]
    return ExactResult(rows, missing, proven, tuple(bounds[1:]), work)


def _solver(seed: int, effort: float) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = effort
    solver.parameters.catch_sigint_signal = False  # Ctrl-C belongs to the caller
    return solver


def _extremes(linear: Linear) -> tuple[int, int]:
    """Return the least and the largest value a sum can take, without its constant."""
    low = high = 0
    for variable, weight in zip(linear[0], linear[1], strict=True):
        ends = (weight * variable.proto.domain[0], weight * variable.proto.domain[1])
        low, high = low + min(ends), high + max(ends)
    return low, high


def _range(linear: Linear) -> int:
    """Return how many values a sum can take at most."""
    low, high = _extremes(linear)
    return high - low + 1


def _stages(sums: list[Linear], largest_product: int) -> list[list[Linear]]:
    """Put the shortfall alone, then join following tiers while the product of their ranges stays small."""
    stages, product = [[sums[0]], []], 1
    for linear in sums[1:]:
        size = _range(linear)
        if stages[-1] and product * size > largest_product:
            stages.append([])
            product = 1
        stages[-1].append(linear)
        product *= size
    return [stage for stage in stages if stage]


def _weighted(stage: list[Linear]) -> Linear:
    variables: list[Variable] = []
    weights: list[int] = []
    scale = 1
    for linear in reversed(stage):
        variables += linear[0]
        weights += [scale * weight for weight in linear[1]]
        scale *= _range(linear)
    return variables, weights, 0


def _partial_bound(stage: list[Linear], solver: cp_model.CpSolver, proven: bool) -> list[int | None]:
    """Return what an unfinished stage proves: a bound of its first tier."""
    nothing: list[int | None] = [None] * len(stage)
    if proven:
        scale, rest = 1, 0
        for linear in reversed(stage[1:]):
            rest += scale * _extremes(linear)[1]
            scale *= _range(linear)
        first = int(np.ceil((solver.best_objective_bound - rest) / scale - 1e-9))
        nothing[0] = max(first, _extremes(stage[0])[0]) + stage[0][2]
    return nothing
