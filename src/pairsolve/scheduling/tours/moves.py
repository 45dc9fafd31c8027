"""The moves of the search: each changes links and carers, or declines; start times follow afterwards.

A move returns False when it makes no sense, breaks a rule, or costs more than `limit` in travel and fees alone.
What it has changed by then is in the log.
"""

from __future__ import annotations

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.scheduling.tours.layout import (
    AFTER,
    AGAIN,
    ALSO,
    ALSO_WAS,
    BEFORE,
    DUE,
    DUE_AGAIN,
    FEES,
    HELD,
    HELD_BOTH,
    HIGHEST,
    HOLDER,
    KIND,
    MATE,
    MINUTES,
    MOVED,
    MOVED_TASK,
    NOTHING,
    PER_TARDY,
    PER_TRAVEL,
    PRICED,
    READY,
    RELEASE,
    ROUTE,
    START,
    TRAVEL,
    WAS,
    WHICH,
    Asked,
    State,
)
from pairsolve.scheduling.tours.state import assign, draw, leg, link

_NEAR_PERCENT = 75
_HOLDER_PERCENT = 4
_SOUND = 6  # one in so many estimates of tardiness is a bound
_LONGEST = 3  # tasks moved in one piece
_FREED_PERCENT = 70
_SEEK = 4  # one in so many moves of both looks for a visit that is left undone


@kernel(allocates=False)
def some_task(state: State, num_tasks: int) -> int:
    """Draw a task; now and then the one with the largest tardiness or the one before it."""
    if state.sums[HIGHEST] > 0.0 and draw(state.random, 100) < _HOLDER_PERCENT:
        holder = state.counts[HOLDER]
        before = state.links[holder, BEFORE]
        return before if before < num_tasks and draw(state.random, 2) == 0 else holder
    return draw(state.random, num_tasks)


@kernel(allocates=False)
def some_node_near(asked: Asked, state: State, task: int) -> int:
    """Draw a node to stand after: mostly at a task that is near in place and time."""
    if draw(state.random, 100) < _NEAR_PERCENT:
        other = asked.near[task, draw(state.random, asked.near.shape[1])]
        return other if draw(state.random, 2) == 0 else state.links[other, BEFORE]
    return draw(state.random, len(asked.facts))


@kernel(allocates=False)
def fits(asked: Asked, state: State, task: int, carer: int) -> bool:
    """Return whether a carer can take a task, and does not hold its mate."""
    mate = asked.facts[task, MATE]
    return np.isfinite(asked.fee[task, carer]) and (mate < 0 or state.links[mate, ROUTE] != carer)


@kernel(allocates=False)
def lateness(asked: Asked, state: State, num_tasks: int, before: int, task: int, follower: int) -> float:
    """Return the tardiness of a task put between two nodes, and of the one it is put before, if the first one stays.

    Its start may fall with the move, and refusing every move by it loses the best tours of small days. Counting from
    its first possible start refuses none of them, but is three times slower on large days; so a draw decides.
    """
    begin = asked.times[before, READY] if draw(state.random, _SOUND) == 0 else state.times[before, START]
    start = max(asked.times[task, READY], begin + asked.times[before, MINUTES] + leg(asked, before, task))
    late = max(
        0.0,
        start - max(asked.times[task, DUE], 0.0 if asked.times[task, AGAIN] > start else asked.times[task, DUE_AGAIN]),
    )
    if follower < num_tasks:
        start = max(asked.times[follower, READY], start + asked.times[task, MINUTES] + leg(asked, task, follower))
        again = 0.0 if asked.times[follower, AGAIN] > start else asked.times[follower, DUE_AGAIN]
        late += max(0.0, start - max(asked.times[follower, DUE], again))
    return late


@kernel(allocates=False)
def set_free(asked: Asked, state: State, task: int, before: int) -> None:
    """Forget how long a task that moves was held back: where it stands now, that was for nothing.

    It may start with the window that its arrival after another node calls for.
    """
    arrival = state.times[before, START] + asked.times[before, MINUTES] + leg(asked, before, task)
    release = asked.times[task, READY]
    if np.isfinite(asked.times[task, AGAIN]) and (arrival > asked.times[task, DUE] or draw(state.random, _SOUND) == 0):
        release = asked.times[task, AGAIN]
    if release == state.times[task, RELEASE]:
        return
    if state.memo[KIND] == NOTHING:
        state.memo[KIND], state.memo[WHICH], state.memo[WAS] = HELD, task, state.times[task, RELEASE]
    elif state.memo[KIND] == HELD and state.memo[WHICH] != task:
        state.memo[KIND], state.memo[ALSO], state.memo[ALSO_WAS] = HELD_BOTH, task, state.times[task, RELEASE]
    else:
        return
    state.times[task, RELEASE] = release


