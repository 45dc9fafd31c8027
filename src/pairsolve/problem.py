"""An instance as arrays: jobs, seat groups and volunteers by number.

Nothing here depends on who helps whom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise
from operator import and_
from typing import Any

import numpy as np
import numpy.typing as npt

from pairsolve.calendar import Calendar, DayMasks
from pairsolve.holders import Holders
from pairsolve.instance import Area, Instance, Team, Volunteer
from pairsolve.jobs import Job, SeatGroup, jobs_of
from pairsolve.rules import NeighbourRule, TargetRule, TeamQuotaRule, TeamScopeRule, target_level
from pairsolve.travel import Times

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NO_LIMIT = 1 << 40


@dataclass(frozen=True)
class Problem:
    """The instance with its calendar, its travel times and its jobs, seat groups and volunteers as arrays.

    Parameters
    ----------
    instance, calendar, times
        What is asked, and the facts about days and ways.
    jobs
        Needs, then events.
    groups
        Seat groups, job by job.
    """

    instance: Instance
    calendar: Calendar
    times: Times
    jobs: tuple[Job, ...]
    groups: tuple[SeatGroup, ...]

    @classmethod
    def build(cls, instance: Instance, calendar: Calendar, times: Times) -> Problem:
        """Turn an instance into jobs and seat groups."""
        jobs, groups = jobs_of(instance, calendar, times)
        return cls(instance, calendar, times, jobs, groups)

    @property
    def num_volunteers(self) -> int:
        """How many volunteers there are."""
        return len(self.instance.volunteers)

    @property
    def num_needs(self) -> int:
        """How many jobs are needs; the jobs after them are events."""
        return len(self.instance.needs)

    @cached_property
    def job_household(self) -> Ints:
        """Household of each job, -1 for events."""
        return np.array([job.household for job in self.jobs], np.int64)

    @cached_property
    def job_priority(self) -> Ints:
        """Priority class of each job."""
        return np.array([job.priority for job in self.jobs], np.int64)

    @cached_property
    def job_place(self) -> Ints:
        """Place of each job."""
        return np.array([job.place for job in self.jobs], np.int64)

    @cached_property
    def job_remote(self) -> Bools:
        """Whether each job is done by phone."""
        return np.array([job.channel == "phone" for job in self.jobs], np.bool_)

    @cached_property
    def volunteer_mode(self) -> Ints:
        """Number of the way each volunteer travels."""
        numbers = {name: number for number, name in enumerate(self.times.mode_names)}
        return self._of_volunteers(lambda v: numbers[v.mode])

    @cached_property
    def volunteer_reach(self) -> Ints:
        """Longest way of each volunteer, in minutes."""
        return self._of_volunteers(lambda v: v.reach_minutes)

    @cached_property
    def job_required(self) -> Ints:
        """Required visits of each job."""
        return np.array([job.required for job in self.jobs], np.int64)

    @cached_property
    def job_minutes(self) -> Ints:
        """Length of a visit of each job."""
        return np.array([job.minutes for job in self.jobs], np.int64)

    @cached_property
    def group_job(self) -> Ints:
        """Job of each seat group."""
        return np.array([group.job for group in self.groups], np.int64)

    @cached_property
    def group_least(self) -> Ints:
        """Fewest heads of each seat group."""
        return np.array([group.least for group in self.groups], np.int64)

    @cached_property
    def group_most(self) -> Ints:
        """Most heads of each seat group."""
        return np.array([group.most for group in self.groups], np.int64)

    @cached_property
    def job_high(self) -> Ints:
        """Most heads of each job."""
        return np.bincount(self.group_job, self.group_most, len(self.jobs)).astype(np.int64)

    @cached_property
    def job_groups(self) -> tuple[range, ...]:
        """Seat groups of each job."""
        edges = np.searchsorted(self.group_job, np.arange(len(self.jobs) + 1))
        return tuple(range(int(a), int(b)) for a, b in pairwise(edges))

    @cached_property
    def job_fewest(self) -> Ints:
        """Fewest volunteers who together cover each job: a group counts for as many seats as its heads fill."""
        largest = max(1, int(self.heads.max(initial=1)))
        filled = np.minimum(self.group_most, largest).clip(min=1)
        fewest = np.bincount(self.group_job, -(-self.group_least // filled), len(self.jobs))
        return np.maximum(fewest, 1).astype(np.int64)

    @cached_property
    def heads(self) -> Ints:
        """Head count of each volunteer."""
        return self._of_volunteers(lambda v: v.head_count)

    @cached_property
    def max_households(self) -> Ints:
        """Household cap of each volunteer."""
        return self._of_volunteers(lambda v: v.max_households)

    @cached_property
    def min_households(self) -> Ints:
        """Fewest households of each volunteer."""
        return self._of_volunteers(lambda v: v.min_households)

    @cached_property
    def budgets(self) -> tuple[Ints, Ints]:
        """Minutes of each volunteer over the whole horizon: by weeks, and by months."""
        weeks, months = len(self.calendar.periods("week")), len(self.calendar.periods("month"))
        return (
            self._of_volunteers(lambda v: v.minutes_per_week * weeks if v.minutes_per_week else NO_LIMIT),
            self._of_volunteers(lambda v: v.minutes_per_month * months if v.minutes_per_month else NO_LIMIT),
        )

    @cached_property
    def longest_outing(self) -> Ints:
        """Most minutes of each volunteer for one visit with its way there and back."""
        return self._of_volunteers(lambda v: min(v.minutes_per_week or NO_LIMIT, v.minutes_per_month or NO_LIMIT))

    @cached_property
    def volunteer_number(self) -> dict[str, int]:
        """Volunteer numbers by id."""
        return {volunteer.id: number for number, volunteer in enumerate(self.instance.volunteers)}

    @cached_property
    def household_number(self) -> dict[str, int]:
        """Household numbers by id."""
        return {household.id: number for number, household in enumerate(self.instance.households)}

    @cached_property
    def household_needs(self) -> tuple[tuple[int, ...], ...]:
        """Jobs of each household."""
        needs: list[list[int]] = [[] for _ in self.instance.households]
        for number in range(self.num_needs):
            needs[self.jobs[number].household].append(number)
        return tuple(map(tuple, needs))

    @cached_property
    def running(self) -> dict[int, list[tuple[int, int]]]:
        """Volunteer and value of the existing pairs of each household; those of households without needs under −1."""
        pairs: dict[int, list[tuple[int, int]]] = {}
        for (volunteer, household), number in self.existing.items():
            home = household if self.household_needs[household] else -1
            pairs.setdefault(home, []).append((volunteer, self.instance.pairs[number].value))
        return pairs

    @cached_property
    def simple(self) -> Bools:
        """Households with exactly one need, of one seat."""
        return np.array(
            [len(needs) == 1 and self.job_high[needs[0]] == 1 for needs in self.household_needs], np.bool_
        ).reshape(-1)

    @cached_property
    def locked_to(self) -> Ints:
        """Volunteer to whom each simple household is locked, so that nobody else comes into question; -1 = open.

        The last entry is for events.
        """
        locked = np.full(len(self.instance.households) + 1, -1, np.int64)
        for (volunteer, household), number in self.existing.items():
            if self.instance.pairs[number].locked and self.simple[household]:
                locked[household] = volunteer
        return locked

    @cached_property
    def household_cap(self) -> Ints:
        """Most different volunteers of each household."""
        return np.array([household.max_volunteers or NO_LIMIT for household in self.instance.households], np.int64)

    def area_mask(self, ids: Iterable[str | None], area: str | None) -> Bools:
        """Say for each area id whether it is `area` or below it (all True when `area` is None)."""
        inside = None if area is None else subtree(self.instance.areas, area)
        return np.array([inside is None or item in inside for item in ids], np.bool_)

    def team_members(self, team: str) -> Bools:
        """Say for each volunteer whether it belongs to the team or a team below it."""
        inside = subtree(self.instance.teams, team)
        names, of_volunteer = self._teams
        return np.array([name in inside for name in names], np.bool_)[of_volunteer]

    @cached_property
    def _teams(self) -> tuple[tuple[str | None, ...], Ints]:
        """Return the teams that have members, and the place of each volunteer's team among them."""
        numbers: dict[str | None, int] = {None: 0}
        places = [numbers.setdefault(volunteer.team, len(numbers)) for volunteer in self.instance.volunteers]
        return tuple(numbers), np.array(places, np.int64)

    @cached_property
    def targets(self) -> tuple[tuple[Ints, Ints, int], ...]:
        """Return for each target rule its needs, what each of them counts, and the level asked for."""
        sums = []
        areas: dict[str | None, list[int]] = {}
        for number in range(self.num_needs):
            areas.setdefault(self.jobs[number].area, []).append(number)
        services = {service.id: number for number, service in enumerate(self.instance.services)}
        for rule in self.instance.rules:
            if isinstance(rule, TargetRule):
                inside = self.area_mask(areas, rule.area)
                lists = [own for own, kept in zip(areas.values(), inside.tolist(), strict=True) if kept]
                needs = np.sort(np.array([number for own in lists for number in own], np.int64))
                if rule.service is not None:
                    needs = needs[self.job_service[needs] == services.get(rule.service, -2)]
                unit = self.job_required[needs] if rule.unit == "visits" else np.ones(len(needs), np.int64)
                sums.append((needs, unit, target_level(rule, int(unit.sum()))))
        return tuple(sums)

    @cached_property
    def neighbours(self) -> tuple[tuple[NeighbourRule, Bools], ...]:
        """Return each neighbour rule with the households it wants a neighbour for."""
        needy = np.bincount(self.job_household[: self.num_needs], minlength=len(self.instance.households)) > 0
        areas = [household.area for household in self.instance.households]
        rules = [rule for rule in self.instance.rules if isinstance(rule, NeighbourRule)]
        return tuple((rule, needy & self.area_mask(areas, rule.area)) for rule in rules)

    @cached_property
    def existing(self) -> Mapping[tuple[int, int], int]:
        """Return the running plan's pairs: (volunteer, household) to its place in ``instance.pairs``."""
        return {
            (self.volunteer_number[pair.volunteer], self.household_number[pair.household]): number
            for number, pair in enumerate(self.instance.pairs)
        }

    @cached_property
    def wished(self) -> Ints:
        """Return volunteer × households + household of every preference of a household, ascending."""
        width = len(self.instance.households)
        return np.array(
            sorted(
                self.volunteer_number[volunteer] * width + number
                for number, household in enumerate(self.instance.households)
                for volunteer in household.preferred
            ),
            np.int64,
        )

    @cached_property
    def choosy_households(self) -> Bools:
        """Say for each household whether it prefers somebody; the last entry, for events, says no."""
        return np.array([*(bool(household.preferred) for household in self.instance.households), False], np.bool_)

    @cached_property
    def dislikes(self) -> Bools:
        """Say whether a volunteer would rather do other services, shape (volunteers, services + 1).

        The last column is for events without a service.
        """
        known: dict[tuple[str, ...], int] = {}  # most volunteers share few lists of wishes
        which = [known.setdefault(one.preferred_services, len(known)) for one in self.instance.volunteers]
        services = [service.id for service in self.instance.services]
        rows = [[bool(wishes) and one not in wishes for one in services] + [False] for wishes in known]
        return np.array(rows, np.bool_).reshape(len(known), len(services) + 1)[np.array(which, np.int64)]

    @cached_property
    def job_service(self) -> Ints:
        """Service of each job, -1 for none."""
        numbers = {service.id: number for number, service in enumerate(self.instance.services)}
        return np.array([numbers.get(job.service or "", -1) for job in self.jobs], np.int64)

    def near(self, rule: NeighbourRule, volunteers: npt.NDArray[Any], households: npt.NDArray[Any]) -> Bools:
        """Say pair by pair whether the volunteer is a neighbour of the household under a rule."""
        mode = self.times.mode_names.index(rule.mode)
        return (
            self.times.minutes(mode, volunteers, self.times.first_household + households.astype(np.int64))
            <= rule.minutes
        )

    def job_masks(self, job: int) -> DayMasks:
        """Return the start masks of a need as its household, its windows and its site allow."""
        need, facts = self.instance.needs[job], self.jobs[job]
        household = self.instance.households[facts.household]
        masks = [
            self.calendar.start_masks(household.windows, household.exceptions, facts.minutes),
            self.calendar.anytime_masks(need.windows, facts.minutes),
        ]
        if facts.channel == "site":
            site = self.instance.sites[facts.place - self.times.first_site]
            masks.append(self.calendar.start_masks(site.windows, (), facts.minutes))
        return tuple(reduce(and_, day) for day in zip(*masks, strict=True))

    @cached_property
    def holders(self) -> Holders:
        """Who holds which skills, traits and channels."""
        return Holders(self.instance.volunteers)

    def _of_volunteers(self, field: Callable[[Volunteer], int]) -> Ints:
        return np.array([field(v) for v in self.instance.volunteers], np.int64)


