"""Who could do two jobs of a household that does not accept as many faces as its jobs have seats.

The nearest for each seat are not enough there: one person must take two of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from pairsolve.candidates import Candidates
from pairsolve.pairing.rules import seat_minutes
from pairsolve.problem import Ints, Problem

LISTED = 4
"""Volunteers for two seat groups of a household."""


def crowded_groups(problem: Problem) -> Ints:
    """Return the seat groups of households with more seats to fill than faces they accept, ascending."""
    home = problem.job_household[problem.group_job]
    at_home = home >= 0
    seats = np.bincount(home[at_home], problem.group_least[at_home], len(problem.household_cap))
    crowded = np.append(seats > problem.household_cap, False)
    return np.flatnonzero(crowded[home])


def shared_rows(problem: Problem, candidates: Candidates, rows: Ints) -> Ints:
    """Return those rows of volunteers who could take two seat groups of a household with the fewest minutes.

    Parameters
    ----------
    problem, candidates
        What is asked.
    rows
        Candidate rows of crowded households, ascending.
    """
    jobs = problem.group_job[candidates.group[rows]]
    use = seat_minutes(problem, jobs, candidates.minutes[rows].astype(np.int64))
    order = np.lexsort((candidates.group[rows], problem.job_household[jobs]))
    edges = np.flatnonzero(np.diff(problem.job_household[jobs][order], prepend=-2, append=-2))
    found = [rows[:0]]
    for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        some = order[first:last]
        found += [rows[some[places]] for places in _for_two(problem, candidates, rows[some], use[some])]
    return np.unique(np.concatenate(found))


def _for_two(problem: Problem, candidates: Candidates, rows: Ints, use: Ints) -> Iterator[Ints]:
    """Yield places among the rows of one household, for two of its jobs at a time."""
    room = np.minimum(*problem.budgets)
    group, volunteer = candidates.group[rows], candidates.volunteer[rows]
    places = {int(one): np.flatnonzero(group == one) for one in np.unique(group)}
    for one, other in combinations(places, 2):
        if problem.group_job[one] == problem.group_job[other]:
            continue
        both, first, second = np.intersect1d(
            volunteer[places[one]], volunteer[places[other]], assume_unique=True, return_indices=True
        )  # fmt: skip
        first, second = places[one][first], places[other][second]
        minutes = use[first] + use[second]
        fits = np.flatnonzero(minutes <= room[both])
        best = fits[np.lexsort((both[fits], minutes[fits]))][:LISTED]
        yield np.concatenate([first[best], second[best]])
