"""What is known about one component after it was solved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pairsolve.scheduling.answers import Conflict
from pairsolve.scheduling.patterns import irregularity
from pairsolve.scheduling.tasks import Piece, Plan


@dataclass(frozen=True, slots=True)
class Outcome:
    """Plans and bounds of one component.

    Parameters
    ----------
    method
        How it was solved: ``"perfect"``, ``"greedy"``, ``"exact"``, ``"windows"``, ``"conflict"``.
    plans
        Need → plan; empty where there are conflicts.
    missed
        Priority class → visits missed.
    missed_bound
        Priority class → lower bound among plans with the least misses in all earlier classes.
    relaxed_bound
        Priority class → lower bound whatever the other classes do.
    regularity, regularity_bound
        Value, and lower bound among plans with the least misses.
    conflicts
        Jobs that cannot be scheduled together.
    work
        Counters.
    """

    method: str
    plans: Mapping[int, Plan]
    missed: Mapping[int, int]
    missed_bound: Mapping[int, int]
    relaxed_bound: Mapping[int, int]
    regularity: int = 0
    regularity_bound: int = 0
    conflicts: tuple[Conflict, ...] = ()
    work: Mapping[str, int] = field(default_factory=dict)

    @property
    def missed_proven(self) -> bool:
        """Whether no plan misses less."""
        return not self.conflicts and self.missed == self.missed_bound

    @property
    def proven(self) -> bool:
        """Whether no plan is better."""
        return self.missed_proven and self.regularity == self.regularity_bound


Alone = Mapping[int, tuple[int, int, int]]  # need → priority class, visits missed, regularity


@dataclass(frozen=True, slots=True)
class Partial:
    """A component of which the fast path placed a part.

    Parameters
    ----------
    needs
        Its needs.
    plans
        Need → plan, as good as the need could have alone.
    alone
        What each need would miss, and how irregular it would be, if it had the best it could have alone.
    """

    needs: Sequence[int]
    plans: Mapping[int, Plan]
    alone: Alone

    @property
    def missed(self) -> dict[int, int]:
        """Visits missed by priority class if all needs had the best they could have alone."""
        return total_missed(self.alone.values())

    @property
    def irregular(self) -> int:
        """Regularity if all needs had the best they could have alone."""
        return sum(irregular for _, _, irregular in self.alone.values())

    @property
    def left_out(self) -> list[int]:
        """Needs without a plan."""
        return [need for need in self.needs if need not in self.plans]

    def only(self, needs: Sequence[int]) -> Partial:
        """Return a part of the component, for when other needs have been dropped from it."""
        return Partial(
            needs,
            {need: self.plans[need] for need in needs if need in self.plans},
            {need: self.alone[need] for need in needs},
        )

    def perfect(self, work: Mapping[str, int]) -> Outcome:
        """Return the outcome of a component all of whose needs are placed."""
        missed, irregular = self.missed, self.irregular
        return Outcome(
            method="perfect",
            plans=self.plans,
            missed=missed,
            missed_bound=missed,
            relaxed_bound=missed,
            regularity=irregular,
            regularity_bound=irregular,
            work=work,
        )


def total_missed(alone: Iterable[tuple[int, int, int]]) -> dict[int, int]:
    """Return the visits missed by priority class, classes ascending."""
    found: dict[int, int] = {}
    for priority, missed, _ in alone:
        found[priority] = found.get(priority, 0) + missed
    return dict(sorted(found.items()))


def missed_by_class(piece: Piece, plans: Mapping[int, Plan]) -> dict[int, int]:
    """Count the missed visits of each priority class of the piece, ascending."""
    missed = dict.fromkeys(classes(piece), 0)
    for task in piece.tasks:
        missed[task.priority] += task.required - len(plans.get(task.need, ()))
    return missed


def total_irregularity(piece: Piece, plans: Mapping[int, Plan]) -> int:
    """Sum the regularity of all needs."""
    return sum(irregularity(piece.grid.weekday_of, plan) for plan in plans.values())


def classes(piece: Piece) -> list[int]:
    """Return the priority classes of the piece's needs, ascending."""
    return sorted({task.priority for task in piece.tasks})
