"""Moves that only priced days know: leave undone, wait on purpose or take another window, have lunch elsewhere."""

from __future__ import annotations

import math

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.scheduling.tours.days import note
from pairsolve.scheduling.tours.layout import (
    AFTER,
    AGAIN,
    BEFORE,
    HAS_LUNCH,
    HELD,
    LUNCH,
    LUNCHED,
    MATE,
    MINUTES,
    READY,
    RELEASE,
    ROUTE,
    START,
    Asked,
    State,
)
from pairsolve.scheduling.tours.state import assign, draw, leg, link, touch

_LONGEST_DELAY = 60  # minutes


@kernel(allocates=False)
def leave_undone(asked: Asked, state: State, num_tasks: int) -> bool:
    """Leave a task, and its mate, undone."""
    task = draw(state.random, num_tasks)
    nobody = asked.fee.shape[1] - 1
    if state.links[task, ROUTE] == nobody or not np.isfinite(asked.fee[task, nobody]):
        return False
    mate = asked.facts[task, MATE]
    for leaving in (task, mate):
        if leaving >= 0:
            link(asked, state, state.links[leaving, BEFORE], state.links[leaving, AFTER])
            link(asked, state, leaving, leaving)
            assign(asked, state, leaving, nobody)
    return True


@kernel(allocates=False)
def hold_back(asked: Asked, state: State, num_tasks: int) -> bool:
    """Let a task start later on purpose, in its other window, or as early as it may."""
    task = draw(state.random, num_tasks)
    if state.links[task, BEFORE] == task:
        return False
    kind = draw(state.random, 4)
    release = asked.times[task, READY]
    if kind == 1:
        release = asked.times[task, AGAIN]
    elif kind == 2:
        release = state.times[task, START] + 1.0 + draw(state.random, _LONGEST_DELAY)
    elif kind == 3:
        following = state.links[task, AFTER]
        if following >= num_tasks:
            return False
        release = state.times[following, START] - asked.times[task, MINUTES] - leg(asked, task, following)
    release = max(release, asked.times[task, READY])
    if not math.isfinite(release) or release == state.times[task, RELEASE]:
        return False
    note(state.memo, HELD, task, state.times[task, RELEASE])
    state.times[task, RELEASE] = release
    touch(state, num_tasks, task)
    return True


@kernel(allocates=False)
def move_lunch(asked: Asked, state: State, num_tasks: int) -> bool:
    """Let a carer have lunch after another node of the tour."""
    carer = draw(state.random, asked.fee.shape[1] - 1)
    if not asked.facts[carer, HAS_LUNCH]:
        return False
    base = num_tasks + carer
    length = 1
    node = state.links[base, AFTER]
    while node != base:
        length += 1
        node = state.links[node, AFTER]
    for _ in range(draw(state.random, length)):
        node = state.links[node, AFTER]
    before = state.links[carer, LUNCH]
    if node == before:
        return False
    note(state.memo, LUNCHED, carer, float(before))
    state.links[carer, LUNCH] = node
    touch(state, num_tasks, state.links[node, AFTER])
    if before >= 0:
        touch(state, num_tasks, state.links[before, AFTER])
    return True
