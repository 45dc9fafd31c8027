"""Cities as assignment problems: instances by name, the pairs that are admissible, and what a pairing costs."""

from __future__ import annotations

import gc
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from benchmarks.even import even_city
from pairsolve import candidates
from pairsolve.calendar import Calendar
from pairsolve.generate import generate
from pairsolve.instance import Instance, Volunteer
from pairsolve.options import Watch
from pairsolve.pairing.city.setup import Setup
from pairsolve.pairing.city.weights import FIRST_ROOM, Weights
from pairsolve.pairing.tiers import tiers_of
from pairsolve.problem import Problem
from pairsolve.rules import Term, TermKind, Tier
from pairsolve.timetable import TimeTable
from pairsolve.travel import CrowTimes, Times

Ints = npt.NDArray[np.int64]

REACH_BY_CAR = 60
WEIGHTS: tuple[tuple[TermKind, int], ...] = (("travel", 1), ("preference", 5), ("continuity", 10))
NEAREST = 30
EVEN = ("even", "even-car")


def city(households: int, kind: str = "plain") -> Instance:
    """Return a generated Nanning with 0.6 volunteers per household.

    Parameters
    ----------
    households
        Its size.
    kind
        ``"plain"``; ``"tight"``: as many places as households; ``"car"``: everybody drives, for up to an hour;
        ``"even"`` and ``"even-car"``: no Nanning, but places drawn evenly, eight skills, and places to spare.
    """
    volunteers = households * 6 // 10
    if kind in EVEN:
        made = even_city(households, volunteers, car=kind == "even-car")
    else:
        made = generate("nanning", households=households, volunteers=volunteers, seed=1, kind="pure")
    costs = Tier(terms=tuple(Term(kind=term, weight=weight) for term, weight in WEIGHTS))
    changes: dict[str, object] = {"objective": (Tier(terms=(Term(kind="coverage"),)), costs)}
    if kind == "tight":
        changes["volunteers"] = _tight(made.volunteers, households)
    if kind == "car":
        drive = {"mode": "car", "reach_minutes": REACH_BY_CAR}
        changes["volunteers"] = tuple(one.model_copy(update=drive) for one in made.volunteers)
    instance = made.model_copy(update=changes)
    gc.collect()
    return instance


def _tight(volunteers: tuple[Volunteer, ...], places: int) -> tuple[Volunteer, ...]:
    """Change the caps of as many volunteers as needed, spread evenly, so that they add up to the places."""
    caps = np.array([one.max_households for one in volunteers])
    while (over := int(caps.sum()) - places) != 0:
        able = np.flatnonzero(caps > 1) if over > 0 else np.arange(len(caps))
        some = able[np.linspace(0, len(able) - 1, min(abs(over), len(able))).astype(np.int64)]
        caps[some] -= 1 if over > 0 else -1
    return tuple(
        one if one.max_households == cap else one.model_copy(update={"max_households": cap})
        for one, cap in zip(volunteers, caps.tolist(), strict=True)
    )


def count_pairs(instance: Instance) -> int:
    """Count the admissible pairs; here travel and skills decide, and every area has the factor 1."""
    times = Times(instance)
    assert isinstance(times.metric, CrowTimes)
    assert (times.factor == 1).all()
    points = times.metric.points
    homes = points[times.first_household : times.first_site]
    place = {one.id: number for number, one in enumerate(instance.households)}
    services = {one.id: {skill.skill for skill in one.skills} for one in instance.services}
    asking: dict[str, list[int]] = {}
    for need in instance.needs:
        asking.setdefault(need.service, []).append(place[need.household])
    groups: dict[tuple[str, int, frozenset[str]], list[int]] = {}
    for number, volunteer in enumerate(instance.volunteers):
        held = frozenset(skill.skill for skill in volunteer.skills)
        groups.setdefault((volunteer.mode, volunteer.reach_minutes, held), []).append(number)
    helping = [
        (_radius(times, times.mode_names.index(mode), reach), held, cKDTree(points[members]))
        for (mode, reach, held), members in groups.items()
    ]
    total = 0
    for service, mine in asking.items():
        tree = cKDTree(homes[mine])
        total += sum(
            int(tree.count_neighbors(who, radius)) for radius, held, who in helping if held >= services[service]
        )
    return total


