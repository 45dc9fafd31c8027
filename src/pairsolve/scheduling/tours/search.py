"""The search for tours: anneals from first tours, side by side, within work or, on request, within seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np

from pairsolve.compiled import load
from pairsolve.options import Watch
from pairsolve.scheduling.tours.arrays import asked_arrays, state_arrays
from pairsolve.scheduling.tours.asked import Floats, Ints, TourProblem, Tours
from pairsolve.scheduling.tours.construct import ensure_possible, first_tours, links_of
from pairsolve.scheduling.tours.layout import AFTER, EVEN, LATEST, LUNCH, RELEASE, START

KERNELS = ("pairsolve.scheduling.tours.anneal",)
_CHUNK = 100_000  # moves between two looks at the watch
_SHORT_CHUNK = 20_000  # the same where seconds are counted
_LARGE, _LARGE_PRICED = 160, 60  # tasks above which one long anneal beats several
_ANNEAL_SECONDS, _PRICED_SECONDS = 10.0, 5.0
_ANNEAL_MOVES, _PRICED_MOVES = 10_000_000, 5_000_000
_HOT, _COLD = 5.0, 0.05  # temperatures, in costs of a usual way between two tasks
_PRICED_HOT, _PRICED_COLD = 2.0, 0.015  # the same for one long anneal where days are priced
_REPORT_SECONDS = 0.2

Anneal = Callable[..., float]
Decided = tuple[Ints, Floats]  # what follows each node and where lunches are; earliest starts allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to search.

    Parameters
    ----------
    moves
        Moves drawn by each thread.
    seconds
        Wall-clock seconds instead of moves; two runs may then differ.
    threads
        Anneals side by side, each with its own random numbers: the tours depend on this number.
    seed
        Start of the random numbers.
    """

    moves: int = 20_000_000
    seconds: float | None = None
    threads: int = 1
    seed: int = 0


def find_tours(
    problem: TourProblem,
    effort: Effort | None = None,
    watch: Watch | None = None,
    first: Sequence[Sequence[int]] | None = None,
) -> Tours:
    """Find good tours for all tasks.

    Parameters
    ----------
    problem
        What is asked.
    effort
        How long to search.
    watch
        Told the best cost (rounded) now and then; stops the search early, the best tours so far are returned.
    first
        Tours to start from, as tasks of each carer in order; with limits on tasks there must be some.

    Raises
    ------
    InputError
        Tasks that nobody can do, one line each.

    Notes
    -----
    Simulated annealing over the links of single tasks, after Ceschia, Di Gaspero, Rosati and Schaerf (2024),
    doi 10.1111/itor.13585; start times follow each move, and a move is refused as soon as its travel alone is too much.

    Examples
    --------
    >>> from pairsolve.scheduling.tours.asked import TourProblem
    >>> problem = TourProblem.build(
    ...     travel=[[0, 5], [5, 0]], place=[1], ready=[60], due=[90], minutes=[30], num_carers=2
    ... )
    >>> tours = find_tours(problem, Effort(moves=1000))
    >>> sorted(tours.routes), tours.start.tolist(), tours.cost
    ([(), (0,)], [60.0], 10.0)
    """
    effort, watch = effort or Effort(), watch or Watch()
    ensure_possible(problem)
    (module,) = load(KERNELS, watch)
    links = links_of(problem, first_tours(problem) if first is None else first)
    runs = [_Run(problem, effort, thread, module.anneal, links) for thread in range(effort.threads)]
    with ThreadPoolExecutor(effort.threads) as pool:
        waiting = {pool.submit(run.search, watch) for run in runs}
        while waiting:
            done, waiting = wait(waiting, _REPORT_SECONDS)
            for future in done:
                future.result()
            best = min(run.best for run in runs)
            percent = int(100 * min(run.progress() for run in runs))
            watch.report("tours", percent, 100, value=round(best) if np.isfinite(best) else None)
    return min(runs, key=lambda run: run.best).tours(sum(run.done for run in runs))


