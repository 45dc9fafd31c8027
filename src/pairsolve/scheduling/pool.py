"""Solve hard components side by side; the answers do not depend on how many processes there are."""

from __future__ import annotations

import multiprocessing
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

from pairsolve.scheduling.outcome import Outcome
from pairsolve.scheduling.solving import solve_hard
from pairsolve.scheduling.tasks import Piece, Plan

FEWEST_FOR_POOL = 6  # below that, starting processes costs more than it saves


Start = tuple[Piece, Mapping[int, Plan]]


def solve_all(pieces: Sequence[Start], seed: int, threads: int) -> Iterator[Outcome]:
    """Yield the outcome of each piece in order, as soon as it and all before it are known.

    Parameters
    ----------
    pieces
        Hard components, the largest first, each with plans of some of its needs.
    seed
        Random seed of CP-SAT.
    threads
        Most processes to use.
    """
    solve = partial(solve_hard, seed=seed)
    if threads < 2 or len(pieces) < FEWEST_FOR_POOL or multiprocessing.current_process().daemon:
        yield from (solve(*piece) for piece in pieces)
        return
    executor = ProcessPoolExecutor(min(threads, len(pieces)), mp_context=_context())
    try:
        with warnings.catch_warnings():
            # a forked child runs only CP-SAT with one worker of its own and touches no lock of the parent
            warnings.simplefilter("ignore", DeprecationWarning)
            waiting = [executor.submit(solve, *piece) for piece in pieces]
        for piece, future in zip(pieces, waiting, strict=True):
            yield _answer(future, piece, seed)
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _answer(future: Future[Outcome], piece: Start, seed: int) -> Outcome:
    try:
        return future.result()
    except BrokenProcessPool:  # no child could be started or one was killed: go on alone
        return solve_hard(*piece, seed=seed)


def _context() -> multiprocessing.context.BaseContext:
    methods = multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("fork" if "fork" in methods else "spawn")
