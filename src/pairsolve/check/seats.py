"""Hard rules on single seats: whether a volunteer may take a seat of a job (docs/model.md, section 2, first table)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import numpy as np

from pairsolve.check.facts import Facts, Job, rules_of
from pairsolve.check.recount import Held, Recount
from pairsolve.check.rhythm import CommonTime
from pairsolve.check.verdict import Finding
from pairsolve.instance import SkillLevel, Volunteer
from pairsolve.rules import ApartRule

Rule = Callable[[Recount], Iterator[Finding]]


def skill(recount: Recount) -> Iterator[Finding]:
    """Everybody in the crew has every skill asked, at the level asked or above."""
    for held in recount.held:
        for asked in held.group.skills:
            if not has_skill(held.volunteer, asked, None):
                yield _finding("skill", held, f"does not have skill {asked.skill!r} at level {asked.level}")


def credential(recount: Recount) -> Iterator[Finding]:
    """The skills asked are still valid on the last day of the horizon, for an event on its day."""
    for held in recount.held:
        day = valid_on(recount.facts, held.job)
        for asked in held.group.skills:
            if has_skill(held.volunteer, asked, None) and not has_skill(held.volunteer, asked, day):
                yield _finding("credential", held, f"has skill {asked.skill!r} only until before {day}")


def trait(recount: Recount) -> Iterator[Finding]:
    """Everybody has the traits that the household and the role require."""
    for held in recount.held:
        for missing in sorted(held.group.traits - set(held.volunteer.traits)):
            yield _finding("trait", held, f"lacks the required trait {missing!r}")


def refused(recount: Recount) -> Iterator[Finding]:
    """Nobody is sent to a household that refused them."""
    for held in recount.held:
        if held.job.household is not None and held.volunteer.id in held.job.household.refused:
            yield _finding("refused", held, f"is refused by household {held.job.household.id!r}")


def apart(recount: Recount) -> Iterator[Finding]:
    """Nobody is paired with a household that a rule keeps them apart from."""
    sides = [
        (rule.id, frozenset(rule.volunteers), frozenset(rule.households))
        for rule in rules_of(recount.facts.instance, ApartRule)
    ]
    for held in recount.held:
        for rule, volunteers, households in sides:
            household = held.job.household
            if household is not None and held.volunteer.id in volunteers and household.id in households:
                yield _finding("apart", held, f"is kept apart from household {household.id!r} by rule {rule!r}")


def own_household(recount: Recount) -> Iterator[Finding]:
    """Nobody is the helper of their own household."""
    for held in recount.held:
        if held.job.household is not None and held.volunteer.household == held.job.household.id:
            yield _finding("own_household", held, "belongs to that household")


def channel(recount: Recount) -> Iterator[Finding]:
    """Everybody offers the channel of the job."""
    for held in recount.held:
        if held.job.channel not in held.volunteer.channels:
            yield _finding("channel", held, f"does not offer the channel {held.job.channel!r}")


def team_scope(recount: Recount) -> Iterator[Finding]:
    """Members of a team with a scope help only in its areas."""
    if not recount.facts.scopes:
        return
    for held in recount.held:
        for rule in recount.facts.scopes_of(held.volunteer):
            if not recount.facts.in_scope(rule, held.job.area):
                what = f"may not help in area {held.job.area!r}: rule {rule.id!r} of team {rule.team!r}"
                yield _finding("team_scope", held, what)


def reach(recount: Recount) -> Iterator[Finding]:
    """Nobody travels farther than their reach; a phone call needs no travel."""
    for held in recount.held:
        if held.job.channel != "phone" and held.minutes > held.volunteer.reach_minutes:
            what = f"travels {held.minutes} minutes one way, above the reach of {held.volunteer.reach_minutes}"
            yield _finding("reach", held, what)


def common_time(recount: Recount) -> Iterator[Finding]:
    """Enough of the required visits can be given days on which everybody has time."""
    if not recount.held:
        return
    hours = CommonTime(recount.facts)
    number = recount.facts.volunteer_number
    volunteers = hours.volunteer_class[[number[held.volunteer.id] for held in recount.held]]
    jobs = hours.job_class[[held.job.number for held in recount.held]]
    keys, position = np.unique(np.stack([volunteers, jobs]), axis=1, return_inverse=True)
    fits = hours.fits(keys[0], keys[1])[position.ravel()]
    for index in np.nonzero(~fits)[0]:
        held = recount.held[index]
        what = f"has no common time for {held.job.fewest} of the {held.job.required} required visits"
        yield _finding("common_time", held, what)


def one_visit(recount: Recount) -> Iterator[Finding]:
    """One visit, with its way there and back, is within the minutes of a week and of a month."""
    for held in recount.held:
        outing = held.job.minutes + 2 * held.minutes
        for most, period in ((held.volunteer.minutes_per_week, "week"), (held.volunteer.minutes_per_month, "month")):
            if most is not None and outing > most:
                yield _finding("one_visit", held, f"needs {outing} minutes for a visit, above the {most} of a {period}")


def has_skill(volunteer: Volunteer, asked: SkillLevel, day: date | None) -> bool:
    """Say whether a volunteer has a skill at a level, valid on a day (None: ever)."""
    return any(
        held.skill == asked.skill
        and held.level >= asked.level
        and (day is None or held.expires is None or held.expires >= day)
        for held in volunteer.skills
    )


def valid_on(facts: Facts, job: Job) -> date:
    """Return the day on which credentials for a job must be valid."""
    return facts.instance.horizon.last_day if job.event is None else job.event.day


def _finding(code: str, held: Held, what: str) -> Finding:
    seat = f"seat {held.group.role!r} of {held.job.label}"
    return Finding(code, f"volunteer {held.volunteer.id!r}, in {seat}, {what}", held.job.id)


RULES: dict[str, Rule] = {
    "skill": skill,
    "credential": credential,
    "trait": trait,
    "refused": refused,
    "apart": apart,
    "own_household": own_household,
    "channel": channel,
    "team_scope": team_scope,
    "reach": reach,
    "common_time": common_time,
    "one_visit": one_visit,
}
