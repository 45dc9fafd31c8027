"""A row of the pool says at once which of its pairs lead nearer, or are tight."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pairsolve.compiled import kernel, load
from pairsolve.pairing.city.lanes import LANES, lowest
from pairsolve.pairing.city.market import INFINITE
from pairsolve.pairing.city.rows import nearer, nearer_back, tight, tight_back

load(["pairsolve.pairing.city.pool"])

from pairsolve.pairing.city.pool import WORDS, Lists  # noqa: E402  # compiles its kernels when imported first

OTHERS, NEAR, FAR = 20, 10, 30


@kernel()
def looked_at(words: Any, word: int, prices: Any, holder: Any, dist: Any, base: int, best: int) -> Any:
    """Ask all four questions."""
    return (
        nearer(words, word, prices, dist, base, best),
        nearer_back(words, word, prices, holder, dist, base, best),
        tight(words, word, prices, best),
        tight_back(words, word, prices, base),
    )


@kernel()
def places(bits: int) -> Any:
    """List the bits that are set."""
    found = [0 for _ in range(0)]
    while bits:
        found.append(lowest(bits))
        bits &= bits - 1
    return found


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("size", [1, 5, LANES, LANES + 3])
def test_every_question_is_answered_as_pair_by_pair(seed: int, size: int) -> None:
    random = np.random.default_rng(seed)
    others, costs = random.permutation(OTHERS)[:size].astype(np.int32), random.integers(NEAR, size=size)
    lists = Lists(1)
    lists.add(np.zeros(size, np.int32), others, costs)
    mine = slice(size // LANES * LANES if size % LANES else size - LANES, None)  # the row that came last is the first
    others, costs = others[mine], costs[mine]
    prices, dist = random.integers(NEAR, size=OTHERS), random.integers(FAR, size=OTHERS)
    dist[random.integers(OTHERS, size=5)] = INFINITE
    holder = random.integers(-2, OTHERS, size=OTHERS).astype(np.int32)
    base, best = int(random.integers(NEAR)), int(random.integers(FAR))
    answers = looked_at(lists.words, WORDS * int(lists.head[0]), prices, holder, dist, base, best)
    up, down = costs + prices[others], costs - prices[others]
    held = np.where(holder[others] < 0, INFINITE, dist[holder[others]])
    expected = (
        (up.min(), (base + up < best) & (base + up < dist[others])),
        (down.min(), (base + down < best) & (base + down < held)),
        (up.min(), up == best),
        (down.min(), down + base == 0),
    )
    for (least, bits), (value, chosen) in zip(answers, expected, strict=True):
        assert least == value
        assert list(places(bits)) == np.flatnonzero(chosen).tolist()


def test_sorting_leaves_nothing_in_the_places_behind() -> None:
    lists = Lists(2)
    for cost in (7, 3, 5):
        lists.add(np.zeros(1, np.int32), np.array([cost], np.int32), np.array([cost]))
    lists.add(np.ones(1, np.int32), np.array([1], np.int32), np.array([0]))
    prices, nobody = (
        np.full(OTHERS, NEAR),
        np.full(OTHERS, -1, np.int32),
    )  # no vacancy leads anywhere
    for _ in range(2):
        lists.sort(prices, since=-1)
        row = WORDS * int(lists.head[0])
        answers = looked_at(lists.words, row, prices, nobody, np.full(OTHERS, INFINITE), 0, INFINITE)
        assert answers[:2] == ((3 + NEAR, 0b111), (3 - NEAR, 0b111))
