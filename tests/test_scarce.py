"""Coverage from the seats few can take: bounds that hold, plans that lose nothing, households that accept few faces."""

from __future__ import annotations

import math
import time
from itertools import count

import numpy as np
import pytest
from builders import household, instance, need, volunteer
from test_tierwise import prepared

from pairsolve import candidates
from pairsolve.candidates import Candidates
from pairsolve.generate import generate
from pairsolve.instance import ExistingPair, Instance
from pairsolve.options import Options, Watch
from pairsolve.pairing import scarce
from pairsolve.pairing.rules import PairRules, broken
from pairsolve.pairing.scarce import cover_by_classes
from pairsolve.pairing.sharing import crowded_groups, shared_rows
from pairsolve.pairing.tiers import Seats, evaluate, tiers_of
from pairsolve.pairing.tierwise import TierBounds
from pairsolve.problem import Ints, Problem
from pairsolve.timetable import TimeTable


def covered(asked: Instance, options: Options, watch: Watch) -> tuple[tuple[int, ...], TierBounds]:
    """Return the values of a first plan that covers more, and the bounds."""
    problem, found, rules, rows = prepared(asked)
    tiers = tiers_of(problem)
    rows, bounds = cover_by_classes(problem, found, tiers, rules, rows, lambda some: some, options, watch)
    return evaluate(Seats(problem, found, rows), tiers), bounds


def town() -> tuple[Problem, Candidates, PairRules, Ints]:
    return prepared(generate("nanning", households=300, volunteers=180, seed=1))


def test_a_locked_pair_takes_the_time_of_a_more_urgent_need() -> None:
    """What a pair that must stay takes from class 1 is in the bound of class 1, though its need is of class 3."""
    values, bounds = covered(
        instance(
            volunteers=(volunteer("V1", max_households=1),),
            households=(household("H1"), household("H2")),
            needs=(need("N1", "H1", priority=1), need("N2", "H2", priority=3)),
            pairs=(ExistingPair(volunteer="V1", household="H2", locked=True),),
        ),
        Options(),
        Watch(),
    )
    assert (values[0], bounds.bounds[0].bound) == (1, 1)


def test_minutes_that_rules_ask_for_elsewhere_are_not_counted() -> None:
    """A minimum that a need of another class may fulfil leaves class 1 its people: the bound is still one of all."""
    values, bounds = covered(
        instance(
            volunteers=(volunteer("V1", min_households=2), volunteer("V2", minutes_per_month=1)),
            households=(household("H1"), household("H2")),
            needs=(need("N1", "H1", priority=1), need("N2", "H2", priority=3)),
        ),
        Options(),
        Watch(),
    )
    assert values[:2] == (0, 0)
    assert bounds.bounds[0].bound == 0


def test_an_urgent_class_is_covered_best_and_proven() -> None:
    """The first class of a town is covered as well as any plan can."""
    problem, found, rules, rows = town()
    tiers = tiers_of(problem)
    better, bounds = cover_by_classes(problem, found, tiers, rules, rows, np.sort, Options(threads=2), Watch())
    before, after = (evaluate(Seats(problem, found, some), tiers) for some in (rows, better))
    assert after[0] < before[0]
    assert broken(Seats(problem, found, better), rules) <= broken(Seats(problem, found, rows), rules)
    assert [bound.bound for bound in bounds.bounds[:2]] == list(after[:2])
    assert bounds.bounds[2].bound <= after[2]


def test_regions_lose_nothing_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scarce, "FIRST", 400)
    problem, found, rules, rows = town()
    tiers = tiers_of(problem)
    once, again = (
        cover_by_classes(problem, found, tiers, rules, rows, np.sort, Options(threads=threads), Watch())
        for threads in (1, 2)
    )
    assert np.array_equal(once[0], again[0])
    assert once[1] == again[1]
    assert evaluate(Seats(problem, found, once[0]), tiers) < evaluate(Seats(problem, found, rows), tiers)


def test_no_bound_comes_from_seats_whose_candidates_are_not_all_known() -> None:
    problem, found, rules, rows = town()
    tiers = tiers_of(problem)
    likely = Candidates(found.group, found.volunteer, found.minutes, complete=False)
    _, bounds = cover_by_classes(problem, likely, tiers, rules, rows, np.sort, Options(), Watch())
    assert bounds == TierBounds()


def test_limits_leave_the_plan_that_is_there() -> None:
    """No work, no time, or a stop while a program runs: the plan is no worse than before."""
    problem, found, rules, rows = town()
    tiers = tiers_of(problem)
    for options, watch in ((Options(work_limit=0), Watch()), (Options(), Watch(time_limit=0))):
        better, bounds = cover_by_classes(problem, found, tiers, rules, rows, np.sort, options, watch)
        assert (better.tolist(), bounds) == (rows.tolist(), TierBounds())
    calls = count()
    stopping = Watch(lambda progress: next(calls) > 0)
    better, _ = cover_by_classes(problem, found, tiers, rules, rows, np.sort, Options(threads=2), stopping)
    assert evaluate(Seats(problem, found, better), tiers) <= evaluate(Seats(problem, found, rows), tiers)


def test_classes_leave_time_for_what_comes_after() -> None:
    assert Watch().until(0.5) == math.inf
    watch, now = Watch(time_limit=1000), time.monotonic()
    assert now + 299 < watch.until(0.3) < now + 301


def test_whoever_can_take_two_seats_of_a_crowded_household_is_listed() -> None:
    """One face for two needs: only who can do both is of use, however many are nearer."""
    asked = instance(
        volunteers=(
            *(volunteer(f"V{number}", minutes_per_month=61) for number in range(9)),
            volunteer("W", minutes_per_month=500),
        ),
        households=(household("H1", max_volunteers=1), household("H2")),
        needs=(need("N1", "H1", priority=1), need("N2", "H1", priority=1), need("N3", "H2")),
    )
    problem, found, _, _ = prepared(asked)
    groups = crowded_groups(problem)
    assert groups.tolist() == [0, 1]
    rows = shared_rows(problem, found, np.flatnonzero(np.isin(found.group, groups)))
    assert found.volunteer[rows].tolist() == [9, 9]
    assert candidates.find(problem, TimeTable(problem), Watch()).whole_groups(3).all()