def distinct(values: Ints) -> Ints:
    """Return the distinct numbers, ascending; by sorting, which on millions is faster than hashing.

    Examples
    --------
    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(values)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def subtree(nodes: Sequence[Area] | Sequence[Team], root: str) -> frozenset[str]:
    """Return a tree node and all nodes below it.

    Examples
    --------
    >>> sorted(subtree((Area(id="city"), Area(id="town", parent="city"), Area(id="other")), "city"))
    ['city', 'town']
    """
    children: dict[str | None, list[str]] = {}
    for node in nodes:
        children.setdefault(node.parent, []).append(node.id)
    found, queue = {root}, [root]
    while queue:
        below = children.get(queue.pop(), [])
        found.update(below)
        queue += below
    return frozenset(found)


def scope_of_volunteers(problem: Problem) -> tuple[tuple[frozenset[str], Bools], ...]:
    """Return, for each team_scope rule, the allowed areas and the volunteers bound to them."""
    scopes = []
    for rule in problem.instance.rules:
        if isinstance(rule, TeamScopeRule):
            areas: frozenset[str] = frozenset().union(*(subtree(problem.instance.areas, area) for area in rule.areas))
            scopes.append((areas, problem.team_members(rule.team)))
    return tuple(scopes)


def quotas(problem: Problem) -> tuple[tuple[TeamQuotaRule, Bools], ...]:
    """Return each team quota with its members."""
    return tuple(
        (rule, problem.team_members(rule.team)) for rule in problem.instance.rules if isinstance(rule, TeamQuotaRule)
    )
