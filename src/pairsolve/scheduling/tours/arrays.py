"""The arrays that the compiled loop works on, made from a problem."""

from __future__ import annotations

import numpy as np

from pairsolve.scheduling.tours.asked import Ints, Shifts, TourProblem
from pairsolve.scheduling.tours.state import Asked, State

_NEAR = 24  # tasks kept as near to each task
_MOST_CUTS = 16  # links changed by one move


def asked_arrays(problem: TourProblem) -> Asked:
    """Return the problem by node: tasks first, then one base per carer."""
    shifts = problem.shifts or unpriced(problem)
    priced = problem.shifts is not None
    return Asked(
        legs=np.ascontiguousarray(problem.travel),
        leave=np.concatenate([problem.place, problem.leave]),
        reach=np.concatenate([problem.place, problem.arrive]),
        ready=np.concatenate([problem.ready, problem.begin]),
        due=problem.due,
        minutes=np.concatenate([problem.minutes, np.zeros(problem.num_carers)]),
        mate=problem.mate,
        leads=problem.leads,
        least=problem.least_lag,
        most=problem.most_lag,
        fee=np.ascontiguousarray(np.column_stack([problem.fee, shifts.undone])),
        weights=problem.weights,
        near=near_tasks(problem),
        again=shifts.again,
        due_again=shifts.due_again,
        shift_end=shifts.end,
        has_lunch=shifts.lunch,
        noon=np.array(shifts.noon, dtype=float),
        rates=np.array(
            [
                priced,
                shifts.waiting,
                shifts.overtime,
                shifts.idle,
                shifts.no_lunch,
                shifts.just_in_time,
                shifts.balance,
                0.0,
            ],
            np.float64,
        ),
    )


def state_arrays(problem: TourProblem, seeds: np.random.SeedSequence) -> State:
    """Return the state before any tours are loaded."""
    tasks, carers = problem.num_tasks, problem.num_carers
    nodes = tasks + carers
    return State(
        after=_whole(nodes),
        before=_whole(nodes),
        route=_whole(nodes),
        start=np.concatenate([problem.ready, problem.begin]),
        tardy=np.zeros(tasks),
        seen=_whole(tasks),
        visits=_whole(tasks),
        log=_whole(tasks),
        old=np.zeros(tasks),
        queue=_whole(tasks),
        waiting=np.zeros(tasks, dtype=np.bool_),
        cuts=_whole(_MOST_CUTS, 2),
        moved=_whole(tasks, 2),
        sums=np.zeros(8),
        old_sums=np.zeros(8),
        counts=_whole(7),
        release=np.concatenate([problem.ready, problem.begin]),
        lunch=_whole(carers),
        day=np.zeros(carers),
        idle=np.zeros(carers),
        work=np.zeros(carers),
        old_day=np.zeros((carers, 3)),
        stale=_whole(carers),
        marked=np.zeros(carers, dtype=np.bool_),
        memo=np.zeros(5),
        late=np.zeros(nodes),
        random=seeds.generate_state(1, np.uint64) | np.uint64(1),
    )


def unpriced(problem: TourProblem) -> Shifts:
    """Return shifts that cost nothing and never end."""
    never, ever = np.full(problem.num_tasks, np.inf), np.full(problem.num_carers, np.inf)
    return Shifts(
        again=never,
        due_again=never,
        undone=never,
        end=ever,
        lunch=np.zeros(problem.num_carers, dtype=np.bool_),
        noon=(0.0, 0.0, 0.0),
    )


def near_tasks(problem: TourProblem) -> Ints:
    """Return the tasks that can best stand beside each task, nearest first, shape (tasks, near).

    Nearness is travel, plus the waiting or tardiness that cannot be avoided when one follows the other.
    """
    way = problem.travel[np.ix_(problem.place, problem.place)]
    leaving = problem.minutes[:, None] + way
    tardy = np.maximum(0.0, problem.ready[:, None] + leaving - problem.due[None, :])
    waiting = np.maximum(0.0, problem.ready[None, :] - problem.due[:, None] - leaving)
    follow = way + tardy + waiting
    nearness = np.minimum(follow, follow.T)
    able = np.isfinite(problem.fee).astype(float)
    nearness[able @ able.T == 0] = np.inf
    np.fill_diagonal(nearness, np.inf)
    kept = max(1, min(_NEAR, problem.num_tasks - 1))
    return np.ascontiguousarray(np.argsort(nearness, axis=1, kind="stable")[:, :kept])


def _whole(*shape: int) -> Ints:
    return np.zeros(shape, dtype=np.int64)
