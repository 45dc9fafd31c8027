"""Volunteers in the order of their distance, for shortest paths: the near ones in buckets, the far ones in a heap.

Costs are whole, often minutes, so that most distances lie within a few of the one at hand: those wait in a bucket for
each of the next `WIDTH` distances. All others wait in a binary heap. Who comes nearer stays where it waited as well,
and is passed over when found there later.

Source: Dial (1969), Algorithm 360, doi 10.1145/363269.363610, for the buckets.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pairsolve.compiled import kernel

WIDTH = 64
MASK = WIDTH - 1
TIMES = 4  # a volunteer waits so many times at once in buckets, on average; all beyond wait in the heap


@kernel(allocates=False)
def sift_up(keys: Any, items: Any, place: Any, i: int) -> None:
    """Restore the heap upwards from position i."""
    key, item = keys[i], items[i]
    while i > 0:
        up = (i - 1) >> 1
        if keys[up] <= key:
            break
        keys[i], items[i] = keys[up], items[up]
        place[items[i]] = i
        i = up
    keys[i], items[i] = key, item
    place[item] = i


@kernel(allocates=False)
def sift_down(keys: Any, items: Any, place: Any, size: int) -> None:
    """Restore the heap downwards from the root."""
    key, item = keys[0], items[0]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[i], items[i] = keys[child], items[child]
        place[items[i]] = i
        i = child
    keys[i], items[i] = key, item
    place[item] = i


@kernel(allocates=False)
def enter(
    volunteer: int, length: int, late: bool, floor: int, size: int, filled: int, dist: Any, keys: Any, items: Any,
    where: Any, bucket: Any, waiting: Any, behind: Any,
) -> tuple[int, int]:  # fmt: skip
    """Let a volunteer wait at a distance, less than before; return the size of the heap, and of the buckets.

    Parameters
    ----------
    volunteer, length
        Who, and how far.
    late
        Whether others at the same distance come first.
    floor
        The distance at hand; no smaller one will come.
    size, keys, items, where
        The heap: its size, distances and volunteers, and the place of each volunteer, −1 = not there.
    filled, bucket, waiting, behind
        The buckets: how many places are taken, the first place of each, −1 = none, those for late ones behind the
        others, who waits there, and the place behind.
    dist
        The distances, changed in place.
    """
    dist[volunteer] = length
    if length < floor + WIDTH and filled < len(waiting):
        slot, at = np.uint64((length & MASK) + (WIDTH if late else 0)), np.uint64(filled)
        waiting[at], behind[at] = volunteer, bucket[slot]
        bucket[slot] = filled
        return size, filled + 1
    i = where[volunteer]
    if i < 0:
        i = size
        items[i] = volunteer
        size += 1
    keys[i] = length
    sift_up(keys, items, where, i)
    return size, filled


@kernel(allocates=False)
def nearest(
    floor: int, best: int, size: int, dist: Any, keys: Any, items: Any, where: Any, bucket: Any, waiting: Any,
    behind: Any,
) -> tuple[int, int]:  # fmt: skip
    """Return the nearest volunteer, who then waits no longer (−1 = nobody below `best`), and the size of the heap."""
    key, end = floor, min(best, floor + WIDTH)
    while True:
        if size > 0 and (keys[0] <= key or key >= end):
            far, volunteer = keys[0], items[0]
            if far >= best:
                return -1, size
            size -= 1
            where[volunteer] = -1
            if size > 0:
                keys[0], items[0] = keys[size], items[size]
                sift_down(keys, items, where, size)
            if dist[volunteer] == far:
                return volunteer, size
            continue
        if key >= end:
            return -1, size
        slot = np.uint64(key & MASK)
        if bucket[slot] < 0:
            slot += np.uint64(WIDTH)
        place = bucket[slot]
        if place >= 0:
            bucket[slot] = behind[np.uint64(place)]
            volunteer = waiting[np.uint64(place)]
            if dist[volunteer] == key:
                return volunteer, size
            continue
        key += 1


@kernel(allocates=False)
def clear(size: int, filled: int, items: Any, where: Any, bucket: Any) -> None:
    """Let nobody wait any longer."""
    for i in range(size):
        where[items[i]] = -1
    if filled > 0:
        for slot in range(2 * WIDTH):
            bucket[slot] = -1
