"""The solver against the oracle: the same status and the same value of every tier on hundreds of tiny instances."""

from __future__ import annotations

from collections import defaultdict

import pytest
from oracle import oracle_pairs, oracle_visits
from random_instances import random_instance

from pairsolve.check import check
from pairsolve.instance import Instance
from pairsolve.options import Options
from pairsolve.plan import Plan
from pairsolve.solve import solve

BATCH = 40


def tiers(plan: Plan, layer: str) -> tuple[tuple[str, int], ...]:
    """Return the names and values of one layer."""
    return tuple((tier.name, tier.value) for tier in plan.objective if tier.layer == layer)


def crews(plan: Plan) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Return who holds a seat of each need and of each event."""
    needs: dict[str, list[str]] = defaultdict(list)
    for pair in plan.pairs:
        for seat in pair.seats:
            needs[seat.need].append(pair.volunteer)
    events = {event.event: tuple(seat.volunteer for seat in event.crew) for event in plan.events}
    return {need: tuple(crew) for need, crew in needs.items()}, events


def visit_differences(instance: Instance, plan: Plan) -> list[str]:
    """Compare the visit tiers with the best for the plan's own pairs; classes that miss nothing may be left out."""
    if not any(value for _, value in tiers(plan, "visits")):
        return []  # nothing is better than nothing missed and nothing irregular, which the referee has recounted
    best = oracle_visits(instance, *crews(plan))
    if best is None:
        return ["visits: these pairs cannot be scheduled"]
    found = tiers(plan, "visits")
    if [item for item in found if item[1] or item[0] == "regularity"] != [
        item for item in best if item[1] or item[0] == "regularity"
    ]:
        return [f"visits: {found}, the oracle says {best}"]
    return []


def differences(instance: Instance, stage: str) -> list[str]:
    """Solve, and return everything in which the plan differs from the oracle or displeases the referee."""
    plan = solve(instance, Options(threads=1, stage="pair" if stage == "pair" else "all"))
    verdict = check(instance, plan)
    found = [] if verdict.ok else [f"check: {verdict.findings}"]
    best = oracle_pairs(instance, stage)
    if best is None or plan.status == "infeasible":
        return (
            found
            if best is None and plan.status == "infeasible"
            else [*found, f"{plan.status}, the oracle says {best}"]
        )
    if plan.status != "optimal":
        found.append(
            f"status {plan.status}: {[(t.name, t.value, t.bound) for t in plan.objective if t.value != t.bound]}"
        )
    if tiers(plan, "pairs") != best:
        found.append(f"pairs: {tiers(plan, 'pairs')}, the oracle says {best}")
    if stage == "all":
        found += visit_differences(instance, plan)
    return found


@pytest.mark.parametrize(
    ("stage", "first"),
    [*(("all", first) for first in range(0, 320, BATCH)), *(("pair", first) for first in range(0, 80, BATCH))],
)
def test_solver_reaches_the_oracle(stage: str, first: int) -> None:
    """Every tier of both layers has the oracle's value, is proven optimal, and the referee agrees."""
    wrong = {}
    for seed in range(first, first + BATCH):
        found = differences(random_instance(seed), stage)
        if found:
            wrong[seed] = found
    assert not wrong, "\n" + "\n".join(f"seed {seed}: {what}" for seed, lines in wrong.items() for what in lines)
