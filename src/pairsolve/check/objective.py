"""The objective, recounted: one function a term (docs/model.md, section 4), then tier by tier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator
from fractions import Fraction
from math import ceil

from pairsolve.check.facts import Facts, Job, rules_of
from pairsolve.check.recount import Dated, Recount
from pairsolve.check.verdict import Finding
from pairsolve.instance import Household
from pairsolve.plan import TierValue
from pairsolve.rules import NeighbourRule, TargetRule, Tier

Values = dict[str, int]  # by name of the tier


def coverage(recount: Recount) -> Values:
    """Count the uncovered jobs of every priority class."""
    jobs = recount.facts.jobs
    count = {f"coverage:{priority}": 0 for priority in sorted({job.priority for job in jobs})}
    for job in jobs:
        count[f"coverage:{job.priority}"] += job.number not in recount.covered
    return count


def targets(recount: Recount) -> Values:
    """Add up what the targets lack."""
    return {
        "targets": sum(
            target_gap(recount.facts, rule, recount.covered) for rule in rules_of(recount.facts.instance, TargetRule)
        )
    }


def neighbour(recount: Recount) -> Values:
    """Count the households without a neighbour among their volunteers, for every rule."""
    return {
        "neighbour": sum(_without_neighbour(recount, rule) for rule in rules_of(recount.facts.instance, NeighbourRule))
    }


def continuity(recount: Recount) -> Values:
    """Add up the value of the pairs that ended."""
    ended = (
        pair.value for pair in recount.facts.instance.pairs if (pair.volunteer, pair.household) not in recount.pairs
    )
    return {"continuity": sum(ended)}


def travel(recount: Recount) -> Values:
    """Add up the one-way minutes of all required visits over the seats held."""
    return {"travel": sum(held.job.required * held.minutes for held in recount.held)}


def preference(recount: Recount) -> Values:
    """Count the wishes of households and volunteers that the seats held go against."""
    value = 0
    for held in recount.held:
        household, service = held.job.household, held.job.service
        value += household is not None and bool(household.preferred) and held.volunteer.id not in household.preferred
        liked = held.volunteer.preferred_services
        value += bool(liked) and service is not None and service not in liked
    return {"preference": value}


def balance(recount: Recount) -> Values:
    """Add up the squares of the numbers of households a volunteer is paired with."""
    return {"balance": sum(len(households) ** 2 for households in recount.households_of.values())}


def faces(recount: Recount) -> Values:
    """Count the pairs."""
    return {"faces": len(recount.pairs)}


def missed(recount: Recount) -> Values:
    """Count the required visits of covered needs without a date, by the priority classes of the needs."""
    needs = recount.facts.needs.values()
    count = {f"missed:{priority}": 0 for priority in sorted({job.priority for job in needs})}
    for job in needs:
        if job.number in recount.covered:
            dated = {visit.index for visit in recount.visits_of.get(job.number, ()) if visit.index <= job.required}
            count[f"missed:{job.priority}"] += job.required - len(dated)
    return count


def regularity(recount: Recount) -> Values:
    """Count the visits off their need's usual weekday and off its usual time."""
    weekday = recount.facts.calendar.weekday
    value = 0
    for number in recount.covered:
        visits = recount.visits_of.get(number, [])
        value += _unusual(visits, lambda visit: weekday[visit.day]) + _unusual(visits, lambda visit: visit.start)
    return {"regularity": value}


TERMS: dict[str, Callable[[Recount], Values]] = {
    "coverage": coverage,
    "targets": targets,
    "neighbour": neighbour,
    "continuity": continuity,
    "travel": travel,
    "preference": preference,
    "balance": balance,
    "faces": faces,
    "missed": missed,
    "regularity": regularity,
}


def tier_values(recount: Recount) -> list[tuple[str, str, int]]:
    """Return (layer, name, value) of every tier, in order."""
    tiers = [
        ("pairs", name, value) for tier in recount.facts.instance.objective for name, value in _tier(recount, tier)
    ]
    if recount.dated:
        tiers += [("visits", name, value) for term in (missed, regularity) for name, value in term(recount).items()]
    return tiers


