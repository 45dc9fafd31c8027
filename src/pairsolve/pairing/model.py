"""The pairing with its hard rules as a CP-SAT model: of a whole instance, or of some households with the rest fixed.

One rule, one function; `RULES` at the end is the table of contents. Rules that ask for something (minimums, locked
pairs, change budgets) carry a shortfall, minimised before every tier: the model always has a solution, and a
shortfall proven above zero is a contradiction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import combinations

import numpy as np
from ortools.sat.python import cp_model

from pairsolve.candidates import Candidates
from pairsolve.pairing.rules import PairRules, seat_minutes, used_minutes
from pairsolve.pairing.tiers import Seats, TierSpec
from pairsolve.problem import Ints, Problem

Variable = cp_model.IntVar


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
            if int(heads[places].sum()) < problem.group_least[group]:
                m.model.add(y == 0)
            if len(places) == 0:
                continue
            filled = sum(int(heads[place]) * m.x[place] for place in places)
            m.model.add(filled >= int(problem.group_least[group]) * y)
            m.model.add(filled <= int(problem.group_most[group]) * y)


def one_seat(m: PairModel) -> None:
    """Nobody takes two seats of one job, and only of a covered one: said seat by seat, which bounds crews well."""
    seats: dict[tuple[int, int], list[Variable]] = {}
    for x, volunteer, job in zip(m.x, m.volunteer.tolist(), m.job.tolist(), strict=True):
        seats.setdefault((volunteer, job), []).append(x)
    for (_, job), held in seats.items():
        if len(held) > 1 or m.problem.job_high[job] > 1:
            m.model.add_at_most_one([*held, ~m.y[job]])


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
