"""How many visits a volunteer can make on a day at most, counted exactly for a few needs."""

from __future__ import annotations

from collections.abc import Sequence

from pairsolve.scheduling.rhythm import days_of
from pairsolve.scheduling.tasks import Piece, Task

MOST_TASKS = 7  # the count looks at every subset of a volunteer's needs


def most_a_day(piece: Piece, volunteer: int) -> list[int]:
    """Return, for each day, a bound of the visits that a volunteer can make of the piece's needs.

    Parameters
    ----------
    piece
        A settled piece.
    volunteer
        Number of the volunteer.
    """
    room = piece.rooms[volunteer]
    tasks = [task for task in piece.tasks if volunteer in task.crew]
    known: dict[tuple[int, ...], int] = {}
    most = []
    for day in range(piece.grid.num_days):
        masks = tuple(task.masks[day] for task in tasks)
        if masks not in known:
            known[masks] = _most(piece, tasks, masks)
        most.append(max(0, min(known[masks], room.days.get(day, room.per_day))))
    return most


def _most(piece: Piece, tasks: Sequence[Task], masks: Sequence[int]) -> int:
    """Return the most needs that can be visited one after another on a day with these start masks.

    Only visits that follow each other are kept apart, which can only raise the number.
    """
    present = [number for number, mask in enumerate(masks) if mask]
    if len(present) <= 1 or len(present) > MOST_TASKS:
        return len(present)
    lags = {(a, b): piece.lags[tasks[a].need, tasks[b].need] for a in present for b in present if a != b}
    earliest = {(1 << a, a): (masks[a] & -masks[a]).bit_length() - 1 for a in present}
    count = 1
    while earliest:
        later: dict[tuple[int, int], int] = {}
        for (done, last), start in earliest.items():
            for following in present:
                if done >> following & 1:
                    continue
                possible = masks[following] >> (start + lags[last, following])
                if possible:
                    at = start + lags[last, following] + (possible & -possible).bit_length() - 1
                    key = (done | 1 << following, following)
                    later[key] = min(at, later.get(key, at))
        if not later:
            return count
        earliest, count = later, count + 1
    return count


def most_a_week(piece: Piece, volunteer: int, fitting: Sequence[int]) -> list[int]:
    """Return, for each week, a bound of the visits of a volunteer, from the days and from visits and minutes left.

    Parameters
    ----------
    piece
        A settled piece.
    volunteer
        Number of the volunteer.
    fitting
        For each day the most visits.
    """
    room = piece.rooms[volunteer]
    tasks = [task for task in piece.tasks if volunteer in task.crew]
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
