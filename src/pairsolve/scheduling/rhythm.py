"""The days of one need: which sets of days can hold its visits, as bit sets (bit d = day d).

For visits i < j of a need the days obey day(j) - day(i) >= (j - i) * min_gap, so the shifted days
day(i) - i * min_gap never fall: the most visits a set of days can hold is a longest non-decreasing sequence
with one choice per visit. Where there is a largest gap the sequence is only an upper bound.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TypeVar

Days = tuple[tuple[int, int], ...]  # (visit from 0, day), ascending

Answer = TypeVar("Answer")

CACHE_SIZE = 20_000


class Rhythm:
    """The required visits of a need and their gaps.

    Parameters
    ----------
    windows
        For each visit the bit set of days of its period.
    min_gap, max_gap
        Days from a visit to the next; None = no limit.

    Examples
    --------
    >>> rhythm = Rhythm((0b1111111, 0b1111111 << 7), 7, None)
    >>> rhythm.best(0b0100000_0010000)
    ((0, 4), (1, 12))
    >>> rhythm.most(0b0000001_1000000)
    1
    """

    __slots__ = ("_best", "_most", "max_gap", "min_gap", "windows")

    def __init__(self, windows: Sequence[int], min_gap: int, max_gap: int | None) -> None:
        self.windows = tuple(windows)
        self.min_gap = min_gap
        self.max_gap = max_gap
        self._best: dict[int, Days] = {}
        self._most: dict[int, int] = {}

    def __reduce__(self) -> tuple[type[Rhythm], tuple[tuple[int, ...], int, int | None]]:
        """Pickle without the memory of earlier answers."""
        return Rhythm, (self.windows, self.min_gap, self.max_gap)

    def most(self, days: int) -> int:
        """Return an upper bound of the visits that `days` can hold; exact where there is no largest gap."""
        known = self._most.get(days)
        if known is None:
            if self.complete(days) is not None:
                known = len(self.windows)
            else:
                known = len(self._longest(days))
                if known == len(self.windows):
                    known -= 1
            _remember(self._most, days, known)
        return known

    def best(self, days: int) -> Days:
        """Return many visits with their days: the most possible where there is no largest gap."""
        known = self._best.get(days)
        if known is None:
            complete = self.complete(days)
            known = tuple(enumerate(complete)) if complete is not None else self._within_gaps(self._longest(days))
            _remember(self._best, days, known)
        return known

    def complete(self, days: int) -> tuple[int, ...] | None:
        """Return a day for every visit, or None if `days` cannot hold them all."""
        if self.max_gap is not None:
            return self._complete_with_limit(days, self.max_gap)
        chosen: list[int] = []
        earliest = 0
        for window in self.windows:
            open_days = (window & days) >> earliest
            if not open_days:
                return None
            earliest += (open_days & -open_days).bit_length() - 1
            chosen.append(earliest)
            earliest += self.min_gap
        return tuple(chosen)

    def after(self, days: int) -> int:
        """Return the days on which the next visit may fall if this one falls on one of `days` (not empty)."""
        lowest = (days & -days).bit_length() - 1
        if self.max_gap is None:
            return -1 << (lowest + self.min_gap)
        return _spread(days << self.min_gap, self.max_gap - self.min_gap)

    def before(self, day: int) -> int:
        """Return the days on which the visit before may fall if this one falls on `day`."""
        high = day - self.min_gap
        if high < 0:
            return 0
        low = 0 if self.max_gap is None else max(0, day - self.max_gap)
        return ((1 << (high + 1)) - 1) >> low << low

    def keeps_gaps(self, days: Days) -> bool:
        """Say whether the visits keep the smallest and the largest gap."""
        return all(
            (later - day) >= (j - i) * self.min_gap
            and (j > i + 1 or self.max_gap is None or later - day <= self.max_gap)
            for (i, day), (j, later) in itertools.pairwise(days)
        )

    def cheapest(self, levels: tuple[int, int, int], budget: int) -> tuple[int, ...] | None:
        """Return days for every visit whose costs sum to at most `budget`; a day in ``levels[c]`` costs c."""
        reached: list[list[int]] = []
        for window in self.windows:
            row = [0] * (budget + 1)
            sources = [(0, -1)] if not reached else [(c, self.after(d)) for c, d in enumerate(reached[-1]) if d]
            for spent, follow in sources:
                for cost, days in enumerate(levels):
                    if spent + cost <= budget:
                        row[spent + cost] |= window & days & follow
            if not any(row):
                return None
            reached.append(row)
        return self._trace(reached, levels)

    def _trace(self, reached: list[list[int]], levels: tuple[int, int, int]) -> tuple[int, ...]:
        spent = next(c for c, days in enumerate(reached[-1]) if days)
        chosen: list[int] = []
        allowed = -1
        for row in reversed(reached):
            days = row[spent] & allowed
            # a day may be reached at this sum by one of its costs only, because the levels are disjoint
            day = (days & -days).bit_length() - 1
            chosen.append(day)
            allowed = self.before(day)
            spent -= next(c for c, level in enumerate(levels) if level >> day & 1)
        return tuple(reversed(chosen))

    def _complete_with_limit(self, days: int, max_gap: int) -> tuple[int, ...] | None:
        reached: list[int] = []
        for window in self.windows:
            open_days = window & days & (self.after(reached[-1]) if reached else -1)
            if not open_days:
                return None
            reached.append(open_days)
        chosen: list[int] = []
        allowed = -1
        for open_days in reversed(reached):
            fitting = open_days & allowed
            chosen.append((fitting & -fitting).bit_length() - 1)
            allowed = self.before(chosen[-1])
        return tuple(reversed(chosen))

    def _longest(self, days: int) -> Days:
        tails: list[int] = []
        ends: list[tuple[int, int, object]] = []
        for visit, window in enumerate(self.windows):
            for day in _falling(window & days):
                shifted = day - visit * self.min_gap
                place = bisect_right(tails, shifted)
                link = (visit, day, ends[place - 1] if place else None)
                tails[place : place + 1] = [shifted]
                ends[place : place + 1] = [link]
        chain: list[tuple[int, int]] = []
        end: object = ends[-1] if ends else None
        while isinstance(end, tuple):
            chain.append((end[0], end[1]))
            end = end[2]
        return tuple(reversed(chain))

    def _within_gaps(self, days: Days) -> Days:
        """Leave visits out until the largest gap is kept."""
        kept: list[tuple[int, int]] = []
        for visit, day in days:
            near = self.max_gap is None or not kept or visit > kept[-1][0] + 1 or day - kept[-1][1] <= self.max_gap
            if near:
                kept.append((visit, day))
        return tuple(kept)


def days_of(days: int) -> Iterator[int]:
    """Yield the days of a bit set, ascending."""
    while days:
        lowest = days & -days
        yield lowest.bit_length() - 1
        days ^= lowest


def _falling(days: int) -> Iterator[int]:
    while days:
        highest = days.bit_length() - 1
        yield highest
        days ^= 1 << highest


def _spread(days: int, reach: int) -> int:
    """Return the days at most `reach` after one of `days`."""
    done = 0
    while done < reach:
        step = min(done + 1, reach - done)
        days |= days << step
        done += step
    return days


def _remember(memory: dict[int, Answer], days: int, answer: Answer) -> None:
    if len(memory) >= CACHE_SIZE:
        memory.clear()
    memory[days] = answer