class _Run:
    """The anneals of one thread, one after another."""

    def __init__(self, problem: TourProblem, effort: Effort, thread: int, anneal: Anneal, first: Ints) -> None:
        self.problem, self.effort = problem, effort
        self.best, self.done = np.inf, 0
        self._first = first
        self._links, self._releases = self._first.copy(), problem.ready.copy()
        self._asked = asked_arrays(problem)
        self._state = state_arrays(problem, np.random.SeedSequence([effort.seed, thread]))
        self._kernel = anneal
        self._began = time.monotonic()

    def search(self, watch: Watch) -> None:
        """Anneal again and again until the effort is spent."""
        num_anneals = self._num_anneals()
        for number in range(num_anneals):
            self._cool(number, num_anneals, watch)
            if watch.stopped:
                return

    def progress(self) -> float:
        """Return which part of the effort is spent."""
        if self.effort.seconds is not None:
            return min(1.0, (time.monotonic() - self._began) / self.effort.seconds)
        return self.done / self.effort.moves if self.effort.moves else 1.0

    def tours(self, work: int) -> Tours:
        """Return the best tours with start times counted anew."""
        kept = (self._links.copy(), self._releases.copy())
        cost = self._anneal((self._links, self._releases), kept, np.inf, 1.0, 0)
        num_tasks, after = self.problem.num_tasks, self._links
        num_nodes = num_tasks + self.problem.num_carers
        routes = []
        for base in range(num_tasks, num_nodes):
            route = []
            node = int(after[base])
            while node < num_tasks:
                route.append(node)
                node = int(after[node])
            routes.append(tuple(route))
        lunch = tuple(-2 if n < 0 else -1 if n >= num_tasks else n for n in after[num_nodes:].tolist())
        begun = [task for route in routes for task in route]
        start = self._state.times[:num_tasks, START].copy()
        if self.problem.shifts:
            start[begun] = self._state.times[begun, LATEST]
        return Tours(tuple(routes), start, cost, work, lunch)

    def _cool(self, number: int, num_anneals: int, watch: Watch) -> None:
        now = (self._first, self.problem.ready)
        kept, best = (self._first.copy(), self.problem.ready.copy()), np.inf
        usual = self._usual_cost()
        hot, cold = (_PRICED_HOT, _PRICED_COLD) if self.problem.shifts and num_anneals == 1 else (_HOT, _COLD)
        while (progress := self.progress() * num_anneals - number) < 1 and not watch.stopped:
            moves = self._next_chunk(number, num_anneals)
            self._asked.rates[EVEN] = 1.0 - progress
            best = self._anneal(now, kept, best, usual * hot * (cold / hot) ** progress, moves)
            now = self._decided()
            self.done += moves
            if best < self.best:
                self.best = best
                self._links[:], self._releases[:] = kept

    def _decided(self) -> Decided:
        """Return the tours as the search left them."""
        num_tasks, num_carers = self.problem.num_tasks, self.problem.num_carers
        links, times = self._state.links, self._state.times
        after, lunch = links[: num_tasks + num_carers, AFTER], links[:num_carers, LUNCH]
        return np.concatenate([after, lunch]), times[:num_tasks, RELEASE].copy()

    def _usual_cost(self) -> float:
        """Return what a usual way between two tasks costs, or where ways cost nothing, as many minutes of a day."""
        rate, shifts = float(self.problem.weights[0]), self.problem.shifts
        if rate == 0.0 and shifts:
            rate = max(shifts.waiting, shifts.idle, shifts.balance)
        return rate * self.problem.usual_leg()

    def _anneal(self, tours: Decided, kept: Decided, best: float, temperature: float, moves: int) -> float:
        run: tuple[Any, ...] = (*tours, *kept, float(best), float(temperature), moves)
        return float(self._kernel(*self._asked, *self._state, *run))

    def _num_anneals(self) -> int:
        if self.problem.num_tasks > (_LARGE_PRICED if self.problem.shifts else _LARGE):
            return 1
        if self.effort.seconds is not None:
            each = _PRICED_SECONDS if self.problem.shifts else _ANNEAL_SECONDS
            return max(1, round(self.effort.seconds / each))
        return max(1, self.effort.moves // (_PRICED_MOVES if self.problem.shifts else _ANNEAL_MOVES))

    def _next_chunk(self, number: int, num_anneals: int) -> int:
        if self.effort.seconds is not None:
            return _SHORT_CHUNK
        end = self.effort.moves * (number + 1) // num_anneals
        return max(1, min(_CHUNK, end - self.done))
