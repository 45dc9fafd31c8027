"""Why a job has no crew: everybody counted by the first rule that excludes them, in the order people ask."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pairsolve.candidates import (
    apart_pairs,
    demand_days,
    has_time,
    own_households,
    within_reach,
)
from pairsolve.instance import SkillLevel
from pairsolve.jobs import SeatGroup
from pairsolve.pairing.tiers import Seats
from pairsolve.plan import ReasonCode, UnmetSeat
from pairsolve.problem import Bools, scope_of_volunteers
from pairsolve.timetable import TimeTable

KINDS_KEPT = 64  # of demand, each with a byte for every volunteer


class Reasons:
    """Explains the uncovered jobs of a plan.

    Parameters
    ----------
    seats
        The chosen seats.
    timetable
        Knows who has time.
    contested
        Jobs whose crews found no dates with others.
    """

    def __init__(self, seats: Seats, timetable: TimeTable, contested: frozenset[int]) -> None:
        self.seats, self.contested = seats, contested
        self.problem = seats.problem
        self.timetable = timetable
        self._holds = lru_cache(maxsize=None)(self._holding)
        self._scopes = scope_of_volunteers(self.problem)
        self._stops = lru_cache(maxsize=KINDS_KEPT)(self._stopping)
        self._apart = _by_household(apart_pairs(self.problem))
        self._own = _by_household(own_households(self.problem))
        self._days = demand_days(self.problem)

    def unmet(self) -> tuple[UnmetSeat, ...]:
        """Return an entry for every seat group that must be filled and is not."""
        problem = self.problem
        groups = np.flatnonzero(~self.seats.covered[problem.group_job] & (problem.group_least > 0))
        near = np.zeros(len(problem.groups), np.int64)
        able, heads = near.copy(), near.copy()
        for found, volunteers, minutes in within_reach(problem, groups):
            near += np.bincount(found, minlength=len(near))
            free = has_time(problem, self.timetable, found, volunteers, minutes)
            found, who = found[free], volunteers[free]  # noqa: PLW2901  # those who have time as well
            able += np.bincount(found, minlength=len(near))
            heads += np.bincount(found, np.minimum(problem.heads[who], problem.group_most[found]), len(near)).astype(
                int
            )
        return tuple(
            self._entry(problem.groups[group], int(near[group]), int(able[group]), int(heads[group]))
            for group in groups.tolist()
        )

    def _entry(self, group: SeatGroup, near: int, able: int, heads: int) -> UnmetSeat:
        facts = {**self._funnel(group, near, able), "candidates": able}
        job = self.problem.jobs[group.job]
        return UnmetSeat(
            need=job.id if job.household >= 0 else None,
            event=job.id if job.household < 0 else None,
            role=group.role,
            seats=group.least,
            code=self._code(group, facts, heads),
            facts={name: count for name, count in facts.items() if count},
        )

    def _code(self, group: SeatGroup, facts: dict[str, int], heads: int) -> ReasonCode:
        if self.problem.num_volunteers == 0:
            return "no_volunteers"
        if facts["candidates"] == 0:
            last: ReasonCode = "no_candidate"
            for code in STEPS:
                last = code if facts[code] else last
            return last
        if heads < group.least:
            return "crew_too_small"
        return "schedule_conflict" if group.job in self.contested else "all_taken"

    def _funnel(self, group: SeatGroup, near: int, able: int) -> dict[str, int]:
        """Count the volunteers that each rule excludes, of those the rules before it left.

        Whom a household refuses is looked up one by one; all else depends on the kind of demand, or is counted.
        """
        job = self.problem.jobs[group.job]
        scope = tuple(job.area in areas for areas, _ in self._scopes)
        day = self._days[group.job]
        stops, counts = self._stops(group.skills, group.traits, day, job.channel, scope)
        facts: dict[str, int] = dict(zip(STEPS, counts, strict=True))
        for code, volunteers in self._named(job.household):
            for volunteer in volunteers:
                if stops[volunteer] > STEPS.index("own_household"):
                    facts[STEPS[stops[volunteer]]] -= 1
                    facts[code] += 1
        facts["no_common_time"] = near - able
        facts["too_far"] -= near
        return facts

    def _named(self, household: int) -> tuple[tuple[ReasonCode, set[int]], ...]:
        """Return the volunteers who may not come to a household because of who they are."""
        if household < 0:
            return ()
        refused = {self.problem.volunteer_number[v] for v in self.problem.instance.households[household].refused}
        refused.update(self._apart.get(household, ()))
        return ("refused", refused), ("own_household", set(self._own.get(household, ())) - refused)

    def _stopping(
        self,
        skills: tuple[SkillLevel, ...],
        traits: tuple[str, ...],
        day: date,
        channel: str,
        scope: tuple[bool, ...],
    ) -> tuple[npt.NDArray[np.int8], tuple[int, ...]]:
        """Return at which step each volunteer falls away, distance for all who get so far, and how many at each."""
        stops = np.full(self.problem.num_volunteers, STEPS.index("too_far"), np.int8)
        free = np.ones(len(stops), np.bool_)
        for inside, (_, members) in zip(scope, self._scopes, strict=True):
            free &= ~members | inside
        for code, keeps in (
            ("out_of_scope", free),
            ("channel", self.problem.holders.offering(channel)),
            *((code, self._holds(code, skills, traits, day)) for code in STEPS[3::-1]),
        ):
            stops[~keeps] = STEPS.index(code)
        return stops, tuple(np.bincount(stops, minlength=len(STEPS)).tolist())

    def _holding(self, code: ReasonCode, skills: tuple[SkillLevel, ...], traits: tuple[str, ...], day: date) -> Bools:
        holders = self.problem.holders
        if code == "missing_trait":
            return holders.like(traits)
        if code == "expired":
            return holders.skilled(skills, day)
        return holders.skilled(
            skills if code == "level_too_low" else tuple(SkillLevel(skill=s.skill, level=1) for s in skills)
        )


CONTENDED: frozenset[ReasonCode] = frozenset({"all_taken", "schedule_conflict"})  # there are enough people for the job
STEPS: tuple[ReasonCode, ...] = (
    "no_skill", "level_too_low", "expired", "missing_trait", "refused", "own_household", "channel", "out_of_scope",
    "too_far", "no_common_time",
)  # fmt: skip


def _by_household(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    volunteers: dict[int, list[int]] = {}
    for volunteer, household in pairs:
        volunteers.setdefault(household, []).append(volunteer)
    return volunteers
