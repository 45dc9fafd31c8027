"""Closed circles, compiled: jobs and volunteers from which no free seat can be reached, whatever it costs.

A job that finds no seat nearby may sit in such a circle. Reachability alone decides it (König; Hall), without costs
and without holding pairs: every volunteer is met once and then hidden from the trees. All prices of a closed circle
may rise together until leaving some job of the circle uncovered is as good as covering it.
"""

from __future__ import annotations

from typing import NamedTuple

from pairsolve.pairing.kernels import (
    DONE,
    FAN,
    GROW,
    INFINITE,
    JOBS,
    LEAF,
    LONG,
    PLACES,
    POOL,
    PRICES,
    SMALL,
    WHOLE,
    WORK,
    Jobs,
    Places,
    Pool,
    Prices,
    Small,
    Whole,
    Work,
    add_pair,
    cheapest,
    compiled,
    compiled_type,
    stands_in,
)
from pairsolve.pairing.paths import STATE, State

AT_ONCE = 48
REACHED, CLOSED = 3, 4


class Circle(NamedTuple):
    """What a sweep has met, and where volunteers stand in the trees."""

    mark: Whole  # INFINITE for volunteers met, prices of others
    least: Whole  # least mark + extra in every node
    slack: Whole  # how far prices may rise, (1,)
    met: Whole  # volunteers met, in order
    parent: Whole  # job through which each was met
    cost: Whole  # and the cost of that pair
    size: Whole  # (volunteers met,)
    open: Whole  # 1 for volunteers known to lead to a free seat
    point_first: Whole  # points of each volunteer, (volunteers + 1,)
    point: Whole
    tree: Whole  # tree of each of those points


CIRCLE = compiled_type(Circle)


@compiled(LONG(LONG, PLACES, CIRCLE))
def hide(volunteer: int, places: Places, circle: Circle) -> int:
    """Hide a volunteer from the trees."""
    circle.mark[volunteer] = INFINITE
    for row in range(circle.point_first[volunteer], circle.point_first[volunteer + 1]):
        tree = circle.tree[row]
        start, end = places.point_first[tree], places.point_first[tree + 1]
        index = (circle.point[row] - start) // LEAF
        least = INFINITE
        for point in range(start + index * LEAF, min(start + index * LEAF + LEAF, end)):
            least = min(least, circle.mark[places.point_volunteer[point]] + places.point_extra[point])
        level = 0
        while circle.least[places.level_first[tree, level] + index] < least:
            circle.least[places.level_first[tree, level] + index] = least
            level += 1
            if level == places.height[tree]:
                break
            index //= FAN
            least = INFINITE
            for child in range(index * FAN, min(index * FAN + FAN, places.level_count[tree, level - 1])):
                least = min(least, circle.least[places.level_first[tree, level - 1] + child])
    return 0


@compiled(LONG(LONG, LONG, LONG, STATE, PLACES, CIRCLE))
def note(volunteer: int, job: int, cost: int, state: State, places: Places, circle: Circle) -> int:
    """Note that a job has met a volunteer; return 1 if a free seat is known to be reached through it."""
    hide(volunteer, places, circle)
    circle.met[circle.size[0]] = volunteer
    circle.size[0] += 1
    circle.parent[volunteer] = job
    circle.cost[volunteer] = cost
    free = state.load[volunteer] < state.first[volunteer + 1] - state.first[volunteer]
    return 1 if free or circle.open[volunteer] == 1 else 0


