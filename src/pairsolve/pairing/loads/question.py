"""What a tier costs in the relaxation by loads, and the prices that answer it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True)
class Question:
    """What a tier costs, in parts of a unit.

    Parameters
    ----------
    uncovered
        Cost of leaving each job uncovered in the tier itself, shape (jobs,).
    rate
        Cost of a minute on the way.
    before
        For each tier of coverage before: what leaving each job uncovered counts there, shape (tiers, jobs).
    allowed
        What they may count at most, shape (tiers,).
    """

    uncovered: Floats
    rate: float
    before: Floats
    allowed: Floats


@dataclass(frozen=True)
class Prices:
    """Whole prices, and the bound they prove.

    Parameters
    ----------
    seats
        By seat group.
    before
        By tier of coverage before.
    bound
        In parts of a unit.
    """

    seats: Floats
    before: Floats
    bound: float
