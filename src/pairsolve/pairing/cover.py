"""Covers more of a large instance, class by class: by ejection chains, and by upheavals between them.

Chains find room where there is some within a few steps; upheavals move people about so that there is. Both keep every
limit and leave crews, events and what neighbourhoods have decided about them as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from pairsolve.candidates import Candidates, Small
from pairsolve.compiled import load
from pairsolve.options import Options, Watch
from pairsolve.pairing.rules import PairRules, fewest_visits, seat_minutes, used_minutes
from pairsolve.pairing.tiers import Seats
from pairsolve.problem import Bools, Ints, Problem
from pairsolve.travel import CrowTimes

SLOTS = 64  # pairs of a volunteer that chains can tell apart
QUOTAS = 62  # team quotas that fit the bits of a number
LOOK = 100  # seats looked at for a job inside a chain
MOST_JOBS = 800  # jobs in the search for one chain
SWEEPS = 4
MINUTES = 20  # bits that minutes take in a sort key
TURNS = 20  # times that upheavals and chains take turns
UPHEAVALS, MOST_UPHEAVALS = 20, 1_000_000  # for every job, in all turns together; and for all jobs
OF_STEP = 300  # upheavals in the time of one neighbourhood
CLOSE = 15  # volunteers of a job who are close to it
LEEWAY = 12  # times the usual way: by so much an upheaval may lengthen ways at first, where it covers as much
LARGE_TOWN = 5_000  # jobs from which both halves of a town are upheaved side by side
TURNING = 2.4  # radians by which the line between them turns
SEEDLING = 88_172_645_463_325_252  # random numbers begin at a multiple of it
KEPT = 2  # times the leeway: what an existing pair counts in ways
CHAINS, UPHEAVAL = "pairsolve.pairing.ejection", "pairsolve.pairing.upheaval"
KERNELS = (CHAINS, UPHEAVAL)


def cover_more(problem: Problem, candidates: Candidates, rules: PairRules, rows: Ints, watch: Watch) -> Ints:
    """Return chosen rows that cover more, never fewer of a more important class; limits stay kept.

    Parameters
    ----------
    problem, candidates, rules
        What is asked. With a change budget or cuts nothing is done: chains do not know them.
    rows
        Chosen candidate rows, ascending.
    watch
        Told after every sweep.
    """
    if not _is_open_to_chains(problem, rules):
        return rows
    board = _Board(problem, candidates, rules, rows, watch)
    board.sweep_all(watch)
    return board.rows


def stir(
    problem: Problem, candidates: Candidates, rules: PairRules, rows: Ints, seed: int, options: Options, watch: Watch
) -> Ints:  # fmt: skip
    """Return chosen rows that cover more, by chains and then by upheavals and chains in turns, where these do more.

    Parameters
    ----------
    problem, candidates, rules, rows, watch
        As for `cover_more`.
    seed
        Random seed.
    options
        A work limit ends it sooner; the answer does not depend on the number of threads.
    """
    if not _is_open_to_chains(problem, rules):
        return rows
    board = _Board(problem, candidates, rules, rows, watch)
    board.sweep_all(watch)
    swept, before = board.rows, board.coverage
    dice = [np.array([(4 * seed + 2 * side + 1) * SEEDLING & (1 << 62) - 1], np.int64) for side in range(board.sides)]
    rounds = min(UPHEAVALS * board.num_single, MOST_UPHEAVALS) // TURNS
    if options.work_limit is not None:
        rounds = min(rounds, options.work_limit * OF_STEP // TURNS)
    for turn in range(TURNS):
        if rounds == 0 or board.uncovered == 0 or watch.stopped:
            break
        board.upheave(rounds, TURNS - turn, dice, options.threads)
        board.sweep()
        watch.report("pairing", turn + 1, TURNS, value=board.uncovered, detail="uncovered jobs, by upheavals")
    return board.rows if board.coverage < before else swept


def _is_open_to_chains(problem: Problem, rules: PairRules) -> bool:
    return not rules.budgets and not rules.cuts and len(rules.quotas) <= QUOTAS and bool(_for_one(problem).any())


class _Board:
    """Who helps whom among the jobs for one person, and what is left of everything, as the kernels read and write it.

    Parameters
    ----------
    problem, candidates, rules, rows
        What is asked, and chosen rows.
    watch
        Told while the kernels are compiled.
    """

    def __init__(
        self, problem: Problem, candidates: Candidates, rules: PairRules, rows: Ints, watch: Watch
    ) -> None:  # fmt: skip
        self._problem, self._candidates = problem, candidates
        self._chains, self._upheaval = load(KERNELS, watch)
        single = _for_one(problem)
        seats = Seats(problem, candidates, rows)
        job_of_row = problem.group_job[candidates.group]
        self._order, self._first = _nearest_first(problem, candidates, job_of_row, single)
        self._job_of_seat = job_of_row[self._order]
        use = seat_minutes(problem, self._job_of_seat, candidates.minutes[self._order].astype(np.int64))
        self._held = np.where(single, -1, -2).astype(np.int32)
        place_of_row = np.full(len(candidates), -1, np.int32)
        place_of_row[self._order] = np.arange(len(self._order), dtype=np.int32)
        mine = rows[single[seats.job]]
        self._held[job_of_row[mine]] = place_of_row[mine]
        self._others = rows[~single[seats.job]]
        self.num_single = int(single.sum())
        caps = np.minimum(problem.max_households, SLOTS)
        frozen = seats.households_of > caps
        self._rank = (problem.job_priority - problem.job_priority.min(initial=0)).astype(np.int32)
        self._jobs = (
            np.maximum(problem.job_household, 0).astype(np.int32), self._rank, fewest_visits(problem).astype(np.int32),
        )  # fmt: skip
        self._volunteer = np.ascontiguousarray(candidates.volunteer[self._order])
        self._use = use.astype(np.int32)
        faces_left = problem.household_cap - np.bincount(seats.pairs[:, 1], minlength=len(problem.household_cap))
        bits = np.zeros(problem.num_volunteers, np.int64)
        room, spare = np.zeros(len(rules.quotas), np.int64), np.zeros(len(rules.quotas), np.int64)
        for number, (rule, members) in enumerate(rules.quotas):
            pairs = int(members[seats.pairs[:, 0]].sum())
            bits |= members.astype(np.int64) << number
            room[number] = (1 << 40) if rule.max_pairs is None else rule.max_pairs - pairs
            spare[number] = pairs - rule.min_pairs
        self._state = (
            frozen.astype(np.int32), np.minimum(*problem.budgets) - used_minutes(seats), rules.visits_left(seats),
            seats.households_of.astype(np.int32), caps.astype(np.int32), rules.least_households.astype(np.int32),
            np.minimum(faces_left, 1 << 30).astype(np.int32),
            *_pairs(problem, seats, rules, int(caps.max(initial=1)), frozen), bits, room, spare,
        )  # fmt: skip
        self._near: tuple[Any, ...] = ()
        self._map = _flat_map(problem) if self.num_single >= LARGE_TOWN else None

    @property
    def rows(self) -> Ints:
        """Chosen candidate rows, ascending."""
        return np.sort(np.concatenate([self._others, self._order[self._held[self._held >= 0]]]))

    @property
    def sides(self) -> int:
        """How many parts of the town are upheaved side by side."""
        return 1 if self._map is None else 2

    @property
    def uncovered(self) -> int:
        """Jobs without anybody."""
        return int((self._held == -1).sum())

    @property
    def coverage(self) -> list[int]:
        """Jobs without anybody, by priority class."""
        return list(np.bincount(self._rank[self._held == -1], minlength=int(self._rank.max(initial=0)) + 1))

    def sweep_all(self, watch: Watch) -> None:
        """Try chains until they cover nothing more, some times at most."""
        for number in range(SWEEPS):
            gained = self.sweep()
            watch.report("pairing", number + 1, SWEEPS, value=self.uncovered, detail="uncovered jobs, by chains")
            if gained == 0 or watch.stopped:
                break

    def sweep(self) -> int:
        """Try a chain for every uncovered job, most important first; return how many were covered."""
        uncovered = np.flatnonzero(self._held == -1)
        queue = uncovered[np.argsort(self._rank[uncovered], kind="stable")].astype(np.int32)
        return int(
            self._chains.cover(
                queue, *self._jobs, self._first, self._volunteer, self._use, self._held,
                *self._state, LOOK, MOST_JOBS,
            )
        )  # fmt: skip

    def upheave(self, rounds: int, leeway: int, dice: Sequence[Ints], threads: int) -> None:
        """Give the jobs of close volunteers out anew, many times; `leeway` of `TURNS` ways may get longer.

        Both sides of a line through a large town are upheaved side by side; the line turns from time to time.
        """
        if not self._near:
            self._near = self._close()
        longest, costs, near_first, near = self._near
        volunteer_side, job_side = self._sides(leeway)
        frozen, *state, room, spare = self._state
        parts = [((room + side) // len(dice), (spare + side) // len(dice)) for side in range(len(dice))]

        def half(side: int) -> None:
            self._upheaval.upheave(
                rounds // len(dice), longest * leeway // TURNS, dice[side], side, job_side, *self._jobs, self._first,
                self._volunteer, self._use, costs, near_first, near, self._held,
                frozen | (volunteer_side != side), *state, *parts[side], LOOK,
            )  # fmt: skip

        with ThreadPoolExecutor(min(threads, len(dice))) as pool:
            list(pool.map(half, range(len(dice))))
        room[:], spare[:] = (sum(part) for part in zip(*parts, strict=True))

    def _sides(self, turn: int) -> tuple[Small, Small]:
        """Return the side of every volunteer and of every job; a household of both sides is nobody's, −1."""
        problem = self._problem
        volunteer_side = np.zeros(problem.num_volunteers, np.int32)
        if self._map is None:
            return volunteer_side, np.zeros(len(self._held), np.int32)
        across = np.cos(turn * TURNING) * self._map[0] + np.sin(turn * TURNING) * self._map[1]
        beyond = across > np.median(across[: problem.num_volunteers])
        volunteer_side[:] = beyond[: problem.num_volunteers]
        job_side = beyond[problem.job_place].astype(np.int32)
        helped = np.flatnonzero(self._held >= 0)
        job_side[helped] = volunteer_side[self._volunteer[self._held[helped]]]
        home, single = self._jobs[0], self._held != -2
        low, high = (np.full(len(problem.instance.households), start, np.int32) for start in (1, 0))
        np.minimum.at(low, home[single], job_side[single])
        np.maximum.at(high, home[single], job_side[single])
        job_side[low[home] < high[home]] = -1
        return volunteer_side, job_side

    def _close(self) -> tuple[int, Small, Ints, Small]:
        """Return the leeway to begin with, what every seat costs in ways, and the jobs every volunteer is close to."""
        problem = self._problem
        ways = problem.job_required[self._job_of_seat] * self._candidates.minutes[self._order]
        held = self._held[self._held >= 0]
        leeway = LEEWAY * int(ways[held].mean()) if len(held) else 0
        code = self._volunteer.astype(np.int64) * len(problem.instance.households)
        code += problem.job_household[self._job_of_seat]
        running = np.array([v * len(problem.instance.households) + h for v, h in problem.existing], np.int64)
        costs = (ways - KEPT * leeway * np.isin(code, running)).astype(np.int32)
        place = np.arange(len(self._order)) - self._first[self._job_of_seat]
        close = np.flatnonzero(place < CLOSE)
        close = close[np.argsort(self._volunteer[close], kind="stable")]
        first = np.searchsorted(self._volunteer[close], np.arange(problem.num_volunteers + 1)).astype(np.int64)
        return leeway, costs, first, self._job_of_seat[close].astype(np.int32)


