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
    node = state.links[BEFORE, num_tasks + carer]
    state.times[LATEST, node] = state.times[START, node]
    while state.links[BEFORE, node] < num_tasks:
        following, node = node, state.links[BEFORE, node]
        start = state.times[START, node]
        state.times[LATEST, node] = start
        if asked.facts[MATE, node] >= 0:
            continue
        latest = state.times[LATEST, following] - leg(asked, node, following) - asked.times[MINUTES, node]
        if asked.facts[HAS_LUNCH, carer] and state.links[LUNCH, carer] == node:
            way = leg(asked, node, following)
            latest = min(latest, asked.rates[NOON_LAST] - way - asked.times[MINUTES, node]) - asked.rates[NOON_LENGTH]
        due = asked.times[DUE, node] if start < asked.times[AGAIN, node] else asked.times[DUE_AGAIN, node]
        if start < asked.times[AGAIN, node]:
            due = min(due, asked.times[AGAIN, node] - 1e-6)
        state.times[LATEST, node] = max(start, min(due, latest))


@kernel(allocates=False)
def count_day(asked: Asked, state: State, num_tasks: int, carer: int) -> None:
    """Count a carer's day anew."""
    base = num_tasks + carer
    begin, close = state.times[START, base], asked.times[SHIFT_END, carer]
    node = state.links[AFTER, base]
    if node == base:
        state.times[DAY_COST, carer], state.times[DAY_WORK, carer] = 0.0, 0.0
        state.times[DAY_IDLE, carer] = close - begin
        return
    delay(asked, state, num_tasks, carer)
    lunch = state.links[LUNCH, carer] if asked.facts[HAS_LUNCH, carer] else -1
    had = not asked.facts[HAS_LUNCH, carer]
    departure = state.times[LATEST, node] - leg(asked, base, node)
    if lunch == base:
        at_home = state.times[LATEST, node] - asked.rates[NOON_LENGTH]
        if at_home >= asked.rates[NOON_FIRST] and state.times[LATEST, node] <= asked.rates[NOON_LAST]:
            had = True
            departure -= asked.rates[NOON_LENGTH]
    if asked.rates[IN_TIME] == 0.0:
        departure = begin
    waited = 0.0 if asked.rates[IN_TIME] > 0.0 else state.times[LATEST, node] - begin - leg(asked, base, node)
    work = leg(asked, base, node)
    while True:
        end = state.times[LATEST, node] + asked.times[MINUTES, node]
        following = state.links[AFTER, node]
        arrival = end + leg(asked, node, following)
        work += arrival - state.times[LATEST, node]
        if following >= num_tasks:
            break
        gap = state.times[LATEST, following] - arrival
        if lunch == node:
            with_lunch = waiting_with_lunch(asked, end, arrival, state.times[LATEST, following])
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
    state.times[DAY_COST, carer] = cost + (0.0 if had else asked.rates[NO_LUNCH])
    state.times[DAY_IDLE, carer] = departure - begin + waited + max(0.0, close - back)
    state.times[DAY_WORK, carer] = work


@kernel(allocates=False)
def count_days(asked: Asked, state: State, num_tasks: int) -> None:
    """Count the days of all carers and their sums anew."""
    state.counts[STALE] = 0
    state.sums[DAYS] = 0.0
    for carer in range(asked.fee.shape[1] - 1):
        count_day(asked, state, num_tasks, carer)
        state.sums[DAYS] += state.times[DAY_COST, carer]
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
        idlest = max(idlest, state.times[DAY_IDLE, carer])
    if idlest > 0.0:
        for carer in range(carers):
            share = max(0.0, state.times[DAY_IDLE, carer]) / idlest
            powers += share * share * share * share
    if asked.rates[BALANCE] > 0.0:
        mean = 0.0
        for carer in range(carers):
            mean += state.times[DAY_WORK, carer] / carers
        for carer in range(carers):
            spread += math.ceil(abs(state.times[DAY_WORK, carer] - mean) - _ROUNDING)
    state.sums[IDLEST] = idlest
    state.sums[IDLER] = idlest * (math.sqrt(math.sqrt(powers)) - 1.0) if idlest > 0.0 else 0.0
    state.sums[SPREAD] = spread


@kernel(allocates=False)
def recount(asked: Asked, state: State, num_tasks: int, carer: int) -> None:
    """Count the day of a carer anew, once a move, and log what it was."""
    if carer >= asked.fee.shape[1] - 1 or state.links[MARKED, carer]:
        return
    state.links[MARKED, carer] = True
    place = state.counts[STALE]
    state.links[RECOUNTED, place] = carer
    state.times[OLD_COST, place] = state.times[DAY_COST, carer]
    state.times[OLD_IDLE, place] = state.times[DAY_IDLE, carer]
    state.times[OLD_WORK, place] = state.times[DAY_WORK, carer]
    state.counts[STALE] = place + 1
    count_day(asked, state, num_tasks, carer)
    state.sums[DAYS] += state.times[DAY_COST, carer] - state.times[OLD_COST, place]


@kernel(allocates=False)
def follow_days(asked: Asked, state: State, num_tasks: int) -> None:
    """Count the days anew that a move has changed."""
    for place in range(state.counts[CUT]):
        recount(asked, state, num_tasks, state.links[ROUTE, state.links[CUT_NODE, place]])
    for place in range(state.counts[MOVED]):
        recount(asked, state, num_tasks, state.links[MOVED_FROM, place])
    for place in range(state.counts[LOGGED]):
        recount(asked, state, num_tasks, state.links[ROUTE, state.links[LOG, place]])
    if state.memo[KIND] == LUNCHED:
        recount(asked, state, num_tasks, int(state.memo[WHICH]))
    for place in range(state.counts[STALE]):
        state.links[MARKED, state.links[RECOUNTED, place]] = False
    find_idlest(asked, state)


@kernel(allocates=False)
def undo_days(state: State) -> None:
    """Put back days, and what a move other than links has changed; sums are put back by the caller."""
    for place in range(state.counts[STALE]):
        carer = state.links[RECOUNTED, place]
        state.times[DAY_COST, carer] = state.times[OLD_COST, place]
        state.times[DAY_IDLE, carer] = state.times[OLD_IDLE, place]
        state.times[DAY_WORK, carer] = state.times[OLD_WORK, place]
    if state.memo[KIND] == HELD:
        state.times[RELEASE, int(state.memo[WHICH])] = state.memo[WAS]
    elif state.memo[KIND] == HELD_BOTH:
        state.times[RELEASE, int(state.memo[ALSO])] = state.memo[ALSO_WAS]
        state.times[RELEASE, int(state.memo[WHICH])] = state.memo[WAS]
    elif state.memo[KIND] == LUNCHED:
        state.links[LUNCH, int(state.memo[WHICH])] = int(state.memo[WAS])
    state.memo[KIND] = NOTHING


@kernel(allocates=False)
def note(memo: Floats, kind: float, which: int, before: float) -> None:
    """Note what a move changes besides links."""
    memo[KIND], memo[WHICH], memo[WAS] = kind, which, before
