"""Volunteers in the order of their distance, for shortest paths: the near ones in buckets, the far ones in a heap.

Costs are whole, often minutes, so that most distances lie within a few of the one at hand: those wait in a bucket for
each of the next `WIDTH` distances. All others wait in a binary heap; who comes nearer stays there as well, and is
passed over when found there later.

Source: Dial (1969), Algorithm 360, doi 10.1145/363269.363610, for the buckets.
"""

from __future__ import annotations

from typing import Any

from pairsolve.compiled import kernel

WIDTH = 64
MASK = WIDTH - 1
OUT = -2  # `before` of a volunteer who waits in no bucket; −1 is the first of a bucket


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
    volunteer: int, length: int, floor: int, size: int, dist: Any, keys: Any, items: Any, where: Any,
    bucket: Any, before: Any, behind: Any,
) -> int:  # fmt: skip
    """Let a volunteer wait at a distance, less than before; return the size of the heap.

    Parameters
    ----------
    volunteer, length
        Who, and how far.
    floor
        The distance at hand; no smaller one will come.
    size, keys, items, where
        The heap: its size, distances and volunteers, and the place of each volunteer, −1 = not there.
    dist
        The distances, changed in place.
    bucket, before, behind
        First volunteer of each bucket, −1 = none, and who waits before and behind each volunteer there.
    """
    ahead = before[volunteer]
    if ahead != OUT:
        after = behind[volunteer]
        if ahead >= 0:
            behind[ahead] = after
        else:
            bucket[dist[volunteer] & MASK] = after
        if after >= 0:
            before[after] = ahead
    dist[volunteer] = length
    if length < floor + WIDTH:
        after = bucket[length & MASK]
        before[volunteer], behind[volunteer] = -1, after
        if after >= 0:
            before[after] = volunteer
        bucket[length & MASK] = volunteer
        return size
    i = where[volunteer]
    if i < 0:
        i = size
        items[i] = volunteer
        size += 1
    keys[i] = length
    sift_up(keys, items, where, i)
    return size


@kernel(allocates=False)
def nearest(
    floor: int, best: int, size: int, dist: Any, keys: Any, items: Any, where: Any, bucket: Any, before: Any,
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
        volunteer = bucket[key & MASK]
        if volunteer >= 0:
            after = behind[volunteer]
            bucket[key & MASK] = after
            if after >= 0:
                before[after] = -1
            before[volunteer] = OUT
            return volunteer, size
        key += 1
