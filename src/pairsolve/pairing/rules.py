"""The hard rules on sets of pairs, counted on chosen seats: what is used, what is left, what is broken.

The exact model and the search both ask here, so a rule on pairs has one home.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from pairsolve.candidates import Small
from pairsolve.pairing.tiers import Seats
from pairsolve.problem import NO_LIMIT, Bools, Ints, Problem, distinct, quotas
from pairsolve.rules import ChangeBudgetRule, TeamQuotaRule
from pairsolve.timetable import TimeTable


@dataclass(frozen=True)
class PairRules:
    """The rules of an instance in the shape in which they are asked for.

    Parameters
    ----------
    quotas
        Team quotas with their members.
    budgets
        Change budgets.
    existing
        (volunteer, household) of the running plan's pairs.
    locked
        Those of them that must stay.
    least_households
        Fewest households of each volunteer.
    timetable
        Knows which crews have time together; None when nothing will be dated.
    visit_room
        Most visits of each volunteer over the horizon, by the days on which they have time at all; None when nothing
        will be dated. More find no dates, which plans made seat by seat had better know.
    cuts
        Sets of candidate rows that cannot all be chosen, because their visits find no dates together.
    """

    quotas: tuple[tuple[TeamQuotaRule, Bools], ...]
    budgets: tuple[ChangeBudgetRule, ...]
    existing: frozenset[tuple[int, int]]
    locked: frozenset[tuple[int, int]]
    least_households: Ints
    timetable: TimeTable | None = None
    visit_room: Ints | None = None
    cuts: tuple[frozenset[int], ...] = ()

    @classmethod
    def build(cls, problem: Problem, timetable: TimeTable | None) -> PairRules:
        """Collect the rules of an instance; the timetable only when visits will be scheduled."""
        existing = problem.existing
        pairs = problem.instance.pairs
        return cls(
            quotas=quotas(problem),
            budgets=tuple(rule for rule in problem.instance.rules if isinstance(rule, ChangeBudgetRule)),
            existing=frozenset(existing),
            locked=frozenset(pair for pair, number in existing.items() if pairs[number].locked),
            least_households=problem.min_households,
            timetable=timetable,
            visit_room=None if timetable is None else visit_room(problem),
        )

    def visits_left(self, seats: Seats) -> Ints:
        """Return how many visits more each volunteer could make."""
        problem = seats.problem
        room = np.full(problem.num_volunteers, NO_LIMIT) if self.visit_room is None else self.visit_room
        held = np.bincount(seats.volunteer, fewest_visits(problem)[seats.job], problem.num_volunteers)
        return room - held.astype(np.int64)


def fewest_visits(problem: Problem) -> Ints:
    """Return the fewest visits of each job once it is covered."""
    return np.array([job.fewest for job in problem.jobs], np.int64)


def visit_room(problem: Problem) -> Ints:
    """Return the most visits of each volunteer: by day and by week, on days on which they have time at all."""
    calendar = problem.calendar
    weeks = [(week.first, week.last) for week in calendar.periods("week")]
    events = {calendar.event_day(event) for event in problem.instance.events}  # may be on closed days
    known: dict[object, int] = {}
    rooms = []
    for one in problem.instance.volunteers:
        key = (
            one.windows, one.exceptions, one.day_break, one.overtime_minutes, one.visits_per_day, one.visits_per_week,
        )  # fmt: skip
        if key not in known:
            masks = calendar.working_masks(one, calendar.slot)
            days = [bool(mask) or day in events for day, mask in enumerate(masks)]
            per_week = NO_LIMIT if one.visits_per_week is None else one.visits_per_week
            known[key] = sum(min(per_week, one.visits_per_day * sum(days[first:last])) for first, last in weeks)
        rooms.append(known[key])
    return np.array(rooms, np.int64)


def crew(seats: Seats, rules: PairRules) -> int:
    """Count the seat groups of covered jobs with too few or too many heads."""
    problem = seats.problem
    filled = filled_heads(seats)
    covered = seats.covered[problem.group_job]
    return int(np.count_nonzero(covered & ((filled < problem.group_least) | (filled > problem.group_most))))


def one_seat(seats: Seats, rules: PairRules) -> int:
    """Count the seats a volunteer holds beyond one of a job."""
    code = seats.job * max(1, seats.problem.num_volunteers) + seats.volunteer
    return len(code) - len(distinct(code))


def household_cap(seats: Seats, rules: PairRules) -> int:
    """Count the households beyond the volunteers' caps or missing to their minimums."""
    problem = seats.problem
    count = seats.households_of
    over = np.maximum(count - problem.max_households, 0).sum()
    return int(over + np.maximum(rules.least_households - count, 0).sum())


