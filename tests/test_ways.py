"""Days of many visits: less time on the road, and nothing else changes."""

from __future__ import annotations

from importlib import import_module
from itertools import permutations

import pytest
from builders import horizon, household, instance, need, volunteer
from random_instances import random_instance

from pairsolve import check, solve
from pairsolve.instance import Instance
from pairsolve.plan import Plan
from pairsolve.travel import Times

WAYS = import_module("pairsolve.scheduling.ways")
HOMES = ((0.3, 0.0), (-0.2, 0.1), (0.4, 0.1), (-0.3, 0.0), (0.5, -0.1))


def round_of_five(days: int) -> Instance:
    """Return an instance in which one person visits five households once each."""
    return instance(
        horizon=horizon(days, slot_minutes=5),
        volunteers=(volunteer(visits_per_day=5 if days == 1 else 3, max_households=5, reach_minutes=600),),
        households=tuple(household(f"H{n}", *home) for n, home in enumerate(HOMES)),
        needs=tuple(
            need(f"N{n}", f"H{n}", minutes=10, visits={"count": 1, "per": "horizon"}) for n in range(len(HOMES))
        ),
    )


def road(asked: Instance, plan: Plan) -> int:
    """Return the minutes from home over all visits and home again, day by day."""
    times = Times(asked)
    homes = {one.id: times.first_household + number for number, one in enumerate(asked.households)}
    total, days = 0, {}
    for visit in sorted(plan.visits, key=lambda visit: visit.start):
        days.setdefault(visit.start.date(), []).append(homes["H" + visit.need[1:]])
    for stops in days.values():
        for origin, target in zip([0, *stops], [*stops, 0], strict=True):
            total += int(times.minutes(0, origin, target))
    return total


def test_a_day_is_as_short_as_any_order() -> None:
    """Five visits on one day are made in the shortest order there is."""
    asked = round_of_five(1)
    plan = solve(asked, seed=0)
    assert check(asked, plan).ok
    assert len(plan.visits) == 5
    times = Times(asked)
    best = min(
        sum(int(times.minutes(0, a, b)) for a, b in zip((0, *order), (*order, 0), strict=True))
        for order in permutations(range(times.first_household, times.first_household + 5))
    )
    assert road(asked, plan) == best


def test_neighbours_are_visited_on_the_same_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """With two days and three visits a day, the west is one day and the east the other."""
    asked = round_of_five(2)
    plan = solve(asked, seed=0)
    days: dict[object, set[str]] = {}
    for visit in plan.visits:
        days.setdefault(visit.start.date(), set()).add(visit.need)
    assert check(asked, plan).ok
    assert sorted(map(sorted, days.values())) == [["N0", "N2", "N4"], ["N1", "N3"]]
    monkeypatch.setattr(WAYS, "MANY", 99)
    assert road(asked, plan) <= road(asked, solve(asked, seed=0))


def test_twins_share_the_way_out() -> None:
    """Two who start from the same place exchange visits until one goes east and the other west."""
    names = ("V1", "V2")
    homes = {"E1": 0.3, "W1": -0.3, "E2": 0.31, "W2": -0.31, "E3": 0.32, "W3": -0.32}
    asked = instance(
        horizon=horizon(1, slot_minutes=5),
        volunteers=tuple(
            volunteer(name, visits_per_day=3, max_households=3, reach_minutes=600) for name in ("V1", "V2")
        ),
        households=tuple(household(name, x) for name, x in homes.items()),
        needs=tuple(need(f"N{name}", name, minutes=10, visits={"count": 1, "per": "horizon"}) for name in homes),
    )
    plan = solve(asked, seed=0)
    assert check(asked, plan).ok
    assert plan.status == "optimal"
    sides = {one: {pair.household[0] for pair in plan.pairs if pair.volunteer == one} for one in names}
    assert sorted(map(sorted, sides.values())) == [["E"], ["W"]]


def test_nothing_but_the_ways_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """On random instances the objective is the same with and without, and the referee agrees."""
    for seed in range(400, 420):
        asked = random_instance(seed)
        monkeypatch.setattr(WAYS, "MANY", 99)
        plain = solve(asked, seed=0)
        monkeypatch.setattr(WAYS, "MANY", 2)
        shorter = solve(asked, seed=0)
        assert shorter.objective == plain.objective, seed
        assert len(shorter.pairs) == len(plain.pairs), seed
        assert check(asked, shorter).ok, (seed, check(asked, shorter).findings[:3])
