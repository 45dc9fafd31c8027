"""The oracle of scheduling: section 3 of docs/model.md, written down plainly, for tiny instances.

It shares nothing with the engine but the contract, the periods of the calendar and the minutes between places.
A literal says that visit i of need n starts on day d at minute s; every rule is a sum or a clause over literals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from ortools.sat.python import cp_model

from pairsolve.calendar import Calendar
from pairsolve.instance import Event, Instance, Need
from pairsolve.rules import DAY_NAMES
from pairsolve.travel import Times

Crews = Mapping[int, tuple[int, ...]]
Visit = tuple[int, int, int, int]  # need, index from 1, day, start in minutes


class Oracle:
    """The plain model for the needs and events of an assignment."""

    def __init__(self, instance: Instance, crews: Crews, event_crews: Crews) -> None:
        self.instance, self.crews, self.event_crews = instance, crews, event_crews
        self.calendar, self.times = Calendar(instance.horizon), Times(instance)
        self.households = {h.id: h for h in instance.households}
        self.services = {s.id: s for s in instance.services}
        self.sites = {s.id: s for s in instance.sites}
        self.model = cp_model.CpModel()
        self.starts: dict[Visit, Any] = {}
        self.by_need: dict[int, list[Visit]] = defaultdict(list)
        for need in crews:
            self._add_starts(need)
            self._add_gaps(need)
        self._add_overlaps()
        self._add_breaks()
        self._add_limits()
        self._add_capacity()

    def best(self) -> tuple[int, ...] | None:
        """Return the values of missed:c for every class of the instance, then regularity; None if infeasible."""
        if not self.is_feasible():
            return None
        tiers = [self._missed(priority) for priority in self.classes()]
        tiers.append(sum(self._regularity(need) for need in self.crews))
        values = []
        for tier in tiers:
            self.model.minimize(tier)
            solver = _solver()
            assert solver.solve(self.model) == cp_model.OPTIMAL
            values.append(round(solver.objective_value))
            self.model.add(tier == values[-1])
        return tuple(values)

    def is_feasible(self) -> bool:
        """Say whether every need can have its fewest visits."""
        status = _solver().solve(self.model)
        assert status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
        return bool(status == cp_model.OPTIMAL)

    def classes(self) -> list[int]:
        """Return the priority classes of all needs, ascending."""
        return sorted({self.priority(need) for need in range(len(self.instance.needs))})

    def priority(self, need: int) -> int:
        """Return the priority class of a need."""
        record = self.instance.needs[need]
        return record.priority if record.priority is not None else self.households[record.household].priority

    def faults(self, visits: Iterable[Visit]) -> list[str]:
        """Return what is wrong with dated visits, by fixing them in the model."""
        chosen = set(visits)
        unknown = chosen - set(self.starts)
        if unknown:
            return [f"no start allowed: {visit}" for visit in sorted(unknown)]
        for visit, literal in self.starts.items():
            self.model.add(literal == (visit in chosen))
        return [] if self.is_feasible() else ["the visits break a rule together"]

    def required(self, need: int) -> int:
        """Return the number of required visits."""
        visits = self.instance.needs[need].visits
        return len(self.calendar.visit_slots(visits.count, visits.per))

    def minutes(self, need: int) -> int:
        """Return the length of a visit."""
        record = self.instance.needs[need]
        return record.minutes if record.minutes is not None else self.services[record.service].minutes

    def channel(self, need: int) -> str:
        """Return the channel of a need."""
        record = self.instance.needs[need]
        return record.channel if record.channel is not None else self.services[record.service].channel

    def travel(self, volunteer: int, origin: int, target: int) -> int:
        """Return minutes between places by the volunteer's mode."""
        mode = list(self.instance.travel.modes).index(self.instance.volunteers[volunteer].mode)
        return int(self.times.minutes(mode, origin, target))

    def place(self, need: int) -> int:
        """Return the place of a need."""
        record = self.instance.needs[need]
        if self.channel(need) == "site":
            return self.times.first_site + [s.id for s in self.instance.sites].index(record.site)
        return self.times.first_household + list(self.households).index(record.household)

    def _add_starts(self, need: int) -> None:
        record, length = self.instance.needs[need], self.minutes(need)
        literals = []
        for slot in self.calendar.visit_slots(record.visits.count, record.visits.per):
            mine = []
            for day in range(slot.first, slot.last):
                for start in range(0, 1440, self.calendar.slot):
                    if self._allowed(need, record, day, start, start + length):
                        visit = (need, slot.index, day, start)
                        self.starts[visit] = self.model.new_bool_var(str(visit))
                        self.by_need[need].append(visit)
                        mine.append(self.starts[visit])
            self.model.add(sum(mine) <= 1)
            literals += mine
        required = self.required(need)
        self.model.add(100 * sum(literals) >= record.visits.min_percent * required)

    def _allowed(self, need: int, record: Need, day: int, start: int, end: int) -> bool:
        if self.calendar.dates[day] in self.instance.horizon.closed_days:
            return False
        home = self.households[record.household]
        owners = [(home.windows, home.exceptions, 0)]
        crew = [self.instance.volunteers[v] for v in self.crews[need]]
        owners += [(v.windows, v.exceptions, v.overtime_minutes) for v in crew]
        if self.channel(need) == "site":
            owners.append((self.sites[record.site].windows, (), 0))
        if record.windows:
            owners.append((record.windows, (), 0))
        minutes = range(start, end)
        if not all(self._open(windows, other, day, late).issuperset(minutes) for windows, other, late in owners):
            return False
        return odd_minutes(self.instance.horizon.time_zone, self.calendar.dates[day]).isdisjoint(minutes)

    @cache  # noqa: B019  # an oracle lives for one case
    def _open(self, windows: Any, exceptions: Any, day: int, overtime: int) -> frozenset[int]:
        """Return the minutes of a day inside the windows, the last of which ends later by the overtime."""
        date = self.calendar.dates[day]
        spans = [(w.start, w.end) for w in windows if DAY_NAMES[date.weekday()] in w.days]
        if not windows:
            spans = [(self.instance.horizon.day_start, self.instance.horizon.day_end)]
        for exception in exceptions:
            if exception.first <= date <= (exception.last or exception.first):
                spans = [(span.start, span.end) for span in exception.windows]
        end = max((last for _, last in spans), default=0)
        spans += [(end, min(1440, end + overtime))] if spans else []
        return frozenset(minute for first, last in spans for minute in range(first, last))

    def _add_gaps(self, need: int) -> None:
        gaps = self.instance.needs[need].visits
        on = self._sums(self.by_need[need], lambda visit: (visit[1], visit[2]))
        for (i, first), (j, second) in combinations(on, 2):
            if i == j:
                continue
            days, steps = second - first, j - i
            near = days >= steps * gaps.min_gap_days
            far = steps == 1 and gaps.max_gap_days is not None and days > gaps.max_gap_days
            if not near or far:
                self.model.add(on[i, first] + on[j, second] <= 1)

    def _sums(self, visits: Iterable[Visit], key: Any) -> dict[Any, Any]:
        """Return one literal per key that says that one of its visits takes place (they exclude each other)."""
        groups: dict[Any, list[Any]] = defaultdict(list)
        for visit in sorted(visits):
            groups[key(visit)].append(self.starts[visit])
        found = {}
        for name, literals in groups.items():
            found[name] = self.model.new_bool_var(str(name))
            self.model.add(found[name] == sum(literals))
        return found

    def _add_overlaps(self) -> None:
        for day in range(self.calendar.num_days):
            at = self._sums((v for v in self.starts if v[2] == day), lambda visit: (visit[0], visit[3]))
            for (a, first), (b, second) in combinations(at, 2):
                if a != b and self._collide((a, 0, day, first), (b, 0, day, second)):
                    self.model.add(at[a, first] + at[b, second] <= 1)
        for visit in self.starts:
            for event, crew in self.event_crews.items():
                if any(self._collides_with(visit, event, v) for v in crew if v in self.crews[visit[0]]):
                    self.model.add(self.starts[visit] == 0)
        for one, two in combinations(self.event_crews, 2):
            for volunteer in set(self.event_crews[one]) & set(self.event_crews[two]):
                if self._events_collide(one, two, volunteer):
                    self.model.add_bool_or([])

    def _collide(self, one: Visit, two: Visit) -> bool:
        a, b = one[0], two[0]
        first, second = (one[3], one[3] + self.minutes(a)), (two[3], two[3] + self.minutes(b))
        if self.instance.needs[a].household == self.instance.needs[b].household and overlap(first, second):
            return True
        phone = "phone" in (self.channel(a), self.channel(b))
        for volunteer in set(self.crews[a]) & set(self.crews[b]):
            there = 0 if phone else self.travel(volunteer, self.place(a), self.place(b))
            back = 0 if phone else self.travel(volunteer, self.place(b), self.place(a))
            if not (first[1] + there <= second[0] or second[1] + back <= first[0]):
                return True
        return False

    def _event_span(self, event: int) -> tuple[int, int, int]:
        record: Event = self.instance.events[event]
        return (record.day - self.instance.horizon.first_day) // timedelta(days=1), record.start, record.end

    def _collides_with(self, visit: Visit, event: int, volunteer: int) -> bool:
        day, start, end = self._event_span(event)
        if day != visit[2]:
            return False
        here, there = self.place(visit[0]), self.times.first_event + event
        phone = self.channel(visit[0]) == "phone"
        forth = 0 if phone else self.travel(volunteer, here, there)
        back = 0 if phone else self.travel(volunteer, there, here)
        return not (visit[3] + self.minutes(visit[0]) + forth <= start or end + back <= visit[3])

    def _events_collide(self, one: int, two: int, volunteer: int) -> bool:
        first, second = self._event_span(one), self._event_span(two)
        here, there = self.times.first_event + one, self.times.first_event + two
        if first[0] != second[0]:
            return False
        forth = first[2] + self.travel(volunteer, here, there) <= second[1]
        back = second[2] + self.travel(volunteer, there, here) <= first[1]
        return not (forth or back)

    def _add_breaks(self) -> None:
        """Choose on each day when the break of a volunteer begins; in all cases every time is a multiple of 5."""
        for number, volunteer in enumerate(self.instance.volunteers):
            rest = volunteer.day_break
            mine = [visit for visit in self.starts if number in self.crews[visit[0]]] if rest else []
            for day in sorted({visit[2] for visit in mine}):
                begins = {b: self.model.new_bool_var("") for b in range(rest.start, rest.end - rest.minutes + 1, 5)}
                self.model.add_exactly_one(begins.values())
                at = self._sums((v for v in mine if v[2] == day), lambda visit: (visit[0], visit[3]))
                for begin, chosen in begins.items():
                    before = [key for key in at if key[1] + self.minutes(key[0]) <= begin]
                    after = [key for key in at if key[1] >= begin + rest.minutes]
                    for key in at:
                        if key not in before and key not in after:
                            self.model.add_bool_or([~chosen, ~at[key]])
                    for one in before:
                        for two in after:
                            phone = "phone" in (self.channel(one[0]), self.channel(two[0]))
                            way = 0 if phone else self.travel(number, self.place(one[0]), self.place(two[0]))
                            if one[1] + self.minutes(one[0]) + way + rest.minutes > two[1]:
                                self.model.add_bool_or([~chosen, ~at[one], ~at[two]])

    def _add_limits(self) -> None:
        weeks, months = self.calendar.periods("week"), self.calendar.periods("month")
        for number, volunteer in enumerate(self.instance.volunteers):
            uses = self._uses(number)
            for day in range(self.calendar.num_days):
                self._limit(uses, day, day + 1, volunteer.visits_per_day, count=True)
            for week in weeks:
                self._limit(uses, week.first, week.last, volunteer.visits_per_week, count=True)
                self._limit(uses, week.first, week.last, volunteer.minutes_per_week, count=False)
            for month in months:
                self._limit(uses, month.first, month.last, volunteer.minutes_per_month, count=False)

    def _uses(self, volunteer: int) -> list[tuple[int, int, Any]]:
        """Return day, minutes charged and literal (1 for events) of everything a volunteer may do."""
        uses: list[tuple[int, int, Any]] = []
        for visit, literal in self.starts.items():
            if volunteer in self.crews[visit[0]]:
                way = (
                    0 if self.channel(visit[0]) == "phone" else self.travel(volunteer, volunteer, self.place(visit[0]))
                )
                uses.append((visit[2], self.minutes(visit[0]) + 2 * way, literal))
        for event, crew in self.event_crews.items():
            if volunteer in crew:
                day, start, end = self._event_span(event)
                way = self.travel(volunteer, volunteer, self.times.first_event + event)
                uses.append((day, end - start + 2 * way, 1))
        return uses

    def _limit(self, uses: list[tuple[int, int, Any]], first: int, last: int, most: int | None, count: bool) -> None:
        inside = [(minutes, literal) for day, minutes, literal in uses if first <= day < last]
        if most is not None and inside:
            total = sum(literal if count else minutes * literal for minutes, literal in inside)
            if isinstance(total, int):
                if total > most:
                    self.model.add_bool_or([])
            else:
                self.model.add(total <= most)

    def _add_capacity(self) -> None:
        for name, site in self.sites.items():
            there = [v for v in self.starts if self.channel(v[0]) == "site" and self.instance.needs[v[0]].site == name]
            for day in {visit[2] for visit in there} if site.capacity is not None else ():
                for minute in range(0, 1440, self.calendar.slot):
                    present = [
                        self.starts[v] for v in there if v[2] == day and v[3] <= minute < v[3] + self.minutes(v[0])
                    ]
                    self.model.add(sum(present) <= site.capacity)

    def _missed(self, priority: int) -> Any:
        mine = [need for need in self.crews if self.priority(need) == priority]
        return sum(self.required(n) - sum(self.starts[v] for v in self.by_need[n]) for n in mine)

    def _regularity(self, need: int) -> Any:
        """Return visits off the most frequent weekday plus visits off the most frequent start time."""
        cost: Any = 0
        for key in (lambda v: self.calendar.weekday[v[2]], lambda v: v[3]):
            held = self._sums(self.by_need[need], lambda v, key=key: (v[1], key(v)))
            main = {name: self.model.new_bool_var("") for _, name in held}
            self.model.add(sum(main.values()) <= 1)
            for (_, name), literal in held.items():
                off = self.model.new_bool_var("")
                self.model.add(literal <= main[name] + off)
                cost = cost + off
        return cost


