"""A Lagrangian dive: fix the seats that the best loads agree on, let the prices of the rest settle, repeat.

What is fixed is a wish for a first plan, not a plan: crews may be left half filled, and rules on sets of pairs are not
looked at. Prices settle by adaptive subgradients: each moves by how short its seat has been of late, in units of how
short it is used to being, so that a hundred evaluations do for a city; the volume algorithm climbs higher, but later.
Sources: Duchi, Hazan and Singer (2011), Adaptive subgradient methods, JMLR 12, 2121-2159, for the prices; dives as in
`pairsolve.pairing.budgets.dive`.
"""

from __future__ import annotations

import copy
from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np

from pairsolve.candidates import Candidates
from pairsolve.options import Watch
from pairsolve.pairing.loads.ascent import Ascent
from pairsolve.pairing.loads.field import Arcs, Field
from pairsolve.pairing.loads.question import Floats, Prices, Question
from pairsolve.problem import Ints, Problem

SCALE = 1_000
"""Parts of a need of the last class in which prices are given."""
STEEPLY = 4.0
"""How many needs of the next class a need is worth."""
MOST_CLASSES = 8
"""Classes told apart; those after count as the last of them."""
ROOT, ROOT_OF_ALL, STAGE = 100, 200, 20
"""Evaluations of all loads before anything is fixed, the same where all pairs are listed, and after each stage."""
LONGEST, SHORT, SHORTEST = 0.3, 0.03, 0.003
"""Steps, in what a seat is worth on average: the first, the first of a stage, and the last of either."""
BEGIN = 0.3
"""First price of a seat, in what it is worth."""
MOMENTUM = 0.9
"""Weight of what was short before in what is short of late."""
SELDOM = 0.05
"""Added to how short a seat is used to being, so that what is hardly ever short does not jump."""
LATE = 0.2
"""Weight of the newest loads in the average of loads."""
SHARE = 0.3
"""How much of what is left to fix at once."""
SURE, LEAST_SURE = 0.3, 0.1
"""Average from which a seat may be fixed, at first and at last."""
LESS_SURE = 1.5
"""Factor by which that average falls when a stage finds little."""
LITTLE = 0.003
"""A stage that fixes less of all seats has found little."""
FEWEST = 20
"""Seats that a stage may always fix."""


def dive(problem: Problem, candidates: Candidates, threads: int, watch: Watch) -> Ints:
    """Return candidate rows that go well together, ascending: whom a first plan should try first.

    Parameters
    ----------
    problem, candidates
        What is asked.
    threads
        Threads used; the answer does not depend on it.
    watch
        Progress; when it stops, what is fixed by then is returned.
    """
    with ThreadPoolExecutor(threads) as workers:
        field = Field(problem)
        root = ROOT_OF_ALL if candidates.complete else ROOT
        volunteers, groups = _Dive(field, field.arcs(candidates), workers, watch).held(root)
    code = candidates.group.astype(np.int64) * problem.num_volunteers + candidates.volunteer
    return np.searchsorted(code, np.sort(groups * problem.num_volunteers + volunteers))