@kernel(allocates=False)
def relocate(asked: Asked, state: State, num_tasks: int, limit: float) -> bool:
    """Move one to three tasks in a row to another place."""
    first = some_task(state, num_tasks)
    target = some_node_near(asked, state, first)
    carer = state.links[target, ROUTE]
    other_tour = carer != state.links[first, ROUTE]
    alone = state.links[first, BEFORE] == first and asked.facts[first, MATE] >= 0
    if alone or carer == asked.fee.shape[1] - 1:
        return False
    last = first
    fees = 0.0
    for step in range(max(1, draw(state.random, _LONGEST * 3) - _LONGEST * 2 + 1)):
        if step > 0:
            if state.links[last, AFTER] >= num_tasks or state.links[last, AFTER] == first:
                return False
            last = state.links[last, AFTER]
        if last == target or (other_tour and not fits(asked, state, last, carer)):
            return False
        fees += asked.fee[last, carer] - asked.fee[last, state.links[last, ROUTE]]
    before, after, follower = state.links[first, BEFORE], state.links[last, AFTER], state.links[target, AFTER]
    if target == before:
        return False
    travel = (
        leg(asked, before, after)
        - leg(asked, before, first)
        - leg(asked, last, after)
        + leg(asked, target, first)
        + leg(asked, last, follower)
        - leg(asked, target, follower)
    )
    estimate = asked.rates[PER_TRAVEL] * travel + fees
    if estimate > limit:
        return False
    if other_tour:
        if estimate + asked.rates[PER_TARDY] * lateness(asked, state, num_tasks, target, first, follower) > limit:
            return False
        task = first
        while True:
            assign(asked, state, task, carer)
            if task == last:
                break
            task = state.links[task, AFTER]
    link(asked, state, before, after)
    link(asked, state, target, first)
    link(asked, state, last, follower)
    if asked.rates[PRICED] > 0.0 and first == last and draw(state.random, 100) < _FREED_PERCENT:
        set_free(asked, state, first, target)
    return True


@kernel(allocates=False)
def swap(asked: Asked, state: State, num_tasks: int, limit: float) -> bool:
    """Let two tasks change places."""
    one = some_task(state, num_tasks)
    other = some_node_near(asked, state, one)
    if other >= num_tasks or one == other or state.links[one, AFTER] == other or state.links[other, AFTER] == one:
        return False
    here, there = state.links[one, ROUTE], state.links[other, ROUTE]
    if asked.fee.shape[1] - 1 in (here, there):
        return False
    if here != there and asked.facts[one, MATE] != other:
        if not (fits(asked, state, one, there) and fits(asked, state, other, here)):
            return False
    elif not (np.isfinite(asked.fee[one, there]) and np.isfinite(asked.fee[other, here])):
        return False
    before, after, previous, follower = (
        state.links[one, BEFORE],
        state.links[one, AFTER],
        state.links[other, BEFORE],
        state.links[other, AFTER],
    )
    travel = (
        leg(asked, before, other)
        + leg(asked, other, after)
        - leg(asked, before, one)
        - leg(asked, one, after)
        + leg(asked, previous, one)
        + leg(asked, one, follower)
        - leg(asked, previous, other)
        - leg(asked, other, follower)
    )
    fees = asked.fee[one, there] + asked.fee[other, here] - asked.fee[one, here] - asked.fee[other, there]
    estimate = asked.rates[PER_TRAVEL] * travel + fees
    if estimate > limit:
        return False
    if here != there:
        late = lateness(asked, state, num_tasks, before, other, after)
        late += lateness(asked, state, num_tasks, previous, one, follower)
        if estimate + asked.rates[PER_TARDY] * late > limit:
            return False
    link(asked, state, before, other)
    link(asked, state, other, after)
    link(asked, state, previous, one)
    link(asked, state, one, follower)
    if here != there:
        assign(asked, state, one, there)
        assign(asked, state, other, here)
    if asked.rates[PRICED] > 0.0 and draw(state.random, 100) < _FREED_PERCENT:
        set_free(asked, state, one, state.links[one, BEFORE])
        set_free(asked, state, other, state.links[other, BEFORE])
    return True


