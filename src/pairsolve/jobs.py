"""Needs and events as jobs with seat groups: everything left out filled in.

Jobs are the needs in file order, then the events. A seat group is a role of a job, or its open seats;
`docs/model.md` section 1 defines both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pairsolve.calendar import Calendar
from pairsolve.instance import Crew, Household, Instance, Need, Service, SkillLevel
from pairsolve.rules import Channel, TwoPersonRule
from pairsolve.travel import Times

OPEN_SEATS = "member"


class Job(NamedTuple):
    """A need or an event, with everything left out filled in."""

    id: str
    household: int  # -1 for an event
    service: str | None
    priority: int
    minutes: int
    channel: Channel
    place: int
    required: int
    fewest: int
    area: str | None


class SeatGroup(NamedTuple):
    """Seats of one job that ask the same of whoever takes them."""

    job: int
    role: str
    least: int
    most: int
    skills: tuple[SkillLevel, ...]
    traits: tuple[str, ...]


class _Seats(NamedTuple):
    """What a seat group is, apart from its job."""

    role: str
    least: int
    most: int
    skills: tuple[SkillLevel, ...]
    traits: tuple[str, ...]


def jobs_of(instance: Instance, calendar: Calendar, times: Times) -> tuple[tuple[Job, ...], tuple[SeatGroup, ...]]:
    """Return the jobs of an instance, and their seat groups job by job."""
    jobs = [*_needs(instance, calendar, times), *_events(instance, times)]
    services = {service.id: service for service in instance.services}
    two_person = [rule for rule in instance.rules if isinstance(rule, TwoPersonRule)]
    seats = _Catalogue()
    groups: list[SeatGroup] = []
    for number, (need, job) in enumerate(zip(instance.needs, jobs, strict=False)):  # events come behind
        household = instance.households[job.household]
        crew = _raised(need.crew, job.channel, need, household, two_person) if two_person else need.crew
        for group in seats.of(crew, services[need.service], need.skills, household.required_traits):
            groups.append(SeatGroup(number, *group))
    for number, event in enumerate(instance.events, len(instance.needs)):
        service = services[event.service] if event.service else None
        groups += [SeatGroup(number, *group) for group in seats.of(event.crew, service, event.skills, ())]
    return tuple(jobs), tuple(groups)


def _needs(instance: Instance, calendar: Calendar, times: Times) -> list[Job]:
    households = {household.id: number for number, household in enumerate(instance.households)}
    services = {service.id: (service.channel, service.minutes) for service in instance.services}
    sites = {site.id: times.first_site + number for number, site in enumerate(instance.sites)}
    rhythms: dict[tuple[int, str, int], tuple[int, int]] = {}
    jobs = []
    for need in instance.needs:
        number = households[need.household]
        household = instance.households[number]
        usual_channel, usual_minutes = services[need.service]
        channel = need.channel or usual_channel
        place = sites[need.site or ""] if channel == "site" else times.first_household + number
        visits = need.visits
        rhythm = visits.count, visits.per, visits.min_percent
        if rhythm not in rhythms:
            required = len(calendar.visit_slots(visits.count, visits.per))
            rhythms[rhythm] = required, -(-required * visits.min_percent // 100)
        required, fewest = rhythms[rhythm]
        jobs.append(
            Job(
                need.id, number, need.service, need.priority or household.priority, need.minutes or usual_minutes,
                channel, place, required, fewest, household.area,
            )
        )  # fmt: skip
    return jobs


def _events(instance: Instance, times: Times) -> list[Job]:
    return [
        Job(
            event.id, -1, event.service, event.priority, event.end - event.start, "site",
            times.first_event + number, 1, 1, event.area,
        )
        for number, event in enumerate(instance.events)
    ]  # fmt: skip


class _Catalogue:
    """Seat groups by what they follow from; most jobs share few of them, and then share their skills and traits too.

    The keys are identities, because comparing whole records costs more than making the groups.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], tuple[_Seats, ...]] = {}
        self._kept: list[object] = []

    def of(
        self, crew: Crew, service: Service | None, skills: tuple[SkillLevel, ...], traits: tuple[str, ...]
    ) -> tuple[_Seats, ...]:
        """Return the seat groups of a job."""
        key = (id(crew), id(service), id(skills), id(traits))
        found = self._known.get(key)
        if found is None:
            self._kept += (crew, service, skills, traits)  # so that no other record takes their identity
            asked = (*(service.skills if service else ()), *skills)
            found = self._known[key] = tuple(_seat_groups(crew, asked, traits))
        return found


def _seat_groups(crew: Crew, skills: tuple[SkillLevel, ...], traits: tuple[str, ...]) -> list[_Seats]:
    seats = sum(role.count for role in crew.roles)
    high = crew.max if crew.max is not None else max(crew.min, seats)
    groups = [
        _Seats(role.role, role.count, role.count, (*skills, *role.skills), (*traits, *role.traits))
        for role in crew.roles
    ]
    if high > seats:
        groups.append(_Seats(OPEN_SEATS, max(0, crew.min - seats), high - seats, skills, traits))
    return groups


def _raised(crew: Crew, channel: Channel, need: Need, household: Household, rules: Sequence[TwoPersonRule]) -> Crew:
    concerned = channel == "home" and any(
        (rule.tag is None or rule.tag in household.tags) and (rule.service is None or rule.service == need.service)
        for rule in rules
    )
    if not concerned:
        return crew
    low = max(crew.min, 2)
    high = None if crew.max is None else max(crew.max, low)
    return crew.model_copy(update={"min": low, "max": high})
