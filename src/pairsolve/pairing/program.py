"""Coverage of some jobs by some seats as a mixed-integer program, solved by HiGHS.

The rules are those of the exact model as far as they limit; what rules ask for is left out. Seats that are not asked
count as filled, so that its bound is one of every plan.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import coo_array, vstack

from pairsolve.candidates import Candidates
from pairsolve.options import Watch
from pairsolve.pairing.rules import PairRules, seat_minutes, used_minutes
from pairsolve.pairing.tiers import Seats
from pairsolve.problem import Bools, Ints, Problem

GLANCE = 0.2
"""Seconds after which the watch is asked again."""
NEAR_ENOUGH = 0.05
"""Share of changed seats that may be too many."""
HALF = 0.5
"""Above it a column is chosen."""
CLOSE = 1e-3
"""How far the bound of a solver in floating point may be above the true one; a thousand times what HiGHS tolerates."""


@dataclass(frozen=True)
class LockedPairs:
    """Locked pairs.

    Parameters
    ----------
    code
        Volunteer times households, and household, ascending.
    inside
        Whether all seats that could make the pair are in the program.
    elsewhere
        Minutes it takes at least if no seat that could make it is, else 0.
    """

    code: Ints
    inside: Bools
    elsewhere: Ints


class CoverProgram:
    """Which jobs of a class can be covered, when no earlier class loses any.

    Parameters
    ----------
    problem, candidates, rules
        What is asked.
    groups
        Seat groups asked for, shape (groups,).
    rows
        Candidate rows allowed, all of them of these seat groups.
    held
        Seats of other groups that stay.
    locked
        All candidate rows that make a locked pair, ascending.
    priority
        The class.
    watch
        Says when to stop.
    """

    def __init__(
        self, problem: Problem, candidates: Candidates, rules: PairRules, groups: Bools, rows: Ints, held: Seats,
        locked: Ints, priority: int, watch: Watch,
    ) -> None:  # fmt: skip
        self._problem, self._rules, self._rows, self._held = problem, rules, rows, held
        self._priority, self._watch = priority, watch
        self._group = candidates.group[rows].astype(np.int64)
        self._volunteer = candidates.volunteer[rows].astype(np.int64)
        self._job = problem.group_job[self._group]
        self._minutes = seat_minutes(problem, self._job, candidates.minutes[rows].astype(np.int64))
        self._asked = np.flatnonzero(groups & (problem.group_least > 0))
        self._jobs = np.unique(problem.group_job[self._asked])
        self._locked = self._locked_pairs(candidates, locked)
        self._parts: list[coo_array] = []
        self._least: list[npt.NDArray[np.float64]] = []
        self._most: list[npt.NDArray[np.float64]] = []
        self._columns()
        for rule in (self._crew, self._one_seat, self._pairs, self._household_cap, self._hours, self._faces):
            rule()
        self._quotas()

    def __len__(self) -> int:
        """Return how many candidates there are."""
        return len(self._rows)

    def bound(self, before: dict[int, int], nodes: int, told: Callable[[], None], ends: float) -> int | None:
        """Return how many jobs of the class are uncovered at least, None if nothing is known when the run ends.

        Parameters
        ----------
        before
            Uncovered jobs allowed in each class before.
        nodes
            Nodes of the search tree.
        told
            Reports progress.
        ends
            Moment on the clock of `time.monotonic` at which to end.
        """
        self._keep(before)
        least = np.zeros(self._width)
        least[self._pair_column[np.isin(self._pair_code, self._locked.code[self._locked.inside])]] = 1
        answer = self._run(self._uncovered(), least, nodes, 0.0, told, ends)
        if answer is None or answer.mip_dual_bound is None or not math.isfinite(answer.mip_dual_bound):
            return None
        return max(0, math.ceil(float(self._wanted.sum() + answer.mip_dual_bound) - CLOSE))

    def plan(self, chosen: Ints, nodes: int, told: Callable[[], None], ends: float) -> Ints | None:
        """Return rows that cover as much as can be and depart little from those chosen, None if none are found.

        Parameters
        ----------
        chosen
            Rows, ascending; as many jobs of each class before stay covered, and locked pairs stay.
        nodes, told, ends
            As for `bound`; nodes of each of two search trees, one for each aim.
        """
        kept = np.isin(self._rows, chosen)
        least = np.zeros(self._width)
        made = np.bincount(self._pair_of_seat, kept[self._at_home], len(self._pair_column)) > 0
        least[self._pair_column[made & (self._not_locked == 0)]] = 1
        helped = np.isin(self._jobs, self._job[kept])
        classes = np.unique(self._priorities[self._priorities < self._priority]).tolist()
        self._keep({each: int((~helped)[self._priorities == each].sum()) for each in classes})
        best = self._run(self._uncovered(), least, nodes, 0.0, told, ends)
        if best is None or best.x is None:
            return None
        seats = self._seats(np.arange(len(self._rows)))
        least[: len(self._jobs)] = best.x[: len(self._jobs)] > HALF
        cost = np.zeros(self._width)
        cost[seats] = ~kept
        closer = self._run(cost, least, nodes, NEAR_ENOUGH, told, ends)
        answer = closer.x if closer is not None and closer.x is not None else best.x
        found: Ints = self._rows[answer[seats] > HALF]
        return found

    @property
    def _locked_volunteers(self) -> Ints:
        return self._locked.code // len(self._problem.instance.households)

    def _keep(self, uncovered: dict[int, int]) -> None:
        """Let no more jobs of each class before be uncovered."""
        for each, most in uncovered.items():
            jobs = np.flatnonzero(self._priorities == each)
            self._add(np.ones(len(jobs)), np.zeros(len(jobs), np.int64), jobs, 1, len(jobs) - most, math.inf)

    @cached_property
    def _priorities(self) -> Ints:
        return self._problem.job_priority[self._jobs]

    @property
    def _wanted(self) -> Bools:
        wanted: Bools = self._priorities == self._priority
        return wanted

    def _uncovered(self) -> npt.NDArray[np.float64]:
        """Return the cost of the columns where covering a job of the class is worth 1."""
        cost = np.zeros(self._width)
        cost[: len(self._jobs)] -= self._wanted
        return cost

    def _run(
        self, cost: npt.NDArray[np.float64], least: npt.NDArray[np.float64], nodes: int, gap: float,
        told: Callable[[], None], ends: float,
    ) -> OptimizeResult | None:  # fmt: skip
        """Return the answer of HiGHS, None if stopped before."""
        whole = np.ones(self._width)
        whole[len(self._jobs) + len(self._rows) :] = 0
        limits = LinearConstraint(
            vstack(self._parts, format="csc"), np.concatenate(self._least), np.concatenate(self._most)
        )  # fmt: skip
        options = {"node_limit": nodes, "mip_rel_gap": gap}
        if ends < math.inf:
            options["time_limit"] = max(0.0, ends - time.monotonic())
        answers: list[OptimizeResult] = []

        def run() -> None:
            answers.append(milp(cost, constraints=limits, integrality=whole, bounds=Bounds(least, 1), options=options))

        running = threading.Thread(target=run, daemon=True)  # HiGHS cannot be stopped, only left alone
        running.start()
        while running.is_alive():
            told()
            if self._watch.stopped:
                return None
            running.join(GLANCE)
        return answers[0] if answers else None

    def _columns(self) -> None:
        """Number the columns: jobs, seats, and pairs that more than one seat can make; others are their seat."""
        households = len(self._problem.instance.households)
        home = self._problem.job_household[self._job]
        at_home = np.flatnonzero(home >= 0)
        self._pair_code, self._pair_of_seat = np.unique(
            self._volunteer[at_home] * households + home[at_home], return_inverse=True
        )  # fmt: skip
        self._pair_volunteer, self._pair_home = self._pair_code // households, self._pair_code % households
        several = np.bincount(self._pair_of_seat, minlength=len(self._pair_code)) > 1
        self._at_home, self._shared = at_home, several[self._pair_of_seat]
        self._pair_column = np.zeros(len(self._pair_code), np.int64)
        self._pair_column[self._pair_of_seat[::-1]] = len(self._jobs) + at_home[::-1]
        first = len(self._jobs) + len(self._rows)
        self._pair_column[several] = first + np.arange(several.sum())
        self._width = first + int(several.sum())

    def _locked_pairs(self, candidates: Candidates, locked: Ints) -> LockedPairs:
        """Return the locked pairs that no seat held makes."""
        problem, households = self._problem, len(self._problem.instance.households)
        held = self._held.pairs[:, 0] * households + self._held.pairs[:, 1]
        jobs = problem.group_job[candidates.group[locked]]
        codes = candidates.volunteer[locked].astype(np.int64) * households + problem.job_household[jobs]
        minutes = seat_minutes(problem, jobs, candidates.minutes[locked].astype(np.int64))
        code, pair = np.unique(codes, return_inverse=True)
        seats, here = np.bincount(pair, minlength=len(code)), np.bincount(pair, np.isin(locked, self._rows), len(code))
        fewest = np.full(len(code), np.iinfo(np.int64).max)
        np.minimum.at(fewest, pair, minutes)
        free = ~np.isin(code, held)
        return LockedPairs(code[free], (here == seats)[free], np.where(here == 0, fewest, 0)[free])

    @property
    def _not_locked(self) -> Ints:
        """1 for each pair, 0 for the locked, which are there anyway."""
        return 1 - np.isin(self._pair_code, self._locked.code).astype(np.int64)

    def _add(
        self, weights: npt.NDArray[np.float64], rows: Ints, columns: Ints, count: int, least: object, most: object
    ) -> None:
        if count:
            self._parts.append(coo_array((weights, (rows, columns)), shape=(count, self._width)))
            self._least.append(np.broadcast_to(np.asarray(least, np.float64), count))
            self._most.append(np.broadcast_to(np.asarray(most, np.float64), count))

    def _limit(self, weights: Ints, of: Ints, columns: Ints, most: Ints) -> None:
        """Limit weighted sums of columns, one for each number in `of`, where all together would be too much."""
        most = np.maximum(0, most)
        beyond = np.bincount(of, weights, len(most)) > most
        number = np.cumsum(beyond) - 1
        kept = beyond[of]
        self._add(
            weights[kept].astype(np.float64), number[of[kept]], columns[kept], int(beyond.sum()), -math.inf,
            most[beyond],
        )  # fmt: skip

    def _seats(self, which: Ints) -> Ints:
        return len(self._jobs) + which

    def _crew(self) -> None:
        """A covered job has the seats filled that must be."""
        least = self._problem.group_least[self._asked]
        heads = np.minimum(self._problem.heads[self._volunteer], self._problem.group_least[self._group])
        count = len(self._asked)
        self._add(
            np.concatenate([heads, -least]).astype(np.float64),
            np.concatenate([np.searchsorted(self._asked, self._group), np.arange(count)]),
            np.concatenate([
                self._seats(np.arange(len(self._rows))),
                np.searchsorted(self._jobs, self._problem.group_job[self._asked]),
            ]), count, 0, math.inf,
        )  # fmt: skip

    def _one_seat(self) -> None:
        """Nobody takes two seats of a crew, and only of a covered job."""
        crews = np.bincount(self._problem.group_job, self._problem.group_least, len(self._problem.jobs)) > 1
        seats = np.flatnonzero(crews[self._job])
        code, place = np.unique(
            self._volunteer[seats] * len(self._problem.jobs) + self._job[seats], return_inverse=True
        )  # fmt: skip
        jobs = np.searchsorted(self._jobs, code % len(self._problem.jobs))
        self._add(
            np.concatenate([np.ones(len(seats)), -np.ones(len(code))]), np.concatenate([place, np.arange(len(code))]),
            np.concatenate([self._seats(seats), jobs]), len(code), -math.inf, 0,
        )  # fmt: skip

    def _pairs(self) -> None:
        """A seat needs its pair."""
        shared = np.flatnonzero(self._shared)
        count = len(shared)
        self._add(
            np.concatenate([np.ones(count), -np.ones(count)]), np.tile(np.arange(count), 2),
            np.concatenate([
                self._seats(self._at_home[shared]), self._pair_column[self._pair_of_seat[shared]],
            ]), count, -math.inf, 0,
        )  # fmt: skip

    def _household_cap(self) -> None:
        """A volunteer has no more households than he takes on, those of locked pairs among them."""
        locked = np.bincount(self._locked_volunteers, minlength=self._problem.num_volunteers)
        most = self._problem.max_households - self._held.households_of - locked
        self._limit(self._not_locked, self._pair_volunteer, self._pair_column, most)

    def _hours(self) -> None:
        """Service and travel fit the volunteer's hours, those of locked pairs made elsewhere among them."""
        columns = self._seats(np.arange(len(self._rows)))
        elsewhere = np.bincount(self._locked_volunteers, self._locked.elsewhere, self._problem.num_volunteers)
        most = np.minimum(*self._problem.budgets) - used_minutes(self._held) - elsewhere.astype(np.int64)
        self._limit(self._minutes, self._volunteer, columns, most)

    def _faces(self) -> None:
        """A household meets at most as many volunteers as it accepts, those of locked pairs among them."""
        homes = self._locked.code % len(self._problem.instance.households)
        locked = np.bincount(homes, minlength=len(self._problem.household_cap))
        self._limit(self._not_locked, self._pair_home, self._pair_column, self._problem.household_cap - locked)

    def _quotas(self) -> None:
        """A team holds no more pairs than its quota says."""
        for rule, members in self._rules.quotas:
            if rule.max_pairs is not None:
                pairs = np.flatnonzero(members[self._pair_volunteer])
                most = np.array([rule.max_pairs - int(members[self._held.pairs[:, 0]].sum())])
                self._limit(np.ones_like(pairs), np.zeros_like(pairs), self._pair_column[pairs], most)
