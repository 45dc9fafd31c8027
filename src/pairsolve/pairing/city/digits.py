"""Several tiers in one whole number: each tier is a digit, wide enough that no digit ever spills into the next.

A price or a cost is Σ digit × unit, digits being balanced around 0. If every digit of every price and cost is at
most an eighth of its width, then a reduced cost, made of three of them, has balanced digits too, and it is ≥ 0
exactly when its digits are lexicographically ≥ 0. So optimal prices of the sum are optimal prices of the tiers;
whether the widths were enough is seen from the prices, not hoped for.
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
    >>> digits.split(np.array([3 * 1024 - 7])).tolist()
    [[3], [-7]]
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

    def split(self, numbers: Ints) -> Ints:
        """Return the balanced digits, shape (tiers, numbers)."""
        rest = numbers.copy()
        digits = np.zeros((len(self.bits), len(numbers)), np.int64)
        first = next((tier for tier, bits in enumerate(self.bits) if bits), 0)
        for tier in range(len(self.bits) - 1, first, -1):
            if self.bits[tier]:
                half = 1 << (self.bits[tier] - 1)
                digits[tier] = ((rest + half) & (2 * half - 1)) - half
                rest = (rest - digits[tier]) >> self.bits[tier]
        if len(self.bits):
            digits[first] += rest
        return digits

    def tight(self, digits: Ints) -> tuple[int, ...]:
        """Return the tiers whose digits are more than an eighth of their width; the first may be as large as it is."""
        first = next((tier for tier, bits in enumerate(self.bits) if bits), 0)
        largest = np.abs(digits).max(axis=1, initial=0).tolist()
        return tuple(
            tier for tier, bits in enumerate(self.bits) if tier > first and bits and largest[tier] > 1 << (bits - 3)
        )

    def widened(self, tiers: tuple[int, ...], by: int = 3) -> Digits:
        """Return digits in which some tiers are wider; the last tiers lose theirs where it gets too long."""
        return fitted(tuple(bits + by * (tier in tiers) for tier, bits in enumerate(self.bits)))


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
