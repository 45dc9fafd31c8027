"""Pure enumeration: every combination of crews, every combination of visits. No solver, no model."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from math import prod

from oracle import Values
from oracle_facts import Facts, Start, gap_fits

from pairsolve.instance import Instance
from pairsolve.rules import ChangeBudgetRule, NeighbourRule, TargetRule, TeamQuotaRule

Crew = frozenset[int]
Dated = tuple[int, int, Start]  # job, number of the visit, start


class TooLarge(Exception):
    """The instance has more combinations than enumeration is meant for."""


def brute_force_pairs(instance: Instance, stage: str = "pair") -> Values | None:
    """Return the best value of every tier of the layer `pairs`, or None when no choice fulfils the hard rules."""
    facts = Facts(instance)
    choice = best_choice(facts, stage)
    return None if choice is None else tuple(zip(tier_names(facts), pair_values(facts, choice), strict=True))


def brute_force_visits(instance: Instance, choice: tuple[Crew, ...]) -> Values:
    """Return the best value of every tier of the layer `visits` for one choice of crews that can be scheduled."""
    facts = Facts(instance)
    names = [f"missed:{c}" for c in sorted({job.priority for job in facts.jobs if job.home is not None})]
    best = min(visit_values(facts, choice, dates) for dates in schedules(facts, choice))
    return tuple(zip([*names, "regularity"], best, strict=True))


def best_choice(facts: Facts, stage: str, most: int = 3000) -> tuple[Crew, ...] | None:
    """Return the crew of every job in a best plan; raise `TooLarge` beyond `most` choices."""
    crews = [list(possible_crews(facts, n)) for n in range(len(facts.jobs))]
    if prod(map(len, crews)) > most:
        raise TooLarge
    good = [choice for choice in product(*crews) if not any(pair_faults(facts, choice))]
    good.sort(key=lambda choice: pair_values(facts, choice))
    for choice in good:
        if stage == "pair" or any(True for _ in schedules(facts, choice)):
            return choice
    return None


def possible_crews(facts: Facts, n: int) -> Iterator[Crew]:
    """Yield the empty crew and every set of volunteers that fills all seat groups of a job."""
    job = facts.jobs[n]
    seats = {(v, g) for v, m, g in facts.seats if m == n}
    people = sorted({v for v, _ in seats})
    yield frozenset()
    for size in range(1, len(people) + 1):
        for crew in combinations(people, size):
            for groups in product(range(len(job.groups)), repeat=size):
                placed = set(zip(crew, groups, strict=True))
                if placed <= seats and all(
                    group.least
                    <= sum(min(facts.instance.volunteers[v].head_count, group.most) for v, g2 in placed if g2 == g)
                    <= group.most
                    for g, group in enumerate(job.groups)
                ):
                    yield frozenset(crew)
                    break


def pairs_of(facts: Facts, choice: tuple[Crew, ...]) -> set[tuple[int, int]]:
    """Return the pairs of volunteer and household."""
    return {(v, job.home) for job, crew in zip(facts.jobs, choice, strict=True) for v in crew if job.home is not None}


def running_pairs(facts: Facts) -> dict[tuple[int, int], int]:
    """Return the running pairs and their values."""
    return {
        (facts.volunteer_number[p.volunteer], facts.home_number[p.household]): p.value for p in facts.instance.pairs
    }


def pair_faults(facts: Facts, choice: tuple[Crew, ...]) -> Iterator[str]:
    """Yield the hard rules on pairs that are broken; those on single seats and on dates are looked at elsewhere."""
    pairs, running = pairs_of(facts, choice), running_pairs(facts)
    for v, person in enumerate(facts.instance.volunteers):
        if not person.min_households <= sum(1 for v2, _ in pairs if v2 == v) <= person.max_households:
            yield "household_cap"
        minutes = 0
        for n, (job, crew) in enumerate(zip(facts.jobs, choice, strict=True)):
            if v in crew:
                minutes += len(job.visits) * (job.minutes + 2 * facts.travel(v, n))
        if person.minutes_per_week is not None and minutes > person.minutes_per_week * facts.weeks:
            yield "hours"
        if person.minutes_per_month is not None and minutes > person.minutes_per_month * facts.months:
            yield "hours"
    for h, home in enumerate(facts.instance.households):
        if home.max_volunteers is not None and sum(1 for _, h2 in pairs if h2 == h) > home.max_volunteers:
            yield "faces"
    for rule in facts.instance.rules:
        if isinstance(rule, TeamQuotaRule):
            held = sum(1 for v, _ in pairs if facts.in_team(v, rule.team))
            if held < rule.min_pairs or (rule.max_pairs is not None and held > rule.max_pairs):
                yield "team_quota"
        if isinstance(rule, ChangeBudgetRule):
            ended, new = len(set(running) - pairs), len(pairs - set(running))
            if (rule.max_ended is not None and ended > rule.max_ended) or (
                rule.max_new is not None and new > rule.max_new
            ):
                yield "change_budget"
    for record in facts.instance.pairs:
        if (
            record.locked
            and (facts.volunteer_number[record.volunteer], facts.home_number[record.household]) not in pairs
        ):
            yield "locked"


def tier_names(facts: Facts) -> list[str]:
    """Return the names of the tiers of the layer `pairs`."""
    names = []
    for tier in facts.instance.objective:
        if tier.terms[0].kind == "coverage":
            names += [f"coverage:{c}" for c in sorted({job.priority for job in facts.jobs})]
        else:
            names.append("+".join(term.kind for term in tier.terms))
    return names


def pair_values(facts: Facts, choice: tuple[Crew, ...]) -> tuple[int, ...]:
    """Return the value of every tier."""
    values: list[int] = []
    for tier in facts.instance.objective:
        if tier.terms[0].kind == "coverage":
            for c in sorted({job.priority for job in facts.jobs}):
                open_jobs = sum(
                    1 for job, crew in zip(facts.jobs, choice, strict=True) if job.priority == c and not crew
                )
                values.append(tier.terms[0].weight * open_jobs)
        else:
            values.append(sum(term.weight * term_value(facts, choice, term.kind) for term in tier.terms))
    return tuple(values)


def term_value(facts: Facts, choice: tuple[Crew, ...], kind: str) -> int:
    """Return the value of one term."""
    pairs, people = pairs_of(facts, choice), range(len(facts.instance.volunteers))
    seats = [(v, n) for n, crew in enumerate(choice) for v in crew]
    value = 0
    if kind == "targets":
        for rule in facts.instance.rules:
            if isinstance(rule, TargetRule):
                size = {n: len(facts.jobs[n].visits) if rule.unit == "visits" else 1 for n in facts.target_needs(rule)}
                reached = sum(size[n] for n in size if choice[n])
                value += max(0, facts.target_goal(rule, sum(size.values())) - reached)
    elif kind == "neighbour":
        for rule in facts.instance.rules:
            if isinstance(rule, NeighbourRule):
                near = {h for v, h in pairs if facts.home_minutes(rule.mode, v, h) <= rule.minutes}
                value += len(set(facts.neighbour_homes(rule)) - near)
    elif kind == "continuity":
        value = sum(worth for pair, worth in running_pairs(facts).items() if pair not in pairs)
    elif kind == "travel":
        value = sum(len(facts.jobs[n].visits) * facts.travel(v, n) for v, n in seats)
    elif kind == "preference":
        value = sum(facts.unwished(v, n) for v, n in seats)
    elif kind == "balance":
        value = sum(sum(1 for v2, _ in pairs if v2 == v) ** 2 for v in people)
    elif kind == "faces":
        value = len(pairs)
    return value


def visit_values(facts: Facts, choice: tuple[Crew, ...], dates: list[Dated]) -> tuple[int, ...]:
    """Return `missed` of every class, then `regularity`."""
    needs = [n for n, job in enumerate(facts.jobs) if job.home is not None]
    missed = {facts.jobs[n].priority: 0 for n in needs}
    irregular = 0
    for n in needs:
        made = [start for m, _, start in dates if m == n]
        if choice[n]:
            missed[facts.jobs[n].priority] += len(facts.jobs[n].visits) - len(made)
        for kinds in ([facts.dates[day].weekday() for day, _ in made], [minute for _, minute in made]):
            irregular += len(made) - max((kinds.count(kind) for kind in kinds), default=0)
    return (*(missed[c] for c in sorted(missed)), irregular)


def schedules(facts: Facts, choice: tuple[Crew, ...], most: int = 4000) -> Iterator[list[Dated]]:
    """Yield all dates that give the covered jobs their fewest visits or more; raise `TooLarge` beyond `most` steps."""
    visits = [(n, index) for n, crew in enumerate(choice) if crew for index in range(len(facts.jobs[n].visits))]
    steps = 0

    def search(position: int, made: list[Dated]) -> Iterator[list[Dated]]:
        nonlocal steps
        steps += 1
        if steps > most:
            raise TooLarge
        for n in {n for n, _ in visits}:
            hope = sum(1 for m, _, _ in made if m == n) + sum(1 for m, _ in visits[position:] if m == n)
            if hope < facts.jobs[n].fewest:
                return
        if position == len(visits):
            yield made
            return
        n, index = visits[position]
        first, last = facts.jobs[n].visits[index]
        for day, minute in facts.jobs[n].starts:
            new = (n, index, (day, minute))
            if first <= day <= last and not any(visit_faults(facts, choice, made, new)):
                yield from search(position + 1, [*made, new])
        yield from search(position + 1, made)

    return search(0, [])


def visit_faults(facts: Facts, choice: tuple[Crew, ...], made: list[Dated], new: Dated) -> Iterator[str]:
    """Yield the hard rules on visits, `count` and `period` aside, that one more visit breaks."""
    n, index, (day, start) = new
    job, crew, end = facts.jobs[n], choice[n], start + facts.jobs[n].minutes
    if any((day, start) not in facts.free(v, n) for v in crew):
        yield "window"
    for m, i, (other_day, other) in made:
        other_job = facts.jobs[m]
        other_end = other + other_job.minutes
        if m == n and not gap_fits(job, i, other_day, index, day):
            yield "gap"
        if other_day == day:
            if job.home is not None and job.home == other_job.home and start < other_end and other < end:
                yield "household_overlap"
            for v in crew & choice[m]:
                if end + facts.way(v, n, m) > other and other_end + facts.way(v, m, n) > start:
                    yield "overlap"
    everything = [*made, new]
    for v in crew:
        person = facts.instance.volunteers[v]
        mine = [
            (where, facts.jobs[m].minutes + 2 * facts.travel(v, m)) for m, _, (where, _) in everything if v in choice[m]
        ]
        week = [minutes for where, minutes in mine if where // 7 == day // 7]
        month = [minutes for where, minutes in mine if facts.month(where) == facts.month(day)]
        if sum(1 for where, _ in mine if where == day) > person.visits_per_day:
            yield "per_day"
        if person.visits_per_week is not None and len(week) > person.visits_per_week:
            yield "per_week"
        if person.minutes_per_week is not None and sum(week) > person.minutes_per_week:
            yield "minutes"
        if person.minutes_per_month is not None and sum(month) > person.minutes_per_month:
            yield "minutes"
    capacity = facts.sites[job.site].capacity if job.site else None
    if capacity is not None:
        there = [
            (other, other + facts.jobs[m].minutes)
            for m, _, (where, other) in everything
            if where == day and facts.jobs[m].site == job.site
        ]
        if any(sum(1 for a, b in there if a <= moment < b) > capacity for moment, _ in there):
            yield "site_capacity"
