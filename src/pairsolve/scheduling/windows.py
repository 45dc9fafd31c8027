"""Components too large for one model: CP-SAT on a few needs at a time, everything else held still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pairsolve.scheduling.bounds import missed_bounds
from pairsolve.scheduling.exact import feasible_plans, solve_exactly
from pairsolve.scheduling.outcome import missed_by_class, total_irregularity
from pairsolve.scheduling.regular import Alone, board_of, look_alone
from pairsolve.scheduling.tasks import Piece, Plan, Task, masks_of

FEWEST_NEEDS = 4
WINDOW_NEEDS = 25
WINDOW_VISITS = 200
MOST_WINDOWS = 8
WINDOW_EFFORT = 0.1  # share of the work limits of a whole component


def improve(piece: Piece, alone: Sequence[Alone], plans: Mapping[int, Plan], seed: int) -> dict[int, Plan]:
    """Better a plan window by window, around needs that fall short of what they could have alone.

    Parameters
    ----------
    piece
        A settled piece.
    alone
        Its needs with their bounds.
    plans
        A feasible plan of all its needs.
    seed
        Random seed of CP-SAT.
    """
    best = dict(plans)
    least = missed_bounds(piece, alone)[1]
    windows = 0
    for turn in range(MOST_WINDOWS):
        before = _value(piece, best)
        full = missed_by_class(piece, best) == least
        for need in _short(piece, alone, best, full):
            if windows >= MOST_WINDOWS:
                return best
            windows += 1
            best = _better(piece, best, window_around(piece, need, turn), seed)
        if _value(piece, best) == before:
            return best
    return best


def repair(
    piece: Piece, plans: Mapping[int, Plan], left_out: Sequence[int], seed: int
) -> tuple[dict[int, Plan], list[int]]:
    """Try to make place for the first needs that found none, by moving their neighbours.

    Returns plans and the needs still out.
    """
    best, still_out = dict(plans), list(left_out[MOST_WINDOWS:])
    for need in left_out[:MOST_WINDOWS]:
        window = [other for other in window_around(piece, need, 0) if other in best or other == need]
        found = feasible_plans(held_still(piece, best, window), seed, WINDOW_EFFORT).plans
        if found is None:
            still_out.append(need)
        else:
            best.update(found)
    return best, still_out


def window_around(piece: Piece, need: int, turn: int) -> list[int]:
    """Return a need with others it may collide with: its neighbours first, then needs at the same site in turn."""
    tasks = {task.need: task for task in piece.tasks}
    near = [other for other in tasks if (need, other) in piece.lags]
    same_site = [t.need for t in piece.tasks if t.site >= 0 and t.site == tasks[need].site and t.need != need]
    shift = turn * WINDOW_NEEDS % max(1, len(same_site))
    second = [other for first in near[:FEWEST_NEEDS] for other in tasks if (first, other) in piece.lags]
    window: list[int] = []
    visits = 0
    for other in dict.fromkeys([need, *near, *same_site[shift:], *same_site[:shift], *second]):
        visits += tasks[other].required
        if len(window) >= FEWEST_NEEDS and (visits > WINDOW_VISITS or len(window) >= WINDOW_NEEDS):
            break
        window.append(other)
    return sorted(window)


def _better(piece: Piece, plans: dict[int, Plan], window: Sequence[int], seed: int) -> dict[int, Plan]:
    small = held_still(piece, plans, window)
    found = solve_exactly(small, look_alone(small), seed, {need: plans[need] for need in window}, WINDOW_EFFORT)
    moved = {**plans, **found.plans}
    return moved if _value(piece, moved) < _value(piece, plans) else plans


def held_still(piece: Piece, plans: Mapping[int, Plan], window: Sequence[int]) -> Piece:
    """Return the window as a piece of its own: what the other needs use is taken out of masks, rooms and sites."""
    board, inside = board_of(piece), set(window)
    for task in piece.tasks:
        if task.need in plans and task.need not in inside:
            board.put(task, plans[task.need])
    tasks = tuple(
        task.with_masks(masks_of(board.free(task), piece.grid.num_days)) for task in piece.tasks if task.need in inside
    )
    volunteers = sorted({volunteer for task in tasks for volunteer in task.crew})
    return replace(
        piece,
        tasks=tasks,
        rooms={volunteer: board.room_left(volunteer) for volunteer in volunteers},
        capacity={site: most for site, most in piece.capacity.items() if site in _sites(tasks)},
        site_used={site: board.site_load(site) for site in sorted(_sites(tasks))},
    )


def _sites(tasks: Sequence[Task]) -> set[int]:
    return {task.site for task in tasks if task.site >= 0}


def _short(piece: Piece, alone: Sequence[Alone], plans: Mapping[int, Plan], full: bool) -> list[int]:
    """Return needs that could do better alone: those with missed visits of the first classes first.

    With `full` no plan misses less, and only regularity is left to better.
    """
    ranked = []
    for one in alone:
        task = one.task
        missed = task.required - len(plans[task.need]) - one.goal.missed
        irregular = total_irregularity(piece, {task.need: plans[task.need]}) - one.goal.irregular
        if (missed > 0 and not full) or irregular > 0:
            ranked.append((missed <= 0, task.priority, -missed, -irregular, task.need))
    return [need for *_, need in sorted(ranked)]


def _value(piece: Piece, plans: Mapping[int, Plan]) -> tuple[int, ...]:
    return (*missed_by_class(piece, plans).values(), total_irregularity(piece, plans))
