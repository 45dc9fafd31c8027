"""A component as plain numbers: what each need asks, where it may start, how long one must wait for another.

All times are slots of the day. A travel time between two visits that start on the grid becomes a **lag**: visit b
starts at least ``lag(a, b)`` slots after visit a, if a goes first. Events do not move, so that they only take
start times away and use up room.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pairsolve.scheduling.rhythm import Rhythm, days_of

Masks = tuple[int, ...]  # per day, the slots at which a visit may start
Plan = tuple[tuple[int, int, int], ...]  # (visit from 0, day, start slot), ascending


@dataclass(frozen=True, slots=True)
class Grid:
    """The horizon in days, weeks and months.

    Parameters
    ----------
    num_days, num_slots
        Days of the horizon; slots of a day.
    weekdays
        For each weekday the bit set of its days.
    weeks, months
        For each week and month the bit set of its days.
    weekday_of, week_of, month_of
        For each day its weekday, week and month.
    """

    num_days: int
    num_slots: int
    weekdays: tuple[int, ...]
    weeks: tuple[int, ...]
    months: tuple[int, ...]
    weekday_of: tuple[int, ...]
    week_of: tuple[int, ...]
    month_of: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """A need with its crew, ready to be dated.

    Parameters
    ----------
    need, crew, household
        Numbers.
    site
        Number of the site, if visits take place there and it has a capacity; else -1.
    priority
        Priority class.
    length
        Slots a visit touches.
    fewest
        Least number of visits.
    rhythm
        Required visits and gaps.
    masks
        For each day the start mask, without regard to events.
    loads
        Minutes charged for a visit, for each of the crew.
    """

    need: int
    crew: tuple[int, ...]
    household: int
    site: int
    priority: int
    length: int
    fewest: int
    rhythm: Rhythm
    masks: Masks
    loads: tuple[int, ...]

    @property
    def required(self) -> int:
        """Number of required visits."""
        return len(self.rhythm.windows)

    def with_masks(self, masks: Masks) -> Task:
        """Return the task with other start masks."""
        return replace(self, masks=masks)


@dataclass(frozen=True, slots=True)
class Fixed:
    """An event as the volunteers at it see it.

    Parameters
    ----------
    event, day
        Number of the event and its day.
    loads
        Volunteer → minutes charged.
    """

    event: int
    day: int
    loads: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Room:
    """What a volunteer can still take: visits a day, a week, minutes a week, a month; None = no limit.

    Days that are not in `days` have room for `per_day`. Room may be negative where events alone ask too much.
    """

    per_day: int
    days: Mapping[int, int] = field(default_factory=dict)
    week_visits: tuple[int, ...] | None = None
    week_minutes: tuple[int, ...] | None = None
    month_minutes: tuple[int, ...] | None = None

    def less(self, grid: Grid, visits: Iterable[tuple[int, int]]) -> Room:
        """Return the room that is left after visits or events, given as (day, minutes)."""
        days = dict(self.days)
        week_visits, week_minutes, month_minutes = (
            None if row is None else list(row) for row in (self.week_visits, self.week_minutes, self.month_minutes)
        )
        for day, minutes in visits:
            days[day] = days.get(day, self.per_day) - 1
            if week_visits is not None:
                week_visits[grid.week_of[day]] -= 1
            if week_minutes is not None:
                week_minutes[grid.week_of[day]] -= minutes
            if month_minutes is not None:
                month_minutes[grid.month_of[day]] -= minutes
        rows = (None if row is None else tuple(row) for row in (week_visits, week_minutes, month_minutes))
        return Room(self.per_day, days, *rows)

    @property
    def all_paid(self) -> bool:
        """Whether no more was taken than there was."""
        rows = (self.days.values(), self.week_visits or (), self.week_minutes or (), self.month_minutes or ())
        return all(left >= 0 for row in rows for left in row)

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit by the week or the month."""
        return self.week_visits is not None or self.week_minutes is not None or self.month_minutes is not None