@cache
def odd_minutes(zone: str, day: date) -> frozenset[int]:
    """Return the minutes of a day that the clock skips or repeats."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    moments = {minute: midnight + timedelta(minutes=minute) for minute in range(1440)}
    return frozenset(
        minute for minute, moment in moments.items() if moment.utcoffset() != moment.replace(fold=1).utcoffset()
    )


def overlap(first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Say whether two stretches share a moment."""
    return first[0] < second[1] and second[0] < first[1]


def value(instance: Instance, crews: Crews, visits: Iterable[Visit]) -> tuple[int, ...]:
    """Return missed:c for every class, then regularity, counted from dated visits."""
    oracle = Oracle(instance, {}, {})
    oracle.crews = crews
    dated: dict[int, list[Visit]] = {need: [] for need in crews}
    for visit in visits:
        dated[visit[0]].append(visit)
    missed = dict.fromkeys(oracle.classes(), 0)
    irregular = 0
    for need, mine in dated.items():
        missed[oracle.priority(need)] += oracle.required(need) - len(mine)
        weekdays = [oracle.calendar.weekday[visit[2]] for visit in mine]
        times = [visit[3] for visit in mine]
        irregular += 2 * len(mine) - max(map(weekdays.count, weekdays)) - max(map(times.count, times))
    return (*missed.values(), irregular)


def _solver() -> Any:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    return solver
