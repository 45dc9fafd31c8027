"""Raising the bound by branch and bound: that nothing costs less than a target is proven, target after target."""

from __future__ import annotations

import numpy as np

from pairsolve.pairing.budgets.clock import Clock
from pairsolve.pairing.budgets.field import SCALE
from pairsolve.pairing.budgets.problem import LARGEST, Ints
from pairsolve.pairing.budgets.relaxed import Relaxed
from pairsolve.pairing.budgets.tree import complete

PACE, STEPS, REACH = 0.05, 20, 0.003
OVERHEAD = 100_000
"""Work of a try beside its evaluated arcs."""
HURRY = 5e6
"""Evaluated arcs that a slow machine does in a second: a target is not begun that a time limit leaves no time for."""


class Proof:
    """Targets above the bound, each refuted by a tree or met by a plan.

    Parameters
    ----------
    relaxed
        The relaxation at the root.
    """

    def __init__(self, relaxed: Relaxed) -> None:
        self.relaxed = relaxed
        self.bound = relaxed.bound
        self.dearest = relaxed.dearest + 1
        self.stride = 1
        self.patience = 1
        self.credit = 0
        self.best_of: Ints | None = None
        self.best = np.inf
        self.work = 0

    def run(self, value: float, quota: int, clock: Clock) -> int:
        """Try targets as far as the quotas saved up allow, or until the bound meets the value; return the bound."""
        self.credit += quota
        while self.credit >= quota * self.patience and not clock.stopped:
            before = self.work
            bound = self.step(min(value, self.best), quota, clock)
            self.credit -= self.work - before
            if bound >= (LARGEST if self.best == value == np.inf else min(value, self.best) / SCALE):
                break
            if self.work == before:
                break
        return self.bound

    def step(self, value: float, quota: int, clock: Clock) -> int:
        """Try one target with a quota of work; return the bound in units.

        A target is the bound and a stride: the stride doubles when a tree ends, and halves when it does not. At one
        unit, the quota of the next try doubles.
        """
        top = LARGEST if value == np.inf else round(value / SCALE)
        if self.bound >= top or clock.stopped:
            return self.bound
        target = min(top, self.bound + self.stride)
        field = self.relaxed.within(target)
        arcs = max(1, field.field.num_arcs) * STEPS
        nodes = int(min(quota * self.patience, max(0.0, clock.remaining) * HURRY) // arcs)
        if nodes < 10:
            return self.bound
        agent_of, work = np.full(field.field.num_jobs, -1), np.zeros(2, np.int64)
        found = complete(
            *field.field.arrays, field.price, field.average, agent_of, target * SCALE,
            SCALE, PACE, STEPS, REACH, 2**40, nodes, work,
        )  # fmt: skip
        self.work += int(work[0]) + OVERHEAD
        if found < self.best:
            self.best_of, self.best = agent_of, found
        if work[1] == 1:
            self.bound = round(found / SCALE) if found < np.inf else target
            if found == np.inf and target >= self.dearest:
                self.bound = LARGEST
            self.stride *= 2
        elif self.stride > 1:
            self.stride //= 2
        else:
            self.patience *= 2
        return self.bound
