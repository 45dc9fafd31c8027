"""The state of the search: links between nodes, start times, sums, and the log by which a move is undone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.scheduling.tours.asked import Flags, Floats, Ints, Words

# Places in the array of sums.
TRAVEL, TARDY, HIGHEST, FEES, DAYS, IDLEST, IDLER, SPREAD = 0, 1, 2, 3, 4, 5, 6, 7
# Places in the array of rates, and in that of what a move other than links has changed.
PRICED, WAITING, OVERTIME, IDLE, NO_LUNCH, IN_TIME, BALANCE, EVEN = 0, 1, 2, 3, 4, 5, 6, 7
KIND, WHICH, BEFORE, ALSO, ALSO_BEFORE = 0, 1, 2, 3, 4
NOTHING, RELEASE, LUNCH, RELEASES = 0.0, 1.0, 2.0, 3.0
# Places in the array of counts: who holds the largest tardiness, moves so far, entries of log and queue.
HOLDER, MOVE, LOGGED, QUEUED, CUT, MOVED, STALE = 0, 1, 2, 3, 4, 5, 6
FEW_VISITS = 10  # of one task with a mate in one move; more means that visits wait for each other in a ring
MANY_VISITS = 4000  # the same when all starts are computed anew
_SPACE = 4096  # between the visit counters of two moves


class Asked(NamedTuple):
    """The problem as the kernels see it; leave, reach, ready and minutes by node, shifts by carer, the rest by task.

    The last column of `fee` is the cost of leaving a task undone; such a task follows itself.
    """

    legs: Floats
    leave: Ints
    reach: Ints
    ready: Floats
    due: Floats
    minutes: Floats
    mate: Ints
    leads: Flags
    least: Floats
    most: Floats
    fee: Floats
    weights: Floats
    near: Ints
    again: Floats
    due_again: Floats
    shift_end: Floats
    has_lunch: Flags
    noon: Floats
    rates: Floats


class State(NamedTuple):
    """The tours as they stand, and the log of the move at work.

    Parameters
    ----------
    after, before, route, start
        What follows each node, what it follows, its carer and its start time; a base stands at both ends of its tour.
    tardy
        Tardiness of each task.
    seen, visits
        Last move that logged a task, and how often the move at work has computed it.
    log, old
        Tasks whose start the move has changed, and their starts before.
    queue, waiting
        Tasks whose start must be computed again, and whether a task is among them.
    cuts, moved
        Links and carers before the move, as (node, what followed) and (task, carer).
    sums, old_sums, counts
        See `TRAVEL` and `HOLDER` and those beside them.
    release, lunch
        Earliest start that the search allows each node, and the node after which each carer has lunch, or -1.
    day, idle, work, old_day, stale, marked
        Cost, idle minutes and minutes of service and travel of each carer's day, all before the move, and the carers
        it has changed.
    memo
        See `KIND` and those beside it.
    late
        How late each task can start without delaying the next, where days are priced; see `days.delay`.
    random
        State of the random numbers.
    """

    after: Ints
    before: Ints
    route: Ints
    start: Floats
    tardy: Floats
    seen: Ints
    visits: Ints
    log: Ints
    old: Floats
    queue: Ints
    waiting: Flags
    cuts: Ints
    moved: Ints
    sums: Floats
    old_sums: Floats
    counts: Ints
    release: Floats
    lunch: Ints
    day: Floats
    idle: Floats
    work: Floats
    old_day: Floats
    stale: Ints
    marked: Flags
    memo: Floats
    late: Floats
    random: Words


@kernel(allocates=False)
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
    return asked.legs[asked.leave[one], asked.reach[other]]


@kernel(allocates=False)
def link(asked: Asked, state: State, one: int, other: int) -> None:
    """Let one node be followed by the other, log what followed before, and book the travel."""
    place = state.counts[CUT]
    state.cuts[place, 0] = one
    state.cuts[place, 1] = state.after[one]
    state.counts[CUT] = place + 1
    state.sums[TRAVEL] += leg(asked, one, other) - leg(asked, one, state.after[one])
    state.after[one] = other
    state.before[other] = one


@kernel(allocates=False)
def assign(asked: Asked, state: State, task: int, carer: int) -> None:
    """Give a task to a carer, log the one before, and book the fee."""
    place = state.counts[MOVED]
    state.moved[place, 0] = task
    state.moved[place, 1] = state.route[task]
    state.counts[MOVED] = place + 1
    state.sums[FEES] += asked.fee[task, carer] - asked.fee[task, state.route[task]]
    state.route[task] = carer


@kernel(allocates=False)
def undo_links(state: State) -> None:
    """Put the logged links and carers back; sums are put back by the caller."""
    for place in range(state.counts[CUT] - 1, -1, -1):
        state.after[state.cuts[place, 0]] = state.cuts[place, 1]
    for place in range(state.counts[CUT]):
        one = state.cuts[place, 0]
        state.before[state.after[one]] = one
    for place in range(state.counts[MOVED] - 1, -1, -1):
        state.route[state.moved[place, 0]] = state.moved[place, 1]


@kernel(allocates=False)
def touch(state: State, num_tasks: int, node: int) -> None:
    """Put a task into the queue of start times to be computed again; bases have none."""
    if node < num_tasks and not state.waiting[node]:
        state.waiting[node] = True
        state.queue[state.counts[QUEUED]] = node
        state.counts[QUEUED] += 1


@kernel(allocates=False)
def earliest(asked: Asked, state: State, task: int) -> float:
    """Return the earliest start of a task after the one before it, and after lunch where it lies between them."""
    one = state.before[task]
    release = state.release[task]
    if one == task:
        return release
    end = state.start[one] + asked.minutes[one]
    arrival = end + leg(asked, one, task)
    if asked.rates[PRICED] > 0.0 and state.lunch[state.route[task]] == one:
        arrival = max(arrival, after_lunch(asked, end, arrival))
    return max(release, arrival)


@kernel(allocates=False)
def after_lunch(asked: Asked, end: float, arrival: float) -> float:
    """Return the first minute at the next place after lunch: there if there is time, else before leaving."""
    last = asked.noon[1] - asked.noon[2]
    if arrival <= last:
        return max(arrival, asked.noon[0]) + asked.noon[2]
    if end <= last:
        return arrival + asked.noon[2]
    return arrival


@kernel(allocates=False)
def lateness_of(asked: Asked, state: State, task: int, start: float) -> float:
    """Return the tardiness of a start: none if undone, else in the last window that begins by then."""
    if state.before[task] == task:
        return 0.0
    return max(0.0, start - (asked.due[task] if start < asked.again[task] else asked.due_again[task]))


@kernel(allocates=False)
def set_start(asked: Asked, state: State, task: int, start: float) -> bool:
    """Write a start, log the old one, and book the tardiness; return whether the largest may have fallen."""
    if state.seen[task] != state.counts[MOVE]:
        state.seen[task] = state.counts[MOVE]
        place = state.counts[LOGGED]
        state.log[place] = task
        state.old[place] = state.start[task]
        state.counts[LOGGED] = place + 1
    state.start[task] = start
    tardy = lateness_of(asked, state, task, start)
    before = state.tardy[task]
    if tardy == before:
        return False
    state.tardy[task] = tardy
    state.sums[TARDY] += tardy - before
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
        if state.start[state.queue[place]] < state.start[state.queue[best]]:
            best = place
    task = state.queue[best]
    state.queue[best] = state.queue[last]
    state.counts[QUEUED] = last
    state.waiting[task] = False
    return task


@kernel(allocates=False)
def propagate(asked: Asked, state: State, num_tasks: int, most_visits: int) -> bool:
    """Compute start times again from the queue onwards; return False if visits wait for each other in a ring."""
    fallen = False
    base = state.counts[MOVE] * _SPACE
    while state.counts[QUEUED] > 0:
        task = pop(state)
        mate = asked.mate[task]
        if mate < 0:
            start = earliest(asked, state, task)
            if start != state.start[task]:
                fallen |= set_start(asked, state, task, start)
                touch(state, num_tasks, state.after[task])
            continue
        state.visits[task] = max(state.visits[task], base) + 1
        if state.visits[task] - base > most_visits:
            while state.counts[QUEUED] > 0:
                pop(state)
            return False
        first, second = (task, mate) if asked.leads[task] else (mate, task)
        alone = earliest(asked, state, second)
        lead = max(earliest(asked, state, first), alone - asked.most[task])
        follow = max(alone, lead + asked.least[task])
        if lead != state.start[first]:
            fallen |= set_start(asked, state, first, lead)
            touch(state, num_tasks, state.after[first])
        if follow != state.start[second]:
            fallen |= set_start(asked, state, second, follow)
            touch(state, num_tasks, state.after[second])
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
        task = state.log[place]
        state.start[task] = state.old[place]
        state.tardy[task] = lateness_of(asked, state, task, state.old[place])


@kernel(allocates=False)
def cost(asked: Asked, state: State) -> float:
    """Return the cost of the sums."""
    weights, sums = asked.weights, state.sums
    return (
        weights[0] * sums[TRAVEL]
        + weights[1] * sums[TARDY]
        + weights[2] * sums[HIGHEST]
        + sums[FEES]
        + sums[DAYS]
        + asked.rates[IDLE] * sums[IDLEST]
        + asked.rates[BALANCE] * sums[SPREAD]
    )


@kernel(allocates=False)
def guide(asked: Asked, state: State) -> float:
    """Return what the search goes by beyond the cost: the idle time of others than the idlest, less and less."""
    return asked.rates[IDLE] * asked.rates[EVEN] * state.sums[IDLER]


@kernel(allocates=False)
def rebuild(asked: Asked, state: State, num_tasks: int) -> bool:
    """Compute all starts and sums anew from the links; return False if visits wait for each other in a ring."""
    num_nodes = len(state.after)
    for place in range(len(state.sums)):
        state.sums[place] = 0.0
    state.counts[MOVE] += 1
    state.counts[LOGGED] = 0
    for task in range(num_tasks):
        state.start[task] = state.release[task]
        state.tardy[task] = lateness_of(asked, state, task, state.start[task])
        state.sums[TARDY] += state.tardy[task]
        state.sums[FEES] += asked.fee[task, state.route[task]]
        touch(state, num_tasks, task)
    find_highest(state, num_tasks)
    for node in range(num_nodes):
        state.sums[TRAVEL] += leg(asked, node, state.after[node])
    state.counts[CUT] = 0
    state.counts[MOVED] = 0
    state.memo[KIND] = NOTHING
    return propagate(asked, state, num_tasks, MANY_VISITS)


@kernel(allocates=False)
def keep(state: State, num_tasks: int, links: Ints, releases: Floats) -> None:
    """Write links, lunches and releases down; slices would allocate."""
    num_nodes = len(state.after)
    for node in range(num_nodes):
        links[node] = state.after[node]
    for carer in range(num_nodes - num_tasks):
        links[num_nodes + carer] = state.lunch[carer]
    for task in range(num_tasks):
        releases[task] = state.release[task]


@kernel(allocates=False)
def load(asked: Asked, state: State, num_tasks: int, links: Ints, releases: Floats) -> bool:
    """Take tours, lunches and releases, and compute the rest; return False if visits wait for each other in a ring."""
    num_nodes = len(state.after)
    for node in range(num_nodes):
        state.after[node] = links[node]
        state.before[node] = node
        state.route[node] = num_nodes - num_tasks
    for carer in range(num_nodes - num_tasks):
        state.lunch[carer] = links[num_nodes + carer]
    for task in range(num_tasks):
        state.release[task] = releases[task]
    for base in range(num_tasks, num_nodes):
        node = base
        while True:
            state.before[links[node]] = node
            state.route[node] = base - num_tasks
            node = links[node]
            if node == base:
                break
    return rebuild(asked, state, num_tasks)
