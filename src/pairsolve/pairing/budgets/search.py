"""One search: jobs are freed, given anew by a short tree search, and a slightly worse plan is often accepted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from pairsolve.pairing.budgets.clock import Clock
from pairsolve.pairing.budgets.dive import dive
from pairsolve.pairing.budgets.field import SCALE
from pairsolve.pairing.budgets.problem import Bools, Floats, Ints
from pairsolve.pairing.budgets.relaxed import Relaxed
from pairsolve.pairing.budgets.tree import Tree

FEWEST = 20
MOST_FREE = (60, 40)
"""Jobs that a move frees: at least so many, and at most one of these, another for each search."""
NODES = 300
DISCREPANCIES = 6
PACE, STEPS, REACH = 0.05, 20, 0.003
WORSE = 0.2
"""How much worse than the best a plan may be and still be gone on from, as a share of the gap to the bound."""
DRIFT = 0.0007
"""How much worse than the plan at hand it may be for a search that wanders, as a share of its cost."""
MIXED = 0.25
"""How often the jobs to give anew are those that another good plan gives to others."""
OVERHEAD = 30_000
"""Work of a move beside its evaluated arcs."""

Choice = Callable[[Floats, Ints, int, np.random.Generator], Ints]


@dataclass
class Search:
    """A search with a plan of its own.

    Parameters
    ----------
    rng
        Source of every random choice.
    wanders
        Whether it moves away from the best plan step by step; others stay near it.
    agent_of
        Agent of each job in the plan at hand; None as long as there is none.
    value
        Its cost in parts of a unit.
    best_of, best
        The best plan seen.
    work
        Evaluated arcs.
    most
        Jobs that a move frees at most.
    elite
        Good plans to be mixed with the one at hand.
    """

    rng: np.random.Generator
    wanders: bool = False
    agent_of: Ints | None = None
    value: float = np.inf
    best_of: Ints | None = None
    best: float = np.inf
    work: int = 0
    most: int = MOST_FREE[0]
    elite: list[Ints] = field(default_factory=list)

    def run(self, relaxed: Relaxed, surety: Floats, quota: int, clock: Clock) -> Search:
        """Search until a quota of work is done; return itself."""
        end, present = self.work + quota, relaxed.present()
        while self.work < end and not clock.stopped:
            if self.agent_of is None:
                self._begin(relaxed)
            else:
                self._move(relaxed, surety, present)
        return self

    def take(self, agent_of: Ints | None, value: float) -> None:
        """Go on from a plan."""
        self.agent_of, self.value = agent_of, value
        if value < self.best:
            self.best_of, self.best = agent_of, value

    def begin_anew(self) -> None:
        """Forget the plan at hand and the best."""
        self.agent_of, self.value, self.best_of, self.best = None, np.inf, None, np.inf

    def _begin(self, relaxed: Relaxed) -> None:
        """Find a first plan by a dive."""
        field = relaxed.field
        agent_of, work = np.full(field.num_jobs, -1), np.zeros(1, np.int64)
        seed, noise = int(self.rng.integers(2**31)), self.rng.choice((0.05, 0.1, 0.3))
        dive(
            *field.arrays, relaxed.price, relaxed.average, agent_of, np.inf,
            0.15, noise, 0.02, 100, REACH, 40, seed, work,
        )  # fmt: skip
        tree = _complete(relaxed, agent_of, np.inf)
        self.work += int(work[0]) + tree.work + OVERHEAD
        if tree.best < np.inf:
            self.take(tree.agent_of, tree.best)

    def _move(self, relaxed: Relaxed, surety: Floats, present: Bools) -> None:
        """Free some jobs, and those whose arc is ruled out meanwhile, and give them anew, not much dearer."""
        assert self.agent_of is not None
        size = int(self.rng.integers(FEWEST, self.most + 1))
        agent_of = self.agent_of.copy()
        if self.elite and self.rng.random() < MIXED:
            other = self.elite[self.rng.integers(len(self.elite))]
            agent_of[differing(self.agent_of, other, size, self.rng)] = -1
        else:
            choose = CHOICES[self.rng.integers(len(CHOICES))]
            agent_of[choose(surety, self.agent_of, size, self.rng)] = -1
        agent_of[~present[self.agent_of, np.arange(len(agent_of))]] = -1
        worse = DRIFT * abs(self.value) if self.wanders else WORSE * max(SCALE, self.best - relaxed.raw)
        slack = np.rint(self.rng.random() * worse / SCALE + 1) * SCALE
        tree = _complete(relaxed, agent_of, (self.value if self.wanders else self.best) + slack)
        self.work += tree.work + OVERHEAD
        if tree.best < np.inf:
            self.take(tree.agent_of, tree.best)


def _complete(relaxed: Relaxed, agent_of: Ints, cutoff: float) -> Tree:
    """Give the free jobs agents by a short tree search."""
    tree = Tree(relaxed.field, relaxed.price, relaxed.average, agent_of, cutoff)
    tree.run(SCALE, PACE, STEPS, REACH, DISCREPANCIES, NODES)
    return tree


def unsure(surety: Floats, agent_of: Ints, size: int, rng: np.random.Generator) -> Ints:
    """Return jobs whose agent the relaxation doubts."""
    num_jobs = len(agent_of)
    score = surety[agent_of, np.arange(num_jobs)] + 0.7 * rng.random(num_jobs)
    return np.argsort(score, kind="stable")[:size]


def of_agents(surety: Floats, agent_of: Ints, size: int, rng: np.random.Generator) -> Ints:
    """Return all jobs of some agents, who may then exchange them freely."""
    order = rng.permutation(surety.shape[0])
    load = np.bincount(agent_of, minlength=surety.shape[0])
    fits = max(2, int(np.searchsorted(np.cumsum(load[order]), size, side="right")))
    return np.flatnonzero(np.isin(agent_of, order[:fits]))[: 2 * size]


def differing(agent_of: Ints, other: Ints, size: int, rng: np.random.Generator) -> Ints:
    """Return jobs that another plan gives to other agents."""
    return rng.permutation(np.flatnonzero(agent_of != other))[:size]


CHOICES: tuple[Choice, ...] = (unsure, unsure, of_agents)
