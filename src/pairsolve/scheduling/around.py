"""Needs that the fast path left out of a large component: solved with those around them, everything else held still.

What surrounds a need that found no place is small, whatever the size of the component. A bound of the whole comes from
the same needs without anybody else: leaving needs out never makes the others worse, and all outside have the best that
they could have alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pairsolve.scheduling.answers import Conflict
from pairsolve.scheduling.components import Cutter
from pairsolve.scheduling.outcome import Outcome, Partial
from pairsolve.scheduling.patterns import irregularity
from pairsolve.scheduling.regular import board_of, look_alone
from pairsolve.scheduling.solving import solve_hard
from pairsolve.scheduling.tasks import Plan
from pairsolve.scheduling.windows import held_still

FEWEST_NEEDS = 40  # smaller components are solved as a whole
CORE_NEEDS = (8, 40)
CORE_VISITS = 150


@dataclass(frozen=True, slots=True)
class Core:
    """Some needs solved beside the plans of all others, and without anybody else.

    `missed`, `regular` are what each could have alone; the lone outcome is the other one where that was reached.
    """

    needs: Sequence[int]
    beside: Outcome
    lone: Outcome
    missed: Mapping[int, int]
    regular: int

    @property
    def settled(self) -> bool:
        """Whether a wider core could not do better."""
        if self.beside.conflicts:
            return bool(self.lone.conflicts) and all(conflict.proven for conflict in self.lone.conflicts)
        return self.same and self.beside.regularity == self.lone.regularity_bound

    @property
    def same(self) -> bool:
        """Whether the others cost these needs no visit."""
        return self.lone.missed_proven and self.beside.missed == self.lone.missed


Memory = dict[tuple[object, ...], Core]


def solve_around(cutter: Cutter, partial: Partial, seed: int, memory: Memory) -> Outcome:
    """Find places for the needs left out, one after another with those around it, and say what that proves.

    Parameters
    ----------
    cutter
        Makes pieces of the assignment.
    partial
        The component.
    seed
        Random seed of CP-SAT.
    memory
        Cores solved before, in other assignments of the same instance; grows.
    """
    plans, conflicts = dict(partial.plans), list[Conflict]()
    missed, lowest = partial.missed, partial.missed
    irregular = bound = partial.irregular
    proven = True
    moved: set[int] = set()
    for need in partial.left_out:
        if need in moved:
            continue
        core = _settled_core(cutter, need, moved, plans, seed, memory)
        moved.update(core.needs)
        if core.beside.conflicts:
            conflicts += core.lone.conflicts or [Conflict(frozenset([need]), frozenset(), proven=False)]
            continue
        plans.update(core.beside.plans)
        proven = proven and core.same
        for priority, value in core.beside.missed.items():
            missed[priority] += value - core.missed[priority]
        irregular += core.beside.regularity - core.regular
        bound += core.lone.regularity_bound - core.regular
    if conflicts:
        return Outcome("conflict", {}, missed, lowest, lowest, conflicts=tuple(conflicts))
    return Outcome(
        method="around",
        plans=plans,
        missed=missed,
        missed_bound=missed if proven else lowest,
        relaxed_bound=lowest,
        regularity=irregular,
        regularity_bound=bound if proven else 0,
    )


def place_beside(cutter: Cutter, partial: Partial) -> Outcome:
    """Place the needs left out where they fit, moving nobody; used when no work is left."""
    plans, missed, lowest, irregular = dict(partial.plans), partial.missed, partial.missed, partial.irregular
    conflicts = []
    for need in partial.left_out:
        cutter.learn(near := sorted(cutter.with_neighbours([need])))
        piece = cutter.piece(near).settled()
        board = board_of(piece)
        for task in piece.tasks:
            if task.need in plans:
                board.put(task, plans[task.need])
        (one,) = look_alone(piece.only([need], ()))
        plan = board.best_place(one.task, one.starts)
        if plan is None:
            conflicts.append(Conflict(frozenset([need]), frozenset(), proven=False))
            continue
        plans[need] = plan
        missed[one.task.priority] += one.task.required - len(plan) - one.goal.missed
        irregular += irregularity(piece.grid.weekday_of, plan) - one.goal.irregular
    if conflicts:
        return Outcome("conflict", {}, missed, lowest, lowest, conflicts=tuple(conflicts))
    exact = missed == lowest
    return Outcome("greedy", plans, missed, lowest, lowest, irregular, partial.irregular if exact else 0)


def _settled_core(
    cutter: Cutter, need: int, moved: set[int], plans: Mapping[int, Plan], seed: int, memory: Memory
) -> Core:
    """Solve ever more needs around one until more of them would not help, or there are enough."""
    solved: Core | None = None
    for most in CORE_NEEDS:
        needs = _around(cutter, need, moved, most)
        if solved is not None and needs == solved.needs:
            break
        near = sorted(cutter.with_neighbours(needs))
        key = (tuple(needs), cutter.key(near), tuple(plans.get(other) for other in near if other not in needs))
        if key not in memory:
            memory[key] = _solve(cutter, needs, near, plans, seed)
        solved = memory[key]
        if solved.settled:
            break
    assert solved is not None
    return solved


def _solve(cutter: Cutter, needs: Sequence[int], near: Sequence[int], plans: Mapping[int, Plan], seed: int) -> Core:
    """Solve some needs beside the plans of those near them, and without anybody else."""
    cutter.learn(near)
    wider = cutter.piece(near).settled()
    outside = {other: plans[other] for other in near if other in plans and other not in needs}
    beside = solve_hard(held_still(wider, outside, needs), {}, seed)
    missed, regular = _alone(cutter, needs)
    perfect = not beside.conflicts and (beside.missed, beside.regularity) == (missed, regular)
    if perfect:
        lone = replace(beside, missed_bound=missed, regularity_bound=regular)
    else:
        lone = solve_hard(cutter.piece(needs), {}, seed)
    return Core(needs, beside, lone, missed, regular)


def _alone(cutter: Cutter, core: Sequence[int]) -> tuple[dict[int, int], int]:
    """Return the misses by class and the regularity of some needs if each had the best it could have alone."""
    alone = look_alone(cutter.piece(core).settled())
    missed = dict.fromkeys(sorted({one.task.priority for one in alone}), 0)
    for one in alone:
        missed[one.task.priority] += one.goal.missed
    return missed, sum(one.goal.irregular for one in alone)


def _around(cutter: Cutter, need: int, taken: Iterable[int], most: int) -> list[int]:
    """Return a need with those around it, nearest first, as many as the exact model solves quickly."""
    core, known, visits = [need], {need, *taken}, 0
    for member in core:  # grows while it is read
        for other in cutter.neighbours(member):
            visits += cutter.num_visits(other)
            if len(core) >= most or visits > CORE_VISITS:
                return sorted(core)
            if other not in known:
                known.add(other)
                core.append(other)
    return sorted(core)
