"""How many visits fit into the days and weeks of a volunteer or a site at most, counted without any search."""

from __future__ import annotations

from collections.abc import Sequence

from pairsolve.scheduling.rhythm import days_of
from pairsolve.scheduling.tasks import Piece, Task

MOST_TASKS = 7  # the count of a day looks at every subset of the needs


def most_a_day(piece: Piece, volunteer: int, tasks: Sequence[Task]) -> list[int]:
    """Return, for each day, a bound of the visits that a volunteer can make of some needs.

    Parameters
    ----------
    piece
        A settled piece.
    volunteer
        Number of the volunteer.
    tasks
        Needs with this volunteer in their crews.
    """
    room = piece.rooms[volunteer]
    known: dict[tuple[int, ...], int] = {}
    most = []
    for day in range(piece.grid.num_days):
        masks = tuple(task.masks[day] for task in tasks)
        if masks not in known:
            known[masks] = _most_in_a_row(piece, tasks, masks)
        most.append(max(0, min(known[masks], room.days.get(day, room.per_day))))
    return most


def most_a_week(piece: Piece, volunteer: int, tasks: Sequence[Task], fitting: Sequence[int]) -> list[int]:
    """Return, for each week, a bound of the visits that a volunteer can make of some needs.

    Parameters
    ----------
    piece, volunteer, tasks
        As for `most_a_day`.
    fitting
        For each day the most visits.
    """
    room = piece.rooms[volunteer]
    most = []
    for week, days in enumerate(piece.grid.weeks):
        loads = sorted(task.loads[task.crew.index(volunteer)] for task in tasks for _ in range(_most_in(task, days)))
        count = min(len(loads), sum(fitting[day] for day in days_of(days)))
        if room.week_visits is not None:
            count = min(count, max(0, room.week_visits[week]))
        if room.week_minutes is not None:
            count = min(count, _affordable(loads, room.week_minutes[week]))
        most.append(count)
    return most


def most_a_week_at(piece: Piece, site: int, tasks: Sequence[Task]) -> list[int]:
    """Return, for each week, a bound of the visits of some needs that a site of limited capacity can hold.

    Each place of the site holds one visit after another, so a stretch of open slots holds at most as many as its
    length divided by the shortest visit.
    """
    shortest = min(task.length for task in tasks)
    known: dict[int, int] = {}
    daily = []
    for day in range(piece.grid.num_days):
        touched = 0
        for task in tasks:
            for step in range(task.length):
                touched |= task.masks[day] << step
        if touched not in known:
            known[touched] = piece.capacity[site] * sum(length // shortest for length in _stretches(touched))
        daily.append(min(known[touched], sum(task.masks[day] > 0 for task in tasks)))
    return [
        min(sum(daily[day] for day in days_of(days)), sum(_most_in(task, days) for task in tasks))
        for days in piece.grid.weeks
    ]


def _most_in_a_row(piece: Piece, tasks: Sequence[Task], masks: Sequence[int]) -> int:
    """Return the most needs that can be visited one after another on a day with these start masks.

    Only visits that follow each other are kept apart, which can only raise the number.
    """
    present = [number for number, mask in enumerate(masks) if mask]
    if len(present) <= 1 or len(present) > MOST_TASKS:
        return len(present)
    lags = {(a, b): piece.lags[tasks[a].need, tasks[b].need] for a in present for b in present if a != b}
    earliest = {(1 << a, a): (masks[a] & -masks[a]).bit_length() - 1 for a in present}
    count = 1
    while True:
        earliest = _one_more(present, masks, lags, earliest)
        if not earliest:
            return count
        count += 1


def _one_more(
    present: Sequence[int],
    masks: Sequence[int],
    lags: dict[tuple[int, int], int],
    earliest: dict[tuple[int, int], int],
) -> dict[tuple[int, int], int]:
    """Extend (needs visited, the last of them) → earliest start of the last by one need."""
    later: dict[tuple[int, int], int] = {}
    for (done, last), start in earliest.items():
        for following in present:
            ready = start + lags.get((last, following), 0)
            possible = masks[following] >> ready
            if possible and not done >> following & 1:
                at = ready + (possible & -possible).bit_length() - 1
                key = (done | 1 << following, following)
                later[key] = min(at, later.get(key, at))
    return later


def _most_in(task: Task, days: int) -> int:
    """Return a bound of the visits of a need in a week."""
    return min(6 // task.rhythm.min_gap + 1, sum(1 for window in task.rhythm.windows if window & days))


def _affordable(costs: Sequence[int], budget: int) -> int:
    """Return how many of the costs, cheapest first, the budget pays for."""
    count = 0
    for cost in costs:
        budget -= cost
        if budget < 0:
            break
        count += 1
    return count


def _stretches(slots: int) -> list[int]:
    """Return the lengths of the runs of set bits."""
    return [len(run) for run in bin(slots)[2:].split("0") if run]
