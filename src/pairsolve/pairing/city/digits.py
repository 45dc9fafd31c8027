"""Several tiers in one whole number: each tier is a digit, and prices are taken apart where no price is.

A cost is Σ digit × unit. Optimal prices of such sums are numbers like any other, and how much of a price belongs to
which tier is not written on it. But if the volunteers' prices, taken modulo a unit, leave a gap on the circle wider
than everything that the tiers below can cost, then cutting all prices at that gap keeps every inequality
π ≤ cost + μ, first in the digits above and, where these are equal, in the rest below. There is such a gap whenever
a unit is at least (volunteers + 2) × (cost below + 1), by counting; in practice far smaller units do, and whether
they did is seen, not hoped for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

BITS = 56  # of the largest cost; sums of three, and the auction's scale, stay far below 2⁶²
SPARE = 5  # bits by which prices may grow beyond costs, at first
NARROWEST = 5  # bits of the digit of a tier that costs anything


@dataclass(frozen=True)
class Digits:
    """How wide the digit of each tier is, most important first.

    Parameters
    ----------
    bits
        Width of each tier in bits; 0 for a tier that costs nothing, and for those that no longer fit.

    Examples
    --------
    >>> digits = Digits((4, 10))
    >>> digits.units
    (1024, 1)
    >>> volunteers, needs, narrow = digits.split(np.array([0, 3 * 1024 - 7]), np.array([1024 + 5]), (1, 30))
    >>> volunteers.tolist(), needs.tolist(), narrow
    ([[0, 3], [0, -7]], [[1], [5]], None)
    """

    bits: tuple[int, ...]

    @property
    def units(self) -> tuple[int, ...]:
        """What 1 of each tier is worth; 0 for a tier without a digit."""
        below = 0
        units = []
        for bits in reversed(self.bits):
            units.append(1 << below if bits else 0)
            below += bits
        return tuple(reversed(units))

    def split(self, prices: Ints, others: Ints, largest: tuple[int, ...]) -> tuple[Ints, Ints, int | None]:
        """Take prices apart.

        Parameters
        ----------
        prices
            Prices of volunteers; they say where to cut.
        others
            Prices of needs.
        largest
            What no single cost of each tier exceeds.

        Returns
        -------
        tuple
            Both with one row per tier, and the tier whose digit is too narrow to be told from the one above, or None.
        """
        rests = [prices.copy(), others.copy()]
        digits = [np.zeros((len(self.bits), len(rest)), np.int64) for rest in rests]
        active = [tier for tier, bits in enumerate(self.bits) if bits]
        units = self.units
        narrow = None
        for place, tier in enumerate(active):
            if place == len(active) - 1:
                for table, rest in zip(digits, rests, strict=True):
                    table[tier] = rest
                break
            below = sum(units[lower] * largest[lower] for lower in active[place + 1 :])
            cut, gap = _widest_gap(rests[0], units[tier])
            if gap <= below and narrow is None:
                narrow = active[place + 1]
            for table, rest in zip(digits, rests, strict=True):
                table[tier] = (rest - cut) // units[tier]
                rest -= table[tier] * units[tier]
        return digits[0], digits[1], narrow

    def widened(self, narrow: int, by: int = 3) -> Digits:
        """Return digits in which one tier is wider; the last tiers lose theirs where it gets too long."""
        return fitted(tuple(bits + by * (tier == narrow) for tier, bits in enumerate(self.bits)))


def _widest_gap(numbers: Ints, unit: int) -> tuple[int, int]:
    """Return where the widest gap between numbers and 0, modulo a unit, ends (in -unit < cut <= 0), and its width."""
    places = np.unique(np.append(numbers % unit, 0))
    gaps = np.append(places[1:], unit) - places
    widest = int(np.argmax(gaps))
    end = int(places[widest + 1]) if widest + 1 < len(places) else unit
    return end - unit, int(gaps[widest])


def digits_for(largest: tuple[int, ...]) -> Digits:
    """Return digits for tiers whose single costs are at most `largest`.

    Room that is left goes to the tiers with large costs, whose prices grow most.
    """
    bits = [max(NARROWEST, one.bit_length() + SPARE) if one else 0 for one in largest]
    broad = [tier for tier, one in enumerate(largest) if one > 3]
    spare = (BITS - sum(bits)) // max(1, len(broad))
    for tier in broad:
        bits[tier] += min(max(0, spare), 8)
    return fitted(tuple(bits))


def fitted(bits: tuple[int, ...]) -> Digits:
    """Return digits that together fit; tiers at the end go without where they do not."""
    kept, total = [], 0
    for one in bits:
        total += one
        kept.append(one if total <= BITS else 0)
    return Digits(tuple(kept))
