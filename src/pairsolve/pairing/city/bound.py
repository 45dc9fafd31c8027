"""The exact pairing of a pure instance, in the shape in which pairing and plan ask for a bound."""

from __future__ import annotations

import numpy as np

from pairsolve.candidates import Candidates
from pairsolve.compiled import load
from pairsolve.options import Watch
from pairsolve.pairing.city.digits import Digits, digits_for
from pairsolve.pairing.city.setup import Setup
from pairsolve.pairing.tiers import TierSpec
from pairsolve.problem import Ints, Problem
from pairsolve.timetable import TimeTable

KERNELS = tuple(f"pairsolve.pairing.city.{name}" for name in ("paths", "auction", "tree"))


class CityBound:
    """Optimum and prices of a pure instance; see `pairsolve.pairing.flow.FlowBound`, which lists all pairs.

    Parameters
    ----------
    setup
        The instance.
    digits
        The tiers that were optimised together.
    chosen
        Volunteer of each job, −1 = uncovered.
    candidates
        The pairs that were ever looked at closely, among them the chosen ones.
    job_prices, volunteer_prices
        One row per tier.
    exact
        Whether every pair was priced.
    rounds
        Pricing rounds.
    """

    def __init__(
        self, setup: Setup, digits: Digits, chosen: Ints, candidates: Candidates,
        job_prices: Ints, volunteer_prices: Ints, exact: bool, rounds: int,
    ) -> None:  # fmt: skip
        self.chosen, self.candidates, self._rounds = chosen, candidates, rounds
        self._prices = job_prices, volunteer_prices
        bound = _bound(setup, job_prices, volunteer_prices)
        proven = next((tier for tier, bits in enumerate(digits.bits) if not bits and setup.charges(tier)), len(bound))
        self.values: list[int] = bound[:proven] if exact else []

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
    from pairsolve.pairing.city.core import City  # noqa: PLC0415  # compiles its kernels when imported first

    setup = Setup(problem, timetable, tiers)
    largest = setup.largest()
    digits = digits_for(largest)
    while True:
        answer = City(setup.market(digits), threads, watch).solve()
        if answer is None or (setup.locked & (answer.volunteer < 0)).any():
            return None
        volunteer_prices, job_prices, narrow = digits.split(answer.volunteer_price, answer.need_price, largest)
        if narrow is None or not answer.exact:
            break
        digits = digits.widened(narrow)  # ends: digits at the end are dropped where the sum gets too long
    pool = answer.pool
    order = np.lexsort((pool.volunteer, pool.need))
    group, volunteer = pool.need[order], pool.volunteer[order]
    minutes = setup.minutes(group.astype(np.int64), volunteer.astype(np.int64))[0]
    candidates = Candidates(group, volunteer, minutes.astype(np.int32))
    return CityBound(
        setup, digits, answer.volunteer.astype(np.int64), candidates, job_prices, volunteer_prices,
        answer.exact, answer.rounds,
    )  # fmt: skip


def _bound(setup: Setup, job_prices: Ints, volunteer_prices: Ints) -> list[int]:
    """Return L of every tier (docs/model.md, section 5)."""
    total = setup.constant() + job_prices.sum(axis=1)
    least, most = setup.problem.min_households, setup.problem.max_households
    squares = np.array([part.square for part in setup.parts], np.int64)
    for volunteer in np.flatnonzero(volunteer_prices.any(axis=0) | (least > 0)).tolist():
        price = volunteer_prices[:, volunteer].tolist()
        total += min(
            [int(square) * k * k - k * one for square, one in zip(squares, price, strict=True)]
            for k in range(int(least[volunteer]), int(most[volunteer]) + 1)
        )
    return [int(one) for one in total]
