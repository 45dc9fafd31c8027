"""The state of the search: links between nodes, start times, sums, and the log by which a move is undone."""

from __future__ import annotations

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.scheduling.tours.asked import Floats, Ints, Words
from pairsolve.scheduling.tours.layout import (
    AFTER,
    AGAIN,
    BALANCE,
    BEFORE,
    CUT,
    CUT_AFTER,
    CUT_NODE,
    DAYS,
    DUE,
    DUE_AGAIN,
    EVEN,
    FEES,
    HIGHEST,
    HOLDER,
    IDLE,
    IDLER,
    IDLEST,
    IN_ALL,
    KIND,
    LEADS,
    LEAST,
    LEAVE,
    LOG,
    LOGGED,
    LUNCH,
    MATE,
    MINUTES,
    MOST,
    MOST_TASKS,
    MOST_VISITS,
    MOVE,
    MOVED,
    MOVED_FROM,
    MOVED_TASK,
    NOON_FIRST,
    NOON_LAST,
    NOON_LENGTH,
    NOTHING,
    OLD_START,
    PER_HIGHEST,
    PER_TARDY,
    PER_TRAVEL,
    PERSON,
    PRICED,
    QUEUE,
    QUEUED,
    REACH,
    RELEASE,
    ROUTE,
    SEEN,
    SHARE,
    SPREAD,
    START,
    TARDINESS,
    TASKS,
    TRAVEL,
    VISITS,
    WAITS,
    Asked,
    State,
)

FEW_VISITS = 10  # of one task with a mate in one move; more means that visits wait for each other in a ring
MANY_VISITS = 4000  # the same when all starts are computed anew
_SPACE = 4096  # between the visit counters of two moves


@kernel("int64(uint64[::1], int64)", allocates=False)
def draw(random: Words, below: int) -> int:
    """Return a random whole number from 0 to below - 1 (xorshift64*)."""
    word = random[0]
    word ^= word >> np.uint64(12)
    word ^= word << np.uint64(25)
    word ^= word >> np.uint64(27)
    random[0] = word
    high = (word * np.uint64(2685821657736338717)) >> np.uint64(32)
    return np.int64((high * np.uint64(below)) >> np.uint64(32))  # type: ignore[return-value]  # indexes as well


@kernel(allocates=False)
def unit(random: Words) -> float:
    """Return a random number above 0 and below 1."""
    return (draw(random, 1 << 30) + 0.5) / (1 << 30)


@kernel(allocates=False)
def leg(asked: Asked, one: int, other: int) -> float:
    """Return the minutes from one node to another; an unused carer stays at home."""
    if one == other:
        return 0.0
    return asked.legs[asked.facts[one, LEAVE], asked.facts[other, REACH]]


@kernel(allocates=False)
def link(asked: Asked, state: State, one: int, other: int) -> None:
    """Let one node be followed by the other, log what followed before, and book the travel."""
    place = state.counts[CUT]
    state.logs[CUT_NODE, place] = one
    state.logs[CUT_AFTER, place] = state.links[one, AFTER]
    state.counts[CUT] = place + 1
    state.sums[TRAVEL] += leg(asked, one, other) - leg(asked, one, state.links[one, AFTER])
    state.links[one, AFTER] = other
    state.links[other, BEFORE] = one


@kernel(allocates=False)
def assign(asked: Asked, state: State, task: int, carer: int) -> None:
    """Give a task to a carer, log the one before, and book the fee."""
    place = state.counts[MOVED]
    state.logs[MOVED_TASK, place] = task
    state.logs[MOVED_FROM, place] = state.links[task, ROUTE]
    state.counts[MOVED] = place + 1
    state.sums[FEES] += asked.fee[task, carer] - asked.fee[task, state.links[task, ROUTE]]
    state.links[task, ROUTE] = carer


@kernel(allocates=False, once=True)
def count_tasks(asked: Asked, state: State, step: int) -> bool:
    """Count the tasks moved for (1), or again against (-1), those who have them now; return whether limits hold."""
    for place in range(state.counts[MOVED]):
        taker, giver = state.links[state.logs[MOVED_TASK, place], ROUTE], state.logs[MOVED_FROM, place]
        state.links[taker, TASKS] += step
        state.links[giver, TASKS] -= step
        state.links[asked.facts[taker, PERSON], IN_ALL] += step
        state.links[asked.facts[giver, PERSON], IN_ALL] -= step
    for place in range(state.counts[MOVED]):
        taker = state.links[state.logs[MOVED_TASK, place], ROUTE]
        person = asked.facts[taker, PERSON]
        if state.links[taker, TASKS] > asked.facts[taker, MOST_TASKS]:
            return False
        if state.links[person, IN_ALL] != asked.facts[person, SHARE]:
            return False
    return True


