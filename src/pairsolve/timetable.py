"""Which volunteers have time for which jobs: the admissibility rule `common_time`, by kinds of windows.

Volunteers with the same windows are one kind, needs with the same windows, length and frequency another;
each pair of kinds is decided once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pairsolve.calendar import DayMasks, VisitSlot
from pairsolve.problem import Bools, Ints, Problem
from pairsolve.rules import MINUTES_PER_DAY

Words = npt.NDArray[np.uint64]


class TimeTable:
    """Decides `common_time` for many (job, volunteer) pairs at once.

    Parameters
    ----------
    problem
        The instance as arrays.

    Attributes
    ----------
    kind_of_volunteer, kind_of_job
        Those with the same number have the same windows (jobs: and the same length and frequency).
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._num_words = -(-(MINUTES_PER_DAY // problem.calendar.slot + 1) // 64)
        kinds: dict[object, int] = {}
        volunteers = problem.instance.volunteers
        self.kind_of_volunteer = np.array(
            [
                kinds.setdefault((v.windows, v.exceptions, v.day_break, v.overtime_minutes), len(kinds))
                for v in volunteers
            ],
            np.int64,
        )
        self._volunteer_of_kind = np.zeros(len(kinds), np.int64)
        self._volunteer_of_kind[self.kind_of_volunteer[::-1]] = np.arange(len(volunteers))[::-1]
        job_kinds: dict[object, int] = {}
        self.kind_of_job = np.array([job_kinds.setdefault(key, len(job_kinds)) for key in self._job_keys()], np.int64)
        self._job_of_kind = np.zeros(len(job_kinds), np.int64)
        self._job_of_kind[self.kind_of_job[::-1]] = np.arange(len(problem.jobs))[::-1]
        self._rows = np.zeros((len(job_kinds), len(kinds)), np.bool_)
        self._known = np.zeros(len(job_kinds), np.bool_)
        self._words: dict[int, Words] = {}
        self._crews: dict[tuple[int, tuple[int, ...]], bool] = {}
        self._enough: dict[object, dict[bytes, bool]] = {}  # by rhythm: whether days on which both have time will do

    def common_time(self, jobs: Ints, volunteers: Ints) -> Bools:
        """Say pair by pair whether enough visits find days on which everybody has time."""
        kinds = self.kind_of_job[jobs]
        asked = np.zeros(len(self._job_of_kind), np.bool_)
        asked[kinds] = True
        for kind in np.flatnonzero(asked & ~self._known):
            job = int(self._job_of_kind[kind])
            self._rows[kind] = self._event_row(job) if job >= self._problem.num_needs else self._need_row(job)
            self._known[kind] = True
        answer: Bools = self._rows[kinds, self.kind_of_volunteer[volunteers]]
        return answer

    def by_kinds(self) -> Bools:
        """Return `common_time` of every kind of job with every kind of volunteer."""
        self.common_time(self._job_of_kind, np.zeros(len(self._job_of_kind), np.int64))
        return self._rows

    def crew_has_time(self, job: int, crew: Sequence[int]) -> bool:
        """Say whether enough visits of a need find days on which all of some volunteers have time together.

        Crews of an event always do, because every member is free for the whole event.
        """
        if job >= self._problem.num_needs:
            return True
        kinds = tuple(sorted({int(self.kind_of_volunteer[volunteer]) for volunteer in crew}))
        key = (int(self.kind_of_job[job]), kinds)
        if key not in self._crews:
            facts, visits = self._problem.jobs[job], self._problem.instance.needs[job].visits
            words = self._volunteer_words(facts.minutes)[list(kinds)]
            together = np.bitwise_and.reduce(words, axis=0) & self._to_words([self._problem.job_masks(job)])[0]
            days = tuple(np.flatnonzero(together.any(axis=1)).tolist())
            slots = self._problem.calendar.visit_slots(visits.count, visits.per)
            self._crews[key] = most_visits(days, slots, visits.min_gap_days, visits.max_gap_days) >= facts.fewest
        return self._crews[key]

    def _job_keys(self) -> Iterator[object]:
        """Yield what the time of each job depends on."""
        problem = self._problem
        households = problem.instance.households
        for need, facts in zip(problem.instance.needs, problem.jobs, strict=False):
            household = households[facts.household]
            place = facts.place if facts.channel == "site" else -1
            yield household.windows, household.exceptions, need.windows, need.visits, facts.minutes, place
        yield from (("event", job) for job in range(problem.num_needs, len(problem.jobs)))

    def _event_row(self, job: int) -> Bools:
        problem = self._problem
        event = problem.instance.events[job - problem.num_needs]
        day = problem.calendar.event_day(event)
        volunteers = [problem.instance.volunteers[number] for number in self._volunteer_of_kind]
        return np.array(
            [problem.calendar.open_at(v.windows, v.exceptions, day, event.start, event.end) for v in volunteers],
            np.bool_,
        )

    def _need_row(self, job: int) -> Bools:
        facts, visits = self._problem.jobs[job], self._problem.instance.needs[job].visits
        ours = self._to_words([self._problem.job_masks(job)])[0]
        days = ((self._volunteer_words(facts.minutes) & ours) != 0).any(axis=2)
        slots = self._problem.calendar.visit_slots(visits.count, visits.per)
        packed = np.packbits(days, axis=1)
        patterns, first, inverse = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        known = self._enough.setdefault((slots, visits.min_gap_days, visits.max_gap_days, facts.fewest), {})
        enough = np.zeros(len(first), np.bool_)
        for place, number in enumerate(first.tolist()):
            pattern = patterns[place].tobytes()
            if pattern not in known:
                on = tuple(np.flatnonzero(days[number]).tolist())
                known[pattern] = most_visits(on, slots, visits.min_gap_days, visits.max_gap_days) >= facts.fewest
            enough[place] = known[pattern]
        return enough[inverse.reshape(-1)]

    def _volunteer_words(self, minutes: int) -> Words:
        if minutes not in self._words:
            volunteers = [self._problem.instance.volunteers[number] for number in self._volunteer_of_kind]
            self._words[minutes] = self._to_words(
                [self._problem.calendar.working_masks(v, minutes) for v in volunteers]
            )
        return self._words[minutes]

    def _to_words(self, masks: list[DayMasks]) -> Words:
        size = 8 * self._num_words
        data = b"".join(mask.to_bytes(size, "little") for days in masks for mask in days)
        return np.frombuffer(data, np.uint64).reshape(len(masks), self._problem.calendar.num_days, self._num_words)


@lru_cache(maxsize=1 << 16)
def most_visits(days: tuple[int, ...], slots: tuple[VisitSlot, ...], min_gap: int, max_gap: int | None) -> int:
    """Return how many of the required visits can be given one of the days, keeping periods and gaps.

    Parameters
    ----------
    days
        Possible days, ascending.
    slots
        The required visits with their periods.
    min_gap, max_gap
        Days from one visit to the next; the smallest grows with the number of visits skipped between.

    Examples
    --------
    >>> most_visits((0, 1, 8), (VisitSlot(1, 0, 7), VisitSlot(2, 7, 14)), 7, None)
    2
    >>> most_visits((1, 7), (VisitSlot(1, 0, 7), VisitSlot(2, 7, 14)), 7, None)
    1
    """
    best: list[tuple[VisitSlot, int, int]] = []  # visit, day, most visits up to and with it on that day
    longest = 0
    for slot in slots:
        fresh = []
        for day in days:
            if slot.first <= day < slot.last:
                count = 1
                for before, earlier, so_far in best:
                    skipped = slot.index - before.index
                    kept = day - earlier >= skipped * min_gap
                    if kept and (max_gap is None or skipped > 1 or day - earlier <= max_gap):
                        count = max(count, so_far + 1)
                fresh.append((slot, day, count))
                longest = max(longest, count)
        best += fresh
        if max_gap is None:
            best = _undominated(best, min_gap)
    return longest


def _undominated(ends: list[tuple[VisitSlot, int, int]], min_gap: int) -> list[tuple[VisitSlot, int, int]]:
    """Keep the ends that no other end matches in visits while leaving at least as much room after it."""
    kept: list[tuple[VisitSlot, int, int]] = []
    for end in sorted(ends, key=lambda end: (end[1] - end[0].index * min_gap, -end[2])):
        if not kept or end[2] > kept[-1][2]:
            kept.append(end)
    return kept
