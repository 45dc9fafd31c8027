"""Scheduling: dated visits that keep every rule, are the best there are, and conflicts that are real and minimal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from builders import MONDAY, event, horizon, household, instance, need, site, volunteer, window
from schedule_cases import crowded, plain, random_case
from schedule_oracle import Oracle, value

from pairsolve.calendar import Calendar
from pairsolve.instance import Instance
from pairsolve.options import Options, Watch
from pairsolve.scheduling import (
    Assignment,
    Conflict,
    Schedule,
    Scheduler,
    schedule,
    schedule_or_drop,
)
from pairsolve.travel import Times

NUM_CASES = 300
WEEKLY = {"count": 1, "per": "week"}


def run(asked: Instance, crews: dict[int, tuple[int, ...]], events: Any = None, **options: Any) -> Schedule:
    options = {"threads": 1, **options}
    return schedule(
        asked,
        Calendar(asked.horizon),
        Times(asked),
        Assignment(crews, events or {}),
        Options(**options),
        Watch(),
    )


def days_and_starts(found: Schedule, number: int = 0) -> list[tuple[int, int]]:
    return [(visit.day, visit.start) for visit in found.visits if visit.need == number]


# --- against the oracle -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(0, NUM_CASES, 25))
def test_random_components_are_solved_to_the_best_value_of_every_tier(first: int) -> None:
    """Visits break no rule, their value is the oracle's best tier by tier, and the bounds say so."""
    for seed in range(first, first + 25):
        asked, assignment = random_case(seed)
        found = run(asked, dict(assignment.crews), dict(assignment.event_crews))
        best = Oracle(asked, assignment.crews, assignment.event_crews).best()
        if best is None:
            assert found.conflicts, f"case {seed} cannot be scheduled"
            for conflict in found.conflicts:
                check_conflict(asked, assignment, conflict)
            continue
        visits = plain(found.visits)
        assert not found.conflicts, f"case {seed} can be scheduled"
        assert Oracle(asked, assignment.crews, assignment.event_crews).faults(visits) == [], f"case {seed}"
        assert value(asked, assignment.crews, visits) == best, f"case {seed}"
        assert (*found.missed_bound.values(), found.regularity_bound) == best, f"case {seed}"
        assert found.proven == found.components, f"case {seed}"


def check_conflict(asked: Instance, assignment: Assignment, conflict: Conflict) -> None:
    """Assert that a conflict's jobs cannot be scheduled together, and can as soon as any of them is left out."""

    def feasible(needs: frozenset[int], events: frozenset[int]) -> bool:
        crews = {number: assignment.crews[number] for number in sorted(needs)}
        event_crews = {number: assignment.event_crews[number] for number in sorted(events)}
        return Oracle(asked, crews, event_crews).is_feasible()

    assert conflict.proven
    assert not feasible(conflict.needs, conflict.events)
    assert all(feasible(conflict.needs - {number}, conflict.events) for number in conflict.needs)
    assert all(feasible(conflict.needs, conflict.events - {number}) for number in conflict.events)


def test_conflicts_of_a_component_share_no_need() -> None:
    """The conflicts of one component are disjoint, so that each is a cut of its own."""
    for seed in range(60):
        asked, assignment = random_case(seed)
        found = run(asked, dict(assignment.crews), dict(assignment.event_crews))
        counted = Counter(number for conflict in found.conflicts for number in conflict.needs)
        assert all(count == 1 for count in counted.values())


def test_a_component_with_a_conflict_gets_no_visits() -> None:
    """Needs linked to a conflict wait for pairing; all others are dated."""
    asked = instance(
        [volunteer(windows=(window("08:00", "09:00", "mon"),)), volunteer("V2")],
        [household("H1"), household("H2")],
        [need("N1"), need("N2", "H2"), need("N3", "H2")],
    )
    found = run(asked, {0: (0,), 1: (0,), 2: (1,)})
    assert found.conflicts == (Conflict(frozenset({0, 1}), frozenset()),)
    assert found.visits == ()
    found = run(asked, {0: (0,), 2: (1,)})
    assert {visit.need for visit in found.visits} == {0, 2}


# --- the edges ----------------------------------------------------------------------------------------------------


def test_nothing_to_do_is_a_schedule_without_visits() -> None:
    """An assignment without jobs has an empty, proven schedule with a bound for every class."""
    found = run(instance(), {})
    assert (found.visits, found.missed_bound, found.regularity_bound) == ((), {2: 0}, 0)
    assert (found.components, found.proven, found.conflicts) == (0, 0, ())


def test_a_horizon_of_one_day_holds_one_visit() -> None:
    """A weekly need asks for its first visit however short the horizon is."""
    found = run(instance(needs=[need(visits=WEEKLY)], days=1), {0: (0,)})
    assert plain(found.visits) == [(0, 1, 0, 480)]
    assert (found.missed_bound, found.regularity_bound) == ({2: 0}, 0)


