"""The city engine against the oracle; every instance is forced through it, however small.

The suite runs a part of the seeds; `PAIRSOLVE_ORACLE_SEEDS=2000 pytest tests/test_city_oracle.py` runs as many.
"""

from __future__ import annotations

import importlib
import os

import pytest
from random_pure import pure_instance
from test_solve_oracle import differences

from pairsolve.pairing.city.bound import CityBound, solve_city

SEEDS = int(os.environ.get("PAIRSOLVE_ORACLE_SEEDS", "160"))
BATCH = 40
recipe = importlib.import_module("pairsolve.solve")  # the package offers the function under this name


@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_city_engine_reaches_the_oracle(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every tier has the oracle's value and is proven by prices that the referee accepts."""
    bounds: list[CityBound | None] = []

    def noted(*arguments: object) -> CityBound | None:
        bounds.append(solve_city(*arguments))  # type: ignore[arg-type]  # passes on what the recipe gives
        return bounds[-1]

    monkeypatch.setattr(recipe, "LARGE", -1)
    monkeypatch.setattr(recipe, "solve_city", noted)
    wrong = {}
    for seed in range(first, first + BATCH):
        if found := differences(pure_instance(seed), "pair"):
            wrong[seed] = found
    assert not wrong, "\n" + "\n".join(f"seed {seed}: {what}" for seed, lines in wrong.items() for what in lines)
    assert sum(bound is not None for bound in bounds) > BATCH * 2 // 3


def test_clashing_dates_are_settled_among_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where dates clash, all pairs are listed after all: the plan is as good as if they had been from the start."""
    for seed in range(9):
        values = []
        for largest in (1 << 40, -1):
            monkeypatch.setattr(recipe, "LARGE", largest)
            plan = recipe.solve(pure_instance(seed), threads=1)
            values.append([(tier.name, tier.value, tier.bound) for tier in plan.objective if tier.layer == "pairs"])
        assert values[0] == values[1]
