"""A budget problem agent by agent, in scaled whole numbers, as the compiled loops want it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pairsolve.pairing.budgets.problem import UNCOVERED, BudgetProblem, Floats, Ints

SCALE = 1024
"""In how many parts of a unit of cost prices are told."""


@dataclass(frozen=True)
class Field:
    """Arcs sorted by agent.

    Parameters
    ----------
    first
        Where each agent's arcs begin, shape (agents + 1,).
    job, use
        Per arc.
    cost
        Per arc, times `SCALE`; whole numbers.
    room
        Per agent. One agent more than the problem has where jobs may stay uncovered: that one has every job, without
        using room.
    num_jobs
        How many jobs there are.
    """

    first: Ints
    job: Ints
    cost: Floats
    use: Ints
    room: Ints
    num_jobs: int

    @classmethod
    def of(cls, problem: BudgetProblem) -> Field:
        """Return the field of a problem; arcs that never fit are left out."""
        agent, job = problem.agent.astype(np.int64), problem.job.astype(np.int64)
        cost, use, room = problem.cost, problem.use.astype(np.int64), problem.room
        if problem.uncovered is not None:
            jobs = np.arange(problem.num_jobs)
            agent = np.append(agent, np.full(problem.num_jobs, problem.num_agents))
            job, cost = np.append(job, jobs), np.append(cost, problem.uncovered)
            use, room = np.append(use, np.zeros(problem.num_jobs, np.int64)), np.append(room, 0)
        order = np.lexsort((job, agent))
        order = order[use[order] <= room[agent[order]]]
        return cls(
            first=_starts(agent[order], len(room)),
            job=job[order],
            cost=cost[order].astype(np.float64) * SCALE,
            use=use[order],
            room=room.astype(np.int64),
            num_jobs=problem.num_jobs,
        )

    @property
    def num_agents(self) -> int:
        """How many agents there are."""
        return len(self.room)

    @property
    def num_arcs(self) -> int:
        """How many arcs there are."""
        return len(self.job)

    @property
    def agent(self) -> Ints:
        """The agent of each arc."""
        return np.repeat(np.arange(self.num_agents), np.diff(self.first))

    @property
    def arrays(self) -> tuple[Ints, Ints, Floats, Ints, Ints]:
        """The first arguments of every compiled loop."""
        return self.first, self.job, self.cost, self.use, self.room

    def kept(self, keep: npt.NDArray[np.bool_]) -> Field:
        """Return the field with some of its arcs."""
        first = _starts(self.agent[keep], self.num_agents)
        return Field(first, self.job[keep], self.cost[keep], self.use[keep], self.room, self.num_jobs)

    def told(self, agent_of: Ints, num_agents: int) -> npt.NDArray[np.int32]:
        """Return the assignment as an answer tells it, for a problem of so many agents."""
        return np.where(agent_of < num_agents, agent_of, UNCOVERED).astype(np.int32)


def _starts(agent: Ints, num_agents: int) -> Ints:
    """Return where each agent's arcs begin, of arcs sorted by agent."""
    return np.concatenate(([0], np.cumsum(np.bincount(agent, minlength=num_agents)))).astype(np.int64)