def test_a_crew_without_common_time_is_a_conflict_of_one_need() -> None:
    """Two volunteers who never meet cannot serve together; the conflict names only their need."""
    people = [volunteer(windows=(window("08:00", "10:00"),)), volunteer("V2", windows=(window("10:00", "12:00"),))]
    asked = instance(people, needs=[need("N1", crew={"min": 2}), need("N2")])
    assert run(asked, {0: (0, 1), 1: (0,)}).conflicts == (Conflict(frozenset({0}), frozenset()),)


def test_a_closed_day_in_a_recurrence_costs_one_visit_and_no_regularity() -> None:
    """Sundays only, one Sunday closed: that visit is missed, provably, and the others stay regular."""
    person = volunteer(windows=(window("09:00", "11:00", "sun"),))
    days = horizon(28, closed_days=(MONDAY + timedelta(days=13),))
    asked = instance([person], needs=[need(visits={**WEEKLY, "min_percent": 75})], horizon=days)
    found = run(asked, {0: (0,)})
    assert [(visit.index, visit.day) for visit in found.visits] == [(1, 6), (3, 20), (4, 27)]
    assert (found.missed_bound, found.regularity_bound, found.proven) == ({2: 1}, 0, 1)
    assert found.work["components_perfect"] == 1


def test_weeks_of_a_horizon_that_starts_on_a_thursday() -> None:
    """Weeks are counted from the first day: a Monday belongs to the week that began on the Thursday before."""
    person = volunteer(windows=(window("09:00", "11:00", "mon"),))
    asked = instance([person], needs=[need(visits=WEEKLY)], horizon=horizon(14, MONDAY + timedelta(days=3)))
    found = run(asked, {0: (0,)})
    assert [(visit.index, visit.day) for visit in found.visits] == [(1, 4), (2, 11)]
    assert (found.missed_bound, found.regularity_bound, found.proven) == ({2: 0}, 0, 1)


def test_visits_keep_off_the_hour_that_the_clock_skips() -> None:
    """On 28 March 2027 in Berlin 02:00 to 03:00 does not exist; a night visit of an hour starts at 03:00."""
    day = date(2027, 3, 28)
    night = horizon(1, day, time_zone="Europe/Berlin", day_start="02:00", day_end="04:00", slot_minutes=30)
    found = run(instance(horizon=night, needs=[need(minutes=60)]), {0: (0,)})
    assert days_and_starts(found) == [(0, 180)]
    assert run(instance(horizon=night, needs=[need(minutes=61)]), {0: (0,)}).conflicts


def test_months_from_29_february() -> None:
    """Months that start on 29 February 2028 end the day before the 29th; each holds its visit."""
    asked = instance(
        [volunteer(windows=(window("08:00", "09:00", "tue"),))],
        needs=[need(visits={"count": 1, "per": "month"})],
        horizon=horizon(90, date(2028, 2, 29)),
    )
    found = run(asked, {0: (0,)})
    assert [visit.day < limit for visit, limit in zip(found.visits, (29, 60, 90), strict=True)] == [True] * 3
    assert (found.missed_bound, found.regularity_bound) == ({2: 0}, 0)


def test_a_visit_may_end_at_midnight_and_last_all_day() -> None:
    """A window to 24:00 holds a visit to 24:00; a visit of 24 hours fills a whole day."""
    late = instance([volunteer(windows=(window("23:00", "24:00"),))], [household(windows=(window("00:00", "24:00"),))])
    assert days_and_starts(run(late, {0: (0,)})) == [(0, 1380)]
    everywhere = {"windows": (window("00:00", "24:00"),)}
    long = instance([volunteer(**everywhere)], [household(**everywhere)], [need(minutes=1440)])
    assert days_and_starts(run(long, {0: (0,)})) == [(0, 0)]


def test_a_year_of_weekly_visits_is_regular() -> None:
    """366 days hold 52 visits on one weekday at one hour, for each of three needs of one volunteer."""
    asked = instance(
        [volunteer()],
        [household(f"H{i}", 0.2 * i) for i in range(3)],
        [need(f"N{i}", f"H{i}", visits=WEEKLY) for i in range(3)],
        days=366,
    )
    found = run(asked, {0: (0,), 1: (0,), 2: (0,)})
    assert (len(found.visits), found.missed_bound, found.regularity_bound) == (156, {2: 0}, 0)
    assert found.work["components_perfect"] == 1


def test_a_year_that_is_too_full_is_a_conflict() -> None:
    """Adding up 366 days must not take a search: three weekly needs never fit two afternoons a week."""
    person = volunteer(windows=(window("08:00", "09:00", "tue", "thu"),))
    homes = [household(f"H{i}") for i in range(3)]
    asked = instance([person], homes, [need(f"N{i}", f"H{i}", visits=WEEKLY) for i in range(3)], days=366)
    assert run(asked, dict.fromkeys(range(3), (0,))).conflicts == (Conflict(frozenset(range(3)), frozenset()),)


