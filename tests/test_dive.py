"""Dives: what is fixed fits together, whatever the threads; and the search for best loads behind it is exact."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pairsolve import candidates
from pairsolve.calendar import Calendar
from pairsolve.candidates import Candidates
from pairsolve.check.knapsack import most_earned
from pairsolve.generate import generate
from pairsolve.options import Watch
from pairsolve.pairing.greedy import first_plan
from pairsolve.pairing.loads.dive import dive
from pairsolve.pairing.loads.field import Field
from pairsolve.pairing.loads.wish import wishes
from pairsolve.pairing.rules import PairRules, filled_heads, hours, one_seat
from pairsolve.pairing.tiers import Seats
from pairsolve.problem import Problem
from pairsolve.rules import ChangeBudgetRule
from pairsolve.timetable import TimeTable
from pairsolve.travel import Times


@pytest.fixture(scope="module")
def town() -> tuple[Problem, Candidates]:
    """Return a small town in which volunteers have hours, and all its candidates."""
    asked = generate("nanning", households=150, volunteers=90, seed=4)
    problem = Problem.build(asked, Calendar(asked.horizon), Times(asked))
    return problem, candidates.find(problem, TimeTable(problem), Watch())


@pytest.mark.parametrize("seed", range(12))
def test_a_search_for_the_best_load_finds_what_a_table_finds(town: tuple[Problem, Candidates], seed: int) -> None:
    problem, found = town
    field = Field(problem)
    arcs = field.arcs(found)
    random = np.random.default_rng(seed)
    price = np.where(field.seats > 0, random.integers(0, 40 << seed, len(field.seats)), 0).astype(float)
    with ThreadPoolExecutor(2) as workers:
        loads = field.best(arcs, price, 0.0, workers)
    gain = (price[arcs.group] * np.minimum(field.heads[arcs.owners(np.arange(len(arcs.use)))], field.people[arcs.group])
            ).astype(np.int64)  # fmt: skip
    for one in range(problem.num_volunteers):
        own = np.arange(arcs.edges[one], arcs.edges[one + 1])
        best = {}  # of two seats of one need the better
        for arc in own[gain[own] > 0].tolist():
            job = int(field.job[arcs.group[arc]])
            if job not in best or gain[best[job]] < gain[arc]:
                best[job] = arc
        kept = np.array(sorted(best.values(), key=lambda arc: int(field.home[arcs.group[arc]])), np.int64)
        expected = most_earned(
            np.array([0, len(kept)]), field.home[arcs.group[kept]].astype(np.int64), arcs.use[kept].astype(np.int64),
            gain[kept], field.cap[[one]].astype(np.int64), field.room[[one]].astype(np.int64),
        )  # fmt: skip
        assert loads.value[one] == expected
    assert gain[loads.taken].sum() == loads.value.sum()


def test_what_a_dive_fixes_fits_together(town: tuple[Problem, Candidates]) -> None:
    problem, found = town
    rows = dive(problem, found, 2, Watch())
    seats, rules = Seats(problem, found, rows), PairRules.build(problem, None)
    assert len(rows) > problem.num_needs // 4
    assert (np.diff(rows) > 0).all()
    assert one_seat(seats, rules) == 0
    assert hours(seats, rules) == 0
    assert (seats.households_of <= problem.max_households).all()
    heads = np.minimum(problem.heads[seats.volunteer], problem.group_most[seats.group])
    spare = filled_heads(seats) - problem.group_least
    assert (spare[seats.group] < heads).all()  # nobody is fixed who is not needed


def test_a_dive_is_the_same_for_any_number_of_threads(town: tuple[Problem, Candidates]) -> None:
    problem, found = town
    assert dive(problem, found, 1, Watch()).tolist() == dive(problem, found, 2, Watch()).tolist()


def test_a_dive_that_is_stopped_returns_what_it_has(town: tuple[Problem, Candidates]) -> None:
    problem, found = town
    watch = Watch(lambda progress: True)
    watch.report("pairing")
    assert len(dive(problem, found, 2, watch)) == 0


def test_jobs_that_wishes_fill_keep_their_people(town: tuple[Problem, Candidates]) -> None:
    problem, found = town
    rules = PairRules.build(problem, None)
    wished = dive(problem, found, 2, Watch())
    plan = first_plan(problem, found, rules, wished)
    full = filled_heads(Seats(problem, found, wished)) >= problem.group_least
    most = problem.job_priority == problem.job_priority.min()
    kept = [
        row
        for row in wished.tolist()
        if most[job := problem.group_job[found.group[row]]] and full[problem.job_groups[job]].all()
    ]
    assert len(kept) > 10
    assert np.isin(kept, plan).mean() > 0.95  # but for what team quotas and locked pairs forbid


def test_nothing_is_wished_for_where_changes_are_scarce(town: tuple[Problem, Candidates]) -> None:
    problem, found = town
    rules = PairRules.build(problem, None)
    scarce = PairRules(rules.quotas, (ChangeBudgetRule(kind="change_budget", id="few", max_new=3),), rules.existing,
                       rules.locked, rules.least_households)  # fmt: skip
    assert wishes(problem, found, scarce, 2, Watch()) is None
    assert wishes(problem, found, rules, 2, Watch()) is not None
