"""The terms of the objective over the variables of the pairing model; `TERMS` at the end is the table of contents."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from pairsolve.pairing.model import PairModel, Variable
from pairsolve.pairing.tiers import TierSpec, preference_costs
from pairsolve.rules import TermKind

Linear = tuple[list[Variable], list[int], int]


def coverage(m: PairModel, tier: TierSpec) -> Linear:
    """Uncovered jobs of the class."""
    y = [y for job, y in m.y.items() if m.problem.jobs[job].priority == tier.priority]
    return y, [-1] * len(y), len(y)


def targets(m: PairModel, tier: TierSpec) -> Linear:
    """What is missing to the targets."""
    short = []
    constant = 0
    is_free = np.zeros(len(m.problem.jobs), np.bool_)
    is_free[m.free] = True
    for needs, unit, level in m.problem.targets:
        reached = int(unit[m.fixed.covered[needs]].sum())
        free = np.flatnonzero(is_free[needs])
        counted = [(int(unit[place]), m.y[int(needs[place])]) for place in free]
        constant += 0 if counted else max(0, level - reached)
        if level > reached and counted:
            missing = m.model.new_int_var(0, level - reached, "")
            m.model.add(missing + sum(u * y for u, y in counted) >= level - reached)
            short.append(missing)
    return short, [1] * len(short), constant


def neighbour(m: PairModel, tier: TierSpec) -> Linear:
    """Households without a neighbour."""
    lonely = []
    constant = 0
    pairs = np.array(list(m.z), np.int64).reshape(-1, 2)
    variables = list(m.z.values())
    for rule, wanted in m.problem.neighbours:
        near = m.problem.near(rule, pairs[:, 0], pairs[:, 1])
        by_household: dict[int, list[Variable]] = {h: [] for h in sorted(m.household_set) if wanted[h]}
        for place in np.flatnonzero(near):
            if pairs[place, 1] in by_household:
                by_household[int(pairs[place, 1])].append(variables[place])
        for neighbours in by_household.values():
            constant = constant + int(not neighbours)
            if neighbours:
                missing = m.model.new_bool_var("")
                m.model.add_bool_or([missing, *neighbours])
                lonely.append(missing)
    return lonely, [1] * len(lonely), constant


def continuity(m: PairModel, tier: TierSpec) -> Linear:
    """Value of the existing pairs that end."""
    homes = (-1, *sorted(m.household_set))
    ended = [(volunteer, home, value) for home in homes for volunteer, value in m.problem.running.get(home, ())]
    kept = [(m.z[volunteer, home], value) for volunteer, home, value in ended if (volunteer, home) in m.z]
    constant = sum(value for _, _, value in ended)
    return [z for z, _ in kept], [-value for _, value in kept], constant


def travel(m: PairModel, tier: TierSpec) -> Linear:
    """Required visits × one-way minutes."""
    return m.x, (m.problem.job_required[m.job] * m.minutes).tolist(), 0


def preference(m: PairModel, tier: TierSpec) -> Linear:
    """Wishes that name others."""
    return m.x, preference_costs(m.problem, m.volunteer, m.job).tolist(), 0


def balance(m: PairModel, tier: TierSpec) -> Linear:
    """Squares of the volunteers' households; tangents are exact at whole numbers."""
    squares = []
    for volunteer, pairs in m.pairs_of_volunteer.items():
        fixed = int(m.fixed.households_of[volunteer])
        most = min(len(pairs), max(0, int(m.problem.max_households[volunteer]) - fixed))
        square = m.model.new_int_var(0, (fixed + most) ** 2 - fixed**2, "")
        for load in range(fixed, fixed + most):
            m.model.add(square >= (2 * load + 1) * (fixed + sum(pairs)) - load * (load + 1) - fixed**2)
        squares.append(square)
    return squares, [1] * len(squares), 0


def faces(m: PairModel, tier: TierSpec) -> Linear:
    """Pairs."""
    return list(m.z.values()), [1] * len(m.z), 0


def tier_sum(m: PairModel, tier: TierSpec) -> Linear:
    """Return a tier as one weighted sum."""
    variables: list[Variable] = []
    weights: list[int] = []
    constant = 0
    for kind, weight in tier.terms:
        vs, cs, fixed = TERMS[kind](m, tier)
        used = [(v, weight * c) for v, c in zip(vs, cs, strict=True) if c]
        variables += [v for v, _ in used]
        weights += [c for _, c in used]
        constant += weight * fixed
    return variables, weights, constant


TERMS: Mapping[TermKind, Callable[[PairModel, TierSpec], Linear]] = {
    "coverage": coverage,
    "targets": targets,
    "neighbour": neighbour,
    "continuity": continuity,
    "travel": travel,
    "preference": preference,
    "balance": balance,
    "faces": faces,
}
