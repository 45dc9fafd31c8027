"""What shortest paths of a city stand on: lists of pairs in rows, and volunteers in the order of their distance."""

from __future__ import annotations

import numpy as np

from pairsolve.compiled import load
from pairsolve.pairing.city.market import INFINITE

load(["pairsolve.pairing.city.pool", "pairsolve.pairing.city.paths"])

from pairsolve.pairing.city.pool import LONGEST, ROW, Lists, Pool  # noqa: E402  # compiles its kernels when imported first
from pairsolve.pairing.city.queue import WIDTH, clear, enter, nearest  # noqa: E402  # as above


def test_lists_keep_every_pair_through_growth_and_sorting() -> None:
    random = np.random.default_rng(1)
    pool, added = Pool(30, 7, threads=2), set()
    for turn in range(12):
        code = np.array(sorted(set(random.integers(30 * 7, size=40).tolist()) - added), np.int64)
        added.update(code.tolist())
        need, volunteer = (code // 7).astype(np.int32), (code % 7).astype(np.int32)
        pool.add(need, volunteer, code)
        if turn % 3 == 2:
            pool.sort(random.integers(100, size=30), random.integers(100, size=7), since=turn - 3)
        asked, helping = pool.pairs()
        assert sorted((asked.astype(int) * 7 + helping).tolist()) == sorted(added)
        for one in range(7):
            assert sorted(pool.by_volunteer.of(one)) == sorted(pair // 7 for pair in added if pair % 7 == one)
    assert pool.size == len(added) > 7 * ROW  # so that chains of several rows were met


def test_a_sorted_list_begins_with_its_best_pairs() -> None:
    random = np.random.default_rng(3)
    lists, price = Lists(1), random.integers(50, size=5 * ROW)
    cost = random.integers(50, size=5 * ROW)
    lists.add(np.zeros(5 * ROW, np.int32), np.arange(5 * ROW, dtype=np.int32), cost)
    lists.sort(price, since=-1)
    worth = [int(cost[other] + price[other]) for other in lists.of(0)]
    assert worth == sorted(worth)
    assert len(worth) == 5 * ROW


def test_a_list_nobody_looked_at_keeps_its_order() -> None:
    lists, some = Lists(1), np.arange(3 * ROW, dtype=np.int32)
    lists.add(np.zeros_like(some), some, -some.astype(np.int64))
    before = list(lists.of(0))
    lists.sort(np.zeros(3 * ROW, np.int64), since=0)
    assert list(lists.of(0)) == before


def test_a_list_too_long_to_sort_keeps_its_pairs() -> None:
    lists, many = Lists(2), LONGEST + 3
    lists.add(np.ones(many, np.int32), np.arange(many, dtype=np.int32), np.arange(many))
    lists.sort(np.zeros(many, np.int64), since=-1)
    assert sorted(lists.of(1)) == list(range(many))
    assert not list(lists.of(0))


def test_volunteers_leave_the_queue_in_the_order_of_their_distance() -> None:
    """Near and far ones, some of whom come nearer while they wait; where places run out too; none beyond the limit."""
    random = np.random.default_rng(2)
    for best, places in ((90, 999), (5 * WIDTH, 999), (INFINITE, 999), (INFINITE, 20)):
        count, size, filled, floor = 60, 0, 0, 0
        dist, keys = np.full(count, INFINITE), np.zeros(count, np.int64)
        items, where = np.zeros(count, np.int32), np.full(count, -1, np.int32)
        bucket, taken = np.full(2 * WIDTH, -1, np.int32), np.zeros(places, np.int32)
        state = (dist, keys, items, where, bucket, taken, taken.copy())
        waiting: set[int] = set()
        for _ in range(400):
            volunteer = int(random.integers(count))
            length = floor + int(random.integers(10 * WIDTH))
            if length < min(best, dist[volunteer]) and (volunteer in waiting or dist[volunteer] == INFINITE):
                size, filled = enter(volunteer, length, bool(random.integers(2)), floor, size, filled, *state)
                waiting.add(volunteer)
            if random.random() < 0.2 and waiting:
                found, size = nearest(floor, best, size, *state)
                assert dist[found] == min(int(dist[one]) for one in waiting)
                waiting.remove(found)
                floor = int(dist[found])
        for _ in range(len(waiting)):
            found, size = nearest(floor, best, size, *state)
            assert dist[found] == min(int(dist[one]) for one in waiting)
            waiting.remove(found)
            floor = int(dist[found])
        assert nearest(floor, best, size, *state)[0] == -1
        size, filled = enter(3, floor, True, floor, 0, 0, *state)
        clear(size, filled, items, where, bucket)
        assert nearest(floor, best, 0, *state)[0] == -1


def test_late_ones_come_last_at_their_distance() -> None:
    count, size, filled = 12, 0, 0
    state = (
        np.full(count, INFINITE), np.zeros(count, np.int64), np.zeros(count, np.int32), np.full(count, -1, np.int32),
        np.full(2 * WIDTH, -1, np.int32), np.zeros(count, np.int32), np.zeros(count, np.int32),
    )  # fmt: skip
    late = [number % 2 == 0 for number in range(count)]
    for volunteer in range(count):
        size, filled = enter(volunteer, 5 + volunteer // 6, late[volunteer], 5, size, filled, *state)
    found = [nearest(5, INFINITE, size, *state)[0] for _ in range(count)]
    assert [(one // 6, late[one]) for one in found] == [
        (d, is_late) for d in (0, 1) for is_late in [False] * 3 + [True] * 3
    ]
