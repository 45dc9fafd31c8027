"""The register of volunteers: weekly windows, absences, credentials, channels and wishes."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from pairsolve.generate.catalogue import CERTIFIED, SKILL_SHARES
from pairsolve.generate.dice import Dice, Ints
from pairsolve.generate.homes import FIRST_DAY, LAST_DAY
from pairsolve.generate.places import Ground
from pairsolve.generate.teams import KINDS
from pairsolve.generate.volunteers import MODES, People
from pairsolve.instance import HeldSkill, Household, Volunteer
from pairsolve.rules import Channel, DatedException, DayName, Span, Window
from pairsolve.setting import Location

_WORKDAYS: tuple[DayName, ...] = ("mon", "tue", "wed", "thu", "fri")
_WEEKEND: tuple[DayName, ...] = ("sat", "sun")
_PATTERNS: tuple[tuple[Window, ...], ...] = (
    (),
    (Window(start=510, end=1050, days=_WORKDAYS),),
    (Window(start=1080, end=1230, days=_WORKDAYS), Window(start=510, end=1200, days=_WEEKEND)),
    (Window(start=510, end=1200, days=_WEEKEND),),
    (Window(start=510, end=1140, days=("sat",)),),
    (Window(start=510, end=1140, days=("sun",)),),
    (Window(start=1065, end=1230, days=_WORKDAYS),),
    (Window(start=480, end=720),),
    (Window(start=810, end=1080, days=("wed", "fri")), Window(start=510, end=1080, days=("sat",))),
)
_ANY, _WORKING, _EVENINGS_WEEKEND, _WEEKENDS, _SATURDAY, _SUNDAY, _EVENINGS, _MORNINGS, _SCHOOL = range(9)
# Shares by kind of team, in the order of `KINDS`; columns as above.
_SHARES = np.array(
    (
        (0.34, 0.16, 0.18, 0.10, 0.03, 0.03, 0.06, 0.10, 0.00),  # neighbours: many are retired
        (0.30, 0.60, 0.10, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00),  # station
        (0.05, 0.00, 0.30, 0.30, 0.08, 0.07, 0.00, 0.00, 0.20),  # school
        (0.20, 0.25, 0.25, 0.20, 0.05, 0.05, 0.00, 0.00, 0.00),  # hospital
        (0.05, 0.05, 0.35, 0.35, 0.10, 0.10, 0.00, 0.00, 0.00),  # company
        (0.45, 0.15, 0.15, 0.10, 0.00, 0.00, 0.05, 0.10, 0.00),  # association
    )
)
_GROUP_PATTERNS = (_SATURDAY, _SUNDAY, _SCHOOL, _WEEKENDS)
_GROUP_NAME = "志愿班 class or works team"
AWAY = 0.04
CHANNELS: tuple[tuple[Channel, ...], ...] = (("home", "phone", "site"), ("home", "site"), ("phone",))
_CHANNEL_SHARES = (0.90, 0.06, 0.04)
WITH_EXPIRY, EXPIRED = 0.35, 0.06
_WISHES = (("company",), ("errands", "housekeeping"), ("culture",), ("phone",), ("tutoring",), ("company", "culture"))


def build_volunteers(
    ground: Ground, people: People, households: tuple[Household, ...], seed: int
) -> tuple[Volunteer, ...]:
    """Turn the arrays into volunteers."""
    dice = Dice(seed, "register")
    size = len(people)
    pattern = _patterns(people, dice)
    absences = _absences(dice, size)
    skills = _credentials(people, dice)
    channels = _channels(people, dice)
    wishes = np.where(dice.whether(0.08, size), 1 + dice.pick(np.ones(len(_WISHES)), size), 0).tolist()
    weekly = (dice.whether(0.25, size) & (people.minutes >= 240)).tolist()
    per_week = np.where(dice.whether(0.1, size), 2 + dice.pick((2, 1, 1), size), 0).tolist()
    one_a_day = dice.whether(0.15, size).tolist()
    traits = _traits(ground, people, dice)
    width = len(str(size))
    rows = zip(
        people.community.tolist(), people.lat.tolist(), people.lon.tolist(), people.mode.tolist(),
        people.reach.tolist(), people.minutes.tolist(), people.cap.tolist(), people.group.tolist(),
        people.home.tolist(), strict=True,
    )  # fmt: skip
    return tuple(
        Volunteer(
            id=f"V{number + 1:0{width}d}", name=_GROUP_NAME if group > 1 else "", team=people.team[number],
            area=ground.code[community], location=Location(lat=lat, lon=lon), mode=MODES[mode], reach_minutes=reach,
            skills=skills[number], traits=traits[number] if group == 1 else (), windows=_PATTERNS[pattern[number]],
            exceptions=absences[number], channels=channels[number], max_households=cap,
            minutes_per_week=max(120, minutes * 3 // 8) if weekly[number] else None, minutes_per_month=minutes,
            visits_per_day=1 if one_a_day[number] else 2, visits_per_week=per_week[number] or None, head_count=group,
            household=households[home].id if home >= 0 else None,
            preferred_services=("company", "culture") if group > 1 else ((), *_WISHES)[wishes[number]],
        )
        for number, (community, lat, lon, mode, reach, minutes, cap, group, home) in enumerate(rows)
    )  # fmt: skip


def _patterns(people: People, dice: Dice) -> list[int]:
    pattern = dice.pick_by_row(_SHARES, people.kind)
    for group, chosen in zip(
        np.flatnonzero(people.group > 1).tolist(),
        dice.pick(np.ones(len(_GROUP_PATTERNS)), int((people.group > 1).sum())).tolist(),
        strict=True,
    ):
        pattern[group] = _GROUP_PATTERNS[chosen]
    numbers: list[int] = pattern.tolist()
    return numbers


def _absences(dice: Dice, size: int) -> list[tuple[DatedException, ...]]:
    """Return dated exceptions: some are away for some days, some have other hours on one day."""
    chosen = np.flatnonzero(dice.whether(AWAY, size)).tolist()
    first = dice.pick(np.ones(22), len(chosen)).tolist()
    days = dice.choose((2, 4, 6, 9), (2, 2, 2, 1), len(chosen))
    other_hours = dice.whether(0.3, len(chosen)).tolist()
    absences: list[tuple[DatedException, ...]] = [()] * size
    for number, start, length, hours in zip(chosen, first, days, other_hours, strict=True):
        day = FIRST_DAY + timedelta(days=start)
        if hours:
            absences[number] = (DatedException(first=day, windows=(Span(start=540, end=720),)),)
        else:
            absences[number] = (DatedException(first=day, last=min(LAST_DAY, day + timedelta(days=length))),)
    return absences


def _credentials(people: People, dice: Dice) -> list[tuple[HeldSkill, ...]]:
    """Return the skills of each; some credentials have a last day, and a few of these have passed."""
    names = list(SKILL_SHARES)
    rows, columns = np.nonzero(people.skills)
    level_two = dice.whether(0.4, len(rows)).tolist()
    dated = dice.whether(WITH_EXPIRY, len(rows)).tolist()
    passed = dice.whether(EXPIRED / WITH_EXPIRY, len(rows)).tolist()
    days = dice.pick(np.ones(300), len(rows)).tolist()
    held: dict[int, list[HeldSkill]] = {}
    for row, column, level, has_date, past, day in zip(
        rows.tolist(), columns.tolist(), level_two, dated, passed, days, strict=True
    ):
        name = names[column]
        expires: date | None = None
        if has_date and name in CERTIFIED:
            expires = FIRST_DAY - timedelta(days=day % 60) if past else LAST_DAY + timedelta(days=30 + day)
        high = level and name in ("nursing", "rehabilitation")
        held.setdefault(row, []).append(HeldSkill(skill=name, level=2 if high else 1, expires=expires))
    return [tuple(held.get(number, ())) for number in range(len(people))]


def _channels(people: People, dice: Dice) -> list[tuple[Channel, ...]]:
    size = len(people)
    chosen = dice.pick(_CHANNEL_SHARES, size)
    # Some recipients help from home only; nobody who comes with a class or a rare skill is asked to phone only.
    crafted = people.skills.any(axis=1)
    chosen = np.where((people.home >= 0) & ~crafted, np.where(dice.whether(0.5, size), 2, 0), chosen)
    chosen = np.where((crafted | (people.group > 1)) & (chosen == 2), 0, chosen)
    return [CHANNELS[position] for position in chosen.tolist()]


def _traits(ground: Ground, people: People, dice: Dice) -> list[tuple[str, ...]]:
    languages = ground.preset.languages
    party = (dice.whether(0.08, len(people)) & (people.kind != KINDS.index("school"))).tolist()
    traits = []
    for woman, member, spoken in zip(people.woman.tolist(), party, people.languages.tolist(), strict=True):
        gender = "gender:female" if woman else "gender:male"
        known = (f"language:{name}" for name, speaks in zip(languages, spoken, strict=True) if speaks)
        traits.append((gender, *known, *(("party_member",) if member else ())))
    return traits


def team_members(people: People) -> dict[str, Ints]:
    """Return the numbers of the volunteers of each team that has any, in the order of the register."""
    members: dict[str, list[int]] = {}
    for number, team in enumerate(people.team):
        members.setdefault(team, []).append(number)
    return {team: np.array(numbers, np.int64) for team, numbers in members.items()}
