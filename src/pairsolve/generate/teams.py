"""Teams and sites: the tree of organisations that volunteers come from, and the centres of the towns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pairsolve.generate.dice import Dice, Ints
from pairsolve.generate.places import Ground
from pairsolve.instance import Site, Team
from pairsolve.rules import DayName, Window
from pairsolve.setting import Location

KINDS = ("neighbours", "station", "school", "hospital", "company", "association")
KIND_SHARES = (0.42, 0.12, 0.15, 0.08, 0.13, 0.10)
_PLURALS = {"school": "schools", "hospital": "hospitals", "company": "companies"}
_PEOPLE_PER_TEAM = {"school": 120, "hospital": 300, "company": 130}
_NAMES = {"school": "学校助残队 school", "hospital": "医院助残队 hospital", "company": "企业助残队 company"}
_ASSOCIATIONS = (
    ("physical", "肢残人协会 association of people with physical disability"),
    ("visual", "盲人协会 association of the blind"),
    ("hearing", "聋人协会 association of the deaf"),
    ("intellectual", "智力残疾人及亲友协会 association of people with intellectual disability and their families"),
    ("mental", "精神残疾人及亲友协会 association of people with mental disability and their families"),
)
_OPEN_DAYS: tuple[DayName, ...] = ("mon", "tue", "wed", "thu", "fri", "sat")
_OPEN = (Window(start=510, end=1080, days=_OPEN_DAYS), Window(start=1080, end=1230, days=("wed",)))
WORKSHOP_SEATS = 2


@dataclass(frozen=True, slots=True)
class Teams:
    """The tree of teams, and which of them lie in which town.

    Parameters
    ----------
    tree
        All teams, parents first.
    local
        For schools, hospitals and companies: team ids and the number of the town each lies in.
    associations
        Ids of the associations of disabled people.
    """

    tree: tuple[Team, ...]
    local: dict[str, tuple[tuple[str, ...], Ints]]
    associations: tuple[str, ...]


def build_teams(ground: Ground, num_volunteers: int, seed: int) -> Teams:
    """Return the teams: stations with their neighbours' groups, schools, hospitals, companies and associations."""
    dice = Dice(seed, "teams")
    root = ground.root[0]
    tree = [
        Team(id="alliance", name=f"{ground.root[1]}志愿助残联盟 alliance", kind="federation", area=root),
        Team(id="stations", name="助残服务站 stations", parent="alliance", kind="group", area=root),
    ]
    for code, name in zip(ground.town_code, ground.town_name, strict=True):
        station = f"{name}助残服务站 station"
        tree.append(Team(id=f"station-{code}", name=station, parent="stations", kind="station", area=code))
    for code, name in zip(ground.code, ground.name, strict=True):
        group = f"{name}邻里互助组 neighbours"
        tree.append(
            Team(id=f"neighbours-{code}", name=group, parent=f"station-{code[:9]}", kind="neighbours", area=code)
        )
    local = {}
    town_people = np.bincount(ground.town, weights=ground.people, minlength=len(ground.town_code))
    for kind, people in _PEOPLE_PER_TEAM.items():
        town = np.sort(dice.pick(town_people, max(1, round(num_volunteers / people))))
        ids = tuple(f"{kind}-{number + 1}" for number in range(len(town)))
        plural = _PLURALS[kind]
        tree.append(
            Team(id=plural, name=f"{_NAMES[kind].split()[0]} {plural}", parent="alliance", kind="group", area=root)
        )
        tree += [
            Team(id=id_, name=f"{ground.town_name[where]}第{number + 1}{_NAMES[kind]}", parent=plural, kind=kind,
                 area=ground.town_code[where])
            for number, (id_, where) in enumerate(zip(ids, town.tolist(), strict=True))
        ]  # fmt: skip
        local[kind] = (ids, town)
    tree.append(Team(id="associations", name="专门协会 associations", parent="alliance", kind="group", area=root))
    tree += [
        Team(id=f"association-{category}", name=name, parent="associations", kind="association", area=root)
        for category, name in _ASSOCIATIONS
    ]
    return Teams(tuple(tree), local, tuple(f"association-{category}" for category, _ in _ASSOCIATIONS))


def build_sites(ground: Ground) -> tuple[Site, ...]:
    """Return a centre in every town, and in the smallest town a workshop with few seats for job training."""
    people = np.bincount(ground.town, weights=ground.people, minlength=len(ground.town_code))
    small = int(np.argmin(people))
    lat, lon = _centres(ground)
    places = [Location(lat=north, lon=east) for north, east in zip(lat, lon, strict=True)]
    centres = [
        Site(id=f"centre-{code}", name=f"{name}残疾人之家 centre", area=code, location=place, windows=_OPEN)
        for code, name, place in zip(ground.town_code, ground.town_name, places, strict=True)
    ]
    workshop = Site(
        id=f"workshop-{ground.town_code[small]}", name=f"{ground.town_name[small]}工疗室 workshop",
        area=ground.town_code[small], location=places[small], capacity=WORKSHOP_SEATS, windows=_OPEN,
    )  # fmt: skip
    return (*centres, workshop)


def _centres(ground: Ground) -> tuple[list[float], list[float]]:
    """Return the middle of the communities that are planned in each town, weighted by residents."""
    size = len(ground.town_code)
    people = np.bincount(ground.town, weights=ground.people, minlength=size)
    lat = np.bincount(ground.town, weights=ground.people * ground.lat, minlength=size) / people
    lon = np.bincount(ground.town, weights=ground.people * ground.lon, minlength=size) / people
    return np.round(lat, 5).tolist(), np.round(lon, 5).tolist()
