"""Pairing as a recipe: bound it by the relaxation, take the flow if it obeys every rule, else solve with all rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from pairsolve.candidates import Candidates
from pairsolve.options import Options, Watch
from pairsolve.pairing.clash import clashing_rules
from pairsolve.pairing.cover import cover_more, stir
from pairsolve.pairing.exact import solve as solve_exactly
from pairsolve.pairing.flow import FlowBound
from pairsolve.pairing.greedy import first_plan, without_cuts
from pairsolve.pairing.loads.bound import LoadBounds, bound_by_loads
from pairsolve.pairing.loads.wish import wishes
from pairsolve.pairing.model import PairModel
from pairsolve.pairing.relaxation import relax
from pairsolve.pairing.rules import PairRules, broken
from pairsolve.pairing.scarce import cover_by_classes
from pairsolve.pairing.search import Neighbourhoods, Search
from pairsolve.pairing.tiers import Seats, TierSpec, evaluate, tiers_of
from pairsolve.pairing.tierwise import TierBounds, better_by_tiers
from pairsolve.plan import ProofKind
from pairsolve.problem import Ints, Problem
from pairsolve.timetable import TimeTable

EXACT_CANDIDATES = 6000
LARGE = 3_000_000
LARGEST_MODEL = 400_000
UNPROVEN = "no plan was found that keeps every minimum and every locked pair; that there is none is not proven"
EXACT_EFFORT = 1.0
MOST_STEPS = 700
WORK_OF_CITY = 40_000_000  # neighbourhoods × households
TURNS_OF_CITY = 3  # chains and upheavals find new room after neighbourhoods have moved people


class Bound(Protocol):
    """The lexicographic optimum of a relaxation, with the prices that prove it."""

    values: list[int]

    @property
    def rounds(self) -> int:
        """Rounds of work."""

    @property
    def rows(self) -> Ints:
        """Candidate rows of the optimum, ascending."""

    def solve(self, tiers: int) -> bool:
        """Bound the first tiers; False when that cannot be."""

    def prices(self) -> tuple[Ints, Ints]:
        """Return dual prices of jobs and volunteers, one row per tier."""


@dataclass(frozen=True)
class Pairing:
    """Who helps whom.

    Parameters
    ----------
    rows
        Chosen candidate rows, ascending.
    values
        Value of each tier.
    bounds
        Proven bound of each tier given the tiers before it, or None.
    proofs
        ``"prices"``, ``"search"`` or ``"none"`` for each tier.
    contradictions
        Clashing hard rules; then there are no rows.
    work
        Counted work.
    searched
        Bounds by exhaustive search; they hold in later rounds too, because cuts only take choices away.
    contested
        Jobs whose crews, at one time or another, found no dates with others.
    raw
        Whether the choice is a first plan that no neighbourhood has improved.
    exhausted
        Whether the choice is proven best, so that the exact model is worth asking after a cut.
    """

    rows: Ints
    values: tuple[int, ...]
    bounds: tuple[int | None, ...]
    proofs: tuple[ProofKind, ...]
    contradictions: tuple[str, ...]
    work: dict[str, int]
    searched: tuple[int | None, ...] | None = None
    raw: bool = False
    exhausted: bool = False
    contested: frozenset[int] = frozenset()

    def without_search_proofs(self) -> Pairing:
        """Return the same choice without the bounds that rest on search."""
        return replace(
            self,
            bounds=tuple(b if proof == "prices" else None for b, proof in zip(self.bounds, self.proofs, strict=True)),
            proofs=tuple(proof if proof == "prices" else "none" for proof in self.proofs),
        )


def bound(problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], watch: Watch) -> Bound | None:
    """Solve the relaxation; of a very large one the first tier only, the others when they are asked for.

    Returns None when the volunteers' minimums cannot be met.
    """
    watch.report("bound", 0, len(tiers))
    flow = FlowBound(relax(problem, candidates, tiers), watch)
    at_once = len(tiers) if len(candidates) <= LARGE else min(1, len(tiers))
    return flow if flow.solve(at_once) else None


def pair(
    problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], rules: PairRules, flow: Bound | None,
    before: Pairing | None, options: Options, watch: Watch,
) -> Pairing:  # fmt: skip
    """Choose the seats.

    Parameters
    ----------
    problem, candidates, tiers, rules
        What is asked; `rules.cuts` grows from round to round.
    flow
        The relaxation's optimum; None when the volunteers' minimums cannot be met.
    before
        The choice of the round before, None in the first.
    options, watch
        Seed, limits, progress.
    """
    watch.report("pairing", 0, 1)
    wished = np.zeros(0, np.int64)
    if flow is not None and len(flow.values) == len(tiers):
        wished = flow.rows
        if broken(Seats(problem, candidates, wished), rules) == 0:
            values = evaluate(Seats(problem, candidates, wished), tiers)
            if values == tuple(flow.values):
                return replace(_answer(problem, candidates, tiers, wished, flow, None, {}), exhausted=True)
    if candidates.complete and len(candidates) <= EXACT_CANDIDATES and (before is None or before.exhausted):
        return _exact(
            problem, candidates, tiers, rules, flow, wished if before is None else before.rows, options, watch
        )
    return _search(problem, candidates, tiers, rules, flow, before, options, watch)


def begun(
    problem: Problem, candidates: Candidates, rules: PairRules, flow: Bound | None, options: Options, watch: Watch
) -> Pairing:  # fmt: skip
    """Return a first plan: a relaxation's choice as far as the limits allow, more by chains and by upheavals."""
    wished = wishes(problem, candidates, rules, options.threads, watch)
    if wished is None:
        wished = flow.rows if flow is not None and flow.solve(1) else np.zeros(0, np.int64)
    rows = without_cuts(problem, candidates, rules, first_plan(problem, candidates, rules, wished))
    return stirred(problem, candidates, rules, rows, options, watch)