@kernel(allocates=False)
def undo_links(state: State) -> None:
    """Put the logged links and carers back; sums are put back by the caller."""
    for place in range(state.counts[CUT] - 1, -1, -1):
        state.links[state.logs[CUT_NODE, place], AFTER] = state.logs[CUT_AFTER, place]
    for place in range(state.counts[CUT]):
        one = state.logs[CUT_NODE, place]
        state.links[state.links[one, AFTER], BEFORE] = one
    for place in range(state.counts[MOVED] - 1, -1, -1):
        state.links[state.logs[MOVED_TASK, place], ROUTE] = state.logs[MOVED_FROM, place]


@kernel(allocates=False)
def touch(state: State, num_tasks: int, node: int) -> None:
    """Put a task into the queue of start times to be computed again; bases have none."""
    if node < num_tasks and not state.links[node, WAITS]:
        state.links[node, WAITS] = True
        state.logs[QUEUE, state.counts[QUEUED]] = node
        state.counts[QUEUED] += 1


@kernel(allocates=False)
def earliest(asked: Asked, state: State, task: int) -> float:
    """Return the earliest start of a task after the one before it, and after lunch where it lies between them."""
    one = state.links[task, BEFORE]
    release = state.times[task, RELEASE]
    if one == task:
        return release
    end = state.times[one, START] + asked.times[one, MINUTES]
    arrival = end + leg(asked, one, task)
    if asked.rates[PRICED] > 0.0 and state.links[state.links[task, ROUTE], LUNCH] == one:
        arrival = max(arrival, after_lunch(asked, end, arrival))
    return max(release, arrival)


@kernel(allocates=False)
def after_lunch(asked: Asked, end: float, arrival: float) -> float:
    """Return the first minute at the next place after lunch: there if there is time, else before leaving."""
    last = asked.rates[NOON_LAST] - asked.rates[NOON_LENGTH]
    if arrival <= last:
        return max(arrival, asked.rates[NOON_FIRST]) + asked.rates[NOON_LENGTH]
    if end <= last:
        return arrival + asked.rates[NOON_LENGTH]
    return arrival


@kernel(allocates=False)
def lateness_of(asked: Asked, state: State, task: int, start: float) -> float:
    """Return the tardiness of a start: none if undone, else in the last window that begins by then."""
    if state.links[task, BEFORE] == task:
        return 0.0
    return max(
        0.0, start - (asked.times[task, DUE] if start < asked.times[task, AGAIN] else asked.times[task, DUE_AGAIN])
    )


@kernel(allocates=False)
def set_start(asked: Asked, state: State, task: int, start: float) -> bool:
    """Write a start, log the old one, and book the tardiness; return whether the largest may have fallen."""
    if state.links[task, SEEN] != state.counts[MOVE]:
        state.links[task, SEEN] = state.counts[MOVE]
        place = state.counts[LOGGED]
        state.logs[LOG, place] = task
        state.times[place, OLD_START] = state.times[task, START]
        state.counts[LOGGED] = place + 1
    state.times[task, START] = start
    tardy = lateness_of(asked, state, task, start)
    before = state.tardy[task]
    if tardy == before:
        return False
    state.tardy[task] = tardy
    state.sums[TARDINESS] += tardy - before
    if tardy > state.sums[HIGHEST]:
        state.sums[HIGHEST] = tardy
        state.counts[HOLDER] = task
        return False
    return task == state.counts[HOLDER] and tardy < before


@kernel(allocates=False)
def pop(state: State) -> int:
    """Take the task with the smallest old start from the queue."""
    last = state.counts[QUEUED] - 1
    best = last
    for place in range(last):
        if state.times[state.logs[QUEUE, place], START] < state.times[state.logs[QUEUE, best], START]:
            best = place
    task = state.logs[QUEUE, best]
    state.logs[QUEUE, best] = state.logs[QUEUE, last]
    state.counts[QUEUED] = last
    state.links[task, WAITS] = False
    return task


@kernel(allocates=False)
def propagate(asked: Asked, state: State, num_tasks: int) -> bool:
    """Compute start times again from the queue onwards; return False if visits wait for each other in a ring."""
    fallen = False
    base = state.counts[MOVE] * _SPACE
    while state.counts[QUEUED] > 0:
        task = pop(state)
        mate = asked.facts[task, MATE]
        if mate < 0:
            start = earliest(asked, state, task)
            if start != state.times[task, START]:
                fallen |= set_start(asked, state, task, start)
                touch(state, num_tasks, state.links[task, AFTER])
            continue
        state.links[task, VISITS] = max(state.links[task, VISITS], base) + 1
        if state.links[task, VISITS] - base > state.counts[MOST_VISITS]:
            while state.counts[QUEUED] > 0:
                pop(state)
            return False
        first, second = (task, mate) if asked.facts[task, LEADS] else (mate, task)
        alone = earliest(asked, state, second)
        lead = max(earliest(asked, state, first), alone - asked.times[task, MOST])
        follow = max(alone, lead + asked.times[task, LEAST])
        if lead != state.times[first, START]:
            fallen |= set_start(asked, state, first, lead)
            touch(state, num_tasks, state.links[first, AFTER])
        if follow != state.times[second, START]:
            fallen |= set_start(asked, state, second, follow)
            touch(state, num_tasks, state.links[second, AFTER])
    if fallen:
        find_highest(state, num_tasks)
    return True


