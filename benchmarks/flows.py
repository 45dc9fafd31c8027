"""What others do with an assignment of needs to volunteers with caps: min-cost flow and linear programming."""

from __future__ import annotations

import numpy as np

from benchmarks.cities import Costs
from benchmarks.race import MOST_MEMORY, DoesNotFit

BYTES_PER_ARC = 84  # 7.0 GB for 84 million arcs, measured


def ensure_fits(num_pairs: int) -> None:
    """Refuse what OR-Tools certainly cannot hold."""
    if num_pairs * BYTES_PER_ARC > MOST_MEMORY:
        raise DoesNotFit(f"{num_pairs:,} arcs take about {num_pairs * BYTES_PER_ARC / 2**30:,.0f} GB")


def min_cost_flow(costs: Costs) -> int:
    """Return the optimum by OR-Tools' SimpleMinCostFlow; balanced by construction."""
    from ortools.graph.python import min_cost_flow as flow  # noqa: PLC0415  # a solver, loaded where it is used

    num_needs, num_volunteers = len(costs.option), len(costs.most)
    sink = num_needs + num_volunteers
    needs, volunteers = np.arange(num_needs), np.arange(num_volunteers)
    solver = flow.SimpleMinCostFlow()
    for tail, head, room, cost in (
        (costs.need, costs.volunteer + num_needs, np.ones(len(costs.need)), costs.cost),
        (needs, np.full(num_needs, sink), np.ones(num_needs), costs.option),
        (volunteers + num_needs, np.full(num_volunteers, sink), costs.most, np.zeros(num_volunteers)),
    ):
        solver.add_arcs_with_capacity_and_unit_cost(
            tail.astype(np.int32), head.astype(np.int32), room.astype(np.int64), cost.astype(np.int64)
        )
    solver.set_nodes_supplies(np.append(needs, sink), np.append(np.ones(num_needs, np.int64), -num_needs))
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise RuntimeError(f"OR-Tools says {status}")
    return int(solver.optimal_cost()) + costs.constant


def linear_program(costs: Costs) -> float:
    """Return the optimum of the linear program by HiGHS, through scipy; its vertices are whole."""
    from scipy.optimize import linprog  # noqa: PLC0415  # a solver, loaded where it is used
    from scipy.sparse import csr_array  # noqa: PLC0415  # with the solver

    num_pairs, num_needs, num_volunteers = len(costs.need), len(costs.option), len(costs.most)
    pairs, options = np.arange(num_pairs), num_pairs + np.arange(num_needs)
    one = csr_array(
        (np.ones(num_pairs + num_needs), (np.append(costs.need, np.arange(num_needs)), np.append(pairs, options)))
    )
    room = csr_array((np.ones(num_pairs), (costs.volunteer, pairs)), shape=(num_volunteers, num_pairs + num_needs))
    answer = linprog(
        np.append(costs.cost, costs.option).astype(np.float64),
        A_ub=room, b_ub=costs.most, A_eq=one, b_eq=np.ones(num_needs), method="highs",
    )  # fmt: skip
    if answer.status != 0:
        raise RuntimeError(f"HiGHS says {answer.message}")
    return round(float(answer.fun)) + costs.constant


def network_simplex(costs: Costs) -> int:
    """Return the optimum by networkx."""
    import networkx as nx  # noqa: PLC0415  # loaded where it is used

    graph = nx.DiGraph()
    graph.add_node("sink", demand=len(costs.option))
    for need, option in enumerate(costs.option.tolist()):
        graph.add_node(need, demand=-1)
        graph.add_edge(need, "sink", weight=option, capacity=1)
    for volunteer, most in enumerate(costs.most.tolist()):
        graph.add_edge(("v", volunteer), "sink", weight=0, capacity=most)
    for need, volunteer, cost in zip(costs.need.tolist(), costs.volunteer.tolist(), costs.cost.tolist(), strict=True):
        graph.add_edge(need, ("v", volunteer), weight=cost, capacity=1)
    value, _ = nx.network_simplex(graph)
    return int(value) + costs.constant
