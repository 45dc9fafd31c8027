"""Bounds of coverage and travel where volunteers have hours: prices of seats, raised tier after tier.

Each tier has prices of its own (docs/model.md, section 5): what it costs at least, less what the tiers of coverage
before it are above the best, at a price. So a bound is given for every tier, though none before it be proven best.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pairsolve.candidates import Candidates
from pairsolve.compiled import load
from pairsolve.options import Watch
from pairsolve.pairing.loads.question import Floats, Prices, Question
from pairsolve.pairing.tiers import TierSpec
from pairsolve.plan import ProofKind
from pairsolve.problem import Bools, Ints, Problem
from pairsolve.timetable import TimeTable

if TYPE_CHECKING:
    from pairsolve.pairing.loads.field import Arcs, Field

KERNELS = ("pairsolve.pairing.loads.best",)
SCALE = 10_000
"""Parts of a unit in which prices are given."""
STEPS, STEPS_OF_CITY = 300, 150
"""Evaluations of all loads for each tier; the same where only likely seats are looked at."""
AGAIN, STEPS_AGAIN = 3, 60
"""How often prices rise again with seats that they undersold, and by how many evaluations."""
FIRM = 1.5
"""Factor by which prices of the tiers before go up when the next tier begins."""
WORTH_GOING = 30.0
"""The same for travel, in minutes: what a need covered is worth at first."""


@dataclass(frozen=True)
class TierPrices:
    """Prices that bound one tier.

    Parameters
    ----------
    tier
        Number of the tier.
    scale
        Parts of a unit.
    seats
        By seat group: price of a head.
    before
        Prices of the tiers of coverage before: number of the tier and price of a unit of it.
    least
        What the tier costs at least when those cost nothing, in parts of a unit.
    """

    tier: int
    scale: int
    seats: Ints
    before: tuple[tuple[int, int], ...]
    least: int

    def bound(self, values: tuple[int, ...]) -> int:
        """Return the bound, where the tiers before cost no more than the values given."""
        return -(-(self.least - sum(price * values[tier] for tier, price in self.before)) // self.scale)


@dataclass(frozen=True)
class LoadBounds:
    """Prices of those tiers that have any.

    Parameters
    ----------
    prices
        By ascending tier.
    """

    prices: tuple[TierPrices, ...] = ()

    def better(
        self, values: tuple[int, ...], bounds: tuple[int | None, ...], proofs: tuple[ProofKind, ...]
    ) -> tuple[tuple[int | None, ...], tuple[ProofKind, ...]]:
        """Return bounds and proofs of a plan with those by loads where they say more."""
        best, by = list(bounds), list(proofs)
        for prices in self.prices:
            bound, other = prices.bound(values), bounds[prices.tier]
            if bound > 0 and (other is None or bound > other):
                best[prices.tier], by[prices.tier] = bound, "loads"
        return tuple(best), tuple(by)


def bound_by_loads(
    problem: Problem, timetable: TimeTable, candidates: Candidates, tiers: tuple[TierSpec, ...],
    values: tuple[int, ...], threads: int, watch: Watch,
) -> LoadBounds:  # fmt: skip
    """Raise the prices of every tier of coverage, and of the first that charges travel.

    Parameters
    ----------
    problem, tiers
        What is asked.
    timetable, candidates
        Who has time, and all candidates. Where these are only the likely ones, prices rise among them and are held
        against every admissible seat, as long as the seats of a tier are not too many to be listed.
    values
        What the tiers cost in some plan.
    threads
        Threads used; the answer does not depend on it.
    watch
        Progress; when it stops, the tiers that are left have no prices.
    """
    load(KERNELS, watch)
    from pairsolve.pairing.loads.every import Every  # noqa: PLC0415  # compiles its kernels on first import
    from pairsolve.pairing.loads.field import Field  # noqa: PLC0415  # the same

    steps = STEPS if candidates.complete else STEPS_OF_CITY
    watch.report("bound by loads", 0, steps)
    field = Field(problem)
    every = Every(problem, timetable, candidates)
    crew = np.maximum(np.bincount(field.group_job, field.seats, len(field.is_need)), 1)
    found: list[TierPrices] = []
    last = Prices(np.zeros(len(field.seats)), np.zeros(0), -np.inf)
    covering: list[int] = []
    with ThreadPoolExecutor(threads) as workers:
        for number, tier in enumerate(tiers):
            question = _question(field.is_need, problem, tiers, number, covering, values)
            if question is None:
                continue
            asked = (question.uncovered + question.before.sum(axis=0) > 0)[field.group_job] & (field.seats > 0)
            listed = every.arcs(field, asked, watch)
            if listed is None:
                break
            own = np.where(field.seats > 0, (question.uncovered / crew)[field.group_job], 0.0)
            own += question.rate * field.nearest(listed[0])
            firm = WORTH_GOING if question.rate > 0 else FIRM
            before = np.zeros(0)
            if covering:
                before = np.append(last.before, SCALE * np.ones(len(covering) - len(last.before)))
            start = Prices(np.rint(firm * last.seats + own), np.rint(firm * before), -np.inf)
            told = partial(_told, watch, tier.name, values[number], steps)
            last = _raised(field, listed, question, start, steps, float(values[number] * SCALE), told, workers)
            if watch.stopped:
                break
            least = round(last.bound + float(last.before @ question.allowed))
            priced = tuple((one, round(price)) for one, price in zip(covering, last.before.tolist(), strict=True))
            found.append(TierPrices(number, SCALE, last.seats.astype(np.int64), priced, least))
            if question.rate > 0:
                break
            covering.append(number)
    return LoadBounds(tuple(found))


def _raised(
    field: Field, listed: tuple[Arcs, Bools], question: Question, start: Prices, steps: int,
    target: float, told: Callable[[int, float], bool], workers: Executor,
) -> Prices:  # fmt: skip
    """Raise prices among likely arcs, hold them against all, and again with those that they undersell."""
    from pairsolve.pairing.loads.ascent import Ascent  # noqa: PLC0415  # compiles its kernels on first import

    arcs, likely = listed
    all_of_them = Ascent(field, arcs, question, start, workers)
    if likely.all():
        return all_of_them.climb(steps, target, told)
    best = start
    for turn in range(AGAIN + 1):
        among = Ascent(field, arcs.only(np.flatnonzero(likely)), question, start, workers)
        start = among.climb(STEPS_AGAIN if turn else steps, target, told)
        bound, _, _, loads = all_of_them.bound(start.seats, start.before)
        if bound > best.bound:
            best = Prices(start.seats, start.before, bound)
        if likely[loads.taken].all() or told(steps, best.bound):
            break
        likely[loads.taken] = True
    return best


def _told(watch: Watch, tier: str, value: int, steps: int, done: int, bound: float) -> bool:
    """Say how far a tier's prices have risen; return whether to stop."""
    shown = int(bound) // SCALE if bound > 0 else None  # the first prices may be far too high
    watch.report("bound by loads", done, steps, value=value, bound=shown, detail=tier)
    return watch.stopped


def _question(
    is_need: Bools, problem: Problem, tiers: tuple[TierSpec, ...], number: int, covering: list[int],
    values: tuple[int, ...],
) -> Question | None:  # fmt: skip
    """Return what a tier costs in the relaxation; None where it charges neither coverage nor travel."""

    def uncovered(tier: TierSpec) -> Floats:
        weight = sum(weight for kind, weight in tier.terms if kind == "coverage")
        return np.where(is_need & (problem.job_priority == tier.priority), float(weight), 0.0)

    own = uncovered(tiers[number]) if any(kind == "coverage" for kind, _ in tiers[number].terms) else None
    travel = sum(weight for kind, weight in tiers[number].terms if kind == "travel")
    if own is None and travel == 0:
        return None
    return Question(
        uncovered=np.zeros(len(is_need)) if own is None else SCALE * own,
        rate=float(SCALE * travel),
        before=np.array([uncovered(tiers[one]) for one in covering]).reshape(len(covering), len(is_need)),
        allowed=np.array([float(values[one]) for one in covering]),
    )