def faces(seats: Seats, rules: PairRules) -> int:
    """Count the volunteers beyond what households accept."""
    count = np.bincount(seats.pairs[:, 1], minlength=len(seats.problem.instance.households))
    return int(np.maximum(count - seats.problem.household_cap, 0).sum())


def hours(seats: Seats, rules: PairRules) -> int:
    """Count the minutes beyond the volunteers' hours."""
    used = used_minutes(seats)
    return int(sum(np.maximum(used - budget, 0).sum() for budget in seats.problem.budgets))


def team_quota(seats: Seats, rules: PairRules) -> int:
    """Count the pairs beyond or missing to the team quotas."""
    broken = 0
    for rule, members in rules.quotas:
        held = int(members[seats.pairs[:, 0]].sum())
        broken += max(0, rule.min_pairs - held)
        broken += 0 if rule.max_pairs is None else max(0, held - rule.max_pairs)
    return broken


def locked(seats: Seats, rules: PairRules) -> int:
    """Count the locked pairs that are missing."""
    return int(np.count_nonzero(~_among(seats, np.array(sorted(rules.locked)), seats.pairs)))


def change_budget(seats: Seats, rules: PairRules) -> int:
    """Count the changes beyond the change budgets."""
    if not rules.budgets:
        return 0
    existing = np.array(sorted(rules.existing))
    ended = int(np.count_nonzero(~_among(seats, existing, seats.pairs)))
    new = int(np.count_nonzero(~_among(seats, seats.pairs, existing)))
    broken = 0
    for rule in rules.budgets:
        broken += 0 if rule.max_ended is None else max(0, ended - rule.max_ended)
        broken += 0 if rule.max_new is None else max(0, new - rule.max_new)
    return broken


def _among(seats: Seats, pairs: Ints, others: Ints) -> Bools:
    """Say for each (volunteer, household) whether it is among others."""
    width = len(seats.problem.instance.households)
    codes, known = (table.reshape(-1, 2)[:, 0] * width + table.reshape(-1, 2)[:, 1] for table in (pairs, others))
    return np.isin(codes, known)


def schedulable(seats: Seats, rules: PairRules) -> int:
    """Count the crews without common time, and the sets of seats that are known to find no dates together."""
    chosen = set(seats.rows.tolist()) if rules.cuts else set()
    return len(crews_without_time(seats, rules)) + sum(cut <= chosen for cut in rules.cuts)


def crews_without_time(seats: Seats, rules: PairRules) -> list[int]:
    """Return the jobs whose crew has no time together."""
    several = np.flatnonzero(np.bincount(seats.job, minlength=len(seats.problem.jobs)) > 1)
    if rules.timetable is None:
        return []
    edges = np.searchsorted(seats.job, [several, several + 1])
    return [
        job
        for job, first, last in zip(several.tolist(), *edges.tolist(), strict=True)
        if not rules.timetable.crew_has_time(job, seats.volunteer[first:last].tolist())
    ]


def filled_heads(seats: Seats) -> Ints:
    """Return the heads in each seat group."""
    problem = seats.problem
    heads = np.minimum(problem.heads[seats.volunteer], problem.group_most[seats.group])
    return np.bincount(seats.group, heads, len(problem.groups)).astype(np.int64)


def used_minutes(seats: Seats) -> Ints:
    """Return the minutes each volunteer spends over the horizon: every visit with its way there and back."""
    problem = seats.problem
    minutes = seat_minutes(problem, seats.job, seats.candidates.minutes[seats.rows].astype(np.int64))
    return np.bincount(seats.volunteer, minutes, problem.num_volunteers).astype(np.int64)


def seat_minutes(problem: Problem, jobs: Ints | Small, travel: Ints | Small) -> Ints:
    """Return the minutes each seat costs over the horizon."""
    return problem.job_required[jobs] * (problem.job_minutes[jobs] + 2 * travel)


def broken(seats: Seats, rules: PairRules) -> int:
    """Return how far chosen seats are from obeying all rules; 0 = all obeyed."""
    return sum(rule(seats, rules) for rule in RULES.values())


RULES: Mapping[str, Callable[[Seats, PairRules], int]] = {
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
