"""Cut an assignment into components that share no volunteer, no household and no narrow site."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, permutations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pairsolve.scheduling.answers import Assignment
from pairsolve.scheduling.frame import Frame, Ints
from pairsolve.scheduling.tasks import Break, Fixed, Piece, Task


def components(frame: Frame, assignment: Assignment) -> list[tuple[int, ...]]:
    """Return the components as sorted need numbers, in the order of their first need.

    Needs are linked by a volunteer or a household they share, and by a site with fewer places than needs.
    Events do not link needs, because they do not move.
    """
    narrow = narrow_sites(frame, assignment)
    needs = sorted(assignment.crews)
    of_need, links = _links(frame, needs, assignment, narrow)
    size = len(needs) + int(links.max(initial=-1)) + 1
    graph = coo_array((np.ones(len(links), np.bool_), (of_need, len(needs) + links)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1][: len(needs)].tolist()
    groups: dict[int, list[int]] = {}
    for need, label in zip(needs, labels, strict=True):
        groups.setdefault(label, []).append(need)
    return [tuple(group) for group in groups.values()]


def narrow_sites(frame: Frame, assignment: Assignment) -> dict[int, int]:
    """Return the capacity of the sites that the needs could fill beyond it."""
    served: dict[int, int] = {}
    for need in assignment.crews:
        site = frame.facts(need)[1]
        if site >= 0:
            served[site] = served.get(site, 0) + 1
    capacities = {site: frame.instance.sites[site].capacity for site in sorted(served)}
    return {site: most for site, most in capacities.items() if most is not None and served[site] > most}


def events_of_volunteers(assignment: Assignment) -> dict[int, list[int]]:
    """Return volunteer → the events they attend, ascending."""
    events_of: dict[int, list[int]] = {}
    for event, crew in sorted(assignment.event_crews.items()):
        for volunteer in crew:
            events_of.setdefault(volunteer, []).append(event)
    return events_of


class Cutter:
    """Makes pieces of an assignment.

    Parameters
    ----------
    frame
        Facts of the instance.
    assignment
        Who serves what.

    Attributes
    ----------
    narrow
        Capacity of the sites that the needs could fill beyond it.
    """

    def __init__(self, frame: Frame, assignment: Assignment) -> None:
        self._frame = frame
        self._assignment = assignment
        self._events_of = events_of_volunteers(assignment)
        self.narrow = narrow_sites(frame, assignment)

    def key(self, needs: Sequence[int]) -> tuple[object, ...]:
        """Return what tells the piece of these needs from every other: needs and events with their crews."""
        crews, event_crews = self._assignment.crews, self._assignment.event_crews
        return (
            tuple((need, crews[need]) for need in needs),
            tuple((event, event_crews[event]) for event in self._events(needs)),
        )

    def piece(self, needs: Sequence[int]) -> Piece:
        """Return the piece of these needs."""
        frame, crews = self._frame, self._assignment.crews
        tasks = tuple(frame.task(need, crews[need]) for need in needs)
        volunteers = sorted({volunteer for task in tasks for volunteer in task.crew})
        mine = frozenset(volunteers)
        fixed = tuple(
            frame.fixed(event, (v for v in self._assignment.event_crews[event] if v in mine))
            for event in self._events(needs)
        )
        return Piece(
            grid=frame.grid,
            tasks=tasks,
            lags={(a.need, b.need): lag for a, b in _neighbours(tasks) if (lag := frame.lag(a, b)) is not None},
            fixed=fixed,
            stencils=self._stencils(tasks, fixed),
            rooms={volunteer: frame.room(volunteer) for volunteer in volunteers},
            capacity={task.site: self.narrow[task.site] for task in tasks if task.site in self.narrow},
            breaks={volunteer: self._break(volunteer, tasks) for volunteer in volunteers if frame.rest[volunteer]},
        )

    def _break(self, volunteer: int, tasks: Sequence[Task]) -> Break:
        mine = [task for task in tasks if volunteer in task.crew]
        lags = {
            (a.need, b.need): lag
            for a, b in permutations(mine, 2)
            if (lag := self._frame.lag_over_break(a, b, volunteer)) is not None
        }
        return Break({task.need: self._frame.sides_of_break(task.need, volunteer) for task in mine}, lags)

    def neighbours(self, need: int) -> list[int]:
        """Return the needs that share a volunteer or the household with a need."""
        needs, edges, links, begins, sharing = self._shared
        place = bisect_left(needs, need)
        mine = links[edges[place] : edges[place + 1]]
        return sorted({needs[other] for link in mine for other in sharing[begins[link] : begins[link + 1]]} - {need})

    @cached_property
    def _shared(self) -> tuple[list[int], ...]:
        """Return all needs, where begins what each shares, that, where the needs begin that share it, their places."""
        needs = sorted(self._assignment.crews)
        of_need, links = _links(self._frame, needs, self._assignment, {})
        by_need, by_link = np.argsort(of_need, kind="stable"), np.argsort(links, kind="stable")
        edges, begins = (np.concatenate([[0], np.cumsum(np.bincount(which))]) for which in (of_need, links))
        return needs, edges.tolist(), links[by_need].tolist(), begins.tolist(), of_need[by_link].tolist()

    def with_neighbours(self, needs: Iterable[int]) -> set[int]:
        """Return needs with all that share a volunteer or the household with one of them."""
        needs = set(needs)
        return needs.union(*map(self.neighbours, needs))

    def num_visits(self, need: int) -> int:
        """Return the required visits of a need."""
        return len(self._frame.rhythm(need).windows)

    def _events(self, needs: Sequence[int]) -> list[int]:
        if not self._events_of:
            return []
        crews = self._assignment.crews
        volunteers = {volunteer for need in needs for volunteer in crews[need]}
        return sorted({event for volunteer in volunteers for event in self._events_of.get(volunteer, ())})

    def _stencils(self, tasks: Sequence[Task], fixed: Sequence[Fixed]) -> dict[tuple[int, int], int]:
        return {
            (task.need, event.event): self._frame.stencil(task, event)
            for event in fixed
            for task in tasks
            if not event.loads.keys().isdisjoint(task.crew)
        }

    def learn(self, needs: Iterable[int]) -> None:
        """Look up at once the minutes of all trips that the pieces of these needs will ask for."""
        frame = self._frame
        places: dict[int, set[int]] = {}
        for need in needs:
            for volunteer in self._assignment.crews[need]:
                there = places.setdefault(volunteer, set())
                if not frame.facts(need)[3]:
                    there.add(frame.place(need))
        for volunteer in places.keys() & self._events_of.keys():
            places[volunteer].update(frame.times.first_event + event for event in self._events_of[volunteer])
        frame.learn(
            (volunteer, origin, target)
            for volunteer, there in places.items()
            for origin in (volunteer, *there)
            for target in there
        )


def _links(frame: Frame, needs: Sequence[int], assignment: Assignment, narrow: Mapping[int, int]) -> tuple[Ints, Ints]:
    """Return what each need shares with others, as places among the needs and numbers of what is shared.

    Households come first, then volunteers, then narrow sites.
    """
    facts = [frame.facts(need) for need in needs]
    crews = [assignment.crews[need] for need in needs]
    sizes = np.fromiter(map(len, crews), np.int64, len(crews))
    sites = [place for place, fact in enumerate(facts) if fact[1] in narrow] if narrow else []
    first_volunteer = len(frame.instance.households)
    first_site = first_volunteer + len(frame.instance.volunteers)
    places = np.arange(len(needs))
    of_need = np.concatenate([places, np.repeat(places, sizes), np.array(sites, np.int64)])
    households = np.fromiter((fact[0] for fact in facts), np.int64, len(facts))
    volunteers = np.fromiter(chain.from_iterable(crews), np.int64, int(sizes.sum()))
    taken = np.array([facts[place][1] for place in sites], np.int64)
    return of_need, np.concatenate([households, first_volunteer + volunteers, first_site + taken])


def _neighbours(tasks: Sequence[Task]) -> Iterator[tuple[Task, Task]]:
    """Yield every ordered pair of tasks that share a volunteer or the household."""
    groups: dict[tuple[str, int], list[int]] = {}
    for number, task in enumerate(tasks):
        groups.setdefault(("household", task.household), []).append(number)
        for volunteer in task.crew:
            groups.setdefault(("volunteer", volunteer), []).append(number)
    seen = {(a, b) for group in groups.values() for a in group for b in group if a != b}
    for a, b in sorted(seen):
        yield tasks[a], tasks[b]
