"""Successive shortest paths over the pool, compiled: from jobs without a seat, and back from seats that cost too much.

All numbers are exact. Between two calls every job that holds a seat sits at a volunteer of least cost + price, and
no pair at all is worth less than its job's value; only free seats may still cost something (`paths_back`).
Ford and Fulkerson's labels with Dijkstra's order and potentials (Edmonds and Karp 1972, doi 10.1145/321694.321699).
"""

from __future__ import annotations

from typing import NamedTuple

from pairsolve.pairing.kernels import (
    DONE,
    GROW,
    INFINITE,
    JOBS,
    LONG,
    PLACES,
    POOL,
    PRICES,
    TOO_FAR,
    TOO_LONG,
    WHOLE,
    WORK,
    Jobs,
    Places,
    Pool,
    Prices,
    Table,
    Whole,
    Work,
    compiled,
    compiled_type,
    expand,
)

EXPANDED = 6


class State(NamedTuple):
    """Who holds whom, and what jobs are worth."""

    value: Whole  # of each job: its price
    leave: Whole  # what leaving each job uncovered costs
    held: Whole  # volunteer of each job, -1 = none
    first: Whole  # first seat of each volunteer, (volunteers + 1,)
    seat: Whole  # jobs at work, the first `load` of each volunteer's row
    place: Whole  # seat of each job
    load: Whole
    least: Whole  # fewest jobs of each volunteer


class Labels(NamedTuple):
    """Labels of one search; nodes are volunteers, then jobs (for their frontiers)."""

    distance: Whole  # (volunteers + jobs,)
    parent: Whole  # job before each volunteer
    through: Whole  # volunteer that job goes to, on the way back
    where: Whole  # place in the heap, -1 = not seen, -2 = done, -3 = seen and to be labelled again
    heap: Whole
    seen: Whole  # nodes to be cleared
    count: Whole  # (size of heap, seen, pops of the run)


STATE, LABELS = compiled_type(State), compiled_type(Labels)


@compiled(LONG(LONG, LONG, LABELS))
def offer(node: int, distance: int, labels: Labels) -> int:
    """Offer a node a distance; keep it when it is shorter than the one known."""
    where = labels.where[node]
    if where == -2 or (where >= 0 and labels.distance[node] <= distance):
        return 0
    if where == -1:
        labels.seen[labels.count[1]] = node
        labels.count[1] += 1
    if where < 0:
        where = labels.count[0]
        labels.count[0] += 1
    while where > 0:
        above = (where - 1) >> 2
        other = labels.heap[above]
        if labels.distance[other] <= distance:
            break
        labels.heap[where] = other
        labels.where[other] = where
        where = above
    labels.heap[where] = node
    labels.where[node] = where
    labels.distance[node] = distance
    return 1


@compiled(LONG(LABELS))
def take(labels: Labels) -> int:
    """Take the nearest node from the heap."""
    nearest = labels.heap[0]
    labels.where[nearest] = -2
    labels.count[0] -= 1
    size = labels.count[0]
    if size > 0:
        last = labels.heap[size]
        distance = labels.distance[last]
        where = 0
        while True:
            child = 4 * where + 1
            if child >= size:
                break
            best = child
            for other in range(child + 1, min(child + 4, size)):
                if labels.distance[labels.heap[other]] < labels.distance[labels.heap[best]]:
                    best = other
            if labels.distance[labels.heap[best]] >= distance:
                break
            labels.heap[where] = labels.heap[best]
            labels.where[labels.heap[where]] = where
            where = best
        labels.heap[where] = last
        labels.where[last] = where
    return nearest


@compiled(LONG(LABELS))
def clear(labels: Labels) -> int:
    """Forget all labels."""
    for place in range(labels.count[1]):
        labels.where[labels.seen[place]] = -1
    labels.count[0] = 0
    labels.count[1] = 0
    return 0


