"""Many searches at once, compiled: all jobs without a seat grow one forest, and many paths are taken at a time.

Where seats are short, every search for itself would sweep the same circle of volunteers again. Here one sweep finds
how far prices must rise until something gives, and paths of reduced cost nothing are then taken until no more is
found (the primal-dual way of Ford and Fulkerson, with Hopcroft and Karp's many paths a phase).
"""

from __future__ import annotations

from pairsolve.pairing.kernels import (
    DONE,
    GROW,
    INFINITE,
    JOBS,
    LONG,
    PLACES,
    POOL,
    PRICES,
    WHOLE,
    WORK,
    Jobs,
    Places,
    Pool,
    Prices,
    Whole,
    Work,
    compiled,
)
from pairsolve.pairing.paths import LABELS, STATE, Labels, State, begin, clear, lift, search, shift, tighten


@compiled(LONG(LONG, POOL, PRICES, STATE, LABELS, WHOLE))
def walk(source: int, pool: Pool, prices: Prices, state: State, labels: Labels, stack: Whole) -> int:
    """Take a path of reduced cost nothing from a job, past volunteers not met in this phase; 1 = taken, 0 = none."""
    size, stack[0] = 1, source
    while size > 0:
        size -= 1
        job = stack[size]
        if state.value[job] == state.leave[job]:
            shift(source, -1, job, state, labels)
            return 1
        for place in range(pool.first[job], pool.first[job] + pool.count[job]):
            volunteer = pool.volunteer[place]
            price = prices.price[volunteer]
            if labels.where[volunteer] != -1 or pool.cost[place] + price != state.value[job]:
                continue
            labels.where[volunteer] = -2
            labels.seen[labels.count[1]] = volunteer
            labels.count[1] += 1
            labels.parent[volunteer] = job
            load, first = state.load[volunteer], state.first[volunteer]
            if load < state.first[volunteer + 1] - first and (price >= 0 or load < state.least[volunteer]):
                shift(source, volunteer, -1, state, labels)
                return 1
            for seat in range(first, first + load):
                stack[size] = state.seat[seat]
                size += 1
    return 0


@compiled(LONG(WHOLE, WHOLE, PLACES, JOBS, POOL, PRICES, STATE, LABELS, WHOLE, LONG, WHOLE, WORK))
def grow_forest(
    waiting: Whole, size: Whole, places: Places, jobs: Jobs, pool: Pool, prices: Prices, state: State, labels: Labels,
    stack: Whole, limit: int, best: Whole, work: Work,
) -> int:  # fmt: skip
    """One phase: raise prices until some waiting job finds a way, then take ways until none is left.

    Jobs that get a seat, or had better have none, wait no longer.
    """
    labels.count[2] = 0
    clear(labels)
    best[0], best[1], best[2] = INFINITE, -1, -1
    for row in range(size[0]):
        if tighten(waiting[row], places, jobs, pool, prices, state, work) < 0:
            return GROW
        begin(waiting[row], pool, prices, state, labels, best)
    outcome = search(places, jobs, pool, prices, state, labels, limit, INFINITE, best, work)
    if outcome != DONE:
        return outcome
    for row in range(size[0]):
        state.value[waiting[row]] += best[0]
    lift(best[0], prices, state, labels)
    clear(labels)
    left = 0
    for row in range(size[0]):
        job = waiting[row]
        if walk(job, pool, prices, state, labels, stack) == 0:
            waiting[left] = job
            left += 1
    size[0] = left
    return DONE
