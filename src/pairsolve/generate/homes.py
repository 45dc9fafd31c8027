"""Households: where they are, who lives there, who comes first, when somebody is in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from pairsolve.generate.catalogue import CATEGORIES, CATEGORY_SHARES, grade_table
from pairsolve.generate.dice import Dice, Flags, Floats, Ints
from pairsolve.generate.places import Ground
from pairsolve.instance import Household
from pairsolve.rules import DatedException, DayName, Span, Window
from pairsolve.setting import Location

FIRST_DAY = date(2027, 3, 1)
CLOSED_DAY = date(2027, 3, 12)  # tree-planting day: the volunteers plant trees
LAST_DAY = date(2027, 3, 28)

CHILD, ADULT, ELDERLY = range(3)
AGE_SHARES = (0.05, 0.42, 0.53)
# 4 % of disabled people share a home with another one: one home in 49 has two.
HOMES_PER_SHARED_HOME = 49
ALONE, LOW_INCOME = 0.18, 0.25
TWO_PERSONS, FEMALE_HELPER, TACTILE = 0.012, 0.03, 0.003
LANGUAGE_ASKED = 0.03

_WORKDAYS: tuple[DayName, ...] = ("mon", "tue", "wed", "thu", "fri")
_HOME_WINDOWS: tuple[tuple[Window, ...], ...] = (
    (),
    (Window(start=480, end=1260),),
    (Window(start=540, end=1200),),
    (Window(start=480, end=720), Window(start=840, end=1200)),
    (Window(start=600, end=1200, days=_WORKDAYS), Window(start=510, end=1230, days=("sat", "sun"))),
    (Window(start=1020, end=1260, days=_WORKDAYS), Window(start=480, end=1260, days=("sat", "sun"))),
)
_HOME_SHARES = (0.55, 0.12, 0.10, 0.10, 0.07, 0.06)
_AT_WORK = 5


@dataclass(frozen=True, slots=True)
class Homes:
    """Households as arrays, one entry each, sorted by community.

    Parameters
    ----------
    community
        Number of the community.
    lat, lon
        Where it is.
    category, second
        Category of disability of the first and the second disabled member; second is -1 where there is one.
    grade
        Grade 1 (most severe) to 4 of the first member.
    age
        `CHILD`, `ADULT` or `ELDERLY`.
    female, alone, low_income, two_persons
        Facts about the home; `two_persons`: helpers never come singly.
    priority
        Class 1 to 3.
    """

    community: Ints
    lat: Floats
    lon: Floats
    category: Ints
    second: Ints
    grade: Ints
    age: Ints
    female: Flags
    alone: Flags
    low_income: Flags
    two_persons: Flags
    priority: Ints

    def __len__(self) -> int:
        """Return the number of households."""
        return len(self.community)

    def disabled(self, num_communities: int) -> Ints:
        """Return the disabled residents of each community."""
        people = np.where(self.second >= 0, 2, 1)
        return np.bincount(self.community, weights=people, minlength=num_communities).astype(np.int64)


def draw_homes(ground: Ground, size: int, seed: int) -> Homes:
    """Draw households by the recipe: place, category, grade, age, circumstances and priority class."""
    dice = Dice(seed, "homes")
    community = np.sort(dice.pick(ground.disabled_weight(dice), size))
    lat, lon = dice.scatter(ground.lat[community], ground.lon[community], ground.spread_km(community))
    category = dice.pick(CATEGORY_SHARES, size)
    shared = np.zeros(size, np.bool_)
    shared[dice.sample(np.ones(size), round(size / HOMES_PER_SHARED_HOME))] = True
    second = np.where(shared, dice.pick(CATEGORY_SHARES, size), -1)
    grade = 1 + dice.pick_by_row(grade_table(), category)
    age = dice.pick(AGE_SHARES, size)
    alone = dice.whether(ALONE, size) & (age != CHILD) & ~shared
    low_income = dice.whether(LOW_INCOME, size)
    severe = grade <= 2
    return Homes(
        community=community, lat=lat, lon=lon, category=category, second=second, grade=grade, age=age,
        female=dice.whether(0.45, size), alone=alone, low_income=low_income,
        two_persons=dice.whether(TWO_PERSONS, size),
        priority=np.where(severe, np.where(alone | low_income, 1, 2), 3).astype(np.int64),
    )  # fmt: skip


def build_households(
    ground: Ground, homes: Homes, seed: int, refused: dict[int, tuple[str, ...]], preferred: dict[int, tuple[str, ...]]
) -> tuple[Household, ...]:
    """Turn the arrays into households, with the volunteers that some refuse or would like."""
    dice = Dice(seed, "home windows")
    size = len(homes)
    windows = dice.pick(_HOME_SHARES, size)
    can_work = (homes.age == ADULT) & (homes.grade >= 3)
    windows = np.where((windows == _AT_WORK) & ~can_work, 0, windows).tolist()
    exceptions = _exceptions(dice, size)
    traits = _traits(dice, ground, homes)
    limit = np.where(dice.whether(0.15, size), 3 + dice.pick((2, 1), size), 0).tolist()
    tags = _tags(homes)
    width = len(str(size))
    rows = zip(homes.community.tolist(), homes.lat.tolist(), homes.lon.tolist(), homes.priority.tolist(), strict=True)
    return tuple(
        Household(
            id=f"H{number + 1:0{width}d}", area=ground.code[community], location=Location(lat=lat, lon=lon),
            priority=priority, tags=tags[number], required_traits=traits[number],
            windows=_HOME_WINDOWS[windows[number]],
            refused=refused.get(number, ()), preferred=preferred.get(number, ()),
            exceptions=exceptions[number], max_volunteers=limit[number] or None,
        )
        for number, (community, lat, lon, priority) in enumerate(rows)
    )  # fmt: skip


def _tags(homes: Homes) -> list[tuple[str, ...]]:
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}
    tags = []
    for category, second, grade, age, alone, low_income, two in zip(
        homes.category.tolist(), homes.second.tolist(), homes.grade.tolist(), homes.age.tolist(),
        homes.alone.tolist(), homes.low_income.tolist(), homes.two_persons.tolist(), strict=True,
    ):  # fmt: skip
        facts = [f"category:{CATEGORIES[category]}"]
        if second >= 0 and second != category:
            facts.append(f"category:{CATEGORIES[second]}")
        flags = {"severe": grade <= 2, "alone": alone, "low_income": low_income, "child": age == CHILD}
        flags |= {"elderly": age == ELDERLY, "shared_home": second >= 0, "two_persons": two}
        key = (*facts, *(name for name, holds in flags.items() if holds))
        tags.append(shared.setdefault(key, key))
    return tags


def _traits(dice: Dice, ground: Ground, homes: Homes) -> list[tuple[str, ...]]:
    """Return the traits asked: a woman as helper, a language, and one (tactile signing) that nobody has."""
    size = len(homes)
    woman = dice.whether(FEMALE_HELPER, size) & homes.female
    languages = ground.preset.languages
    asks = dice.whether(LANGUAGE_ASKED, size) & (homes.age == ELDERLY)
    which = dice.pick([1.0] * max(1, len(languages)), size).tolist()
    tactile = np.zeros(size, np.bool_)
    tactile[dice.sample(np.ones(size), max(1, dice.rounded(TACTILE * size)))] = True
    traits: list[tuple[str, ...]] = [()] * size
    for number in np.flatnonzero(woman | asks | tactile).tolist():
        traits[number] = (
            *(("gender:female",) if woman[number] else ()),
            *((f"language:{languages[which[number]]}",) if languages and asks[number] else ()),
            *(("communication:tactile_signing",) if tactile[number] else ()),
        )
    return traits


def _exceptions(dice: Dice, size: int) -> list[tuple[DatedException, ...]]:
    """Return absences of a few days for some, and shorter days for others."""
    kind = dice.pick((0.96, 0.025, 0.015), size)
    first = dice.pick(np.ones(24), size)
    exceptions: list[tuple[DatedException, ...]] = [()] * size
    for number in np.flatnonzero(kind).tolist():
        start = FIRST_DAY + timedelta(days=int(first[number]))
        if kind[number] == 1:
            last = min(LAST_DAY, start + timedelta(days=4))
            exceptions[number] = (DatedException(first=start, last=last),)
        else:
            exceptions[number] = (DatedException(first=start, windows=(Span(start=840, end=1140),)),)
    return exceptions
