"""Raising the bound by branch and bound: that nothing costs less than a target is proven, target after target."""

from __future__ import annotations

import numpy as np

from pairsolve.pairing.budgets.clock import Clock
from pairsolve.pairing.budgets.field import SCALE
from pairsolve.pairing.budgets.problem import LARGEST, Ints
from pairsolve.pairing.budgets.relaxed import Relaxed
from pairsolve.pairing.budgets.tree import Tree

PACE, STEPS, REACH = 0.05, 20, 0.003
OVERHEAD = 100_000
"""Work of a try beside its evaluated arcs."""
HURRY = 5e6
"""Evaluated arcs that a slow machine does in a second: a target is not begun that a time limit leaves no time for."""


class Proof:
    """Targets above the bound, each refuted by a tree or met by a plan.

    A target is the bound and a stride. The stride doubles when a tree ends at its first sitting, and halves when it
    does not; at one unit the same tree is gone on with.

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
        self.best_of: Ints | None = None
        self.best = np.inf
        self.work = 0
        self._tree: Tree | None = None
        self._target = 0

    def run(self, value: float, quota: int, clock: Clock) -> int:
        """Try targets until a quota of work is done or the bound meets the value; return the bound."""
        end = self.work + quota
        while not clock.stopped and self.bound < _units(min(value, self.best)):
            before = self.work
            self._sit(_units(min(value, self.best)), end - self.work, clock)
            if self.work == before or self.work >= end:
                break
        return self.bound

    def _sit(self, top: int, quota: int, clock: Clock) -> None:
        """Begin or go on with the tree of one target, which need not be above top, with a quota of work."""
        first = self._tree is None or (self._target > top and self._tree.best > top * SCALE)
        if first:
            self._target = min(top, self.bound + self.stride)
            relaxed = self.relaxed.within(self._target)
            nobody = np.full(relaxed.field.num_jobs, -1)
            self._tree = Tree(relaxed.field, relaxed.price, relaxed.average, nobody, self._target * SCALE)
            self.work += OVERHEAD
        tree = self._tree
        assert tree is not None
        before = tree.work
        nodes = int(min(quota, max(0.0, clock.remaining) * HURRY) // (max(1, tree.num_arcs) * STEPS))
        tree.run(SCALE, PACE, STEPS, REACH, 2**40, max(1, nodes))
        self.work += tree.work - before
        if tree.best < self.best:
            self.best_of, self.best = tree.agent_of, tree.best
        if tree.proven:
            self.bound = _units(tree.best) if tree.best < np.inf else self._target
            if tree.best == np.inf and self._target >= self.dearest:
                self.bound = LARGEST
            self.stride *= 2 if first else 1
            self._tree = None
        elif self.stride > 1:
            self.stride //= 2
            self._tree = None


def _units(value: float) -> int:
    """Return a cost in units."""
    return LARGEST if value == np.inf else round(value / SCALE)
