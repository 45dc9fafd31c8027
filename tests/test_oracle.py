"""Can the oracle be trusted? It agrees with pure enumeration, and with answers known by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import builders as make
import pytest
from brute_force import TooLarge, best_choice, brute_force_pairs, brute_force_visits
from oracle import oracle_pairs, oracle_visits
from oracle_facts import Facts
from random_instances import random_instance

from pairsolve.instance import Instance
from pairsolve.validate import problems

BATCH = 40
MONDAY = make.MONDAY


@pytest.mark.parametrize("first", range(0, 320, BATCH))
@pytest.mark.parametrize("stage", ["pair", "all"])
def test_pairs_agree_with_enumeration(first: int, stage: str) -> None:
    """On every instance small enough to enumerate, model and enumeration give the same tiers; most are small enough."""
    wrong, compared = [], 0
    for seed in range(first, first + BATCH):
        instance = random_instance(seed)
        try:
            expected = brute_force_pairs(instance, stage)
        except TooLarge:
            continue
        compared += 1
        found = oracle_pairs(instance, stage)
        if found != expected:
            wrong.append((seed, found, expected))
    assert not wrong
    assert compared >= BATCH // 2


@pytest.mark.parametrize("first", range(0, 160, 2 * BATCH))
def test_visits_agree_with_enumeration(first: int) -> None:
    """For the best pairs of instances with few dates, model and enumeration give the same visit tiers."""
    wrong, compared = [], 0
    for seed in range(first, first + 2 * BATCH):
        instance = random_instance(seed)
        facts = Facts(instance)
        try:
            choice = best_choice(facts, "all")
            if choice is None or not any(choice):
                continue
            expected = brute_force_visits(instance, choice)
        except TooLarge:
            continue
        compared += 1
        names = [{instance.volunteers[v].id for v in crew} for crew in choice]
        crews = {job.record.id: tuple(sorted(crew)) for job, crew in zip(facts.jobs, names, strict=True)}
        found = oracle_visits(instance, crews, crews)
        if found != expected:
            wrong.append((seed, found, expected))
    assert not wrong
    assert compared >= BATCH // 2


def test_random_instances_are_valid() -> None:
    """Every random instance is accepted as input."""
    assert [seed for seed in range(320) if problems(random_instance(seed))] == []


def test_random_instances_are_interesting() -> None:
    """Some contradict themselves, most cover two jobs or more, and dates often change the pairs."""
    seen: Counter[str] = Counter()
    for seed in range(80):
        instance = random_instance(seed)
        values = oracle_pairs(instance)
        seen["contradiction"] += values is None
        seen["dates matter"] += values != oracle_pairs(instance, "pair")
    assert 3 <= seen["contradiction"] <= 16
    assert seen["dates matter"] >= 8


def seats(instance: Instance) -> int:
    """Return the number of admissible seats."""
    return len(Facts(instance).seats)


@pytest.mark.parametrize(
    ("person", "home", "wish", "rest", "expected"),
    [
        ({}, {}, {}, {}, 1),
        ({}, {}, {"skills": [{"skill": "sign"}]}, {}, 0),
        ({"skills": [{"skill": "sign", "level": 1}]}, {}, {"skills": [{"skill": "sign", "level": 2}]}, {}, 0),
        ({"skills": [{"skill": "sign", "expires": date(2026, 3, 7)}]}, {}, {"skills": [{"skill": "sign"}]}, {}, 0),
        ({"skills": [{"skill": "sign", "expires": date(2026, 3, 8)}]}, {}, {"skills": [{"skill": "sign"}]}, {}, 1),
        ({}, {"required_traits": ["female"]}, {}, {}, 0),
        ({}, {"refused": ["V1"]}, {}, {}, 0),
        ({"household": "H1"}, {}, {}, {}, 0),
        ({"channels": ["phone"]}, {}, {}, {}, 0),
        ({"channels": ["phone"], "reach_minutes": 0, "location": make.place(5)}, {}, {"channel": "phone"}, {}, 1),
        ({"location": make.place(1), "reach_minutes": 17}, {}, {}, {}, 0),  # 1 km × 1.4 at 4.8 km/h is 17.5 minutes
        ({"location": make.place(1), "reach_minutes": 18}, {}, {}, {}, 1),
        ({"windows": [make.window("08:30", "09:30")]}, {}, {}, {}, 0),  # no start on the full hour
        ({"windows": [make.window("08:30", "10:00")]}, {}, {}, {}, 1),
        ({"windows": [make.window("08:00", "08:30"), make.window("08:30", "09:00")]}, {}, {}, {}, 1),
        (
            {"windows": [make.window("09:00", "10:00", "mon")]},
            {},
            {},
            {"horizon": make.horizon(closed_days=[MONDAY])},
            0,
        ),
        ({"exceptions": [{"first": MONDAY, "last": MONDAY + timedelta(days=6)}]}, {}, {}, {}, 0),
        ({}, {"windows": [make.window("05:00", "06:00")]}, {}, {}, 0),
        ({}, {}, {"visits": {"count": 4, "per": "horizon", "min_gap_days": 2}}, {}, 1),  # days 0, 2, 4, 6
        ({}, {}, {"visits": {"count": 4, "per": "horizon", "min_gap_days": 3}}, {}, 1),  # three of four are enough
        ({}, {}, {"visits": {"count": 4, "per": "horizon", "min_gap_days": 4, "min_percent": 51}}, {}, 0),
        ({}, {}, {}, {"rules": [{"kind": "apart", "id": "R", "volunteers": ["V1"], "households": ["H1"]}]}, 0),
        ({}, {}, {"crew": {"roles": [{"role": "lead", "traits": ["female"]}]}}, {}, 0),
    ],
)
def test_admissible_seats(person: Any, home: Any, wish: Any, rest: Any, expected: int) -> None:
    """One volunteer, one household, one need: each rule on single seats decides as said in the model."""
    volunteer = make.volunteer(**person)
    assert seats(make.instance([volunteer], [make.household(**home)], [make.need(**wish)], **rest)) == expected


def test_team_scope_includes_areas_and_teams_below() -> None:
    """A member of a team below the rule's helps in an area below the rule's, and nowhere else."""
    areas = [{"id": "A"}, {"id": "A1", "parent": "A"}, {"id": "B"}]
    teams = [{"id": "T"}, {"id": "T1", "parent": "T"}]
    rules = [{"kind": "team_scope", "id": "R", "team": "T", "areas": ["A"]}]
    for area, expected in (("A1", 1), ("B", 0), (None, 0)):
        home, person = make.household(area=area), make.volunteer(team="T1")
        assert seats(make.instance([person], [home], areas=areas, teams=teams, rules=rules)) == expected


def test_seat_groups() -> None:
    """Roles are exact, open seats fill up to the crew's most, and the two-person rule raises both ends."""
    for crew, two, expected in (
        ({"min": 2}, False, [(2, 2)]),
        ({"min": 1, "max": 3}, False, [(1, 3)]),
        ({"min": 1, "roles": [{"role": "lead"}]}, False, [(1, 1)]),
        ({"min": 1, "roles": [{"role": "lead"}]}, True, [(1, 1), (1, 1)]),
        ({"min": 1, "max": 3, "roles": [{"role": "lead"}]}, False, [(1, 1), (0, 2)]),
        ({"min": 3, "roles": [{"role": "a"}, {"role": "b", "count": 3}]}, False, [(1, 1), (3, 3)]),
    ):
        rules = [{"kind": "two_person", "id": "R"}] if two else []
        job = Facts(make.instance(needs=[make.need(crew=crew)], rules=rules)).jobs[0]
        assert [(group.least, group.most) for group in job.groups] == expected


