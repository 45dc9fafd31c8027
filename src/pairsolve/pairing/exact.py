"""The pairing with all its rules as a CP-SAT model: of a whole instance, or of some households with the rest fixed.

One rule, one function; `RULES` and `TERMS` at the end are the table of contents. Rules that ask for something
(minimums, locked pairs, change budgets) carry a shortfall, minimised before every tier: the model always has a
solution, and a shortfall proven above zero is a contradiction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from ortools.sat.python import cp_model

from pairsolve.candidates import Candidates
from pairsolve.pairing.rules import PairRules, seat_minutes, used_minutes
from pairsolve.pairing.tiers import Seats, TierSpec, preference_costs
from pairsolve.problem import Ints, Problem
from pairsolve.rules import TermKind

Variable = cp_model.IntVar
LARGEST_PRODUCT = 1 << 40


@dataclass(frozen=True)
class ExactResult:
    """What the model found.

    Parameters
    ----------
    rows
        Chosen candidate rows of the free jobs, ascending.
    shortfall
        What is missing to the rules that ask for something.
    proven
        Whether every stage was solved to its end.
    bounds
        Proven lower bound of each tier given the tiers before; None after the first unproven stage.
    work
        Deterministic time spent.
    """

    rows: Ints
    shortfall: int
    proven: bool
    bounds: tuple[int | None, ...]
    work: float


class PairModel:
    """Variables and rules for the free jobs; every other seat is fixed.

    Parameters
    ----------
    problem, candidates, rules, tiers
        What is asked.
    free
        Jobs to decide, whole households at a time.
    rows
        Candidate rows allowed for them, ascending.
    fixed
        Seats of all other jobs.
    """

    def __init__(
        self, problem: Problem, candidates: Candidates, rules: PairRules, tiers: tuple[TierSpec, ...],
        free: Ints, rows: Ints, fixed: Seats,
    ) -> None:  # fmt: skip
        self.problem, self.candidates, self.rules, self.tiers = problem, candidates, rules, tiers
        self.free, self.rows, self.fixed = free, rows, fixed
        self.model = cp_model.CpModel()
        self.group = candidates.group[rows].astype(np.int64)
        self.volunteer = candidates.volunteer[rows].astype(np.int64)
        self.job = problem.group_job[self.group]
        self.household = problem.job_household[self.job]
        self.minutes = candidates.minutes[rows].astype(np.int64)
        self.x = [self.model.new_bool_var("") for _ in rows]
        self.y = {job: self.model.new_bool_var("") for job in free.tolist()}
        self.z: dict[tuple[int, int], Variable] = self._pairs()
        self.household_set = {int(h) for h in problem.job_household[free] if h >= 0}
        self.shortfalls: list[tuple[Variable, int]] = []
        for rule in RULES.values():
            rule(self)

    def shortfall(self, most: int) -> Variable:
        """Return a new variable for what is missing to a rule."""
        variable = self.model.new_int_var(0, max(0, most), "")
        self.shortfalls.append((variable, max(0, most)))
        return variable

    @cached_property
    def of_volunteer(self) -> dict[int, list[int]]:
        """Places of each volunteer's candidate rows."""
        places: dict[int, list[int]] = {}
        for place, volunteer in enumerate(self.volunteer.tolist()):
            places.setdefault(volunteer, []).append(place)
        return places

    @cached_property
    def pairs_of_volunteer(self) -> dict[int, list[Variable]]:
        """Pair variables of each volunteer."""
        pairs: dict[int, list[Variable]] = {}
        for (volunteer, _), variable in self.z.items():
            pairs.setdefault(volunteer, []).append(variable)
        return pairs

    @cached_property
    def fixed_pairs(self) -> set[tuple[int, int]]:
        """Pairs of the fixed seats."""
        return set(map(tuple, self.fixed.pairs.tolist()))

    def _pairs(self) -> dict[tuple[int, int], Variable]:
        seats: dict[tuple[int, int], list[Variable]] = {}
        for x, volunteer, household in zip(self.x, self.volunteer.tolist(), self.household.tolist(), strict=True):
            if household >= 0:
                seats.setdefault((volunteer, household), []).append(x)
        pairs = {}
        for pair, held in seats.items():
            pairs[pair] = held[0]
            if len(held) > 1:
                pairs[pair] = self.model.new_bool_var("")
                self.model.add_max_equality(pairs[pair], held)
        return pairs


