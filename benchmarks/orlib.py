"""Linear assignment problems of the OR-Library, optima known: the whole way from instance to checked plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.data import folder
from benchmarks.ledger import Result
from benchmarks.race import Outcome, Stage, Task, race, results
from benchmarks.registry import register

OPTIMA = {"assign100": 305, "assign200": 475, "assignp800": 2239}
SOLVERS = {"pairsolve": "by_pairsolve", "scipy linear_sum_assignment": "by_scipy"}


@register("orlib-assign", "linear assignment problems of the OR-Library: the known optima, scipy")
def run(smoke: bool) -> list[Result]:
    """Solve the files; only the smallest for smoke."""
    where = folder("assign")
    rows = race(
        Task(name, solver, f"benchmarks.orlib:{function}", {"file": str(where / f"{name}.txt")}, best=optimum)
        for name, optimum in list(OPTIMA.items())[: 1 if smoke else None]
        for solver, function in SOLVERS.items()
    )
    return results(rows)


def table(file: str) -> tuple[Any, Any]:
    """Read a file; return the costs and which entries are given."""
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible

    numbers = np.array(Path(file).read_text(encoding="utf-8").split(), np.float64).astype(np.int64)
    size, rest = int(numbers[0]), numbers[1:]
    if len(rest) == size * size:
        return rest.reshape(size, size), np.ones((size, size), np.bool_)
    rows, columns, costs = rest.reshape(-1, 3).T
    full, given = np.zeros((size, size), np.int64), np.zeros((size, size), np.bool_)
    full[rows - 1, columns - 1], given[rows - 1, columns - 1] = costs, True
    return full, given


def by_pairsolve(stage: Stage, file: str) -> Outcome:
    """Solve as volunteers and households."""
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible

    from benchmarks.matrices import table_instance  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.check import check  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.solve import solve  # noqa: PLC0415  # listing the families loads no solver

    costs, given = table(file)
    largest = int(costs.max())
    instance = table_instance(Path(file).stem, np.where(given, costs, largest + 1), reach=largest)
    with stage:
        plan = solve(instance, stage="pair", threads=2)
    value, bound = plan.objective[-1].value, plan.objective[-1].bound
    verdict = "agrees" if check(instance, plan).ok else "disagrees"
    return Outcome(value, bound, f"{plan.objective[0].value} uncovered, {plan.status}, referee {verdict}")


def by_scipy(stage: Stage, file: str) -> Outcome:
    """Assign by scipy; what is not given costs more than everything."""
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415  # a peer, loaded where it is used

    costs, given = table(file)
    full = np.where(given, costs, int(costs.sum()) + 1)
    with stage:
        rows, columns = linear_sum_assignment(full)
    value = int(full[rows, columns].sum())
    return Outcome(value, value)
