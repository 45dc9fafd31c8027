"""Generalised assignment: `python -m benchmarks.gap FILE… --seconds S --threads T --out DIR`.

Writes DIR/NAME.json for each file: cost, bound, seconds, and the agent of each job, counted from 1, in order.
With `--peers` CP-SAT and HiGHS get the same model, seconds and threads in the same run.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks import ledger
from benchmarks.data import DataAbsent, folder
from benchmarks.ledger import Result
from benchmarks.registry import register

STARTED = time.monotonic() - time.process_time()
MARGIN = 0.6
"""Seconds kept back of every limit, for the last step and the writing."""
KERNELS = tuple(f"pairsolve.pairing.budgets.{name}" for name in ("knapsack", "volume", "dive", "tree"))
SMOKE = ("gap1-0", "c05100")
Matrix = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Case:
    """One file: costs and uses, shape (agents, jobs), and the room of each agent."""

    name: str
    cost: Matrix
    use: Matrix
    room: Matrix

    def counted(self, agents: Matrix) -> int:
        """Return the cost of an assignment, counted afresh.

        Raises
        ------
        AssertionError
            It is not an assignment within the rooms.
        """
        num_agents, num_jobs = self.cost.shape
        jobs = np.arange(num_jobs)
        if agents.shape != (num_jobs,) or agents.min(initial=0) < 0 or agents.max(initial=0) >= num_agents:
            raise AssertionError(f"{self.name}: not every job has an agent")
        load = np.zeros(num_agents, np.int64)
        np.add.at(load, agents, self.use[agents, jobs])
        over = np.flatnonzero(load > self.room)
        if over.size:
            raise AssertionError(f"{self.name}: agent {over[0] + 1} has {load[over[0]]} of {self.room[over[0]]}")
        return int(self.cost[agents, jobs].sum())


@dataclass(frozen=True, slots=True)
class Row:
    """What one solver found on one case; cost None where nothing."""

    solver: str
    case: str
    cost: int | None
    bound: int
    seconds: float
    agents: Matrix | None = None


def read_case(path: Path) -> Case:
    """Read a file: m n, m rows of n costs, m rows of n uses, m rooms; lines may wrap."""
    try:
        numbers = np.array(path.read_text(encoding="utf-8").split(), dtype=np.int64)
        num_agents, num_jobs = int(numbers[0]), int(numbers[1])
    except (OSError, ValueError, IndexError) as fault:
        raise SystemExit(f"{path}: cannot be read as a generalised assignment file: {fault}") from fault
    size = num_agents * num_jobs
    if len(numbers) < 2 + 2 * size + num_agents:
        raise SystemExit(f"{path}: holds {len(numbers)} numbers; {2 + 2 * size + num_agents} are needed")
    cost, use = numbers[2 : 2 + 2 * size].reshape(2, num_agents, num_jobs)
    return Case(path.name.removesuffix(".txt"), cost, use, numbers[2 + 2 * size : 2 + 2 * size + num_agents])


def pairsolve(case: Case, seconds: float, threads: int, began: float) -> Row:
    """Solve through the entry that households use."""
    from pairsolve.pairing.budgets.engine import solve_budgets  # noqa: PLC0415  # listing families loads no solver
    from pairsolve.pairing.budgets.problem import BudgetProblem  # noqa: PLC0415  # as above

    limit = max(0.1, began + seconds - MARGIN - time.monotonic())
    problem = BudgetProblem.dense(case.cost, case.use, case.room)
    answer = solve_budgets(problem, effort=10**6, threads=threads, time_limit=limit)
    agents = None if answer.assignment is None else answer.assignment.astype(np.int64)
    cost = None if agents is None else case.counted(agents)
    if cost != answer.value:
        raise AssertionError(f"{case.name}: the engine says {answer.value}, a count says {cost}")
    return Row("pairsolve", case.name, cost, answer.bound, time.monotonic() - began, agents)


def cp_sat(case: Case, seconds: float, threads: int) -> Row:
    """Solve by CP-SAT: one Boolean a pair."""
    from ortools.sat.python import cp_model  # noqa: PLC0415  # a peer, loaded where it runs

    began = time.monotonic()
    model = cp_model.CpModel()
    num_agents, num_jobs = case.cost.shape
    take = [[model.new_bool_var("") for _ in range(num_jobs)] for _ in range(num_agents)]
    for j in range(num_jobs):
        model.add_exactly_one(row[j] for row in take)
    for row, use, room in zip(take, case.use.tolist(), case.room.tolist(), strict=True):
        model.add(cp_model.LinearExpr.weighted_sum(row, use) <= room)
    flat = [one for row in take for one in row]
    model.minimize(cp_model.LinearExpr.weighted_sum(flat, case.cost.ravel().tolist()))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds - (time.monotonic() - began)
    solver.parameters.num_workers = threads
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    cost = round(solver.objective_value) if found else None
    return Row("CP-SAT", case.name, cost, int(np.ceil(solver.best_objective_bound - 1e-6)), time.monotonic() - began)


def highs(case: Case, seconds: float, threads: int) -> Row:
    """Solve by HiGHS, through MathOpt."""
    from datetime import timedelta  # noqa: PLC0415  # a peer, loaded where it runs

    from ortools.math_opt.python import mathopt  # noqa: PLC0415  # a peer, loaded where it runs
    from ortools.math_opt.solvers import highs_pb2  # noqa: PLC0415  # as below

    began = time.monotonic()
    model = mathopt.Model()
    num_agents, num_jobs = case.cost.shape
    take = [[model.add_binary_variable() for _ in range(num_jobs)] for _ in range(num_agents)]
    for j in range(num_jobs):
        model.add_linear_constraint(mathopt.fast_sum(row[j] for row in take) == 1)
    for i in range(num_agents):
        use = case.use[i].tolist()
        model.add_linear_constraint(mathopt.fast_sum(use[j] * take[i][j] for j in range(num_jobs)) <= int(case.room[i]))
    costs = case.cost.tolist()
    model.minimize(mathopt.fast_sum(costs[i][j] * take[i][j] for i in range(num_agents) for j in range(num_jobs)))
    limit = timedelta(seconds=seconds - (time.monotonic() - began))
    options = highs_pb2.HighsOptionsProto(int_options={"threads": threads})
    answer = mathopt.solve(
        model, mathopt.SolverType.HIGHS, params=mathopt.SolveParameters(time_limit=limit, highs=options)
    )
    cost = round(answer.objective_value()) if answer.has_primal_feasible_solution() else None
    bound = answer.best_objective_bound()
    return Row(
        "HiGHS", case.name, cost, int(np.ceil(bound - 1e-6)) if np.isfinite(bound) else 0, time.monotonic() - began
    )


def best_known() -> dict[str, int]:
    """Return the best known values by file name; none where the benchmark folder is absent."""
    try:
        table = folder("gap").parent / "best_known.csv"
        with table.open(encoding="utf-8") as stream:
            return {row[1]: int(row[2]) for row in csv.reader(stream) if row[0] == "gap"}
    except (DataAbsent, OSError):
        return {}


def write_row(row: Row, out: Path) -> None:
    """Write what was found, beside its place and then into it."""
    told = {
        "cost": row.cost,
        "bound": row.bound,
        "seconds": round(row.seconds, 2),
        "assignment": None if row.agents is None else (row.agents + 1).tolist(),
    }
    out.mkdir(parents=True, exist_ok=True)
    beside = out / f".{row.case}.json.part"
    beside.write_text(json.dumps(told), encoding="utf-8")
    os.replace(beside, out / f"{row.case}.json")


def describe(row: Row, known: int | None) -> str:
    """Return a row as one line."""
    cost = "nothing" if row.cost is None else str(row.cost)
    said = f"{row.solver} {cost}, bound {row.bound}, {row.seconds:.1f} s"
    if known is not None and row.cost is not None:
        said += (
            f", {100 * (row.cost - known) / known:+.4f} % of {known}, bound {100 * (row.bound - known) / known:+.4f} %"
        )
    return said


def race(case: Case, seconds: float, threads: int, began: float, *, peers: bool) -> list[Row]:
    """Return what pairsolve, and the peers if asked, find."""
    rows = [pairsolve(case, seconds, threads, began)]
    if peers:
        rows += [cp_sat(case, seconds, threads), highs(case, seconds, threads)]
    return rows


@register("gap", "generalised assignment, types A to E: value and bound against the best known, CP-SAT and HiGHS")
def run(smoke: bool) -> list[Result]:
    """Solve all given files for a minute each, with peers; two of them for three seconds for smoke."""
    paths = sorted(folder("gap").iterdir())
    if smoke:
        paths = [path for path in paths if path.name in SMOKE]
    known = best_known()
    results = []
    for path in paths:
        case = read_case(path)
        rows = race(case, 3.0 if smoke else 60.0, 2, time.monotonic(), peers=True)
        told = [describe(row, known.get(case.name)) for row in rows]
        results.append(Result(f"gap {case.name}", told[0], "; ".join(told[1:])))
        print(f"  {case.name}: " + "; ".join(told), flush=True)
    return results


def main(arguments: list[str] | None = None) -> int:
    """Solve the files given."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gap", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a file of the OR-Library format")
    parser.add_argument("--seconds", type=float, default=60.0, help="wall-clock seconds for each file")
    parser.add_argument("--threads", type=int, default=2, help="searches side by side")
    parser.add_argument("--out", type=Path, default=Path("gap-out"), help="folder of the results")
    parser.add_argument("--peers", action="store_true", help="run CP-SAT and HiGHS too")
    parser.add_argument("--keep", action="store_true", help="add the rows to the ledger")
    given = parser.parse_args(arguments)
    from pairsolve.compiled import is_compiled, load  # noqa: PLC0415  # --help compiles nothing

    began = STARTED
    if not all(map(is_compiled, KERNELS)):
        load(KERNELS)
        print(f"compiled once, {time.monotonic() - began:.1f} s, not counted", flush=True)
        began = time.monotonic()
    known, results = best_known(), []
    for path in given.files:
        case = read_case(path)
        rows = race(case, given.seconds, given.threads, began, peers=given.peers)
        write_row(rows[0], given.out)
        told = [describe(row, known.get(case.name)) for row in rows]
        print(f"{case.name}: " + "; ".join(told), flush=True)
        results.append(Result(f"gap {case.name}", told[0], "; ".join(told[1:])))
        began = time.monotonic()
    if given.keep:
        peers = " --peers" if given.peers else ""
        ledger.add(
            results, f"python -m benchmarks.gap FILE --seconds {given.seconds:g} --threads {given.threads}{peers}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
