"""What scheduling is asked and what it answers: numbers are positions in the instance's tuples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who serves what.

    Parameters
    ----------
    crews
        Need number → sorted volunteer numbers; covered needs only.
    event_crews
        Event number → sorted volunteer numbers; covered events only.
    """

    crews: Mapping[int, tuple[int, ...]]
    event_crews: Mapping[int, tuple[int, ...]]


class DatedVisit(NamedTuple):
    """A visit with its date.

    Parameters
    ----------
    need
        Need number.
    index
        Which of the required visits, from 1.
    day
        Day of the horizon, from 0.
    start
        Minutes after midnight.
    """

    need: int
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs here
    day: int
    start: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Jobs whose present crews cannot be scheduled together.

    Parameters
    ----------
    needs, events
        Numbers of the jobs. With `proven`, no schedule gives each of these needs its fewest visits, and as a rule
        one exists as soon as any one job is left out.
    proven
        False where the search ended at a limit: no schedule was found, but none was ruled out either.
    """

    needs: frozenset[int]
    events: frozenset[int]
    proven: bool = True


@dataclass(frozen=True, slots=True)
class Schedule:
    """Dated visits for the needs of an assignment.

    Parameters
    ----------
    visits
        Sorted by need and index; none for needs of a component that has a conflict.
    missed_bound
        Priority class → proven lower bound of missed visits among plans that equal this one in the earlier classes.
    regularity_bound
        Proven lower bound of the regularity of plans with these numbers of missed visits; None unless every class
        of missed visits is proven best in every component.
    conflicts
        Minimal sets of jobs that cannot be scheduled together, disjoint within a component.
    components, proven
        Number of components, and how many of them are solved to proven optimality.
    work
        Counters: components by method, search nodes, solver calls.
    """

    visits: tuple[DatedVisit, ...]
    missed_bound: dict[int, int]
    regularity_bound: int | None
    conflicts: tuple[Conflict, ...]
    components: int
    proven: int
    work: dict[str, int]