def test_required_visits() -> None:
    """Whole periods ask for the count, partial ones pro rata with half rounding up, the first for one at least."""
    for days, count, per, expected in (
        (21, 2, "week", 6),
        (10, 1, "week", 1),  # 3/7 rounds down
        (11, 1, "week", 2),  # 4/7 rounds up
        (31, 3, "month", 3),
        (3, 2, "month", 1),
        (46, 1, "month", 2),  # March is whole, 15 of April's 30 days round up
        (5, 4, "horizon", 4),
    ):
        wish = make.need(visits={"count": count, "per": per})
        instance = make.instance(needs=[wish], horizon=make.horizon(days, date(2026, 3, 1)))
        assert len(Facts(instance).jobs[0].visits) == expected


def test_clock_change_hours_are_no_time() -> None:
    """Nothing starts in, or runs into, the hour that is skipped in March or repeated in October."""
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        when = make.horizon(1, day, time_zone="Europe/Berlin", day_start="00:00", day_end="05:00")
        assert [start // 60 for _, start in Facts(make.instance(horizon=when)).jobs[0].starts] == [0, 1, 3, 4]


def test_dates_change_the_pairs() -> None:
    """Two needs at the same hour cannot share a volunteer, so a farther one takes over when dates count."""
    needs = [make.need("N1", windows=[make.window("09:00", "10:00", "mon")]), make.need("N2", "H2")]
    needs[1] = make.need("N2", "H2", windows=[make.window("09:00", "10:00", "mon")])
    people = [make.volunteer("V1"), make.volunteer("V2", 1)]
    instance = make.instance(people, [make.household("H1"), make.household("H2")], needs)
    assert dict(oracle_pairs(instance, "pair") or ())["travel"] == 0
    assert dict(oracle_pairs(instance) or ())["travel"] == 18


def test_best_visits_of_given_pairs() -> None:
    """With a day closed one of three weekly visits is missed, and nothing else is irregular."""
    person = make.volunteer(windows=[make.window("09:00", "10:00", "mon")])
    when = make.horizon(21, closed_days=[MONDAY + timedelta(days=7)])
    wish = make.need(visits={"count": 1, "per": "week", "min_percent": 50})
    instance = make.instance([person], needs=[wish], horizon=when)
    assert oracle_visits(instance, {"N1": ("V1",)}, {}) == (("missed:2", 1), ("regularity", 0))
    assert oracle_visits(make.instance([person], needs=[wish], days=1), {"N1": ("V1",)}, {}) is not None
    strict = make.need(visits={"count": 1, "per": "week", "min_percent": 75})
    assert oracle_visits(make.instance([person], needs=[strict], horizon=when), {"N1": ("V1",)}, {}) is None
