"""Reviewers for papers: three different ones each, at most four papers a reviewer, with and without a least load.

The scores are those of MIDL 2018 (Kobren, Saha, McCallum, doi 10.1145/3292500.3330899); the known optimum without a
least load is 201.884880. Shown is the loss, Σ (1 − score) over all seats in parts of 50,000, to be minimised.
"""

from __future__ import annotations

from typing import Any

from benchmarks.data import folder
from benchmarks.ledger import Result
from benchmarks.race import Outcome, Stage, Task, race, results
from benchmarks.registry import register

FINE = 50_000  # parts of a score, so that the largest loss fits a travel table
CREW, MOST = 3, 4
LEAST = (0, 1)
SOLVERS = {"pairsolve": "by_pairsolve", "OR-Tools flow": "by_flow", "HiGHS": "by_highs"}


@register("reviewers", "three reviewers a paper, at most four papers each, least load 0 and 1: OR-Tools flow, HiGHS")
def run(smoke: bool) -> list[Result]:
    """Solve all variants; only the first papers for smoke."""
    where = str(folder("reviewer_bmatching") / "scores.csv")
    papers = 6 if smoke else 0
    rows = race(
        Task(
            f"midl, {CREW} reviewers a paper, {least} to {MOST} papers a reviewer",
            solver, f"benchmarks.reviewers:{function}", {"file": where, "least": least, "papers": papers},
        )
        for least in (LEAST[:1] if smoke else LEAST)
        for solver, function in SOLVERS.items()
    )  # fmt: skip
    return results(rows)


def scores(file: str, papers: int) -> Any:
    """Return the scores, shape (reviewers, papers); the first papers only, 0 = all."""
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible

    return np.loadtxt(file, delimiter=",")[:, : papers or None]


def losses(table: Any) -> Any:
    """Return what each choice loses, as whole numbers."""
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible

    return np.rint((1.0 - table) * FINE).astype(np.int64)


def by_pairsolve(stage: Stage, file: str, least: int, papers: int) -> Outcome:
    """Solve as volunteers and households with crews of three."""
    from benchmarks.matrices import table_instance  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.check import check  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.solve import solve  # noqa: PLC0415  # listing the families loads no solver

    table = scores(file, papers)
    instance = table_instance("midl", losses(table), crew=CREW, most=MOST, least=least)
    with stage:
        plan = solve(instance, stage="pair", threads=2)
    last = plan.objective[-1]
    total = sum(float(table[int(pair.volunteer[1:]) - 1, int(pair.household[1:]) - 1]) for pair in plan.pairs)
    verdict = "agrees" if check(instance, plan).ok else "disagrees"
    left = plan.objective[0].value
    return Outcome(last.value, last.bound, f"scores {total:.6f}, {left} uncovered, {plan.status}, referee {verdict}")


def by_flow(stage: Stage, file: str, least: int, papers: int) -> Outcome:
    """Solve as a flow: paper to reviewer to sink, the least load by way of a hub."""
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible
    from ortools.graph.python import min_cost_flow  # noqa: PLC0415  # a peer, loaded where it is used

    table = scores(file, papers)
    loss = losses(table)
    reviewers, columns = loss.shape
    hub = reviewers + columns
    with stage:
        solver = min_cost_flow.SimpleMinCostFlow()
        seats = solver.add_arcs_with_capacity_and_unit_cost(
            np.tile(np.arange(columns), reviewers), columns + np.repeat(np.arange(reviewers), columns),
            np.ones(loss.size, np.int64), loss.ravel(),
        )  # fmt: skip
        solver.add_arcs_with_capacity_and_unit_cost(
            columns + np.arange(reviewers), np.full(reviewers, hub),
            np.full(reviewers, MOST - least), np.zeros(reviewers, np.int64),
        )  # fmt: skip
        supplies = [CREW] * columns + [-least] * reviewers + [least * reviewers - CREW * columns]
        solver.set_nodes_supplies(np.arange(hub + 1), np.array(supplies))
        status = solver.solve()
    if status != solver.OPTIMAL:
        return Outcome(note=f"OR-Tools says {status}")
    chosen = solver.flows(seats).reshape(loss.shape)
    value = int(solver.optimal_cost())
    return Outcome(value, value, f"scores {float((table * chosen).sum()):.6f}")


def by_highs(stage: Stage, file: str, least: int, papers: int) -> Outcome:
    """Solve as an integer program by HiGHS, through scipy."""
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415  # a peer, loaded where it is used
    from scipy.sparse import csr_array  # noqa: PLC0415  # with the peer

    table = scores(file, papers)
    loss = losses(table)
    reviewers, columns = loss.shape
    cells, ones = np.arange(loss.size), np.ones(loss.size)
    with stage:
        answer = milp(
            loss.ravel().astype(np.float64), integrality=ones, bounds=Bounds(0, 1),
            constraints=[
                LinearConstraint(csr_array((ones, (np.tile(np.arange(columns), reviewers), cells))), CREW, CREW),
                LinearConstraint(csr_array((ones, (np.repeat(np.arange(reviewers), columns), cells))), least, MOST),
            ],
        )  # fmt: skip
    if answer.status != 0:
        return Outcome(note=f"HiGHS says {answer.message}")
    chosen = np.rint(answer.x).reshape(loss.shape)
    return Outcome(round(answer.fun), round(answer.mip_dual_bound), f"scores {float((table * chosen).sum()):.6f}")
