"""What shortest paths of a city stand on: lists of pairs in rows, and volunteers in the order of their distance."""

from __future__ import annotations

import numpy as np

from pairsolve.compiled import load
from pairsolve.pairing.city.market import INFINITE

load(["pairsolve.pairing.city.pool", "pairsolve.pairing.city.paths"])

from pairsolve.pairing.city.pool import ROW, Pool  # noqa: E402  # compiles its kernels when imported first
from pairsolve.pairing.city.queue import OUT, WIDTH, enter, nearest  # noqa: E402  # as above


def test_lists_keep_every_pair_through_growth_and_sorting() -> None:
    random = np.random.default_rng(1)
    pool, added = Pool(30, 7, threads=2), set()
    for _ in range(12):
        code = np.array(sorted(set(random.integers(30 * 7, size=40).tolist()) - added), np.int64)
        added.update(code.tolist())
        need, volunteer = (code // 7).astype(np.int32), (code % 7).astype(np.int32)
        pool.add(need, volunteer, code)
        asked, helping = pool.pairs()
        assert sorted((asked.astype(int) * 7 + helping).tolist()) == sorted(added)
        for one in range(7):
            assert sorted(pool.by_volunteer.of(one)) == sorted(pair // 7 for pair in added if pair % 7 == one)
    assert pool.size == len(added) > 7 * ROW  # so that chains of several rows were met


def test_volunteers_leave_the_queue_in_the_order_of_their_distance() -> None:
    """Near and far ones, some of whom come nearer while they wait, and none who is not below the limit."""
    random = np.random.default_rng(2)
    for best in (90, 5 * WIDTH, INFINITE):
        count, size, floor = 60, 0, 0
        dist, keys = np.full(count, INFINITE), np.zeros(count, np.int64)
        items, where = np.zeros(count, np.int32), np.full(count, -1, np.int32)
        bucket, before = np.full(WIDTH, -1, np.int32), np.full(count, OUT, np.int32)
        state = (dist, keys, items, where, bucket, before, np.zeros(count, np.int32))
        waiting: set[int] = set()
        for _ in range(400):
            volunteer = int(random.integers(count))
            length = floor + int(random.integers(10 * WIDTH))
            if length < min(best, dist[volunteer]) and (volunteer in waiting or dist[volunteer] == INFINITE):
                size = enter(volunteer, length, floor, size, *state)
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
