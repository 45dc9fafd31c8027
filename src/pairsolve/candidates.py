"""Who may help whom: every admissible (volunteer, seat group), and nothing cut off.

The rules are those of `docs/model.md` section 2; each has a function here, and the table `RULES` lists them.
Rules that depend on the volunteer and on few kinds of demand are evaluated once per kind (`demand_mask`),
reach by a spatial index, time by kinds of windows (`TimeTable`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pairsolve.errors import CapacityError
from pairsolve.instance import SkillLevel, Volunteer
from pairsolve.jobs import SeatGroup
from pairsolve.options import Watch
from pairsolve.problem import Bools, Ints, Problem, distinct, scope_of_volunteers
from pairsolve.rules import ApartRule, Channel
from pairsolve.timetable import TimeTable

Small = npt.NDArray[np.int32]
BITS = 21  # a seat group, a volunteer and minutes share one 64-bit number, so that one sort orders them


@dataclass(frozen=True)
class Candidates:
    """All admissible seats, sorted by seat group and volunteer.

    Parameters
    ----------
    group, volunteer
        Seat group and volunteer of each candidate, shape (n,).
    minutes
        One-way travel of each candidate, 0 by phone.
    complete
        Whether these are all; of a city only those that came into question are kept, and then a search among them
        proves nothing.
    whole
        Seat groups all of whose seats are here, where not all are, ascending.
    """

    group: Small
    volunteer: Small
    minutes: Small
    complete: bool = True
    whole: Ints | None = None

    def __len__(self) -> int:
        """Return how many candidates there are."""
        return len(self.group)

    def of_groups(self, num_groups: int) -> Ints:
        """Return the edges of each seat group's candidates, shape (num_groups + 1,)."""
        return np.searchsorted(self.group, np.arange(num_groups + 1, dtype=np.int32)).astype(np.int64)

    def whole_groups(self, num_groups: int) -> Bools:
        """Say of which seat groups all are here."""
        known = np.full(num_groups, self.complete)
        if self.whole is not None:
            known[self.whole] = True
        return known

    def joined(self, pairs: Ints) -> Candidates:
        """Return these candidates and packed others, each once."""
        own = packed(self.group, self.volunteer, self.minutes)
        return replace(unpacked(distinct(np.concatenate([own, pairs])), complete=self.complete), whole=self.whole)


def find(problem: Problem, timetable: TimeTable, watch: Watch) -> Candidates:
    """Find every admissible (volunteer, seat group).

    Parameters
    ----------
    problem
        The instance as arrays.
    timetable
        Knows who has time.
    watch
        Told after each block of volunteers.
    """
    if max(len(problem.groups), problem.num_volunteers) >= 1 << BITS:
        raise CapacityError(f"more than {(1 << BITS) - 1:,} seats or volunteers; split the instance by region")
    parts = [np.zeros(0, np.int64)]
    for done, (groups, volunteers, minutes) in enumerate(within_reach(problem, np.arange(len(problem.groups)))):
        free = has_time(problem, timetable, groups, volunteers, minutes)
        parts.append(packed(groups[free], volunteers[free], minutes[free]))
        watch.report("candidates", done + 1, detail=f"{sum(map(len, parts)):,} admissible")
    pairs = np.concatenate(parts)
    parts.clear()
    pairs.sort()
    return unpacked(pairs)


def packed(groups: Ints | Small, volunteers: Ints | Small, minutes: Ints | Small) -> Ints:
    """Return candidates as one number each, so that numbers are ordered by seat group and volunteer."""
    return (groups.astype(np.int64) << 2 * BITS) | (volunteers.astype(np.int64) << BITS) | minutes


def unpacked(pairs: Ints, *, complete: bool = True) -> Candidates:
    """Return packed candidates, ascending, as `Candidates`."""
    mask = (1 << BITS) - 1
    return Candidates(
        group=(pairs >> 2 * BITS).astype(np.int32),
        volunteer=((pairs >> BITS) & mask).astype(np.int32),
        minutes=(pairs & mask).astype(np.int32),
        complete=complete,
    )