@compiled(LONG(LONG, LONG, STATE))
def sit(job: int, volunteer: int, state: State) -> int:
    """Give a job a free seat."""
    seat = state.first[volunteer] + state.load[volunteer]
    state.seat[seat] = job
    state.place[job] = seat
    state.held[job] = volunteer
    state.load[volunteer] += 1
    return 0


@compiled(LONG(LONG, STATE))
def rise(job: int, state: State) -> int:
    """Take a job's seat away; the volunteer's last job moves into it."""
    volunteer, seat = state.held[job], state.place[job]
    state.load[volunteer] -= 1
    last = state.seat[state.first[volunteer] + state.load[volunteer]]
    state.seat[seat] = last
    state.place[last] = seat
    state.held[job] = -1
    return volunteer


@compiled(LONG(LONG, POOL, PRICES, STATE))
def worth(job: int, pool: Pool, prices: Prices, state: State) -> int:
    """Return what a job's best way is worth: a pair of the pool, any other pair, or none."""
    best = min(state.leave[job], pool.frontier[job])
    for place in range(pool.first[job], pool.first[job] + pool.count[job]):
        best = min(best, pool.cost[place] + prices.price[pool.volunteer[place]])
    return best


@compiled(LONG(LONG, LONG, LONG, POOL, PRICES, STATE, LABELS, WHOLE))
def scan(job: int, near: int, first: int, pool: Pool, prices: Prices, state: State, labels: Labels, best: Whole) -> int:
    """Label the volunteers of a job's pairs from `first` on; `best` is (distance, volunteer, job that leaves)."""
    base = near - state.value[job]
    for place in range(pool.first[job] + first, pool.first[job] + pool.count[job]):
        volunteer = pool.volunteer[place]
        price = prices.price[volunteer]
        distance = base + pool.cost[place] + price
        if distance >= best[0]:
            continue
        if offer(volunteer, distance, labels) == 0:
            continue
        labels.parent[volunteer] = job
        if state.load[volunteer] < state.first[volunteer + 1] - state.first[volunteer]:
            # a seat below nothing is a minimum at work: it is free only once its price has come up to nothing
            if price < 0 and state.load[volunteer] >= state.least[volunteer]:
                distance -= price
            if distance < best[0]:
                best[0], best[1], best[2] = distance, volunteer, -1
    return 0


@compiled(LONG(LONG, LONG, POOL, STATE, LABELS, WHOLE, LONG))
def leave_or_look(job: int, near: int, pool: Pool, state: State, labels: Labels, best: Whole, num_volunteers: int) -> int:
    """Weigh leaving a job uncovered, and label its frontier."""
    distance = near + state.leave[job] - state.value[job]
    if distance < best[0]:
        best[0], best[1], best[2] = distance, -1, job
    distance = near + pool.frontier[job] - state.value[job]
    if distance < best[0]:
        offer(num_volunteers + job, distance, labels)
    return 0


@compiled(LONG(PLACES, JOBS, POOL, PRICES, STATE, LABELS, LONG, LONG, WHOLE, WORK))
def search(
    places: Places, jobs: Jobs, pool: Pool, prices: Prices, state: State, labels: Labels, limit: int, most_steps: int,
    best: Whole, work: Work,
) -> int:  # fmt: skip
    """Find the shortest path from the jobs that have begun to a free seat or a job that had better be uncovered."""
    num_volunteers = len(prices.price)
    last_step = labels.count[2] + most_steps
    while labels.count[0] > 0 and labels.distance[labels.heap[0]] < best[0]:
        node = take(labels)
        near = labels.distance[node]
        labels.count[2] += 1
        if near > limit:
            return TOO_FAR
        if labels.count[2] > last_step:
            return TOO_LONG
        if node >= num_volunteers:
            job = node - num_volunteers
            known = pool.count[job]
            if expand(job, places, jobs, pool, prices, 1, state.leave[job], EXPANDED, work) < 0:
                return GROW
            start = 0 if state.held[job] < 0 else labels.distance[state.held[job]]
            labels.where[node] = -3  # its frontier has moved and may be labelled again
            scan(job, start, known, pool, prices, state, labels, best)
            leave_or_look(job, start, pool, state, labels, best, num_volunteers)
        else:
            for seat in range(state.first[node], state.first[node] + state.load[node]):
                job = state.seat[seat]
                scan(job, near, 0, pool, prices, state, labels, best)
                leave_or_look(job, near, pool, state, labels, best, num_volunteers)
    return DONE


