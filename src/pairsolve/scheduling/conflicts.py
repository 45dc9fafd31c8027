"""Minimal sets of jobs that cannot be scheduled together, each verified by solving what is left without a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from pairsolve.scheduling.answers import Assignment, Conflict
from pairsolve.scheduling.bounds import overfull
from pairsolve.scheduling.components import events_of_volunteers
from pairsolve.scheduling.exact import feasible_plans
from pairsolve.scheduling.frame import Frame
from pairsolve.scheduling.regular import greedy, look_alone
from pairsolve.scheduling.tasks import Fixed, Piece

CONFLICT_EFFORT = 0.25  # share of the work limits of a component, for each of the many sets looked at
MOST_CONFLICTS = 8  # conflicts looked for in one component


def event_conflicts(frame: Frame, assignment: Assignment) -> list[Conflict]:
    """Return minimal sets of events that one volunteer cannot attend together."""
    found: dict[frozenset[int], Conflict] = {}
    for volunteer, events in sorted(events_of_volunteers(assignment).items()):
        for clash in _clashes(frame, volunteer, events):
            found.setdefault(clash, Conflict(frozenset(), clash))
    return list(found.values())


def find_conflicts(piece: Piece, seed: int, *, undecided: bool = False) -> tuple[Conflict, ...]:
    """Return disjoint conflicts of an infeasible component, its events not settled yet.

    Parameters
    ----------
    piece
        A component that is not known to be feasible.
    seed
        Random seed of CP-SAT.
    undecided
        CP-SAT has already failed to decide whether the component is feasible.
    """
    events = [fixed.event for fixed in piece.fixed]
    conflicts = [_conflict(piece, [need], events, seed) for need in hopeless(piece)]
    out = {need for conflict in conflicts for need in conflict.needs}
    parts = _connected(piece, [task.need for task in piece.tasks if task.need not in out])
    most = len(conflicts) + MOST_CONFLICTS
    while parts and len(conflicts) < most:
        needs = parts.pop(0)
        again = undecided and len(needs) == len(piece.tasks)
        verdict = None if again else _feasible(piece.only(needs, events), seed, 1.0)
        if verdict:
            continue
        conflict = _undecided(piece, needs, events, seed) if verdict is None else _conflict(piece, needs, events, seed)
        conflicts.append(conflict)
        parts += _connected(piece, [need for need in needs if need not in conflict.needs])
    return tuple(conflicts)


def find_local_conflicts(piece: Piece, suspects: Sequence[Sequence[int]], seed: int) -> tuple[Conflict, ...]:
    """Return a conflict inside each of some small sets of needs; unproven where the set alone is not infeasible."""
    conflicts: list[Conflict] = []
    events = [fixed.event for fixed in piece.fixed]
    for needs in suspects:
        if any(conflict.needs.intersection(needs) for conflict in conflicts):
            continue
        if _feasible(piece.only(needs, events), seed) is False:
            conflicts.append(_conflict(piece, needs, events, seed))
        else:
            conflicts.append(Conflict(frozenset(needs), frozenset(), proven=False))
    return tuple(conflicts)


def alone_impossible(piece: Piece, seed: int) -> tuple[Conflict, ...]:
    """Return the conflict of a piece of one need whose crew cannot give it its fewest visits, or none."""
    events, needs = [fixed.event for fixed in piece.fixed], [task.need for task in piece.tasks]
    return (_conflict(piece, needs, events, seed),) if _feasible(piece, seed) is False else ()


def _conflict(piece: Piece, needs: Sequence[int], events: Sequence[int], seed: int) -> Conflict:
    """Shrink an infeasible set of needs to a minimal one, then the events around it."""

    def needs_fail(kept: Sequence[int]) -> bool:
        return _feasible(piece.only(kept, events), seed) is False

    order = _by_nearness(piece, needs, events)
    size = 1
    while size < len(order) and not needs_fail(order[:size]):
        size *= 2
    guilty = _minimal(order[:size], needs_fail)
    around = [fixed.event for fixed in piece.fixed if _touches(piece, fixed, guilty)]

    def events_fail(kept: Sequence[int]) -> bool:
        return _feasible(piece.only(guilty, kept), seed) is False

    return Conflict(frozenset(guilty), frozenset(_minimal(around, events_fail)))


def hopeless(piece: Piece) -> list[int]:
    """Return needs that cannot have their fewest visits even alone."""
    return [one.task.need for one in look_alone(piece.settled()) if not one.possible]


def _by_nearness(piece: Piece, needs: Sequence[int], events: Sequence[int]) -> list[int]:
    """Order needs by their distance, in steps of collision, from one that found no place."""
    settled = piece.only(needs, events).settled()
    alone = look_alone(settled)
    order = (hopeless(settled) or greedy(settled, alone)[1] or list(needs))[:1]
    near, known = _neighbours(settled), set(order)
    for need in order:  # grows while it is read
        fresh = sorted(near[need] - known)
        order += fresh
        known.update(fresh)
    return order + [need for need in needs if need not in known]


def _undecided(piece: Piece, needs: Sequence[int], events: Sequence[int], seed: int) -> Conflict:
    """Return a need that found no place with its neighbours, or all needs if those could be scheduled."""
    settled = piece.only(needs, events).settled()
    worst = (greedy(settled, look_alone(settled))[1] or list(needs))[0]
    near = sorted({worst, *(other for one, other in piece.lags if one == worst)} & set(needs))
    verdict = _feasible(piece.only(near, events), seed)
    if verdict is False:
        return _conflict(piece, near, events, seed)
    return Conflict(frozenset(needs if verdict else near), frozenset(), proven=False)


def _connected(piece: Piece, needs: Sequence[int]) -> list[list[int]]:
    """Cut needs into groups that share nobody and no site."""
    near, left = _neighbours(piece), set(needs)
    groups = []
    for need in needs:
        if need not in left:
            continue
        left.remove(need)
        group = [need]
        for member in group:  # grows while it is read
            fresh = sorted(near[member] & left)
            group += fresh
            left.difference_update(fresh)
        groups.append(sorted(group))
    return groups


def _neighbours(piece: Piece) -> dict[int, set[int]]:
    """Return need → needs it may collide with, at home or at a site."""
    near: dict[int, set[int]] = {task.need: set() for task in piece.tasks}
    for one, other in piece.lags:
        if one in near and other in near:
            near[one].add(other)
    for site in piece.capacity:
        there = {task.need for task in piece.tasks if task.site == site}
        for need in there:
            near[need] |= there - {need}
    return near


def _feasible(piece: Piece, seed: int, effort: float = CONFLICT_EFFORT) -> bool | None:
    settled = piece.settled()
    alone = look_alone(settled)
    if not all(one.possible for one in alone) or overfull(settled):
        return False
    if not greedy(settled, alone)[1]:
        return True
    return {"optimal": True, "infeasible": False}.get(feasible_plans(settled, seed, effort).status)


def _minimal(items: Sequence[int], fails: Callable[[Sequence[int]], bool]) -> list[int]:
    """Leave out items, many at a time first and one at a time in the end, while the rest still fails."""
    kept, step = list(items), max(1, len(items) // 2)
    while True:
        place = 0
        while place < len(kept):
            without = kept[:place] + kept[place + step :]
            if fails(without):
                kept = without
            else:
                place += step
        if step == 1:
            return kept
        step //= 2


def _touches(piece: Piece, fixed: Fixed, needs: Iterable[int]) -> bool:
    wanted = set(needs)
    return any(not fixed.loads.keys().isdisjoint(task.crew) for task in piece.tasks if task.need in wanted)


def _clashes(frame: Frame, volunteer: int, events: Sequence[int]) -> list[frozenset[int]]:
    pairs = [frozenset(two) for two in combinations(events, 2) if frame.events_clash(volunteer, *two)]
    if pairs:
        return pairs
    room = frame.room(volunteer)
    fixed = {event: frame.fixed(event, (volunteer,)) for event in events}

    def fails(kept: Sequence[int]) -> bool:
        uses = ((fixed[event].day, fixed[event].loads[volunteer]) for event in kept)
        return not room.less(frame.grid, uses).all_paid

    return [frozenset(_minimal(events, fails))] if fails(events) else []