# --- rules --------------------------------------------------------------------------------------------------------


def test_travel_lies_between_visits_but_not_around_phone_calls() -> None:
    """Two households an hour apart leave room for two visits in four hours, and a call needs no way."""
    person = volunteer(windows=(window("08:00", "11:00", "mon"),), visits_per_day=3)
    homes = [household("H1", 0.0), household("H2", 3.4)]  # 60 minutes on foot
    asked = instance([person], homes, [need("N1"), need("N2", "H2")])
    assert sorted(visit.start for visit in run(asked, {0: (0,), 1: (0,)}).visits) == [480, 600]
    person = volunteer(windows=(window("08:00", "10:00", "mon"),))
    asked = instance([person], homes, [need("N1"), need("N2", "H2")])
    assert run(asked, {0: (0,), 1: (0,)}).conflicts
    asked = instance([person], homes, [need("N1"), need("N2", "H2", channel="phone")])
    assert sorted(visit.start for visit in run(asked, {0: (0,), 1: (0,)}).visits) == [480, 540]


def test_two_visits_of_one_household_do_not_overlap() -> None:
    """Two volunteers of one household come one after the other, or not at all."""
    people = [volunteer(windows=(window("08:00", "09:00", "mon"),)), volunteer("V2")]
    asked = instance(people, needs=[need("N1"), need("N2", windows=(window("08:00", "09:30", "mon"),))])
    assert run(asked, {0: (0,), 1: (1,)}).conflicts == (Conflict(frozenset({0, 1}), frozenset()),)


def test_a_site_serves_no_more_at_a_time_than_it_holds() -> None:
    """Five visits of an hour at a site of capacity two, open for two hours a day, need two days."""
    asked = instance(
        [volunteer(f"V{i}") for i in range(5)],
        [household(f"H{i}") for i in range(5)],
        [need(f"N{i}", f"H{i}", channel="site", site="S1") for i in range(5)],
        sites=(site(capacity=2, windows=(window("08:00", "10:00", "mon", "tue"),)),),
    )
    found = run(asked, {i: (i,) for i in range(5)})
    busy = Counter((visit.day, visit.start) for visit in found.visits)
    assert len(found.visits) == 5
    assert max(busy.values()) == 2
    small = asked.model_copy(update={"sites": (site(capacity=1, windows=(window("08:00", "10:00", "mon", "tue"),)),)})
    assert run(small, {i: (i,) for i in range(5)}).conflicts == (Conflict(frozenset(range(5)), frozenset()),)


def test_events_take_time_and_room_of_their_crew() -> None:
    """An event blocks its hours with the way there, counts as a visit of the day, and leaves other people alone."""
    person = volunteer(windows=(window("08:00", "12:00", "mon"),), visits_per_day=2)
    asked = instance([person, volunteer("V2")], needs=[need("N1"), need("N2")], events=(event(start="08:30"),))
    assert days_and_starts(run(asked, {0: (0,)}, {0: (0,)})) == [(0, 600)]
    assert days_and_starts(run(asked, {0: (1,)}, {0: (0,)})) == [(0, 480)]
    conflict = run(asked, {0: (0,), 1: (0,)}, {0: (0,)}).conflicts
    assert conflict == (Conflict(frozenset({0, 1}), frozenset({0})),)


def test_events_that_clash_among_themselves_are_a_conflict_without_needs() -> None:
    """A volunteer cannot be at two events at once, nor at more events than a week has minutes for."""
    asked = instance(
        [volunteer(minutes_per_week=90)], events=(event(), event("E2"), event("E3", start="10:30", end="11:00"))
    )
    assert run(asked, {}, {0: (0,), 1: (0,)}).conflicts == (Conflict(frozenset(), frozenset({0, 1})),)
    asked = instance([volunteer(minutes_per_week=80)], events=(event(), event("E2", start="10:30", end="11:00")))
    assert run(asked, {}, {0: (0,), 1: (0,)}).conflicts == (Conflict(frozenset(), frozenset({0, 1})),)


def test_the_first_class_is_served_first() -> None:
    """Where only one of two visits a week has room, the need of class 1 keeps all of its visits."""
    person = volunteer(windows=(window("08:00", "09:00", "mon"),))
    loose = {"count": 1, "per": "week", "min_percent": 25}
    asked = instance(
        [person],
        [household("H1", priority=3), household("H2", priority=1)],
        [need("N1", visits=loose), need("N2", "H2", visits=loose)],
        days=28,
    )
    found = run(asked, {0: (0,), 1: (0,)})
    assert (len(days_and_starts(found, 0)), len(days_and_starts(found, 1))) == (1, 3)
    assert found.missed_bound == {1: 1, 3: 3}


