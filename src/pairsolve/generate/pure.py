"""Pure instances: one need for one person per household, caps of 1 to 3, no hours, no rules; an assignment problem.

Some households have somebody already, or a wish, so that continuity and preference cost something as well as travel.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
from scipy.spatial import cKDTree

from pairsolve.generate.dice import Dice, Floats, Ints
from pairsolve.generate.homes import FIRST_DAY, Homes, draw_homes
from pairsolve.generate.places import Ground
from pairsolve.generate.policy import build_horizon, build_travel
from pairsolve.generate.volunteers import MODES, MODES_URBAN, MODES_VILLAGE
from pairsolve.instance import ExistingPair, Household, Instance, Need, Service, Volunteer
from pairsolve.setting import Location

_REACH = np.array((20, 30, 40, 30))  # by mode
_CAP_SHARES = (0.4, 0.4, 0.2)
_PAIRED, _PREFERRED = 0.15, 0.1
_NEAREST = 12
_DAYS_OF_PAIRS = 700


def build_pure(
    ground: Ground, num_households: int, num_volunteers: int, seed: int, report: Callable[[str, int, int], None]
) -> Instance:
    """Return a plain assignment instance on the same ground and with the same households as the rich one."""
    report("volunteers", 1, 3)
    homes = draw_homes(ground, num_households, seed)
    homes_by_community = np.bincount(homes.community, minlength=len(ground.code)).astype(np.int64)
    volunteers, lat, lon = _volunteers(ground, homes_by_community, num_volunteers, seed)
    report("households", 2, 3)
    caps = np.array([one.max_households for one in volunteers], np.int64)
    known, since, value, liked = _acquainted(homes, lat, lon, caps, seed)
    width = len(str(num_households))
    rows = zip(
        homes.community.tolist(), homes.lat.tolist(), homes.lon.tolist(), homes.priority.tolist(), liked, strict=True
    )
    households = tuple(
        Household(
            id=f"H{number + 1:0{width}d}", area=ground.code[community], location=Location(lat=lat, lon=lon),
            priority=priority, preferred=() if wish < 0 else (volunteers[wish].id,),
        )
        for number, (community, lat, lon, priority, wish) in enumerate(rows)
    )  # fmt: skip
    pairs = tuple(
        ExistingPair(
            volunteer=volunteers[who].id, household=households[home].id,
            since=FIRST_DAY - timedelta(days=30 + since[home]), value=value[home],
        )
        for home, who in enumerate(known)
        if who >= 0
    )  # fmt: skip
    return Instance(
        name=f"{ground.preset.title}, pure, {num_households} households, {num_volunteers} volunteers, seed {seed}",
        description="Real places, invented people; made by `pairsolve.generate(..., kind='pure')`.",
        horizon=build_horizon(), travel=build_travel(), areas=ground.areas(homes.disabled(len(ground.code))),
        services=(Service(id="visit", name="走访 visit"),), volunteers=volunteers, households=households,
        needs=tuple(Need(id=f"{home.id}-1", household=home.id, service="visit") for home in households), pairs=pairs,
        rules=(),
    )  # fmt: skip


def _acquainted(
    homes: Homes, lat: Floats, lon: Floats, caps: Ints, seed: int
) -> tuple[list[int], list[int], list[int], list[int]]:
    """Return by household the volunteer of its existing pair, its days and value, and whom it would like; −1 = nobody.

    All are among the nearest dozen, and nobody has more pairs than the cap allows.
    """
    dice, size = Dice(seed, "pure running plan"), len(homes)
    middle = np.cos(np.radians(float(homes.lat.mean())))
    tree = cKDTree(np.column_stack([lat, lon * middle]))
    count = min(_NEAREST, len(lat))
    found = tree.query(np.column_stack([homes.lat, homes.lon * middle]), k=count)[1].reshape(size, count)
    partner = found[np.arange(size), dice.pick(np.ones(count), size)]
    paired = dice.whether(_PAIRED, size)
    order = np.flatnonzero(paired)
    order = order[np.argsort(partner[order], kind="stable")]
    before = np.arange(len(order)) - np.searchsorted(partner[order], partner[order])
    paired[order[before >= caps[partner[order]]]] = False
    liked = found[np.arange(size), dice.pick(np.ones(count), size)]
    return (
        np.where(paired, partner, -1).tolist(),
        dice.pick(np.ones(_DAYS_OF_PAIRS), size).tolist(),
        np.where(dice.whether(0.2, size), 3, 1).tolist(),
        np.where(dice.whether(_PREFERRED, size), liked, -1).tolist(),
    )


def _volunteers(ground: Ground, homes: Ints, size: int, seed: int) -> tuple[tuple[Volunteer, ...], Floats, Floats]:
    """Return the volunteers, with latitudes and longitudes."""
    dice = Dice(seed, "pure volunteers")
    near = dice.whether(0.42, size)
    community = np.where(near, dice.pick(homes + 0.25, size), dice.pick(ground.volunteer_weight(), size))
    lat, lon = dice.scatter(ground.lat[community], ground.lon[community], ground.spread_km(community))
    mode = np.where(ground.village[community], dice.pick(MODES_VILLAGE, size), dice.pick(MODES_URBAN, size))
    cap = 1 + dice.pick(_CAP_SHARES, size)
    width = len(str(size))
    reaches = _REACH[mode].tolist()
    rows = zip(community.tolist(), lat.tolist(), lon.tolist(), mode.tolist(), reaches, cap.tolist(), strict=True)
    people = tuple(
        Volunteer(
            id=f"V{number + 1:0{width}d}", area=ground.code[where], location=Location(lat=north, lon=east),
            mode=MODES[way], reach_minutes=reach, max_households=most,
        )
        for number, (where, north, east, way, reach, most) in enumerate(rows)
    )  # fmt: skip
    return people, lat, lon
