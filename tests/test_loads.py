"""Bounds by loads: never above the best plan, shown again by the referee, refused where they say too much."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle import oracle_pairs
from random_instances import random_instance

from pairsolve import candidates
from pairsolve.calendar import Calendar
from pairsolve.candidates import Candidates
from pairsolve.check import check
from pairsolve.check.knapsack import most_earned
from pairsolve.generate import generate
from pairsolve.instance import Instance
from pairsolve.options import Watch
from pairsolve.pairing import engine, scarce, tierwise
from pairsolve.pairing.loads.bound import LoadBounds, TierPrices, bound_by_loads
from pairsolve.pairing.loads.field import Arcs, Field
from pairsolve.pairing.tiers import tiers_of
from pairsolve.plan import Plan
from pairsolve.privacy import pseudonymise
from pairsolve.problem import Problem
from pairsolve.reading import read_plan
from pairsolve.solve import solve
from pairsolve.timetable import TimeTable
from pairsolve.travel import Times
from pairsolve.writing import write


def prepared(asked: Instance) -> tuple[Problem, Candidates]:
    problem = Problem.build(asked, Calendar(asked.horizon), Times(asked))
    return problem, candidates.find(problem, TimeTable(problem), Watch())


def best_by_trying(field: Field, arcs: Arcs, price: Any, rate: int, volunteer: int) -> int:
    """Return what the best of all sets of arcs earns."""
    own = range(arcs.edges[volunteer], arcs.edges[volunteer + 1])
    earned = {
        arc: int(price[arcs.group[arc]] * min(field.heads[volunteer], field.people[arcs.group[arc]]))
        - rate * int(arcs.use[arc] - field.base[arcs.group[arc]]) // 2
        for arc in own
    }
    some = [arc for arc in own if earned[arc] > 0]
    best = 0
    for size in range(len(some) + 1):
        for chosen in combinations(some, size):
            groups = arcs.group[list(chosen)]
            one_seat = len(set(field.job[groups].tolist())) == size
            homes = len(set(field.home[groups].tolist())) <= field.cap[volunteer]
            if one_seat and homes and arcs.use[list(chosen)].sum() <= field.room[volunteer]:
                best = max(best, sum(earned[arc] for arc in chosen))
    return best


@pytest.mark.parametrize("seed", range(40))
def test_the_best_load_is_the_best_of_all_sets_of_seats(seed: int) -> None:
    problem, found = prepared(random_instance(seed))
    field = Field(problem)
    arcs = field.arcs(found)
    random = np.random.default_rng(seed)
    price = np.where(field.seats > 0, random.integers(0, 60, len(field.seats)), 0).astype(float)
    rate = int(random.integers(0, 3))
    with ThreadPoolExecutor(1) as workers:
        loads = field.best(arcs, price, float(rate), workers)
    expected = [best_by_trying(field, arcs, price, rate, one) for one in range(problem.num_volunteers)]
    assert loads.value.tolist() == expected
    gain = price[arcs.group[loads.taken]] * np.minimum(
        field.heads[arcs.owners(loads.taken)], field.people[arcs.group[loads.taken]]
    )
    way = rate * (arcs.use[loads.taken] - field.base[arcs.group[loads.taken]]) / 2
    assert (gain - way).sum() == sum(expected)


@pytest.mark.parametrize("seed", range(120))
def test_no_bound_is_above_the_best_plan(seed: int) -> None:
    asked = random_instance(seed)
    best = oracle_pairs(asked, "pair")
    if best is None:
        return
    problem, found = prepared(asked)
    tiers = tiers_of(problem)
    values = tuple(value for _, value in best)
    bounds = bound_by_loads(problem, TimeTable(problem), found, tiers, values, 1, Watch())
    for prices in bounds.prices:
        assert prices.bound(values) <= values[prices.tier], tiers[prices.tier].name


def test_a_table_filled_plainly_knows_households_and_minutes() -> None:
    first, household = np.array([0, 4]), np.array([1, 1, 2, 3])
    minutes, earned = np.array([60, 60, 60, 120]), np.array([5, 4, 6, 8])
    for cap, room, expected in ((1, 120, 9), (2, 120, 11), (2, 180, 15), (3, 300, 23), (1, 300, 9), (2, 240, 17)):
        assert most_earned(first, household, minutes, earned, np.array([cap]), np.array([room])) == expected


@pytest.fixture(scope="module")
def hamlet() -> tuple[Instance, Plan]:
    """Return an instance whose class 1 stays partly uncovered, and a plan bounded by loads."""
    asked = generate("village", households=60, volunteers=20, seed=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "EXACT_CANDIDATES", 0)
        patch.setattr(scarce, "leading", lambda tiers: 0)
        patch.setattr(tierwise, "LARGEST", 0)
        return asked, solve(asked, stage="pair", seed=1)


def by_loads(plan: Plan) -> list[str]:
    return [tier.name for tier in plan.objective if tier.proof == "loads"]


def test_the_referee_shows_the_same_bounds(hamlet: tuple[Instance, Plan]) -> None:
    asked, plan = hamlet
    assert by_loads(plan)
    verdict = check(asked, plan)
    assert verdict.ok
    assert "loads" in verdict.proof


def test_a_bound_above_what_its_prices_show_is_refused(hamlet: tuple[Instance, Plan]) -> None:
    asked, plan = hamlet
    for name in by_loads(plan):
        raised = tuple(
            tier.model_copy(update={"bound": tier.bound + 1}) if tier.name == name and tier.bound is not None else tier
            for tier in plan.objective
        )
        findings = check(asked, plan.model_copy(update={"objective": raised})).findings
        assert any(finding.id == name and "its prices show" in finding.what for finding in findings)


def with_part(plan: Plan, **changes: Any) -> Plan:
    first, *rest = plan.certificate.loads
    parts = (first.model_copy(update=changes), *rest)
    return plan.model_copy(update={"certificate": plan.certificate.model_copy(update={"loads": parts})})


def test_a_single_price_in_the_wrong_direction_is_refused(hamlet: tuple[Instance, Plan]) -> None:
    asked, plan = hamlet
    part = plan.certificate.loads[0]
    need, prices = next(iter(part.needs.items()))
    wrong = {**part.needs, need: (0,) * len(prices)}
    findings = check(asked, with_part(plan, needs=wrong)).findings
    assert [(finding.code, finding.id) for finding in findings] == [("bound", part.tier)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"needs": {"nobody": (1,)}}, "which the instance does not have"),
        ({"before": {"travel": 1}}, "is no tier of coverage before"),
        ({"tier": "joy"}, "claims a proof by loads, but the certificate has none"),
    ],
)
def test_prices_that_cannot_be_read_are_named(hamlet: tuple[Instance, Plan], changes: Any, said: str) -> None:
    asked, plan = hamlet
    assert any(said in finding.what for finding in check(asked, with_part(plan, **changes)).findings)


def test_prices_beyond_exact_arithmetic_are_refused(hamlet: tuple[Instance, Plan]) -> None:
    asked, plan = hamlet
    need, prices = next(iter(plan.certificate.loads[0].needs.items()))
    for changes in ({"needs": {need: (1 << 62,) * len(prices)}}, {"before": {plan.objective[0].name: 1 << 62}}):
        wrong = with_part(plan, **changes)
        part = wrong.certificate.loads[0].model_copy(update={"tier": by_loads(plan)[-1]})
        certificate = wrong.certificate.model_copy(update={"loads": (part,)})
        findings = check(asked, wrong.model_copy(update={"certificate": certificate})).findings
        assert any("too large for exact arithmetic" in finding.what for finding in findings)


def test_a_need_has_a_price_for_each_group_that_must_be_filled(hamlet: tuple[Instance, Plan]) -> None:
    asked, plan = hamlet
    need, prices = next(iter(plan.certificate.loads[0].needs.items()))
    findings = check(asked, with_part(plan, needs={need: (*prices, 1)})).findings
    assert any("groups that must be filled" in finding.what for finding in findings)


def test_prices_by_loads_are_written_and_read(hamlet: tuple[Instance, Plan], tmp_path: Path) -> None:
    _, plan = hamlet
    write(plan, tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == plan


def test_a_plan_bounded_by_loads_keeps_its_proof_under_other_names(hamlet: tuple[Instance, Plan]) -> None:
    asked, plan = hamlet
    hidden, theirs = pseudonymise(asked, plan, b"0123456789abcdef", grid_metres=0)
    assert check(hidden, theirs).ok
    assert by_loads(theirs) == by_loads(plan)


def test_bounds_by_loads_stand_only_where_they_say_more() -> None:
    none, some = np.zeros(0, np.int64), LoadBounds((TierPrices(0, 10, np.zeros(0, np.int64), (), 25),))
    assert some.better((4,), (None,), ("none",)) == ((3,), ("loads",))
    assert some.better((4,), (3,), ("prices",)) == ((3,), ("prices",))
    assert TierPrices(1, 10, none, ((0, 4),), 65).bound((5, 9)) == 5
