"""Shortest paths back from seats that cost something though they are free, and the check of all pairs, compiled."""

from __future__ import annotations

from pairsolve.pairing.kernels import (
    DONE,
    FLAGS,
    GROW,
    INFINITE,
    JOBS,
    LONELY,
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
from pairsolve.pairing.paths import LABELS, STATE, Labels, State, clear, offer, rise, sit, take, worth

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
    """Find whose leaving is worth most to a free seat; `best` is (distance, volunteer, uncovered job)."""
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
                best[0], best[1], best[2] = distance, -1, job
                labels.parent[node] = labels.parent[node]
                best[3] = node
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
    volunteer = best[1]
    if volunteer < 0:
        volunteer = best[3]
        sit_later = best[2]
    else:
        sit_later = -1
    while volunteer != source:
        job, taker = labels.parent[volunteer], labels.through[volunteer]
        rise(job, state)
        if sit_later >= 0:
            sit(sit_later, volunteer, state)
        sit_later = -1
        # the taker is full unless it is the source: its own job leaves in the next step
        if taker == source:
            sit(job, taker, state)
            return 0
        next_job = labels.parent[taker]
        rise(next_job, state)
        sit(job, taker, state)
        sit_later = -1
        state.held[next_job] = taker  # remembered for the next step
        volunteer = taker
    return 0