def _radius(times: Times, mode: int, reach: int) -> float:
    """Return the chord within which a place is at most `reach` whole minutes away."""
    assert isinstance(times.metric, CrowTimes)
    low, high = 0.0, 2.0
    for _ in range(60):
        middle = (low + high) / 2
        probe = CrowTimes(times.metric.modes, np.zeros(2), np.zeros(2))
        probe.points = np.array([[0.0, 0.0, 0.0], [middle, 0.0, 0.0]])
        near = np.ceil(np.round(probe.raw_minutes(mode, np.array([0]), np.array([1]))[0], 9)) <= reach
        low, high = (middle, high) if near else (low, middle)
    return low


@dataclass(frozen=True)
class Costs:
    """A city with one whole number for every pair, as a flow solver wants it.

    Parameters
    ----------
    need, volunteer, cost
        Pairs.
    option
        Cost of leaving each need uncovered.
    most
        Most needs of each volunteer.
    constant
        Cost of ending all existing pairs, already subtracted where one stays.
    """

    need: Ints
    volunteer: Ints
    cost: Ints
    option: Ints
    most: Ints
    constant: int


def setup_of(instance: Instance) -> Setup:
    """Return an instance as the city engine sees it."""
    problem = Problem.build(instance, Calendar(instance.horizon), Times(instance))
    return Setup(problem, TimeTable(problem), tiers_of(problem))


def weights_of(setup: Setup) -> Weights:
    """Return how tiers become one number: as in the engine, so that all solvers are given the same costs."""
    return Weights.build(setup.levels(), len(setup.parts), FIRST_ROOM)


def packed(setup: Setup, values: list[int]) -> int:
    """Return the values of all tiers as one number."""
    return sum(unit * value for unit, value in zip(weights_of(setup).units, values, strict=True))


def all_costs(setup: Setup) -> Costs:
    """List every admissible pair with its cost."""
    found = candidates.find(setup.problem, TimeTable(setup.problem), Watch())
    return _priced(setup, found.group.astype(np.int64), found.volunteer.astype(np.int64), found.minutes)


def nearest_costs(setup: Setup) -> Costs:
    """List the pairs with the nearest volunteers, as the crow flies, and the existing pairs."""
    problem = setup.problem
    tree = cKDTree(setup.points[: problem.num_volunteers])
    _, near = tree.query(setup.points[problem.job_place], k=min(NEAREST, problem.num_volunteers))
    need = np.repeat(np.arange(len(near)), near.shape[1])
    width = problem.num_volunteers
    code = np.unique(
        np.append(need * width + near.ravel(), setup.special_job.astype(np.int64) * width + setup.special_volunteer)
    )
    minutes, reached = candidates.ways(setup.problem, code // width, code % width)
    return _priced(setup, (code // width)[reached], (code % width)[reached], minutes[reached])


def _priced(setup: Setup, need: Ints, volunteer: Ints, minutes: Ints) -> Costs:
    market = setup.market(weights_of(setup))
    needs, helpers = market.needs, market.volunteers
    cost = needs.rate[need] * minutes + needs.fixed[need] + market.table[needs.kind[need], helpers.kind[volunteer]]
    width = len(helpers.most)
    special = market.special
    code = special.need.astype(np.int64) * width + special.volunteer
    place = np.searchsorted(code, need * width + volunteer).clip(max=max(0, len(code) - 1))
    own = code[place] == need * width + volunteer if len(code) else np.zeros(len(need), np.bool_)
    cost[own] = special.cost[place[own]]
    constant = sum(unit * int(one) for unit, one in zip(weights_of(setup).units, setup.constant(), strict=True))
    return Costs(need, volunteer, cost, needs.option, helpers.most.astype(np.int64), constant)