@kernel(allocates=False)
def find_highest(state: State, num_tasks: int) -> None:
    """Find the largest tardiness and its holder again."""
    holder = 0
    for task in range(num_tasks):
        if state.tardy[task] > state.tardy[holder]:
            holder = task
    state.counts[HOLDER] = holder
    state.sums[HIGHEST] = state.tardy[holder]


@kernel(allocates=False)
def undo_starts(asked: Asked, state: State) -> None:
    """Put the logged starts and their tardiness back, after links; sums are put back by the caller."""
    for place in range(state.counts[LOGGED]):
        task = state.logs[LOG, place]
        state.times[task, START] = state.times[place, OLD_START]
        state.tardy[task] = lateness_of(asked, state, task, state.times[place, OLD_START])


@kernel(allocates=False)
def cost(asked: Asked, state: State) -> float:
    """Return the cost of the sums."""
    rates, sums = asked.rates, state.sums
    return (
        rates[PER_TRAVEL] * sums[TRAVEL]
        + rates[PER_TARDY] * sums[TARDINESS]
        + rates[PER_HIGHEST] * sums[HIGHEST]
        + sums[FEES]
        + sums[DAYS]
        + rates[IDLE] * sums[IDLEST]
        + rates[BALANCE] * sums[SPREAD]
    )


@kernel(allocates=False)
def guide(asked: Asked, state: State) -> float:
    """Return what the search goes by beyond the cost: the idle time of others than the idlest, less and less."""
    return asked.rates[IDLE] * asked.rates[EVEN] * state.sums[IDLER]


@kernel(allocates=False, once=True)
def rebuild(asked: Asked, state: State, num_tasks: int) -> bool:
    """Compute all starts and sums anew from the links; return False if visits wait for each other in a ring."""
    num_nodes = len(asked.facts)
    for place in range(len(state.sums)):
        state.sums[place] = 0.0
    state.counts[MOVE] += 1
    state.counts[LOGGED] = 0
    for task in range(num_tasks):
        state.times[task, START] = state.times[task, RELEASE]
        state.tardy[task] = lateness_of(asked, state, task, state.times[task, START])
        state.sums[TARDINESS] += state.tardy[task]
        state.sums[FEES] += asked.fee[task, state.links[task, ROUTE]]
        touch(state, num_tasks, task)
    find_highest(state, num_tasks)
    for node in range(num_nodes):
        state.sums[TRAVEL] += leg(asked, node, state.links[node, AFTER])
    state.counts[CUT] = 0
    state.counts[MOVED] = 0
    state.memo[KIND] = NOTHING
    state.counts[MOST_VISITS] = MANY_VISITS
    possible = propagate(asked, state, num_tasks)
    state.counts[MOST_VISITS] = FEW_VISITS
    return possible


@kernel(allocates=False)
def keep(asked: Asked, state: State, num_tasks: int, links: Ints, releases: Floats) -> None:
    """Write links, lunches and releases down; slices would allocate."""
    num_nodes = len(asked.facts)
    for node in range(num_nodes):
        links[node] = state.links[node, AFTER]
    for carer in range(num_nodes - num_tasks):
        links[num_nodes + carer] = state.links[carer, LUNCH]
    for task in range(num_tasks):
        releases[task] = state.times[task, RELEASE]


@kernel(allocates=False)
def load(asked: Asked, state: State, num_tasks: int, links: Ints, releases: Floats) -> bool:
    """Take tours, lunches and releases, and compute the rest; return False if visits wait for each other in a ring."""
    num_nodes = len(asked.facts)
    for node in range(num_nodes):
        state.links[node, AFTER] = links[node]
        state.links[node, BEFORE] = node
        state.links[node, ROUTE] = num_nodes - num_tasks
    for carer in range(num_nodes - num_tasks):
        state.links[carer, LUNCH] = links[num_nodes + carer]
    for task in range(num_tasks):
        state.times[task, RELEASE] = releases[task]
    for node in range(num_nodes):
        state.links[node, TASKS] = 0
        state.links[node, IN_ALL] = 0
    for base in range(num_tasks, num_nodes):
        node = base
        while True:
            state.links[links[node], BEFORE] = node
            state.links[node, ROUTE] = base - num_tasks
            node = links[node]
            if node == base:
                break
            state.links[base - num_tasks, TASKS] += 1
            state.links[asked.facts[base - num_tasks, PERSON], IN_ALL] += 1
    return rebuild(asked, state, num_tasks)
