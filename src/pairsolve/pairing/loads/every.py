"""Every admissible seat of some needs, where a plan was looked for among likely ones only."""

from __future__ import annotations

import numpy as np

from pairsolve.candidates import Candidates, has_time, packed, unpacked, within_reach
from pairsolve.options import Watch
from pairsolve.pairing.loads.field import Arcs, Field
from pairsolve.problem import Bools, Ints, Problem
from pairsolve.timetable import TimeTable

LISTED, LISTED_LATER = 100_000_000, 40_000_000
"""Seats times volunteers up to which all that are admissible are listed, for the first tier and for later ones, whose
prices need more turns to hold: about a sixth of them are, 100 bytes each while they are sorted, ten seconds in all."""


class Every:
    """Lists seats tier after tier.

    Parameters
    ----------
    problem, timetable
        What is asked, and who has time.
    candidates
        Those known so far.
    """

    def __init__(self, problem: Problem, timetable: TimeTable, candidates: Candidates) -> None:
        self.problem, self.timetable, self.candidates = problem, timetable, candidates
        self.listed = np.zeros(len(problem.groups), np.bool_)
        self.seats = np.zeros(0, np.int64)

    def arcs(self, field: Field, asked: Bools, watch: Watch) -> tuple[Arcs, Bools] | None:
        """Return all arcs to the seats of some groups, and which of them are candidates.

        Where all candidates are known, these are the arcs. None where they are too many, or the run was stopped.
        """
        if self.candidates.complete:
            arcs = field.arcs(self.candidates)
            return arcs, np.ones(len(arcs.group), np.bool_)
        if int(asked.sum()) * self.problem.num_volunteers > (LISTED_LATER if self.listed.any() else LISTED):
            return None
        self._list(np.flatnonzero(asked & ~self.listed), watch)
        if watch.stopped:
            return None
        self.listed |= asked
        arcs = field.arcs(unpacked(self.seats))
        code = arcs.owners(np.arange(len(arcs.group))) * len(self.listed) + arcs.group
        known = np.sort(self.candidates.volunteer.astype(np.int64) * len(self.listed) + self.candidates.group)
        place = np.minimum(np.searchsorted(known, code), len(known) - 1)  # `isin` would sort all of them
        return arcs, known[place] == code

    def _list(self, groups: Ints, watch: Watch) -> None:
        parts, found = [self.seats], 0
        for some, volunteers, minutes in within_reach(self.problem, groups):
            free = has_time(self.problem, self.timetable, some, volunteers, minutes)
            parts.append(packed(some[free], volunteers[free], minutes[free]))
            found += len(parts[-1])
            if watch.stopped:
                return
            watch.report("bound by loads", detail=f"{found:,} admissible")
        self.seats = np.concatenate(parts)
        parts.clear()
        self.seats.sort()
