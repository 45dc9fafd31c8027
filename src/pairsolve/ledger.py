"""Rosters and sums of a plan: by person, team, area, service and week. Derived from instance and plan, never stored.

Hours are person-minutes: a group counts once for each of its heads.
Weeks begin on a weekday of the reader's choice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from pairsolve.calendar import Calendar
from pairsolve.instance import Instance, Need, Volunteer
from pairsolve.plan import Pair, Plan, StaffedEvent, Visit
from pairsolve.rules import DAY_NAMES, DayName, TargetRule
from pairsolve.sentences import Language, missed_sentence, unmet_sentence


@dataclass(slots=True)
class Hours:
    """Work done by somebody or somewhere: visits and events, minutes with people, minutes on the way."""

    id: str
    name: str = ""
    visits: int = 0
    events: int = 0
    service_minutes: int = 0
    travel_minutes: int = 0
    past_minutes: int = 0
    people: set[str] = field(default_factory=set, repr=False)

    @property
    def num_people(self) -> int:
        """Volunteers (or groups) with at least one visit or event."""
        return len(self.people)

    @property
    def service_hours(self) -> float:
        """Hours to bank for this plan, rounded to hundredths."""
        return round(self.service_minutes / 60, 2)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Needs and visits of a service in an area; `target` is the number of needs (or visits) a rule asks for."""

    service: str | None
    area: str | None
    needs: int
    covered: int
    visits_required: int
    visits_planned: int
    rule: str | None = None
    unit: str = "needs"
    target: int | None = None
    reached: int | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is not met, with its reason as a sentence."""

    household: str | None
    need: str | None
    event: str | None
    service: str | None
    area: str | None
    priority: int
    reason: str
    kind: str


@dataclass(frozen=True, slots=True)
class Week:
    """What happens in a week, and what is new compared with the week before."""

    first: date
    last: date
    visits: int
    events: int
    service_minutes: int
    volunteers: frozenset[str]
    households: frozenset[str]
    new_volunteers: frozenset[str]
    new_households: frozenset[str]
    visits_change: int


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between two plans; `kind` is one of `pair_new`, `pair_ended`, `visit_new`, `visit_moved`,
    `visit_cancelled`, `need_covered`, `need_uncovered`.
    """  # noqa: D205  # the kinds belong to the sentence

    kind: str
    volunteer: str | None
    household: str | None
    need: str | None
    before: str = ""
    after: str = ""


