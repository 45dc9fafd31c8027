"""The compiled loop: draw a move, refuse it early if its travel alone is too much, follow the times, keep or undo."""

from __future__ import annotations

import math

from pairsolve.compiled import kernel
from pairsolve.scheduling.tours.asked import Floats, Ints, Words
from pairsolve.scheduling.tours.day_moves import hold_back, leave_undone, move_lunch
from pairsolve.scheduling.tours.days import count_days, follow_days, undo_days
from pairsolve.scheduling.tours.layout import (
    AFTER,
    CUT,
    CUT_NODE,
    FEES,
    HOLDER,
    KIND,
    LIMITED,
    LOGGED,
    MOVE,
    MOVED,
    NOTHING,
    PER_TRAVEL,
    PRICED,
    STALE,
    TRAVEL,
    Asked,
    State,
)
from pairsolve.scheduling.tours.moves import exchange_tails, relocate, relocate_both, swap
from pairsolve.scheduling.tours.state import (
    cost,
    count_tasks,
    draw,
    guide,
    keep,
    load,
    propagate,
    touch,
    undo_links,
    undo_starts,
    unit,
)

_DAY_MOVES = 25  # of a hundred draws, where days are priced
_HOLD_BACK, _LUNCH = 50, 85  # of a hundred of those; the rest leaves tasks undone
_RELOCATE, _SWAP, _TAILS = 60, 85, 93  # of a hundred draws; the rest moves both tasks of a visit
_EPSILON = 1e-9


@kernel(allocates=False, once=True)
def propose(asked: Asked, state: State, num_tasks: int, limit: float) -> bool:
    """Draw a move and make it; return False if it was declined."""
    state.counts[MOVE] += 1
    state.counts[LOGGED] = 0
    state.counts[CUT] = 0
    state.counts[MOVED] = 0
    state.counts[STALE] = 0
    kind = draw(state.random, 100)
    if asked.rates[PRICED] > 0.0 and kind < _DAY_MOVES:
        kind = draw(state.random, 100)
        if kind < _HOLD_BACK:
            return hold_back(asked, state, num_tasks)
        return move_lunch(asked, state, num_tasks) if kind < _LUNCH else leave_undone(asked, state, num_tasks)
    kind = draw(state.random, 100)
    if kind < _RELOCATE:
        return relocate(asked, state, num_tasks, limit)
    if kind < _SWAP:
        return swap(asked, state, num_tasks, limit)
    if kind < _TAILS:
        return exchange_tails(asked, state, num_tasks, limit)
    return relocate_both(asked, state, num_tasks, limit)


@kernel(allocates=False, once=True)
def follow(asked: Asked, state: State, num_tasks: int) -> bool:
    """Compute start times and days after a move; return False if visits wait for each other in a ring."""
    for place in range(state.counts[CUT]):
        touch(state, num_tasks, state.links[state.logs[CUT_NODE, place], AFTER])
    if not propagate(asked, state, num_tasks):
        return False
    if asked.rates[PRICED] > 0.0:
        follow_days(asked, state, num_tasks)
    return True


@kernel(allocates=False, once=True)
def step(asked: Asked, state: State, num_tasks: int, temperature: float) -> bool:
    """Make one draw at a temperature; return whether the tours changed."""
    for place in range(len(state.sums)):
        state.memo[place] = state.sums[place]
    holder = state.counts[HOLDER]
    now = cost(asked, state) + guide(asked, state)
    threshold = -temperature * math.log(unit(state.random))
    limit = threshold + now - asked.rates[PER_TRAVEL] * state.sums[TRAVEL] - state.sums[FEES]
    state.memo[KIND] = NOTHING
    limited = asked.rates[LIMITED] > 0.0
    if propose(asked, state, num_tasks, limit):
        allowed = not limited or count_tasks(asked, state, 1)
        if allowed and follow(asked, state, num_tasks) and cost(asked, state) + guide(asked, state) <= now + threshold:
            return True
        if limited:
            count_tasks(asked, state, -1)
    elif state.counts[CUT] == 0 and state.counts[MOVED] == 0:
        return False
    undo_links(state)
    undo_starts(asked, state)
    undo_days(state)
    for place in range(len(state.sums)):
        state.sums[place] = state.memo[place]
    state.counts[HOLDER] = holder
    return False


@kernel(allocates=False)
def start_from(asked: Asked, state: State, num_tasks: int, links: Ints, releases: Floats) -> bool:
    """Load tours and count everything; return False if visits wait for each other in a ring."""
    if not load(asked, state, num_tasks, links, releases):
        return False
    if asked.rates[PRICED] > 0.0:
        count_days(asked, state, num_tasks)
    return True


_TIMES, _WHOLE, _SUMS, _COUNTS = "float64[:,::1]", "int64[:,::1]", "float64[::1]", "int64[::1]"
_ASKED = (_WHOLE, _TIMES, _TIMES, _TIMES, _WHOLE, _SUMS)
_STATE = (_WHOLE, _TIMES, _SUMS, _WHOLE, _SUMS, _SUMS, _COUNTS, "uint64[::1]")
_RUN = (_COUNTS, _SUMS, _COUNTS, _SUMS, "float64", "float64", "int64")


@kernel(f"float64({', '.join((*_ASKED, *_STATE, *_RUN))})", allocates=False)
def anneal(
    facts: Ints, asked_times: Floats, legs: Floats, fee: Floats, near: Ints, rates: Floats,
    state_links: Ints, times: Floats, tardy: Floats, logs: Ints, sums: Floats, memo: Floats, counts: Ints,
    random: Words,
    links: Ints, releases: Floats, best_links: Ints, best_releases: Floats,
    best: float, temperature: float, num_moves: int,
) -> float:  # fmt: skip  # the problem, the state, the run
    """Load tours from links, draw moves at a temperature, keep the links of the best; return its cost.

    Loading counts everything anew, so that sums cannot drift from call to call.
    """
    asked = Asked(facts, asked_times, legs, fee, near, rates)
    state = State(state_links, times, tardy, logs, sums, memo, counts, random)
    num_tasks = len(near)
    if not start_from(asked, state, num_tasks, links, releases):
        start_from(asked, state, num_tasks, best_links, best_releases)
    if cost(asked, state) < best - _EPSILON:
        best = cost(asked, state)
        keep(asked, state, num_tasks, best_links, best_releases)
    for _ in range(num_moves):
        if step(asked, state, num_tasks, temperature) and cost(asked, state) < best - _EPSILON:
            best = cost(asked, state)
            keep(asked, state, num_tasks, best_links, best_releases)
    return best
