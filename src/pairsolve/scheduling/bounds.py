"""Lower bounds of missed visits without any search: what the needs can have alone, and what fits in all."""

from __future__ import annotations

from collections.abc import Sequence

from pairsolve.scheduling.fitting import most_a_day, most_a_week, most_a_week_at
from pairsolve.scheduling.outcome import classes
from pairsolve.scheduling.regular import Alone
from pairsolve.scheduling.tasks import Piece


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


def _missed(alone: Sequence[Alone], piece: Piece) -> int:
    """Bound the misses of some needs, group by group: those of one narrow site, those of one volunteer."""
    groups: dict[tuple[bool, int], list[Alone]] = {}
    for one in alone:
        at_site = one.task.site in piece.capacity
        groups.setdefault((at_site, one.task.site if at_site else one.task.crew[0]), []).append(one)
    return sum(
        max(
            sum(one.goal.missed for one in group),
            sum(one.task.required for one in group) - _most(piece, group, number, at_site),
        )
        for (at_site, number), group in groups.items()
    )


def _most(piece: Piece, group: Sequence[Alone], number: int, at_site: bool) -> int:
    tasks = [one.task for one in group]
    if at_site:
        return sum(most_a_week_at(piece, number, tasks))
    return sum(most_a_week(piece, number, tasks, most_a_day(piece, number, tasks)))
