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
    if state.links[ROUTE, task] == nobody or not np.isfinite(asked.fee[task, nobody]):
        return False
    mate = asked.facts[MATE, task]
    for leaving in (task, mate):
        if leaving >= 0:
            link(asked, state, state.links[BEFORE, leaving], state.links[AFTER, leaving])
            link(asked, state, leaving, leaving)
            assign(asked, state, leaving, nobody)
    return True


@kernel(allocates=False)
def hold_back(asked: Asked, state: State, num_tasks: int) -> bool:
    """Let a task start later on purpose, in its other window, or as early as it may."""
    task = draw(state.random, num_tasks)
    if state.links[BEFORE, task] == task:
        return False
    kind = draw(state.random, 4)
    release = asked.times[READY, task]
    if kind == 1:
        release = asked.times[AGAIN, task]
    elif kind == 2:
        release = state.times[START, task] + 1.0 + draw(state.random, _LONGEST_DELAY)
    elif kind == 3:
        following = state.links[AFTER, task]
        if following >= num_tasks:
            return False
        release = state.times[START, following] - asked.times[MINUTES, task] - leg(asked, task, following)
    release = max(release, asked.times[READY, task])
    if not math.isfinite(release) or release == state.times[RELEASE, task]:
        return False
    note(state.memo, HELD, task, state.times[RELEASE, task])
    state.times[RELEASE, task] = release
    touch(state, num_tasks, task)
    return True


@kernel(allocates=False)
def move_lunch(asked: Asked, state: State, num_tasks: int) -> bool:
    """Let a carer have lunch after another node of the tour."""
    carer = draw(state.random, asked.fee.shape[1] - 1)
    if not asked.facts[HAS_LUNCH, carer]:
        return False
    base = num_tasks + carer
    length = 1
    node = state.links[AFTER, base]
    while node != base:
        length += 1
        node = state.links[AFTER, node]
    for _ in range(draw(state.random, length)):
        node = state.links[AFTER, node]
    before = state.links[LUNCH, carer]
    if node == before:
        return False
    note(state.memo, LUNCHED, carer, float(before))
    state.links[LUNCH, carer] = node
    touch(state, num_tasks, state.links[AFTER, node])
    if before >= 0:
        touch(state, num_tasks, state.links[AFTER, before])
    return True
