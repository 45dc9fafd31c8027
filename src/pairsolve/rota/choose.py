"""Which meetings are held: a maximum b-matching, every person at most once a round, waiting as even as can be.

Of all largest choices the one with the least sum of squared numbers of meetings is taken, which for a given sum is
the one with the least sum of squared waiting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
from ortools.sat.python import cp_model

Pairs = tuple[tuple[int, int], ...]
_SEARCH_EFFORT = 5.0  # units of the solver's deterministic time


@dataclass(frozen=True, slots=True)
class Choice:
    """The meetings chosen, the bound on their number, and the people whose rounds prove it (None: it was searched)."""

    pairs: Pairs
    bound: int
    busy: frozenset[int] | None


def choose_between_groups(pairs: Pairs, num_people: int, rounds: int, room: int) -> Choice:
    """Choose meetings between two groups by min-cost flow.

    Parameters
    ----------
    pairs
        Who may meet whom, as (person of the first group, person of the second).
    num_people
        People in all.
    rounds
        Most meetings of one person.
    room
        Most meetings in all.
    """
    flow = SimpleMinCostFlow()
    source, sink = num_people, num_people + 1
    firsts, seconds = sorted({a for a, _ in pairs}), sorted({b for _, b in pairs})
    for a in firsts:
        for number in range(rounds):
            flow.add_arc_with_capacity_and_unit_cost(source, a, 1, 2 * number + 1)
    for b in seconds:
        for number in range(rounds):
            flow.add_arc_with_capacity_and_unit_cost(b, sink, 1, 2 * number + 1)
    arcs = [flow.add_arc_with_capacity_and_unit_cost(a, b, 1, 0) for a, b in pairs]
    flow.set_node_supply(source, room)
    flow.set_node_supply(sink, -room)
    if flow.solve_max_flow_with_min_cost() != flow.OPTIMAL:
        raise AssertionError("a flow of zero is always possible")
    held = np.array([flow.flow(arc) for arc in arcs], dtype=bool)
    chosen = tuple(pair for pair, here in zip(pairs, held.tolist(), strict=True) if here)
    busy = None if len(chosen) == room else _busy(pairs, held.tolist(), rounds)
    return Choice(chosen, len(chosen), busy)


def _busy(pairs: Pairs, held: list[bool], rounds: int) -> frozenset[int]:
    """Return the people of a least cut: the first group's out of reach of a free place, the second's within."""
    meetings: dict[int, int] = {}
    onward: dict[int, list[int]] = {}
    for (a, b), here in zip(pairs, held, strict=True):
        meetings[a] = meetings.get(a, 0) + here
        one, other = (b, a) if here else (a, b)
        onward.setdefault(one, []).append(other)
    firsts = {a for a, _ in pairs}
    reached = {a for a in firsts if meetings[a] < rounds}
    waiting = sorted(reached)
    while waiting:
        for person in onward.get(waiting.pop(), ()):
            if person not in reached:
                reached.add(person)
                waiting.append(person)
    return frozenset((firsts - reached) | (reached - firsts))


def choose_within_group(pairs: Pairs, num_people: int, rounds: int, room: int) -> Choice:
    """Choose meetings within one group by CP-SAT, first as many as possible, then as evenly as possible."""
    model = cp_model.CpModel()
    meets = [model.new_bool_var("") for _ in pairs]
    of_person: list[list[cp_model.IntVar]] = [[] for _ in range(num_people)]
    for (a, b), meet in zip(pairs, meets, strict=True):
        of_person[a].append(meet)
        of_person[b].append(meet)
    for mine in of_person:
        model.add(sum(mine) <= rounds)
    model.add(sum(meets) <= room)
    if num_people % 2 == 0:  # whoever waits does so beside another, as an even number is left over in every round
        for mine in of_person:
            model.add(2 * (rounds - sum(mine)) <= rounds * num_people - 2 * sum(meets))
    model.maximize(sum(meets))
    solver = quiet_solver(_SEARCH_EFFORT)
    solver.solve(model)
    bound = min(room, int(solver.best_objective_bound + 1e-6))
    chosen = [solver.boolean_value(meet) for meet in meets]
    model.add(sum(meets) == sum(chosen))
    squares = []
    for mine in of_person:
        steps = [model.new_bool_var("") for _ in range(min(rounds, len(mine)))]
        model.add(sum(steps) == sum(mine))
        squares += [(2 * number + 1) * step for number, step in enumerate(steps)]
    model.minimize(sum(squares))
    for meet, here in zip(meets, chosen, strict=True):
        model.add_hint(meet, here)
    if solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        chosen = [solver.boolean_value(meet) for meet in meets]
    return Choice(tuple(pair for pair, here in zip(pairs, chosen, strict=True) if here), bound, None)


def quiet_solver(effort: float) -> cp_model.CpSolver:
    """Return a solver that gives the same answer every time."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = effort
    return solver
