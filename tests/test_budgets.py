"""The budget engine: knapsacks, bounds and assignments against enumeration and CP-SAT."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pairsolve.options import Watch
from pairsolve.pairing.budgets.engine import solve_budgets
from pairsolve.pairing.budgets.problem import LARGEST, UNCOVERED, BudgetProblem


def random_problem(seed, num_agents, num_jobs, *, room=0.8, uncovered=False):
    """A dense problem of type D: dear where it is small, so that packing is hard."""
    rng = np.random.default_rng(seed)
    use = rng.integers(1, 30, (num_agents, num_jobs))
    cost = 35 - use + rng.integers(-5, 6, (num_agents, num_jobs))
    rooms = (room * use.sum(axis=1) / num_agents).astype(np.int64)
    dense = BudgetProblem.dense(cost, use, rooms)
    if not uncovered:
        return dense
    dear = rng.integers(0, 60, num_jobs)
    return BudgetProblem(dense.first, dense.agent, dense.cost, dense.use, dense.room, uncovered=dear)


def by_enumeration(problem):
    """The least cost over all assignments, or None."""
    choices = []
    for j in range(problem.num_jobs):
        arcs = range(problem.first[j], problem.first[j + 1])
        ways = [(int(problem.agent[a]), int(problem.cost[a]), int(problem.use[a])) for a in arcs]
        if problem.uncovered is not None:
            ways.append((UNCOVERED, int(problem.uncovered[j]), 0))
        choices.append(ways)
    best = None
    for chosen in product(*choices):
        load = dict.fromkeys(range(problem.num_agents), 0)
        for agent, _, use in chosen:
            if agent != UNCOVERED:
                load[agent] += use
        if all(load[agent] <= problem.room[agent] for agent in load):
            total = sum(cost for _, cost, _ in chosen)
            best = total if best is None else min(best, total)
    return best


def by_cp_sat(problem):
    """The optimum by CP-SAT."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    take = [model.new_bool_var("") for _ in range(problem.num_arcs)]
    for j in range(problem.num_jobs):
        model.add_exactly_one(take[problem.first[j] : problem.first[j + 1]])
    for agent in range(problem.num_agents):
        arcs = np.flatnonzero(problem.agent == agent)
        model.add(sum(int(problem.use[a]) * take[a] for a in arcs) <= int(problem.room[agent]))
    model.minimize(sum(int(problem.cost[a]) * take[a] for a in range(problem.num_arcs)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)


def recount(problem, answer):
    """The cost of an answer, counted from the problem; fails where a room is exceeded."""
    load = np.zeros(problem.num_agents, np.int64)
    total = 0
    for j, agent in enumerate(answer.assignment.tolist()):
        if agent == UNCOVERED:
            total += int(problem.uncovered[j])
            continue
        (arc,) = [a for a in range(problem.first[j], problem.first[j + 1]) if problem.agent[a] == agent]
        load[agent] += problem.use[arc]
        total += int(problem.cost[arc])
    assert (load <= problem.room).all()
    return total


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    num_agents=st.integers(1, 3),
    num_jobs=st.integers(1, 6),
    room=st.sampled_from([0.3, 0.6, 0.8, 1.5]),
    uncovered=st.booleans(),
)
def test_tiny_problems_are_solved_to_the_proven_optimum(seed, num_agents, num_jobs, room, uncovered):
    """Value and bound are the least cost over all assignments; nothing is found where there is none."""
    problem = random_problem(seed, num_agents, num_jobs, room=room, uncovered=uncovered)
    answer = solve_budgets(problem, seed=seed)
    best = by_enumeration(problem)
    assert answer.value == best
    if best is None:
        assert answer.assignment is None
        assert answer.bound == LARGEST
    else:
        assert answer.bound == best
        assert recount(problem, answer) == best


@pytest.mark.parametrize("seed", range(4))
def test_bound_and_value_enclose_the_optimum(seed):
    """On small hard problems the bound is at most, the value at least what CP-SAT proves; here they meet it."""
    problem = random_problem(seed, 4, 24)
    answer = solve_budgets(problem, effort=4)
    optimum = by_cp_sat(problem)
    assert answer.bound <= optimum <= answer.value
    assert answer.value <= optimum + 2
    assert recount(problem, answer) == answer.value


def test_same_seed_and_threads_give_the_same_answer():
    """Two searches side by side change nothing from run to run."""
    problem = random_problem(7, 5, 40)
    one, two = (solve_budgets(problem, effort=2, seed=3, threads=2) for _ in range(2))
    assert one.assignment.tolist() == two.assignment.tolist()
    assert (one.value, one.bound, one.work) == (two.value, two.bound, two.work)


@pytest.mark.parametrize("nodes", [1, 7, 10**6])
def test_a_tree_that_is_left_and_gone_on_with_finds_the_optimum(nodes):
    """However many sittings a tree takes, it ends at the same assignment after the same work."""
    from pairsolve.pairing.budgets import proof
    from pairsolve.pairing.budgets.clock import Clock
    from pairsolve.pairing.budgets.field import SCALE, Field
    from pairsolve.pairing.budgets.relaxed import relax
    from pairsolve.pairing.budgets.tree import Tree

    problem = random_problem(5, 3, 12)
    relaxed = relax(Field.of(problem), Clock(Watch()))
    trees = []
    for pace in (nodes, 10**6):
        tree = Tree(relaxed.field, relaxed.price, relaxed.average, np.full(12, -1), np.inf)
        while not tree.proven:
            tree.run(SCALE, proof.PACE, proof.STEPS, proof.REACH, 2**40, pace)
        trees.append(tree)
    assert trees[0].best == by_cp_sat(problem) * SCALE
    assert trees[0].agent_of.tolist() == trees[1].agent_of.tolist()
    assert trees[0].work == trees[1].work


def test_prices_prove_the_bound():
    """Prices less the best load of every agent, rounded up, are a bound; trees may raise it."""
    from pairsolve.pairing.budgets.field import Field
    from pairsolve.pairing.budgets.knapsack import best_loads

    problem = random_problem(1, 4, 24)
    answer = solve_budgets(problem, effort=0)
    field = Field.of(problem)
    earned = best_loads(*field.arrays[:4], answer.prices.astype(float), field.room, np.zeros(field.num_arcs, np.uint8))
    assert answer.bound >= np.ceil((answer.prices.sum() - earned) / answer.scale)


def test_faults_are_told_all_at_once():
    """Arrays that contradict each other are refused, one line each."""
    ints, small = np.zeros(2, np.int64), np.zeros(2, np.int32)
    with pytest.raises(ValueError, match=r"cost has 1 entries, not 2\nroom\[0\] is -1"):
        BudgetProblem(np.array([0, 2]), np.array([0, 0], np.int32), ints[:1], small, np.array([-1]))
    with pytest.raises(ValueError, match="job 0 has agent 0 twice"):
        BudgetProblem(np.array([0, 2]), small, ints, small, np.array([1]))


def test_benchmark_writes_what_it_finds(tmp_path):
    """A wrapped file is read, solved, checked, and the answer lies in the folder with agents counted from 1."""
    import json

    from benchmarks.gap import main

    file = tmp_path / "tiny"
    file.write_text("2 3\n1 5 9 4\n2 3\n3 3 3 3 3 3\n3 6\n")
    assert main([str(file), "--seconds", "3", "--threads", "1", "--out", str(tmp_path / "out")]) == 0
    told = json.loads((tmp_path / "out" / "tiny.json").read_text())
    assert (told["cost"], told["bound"], told["assignment"]) == (6, 6, [1, 2, 2])
