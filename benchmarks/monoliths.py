"""The whole pairing problem given to one solver: all rules over all admissible seats, one tier after another.

CP-SAT gets `pairsolve.pairing.model.PairModel` as it is, HiGHS the same model with its logical rules made linear.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from pairsolve.candidates import Candidates
    from pairsolve.pairing.tiers import TierSpec
    from pairsolve.problem import Problem

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SHORTEST = 0.1  # seconds below which a tier is not begun
TINY = 1e-6  # of a whole number, for bounds in floating point


@dataclass(frozen=True, slots=True)
class Answer:
    """What a solver says about one tier: the value of each variable, None where it found nothing, and a bound."""

    values: Ints | None
    bound: int | None


class Solver(Protocol):
    """Minimises sums over the model, one after another."""

    def minimise(self, cost: Ints, seconds: float) -> Answer:
        """Minimise a sum, starting from the answer before; cost of each variable, shape (variables,)."""

    def keep(self, cost: Ints, most: int) -> None:
        """Hold a sum at or below a value from now on."""


@dataclass(slots=True)
class Found:
    """Chosen candidate rows, None where nothing was found, and the proven bound of each tier, None where none is.

    A bound holds given the tiers before it, so none is told after the first tier that is not proven.
    """

    rows: Ints | None = None
    bounds: list[int | None] = field(default_factory=list)
    note: str = ""


def tier_after_tier(
    solver_name: str, problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], threads: int, ends: float
) -> Found:
    """Build the model and minimise the tiers in turn.

    Parameters
    ----------
    solver_name
        A key of `SOLVERS`.
    problem, candidates, tiers
        What is asked; the tiers that are minimised, first to last.
    threads
        For the solver.
    ends
        On the clock of `time.monotonic`; a first plan may take all that is left, which is then shared out evenly among
        the tiers not yet begun.
    """
    from pairsolve.pairing.model import PairModel  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.pairing.rules import PairRules  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.pairing.terms import tier_sum  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.pairing.tiers import Seats  # noqa: PLC0415  # listing the families loads no solver

    jobs, rows = np.arange(len(problem.jobs)), np.arange(len(candidates))
    nothing = Seats(problem, candidates, rows[:0])
    model = PairModel(problem, candidates, PairRules.build(problem, None), tiers, jobs, rows, nothing)
    missing = ([variable for variable, _ in model.shortfalls], [1] * len(model.shortfalls), 0)
    sums = [missing, *(tier_sum(model, tier) for tier in tiers)]
    size = len(model.model.proto.variables)
    seats = np.array([x.index for x in model.x], np.int64)
    costs = [_cost([v.index for v in variables], weights, size) for variables, weights, _ in sums]
    solver = SOLVERS[solver_name](model.model, threads)
    found, proven = Found(bounds=[None] * len(sums)), True
    for number, (cost, (_, _, constant)) in enumerate(zip(costs, sums, strict=True)):
        if not cost.any():
            found.bounds[number] = constant if proven else None
            continue
        left = ends - time.monotonic()  # without a first plan there is nothing to save it for
        seconds = left / (len(sums) - number) if number else left
        answer = solver.minimise(cost, seconds) if seconds >= SHORTEST else Answer(None, None)
        if proven and answer.bound is not None:
            found.bounds[number] = answer.bound + constant
        if answer.values is None:
            where = "the rules' minimums" if number == 0 else f"tier {tiers[number - 1].name}"
            found.note = f"nothing found for {where}" if seconds >= SHORTEST else f"no time left for {where}"
            break
        value = int(cost @ answer.values)
        proven = proven and answer.bound == value
        found.rows = rows[answer.values[seats] > 0]
        solver.keep(cost, value)
    del found.bounds[0]
    return found


def _cost(variables: list[int], weights: list[int], size: int) -> Ints:
    cost = np.zeros(size, np.int64)
    np.add.at(cost, np.array(variables, np.int64), np.array(weights, np.int64))
    return cost


def _bound(told: float) -> int | None:
    return math.ceil(told - TINY * max(1.0, abs(told))) if math.isfinite(told) else None


class CpSat:
    """CP-SAT."""

    def __init__(self, model: Any, threads: int) -> None:
        self._model, self._threads = model, threads
        self._variables = [model.get_int_var_from_proto_index(i) for i in range(len(model.proto.variables))]

    def minimise(self, cost: Ints, seconds: float) -> Answer:
        """Minimise a sum; the answer before is the hint."""
        from ortools.sat.python import cp_model  # noqa: PLC0415  # a peer, loaded where it runs

        self._model.minimize(self._sum(cost))
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.num_workers = self._threads
        status = solver.solve(self._model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return Answer(None, None)  # a bound told while it still simplifies the model may be above its best plan
        values = np.array([solver.value(variable) for variable in self._variables], np.int64)
        self._model.clear_hints()
        for variable, value in zip(self._variables, values.tolist(), strict=True):
            self._model.add_hint(variable, value)
        return Answer(values, _bound(solver.best_objective_bound))

    def keep(self, cost: Ints, most: int) -> None:
        """Hold a sum at or below a value."""
        self._model.add(self._sum(cost) <= most)

    def _sum(self, cost: Ints) -> Any:
        from ortools.sat.python import cp_model  # noqa: PLC0415  # a peer, loaded where it runs

        used = np.flatnonzero(cost).tolist()
        return cp_model.LinearExpr.weighted_sum([self._variables[i] for i in used], cost[used].tolist())


class Highs:
    """HiGHS through MathOpt."""

    def __init__(self, model: Any, threads: int) -> None:
        from ortools.math_opt.python import mathopt  # noqa: PLC0415  # a peer, loaded where it runs

        self._threads, self._before = threads, None
        self._model = mathopt.Model.from_model_proto(linear_model(model.proto))
        self._variables = list(self._model.variables())

    def minimise(self, cost: Ints, seconds: float) -> Answer:
        """Minimise a sum; the answer before is the hint."""
        from ortools.math_opt.python import mathopt  # noqa: PLC0415  # a peer, loaded where it runs
        from ortools.math_opt.solvers import highs_pb2  # noqa: PLC0415  # as above

        self._model.minimize(self._sum(cost))
        hints = [] if self._before is None else [mathopt.SolutionHint(variable_values=self._before)]
        answer = mathopt.solve(
            self._model, mathopt.SolverType.HIGHS,
            params=mathopt.SolveParameters(
                time_limit=timedelta(seconds=seconds), relative_gap_tolerance=0.0,
                highs=highs_pb2.HighsOptionsProto(int_options={"threads": self._threads}),
            ),
            model_params=mathopt.ModelSolveParameters(solution_hints=hints),
        )  # fmt: skip
        bound = _bound(answer.best_objective_bound())
        if not answer.has_primal_feasible_solution():
            return Answer(None, bound)
        self._before = answer.variable_values()
        return Answer(np.rint(answer.variable_values(self._variables)).astype(np.int64), bound)

    def keep(self, cost: Ints, most: int) -> None:
        """Hold a sum at or below a value."""
        self._model.add_linear_constraint(self._sum(cost) <= most)

    def _sum(self, cost: Ints) -> Any:
        from ortools.math_opt.python import mathopt  # noqa: PLC0415  # a peer, loaded where it runs

        used = np.flatnonzero(cost).tolist()
        return mathopt.fast_sum(int(cost[i]) * self._variables[i] for i in used)


SOLVERS = {"CP-SAT": CpSat, "HiGHS": Highs}


class _Rows:
    """Rows of a linear model as they are read off: low ≤ Σ coefficient × variable ≤ high."""

    def __init__(self) -> None:
        self.row: list[int] = []
        self.column: list[int] = []
        self.coefficient: list[int] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def add(self, columns: list[int], coefficients: list[int], low: float, high: float) -> None:
        """Add a row."""
        self.row += [len(self.low)] * len(columns)
        self.column += columns
        self.coefficient += coefficients
        self.low.append(low)
        self.high.append(high)

    def add_literals(self, literals: list[int], low: float, high: float) -> None:
        """Bound how many literals are true; -1 - v stands for not v."""
        negated = sum(literal < 0 for literal in literals)
        columns = [max(literal, -1 - literal) for literal in literals]
        self.add(columns, [1 if literal >= 0 else -1 for literal in literals], low - negated, high - negated)


def linear_model(proto: Any) -> Any:
    """Return a CP-SAT model without a logical rule left in it, for MathOpt.

    Raises
    ------
    ValueError
        The model holds a rule of another kind than the pairing model uses.
    """
    from ortools.math_opt import model_pb2  # noqa: PLC0415  # a peer, loaded where it runs

    rows = _Rows()
    for rule in proto.constraints:
        _add_rule(rows, rule)
    ends = np.array([list(one.domain) for one in proto.variables], np.float64).reshape(-1, 2)  # one interval each
    made = model_pb2.ModelProto()
    made.variables.ids.extend(range(len(ends)))
    made.variables.lower_bounds.extend(ends[:, 0].tolist())
    made.variables.upper_bounds.extend(ends[:, 1].tolist())
    made.variables.integers.extend([True] * len(ends))
    made.linear_constraints.ids.extend(range(len(rows.low)))
    made.linear_constraints.lower_bounds.extend(rows.low)
    made.linear_constraints.upper_bounds.extend(rows.high)
    row, column, coefficient = _merged(rows, len(ends))
    made.linear_constraint_matrix.row_ids.extend(row.tolist())
    made.linear_constraint_matrix.column_ids.extend(column.tolist())
    made.linear_constraint_matrix.coefficients.extend(coefficient.tolist())
    return made


def _add_rule(rows: _Rows, rule: Any) -> None:
    if rule.has_linear():
        low, high = rule.linear.domain  # one interval
        rows.add(list(rule.linear.vars), list(rule.linear.coeffs), _end(low), _end(high))
    elif rule.has_at_most_one():
        rows.add_literals(list(rule.at_most_one.literals), -math.inf, 1)
    elif rule.has_bool_or():
        rows.add_literals(list(rule.bool_or.literals), 1, math.inf)
    elif rule.has_lin_max():  # of Booleans: not below any of them, not above their sum
        most, held = rule.lin_max.target.vars[0], [one.vars[0] for one in rule.lin_max.exprs]
        for one in held:
            rows.add([most, one], [1, -1], 0, math.inf)
        rows.add([most, *held], [1] + [-1] * len(held), -math.inf, 0)
    else:
        raise ValueError(f"no linear form is known for {rule}")


def _end(value: int) -> float:
    """Return an end of a domain; the far ends of 64-bit integers mean none."""
    return math.copysign(math.inf, value) if abs(value) >= 1 << 62 else float(value)


def _merged(rows: _Rows, width: int) -> tuple[Ints, Ints, Floats]:
    """Return the matrix row by row, each place once."""
    from scipy.sparse import coo_array  # noqa: PLC0415  # listing the families loads as little as possible

    places = (np.array(rows.row, np.int64), np.array(rows.column, np.int64))
    matrix = coo_array((np.array(rows.coefficient, np.float64), places), shape=(len(rows.low), width)).tocsr()
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    merged = matrix.tocoo()
    return merged.row.astype(np.int64), merged.col.astype(np.int64), merged.data