def stirred(
    problem: Problem, candidates: Candidates, rules: PairRules, rows: Ints, options: Options, watch: Watch
) -> Pairing:  # fmt: skip
    """Return a first plan after chains and upheavals."""
    rows = stir(problem, candidates, rules, rows, options.seed, options, watch)
    return replace(revalued(problem, candidates, None, rows, {}), raw=True)


def is_searched(
    problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], rules: PairRules, flow: Bound | None
) -> bool:
    """Say whether neither the relaxation's choice nor the exact model will do, so that a first plan is wanted."""
    if len(candidates) <= EXACT_CANDIDATES:
        return False
    return not _is_settled(problem, candidates, tiers, rules, flow)


def _is_settled(
    problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], rules: PairRules, flow: Bound | None
) -> bool:
    """Say whether the relaxation's choice obeys all rules."""
    if flow is None or len(flow.values) < len(tiers):
        return False
    return broken(Seats(problem, candidates, flow.rows), rules) == 0


def by_classes(
    problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], rules: PairRules, flow: Bound | None,
    first: Pairing | None, options: Options, watch: Watch,
) -> tuple[Pairing | None, TierBounds]:  # fmt: skip
    """Return a choice to begin with that covers more, where the exact model finds one, and bounds of coverage.

    Where no first plan is wanted, one is made for the exact model to start from.
    """
    if watch.stopped:
        return first, TierBounds()
    if first is not None:

        def mended(rows: Ints) -> Ints:
            return stir(problem, candidates, rules, rows, options.seed, options, watch)

        rows, bounds = cover_by_classes(problem, candidates, tiers, rules, first.rows, mended, options, watch)
        return replace(revalued(problem, candidates, None, rows, {}), raw=True), bounds
    if not candidates.complete or _is_settled(problem, candidates, tiers, rules, flow):
        return None, TierBounds()
    wished = flow.rows if flow is not None else np.zeros(0, np.int64)
    rows = without_cuts(problem, candidates, rules, first_plan(problem, candidates, rules, wished))
    rows, bounds = cover_by_classes(problem, candidates, tiers, rules, rows, lambda some: some, options, watch)
    return replace(revalued(problem, candidates, None, rows, {}), raw=True, exhausted=True), bounds


