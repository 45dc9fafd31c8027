"""The fast path: give every need of a piece the best plan it could have alone, without any solver.

Where that succeeds the piece is solved to proven optimality, because nothing can beat the bounds of the needs
taken alone. A depth-first search over plans, limited by nodes, is restarted with the need that failed put first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from pairsolve.scheduling.board import Board
from pairsolve.scheduling.patterns import Goal, goal
from pairsolve.scheduling.tasks import Piece, Plan, Task, starts_of

MOST_BRANCHES = 12  # plans of a need tried at one node
NODES_PER_NEED = 12
MOST_RESTARTS = 6


@dataclass(frozen=True, slots=True)
class Alone:
    """A need on an empty board.

    Parameters
    ----------
    task
        The need.
    starts
        Days by start slot.
    goal
        What it could reach at best.
    """

    task: Task
    starts: dict[int, int]
    goal: Goal

    @property
    def possible(self) -> bool:
        """Whether its fewest visits are possible as far as the bound tells."""
        return self.task.required - self.goal.missed >= self.task.fewest


def board_of(piece: Piece) -> Board:
    """Return an empty board for a piece whose events are settled."""
    return Board(
        piece.grid,
        piece.rested_lag,
        piece.rooms.__getitem__,
        piece.capacity,
        piece.site_used,
    )


def look_alone(piece: Piece) -> list[Alone]:
    """Return every need of a settled piece with its bounds."""
    found = []
    for task in piece.tasks:
        starts = starts_of(task.masks)
        found.append(Alone(task, starts, goal(task.rhythm, piece.grid.weekdays, starts)))
    return found


def perfect(piece: Piece, alone: list[Alone]) -> tuple[dict[int, Plan] | None, int]:
    """Search plans that meet every need's own bounds at once.

    Returns
    -------
    tuple
        Need → plan, or None if none was found; nodes used.
    """
    order = sorted(alone, key=_freedom)
    nodes = 0
    for _ in range(min(MOST_RESTARTS, 2 * len(order) - 1)):
        search = _Search(board_of(piece), order)
        found = search.run()
        nodes += search.nodes
        if found is not None:
            return found, nodes
        worst = search.worst
        if worst == 0:
            break
        order = [order[worst], *order[:worst], *order[worst + 1 :]]
    return None, nodes


def greedy(piece: Piece, alone: list[Alone], *, by_class: bool = False) -> tuple[dict[int, Plan], list[int]]:
    """Place one need after another as well as possible; needs that find no place come first in the next attempt.

    Parameters
    ----------
    piece
        A settled piece.
    alone
        Its needs with their bounds.
    by_class
        Place needs of the first priority classes first, so that those left out are the least important.

    Returns
    -------
    tuple
        Need → plan, and the needs for which the best attempt found no place.
    """
    out: set[int] = set()

    def rank(one: Alone) -> tuple[int, bool, int, int]:
        free, need = _freedom(one)
        important = one.task.priority if by_class else 0
        return important, need not in out, one.task.required - one.task.fewest + free, need

    best: tuple[dict[int, Plan], list[int]] | None = None
    for _ in range(MOST_RESTARTS):
        board = board_of(piece)
        left_out = []
        for one in sorted(alone, key=rank):
            plan = board.best_place(one.task, one.starts)
            if plan is None:
                left_out.append(one.task.need)
            else:
                board.put(one.task, plan)
        if best is None or len(left_out) < len(best[1]):
            best = dict(board.plans), left_out
        if not left_out:
            break
        out.update(left_out)
    assert best is not None
    return best


def fill(piece: Piece, alone: Sequence[Alone], start: Mapping[int, Plan]) -> tuple[dict[int, Plan], list[int]]:
    """Place the needs that `start` leaves out beside it, the first classes first; without a start, as `greedy` does.

    Returns need → plan, and the needs that found no place.
    """
    if not start:
        return greedy(piece, list(alone), by_class=True)
    board = board_of(piece)
    waiting = []
    for one in alone:
        if one.task.need in start:
            board.put(one.task, start[one.task.need])
        else:
            waiting.append(one)
    left_out = []
    for one in sorted(waiting, key=lambda one: (one.task.priority, _freedom(one))):
        plan = board.best_place(one.task, one.starts)
        if plan is None:
            left_out.append(one.task.need)
        else:
            board.put(one.task, plan)
    return dict(board.plans), left_out


def _freedom(one: Alone) -> tuple[int, int]:
    return sum(days.bit_count() for days in one.starts.values()), one.task.need


class _Search:
    """Depth-first search over the plans of needs in a given order."""

    def __init__(self, board: Board, order: list[Alone]) -> None:
        self.board = board
        self.order = order
        self.nodes = 0
        self.limit = NODES_PER_NEED * len(order)
        self.failures = [0] * len(order)

    @property
    def worst(self) -> int:
        """Position of the need that failed most often, the first of them."""
        return self.failures.index(max(self.failures))

    def run(self) -> dict[int, Plan] | None:
        """Return need → plan, or None."""
        branches = [self._branches(0)]
        while branches:
            plan = next(branches[-1], None)
            if plan is None or self.nodes >= self.limit:
                if plan is not None:
                    return None
                branches.pop()
                self.failures[len(branches)] += 1
                if branches:
                    self.board.take(self.order[len(branches) - 1].task.need)
                continue
            self.nodes += 1
            self.board.put(self.order[len(branches) - 1].task, plan)
            if len(branches) == len(self.order):
                return dict(self.board.plans)
            branches.append(self._branches(len(branches)))
        return None

    def _branches(self, depth: int) -> Iterator[Plan]:
        one = self.order[depth]
        left = self.board.free(one.task, one.starts)
        return islice(self.board.options(one.task, left, one.goal), MOST_BRANCHES)
