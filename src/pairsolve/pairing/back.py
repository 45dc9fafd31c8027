"""Shortest paths back from seats that cost something though they are free, and the check of all pairs, compiled."""

from __future__ import annotations

from pairsolve.pairing.kernels import (
    DONE,
    FLAGS,
    INFINITE,
    JOBS,
    LONG,
    PLACES,
    POOL,
    PRICES,
    WHOLE,
    WORK,
    Bools,
    Jobs,
    Places,
    Pool,
    Prices,
    Whole,
    Work,
    compiled,
    expand,
)
from pairsolve.pairing.paths import LABELS, STATE, Labels, State, clear, offer, rise, sit, take

CHECKED = 4  # pairs that join the pool at a time


@compiled(LONG(WHOLE, WHOLE, POOL, LONG))
def turn_round(first: Whole, pairs: Whole, pool: Pool, num_jobs: int) -> int:
    """List the pool by volunteer: cells of the pool in `pairs`, from first[v] to first[v + 1]; (cell, job) side by side."""
    first[:] = 0
    for job in range(num_jobs):
        for place in range(pool.first[job], pool.first[job] + pool.count[job]):
            first[pool.volunteer[place] + 1] += 1
    for volunteer in range(len(first) - 1):
        first[volunteer + 1] += first[volunteer]
    for job in range(num_jobs - 1, -1, -1):
        for place in range(pool.first[job], pool.first[job] + pool.count[job]):
            end = first[pool.volunteer[place] + 1] - 1
            first[pool.volunteer[place] + 1] = end
            pairs[2 * end] = place
            pairs[2 * end + 1] = job
    for volunteer in range(len(first) - 1):
        first[volunteer] = first[volunteer + 1]
    first[len(first) - 1] = pool.count[:num_jobs].sum()
    return 0


@compiled(LONG(LONG, WHOLE, WHOLE, POOL, PRICES, STATE, LABELS, WHOLE))
def search_back(
    source: int, first: Whole, pairs: Whole, pool: Pool, prices: Prices, state: State, labels: Labels, best: Whole
) -> int:
    """Find the job a free seat should draw away or draw in; `best` is (distance, volunteer, uncovered job)."""
    best[0], best[1], best[2] = INFINITE, -1, -1
    if state.load[source] >= state.least[source]:
        best[0], best[1] = prices.price[source], source
    offer(source, 0, labels)
    while labels.count[0] > 0 and labels.distance[labels.heap[0]] < best[0]:
        node = take(labels)
        near = labels.distance[node]
        for place in range(first[node], first[node + 1]):
            job = pairs[2 * place + 1]
            other = state.held[job]
            if other == node:
                continue
            distance = near + pool.cost[pairs[2 * place]] + prices.price[node] - state.value[job]
            if distance >= best[0]:
                continue
            if other < 0:
                best[0], best[1], best[2] = distance, node, job
            elif offer(other, distance, labels) == 1:
                labels.parent[other] = job
                labels.through[other] = node
                if state.load[other] > state.least[other]:
                    distance += max(prices.price[other], 0)
                    if distance < best[0]:
                        best[0], best[1], best[2] = distance, other, -1
    return DONE


@compiled(LONG(LONG, PRICES, STATE, LABELS, FLAGS))
def lower(length: int, prices: Prices, state: State, labels: Labels, fallen: Bools) -> int:
    """Lower the prices of all that lie nearer than the path's end, and what their jobs are worth."""
    for place in range(labels.count[1]):
        node = labels.seen[place]
        if labels.where[node] == -2 and labels.distance[node] < length:
            less = length - labels.distance[node]
            prices.price[node] -= less
            fallen[node] = True
            for seat in range(state.first[node], state.first[node] + state.load[node]):
                state.value[state.seat[seat]] -= less
    return 0


@compiled(LONG(LONG, WHOLE, STATE, LABELS))
def shift_back(source: int, best: Whole, state: State, labels: Labels) -> int:
    """Move the jobs along a path, so that the source's free seat is taken."""
    volunteer, entering = best[1], best[2]
    while volunteer != source:
        job, taker = labels.parent[volunteer], labels.through[volunteer]
        rise(job, state)
        if entering >= 0:
            sit(entering, volunteer, state)
        entering, volunteer = job, taker
    if entering >= 0:
        sit(entering, source, state)
    return 0


@compiled(LONG(WHOLE, WHOLE, POOL, PRICES, STATE, LABELS, WHOLE, FLAGS))
def paths_back(
    first: Whole, pairs: Whole, pool: Pool, prices: Prices, state: State, labels: Labels, best: Whole, fallen: Bools
) -> int:  # fmt: skip
    """Fill or cheapen the free seats that cost something; return a volunteer whose minimum cannot be filled, or -1."""
    for source in range(len(prices.price)):
        while True:
            load = state.load[source]
            free = load < state.first[source + 1] - state.first[source]
            if not (load < state.least[source] or (free and prices.price[source] > 0)):
                break
            clear(labels)
            search_back(source, first, pairs, pool, prices, state, labels, best)
            if best[0] == INFINITE:
                return source
            lower(best[0], prices, state, labels, fallen)
            shift_back(source, best, state, labels)
    return -1


@compiled(LONG(WHOLE, WHOLE, PLACES, JOBS, POOL, PRICES, STATE, LONG, WHOLE, WORK))
def check_pairs(
    waiting: Whole, size: Whole, places: Places, jobs: Jobs, pool: Pool, prices: Prices, state: State, first: int,
    added: Whole, work: Work,
) -> int:  # fmt: skip
    """Hold every job's frontier against the prices; pairs below it join the pool, and jobs that can do better wait.

    Return the job at which the pool was full, or the number of jobs.
    """
    for job in range(first, len(state.value)):
        frontier = pool.frontier[job]
        found = expand(job, places, jobs, pool, prices, 1, frontier, CHECKED, work)
        if found < 0:
            return job
        if found > 0:
            added[0] += found
            if work.value[0] < state.value[job]:
                state.value[job] = work.value[0]
                if state.held[job] >= 0:
                    rise(job, state)
                waiting[size[0]] = job
                size[0] += 1
    return len(state.value)


@compiled(LONG(WHOLE, WHOLE, PLACES, JOBS, POOL, PRICES, STATE, LONG, WORK))
def value_all(
    waiting: Whole, size: Whole, places: Places, jobs: Jobs, pool: Pool, prices: Prices, state: State, first: int,
    work: Work,
) -> int:  # fmt: skip
    """Begin with given prices and seats wished for: value every job over all pairs, and seat those at their best.

    Return the job at which the pool was full, or the number of jobs.
    """
    for job in range(first, len(state.value)):
        best, mine = state.leave[job], INFINITE
        wished = state.held[job]
        for place in range(pool.first[job], pool.first[job] + pool.count[job]):
            value = pool.cost[place] + prices.price[pool.volunteer[place]]
            best = min(best, value)
            if pool.volunteer[place] == wished:
                mine = value
        limit = min(best + jobs.weight[job], state.leave[job])
        found = expand(job, places, jobs, pool, prices, 1, limit, CHECKED, work)
        if found < 0:
            return job
        if found > 0:
            best = min(best, work.value[0])
        state.value[job] = best
        state.held[job] = -1
        if mine == best:
            sit(job, wished, state)
        elif best < state.leave[job]:
            waiting[size[0]] = job
            size[0] += 1
    return len(state.value)