class Ledger:
    """An instance and its plan, looked up by identifier, with the sums people ask for.

    Parameters
    ----------
    instance, plan
        What was asked, and what was decided.
    """

    def __init__(self, instance: Instance, plan: Plan) -> None:
        self.instance, self.plan = instance, plan
        self.volunteers = {record.id: record for record in instance.volunteers}
        self.households = {record.id: record for record in instance.households}
        self.needs = {record.id: record for record in instance.needs}
        self.services = {record.id: record for record in instance.services}
        self.areas = {record.id: record for record in instance.areas}
        self.teams = {record.id: record for record in instance.teams}
        self.events = {record.id: record for record in instance.events}
        self.pairs_of_household: dict[str, list[Pair]] = defaultdict(list)
        self.pairs_of_volunteer: dict[str, list[Pair]] = defaultdict(list)
        for pair in plan.pairs:
            self.pairs_of_household[pair.household].append(pair)
            self.pairs_of_volunteer[pair.volunteer].append(pair)
        self.covered = self._covered()

    def household_of(self, need: str) -> str:
        """Return the household of a need."""
        return self.needs[need].household

    def area_of(self, need: Need) -> str | None:
        """Return the area of a need's household."""
        return self.households[need.household].area

    def priority_of(self, need: Need) -> int:
        """Return the priority class of a need."""
        return need.priority or self.households[need.household].priority

    def below(self, area: str | None) -> frozenset[str | None]:
        """Return an area with all areas in it; None stands for everywhere."""
        if area is None:
            return frozenset({None, *self.areas})
        children: dict[str | None, list[str]] = defaultdict(list)
        for record in self.areas.values():
            children[record.parent].append(record.id)
        found, waiting = {area}, [area]
        while waiting:
            new = [child for child in children[waiting.pop()] if child not in found]
            found.update(new)
            waiting += new
        return frozenset(found)

    def hours_by_volunteer(self) -> list[Hours]:
        """Return the hours of every volunteer, idle ones too, in register order; the time bank's list."""
        rows = {record.id: Hours(record.id, record.name) for record in self.instance.volunteers}
        for past in self.instance.history:
            rows[past.volunteer].past_minutes += past.minutes
        for person, _, minutes, travel, event in self._work():
            _book(rows[person], person, minutes, travel, event)
        return list(rows.values())

    def hours_by_team(self) -> list[Hours]:
        """Return the hours of every team's own members; people without a team are under the identifier ""."""
        rows = {"": Hours(""), **{record.id: Hours(record.id, record.name) for record in self.instance.teams}}
        for past in self.instance.history:
            rows[self.volunteers[past.volunteer].team or ""].past_minutes += past.minutes
        for person, _, minutes, travel, event in self._work():
            _book(rows[self.volunteers[person].team or ""], person, minutes, travel, event)
        return [row for row in rows.values() if row.id or row.people or row.past_minutes]

    def hours_by_area(self) -> list[Hours]:
        """Return the hours given in every area: that of the household or the event, not of who helps."""
        rows = {"": Hours(""), **{record.id: Hours(record.id, record.name) for record in self.instance.areas}}
        for past in self.instance.history:
            rows[self.households[past.household].area or ""].past_minutes += past.minutes
        for person, area, minutes, travel, event in self._work():
            _book(rows[area or ""], person, minutes, travel, event)
        return [row for row in rows.values() if row.id or row.people or row.past_minutes]

    def coverage(self) -> list[Coverage]:
        """Return coverage by service and area, all priority classes together."""
        sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for row in self.plan.coverage:
            for position, count in enumerate((row.needs, row.covered, row.visits_required, row.visits_planned)):
                sums[row.service, row.area or ""][position] += count
        return [
            Coverage(service, area or None, needs, covered, required, planned)
            for (service, area), (needs, covered, required, planned) in sorted(sums.items())
        ]

    def targets(self) -> list[Coverage]:
        """Return coverage of what each target rule speaks of, against its target."""
        calendar = Calendar(self.instance.horizon)
        found: dict[tuple[str | None, str | None], list[Need]] = defaultdict(list)  # by service (None = all) and area
        for need in self.instance.needs:
            area = self.area_of(need)
            found[need.service, area].append(need)
            found[None, area].append(need)
        planned: dict[str, int] = defaultdict(int)
        for visit in self.plan.visits:
            planned[visit.need] += 1
        return [
            self._target(rule, calendar, found, planned) for rule in self.instance.rules if isinstance(rule, TargetRule)
        ]

    def gaps(self, language: Language = "en") -> list[Gap]:
        """Return everything unmet and every missed visit, most important class first, each with its reason."""
        rows = []
        for seat in self.plan.unmet:
            if seat.need is not None:
                rows.append(self._gap(seat.need, unmet_sentence(seat, language), "unmet"))
            else:
                event = self.events[seat.event or ""]
                rows.append(
                    Gap(
                        None,
                        None,
                        event.id,
                        event.service,
                        event.area,
                        event.priority,
                        unmet_sentence(seat, language),
                        "unmet",
                    )
                )
        rows += [self._gap(visit.need, missed_sentence(visit, language), "missed") for visit in self.plan.missed]
        return sorted(rows, key=lambda gap: (gap.priority, gap.kind != "unmet"))

    def weeks(self, begin: DayName = "mon") -> list[Week]:
        """Return the weeks of the horizon, each beginning on the weekday `begin` (the first may be shorter)."""
        horizon = self.instance.horizon
        starts = [horizon.first_day]
        while (following := _next(starts[-1], begin)) <= horizon.last_day:
            starts.append(following)
        number = {}
        for index, start in enumerate(starts):
            end = starts[index + 1] if index + 1 < len(starts) else horizon.last_day + timedelta(days=1)
            number.update({start + timedelta(days=day): index for day in range((end - start).days)})
        visits: list[list[Visit]] = [[] for _ in starts]
        events: list[list[StaffedEvent]] = [[] for _ in starts]
        for visit in self.plan.visits:
            visits[number[visit.start.date()]].append(visit)
        for staffed in self.plan.events:
            events[number[self.events[staffed.event].day]].append(staffed)
        return list(self._weekly(starts, visits, events))

    def week_of(self, day: date, begin: DayName = "mon") -> int:
        """Return the number, from 1, of the week a day lies in."""
        first = self.instance.horizon.first_day
        return 1 + max(0, (day - _next(first, begin)).days // 7 + 1)

    def changes(self, previous: Plan) -> list[Change]:
        """Return what a plan changed compared with the plan before it, which may speak of people who have left."""
        return [*self._changed_pairs(previous), *self._changed_visits(previous), *self._changed_cover(previous)]

    def _covered(self) -> frozenset[str]:
        missing = {seat.need for seat in self.plan.unmet if seat.need}
        seated = {seat.need for pair in self.plan.pairs for seat in pair.seats}
        return frozenset(seated - missing)

    def _work(self) -> Iterator[tuple[str, str | None, int, int, bool]]:
        """Yield (volunteer, area, person-minutes, travel minutes, is an event) of each share in the work."""
        for visit in self.plan.visits:
            need = self.needs[visit.need]
            length = int((visit.end - visit.start).total_seconds()) // 60
            for person, travel in zip(visit.crew, visit.travel, strict=True):
                yield person, self.area_of(need), length * self._heads(person), travel, False
        for staffed in self.plan.events:
            event = self.events[staffed.event]
            for seat in staffed.crew:
                yield seat.volunteer, event.area, (event.end - event.start) * self._heads(seat.volunteer), 0, True

    def _heads(self, person: str) -> int:
        volunteer: Volunteer = self.volunteers[person]
        return volunteer.head_count

    def _target(
        self,
        rule: TargetRule,
        calendar: Calendar,
        found: Mapping[tuple[str | None, str | None], list[Need]],
        planned: Mapping[str, int],
    ) -> Coverage:
        chosen = [need for area in self.below(rule.area) for need in found.get((rule.service, area), ())]
        required = {need.id: len(calendar.visit_slots(need.visits.count, need.visits.per)) for need in chosen}
        weight = required if rule.unit == "visits" else dict.fromkeys(required, 1)
        total = sum(weight.values())
        level = rule.count if rule.share is None else -int(-Fraction(str(rule.share)) * total // 1)
        return Coverage(
            rule.service,
            rule.area,
            len(chosen),
            sum(need.id in self.covered for need in chosen),
            sum(required.values()),
            sum(planned.get(need.id, 0) for need in chosen),
            rule.id,
            rule.unit,
            level,
            sum(weight[need.id] for need in chosen if need.id in self.covered),
        )

    def _gap(self, id_: str, reason: str, kind: str) -> Gap:
        need = self.needs[id_]
        where, service = self.area_of(need), need.service
        return Gap(need.household, id_, None, service, where, self.priority_of(need), reason, kind)

    def _weekly(
        self, starts: list[date], visits: list[list[Visit]], events: list[list[StaffedEvent]]
    ) -> Iterator[Week]:
        people: frozenset[str] = frozenset()
        homes: frozenset[str] = frozenset()
        seen_people: set[str] = set()
        seen_homes: set[str] = set()
        for index, start in enumerate(starts):
            last = starts[index + 1] - timedelta(days=1) if index + 1 < len(starts) else self.instance.horizon.last_day
            people = frozenset(
                [p for visit in visits[index] for p in visit.crew]
                + [seat.volunteer for staffed in events[index] for seat in staffed.crew]
            )
            homes = frozenset(self.household_of(visit.need) for visit in visits[index])
            minutes = sum(
                int((visit.end - visit.start).total_seconds()) // 60 * self._heads(person)
                for visit in visits[index]
                for person in visit.crew
            )
            yield Week(
                start,
                last,
                len(visits[index]),
                len(events[index]),
                minutes,
                people,
                homes,
                people - seen_people,
                homes - seen_homes,
                len(visits[index]) - (len(visits[index - 1]) if index else 0),
            )
            seen_people |= people
            seen_homes |= homes

    def _changed_pairs(self, previous: Plan) -> Iterator[Change]:
        old = {(pair.volunteer, pair.household) for pair in previous.pairs}
        new = {(pair.volunteer, pair.household) for pair in self.plan.pairs}
        for kind, both in (("pair_new", new - old), ("pair_ended", old - new)):
            yield from (Change(kind, person, home, None) for person, home in sorted(both))

    def _changed_visits(self, previous: Plan) -> Iterator[Change]:
        first = self.instance.horizon.first_day
        old = {(v.need, v.index): _said(v) for v in previous.visits if v.start.date() >= first}
        new = {(v.need, v.index): _said(v) for v in self.plan.visits}
        for need, index in sorted({*old, *new}):
            before, after = old.get((need, index), ""), new.get((need, index), "")
            if before != after:
                kind = "visit_moved" if before and after else "visit_new" if after else "visit_cancelled"
                home = self.needs[need].household if need in self.needs else None
                yield Change(kind, None, home, need, before, after)

    def _changed_cover(self, previous: Plan) -> Iterator[Change]:
        missing = {seat.need for seat in previous.unmet if seat.need}
        old = {seat.need for pair in previous.pairs for seat in pair.seats} - missing
        for kind, needs in (("need_covered", self.covered - old), ("need_uncovered", old - self.covered)):
            for need in sorted(needs):
                yield Change(kind, None, self.needs[need].household if need in self.needs else None, need)


def weekday(name: str) -> DayName | None:
    """Return a weekday from its English or Chinese name, or None."""
    folded = name.strip().casefold()[:3]
    chinese = {f"{head}{day}": DAY_NAMES[i] for head in ("周", "星期") for i, day in enumerate("一二三四五六日")}
    return next((day for day in DAY_NAMES if day == folded), chinese.get(name.strip().replace("天", "日")))


def _book(row: Hours, person: str, minutes: int, travel: int, event: bool) -> None:
    row.visits += not event
    row.events += event
    row.service_minutes += minutes
    row.travel_minutes += travel
    row.people.add(person)


def _next(day: date, begin: DayName) -> date:
    """Return the first day after `day` that is the weekday `begin`."""
    return day + timedelta(days=(DAY_NAMES.index(begin) - day.weekday() - 1) % 7 + 1)


def _said(visit: Visit) -> str:
    crew: Iterable[str] = visit.crew
    return f"{visit.start:%Y-%m-%d %H:%M} {', '.join(crew)}"
