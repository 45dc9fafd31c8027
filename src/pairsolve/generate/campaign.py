"""Two short undertakings on real ground: a visiting campaign of officials, and an assistance day with clinic crews."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np

from pairsolve.generate.dice import Dice, Ints
from pairsolve.generate.homes import Homes, draw_homes
from pairsolve.generate.places import Ground
from pairsolve.generate.policy import build_travel
from pairsolve.generate.teams import build_sites
from pairsolve.instance import (
    Crew,
    Event,
    Frequency,
    HeldSkill,
    Household,
    Instance,
    Need,
    Role,
    Service,
    Site,
    SkillLevel,
    Team,
    Volunteer,
)
from pairsolve.rules import Window
from pairsolve.setting import Horizon, Location

Report = Callable[[str, int, int], None]

CAMPAIGN_DAYS = (date(2027, 1, 28), date(2027, 1, 29))  # the week before the Spring Festival
ASSISTANCE_DAYS = (date(2027, 5, 15), date(2027, 5, 16))  # the national day of helping disabled people: a Sunday in May
OFFICE_HOURS = (Window(start=510, end=720), Window(start=840, end=1080))
VISIT, CLINIC_VISIT = 20, 15
SPARE = 1.3  # places in the teams' lists, for each household
WITH_DOCTOR = 0.1  # of the households: a doctor comes along
CLINIC = {"doctor": 2, "nurse": 2, "hairdresser": 3, "technician": 1, "lawyer": 1}
CLINIC_MEMBERS = 4


def build_campaign(ground: Ground, num_households: int, num_teams: int, seed: int, report: Report) -> Instance:
    """Return a campaign: teams of officials from the offices of the streets, a doctor along where one is needed.

    Parameters
    ----------
    ground
        Where.
    num_households, num_teams
        Households, each visited once within two days, and teams, every sixth of them doctors.
    seed
        Start of every draw.
    report
        Told about each step.
    """
    homes, households, offices, by_town = _settled(ground, num_households, seed, report)
    dice = Dice(seed, "campaign")
    doctors = max(1, num_teams // 6)
    town_of = _shared_out(by_town, num_teams - doctors)
    most = int(np.ceil(SPARE * num_households / max(1, num_teams - doctors)))
    teams = [
        Volunteer(
            id=f"team-{number + 1:02d}", name=f"慰问{number + 1}组 team {number + 1}", team="officials",
            area=ground.town_code[town], location=offices[town].location, mode="car", reach_minutes=90,
            windows=OFFICE_HOURS, max_households=most, visits_per_day=most,
            head_count=3,
        )
        for number, town in enumerate(town_of)
    ]  # fmt: skip
    teams += [
        Volunteer(
            id=f"doctors-{number + 1:02d}", name=f"医疗{number + 1}组 doctors {number + 1}", team="hospital",
            area=ground.town_code[number % len(offices)], location=offices[number % len(offices)].location, mode="car",
            reach_minutes=90, windows=OFFICE_HOURS, head_count=2, skills=(HeldSkill(skill="medicine"),),
            max_households=most, visits_per_day=most,
        )
        for number in range(doctors)
    ]  # fmt: skip
    report("needs", 3, 3)
    medical = dice.whether(WITH_DOCTOR, num_households).tolist()
    both = Crew(min=2, max=2, roles=(Role(role="doctor", skills=(SkillLevel(skill="medicine"),)),))
    needs = tuple(
        Need(
            id=f"{home.id}-1", household=home.id, service="visit", visits=Frequency(count=1, per="horizon"),
            crew=both if medical[number] else Crew(),
        )
        for number, home in enumerate(households)
    )  # fmt: skip
    return Instance(
        name=f"{ground.preset.title}, campaign: {num_households} households, {num_teams} teams, two days, seed {seed}",
        description="Real places, invented people; made by `pairsolve generate --kind campaign`.",
        horizon=_horizon(CAMPAIGN_DAYS), travel=build_travel(), areas=ground.areas(homes.disabled(len(ground.code))),
        teams=(Team(id="officials", name="机关干部 officials"), Team(id="hospital", name="医院 hospital")),
        services=(Service(id="visit", name="节前慰问 visit before the festival", minutes=VISIT),),
        volunteers=tuple(teams), households=households, needs=needs, rules=(),
    )  # fmt: skip


def build_assistance_day(
    ground: Ground, num_households: int, num_volunteers: int, seed: int, report: Report
) -> Instance:
    """Return an assistance day: a clinic in every street staffed by role, and visits at home for those who cannot come.

    Parameters
    ----------
    ground, seed, report
        As in `build_campaign`.
    num_households, num_volunteers
        Households who cannot come and are visited, and people who help.
    """
    homes, households, sites, by_town = _settled(ground, num_households, seed, report)
    dice = Dice(seed, "assistance day")
    skills = [role for role, count in CLINIC.items() for _ in range(count)] + [""] * CLINIC_MEMBERS
    place = dice.pick(tuple(by_town / by_town.sum()), num_volunteers).tolist()
    width = len(str(num_volunteers))
    volunteers = tuple(
        Volunteer(
            id=f"V{number + 1:0{width}d}", area=ground.town_code[place[number]], location=sites[place[number]].location,
            mode="ebike", reach_minutes=45, windows=OFFICE_HOURS, max_households=2, visits_per_day=4,
            skills=(HeldSkill(skill=skills[number % len(skills)]),) if skills[number % len(skills)] else (),
        )
        for number in range(num_volunteers)
    )  # fmt: skip
    report("needs", 3, 3)
    roles = tuple(Role(role=role, count=count, skills=(SkillLevel(skill=role),)) for role, count in CLINIC.items())
    seats = sum(CLINIC.values())
    events = tuple(
        Event(
            id=f"clinic-{code}", name=f"{ground.town_name[town]}助残日义诊 free clinic", area=code,
            day=ASSISTANCE_DAYS[town % 2], start=540, end=720, site=sites[town].id, priority=1,
            crew=Crew(min=seats, max=seats + CLINIC_MEMBERS, roles=roles),
        )
        for town, code in enumerate(ground.town_code)
    )  # fmt: skip
    needs = tuple(
        Need(id=f"{home.id}-1", household=home.id, service="visit", visits=Frequency(count=1, per="horizon"))
        for home in households
    )
    return Instance(
        name=f"{ground.preset.title}, assistance day: {num_households} homes, {num_volunteers} people, seed {seed}",
        description="Real places, invented people; made by `pairsolve generate --kind assistance-day`.",
        horizon=_horizon(ASSISTANCE_DAYS), travel=build_travel(), areas=ground.areas(homes.disabled(len(ground.code))),
        services=(Service(id="visit", name="上门慰问 visit at home", minutes=CLINIC_VISIT),),
        sites=sites, volunteers=volunteers, households=households, needs=needs, events=events, rules=(),
    )  # fmt: skip


def _horizon(days: tuple[date, date]) -> Horizon:
    return Horizon(first_day=days[0], last_day=days[1], day_start=480, day_end=1080, slot_minutes=5)


def _settled(
    ground: Ground, num_households: int, seed: int, report: Report
) -> tuple[Homes, tuple[Household, ...], tuple[Site, ...], Ints]:
    """Return homes and households, the office of every town, and how many homes each town has."""
    report("households", 1, 3)
    homes = draw_homes(ground, num_households, seed)
    offices = build_sites(ground)[: len(ground.town_code)]
    by_town = np.bincount(ground.town[homes.community], minlength=len(offices)).astype(np.int64)
    report("volunteers", 2, 3)
    return homes, _households(ground, homes), offices, by_town


def _households(ground: Ground, homes: Homes) -> tuple[Household, ...]:
    width = len(str(len(homes)))
    rows = zip(homes.community.tolist(), homes.lat.tolist(), homes.lon.tolist(), homes.priority.tolist(), strict=True)
    return tuple(
        Household(
            id=f"H{number + 1:0{width}d}", area=ground.code[community], location=Location(lat=lat, lon=lon),
            priority=priority,
        )
        for number, (community, lat, lon, priority) in enumerate(rows)
    )  # fmt: skip


def _shared_out(weights: Ints, count: int) -> list[int]:
    """Share a number out by weight, largest remainders first, at least one each while there are enough."""
    first = np.arange(len(weights)) if count >= len(weights) else np.argsort(-weights, kind="stable")[:count]
    left = count - len(first)
    quota = left * weights / max(1, weights.sum())
    whole = np.floor(quota).astype(np.int64)
    order = np.argsort(whole - quota, kind="stable")[: left - int(whole.sum())]
    whole[order] += 1
    return sorted([*first.tolist(), *np.repeat(np.arange(len(weights)), whole).tolist()])
