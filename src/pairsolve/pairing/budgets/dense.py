"""Few agents with many jobs each: relaxation, dives, searches side by side, and proof."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from pairsolve.pairing.budgets.clock import Clock
from pairsolve.pairing.budgets.field import SCALE, Field
from pairsolve.pairing.budgets.problem import LARGEST, BudgetAnswer, BudgetProblem, Ints
from pairsolve.pairing.budgets.proof import Proof
from pairsolve.pairing.budgets.relaxed import Relaxed, relax
from pairsolve.pairing.budgets.search import MOST_FREE, Search

QUOTA = 30_000_000
"""Evaluated arcs of a search in a round."""
PATIENCE = 10
"""Rounds without a better plan after which all searches begin anew."""
LONELY = 3
"""Rounds without a better plan before searches mix their plans; sooner, all would end at the same one."""
NEAR = 2
"""Units between the best plan and its bound from which on searches stay apart: what is left is one exchange away."""
KEPT = 16
"""Plans kept from searches that began anew, to be mixed with others."""
SMALL = 300
"""Arcs of the relaxation that are left, down to which one of the threads only proves: a tree of so few ends."""
FIRST_PROOF = 2_000_000
"""Evaluated arcs of branch and bound before the searches: enough for what is small."""


@dataclass
class State:
    """What is known so far: the best plan, its cost and the bound, in parts of a unit."""

    agent_of: Ints | None
    value: float
    bound: int

    @property
    def units(self) -> int | None:
        """The cost of the plan in units."""
        return None if self.agent_of is None else round(self.value / SCALE)

    @property
    def done(self) -> bool:
        """Whether the bound meets the value, or shows that there is no plan."""
        return self.bound >= (LARGEST if self.units is None else self.units)

    @property
    def near(self) -> bool:
        """Whether the bound nearly meets the value."""
        return self.units is not None and self.units - self.bound <= NEAR


def solve_dense(problem: BudgetProblem, *, effort: int, seed: int, threads: int, clock: Clock) -> BudgetAnswer:
    """Return a cheap assignment with its bound; see `pairsolve.pairing.budgets.engine.solve_budgets`."""
    field = Field.of(problem)
    if len(np.unique(field.job)) < field.num_jobs:
        return BudgetAnswer(None, None, LARGEST, np.zeros(field.num_jobs, np.int64), SCALE, 0)
    if field.num_jobs == 0:
        return BudgetAnswer(np.zeros(0, np.int32), 0, 0, np.zeros(0, np.int64), SCALE, 0)
    clock.watch.report("budgets", 0, effort)
    relaxed = relax(field, clock)
    state = State(None, np.inf, relaxed.bound)
    searches = [
        Search(np.random.default_rng([seed, number]), wanders=number % 2 == 1, most=MOST_FREE[number % len(MOST_FREE)])
        for number in range(threads)
    ]
    proof = Proof(relaxed)
    state.bound = proof.run(np.inf, FIRST_PROOF, clock)
    _take(state, proof)
    if not state.done:
        with ThreadPoolExecutor(threads) as workers:
            _rounds(relaxed, state, searches, proof, effort, clock, workers)
    work = relaxed.work + proof.work + sum(search.work for search in searches)
    chosen = None if state.agent_of is None else field.told(state.agent_of, problem.num_agents)
    value = state.units
    bound = state.bound if value is None else min(state.bound, value)
    return BudgetAnswer(chosen, value, bound, relaxed.price.astype(np.int64), SCALE, work)


def _rounds(
    relaxed: Relaxed,
    state: State,
    searches: list[Search],
    proof: Proof,
    effort: int,
    clock: Clock,
    workers: ThreadPoolExecutor,
) -> None:
    """Search and prove in rounds, until both meet or the effort is spent."""
    surety = relaxed.surety()
    field = relaxed
    idle, before = 0, np.inf
    archive: list[Ints] = []
    for number in range(effort):
        started = [workers.submit(search.run, field, surety, QUOTA, clock) for search in searches[1:]]
        small = field.field.num_arcs <= SMALL
        state.bound = max(state.bound, proof.run(state.value, QUOTA if small else QUOTA // 4, clock))
        if not state.done and not (small and started):
            searches[0].run(field, surety, QUOTA, clock)
        for one in started:
            one.result()
        sources: list[Search | Proof] = [*searches, proof]
        if sum(_take(state, found) for found in sources):
            field = relaxed.within(round(state.value / SCALE))
        clock.watch.report("budgets", number + 1, effort, value=state.units, bound=state.bound)
        if state.done or clock.stopped:
            return
        for place, search in enumerate(searches):
            search.most = MOST_FREE[0 if state.near else place % len(MOST_FREE)]
        idle, before = _idle_rounds(searches, idle, before)
        if idle > PATIENCE:
            archive += [search.best_of for search in searches if search.best == before and search.best_of is not None]
            del archive[:-KEPT]
            for search in searches:
                search.begin_anew()
            idle, before = 0, np.inf
        _share(searches, archive, mix=idle > LONELY and not state.near)


def _share(searches: list[Search], archive: list[Ints], *, mix: bool) -> None:
    """Give every search the plans of the others to mix with its own, or none."""
    for search in searches:
        others = [other.best_of for other in searches if other is not search and other.best_of is not None]
        search.elite = others + archive if mix else []


def _idle_rounds(searches: list[Search], idle: int, before: float) -> tuple[int, float]:
    """Return for how many rounds no search has found better than all had before, and the best value now."""
    best = min(search.best for search in searches)
    return (0 if best < before or best == np.inf else idle + 1), best


def _take(state: State, found: Search | Proof) -> bool:
    """Take what was found if it is better; say whether it was."""
    if found.best >= state.value or found.best_of is None:
        return False
    state.agent_of, state.value = found.best_of, found.best
    return True