def ways(problem: Problem, jobs: Ints, volunteers: Ints) -> tuple[Ints, Bools]:
    """Return travel minutes of (job, volunteer) pairs, 0 by phone, and whether each is within reach."""
    minutes = problem.times.minutes_of(problem.volunteer_mode[volunteers], volunteers, problem.job_place[jobs])
    minutes[problem.job_remote[jobs]] = 0
    return minutes, problem.job_remote[jobs] | (minutes <= problem.volunteer_reach[volunteers])


def has_time(
    problem: Problem, timetable: TimeTable, groups: Ints, volunteers: Ints, minutes: Ints
) -> Bools:  # fmt: skip
    """Say pair by pair whether hours in common and minutes do."""
    jobs = problem.group_job[groups]
    return timetable.common_time(jobs, volunteers) & one_visit(problem, jobs, volunteers, minutes)


def one_visit(problem: Problem, jobs: Ints, volunteers: Ints, minutes: Ints) -> Bools:
    """Say pair by pair whether one visit with its way there and back is within the minutes of a week and a month."""
    outing = problem.job_minutes[jobs] + 2 * minutes
    fits: Bools = outing <= problem.longest_outing[volunteers]
    return fits


def within_reach(problem: Problem, groups: Ints) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield blocks (seat group, volunteer, minutes) of those who may take a seat if only they have time.

    Parameters
    ----------
    problem
        The instance as arrays.
    groups
        The seat groups in question, ascending.
    """
    demand_of_group, masks = demands(problem)
    banned = banned_pairs(problem)
    for block in _within_reach(problem, groups, demand_of_group, masks):
        able = masks[demand_of_group[block[0]], block[1]]
        able[able] = _allowed(problem, banned, problem.group_job[block[0][able]], block[1][able])
        yield block[0][able], block[1][able], block[2][able]


def has_skills(volunteer: Volunteer, skills: tuple[SkillLevel, ...]) -> bool:
    """Say whether a volunteer has all skills at the levels asked, valid or not."""
    held = {skill.skill: skill.level for skill in sorted(volunteer.skills, key=lambda skill: skill.level)}
    return all(held.get(asked.skill, 0) >= asked.level for asked in skills)


def has_credentials(volunteer: Volunteer, skills: tuple[SkillLevel, ...], day: date) -> bool:
    """Say whether a volunteer has all skills at the levels asked, valid on a day."""
    if not skills:
        return True
    valid = [skill for skill in volunteer.skills if skill.expires is None or skill.expires >= day]
    return all(any(held.skill == asked.skill and held.level >= asked.level for held in valid) for asked in skills)


def has_traits(volunteer: Volunteer, traits: tuple[str, ...]) -> bool:
    """Say whether a volunteer has all traits asked."""
    return all(trait in volunteer.traits for trait in traits)


def in_scope(problem: Problem, area: str | None) -> Bools:
    """Say for each volunteer whether its team may help in an area."""
    allowed = np.ones(problem.num_volunteers, np.bool_)
    for areas, members in scope_of_volunteers(problem):
        if area not in areas:
            allowed &= ~members
    return allowed


def refused_pairs(problem: Problem) -> Iterator[tuple[int, int]]:
    """Yield (volunteer, household) of every refusal."""
    for number, household in enumerate(problem.instance.households):
        for volunteer in household.refused:
            yield problem.volunteer_number[volunteer], number


def apart_pairs(problem: Problem) -> Iterator[tuple[int, int]]:
    """Yield (volunteer, household) of every apart rule."""
    for rule in problem.instance.rules:
        if isinstance(rule, ApartRule):
            for volunteer in rule.volunteers:
                for household in rule.households:
                    yield problem.volunteer_number[volunteer], problem.household_number[household]


def own_households(problem: Problem) -> Iterator[tuple[int, int]]:
    """Yield (volunteer, household) of everybody who belongs to a household."""
    for number, volunteer in enumerate(problem.instance.volunteers):
        if volunteer.household is not None:
            yield number, problem.household_number[volunteer.household]


def demand_days(problem: Problem) -> list[date]:
    """Return the day on which credentials must be valid for each job: the event's, or the last of the horizon."""
    return [problem.instance.horizon.last_day] * problem.num_needs + [event.day for event in problem.instance.events]


