"""Needs that change hands between people who start from the same place: other pairs, worth the same."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pairsolve.candidates import Candidates
from pairsolve.pairing.rules import PairRules, broken
from pairsolve.pairing.tiers import Seats, evaluate, tiers_of
from pairsolve.problem import Ints, Problem


class Exchange:
    """Says who may take over which need from whom, and turns crews back into candidates.

    Parameters
    ----------
    problem, candidates
        What is asked.
    rows
        Chosen candidate rows, ascending.
    """

    def __init__(self, problem: Problem, candidates: Candidates, rows: Ints) -> None:
        self.problem, self.candidates, self.rows = problem, candidates, rows
        self._edges = candidates.of_groups(len(problem.groups))
        self._bound = {household for _, household in problem.existing}
        self._bound.update(np.flatnonzero(problem.choosy_households).tolist())

    def twins(self) -> list[list[int]]:
        """Return the volunteers who start from the same place in the same way, each set in a row."""
        groups: dict[object, list[int]] = {}
        for number, volunteer in enumerate(self.problem.instance.volunteers):
            groups.setdefault((volunteer.location, volunteer.mode), []).append(number)
        return [group for group in groups.values() if len(group) > 1]

    def may_serve(self, need: int, volunteer: int) -> bool:
        """Say whether a volunteer may take over a need: a whole pair changes hands, and nobody loses a wish."""
        household = self.problem.jobs[need].household
        groups = self.problem.job_groups[need]
        alone = len(groups) == 1 and len(self.problem.household_needs[household]) == 1
        return alone and household not in self._bound and self._row(groups[0], volunteer) >= 0

    def rows_of(self, crews: Mapping[int, tuple[int, ...]]) -> Ints:
        """Return the chosen rows with the crews of needs for one person as they are now."""
        seats = Seats(self.problem, self.candidates, self.rows)
        rows = self.rows.copy()
        for place, (job, volunteer) in enumerate(zip(seats.job.tolist(), seats.volunteer.tolist(), strict=True)):
            crew = crews.get(job, (volunteer,))
            if len(crew) == 1 and crew[0] != volunteer:
                rows[place] = self._row(int(seats.group[place]), crew[0])
        return np.sort(rows)

    def is_fair(self, rows: Ints, rules: PairRules) -> bool:
        """Say whether other rows are worth the same in every tier, and break nothing."""
        tiers = tiers_of(self.problem)
        now, then = (Seats(self.problem, self.candidates, some) for some in (self.rows, rows))
        return evaluate(now, tiers) == evaluate(then, tiers) and broken(then, rules) == 0

    def _row(self, group: int, volunteer: int) -> int:
        first, last = self._edges[group], self._edges[group + 1]
        row = int(first + np.searchsorted(self.candidates.volunteer[first:last], volunteer))
        return row if row < last and self.candidates.volunteer[row] == volunteer else -1
