"""What one volunteer can still take, week by week and month by month, while visits come and go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pairsolve.scheduling.tasks import Grid, Room


class Ledger:
    """Visits and minutes left in each week and month.

    Parameters
    ----------
    grid
        Weeks and months.
    room
        What there is at the start.
    """

    __slots__ = ("_accounts",)

    def __init__(self, grid: Grid, room: Room) -> None:
        accounts = (
            (room.week_visits, grid.week_of, grid.weeks, False),
            (room.week_minutes, grid.week_of, grid.weeks, True),
            (room.month_minutes, grid.month_of, grid.months, True),
        )
        self._accounts = [
            (list(row), period_of, periods, by_load) for row, period_of, periods, by_load in accounts if row is not None
        ]

    def book(self, day: int, load: int) -> None:
        """Take a visit off what is left; a negative load gives one back."""
        visits = 1 if load > 0 else -1
        for left, period_of, _, by_load in self._accounts:
            left[period_of[day]] -= load if by_load else visits

    def has_room(self, day: int, load: int) -> bool:
        """Say whether one visit more is possible on a day."""
        return all(left[period_of[day]] >= (load if by_load else 1) for left, period_of, _, by_load in self._accounts)

    def holds(self, days: Iterable[int], load: int) -> bool:
        """Say whether all of some visits are possible together."""
        days = list(days)
        for left, period_of, _, by_load in self._accounts:
            each = load if by_load else 1
            count: dict[int, int] = {}
            for day in days:
                period = period_of[day]
                count[period] = count.get(period, 0) + each
            if any(total > left[period] for period, total in count.items()):
                return False
        return True

    def shut(self, load: int) -> int:
        """Return the days of weeks and months without room for one visit more."""
        days = 0
        for left, _, periods, by_load in self._accounts:
            days |= _days_below(left, periods, load if by_load else 1)
        return days


def _days_below(left: Sequence[int], periods: Sequence[int], least: int) -> int:
    days = 0
    for amount, period in zip(left, periods, strict=True):
        if amount < least:
            days |= period
    return days