@compiled(LONG(LONG, LONG, PLACES, JOBS, POOL, PRICES, STATE, CIRCLE, WORK))
def meet(
    job: int, limit: int, places: Places, jobs: Jobs, pool: Pool, prices: Prices, state: State, circle: Circle,
    work: Work,
) -> int:  # fmt: skip
    """Meet all volunteers of a job, not met yet, at reduced costs up to a limit.

    Return one that leads to a free seat, or -1; `circle.slack` becomes at most the least reduced cost beyond.
    """
    value = state.value[job]
    circle.slack[0] = min(circle.slack[0], state.leave[job] - value)
    for place in range(pool.first[job], pool.first[job] + pool.count[job]):
        volunteer = pool.volunteer[place]
        if circle.mark[volunteer] == INFINITE:
            continue
        reduced = pool.cost[place] + prices.price[volunteer] - value
        if reduced > limit:
            circle.slack[0] = min(circle.slack[0], reduced)
        elif note(volunteer, job, pool.cost[place], state, places, circle) == 1:
            return volunteer
    while True:
        seen = Prices(circle.mark, circle.least)
        found = cheapest(job, places, jobs, pool, seen, 1, value + circle.slack[0], AT_ONCE, work)
        for row in range(found):
            volunteer = work.volunteer[row]
            if work.value[row] - value > limit:
                circle.slack[0] = min(circle.slack[0], work.value[row] - value)
                return -1
            if note(volunteer, job, work.cost[row], state, places, circle) == 1:
                return volunteer
        if found < AT_ONCE:
            return -1


@compiled(LONG(LONG, POOL, CIRCLE))
def keep_way(volunteer: int, pool: Pool, circle: Circle) -> int:
    """Put the pair through which a volunteer was met into the pool; GROW = no room."""
    job = circle.parent[volunteer]
    first = pool.first[job]
    if not stands_in(volunteer, first, first + pool.count[job], pool.volunteer) and not add_pair(
        job, volunteer, circle.cost[volunteer], pool
    ):
        return GROW
    return DONE


@compiled(LONG(LONG, LONG, POOL, PRICES, STATE, CIRCLE))
def raise_all(source: int, more: int, pool: Pool, prices: Prices, state: State, circle: Circle) -> int:
    """Raise all prices of a closed circle alike; pairs inside keep their reduced costs, pairs into it gain slack."""
    state.value[source] += more
    pool.frontier[source] = max(pool.frontier[source], state.value[source])
    for place in range(circle.size[0]):
        volunteer = circle.met[place]
        prices.price[volunteer] += more
        for seat in range(state.first[volunteer], state.first[volunteer] + state.load[volunteer]):
            job = state.seat[seat]
            state.value[job] += more
            pool.frontier[job] = max(pool.frontier[job], state.value[job])
    return 0


@compiled(LONG(LONG, LONG, PLACES, JOBS, POOL, PRICES, STATE, CIRCLE, WORK))
def close(
    source: int, limit: int, places: Places, jobs: Jobs, pool: Pool, prices: Prices, state: State, circle: Circle,
    work: Work,
) -> int:  # fmt: skip
    """Sweep all that can be reached from a job without a seat in steps of at most a limit; `circle` remembers what leads to a free seat.

    Returns
    -------
    int
        REACHED: a free seat can be reached, and the way to it, or to a volunteer known to lead to one, is in the pool. CLOSED: none can; the pool leads
        everywhere in the circle, and all its prices have risen to where leaving one job, or one step out of the
        circle, is as good. GROW: no room.
    """
    circle.size[0] = 0
    circle.slack[0] = INFINITE
    volunteer = meet(source, limit, places, jobs, pool, prices, state, circle, work)
    place = 0
    while volunteer < 0 and place < circle.size[0]:
        owner = circle.met[place]
        place += 1
        for seat in range(state.first[owner], state.first[owner] + state.load[owner]):
            job = state.seat[seat]
            volunteer = meet(job, limit, places, jobs, pool, prices, state, circle, work)
            if volunteer >= 0:
                break
    if volunteer >= 0:
        while True:
            if keep_way(volunteer, pool, circle) == GROW:
                return GROW
            circle.open[volunteer] = 1
            job = circle.parent[volunteer]
            if job == source:
                return REACHED
            volunteer = state.held[job]
    for place in range(circle.size[0]):
        if keep_way(circle.met[place], pool, circle) == GROW:
            return GROW
    raise_all(source, circle.slack[0], pool, prices, state, circle)
    return CLOSED