@kernel(allocates=False)
def hand_over(asked: Asked, state: State, num_tasks: int, task: int, carer: int) -> bool:
    """Give a task and all after it to a carer; return False if one of them cannot be."""
    while task < num_tasks:
        if not np.isfinite(asked.fee[task, carer]):
            return False
        assign(asked, state, task, carer)
        task = state.links[task, AFTER]
    return True


@kernel(allocates=False)
def exchange_tails(asked: Asked, state: State, num_tasks: int, limit: float) -> bool:
    """Let two tours change what comes after a node of each."""
    travel, fees = state.sums[TRAVEL], state.sums[FEES]
    one = draw(state.random, len(asked.facts))
    near = draw(state.random, num_tasks) if one >= num_tasks else some_node_near(asked, state, one)
    other = state.links[near, BEFORE]
    here, there = state.links[one, ROUTE], state.links[other, ROUTE]
    nobody = asked.fee.shape[1] - 1
    if here in (there, nobody) or there == nobody:
        return False
    tail, other_tail = state.links[one, AFTER], state.links[other, AFTER]
    base, other_base = num_tasks + here, num_tasks + there
    last, other_last = state.links[base, BEFORE], state.links[other_base, BEFORE]
    if not (hand_over(asked, state, num_tasks, tail, there) and hand_over(asked, state, num_tasks, other_tail, here)):
        return False
    for place in range(state.counts[MOVED]):
        task = state.logs[MOVED_TASK, place]
        mate = asked.facts[task, MATE]
        if mate >= 0 and state.links[mate, ROUTE] == state.links[task, ROUTE]:
            return False
    link(asked, state, one, other_tail if other_tail < num_tasks else base)
    link(asked, state, other, tail if tail < num_tasks else other_base)
    if other_tail < num_tasks:
        link(asked, state, other_last, base)
    if tail < num_tasks:
        link(asked, state, last, other_base)
    return asked.rates[PER_TRAVEL] * (state.sums[TRAVEL] - travel) + state.sums[FEES] - fees <= limit


@kernel(allocates=False)
def some_undone(asked: Asked, state: State, num_tasks: int) -> int:
    """Draw a task with a mate that is left undone, or any task if there is none."""
    first = draw(state.random, num_tasks)
    for step in range(num_tasks):
        task = (first + step) % num_tasks
        if state.links[task, BEFORE] == task and asked.facts[task, MATE] >= 0:
            return task
    return first


@kernel(allocates=False)
def relocate_both(asked: Asked, state: State, num_tasks: int, limit: float) -> bool:
    """Move both tasks of a visit by two carers; where days are priced, often one that is left undone."""
    seek = asked.rates[PRICED] > 0.0 and draw(state.random, _SEEK) == 0
    task = some_undone(asked, state, num_tasks) if seek else some_task(state, num_tasks)
    mate = asked.facts[task, MATE]
    if mate < 0:
        return False
    travel, fees = state.sums[TRAVEL], state.sums[FEES]
    target, other_target = some_node_near(asked, state, task), some_node_near(asked, state, mate)
    carer, other_carer = state.links[target, ROUTE], state.links[other_target, ROUTE]
    if asked.fee.shape[1] - 1 in (carer, other_carer):
        return False
    if carer == other_carer or target in (task, mate) or other_target in (task, mate):
        return False
    if not (np.isfinite(asked.fee[task, carer]) and np.isfinite(asked.fee[mate, other_carer])):
        return False
    for moving, place, taker in ((task, target, carer), (mate, other_target, other_carer)):
        link(asked, state, state.links[moving, BEFORE], state.links[moving, AFTER])
        follower = state.links[place, AFTER]
        link(asked, state, place, moving)
        link(asked, state, moving, follower)
        assign(asked, state, moving, taker)
        if asked.rates[PRICED] > 0.0:
            set_free(asked, state, moving, place)
    return asked.rates[PER_TRAVEL] * (state.sums[TRAVEL] - travel) + state.sums[FEES] - fees <= limit
