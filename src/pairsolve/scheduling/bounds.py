"""Lower bounds of missed visits without any search: what the needs can have alone, and what fits in all."""

from __future__ import annotations

from collections.abc import Sequence

from pairsolve.scheduling.fitting import most_a_day, most_a_week, most_a_week_at
from pairsolve.scheduling.outcome import classes
from pairsolve.scheduling.regular import Alone
from pairsolve.scheduling.tasks import Piece, Task


def missed_bounds(piece: Piece, alone: Sequence[Alone]) -> tuple[dict[int, int], dict[int, int]]:
    """Return lower bounds of missed visits by priority class.

    Parameters
    ----------
    piece
        A settled piece.
    alone
        Its needs with their own bounds.

    Returns
    -------
    tuple
        Bounds that hold whatever the other classes do, and bounds that hold while all earlier classes are at theirs.
    """
    relaxed: dict[int, int] = {}
    while_best: dict[int, int] = {}
    for priority in classes(piece):
        relaxed[priority] = _missed([one for one in alone if one.task.priority == priority], piece)
        together = _missed([one for one in alone if one.task.priority <= priority], piece)
        while_best[priority] = max(relaxed[priority], together - sum(while_best.values()))
    return relaxed, while_best


def overfull(piece: Piece) -> bool:
    """Say whether some volunteer or site has no room for the fewest visits of its needs, by counting alone."""
    volunteers = {volunteer for task in piece.tasks for volunteer in task.crew}
    groups = [(v, False, [task for task in piece.tasks if v in task.crew]) for v in sorted(volunteers)]
    groups += [(site, True, [task for task in piece.tasks if task.site == site]) for site in piece.capacity]
    return any(
        sum(task.fewest for task in tasks) > _most(piece, tasks, number, at_site)
        for number, at_site, tasks in groups
        if tasks
    )


def _missed(alone: Sequence[Alone], piece: Piece) -> int:
    """Bound the misses of some needs, group by group: those of one narrow site, those of one volunteer."""
    groups: dict[tuple[bool, int], list[Alone]] = {}
    for one in alone:
        at_site = one.task.site in piece.capacity
        groups.setdefault((at_site, one.task.site if at_site else one.task.crew[0]), []).append(one)
    return sum(
        max(
            sum(one.goal.missed for one in group),
            sum(one.task.required for one in group) - _most(piece, [one.task for one in group], number, at_site),
        )
        for (at_site, number), group in groups.items()
    )


def _most(piece: Piece, tasks: Sequence[Task], number: int, at_site: bool) -> int:
    if at_site:
        return sum(most_a_week_at(piece, number, tasks))
    return sum(most_a_week(piece, number, tasks, most_a_day(piece, number, tasks)))