@dataclass(frozen=True, slots=True)
class Break:
    """The break of a volunteer: on each day some visits are before it, the others after it.

    Parameters
    ----------
    sides
        Need → the last start slot before the break, and the first one after it.
    lags
        (need a, need b) → slots from the start of a to the earliest start of b, with the break between them.
    """

    sides: Mapping[int, tuple[int, int]]
    lags: Mapping[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A component: needs that share volunteers, households or sites, with the events of their volunteers.

    Parameters
    ----------
    grid
        Days, weeks, months.
    tasks
        The needs, by number.
    lags
        (need a, need b) → slots from the start of a to the earliest start of b, if a goes first; both directions
        for every two needs that must not overlap.
    fixed
        Events of the volunteers, by number.
    stencils
        (need, event) → start mask that the event leaves on its day.
    rooms
        Volunteer → room before events.
    capacity
        Site → most visits at one time; sites that can be overfull only.
    site_used
        Site → (day, slot) → visits there that do not move.
    breaks
        Volunteers with a break → their breaks among these needs.
    """

    grid: Grid
    tasks: tuple[Task, ...]
    lags: Mapping[tuple[int, int], int]
    fixed: tuple[Fixed, ...]
    stencils: Mapping[tuple[int, int], int]
    rooms: Mapping[int, Room]
    capacity: Mapping[int, int]
    site_used: Mapping[int, Mapping[tuple[int, int], int]] = field(default_factory=dict)
    breaks: Mapping[int, Break] = field(default_factory=dict)

    def rested_lag(self, first: Task, second: Task) -> int | None:
        """Return a lag that leaves time for every break between the two; who keeps it always has the break."""
        two = (first.need, second.need)
        lag = self.lags.get(two)
        return max((one.lags.get(two, lag or 0) for one in self.breaks.values()), default=lag)

    @property
    def num_visits(self) -> int:
        """Number of required visits."""
        return sum(task.required for task in self.tasks)

    def only(self, needs: Iterable[int], events: Iterable[int]) -> Piece:
        """Return the component with fewer needs and events."""
        keep, stay = frozenset(needs), frozenset(events)
        return replace(
            self,
            tasks=tuple(task for task in self.tasks if task.need in keep),
            fixed=tuple(fixed for fixed in self.fixed if fixed.event in stay),
            lags={two: lag for two, lag in self.lags.items() if two[0] in keep and two[1] in keep},
        )

    def settled(self) -> Piece:
        """Return the component with its events worked into masks and rooms."""
        if not self.fixed:
            return self
        return replace(
            self, tasks=tuple(self._stencilled(task) for task in self.tasks), rooms=self._rooms_left(), fixed=()
        )

    def _stencilled(self, task: Task) -> Task:
        masks: list[int] | None = None
        for fixed in self.fixed:
            stencil = self.stencils.get((task.need, fixed.event))
            if stencil is not None:
                masks = masks or list(task.masks)
                masks[fixed.day] &= stencil
        return task if masks is None else task.with_masks(tuple(masks))

    def _rooms_left(self) -> dict[int, Room]:
        taken: dict[int, list[tuple[int, int]]] = {}
        for fixed in self.fixed:
            for volunteer, minutes in fixed.loads.items():
                taken.setdefault(volunteer, []).append((fixed.day, minutes))
        return {
            volunteer: room.less(self.grid, taken[volunteer]) if volunteer in taken else room
            for volunteer, room in self.rooms.items()
        }


def starts_of(masks: Masks) -> dict[int, int]:
    """Turn start masks by day into bit sets of days by start slot."""
    groups: dict[int, int] = {}
    for day, mask in enumerate(masks):
        if mask:
            groups[mask] = groups.get(mask, 0) | 1 << day
    starts: dict[int, int] = {}
    for mask, days in groups.items():
        for slot in days_of(mask):
            starts[slot] = starts.get(slot, 0) | days
    return starts


def masks_of(starts: Mapping[int, int], num_days: int) -> Masks:
    """Turn bit sets of days by start slot back into start masks by day."""
    masks = [0] * num_days
    for slot, days in starts.items():
        for day in days_of(days):
            masks[day] |= 1 << slot
    return tuple(masks)
