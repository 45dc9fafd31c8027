"""What a carer's day costs: waiting, overtime, idle time and a missed lunch, counted along the tour."""

from __future__ import annotations

import math

from pairsolve.compiled import kernel
from pairsolve.scheduling.tours.asked import Floats
from pairsolve.scheduling.tours.state import (
    ALSO,
    ALSO_BEFORE,
    BALANCE,
    BEFORE,
    CUT,
    DAYS,
    IDLER,
    IDLEST,
    IN_TIME,
    KIND,
    LOGGED,
    LUNCH,
    MOVED,
    NO_LUNCH,
    NOTHING,
    OVERTIME,
    RELEASE,
    RELEASES,
    SPREAD,
    STALE,
    WAITING,
    WHICH,
    Asked,
    State,
    leg,
)

_ROUNDING = 1e-9


@kernel(allocates=False)
def waiting_with_lunch(asked: Asked, end: float, arrival: float, start: float) -> float:
    """Return the minutes waited between two tasks with a lunch between them, or -1 if the lunch finds no room.

    Lunch is had at the next place, or before leaving where that would be too late, and lasts as long as it may.
    """
    first, last, least = asked.noon[0], asked.noon[1], asked.noon[2]
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
    node = state.before[num_tasks + carer]
    state.late[node] = state.start[node]
    while state.before[node] < num_tasks:
        following, node = node, state.before[node]
        start = state.start[node]
        state.late[node] = start
        if asked.mate[node] >= 0:
            continue
        latest = state.late[following] - leg(asked, node, following) - asked.minutes[node]
        if asked.has_lunch[carer] and state.lunch[carer] == node:
            way = leg(asked, node, following)
            latest = min(latest, asked.noon[1] - way - asked.minutes[node]) - asked.noon[2]
        due = asked.due[node] if start < asked.again[node] else asked.due_again[node]
        if start < asked.again[node]:
            due = min(due, asked.again[node] - 1e-6)
        state.late[node] = max(start, min(due, latest))


@kernel(allocates=False)
def count_day(asked: Asked, state: State, num_tasks: int, carer: int) -> None:
    """Count a carer's day anew."""
    base = num_tasks + carer
    begin, close = state.start[base], asked.shift_end[carer]
    node = state.after[base]
    if node == base:
        state.day[carer], state.work[carer] = 0.0, 0.0
        state.idle[carer] = close - begin
        return
    delay(asked, state, num_tasks, carer)
    lunch = state.lunch[carer] if asked.has_lunch[carer] else -1
    had = not asked.has_lunch[carer]
    departure = state.late[node] - leg(asked, base, node)
    if lunch == base:
        at_home = state.late[node] - asked.noon[2]
        if at_home >= asked.noon[0] and state.late[node] <= asked.noon[1]:
            had = True
            departure -= asked.noon[2]
    if asked.rates[IN_TIME] == 0.0:
        departure = begin
    waited = 0.0 if asked.rates[IN_TIME] > 0.0 else state.late[node] - begin - leg(asked, base, node)
    work = leg(asked, base, node)
    while True:
        end = state.late[node] + asked.minutes[node]
        following = state.after[node]
        arrival = end + leg(asked, node, following)
        work += arrival - state.late[node]
        if following >= num_tasks:
            break
        gap = state.late[following] - arrival
        if lunch == node:
            with_lunch = waiting_with_lunch(asked, end, arrival, state.late[following])
            if with_lunch >= 0.0:
                had = True
                gap = with_lunch
        waited += gap
        node = following
    back = arrival
    if lunch == node and arrival <= asked.noon[1] - asked.noon[2]:
        had = True
        waited += max(0.0, asked.noon[0] - arrival)
        back = max(arrival, asked.noon[0]) + asked.noon[2]
    cost = asked.rates[WAITING] * waited + asked.rates[OVERTIME] * max(0.0, back - close)
    state.day[carer] = cost + (0.0 if had else asked.rates[NO_LUNCH])
    state.idle[carer] = departure - begin + waited + max(0.0, close - back)
    state.work[carer] = work


