"""The oracle: the whole problem of docs/model.md as one plain CP-SAT model, for tiny instances.

It shares nothing with the engine but the contract and the minutes between places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

from oracle_facts import Facts, Start, gap_fits
from ortools.sat.python import cp_model

from pairsolve.instance import Instance
from pairsolve.rules import ChangeBudgetRule, NeighbourRule, TargetRule, TeamQuotaRule

Values = tuple[tuple[str, int], ...]
Crews = Mapping[str, Sequence[str]]


def oracle_pairs(instance: Instance, stage: str = "all") -> Values | None:
    """Return the best value of every tier of the layer `pairs`; None when the hard rules contradict each other."""
    facts = Facts(instance)
    pairing = _Pairing(facts)
    if stage == "all":
        Dates(pairing.model, facts, pairing.holds, pairing.covered)
    return lexicographic(pairing.model, pairing.tiers())


def oracle_visits(instance: Instance, crews: Crews, event_crews: Crews) -> Values | None:
    """Return the best `missed:c` and `regularity` for the given pairs; None when they cannot be scheduled."""
    facts = Facts(instance)
    model = cp_model.CpModel()
    holds, covered = {}, []
    for n, job in enumerate(facts.jobs):
        crew = (event_crews if job.home is None else crews).get(job.record.id, ())
        covered.append(model.new_constant(1 if crew else 0))
        for v, person in enumerate(instance.volunteers):
            holds[v, n] = model.new_constant(1 if person.id in crew else 0)
    dates = Dates(model, facts, holds, covered)
    return lexicographic(model, dates.tiers())


def lexicographic(model: cp_model.CpModel, tiers: Sequence[tuple[str, Any]]) -> Values | None:
    """Return the least value of each tier among the solutions with the least values in the tiers before it."""
    values = []
    for name, expression in tiers:
        model.minimize(expression)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        status = solver.solve(model)
        if status == cp_model.INFEASIBLE:
            return None
        assert status == cp_model.OPTIMAL, solver.status_name(status)
        values.append((name, round(solver.objective_value)))
        model.add(expression <= values[-1][1])
    if not values and cp_model.CpSolver().solve(model) == cp_model.INFEASIBLE:
        return None
    return tuple(values)


class _Pairing:
    """The hard rules and the terms of the layer `pairs`."""

    def __init__(self, facts: Facts) -> None:
        self.facts, self.model = facts, cp_model.CpModel()
        self.people = range(len(facts.instance.volunteers))
        self.homes = range(len(facts.instance.households))
        boolean = self.model.new_bool_var
        self.seat = {key: boolean(f"x{key}") for key in facts.seats}
        self.covered = [boolean(f"y{n}") for n in range(len(facts.jobs))]
        self.holds = {(v, n): boolean(f"a{v},{n}") for v in self.people for n in range(len(facts.jobs))}
        self.pair = {(v, h): boolean(f"z{v},{h}") for v in self.people for h in self.homes}
        running = facts.instance.pairs
        self.running = {(facts.volunteer_number[p.volunteer], facts.home_number[p.household]): p for p in running}
        self._crews()
        self._people_and_homes()
        self._policy()

    def _crews(self) -> None:
        for (v, n), holds in self.holds.items():
            # one_seat: at most one seat group of a job
            self.model.add(holds == sum(x for (v2, n2, _), x in self.seat.items() if (v2, n2) == (v, n)))
        for n, job in enumerate(self.facts.jobs):
            for g, group in enumerate(job.groups):
                heads, y = 0, self.covered[n]
                for (v, n2, g2), x in self.seat.items():
                    if (n2, g2) == (n, g):
                        heads += min(self.facts.instance.volunteers[v].head_count, group.most) * x
                self.model.add(heads >= group.least * y)
                self.model.add(heads <= group.most * y)
        for (v, h), z in self.pair.items():
            helped = [self.holds[v, n] for n, job in enumerate(self.facts.jobs) if job.home == h]
            self.model.add_max_equality(z, [*helped, 0])

    def _people_and_homes(self) -> None:
        facts = self.facts
        for v, person in enumerate(facts.instance.volunteers):
            self.model.add_linear_constraint(
                sum(self.pair[v, h] for h in self.homes), person.min_households, person.max_households
            )
            used = sum(
                len(job.visits) * (job.minutes + 2 * facts.travel(v, n)) * self.holds[v, n]
                for n, job in enumerate(facts.jobs)
            )
            if person.minutes_per_week is not None:
                self.model.add(used <= person.minutes_per_week * facts.weeks)
            if person.minutes_per_month is not None:
                self.model.add(used <= person.minutes_per_month * facts.months)
        for h, home in enumerate(facts.instance.households):
            if home.max_volunteers is not None:
                self.model.add(sum(self.pair[v, h] for v in self.people) <= home.max_volunteers)

    def _policy(self) -> None:
        for rule in self.facts.instance.rules:
            if isinstance(rule, TeamQuotaRule):
                pairs = sum(z for (v, _), z in self.pair.items() if self.facts.in_team(v, rule.team))
                self.model.add(pairs >= rule.min_pairs)
                if rule.max_pairs is not None:
                    self.model.add(pairs <= rule.max_pairs)
            if isinstance(rule, ChangeBudgetRule):
                if rule.max_ended is not None:
                    self.model.add(sum(1 - self.pair[key] for key in self.running) <= rule.max_ended)
                if rule.max_new is not None:
                    self.model.add(sum(z for key, z in self.pair.items() if key not in self.running) <= rule.max_new)
        for key, record in self.running.items():
            if record.locked:
                self.model.add(self.pair[key] == 1)

    def tiers(self) -> list[tuple[str, Any]]:
        """Return the name and the expression of every tier."""
        made: list[tuple[str, Any]] = []
        for tier in self.facts.instance.objective:
            if tier.terms[0].kind == "coverage":
                for c in sorted({job.priority for job in self.facts.jobs}):
                    missing = [1 - self.covered[n] for n, job in enumerate(self.facts.jobs) if job.priority == c]
                    made.append((f"coverage:{c}", tier.terms[0].weight * sum(missing)))
            else:
                name = "+".join(term.kind for term in tier.terms)
                terms: dict[str, Callable[[], Any]] = {term.kind: getattr(self, term.kind) for term in tier.terms}
                made.append((name, sum(term.weight * terms[term.kind]() for term in tier.terms)))
        return made

    def targets(self) -> Any:
        """Return what is missing of all targets; minimising keeps each shortfall as small as it can be."""
        total = 0
        for rule in self.facts.instance.rules:
            if isinstance(rule, TargetRule):
                numbers = self.facts.target_needs(rule)
                sizes = [len(self.facts.jobs[n].visits) if rule.unit == "visits" else 1 for n in numbers]
                goal = self.facts.target_goal(rule, sum(sizes))
                reached = sum(size * self.covered[n] for n, size in zip(numbers, sizes, strict=True))
                short = self.model.new_int_var(0, goal, "short")
                self.model.add(short >= goal - reached)
                total += short
        return total

    def neighbour(self) -> Any:
        """Return the households without a paired neighbour, over all neighbour rules."""
        total = 0
        for rule in self.facts.instance.rules:
            if isinstance(rule, NeighbourRule):
                for h in self.facts.neighbour_homes(rule):
                    lonely = self.model.new_bool_var("lonely")
                    near = [v for v in self.people if self.facts.home_minutes(rule.mode, v, h) <= rule.minutes]
                    self.model.add(lonely + sum(self.pair[v, h] for v in near) >= 1)
                    total += lonely
        return total

    def continuity(self) -> Any:
        """Return the value of the running pairs that end."""
        return sum(record.value * (1 - self.pair[key]) for key, record in self.running.items())

    def travel(self) -> Any:
        """Return the minutes to all visits."""
        return sum(len(self.facts.jobs[n].visits) * self.facts.travel(v, n) * a for (v, n), a in self.holds.items())

    def preference(self) -> Any:
        """Return the wishes that are not met."""
        return sum(self.facts.unwished(v, n) * a for (v, n), a in self.holds.items())

    def balance(self) -> Any:
        """Return the sum of squares of the volunteers' numbers of households; k² = 1 + 3 + … + (2k − 1)."""
        total = 0
        for v in self.people:
            steps = [self.model.new_bool_var("step") for _ in self.homes]
            self.model.add(sum(steps) == sum(self.pair[v, h] for h in self.homes))
            total += sum((2 * k + 1) * step for k, step in enumerate(steps))
        return total

    def faces(self) -> Any:
        """Return the number of pairs."""
        return sum(self.pair.values())


