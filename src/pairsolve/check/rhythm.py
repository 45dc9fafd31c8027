"""How many required visits of a need can be given days: the rule `common_time`, for many pairs at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pairsolve.calendar import DayMasks, VisitSlot
from pairsolve.check.facts import Facts, Ints, Job
from pairsolve.instance import Volunteer

Bools = npt.NDArray[np.bool_]
Shorts = npt.NDArray[np.int16]

ROWS = 8192  # combinations looked at together: a few megabytes of days


def most_visits(room: Bools, slots: tuple[VisitSlot, ...], min_gap: int, max_gap: int | None) -> Shorts:
    """Return the most required visits that can be given days with room, keeping their periods and gaps.

    Parameters
    ----------
    room
        Shape (combinations, days): whether a visit has a start time on the day.
    slots
        The required visits with the days they may fall on.
    min_gap, max_gap
        Fewest days from visit i to visit j, times j − i; most days between two visits with adjacent indices.

    Notes
    -----
    Dynamic programming over the visits: `ending[d]` is the most visits up to this one when it falls on day d,
    `earlier[d]` the most visits with lower indices that leave day d free for this one, gaps kept.
    A visit without a day breaks the chain, so `max_gap` binds adjacent indices only.
    """
    earlier = np.zeros(room.shape, np.int16)
    ending = np.zeros(room.shape, np.int16)
    best = np.zeros(len(room), np.int16)
    for slot in slots:
        skipped = _later(earlier, min_gap)
        last = _later(np.maximum.accumulate(ending, axis=1), min_gap)
        before = np.maximum(skipped, last if max_gap is None else _within(ending, min_gap, max_gap))
        earlier = np.maximum(skipped, last)
        ending = np.where(room, before + 1, 0).astype(np.int16)
        ending[:, : slot.first] = 0
        ending[:, slot.last :] = 0
        best = np.maximum(best, ending.max(axis=1))
    return best


def _later(values: Shorts, days: int) -> Shorts:
    """Shift values to later days, zero where there was no day."""
    shifted = np.zeros_like(values)
    shifted[:, days:] = values[:, : max(0, values.shape[1] - days)]
    return shifted


def _within(ending: Shorts, min_gap: int, max_gap: int) -> Shorts:
    best = _later(ending, min_gap)
    for days in range(min_gap + 1, min(max_gap, ending.shape[1]) + 1):
        best = np.maximum(best, _later(ending, days))
    return best


class CommonTime:
    """The rule `common_time`, answered by classes of volunteers and jobs that share the same hours.

    Parameters
    ----------
    facts
        The instance with its look-ups.

    Attributes
    ----------
    volunteer_class, job_class
        Class of every volunteer and of every job.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._words = -(-1440 // facts.calendar.slot // 64)
        self._mask_number: dict[int, int] = {}
        self._table = np.zeros((0, self._words), np.uint64)
        self._volunteer_days: dict[tuple[int, int], Ints] = {}
        classes: dict[object, int] = {}
        self._hours: list[Volunteer] = []  # one of each class
        chosen = []
        for volunteer in facts.instance.volunteers:
            hours = (volunteer.windows, volunteer.exceptions, volunteer.overtime_minutes, volunteer.day_break)
            if hours not in classes:
                classes[hours] = len(classes)
                self._hours.append(volunteer)
            chosen.append(classes[hours])
        self.volunteer_class = np.array(chosen, np.int64)
        self._read_jobs()

    def _read_jobs(self) -> None:
        classes: dict[object, int] = {}
        self._examples: list[Job] = []
        days: list[Ints] = []
        chosen = []
        known: dict[object, DayMasks] = {}
        for job in self.facts.jobs:
            masks = self._job_masks(job, known)
            key = (masks, job.minutes, _rhythm(job))
            if key not in classes:
                classes[key] = len(classes)
                self._examples.append(job)
                days.append(self._numbered(masks or (0,) * self.facts.calendar.num_days))
            chosen.append(classes[key])
        self.job_class = np.array(chosen, np.int64)
        self._days = np.array(days, np.int64).reshape(len(days), self.facts.calendar.num_days)
        kinds: dict[object, int] = {}
        self._kind = np.array(
            [kinds.setdefault((job.minutes, _rhythm(job)), len(kinds)) for job in self._examples], np.int64
        )

    def _job_masks(self, job: Job, known: dict[object, DayMasks]) -> DayMasks:
        """Return the start times that household, need and site leave, by day; an event has none but its own."""
        if job.need is None or job.household is None:
            return ()
        household, windows = job.household, job.need.windows
        key = (household.windows, household.exceptions, windows, job.site, job.minutes)
        if key not in known:
            calendar = self.facts.calendar
            layers = [
                calendar.start_masks(household.windows, household.exceptions, job.minutes),
                calendar.anytime_masks(windows, job.minutes),
            ]
            if job.site is not None:
                layers.append(calendar.start_masks(self.facts.sites[job.site].windows, (), job.minutes))
            joint = list(layers[0])
            for layer in layers[1:]:
                joint = [mask & other for mask, other in zip(joint, layer, strict=True)]
            known[key] = tuple(joint)
        return known[key]

    def _days_with_start(self, volunteer: int, minutes: int) -> Ints:
        key = (volunteer, minutes)
        if key not in self._volunteer_days:
            masks = self.facts.calendar.working_masks(self._hours[volunteer], minutes)
            self._volunteer_days[key] = self._numbered(masks)
        return self._volunteer_days[key]

    def _numbered(self, masks: DayMasks) -> Ints:
        return np.array([self._mask_number.setdefault(mask, len(self._mask_number)) for mask in masks], np.int64)

    def _mask_table(self) -> npt.NDArray[np.uint64]:
        """Return the masks by number, as 64-bit words."""
        if len(self._table) < len(self._mask_number):
            data = b"".join(mask.to_bytes(self._words * 8, "little") for mask in self._mask_number)
            self._table = np.frombuffer(data, "<u8").reshape(len(self._mask_number), self._words)
        return self._table

    def fits(self, volunteers: Ints, jobs: Ints) -> Bools:
        """Say for each (volunteer class, job class) whether the rule holds."""
        answer = np.zeros(len(jobs), np.bool_)
        kind = self._kind[jobs]
        for number in np.unique(kind):
            chosen = np.nonzero(kind == number)[0]
            example = self._examples[jobs[chosen[0]]]
            if example.event is not None:
                answer[chosen] = self._at_event(volunteers[chosen], example)
                continue
            for first in range(0, len(chosen), ROWS):
                some = chosen[first : first + ROWS]
                answer[some] = self._at_need(volunteers[some], jobs[some], example)
        return answer

    def _at_event(self, volunteers: Ints, job: Job) -> Bools:
        event, day = job.event, job.slots[0].first
        if event is None or not 0 <= day < self.facts.calendar.num_days:
            return np.zeros(len(volunteers), np.bool_)
        people = [self._hours[number] for number in volunteers]
        is_open = self.facts.calendar.open_at
        return np.array([is_open(one.windows, one.exceptions, day, event.start, event.end) for one in people], np.bool_)

    def _at_need(self, volunteers: Ints, jobs: Ints, example: Job) -> Bools:
        if example.need is None:
            return np.zeros(len(jobs), np.bool_)
        unique, position = np.unique(volunteers, return_inverse=True)
        theirs = np.stack([self._days_with_start(int(number), example.minutes) for number in unique])[position]
        ours = self._days[jobs]
        table = self._mask_table()
        room = np.zeros(ours.shape, np.bool_)
        for word in range(self._words):
            room |= (table[theirs, word] & table[ours, word]) != 0
        rhythm = example.need.visits
        most = most_visits(room, example.slots, rhythm.min_gap_days, rhythm.max_gap_days)
        fits: Bools = most >= example.fewest
        return fits


def _rhythm(job: Job) -> object:
    """Return what the visits of a job must keep; every event is a kind of its own."""
    if job.need is None:
        return job.number
    visits = job.need.visits
    return (visits.count, visits.per, visits.min_gap_days, visits.max_gap_days, visits.min_percent)
