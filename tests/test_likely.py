"""Large instances with rules: the likely pairs, found without listing all of them."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from random_instances import random_instance

from pairsolve import check, solve
from pairsolve.calendar import Calendar
from pairsolve.candidates import Candidates, find, packed, unpacked
from pairsolve.generate import generate
from pairsolve.instance import Instance
from pairsolve.options import Watch
from pairsolve.pairing.city import shortlist
from pairsolve.pairing.city.setup import is_open
from pairsolve.pairing.city.shortlist import Shortlist
from pairsolve.pairing.loads import every
from pairsolve.pairing.loads.bound import bound_by_loads
from pairsolve.pairing.tiers import tiers_of
from pairsolve.problem import Ints, Problem
from pairsolve.timetable import TimeTable
from pairsolve.travel import Times

EVERYBODY = 1 << 10


def prepared(instance: Instance) -> tuple[Problem, TimeTable]:
    problem = Problem.build(instance, Calendar(instance.horizon), Times(instance))
    return problem, TimeTable(problem)


def as_numbers(candidates: Candidates) -> Ints:
    return packed(candidates.group, candidates.volunteer, candidates.minutes)


@pytest.mark.parametrize("block", range(4))
def test_the_nearest_of_all_are_all(block: int) -> None:
    """When enough are asked for, the trees find exactly the pairs that listing finds."""
    for seed in range(100 * block, 100 * block + 40):
        problem, timetable = prepared(random_instance(seed))
        if not is_open(problem):
            continue
        found = Shortlist(problem, timetable, 1)
        everybody = np.zeros(problem.num_volunteers, np.int64)
        nearest = np.sort(found.nearest(found.tour, everybody, EVERYBODY))
        assert nearest.tolist() == as_numbers(find(problem, timetable, Watch())).tolist(), seed


def test_what_is_likely_is_admissible(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shortlist holds admissible pairs only, those by phone and those that exist among them, each once."""
    monkeypatch.setattr(shortlist, "NEAREST", 3)
    problem, timetable = prepared(generate("nanning", households=150, volunteers=90, seed=2))
    everything = as_numbers(find(problem, timetable, Watch()))
    some = as_numbers(Shortlist(problem, timetable, 1).likely(Watch()))
    assert np.isin(some, everything).all()
    assert (np.diff(some) > 0).all()
    assert len(some) < len(everything)
    listed = unpacked(some)
    assert problem.job_remote[problem.group_job[listed.group]].any()


def test_those_with_room_are_found_wherever_they_are() -> None:
    """Of the volunteers named, every one who may take a seat is found."""
    problem, timetable = prepared(generate("nanning", households=60, volunteers=40, seed=3))
    everything = find(problem, timetable, Watch())
    room = np.arange(problem.num_volunteers) % 7 == 0
    found = Shortlist(problem, timetable, 1).with_room(np.arange(len(problem.groups)), room, EVERYBODY)
    assert np.sort(found).tolist() == as_numbers(everything)[room[everything.volunteer]].tolist()


def test_a_plan_from_likely_pairs_keeps_every_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """With more possible pairs than may be listed, the plan is made of likely ones, and the referee agrees."""
    monkeypatch.setattr(import_module("pairsolve.solve"), "LISTED", 0)
    instance = generate("nanning", households=120, volunteers=80, seed=4)
    plan = solve(instance, seed=0)
    assert check(instance, plan).ok
    assert plan.pairs
    assert plan.run.work["flows"] == 0


def test_coverage_is_bounded_by_what_nobody_can_cover(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a relaxation, the bound of a class is no less than the number of its jobs with too few people."""
    monkeypatch.setattr(import_module("pairsolve.solve"), "LISTED", 0)
    monkeypatch.setattr(every, "LISTED", 0)
    instance = generate("nanning", households=80, volunteers=40, seed=5)
    problem, timetable = prepared(instance)
    listed = find(problem, timetable, Watch())
    heads = np.minimum(problem.heads[listed.volunteer], problem.group_most[listed.group])
    lacking = np.bincount(listed.group, heads, len(problem.groups)) < problem.group_least
    hopeless = np.bincount(problem.job_priority[np.unique(problem.group_job[lacking])], minlength=4)
    found = {tier.name: tier.bound or 0 for tier in solve(instance, seed=0).objective}
    assert all(found[f"coverage:{number}"] >= hopeless[number] for number in (1, 2, 3))
    assert hopeless.sum() > 0


def test_where_fewer_are_found_than_asked_for_all_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A seat group counts as whole only if every admissible seat of it is a likely one."""
    monkeypatch.setattr(shortlist, "NEAREST", 12)
    problem, timetable = prepared(generate("nanning", households=80, volunteers=40, seed=5))
    listed = find(problem, timetable, Watch())
    likely = shortlist.Shortlist(problem, timetable, 1).likely(Watch())
    whole = likely.whole_groups(len(problem.groups))
    mine, all_ = (packed(some.group, some.volunteer, some.minutes)[whole[some.group]] for some in (likely, listed))
    assert mine.tolist() == all_.tolist()
    assert 0 < len(all_) < len(listed)


def test_coverage_is_bounded_by_loads_among_all_seats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices that rose among likely seats are held against all; the referee finds the same bounds."""
    monkeypatch.setattr(import_module("pairsolve.solve"), "LISTED", 0)
    monkeypatch.setattr(shortlist, "NEAREST", 4)
    instance = generate("nanning", households=80, volunteers=40, seed=5)
    plan = solve(instance, seed=0)
    assert any(tier.proof == "loads" and (tier.bound or 0) > 0 for tier in plan.objective)
    verdict = check(instance, plan, proof=True)
    assert verdict.ok, verdict.findings[:3]


def test_prices_among_few_seats_bound_no_more_than_those_among_all() -> None:
    """A shortlist of one seat in five leaves the bound below the value of the best plan among all seats."""
    instance = generate("nanning", households=80, volunteers=40, seed=5)
    problem, timetable = prepared(instance)
    listed, tiers = find(problem, timetable, Watch()), tiers_of(problem)
    values = tuple(tier.value for tier in solve(instance, seed=0, stage="pair").objective)[: len(tiers)]
    some = slice(0, None, 5)
    few = Candidates(listed.group[some], listed.volunteer[some], listed.minutes[some], complete=False)
    found = bound_by_loads(problem, timetable, few, tiers, values, 2, Watch())
    whole = bound_by_loads(problem, timetable, listed, tiers, values, 2, Watch())
    assert found.prices
    for prices, better in zip(found.prices, whole.prices, strict=True):
        assert prices.bound(values) <= values[prices.tier]
        assert prices.tier == better.tier
    assert found.prices[0].bound(values) > 0


def test_a_run_that_is_stopped_lists_no_seats_for_a_bound() -> None:
    instance = generate("nanning", households=80, volunteers=40, seed=5)
    problem, timetable = prepared(instance)
    listed, tiers = find(problem, timetable, Watch()), tiers_of(problem)
    few = Candidates(listed.group[:50], listed.volunteer[:50], listed.minutes[:50], complete=False)
    watch = Watch(lambda progress: True)
    watch.report("pairing")
    assert not bound_by_loads(problem, timetable, few, tiers, (9,) * len(tiers), 1, watch).prices


def test_every_feature_survives_a_shortlist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiny instances with events, crews, locks and minimums, solved as if they were a city, are sound."""
    monkeypatch.setattr(import_module("pairsolve.solve"), "LISTED", 0)
    for seed in range(700, 730):
        instance = random_instance(seed)
        plan = solve(instance, seed=0)
        verdict = check(instance, plan)
        assert verdict.ok, (seed, verdict.findings[:3])
