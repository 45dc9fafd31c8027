"""After the dates are set: uncovered needs that still find a crew and dates without moving anybody."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pairsolve.candidates import Candidates
from pairsolve.options import Watch
from pairsolve.pairing.greedy import PairBoard
from pairsolve.pairing.rules import PairRules
from pairsolve.pairing.tiers import Seats
from pairsolve.problem import Bools, Ints, Problem
from pairsolve.scheduling import Assignment, Board, DatedVisit, Schedule

MOST_TRIED = 40  # candidates looked at for a need, nearest first


def refill(
    problem: Problem,
    candidates: Candidates,
    rules: PairRules,
    rows: Ints,
    assignment: Assignment,
    schedule: Schedule,
    watch: Watch,
) -> tuple[Ints, Schedule]:
    """Cover more needs, most urgent first; return all chosen rows and the schedule with the new visits.

    Parameters
    ----------
    problem, candidates, rules
        What is asked.
    rows
        Chosen candidate rows, all dated.
    assignment, schedule
        Who serves what, and when.
    watch
        Progress.
    """
    watch.report("refill")
    dates = Board(problem.instance, problem.calendar, problem.times, assignment, schedule)
    pairs = PairBoard(problem, candidates, rules)
    for row in rows.tolist():
        pairs.take(row, int(candidates.volunteer[row]), int(problem.group_job[candidates.group[row]]))
    uncovered = np.flatnonzero(~Seats(problem, candidates, rows).covered[: problem.num_needs])
    order = uncovered[np.argsort(problem.job_priority[uncovered], kind="stable")]
    added: list[DatedVisit] = []
    nobody = np.zeros(len(candidates), np.bool_)
    for done, need in enumerate(order.tolist()):
        if watch.stopped:
            break
        added += _cover(problem, candidates, pairs, dates, need, nobody)
        if done % 100 == 0:
            watch.report("refill", done, len(order))
    if not added:
        return rows, schedule
    # the pairs are others now, so what was proven about missed visits is not
    visits = tuple(sorted([*schedule.visits, *added]))
    return np.array(sorted(pairs.rows), np.int64), replace(
        schedule, visits=visits, missed_bound={}, regularity_bound=None
    )


def _cover(
    problem: Problem, candidates: Candidates, pairs: PairBoard, dates: Board, need: int, wished: Bools
) -> list[DatedVisit]:  # fmt: skip
    """Fill the seats of a need one by one with people who still find dates together; take them back if it fails."""
    taken: list[int] = []
    crew: list[int] = []
    visits: list[DatedVisit] | None = None
    for group in problem.job_groups[need]:
        least, most = int(problem.group_least[group]), int(problem.group_most[group])
        filled = 0
        for row in pairs.best_first(group, need, wished)[:MOST_TRIED]:
            if filled >= least:
                break
            volunteer = int(candidates.volunteer[row])
            heads = min(int(problem.heads[volunteer]), most)
            if filled + heads > most or not pairs.fits(row, volunteer, need, taken):
                continue
            found = dates.place(need, sorted([*crew, volunteer]))
            if found is None:
                continue
            pairs.take(row, volunteer, need)
            taken.append(row)
            crew.append(volunteer)
            visits, filled = found, filled + heads
        if filled < least:
            for row in reversed(taken):
                pairs.give_back(row, need)
            return []
    if visits:
        dates.add(visits, sorted(crew))
    return visits or []
