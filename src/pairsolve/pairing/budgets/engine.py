"""The way through: a budget problem and its answer; the loops compile when they are first asked for."""

from __future__ import annotations

import time

from pairsolve.options import Watch
from pairsolve.pairing.budgets.clock import Clock
from pairsolve.pairing.budgets.problem import BudgetAnswer, BudgetProblem


def solve_budgets(
    problem: BudgetProblem,
    *,
    effort: int = 20,
    seed: int = 0,
    threads: int = 1,
    time_limit: float | None = None,
    watch: Watch | None = None,
) -> BudgetAnswer:
    """Return a cheap assignment within the budgets, with its bound.

    Parameters
    ----------
    problem
        What is asked.
    effort
        Rounds of search after the first assignment; a time limit may end it sooner.
    seed
        Start of every random choice.
    threads
        How many searches run side by side; part of what decides the answer.
    time_limit
        Wall-clock seconds after which the best is returned; None for none. The one option under which two runs
        may differ.
    watch
        Is told how far the run is, and may end it.

    Returns
    -------
    BudgetAnswer
        Optimal where the bound meets the value.

    Examples
    --------
    >>> import numpy as np
    >>> cost, use = np.array([[1, 5, 9], [4, 2, 3]]), np.array([[3, 3, 3], [3, 3, 3]])
    >>> answer = solve_budgets(BudgetProblem.dense(cost, use, np.array([3, 6])))
    >>> answer.value, answer.bound, answer.assignment.tolist()
    (6, 6, [0, 1, 1])
    """
    deadline = None if time_limit is None else time.monotonic() + time_limit
    clock = Clock(watch or Watch(), deadline)
    from pairsolve.pairing.budgets.dense import solve_dense  # noqa: PLC0415  # compiles at its first import

    return solve_dense(problem, effort=effort, seed=seed, threads=threads, clock=clock)
