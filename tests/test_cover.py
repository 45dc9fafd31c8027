"""Ejection chains: they cover more, keep every limit, and never give up a more important class."""

from __future__ import annotations

import numpy as np
import pytest
from builders import horizon, household, instance, need, volunteer, window
from random_instances import random_instance

from pairsolve import candidates
from pairsolve.calendar import Calendar
from pairsolve.candidates import Candidates
from pairsolve.generate import generate
from pairsolve.instance import ExistingPair, Instance
from pairsolve.options import Options, Watch
from pairsolve.pairing import cover
from pairsolve.pairing.cover import cover_more, stir
from pairsolve.pairing.greedy import first_plan, without_cuts
from pairsolve.pairing.rules import PairRules, broken, visit_room
from pairsolve.pairing.tiers import Seats, evaluate, tiers_of
from pairsolve.problem import Ints, Problem
from pairsolve.timetable import TimeTable
from pairsolve.travel import Times


@pytest.mark.parametrize("first", range(0, 120, 40))
def test_chains_cover_no_less_and_break_nothing(first: int) -> None:
    """Whatever plan they start from, coverage is lexicographically no worse and no rule is broken further."""
    better = 0
    for seed in range(first, first + 40):
        asked = random_instance(seed)
        problem = Problem.build(asked, Calendar(asked.horizon), Times(asked))
        timetable = TimeTable(problem)
        found = candidates.find(problem, timetable, Watch())
        rules = PairRules.build(problem, None)
        nothing = np.zeros(0, np.int64)
        for start in (nothing, without_cuts(problem, found, rules, first_plan(problem, found, rules, nothing))):
            covered = cover_more(problem, found, rules, start, Watch())
            before, after = Seats(problem, found, start), Seats(problem, found, covered)
            coverage = [tier for tier in tiers_of(problem) if tier.priority]
            assert evaluate(after, tuple(coverage)) <= evaluate(before, tuple(coverage)), f"seed {seed}"
            assert broken(after, rules) <= broken(before, rules), f"seed {seed}"
            better += len(after.rows) > len(before.rows)
    assert better > 0


def prepared(asked: Instance) -> tuple[Problem, Candidates, PairRules, Ints]:
    """Return an instance with its candidates, its rules and a plan by chains alone."""
    problem = Problem.build(asked, Calendar(asked.horizon), Times(asked))
    timetable = TimeTable(problem)
    found = candidates.find(problem, timetable, Watch())
    rules = PairRules.build(problem, timetable)
    first = without_cuts(problem, found, rules, first_plan(problem, found, rules, np.zeros(0, np.int64)))
    return problem, found, rules, cover_more(problem, found, rules, first, Watch())


@pytest.mark.parametrize("first", range(0, 120, 40))
def test_upheavals_cover_no_less_and_break_nothing(first: int) -> None:
    """After chains, coverage is lexicographically no worse, and no rule is broken further."""
    for seed in range(first, first + 40):
        problem, found, rules, start = prepared(random_instance(seed))
        stirred = stir(problem, found, rules, start, seed, Options(threads=1), Watch())
        before, after = Seats(problem, found, start), Seats(problem, found, stirred)
        coverage = tuple(tier for tier in tiers_of(problem) if tier.priority)
        gained = evaluate(after, coverage) < evaluate(before, coverage)
        assert gained or np.array_equal(stirred, start), f"seed {seed}"
        assert broken(after, rules) <= broken(before, rules), f"seed {seed}"


@pytest.mark.parametrize("seed", [1, 2])
def test_upheavals_find_what_no_chain_finds(seed: int) -> None:
    """In a town with all rules more is covered, nothing is broken further, and the same seed gives the same plan."""
    problem, found, rules, start = prepared(generate("nanning", households=300, volunteers=180, seed=seed))
    stirred = stir(problem, found, rules, start, seed, Options(threads=1), Watch())
    before, after = Seats(problem, found, start), Seats(problem, found, stirred)
    coverage = tuple(tier for tier in tiers_of(problem) if tier.priority)
    assert evaluate(after, coverage) < evaluate(before, coverage)
    assert broken(after, rules) <= broken(before, rules)
    assert np.array_equal(stir(problem, found, rules, start, seed, Options(threads=1), Watch()), stirred)
    assert np.array_equal(stir(problem, found, rules, start, seed, Options(work_limit=0), Watch()), start)


def test_both_halves_of_a_town_may_be_upheaved_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """More is covered, nothing is broken further, and one thread finds the same plan as two."""
    monkeypatch.setattr(cover, "LARGE_TOWN", 10)
    problem, found, rules, start = prepared(generate("nanning", households=300, volunteers=180, seed=3))
    stirred = stir(problem, found, rules, start, 3, Options(threads=2), Watch())
    before, after = Seats(problem, found, start), Seats(problem, found, stirred)
    coverage = tuple(tier for tier in tiers_of(problem) if tier.priority)
    assert evaluate(after, coverage) < evaluate(before, coverage)
    assert broken(after, rules) <= broken(before, rules)
    assert np.array_equal(stir(problem, found, rules, start, 3, Options(threads=1), Watch()), stirred)


def test_nobody_is_given_more_visits_than_days() -> None:
    """First plans and chains leave room for every visit: by day, by week, and by the days with any time at all."""
    asked = instance(
        horizon=horizon(28),
        volunteers=(volunteer("V1", windows=[window("08:00", "12:00", "sat")], visits_per_day=1, max_households=9),),
        households=tuple(household(f"H{n}") for n in range(3)),
        needs=tuple(need(f"N{n}", f"H{n}", visits={"count": 2, "per": "month"}) for n in range(3)),
    )
    problem = Problem.build(asked, Calendar(asked.horizon), Times(asked))
    timetable = TimeTable(problem)
    rules = PairRules.build(problem, timetable)
    assert visit_room(problem).tolist() == [4]
    found = candidates.find(problem, timetable, Watch())
    first = first_plan(problem, found, rules, np.zeros(0, np.int64))
    chosen = cover_more(problem, found, rules, first, Watch())
    assert Seats(problem, found, chosen).covered.tolist().count(True) == 2
    assert rules.visits_left(Seats(problem, found, chosen)).tolist() == [0]


def test_first_plans_keep_locked_pairs_whose_volunteer_others_would_take() -> None:
    """A household with a locked pair of its own takes nobody whose locked pair is still to come."""
    asked = instance(
        volunteers=(volunteer("V1", minutes_per_month=80), volunteer("V2", minutes_per_month=80), volunteer("V3")),
        households=(household("H1"), household("H2")),
        needs=(need("N1", "H1"), need("N2", "H1"), need("N3", "H2")),
        pairs=(
            ExistingPair(volunteer="V1", household="H1", locked=True),
            ExistingPair(volunteer="V2", household="H2", locked=True),
        ),
    )
    problem = Problem.build(asked, Calendar(asked.horizon), Times(asked))
    found = candidates.find(problem, TimeTable(problem), Watch())
    rules = PairRules.build(problem, None)
    seats = Seats(problem, found, first_plan(problem, found, rules, np.zeros(0, np.int64)))
    assert seats.covered.all()
    assert broken(seats, rules) == 0