class Dates:
    """The hard rules and the tiers of the layer `visits`, for crews that may themselves be decided."""

    def __init__(
        self, model: cp_model.CpModel, facts: Facts, holds: dict[tuple[int, int], Any], covered: Sequence[Any]
    ) -> None:
        self.facts, self.model, self.holds, self.covered = facts, model, holds, covered
        self.people = range(len(facts.instance.volunteers))
        self.visit: dict[tuple[int, int, Start], Any] = {}  # (job, index, start) -> happens
        for n, job in enumerate(facts.jobs):
            for index, (first, last) in enumerate(job.visits):
                for day, start in job.starts:
                    if first <= day <= last:
                        self.visit[n, index, (day, start)] = model.new_bool_var(f"s{n},{index},{day},{start}")
        self.at: dict[tuple[int, Start], Any] = defaultdict(int)  # visits of a job at a start: 0 or 1 by the gap rule
        for (n, _, start), var in self.visit.items():
            self.at[n, start] += var
        self.happens = {key: model.new_bool_var(f"p{key}") for key in self.at}
        for key, number in self.at.items():
            model.add(self.happens[key] == number)
        self._counts_and_gaps()
        self._windows()
        self._overlaps()
        self._limits()
        self._sites()

    def count(self, n: int) -> Any:
        """Return how many visits of a job have a date."""
        return sum(var for (n2, _, _), var in self.visit.items() if n2 == n)

    def _counts_and_gaps(self) -> None:
        for n, job in enumerate(self.facts.jobs):
            self.model.add(self.count(n) >= job.fewest * self.covered[n])
            present, day_of = [], []
            for index in range(len(job.visits)):
                options = [(start, var) for (n2, i, start), var in self.visit.items() if (n2, i) == (n, index)]
                present.append(sum(var for _, var in options))
                day_of.append({start[0]: 0 for start, _ in options})
                for start, var in options:
                    day_of[-1][start[0]] += var
                self.model.add(present[-1] <= self.covered[n])
            for i, j in combinations(range(len(job.visits)), 2):
                for day, first in day_of[i].items():
                    wrong = sum(var for later, var in day_of[j].items() if not gap_fits(job, i, day, j, later))
                    self.model.add(first + wrong <= 1)

    def _windows(self) -> None:
        for (n, start), happens in self.happens.items():
            for v in self.people:
                if start not in self.facts.free(v, n):
                    self.model.add_bool_or(~happens, ~self.holds[v, n])

    def _overlaps(self) -> None:
        jobs = self.facts.jobs
        for (n, (day, start)), (m, (other_day, other)) in combinations(self.happens, 2):
            if n == m or day != other_day:
                continue
            both = [~self.happens[n, (day, start)], ~self.happens[m, (day, other)]]
            end, other_end = start + jobs[n].minutes, other + jobs[m].minutes
            if jobs[n].home is not None and jobs[n].home == jobs[m].home and start < other_end and other < end:
                self.model.add_bool_or(both)
            for v in self.people:
                if end + self.facts.way(v, n, m) > other and other_end + self.facts.way(v, m, n) > start:
                    self.model.add_bool_or([*both, ~self.holds[v, n], ~self.holds[v, m]])

    def _limits(self) -> None:
        facts, days = self.facts, range(len(self.facts.dates))
        for v, person in enumerate(facts.instance.volunteers):
            made: dict[tuple[int, int], Any] = {}  # (job, day) -> the volunteer is there
            for n in range(len(facts.jobs)):
                for day in days:
                    there = sum(self.happens[key] for key in self.happens if key[0] == n and key[1][0] == day)
                    if not isinstance(there, int):
                        made[n, day] = self.model.new_bool_var("")
                        self.model.add(made[n, day] >= there + self.holds[v, n] - 1)
            for day in days:
                self.model.add(sum(w for (_, d), w in made.items() if d == day) <= person.visits_per_day)
            self._limit(person.visits_per_week, lambda day: day // 7, {key: (w, 1) for key, w in made.items()})
            minutes = {(n, day): (w, facts.jobs[n].minutes + 2 * facts.travel(v, n)) for (n, day), w in made.items()}
            self._limit(person.minutes_per_week, lambda day: day // 7, minutes)
            self._limit(person.minutes_per_month, facts.month, minutes)

    def _limit(
        self, most: int | None, period: Callable[[int], int], made: Mapping[tuple[int, int], tuple[Any, int]]
    ) -> None:
        if most is not None:
            for number in {period(day) for day in range(len(self.facts.dates))}:
                self.model.add(sum(size * w for (_, day), (w, size) in made.items() if period(day) == number) <= most)

    def _sites(self) -> None:
        for site in self.facts.instance.sites:
            if site.capacity is None:
                continue
            there = [key for key in self.happens if self.facts.jobs[key[0]].site == site.id]
            # the busiest moment is the start of some visit
            for day, moment in {start for _, start in there}:
                running = [
                    self.happens[n, (d, start)]
                    for n, (d, start) in there
                    if d == day and start <= moment < start + self.facts.jobs[n].minutes
                ]
                self.model.add(sum(running) <= site.capacity)

    def tiers(self) -> list[tuple[str, Any]]:
        """Return the name and the expression of every tier of the layer `visits`."""
        needs = [n for n, job in enumerate(self.facts.jobs) if job.home is not None]
        made: list[tuple[str, Any]] = []
        for c in sorted({self.facts.jobs[n].priority for n in needs}):
            missed = [
                len(self.facts.jobs[n].visits) * self.covered[n] - self.count(n)
                for n in needs
                if self.facts.jobs[n].priority == c
            ]
            made.append((f"missed:{c}", sum(missed)))
        irregular = 0
        for n in needs:
            irregular += self._outside(n, lambda start: self.facts.dates[start[0]].weekday())
            irregular += self._outside(n, lambda start: start[1])
        made.append(("regularity", irregular))
        return made

    def _outside(self, n: int, kind: Callable[[Start], int]) -> Any:
        """Return the visits that are not of the most frequent kind: the least over a free choice of the kind."""
        size = len(self.facts.jobs[n].visits)
        chosen = {k: self.model.new_bool_var("") for k in {kind(start) for (n2, start) in self.happens if n2 == n}}
        if not chosen:
            return 0
        self.model.add_exactly_one(chosen.values())
        outside = self.model.new_int_var(0, size, "")
        for k, var in chosen.items():
            others = sum(happens for (n2, start), happens in self.happens.items() if n2 == n and kind(start) != k)
            self.model.add(outside >= others - size * (1 - var))
        return outside
