"""What a day's tours are asked for, as arrays: tasks of carers, pairs of tasks that go together, and travel.

A task is one service at one household by one carer. Node numbers: tasks first, then one base per carer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Words = NDArray[np.uint64]
FREE = 1e9  # a lag that binds nothing


@dataclass(frozen=True, slots=True)
class Shifts:
    """What a carer's day costs beyond travel and tardiness, and which tasks may be left undone.

    Parameters
    ----------
    again, due_again
        Second window of each task, infinite where there is none; tardiness is counted in the last window that
        begins by the start, shape (tasks,).
    undone
        Cost of leaving a task undone, infinite where it must be done; of two mates both are left undone or none.
    end
        End of each carer's shift, shape (carers,).
    lunch
        Whether each carer is due a lunch, shape (carers,).
    noon
        First minute, last minute and length of a lunch.
    waiting, overtime, idle, no_lunch
        Cost of a minute of waiting, of a minute after the shift, of a minute of the idlest carer's idle time, and
        of a lunch that finds no room.
    balance
        Cost of every minute by which a carer's service and travel differ from the mean of all.
    just_in_time
        Whether a carer leaves for the first task as late as possible, or when the shift begins.
    """

    again: Floats
    due_again: Floats
    undone: Floats
    end: Floats
    lunch: Flags
    noon: tuple[float, float, float]
    waiting: float = 0.0
    overtime: float = 0.0
    idle: float = 0.0
    no_lunch: float = 0.0
    balance: float = 0.0
    just_in_time: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """How many tasks carers may have, where several of them are one person on several days.

    Parameters
    ----------
    person
        Number of the person behind each carer, shape (carers,).
    most
        Most tasks of each carer, shape (carers,).
    share
        Tasks that each person has in all, no more and no fewer, shape (persons,).
    """

    person: Ints
    most: Ints
    share: Ints


@dataclass(frozen=True, slots=True)
class TourProblem:
    """Tasks to be put into tours, one tour a carer.

    The cost is ``weights[0]`` × travel + ``weights[1]`` × total tardiness + ``weights[2]`` × the largest tardiness
    + the fees of the carers chosen. Starting before `ready` is forbidden, waiting is free.

    Parameters
    ----------
    travel
        Minutes between places, shape (places, places); need not be symmetric.
    place
        Place of each task, shape (tasks,).
    ready, due, minutes
        First start, last start without tardiness, and length of each task, shape (tasks,).
    mate
        The other task of the same visit, or -1, shape (tasks,). The two are done by different carers.
    leads
        Whether a task is the first of its two, shape (tasks,).
    least_lag, most_lag
        Bounds of start(second) - start(first), the same on both tasks; 0 and 0 is "together", shape (tasks,).
    leave, arrive
        Place where each carer's tour begins and ends, shape (carers,).
    begin
        Earliest departure of each carer, shape (carers,).
    fee
        Cost of each task done by each carer; infinite where the carer cannot, shape (tasks, carers).
    weights
        Of travel, total tardiness and largest tardiness, shape (3,).
    shifts
        What else a day costs; None = nothing.
    limits
        How many tasks each may have; None = any number. The search then starts from tours that keep them.

    Notes
    -----
    With equal weights of one third and no fees this is the home health care routing and scheduling problem of
    Mankowska, Meisel and Bierwirth (2014), doi 10.1007/s10729-013-9243-1.
    """

    travel: Floats
    place: Ints
    ready: Floats
    due: Floats
    minutes: Floats
    mate: Ints
    leads: Flags
    least_lag: Floats
    most_lag: Floats
    leave: Ints
    arrive: Ints
    begin: Floats
    fee: Floats
    weights: Floats
    shifts: Shifts | None = None
    limits: Limits | None = None

    @property
    def num_tasks(self) -> int:
        """Number of tasks."""
        return len(self.place)

    @property
    def num_carers(self) -> int:
        """Number of carers."""
        return len(self.leave)

    @classmethod
    def build(
        cls,
        *,
        travel: ArrayLike,
        place: ArrayLike,
        ready: ArrayLike,
        due: ArrayLike,
        minutes: ArrayLike,
        num_carers: int,
        visits_by_two: Iterable[tuple[int, int, float, float]] = (),
        fee: ArrayLike | None = None,
        leave: ArrayLike = 0,
        arrive: ArrayLike = 0,
        begin: ArrayLike = 0.0,
        weights: ArrayLike = (1.0, 1.0, 1.0),
        shifts: Shifts | None = None,
        limits: Limits | None = None,
    ) -> TourProblem:
        """Return a problem from whatever turns into arrays.

        Parameters
        ----------
        visits_by_two
            First task, second task, least and most minutes from the first start to the second; a number of minutes
            as large as `FREE` binds nothing.
        fee
            None lets every carer do every task for nothing.
        leave, arrive, begin
            One value for all carers, or one each.
        """
        num_tasks = np.size(place)
        mate, leads = np.full(num_tasks, -1), np.ones(num_tasks, dtype=np.bool_)
        least, most = np.zeros(num_tasks), np.zeros(num_tasks)
        for first, second, low, high in visits_by_two:
            mate[first], mate[second], leads[second] = second, first, False
            least[[first, second]], most[[first, second]] = low, high
        return cls(
            travel=np.array(travel, dtype=float),
            place=np.array(place, dtype=np.int64),
            ready=np.array(ready, dtype=float),
            due=np.array(due, dtype=float),
            minutes=np.array(minutes, dtype=float),
            mate=mate,
            leads=leads,
            least_lag=least,
            most_lag=most,
            leave=np.broadcast_to(np.asarray(leave, dtype=np.int64), num_carers).copy(),
            arrive=np.broadcast_to(np.asarray(arrive, dtype=np.int64), num_carers).copy(),
            begin=np.broadcast_to(np.asarray(begin, dtype=float), num_carers).copy(),
            fee=np.zeros((num_tasks, num_carers)) if fee is None else np.array(fee, dtype=float),
            weights=np.array(weights, dtype=float),
            shifts=shifts,
            limits=limits,
        )

    def usual_leg(self) -> float:
        """Return the mean way from a task to the ten nearest others, at least one minute."""
        between = self.travel[np.ix_(self.place, self.place)]
        nearest = np.sort(between, axis=1)[:, 1:11]
        return max(1.0, float(nearest.mean())) if nearest.size else 1.0

    def able(self, task: int) -> Ints:
        """Return the carers who can do a task."""
        return np.flatnonzero(np.isfinite(self.fee[task]))


@dataclass(frozen=True, slots=True)
class Tours:
    """Tours of all carers.

    Parameters
    ----------
    routes
        Tasks of each carer in order; a task left undone is in none.
    start
        Start of each task, in minutes, shape (tasks,).
    cost
        In the weights of the problem.
    work
        Moves drawn in all.
    lunch_after
        Task after which each carer has lunch: -1 before the first, -2 for no lunch.
    """

    routes: tuple[tuple[int, ...], ...]
    start: Floats
    cost: float
    work: int = 0
    lunch_after: tuple[int, ...] = ()
