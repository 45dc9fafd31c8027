"""All admissible pairs of volunteer and job, generated again from the instance, block by block.

The rules are those of `pairsolve.check.seats`, here for arrays: what is asked in a seat becomes a set of conditions,
and a table says which volunteers meet them; distance, exclusions and common time follow for what is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from pairsolve.check.facts import Facts, Ints, Job, SeatGroup, rules_of
from pairsolve.check.rhythm import Bools, CommonTime
from pairsolve.check.seats import valid_on
from pairsolve.instance import Volunteer
from pairsolve.rules import ApartRule

Condition = tuple[object, ...]

CELLS = 10_000_000  # most cells of a table volunteers × households: some tens of megabytes
PAIRS = 1_000_000  # pairs aimed at in a block: some hundred megabytes at the widest place


@dataclass(frozen=True, slots=True)
class Block:
    """Admissible pairs of some volunteers with all their jobs.

    Parameters
    ----------
    volunteers
        Numbers of the volunteers of the block.
    row
        Position in `volunteers`, one per pair.
    job, minutes
        Job number and one-way minutes t, one per pair.
    """

    volunteers: Ints
    row: Ints
    job: Ints
    minutes: Ints


class Admissible:
    """Generates the admissible pairs of an instance.

    Parameters
    ----------
    facts
        The instance with its look-ups.

    Attributes
    ----------
    household
        Household number of every job, −1 for events.
    must_fill
        By position: the demand of every job's group that must be filled, −1 where a job has no such group.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.num_households = len(facts.households)
        number = facts.household_number
        self.household = np.array([number[job.household.id] if job.household else -1 for job in facts.jobs], np.int64)
        self.phone = np.array([job.channel == "phone" for job in facts.jobs], np.bool_)
        self.reach = np.array([volunteer.reach_minutes for volunteer in facts.instance.volunteers], np.int64)
        self._hours = CommonTime(facts)
        self._read_demands()
        self._read_scopes()
        self._read_places()
        self._excluded = self._exclusions()
        self.locked_to = self._locks()

    def blocks(self) -> Iterator[Block]:
        """Yield blocks that together hold every admissible pair once; all jobs of a volunteer share a block."""
        numbers = self.facts.mode
        modes = np.array([numbers[volunteer.mode] for volunteer in self.facts.instance.volunteers], np.int64)
        widest = max(1, CELLS // max(1, self.num_households, len(self.facts.jobs)))
        for mode in np.unique(modes):
            members = np.nonzero(modes == mode)[0]
            first, size = 0, min(64, widest)
            while first < len(members):
                chosen = members[first : first + size]
                seen, block = self._block(int(mode), chosen)
                yield block
                first += size
                aimed = PAIRS * len(chosen) // max(1, seen)
                size = max(1, min(aimed, 2 * size, widest, 4096))

    def fill(self, block: Block, position: int, filled: Bools) -> None:
        """Mark the jobs whose `position`-th group that must be filled finds an admissible volunteer in the block."""
        asked = np.nonzero(~filled[block.job])[0]
        job = block.job[asked]
        able = self._able[block.volunteers[block.row[asked]], self.must_fill[position][job]]
        filled[job[able]] = True

    def _block(self, mode: int, volunteers: Ints) -> tuple[int, Block]:
        near, rows, jobs, ways = self._in_reach(mode, volunteers)
        far, phone_rows, phone_jobs = self._by_phone(volunteers)
        rows, jobs = np.concatenate([rows, phone_rows]), np.concatenate([jobs, phone_jobs])
        ways = np.concatenate([ways, np.zeros(len(phone_rows), np.int64)])
        keep = np.nonzero(~self._barred(volunteers)[rows, self.household[jobs]])[0]
        rows, jobs, ways = rows[keep], jobs[keep], ways[keep]
        keep = np.nonzero(self._have_time(volunteers, rows, jobs))[0]
        return near + far, Block(volunteers, rows[keep], jobs[keep], ways[keep])

    def _in_reach(self, mode: int, volunteers: Ints) -> tuple[int, Ints, Ints, Ints]:
        """Return how many pairs are within reach, and those of them that skills and scope allow."""
        seen, none = 0, np.zeros(0, np.int64)
        parts = [(none, none, none)]
        for rows, columns, ways in self.facts.times.within(mode, volunteers, self._places, self.reach[volunteers]):
            counts = self._first_job[columns + 1] - self._first_job[columns]
            ends = np.cumsum(counts)
            source = np.repeat(np.arange(len(rows)), counts)  # one place may hold several jobs
            jobs = self._jobs_by_place[np.arange(len(source)) + (self._first_job[columns] - ends + counts)[source]]
            keep = self._allows(volunteers[rows[source]], jobs)
            source = source[keep]
            parts.append((rows[source], jobs[keep], ways[source]))
            seen += len(jobs)
        rows, jobs, ways = (np.concatenate([part[k] for part in parts]) for k in range(3))
        return seen, rows, jobs, ways

    def _by_phone(self, volunteers: Ints) -> tuple[int, Ints, Ints]:
        jobs = np.nonzero(self.phone)[0]
        rows = np.repeat(np.arange(len(volunteers)), len(jobs))
        jobs = np.tile(jobs, len(volunteers))
        keep = self._allows(volunteers[rows], jobs)
        return len(jobs), rows[keep], jobs[keep]

    def _allows(self, volunteers: Ints, jobs: Ints) -> Ints:
        """Return the pairs that skills, credentials, traits, channels and team scopes allow."""
        fits = self._suits[volunteers, self._demand_class[jobs]]
        if self._allowed is not None:
            fits &= self._allowed[self._scope_class[volunteers], self._area[jobs]]
        return np.nonzero(fits)[0]

    def _barred(self, volunteers: Ints) -> Bools:
        """Return who may not go where; the last column, for events, bars nobody."""
        table = np.zeros((len(volunteers), self.num_households + 1), np.bool_)
        table[:, :-1] = (self.locked_to >= 0) & (self.locked_to != volunteers[:, None])
        for row, volunteer in enumerate(volunteers):
            table[row, self._excluded.get(int(volunteer), [])] = True
        return table

    def _have_time(self, volunteers: Ints, rows: Ints, jobs: Ints) -> Bools:
        """Ask the rule `common_time` once for every combination of classes that occurs."""
        classes, local = np.unique(self._hours.volunteer_class[volunteers], return_inverse=True)
        theirs, ours = local[rows], self._hours.job_class[jobs]
        table = np.zeros((len(classes), int(self._hours.job_class.max(initial=0)) + 1), np.bool_)
        table[theirs, ours] = True
        asked_rows, asked_jobs = np.nonzero(table)
        table[asked_rows, asked_jobs] = self._hours.fits(classes[asked_rows], asked_jobs)
        fits: Bools = table[theirs, ours]
        return fits

    def _read_demands(self) -> None:
        """Number what seats ask, and tabulate which volunteers can take which seat and which job."""
        conditions: dict[Condition, int] = {}
        demands: dict[frozenset[int], int] = {}
        classes: dict[tuple[int, ...], int] = {}
        chosen: list[int] = []
        must: list[list[int]] = []
        for job in self.facts.jobs:
            asked = []
            for group in job.groups:
                wants = _conditions(job, group, valid_on(self.facts, job))
                key = frozenset(conditions.setdefault(one, len(conditions)) for one in wants)
                asked.append(demands.setdefault(key, len(demands)))
            chosen.append(classes.setdefault(tuple(sorted(set(asked))), len(classes)))
            must.append([demand for demand, group in zip(asked, job.groups, strict=True) if group.least > 0])
        meets = _meets(self.facts.instance.volunteers, conditions)
        self._able = np.ones((len(meets), len(demands)), np.bool_)
        for key, demand in demands.items():
            self._able[:, demand] = meets[:, sorted(key)].all(axis=1)
        self._suits = np.zeros((len(meets), len(classes)), np.bool_)
        for members, number in classes.items():
            self._suits[:, number] = self._able[:, list(members)].any(axis=1)
        self._demand_class = np.array(chosen, np.int64)
        deepest = max(map(len, must), default=0)
        self.must_fill = [
            np.array([row[position] if position < len(row) else -1 for row in must], np.int64)
            for position in range(deepest)
        ]

    def _read_scopes(self) -> None:
        facts = self.facts
        self._allowed = None
        if not facts.scopes:
            return
        areas = {area: number for number, area in enumerate(sorted({job.area or "" for job in facts.jobs}))}
        self._area = np.array([areas[job.area or ""] for job in facts.jobs], np.int64)
        classes: dict[tuple[str, ...], int] = {}
        bound = [tuple(rule.id for rule in facts.scopes_of(volunteer)) for volunteer in facts.instance.volunteers]
        self._scope_class = np.array([classes.setdefault(rules, len(classes)) for rules in bound], np.int64)
        self._allowed = np.ones((len(classes), len(areas)), np.bool_)
        for rules, number in classes.items():
            for rule in facts.scopes:
                if rule.id in rules:
                    self._allowed[number] &= [facts.in_scope(rule, area) for area in areas]

    def _read_places(self) -> None:
        """Group the jobs that ask for travel by their place: many jobs share one."""
        travelled = np.nonzero(~self.phone)[0]
        places = np.array([job.place for job in self.facts.jobs], np.int64)[travelled]
        order = np.argsort(places, kind="stable")
        self._jobs_by_place = travelled[order]
        self._places, first = np.unique(places[order], return_index=True)
        self._first_job = np.append(first, len(order))

    def _exclusions(self) -> dict[int, list[int]]:
        """Return the households every volunteer is kept from: refused, apart, own."""
        volunteers, households = self.facts.volunteer_number, self.facts.household_number
        pairs = [(one, household.id) for household in self.facts.instance.households for one in household.refused]
        for rule in rules_of(self.facts.instance, ApartRule):
            pairs += [(volunteer, household) for volunteer in rule.volunteers for household in rule.households]
        pairs += [(one.id, one.household) for one in self.facts.instance.volunteers if one.household is not None]
        excluded: dict[int, list[int]] = {}
        for volunteer, household in pairs:
            if volunteer in volunteers and household in households:
                excluded.setdefault(volunteers[volunteer], []).append(households[household])
        return excluded

    def _locks(self) -> Ints:
        """Return the volunteer whom each simple household must keep, so that nobody else comes; -1 = open."""
        facts, locked = self.facts, np.full(self.num_households, -1, np.int64)
        for pair in facts.instance.pairs:
            if pair.locked and is_simple(facts, pair.household):
                locked[facts.household_number[pair.household]] = facts.volunteer_number[pair.volunteer]
        return locked


def is_simple(facts: Facts, household: str) -> bool:
    """Say whether a household has exactly one need, for one person."""
    needs = facts.needs_of.get(household, ())
    return len(needs) == 1 and needs[0].most_people == 1


def _conditions(job: Job, group: SeatGroup, day: date) -> list[Condition]:
    skills: list[Condition] = [("skill", asked.skill, asked.level, day) for asked in group.skills]
    return [*skills, *(("trait", one) for one in group.traits), ("channel", job.channel)]


def _meets(volunteers: tuple[Volunteer, ...], conditions: dict[Condition, int]) -> Bools:
    """Return the table volunteers × conditions."""
    by_skill: dict[object, list[tuple[int, date, int]]] = {}
    for condition, number in conditions.items():
        if condition[0] == "skill":
            _, name, level, day = condition
            by_skill.setdefault(name, []).append((level, day, number))  # type: ignore[arg-type]
    table = np.zeros((len(volunteers), len(conditions)), np.bool_)
    for row, volunteer in enumerate(volunteers):
        simple = [("trait", one) for one in volunteer.traits] + [("channel", one) for one in volunteer.channels]
        met = [conditions[one] for one in simple if one in conditions]
        for held in volunteer.skills:
            for level, day, number in by_skill.get(held.skill, ()):
                if held.level >= level and (held.expires is None or held.expires >= day):
                    met.append(number)
        table[row, met] = True
    return table