def crew(m: PairModel) -> None:
    """All seats of a covered job are filled, none of an uncovered one."""
    problem = m.problem
    edges = np.searchsorted(m.group, np.arange(len(problem.groups) + 1))
    heads = np.minimum(problem.heads[m.volunteer], problem.group_most[m.group])
    for job, y in m.y.items():
        for group in problem.job_groups[job]:
            places = range(edges[group], edges[group + 1])
            filled = sum(int(heads[place]) * m.x[place] for place in places)
            if len(places) == 0:
                if problem.group_least[group] > 0:
                    m.model.add(y == 0)
                continue
            m.model.add(filled >= int(problem.group_least[group]) * y)
            m.model.add(filled <= int(problem.group_most[group]) * y)


def one_seat(m: PairModel) -> None:
    """Nobody takes two seats of one job."""
    seats: dict[tuple[int, int], list[Variable]] = {}
    for x, volunteer, job in zip(m.x, m.volunteer.tolist(), m.job.tolist(), strict=True):
        seats.setdefault((volunteer, job), []).append(x)
    for held in seats.values():
        if len(held) > 1:
            m.model.add_at_most_one(held)


def household_cap(m: PairModel) -> None:
    """The households of a volunteer are between minimum and cap."""
    count = m.fixed.households_of
    asking = np.flatnonzero(m.rules.least_households > count).tolist()
    for volunteer in sorted({*m.pairs_of_volunteer, *asking}):
        pairs = m.pairs_of_volunteer.get(volunteer, [])
        room = int(m.problem.max_households[volunteer] - count[volunteer])
        if len(pairs) > room:
            m.model.add(sum(pairs) <= max(0, room))
        missing = int(m.rules.least_households[volunteer] - count[volunteer])
        if missing > 0:
            m.model.add(sum(pairs) + m.shortfall(missing) >= missing)


def faces(m: PairModel) -> None:
    """A household meets at most as many volunteers as it accepts."""
    pairs: dict[int, list[Variable]] = {}
    for (_, household), variable in m.z.items():
        pairs.setdefault(household, []).append(variable)
    for household, variables in pairs.items():
        if len(variables) > m.problem.household_cap[household]:
            m.model.add(sum(variables) <= int(m.problem.household_cap[household]))


def hours(m: PairModel) -> None:
    """Service and travel fit the volunteer's hours."""
    cost = seat_minutes(m.problem, m.job, m.minutes)
    used = used_minutes(m.fixed)
    budget = np.minimum(*m.problem.budgets) - used
    for volunteer, places in m.of_volunteer.items():
        if cost[places].sum() > budget[volunteer]:
            total = sum(int(cost[place]) * m.x[place] for place in places)
            m.model.add(total <= max(0, int(budget[volunteer])))


def team_quota(m: PairModel) -> None:
    """A team holds as many pairs as its quota says."""
    for rule, members in m.rules.quotas:
        held = int(members[m.fixed.pairs[:, 0]].sum())
        pairs = [variable for (volunteer, _), variable in m.z.items() if members[volunteer]]
        missing = rule.min_pairs - held
        if missing > 0:
            m.model.add(sum(pairs) + m.shortfall(missing) >= missing)
        if rule.max_pairs is not None and len(pairs) > rule.max_pairs - held:
            m.model.add(sum(pairs) <= max(0, rule.max_pairs - held))


def locked(m: PairModel) -> None:
    """Locked pairs stay."""
    for pair in sorted(m.rules.locked):
        if pair[1] in m.household_set:
            m.model.add(m.z.get(pair, 0) + m.shortfall(1) >= 1)


