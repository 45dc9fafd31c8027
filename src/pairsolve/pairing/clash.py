"""Which hard rules contradict each other: a smallest set, found by leaving rules out and solving again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pairsolve.candidates import Candidates
from pairsolve.pairing.exact import solve
from pairsolve.pairing.model import PairModel
from pairsolve.pairing.rules import PairRules
from pairsolve.pairing.tiers import Seats
from pairsolve.problem import Problem

Item = tuple[str, int | tuple[int, int]]
EFFORT = 20.0


def clashing_rules(problem: Problem, candidates: Candidates, rules: PairRules, seed: int) -> tuple[str, ...]:
    """Name a set of rules that cannot hold together, none of which can be left out.

    Every removal is confirmed by solving again; caps, hours and admissibility always hold.
    """
    kept: list[Item] = _items(rules)
    size = max(1, len(kept) // 2)
    while size >= 1:
        place = 0
        while place < len(kept):
            fewer = kept[:place] + kept[place + size :]
            if _contradicts(problem, candidates, _only(rules, fewer), seed):
                kept = fewer
            else:
                place += size
        size //= 2
    return tuple(_words(problem, rules, item) for item in kept)


def _items(rules: PairRules) -> list[Item]:
    items: list[Item] = [("locked", pair) for pair in sorted(rules.locked)]
    items += [("minimum", int(volunteer)) for volunteer in np.flatnonzero(rules.least_households)]
    items += [("quota_min", number) for number, (rule, _) in enumerate(rules.quotas) if rule.min_pairs]
    items += [("quota_max", number) for number, (rule, _) in enumerate(rules.quotas) if rule.max_pairs is not None]
    items += [("ended", number) for number, rule in enumerate(rules.budgets) if rule.max_ended is not None]
    items += [("new", number) for number, rule in enumerate(rules.budgets) if rule.max_new is not None]
    return items


def _only(rules: PairRules, items: Sequence[Item]) -> PairRules:
    """Return the rules with nothing but some items in force."""
    kept = set(items)
    least = np.array(
        [n if ("minimum", v) in kept else 0 for v, n in enumerate(rules.least_households.tolist())], np.int64
    )
    quotas = tuple(
        (
            rule.model_copy(
                update={
                    "min_pairs": rule.min_pairs if ("quota_min", number) in kept else 0,
                    "max_pairs": rule.max_pairs if ("quota_max", number) in kept else None,
                }
            ),
            members,
        )
        for number, (rule, members) in enumerate(rules.quotas)
    )
    budgets = tuple(
        rule.model_copy(
            update={
                "max_ended": rule.max_ended if ("ended", number) in kept else None,
                "max_new": rule.max_new if ("new", number) in kept else None,
            }
        )
        for number, rule in enumerate(rules.budgets)
    )
    locked = frozenset(pair for pair in rules.locked if ("locked", pair) in kept)
    return replace(rules, quotas=quotas, budgets=budgets, locked=locked, least_households=least)


def _contradicts(problem: Problem, candidates: Candidates, rules: PairRules, seed: int) -> bool:
    nothing = Seats(problem, candidates, np.zeros(0, np.int64))
    jobs, rows = np.arange(len(problem.jobs)), np.arange(len(candidates))
    model = PairModel(problem, candidates, rules, (), jobs, rows, nothing)
    result = solve(model, np.zeros(0, np.int64), seed=seed, effort=EFFORT)
    return result.proven and result.shortfall > 0


def _words(problem: Problem, rules: PairRules, item: Item) -> str:
    kind, what = item
    if isinstance(what, tuple):
        volunteer = problem.instance.volunteers[what[0]]
        household = problem.instance.households[what[1]]
        return (
            f"the locked pair of volunteer {volunteer.id!r} (at most {volunteer.max_households} households) "
            f"and household {household.id!r}"
        )
    if kind == "minimum":
        volunteer = problem.instance.volunteers[what]
        return f"volunteer {volunteer.id!r} has at least {volunteer.min_households} households"
    if kind.startswith("quota"):
        rule = rules.quotas[what][0]
        limit = f"at least {rule.min_pairs}" if kind == "quota_min" else f"at most {rule.max_pairs}"
        return f"rule {rule.id!r}: team {rule.team!r} holds {limit} pairs"
    budget = rules.budgets[what]
    limit = (
        f"at most {budget.max_ended} existing pairs end"
        if kind == "ended"
        else f"at most {budget.max_new} pairs are new"
    )
    return f"rule {budget.id!r}: {limit}"
