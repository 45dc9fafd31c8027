"""The compiled fast path: what it calls perfect is perfect, and what it leaves over is a part of a plan."""

from __future__ import annotations

import os

import pytest
from builders import event, household, instance, need, volunteer, window
from schedule_cases import random_case
from schedule_oracle import Oracle, value

from pairsolve.calendar import Calendar
from pairsolve.instance import Instance
from pairsolve.options import Options, Watch
from pairsolve.scheduling import around
from pairsolve.scheduling.answers import Assignment
from pairsolve.scheduling.components import Cutter, components
from pairsolve.scheduling.conflicts import event_conflicts
from pairsolve.scheduling.dating import Scheduler
from pairsolve.scheduling.fast.engine import place, suits
from pairsolve.scheduling.frame import Frame
from pairsolve.scheduling.outcome import Outcome, Partial
from pairsolve.scheduling.tasks import Plan
from pairsolve.travel import Times

NUM_CASES = int(os.environ.get("PAIRSOLVE_ORACLE_SEEDS", "60"))
FIRST_CASE = 1_000  # test_scheduling.py holds the whole scheduler against the oracle on the cases before
WEEKLY = {"count": 1, "per": "week"}


def placed(asked: Instance, assignment: Assignment) -> list[Outcome | Partial]:
    frame = Frame(asked, Calendar(asked.horizon), Times(asked))
    if event_conflicts(frame, assignment):  # the scheduler leaves such events out first
        return []
    narrow = Cutter(frame, assignment).narrow
    groups = [needs for needs in components(frame, assignment) if suits(frame, needs, narrow)]
    return place(frame, assignment, groups, 1, Watch())


def classes(asked: Instance) -> list[int]:
    homes = {home.id: home.priority for home in asked.households}
    return sorted({one.priority or homes[one.household] for one in asked.needs})


def visits_of(asked: Instance, plans: dict[int, Plan]) -> list[tuple[int, int, int, int]]:
    slot = asked.horizon.slot_minutes
    return [(need, visit + 1, day, at * slot) for need, plan in plans.items() for visit, day, at in plan]


@pytest.mark.parametrize("first", range(0, NUM_CASES, 20))
def test_perfect_components_equal_the_plain_model_in_every_tier(first: int) -> None:
    """Placed needs break no rule; a component that is called perfect has the value of a plain CP-SAT model."""
    perfect = 0
    for seed in range(FIRST_CASE + first, FIRST_CASE + min(first + 20, NUM_CASES)):
        asked, assignment = random_case(seed)
        for outcome in placed(asked, assignment):
            crews = {number: assignment.crews[number] for number in outcome.plans}
            oracle = Oracle(asked, crews, assignment.event_crews)
            visits = visits_of(asked, outcome.plans)
            assert oracle.faults(visits) == [], f"case {seed}"
            if isinstance(outcome, Outcome):
                missed = [outcome.missed_bound.get(priority, 0) for priority in classes(asked)]
                claimed = (*missed, outcome.regularity_bound)
                assert value(asked, crews, visits) == oracle.best() == claimed, f"case {seed}"
                perfect += 1
    assert perfect > 0


