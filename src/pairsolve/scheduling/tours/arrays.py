"""The arrays that the compiled loop works on, made from a problem."""

from __future__ import annotations

import numpy as np

from pairsolve.scheduling.tours.asked import Ints, Shifts, TourProblem
from pairsolve.scheduling.tours.layout import (
    AGAIN,
    BALANCE,
    DUE,
    DUE_AGAIN,
    HAS_LUNCH,
    IDLE,
    IN_TIME,
    LEADS,
    LEAST,
    LEAVE,
    LIMITED,
    MATE,
    MINUTES,
    MOST,
    MOST_TASKS,
    NO_LUNCH,
    NOON_FIRST,
    NOON_LAST,
    NOON_LENGTH,
    NUM_COUNTS,
    NUM_FACTS,
    NUM_LINKS,
    NUM_LOGS,
    NUM_MEMOS,
    NUM_RATES,
    NUM_SUMS,
    NUM_TIMES,
    OVERTIME,
    PER_HIGHEST,
    PER_TARDY,
    PER_TRAVEL,
    PERSON,
    PRICED,
    REACH,
    READY,
    RELEASE,
    SHARE,
    SHIFT_END,
    START,
    WAITING,
    Asked,
    State,
)

_NEAR = 24  # tasks kept as near to each task
_MOST_CUTS = 16  # links changed by one move


def asked_arrays(problem: TourProblem) -> Asked:
    """Return the problem by node: tasks first, then one base per carer."""
    shifts = problem.shifts or unpriced(problem)
    nodes = problem.num_tasks + problem.num_carers
    facts = np.zeros((nodes, NUM_FACTS), np.int64)
    facts[:, LEAVE] = np.concatenate([problem.place, problem.leave])
    facts[:, REACH] = np.concatenate([problem.place, problem.arrive])
    times = np.zeros((nodes, 8))
    times[:, READY] = np.concatenate([problem.ready, problem.begin])
    for column, values in ((MATE, problem.mate), (LEADS, problem.leads), (HAS_LUNCH, shifts.lunch)):
        facts[: len(values), column] = values
    for column, minutes in (
        (DUE, problem.due),
        (MINUTES, problem.minutes),
        (AGAIN, shifts.again),
        (DUE_AGAIN, shifts.due_again),
        (LEAST, problem.least_lag),
        (MOST, problem.most_lag),
        (SHIFT_END, shifts.end),
    ):
        times[: len(minutes), column] = minutes
    if problem.limits is not None:
        facts[: problem.num_carers, PERSON] = problem.limits.person
        facts[: problem.num_carers, MOST_TASKS] = problem.limits.most
        facts[: len(problem.limits.share), SHARE] = problem.limits.share
    rates = np.zeros(NUM_RATES)
    rates[LIMITED] = problem.limits is not None
    rates[PRICED] = problem.shifts is not None
    rates[[WAITING, OVERTIME, IDLE, NO_LUNCH]] = shifts.waiting, shifts.overtime, shifts.idle, shifts.no_lunch
    rates[[IN_TIME, BALANCE]] = shifts.just_in_time, shifts.balance
    rates[[PER_TRAVEL, PER_TARDY, PER_HIGHEST]] = problem.weights
    rates[[NOON_FIRST, NOON_LAST, NOON_LENGTH]] = shifts.noon
    fee = np.ascontiguousarray(np.column_stack([problem.fee, shifts.undone]))
    return Asked(facts, times, np.ascontiguousarray(problem.travel), fee, near_tasks(problem), rates)


def state_arrays(problem: TourProblem, seeds: np.random.SeedSequence) -> State:
    """Return the state before any tours are loaded."""
    width = max(problem.num_tasks + problem.num_carers, _MOST_CUTS)
    times = np.zeros((width, NUM_TIMES))
    ready = np.concatenate([problem.ready, problem.begin])
    times[: len(ready), START] = times[: len(ready), RELEASE] = ready
    return State(
        links=np.zeros((width, NUM_LINKS), np.int64),
        times=times,
        tardy=np.zeros(problem.num_tasks),
        logs=np.zeros((NUM_LOGS, width), np.int64),
        sums=np.zeros(NUM_SUMS),
        memo=np.zeros(NUM_MEMOS),
        counts=np.zeros(NUM_COUNTS, np.int64),
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
