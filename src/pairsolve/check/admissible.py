"""All admissible pairs of volunteer and job, generated again from the instance, block by block.

The rules are those of `pairsolve.check.seats`, here for arrays: what is asked in a seat becomes a set of conditions,
and a table says which volunteers meet them; distance, exclusions and common time follow for what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from pairsolve.check.facts import Facts, Ints, Job, SeatGroup, rules_of
from pairsolve.check.nearby import EVERYTHING, Allowed, Found, Nearby, Sieve
from pairsolve.check.rhythm import Bools, CommonTime
from pairsolve.check.seats import valid_on
from pairsolve.instance import Volunteer
from pairsolve.rules import ApartRule

Condition = tuple[object, ...]

CELLS = 10_000_000  # most cells of a table volunteers × kinds of hours: some megabytes
PAIRS = 1_000_000  # pairs aimed at in a block: some hundred megabytes at the widest place
WIDEST = 4096  # volunteers of a block


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

    def without(self, some: Bools) -> Block:
        """Return the block without some of its volunteers."""
        if not some.any():
            return self
        position = np.cumsum(~some) - 1
        keep = np.nonzero(~some[self.row])[0]
        return Block(self.volunteers[~some], position[self.row[keep]], self.job[keep], self.minutes[keep])


class PairTable:
    """Numbers of some pairs of volunteer and household; all others have 0, and so have events.

    Parameters
    ----------
    facts
        The instance with its look-ups.
    records
        (volunteer, household, number); numbers of a pair add up, and pairs with somebody unknown are left out.

    Attributes
    ----------
    asked
        Which volunteers and which households are in some record; the last place, for events, never.
    """

    def __init__(self, facts: Facts, records: Iterable[tuple[str, str, int]]) -> None:
        volunteers, households = facts.volunteer_number, facts.household_number
        self._width = len(households) + 1
        total: dict[int, int] = {}
        self.asked = np.zeros(len(volunteers), np.bool_), np.zeros(self._width, np.bool_)
        for volunteer, household, number in records:
            if volunteer in volunteers and household in households:
                row, column = volunteers[volunteer], households[household]
                self.asked[0][row] = self.asked[1][column] = True
                total[row * self._width + column] = total.get(row * self._width + column, 0) + number
        self._code = np.array(sorted(total), np.int64)
        self._number = np.array([total[code] for code in self._code.tolist()], np.int64)

    def of(self, volunteers: Ints, households: Ints) -> Ints:
        """Return the numbers of pairs; household −1 stands for events."""
        numbers = np.zeros(len(volunteers), np.int64)
        if len(self._code):
            some = np.nonzero(self.asked[0][volunteers] & self.asked[1][households])[0]
            wanted = volunteers[some] * self._width + households[some]
            place = np.searchsorted(self._code, wanted).clip(max=len(self._code) - 1)
            numbers[some] = np.where(self._code[place] == wanted, self._number[place], 0)
        return numbers


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
        limits = ((one.minutes_per_week, one.minutes_per_month) for one in facts.instance.volunteers)
        self._outing = np.array([min((most for most in own if most is not None), default=EVERYTHING) for own in limits])
        self._visit = np.array([job.minutes for job in facts.jobs], np.int64)
        self._read_demands()
        self._allowed = Allowed(self._suits, self._demand_class, *self._scopes())
        self._nearby = Nearby(facts, np.nonzero(~self.phone)[0], self.reach, self._allowed, PAIRS)
        self._excluded = PairTable(facts, ((volunteer, household, 1) for volunteer, household in self._exclusions()))
        self.locked_to = self._locks()

    def blocks(self, sieve: Sieve | None = None) -> Iterator[Block]:
        """Yield blocks of admissible pairs; all jobs of a volunteer share a block.

        Parameters
        ----------
        sieve
            Pairs that may be left out, as long as every volunteer has as many as wanted; None yields every pair, once.
        """
        sieve = sieve or Sieve.open(len(self.reach), len(self.phone))
        numbers = self.facts.mode
        modes = np.array([numbers[volunteer.mode] for volunteer in self.facts.instance.volunteers], np.int64)
        kinds, by_phone = int(self._hours.job_class.max(initial=0)) + 1, int(self.phone.sum())
        widest = max(1, min(WIDEST, CELLS // kinds, PAIRS // max(1, by_phone)))
        for mode in np.unique(modes):
            again = []
            for found, block in self._of_mode(int(mode), np.nonzero(modes == mode)[0], widest, sieve):
                left = np.bincount(block.row, minlength=len(block.volunteers))
                short = (found.written >= 0) & (left < sieve.want[block.volunteers])
                again.append(block.volunteers[short])
                yield block.without(short)
            # where hours or exclusions took too many, there may be others that the sieve left out
            everything = sieve.wanting(np.full(len(self.reach), EVERYTHING))
            for _, block in self._of_mode(int(mode), np.concatenate([*again, []]).astype(np.int64), widest, everything):
                yield block

    def _of_mode(self, mode: int, members: Ints, widest: int, sieve: Sieve) -> Iterator[tuple[Found, Block]]:
        first, size = 0, widest if self._nearby.is_compiled else min(64, widest)
        while first < len(members):
            found = self._nearby.find(mode, members[first : first + size], sieve)
            done = len(found.written)
            far, block = self._block(members[first : first + done], found)
            yield found, block
            first += done
            if not self._nearby.is_compiled:
                size = max(1, min(PAIRS * done // max(1, found.seen + far), 2 * size, widest))

    def fill(self, block: Block, position: int, filled: Bools) -> None:
        """Mark the jobs whose `position`-th group that must be filled finds an admissible volunteer in the block."""
        asked = np.nonzero(~filled[block.job])[0]
        job = block.job[asked]
        filled[job[self.fills(block.volunteers[block.row[asked]], job, position)]] = True

    def fills(self, volunteers: Ints, jobs: Ints, position: int) -> Bools:
        """Say pair by pair whether the volunteer may fill the job's `position`-th group that must be filled."""
        demand = self.must_fill[position][jobs]
        fills: Bools = (demand >= 0) & self._able[volunteers, demand]
        return fills

    def _block(self, volunteers: Ints, found: Found) -> tuple[int, Block]:
        """Add what needs no travel, and leave out what exclusions, locks and hours forbid."""
        far, phone_rows, phone_jobs = self._by_phone(volunteers)
        rows, jobs = np.concatenate([found.row, phone_rows]), np.concatenate([found.job, phone_jobs])
        ways = np.concatenate([found.minutes, np.zeros(len(phone_rows), np.int64)])
        keep = np.nonzero(~self._barred(volunteers[rows], self.household[jobs]))[0]
        if len(keep) < len(rows):
            rows, jobs, ways = rows[keep], jobs[keep], ways[keep]
        keep = np.nonzero(self._have_time(volunteers, rows, jobs))[0]
        if len(keep) < len(rows):
            rows, jobs, ways = rows[keep], jobs[keep], ways[keep]
        keep = np.nonzero(self.one_visit(volunteers[rows], jobs, ways))[0]
        if len(keep) < len(rows):
            rows, jobs, ways = rows[keep], jobs[keep], ways[keep]
        return far, Block(volunteers, rows, jobs, ways)

    def _by_phone(self, volunteers: Ints) -> tuple[int, Ints, Ints]:
        jobs = np.nonzero(self.phone)[0]
        rows = np.repeat(np.arange(len(volunteers)), len(jobs))
        jobs = np.tile(jobs, len(volunteers))
        keep = self._allowed.some(volunteers[rows], jobs)
        return len(rows), rows[keep], jobs[keep]

    def _barred(self, volunteers: Ints, households: Ints) -> Bools:
        """Return which pairs refusals, apart rules, the own home and locks forbid; nobody is kept from events."""
        keeper = np.append(self.locked_to, -1)[households]
        barred: Bools = (keeper >= 0) & (keeper != volunteers)
        barred |= self._excluded.of(volunteers, households) > 0
        return barred

    def one_visit(self, volunteers: Ints, jobs: Ints, minutes: Ints) -> Bools:
        """Return which pairs can have one visit within the minutes of a week and of a month."""
        within: Bools = self._visit[jobs] + 2 * minutes <= self._outing[volunteers]
        return within

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

    def _scopes(self) -> tuple[Bools, Ints, Ints]:
        """Return which class of scopes includes which area, the class of every volunteer, and the area of every job."""
        facts = self.facts
        areas = {area: number for number, area in enumerate(sorted({job.area or "" for job in facts.jobs}))}
        area = np.array([areas[job.area or ""] for job in facts.jobs], np.int64)
        if not facts.scopes:
            return np.ones((1, 1), np.bool_), np.zeros(len(self.reach), np.int64), np.zeros(len(area), np.int64)
        classes: dict[tuple[str, ...], int] = {}
        bound = [tuple(rule.id for rule in facts.scopes_of(volunteer)) for volunteer in facts.instance.volunteers]
        scope = np.array([classes.setdefault(rules, len(classes)) for rules in bound], np.int64)
        inside = np.ones((len(classes), len(areas)), np.bool_)
        for rules, number in classes.items():
            for rule in facts.scopes:
                if rule.id in rules:
                    inside[number] &= [facts.in_scope(rule, one) for one in areas]
        return inside, scope, area

    def _exclusions(self) -> Iterator[tuple[str, str]]:
        """Yield the households every volunteer is kept from: refused, apart, own."""
        for household in self.facts.instance.households:
            yield from ((one, household.id) for one in household.refused)
        for rule in rules_of(self.facts.instance, ApartRule):
            yield from ((volunteer, household) for volunteer in rule.volunteers for household in rule.households)
        yield from ((one.id, one.household) for one in self.facts.instance.volunteers if one.household is not None)

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