def by_tiers(
    problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], rules: PairRules, pairing: Pairing,
    options: Options, watch: Watch,
) -> tuple[Pairing, TierBounds]:  # fmt: skip
    """Return a choice that is no worse, and bounds of what comes after coverage, where that is not proven best.

    Where visits are dated, the choice stays: others would have to find dates first.
    """
    if not candidates.complete or pairing.contradictions or pairing.values == pairing.bounds:
        return pairing, TierBounds()
    if watch.stopped or options.work_limit == 0:
        return pairing, TierBounds()
    rows, bounds = better_by_tiers(problem, candidates, tiers, rules, pairing.rows, options, watch)
    if options.stage == "all" or np.array_equal(rows, pairing.rows):
        return pairing, bounds
    values = evaluate(Seats(problem, candidates, rows), tiers)
    changed = [number for number, (new, old) in enumerate(zip(values, pairing.values, strict=True)) if new != old]
    same = min(changed, default=len(tiers) - 1)
    unknown = len(tiers) - same - 1
    unproven: list[ProofKind] = ["none"] * unknown
    kept = (*pairing.bounds[: same + 1], *[None] * unknown), (*pairing.proofs[: same + 1], *unproven)
    return replace(pairing, rows=rows, values=values, bounds=kept[0], proofs=kept[1]), bounds


def bound_loads(
    problem: Problem, timetable: TimeTable, candidates: Candidates, tiers: tuple[TierSpec, ...], first: Pairing | None,
    options: Options, watch: Watch,
) -> LoadBounds:  # fmt: skip
    """Bound by loads what the relaxation leaves open, where pairs are too many for the exact model.

    The first plan says how much may stay uncovered while a tier after it is bounded. Where all pairs are listed and
    very many, nothing is bounded so: prices would take longer to rise than the search takes to pair them.
    """
    few = candidates.complete and len(candidates) <= EXACT_CANDIDATES
    if first is None or watch.stopped or few or (candidates.complete and len(candidates) > LARGE):
        return LoadBounds()
    return bound_by_loads(problem, timetable, candidates, tiers, first.values, options.threads, watch)


def revalued(problem: Problem, candidates: Candidates, flow: Bound | None, rows: Ints, work: dict[str, int]) -> Pairing:
    """Return another choice of seats with the bounds that still hold."""
    return _answer(problem, candidates, tiers_of(problem), rows, flow, None, work)


def _exact(
    problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], rules: PairRules,
    flow: Bound | None, start: Ints, options: Options, watch: Watch,
) -> Pairing:  # fmt: skip
    """Solve the whole instance tier by tier; where the proof takes too long, go on by neighbourhoods."""
    nothing = Seats(problem, candidates, np.zeros(0, np.int64))
    jobs, rows = np.arange(len(problem.jobs)), np.arange(len(candidates))
    model = PairModel(problem, candidates, rules, tiers, jobs, rows, nothing)
    result = solve_exactly(model, start, seed=options.seed, effort=EXACT_EFFORT, apart=True, stop=lambda: watch.stopped)
    if result.shortfall > 0 or (flow is None and rules.least_households.any()):
        return _contradiction(problem, candidates, rules, options)
    found, steps = result.rows, 0
    if not result.proven:
        search = Search(Neighbourhoods(problem, candidates, rules, tiers, options.seed), found, options, watch)
        search.improve(search.sweep(options.seed), _most_steps(problem, options))
        found, steps = search.rows, search.steps
    answer = _answer(problem, candidates, tiers, found, flow, result.bounds, {"exact": 1, "neighbourhoods": steps})
    return replace(answer, exhausted=result.proven)


