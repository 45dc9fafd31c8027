"""Pure instances: one need for one person per household, caps of 1 to 3, no hours, no rules; an assignment problem."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pairsolve.generate.dice import Dice, Ints
from pairsolve.generate.homes import draw_homes
from pairsolve.generate.places import Ground
from pairsolve.generate.policy import build_horizon, build_travel
from pairsolve.generate.volunteers import MODES, MODES_URBAN, MODES_VILLAGE
from pairsolve.instance import Household, Instance, Need, Service, Volunteer
from pairsolve.setting import Location

_REACH = np.array((20, 30, 40, 30))  # by mode
_CAP_SHARES = (0.4, 0.4, 0.2)


def build_pure(
    ground: Ground, num_households: int, num_volunteers: int, seed: int, report: Callable[[str, int, int], None]
) -> Instance:
    """Return a plain assignment instance on the same ground and with the same households as the rich one."""
    report("households", 1, 3)
    homes = draw_homes(ground, num_households, seed)
    width = len(str(num_households))
    rows = zip(homes.community.tolist(), homes.lat.tolist(), homes.lon.tolist(), homes.priority.tolist(), strict=True)
    households = tuple(
        Household(
            id=f"H{number + 1:0{width}d}", area=ground.code[community], location=Location(lat=lat, lon=lon),
            priority=priority,
        )
        for number, (community, lat, lon, priority) in enumerate(rows)
    )  # fmt: skip
    report("volunteers", 2, 3)
    homes_by_community = np.bincount(homes.community, minlength=len(ground.code)).astype(np.int64)
    volunteers = _volunteers(ground, homes_by_community, num_volunteers, seed)
    return Instance(
        name=f"{ground.preset.title}, pure, {num_households} households, {num_volunteers} volunteers, seed {seed}",
        description="Real places, invented people; made by `pairsolve.generate(..., kind='pure')`.",
        horizon=build_horizon(), travel=build_travel(), areas=ground.areas(homes.disabled(len(ground.code))),
        services=(Service(id="visit", name="走访 visit"),), volunteers=volunteers, households=households,
        needs=tuple(Need(id=f"{home.id}-1", household=home.id, service="visit") for home in households), rules=(),
    )  # fmt: skip


def _volunteers(ground: Ground, homes: Ints, size: int, seed: int) -> tuple[Volunteer, ...]:
    dice = Dice(seed, "pure volunteers")
    near = dice.whether(0.42, size)
    community = np.where(near, dice.pick(homes + 0.25, size), dice.pick(ground.volunteer_weight(), size))
    lat, lon = dice.scatter(ground.lat[community], ground.lon[community], ground.spread_km(community))
    mode = np.where(ground.village[community], dice.pick(MODES_VILLAGE, size), dice.pick(MODES_URBAN, size))
    cap = 1 + dice.pick(_CAP_SHARES, size)
    width = len(str(size))
    reaches = _REACH[mode].tolist()
    rows = zip(community.tolist(), lat.tolist(), lon.tolist(), mode.tolist(), reaches, cap.tolist(), strict=True)
    return tuple(
        Volunteer(
            id=f"V{number + 1:0{width}d}", area=ground.code[where], location=Location(lat=north, lon=east),
            mode=MODES[way], reach_minutes=reach, max_households=most,
        )
        for number, (where, north, east, way, reach, most) in enumerate(rows)
    )  # fmt: skip
