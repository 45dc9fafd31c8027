"""Days, windows and visits: the horizon turned into start times that are possible.

A start mask is a Python integer: bit s is set when a visit of a given length may start at slot s of the day,
that is at s × slot_minutes after midnight, and lies inside the windows as a whole.
Masks of volunteer, household and need are combined with ``&``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pairsolve.instance import DayBreak, Event, Volunteer
from pairsolve.rules import DAY_NAMES, MINUTES_PER_DAY, DatedException, Per, Window
from pairsolve.setting import Horizon

Spans = tuple[tuple[int, int], ...]
DayMasks = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """A week or a month of the horizon: days `first` to `last` (not included), numbered from 0."""

    first: int
    last: int
    nominal: int


@dataclass(frozen=True, slots=True)
class VisitSlot:
    """A required visit: its index from 1 and the days `first` to `last` (not included) it may fall on."""

    index: int
    first: int
    last: int


class Calendar:
    """The horizon's days with their windows.

    Parameters
    ----------
    horizon
        First and last day, time zone, closed days, default day and slot length.

    Examples
    --------
    >>> calendar = Calendar(Horizon(first_day=date(2026, 12, 1), last_day=date(2026, 12, 28)))
    >>> calendar.num_days
    28
    >>> [slot.index for slot in calendar.visit_slots(count=1, per="week")]
    [1, 2, 3, 4]
    """

    def __init__(self, horizon: Horizon) -> None:
        self.horizon = horizon
        self.zone = ZoneInfo(horizon.time_zone)
        self.slot = horizon.slot_minutes
        self.num_days = (horizon.last_day - horizon.first_day).days + 1
        closed = set(horizon.closed_days)
        self.dates = tuple(horizon.first_day + timedelta(days=day) for day in range(self.num_days))
        self.closed = tuple(day in closed for day in self.dates)
        self.weekday = tuple(day.weekday() for day in self.dates)
        self._blocked = tuple(self._clock_change(day) for day in self.dates)
        self._spans_of = lru_cache(maxsize=None)(self._spans)
        self._masks_of = lru_cache(maxsize=None)(self._masks)
        self._working_of = lru_cache(maxsize=None)(self._working)

    def periods(self, per: Per) -> tuple[Period, ...]:
        """Cut the horizon into weeks or months counted from its first day; the last one may be partial."""
        if per == "horizon":
            return (Period(0, self.num_days, self.num_days),)
        starts = [0]
        while True:
            count = len(starts)
            following = 7 * count if per == "week" else (_add_months(self.dates[0], count) - self.dates[0]).days
            if following >= self.num_days:
                nominal = following - starts[-1]
                lasts = [*starts[1:], self.num_days]
                return tuple(
                    Period(first, last, (last - first) if last < self.num_days else nominal)
                    for first, last in zip(starts, lasts, strict=True)
                )
            starts.append(following)

    def visit_slots(self, count: int, per: Per) -> tuple[VisitSlot, ...]:
        """List the required visits: `count` in each whole period, pro rata (half rounds up) in a partial one.

        The first period asks for at least one visit, however short it is.
        """
        slots: list[VisitSlot] = []
        for number, period in enumerate(self.periods(per)):
            days = period.last - period.first
            required = (2 * count * days + period.nominal) // (2 * period.nominal)
            if number == 0:
                required = max(1, required)
            slots += [VisitSlot(len(slots) + 1 + extra, period.first, period.last) for extra in range(required)]
        return tuple(slots)

    def start_masks(self, windows: Sequence[Window], exceptions: Sequence[DatedException], minutes: int) -> DayMasks:
        """Return, for each day, the start mask of a visit of `minutes` inside the windows.

        No windows at all mean the horizon's ordinary day; closed days and clock changes are taken out.
        """
        return self._masks_of(tuple(windows), tuple(exceptions), minutes, 0)

    def working_masks(self, volunteer: Volunteer, minutes: int) -> DayMasks:
        """Return the start masks of a visit of `minutes` by a volunteer: overtime counts, and the break finds room.

        With a break, a visit that ends too late to have it afterwards must start late enough to have it before.
        """
        return self._working_of(
            volunteer.windows, volunteer.exceptions, minutes, volunteer.overtime_minutes, volunteer.day_break
        )

    def sides_of_break(self, rest: DayBreak, minutes: int) -> tuple[int, int]:
        """Return the last start slot of a visit after which the break fits, and the first after a break.

        Examples
        --------
        >>> calendar = Calendar(Horizon(first_day=date(2026, 12, 1), last_day=date(2026, 12, 1), slot_minutes=10))
        >>> calendar.sides_of_break(DayBreak(start="12:00", end="14:00", minutes=30), 60)
        (75, 75)
        """
        return (rest.end - rest.minutes - minutes) // self.slot, -(-(rest.start + rest.minutes) // self.slot)

    def last_minute(self, volunteer: Volunteer, day: int) -> int:
        """Return when the last window of a volunteer ends on a day, overtime left out; 0 without windows."""
        spans = self._spans_of(volunteer.windows, volunteer.exceptions, 0)[day]
        return spans[-1][1] if spans else 0

    def anytime_masks(self, windows: Sequence[Window], minutes: int) -> DayMasks:
        """Return the start masks of a need: no windows mean any time of any open day."""
        everyday = (Window(start=0, end=MINUTES_PER_DAY),)
        return self._masks_of(tuple(windows) or everyday, (), minutes, 0)

    def event_day(self, event: Event) -> int:
        """Return the number of the event's day, counted from the first day of the horizon."""
        return (event.day - self.horizon.first_day).days

    def open_at(
        self,
        windows: Sequence[Window],
        exceptions: Sequence[DatedException],
        day: int,
        start: int,
        end: int,
        overtime: int = 0,
    ) -> bool:
        """Say whether the windows hold the stretch from `start` to `end` (minutes) of a day, closed or not.

        The last window of the day ends `overtime` minutes later.
        """
        spans = self._spans_of(tuple(windows), tuple(exceptions), overtime)[day]
        return any(first <= start and end <= last for first, last in spans)

    def moment(self, day: int, minute: int) -> datetime:
        """Return the local time `minute` after midnight of a day, with its offset from UTC."""
        extra, minute = divmod(minute, MINUTES_PER_DAY)
        where = self.dates[0] + timedelta(days=day + extra)
        return datetime(where.year, where.month, where.day, minute // 60, minute % 60, tzinfo=self.zone)

    def _clock_change(self, day: date) -> Spans:
        """Return the stretches of a day that the clock skips or repeats."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        # The later of two midnights counts: a clock set back just after midnight repeats the evening before.
        if midnight.utcoffset() == (midnight + timedelta(days=1)).replace(fold=1).utcoffset():
            return ()
        odd = [
            minute
            for minute in range(MINUTES_PER_DAY)
            if (moment := midnight + timedelta(minutes=minute)).utcoffset() != moment.replace(fold=1).utcoffset()
        ]
        return ((odd[0], odd[-1] + 1),) if odd else ()

    def _spans(
        self, windows: tuple[Window, ...], exceptions: tuple[DatedException, ...], overtime: int
    ) -> tuple[Spans, ...]:
        ordinary: Spans = ((self.horizon.day_start, self.horizon.day_end),)
        weekly = [
            tuple((window.start, window.end) for window in windows if name in window.days) if windows else ordinary
            for name in DAY_NAMES
        ]
        daily: list[Spans] = [weekly[weekday] for weekday in self.weekday]
        for exception in exceptions:
            spans = tuple((span.start, span.end) for span in exception.windows)
            first = max(0, (exception.first - self.dates[0]).days)
            after = min(self.num_days, ((exception.last or exception.first) - self.dates[0]).days + 1)
            for day in range(first, after):
                daily[day] = spans
        merged = [_longer(_merged(spans), overtime) for spans in daily]
        return tuple(_without(spans, blocked) for spans, blocked in zip(merged, self._blocked, strict=True))

    def _working(
        self,
        windows: tuple[Window, ...],
        exceptions: tuple[DatedException, ...],
        minutes: int,
        overtime: int,
        rest: DayBreak | None,
    ) -> DayMasks:
        masks = self._masks_of(windows, exceptions, minutes, overtime)
        if rest is None:
            return masks
        last, first = self.sides_of_break(rest, minutes)
        sides = (1 << max(0, last + 1)) - 1 | -1 << first
        return tuple(mask & sides for mask in masks)

    def _masks(
        self, windows: tuple[Window, ...], exceptions: tuple[DatedException, ...], minutes: int, overtime: int
    ) -> DayMasks:
        return tuple(
            0 if closed else self._mask(spans, minutes)
            for spans, closed in zip(self._spans_of(windows, exceptions, overtime), self.closed, strict=True)
        )

    def _mask(self, spans: Spans, minutes: int) -> int:
        mask = 0
        for first, last in spans:
            low, high = -(-first // self.slot), (last - minutes) // self.slot
            if high >= low:
                mask |= ((1 << (high - low + 1)) - 1) << low
        return mask


def _add_months(start: date, months: int) -> date:
    """Return the same day of a later month, or the month's last day where it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    after = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=start.day - 1), after - timedelta(days=1))


def _merged(spans: Spans) -> Spans:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def _longer(spans: Spans, overtime: int) -> Spans:
    """Let the last stretch of a day end later, at midnight at the latest."""
    if not spans or not overtime:
        return spans
    first, last = spans[-1]
    return (*spans[:-1], (first, min(MINUTES_PER_DAY, last + overtime)))


def _without(spans: Spans, blocked: Spans) -> Spans:
    for low, high in blocked:
        spans = tuple(
            piece
            for first, last in spans
            for piece in ((first, min(last, low)), (max(first, high), last))
            if piece[0] < piece[1]
        )
    return spans