def _search(
    problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], rules: PairRules,
    flow: Bound | None, before: Pairing | None, options: Options, watch: Watch,
) -> Pairing:  # fmt: skip
    """Improve a first plan by neighbourhoods, chains and upheavals in turns; after a cut, mend around it only."""
    before = before or begun(problem, candidates, rules, flow, options, watch)
    market = Neighbourhoods(problem, candidates, rules, tiers, options.seed)
    started = before.rows
    if not before.raw:
        started = cover_more(problem, candidates, rules, without_cuts(problem, candidates, rules, started), watch)
    search = Search(market, started, options, watch)
    if candidates.complete:
        most, turns = _most_steps(problem, options), 1
        around_open, anywhere = most, most // 4
    else:
        most, turns = _most_steps_of_city(problem, options), TURNS_OF_CITY
        around_open, anywhere = 2 * most // 3, most // 3
    if not before.raw and candidates.complete:
        search.improve(search.chains(options.seed), around_open // 8)
    sweep = search.sweep(options.seed)
    for turn in range(turns if before.raw else 0):
        search.improve(search.chains(options.seed + turn), around_open // turns)
        search.improve(sweep, anywhere // turns)
        search.rows = stir(problem, candidates, rules, search.rows, options.seed + turn, options, watch)
    search.rows = without_cuts(problem, candidates, rules, search.rows)
    search.mend()
    if broken(Seats(problem, candidates, search.rows), rules) > 0:
        if len(candidates) > LARGEST_MODEL or not candidates.complete:
            return Pairing(np.zeros(0, np.int64), (), (), (), (UNPROVEN,), {})
        search.free(np.arange(len(problem.jobs)))
        if broken(Seats(problem, candidates, search.rows), rules) > 0:
            return _contradiction(problem, candidates, rules, options)
    return _answer(problem, candidates, tiers, search.rows, flow, before.searched, {"neighbourhoods": search.steps})


def _most_steps(problem: Problem, options: Options) -> int:
    """Return how many neighbourhoods to solve: as many as there are households, up to a limit."""
    if options.work_limit is not None:
        return options.work_limit
    return min(MOST_STEPS, max(100, len(problem.instance.households)))


def _most_steps_of_city(problem: Problem, options: Options) -> int:
    """Return how many neighbourhoods to solve where not all pairs are listed.

    One for ten households up to 20,000 of them, then ever fewer: each takes longer the more households there are.
    """
    if options.work_limit is not None:
        return options.work_limit
    households = len(problem.instance.households)
    return min(households // 10, WORK_OF_CITY // max(1, households))


def _contradiction(problem: Problem, candidates: Candidates, rules: PairRules, options: Options) -> Pairing:
    lines = clashing_rules(problem, candidates, rules, options.seed)
    return Pairing(np.zeros(0, np.int64), (), (), (), lines, {})


def _answer(
    problem: Problem, candidates: Candidates, tiers: tuple[TierSpec, ...], rows: Ints,
    flow: Bound | None, searched: tuple[int | None, ...] | None, work: dict[str, int],
) -> Pairing:  # fmt: skip
    """Give each tier the better of its two bounds: by prices while they meet the values, else by search."""
    values = evaluate(Seats(problem, candidates, rows), tiers)
    bounds: list[int | None] = []
    proofs: list[ProofKind] = []
    by_prices, by_search = flow is not None, searched is not None
    for number, value in enumerate(values):
        price = flow.values[number] if flow is not None and by_prices and flow.solve(number + 1) else None
        search = searched[number] if searched is not None and by_search else None
        if price is not None and (price == value or search is None or price >= search):
            bounds.append(price)
            proofs.append("prices")
        else:
            bounds.append(search)
            proofs.append("none" if search is None else "search")
        by_prices = by_prices and price == value
        by_search = by_search and (search == value or bounds[-1] == value)
    return Pairing(rows, values, tuple(bounds), tuple(proofs), (), work, searched)
