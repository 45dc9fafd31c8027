"""The instance, looked up by identifier, with everything that section 1 of docs/model.md derives from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from pairsolve.calendar import Calendar, VisitSlot
from pairsolve.instance import Area, Crew, Event, Household, Instance, Need, SkillLevel, Team, Volunteer
from pairsolve.rules import Channel, DatedException, Model, TeamScopeRule, TwoPersonRule, Window
from pairsolve.travel import Times

Ints = npt.NDArray[np.int64]
R = TypeVar("R", bound=Model)

ANY_TIME = (Window.model_validate({"start": "00:00", "end": "24:00"}),)


@dataclass(frozen=True, slots=True)
class SeatGroup:
    """Seats of one role in a crew, or the open seats, with all that is asked of who takes one."""

    role: str
    least: int
    most: int
    skills: tuple[SkillLevel, ...]
    traits: frozenset[str]

    def heads(self, volunteer: Volunteer) -> int:
        """Return how many people the volunteer counts for here."""
        return min(volunteer.head_count, self.most)


@dataclass(frozen=True, slots=True)
class Job:
    """A need or an event; `number` counts the needs first and then the events, in file order."""

    number: int
    id: str
    need: Need | None
    event: Event | None
    household: Household | None
    service: str | None
    area: str | None
    priority: int
    minutes: int
    channel: Channel
    site: str | None
    place: int
    groups: tuple[SeatGroup, ...]
    slots: tuple[VisitSlot, ...]
    fewest: int

    @property
    def label(self) -> str:
        """The job in a sentence."""
        return f"{'event' if self.need is None else 'need'} {self.id!r}"

    @property
    def required(self) -> int:
        """Required visits R."""
        return len(self.slots)

    @property
    def most_people(self) -> int:
        """Largest crew."""
        return sum(group.most for group in self.groups)

    def group(self, role: str) -> SeatGroup | None:
        """Return the seats of a role, if the job has any."""
        return next((group for group in self.groups if group.role == role), None)


def seat_groups(
    crew: Crew, two_people: bool, skills: tuple[SkillLevel, ...], traits: frozenset[str]
) -> tuple[SeatGroup, ...]:
    """Cut a crew into its seat groups.

    Parameters
    ----------
    crew
        Fewest and most people, and the roles.
    two_people
        Whether a two-person rule concerns the job.
    skills, traits
        What is asked of everybody in the crew.
    """
    seats = sum(role.count for role in crew.roles)
    low = max(2, crew.min) if two_people else crew.min
    high = max(low, seats if crew.max is None else crew.max)
    groups = [
        SeatGroup(role.role, role.count, role.count, skills + role.skills, traits | frozenset(role.traits))
        for role in crew.roles
    ]
    if high > seats:
        groups.append(SeatGroup("member", max(0, low - seats), high - seats, skills, traits))
    return tuple(groups)


class Facts:
    """An instance with its look-ups; knows nothing of any plan.

    Parameters
    ----------
    instance
        What is asked; its references are trusted.
    calendar, times
        Its days and its travel minutes.
    """

    def __init__(self, instance: Instance, calendar: Calendar, times: Times) -> None:
        self.instance, self.calendar, self.times = instance, calendar, times
        self.volunteers = {volunteer.id: volunteer for volunteer in instance.volunteers}
        self.households = {household.id: household for household in instance.households}
        self.services = {service.id: service for service in instance.services}
        self.sites = {site.id: site for site in instance.sites}
        self.volunteer_number = {id_: number for number, id_ in enumerate(self.volunteers)}
        self.household_number = {id_: number for number, id_ in enumerate(self.households)}
        self.site_number = {id_: number for number, id_ in enumerate(self.sites)}
        self.mode = {name: number for number, name in enumerate(times.mode_names)}
        self.area_line = _lines(instance.areas)
        self.team_line = _lines(instance.teams)
        self.week = _period_of_day(calendar, "week")
        self.month = _period_of_day(calendar, "month")
        self._crews: dict[object, tuple[SeatGroup, ...]] = {}
        self._slots: dict[object, tuple[VisitSlot, ...]] = {}
        self.two_person = [rule for rule in instance.rules if isinstance(rule, TwoPersonRule)]
        self.scopes = [rule for rule in instance.rules if isinstance(rule, TeamScopeRule)]
        needs = [self._need(number, need) for number, need in enumerate(instance.needs)]
        events = [self._event(number, event) for number, event in enumerate(instance.events)]
        self.jobs = (*needs, *events)
        self.needs = {job.id: job for job in needs}
        self.events = {job.id: job for job in events}
        self.needs_of: dict[str, list[Job]] = {}
        self.needs_by: dict[tuple[str | None, str | None], list[Job]] = {}
        for job in needs:
            self.needs_of.setdefault(job.household.id if job.household else "", []).append(job)
            self.needs_by.setdefault((job.service, job.area), []).append(job)
        self.helped_in: dict[str | None, list[Household]] = {}
        for household in instance.households:
            if household.id in self.needs_of:
                self.helped_in.setdefault(household.area, []).append(household)

    def _need(self, number: int, need: Need) -> Job:
        service, household = self.services[need.service], self.households[need.household]
        channel = need.channel or service.channel
        rhythm = (need.visits.count, need.visits.per)
        if rhythm not in self._slots:
            self._slots[rhythm] = self.calendar.visit_slots(*rhythm)
        slots = self._slots[rhythm]
        at_site = channel == "site" and need.site is not None
        return Job(
            number=number,
            id=need.id,
            need=need,
            event=None,
            household=household,
            service=need.service,
            area=household.area,
            priority=need.priority or household.priority,
            minutes=need.minutes or service.minutes,
            channel=channel,
            site=need.site if at_site else None,
            place=self.times.first_site + self.site_number[need.site or ""] if at_site else self.home_of(household.id),
            groups=self._groups(
                need.crew,
                channel == "home" and any(_concerns(rule, need, household) for rule in self.two_person),
                service.skills + need.skills,
                household.required_traits,
            ),
            slots=slots,
            fewest=-(-len(slots) * need.visits.min_percent // 100),
        )

    def _groups(
        self, crew: Crew, two_people: bool, skills: tuple[SkillLevel, ...], traits: tuple[str, ...]
    ) -> tuple[SeatGroup, ...]:
        """Return the seat groups of a need; most needs of a city ask for the same."""
        key = (crew.min, crew.max, crew.roles, two_people, skills, traits)
        if key not in self._crews:
            self._crews[key] = seat_groups(crew, two_people, skills, frozenset(traits))
        return self._crews[key]

    def _event(self, number: int, event: Event) -> Job:
        day = self.calendar.event_day(event)
        skills = self.services[event.service].skills if event.service is not None else ()
        return Job(
            number=len(self.instance.needs) + number,
            id=event.id,
            need=None,
            event=event,
            household=None,
            service=event.service,
            area=event.area,
            priority=event.priority,
            minutes=event.end - event.start,
            channel="site",
            site=None,  # the capacity and the hours of a site bind visits, not events
            place=self.times.first_event + number,
            groups=seat_groups(event.crew, False, skills + event.skills, frozenset()),
            slots=(VisitSlot(1, day, day + 1),),
            fewest=1,
        )

    def home_of(self, household: str) -> int:
        """Return the place of a household."""
        return self.times.first_household + self.household_number[household]

    def minutes(self, volunteers: Sequence[str], origins: Sequence[int], targets: Sequence[int]) -> list[int]:
        """Return travel minutes by each volunteer's mode, all at once, because single questions are slow."""
        modes = np.array([self.mode[self.volunteers[volunteer].mode] for volunteer in volunteers], np.int64)
        starts, ends = np.array(origins, np.int64), np.array(targets, np.int64)
        return list(map(int, self.times.minutes_of(modes, starts, ends)))

    def in_area(self, area: str | None, wanted: str | None) -> bool:
        """Say whether an area is the wanted one or lies below it; everything lies in no area at all."""
        return wanted is None or wanted in self.area_line.get(area, ())

    def scopes_of(self, volunteer: Volunteer) -> list[TeamScopeRule]:
        """Return the team_scope rules that bind a volunteer."""
        return [rule for rule in self.scopes if rule.team in self.team_line.get(volunteer.team, ())]

    def in_scope(self, rule: TeamScopeRule, area: str | None) -> bool:
        """Say whether an area is inside one of the areas of a team_scope rule."""
        line = self.area_line.get(area, frozenset())
        return any(allowed in line for allowed in rule.areas)

    def hours_of(self, job: Job) -> list[tuple[str, tuple[Window, ...], tuple[DatedException, ...]]]:
        """Return the windows that bind a need besides those of its crew: household, need and site."""
        if job.need is None or job.household is None:
            return []
        household = job.household
        hours = [
            (f"household {household.id!r}", household.windows, household.exceptions),
            (job.label, job.need.windows or ANY_TIME, ()),
        ]
        if job.site is not None:
            hours.append((f"site {job.site!r}", self.sites[job.site].windows, ()))
        return hours


def rules_of(instance: Instance, kind: type[R]) -> Iterable[R]:
    """Return the policy rules of one kind."""
    return (rule for rule in instance.rules if isinstance(rule, kind))


def _concerns(rule: TwoPersonRule, need: Need, household: Household) -> bool:
    return rule.tag in (None, *household.tags) and rule.service in (None, need.service)


def _lines(records: Sequence[Area] | Sequence[Team]) -> Mapping[str | None, frozenset[str]]:
    """Map each area or team to itself and everything above it."""
    parent = {record.id: record.parent for record in records}
    lines: dict[str | None, frozenset[str]] = {}
    for id_ in parent:
        line: list[str] = []
        above: str | None = id_
        while above is not None and above not in line:
            line.append(above)
            above = parent.get(above)
        lines[id_] = frozenset(line)
    return lines


def _period_of_day(calendar: Calendar, per: str) -> list[int]:
    periods = calendar.periods("week" if per == "week" else "month")
    return [number for number, period in enumerate(periods) for _ in range(period.first, period.last)]