def tiers(recount: Recount, counted: list[tuple[str, str, int]]) -> Iterator[Finding]:
    """The plan states every tier, in order, with the value that the recount gives."""
    stated = recount.plan.objective
    names = [(tier.layer, tier.name) for tier in stated]
    if names != [(layer, name) for layer, name, _ in counted]:
        expected = ", ".join(name for _, name, _ in counted)
        yield Finding("tier", f"the tiers are {', '.join(name for _, name in names)}, but should be {expected}")
        return
    for tier, (_, name, value) in zip(stated, counted, strict=True):
        if tier.value != value:
            yield Finding("tier", f"tier {name!r} states {tier.value}, but counts {value}", name)


def bounds(recount: Recount) -> Iterator[Finding]:
    """No bound is above its value, and each says what it rests on."""
    for tier in recount.plan.objective:
        for what in _bound_faults(tier):
            yield Finding("bound", f"tier {tier.name!r} {what}", tier.name)


def _bound_faults(tier: TierValue) -> Iterator[str]:
    if tier.bound is None:
        if tier.proof != "none":
            yield f"claims a proof by {tier.proof}, but gives no bound"
        return
    if tier.bound > tier.value:
        yield f"has bound {tier.bound}, above its value {tier.value}"
    if tier.bound < 0 and tier.layer == "visits":
        yield f"has bound {tier.bound}, but counts nothing negative"
    if tier.bound > 0 and tier.proof == "none":
        yield f"has bound {tier.bound}, but names no proof"
    if tier.layer == "visits" and tier.proof in ("prices", "loads"):
        yield f"claims a proof by {tier.proof}, which know no dates"


def target_needs(facts: Facts, rule: TargetRule) -> list[Job]:
    """Return the needs that a target speaks of."""
    return [
        job
        for (service, area), jobs in facts.needs_by.items()
        if rule.service in (None, service) and facts.in_area(area, rule.area)
        for job in jobs
    ]


def target_gap(facts: Facts, rule: TargetRule, covered: Container[int]) -> int:
    """Return how much a target lacks when the jobs with the given numbers are covered."""
    needs = target_needs(facts, rule)
    sizes = [job.required if rule.unit == "visits" else 1 for job in needs]
    reached = sum(size for job, size in zip(needs, sizes, strict=True) if job.number in covered)
    if rule.count is not None:
        return max(0, rule.count - reached)
    # the written decimal, taken exactly: 0.07 × 100 is 7, not a hair above it
    return max(0, ceil(Fraction(repr(rule.share or 0.0)) * sum(sizes)) - reached)


def neighbour_households(facts: Facts, rule: NeighbourRule) -> list[Household]:
    """Return the households with a need that a neighbour rule speaks of."""
    areas = {area for _, area in facts.needs_by if facts.in_area(area, rule.area)}
    return [household for area in areas for household in facts.helped_in[area]]


def _without_neighbour(recount: Recount, rule: NeighbourRule) -> int:
    facts = recount.facts
    households = {household.id for household in neighbour_households(facts, rule)}
    keys = [
        (volunteer, household) for household in households for volunteer in recount.volunteers_of.get(household, ())
    ]
    ways = facts.times.minutes(
        facts.mode[rule.mode],
        [facts.volunteer_number[volunteer] for volunteer, _ in keys],
        [facts.home_of(household) for _, household in keys],
    )
    near = {household for (_, household), way in zip(keys, ways, strict=True) if way <= rule.minutes}
    return len(households - near)


def _tier(recount: Recount, tier: Tier) -> list[tuple[str, int]]:
    if tier.terms[0].kind == "coverage":
        return [(name, tier.terms[0].weight * value) for name, value in coverage(recount).items()]
    name = "+".join(term.kind for term in tier.terms)
    return [(name, sum(term.weight * TERMS[term.kind](recount)[term.kind] for term in tier.terms))]


def _unusual(visits: list[Dated], feature: Callable[[Dated], int]) -> int:
    count = Counter(map(feature, visits))
    return len(visits) - max(count.values(), default=0)
