"""The plan, read record by record against the instance: who holds which seat, and who is where when.

What cannot be read (unknown identifiers, seats that do not exist) becomes a finding and is left out of the recount.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from pairsolve.check.facts import Facts, Job, SeatGroup
from pairsolve.check.verdict import Finding
from pairsolve.instance import ExistingPair, Volunteer
from pairsolve.plan import Pair, Plan, Visit

PairKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """A seat that a volunteer holds; `minutes` is the one-way travel t, 0 by phone."""

    volunteer: Volunteer
    job: Job
    group: SeatGroup
    minutes: int


@dataclass(frozen=True, slots=True)
class Dated:
    """A visit or an event in the calendar; `start` and `end` are minutes after midnight of `day`."""

    job: Job
    index: int
    day: int
    start: int
    end: int
    crew: tuple[str, ...]
    visit: Visit | None

    @property
    def label(self) -> str:
        """The visit in a sentence."""
        return self.job.label if self.visit is None else f"visit {self.index} of {self.job.label}"


class Recount:
    """A plan as the referee sees it.

    Parameters
    ----------
    facts
        The instance with its look-ups.
    plan
        What was decided.
    """

    def __init__(self, facts: Facts, plan: Plan) -> None:
        self.facts, self.plan = facts, plan
        self.faults: list[Finding] = []
        self.dated = plan.run.stage == "all"
        self.existing: dict[PairKey, list[ExistingPair]] = defaultdict(list)
        for existing in facts.instance.pairs:
            self.existing[existing.volunteer, existing.household].append(existing)
        self.pairs = self._read_pairs()
        self.households_of, self.volunteers_of = self._both_sides()
        self.held = self._read_seats()
        self.of_job: dict[int, list[Held]] = defaultdict(list)
        self.of_volunteer: dict[str, list[Held]] = defaultdict(list)
        for held in self.held:
            self.of_job[held.job.number].append(held)
            self.of_volunteer[held.volunteer.id].append(held)
        self.covered = frozenset(
            number
            for number, crew in self.of_job.items()
            if all(heads(crew, group) >= group.least for group in crew[0].job.groups)
        )
        self.visits = self._read_visits()
        self.visits_of: dict[int, list[Dated]] = defaultdict(list)
        for visit in self.visits:
            self.visits_of[visit.job.number].append(visit)
        self.days = self._days_of_volunteers()
        self.trip = self._trips()

    def _read_pairs(self) -> dict[PairKey, Pair]:
        pairs: dict[PairKey, Pair] = {}
        for pair in self.plan.pairs:
            key = (pair.volunteer, pair.household)
            if pair.volunteer not in self.facts.volunteers:
                self._unknown("volunteer", pair.volunteer, "a pair")
            elif pair.household not in self.facts.households:
                self._unknown("household", pair.household, "a pair")
            elif key in pairs:
                self._fault("duplicate_pair", f"{_pair(key)} is listed twice", pair.volunteer)
            else:
                pairs[key] = pair
        return pairs

    def _both_sides(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        households: dict[str, list[str]] = defaultdict(list)
        volunteers: dict[str, list[str]] = defaultdict(list)
        for volunteer, household in self.pairs:
            households[volunteer].append(household)
            volunteers[household].append(volunteer)
        return households, volunteers

    def _read_seats(self) -> tuple[Held, ...]:
        taken: list[tuple[str, Job, SeatGroup]] = []
        for pair in self.plan.pairs:
            if pair.volunteer not in self.facts.volunteers:
                continue
            for seat in pair.seats:
                job = self.facts.needs.get(seat.need)
                if job is None:
                    self._unknown("need", seat.need, _pair((pair.volunteer, pair.household)))
                elif job.household is not None and job.household.id != pair.household:
                    what = f"{job.label} belongs to household {job.household.id!r}, not to {pair.household!r}"
                    self._fault("seat", what, job.id)
                else:
                    self._take(taken, pair.volunteer, job, seat.role)
        self._read_event_seats(taken)
        away = [job.place for _, job, _ in taken]
        homes = [self.facts.volunteer_number[volunteer] for volunteer, _, _ in taken]
        minutes = self.facts.minutes([volunteer for volunteer, _, _ in taken], homes, away)
        return tuple(
            Held(self.facts.volunteers[volunteer], job, group, 0 if job.channel == "phone" else way)
            for (volunteer, job, group), way in zip(taken, minutes, strict=True)
        )

    def _read_event_seats(self, taken: list[tuple[str, Job, SeatGroup]]) -> None:
        listed: set[str] = set()
        for staffed in self.plan.events:
            job = self.facts.events.get(staffed.event)
            if job is None:
                self._unknown("event", staffed.event, "the staffed events")
                continue
            if staffed.event in listed:
                self._fault("duplicate_event", f"{job.label} is listed twice", job.id)
            listed.add(staffed.event)
            for seat in staffed.crew:
                if seat.volunteer not in self.facts.volunteers:
                    self._unknown("volunteer", seat.volunteer, job.label)
                else:
                    self._take(taken, seat.volunteer, job, seat.role)

    def _take(self, taken: list[tuple[str, Job, SeatGroup]], volunteer: str, job: Job, role: str) -> None:
        group = job.group(role)
        if group is None:
            self._fault("seat", f"{job.label} has no seat {role!r}, but volunteer {volunteer!r} takes it", job.id)
        else:
            taken.append((volunteer, job, group))

    def _read_visits(self) -> tuple[Dated, ...]:
        visits: list[Dated] = []
        first_day = self.facts.calendar.dates[0]
        for visit in self.plan.visits:
            job = self.facts.needs.get(visit.need)
            day = (visit.start.date() - first_day).days
            for volunteer in visit.crew:
                if volunteer not in self.facts.volunteers:
                    self._unknown("volunteer", volunteer, f"a visit of need {visit.need!r}")
            if job is None:
                self._unknown("need", visit.need, "the visits")
            elif not 0 <= day < self.facts.calendar.num_days:
                what = f"visit {visit.index} of {job.label} is on {visit.start.date()}, outside the horizon"
                self._fault("period", what, job.id)
            else:
                start = visit.start.hour * 60 + visit.start.minute
                crew = tuple(dict.fromkeys(id_ for id_ in visit.crew if id_ in self.facts.volunteers))
                visits.append(Dated(job, visit.index, day, start, start + job.minutes, crew, visit))
        return tuple(visits)

    def _days_of_volunteers(self) -> dict[tuple[str, int], list[Dated]]:
        days: dict[tuple[str, int], list[Dated]] = defaultdict(list)
        for dated in (*self.visits, *self._events()):
            for volunteer in dated.crew:
                days[volunteer, dated.day].append(dated)
        for stops in days.values():
            stops.sort(key=lambda stop: (stop.start, stop.end, stop.job.number))
        return dict(days)

    def _events(self) -> list[Dated]:
        """Place the staffed events in the calendar; when only pairs were asked for they bind nobody's day yet."""
        if not self.dated:
            return []
        events: list[Dated] = []
        for job in self.facts.events.values():
            event, day = job.event, job.slots[0].first
            crew = tuple(dict.fromkeys(held.volunteer.id for held in self.of_job.get(job.number, ())))
            if event is not None and crew and 0 <= day < self.facts.calendar.num_days:
                events.append(Dated(job, 1, day, event.start, event.end, crew, None))
        return events

    def _trips(self) -> dict[tuple[str, int], int]:
        """Return the one-way minutes t of everybody to every job they hold a seat of or visit."""
        trips = {(held.volunteer.id, held.job.number): held.minutes for held in self.held}
        jobs = self.facts.jobs
        more = sorted(
            {(volunteer, visit.job.number) for visit in self.visits for volunteer in visit.crew} - trips.keys()
        )
        minutes = self.facts.minutes(
            [volunteer for volunteer, _ in more],
            [self.facts.volunteer_number[volunteer] for volunteer, _ in more],
            [jobs[number].place for _, number in more],
        )
        for (volunteer, number), way in zip(more, minutes, strict=True):
            trips[volunteer, number] = 0 if jobs[number].channel == "phone" else way
        return trips

    def _fault(self, code: str, what: str, id_: str | None) -> None:
        self.faults.append(Finding(code, what, id_))

    def _unknown(self, kind: str, id_: str, where: str) -> None:
        self._fault("unknown_id", f"{where} names {kind} {id_!r}, which the instance does not have", id_)


def heads(crew: list[Held], group: SeatGroup) -> int:
    """Return the people who hold a seat of the group."""
    return sum(group.heads(held.volunteer) for held in crew if held.group.role == group.role)


def clock(moment: datetime) -> str:
    """Return the wall-clock time of a moment."""
    return moment.strftime("%Y-%m-%d %H:%M")


def _pair(key: PairKey) -> str:
    return f"pair of volunteer {key[0]!r} and household {key[1]!r}"