def demands(problem: Problem) -> tuple[Ints, Bools]:
    """Return the kind of demand of each seat group, and for each kind who fulfils it, shape (kinds, volunteers)."""
    kinds: dict[object, int] = {}
    seen: dict[tuple[object, ...], int] = {}
    rows: list[Bools] = []
    of_group = []
    scoped = [areas for areas, _ in scope_of_volunteers(problem)]
    scope_of = lru_cache(maxsize=None)(lambda area: tuple(area in areas for areas in scoped))
    skilled: dict[object, Bools] = {}
    days = demand_days(problem)
    for group in problem.groups:
        job, day = problem.jobs[group.job], days[group.job]
        # most seat groups share their tuples and days, so that looking at those is enough for nearly all
        alike = (id(group.skills), id(group.traits), id(day), job.channel, job.area)
        kind = seen.get(alike)
        if kind is None:
            who = (frozenset((s.skill, s.level) for s in group.skills), frozenset(group.traits), day, job.channel)
            if (who, scope_of(job.area)) not in kinds:
                if who not in skilled:
                    skilled[who] = _skilled(problem, group, job.channel, day)
                kinds[who, scope_of(job.area)] = len(rows)
                rows.append(skilled[who] & in_scope(problem, job.area))
            kind = seen[alike] = kinds[who, scope_of(job.area)]
        of_group.append(kind)
    return np.array(of_group, np.int64), np.array(rows, np.bool_).reshape(len(rows), problem.num_volunteers)


def _skilled(problem: Problem, group: SeatGroup, channel: Channel, day: date) -> Bools:
    """Say for each volunteer whether skills, credentials, traits and channel do for a seat group."""
    holders = problem.holders
    return holders.offering(channel) & holders.like(group.traits) & holders.skilled(group.skills, day)


def _within_reach(
    problem: Problem, groups: Ints, demand_of_group: Ints, masks: Bools
) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield blocks (seat group, volunteer, minutes) within reach; phone seats reach everybody."""
    places = problem.job_place[problem.group_job[groups]]
    phone = problem.job_remote[problem.group_job[groups]]
    modes, reach = problem.volunteer_mode, problem.volunteer_reach
    by_place = np.argsort(np.where(phone, -1, places), kind="stable")[phone.sum() :]
    targets, first = np.unique(places[by_place], return_index=True)
    by_place = groups[by_place]
    edges = np.append(first, len(by_place))
    for mode in np.unique(modes):
        origins = np.flatnonzero(modes == mode)
        for rows, columns, minutes in problem.times.within(int(mode), origins, targets, reach[origins]):
            counts = edges[columns + 1] - edges[columns]
            inside = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            found = by_place[np.repeat(edges[columns], counts) + inside]
            yield found, np.repeat(origins[rows], counts), np.repeat(minutes, counts)
    for group in groups[phone]:
        able = np.flatnonzero(masks[demand_of_group[group]])
        yield np.full(len(able), group), able, np.zeros(len(able), np.int64)


def banned_pairs(problem: Problem) -> Ints:
    """Return volunteer × households + household of every pair that may not be, ascending."""
    pairs = [*refused_pairs(problem), *apart_pairs(problem), *own_households(problem)]
    width = len(problem.instance.households)
    return distinct(np.array([v * width + h for v, h in pairs], np.int64))


def _allowed(problem: Problem, banned: Ints, jobs: Ints, volunteers: Ints) -> Bools:
    width = max(1, len(problem.instance.households))
    suspect = np.zeros(problem.num_volunteers, np.bool_)
    suspect[banned // width] = True
    allowed = np.ones(len(jobs), np.bool_)
    asked = np.flatnonzero(suspect[volunteers])
    household = problem.job_household[jobs[asked]]
    allowed[asked] = (household < 0) | ~np.isin(volunteers[asked] * width + household, banned)
    return allowed


RULES: Mapping[str, Callable[..., object]] = {
    "skill": has_skills,
    "credential": has_credentials,
    "trait": has_traits,
    "refused": refused_pairs,
    "apart": apart_pairs,
    "own_household": own_households,
    "channel": demands,
    "team_scope": in_scope,
    "reach": _within_reach,
    "common_time": TimeTable.common_time,
    "one_visit": one_visit,
}
