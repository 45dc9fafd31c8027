"""The exact pairing of a pure instance, in the shape in which pairing and plan ask for a bound."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from pairsolve.candidates import Candidates, ways
from pairsolve.compiled import load
from pairsolve.options import Watch
from pairsolve.pairing.city.market import Small
from pairsolve.pairing.city.setup import KERNELS, Setup
from pairsolve.pairing.city.weights import FIRST_ROOM, Weights
from pairsolve.pairing.dual import cheapest_load
from pairsolve.pairing.tiers import TierSpec
from pairsolve.problem import Ints, Problem
from pairsolve.timetable import TimeTable


class CityBound:
    """Optimum and prices of a pure instance; see `pairsolve.pairing.flow.FlowBound`, which lists all pairs.

    Parameters
    ----------
    setup
        The instance.
    chosen
        Volunteer of each job, −1 = uncovered.
    candidates
        The pairs that were ever looked at closely, among them the chosen ones.
    prices
        Prices of the volunteers, one row per tier; None when the run was stopped before every pair was priced.
    charged
        How many tiers, from the first, were optimised; the others have no price.
    rounds
        Pricing rounds.
    """

    def __init__(
        self, setup: Setup, chosen: Ints, candidates: Candidates, prices: Ints | None, charged: int, rounds: int
    ) -> None:
        self.chosen, self.candidates, self._rounds = chosen, candidates, rounds
        lowest = setup.lowest()[:, None] + np.zeros((1, len(chosen)), np.int64)
        self.values: list[int] = []
        self._prices = lowest, np.zeros((len(setup.parts), setup.problem.num_volunteers), np.int64)
        if prices is not None:
            worth = setup.worth(chosen, prices)
            worth[charged:] = lowest[charged:]
            self._prices = worth, prices
            self.values = _bound(setup, worth, prices, chosen)[:charged]

    def solve(self, tiers: int) -> bool:
        """Say whether so many tiers are bounded."""
        return tiers <= len(self.values)

    @property
    def rounds(self) -> int:
        """Pricing rounds."""
        return self._rounds

    @property
    def rows(self) -> Ints:
        """Candidate rows of the optimum, ascending."""
        covered = np.flatnonzero(self.chosen >= 0)
        width = int(self.candidates.volunteer.max(initial=0)) + 1
        code = self.candidates.group.astype(np.int64) * width + self.candidates.volunteer
        return np.searchsorted(code, covered * width + self.chosen[covered])

    def prices(self) -> tuple[Ints, Ints]:
        """Return dual prices of jobs and volunteers, one row per tier: the certificate."""
        return self._prices


def solve_city(
    problem: Problem, timetable: TimeTable, tiers: tuple[TierSpec, ...], threads: int, watch: Watch
) -> CityBound | None:
    """Pair a pure instance exactly, over every admissible pair.

    Parameters
    ----------
    problem, timetable, tiers
        What is asked; `setup.is_pure` must hold.
    threads
        Threads used for pricing; the answer does not depend on it.
    watch
        Progress.

    Returns
    -------
    CityBound or None
        None when minimums or locked pairs cannot all be kept.
    """
    load(KERNELS, watch)
    from pairsolve.pairing.city.coarse import solve_market  # noqa: PLC0415  # compiles its kernels when imported first

    setup = Setup(problem, timetable, tiers)
    room = min(FIRST_ROOM, problem.num_volunteers + 2)
    while True:
        weights = Weights.build(setup.levels(), len(tiers), room)
        answer = solve_market(setup.market(weights), threads, watch)
        if answer is None or (setup.locked & (answer.volunteer < 0)).any():
            return None
        prices = weights.prices(answer.volunteer_price) if answer.exact else None
        if prices is not None or not answer.exact or room > problem.num_volunteers + 1:
            break
        room = problem.num_volunteers + 2
    width = max(1, problem.num_volunteers)
    group, volunteer = np.divmod(np.sort(answer.pool_need.astype(np.int64) * width + answer.pool_volunteer), width)
    minutes = _minutes(problem, group, volunteer, threads)
    candidates = Candidates(group.astype(np.int32), volunteer.astype(np.int32), minutes, complete=False)
    chosen = answer.volunteer.astype(np.int64)
    return CityBound(setup, chosen, candidates, prices, weights.charged(setup.levels()), answer.rounds)


def _minutes(problem: Problem, jobs: Ints, volunteers: Ints, threads: int) -> Small:
    """Return travel minutes of pairs, a part of them by each thread."""
    parts = zip(np.array_split(jobs, threads), np.array_split(volunteers, threads), strict=True)
    with ThreadPoolExecutor(threads) as workers:
        return np.concatenate(list(workers.map(lambda part: ways(problem, *part)[0].astype(np.int32), parts)))


def _bound(setup: Setup, job_prices: Ints, prices: Ints, chosen: Ints) -> list[int]:
    """Return L of every tier (docs/model.md, section 5).

    The last part is least at one of the ends or, where loads are squared, at the load that was chosen.
    """
    problem = setup.problem
    load = np.bincount(chosen[chosen >= 0], minlength=problem.num_volunteers)
    most = np.minimum(problem.max_households, len(chosen))
    squares = np.array([part.square for part in setup.parts], np.int64)[:, None]
    best = cheapest_load(prices, squares, (load, problem.min_households, most))
    total = setup.constant() + job_prices.sum(axis=1) + best.sum(axis=1)
    return [int(one) for one in total]