def _flat_map(problem: Problem) -> npt.NDArray[np.float64] | None:
    """Return longitude and latitude of all places, shape (2, places); None where travel is not as the crow flies."""
    if not isinstance(problem.times.metric, CrowTimes):
        return None
    x, y, z = problem.times.metric.points.T
    return np.array([np.arctan2(y, x), np.arcsin(np.clip(z, -1.0, 1.0))])


def _for_one(problem: Problem) -> Bools:
    """Say which jobs are needs with one seat for one person."""
    groups = np.bincount(problem.group_job, minlength=len(problem.jobs))
    single: Bools = (problem.job_high == 1) & (groups == 1) & (problem.job_household >= 0)
    return single


def _nearest_first(problem: Problem, candidates: Candidates, job_of_row: Ints, single: Bools) -> tuple[Ints, Ints]:
    """Return the rows of jobs for one person, nearest first job by job, and the edges of the jobs."""
    some = np.flatnonzero(single[job_of_row])
    key = (job_of_row[some] << MINUTES) | candidates.minutes[some]
    order = some[np.argsort(key, kind="stable")]
    return order, np.searchsorted(job_of_row[order], np.arange(len(problem.jobs) + 1)).astype(np.int64)


def _pairs(
    problem: Problem, seats: Seats, rules: PairRules, slots: int, frozen: Bools
) -> tuple[Ints, Ints, Ints]:  # fmt: skip
    """Return household, number of jobs and lock of the pairs of each volunteer, shape (volunteers, slots)."""
    home = np.full((problem.num_volunteers, slots), -1, np.int32)
    jobs, locked = np.zeros_like(home), np.zeros_like(home)
    width = len(problem.instance.households)
    homes = problem.job_household[seats.job]
    code, counts = np.unique((seats.volunteer * width + homes)[homes >= 0], return_counts=True)
    volunteer, household = code // width, code % width
    rank = np.arange(len(code)) - np.searchsorted(volunteer, volunteer)
    kept = ~frozen[volunteer]
    home[volunteer[kept], rank[kept]], jobs[volunteer[kept], rank[kept]] = household[kept], counts[kept]
    locks = np.isin(code, [v * width + h for v, h in rules.locked])
    locked[volunteer[kept], rank[kept]] = locks[kept]
    return home, jobs, locked  # type: ignore[return-value]  # 32-bit
