"""Compiled loops of exact pairing: travel minutes, the cheapest volunteers of a job, and the pool of pairs.

Every kernel works on the named tuples below and has one explicit signature, so that nothing is compiled twice
and the disk cache always fits. Compiling happens when this module is imported for the first time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
import numpy.typing as npt
from numba import types

Whole = npt.NDArray[np.int64]
Table = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Reals = npt.NDArray[np.float64]
Points = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

Function = TypeVar("Function", bound=Callable[..., Any])

INFINITE = 1 << 61
FORBIDDEN = 1 << 60
EARTH_KM = 6371.0088  # as in pairsolve.travel
FAR_CHORD = 0.1  # squared; beyond it the series for the arc is left for the arc sine
CAREFUL = 1e-6  # minutes: bounds stay below every pair in spite of rounding
LEAF = 8  # volunteers in a leaf of a tree
FAN = 4  # children of an inner node
SPHERE, PLANE = 0, 1
DONE, GROW, TOO_FAR, TOO_LONG = 0, 1, 2, 5


class Places(NamedTuple):
    """Trees of boxes over volunteers, one for each kind of demand and mode; `docs/model.md` says what minutes are."""

    tree_first: Whole  # first tree of each kind of demand, (kinds + 1,)
    tree_mode: Whole
    height: Whole  # levels of each tree
    level_first: Table  # first node of each level, leaves at level 0, (trees, levels)
    level_count: Table
    point_first: Whole  # first volunteer of each tree, (trees + 1,)
    point_volunteer: Small
    point_extra: Whole  # constant cost of the volunteer for this kind of demand
    box: Points  # lowest and highest corner of each node, (nodes, 6)
    node_reach: Whole  # longest reach in each node
    modes: Points  # start, detour, minutes per km of way, first knot, end of knots, geometry; (modes, 6)
    knots: Points  # km, detour, slope to the next, (knots, 3)
    at: Points  # volunteers, (volunteers, 3)
    factor: Reals
    reach: Whole


class Jobs(NamedTuple):
    """What the jobs ask."""

    at: Points
    factor: Reals
    kind: Whole
    weight: Whole
    constant: Whole
    special_first: Whole  # first special volunteer of each job, (jobs + 1,)
    special_volunteer: Small
    special_cost: Whole  # added to the cost; FORBIDDEN = never


class Pool(NamedTuple):
    """Pairs at work, in a row for each job; every other pair of a job is worth at least its frontier."""

    first: Whole
    count: Whole
    room: Whole
    volunteer: Small
    cost: Whole
    frontier: Whole
    used: Whole  # cells taken, (1,)


class Prices(NamedTuple):
    """Prices of volunteers with their least in every node."""

    price: Whole
    node_least: Whole  # least price + extra × scale


class Work(NamedTuple):
    """Room for answers and stacks."""

    volunteer: Small
    cost: Whole
    value: Whole
    stack: Table
    stamp: Whole  # number of the last question about a job in whose pool each volunteer stood
    number: Whole  # of the last question, (1,)


_FIELD_TYPES = {
    "Whole": types.int64[::1],
    "Table": types.int64[:, ::1],
    "Small": types.int32[::1],
    "Reals": types.float64[::1],
    "Points": types.float64[:, ::1],
}
LONG = types.int64
FLAGS = types.boolean[::1]
POINTS = _FIELD_TYPES["Points"]
WHOLE = _FIELD_TYPES["Whole"]
SMALL = _FIELD_TYPES["Small"]


def compiled(signature: Any) -> Callable[[Function], Function]:
    """Return a decorator that compiles a function for one signature and keeps it on disk."""
    decorator: Callable[[Function], Function] = numba.njit(signature, cache=True, nogil=True)
    return decorator


def compiled_type(record: Any) -> Any:
    """Return the compiled type of a named tuple of arrays."""
    fields = [_FIELD_TYPES[str(kind.__forward_arg__)] for kind in record.__annotations__.values()]
    if len(set(fields)) == 1:
        return types.NamedUniTuple(fields[0], len(fields), record)
    return types.NamedTuple(fields, record)


PLACES, JOBS, POOL, PRICES, WORK = map(compiled_type, (Places, Jobs, Pool, Prices, Work))


def new_work(num_volunteers: int, most: int = 64) -> Work:
    """Return room for up to `most` answers."""
    return Work(
        np.empty(most, np.int32), np.empty(most, np.int64), np.empty(most, np.int64), np.empty((128, 3), np.int64),
        np.zeros(num_volunteers, np.int64), np.zeros(1, np.int64),
    )  # fmt: skip


@compiled(types.float64(types.float64, LONG, POINTS, POINTS))
def raw_minutes(squared: float, mode: int, modes: Points, knots: Points) -> float:
    """Return minutes by mode from a squared chord (or squared plane distance), in the very steps of `travel`."""
    if modes[mode, 5] == PLANE:
        km = np.sqrt(squared)
    elif squared > FAR_CHORD:
        km = EARTH_KM * (2.0 * np.arcsin(min(np.sqrt(squared) / 2.0, 1.0)))
    else:
        series = 1.0 + squared * (1.0 / 24.0 + squared * (3.0 / 640.0 + squared * (5.0 / 7168.0)))
        km = EARTH_KM * (np.sqrt(squared) * series)
    detour = modes[mode, 1]
    first, end = int(modes[mode, 3]), int(modes[mode, 4])
    if end > first:
        if km >= knots[end - 1, 0]:
            detour = knots[end - 1, 1]
        else:
            detour = knots[first, 1]
            if km > knots[first, 0]:
                knot = first
                while km >= knots[knot + 1, 0]:
                    knot += 1
                detour = knots[knot, 2] * (km - knots[knot, 0]) + knots[knot, 1]
    return modes[mode, 0] + km * detour * modes[mode, 2]


@compiled(LONG(types.float64))
def rounded_up(raw: float) -> int:
    """Return whole minutes as `travel` rounds them: up, after rounding to nine digits."""
    above = np.ceil(raw)
    if above - raw > 1.0 - 1e-7:  # just above a whole number, where nine digits may bring it down
        above = np.ceil(np.rint(raw * 1e9) / 1e9)
    return int(above)


@compiled(types.float64(types.float64, types.float64, types.float64, POINTS, LONG))
def box_distance(x: float, y: float, z: float, box: Points, node: int) -> float:
    """Return the squared distance from a point to a box; no point of the box is nearer, rounding included."""
    dx = max(max(box[node, 0] - x, x - box[node, 3]), 0.0)
    dy = max(max(box[node, 1] - y, y - box[node, 4]), 0.0)
    dz = max(max(box[node, 2] - z, z - box[node, 5]), 0.0)
    return dx * dx + dy * dy + dz * dz


@compiled(LONG(LONG, LONG, WHOLE, SMALL, WHOLE))
def special(job: int, volunteer: int, first: Whole, volunteers: Small, costs: Whole) -> int:
    """Return what is added to the cost of a pair, 0 for nearly all."""
    for place in range(first[job], first[job + 1]):
        if volunteers[place] == volunteer:
            return costs[place]
    return 0


@compiled(types.boolean(LONG, LONG, LONG, SMALL))
def stands_in(volunteer: int, first: int, end: int, volunteers: Small) -> bool:
    """Say whether a volunteer stands in a row of the pool."""
    for place in range(first, end):
        if volunteers[place] == volunteer:
            return True
    return False


@compiled(LONG(LONG, LONG, LONG, LONG, LONG, SMALL, WHOLE, WHOLE))
def insert(
    count: int, most: int, volunteer: int, cost: int, value: int, volunteers: Small, costs: Whole, values: Whole
) -> int:
    """Insert an answer in ascending order of value, dropping the last of more than `most`; return the new count."""
    place = count if count < most else most - 1
    while place > 0 and values[place - 1] > value:
        volunteers[place], costs[place], values[place] = volunteers[place - 1], costs[place - 1], values[place - 1]
        place -= 1
    volunteers[place], costs[place], values[place] = volunteer, cost, value
    return min(count + 1, most)


@compiled(LONG(LONG, PLACES, JOBS, POOL, PRICES, LONG, LONG, LONG, WORK))
def cheapest(
    job: int, places: Places, jobs: Jobs, pool: Pool, prices: Prices, scale: int, limit: int, most: int, work: Work
) -> int:
    """Find the admissible pairs of a job outside the pool with the least cost × scale + price, below a limit.

    Returns
    -------
    int
        How many were found, at most `most`; they stand in `work`, cheapest first. If fewer than `most`,
        no other pair is below the limit, else none is below the last value.
    """
    count = 0
    kind, weight, constant = jobs.kind[job], jobs.weight[job], jobs.constant[job]
    x, y, z, factor = jobs.at[job, 0], jobs.at[job, 1], jobs.at[job, 2], jobs.factor[job]
    choosy = jobs.special_first[job + 1] > jobs.special_first[job]
    work.number[0] += 1
    question = work.number[0]
    for place in range(pool.first[job], pool.first[job] + pool.count[job]):
        work.stamp[pool.volunteer[place]] = question
    for tree in range(places.tree_first[kind], places.tree_first[kind + 1]):
        mode = places.tree_mode[tree]
        work.stack[0, 0], work.stack[0, 1], work.stack[0, 2] = -INFINITE, places.height[tree] - 1, 0
        size = 1
        while size > 0:
            size -= 1
            if work.stack[size, 0] >= limit:
                continue
            level, index = work.stack[size, 1], work.stack[size, 2]
            if level > 0:
                base = size
                start = places.level_first[tree, level - 1]
                for child in range(index * FAN, min(index * FAN + FAN, places.level_count[tree, level - 1])):
                    node = start + child
                    least = prices.node_least[node]
                    if least >= limit:
                        continue
                    raw = raw_minutes(box_distance(x, y, z, places.box, node), mode, places.modes, places.knots)
                    minutes = max(int(np.ceil(raw * factor - CAREFUL)), 0)
                    bound = (weight * minutes + constant) * scale + least
                    if bound >= limit or minutes > places.node_reach[node]:
                        continue
                    place = size
                    while place > base and work.stack[place - 1, 0] < bound:
                        work.stack[place, 0] = work.stack[place - 1, 0]
                        work.stack[place, 2] = work.stack[place - 1, 2]
                        place -= 1
                    work.stack[place, 0], work.stack[place, 2] = bound, child
                    work.stack[size, 1] = level - 1
                    size += 1
                continue
            first = places.point_first[tree] + index * LEAF
            for point in range(first, min(first + LEAF, places.point_first[tree + 1])):
                volunteer = places.point_volunteer[point]
                price = prices.price[volunteer]
                if price + places.point_extra[point] * scale >= limit:
                    continue
                dx, dy, dz = places.at[volunteer, 0] - x, places.at[volunteer, 1] - y, places.at[volunteer, 2] - z
                raw = raw_minutes(dx * dx + dy * dy + dz * dz, mode, places.modes, places.knots)
                minutes = rounded_up(raw * max(factor, places.factor[volunteer]))
                if minutes > places.reach[volunteer]:
                    continue
                cost = weight * minutes + constant + places.point_extra[point]
                if cost * scale + price >= limit and not choosy:
                    continue
                if choosy:
                    more = special(job, volunteer, jobs.special_first, jobs.special_volunteer, jobs.special_cost)
                    if more == FORBIDDEN:
                        continue
                    cost += more
                value = cost * scale + price
                if value < limit and work.stamp[volunteer] != question:
                    count = insert(count, most, volunteer, cost, value, work.volunteer, work.cost, work.value)
                    if count == most:
                        limit = min(limit, work.value[most - 1])
    return count


@compiled(types.boolean(LONG, LONG, LONG, POOL))
def add_pair(job: int, volunteer: int, cost: int, pool: Pool) -> bool:
    """Add a pair to the pool, moving the job's row to the end when it is full; False = no room left, grow first."""
    count = pool.count[job]
    if count == pool.room[job]:
        room = max(2 * count, 4)
        start = pool.used[0]
        if start + room > len(pool.volunteer):
            return False
        first = pool.first[job]
        for place in range(count):
            pool.volunteer[start + place] = pool.volunteer[first + place]
            pool.cost[start + place] = pool.cost[first + place]
        pool.first[job] = start
        pool.room[job] = room
        pool.used[0] = start + room
    place = pool.first[job] + count
    pool.volunteer[place] = volunteer
    pool.cost[place] = cost
    pool.count[job] = count + 1
    return True


@compiled(LONG(LONG, PLACES, JOBS, POOL, PRICES, LONG, LONG, LONG, WORK))
def expand(
    job: int, places: Places, jobs: Jobs, pool: Pool, prices: Prices, scale: int, limit: int, most: int, work: Work
) -> int:
    """Add a job's cheapest pairs to the pool and move its frontier; return how many, or -1 when there is no room."""
    if pool.used[0] + 2 * (pool.count[job] + most) > len(pool.volunteer):
        return -1
    found = cheapest(job, places, jobs, pool, prices, scale, limit, most, work)
    for place in range(found):
        add_pair(job, work.volunteer[place], work.cost[place], pool)
    pool.frontier[job] = work.value[most - 1] if found == most else limit
    return found


@compiled(LONG(LONG, LONG, PLACES, JOBS, POOL, PRICES, LONG, LONG, WORK))
def expand_all(
    first: int, end: int, places: Places, jobs: Jobs, pool: Pool, prices: Prices, scale: int, most: int, work: Work
) -> int:
    """Expand every job from `first` on, without limit; return where it stopped for want of room, or `end`."""
    for job in range(first, end):
        if expand(job, places, jobs, pool, prices, scale, INFINITE, most, work) < 0:
            return job
    return end
