"""A first plan: locked pairs, then what is wished for, then jobs in order of priority, each with its best crew.

Limits are never broken; what rules ask for (minimums, locked pairs) may fall short, which the search after it mends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt

from pairsolve.candidates import Candidates
from pairsolve.pairing.rules import PairRules, crews_without_time, fewest_visits
from pairsolve.pairing.tiers import Seats
from pairsolve.problem import Bools, Ints, Problem


def first_plan(problem: Problem, candidates: Candidates, rules: PairRules, wished: Ints) -> Ints:
    """Return chosen candidate rows, ascending.

    Parameters
    ----------
    problem, candidates, rules
        What is asked.
    wished
        Rows that go well together (a relaxation's choice); of each class, jobs that they fill come before all others,
        so that nobody takes their people.
    """
    board = PairBoard(problem, candidates, rules)
    first_wish = np.zeros(len(candidates), np.bool_)
    first_wish[wished] = True
    kept = board.keep_locked(first_wish)
    order = np.lexsort((np.arange(len(problem.jobs)), problem.job_priority)).tolist()
    with_wish = set(problem.group_job[candidates.group[wished]].tolist())
    for _, same in groupby((job for job in order if job not in kept), key=lambda job: int(problem.job_priority[job])):
        some = [job for job in same if job not in with_wish or not board.staff(job, first_wish, wishes_only=True)]
        for job in some:
            board.staff(job, first_wish)
    return np.array(sorted(board.rows), np.int64)


def without_cuts(problem: Problem, candidates: Candidates, rules: PairRules, rows: Ints) -> Ints:
    """Return chosen rows without crews that have no time, and without the least important job of every cut."""
    seats = Seats(problem, candidates, rows)
    kept = set(rows[~np.isin(seats.job, crews_without_time(seats, rules))].tolist())
    for cut in rules.cuts:
        if cut <= kept:
            jobs = {int(problem.group_job[candidates.group[row]]) for row in cut}
            victim = max(jobs, key=lambda job: (problem.jobs[job].priority, job))
            kept -= {row for row in cut if problem.group_job[candidates.group[row]] == victim}
    return np.array(sorted(kept), np.int64)


class PairBoard:
    """Who is used how much so far."""

    def __init__(self, problem: Problem, candidates: Candidates, rules: PairRules) -> None:
        self.problem, self.candidates, self.rules = problem, candidates, rules
        self.edges = candidates.of_groups(len(problem.groups))
        self.rows: set[int] = set()
        self.spared = np.zeros(problem.num_volunteers, np.bool_)
        self.pairs: Counter[tuple[int, int]] = Counter()
        self.partners = _by_household(rules.existing)
        self.locked = _by_household(rules.locked)
        self.households = np.zeros(problem.num_volunteers, np.int64)
        self.left = np.minimum(*problem.budgets)
        self.visits_left = rules.visits_left(Seats(problem, candidates, np.zeros(0, np.int64)))
        self.fewest = fewest_visits(problem).tolist()
        self.required, self.length = problem.job_required.tolist(), problem.job_minutes.tolist()
        self.faces = problem.household_cap.tolist()
        self.caps = problem.max_households.tolist()
        self.new = min((rule.max_new for rule in rules.budgets if rule.max_new is not None), default=1 << 40)
        self.quota_left = [1 << 40 if rule.max_pairs is None else rule.max_pairs for rule, _ in rules.quotas]
        self.cuts: dict[int, list[frozenset[int]]] = {}
        for cut in rules.cuts:
            for row in cut:
                self.cuts.setdefault(row, []).append(cut)

    def keep_locked(self, wished: Bools) -> set[int]:
        """Staff a job for every locked pair, as long as there is one; return the jobs.

        Volunteers with a locked pair of their own still to come are left alone at first.
        """
        jobs: set[int] = set()
        for sparing in (True, False):
            left = Counter(volunteer for volunteer, home in self.rules.locked if not self.pairs[volunteer, home])
            self.spared[list(left)] = sparing
            for pair in sorted(self.rules.locked):
                for job in [] if self.pairs[pair] else self._jobs_for(pair, jobs, wished):
                    if self.staff(job, wished, foremost=pair[0]):
                        jobs.add(job)
                    if self.pairs[pair]:
                        break
                left[pair[0]] -= 1
                self.spared[pair[0]] &= left[pair[0]] > 0
        self.spared[:] = False
        return jobs

    def _jobs_for(self, pair: tuple[int, int], staffed: set[int], wished: Bools) -> list[int]:
        """Return the jobs in which a pair could be kept: as wished, then the most important, then the smallest."""
        found = []
        for job in (need for need in self.problem.household_needs[pair[1]] if need not in staffed):
            groups = self.problem.job_groups[job]
            rows = np.concatenate([np.arange(self.edges[group], self.edges[group + 1]) for group in groups])
            own = rows[self.candidates.volunteer[rows] == pair[0]]
            if len(own):
                found.append((not wished[own].any(), self.problem.jobs[job].priority, len(groups), job))
        return [job for *_, job in sorted(found)]

    def staff(self, job: int, wished: Bools, *, wishes_only: bool = False, foremost: int = -1) -> bool:
        """Fill all seats of a job that must be filled, or none; perhaps by nobody but those wished for."""
        taken: list[int] = []
        for group in self.problem.job_groups[job]:
            least, most = int(self.problem.group_least[group]), int(self.problem.group_most[group])
            filled = 0
            for row in self.best_first(group, job, wished, foremost):
                if filled >= least or (wishes_only and not wished[row]):
                    break
                volunteer = int(self.candidates.volunteer[row])
                heads = min(int(self.problem.heads[volunteer]), most)
                if filled + heads <= most and self.fits(row, volunteer, job, taken):
                    self.take(row, volunteer, job)
                    taken.append(row)
                    filled += heads
            if filled < least:
                for row in reversed(taken):
                    self.give_back(row, job)
                return False
        return True

    def best_first(self, group: int, job: int, wished: Bools, foremost: int = -1) -> list[int]:
        """Return the rows of a seat group with room left: locked, wished and known people, then the nearest."""
        rows = np.arange(self.edges[group], self.edges[group + 1])
        household = self.problem.jobs[job].household
        volunteers = self.candidates.volunteer[rows]
        known = _among(volunteers, self.partners.get(household))
        use = self.required[job] * (self.length[job] + 2 * self.candidates.minutes[rows])
        asked = _among(volunteers, self.locked.get(household))
        fits = (use <= self.left[volunteers]) & (asked | ~self.spared[volunteers])
        if household >= 0:
            fits &= known | (self.households[volunteers] < self.problem.max_households[volunteers])
        rows, volunteers, known, asked = rows[fits], volunteers[fits], known[fits], asked[fits]
        rank = np.full(len(rows), 3)
        rank[known] = 2
        rank[wished[rows]] = 1
        rank[asked] = 0
        rank[volunteers == foremost] = -1
        order: list[int] = rows[np.lexsort((rows, self.candidates.minutes[rows], rank))].tolist()
        return order

    def fits(self, row: int, volunteer: int, job: int, taken: list[int]) -> bool:
        """Say whether a seat breaks no limit, beside the rows already taken for the job."""
        crew = [int(self.candidates.volunteer[other]) for other in taken]
        if volunteer in crew or not self._together(job, [*crew, volunteer]):
            return False
        if self._minutes(row, job) > self.left[volunteer] or self.fewest[job] > self.visits_left[volunteer]:
            return False
        if any(len(cut - self.rows) == 1 for cut in self.cuts.get(row, ())):
            return False
        household = self.problem.jobs[job].household
        if household < 0 or self.pairs[volunteer, household] > 0:
            return True
        return (
            self.households[volunteer] < self.caps[volunteer]
            and self.faces[household] > 0
            and (self.new > 0 or (volunteer, household) in self.rules.existing)
            and all(
                left > 0 or not members[volunteer]
                for left, (_, members) in zip(self.quota_left, self.rules.quotas, strict=True)
            )
        )

    def _together(self, job: int, crew: list[int]) -> bool:
        timetable = self.rules.timetable
        return len(crew) == 1 or timetable is None or timetable.crew_has_time(job, crew)

    def _minutes(self, row: int, job: int) -> int:
        return int(self.required[job] * (self.length[job] + 2 * int(self.candidates.minutes[row])))

    def take(self, row: int, volunteer: int, job: int) -> None:
        """Book a seat."""
        self.rows.add(row)
        self.left[volunteer] -= self._minutes(row, job)
        self.visits_left[volunteer] -= self.fewest[job]
        pair = (volunteer, self.problem.jobs[job].household)
        if pair[1] >= 0:
            self.pairs[pair] += 1
            if self.pairs[pair] == 1:
                self.partners.setdefault(pair[1], []).append(volunteer)
                self._count(pair, 1)

    def give_back(self, row: int, job: int) -> None:
        """Free a seat that was booked."""
        volunteer = int(self.candidates.volunteer[row])
        self.rows.discard(row)
        self.left[volunteer] += self._minutes(row, job)
        self.visits_left[volunteer] += self.fewest[job]
        pair = (volunteer, self.problem.jobs[job].household)
        if pair[1] >= 0:
            self.pairs[pair] -= 1
            if self.pairs[pair] == 0:
                self.partners[pair[1]].remove(volunteer)
                self._count(pair, -1)

    def _count(self, pair: tuple[int, int], sign: int) -> None:
        self.households[pair[0]] += sign
        self.faces[pair[1]] -= sign
        self.new -= sign * (pair not in self.rules.existing)
        for number, (_, members) in enumerate(self.rules.quotas):
            self.quota_left[number] -= sign * bool(members[pair[0]])


def _among(volunteers: npt.NDArray[np.int32], few: Sequence[int] | None) -> Bools:
    found = np.zeros(len(volunteers), np.bool_)
    for volunteer in few or ():
        found |= volunteers == volunteer
    return found


def _by_household(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    volunteers: dict[int, list[int]] = {}
    for volunteer, household in sorted(pairs):
        volunteers.setdefault(household, []).append(volunteer)
    return volunteers
