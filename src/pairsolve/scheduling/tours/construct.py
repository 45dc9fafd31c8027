"""First tours: visits by their first possible start, each at the end of the tours where it can start soonest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pairsolve.errors import InputError, Problem
from pairsolve.scheduling.tours.asked import Floats, Ints, TourProblem


def ensure_possible(problem: TourProblem) -> None:
    """Check that every visit has carers.

    Raises
    ------
    InputError
        One line per task that nobody can do, and per visit by two for which there are no two.
    """
    faults = []
    for task in range(problem.num_tasks):
        mate = int(problem.mate[task])
        able = set(problem.able(task).tolist())
        if not able:
            faults.append(Problem(f"tasks[{task}]", "no carer can do it; add one, or leave the task out"))
        elif mate > task and len(able | set(problem.able(mate).tolist())) < 2:
            faults.append(Problem(f"tasks[{task}]", "its visit takes two carers, and one alone can do either task"))
    if faults:
        raise InputError("tours", faults)


def first_tours(problem: TourProblem) -> list[list[int]]:
    """Return tours that keep every rule but for tardiness."""
    free = problem.begin.astype(float).copy()
    at = problem.leave.copy()
    routes: list[list[int]] = [[] for _ in range(problem.num_carers)]
    heads = [t for t in range(problem.num_tasks) if problem.mate[t] < 0 or problem.leads[t]]
    for task in sorted(heads, key=lambda t: (problem.ready[t], t)):
        start = _starts(problem, task, free, at)
        mate = int(problem.mate[task])
        if mate < 0:
            chosen = [(task, int(np.argmin(start)), float(start.min()))]
        else:
            chosen = _two(problem, task, mate, start, _starts(problem, mate, free, at))
        for member, carer, begin in chosen:
            routes[carer].append(member)
            free[carer], at[carer] = begin + problem.minutes[member], problem.place[member]
    return routes


def links_of(problem: TourProblem, routes: Sequence[Sequence[int]]) -> Ints:
    """Return what follows each node, then the node before each carer's lunch, shape (tasks + 2 × carers,)."""
    num_nodes = problem.num_tasks + problem.num_carers
    after = np.full(num_nodes + problem.num_carers, -1, dtype=np.int64)
    after[: problem.num_tasks] = np.arange(problem.num_tasks)
    for carer, route in enumerate(routes):
        nodes = [problem.num_tasks + carer, *route]
        after[nodes] = [*route, nodes[0]]
    return after


def _starts(problem: TourProblem, task: int, free: Floats, at: Ints) -> Floats:
    arrival = free + problem.travel[at, problem.place[task]]
    start = np.maximum(arrival, problem.ready[task])
    return np.where(np.isfinite(problem.fee[task]), start, np.inf)


def _two(problem: TourProblem, task: int, mate: int, one: Floats, other: Floats) -> list[tuple[int, int, float]]:
    """Choose two carers so that the second start is soonest."""
    begin = np.maximum(one[:, None], other[None, :] - problem.most_lag[task])
    end = np.maximum(other[None, :], begin + problem.least_lag[task])
    np.fill_diagonal(end, np.inf)
    first, second = np.unravel_index(int(np.argmin(end)), end.shape)
    return [(task, int(first), float(begin[first, second])), (mate, int(second), float(end[first, second]))]