@kernel(allocates=False)
def count_days(asked: Asked, state: State, num_tasks: int) -> None:
    """Count the days of all carers and their sums anew."""
    state.counts[STALE] = 0
    state.sums[DAYS] = 0.0
    for carer in range(len(state.day)):
        count_day(asked, state, num_tasks, carer)
        state.sums[DAYS] += state.day[carer]
    find_idlest(asked, state)


@kernel(allocates=False)
def find_idlest(asked: Asked, state: State) -> None:
    """Find the largest idle time, how much the fourth root of the sum of fourth powers is above it, and the spread.

    The largest alone says nothing about moves of anybody else, and the search would not see where it leads. The spread
    is the sum of whole minutes by which the carers' work differs from their mean.
    """
    carers = len(state.idle)
    idlest, powers, spread = 0.0, 0.0, 0.0
    for carer in range(carers):
        idlest = max(idlest, state.idle[carer])
    if idlest > 0.0:
        for carer in range(carers):
            share = max(0.0, state.idle[carer]) / idlest
            powers += share * share * share * share
    if asked.rates[BALANCE] > 0.0:
        mean = 0.0
        for carer in range(carers):
            mean += state.work[carer] / carers
        for carer in range(carers):
            spread += math.ceil(abs(state.work[carer] - mean) - _ROUNDING)
    state.sums[IDLEST] = idlest
    state.sums[IDLER] = idlest * (math.sqrt(math.sqrt(powers)) - 1.0) if idlest > 0.0 else 0.0
    state.sums[SPREAD] = spread


@kernel(allocates=False)
def recount(asked: Asked, state: State, num_tasks: int, carer: int) -> None:
    """Count the day of a carer anew, once a move, and log what it was."""
    if carer >= len(state.day) or state.marked[carer]:
        return
    state.marked[carer] = True
    place = state.counts[STALE]
    state.stale[place] = carer
    state.old_day[place, 0] = state.day[carer]
    state.old_day[place, 1] = state.idle[carer]
    state.old_day[place, 2] = state.work[carer]
    state.counts[STALE] = place + 1
    count_day(asked, state, num_tasks, carer)
    state.sums[DAYS] += state.day[carer] - state.old_day[place, 0]


@kernel(allocates=False)
def follow_days(asked: Asked, state: State, num_tasks: int) -> None:
    """Count the days anew that a move has changed."""
    for place in range(state.counts[CUT]):
        recount(asked, state, num_tasks, state.route[state.cuts[place, 0]])
    for place in range(state.counts[MOVED]):
        recount(asked, state, num_tasks, state.moved[place, 1])
    for place in range(state.counts[LOGGED]):
        recount(asked, state, num_tasks, state.route[state.log[place]])
    if state.memo[KIND] == LUNCH:
        recount(asked, state, num_tasks, int(state.memo[WHICH]))
    for place in range(state.counts[STALE]):
        state.marked[state.stale[place]] = False
    find_idlest(asked, state)


@kernel(allocates=False)
def undo_days(state: State) -> None:
    """Put back days, and what a move other than links has changed; sums are put back by the caller."""
    for place in range(state.counts[STALE]):
        carer = state.stale[place]
        state.day[carer] = state.old_day[place, 0]
        state.idle[carer] = state.old_day[place, 1]
        state.work[carer] = state.old_day[place, 2]
    if state.memo[KIND] == RELEASE:
        state.release[int(state.memo[WHICH])] = state.memo[BEFORE]
    elif state.memo[KIND] == RELEASES:
        state.release[int(state.memo[ALSO])] = state.memo[ALSO_BEFORE]
        state.release[int(state.memo[WHICH])] = state.memo[BEFORE]
    elif state.memo[KIND] == LUNCH:
        state.lunch[int(state.memo[WHICH])] = int(state.memo[BEFORE])
    state.memo[KIND] = NOTHING


@kernel(allocates=False)
def note(memo: Floats, kind: float, which: int, before: float) -> None:
    """Note what a move changes besides links."""
    memo[KIND], memo[WHICH], memo[BEFORE] = kind, which, before
