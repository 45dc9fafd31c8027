"""From the problem to a market: which instances the city engine can take whole, and what each pair costs there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pairsolve.candidates import banned_pairs, demands, ways
from pairsolve.pairing.city.market import INFINITE, Market, Needs, Special, Volunteers, Way
from pairsolve.pairing.city.weights import LARGEST, Level, Weights
from pairsolve.pairing.tiers import TierSpec, preference_costs
from pairsolve.problem import NO_LIMIT, Bools, Ints, Problem
from pairsolve.rules import ChangeBudgetRule, NeighbourRule, TargetRule, TeamQuotaRule
from pairsolve.setting import Mode
from pairsolve.timetable import TimeTable
from pairsolve.travel import EARTH_KM, CrowTimes

TREES = ("pairsolve.pairing.city.tree",)
KERNELS = (*TREES, *(f"pairsolve.pairing.city.{name}" for name in ("paths", "auction", "pool")))
LARGEST_TABLE = 50_000_000
LARGE = 2_000_000  # possible pairs from which listing them is slower than pricing them


def is_open(problem: Problem) -> bool:
    """Say whether travel is as the crow flies, so that trees find the nearest volunteers."""
    return isinstance(problem.times.metric, CrowTimes)


def is_pure(problem: Problem) -> bool:
    """Say whether pairing an instance is an assignment problem: one need for one person a household, no hours.

    Such an instance is solved whole by pricing; travel must be as the crow flies, because the bounds of the trees are.
    """
    instance = problem.instance
    needs_of = np.bincount(problem.job_household[problem.job_household >= 0], minlength=1)
    coupled = (ChangeBudgetRule, TargetRule, TeamQuotaRule)
    return (
        is_open(problem)
        and len(instance.events) == 0
        and len(problem.groups) == len(problem.jobs)
        and bool((problem.group_least == 1).all() and (problem.group_most == 1).all())
        and int(needs_of.max()) <= 1
        and all(bool((budget >= NO_LIMIT).all()) for budget in problem.budgets)
        and not any(isinstance(rule, coupled) for rule in instance.rules)
        and sum(isinstance(rule, NeighbourRule) for rule in instance.rules) <= 1
        and not _locked_apart(problem)
    )


def is_compact(problem: Problem, timetable: TimeTable) -> bool:
    """Say whether the tables of a pure instance fit into memory: kinds by kinds, and a place for every household."""
    kinds = int(timetable.kind_of_job.max(initial=0) + 1) * int(timetable.kind_of_volunteer.max(initial=0) + 1)
    return max(kinds, int(np.minimum(problem.max_households, len(problem.jobs)).sum())) <= LARGEST_TABLE


def _locked_apart(problem: Problem) -> bool:
    """Say whether a household is locked that has no need, or to two volunteers; others can say why not."""
    locked = [pair.household for pair in problem.instance.pairs if pair.locked]
    with_needs = {need.household for need in problem.instance.needs}
    return len(set(locked)) < len(locked) or not with_needs.issuperset(locked)


@dataclass(frozen=True)
class TierParts:
    """What a tier charges in a pure instance: the weight of each kind of cost.

    Parameters
    ----------
    uncovered
        By job: leaving it uncovered.
    missing
        Weight of the term `coverage`, 0 in other tiers.
    minute, wish, far, kept, square, pair
        Weights of a minute × required visits, of a wish that names others, of a volunteer who is no neighbour, of the
        value of an existing pair, of the square of a volunteer's households, and of any pair.
    """

    uncovered: Ints
    missing: int = 0
    minute: int = 0
    wish: int = 0
    far: int = 0
    kept: int = 0
    square: int = 0
    pair: int = 0


def parts_of(problem: Problem, tier: TierSpec, wanted: Bools) -> TierParts:
    """Return what a tier charges; `wanted` are the jobs whose household should have a neighbour."""
    weights = dict(tier.terms)
    uncovered = weights.get("coverage", 0) * (problem.job_priority == tier.priority).astype(np.int64)
    uncovered += weights.get("neighbour", 0) * wanted
    return TierParts(
        uncovered, missing=weights.get("coverage", 0), minute=weights.get("travel", 0),
        wish=weights.get("preference", 0), far=weights.get("neighbour", 0), kept=weights.get("continuity", 0),
        square=weights.get("balance", 0), pair=weights.get("faces", 0),
    )  # fmt: skip


class Setup:
    """A pure instance, ready to become a market for any weights of the tiers.

    Parameters
    ----------
    problem, timetable, tiers
        What is asked.
    """

    def __init__(self, problem: Problem, timetable: TimeTable, tiers: tuple[TierSpec, ...]) -> None:
        if not isinstance(problem.times.metric, CrowTimes):
            raise TypeError("the city engine bounds travel as the crow flies")
        self.problem, self.points = problem, problem.times.metric.points
        self.wanted, self.near_mode, self.near_minutes = _neighbours(problem)
        self.parts = tuple(parts_of(problem, tier, self.wanted) for tier in tiers)
        self.demand, self.masks = demands(problem)
        self._kinds(timetable)
        self._special()
        self.locked = np.zeros(len(problem.jobs), np.bool_)
        self.locked[self.special_job[self.special_locked]] = True

    def _kinds(self, timetable: TimeTable) -> None:
        """Sort needs and volunteers into kinds, and decide for each pair of kinds whether it is admissible."""
        problem = self.problem
        service = problem.job_service
        job_keys = np.column_stack([self.demand, timetable.kind_of_job, service])
        job_kinds, first_job, self.job_kind = _rows(job_keys)
        packed = np.packbits(self.masks, axis=0).T
        dislikes = np.packbits(problem.dislikes, axis=1)
        keys = np.column_stack([timetable.kind_of_volunteer, packed, dislikes]).astype(np.int64)
        _, first_volunteer, self.volunteer_kind = _rows(keys)
        self.admissible = np.zeros((len(job_kinds), len(first_volunteer)), np.bool_)
        self.disliked = np.zeros_like(self.admissible)
        for row, job in enumerate(first_job.tolist()):
            free = timetable.common_time(np.full(len(first_volunteer), job), first_volunteer)
            self.admissible[row] = free & self.masks[self.demand[job], first_volunteer]
            self.disliked[row] = problem.dislikes[first_volunteer, service[job]]

    def _special(self) -> None:
        """List the pairs with a cost of their own: existing, preferred, refused."""
        problem = self.problem
        width = max(1, len(problem.instance.households))
        job_of = np.full(width, -1, np.int64)
        job_of[problem.job_household] = np.arange(len(problem.jobs))
        pairs = [problem.instance.pairs[number] for number in problem.existing.values()]
        existing = np.array([v * width + h for v, h in problem.existing], np.int64)
        order = np.argsort(existing)
        self.existing = existing[order]
        self.existing_value = np.array([pair.value for pair in pairs], np.int64)[order]
        banned, locked = banned_pairs(problem), existing[np.array([pair.locked for pair in pairs], np.bool_)]
        code = np.unique(np.concatenate([existing, problem.wished, banned]))
        code = code[job_of[code % width] >= 0]
        code = code[np.lexsort((code // width, job_of[code % width]))]
        self.special_job, self.special_volunteer = job_of[code % width], code // width
        self.special_locked = np.isin(code, locked)
        self.special_minutes, reached = ways(problem, self.special_job, self.special_volunteer)
        fits = self.admissible[self.job_kind[self.special_job], self.volunteer_kind[self.special_volunteer]]
        self.special_barred = ~(fits & reached) | np.isin(code, banned)

    def levels(self) -> tuple[Level, ...]:
        """Return the levels of the objective with the least and the most that a single cost in them can be."""
        problem = self.problem
        minutes = int(self._longest_ways().max(initial=0)) * int(problem.job_required.max(initial=0))
        value = int(self.existing_value.max(initial=0))
        cap = int(np.minimum(problem.max_households, len(problem.jobs)).max(initial=0))
        coverage = tuple(number for number, part in enumerate(self.parts) if part.missing)
        levels = []
        for number, part in enumerate(self.parts):
            if number in coverage:
                if number == coverage[0]:
                    levels.append(Level(coverage, 0, len(coverage), part.missing))
                continue
            high = part.minute * minutes + 2 * part.wish * self._wishes() + part.far * bool(self.wanted.any())
            levels.append(Level((number,), -part.kept * value, high + part.square * (2 * cap + 1) + part.pair))
        return tuple(levels)

    def _longest_ways(self) -> Ints:
        """Return the minutes that no way of each mode exceeds: reach, or the diagonal of the map."""
        problem = self.problem
        span = self.points.max(axis=0) - self.points.min(axis=0)
        km = EARTH_KM * np.pi / 2.0 * np.sqrt((span * span).sum())
        return np.array(
            [
                min(
                    int(problem.volunteer_reach[problem.volunteer_mode == number].max(initial=0)),
                    int(np.ceil(_longest(mode, km) * problem.times.factor.max())) + 1,
                )
                for number, mode in enumerate(problem.instance.travel.modes.values())
            ],
            np.int64,
        )

    def _wishes(self) -> bool:
        return bool(self.disliked.any() or self.problem.choosy_households.any())

    def market(self, weights: Weights) -> Market:
        """Return the market in which every cost is one whole number."""
        problem, units = self.problem, weights.units
        minute, wish, far, square, pair = (
            sum(unit * getattr(part, name) for unit, part in zip(units, self.parts, strict=True))
            for name in ("minute", "wish", "far", "square", "pair")
        )
        option = np.zeros(len(problem.jobs), np.int64)
        for unit, part in zip(units, self.parts, strict=True):
            option += unit * (part.uncovered // max(1, part.missing))
        option[self.locked] = LARGEST
        choosy = problem.choosy_households[problem.job_household].astype(np.int64)
        rate = minute * problem.job_required * ~problem.job_remote
        fixed = pair + wish * choosy
        costs = self.pair_costs(self.special_job, self.special_volunteer, self.special_minutes)
        cost = (np.array(units, np.int64)[:, None] * costs).sum(axis=0)
        cost[self.special_barred | (self.locked[self.special_job] & ~self.special_locked)] = INFINITE
        homes = problem.times.first_household + problem.job_household
        lanes = [np.flatnonzero(mask).astype(np.int32) for mask in self.masks]
        return Market(
            needs=Needs(
                option=option, point=np.ascontiguousarray(self.points[problem.job_place]),
                factor=np.ascontiguousarray(problem.times.factor[problem.job_place]), rate=rate, fixed=fixed,
                home=np.ascontiguousarray(self.points[homes]), home_factor=problem.times.factor[homes],
                far=far * self.wanted.astype(np.int64), kind=self.job_kind.astype(np.int32),
                # nobody but the locked volunteer comes into question for a locked household
                lane=np.where(self.locked, len(lanes), self.demand).astype(np.int32),
                remote=problem.job_remote.astype(np.int32),
            ),
            volunteers=Volunteers(
                point=np.ascontiguousarray(self.points[: problem.num_volunteers]),
                factor=np.ascontiguousarray(problem.times.factor[: problem.num_volunteers]),
                reach=problem.volunteer_reach.astype(np.int32), mode=problem.volunteer_mode.astype(np.int32),
                kind=self.volunteer_kind.astype(np.int32), least=problem.min_households.astype(np.int32),
                most=np.minimum(problem.max_households, len(problem.jobs)).astype(np.int32),
            ),
            ways=tuple(map(way_of, problem.instance.travel.modes.values())),
            table=np.where(self.admissible, wish * self.disliked, INFINITE).astype(np.int64),
            lanes=(*lanes, np.zeros(0, np.int32)),
            special=Special(self.special_job.astype(np.int32), self.special_volunteer.astype(np.int32), cost),
            square=square, near_mode=self.near_mode, near_minutes=self.near_minutes,
        )  # fmt: skip

    def pair_costs(self, jobs: Ints, volunteers: Ints, minutes: Ints) -> Ints:
        """Return what pairs cost in every tier, shape (tiers, pairs)."""
        problem = self.problem
        code = volunteers * max(1, len(problem.instance.households)) + problem.job_household[jobs]
        value = np.zeros(len(jobs), np.int64)
        if len(self.existing):
            place = np.searchsorted(self.existing, code).clip(max=len(self.existing) - 1)
            value = np.where(self.existing[place] == code, self.existing_value[place], 0)
        wishes = preference_costs(problem, volunteers, jobs)
        far = np.zeros(len(jobs), np.int64)
        asked = np.flatnonzero(self.wanted[jobs])
        for rule, _ in problem.neighbours:
            far[asked] = ~problem.near(rule, volunteers[asked], problem.job_household[jobs[asked]])
        visits = problem.job_required[jobs] * minutes
        return np.array(
            [
                part.minute * visits + part.wish * wishes + part.far * far - part.kept * value + part.pair
                for part in self.parts
            ],
            np.int64,
        ).reshape(len(self.parts), len(jobs))

    def worth(self, chosen: Ints, prices: Ints) -> Ints:
        """Return the price vectors of the jobs: what their pair costs with the price of its volunteer, or the gap.

        Parameters
        ----------
        chosen
            Volunteer of each job, −1 = uncovered.
        prices
            Price vectors of the volunteers.
        """
        jobs = np.flatnonzero(chosen >= 0)
        volunteers = chosen[jobs]
        worth = np.array([part.uncovered for part in self.parts], np.int64).reshape(len(self.parts), len(chosen))
        worth[:, jobs] = (
            self.pair_costs(jobs, volunteers, ways(self.problem, jobs, volunteers)[0]) + prices[:, volunteers]
        )
        return worth

    def lowest(self) -> Ints:
        """Return what no cost of each tier is below."""
        value = int(self.existing_value.max(initial=0))
        return np.array([-part.kept * value for part in self.parts], np.int64)

    def constant(self) -> Ints:
        """Return κ of every tier: what ending all existing pairs would cost."""
        values = sum(pair.value for pair in self.problem.instance.pairs)
        return np.array([part.kept * values for part in self.parts], np.int64)


def way_of(mode: Mode) -> Way:
    """Return a way to travel as the search for cheapest pairs wants it."""
    knots = mode.detour_by_km or ((0.0, mode.detour),)
    km, detours = zip(*knots, strict=True)
    return Way(mode.start_minutes, 60.0 / mode.speed_kmh, km, detours)


def _longest(mode: Mode, km: float) -> float:
    """Return minutes that no way of at most so many kilometres exceeds."""
    detour = max((detour for _, detour in mode.detour_by_km), default=mode.detour)
    return mode.start_minutes + km * detour * 60.0 / mode.speed_kmh


def _neighbours(problem: Problem) -> tuple[Bools, int, int]:
    """Return the jobs whose household should have a neighbour, and how near that is."""
    for rule, households in problem.neighbours:
        wanted: Bools = households[problem.job_household]
        return wanted, problem.times.mode_names.index(rule.mode), rule.minutes
    return np.zeros(len(problem.jobs), np.bool_), 0, 0


def _rows(table: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the distinct rows of a table, where each stands first, and which of them every row is."""
    code = np.zeros(len(table), np.int64)  # in the order of the rows, column by column
    for column in table.T:
        kinds, number = np.unique(column, return_inverse=True)
        if len(kinds) > 1:
            code = np.unique(code * len(kinds) + number, return_inverse=True)[1]
    _, first, which = np.unique(code, return_index=True, return_inverse=True)
    return table[first], first.astype(np.int64), which.reshape(-1).astype(np.int64)