def change_budget(m: PairModel) -> None:
    """Existing pairs end, and new pairs begin, no more often than allowed."""
    for rule in m.rules.budgets:
        if rule.max_ended is not None:
            kept = [m.z[pair] for pair in sorted(m.rules.existing) if pair in m.z]
            must = len(m.rules.existing) - rule.max_ended - len(m.rules.existing & m.fixed_pairs)
            if must > 0:
                m.model.add(sum(kept) + m.shortfall(must) >= must)
        if rule.max_new is not None:
            new = [variable for pair, variable in m.z.items() if pair not in m.rules.existing]
            room = rule.max_new - len(m.fixed_pairs - m.rules.existing)
            if len(new) > room:
                m.model.add(sum(new) <= max(0, room))


def schedulable(m: PairModel) -> None:
    """Seats that find no dates together are not chosen together: two of one crew, or a set scheduling has met."""
    if m.rules.timetable is not None:
        for job in m.free[m.problem.job_high[m.free] > 1].tolist():
            places = range(*np.searchsorted(m.job, [job, job + 1]).tolist())
            for first, second in combinations(places, 2):
                crew = (int(m.volunteer[first]), int(m.volunteer[second]))
                if not m.rules.timetable.crew_has_time(job, crew):
                    m.model.add_bool_or([~m.x[first], ~m.x[second]])
    place_of_row = {row: place for place, row in enumerate(m.rows.tolist())}
    fixed = set(m.fixed.rows.tolist()) if m.rules.cuts else set()
    for cut in m.rules.cuts:
        open_rows = cut - fixed
        if open_rows and all(row in place_of_row for row in open_rows):
            m.model.add_bool_or([~m.x[place_of_row[row]] for row in sorted(open_rows)])


Linear = tuple[list[Variable], list[int], int]


def coverage(m: PairModel, tier: TierSpec) -> Linear:
    """Uncovered jobs of the class."""
    y = [y for job, y in m.y.items() if m.problem.jobs[job].priority == tier.priority]
    return y, [-1] * len(y), len(y)


def targets(m: PairModel, tier: TierSpec) -> Linear:
    """What is missing to the targets."""
    short = []
    constant = 0
    for needs, unit, level in m.problem.targets:
        reached = int(unit[m.fixed.covered[needs]].sum())
        free = np.flatnonzero(np.isin(needs, m.free))
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
    values = {pair: m.problem.instance.pairs[number].value for pair, number in m.problem.existing.items()}
    kept = [(m.z[pair], value) for pair, value in values.items() if pair in m.z]
    needy = m.problem.household_needs
    constant = sum(value for pair, value in values.items() if pair[1] in m.household_set or not needy[pair[1]])
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


def faces_term(m: PairModel, tier: TierSpec) -> Linear:
    """Pairs."""
    return list(m.z.values()), [1] * len(m.z), 0


