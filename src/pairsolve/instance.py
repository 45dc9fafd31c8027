"""What is asked: the instance, as frozen pydantic models that are the JSON contract.

Field descriptions state meaning and unit; `docs/format.md` is generated from them.
The rules and the objective are in `pairsolve.rules`; their meaning, as formulas, is in `docs/model.md`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic import model_validator as _model_validator

from pairsolve.rules import (
    Channel,
    Clock,
    Count,
    DatedException,
    Day,
    DayPrices,
    Fault,
    Flag,
    Id,
    Many,
    Minutes,
    Model,
    Per,
    Positive,
    Rule,
    Span,
    Text,
    Tier,
    Window,
    default_objective,
    default_rules,
)
from pairsolve.setting import Factor, Horizon, Location, Travel

INSTANCE_FORMAT = "pairsolve-instance"
INSTANCE_VERSION = 1

Level = Annotated[int, Field(strict=True, ge=1, le=9)]
Priority = Annotated[int, Field(strict=True, ge=1, le=9)]


class Area(Model):
    """A district, street, town, community or village."""

    id: Id
    name: Text = ""
    parent: Id | None = Field(None, description="The area this one lies in.")
    kind: Text = Field("", description="District, street, town, community, village, or what the office calls it.")
    rural: Flag = False
    travel_factor: Factor = Field(1.0, description="Trips that start or end here take this many times as long (hills).")
    disabled_residents: Many | None = Field(None, description="Registered disabled residents, for indicators.")


class Team(Model):
    """An organisation of volunteers: school, hospital, company, association, station."""

    id: Id
    name: Text = ""
    parent: Id | None = Field(None, description="The team this one belongs to.")
    kind: Text = ""
    area: Id | None = None


class SkillLevel(Model):
    """A skill somebody asks for, at least at a level."""

    skill: Id
    level: Level = Field(1, description="Lowest level that will do, 1 to 9.")


class HeldSkill(Model):
    """A skill a volunteer has."""

    skill: Id
    level: Level = 1
    expires: Day | None = Field(None, description="Last day on which the credential is valid; for ever if left out.")


class Service(Model):
    """An entry of the catalogue of help."""

    id: Id
    name: Text = ""
    category: Text = ""
    minutes: Annotated[int, Field(strict=True, ge=1, le=1440)] = Field(60, description="Length of a visit.")
    channel: Channel = "home"
    skills: tuple[SkillLevel, ...] = Field((), description="Skills asked of everybody who comes.")


class Site(Model):
    """A centre where people come to be helped."""

    id: Id
    name: Text = ""
    area: Id | None = None
    location: Location
    capacity: Positive | None = Field(None, description="Households served there at one time.")
    windows: tuple[Window, ...] = Field((), description="Opening hours; the ordinary day if left out.")


class DayBreak(Span):
    """A rest that a volunteer takes on every day with visits."""

    minutes: Annotated[int, Field(strict=True, ge=1, le=1440)] = Field(
        30, description="Length, in one piece between `start` and `end`, without a visit and besides all ways."
    )

    @_model_validator(mode="after")
    def _has_room(self) -> DayBreak:
        if self.minutes > self.end - self.start:
            raise Fault("minutes", f"is {self.minutes}, but from start to end there are {self.end - self.start}")
        return self


class Volunteer(Model):
    """A person, or a group that comes as one, who helps."""

    id: Id
    name: Text = ""
    team: Id | None = None
    area: Id | None = None
    location: Location
    mode: Id = Field("walk", description="How the volunteer travels, a key of `travel.modes`.")
    reach_minutes: Minutes = Field(30, description="Longest one-way trip.")
    skills: tuple[HeldSkill, ...] = ()
    traits: tuple[Id, ...] = Field((), description='Such as "gender:female" or "language:zhuang".')
    windows: tuple[Window, ...] = Field((), description="When visits may take place; the ordinary day if left out.")
    exceptions: tuple[DatedException, ...] = ()
    channels: tuple[Channel, ...] = Field(("home", "phone", "site"), min_length=1, description="Channels offered.")
    max_households: Count = Field(2, description="Most households the volunteer is paired with.")
    min_households: Count = Field(0, description="Fewest households; a hard rule.")
    minutes_per_week: Positive | None = Field(None, description="Service and travel, per week; no limit if left out.")
    minutes_per_month: Positive | None = Field(None, description="Service and travel, per month.")
    visits_per_day: Positive = 2
    visits_per_week: Positive | None = None
    day_break: DayBreak | None = Field(None, description="A rest on every day with visits; a hard rule.")
    overtime_minutes: Annotated[int, Field(strict=True, ge=0, le=1440)] = Field(
        0, description="How long after the last window of a day a visit may still end; a price, see `day_prices`."
    )
    head_count: Annotated[int, Field(strict=True, ge=1, le=1000)] = Field(1, description="People in a group.")
    household: Id | None = Field(None, description="The household this person belongs to, if it is helped as well.")
    preferred_services: tuple[Id, ...] = Field((), description="Services the volunteer likes best; a wish.")

    @_model_validator(mode="after")
    def _ordered(self) -> Volunteer:
        if self.min_households > self.max_households:
            raise Fault("min_households", f"is {self.min_households}, above max_households {self.max_households}")
        return self


class Household(Model):
    """A home with at least one disabled person."""

    id: Id
    name: Text = ""
    area: Id | None = None
    location: Location
    priority: Priority = Field(2, description="Class 1 comes first.")
    tags: tuple[Id, ...] = ()
    required_traits: tuple[Id, ...] = Field((), description="Traits asked of everybody who comes.")
    refused: tuple[Id, ...] = Field((), description="Volunteers who are never sent here.")
    preferred: tuple[Id, ...] = Field((), description="Volunteers the household would like; a wish.")
    windows: tuple[Window, ...] = Field((), description="When somebody is in; the ordinary day if left out.")
    exceptions: tuple[DatedException, ...] = ()
    max_volunteers: Positive | None = Field(None, description="Most different volunteers; no limit if left out.")


class Role(Model):
    """Seats in a crew with demands of their own."""

    role: Id
    count: Positive = 1
    skills: tuple[SkillLevel, ...] = ()
    traits: tuple[Id, ...] = ()


class Crew(Model):
    """How many people come together; seats that no role takes are open to everybody."""

    min: Annotated[int, Field(strict=True, ge=1, le=1000)] = Field(1, description="Fewest people.")
    max: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = Field(
        None, description="Most people; `min` if left out."
    )
    roles: tuple[Role, ...] = ()

    @_model_validator(mode="after")
    def _ordered(self) -> Crew:
        if self.max is not None and self.max < self.min:
            raise Fault("max", f"is {self.max}, below min {self.min}")
        if self.max is not None and sum(role.count for role in self.roles) > self.max:
            raise Fault("roles", f"have more seats than max {self.max}")
        if len({role.role for role in self.roles}) < len(self.roles):
            raise Fault("roles", "name one role twice; use `count`")
        if any(role.role == "member" for role in self.roles):
            raise Fault("roles", "the name `member` is kept for the open seats; choose another")
        return self


class Frequency(Model):
    """How often; weeks and months are counted from the first day of the horizon."""

    count: Annotated[int, Field(strict=True, ge=1, le=366)] = 1
    per: Per = "month"
    min_gap_days: Annotated[int, Field(strict=True, ge=1, le=366)] = Field(
        1, description="Days from a visit to the next."
    )
    max_gap_days: Annotated[int, Field(strict=True, ge=1, le=366)] | None = None
    min_percent: Annotated[int, Field(strict=True, ge=1, le=100)] = Field(
        75, description="Share of the visits that must be possible for a pair to be worth making."
    )

    @_model_validator(mode="after")
    def _ordered(self) -> Frequency:
        if self.max_gap_days is not None and self.max_gap_days < self.min_gap_days:
            raise Fault("max_gap_days", f"is {self.max_gap_days}, below min_gap_days {self.min_gap_days}")
        return self


class Need(Model):
    """A household's request for one service."""

    id: Id
    household: Id
    service: Id
    skills: tuple[SkillLevel, ...] = Field((), description="Skills asked besides those of the service.")
    crew: Crew = Crew()
    minutes: Annotated[int, Field(strict=True, ge=1, le=1440)] | None = Field(
        None, description="The service's, if left out."
    )
    visits: Frequency = Frequency()
    channel: Channel | None = Field(None, description="The service's, if left out.")
    site: Id | None = Field(None, description="Where, for the channel `site`.")
    windows: tuple[Window, ...] = Field((), description="When this help makes sense; any time if left out.")
    priority: Priority | None = Field(None, description="The household's, if left out.")


