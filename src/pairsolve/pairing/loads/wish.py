"""Whom a first plan should try first, where volunteers have hours."""

from __future__ import annotations

import numpy as np

from pairsolve.candidates import Candidates
from pairsolve.compiled import load
from pairsolve.options import Watch
from pairsolve.pairing.loads.bound import KERNELS
from pairsolve.pairing.rules import PairRules
from pairsolve.problem import NO_LIMIT, Ints, Problem


def wishes(
    problem: Problem, candidates: Candidates, rules: PairRules, threads: int, watch: Watch
) -> Ints | None:  # fmt: skip
    """Return the candidate rows that a dive fixes, ascending; None where a flow does as well.

    Parameters
    ----------
    problem, candidates, rules
        What is asked. A flow knows neither hours nor whole loads, a dive no change budgets.
    threads, watch
        Threads used, which the answer does not depend on; progress.
    """
    if rules.budgets or not (np.minimum(*problem.budgets) < NO_LIMIT).any():
        return None
    load(KERNELS, watch)
    from pairsolve.pairing.loads.dive import dive  # noqa: PLC0415  # compiles its kernels on first import

    return dive(problem, candidates, threads, watch)
