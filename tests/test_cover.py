"""Ejection chains: they cover more, keep every limit, and never give up a more important class."""

from __future__ import annotations

import numpy as np
import pytest
from random_instances import random_instance

from pairsolve import candidates
from pairsolve.calendar import Calendar
from pairsolve.options import Watch
from pairsolve.pairing.cover import cover_more
from pairsolve.pairing.greedy import first_plan, without_cuts
from pairsolve.pairing.rules import PairRules, broken
from pairsolve.pairing.tiers import Seats, evaluate, tiers_of
from pairsolve.problem import Problem
from pairsolve.timetable import TimeTable
from pairsolve.travel import Times


@pytest.mark.parametrize("first", range(0, 120, 40))
def test_chains_cover_no_less_and_break_nothing(first: int) -> None:
    """Whatever plan they start from, coverage is lexicographically no worse and no rule is broken further."""
    better = 0
    for seed in range(first, first + 40):
        instance = random_instance(seed)
        problem = Problem.build(instance, Calendar(instance.horizon), Times(instance))
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