class Event(Model):
    """An activity at a fixed time: assistance day, free clinic, campaign stop."""

    id: Id
    name: Text = ""
    service: Id | None = None
    area: Id | None = None
    day: Day
    start: Clock
    end: Clock
    location: Location | None = Field(None, description="Where; or give `site`.")
    site: Id | None = None
    crew: Crew = Crew()
    skills: tuple[SkillLevel, ...] = ()
    priority: Priority = 2

    @_model_validator(mode="after")
    def _ordered(self) -> Event:
        if self.end <= self.start:
            raise Fault("end", "is not after start; split an event that runs past midnight in two")
        if (self.location is None) == (self.site is None):
            raise Fault("location", "an event has either a `location` or a `site`")
        return self


class ExistingPair(Model):
    """A pair of the running plan."""

    volunteer: Id
    household: Id
    since: Day | None = None
    locked: Flag = Field(False, description="True: the pair must stay; a hard rule.")
    value: Annotated[int, Field(strict=True, ge=0, le=1000)] = Field(
        1, description="What ending the pair costs in the continuity term."
    )


class PastService(Model):
    """M16: what was done in earlier periods; kept for ledgers and fairness over time."""

    volunteer: Id
    household: Id
    need: Id | None = None
    done: Count = 0
    missed: Count = 0
    minutes: Minutes = 0
    rating: Annotated[int, Field(strict=True, ge=1, le=5)] | None = None


class Instance(Model):
    """Registers and policy: everything a solve needs to know."""

    format: Literal["pairsolve-instance"] = "pairsolve-instance"
    version: Annotated[int, Field(strict=True, ge=1)] = INSTANCE_VERSION
    name: Text = ""
    description: Text = ""
    horizon: Horizon
    travel: Travel = Field(default_factory=Travel)
    areas: tuple[Area, ...] = ()
    teams: tuple[Team, ...] = ()
    services: tuple[Service, ...] = ()
    sites: tuple[Site, ...] = ()
    volunteers: tuple[Volunteer, ...] = ()
    households: tuple[Household, ...] = ()
    needs: tuple[Need, ...] = ()
    events: tuple[Event, ...] = ()
    pairs: tuple[ExistingPair, ...] = Field((), description="Pairs of the running plan.")
    history: tuple[PastService, ...] = Field((), description="What was done in earlier periods.")
    rules: tuple[Rule, ...] = Field(default_factory=default_rules, description="The policy.")
    day_prices: DayPrices = Field(
        default_factory=DayPrices, description="What counts when the visits of a day are put in order."
    )
    objective: tuple[Tier, ...] = Field(
        default_factory=default_objective, min_length=1, description="Tiers, most important first."
    )
