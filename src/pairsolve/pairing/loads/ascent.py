"""Prices of seats by the volume algorithm: what one tier must cost at least, given the tiers before it.

The Lagrangian relaxation lets a need be covered by seats that nobody fills, at their prices, while every volunteer
takes the best load there is; it keeps minutes, households and whole needs, which a flow does not.
Source: Barahona and Anbil (2000), The volume algorithm, doi 10.1007/s101070050002.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

import numpy as np

from pairsolve.pairing.loads.field import Arcs, Field, Loads
from pairsolve.pairing.loads.question import Floats, Prices, Question

STEEPEST = 0.1
"""Most weight of one evaluation in the average."""
PATIENCE = 5
"""Failures in a row before the step shrinks."""
PACE = 0.5
"""Factor of the first steps."""
EASE = 0.5
"""How much gentler than those of seats the prices of tiers before move: the power of the number of their jobs."""
SHRINK = 0.75
SMALLEST = 1e-4
"""A step below this moves nothing any more."""


class Ascent:
    """One tier's prices being raised.

    Parameters
    ----------
    field, arcs, question
        What is asked.
    start
        Prices to start from.
    workers
        Threads.
    """

    def __init__(self, field: Field, arcs: Arcs, question: Question, start: Prices, workers: Executor) -> None:
        self.field, self.question, self.workers = field, question, workers
        asked = (question.uncovered + question.before.sum(axis=0) > 0)[field.group_job][arcs.group]
        self.arcs = arcs if asked.all() else arcs.only(np.flatnonzero(asked))
        self.best = start

    def bound(self, seats: Floats, before: Floats) -> tuple[float, Floats, Floats, Loads]:
        """Return the bound of prices, by how much seats and tiers before are short of what is asked, and the loads."""
        field, question = self.field, self.question
        left = question.uncovered + before @ question.before
        crew = np.bincount(field.group_job, field.seats * seats, len(left))
        loads = field.best(self.arcs, seats, question.rate, self.workers)
        value = float(np.minimum(left, crew).sum()) - float(loads.value.sum()) - float(before @ question.allowed)
        covered = field.is_need & (crew < left)
        short = field.seats * covered[field.group_job] - field.filled(self.arcs, loads.taken)
        over = question.before @ (~covered & field.is_need) - question.allowed
        return value, short.astype(np.float64), over, loads

    def climb(self, steps: int, target: float, told: Callable[[int, float], bool]) -> Prices:
        """Raise the bound by some steps.

        Parameters
        ----------
        steps
            Evaluations of all loads at most.
        target
            A value above the bound that can be reached.
        told
            Gets the steps done and the bound, and says whether to stop.
        """
        field, question = self.field, self.question
        priced = field.seats > 0
        trial, weights = self.best.seats, self.best.before
        best, pace, failures = self.best, PACE, 0
        lean = np.zeros(len(trial) + len(weights))
        # a tier before is short by hundreds of needs where a seat is short by one
        ease = np.append(np.ones(len(trial)), 1.0 / np.maximum(np.count_nonzero(question.before, axis=1), 1) ** EASE)
        high = -np.inf
        for step in range(steps):
            value, short, over, _ = self.bound(trial, weights)
            now = np.concatenate([short, over])
            turn = float(now @ lean)
            mix = 1.0
            if step:
                gap = now - lean
                bottom = float(gap @ gap)
                mix = min(STEEPEST, max(STEEPEST / 10, -float(lean @ gap) / bottom if bottom else STEEPEST))
            lean = (1 - mix) * lean + mix * now
            if value > high:
                if step and turn > 0:
                    pace = min(2.0, 1.1 * pace)
                best, high, failures = Prices(trial, weights, value), value, 0
            else:
                failures += 1
                if failures == PATIENCE:
                    pace, failures = SHRINK * pace, 0
            way = lean * ease
            centre = np.concatenate([best.seats, best.before])
            way[(centre <= 0) & (way < 0)] = 0
            way[: len(trial)][~priced] = 0
            norm = float(way @ lean)
            if told(step + 1, high) or norm < 1e-9 or pace < SMALLEST:
                break
            moved = np.rint(np.maximum(centre + pace * max(target - high, 0.0) / norm * way, 0))
            trial, weights = moved[: len(trial)], moved[len(trial) :]
            most = (question.uncovered + weights @ question.before)[field.group_job] / np.maximum(field.seats, 1)
            trial = np.where(priced, np.minimum(trial, np.floor(most)), 0)
        self.best = best
        return best