@compiled(LONG(LONG, PRICES, STATE, LABELS))
def lift(length: int, prices: Prices, state: State, labels: Labels) -> int:
    """Raise the prices of all volunteers nearer than the path's end, and what their jobs are worth."""
    num_volunteers = len(prices.price)
    for place in range(labels.count[1]):
        node = labels.seen[place]
        if node < num_volunteers and labels.where[node] == -2 and labels.distance[node] < length:
            more = length - labels.distance[node]
            prices.price[node] += more
            for seat in range(state.first[node], state.first[node] + state.load[node]):
                state.value[state.seat[seat]] += more
    return 0


@compiled(LONG(LONG, LONG, LONG, STATE, LABELS))
def shift(source: int, volunteer: int, leaver: int, state: State, labels: Labels) -> int:
    """Move the jobs along a path one seat on."""
    if leaver == source:
        return 0
    if leaver >= 0:
        volunteer = rise(leaver, state)
    while True:
        job = labels.parent[volunteer]
        before = state.held[job]
        if job != source:
            rise(job, state)
        sit(job, volunteer, state)
        if job == source:
            return 0
        volunteer = before


@compiled(LONG(LONG, PLACES, JOBS, POOL, PRICES, STATE, WORK))
def tighten(job: int, places: Places, jobs: Jobs, pool: Pool, prices: Prices, state: State, work: Work) -> int:
    """Value a job by its best way, looking beyond its frontier until that is not the best; -1 = no room."""
    while True:
        state.value[job] = worth(job, pool, prices, state)
        if state.value[job] < pool.frontier[job] or state.value[job] == state.leave[job]:
            return 0
        if expand(job, places, jobs, pool, prices, 1, state.leave[job], EXPANDED, work) < 0:
            return -1


@compiled(LONG(LONG, POOL, PRICES, STATE, LABELS, WHOLE))
def begin(source: int, pool: Pool, prices: Prices, state: State, labels: Labels, best: Whole) -> int:
    """Begin a search at a job without a seat."""
    scan(source, 0, 0, pool, prices, state, labels, best)
    return leave_or_look(source, 0, pool, state, labels, best, len(prices.price))


@compiled(LONG(WHOLE, WHOLE, WHOLE, PLACES, JOBS, POOL, PRICES, STATE, LABELS, LONG, LONG, WHOLE, WORK))
def paths(
    waiting: Whole, size: Whole, later: Whole, places: Places, jobs: Jobs, pool: Pool, prices: Prices, state: State,
    labels: Labels, limit: int, most_steps: int, best: Whole, work: Work,
) -> int:  # fmt: skip
    """Give waiting jobs a seat, or show that they had better have none, one shortest path after another.

    Jobs whose search is long go to `later`; `size` counts those waiting and those for later.
    """
    labels.count[2] = 0
    while size[0] > 0 and labels.count[2] < len(prices.price):
        source = waiting[size[0] - 1]
        if tighten(source, places, jobs, pool, prices, state, work) < 0:
            return GROW
        clear(labels)
        if state.value[source] < state.leave[source]:
            best[0], best[1], best[2] = INFINITE, -1, -1
            begin(source, pool, prices, state, labels, best)
            outcome = search(places, jobs, pool, prices, state, labels, limit, most_steps, best, work)
            if outcome == GROW:
                return GROW
            if outcome == DONE:
                state.value[source] += best[0]
                lift(best[0], prices, state, labels)
                shift(source, best[1], best[2], state, labels)
            else:
                later[size[1]] = source
                size[1] += 1
        size[0] -= 1
    return DONE
