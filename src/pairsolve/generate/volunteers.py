"""Volunteers: where they live, which team they come from, what they can do and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pairsolve.generate.catalogue import CATEGORIES, SKILL_SHARES, SKILL_TEAMS
from pairsolve.generate.dice import Dice, Flags, Floats, Ints
from pairsolve.generate.homes import ADULT, Homes
from pairsolve.generate.places import Ground
from pairsolve.generate.teams import KIND_SHARES, KINDS, Teams

WOMEN = 0.51
MUTUAL = 0.03  # volunteers who are helped themselves (M6)
GROUPS = 0.012  # classes and company teams that come as one
# Shares of hours a month; the recipe's 60 / 30 / 10 % are shifted up, see instances/README.md.
HOURS = (90, 120, 240, 480, 600, 960)
HOUR_SHARES = (0.10, 0.30, 0.36, 0.13, 0.07, 0.04)
# Station staff and people with a rare skill come in the time of their employer.
LENT_MINUTES = 480
_COMMON = ("driving", "tutoring")
MODES = ("walk", "ebike", "bus", "car")
MODES_URBAN, MODES_VILLAGE = (0.20, 0.45, 0.15, 0.20), (0.10, 0.60, 0.0, 0.30)
# Mostly the half-hour circle.
_REACH = {"walk": (15, 20, 30), "ebike": (20, 30, 30), "bus": (30, 40, 50), "car": (20, 30, 40)}
_REACH_SHARES = (0.25, 0.5, 0.25)
_LANGUAGE_SHARES = {"zhuang": 0.35, "cantonese": 0.6, "hakka": 0.4, "wu": 0.8}
# Skills that even a small register has at least once.
_CORE = ("hairdressing", "nursing", "rehabilitation", "psychology", "driving", "tutoring", "repair", "party_worker",
         "social_worker")  # fmt: skip
_ALWAYS_FROM = 20
_HOME_WORKERS = ("physical", "visual", "hearing", "speech", "intellectual")


@dataclass(frozen=True, slots=True)
class People:
    """Volunteers as arrays, one entry each.

    Parameters
    ----------
    community
        Number of the community they live in.
    lat, lon
        Where they live.
    kind
        Number of the team's kind in `KINDS`.
    team
        Id of the team.
    mode
        Number of the travel mode in `MODES`.
    reach
        Longest one-way trip in minutes.
    minutes
        Minutes offered a month.
    cap
        Most households.
    woman
        Whether a woman.
    group
        People who come as one; 1 for a single person.
    home
        Number of the household they belong to if they are helped as well, else -1.
    skills
        Column per skill of `SKILL_SHARES`.
    languages
        Column per language of the place.
    """

    community: Ints
    lat: Floats
    lon: Floats
    kind: Ints
    team: list[str]
    mode: Ints
    reach: Ints
    minutes: Ints
    cap: Ints
    woman: Flags
    group: Ints
    home: Ints
    skills: Flags
    languages: Flags

    def __len__(self) -> int:
        """Return the number of volunteers."""
        return len(self.community)


def draw_people(ground: Ground, homes: Homes, teams: Teams, size: int, seed: int) -> People:
    """Draw volunteers by the recipe: place, team, mode, hours, household cap, skills and languages."""
    dice = Dice(seed, "volunteers")
    kind = np.sort(dice.pick(KIND_SHARES, size))
    home = _recipients(homes, kind, dice)
    community = _communities(ground, homes, kind, home, dice)
    lat, lon = dice.scatter(ground.lat[community], ground.lon[community], ground.spread_km(community))
    helped = home >= 0
    lat[helped], lon[helped] = homes.lat[home[helped]], homes.lon[home[helped]]
    mode = np.where(ground.village[community], dice.pick(MODES_VILLAGE, size), dice.pick(MODES_URBAN, size))
    mode[helped] = 0
    reach = np.array([_REACH[name] for name in MODES])[mode, dice.pick(_REACH_SHARES, size)]
    minutes = np.array(HOURS)[dice.pick(HOUR_SHARES, size)]
    group = _groups(kind, helped, dice)
    skills = _skills(homes, kind, home, dice)
    skills[group > 1] = False
    rare = skills[:, [name not in _COMMON for name in SKILL_SHARES]].any(axis=1) & ~helped
    minutes = np.where(rare | (kind == KINDS.index("station")), np.maximum(minutes, LENT_MINUTES), minutes)
    return People(
        community=community, lat=lat, lon=lon, kind=kind, team=_team_ids(ground, teams, kind, community, dice),
        mode=mode, reach=reach, minutes=minutes, cap=_caps(minutes, helped, skills, dice), woman=_women(size, dice),
        group=group, home=home, skills=skills, languages=_languages(ground, size, dice),
    )  # fmt: skip


def _women(size: int, dice: Dice) -> Flags:
    women = np.zeros(size, np.bool_)
    women[dice.sample(np.ones(size), round(WOMEN * size))] = True
    return women


def _recipients(homes: Homes, kind: Ints, dice: Dice) -> Ints:
    """Return the own household of those who are helped too: mildly disabled adults, members of an association."""
    size = len(kind)
    home = np.full(size, -1, np.int64)
    mild = (homes.grade >= 3) & (homes.age >= ADULT)
    mild &= np.isin(homes.category, [CATEGORIES.index(name) for name in _HOME_WORKERS])
    members = np.flatnonzero(kind == KINDS.index("association"))
    wanted = min(len(members), max(1, round(MUTUAL * size)))
    found = dice.sample(mild.astype(np.float64), wanted)
    home[members[: len(found)]] = found
    return home


def _communities(ground: Ground, homes: Homes, kind: Ints, home: Ints, dice: Dice) -> Ints:
    """Place neighbours where the households are, all others where people are; recipients live in their household."""
    size = len(kind)
    per_home = np.bincount(homes.community, minlength=len(ground.code)) + 0.25
    neighbour = dice.pick(per_home, size)
    other = dice.pick(ground.volunteer_weight(), size)
    community = np.where(kind == KINDS.index("neighbours"), neighbour, other)
    return np.where(home >= 0, homes.community[home], community)


def _team_ids(ground: Ground, teams: Teams, kind: Ints, community: Ints, dice: Dice) -> list[str]:
    """Return the team of each: own community's group, own town's station, the nearest school, hospital or company."""
    ids = [""] * len(kind)
    association = dice.pick((4, 3, 2, 1, 1), len(kind)).tolist()
    for number, (kind_number, where) in enumerate(zip(kind.tolist(), community.tolist(), strict=True)):
        name = KINDS[kind_number]
        if name == "neighbours":
            ids[number] = f"neighbours-{ground.code[where]}"
        elif name == "station":
            ids[number] = f"station-{ground.code[where][:9]}"
        elif name == "association":
            ids[number] = teams.associations[association[number]]
    for name, (local, town) in teams.local.items():
        members = np.flatnonzero(kind == KINDS.index(name))
        # Some go to the second nearest: a jitter of about two kilometres decides.
        far_lat = ground.lat[community[members]][:, None] - ground.town_lat[town][None, :]
        far_lon = ground.lon[community[members]][:, None] - ground.town_lon[town][None, :]
        far = np.hypot(far_lat, far_lon) + 0.02 * dice.uniform((len(members), len(local)))
        for member, nearest in zip(members.tolist(), np.argmin(far, axis=1).tolist(), strict=True):
            ids[member] = local[nearest]
    return ids


def _groups(kind: Ints, helped: Flags, dice: Dice) -> Ints:
    """Return head counts: some of the schools' and companies' entries are a class or a works team."""
    size = len(kind)
    eligible = np.isin(kind, [KINDS.index("school"), KINDS.index("company")]) & ~helped
    chosen = dice.sample(eligible.astype(np.float64), max(1, round(GROUPS * size)))
    group = np.ones(size, np.int64)
    group[chosen] = 4 + dice.pick(np.ones(9), len(chosen))
    return group


def _caps(minutes: Ints, helped: Flags, skills: Flags, dice: Dice) -> Ints:
    """Return household caps of 1 to 3, growing with the hours offered; whoever has a rare skill takes more."""
    size = len(minutes)
    shares = np.array([(0.5, 0.5, 0.0), (0.1, 0.6, 0.3), (0.0, 0.35, 0.65)])
    row = np.where(minutes <= 120, 0, np.where(minutes <= 240, 1, 2))
    cap = 1 + dice.pick_by_row(shares, row)
    rare = skills[:, [name not in _COMMON for name in SKILL_SHARES]].any(axis=1)
    cap = np.where(rare, np.maximum(cap, 2 + dice.whether(0.5, size)), cap)
    return np.where(helped, np.minimum(cap, 2), cap)


def _skills(homes: Homes, kind: Ints, home: Ints, dice: Dice) -> Flags:
    """Return who can do what: exact shares of the whole, drawn by how likely each kind of team has the skill."""
    size = len(kind)
    skills = np.zeros((size, len(SKILL_SHARES)), np.bool_)
    helped = home >= 0
    skills[helped] = _crafts(homes, home[helped], dice)
    for column, (name, share) in enumerate(SKILL_SHARES.items()):
        teams = SKILL_TEAMS.get(name, {})
        weights = np.array([teams.get(kind_name, 1.0) for kind_name in KINDS])[kind]
        wanted = dice.rounded(share * size)
        if name in _CORE and size >= _ALWAYS_FROM:
            wanted = max(1, wanted)
        missing = max(0, wanted - int(skills[:, column].sum()))
        skills[dice.sample(np.where(helped, 0.0, weights), missing), column] = True
    return skills


def _crafts(homes: Homes, home: Ints, dice: Dice) -> Flags:
    """Return the skills of those who are helped themselves (M6): haircut, and massage, mostly by the blind.

    The others greet by phone or keep company, which asks no skill.
    """
    names = list(SKILL_SHARES)
    craft = dice.uniform(len(home))
    blind = homes.category[home] == CATEGORIES.index("visual")
    skills = np.zeros((len(home), len(names)), np.bool_)
    skills[:, names.index("massage")] = (craft < 0.25) | (blind & (craft < 0.8))
    skills[:, names.index("hairdressing")] = ~blind & (craft > 0.65)
    return skills


def _languages(ground: Ground, size: int, dice: Dice) -> Flags:
    shares = [_LANGUAGE_SHARES[name] for name in ground.preset.languages]
    return dice.uniform((size, len(shares))) < np.array(shares)
