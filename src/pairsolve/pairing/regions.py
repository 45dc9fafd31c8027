"""More of the most urgent class of a city: region after region, by the exact model of the jobs that count.

What later classes hold in a region gives way, so that hundreds of households fit into one model; it is given out anew
afterwards. Few people change, so that little gives way.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from pairsolve.candidates import Candidates
from pairsolve.options import Options, Watch
from pairsolve.pairing.rules import PairRules
from pairsolve.pairing.tiers import TierSpec
from pairsolve.pairing.tierwise import SHARE, TierModel, joined, leading, must_be_kept, possible_rows
from pairsolve.problem import Ints, Problem

SEATS = 12_000
"""Candidates in a region."""
EFFORT = 1.0
"""Deterministic time for a region."""


def cover_by_regions(
    problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], rules: PairRules, rows: Ints,
    mended: Callable[[Ints], Ints], options: Options, watch: Watch,
) -> Ints:  # fmt: skip
    """Return chosen rows that cover no less of the first class, and what comes after it as well as can be.

    Parameters
    ----------
    problem, candidates, tiers, rules
        What is asked; the likely seats.
    rows
        Chosen candidate rows, ascending.
    mended
        Called with rows in which later classes have lost something: returns better ones.
    options, watch
        Random seed, and threads, on which the answer does not depend; progress.
    """
    if leading(tiers) == 0:
        return rows
    ends, job_of_row = watch.until(SHARE), problem.group_job[candidates.group]
    counts = problem.job_priority <= tiers[0].priority
    jobs = counts | must_be_kept(problem, rules)
    asked = np.flatnonzero(jobs[job_of_row] & possible_rows(problem, candidates))
    before = kept = rows[jobs[job_of_row[rows]]]
    for homes in _regions(problem, candidates, asked):
        inside = np.append(homes, False)[problem.job_household]
        some = asked[inside[job_of_row[asked]]]
        uncovered = inside & counts
        uncovered[job_of_row[kept]] = False
        if watch.stopped or time.monotonic() > ends or not uncovered[job_of_row[some]].any():
            continue
        fixed = kept[~inside[job_of_row[kept]]]
        model = TierModel(problem, candidates, rules, tiers, 0, np.flatnonzero(inside & jobs), some, kept, fixed)
        chosen = model.more_covered(EFFORT, options, watch, ends)
        if chosen is not None:
            kept = np.union1d(fixed, chosen)
    if np.array_equal(kept, before):
        return rows
    return joined(problem, candidates, tiers, rules, rows, kept, counts, mended)


def _regions(
    problem: Problem, candidates: Candidates, asked: Ints
) -> list[npt.NDArray[np.bool_]]:  # fmt: skip
    """Cut the households into regions of not too many candidates, in halves; return who is in each."""
    homes = problem.job_household[problem.group_job[candidates.group[asked]]]
    weight = np.bincount(homes[homes >= 0], minlength=len(problem.instance.households))
    places = problem.instance.households
    across = np.array([[home.location.lon or 0.0, home.location.lat or 0.0] for home in places]).T
    regions, waiting = [], [np.flatnonzero(weight > 0)]
    while waiting:
        some = waiting.pop()
        if weight[some].sum() <= SEATS or len(some) < 2:
            inside = np.zeros(len(weight), np.bool_)
            inside[some] = True
            regions.append(inside)
            continue
        axis = int(np.argmax(np.ptp(across[:, some], axis=1)))
        order = some[np.argsort(across[axis, some], kind="stable")]
        half = int(np.searchsorted(np.cumsum(weight[order]), weight[order].sum() / 2)) + 1
        half = min(half, len(order) - 1)
        waiting += [order[:half], order[half:]]
    return regions
