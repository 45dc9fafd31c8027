"""Why something is not covered, in plain words."""

from __future__ import annotations

from pairsolve.plan import MissedVisit, UnmetSeat

REASONS = {
    "no_volunteers": "there are no volunteers",
    "no_skill": "nobody has the skill",
    "level_too_low": "nobody has the skill at the level asked",
    "expired": "credentials expire before the last day",
    "missing_trait": "nobody has the trait asked",
    "refused": "the household refuses those who could come",
    "own_household": "only members of the household could come",
    "channel": "nobody offers this channel",
    "out_of_scope": "teams are limited to other areas, or kept apart",
    "too_far": "everybody suitable lives too far away",
    "no_common_time": "no common time",
    "no_candidate": "each volunteer falls away for one reason or another",
    "crew_too_small": "too few suitable people for the crew",
    "all_taken": "suitable volunteers are taken by others",
    "schedule_conflict": "no dates fit together with the other visits",
}
MISSED = {
    "no_common_time": "no common time on the days left",
    "schedule_conflict": "no date fits together with the other visits",
}
_FELL_AWAY = {
    "no_skill": "without the skill",
    "level_too_low": "below the level asked",
    "expired": "with a credential that expires too early",
    "missing_trait": "without a trait asked",
    "refused": "refused or kept apart",
    "own_household": "of the household itself",
    "channel": "not offering the channel",
    "out_of_scope": "limited to other areas",
    "too_far": "too far away",
    "no_common_time": "without a common time",
    "candidates": "suitable",
}


def unmet_sentence(seat: UnmetSeat) -> str:
    """Return why nobody takes a seat, with the count of those who fell away.

    Examples
    --------
    >>> unmet_sentence(UnmetSeat(need="N1", seats=1, code="too_far", facts={"too_far": 40, "no_skill": 2}))
    '1 person missing: everybody suitable lives too far away (40 too far away, 2 without the skill)'
    """
    people = "1 person" if seat.seats == 1 else f"{seat.seats} people"
    facts = ", ".join(
        f"{count:,} {_FELL_AWAY.get(code, code.replace('_', ' '))}" for code, count in seat.facts.items() if count
    )
    role = "" if seat.role == "member" else f" as {seat.role!r}"
    return f"{people} missing{role}: {REASONS[seat.code]}" + (f" ({facts})" if facts else "")


def missed_sentence(visit: MissedVisit) -> str:
    """Return why a visit of a covered need has no date.

    Examples
    --------
    >>> missed_sentence(MissedVisit(need="N1", index=3, code="no_common_time"))
    'visit 3 has no date: no common time on the days left'
    """
    return f"visit {visit.index} has no date: {MISSED[visit.code]}"
