"""A city without geography: places drawn evenly over a square, eight skills, on average 1.2 places for a household."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from pairsolve.instance import Area, ExistingPair, HeldSkill, Household, Instance, Need, Service, SkillLevel, Volunteer
from pairsolve.setting import Horizon, Location, Mode, Travel

SKILLS = 8
SIDE_KM = 20.0
SOUTH, WEST, KM_PER_DEGREE = 22.75, 108.25, 111.0
FIRST_DAY = date(2026, 1, 5)
REACH = 30  # minutes on foot: about 2 km
PAIRED, PREFERRED, NEAREST = 0.15, 0.1, 12
Floats = npt.NDArray[np.float64]


def even_city(households: int, volunteers: int, *, car: bool, seed: int = 1) -> Instance:
    """Return a pure instance: one need for one of eight skills per household, volunteers with one to three of them.

    Parameters
    ----------
    households, volunteers
        Its size.
    car
        Everybody drives for up to an hour, instead of walking for half an hour.
    seed
        Of all draws.
    """
    rng = np.random.default_rng(seed)
    homes, people = _places(rng, households), _places(rng, volunteers)
    caps, skilled = rng.integers(1, 4, volunteers), rng.integers(1, 4, volunteers)
    ranks = np.argsort(rng.random((volunteers, SKILLS)), axis=1)  # a permutation of the skills each
    asked = rng.integers(SKILLS, size=households)
    held = ranks < skilled[:, None]
    partner = _known(rng, homes, people, held, asked)
    paired, liked = rng.random(households) < PAIRED, rng.random(households) < PREFERRED
    mode, reach = ("car", 60) if car else ("walk", REACH)
    return Instance(
        name=f"even city, {households} households, {volunteers} volunteers, seed {seed}",
        horizon=Horizon(first_day=FIRST_DAY, last_day=FIRST_DAY + timedelta(days=27)),
        travel=Travel(modes={"walk": Mode(speed_kmh=5, detour=1.25), "car": Mode(speed_kmh=30, detour=1.25)}),
        areas=(Area(id="city", name="even city"),),
        services=tuple(
            Service(id=f"s{skill}", name=f"s{skill}", skills=(SkillLevel(skill=f"k{skill}"),))
            for skill in range(SKILLS)
        ),
        volunteers=tuple(
            Volunteer(
                id=f"V{number}", area="city", location=_location(place), mode=mode, reach_minutes=reach,
                max_households=cap, skills=tuple(HeldSkill(skill=f"k{skill}") for skill in np.flatnonzero(mine)),
            )
            for number, (place, cap, mine) in enumerate(zip(people, caps.tolist(), held, strict=True))
        ),
        households=tuple(
            Household(
                id=f"H{number}", area="city", location=_location(place),
                preferred=(f"V{who}",) if wish and who >= 0 else (),
            )
            for number, (place, who, wish) in enumerate(zip(homes, partner.tolist(), liked.tolist(), strict=True))
        ),
        needs=tuple(
            Need(id=f"N{number}", household=f"H{number}", service=f"s{skill}")
            for number, skill in enumerate(asked.tolist())
        ),
        pairs=tuple(
            ExistingPair(volunteer=f"V{who}", household=f"H{number}", since=FIRST_DAY - timedelta(days=100))
            for number, who in enumerate(partner.tolist())
            if paired[number] and who >= 0
        ),
    )  # fmt: skip


def _places(rng: np.random.Generator, size: int) -> Floats:
    """Return kilometres north and east of the corner, shape (size, 2)."""
    return rng.random((size, 2)) * SIDE_KM


def _location(place: Floats) -> Location:
    north, east = place.tolist()
    east /= KM_PER_DEGREE * np.cos(np.radians(SOUTH))
    return Location(lat=SOUTH + north / KM_PER_DEGREE, lon=WEST + east)


def _known(
    rng: np.random.Generator, homes: Floats, people: Floats, held: npt.NDArray[np.bool_], asked: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return for each household one of the dozen nearest volunteers who can help, −1 where none of them can."""
    count = min(NEAREST, len(people))
    near = cKDTree(people).query(homes, k=count)[1].reshape(len(homes), count)
    near = np.take_along_axis(near, np.argsort(rng.random(near.shape), axis=1), axis=1)
    able = held[near, asked[:, None]]
    first = np.argmax(able, axis=1)
    return np.where(able.any(axis=1), near[np.arange(len(homes)), first], -1)
