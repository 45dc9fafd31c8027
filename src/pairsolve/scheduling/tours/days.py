"""What a carer's day costs: waiting, overtime, idle time and a missed lunch, counted along the tour."""

from __future__ import annotations

import math

from pairsolve.compiled import kernel
from pairsolve.scheduling.tours.asked import Floats
from pairsolve.scheduling.tours.layout import (
    AFTER,
    AGAIN,
    ALSO,
    ALSO_WAS,
    BALANCE,
    BEFORE,
    CUT,
    CUT_NODE,
    DAY_COST,
    DAY_IDLE,
    DAY_WORK,
    DAYS,
    DUE,
    DUE_AGAIN,
    HAS_LUNCH,
    HELD,
    HELD_BOTH,
    IDLER,
    IDLEST,
    IN_TIME,
    KIND,
    LATEST,
    LOG,
    LOGGED,
    LUNCH,
    LUNCHED,
    MARKED,
    MATE,
    MINUTES,
    MOVED,
    MOVED_FROM,
    NO_LUNCH,
    NOON_FIRST,
    NOON_LAST,
    NOON_LENGTH,
    NOTHING,
    OLD_COST,
    OLD_IDLE,
    OLD_WORK,
    OVERTIME,
    RECOUNTED,
    RELEASE,
    ROUTE,
    SHIFT_END,
    SPREAD,
    STALE,
    START,
    WAITING,
    WAS,
    WHICH,
    Asked,
    State,
)
from pairsolve.scheduling.tours.state import leg

_ROUNDING = 1e-9


@kernel(allocates=False)
def waiting_with_lunch(asked: Asked, end: float, arrival: float, start: float) -> float:
    """Return the minutes waited between two tasks with a lunch between them, or -1 if the lunch finds no room.

    Lunch is had at the next place, or before leaving where that would be too late, and lasts as long as it may.
    """
    first, last, least = asked.rates[NOON_FIRST], asked.rates[NOON_LAST], asked.rates[NOON_LENGTH]
    if arrival <= last - least:
        begin = max(arrival, first)
        return begin - arrival + max(0.0, start - max(begin + least, last))
    if end <= last - least:
        begin = max(end, first)
        travel = arrival - end
        close = max(begin + least, min(last, start - travel))
        return begin - end + max(0.0, start - travel - close)
    return -1.0


@kernel(allocates=False)
def delay(asked: Asked, state: State, num_tasks: int, carer: int) -> None:
    """Write how late each task of a carer can start without delaying the next or being tardy: waiting is for nothing.

    Tasks with a mate stay where they are.
    """
    node = state.links[num_tasks + carer, BEFORE]
    state.times[node, LATEST] = state.times[node, START]
    while state.links[node, BEFORE] < num_tasks:
        following, node = node, state.links[node, BEFORE]
        start = state.times[node, START]
        state.times[node, LATEST] = start
        if asked.facts[node, MATE] >= 0:
            continue
        latest = state.times[following, LATEST] - leg(asked, node, following) - asked.times[node, MINUTES]
        if asked.facts[carer, HAS_LUNCH] and state.links[carer, LUNCH] == node:
            way = leg(asked, node, following)
            latest = min(latest, asked.rates[NOON_LAST] - way - asked.times[node, MINUTES]) - asked.rates[NOON_LENGTH]
        due = asked.times[node, DUE] if start < asked.times[node, AGAIN] else asked.times[node, DUE_AGAIN]
        if start < asked.times[node, AGAIN]:
            due = min(due, asked.times[node, AGAIN] - 1e-6)
        state.times[node, LATEST] = max(start, min(due, latest))


@kernel(allocates=False)
def count_day(asked: Asked, state: State, num_tasks: int, carer: int) -> None:
    """Count a carer's day anew."""
    base = num_tasks + carer
    begin, close = state.times[base, START], asked.times[carer, SHIFT_END]
    node = state.links[base, AFTER]
    if node == base:
        state.times[carer, DAY_COST], state.times[carer, DAY_WORK] = 0.0, 0.0
        state.times[carer, DAY_IDLE] = close - begin
        return
    delay(asked, state, num_tasks, carer)
    lunch = state.links[carer, LUNCH] if asked.facts[carer, HAS_LUNCH] else -1
    had = not asked.facts[carer, HAS_LUNCH]
    departure = state.times[node, LATEST] - leg(asked, base, node)
    if lunch == base:
        at_home = state.times[node, LATEST] - asked.rates[NOON_LENGTH]
        if at_home >= asked.rates[NOON_FIRST] and state.times[node, LATEST] <= asked.rates[NOON_LAST]:
            had = True
            departure -= asked.rates[NOON_LENGTH]
    if asked.rates[IN_TIME] == 0.0:
        departure = begin
    waited = 0.0 if asked.rates[IN_TIME] > 0.0 else state.times[node, LATEST] - begin - leg(asked, base, node)
    work = leg(asked, base, node)
    while True:
        end = state.times[node, LATEST] + asked.times[node, MINUTES]
        following = state.links[node, AFTER]
        arrival = end + leg(asked, node, following)
        work += arrival - state.times[node, LATEST]
        if following >= num_tasks:
            break
        gap = state.times[following, LATEST] - arrival
        if lunch == node:
            with_lunch = waiting_with_lunch(asked, end, arrival, state.times[following, LATEST])
            if with_lunch >= 0.0:
                had = True
                gap = with_lunch
        waited += gap
        node = following
    back = arrival
    if lunch == node and arrival <= asked.rates[NOON_LAST] - asked.rates[NOON_LENGTH]:
        had = True
        waited += max(0.0, asked.rates[NOON_FIRST] - arrival)
        back = max(arrival, asked.rates[NOON_FIRST]) + asked.rates[NOON_LENGTH]
    cost = asked.rates[WAITING] * waited + asked.rates[OVERTIME] * max(0.0, back - close)
    state.times[carer, DAY_COST] = cost + (0.0 if had else asked.rates[NO_LUNCH])
    state.times[carer, DAY_IDLE] = departure - begin + waited + max(0.0, close - back)
    state.times[carer, DAY_WORK] = work


