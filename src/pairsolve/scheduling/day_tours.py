"""Days of people who start from one place as tours: the same search that plans tours alone puts their visits in order.

Every person's day is a carer. The number of visits of each person stays, because the pairs rest on it, and no day takes
more than it has room for. A visit that may not be moved has its day and minute for a window.
What the search finds is kept if it stands on the grid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pairsolve.instance import DayBreak
from pairsolve.options import Watch
from pairsolve.scheduling.frame import Frame
from pairsolve.scheduling.tasks import Masks, Task
from pairsolve.scheduling.tours.asked import Floats, Ints, Limits, Shifts, TourProblem
from pairsolve.scheduling.tours.search import Effort, find_tours

FEWEST = 8  # stops of a group from which the search is worth its start
MOVES_PER_STOP = 20_000
TOO_LATE = 1000.0  # cost of a minute after the window, and of a break without room

Key = tuple[int, int]  # volunteer, day
Order = tuple[int, ...]


def toured(
    frame: Frame,
    needs: Sequence[int],
    tasks: Sequence[Mapping[int, Task]],
    masks: Sequence[Mapping[int, Masks]],
    days: Mapping[Key, Order],
    room: Mapping[int, Mapping[int, int]],
    seed: int,
    watch: Watch,
) -> dict[Key, Order] | None:
    """Return orders of all days as the search for tours finds them, or None where it has nothing to do.

    Parameters
    ----------
    frame
        Facts of the instance.
    needs, tasks, masks
        By stop: its need, and by volunteer the need as a task and its start slots of each day.
    days
        The orders now.
    room
        Volunteer → day → most visits.
    seed, watch
        Random seed; progress.
    """
    phone = [frame.facts(need)[3] for need in needs]
    keys = sorted(days)
    people = sorted({volunteer for volunteer, _ in keys})
    rests = {frame.instance.volunteers[one].day_break for one in people}
    stops = sorted(stop for order in days.values() for stop in order)
    if len(stops) < FEWEST or len(rests) > 1 or any(phone[stop] for stop in stops):
        return None
    number = {stop: place for place, stop in enumerate(stops)}
    routes = [[number[stop] for stop in days[key]] for key in keys]
    now = np.repeat(np.arange(len(keys)), [len(route) for route in routes])[np.argsort(np.concatenate(routes))]
    windows, fee = _windows(frame, [tasks[stop] for stop in stops], [masks[stop] for stop in stops], keys, now)
    home, places = people[0], [frame.place(needs[stop]) for stop in stops]
    spots = [home, *sorted(set(places))]
    prices = frame.instance.day_prices
    problem = TourProblem.build(
        travel=[[frame.minutes(home, one, other) for other in spots] for one in spots],
        place=[spots.index(place) for place in places],
        ready=windows[:, 0],
        due=windows[:, 1],
        minutes=[frame.facts(needs[stop])[2] for stop in stops],
        num_carers=len(keys),
        fee=fee,
        weights=(float(prices.road), TOO_LATE, 0.0),
        shifts=_shifts(frame, keys, windows, rests.pop()),
        limits=Limits(
            person=np.array([people.index(volunteer) for volunteer, _ in keys], np.int64),
            most=np.array([max(room[one].get(day, 0), len(days[one, day])) for one, day in keys], np.int64),
            share=np.array([sum(len(days[key]) for key in keys if key[0] == one) for one in people], np.int64),
        ),
    )
    effort = Effort(moves=MOVES_PER_STOP * len(stops), seed=seed)
    found = find_tours(problem, effort, watch, first=routes)
    return {key: tuple(stops[task] for task in route) for key, route in zip(keys, found.routes, strict=True)}


def _windows(
    frame: Frame,
    tasks: Sequence[Mapping[int, Task]],
    masks: Sequence[Mapping[int, Masks]],
    keys: Sequence[Key],
    now: Ints,
) -> tuple[Floats, Floats]:
    """Return for each stop two windows that its day now and as many others as possible leave open, and which those are.

    Windows are first and last start of the one and of the other in minutes, infinite where there is no other, shape
    (stops, 4); days cost nothing or, where a stop may not stand, infinitely much, shape (stops, days).
    """
    windows, fee = np.full((len(tasks), 4), np.inf), np.full((len(tasks), len(keys)), np.inf)
    for stop, (mine, open_slots) in enumerate(zip(tasks, masks, strict=True)):
        by_day = [open_slots[volunteer][day] if volunteer in mine else 0 for volunteer, day in keys]
        choices = sorted({_two_longest(mask) for mask in by_day if mask})
        fits = {chosen: [sum(chosen) & ~mask == 0 for mask in by_day] for chosen in choices}
        here = [chosen for chosen in choices if fits[chosen][now[stop]]]
        best = max(here, key=lambda chosen: (sum(fits[chosen]) * sum(chosen).bit_count(), chosen))
        for number, run in enumerate(best):
            windows[stop, 2 * number] = ((run & -run).bit_length() - 1) * frame.slot
            windows[stop, 2 * number + 1] = (run.bit_length() - 1) * frame.slot
        fee[stop, fits[best]] = 0.0
    return windows, fee


def _two_longest(mask: int) -> tuple[int, ...]:
    """Return the one or two longest runs of a bit set, in their order."""
    return tuple(sorted(sorted(_runs(mask), key=lambda run: (-run.bit_count(), run))[:2]))


def _runs(mask: int) -> list[int]:
    """Cut a bit set into its runs of set bits."""
    runs = []
    while mask:
        low = mask & -mask
        run = (mask + low & ~mask) - low & mask | low
        runs.append(run)
        mask &= ~run
    return runs


def _shifts(frame: Frame, keys: Sequence[Key], windows: Floats, rest: DayBreak | None) -> Shifts | None:
    """Return second windows and what days cost beyond the road, or None where there is nothing of the kind."""
    prices, volunteers = frame.instance.day_prices, frame.instance.volunteers
    overtime = prices.overtime if any(volunteers[one].overtime_minutes for one, _ in keys) else 0
    if rest is None and not overtime and not prices.idle and np.isinf(windows[:, 2]).all():
        return None
    noon = (0.0, 0.0, 0.0) if rest is None else (float(rest.start), float(rest.end), float(rest.minutes))
    return Shifts(
        again=windows[:, 2].copy(),
        due_again=windows[:, 3].copy(),
        undone=np.full(len(windows), np.inf),
        end=np.array([float(frame.calendar.last_minute(volunteers[one], day)) for one, day in keys]),
        lunch=np.full(len(keys), rest is not None),
        noon=noon,
        waiting=float(prices.idle),
        overtime=float(overtime),
        no_lunch=TOO_LATE,
    )
