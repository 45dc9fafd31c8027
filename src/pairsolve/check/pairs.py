"""Hard rules on the set of pairs (docs/model.md, section 2, second table)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pairsolve.check.facts import rules_of
from pairsolve.check.recount import Recount, heads
from pairsolve.check.seats import Rule
from pairsolve.check.verdict import Finding
from pairsolve.rules import ChangeBudgetRule, TeamQuotaRule


def crew(recount: Recount) -> Iterator[Finding]:
    """A job has its whole crew, or nobody."""
    for number, held in recount.of_job.items():
        job = recount.facts.jobs[number]
        for group in job.groups:
            people = heads(held, group)
            if not group.least <= people <= group.most:
                what = f"{job.label} has {people} people in seat {group.role!r}, but asks {group.least} to {group.most}"
                yield Finding("crew", what, job.id)


def one_seat(recount: Recount) -> Iterator[Finding]:
    """Nobody takes two seats of one job."""
    for number, held in recount.of_job.items():
        for volunteer, seats in Counter(seat.volunteer.id for seat in held).items():
            if seats > 1:
                label = recount.facts.jobs[number].label
                yield Finding("one_seat", f"volunteer {volunteer!r} takes {seats} seats of {label}", volunteer)


def household_cap(recount: Recount) -> Iterator[Finding]:
    """Everybody is paired with as many households as they agreed to, no fewer and no more."""
    for volunteer in recount.facts.instance.volunteers:
        count = len(recount.households_of.get(volunteer.id, ()))
        if not volunteer.min_households <= count <= volunteer.max_households:
            limits = f"{volunteer.min_households} to {volunteer.max_households}"
            what = f"volunteer {volunteer.id!r} is paired with {count} households, outside {limits}"
            yield Finding("household_cap", what, volunteer.id)


def faces(recount: Recount) -> Iterator[Finding]:
    """No household meets more different volunteers than it wants."""
    for household in recount.facts.instance.households:
        count = len(recount.volunteers_of.get(household.id, ()))
        if household.max_volunteers is not None and count > household.max_volunteers:
            what = f"household {household.id!r} has {count} volunteers, above its most of {household.max_volunteers}"
            yield Finding("faces", what, household.id)


def hours(recount: Recount) -> Iterator[Finding]:
    """Nobody is given more work, travel included, than their weeks and months hold."""
    weeks, months = recount.facts.week[-1] + 1, recount.facts.month[-1] + 1
    for id_, seats in recount.of_volunteer.items():
        volunteer = recount.facts.volunteers[id_]
        work = sum(held.job.required * (held.job.minutes + 2 * held.minutes) for held in seats)
        budgets = (("weeks", weeks, volunteer.minutes_per_week), ("months", months, volunteer.minutes_per_month))
        for word, count, minutes in budgets:
            if minutes is not None and work > count * minutes:
                what = f"volunteer {id_!r} has {work} minutes of work, above {minutes} in each of {count} {word}"
                yield Finding("hours", what, id_)


def team_quota(recount: Recount) -> Iterator[Finding]:
    """A team, with the teams below it, holds its share of pairs."""
    line = recount.facts.team_line
    count: Counter[str] = Counter()
    for id_, households in recount.households_of.items():
        for team in line.get(recount.facts.volunteers[id_].team, ()):
            count[team] += len(households)
    for rule in rules_of(recount.facts.instance, TeamQuotaRule):
        pairs = count[rule.team]
        if pairs < rule.min_pairs or (rule.max_pairs is not None and pairs > rule.max_pairs):
            most = "any number" if rule.max_pairs is None else rule.max_pairs
            what = f"team {rule.team!r} holds {pairs} pairs, but rule {rule.id!r} asks {rule.min_pairs} to {most}"
            yield Finding("team_quota", what, rule.id)


def locked(recount: Recount) -> Iterator[Finding]:
    """A locked pair of the running plan stays."""
    for (volunteer, household), existing in recount.existing.items():
        if any(pair.locked for pair in existing) and (volunteer, household) not in recount.pairs:
            what = f"the locked pair of volunteer {volunteer!r} and household {household!r} was ended"
            yield Finding("locked", what, volunteer)


def change_budget(recount: Recount) -> Iterator[Finding]:
    """The plan departs from the running plan no farther than the budget allows."""
    ended = sum(len(pairs) for key, pairs in recount.existing.items() if key not in recount.pairs)
    new = sum(key not in recount.existing for key in recount.pairs)
    for rule in rules_of(recount.facts.instance, ChangeBudgetRule):
        for word, count, most in (("end", ended, rule.max_ended), ("are new", new, rule.max_new)):
            if most is not None and count > most:
                yield Finding("change_budget", f"{count} pairs {word}, above {most} of rule {rule.id!r}", rule.id)


def schedulable(recount: Recount) -> Iterator[Finding]:
    """Every covered need has dated visits; that they obey section 3 is judged rule by rule."""
    if not recount.dated:
        return
    for number in sorted(recount.covered):
        job = recount.facts.jobs[number]
        if job.need is not None and not recount.visits_of.get(number):
            yield Finding("schedulable", f"{job.label} is covered but has no dated visit", job.id)


RULES: dict[str, Rule] = {
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