@kernel(allocates=False)
def count_days(asked: Asked, state: State, num_tasks: int) -> None:
    """Count the days of all carers and their sums anew."""
    state.counts[STALE] = 0
    state.sums[DAYS] = 0.0
    for carer in range(asked.fee.shape[1] - 1):
        count_day(asked, state, num_tasks, carer)
        state.sums[DAYS] += state.times[carer, DAY_COST]
    find_idlest(asked, state)


@kernel(allocates=False)
def find_idlest(asked: Asked, state: State) -> None:
    """Find the largest idle time, how much the fourth root of the sum of fourth powers is above it, and the spread.

    The largest alone says nothing about moves of anybody else, and the search would not see where it leads. The spread
    is the sum of whole minutes by which the carers' work differs from their mean.
    """
    carers = asked.fee.shape[1] - 1
    idlest, powers, spread = 0.0, 0.0, 0.0
    for carer in range(carers):
        idlest = max(idlest, state.times[carer, DAY_IDLE])
    if idlest > 0.0:
        for carer in range(carers):
            share = max(0.0, state.times[carer, DAY_IDLE]) / idlest
            powers += share * share * share * share
    if asked.rates[BALANCE] > 0.0:
        mean = 0.0
        for carer in range(carers):
            mean += state.times[carer, DAY_WORK] / carers
        for carer in range(carers):
            spread += math.ceil(abs(state.times[carer, DAY_WORK] - mean) - _ROUNDING)
    state.sums[IDLEST] = idlest
    state.sums[IDLER] = idlest * (math.sqrt(math.sqrt(powers)) - 1.0) if idlest > 0.0 else 0.0
    state.sums[SPREAD] = spread


@kernel(allocates=False)
def recount(asked: Asked, state: State, num_tasks: int, carer: int) -> None:
    """Count the day of a carer anew, once a move, and log what it was."""
    if carer >= asked.fee.shape[1] - 1 or state.links[carer, MARKED]:
        return
    state.links[carer, MARKED] = True
    place = state.counts[STALE]
    state.logs[RECOUNTED, place] = carer
    state.times[place, OLD_COST] = state.times[carer, DAY_COST]
    state.times[place, OLD_IDLE] = state.times[carer, DAY_IDLE]
    state.times[place, OLD_WORK] = state.times[carer, DAY_WORK]
    state.counts[STALE] = place + 1
    count_day(asked, state, num_tasks, carer)
    state.sums[DAYS] += state.times[carer, DAY_COST] - state.times[place, OLD_COST]


@kernel(allocates=False)
def follow_days(asked: Asked, state: State, num_tasks: int) -> None:
    """Count the days anew that a move has changed."""
    for place in range(state.counts[CUT]):
        recount(asked, state, num_tasks, state.links[state.logs[CUT_NODE, place], ROUTE])
    for place in range(state.counts[MOVED]):
        recount(asked, state, num_tasks, state.logs[MOVED_FROM, place])
    for place in range(state.counts[LOGGED]):
        recount(asked, state, num_tasks, state.links[state.logs[LOG, place], ROUTE])
    if state.memo[KIND] == LUNCHED:
        recount(asked, state, num_tasks, int(state.memo[WHICH]))
    for place in range(state.counts[STALE]):
        state.links[state.logs[RECOUNTED, place], MARKED] = False
    find_idlest(asked, state)


@kernel(allocates=False)
def undo_days(state: State) -> None:
    """Put back days, and what a move other than links has changed; sums are put back by the caller."""
    for place in range(state.counts[STALE]):
        carer = state.logs[RECOUNTED, place]
        state.times[carer, DAY_COST] = state.times[place, OLD_COST]
        state.times[carer, DAY_IDLE] = state.times[place, OLD_IDLE]
        state.times[carer, DAY_WORK] = state.times[place, OLD_WORK]
    if state.memo[KIND] == HELD:
        state.times[int(state.memo[WHICH]), RELEASE] = state.memo[WAS]
    elif state.memo[KIND] == HELD_BOTH:
        state.times[int(state.memo[ALSO]), RELEASE] = state.memo[ALSO_WAS]
        state.times[int(state.memo[WHICH]), RELEASE] = state.memo[WAS]
    elif state.memo[KIND] == LUNCHED:
        state.links[int(state.memo[WHICH]), LUNCH] = int(state.memo[WAS])
    state.memo[KIND] = NOTHING


@kernel(allocates=False)
def note(memo: Floats, kind: float, which: int, before: float) -> None:
    """Note what a move changes besides links."""
    memo[KIND], memo[WHICH], memo[WAS] = kind, which, before
