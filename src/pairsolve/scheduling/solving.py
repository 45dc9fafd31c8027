"""One component from piece to outcome: the fast path first, CP-SAT where it fails, conflicts where nothing fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pairsolve.scheduling.answers import Conflict
from pairsolve.scheduling.bounds import missed_bounds, overfull
from pairsolve.scheduling.conflicts import find_conflicts, find_local_conflicts
from pairsolve.scheduling.exact import feasible_plans, solve_exactly
from pairsolve.scheduling.outcome import Outcome, missed_by_class, total_irregularity
from pairsolve.scheduling.regular import Alone, fill, greedy, look_alone, perfect
from pairsolve.scheduling.tasks import Piece, Plan
from pairsolve.scheduling.windows import FEWEST_NEEDS, improve, repair, window_around

MOST_NEEDS = 150
MOST_VISITS = 800
MOST_SUSPECTS = 8  # needs without a place whose neighbourhood is searched for a proven conflict


def solve_fast(piece: Piece) -> Outcome | None:
    """Return a proven outcome if the fast path finds one; `piece` as it was cut, with its events."""
    settled = piece.settled()
    alone = look_alone(settled)
    if not all(one.possible for one in alone):
        return None
    plans, nodes = perfect(settled, alone)
    if plans is None:
        return None
    return _outcome("perfect", settled, alone, plans, {"nodes": nodes})


def solve_hard(piece: Piece, start: Mapping[int, Plan], seed: int) -> Outcome:
    """Solve a piece that the fast path left over; `start` holds the plans it found for some of the needs."""
    settled = piece.settled()
    alone = look_alone(settled)
    if len(piece.tasks) > MOST_NEEDS or piece.num_visits > MOST_VISITS:
        return _solve_large(piece, settled, alone, start, seed)
    if not all(one.possible for one in alone) or overfull(settled):
        return _clashing(alone, find_conflicts(piece, seed))
    plans, left_out = greedy(settled, alone)
    if left_out and len(piece.tasks) > FEWEST_NEEDS:
        plans, left_out = repair(settled, plans, left_out, seed)
    return _solve_whole(piece, settled, alone, None if left_out else plans, seed)


def _solve_whole(
    piece: Piece, settled: Piece, alone: Sequence[Alone], start: Mapping[int, Plan] | None, seed: int
) -> Outcome:
    if start is None:
        answer = feasible_plans(settled, seed)
        if answer.plans is None:
            conflicts = find_conflicts(piece, seed, undecided=answer.status == "unknown")
            return _clashing(alone, conflicts)
        start = answer.plans
    return solve_exactly(settled, alone, seed, start)


def _solve_large(piece: Piece, settled: Piece, alone: Sequence[Alone], start: Mapping[int, Plan], seed: int) -> Outcome:
    plans, left_out = fill(settled, alone, start)
    if left_out:
        plans, left_out = repair(settled, plans, left_out, seed)
    if not left_out:
        return _outcome("windows", settled, alone, improve(settled, alone, plans, seed), {})
    suspects = [window_around(settled, need, 0) for need in left_out[:MOST_SUSPECTS]]
    conflicts = find_local_conflicts(piece, suspects, seed)
    known = {need for conflict in conflicts for need in conflict.needs}
    others = [need for need in left_out[MOST_SUSPECTS:] if need not in known]
    guesses = [Conflict(frozenset([need]), frozenset(), proven=False) for need in others]
    return _clashing(alone, (*conflicts, *guesses))


def solve_briefly(piece: Piece, start: Mapping[int, Plan]) -> Outcome:
    """Place what can be placed at once; used when the run is asked to end."""
    settled = piece.settled()
    alone = look_alone(settled)
    plans, left_out = fill(settled, alone, start)
    if not left_out:
        return _outcome("greedy", settled, alone, plans, {})
    impossible = {one.task.need for one in alone if not one.possible and not piece.fixed}
    near: dict[int, list[int]] = {need: [need] for need in left_out}
    for need, other in piece.lags:
        if need in near and need not in impossible:
            near[need].append(other)
    conflicts = [Conflict(frozenset(near[need]), frozenset(), proven=need in impossible) for need in left_out]
    return _clashing(alone, tuple(conflicts))


def _outcome(
    method: str, piece: Piece, alone: Sequence[Alone], plans: Mapping[int, Plan], work: Mapping[str, int]
) -> Outcome:
    relaxed, bounds = missed_bounds(piece, alone)
    return Outcome(
        method=method,
        plans=plans,
        missed=missed_by_class(piece, plans),
        missed_bound=bounds,
        relaxed_bound=relaxed,
        regularity=total_irregularity(piece, plans),
        regularity_bound=sum(one.goal.irregular for one in alone),
        work=work,
    )


def _clashing(alone: Sequence[Alone], conflicts: tuple[Conflict, ...]) -> Outcome:
    """Return an outcome without visits, which bounds no more than the needs alone do."""
    missed = dict.fromkeys(sorted({one.task.priority for one in alone}), 0)
    bound = dict(missed)
    for one in alone:
        missed[one.task.priority] += one.task.required
        bound[one.task.priority] += one.goal.missed
    return Outcome("conflict", {}, missed, bound, bound, conflicts=conflicts)
