"""Breaks, overtime and waiting: what a day asks of a person, and what its order costs."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import pytest
from builders import horizon, household, instance, need, volunteer, window
from random_instances import random_instance
from schedule_cases import random_case
from schedule_oracle import Oracle

from pairsolve import check, solve
from pairsolve.calendar import Calendar
from pairsolve.errors import InputError
from pairsolve.instance import Instance, Volunteer
from pairsolve.reading import read
from pairsolve.rules import DayPrices
from pairsolve.scheduling import Assignment
from pairsolve.scheduling.components import Cutter, components
from pairsolve.scheduling.exact import feasible_plans
from pairsolve.scheduling.frame import Frame
from pairsolve.travel import Times

DAY_TOURS = import_module("pairsolve.scheduling.day_tours")
ONCE = {"count": 1, "per": "horizon"}
NOON = {"start": "11:30", "end": "13:30", "minutes": 45}


def carer_of(number: int, **fields: Any) -> Instance:
    """Return one carer with so many visits of half an hour on one day, spread over a village."""
    fields = {"windows": (window("08:00", "17:00"),), "reach_minutes": 600, **fields}
    return instance(
        horizon=horizon(1, slot_minutes=5, day_end="18:00"),
        volunteers=(volunteer(visits_per_day=number, max_households=number, **fields),),
        households=tuple(household(f"H{n}", (n * 7 % 5 - 2) * 0.2, (n * 3 % 4) * 0.2) for n in range(number)),
        needs=tuple(need(f"N{n}", f"H{n}", minutes=30, visits=ONCE) for n in range(number)),
    )


def two_at(first: str, second: str, volunteer_fields: dict[str, Any], **fields: Any) -> Instance:
    """Return one volunteer and two households next door, with windows such as ``"08:00-12:00"``."""
    homes = [household(f"H{n}", windows=(window(*span.split("-")),)) for n, span in enumerate((first, second))]
    return instance(
        [volunteer(max_households=2, **volunteer_fields)],
        homes,
        [need(f"N{n}", f"H{n}", minutes=30, visits=ONCE) for n in range(2)],
        horizon=horizon(1, slot_minutes=15),
        **fields,
    )


def starts(asked: Instance) -> list[str]:
    """Solve, let the referee agree, and return when visits start."""
    plan = solve(asked, seed=0)
    assert check(asked, plan).ok, check(asked, plan).findings
    return [f"{visit.start:%H:%M}" for visit in plan.visits]


def test_the_exact_model_knows_breaks_as_the_oracle_does() -> None:
    """Needs of one volunteer with a break have dates exactly if the plain model says so, and those keep every rule."""
    answers = set()
    for seed in range(3000, 3070):
        asked = _with_break(seed)
        crews = dict.fromkeys(range(len(asked.needs)), (0,))
        assignment = Assignment(crews, {})
        calendar = Calendar(asked.horizon)
        frame = Frame(asked, calendar, Times(asked))
        cutter = Cutter(frame, assignment)
        found = [feasible_plans(cutter.piece(needs).settled(), 0).plans for needs in components(frame, assignment)]
        is_feasible = all(plans is not None for plans in found)
        assert Oracle(asked, crews, {}).is_feasible() == is_feasible, f"case {seed}"
        answers.add(is_feasible)
        if is_feasible:
            visits = [
                (number, visit + 1, day, slot * calendar.slot)
                for plans in found
                for number, plan in (plans or {}).items()
                for visit, day, slot in plan
            ]
            assert Oracle(asked, crews, {}).faults(visits) == [], f"case {seed}"
    assert answers == {True, False}


def _with_break(seed: int) -> Instance:
    asked, _ = random_case(seed)
    rest = {"start": "09:00", "end": "11:30", "minutes": Random(seed).choice((30, 45, 60, 75))}
    free = Volunteer.model_validate({"id": "V", "location": {"place": "P0"}, "day_break": rest, "visits_per_day": 3})
    one = free.model_copy(update={"id": asked.volunteers[0].id, "location": asked.volunteers[0].location})
    needs = tuple(
        record.model_copy(
            update={"visits": record.visits.model_copy(update={"min_percent": 100, "max_gap_days": None})}
        )
        for record in asked.needs
    )
    return asked.model_copy(update={"volunteers": (one,), "needs": needs, "events": ()})


def test_a_full_day_has_its_break() -> None:
    """Twelve visits and a break of 45 minutes around noon fit into one day, in an order as short as without a break."""
    plain, resting = carer_of(12), carer_of(12, day_break=NOON)
    without, plan = solve(plain, seed=0), solve(resting, seed=0)
    assert check(resting, plan).ok
    assert not check(resting, without.model_copy(update={"run": plan.run})).ok
    assert len(plan.visits) == 12
    assert plan.minutes is not None
    assert without.minutes is not None
    assert plan.minutes.road <= without.minutes.road
    assert plan.minutes.idle >= 45


def test_random_plans_keep_breaks_and_overtime() -> None:
    """Whole solves of random instances, everybody with a break or overtime, pass the referee."""
    for seed in range(500, 530):
        asked = random_instance(seed)
        people = tuple(
            one.model_copy(
                update={
                    "day_break": carer_of(1, day_break={**NOON, "start": "08:30"}).volunteers[0].day_break
                    if number % 2
                    else None,
                    "overtime_minutes": 30 * (number % 3),
                }
            )
            for number, one in enumerate(asked.volunteers)
        )
        asked = asked.model_copy(update={"volunteers": people, "day_prices": DayPrices(idle=seed % 2)})
        verdict = check(asked, solve(asked, seed=0))
        assert verdict.ok, (seed, verdict.findings[:3])


def test_overtime_covers_what_the_window_does_not() -> None:
    """A visit that ends after the window takes place in overtime, and its minutes are counted."""
    asked = two_at("08:00-12:00", "08:30-12:00", {"windows": (window("08:00", "08:45"),), "overtime_minutes": 15})
    plan = solve(asked, seed=0)
    assert check(asked, plan).ok
    assert len(plan.visits) == 2
    assert plan.minutes is not None
    assert plan.minutes.overtime == 15
    assert len(starts(two_at("08:00-12:00", "08:30-12:00", {"windows": (window("08:00", "08:45"),)}))) == 1


def test_overtime_has_a_price() -> None:
    """Where the order is free, visits are made within the window."""
    asked = two_at("08:00-12:00", "08:00-12:00", {"windows": (window("08:00", "09:00"),), "overtime_minutes": 180})
    assert sorted(starts(asked)) == ["08:00", "08:30"]


def test_waiting_has_a_price() -> None:
    """Without a price the first visit is early; with one it is just before the second."""
    hours = {"windows": (window("08:00", "12:00"),)}
    assert starts(two_at("08:00-12:00", "11:00-12:00", hours)) == ["08:00", "11:00"]
    assert starts(two_at("08:00-12:00", "11:00-12:00", hours, day_prices=DayPrices(idle=1))) == ["10:30", "11:00"]


def test_tours_find_ways_that_moves_of_few_visits_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for tours leaves every tier as it is, and its ways are no longer than without it."""
    asked = carer_of(16, windows=(window("08:00", "18:00"),))
    with_tours = solve(asked, seed=0)
    monkeypatch.setattr(DAY_TOURS, "FEWEST", 99)
    without = solve(asked, seed=0)
    assert check(asked, with_tours).ok
    assert with_tours.objective == without.objective
    assert with_tours.minutes is not None
    assert without.minutes is not None
    assert with_tours.minutes.road <= without.minutes.road


def test_people_keep_the_number_of_their_visits() -> None:
    """Two carers from one base exchange visits, but the pairs of each stay as many."""
    asked = carer_of(14, windows=(window("08:00", "18:00"),))
    one = asked.volunteers[0].model_copy(update={"visits_per_day": 7, "max_households": 7})
    asked = asked.model_copy(update={"volunteers": (one, one.model_copy(update={"id": "V2"}))})
    plan = solve(asked, seed=0)
    assert check(asked, plan).ok
    assert sorted(sum(pair.volunteer == name for pair in plan.pairs) for name in ("V1", "V2")) == [7, 7]


def test_a_break_longer_than_its_span_is_refused(tmp_path: Path) -> None:
    """The message names the field and both numbers."""
    record = carer_of(1).model_dump(mode="json")
    record["volunteers"][0]["day_break"] = {"start": "12:00", "end": "12:30", "minutes": 45}
    path = tmp_path / "instance.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(InputError, match=r"day_break\.minutes.* is 45, but from start to end there are 30"):
        read(path)
