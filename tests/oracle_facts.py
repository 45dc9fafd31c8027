"""What the oracle knows of an instance: jobs, admissible seats and possible starts, as naively as possible.

Written from docs/model.md alone. Of the engine only the minutes between two places are used.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache
from math import ceil, floor
from typing import Any
from zoneinfo import ZoneInfo

from pairsolve.instance import Crew, Event, Instance, Need, Volunteer
from pairsolve.rules import (
    DAY_NAMES,
    ApartRule,
    DatedException,
    NeighbourRule,
    TargetRule,
    TeamScopeRule,
    TwoPersonRule,
    Window,
)
from pairsolve.travel import Times

Start = tuple[int, int]  # day, minutes after midnight


@dataclass(frozen=True)
class Group:
    """A seat group: a role, or the open seats."""

    least: int
    most: int
    skills: tuple[Any, ...]
    traits: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """A need or an event; `home` is the number of the household, None for an event."""

    record: Need | Event
    home: int | None
    service: str | None
    area: str | None
    priority: int
    minutes: int
    channel: str
    place: int
    groups: tuple[Group, ...]
    visits: tuple[tuple[int, int], ...]  # first and last day (included) of visits 1, 2, …
    fewest: int
    starts: tuple[Start, ...]  # what household, need and site allow; the one start of an event
    site: str | None


class Facts:
    """Everything about an instance that does not depend on the plan.

    Jobs are the needs, then the events; volunteers and households are numbered in file order.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.horizon = instance.horizon
        self.times = Times(instance)
        self.zone = ZoneInfo(self.horizon.time_zone)
        first, last = self.horizon.first_day, self.horizon.last_day
        self.dates = [first + timedelta(days=day) for day in range((last - first).days + 1)]
        self.weeks = sum(1 for day in range(len(self.dates)) if day % 7 == 0)
        self.months = sum(1 for day in range(len(self.dates)) if day == 0 or self.month(day) != self.month(day - 1))
        self.parents = {record.id: record.parent for record in instance.areas}
        self.team_parents = {record.id: record.parent for record in instance.teams}
        self.services = {record.id: record for record in instance.services}
        self.sites = {record.id: record for record in instance.sites}
        self.home_number = {record.id: number for number, record in enumerate(instance.households)}
        self.volunteer_number = {record.id: number for number, record in enumerate(instance.volunteers)}
        self.minutes_between = cache(self._minutes_between)
        self.jobs = [self._need_job(need) for need in instance.needs]
        self.jobs += [self._event_job(number, event) for number, event in enumerate(instance.events)]
        self.free = cache(self._free)
        self.seats = [
            (v, n, g)
            for v in range(len(instance.volunteers))
            for n, job in enumerate(self.jobs)
            for g in range(len(job.groups))
            if self._admissible(v, job, job.groups[g])
        ]

    # ---- time -------------------------------------------------------------------------------------------------

    def month(self, day: int) -> int:
        """Return how many months after the first day the month of a day starts."""
        first = self.dates[0]
        months = 0
        while self.dates[day] >= same_day(first, months + 1):
            months += 1
        return months

    def visit_days(self, count: int, per: str) -> list[tuple[int, int]]:
        """Return the first and last day of every required visit."""
        days = range(len(self.dates))
        if per == "horizon":
            return [(0, len(self.dates) - 1)] * count
        visits = []
        number_of = (lambda day: day // 7) if per == "week" else self.month
        for period in sorted({number_of(day) for day in days}):
            inside = [day for day in days if number_of(day) == period]
            first = self.dates[0]
            whole = 7 if per == "week" else (same_day(first, period + 1) - same_day(first, period)).days
            required = floor(Fraction(count * len(inside), whole) + Fraction(1, 2))
            if period == 0:
                required = max(1, required)
            visits += [(inside[0], inside[-1])] * required
        return visits

    def open_minutes(
        self, windows: Sequence[Window], exceptions: Sequence[DatedException], day: int, no_windows: Any
    ) -> set[int]:
        """Return the minutes of a day that lie in a window; `no_windows` is the day of those who give none."""
        where = self.dates[day]
        spans = [(w.start, w.end) for w in windows if DAY_NAMES[where.weekday()] in w.days] if windows else [no_windows]
        for exception in exceptions:
            if exception.first <= where <= (exception.last or exception.first):
                spans = [(span.start, span.end) for span in exception.windows]
        minutes = {minute for start, end in spans for minute in range(start, end)}
        return minutes - odd_minutes(self.zone, where)

    def _ordinary(self) -> tuple[int, int]:
        return (self.horizon.day_start, self.horizon.day_end)

    def _starts(self, need: Need, length: int, channel: str) -> list[Start]:
        home = self.instance.households[self.home_number[need.household]]
        starts = []
        for day, where in enumerate(self.dates):
            if where in self.horizon.closed_days:
                continue
            allowed = self.open_minutes(home.windows, home.exceptions, day, self._ordinary())
            allowed &= self.open_minutes(need.windows, (), day, (0, 1440))
            if channel == "site":
                allowed &= self.open_minutes(self.sites[need.site].windows, (), day, self._ordinary())
            # one window has to hold the visit: minutes of windows that do not touch are never consecutive
            for start in range(0, 1440, self.horizon.slot_minutes):
                if start in allowed and all(minute in allowed for minute in range(start, start + length)):
                    starts.append((day, start))
        return starts

    def _free(self, v: int, n: int) -> frozenset[Start]:
        """Return the starts of a job that the windows of a volunteer allow."""
        person, job = self.instance.volunteers[v], self.jobs[n]
        allowed = {
            day: self.open_minutes(person.windows, person.exceptions, day, self._ordinary()) for day, _ in job.starts
        }
        return frozenset(
            (day, start)
            for day, start in job.starts
            if all(minute in allowed[day] for minute in range(start, start + job.minutes))
        )

    # ---- place ------------------------------------------------------------------------------------------------

    def _minutes_between(self, mode: str, origin: int, target: int) -> int:
        return int(self.times.minutes(list(self.instance.travel.modes).index(mode), origin, target))

    def travel(self, v: int, n: int) -> int:
        """Return the one-way minutes from a volunteer to a job."""
        job = self.jobs[n]
        return 0 if job.channel == "phone" else self.minutes_between(self.instance.volunteers[v].mode, v, job.place)

    def way(self, v: int, n: int, m: int) -> int:
        """Return the minutes a volunteer needs from one job to another."""
        if "phone" in (self.jobs[n].channel, self.jobs[m].channel):
            return 0
        return self.minutes_between(self.instance.volunteers[v].mode, self.jobs[n].place, self.jobs[m].place)

    def home_minutes(self, mode: str, v: int, h: int) -> int:
        """Return the minutes from a volunteer to a household by a given mode."""
        return self.minutes_between(mode, v, self.times.first_household + h)

    # ---- policy -----------------------------------------------------------------------------------------------

    def in_team(self, v: int, team: str) -> bool:
        """Say whether a volunteer belongs to a team or a team below it."""
        return team in chain(self.instance.volunteers[v].team, self.team_parents)

    def target_needs(self, rule: TargetRule) -> list[int]:
        """Return the needs a target counts."""
        return [
            n
            for n, job in enumerate(self.jobs)
            if job.home is not None
            and rule.service in (None, job.service)
            and (rule.area is None or rule.area in chain(job.area, self.parents))
        ]

    def target_goal(self, rule: TargetRule, size: int) -> int:
        """Return what a target asks for; a share is the decimal number that was written."""
        return rule.count if rule.count is not None else ceil(Fraction(repr(rule.share)) * size)

    def neighbour_homes(self, rule: NeighbourRule) -> list[int]:
        """Return the households with a need that should have a neighbour."""
        return [
            h
            for h, home in enumerate(self.instance.households)
            if any(job.home == h for job in self.jobs)
            and (rule.area is None or rule.area in chain(home.area, self.parents))
        ]

    def unwished(self, v: int, n: int) -> int:
        """Return how many wishes a volunteer at a job leaves open: 0, 1 or 2."""
        person, job = self.instance.volunteers[v], self.jobs[n]
        preferred = () if job.home is None else self.instance.households[job.home].preferred
        return (len(preferred) > 0 and person.id not in preferred) + (
            len(person.preferred_services) > 0
            and job.service is not None
            and job.service not in person.preferred_services
        )

    # ---- jobs -------------------------------------------------------------------------------------------------

    def _need_job(self, need: Need) -> Job:
        h = self.home_number[need.household]
        home, service = self.instance.households[h], self.services[need.service]
        channel = need.channel or service.channel
        minutes = need.minutes or service.minutes
        two = channel == "home" and any(
            isinstance(rule, TwoPersonRule)
            and (rule.tag is None or rule.tag in home.tags)
            and (rule.service is None or rule.service == need.service)
            for rule in self.instance.rules
        )
        place = self.times.first_household + h
        if channel == "site":
            place = self.times.first_site + list(self.sites).index(need.site)
        visits = self.visit_days(need.visits.count, need.visits.per)
        return Job(
            record=need,
            home=h,
            service=need.service,
            area=home.area,
            priority=need.priority or home.priority,
            minutes=minutes,
            channel=channel,
            place=place,
            groups=seat_groups(need.crew, two, (*service.skills, *need.skills), home.required_traits),
            visits=tuple(visits),
            fewest=ceil(Fraction(len(visits) * need.visits.min_percent, 100)),
            starts=tuple(self._starts(need, minutes, channel)),
            site=need.site if channel == "site" else None,
        )

    def _event_job(self, number: int, event: Event) -> Job:
        day = (event.day - self.dates[0]).days
        skills = (*(self.services[event.service].skills if event.service else ()), *event.skills)
        return Job(
            record=event,
            home=None,
            service=event.service,
            area=event.area,
            priority=event.priority,
            minutes=event.end - event.start,
            channel="site",
            place=self.times.first_event + number,
            groups=seat_groups(event.crew, False, skills, ()),
            visits=((day, day),),
            fewest=1,
            starts=((day, event.start),),
            site=None,
        )

    def _admissible(self, v: int, job: Job, group: Group) -> bool:
        person, n = self.instance.volunteers[v], self.jobs.index(job)
        valid_on = job.record.day if isinstance(job.record, Event) else self.horizon.last_day
        for asked in group.skills:
            if not any(
                held.skill == asked.skill
                and held.level >= asked.level
                and (held.expires is None or held.expires >= valid_on)
                for held in person.skills
            ):
                return False
        if not set(group.traits) <= set(person.traits) or job.channel not in person.channels:
            return False
        for rule in self.instance.rules:
            if isinstance(rule, TeamScopeRule) and self.in_team(v, rule.team):
                inside = set(chain(job.area, self.parents)) & set(rule.areas)
                if not inside:
                    return False
        if job.home is not None:
            home = self.instance.households[job.home]
            apart = any(
                isinstance(rule, ApartRule) and person.id in rule.volunteers and home.id in rule.households
                for rule in self.instance.rules
            )
            if person.id in home.refused or apart or person.household == home.id:
                return False
        if job.channel != "phone" and self.travel(v, n) > person.reach_minutes:
            return False
        return self._most_visits(person, job, n) >= job.fewest

    def _most_visits(self, person: Volunteer, job: Job, n: int) -> int:
        """Return how many visits the volunteer could make if this were the only job."""
        days = sorted({day for day, _ in self.free(self.volunteer_number[person.id], n)})

        @cache
        def most(index: int, last_index: int, last_day: int) -> int:
            if index == len(job.visits):
                return 0
            best = most(index + 1, last_index, last_day)
            for day in days:
                first, last = job.visits[index]
                if first <= day <= last and (last_index < 0 or gap_fits(job, last_index, last_day, index, day)):
                    best = max(best, 1 + most(index + 1, index, day))
            return best

        return most(0, -1, -1)


def gap_fits(job: Job, i: int, day: int, j: int, later: int) -> bool:
    """Say whether visits i < j of a need may fall on these days."""
    if isinstance(job.record, Event):
        return True
    rhythm = job.record.visits
    if later - day < (j - i) * rhythm.min_gap_days:
        return False
    return not (j == i + 1 and rhythm.max_gap_days is not None and later - day > rhythm.max_gap_days)


def seat_groups(crew: Crew, two: bool, skills: tuple[Any, ...], traits: tuple[str, ...]) -> tuple[Group, ...]:
    """Return the seat groups of a crew; `two` says that a two-person rule concerns it."""
    role_seats = sum(role.count for role in crew.roles)
    low = crew.min
    high = crew.max if crew.max is not None else max(low, role_seats)
    if two:
        low = max(low, 2)
        high = max(high, low)
    groups = [Group(role.count, role.count, (*skills, *role.skills), (*traits, *role.traits)) for role in crew.roles]
    if high - role_seats > 0:
        groups.append(Group(max(0, low - role_seats), high - role_seats, skills, traits))
    return tuple(groups)


def chain(start: str | None, parents: dict[str, str | None]) -> list[str]:
    """Return an area or team and all those above it."""
    found = []
    while start is not None:
        found.append(start)
        start = parents[start]
    return found


def same_day(first: date, months: int) -> date:
    """Return the same day some months later, or the last day of that month."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))


@cache
def odd_minutes(zone: ZoneInfo, where: date) -> frozenset[int]:
    """Return the minutes of a day that a clock change skips or repeats."""
    moments = [datetime(where.year, where.month, where.day, *divmod(minute, 60), tzinfo=zone) for minute in range(1440)]
    return frozenset(
        minute
        for minute, moment in enumerate(moments)
        if moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()
    )