def test_what_is_solved_around_left_out_needs_claims_no_more_than_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two needs at a time beside all others: rules hold, bounds are true, and proven values are the best there are."""
    monkeypatch.setattr(around, "CORE_NEEDS", (1, 2))
    solved = 0
    for seed in range(FIRST_CASE, FIRST_CASE + NUM_CASES):
        asked, assignment = random_case(seed)
        cutter = Cutter(Frame(asked, Calendar(asked.horizon), Times(asked)), assignment)
        for partial in placed(asked, assignment):
            if isinstance(partial, Outcome):
                continue
            crews = {number: assignment.crews[number] for number in partial.needs}
            best = Oracle(asked, crews, assignment.event_crews).best()
            outcome = around.solve_around(cutter, partial, 0, {})
            assert best is not None or outcome.conflicts, f"case {seed}"
            assert best is None or not any(conflict.proven for conflict in outcome.conflicts), f"case {seed}"
            if outcome.conflicts:
                continue
            visits = visits_of(asked, dict(outcome.plans))
            assert Oracle(asked, crews, assignment.event_crews).faults(visits) == [], f"case {seed}"
            reached = (*(outcome.missed.get(priority, 0) for priority in classes(asked)), outcome.regularity)
            assert value(asked, crews, visits) == reached, f"case {seed}"
            assert best is not None
            assert all(outcome.relaxed_bound.get(p, 0) <= least for p, least in zip(classes(asked), best, strict=False))
            if outcome.missed_proven:
                assert reached[:-1] == best[:-1], f"case {seed}"
                assert outcome.regularity_bound <= best[-1], f"case {seed}"
            solved += 1
    assert solved > 0


def crossed() -> tuple[Instance, Assignment]:
    """Return two needs of which the freer one stands in the way until it is put out."""
    people = [volunteer(windows=(window("08:00", "10:00", "mon"),), visits_per_day=1), volunteer("V2")]
    homes = [household("H1"), household("H2", windows=(window("08:00", "09:00", "mon", "tue"),))]
    needs = [need("N1", crew={"min": 2}, minutes=60), need("N2", "H2", minutes=60)]
    return instance(people, homes, needs, days=7), Assignment({0: (0, 1), 1: (1,)}, {})


def test_needs_move_out_of_the_way() -> None:
    """A need that stands in the way of another moves to its own second choice."""
    (outcome,) = placed(*crossed())
    assert isinstance(outcome, Outcome)
    assert {day for _, day, _ in outcome.plans[0]} == {0}


def test_a_visit_longer_than_the_week_has_minutes_is_left_out() -> None:
    """Nobody pays with time that is not there, not even by putting others out."""
    asked = instance([volunteer(minutes_per_week=50)], needs=[need(minutes=60)], days=14)
    (partial,) = placed(asked, Assignment({0: (0,)}, {}))
    assert isinstance(partial, Partial)
    assert partial.left_out == [0]


def test_events_close_their_hours_on_the_fast_path() -> None:
    """An event takes its hours and its visit of the day; the weekly visit goes where both leave room."""
    person = volunteer(windows=(window("08:00", "12:00", "mon"),), visits_per_day=2)
    asked = instance([person], events=(event(start="08:30"),), needs=[need()])
    (outcome,) = placed(asked, Assignment({0: (0,)}, {0: (0,)}))
    assert isinstance(outcome, Outcome)
    assert [(day, at * asked.horizon.slot_minutes) for _, day, at in outcome.plans[0]] == [(0, 600)]


def test_long_horizons_and_narrow_sites_are_left_to_the_others() -> None:
    """Days are bits of one number, and sites are shared by too many: such components do not suit."""
    asked = instance(needs=[need(visits=WEEKLY)], days=80)
    assert placed(asked, Assignment({0: (0,)}, {})) == []


def test_a_work_limit_of_nothing_leaves_hard_components_to_the_greedy_way() -> None:
    """With no work allowed, CP-SAT is never asked; what can be placed is placed, and bounds stay true."""
    asked = instance(
        [volunteer(windows=(window("08:00", "09:00", "mon"),))],
        [household("H1", priority=3), household("H2", priority=1)],
        [need(f"N{i}", f"H{i}", visits={**WEEKLY, "min_percent": 25}) for i in (1, 2)],
        days=28,
    )
    assignment = Assignment({0: (0,), 1: (0,)}, {})
    options = Options(threads=1, work_limit=0)
    found = Scheduler(asked, Calendar(asked.horizon), Times(asked), options, Watch()).schedule(assignment)
    assert not any(name.startswith("components_exact") for name in found.work)
    assert found.missed_bound[1] == 0
