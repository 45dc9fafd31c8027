"""Dense assignment: points in a square, everybody can go everywhere; three well-known solvers beside the engine."""

from __future__ import annotations

from typing import Any

from benchmarks import pictures
from benchmarks.ledger import Result
from benchmarks.race import Outcome, Stage, Task, race, results
from benchmarks.registry import register

SIZES = (1_000, 2_000, 5_000, 10_000)
SIDE, SPEED = 1e-3, 0.0006  # of the square, in radii of the earth: 6.4 km, and a unit of distance is one centimetre
SPAN = 1_000_000
SOLVERS = {
    "pairsolve": "by_pairsolve",
    "scipy linear_sum_assignment": "by_scipy",
    "OR-Tools linear sum assignment": "by_ortools",
    "lapx lapjvx": "by_lapx",
}


@register("dense", "n × n assignment in the plane: scipy, OR-Tools linear sum assignment, lapx")
def run(smoke: bool) -> list[Result]:
    """Run all sizes."""
    rows = race(
        Task(f"euclidean {n:,} × {n:,}", solver, f"benchmarks.dense:{function}", {"n": n}, size=n)
        for n in ((60,) if smoke else SIZES)
        for solver, function in SOLVERS.items()
    )
    if not smoke:
        pictures.by_size(rows, "dense", "n")
    return results(rows)


def placed(n: int) -> tuple[Any, Any]:
    """Return two sets of n points, the same on every machine, in a square so small that the globe is flat."""
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible

    draw = np.random.Generator(np.random.PCG64(n)).random((2, n, 2)) * SIDE
    return tuple(np.ascontiguousarray(np.column_stack([one, np.zeros(n)])) for one in draw)  # type: ignore[return-value]


def distances(ones: Any, others: Any) -> Any:
    """Return whole distances, elementwise, exactly as the engine counts minutes of travel."""
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible

    from pairsolve.setting import Mode  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.travel import CrowTimes  # noqa: PLC0415  # listing the families loads no solver

    metric = CrowTimes((Mode(speed_kmh=SPEED, detour=1.0),), np.zeros(0), np.zeros(0))
    metric.points = np.concatenate([ones, others])
    raw = metric.raw_minutes(0, np.arange(len(ones)), len(ones) + np.arange(len(others)))
    return np.ceil(np.round(raw, 9)).astype(np.int64)


def costs(n: int) -> Any:
    """Return the matrix of distances: what the peers are given, for nothing."""
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible

    homes, helpers = placed(n)
    table = np.empty((n, n), np.int64)
    for row in range(n):
        table[row] = distances(np.broadcast_to(homes[row], helpers.shape), helpers)
    return table


def by_pairsolve(stage: Stage, n: int) -> Outcome:
    """Pair by the city engine, which never sees the matrix."""
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible

    from pairsolve.compiled import load  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.options import Watch  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.pairing.city.bound import KERNELS  # noqa: PLC0415  # listing the families loads no solver

    load(KERNELS)
    from pairsolve.pairing.city.coarse import solve_market  # noqa: PLC0415  # compiled by the line before

    homes, helpers = placed(n)
    with stage:
        answer = solve_market(_market(homes, helpers), 2, Watch())
    assert answer is not None
    assert (np.bincount(answer.volunteer, minlength=n) == 1).all()
    value = int(distances(homes, helpers[answer.volunteer]).sum())
    bound = int(answer.need_price.sum() - answer.volunteer_price.sum()) if answer.exact else None
    return Outcome(value, bound, f"{answer.rounds} rounds, {len(answer.pool_need):,} pairs looked at")


def _market(homes: Any, helpers: Any) -> Any:
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible

    from pairsolve.pairing.city.market import Market, Needs, Special, Volunteers, Way  # noqa: PLC0415  # as above

    n = len(homes)
    zero, none = np.zeros(n, np.int64), np.zeros(n, np.int32)
    some = np.zeros(0, np.int32)
    return Market(
        needs=Needs(
            option=np.full(n, 1 << 32), point=homes, factor=np.ones(n), rate=np.ones(n, np.int64), fixed=zero,
            far=zero, kind=none, lane=none, remote=none, home=homes, home_factor=np.ones(n),
        ),
        volunteers=Volunteers(
            point=helpers, factor=np.ones(n), reach=np.full(n, SPAN, np.int32), mode=none, kind=none,
            least=none, most=np.ones(n, np.int32),
        ),
        ways=(Way(0.0, 60.0 / SPEED, (0.0,), (1.0,)),), table=np.zeros((1, 1), np.int64),
        lanes=(np.arange(n, dtype=np.int32),), special=Special(some, some, np.zeros(0, np.int64)),
    )  # fmt: skip


def by_scipy(stage: Stage, n: int) -> Outcome:
    """Assign by scipy."""
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415  # a peer, loaded where it is used

    table = costs(n)
    with stage:
        rows, columns = linear_sum_assignment(table)
        value = int(table[rows, columns].sum())
    return Outcome(value, value)


def by_ortools(stage: Stage, n: int) -> Outcome:
    """Assign by OR-Tools."""
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible
    from ortools.graph.python import linear_sum_assignment  # noqa: PLC0415  # a peer, loaded where it is used

    table = costs(n)
    with stage:
        solver = linear_sum_assignment.SimpleLinearSumAssignment()
        left, right = np.repeat(np.arange(n, dtype=np.int32), n), np.tile(np.arange(n, dtype=np.int32), n)
        solver.add_arcs_with_cost(left, right, table.ravel())
        status = solver.solve()
    if status != solver.OPTIMAL:
        return Outcome(note=f"OR-Tools says {status}")
    return Outcome(int(solver.optimal_cost()), int(solver.optimal_cost()))


def by_lapx(stage: Stage, n: int) -> Outcome:
    """Assign by lapx."""
    import lap  # noqa: PLC0415  # a peer, loaded where it is used
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible

    table = costs(n).astype(np.float64)
    with stage:
        cost = lap.lapjv(table)[0]
    return Outcome(round(float(cost)), round(float(cost)))
