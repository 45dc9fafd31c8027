"""Coverage of a class from the seats that few can take: a bound from them alone, a plan from them and the nearest.

Whether a job can be covered is nearly always decided by the seats few can take. Asked for those alone, with all who
could take them, a program is small and close to the whole: it bounds every plan.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from pairsolve.candidates import Candidates
from pairsolve.options import Options, Watch
from pairsolve.pairing.greedy import first_plan
from pairsolve.pairing.program import CoverProgram
from pairsolve.pairing.rules import PairRules, seat_minutes
from pairsolve.pairing.sharing import crowded_groups, shared_rows
from pairsolve.pairing.tiers import Seats, TierSpec, evaluate
from pairsolve.pairing.tierwise import TierBound, TierBounds, leading, rank
from pairsolve.problem import Bools, Ints, Problem

SEATS, FEWER = 20_000, 6_000
"""Candidates in a program that bounds: in the first two classes, and in those after them, whose programs are hard."""
OF_CITY = 3
"""Seat groups for each of which a program of such a later class may have one, up to those of the first."""
FIRST, LATER, LAST = 100_000, 25_000, 3_500
"""Candidates in a program that plans: in the first class, in others, and in the last."""
FEW, NEAREST, MOST_NEAREST = 12, 6, 64
"""In a program that plans: candidates up to which all for a seat are in, and how many otherwise."""
NODES, OF_BOUND = 20, 50_000
"""Nodes of a search tree that plans; candidates times nodes of one that bounds."""
OF_STEP = 1_000
"""Candidates in a program in the time of one neighbourhood, in which work limits are given."""
SHARE, OF_BOUNDS = 0.3, 0.2
"""How much of what is left of a time limit plans of classes may take, then their bounds; the rest comes after."""
SPREAD = 2_654_435_761
"""Multiplier that spreads numbers, for an order among the equally near."""


def cover_by_classes(
    problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], rules: PairRules, rows: Ints,
    mended: Callable[[Ints], Ints], options: Options, watch: Watch,
) -> tuple[Ints, TierBounds]:  # fmt: skip
    """Return chosen rows that cover no less of any class before one of which they cover more, and bounds of coverage.

    The last class of a large register is only bounded: it lacks people everywhere, which makes programs hard.

    Parameters
    ----------
    problem, candidates, tiers, rules
        What is asked; all admissible seats, or the likely ones.
    rows
        Chosen candidate rows, ascending.
    mended
        Called with rows in which classes after one that covers more have lost something: returns better ones.
    options, watch
        Threads, on which the answer does not depend, and work limit; progress.
    """
    coverage = leading(tiers)
    ends, limit = watch.until(SHARE), OF_STEP * (1 << 40 if options.work_limit is None else options.work_limit)
    if coverage == 0 or limit == 0:
        return rows, TierBounds()
    scarcity = Scarcity(problem, candidates, rules, watch)
    for number in range(coverage):
        size = FIRST if number == 0 else LATER if number < coverage - 1 else LAST
        kept = scarcity.covering_more(tiers[number], rows, min(limit, size), number == 0, ends)
        if kept is not None:
            counts = problem.job_priority <= tiers[number].priority
            rows = joined(problem, candidates, tiers, rules, rows, kept, counts, mended)
    values, ends = evaluate(Seats(problem, candidates, rows), tiers), watch.until(OF_BOUNDS)

    def bounded(number: int) -> TierBound | None:
        before = {tiers[k].priority: values[k] // _weight(tiers[k]) for k in range(number)}
        size = SEATS if number < 2 else min(SEATS, max(FEWER, len(problem.groups) // OF_CITY))
        uncovered = scarcity.least_uncovered(tiers[number], before, min(limit, size), ends)
        return None if uncovered is None else TierBound(number, uncovered * _weight(tiers[number]), values[:number])

    with ThreadPoolExecutor(min(options.threads, coverage)) as pool:
        bounds = [bound for bound in pool.map(bounded, range(coverage)) if bound is not None]
    return rows, TierBounds(tuple(bounds))


def joined(
    problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], rules: PairRules, rows: Ints, chosen: Ints,
    counts: Bools, mended: Callable[[Ints], Ints],
) -> Ints:  # fmt: skip
    """Return a plan with what is chosen for the jobs that count and what fits of the others' rows, if it is better.

    Parameters
    ----------
    problem, candidates, tiers, rules, rows, mended
        As for `cover_by_classes`.
    chosen
        Rows of the jobs that count, ascending.
    counts
        Whether each job counts.
    """
    others = rows[~counts[problem.group_job[candidates.group[rows]]]]
    other = first_plan(problem, candidates, rules, np.union1d(chosen, others))
    return min(rows, mended(other), key=lambda some: rank(Seats(problem, candidates, some), tiers, rules))


def _weight(tier: TierSpec) -> int:
    return sum(weight for _, weight in tier.terms)


class Scarcity:
    """How many could take each seat.

    Parameters
    ----------
    problem, candidates, rules, watch
        What is asked; says when to stop.
    """

    def __init__(self, problem: Problem, candidates: Candidates, rules: PairRules, watch: Watch) -> None:
        self._problem, self._candidates, self._rules, self._watch = problem, candidates, rules, watch
        jobs = problem.group_job[candidates.group]
        self._minutes = seat_minutes(problem, jobs, candidates.minutes.astype(np.int64))
        possible = self._minutes <= np.minimum(*problem.budgets)[candidates.volunteer]
        possible &= (problem.max_households > 0)[candidates.volunteer] | (problem.job_household[jobs] < 0)
        self._rows = np.flatnonzero(possible)
        self._lock_rows = self._rows[self._locked(self._rows)]
        self._count = np.bincount(candidates.group[self._rows], minlength=len(problem.groups))
        self._count = -(-self._count // np.maximum(1, problem.group_least))

    def least_uncovered(self, tier: TierSpec, before: dict[int, int], size: int, ends: float) -> int | None:
        """Return how many jobs of a class are uncovered at least, by the seat groups with the fewest candidates.

        Parameters
        ----------
        tier, before
            The class, and the uncovered jobs allowed in each class before it.
        size
            Candidates in the program.
        ends
            Moment on the clock of `time.monotonic` at which to end.
        """
        group = self._candidates.group[self._rows]
        whole = self._counting(tier.priority) & self._candidates.whole_groups(len(self._problem.groups))
        sizes = np.sort(self._count[group[whole[group]]])
        if len(sizes) > size:
            whole &= self._count < sizes[size]
        if self._watch.stopped or time.monotonic() > ends or not whole.any():
            return None
        program = self._program(whole, self._rows[whole[group]], self._rows[:0], tier.priority)
        return program.bound(before, max(1, OF_BOUND // max(1, len(program))), self._teller("bound", tier, None), ends)

    def covering_more(self, tier: TierSpec, rows: Ints, size: int, cut: bool, ends: float) -> Ints | None:
        """Return rows of the classes up to one that cover more of it, and no less of those before; None if none do.

        Parameters
        ----------
        tier
            The class.
        rows
            Chosen rows, ascending.
        size
            Candidates in a program.
        cut
            Whether to go region after region where they are more.
        ends
            Moment on the clock of `time.monotonic` at which to end.
        """
        problem, priority = self._problem, self._problem.job_priority
        counts, job_of_row = priority <= tier.priority, problem.group_job[self._candidates.group]
        before = kept = rows[counts[job_of_row[rows]]]
        later = rows[~counts[job_of_row[rows]] & self._locked(rows)]
        planned = self._planned(tier.priority, kept, size)
        regions = self._regions(planned, size)
        for homes in regions if cut or len(regions) == 1 else []:
            inside = homes[problem.job_household] & counts
            uncovered = inside & (priority == tier.priority)
            uncovered[job_of_row[kept]] = False
            if self._watch.stopped or time.monotonic() > ends or not uncovered.any():
                continue
            fixed = kept[~inside[job_of_row[kept]]]
            groups = self._counting(tier.priority) & inside[problem.group_job]
            some = planned[inside[job_of_row[planned]]]
            program = self._program(groups, some, np.union1d(fixed, later), tier.priority)
            chosen = program.plan(kept, NODES, self._teller("pairing", tier, int(uncovered.sum())), ends)
            if chosen is not None:
                kept = np.union1d(fixed, chosen)
        return None if np.array_equal(kept, before) else kept

    def _locked(self, rows: Ints) -> Bools:
        """Say which rows make a locked pair."""
        households = len(self._problem.instance.households)
        homes = self._problem.job_household[self._problem.group_job[self._candidates.group[rows]]]
        code = self._candidates.volunteer[rows].astype(np.int64) * households + homes
        locked: Bools = np.isin(code, [v * households + h for v, h in self._rules.locked]) & (homes >= 0)
        return locked

    def _teller(self, phase: str, tier: TierSpec, value: int | None) -> Callable[[], None]:
        return lambda: self._watch.report(phase, value=value, detail=f"{tier.name}, by the seats few can take")

    def _program(self, groups: Bools, rows: Ints, fixed: Ints, priority: int) -> CoverProgram:
        held = Seats(self._problem, self._candidates, fixed)
        return CoverProgram(
            self._problem, self._candidates, self._rules, groups, rows, held, self._lock_rows, priority, self._watch
        )  # fmt: skip

    def _regions(self, rows: Ints, size: int) -> list[Bools]:
        """Cut the households into regions of not too many candidates, in halves; return who is in each."""
        problem = self._problem
        homes = problem.job_household[problem.group_job[self._candidates.group[rows]]]
        weight = np.bincount(homes[homes >= 0], minlength=len(problem.instance.households))
        places = problem.instance.households
        across = np.array([[home.location.lon or 0.0, home.location.lat or 0.0] for home in places]).T
        regions, waiting = [], [np.flatnonzero(weight > 0)]
        while waiting:
            some = waiting.pop()
            if weight[some].sum() <= size or len(some) < 2:
                inside = np.zeros(len(weight) + 1, np.bool_)  # the last is nobody's
                inside[some] = True
                regions.append(inside)
                continue
            axis = int(np.argmax(np.ptp(across[:, some], axis=1)))
            order = some[np.argsort(across[axis, some], kind="stable")]
            half = int(np.searchsorted(np.cumsum(weight[order]), weight[order].sum() / 2)) + 1
            half = min(half, len(order) - 1)
            waiting += [order[:half], order[half:]]
        return regions

    def _counting(self, priority: int) -> Bools:
        """Say which seat groups of the classes up to one must be filled."""
        problem = self._problem
        counting: Bools = (problem.job_priority <= priority)[problem.group_job] & (problem.group_least > 0)
        return counting

    def _planned(self, priority: int, chosen: Ints, size: int) -> Ints:
        """Return the candidate rows of a program that plans, for all jobs of the classes up to one."""
        problem, candidates, counting = self._problem, self._candidates, self._counting(priority)
        rows = self._rows[counting[candidates.group[self._rows]]]
        group, volunteer = candidates.group[rows].astype(np.int64), candidates.volunteer[rows].astype(np.int64)
        nearest = min(MOST_NEAREST, max(NEAREST, size // max(1, 2 * int(problem.group_least[counting].sum()))))
        spread = (volunteer + 1) * (group + 1) * SPREAD & (1 << 32) - 1
        order = np.lexsort((spread, self._minutes[rows], group))
        place = np.empty(len(rows), np.int64)
        place[order] = np.arange(len(rows)) - np.searchsorted(group, group)
        kept = (self._count[group] <= FEW) | (place < nearest * problem.group_least[group]) | np.isin(rows, chosen)
        crowded = np.zeros(len(problem.groups), np.bool_)
        crowded[crowded_groups(problem)] = True
        return np.union1d(rows[kept], shared_rows(problem, candidates, rows[crowded[group]]))
