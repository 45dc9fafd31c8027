"""Needs: which help each household asks for, how often, by how many people, at home, by phone or at a site."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pairsolve.generate.catalogue import (
    CATALOGUE,
    CATEGORIES,
    FORTNIGHTLY,
    MONTHLY,
    NUMBER,
    ONCE,
    RHYTHMS,
    SERVICES,
    WEEKLY,
)
from pairsolve.generate.dice import Dice, Flags, Floats, Ints
from pairsolve.generate.homes import CHILD, Homes
from pairsolve.instance import Crew, Frequency, Household, Need, Role, Site, SkillLevel
from pairsolve.rules import Channel

EXTRA_NEEDS = 0.6
MOST_NEEDS = 5
_POISSON = np.array([0.548812, 0.329287, 0.098786, 0.019757, 0.003358])  # 0 to 4 further needs, mean 0.6
CIRCLE_SHARE = 0.25
CENTRE_SHARE = 0.4  # of rehabilitation and culture, where the household can travel

_TWO = Crew(min=2)
_WITH_DRIVER = Crew(min=2, roles=(Role(role="driver", skills=(SkillLevel(skill="driving"),)),))
_CLASS_VISIT = Crew(min=3, max=10)
_WORKS = Crew(min=2, max=4, roles=(Role(role="craftsman", skills=(SkillLevel(skill="repair"),)),))
_CIRCLE = Crew(
    min=3,
    roles=(
        Role(role="party_worker", skills=(SkillLevel(skill="party_worker"),)),
        Role(role="social_worker", skills=(SkillLevel(skill="social_worker"),)),
        Role(role="volunteer"),
    ),
)
_ONE = Crew()
_RARE_GREETING = Frequency(count=1, per="month")


@dataclass(frozen=True, slots=True)
class Asked:
    """Needs as arrays, sorted by household: household, service and rhythm of each."""

    household: Ints
    service: Ints
    rhythm: Ints


def draw_needs(homes: Homes, seed: int) -> Asked:
    """Draw the services each household asks for and how often.

    One service and a Poisson number more, without repetition, in proportion to the table of needs; every
    service of the catalogue occurs at least once.
    """
    dice = Dice(seed, "needs")
    weights = _weights(homes)
    wanted = 1 + dice.pick(_POISSON, len(homes)) + (homes.second >= 0)
    wanted = np.minimum(wanted, np.minimum(MOST_NEEDS, (weights > 0).sum(axis=1)))
    rank = np.argsort(-dice.scores(weights), axis=1, kind="stable")
    chosen = np.zeros(weights.shape, np.bool_)
    np.put_along_axis(chosen, rank, np.arange(weights.shape[1])[None, :] < wanted[:, None], axis=1)
    chosen[:, NUMBER["circle_visit"]] = dice.whether(CIRCLE_SHARE, len(homes)) & (homes.priority == 1)
    _complete(chosen, weights, dice)
    household, service = np.nonzero(chosen)
    return Asked(household, service, _rhythm(homes, household, service, dice))


def build_needs(
    homes: Homes, asked: Asked, households: tuple[Household, ...], site_of: list[str], workshop: Site, seed: int
) -> tuple[Need, ...]:
    """Turn the arrays into needs with crews, levels, channels and windows.

    Parameters
    ----------
    homes, asked, households
        Households as arrays, their needs as arrays, and households as records.
    site_of
        Id of each household's centre.
    workshop
        Where the job training of one town is given.
    seed
        The user's seed.
    """
    dice = Dice(seed, "need details")
    size = len(asked.household)
    crews = _crews(homes, asked, dice)
    grade = homes.grade[asked.household]
    centre = dice.whether(CENTRE_SHARE, size) & (grade >= 2)
    level_two = (dice.whether(0.25, size) & (grade == 1)).tolist()
    by_phone = dice.whether(0.3, size).tolist()
    urgent = dice.whether(0.03, size).tolist()
    needs = []
    number_at_home = 0
    last_home = -1
    rows = zip(asked.household.tolist(), asked.service.tolist(), asked.rhythm.tolist(), centre.tolist(), strict=True)
    for number, (home, service, rhythm, to_centre) in enumerate(rows):
        number_at_home = number_at_home + 1 if home == last_home else 1
        last_home = home
        id_ = households[home].id
        name = SERVICES[service]
        channel = _channel(name, to_centre, by_phone[number])
        level = level_two[number] and name in ("rehabilitation", "home_medical")
        needs.append(
            Need(
                id=f"{id_}-{number_at_home}", household=id_, service=name, crew=crews[number],
                skills=(CATALOGUE[service].service.skills[0].model_copy(update={"level": 2}),) if level else (),
                visits=RHYTHMS[rhythm], channel=channel, windows=CATALOGUE[service].windows,
                site=_site(name, channel, site_of[home], workshop),
                priority=1 if urgent[number] and name in ("home_medical", "bathing") else None,
            )
        )  # fmt: skip
    return tuple(needs)


def _weights(homes: Homes) -> Floats:
    """Return how readily each household asks for each service."""
    base = np.array([help_.weights for help_ in CATALOGUE]).T
    elderly = np.array([help_.elderly for help_ in CATALOGUE])
    ages = np.array([help_.ages for help_ in CATALOGUE])
    severe_only = np.array([help_.severe_only for help_ in CATALOGUE])
    weights = base[homes.category] + base[homes.second] * (homes.second >= 0)[:, None]
    weights = weights + elderly * (homes.age == 2)[:, None]
    weights = weights * ages[:, homes.age].T
    weights = weights * (~severe_only[None, :] | (homes.grade <= 2)[:, None])
    # Nobody calls a deaf home by phone.
    weights[homes.category == CATEGORIES.index("hearing"), NUMBER["phone"]] = 0.0
    weights[:, NUMBER["circle_visit"]] = 0.0
    kept: Floats = weights
    return kept


def _complete(chosen: Flags, weights: Floats, dice: Dice) -> None:
    """Add a need for every service that nobody asked for, so that each kind of help occurs."""
    for service in np.flatnonzero(~chosen.any(axis=0)).tolist():
        eligible = weights[:, service] > 0
        found = dice.sample(eligible if eligible.any() else np.ones(len(eligible)), 1)
        chosen[found, service] = True


def _rhythm(homes: Homes, household: Ints, service: Ints, dice: Dice) -> Ints:
    """Return weekly for grade 1, fortnightly for grade 2, monthly for others, but no quicker than makes sense."""
    by_grade = np.array([WEEKLY, FORTNIGHTLY, MONTHLY, MONTHLY])[homes.grade[household] - 1]
    fastest = np.array([help_.fastest for help_ in CATALOGUE])[service]
    rhythm = np.maximum(by_grade, fastest)
    greeting = service == NUMBER["phone"]
    rhythm = np.where(greeting & homes.alone[household] & (rhythm == MONTHLY), FORTNIGHTLY, rhythm)
    return np.where(dice.whether(0.03, len(rhythm)) & (rhythm == MONTHLY), ONCE, rhythm)


def _crews(homes: Homes, asked: Asked, dice: Dice) -> list[Crew]:
    """Return who comes together: two for severe cases, a class for some, fixed roles where the work asks for them."""
    size = len(asked.household)
    severe = (homes.grade[asked.household] == 1).tolist()
    class_visit = dice.whether(0.05, size).tolist()
    female = homes.female[asked.household].tolist()
    child = (homes.age[asked.household] == CHILD).tolist()
    bathing = {flag: _bathing(flag) for flag in (False, True)}
    crews = []
    for number, service in enumerate(asked.service.tolist()):
        name = SERVICES[service]
        crew = _ONE
        if name == "bathing":
            crew = bathing[female[number] and not child[number]]
        elif name == "barrier_removal":
            crew = _WORKS
        elif name == "circle_visit":
            crew = _CIRCLE
        elif name == "escort" and severe[number]:
            crew = _TWO
        elif name == "transport" and severe[number]:
            crew = _WITH_DRIVER
        elif name in ("company", "culture") and class_visit[number]:
            crew = _CLASS_VISIT
        crews.append(crew)
    return crews


def _bathing(woman: bool) -> Crew:
    traits = ("gender:female",) if woman else ()
    nurse = Role(role="nurse", skills=(SkillLevel(skill="nursing"),))
    return Crew(min=2, roles=(nurse, Role(role="helper", traits=traits)))


def _site(name: str, channel: Channel | None, centre: str, workshop: Site) -> str | None:
    if name == "job_training":
        same_town = workshop.area is not None and centre.endswith(workshop.area)
        return workshop.id if same_town else centre
    return centre if channel == "site" else None


def _channel(name: str, to_centre: bool, by_phone: bool) -> Channel | None:
    if name in ("rehabilitation", "culture", "device_training") and to_centre:
        return "site"
    if name in ("counselling", "legal") and by_phone:
        return "phone"
    return None
