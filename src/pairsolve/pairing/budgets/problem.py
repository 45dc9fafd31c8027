"""What the budget engine is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LARGEST = 2**40
"""No cost may reach this, so that sums over all jobs stay exact in 64 bits and in floating point."""
UNCOVERED = -1
"""The agent of a job that nobody does."""


@dataclass(frozen=True)
class BudgetProblem:
    """Jobs, the agents who may do each, and the room of every agent.

    The arcs of job ``j`` are those numbered ``first[j]`` to ``first[j + 1] - 1``. Every job is given to one agent
    or, at a cost, left uncovered; an agent's uses stay within its room.

    Parameters
    ----------
    first
        Where each job's arcs begin, shape (jobs + 1,).
    agent, cost, use
        Per arc: who, at what cost, taking how much room. Costs may be negative, uses not.
    room
        How much each agent has, shape (agents,).
    uncovered
        Cost of leaving a job uncovered, shape (jobs,); None where every job must be covered.

    Raises
    ------
    ValueError
        The arrays contradict each other; all faults at once, one a line.

    Examples
    --------
    >>> import numpy as np
    >>> problem = BudgetProblem.dense(np.array([[1, 5], [4, 2]]), np.array([[3, 3], [3, 3]]), np.array([3, 3]))
    >>> problem.num_jobs, problem.num_agents, problem.num_arcs
    (2, 2, 4)
    """

    first: Ints
    agent: Small
    cost: Ints
    use: Small
    room: Ints
    uncovered: Ints | None = None

    def __post_init__(self) -> None:
        faults = [fault for check in CHECKS for fault in check(self)]
        if faults:
            raise ValueError("\n".join(faults))

    @classmethod
    def dense(cls, cost: Ints, use: Ints, room: Ints) -> BudgetProblem:
        """Return the problem in which everybody may do every job, from matrices of shape (agents, jobs)."""
        num_agents, num_jobs = cost.shape
        return cls(
            first=np.arange(num_jobs + 1, dtype=np.int64) * num_agents,
            agent=np.tile(np.arange(num_agents, dtype=np.int32), num_jobs),
            cost=np.ascontiguousarray(cost.T, dtype=np.int64).ravel(),
            use=np.ascontiguousarray(use.T, dtype=np.int32).ravel(),
            room=np.ascontiguousarray(room, dtype=np.int64),
        )

    @property
    def num_jobs(self) -> int:
        """How many jobs there are."""
        return len(self.first) - 1

    @property
    def num_agents(self) -> int:
        """How many agents there are."""
        return len(self.room)

    @property
    def num_arcs(self) -> int:
        """How many pairs of job and agent are possible."""
        return len(self.agent)

    @cached_property
    def job(self) -> Small:
        """The job of each arc."""
        return np.repeat(np.arange(self.num_jobs, dtype=np.int32), np.diff(self.first))


@dataclass(frozen=True)
class BudgetAnswer:
    """What was found.

    Parameters
    ----------
    assignment
        Per job the agent, or `UNCOVERED`, shape (jobs,); None where nothing was found.
    value
        Its cost; None where nothing was found.
    bound
        No assignment costs less. It is `LARGEST` where it is proven that there is none.
    prices
        The value of each job in the bound, shape (jobs,); `scale` to a unit of cost.
    scale
        In which parts of a unit the prices are told.
    work
        Units of work spent: the same for the same problem, seed and number of threads.
    """

    assignment: Small | None
    value: int | None
    bound: int
    prices: Ints
    scale: int
    work: int


def _first(problem: BudgetProblem) -> list[str]:
    first = problem.first
    if len(first) < 1 or first[0] != 0 or first[-1] != problem.num_arcs or bool((np.diff(first) < 0).any()):
        return [f"first must rise from 0 to the number of arcs, {problem.num_arcs}"]
    return []


def _lengths(problem: BudgetProblem) -> list[str]:
    arcs, jobs = problem.num_arcs, len(problem.first) - 1
    asked = (("cost", arcs), ("use", arcs), ("uncovered", jobs))
    given = [(name, size, getattr(problem, name)) for name, size in asked]
    return [
        f"{name} has {len(array)} entries, not {size}"
        for name, size, array in given
        if array is not None and len(array) != size
    ]


def _ranges(problem: BudgetProblem) -> list[str]:
    asked = (
        ("agent", 0, len(problem.room) - 1),
        ("cost", -LARGEST, LARGEST),
        ("use", 0, LARGEST),
        ("room", 0, LARGEST),
        ("uncovered", -LARGEST, LARGEST),
    )
    found = []
    for name, low, high in asked:
        array = getattr(problem, name)
        if array is None:
            continue
        wrong = np.flatnonzero((array < low) | (array > high))
        if wrong.size:
            found.append(f"{name}[{wrong[0]}] is {array[wrong[0]]}; it must lie between {low} and {high}")
    return found


def _twice(problem: BudgetProblem) -> list[str]:
    if _first(problem):
        return []
    key = problem.job.astype(np.int64) * max(1, len(problem.room)) + problem.agent
    ordered = np.sort(key)
    same = np.flatnonzero(ordered[1:] == ordered[:-1])
    if not same.size:
        return []
    job, agent = divmod(int(ordered[same[0]]), max(1, len(problem.room)))
    return [f"job {job} has agent {agent} twice; give each pair one arc"]


CHECKS = (_first, _lengths, _ranges, _twice)
