"""The days of a plan as one table: who is where when, and what that takes in minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pairsolve.plan import DayMinutes
from pairsolve.problem import Ints, Problem
from pairsolve.scheduling import DatedVisit

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Days:
    """Every volunteer at every visit and event, in the order of each one's days.

    Parameters
    ----------
    volunteer, day, start, job, index
        By stop; the index of an event is 0.
    way
        Minutes from the place before: home, or the last place of the day; a phone call moves nobody.
    first
        Whether the stop is the first of a volunteer's day.
    """

    volunteer: Ints
    day: Ints
    start: Ints
    job: Ints
    index: Ints
    way: Ints
    first: Bools

    @classmethod
    def of(cls, problem: Problem, visits: Sequence[DatedVisit], crews: Mapping[int, Sequence[int]]) -> Days:
        """Put visits and events of all crews in order."""
        rows = [
            (volunteer, visit.day, visit.start, visit.need, visit.index)
            for visit in visits
            for volunteer in crews[visit.need]
        ]
        for job in range(problem.num_needs, len(problem.jobs)):
            event = problem.instance.events[job - problem.num_needs]
            day = problem.calendar.event_day(event)
            rows += [(volunteer, day, event.start, job, 0) for volunteer in crews.get(job, ())]
        table = np.array(rows, np.int64).reshape(-1, 5)
        volunteer, day, start, job, index = table[np.lexsort(table.T[::-1])].T
        first = _edges(volunteer, day)
        moves = ~problem.job_remote[job]
        way = np.zeros(len(volunteer), np.int64)
        before, _ = _places(problem, volunteer[moves], day[moves], job[moves])
        modes = problem.volunteer_mode[volunteer[moves]]
        way[moves] = problem.times.minutes_of(modes, before, problem.job_place[job[moves]])
        return cls(volunteer, day, start, job, index, way, first)

    def minutes(self, problem: Problem) -> DayMinutes:
        """Add up what all days take."""
        moves = ~problem.job_remote[self.job]
        volunteer, job = self.volunteer[moves], self.job[moves]
        first, last = _places(problem, volunteer, self.day[moves], job)[1]
        modes = problem.volunteer_mode[volunteer[last]]
        home = problem.times.minutes_of(modes, problem.job_place[job[last]], volunteer[last])
        inside = np.zeros(len(self.job), np.int64)
        inside[moves] = np.where(first, 0, self.way[moves])
        length = problem.job_minutes[self.job]
        begins = np.flatnonzero(self.first)
        if not len(begins):
            return DayMinutes(road=0, idle=0, overtime=0)
        end = self.start + length
        span = np.maximum.reduceat(end, begins) - self.start[begins]
        idle = np.maximum(0, span - np.add.reduceat(length + inside, begins))
        late = np.maximum.reduceat(np.where(self.job < problem.num_needs, end, 0), begins)
        overtime = 0
        for place, one in zip(begins.tolist(), late.tolist(), strict=True):
            person = problem.instance.volunteers[self.volunteer[place]]
            if person.overtime_minutes:
                overtime += max(0, one - problem.calendar.last_minute(person, int(self.day[place])))
        return DayMinutes(road=int(self.way.sum() + home.sum()), idle=int(idle.sum()), overtime=overtime)


def _edges(volunteer: Ints, day: Ints) -> Bools:
    """Say which stops are the first of a volunteer's day."""
    changes = (volunteer[1:] != volunteer[:-1]) | (day[1:] != day[:-1])
    return np.append(True, changes)[: len(volunteer)]


def _places(problem: Problem, volunteer: Ints, day: Ints, job: Ints) -> tuple[Ints, tuple[Bools, Bools]]:
    """Return the place before each stop that is reached on foot or wheels, and which are first and last of a day."""
    first = _edges(volunteer, day)
    last = np.append(first[1:], True)[: len(first)]
    place = problem.job_place[job]
    return np.where(first, volunteer, np.append(0, place)[: len(place)]), (first, last)
