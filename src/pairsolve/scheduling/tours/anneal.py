"""The compiled loop: draw a move, refuse it early if its travel alone is too much, follow the times, keep or undo."""

from __future__ import annotations

import math

from pairsolve.compiled import kernel
from pairsolve.scheduling.tours.asked import Flags, Floats, Ints, Words
from pairsolve.scheduling.tours.moves import exchange_tails, relocate, relocate_both, swap
from pairsolve.scheduling.tours.state import (
    CUT,
    FEES,
    FEW_VISITS,
    HIGHEST,
    HOLDER,
    LOGGED,
    MOVE,
    MOVED,
    TARDY,
    TRAVEL,
    Asked,
    State,
    copy,
    cost,
    draw,
    load,
    propagate,
    touch,
    undo_links,
    undo_starts,
    unit,
)

_RELOCATE, _SWAP, _TAILS = 60, 85, 93  # of a hundred draws; the rest moves both tasks of a visit
_EPSILON = 1e-9


@kernel(allocates=False)
def propose(asked: Asked, state: State, num_tasks: int, limit: float) -> bool:
    """Draw a move and make it; return False if it was declined."""
    state.counts[MOVE] += 1
    state.counts[LOGGED] = 0
    state.counts[CUT] = 0
    state.counts[MOVED] = 0
    kind = draw(state.random, 100)
    if kind < _RELOCATE:
        return relocate(asked, state, num_tasks, limit)
    if kind < _SWAP:
        return swap(asked, state, num_tasks, limit)
    if kind < _TAILS:
        return exchange_tails(asked, state, num_tasks, limit)
    return relocate_both(asked, state, num_tasks, limit)


@kernel(allocates=False)
def follow(asked: Asked, state: State, num_tasks: int) -> bool:
    """Compute the start times after the links of a move; return False if visits wait for each other in a ring."""
    for place in range(state.counts[CUT]):
        touch(state, num_tasks, state.after[state.cuts[place, 0]])
    return propagate(asked, state, num_tasks, FEW_VISITS)


@kernel(allocates=False)
def step(asked: Asked, state: State, num_tasks: int, temperature: float) -> bool:
    """Make one draw at a temperature; return whether the tours changed."""
    travel, tardy, highest, fees = state.sums[TRAVEL], state.sums[TARDY], state.sums[HIGHEST], state.sums[FEES]
    holder = state.counts[HOLDER]
    now = cost(asked, state)
    threshold = -temperature * math.log(unit(state.random))
    limit = threshold + asked.weights[1] * tardy + asked.weights[2] * highest
    if propose(asked, state, num_tasks, limit):
        if follow(asked, state, num_tasks) and cost(asked, state) <= now + threshold:
            return True
        undo_starts(asked, state)
    if state.counts[CUT] > 0 or state.counts[MOVED] > 0:
        undo_links(state)
        state.sums[TRAVEL], state.sums[TARDY], state.sums[HIGHEST], state.sums[FEES] = travel, tardy, highest, fees
        state.counts[HOLDER] = holder
    return False


@kernel(
    "float64(float64[:,::1], int64[::1], int64[::1], float64[::1], float64[::1], float64[::1], int64[::1], "
    "boolean[::1], float64[::1], float64[::1], float64[:,::1], float64[::1], int64[:,::1], "
    "int64[::1], int64[::1], int64[::1], float64[::1], float64[::1], int64[::1], int64[::1], int64[::1], "
    "float64[::1], int64[::1], boolean[::1], int64[:,::1], int64[:,::1], float64[::1], int64[::1], uint64[::1], "
    "int64[::1], int64[::1], float64, float64, int64)",
    allocates=False,
)
def anneal(
    legs: Floats, leave: Ints, reach: Ints, ready: Floats, due: Floats, minutes: Floats, mate: Ints, leads: Flags,
    least: Floats, most: Floats, fee: Floats, weights: Floats, near: Ints,
    after: Ints, before: Ints, route: Ints, start: Floats, tardy: Floats, seen: Ints, visits: Ints, log: Ints,
    old: Floats, queue: Ints, waiting: Flags, cuts: Ints, moved: Ints, sums: Floats, counts: Ints, random: Words,
    links: Ints, best_after: Ints, best: float, temperature: float, num_moves: int,
) -> float:  # fmt: skip  # the problem, the state, the run
    """Load tours from links, draw moves at a temperature, keep the links of the best; return its cost.

    Loading counts everything anew, so that sums cannot drift from call to call.
    """
    asked = Asked(legs, leave, reach, ready, due, minutes, mate, leads, least, most, fee, weights, near)
    state = State(
        after, before, route, start, tardy, seen, visits, log, old, queue, waiting, cuts, moved, sums, counts, random
    )
    num_tasks = len(mate)
    if not load(asked, state, num_tasks, links):
        load(asked, state, num_tasks, best_after)
    if cost(asked, state) < best - _EPSILON:
        best = cost(asked, state)
        copy(after, best_after)
    for _ in range(num_moves):
        if step(asked, state, num_tasks, temperature) and cost(asked, state) < best - _EPSILON:
            best = cost(asked, state)
            copy(after, best_after)
    return best
