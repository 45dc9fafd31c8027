"""Moves that only priced days know: leave undone, wait on purpose or take another window, have lunch elsewhere."""

from __future__ import annotations

import math

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.scheduling.tours.days import note
from pairsolve.scheduling.tours.state import LUNCH, RELEASE, Asked, State, assign, draw, leg, link, touch

_LONGEST_DELAY = 60  # minutes


@kernel(allocates=False)
def leave_undone(asked: Asked, state: State, num_tasks: int) -> bool:
    """Leave a task, and its mate, undone."""
    task = draw(state.random, num_tasks)
    nobody = asked.fee.shape[1] - 1
    if state.route[task] == nobody or not np.isfinite(asked.fee[task, nobody]):
        return False
    mate = asked.mate[task]
    for leaving in (task, mate):
        if leaving >= 0:
            link(asked, state, state.before[leaving], state.after[leaving])
            link(asked, state, leaving, leaving)
            assign(asked, state, leaving, nobody)
    return True


@kernel(allocates=False)
def hold_back(asked: Asked, state: State, num_tasks: int) -> bool:
    """Let a task start later on purpose, in its other window, or as early as it may."""
    task = draw(state.random, num_tasks)
    if state.before[task] == task:
        return False
    kind = draw(state.random, 4)
    release = asked.ready[task]
    if kind == 1:
        release = asked.again[task]
    elif kind == 2:
        release = state.start[task] + 1.0 + draw(state.random, _LONGEST_DELAY)
    elif kind == 3:
        following = state.after[task]
        if following >= num_tasks:
            return False
        release = state.start[following] - asked.minutes[task] - leg(asked, task, following)
    release = max(release, asked.ready[task])
    if not math.isfinite(release) or release == state.release[task]:
        return False
    note(state.memo, RELEASE, task, state.release[task])
    state.release[task] = release
    touch(state, num_tasks, task)
    return True


@kernel(allocates=False)
def move_lunch(asked: Asked, state: State, num_tasks: int) -> bool:
    """Let a carer have lunch after another node of the tour."""
    carer = draw(state.random, len(state.lunch))
    if not asked.has_lunch[carer]:
        return False
    base = num_tasks + carer
    length = 1
    node = state.after[base]
    while node != base:
        length += 1
        node = state.after[node]
    for _ in range(draw(state.random, length)):
        node = state.after[node]
    before = state.lunch[carer]
    if node == before:
        return False
    note(state.memo, LUNCH, carer, float(before))
    state.lunch[carer] = node
    touch(state, num_tasks, state.after[node])
    if before >= 0:
        touch(state, num_tasks, state.after[before])
    return True
