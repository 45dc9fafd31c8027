"""A board of the whole instance, on which uncovered needs can be placed after the fact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pairsolve.calendar import Calendar
from pairsolve.instance import Instance
from pairsolve.scheduling.answers import Assignment, DatedVisit, Schedule
from pairsolve.scheduling.board import Board as SlotBoard
from pairsolve.scheduling.components import events_of_volunteers
from pairsolve.scheduling.frame import Frame
from pairsolve.scheduling.tasks import Fixed, Masks, Room, Task, masks_of
from pairsolve.travel import Times


class Board:
    """Dated visits of all needs; tells where another need fits without moving anything.

    Parameters
    ----------
    instance, calendar, times
        What is asked, when and where.
    assignment
        Who serves what; its events occupy their crews.
    schedule
        Visits to start from.
    breaks
        Whether what the board offers leaves time for a break between any two visits; else the caller sees to that.
    """

    def __init__(
        self,
        instance: Instance,
        calendar: Calendar,
        times: Times,
        assignment: Assignment,
        schedule: Schedule,
        *,
        breaks: bool = True,
    ) -> None:
        self.frame = Frame(instance, calendar, times)
        self._events = events_of_volunteers(assignment)
        self._fixed = {event: self.frame.fixed(event, crew) for event, crew in sorted(assignment.event_crews.items())}
        self._rooms: dict[int, Room] = {}
        capacity = {number: site.capacity for number, site in enumerate(instance.sites) if site.capacity is not None}
        self._capacity = capacity
        lag = self.frame.rested_lag if breaks else self.frame.lag
        self._board = SlotBoard(self.frame.grid, lag, self._room, capacity)
        self._crews = assignment.crews
        # visits are put on the board when somebody asks about one of their people, households or sites
        self._waiting: dict[int, list[DatedVisit]] = {}
        for visit in schedule.visits:
            self._waiting.setdefault(visit.need, []).append(visit)
        self._needs_of: dict[tuple[str, int], list[int]] = {}
        for need in self._waiting:
            for key in self._keys(need, assignment.crews[need]):
                self._needs_of.setdefault(key, []).append(need)

    def place(self, need: int, crew: Sequence[int]) -> list[DatedVisit] | None:
        """Return visits with which the crew can serve the need as things stand, or None; nothing is changed."""
        plan = self._board.best_place(self.task_of(need, crew))
        if plan is None:
            return None
        slot = self.frame.slot
        return [DatedVisit(need, visit + 1, day, start * slot) for visit, day, start in plan]

    def add(self, visits: Iterable[DatedVisit], crew: Sequence[int]) -> None:
        """Put the visits of one need on the board."""
        dated = sorted(visits)
        slot = self.frame.slot
        plan = tuple((visit.index - 1, visit.day, visit.start // slot) for visit in dated)
        self._board.put(self.frame.task(dated[0].need, tuple(crew)), plan)

    def remove(self, need: int) -> None:
        """Take all visits of a need off the board."""
        if self._waiting.pop(need, None) is None:
            self._board.take(need)

    def task(self, need: int) -> Task:
        """Return a need that is on the board, with its crew; its masks leave the events of the crew free."""
        self._put(need)
        return self.task_of(need, self._board.tasks[need].crew)

    def is_single(self, need: int) -> bool:
        """Say whether a need has one visit only, at home or by phone or where there is always room."""
        self._put(need)
        task = self._board.tasks[need]
        return task.required == 1 and task.site < 0

    def masks(self, task: Task) -> Masks:
        """Return for each day the slots at which a single visit may start as things stand."""
        starts = self._board.free(task)
        inside = task.rhythm.windows[0]
        return masks_of({slot: days & inside for slot, days in starts.items()}, self.frame.grid.num_days)

    def room_by_day(self, volunteer: int) -> dict[int, int]:
        """Return the most visits of a volunteer on each day, events already taken off."""
        room = self._room(volunteer)
        return {day: room.days.get(day, room.per_day) for day in range(self.frame.grid.num_days)}

    def fits_all(self, visits: Sequence[tuple[int, DatedVisit]]) -> bool:
        """Say whether needs with one visit each, off the board, find room; the board stays as it is."""
        put: list[int] = []
        fits = True
        for volunteer, visit in visits:
            task, start = self.task_of(visit.need, (volunteer,)), visit.start // self.frame.slot
            plan = ((visit.index - 1, visit.day, start),)
            fits = self.masks(task)[visit.day] >> start & 1 == 1 and self._board.fits(task, plan)
            if not fits:
                break
            self._board.put(task, plan)
            put.append(visit.need)
        for need in put:
            self._board.take(need)
        return fits

    def task_of(self, need: int, crew: Sequence[int]) -> Task:
        """Return the need as a task whose masks leave the events of its crew free.

        All visits that it could collide with are on the board from then on.
        """
        self._put_near(need, crew)
        task = self.frame.task(need, tuple(crew))
        masks: list[int] | None = None
        for fixed in self._events_of(task.crew):
            masks = masks or list(task.masks)
            masks[fixed.day] &= self.frame.stencil(task, fixed)
        return task if masks is None else task.with_masks(tuple(masks))

    def _keys(self, need: int, crew: Iterable[int]) -> list[tuple[str, int]]:
        household, site, _, _ = self.frame.facts(need)
        sites = [("site", site)] if site in self._capacity else []
        return [("household", household), *sites, *(("volunteer", volunteer) for volunteer in crew)]

    def _put(self, need: int) -> None:
        """Put the visits of a need on the board if they are waiting for it."""
        dated = self._waiting.pop(need, None)
        if dated is not None:
            self.add(dated, self._crews[need])

    def _put_near(self, need: int, crew: Iterable[int]) -> None:
        """Put all visits on the board that share a volunteer, the household or a site with a need."""
        found = [other for key in self._keys(need, crew) for other in self._needs_of.pop(key, ())]
        others = [other for other in found if other in self._waiting]
        trips = ((who, who, self.frame.place(other)) for other in others for who in self._crews[other])
        self.frame.learn(trips)
        for other in others:
            self._put(other)

    def _events_of(self, crew: Iterable[int]) -> list[Fixed]:
        numbers = {event for volunteer in crew for event in self._events.get(volunteer, ())}
        return [self._fixed[number] for number in sorted(numbers)]

    def _room(self, volunteer: int) -> Room:
        known = self._rooms.get(volunteer)
        if known is None:
            events = self._events_of([volunteer])
            room = self.frame.room(volunteer)
            known = room.less(self.frame.grid, ((fixed.day, fixed.loads[volunteer]) for fixed in events))
            self._rooms[volunteer] = known
        return known
