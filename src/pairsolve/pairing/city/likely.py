"""A first plan of an instance with too many pairs to list, and the candidates that came into question for it."""

from __future__ import annotations

import numpy as np

from pairsolve.candidates import Candidates, packed
from pairsolve.compiled import load
from pairsolve.options import Watch
from pairsolve.pairing.city.setup import TREES
from pairsolve.pairing.cover import cover_more
from pairsolve.pairing.greedy import first_plan
from pairsolve.pairing.loads.wish import wishes
from pairsolve.pairing.rules import PairRules, used_minutes
from pairsolve.pairing.tiers import Seats
from pairsolve.problem import Ints, Problem
from pairsolve.timetable import TimeTable

WITH_ROOM = 24  # volunteers with room listed for a seat nobody took
EXTENSIONS = 3


def likely_pairs(
    problem: Problem, timetable: TimeTable, rules: PairRules, threads: int, watch: Watch
) -> tuple[Candidates, Ints]:
    """Return the likely candidates, among them whoever has room for what is uncovered, and the rows of a plan.

    Parameters
    ----------
    problem, timetable
        What is asked; travel must be as the crow flies.
    rules
        The rules on sets of pairs.
    threads
        Threads used; the answer does not depend on it.
    watch
        Progress.
    """
    load(TREES, watch)
    from pairsolve.pairing.city.shortlist import Shortlist  # noqa: PLC0415  # compiles its kernels when imported first

    watch.report("candidates")
    shortlist = Shortlist(problem, timetable, threads)
    candidates = shortlist.likely(watch)
    watch.report("pairing")
    wished = wishes(problem, candidates, rules, threads, watch)
    rows = first_plan(problem, candidates, rules, np.zeros(0, np.int64) if wished is None else wished)
    for _ in range(EXTENSIONS):
        rows = cover_more(problem, candidates, rules, rows, watch)
        seats = Seats(problem, candidates, rows)
        room = seats.households_of < problem.max_households
        room &= np.minimum(*problem.budgets) - used_minutes(seats) >= problem.job_minutes.min(initial=0)
        open_groups = np.flatnonzero(~seats.covered[problem.group_job])
        wider = candidates.joined(shortlist.with_room(open_groups, room, WITH_ROOM))
        if len(wider) == len(candidates) or watch.stopped:
            break
        rows = _rows_in(wider, candidates, rows)
        candidates = wider
    return candidates, rows


def _rows_in(wider: Candidates, candidates: Candidates, rows: Ints) -> Ints:
    """Return where chosen candidates stand among more."""
    chosen = packed(candidates.group[rows], candidates.volunteer[rows], candidates.minutes[rows])
    return np.searchsorted(packed(wider.group, wider.volunteer, wider.minutes), chosen)
