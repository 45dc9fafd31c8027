"""Random draws that stay the same on every machine and with every numpy.

Only `Generator.random` of PCG64 is used, whose stream numpy keeps fixed; every other distribution is derived
here, because numpy reserves the right to change the streams of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

KM_PER_DEGREE = 111.195


class Dice:
    """A stream of draws, named so that a change in one stage leaves the draws of the others alone.

    Parameters
    ----------
    seed
        The user's seed.
    stage
        What is drawn; every stage has a stream of its own.

    Examples
    --------
    >>> Dice(1, "homes").uniform(2).tolist() == Dice(1, "homes").uniform(2).tolist()
    True
    >>> Dice(1, "homes").uniform(2).tolist() == Dice(1, "needs").uniform(2).tolist()
    False
    """

    def __init__(self, seed: int, stage: str) -> None:
        self._generator = np.random.Generator(np.random.PCG64([seed, *stage.encode()]))

    def uniform(self, size: int | tuple[int, ...]) -> Floats:
        """Return numbers from 0 to below 1."""
        return self._generator.random(size)

    def whether(self, share: float | Floats, size: int) -> Flags:
        """Return flags that are true with a probability."""
        return self.uniform(size) < share

    def normal(self, size: int) -> Floats:
        """Return standard normal numbers (Box and Muller)."""
        radius = np.sqrt(-2.0 * np.log1p(-self.uniform(size)))
        return radius * np.cos(2.0 * np.pi * self.uniform(size))

    def pick(self, weights: npt.ArrayLike, size: int) -> Ints:
        """Return positions, drawn with replacement in proportion to the weights."""
        edges = np.cumsum(np.asarray(weights, np.float64))
        found: Ints = np.searchsorted(edges, self.uniform(size) * edges[-1], side="right").astype(np.int64)
        return np.minimum(found, len(edges) - 1)

    def pick_by_row(self, weights: Floats, rows: Ints) -> Ints:
        """Return a position for every row number, in proportion to that row of the weights."""
        edges = np.cumsum(weights, axis=1)
        below = self.uniform(len(rows))[:, None] * edges[rows, -1:]
        found: Ints = (edges[rows] <= below).sum(axis=1).astype(np.int64)
        column: Ints = np.minimum(found, weights.shape[1] - 1)
        return column

    def sample(self, weights: npt.ArrayLike, size: int) -> Ints:
        """Return different positions in increasing order, in proportion to the weights (zero = never)."""
        scores = self.scores(np.asarray(weights, np.float64))
        size = min(size, int(np.isfinite(scores).sum()))
        return np.sort(np.argsort(-scores, kind="stable")[:size])

    def scores(self, weights: Floats) -> Floats:
        """Return weights turned into random scores; the k best are a draw of k without replacement (Gumbel)."""
        with np.errstate(divide="ignore"):
            return np.log(weights) - np.log(-np.log1p(-self.uniform(weights.shape)))

    def rounded(self, expected: float) -> int:
        """Return the whole number below or above, so that the mean is right."""
        return int(expected + float(self.uniform(1)[0]))

    def choose(self, options: Sequence[Any], weights: npt.ArrayLike, size: int) -> list[Any]:
        """Return options, drawn with replacement in proportion to the weights."""
        return [options[position] for position in self.pick(weights, size).tolist()]

    def scatter(self, lat: Floats, lon: Floats, sigma_km: Floats) -> tuple[Floats, Floats]:
        """Return points around other points, normally distributed, rounded to about a metre."""
        north = self.normal(len(lat)) * sigma_km / KM_PER_DEGREE
        east = self.normal(len(lon)) * sigma_km / KM_PER_DEGREE / np.cos(np.radians(lat))
        return np.round(lat + north, 5), np.round(lon + east, 5)