# --- stopping ------------------------------------------------------------------------------------------------------


def test_a_stopped_run_still_returns_visits() -> None:
    """Whoever asks to stop gets what can be placed at once, free of conflicts after dropping."""
    for seed in range(30):
        asked, assignment = random_case(seed)
        watch = Watch(callback=lambda progress: True)
        found, needs, events = schedule_or_drop(
            asked, Calendar(asked.horizon), Times(asked), assignment, Options(threads=1), watch
        )
        crews = {number: crew for number, crew in assignment.crews.items() if number not in needs}
        event_crews = {number: crew for number, crew in assignment.event_crews.items() if number not in events}
        assert Oracle(asked, crews, event_crews).faults(plain(found.visits)) == []


def test_progress_counts_components() -> None:
    """The watch hears of finished components, the last time of all of them."""
    heard: list[tuple[str, int, int]] = []
    asked = crowded()
    watch = Watch(callback=lambda progress: heard.append((progress.phase, progress.done, progress.total)))
    schedule(asked, Calendar(asked.horizon), Times(asked), Assignment({0: (0,)}, {}), Options(threads=1), watch)
    assert heard[-1] == ("scheduling", 1, 1)


# --- the same bytes -----------------------------------------------------------------------------------------------


def many_hard() -> tuple[Instance, Assignment]:
    """Return twelve components that the fast path cannot solve, and one large one around a site."""
    people, homes, needs = [], [], []
    loose = {"count": 2, "per": "week", "min_percent": 20}
    for i in range(12):
        people.append(volunteer(f"V{i}", windows=(window("08:00", "10:00", "mon", "wed", "sat"),)))
        homes += [household(f"H{i}a", priority=1 + i % 2), household(f"H{i}b", 0.5)]
        needs += [need(f"N{i}a", f"H{i}a", visits=loose), need(f"N{i}b", f"H{i}b", visits=loose, minutes=90)]
    crews = {2 * i + j: (i,) for i in range(12) for j in range(2)}
    for i in range(45):
        people.append(volunteer(f"W{i}"))
        homes.append(household(f"S{i}"))
        crews[len(needs)] = (12 + i,)
        needs.append(need(f"M{i}", f"S{i}", channel="site", site="S1", visits={**WEEKLY, "min_percent": 50}))
    hall = site(capacity=2, windows=(window("08:00", "12:00", "mon", "tue", "wed", "thu", "fri"),))
    return instance(people, homes, needs, days=14, sites=(hall,)), Assignment(crews, {})


def test_threads_do_not_change_the_schedule() -> None:
    """One process and two give the same schedule, value for value."""
    asked, assignment = many_hard()
    one, two = (run(asked, dict(assignment.crews), threads=threads) for threads in (1, 2))
    assert one == two
    assert one.work["components_exact"] == 13


@pytest.mark.parametrize("most_needs", [150, 20])
def test_a_large_component_keeps_its_rules(most_needs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """45 needs at a full site of capacity two: enough visits for each, two at a time, as many as there is room for."""
    monkeypatch.setattr("pairsolve.scheduling.solving.MOST_NEEDS", most_needs)
    asked, assignment = many_hard()
    found = run(asked, {number: crew for number, crew in assignment.crews.items() if number >= 24})
    assert found.components == 1
    visits = Counter(visit.need for visit in found.visits)
    assert min(visits.values()) >= 1
    assert len(visits) == 45
    busy = Counter((visit.day, visit.start) for visit in found.visits)
    assert max(busy.values()) <= 2
    assert (len(found.visits), found.missed_bound) == (80, {1: 0, 2: 10})


def test_a_second_schedule_remembers_the_first() -> None:
    """A scheduler that is asked again answers from memory what did not change, and says the same."""
    asked, assignment = many_hard()
    small = Assignment({number: crew for number, crew in assignment.crews.items() if number < 24}, {})
    scheduler = Scheduler(asked, Calendar(asked.horizon), Times(asked), Options(threads=1), Watch())
    first = scheduler.schedule(small)
    assert scheduler.schedule(small) == first


def test_hash_seeds_do_not_change_the_schedule() -> None:
    """Sets and dictionaries leave no trace in the order of anything."""
    code = (
        "from test_scheduling import run, random_case\n"
        "for seed in range(0, 40):\n"
        "    asked, assignment = random_case(seed)\n"
        "    found = run(asked, dict(assignment.crews), dict(assignment.event_crews))\n"
        "    print(found.visits, found.missed_bound, found.regularity_bound, found.work,"
        " [(sorted(c.needs), sorted(c.events)) for c in found.conflicts])\n"
    )
    texts = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.path.dirname(__file__)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert texts[0] == texts[1]
    assert texts[0].count("\n") == 40
