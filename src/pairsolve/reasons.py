"""Why a job has no crew: everybody counted by the first rule that excludes them, in the order people ask."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import numpy as np

from pairsolve.candidates import (
    apart_pairs,
    demand_day,
    has_credentials,
    has_skills,
    has_traits,
    in_scope,
    own_households,
)
from pairsolve.instance import SkillLevel
from pairsolve.jobs import SeatGroup
from pairsolve.pairing.tiers import Seats
from pairsolve.plan import ReasonCode, UnmetSeat
from pairsolve.problem import Bools, Ints
from pairsolve.timetable import TimeTable


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
        self._scope = lru_cache(maxsize=None)(lambda area: in_scope(self.problem, area))
        self._offers = lru_cache(maxsize=None)(self._offering)
        self._apart = _by_household(apart_pairs(self.problem))
        self._own = _by_household(own_households(self.problem))
        self._modes = np.array(
            [self.problem.times.mode_names.index(v.mode) for v in self.problem.instance.volunteers], np.int64
        )
        self._reach = np.array([v.reach_minutes for v in self.problem.instance.volunteers], np.int64)

    def unmet(self) -> tuple[UnmetSeat, ...]:
        """Return an entry for every seat group that must be filled and is not."""
        uncovered = ~self.seats.covered
        return tuple(self._entry(group) for group in self.problem.groups if uncovered[group.job] and group.least > 0)

    def _entry(self, group: SeatGroup) -> UnmetSeat:
        facts, able = self._funnel(group)
        heads = int(np.minimum(self.problem.heads[able], group.most).sum())
        facts["candidates"] = len(able)
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

    def _funnel(self, group: SeatGroup) -> tuple[dict[str, int], Ints]:
        """Count the volunteers that each rule excludes, of those the rules before it left; return who is left too."""
        left = np.ones(self.problem.num_volunteers, np.bool_)
        facts: dict[str, int] = {}
        for code in STEPS:
            keeps = self._keeps(code, group, left)
            facts[code] = int(np.count_nonzero(left & ~keeps))
            left &= keeps
        return facts, np.flatnonzero(left)

    def _keeps(self, code: ReasonCode, group: SeatGroup, left: Bools) -> Bools:
        problem, job = self.problem, self.problem.jobs[group.job]
        everybody = np.ones(problem.num_volunteers, np.bool_)
        match code:
            case "no_skill" | "level_too_low" | "expired" | "missing_trait":
                return self._holds(code, group.skills, group.traits, demand_day(problem, group.job))
            case "refused" if job.household >= 0:
                refused = [problem.volunteer_number[v] for v in problem.instance.households[job.household].refused]
                everybody[[*refused, *self._apart.get(job.household, ())]] = False
            case "own_household":
                everybody[self._own.get(job.household, [])] = False
            case "channel":
                return self._offers(job.channel)
            case "out_of_scope":
                return self._scope(job.area)
            case "too_far" if job.channel != "phone":
                for mode in np.unique(self._modes[left]):
                    who = np.flatnonzero(left & (self._modes == mode))
                    everybody[who] = problem.times.minutes(int(mode), who, job.place) <= self._reach[who]
            case "no_common_time":
                who = np.flatnonzero(left)
                everybody[who] = self.timetable.common_time(np.full(len(who), group.job), who)
        return everybody

    def _holding(self, code: ReasonCode, skills: tuple[SkillLevel, ...], traits: tuple[str, ...], day: date) -> Bools:
        volunteers = self.problem.instance.volunteers
        if code == "missing_trait":
            return np.array([has_traits(v, traits) for v in volunteers], np.bool_)
        if code == "expired":
            return np.array([has_credentials(v, skills, day) for v in volunteers], np.bool_)
        asked = skills if code == "level_too_low" else tuple(SkillLevel(skill=s.skill, level=1) for s in skills)
        return np.array([has_skills(v, asked) for v in volunteers], np.bool_)

    def _offering(self, channel: str) -> Bools:
        return np.array([channel in v.channels for v in self.problem.instance.volunteers], np.bool_)


STEPS: tuple[ReasonCode, ...] = (
    "no_skill", "level_too_low", "expired", "missing_trait", "refused", "own_household", "channel", "out_of_scope",
    "too_far", "no_common_time",
)  # fmt: skip


def _by_household(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    volunteers: dict[int, list[int]] = {}
    for volunteer, household in pairs:
        volunteers.setdefault(household, []).append(volunteer)
    return volunteers