def solve(
    m: PairModel, hint: Ints, *, seed: int, effort: float, apart: bool = False, stop: Callable[[], bool] = lambda: False
) -> ExactResult:
    """Optimise tier after tier, several in one objective where their ranges are small.

    Parameters
    ----------
    m
        The model.
    hint
        Rows chosen so far, to start from.
    seed
        Random seed of the solver.
    effort
        Deterministic time per stage.
    apart
        True solves every tier on its own, which proves more; False joins tiers of small range, which is quicker.
    stop
        Asked between stages.
    """
    chosen = set(hint.tolist())
    hints = [int(row) in chosen for row in m.rows.tolist()]
    shortfall: Linear = ([v for v, _ in m.shortfalls], [1] * len(m.shortfalls), 0)
    stages = _stages([shortfall] + [_sum(m, tier) for tier in m.tiers], 1 if apart else LARGEST_PRODUCT)
    bounds: list[int | None] = []
    proven, work, missing = True, 0.0, 0
    for stage in stages:
        variables, weights, _ = _weighted(stage)
        if not variables:
            bounds += [constant for _, _, constant in stage] if proven else [None] * len(stage)
            continue
        if not proven and stop():
            bounds += [None] * len(stage)
            continue
        m.model.clear_hints()  # type: ignore[no-untyped-call]  # untyped in ortools
        for x, hinted in zip(m.x, hints, strict=True):
            m.model.add_hint(x, hinted)
        m.model.minimize(cp_model.LinearExpr.weighted_sum(variables, weights))
        solver = _solver(seed, effort)
        status = solver.solve(m.model)
        work += solver.deterministic_time
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            proven = False
            bounds += [None] * len(stage)
            continue
        hints = [solver.boolean_value(x) for x in m.x]
        values = [
            constant + sum(c * solver.value(v) for v, c in zip(vs, cs, strict=True)) for vs, cs, constant in stage
        ]
        if not bounds:
            missing = values[0]
        if status == cp_model.OPTIMAL and proven:
            bounds += values
        else:
            bounds += _partial_bound(stage, solver, proven)
            proven = False
        for (vs, cs, fixed), value in zip(stage, values, strict=True):
            if vs:
                m.model.add(cp_model.LinearExpr.weighted_sum(vs, cs) <= value - fixed)
    rows = m.rows[np.array(hints, np.bool_).reshape(-1)]
    return ExactResult(rows, missing, proven, tuple(bounds[1:]), work)


def _solver(seed: int, effort: float) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = effort
    solver.parameters.catch_sigint_signal = False  # Ctrl-C belongs to the caller
    return solver


def _sum(m: PairModel, tier: TierSpec) -> Linear:
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


def _extremes(linear: Linear) -> tuple[int, int]:
    """Return the least and the largest value a sum can take, without its constant."""
    low = high = 0
    for variable, weight in zip(linear[0], linear[1], strict=True):
        ends = (weight * variable.proto.domain[0], weight * variable.proto.domain[1])
        low, high = low + min(ends), high + max(ends)
    return low, high


def _range(linear: Linear) -> int:
    """Return how many values a sum can take at most."""
    low, high = _extremes(linear)
    return high - low + 1


def _stages(sums: list[Linear], largest_product: int) -> list[list[Linear]]:
    """Put the shortfall alone, then join following tiers while the product of their ranges stays small."""
    stages, product = [[sums[0]], []], 1
    for linear in sums[1:]:
        size = _range(linear)
        if stages[-1] and product * size > largest_product:
            stages.append([])
            product = 1
        stages[-1].append(linear)
        product *= size
    return [stage for stage in stages if stage]


def _weighted(stage: list[Linear]) -> Linear:
    variables: list[Variable] = []
    weights: list[int] = []
    scale = 1
    for linear in reversed(stage):
        variables += linear[0]
        weights += [scale * weight for weight in linear[1]]
        scale *= _range(linear)
    return variables, weights, 0


def _partial_bound(stage: list[Linear], solver: cp_model.CpSolver, proven: bool) -> list[int | None]:
    """Return what an unfinished stage proves: a bound of its first tier."""
    nothing: list[int | None] = [None] * len(stage)
    if proven:
        scale, rest = 1, 0
        for linear in reversed(stage[1:]):
            rest += scale * _extremes(linear)[1]
            scale *= _range(linear)
        first = int(np.ceil((solver.best_objective_bound - rest) / scale - 1e-9))
        nothing[0] = max(first, _extremes(stage[0])[0]) + stage[0][2]
    return nothing


RULES: Mapping[str, Callable[[PairModel], None]] = {
    "crew": crew,
    "one_seat": one_seat,
    "household_cap": household_cap,
    "faces": faces,
    "hours": hours,
    "team_quota": team_quota,
    "locked": locked,
    "change_budget": change_budget,
    "schedulable": schedulable,
}

TERMS: Mapping[TermKind, Callable[[PairModel, TierSpec], Linear]] = {
    "coverage": coverage,
    "targets": targets,
    "neighbour": neighbour,
    "continuity": continuity,
    "travel": travel,
    "preference": preference,
    "balance": balance,
    "faces": faces_term,
}
