"""Tier after tier by the exact model: never worse, bounds never above the best plan, and said only where they hold."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import oracle_pairs
from random_instances import random_instance

from pairsolve import candidates
from pairsolve.calendar import Calendar
from pairsolve.candidates import Candidates
from pairsolve.check import check
from pairsolve.generate import generate
from pairsolve.instance import Instance
from pairsolve.options import Options, Watch
from pairsolve.pairing.greedy import first_plan
from pairsolve.pairing.rules import PairRules, broken
from pairsolve.pairing.scarce import cover_by_classes
from pairsolve.pairing.tiers import Seats, evaluate, tiers_of
from pairsolve.pairing.tierwise import TierBound, TierBounds, better_by_tiers
from pairsolve.problem import Ints, Problem
from pairsolve.solve import solve
from pairsolve.timetable import TimeTable
from pairsolve.travel import Times


def prepared(asked: Instance) -> tuple[Problem, Candidates, PairRules, Ints]:
    """Return an instance with its candidates, its rules and a first plan."""
    problem = Problem.build(asked, Calendar(asked.horizon), Times(asked))
    found = candidates.find(problem, TimeTable(problem), Watch())
    rules = PairRules.build(problem, None)
    return problem, found, rules, first_plan(problem, found, rules, np.zeros(0, np.int64))


def both(asked: Instance, watch: Watch) -> tuple[tuple[int, ...], tuple[int, ...], tuple[TierBound, ...]]:
    """Return the values of a first plan and of a better one, after what is broken, and all bounds."""
    problem, found, rules, rows = prepared(asked)
    tiers = tiers_of(problem)

    def rank(some: Ints) -> tuple[int, ...]:
        seats = Seats(problem, found, some)
        return broken(seats, rules), *evaluate(seats, tiers)

    covering, early = cover_by_classes(
        problem, found, tiers, rules, rows, lambda some: some, Options(seed=1, threads=2), watch
    )
    better, late = better_by_tiers(problem, found, tiers, rules, covering, Options(seed=1, threads=1), watch)
    assert rank(better) <= rank(covering) <= rank(rows)
    return rank(rows), rank(better), (*early.bounds, *late.bounds)


@pytest.mark.parametrize("first", range(0, 120, 30))
def test_plans_get_no_worse_and_no_bound_is_above_the_best_plan(first: int) -> None:
    met = 0
    for seed in range(first, first + 30):
        asked = random_instance(seed)
        best = oracle_pairs(asked, "pair")
        if best is None:
            continue
        values = tuple(value for _, value in best)
        _, after, bounds = both(asked, Watch())
        for bound in bounds:
            if bound.holds(values):
                assert bound.bound <= values[bound.tier], f"seed {seed}"
        met += after == (0, *values)
    assert met > 10


def test_whoever_stops_gets_the_plan_that_is_there() -> None:
    watch = Watch(lambda progress: True)
    watch.report("pairing")
    before, after, bounds = both(random_instance(3), watch)
    assert after == before
    assert bounds == ()


def test_bounds_stand_only_where_they_hold_and_say_more() -> None:
    bounds = TierBounds((TierBound(0, 3, ()), TierBound(1, 7, (4,)), TierBound(2, -5, (4, 9))))
    assert bounds.better((4, 9, 1), (2, None, None), ("loads", "none", "none")) == (
        (3, 7, None),
        ("search", "search", "none"),
    )
    assert bounds.better((5, 8, 1), (3, None, None), ("loads", "none", "none")) == (
        (3, None, None),
        ("loads", "none", "none"),
    )


def test_a_village_is_paired_best_in_every_tier() -> None:
    asked = generate("nanning", households=100, volunteers=60, seed=1)
    plan = solve(asked, stage="pair", seed=0)
    assert plan.status == "optimal"
    assert [tier.bound for tier in plan.objective] == [tier.value for tier in plan.objective]
    assert check(asked, plan).ok
