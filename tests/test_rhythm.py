"""Rhythms of visits, against trying everything."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from random import Random

import pytest

from pairsolve.scheduling.rhythm import Rhythm


@pytest.mark.parametrize("seed", range(150))
def test_a_rhythm_counts_like_brute_force(seed: int) -> None:
    """Complete plans, the most visits and the cheapest days are those of trying everything."""
    random = Random(seed)
    num_days = random.randint(3, 9)
    windows, first = [], 0
    for _ in range(random.randint(1, 4)):
        first = random.choice((first, first, min(num_days - 1, first + 2)))
        windows.append(((1 << num_days) - 1) >> first << first)
    min_gap = random.randint(1, 3)
    max_gap = random.choice((None, min_gap, min_gap + 2))
    rhythm = Rhythm(windows, min_gap, max_gap)
    days = random.getrandbits(num_days)
    choices = [[None, *(d for d in range(num_days) if window & days & 1 << d)] for window in windows]
    plans = [tuple((visit, day) for visit, day in enumerate(plan) if day is not None) for plan in product(*choices)]
    valid = [plan for plan in plans if keeps(plan, min_gap, max_gap)]
    most = max(map(len, valid))
    complete = rhythm.complete(days)
    assert (complete is not None) == (most == len(windows))
    assert complete is None or tuple(enumerate(complete)) in valid
    assert rhythm.most(days) >= most
    assert max_gap is not None or rhythm.most(days) == most == len(rhythm.best(days))
    assert rhythm.best(days) in valid
    levels = (days & 0b010101010, days & 0b101000101, days & 0b000010000)
    whole = [plan for plan in valid if len(plan) == len(windows)]
    cost = min((sum(i for _, day in plan for i in range(3) if levels[i] >> day & 1) for plan in whole), default=99)
    for budget in range(2 * len(windows) + 1):
        cheap = rhythm.cheapest(levels, budget)
        assert (cheap is not None) == (cost <= budget)
        assert cheap is None or tuple(enumerate(cheap)) in whole


def keeps(plan: Sequence[tuple[int, int]], min_gap: int, max_gap: int | None) -> bool:
    """Say whether every two visits keep the gaps, as section 3 states them."""
    return all(
        later - day >= (j - i) * min_gap and (j > i + 1 or max_gap is None or later - day <= max_gap)
        for number, (i, day) in enumerate(plan)
        for j, later in plan[number + 1 :]
    )
