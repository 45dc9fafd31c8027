"""The instance seen by scheduling: tasks, lags, rooms and events, each made when first asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property, reduce
from operator import and_
from typing import Literal

import numpy as np
import numpy.typing as npt

from pairsolve.calendar import Calendar, DayMasks, Period
from pairsolve.instance import Instance
from pairsolve.rules import MINUTES_PER_DAY
from pairsolve.scheduling.rhythm import Rhythm
from pairsolve.scheduling.tasks import Fixed, Grid, Room, Task
from pairsolve.travel import Times

Ints = npt.NDArray[np.int64]
Side = Literal["volunteers", "households"]
Key = tuple[int, int, int]  # mode, from place, to place


class Frame:
    """Facts of an instance that every component asks for, with memory.

    Parameters
    ----------
    instance, calendar, times
        What is asked, when and where.
    """

    def __init__(self, instance: Instance, calendar: Calendar, times: Times) -> None:
        self.instance = instance
        self.calendar = calendar
        self.times = times
        self.slot = calendar.slot
        self.grid = _grid(calendar)
        self._household = {h.id: number for number, h in enumerate(instance.households)}
        self._service = {s.id: number for number, s in enumerate(instance.services)}
        self._site = {s.id: number for number, s in enumerate(instance.sites)}
        modes = {name: number for number, name in enumerate(times.mode_names)}
        self._mode = [modes[v.mode] for v in instance.volunteers]
        self._mode_numbers = np.array(self._mode, np.int64)
        self._minutes: dict[Key, int] = {}
        self._rhythms: dict[tuple[object, ...], Rhythm] = {}
        self._masks: dict[tuple[Side, int, int], DayMasks] = {}
        self._facts: dict[int, tuple[int, int, int, bool]] = {}
        self._rooms: dict[int, Room] = {}
        self.rest = np.array([v.day_break.minutes if v.day_break else 0 for v in instance.volunteers], np.int64)

    def task(self, need: int, crew: tuple[int, ...]) -> Task:
        """Return a need with its crew as a task; masks without regard to events."""
        household, site, minutes, _phone = self.facts(need)
        rhythm = self.rhythm(need)
        loads = tuple(minutes + 2 * self._one_way(volunteer, need) for volunteer in crew)
        narrow = site >= 0 and self.instance.sites[site].capacity is not None
        return Task(
            need=need,
            crew=crew,
            household=household,
            site=site if narrow else -1,
            priority=self.priority(need),
            length=-(-minutes // self.slot),
            fewest=-(-len(rhythm.windows) * self.instance.needs[need].visits.min_percent // 100),
            rhythm=rhythm,
            masks=self._joint_masks(need, crew),
            loads=loads,
        )

    def facts(self, need: int) -> tuple[int, int, int, bool]:
        """Return household, site (-1 = none), minutes and whether the help is given by phone."""
        known = self._facts.get(need)
        if known is None:
            record = self.instance.needs[need]
            service = self.instance.services[self._service[record.service]]
            channel = record.channel or service.channel
            site = self._site[record.site] if channel == "site" and record.site is not None else -1
            known = (self._household[record.household], site, record.minutes or service.minutes, channel == "phone")
            self._facts[need] = known
        return known

    def priority(self, need: int) -> int:
        """Return the priority class of a need."""
        return self.instance.needs[need].priority or self.instance.households[self.facts(need)[0]].priority

    def rhythm(self, need: int) -> Rhythm:
        """Return the required visits of a need and their gaps; the same object for the same frequency."""
        visits = self.instance.needs[need].visits
        key = (visits.count, visits.per, visits.min_gap_days, visits.max_gap_days)
        known = self._rhythms.get(key)
        if known is None:
            slots = self.calendar.visit_slots(visits.count, visits.per)
            windows = [_stretch(slot.first, slot.last) for slot in slots]
            known = self._rhythms[key] = Rhythm(windows, visits.min_gap_days, visits.max_gap_days)
        return known

    @cached_property
    def most_visits(self) -> int:
        """Most required visits of a need."""
        return max((len(self.rhythm(need).windows) for need in range(len(self.instance.needs))), default=0)

    def window_masks(self, need: int, crew: tuple[int, ...]) -> list[DayMasks]:
        """Return the start masks of all who must have time: household, need, site, and each of the crew."""
        household, site, minutes, _ = self.facts(need)
        masks = [self._own_masks("households", household, minutes)]
        windows = self.instance.needs[need].windows
        if windows:
            masks.append(self.calendar.anytime_masks(windows, minutes))
        if site >= 0:
            masks.append(self.calendar.start_masks(self.instance.sites[site].windows, (), minutes))
        masks += [self._own_masks("volunteers", volunteer, minutes) for volunteer in crew]
        return masks

    def place(self, need: int) -> int:
        """Return the place number of a need."""
        household, site, _, _ = self.facts(need)
        return self.times.first_site + site if site >= 0 else self.times.first_household + household

    def lag(self, first: Task, second: Task) -> int | None:
        """Return the slots from the start of one visit to the earliest start of a second; None = unrelated."""
        shared = [volunteer for volunteer in first.crew if volunteer in second.crew]
        if not shared and first.household != second.household:
            return None
        _, _, minutes, phone = self.facts(first.need)
        way = 0
        if not phone and not self.facts(second.need)[3]:
            origin, target = self.place(first.need), self.place(second.need)
            way = max((self.minutes(volunteer, origin, target) for volunteer in shared), default=0)
        return -(-(minutes + way) // self.slot)

    def rested_lag(self, first: Task, second: Task) -> int | None:
        """Return a lag that leaves time for a break between the two as well; who keeps it always has the break."""
        lags = [lag for volunteer in first.crew if (lag := self.lag_over_break(first, second, volunteer)) is not None]
        return max((lag for lag in (self.lag(first, second), *lags) if lag is not None), default=None)

    def lag_over_break(self, first: Task, second: Task, volunteer: int) -> int | None:
        """Return the lag of two visits with the break of a volunteer of both between them; None = no such break."""
        rest = int(self.rest[volunteer])
        if not rest or volunteer not in second.crew:
            return None
        _, _, minutes, phone = self.facts(first.need)
        still = phone or self.facts(second.need)[3]
        way = 0 if still else self.minutes(volunteer, self.place(first.need), self.place(second.need))
        return -(-(minutes + way + rest) // self.slot)

    def sides_of_break(self, need: int, volunteer: int) -> tuple[int, int]:
        """Return the last start slot of a need before a volunteer's break, and the first one after it."""
        rest = self.instance.volunteers[volunteer].day_break
        assert rest is not None
        return self.calendar.sides_of_break(rest, self.facts(need)[2])

    def room(self, volunteer: int) -> Room:
        """Return what a volunteer can take before anything is planned."""
        known = self._rooms.get(volunteer)
        if known is None:
            record = self.instance.volunteers[volunteer]
            known = Room(
                record.visits_per_day,
                week_visits=_row(record.visits_per_week, self.grid.weeks),
                week_minutes=_row(record.minutes_per_week, self.grid.weeks),
                month_minutes=_row(record.minutes_per_month, self.grid.months),
            )
            self._rooms[volunteer] = known
        return known

    def fixed(self, event: int, crew: Iterable[int]) -> Fixed:
        """Return an event with the minutes it costs its crew."""
        record = self.instance.events[event]
        minutes, place = record.end - record.start, self.times.first_event + event
        loads = {volunteer: minutes + 2 * self.minutes(volunteer, volunteer, place) for volunteer in crew}
        return Fixed(event, self.calendar.event_day(record), loads)

    def stencil(self, task: Task, fixed: Fixed) -> int:
        """Return the start mask that an event leaves a need on its day, for the volunteers who are in both."""
        event = self.instance.events[fixed.event]
        _, _, minutes, phone = self.facts(task.need)
        here, there = self.place(task.need), self.times.first_event + fixed.event
        everything = (1 << self.grid.num_slots) - 1
        mask = everything
        for volunteer in (v for v in task.crew if v in fixed.loads):
            to_event = 0 if phone else self.minutes(volunteer, here, there)
            from_event = 0 if phone else self.minutes(volunteer, there, here)
            last_before = (event.start - minutes - to_event) // self.slot
            first_after = -(-(event.end + from_event) // self.slot)
            before = (1 << (last_before + 1)) - 1 if last_before >= 0 else 0
            after = everything >> first_after << first_after if first_after < self.grid.num_slots else 0
            mask &= before | after
        return mask

    def events_clash(self, volunteer: int, first: int, second: int) -> bool:
        """Say whether a volunteer cannot attend both events."""
        one, two = self.instance.events[first], self.instance.events[second]
        if one.day != two.day:
            return False
        here, there = self.times.first_event + first, self.times.first_event + second
        forth = one.end + self.minutes(volunteer, here, there) <= two.start
        back = two.end + self.minutes(volunteer, there, here) <= one.start
        return not (forth or back)

    def minutes(self, volunteer: int, origin: int, target: int) -> int:
        """Return minutes from place to place by the volunteer's mode."""
        key = (self._mode[volunteer], origin, target)
        known = self._minutes.get(key)
        if known is None:
            known = int(self.times.minutes(key[0], origin, target))
            self._minutes[key] = known
        return known

    def ways(self, volunteers: Ints, origins: Ints, targets: Ints) -> Ints:
        """Return minutes from place to place by each volunteer's mode, for many at once."""
        return self.times.minutes_of(self._mode_numbers[volunteers], origins, targets)

    def learn(self, trips: Iterable[tuple[int, int, int]]) -> None:
        """Look many trips (volunteer, origin, target) up at once, so that `minutes` finds them in memory."""
        wanted: dict[int, set[tuple[int, int]]] = defaultdict(set)
        for volunteer, origin, target in trips:
            mode = self._mode[volunteer]
            if (mode, origin, target) not in self._minutes:
                wanted[mode].add((origin, target))
        for mode, ways in wanted.items():
            table = np.array(sorted(ways), np.int64)
            found = self.times.minutes(mode, table[:, 0], table[:, 1]).tolist()
            for (origin, target), minutes in zip(table.tolist(), found, strict=True):
                self._minutes[mode, origin, target] = minutes

    def _one_way(self, volunteer: int, need: int) -> int:
        return 0 if self.facts(need)[3] else self.minutes(volunteer, volunteer, self.place(need))

    def _joint_masks(self, need: int, crew: tuple[int, ...]) -> DayMasks:
        return tuple(reduce(and_, daily) for daily in zip(*self.window_masks(need, crew), strict=True))

    def _own_masks(self, side: Side, number: int, minutes: int) -> DayMasks:
        """Return when a volunteer or a household is free for so many minutes, whatever else happens."""
        key = (side, number, minutes)
        known = self._masks.get(key)
        if known is None:
            if side == "volunteers":
                known = self.calendar.working_masks(self.instance.volunteers[number], minutes)
            else:
                record = self.instance.households[number]
                known = self.calendar.start_masks(record.windows, record.exceptions, minutes)
            self._masks[key] = known
        return known


def _grid(calendar: Calendar) -> Grid:
    weekdays = [0] * 7
    for day, weekday in enumerate(calendar.weekday):
        weekdays[weekday] |= 1 << day
    weeks, months = calendar.periods("week"), calendar.periods("month")
    return Grid(
        num_days=calendar.num_days,
        num_slots=MINUTES_PER_DAY // calendar.slot,
        weekdays=tuple(weekdays),
        weeks=tuple(_stretch(week.first, week.last) for week in weeks),
        months=tuple(_stretch(month.first, month.last) for month in months),
        weekday_of=calendar.weekday,
        week_of=_number_of_day(weeks),
        month_of=_number_of_day(months),
    )


def _number_of_day(periods: Sequence[Period]) -> tuple[int, ...]:
    return tuple(number for number, period in enumerate(periods) for _ in range(period.first, period.last))


def _stretch(first: int, last: int) -> int:
    return (1 << last) - (1 << first)


def _row(limit: int | None, periods: Sequence[int]) -> tuple[int, ...] | None:
    return None if limit is None else (limit,) * len(periods)
