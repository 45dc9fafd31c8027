"""Covers more of a large instance by ejection chains, class by class, before neighbourhoods polish it."""

from __future__ import annotations

import numpy as np

from pairsolve.candidates import Candidates
from pairsolve.compiled import load
from pairsolve.options import Watch
from pairsolve.pairing.rules import PairRules, fewest_visits, seat_minutes, used_minutes
from pairsolve.pairing.tiers import Seats
from pairsolve.problem import Bools, Ints, Problem

SLOTS = 64  # pairs of a volunteer that chains can tell apart
QUOTAS = 62  # team quotas that fit the bits of a number
LOOK = 100  # seats looked at for a job inside a chain
MOST_JOBS = 800  # jobs in the search for one chain
SWEEPS = 4
MINUTES = 20  # bits that minutes take in a sort key
KERNELS = ("pairsolve.pairing.ejection",)


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
    single = _for_one(problem)
    if rules.budgets or rules.cuts or len(rules.quotas) > QUOTAS or not single.any():
        return rows
    (ejection,) = load(KERNELS, watch)
    seats = Seats(problem, candidates, rows)
    job_of_row = problem.group_job[candidates.group]
    order, seat_first = _nearest_first(problem, candidates, job_of_row, single)
    use = seat_minutes(problem, job_of_row[order], candidates.minutes[order].astype(np.int64)).astype(np.int32)
    held = np.where(single, -1, -2).astype(np.int32)
    mine = rows[single[seats.job]]
    place_of_row = np.full(len(candidates), -1, np.int32)
    place_of_row[order] = np.arange(len(order), dtype=np.int32)
    held[job_of_row[mine]] = place_of_row[mine]
    caps = np.minimum(problem.max_households, SLOTS)
    frozen = seats.households_of > caps
    pair_home, pair_jobs, pair_locked = _pairs(problem, seats, rules, int(caps.max(initial=1)), frozen)
    faces_left = problem.household_cap - np.bincount(seats.pairs[:, 1], minlength=len(problem.household_cap))
    bits = np.zeros(problem.num_volunteers, np.int64)
    room, spare = np.zeros(len(rules.quotas), np.int64), np.zeros(len(rules.quotas), np.int64)
    for number, (rule, members) in enumerate(rules.quotas):
        pairs = int(members[seats.pairs[:, 0]].sum())
        bits |= members.astype(np.int64) << number
        room[number] = (1 << 40) if rule.max_pairs is None else rule.max_pairs - pairs
        spare[number] = pairs - rule.min_pairs
    state = (
        np.minimum(*problem.budgets) - used_minutes(seats), rules.visits_left(seats),
        seats.households_of.astype(np.int32),
        caps.astype(np.int32), rules.least_households.astype(np.int32),
        np.minimum(faces_left, 1 << 30).astype(np.int32), pair_home, pair_jobs, pair_locked, bits, room, spare,
    )  # fmt: skip
    seat_volunteer = np.ascontiguousarray(candidates.volunteer[order])
    home = np.maximum(problem.job_household, 0).astype(np.int32)
    rank, fewest = problem.job_priority.astype(np.int32), fewest_visits(problem).astype(np.int32)
    for sweep in range(SWEEPS):
        uncovered = np.flatnonzero(held == -1)
        queue = uncovered[np.argsort(rank[uncovered], kind="stable")].astype(np.int32)
        gained = ejection.cover(
            queue, home, rank, fewest, seat_first, seat_volunteer, use, held, frozen.astype(np.int32), *state, LOOK,
            MOST_JOBS,
        )  # fmt: skip
        watch.report("pairing", sweep + 1, SWEEPS, value=int((held == -1).sum()), detail="uncovered jobs, by chains")
        if gained == 0 or watch.stopped:
            break
    chosen = order[held[held >= 0]]
    return np.sort(np.concatenate([rows[~single[seats.job]], chosen]))


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


def _pairs(problem: Problem, seats: Seats, rules: PairRules, slots: int, frozen: Bools) -> tuple[Ints, Ints, Ints]:
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
