"""Several tiers in one whole number, and prices taken apart into tiers again.

A packed cost is Σ weight × cost over *levels*: a level is one tier, or all tiers of coverage together, where a job of
the last class counts 1, one of the class before 2, and so on. Any order-keeping reading of such a count as a vector
will do there, because no pair costs anything in these tiers.

Weights are much smaller than the ranges of whole plans would ask for, because the prices show afterwards whether they
were large enough: where the prices of the volunteers, modulo a weight, leave a gap on the circle wider than the
levels below can cost on one pair, taking them apart at the gap keeps every inequality between packed numbers as an
inequality between vectors in lexicographic order, and every equality as an equality. With V volunteers and costs
below between a and b, a weight of (V + 2)(b − a + 1) leaves such a gap in any case, by the pigeonhole principle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

LARGEST = 1 << 56  # of a packed cost: sums of three, and the auction's scale, stay far below 2⁶²
FIRST_ROOM = 1 << 8  # gaps are looked for among so many costs at first


@dataclass(frozen=True)
class Level:
    """Tiers that share a weight: one tier, or the tiers of coverage.

    Parameters
    ----------
    tiers
        Numbers of the tiers, most important first.
    low, high
        Least and most that a pair, an uncovered need or one household more can cost in the level.
    unit
        Weight of the term `coverage` where the level is coverage, else 0.
    """

    tiers: tuple[int, ...]
    low: int
    high: int
    unit: int = 0

    @property
    def costs(self) -> bool:
        """Whether anything costs anything here."""
        return self.low < 0 or self.high > 0


@dataclass(frozen=True)
class Weights:
    """The weights of the levels that cost anything, each a multiple of the next.

    Parameters
    ----------
    levels, of_level
        Levels, most important first, and the weight of each.
    num_tiers
        Tiers in all.
    """

    levels: tuple[Level, ...]
    of_level: tuple[int, ...]
    num_tiers: int

    @classmethod
    def build(cls, levels: Sequence[Level], num_tiers: int, room: int) -> Weights:
        """Choose the weights so that each is `room` times as much as the levels below can cost.

        The last levels go without a weight where the numbers would get too long.
        """
        costly = [level for level in levels if level.costs]
        while True:
            weights, weight, low, high = [], 1, 0, 0
            for level in reversed(costly):
                weights.append(weight)
                low, high = low + weight * min(level.low, 0), high + weight * max(level.high, 0)
                weight *= -(-room * (high - low + 1) // weight)
            if max(high, -low) <= LARGEST or not costly:
                return cls(tuple(costly), tuple(reversed(weights)), num_tiers)
            costly.pop()

    @property
    def units(self) -> tuple[int, ...]:
        """What 1 of each tier's cost is worth; 0 for a tier without a weight."""
        units = [0] * self.num_tiers
        for level, weight in zip(self.levels, self.of_level, strict=True):
            for place, tier in enumerate(level.tiers):
                units[tier] = weight * (len(level.tiers) - place if level.unit else 1)
        return tuple(units)

    def charged(self, levels: Sequence[Level]) -> int:
        """Return how many tiers, from the first, are ordered by the weights."""
        return next((level.tiers[0] for level in levels if level.costs and level not in self.levels), self.num_tiers)

    def prices(self, packed: Ints) -> Ints | None:
        """Take prices of volunteers apart, shape (tiers, volunteers); None where some level leaves no gap."""
        vectors = np.zeros((self.num_tiers, len(packed)), np.int64)
        rest = packed
        for number, (level, weight) in enumerate(zip(self.levels, self.of_level, strict=True)):
            low, high = self._below(number)
            points = np.unique(np.append(rest % weight, 0))
            gaps = np.diff(points, append=weight)
            widest = int(np.argmax(gaps))
            if gaps[widest] <= high - low:
                return None
            digit = rest // weight
            digit += rest - digit * weight > points[widest]
            rest = rest - digit * weight
            if level.unit:
                _spell(vectors, level, digit)
            else:
                vectors[level.tiers[0]] = digit
        return vectors

    def _below(self, number: int) -> tuple[int, int]:
        """Return the least and the most that the levels below one can cost together."""
        below = list(zip(self.levels, self.of_level, strict=True))[number + 1 :]
        return sum(w * min(level.low, 0) for level, w in below), sum(w * max(level.high, 0) for level, w in below)


def _spell(vectors: Ints, level: Level, count: Ints) -> None:
    """Write counts of coverage as vectors: order is kept, and what one uncovered job counts becomes that job."""
    classes = len(level.tiers)
    for place, tier in enumerate(level.tiers):
        vectors[tier] = level.unit * (count == classes - place)
    vectors[level.tiers[0]] += level.unit * np.maximum(count - classes + 1, 0) * (count > classes)
    vectors[level.tiers[-1]] += level.unit * np.minimum(count, 0)