class _Dive:
    """What is fixed so far, and the prices of the rest."""

    def __init__(self, field: Field, arcs: Arcs, workers: Executor, watch: Watch) -> None:
        problem = field.problem
        self.arcs, self.workers, self.watch = arcs, workers, watch
        self.field = copy.copy(field)
        self.field.seats, self.field.room, self.field.cap = field.seats.copy(), field.room.copy(), field.cap.copy()
        self.question = Question(
            uncovered=SCALE * _worth(problem, field), rate=0.0, before=np.zeros((0, len(field.is_need))),
            allowed=np.zeros(0),
        )  # fmt: skip
        crew = np.maximum(np.bincount(field.group_job, field.seats, len(field.is_need)), 1)
        worth = np.where(field.seats > 0, (self.question.uncovered / crew)[field.group_job], 0.0)
        self.unit = float(worth[field.seats > 0].mean()) if (field.seats > 0).any() else 0.0
        self.prices = np.rint(BEGIN * worth)
        self.average = np.zeros(len(arcs.group))
        self.late, self.squares, self.steps = np.zeros(len(worth)), np.zeros(len(worth)), 0

    def held(self, root: int) -> tuple[Ints, Ints]:
        """Let prices settle, and fix seats stage by stage; return volunteers and seat groups."""
        self._settle(root, LONGEST)
        volunteers, groups = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        homes: set[tuple[int, int]] = set()
        total = float(self.average.sum())
        sure, fixed = SURE, 0
        while not self.watch.stopped:
            some = self._fix(self._surest(sure), homes)
            owner = self.arcs.owners(np.arange(len(self.arcs.group)))
            volunteers.append(owner[some])
            groups.append(self.arcs.group[some].astype(np.int64))
            fixed += len(some)
            self.watch.report("pairing", fixed, round(total), detail="seats fixed by a dive")
            if len(some) < LITTLE * total:
                if sure <= LEAST_SURE:
                    break
                sure = max(LEAST_SURE, sure / LESS_SURE)
            self._leave(owner, some)
            self._settle(STAGE, SHORT)
        return np.concatenate(volunteers), np.concatenate(groups)

    def _settle(self, steps: int, longest: float) -> None:
        """Let prices follow what is short, by ever shorter steps, and keep in mind which loads are the best of late."""
        field = self.field
        ascent = Ascent(field, self.arcs, self.question, Prices(self.prices, np.zeros(0), -np.inf), self.workers)
        most = np.floor(self.question.uncovered[field.group_job] / np.maximum(field.seats, 1))
        most[field.seats <= 0] = 0
        self.prices = np.minimum(self.prices, most)
        for step in range(steps):
            if self.watch.stopped:
                return
            _, short, _, loads = ascent.bound(self.prices, np.zeros(0))
            self.average *= 1 - LATE
            self.average[loads.taken] += LATE
            self.steps += 1
            self.late = MOMENTUM * self.late + (1 - MOMENTUM) * short
            self.squares += short**2
            usual = np.sqrt(self.squares / self.steps) + SELDOM
            length = self.unit * longest * (SHORTEST / longest) ** (step / steps) / (1 - MOMENTUM**self.steps)
            self.prices = np.rint(np.clip(self.prices + length * self.late / usual, 0, most))
            if longest == LONGEST:
                self.watch.report("pairing", step + 1, steps, detail="prices of seats")

    def _surest(self, sure: float) -> Ints:
        """Return the arcs that are most often in the best loads of late, the surest first."""
        likely = np.flatnonzero(self.average > sure)
        return likely[np.argsort(-self.average[likely], kind="stable")]

    def _fix(self, arcs: Ints, homes: set[tuple[int, int]]) -> Ints:
        """Fix arcs in turn where they still fit, up to a share of what is left; return them, ascending."""
        field = self.field
        volunteers, groups = self.arcs.owners(arcs), self.arcs.group[arcs]
        heads = np.minimum(field.heads[volunteers], field.people[groups])
        columns = (arcs, volunteers, groups, self.arcs.use[arcs], heads, field.home[groups], field.job[groups])
        most = max(FEWEST, int(SHARE * float(self.average.sum())))
        fixed: list[int] = []
        served: set[tuple[int, int]] = set()
        for arc, volunteer, group, use, brought, home, job in zip(*(c.tolist() for c in columns), strict=True):
            if len(fixed) == most:
                break
            if field.seats[group] <= 0 or use > field.room[volunteer] or (volunteer, job) in served:
                continue
            if (volunteer, home) not in homes:
                if field.cap[volunteer] <= 0:
                    continue
                homes.add((volunteer, home))
                field.cap[volunteer] -= 1
            field.room[volunteer] -= use
            field.seats[group] = max(0, field.seats[group] - brought)
            served.add((volunteer, job))
            fixed.append(arc)
        return np.sort(np.array(fixed, np.int64))

    def _leave(self, owner: Ints, fixed: Ints) -> None:
        """Go on with the arcs that can still be taken."""
        field, arcs = self.field, self.arcs
        job = field.group_job[arcs.group]
        code = owner * len(field.is_need) + job
        kept = (field.seats[arcs.group] > 0) & (arcs.use <= field.room[owner]) & (field.cap[owner] > 0)
        left = np.flatnonzero(kept & ~np.isin(code, code[fixed]))
        self.arcs, self.average = arcs.only(left), self.average[left]


def _worth(problem: Problem, field: Field) -> Floats:
    """Return what covering each job is worth: a need of a class as much as some of the next."""
    classes, number = np.unique(problem.job_priority[field.is_need], return_inverse=True)
    last = min(len(classes), MOST_CLASSES) - 1
    worth = np.zeros(len(field.is_need))
    worth[field.is_need] = STEEPLY ** (last - np.minimum(number, last))
    return worth
