"""Calendars (RFC 5545): one for every volunteer, household and team with something to do.

An entry keeps its UID as long as it is the same visit: the same need in the same week, month or horizon, counted within
it. Read against the calendars handed out before, an entry that changed gets a higher SEQUENCE, and one that is gone
is cancelled; whoever subscribes sees the visit move or disappear. Entries before the first day stay as they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from importlib import import_module
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from pairsolve.calendar import Calendar
from pairsolve.errors import FileError
from pairsolve.instance import Event, Instance, Need
from pairsolve.ledger import Ledger
from pairsolve.plan import Plan, StaffedEvent, Visit
from pairsolve.setting import Location

Kind = Literal["volunteers", "households", "teams"]
Language = Literal["en", "zh"]
Owner = tuple[Kind, str]

NAMESPACE = uuid5(NAMESPACE_URL, "https://pairsolve.org/visits")
WORDS = {
    "en": {"with": "With", "for": "For", "need": "Need", "event": "Event", "minutes": "On the way, minutes"},
    "zh": {"with": "同行", "for": "服务对象", "need": "需求", "event": "活动", "minutes": "路程（分钟）"},
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of one calendar, before it is written."""

    uid: str
    start: datetime
    end: datetime
    title: str
    where: str
    location: Location | None
    lines: tuple[str, ...]


def library() -> Any:
    """Return icalendar, or say how to get it."""
    try:
        return import_module("icalendar")
    except ImportError as error:
        raise FileError("icalendar", "calendars need this library: pip install 'pairsolve[feeds]'") from error


def calendars(
    instance: Instance, plan: Plan, *, earlier: Mapping[Owner, bytes] | None = None, language: Language = "en"
) -> Iterator[tuple[Owner, bytes]]:
    """Yield the calendars of everybody who has a visit or an event, or had one in an earlier calendar.

    Parameters
    ----------
    instance, plan
        What was asked, and what was decided.
    earlier
        Calendars handed out before, by kind and identifier.
    language
        Of the words between names.

    Yields
    ------
    tuple
        Kind and identifier of the owner, and the calendar as UTF-8 bytes.
    """
    ical = library()
    diary = Diary(instance, plan, language)
    zone = ZoneInfo(instance.horizon.time_zone)
    first = datetime.combine(instance.horizon.first_day, time(), zone)
    stamp = (plan.run.started or first).astimezone(UTC).replace(microsecond=0)
    before = dict(earlier or {})
    zones: dict[tuple[int, int], Any] = {}
    for owner in sorted({*diary.entries, *before}):
        old = ical.Calendar.from_ical(before[owner]).walk("VEVENT") if owner in before else []
        events = _merged(ical, diary.entries.get(owner, []), old, stamp, first)
        book = ical.Calendar()
        book.add("prodid", "-//pairsolve//plan//EN")
        book.add("version", "2.0")
        book.add("method", "PUBLISH")
        book.add("x-wr-calname", diary.name_of(owner))
        book.add("x-wr-timezone", instance.horizon.time_zone)
        years = [event.decoded("dtstart").year for event in events] or [first.year]
        span = min(years), max(years)
        if span not in zones:
            zones[span] = ical.Timezone.from_tzinfo(
                zone, instance.horizon.time_zone, datetime(span[0], 1, 1).date(), datetime(span[1] + 1, 1, 1).date()
            )
        book.add_component(zones[span])
        for event in events:
            book.add_component(event)
        yield owner, book.to_ical()


class Diary:
    """The entries of every calendar.

    Parameters
    ----------
    instance, plan, language
        As in `calendars`.
    """

    def __init__(self, instance: Instance, plan: Plan, language: Language) -> None:
        self.ledger, self.words = Ledger(instance, plan), WORDS[language]
        self.zone = ZoneInfo(instance.horizon.time_zone)
        self.sites = {site.id: site for site in instance.sites}
        self.entries: dict[Owner, list[Entry]] = {}
        self._calendar = Calendar(instance.horizon)
        for visit in plan.visits:
            self._visit(visit)
        for staffed in plan.events:
            self._event(staffed)

    def name_of(self, owner: Owner) -> str:
        """Return what a calendar is called: the name of its owner, or the identifier."""
        ledger = self.ledger
        records: dict[Kind, Mapping[str, Any]] = {
            "volunteers": ledger.volunteers, "households": ledger.households, "teams": ledger.teams,
        }  # fmt: skip
        return _called(records[owner[0]], owner[1])

    def _visit(self, visit: Visit) -> None:
        ledger = self.ledger
        need = ledger.needs[visit.need]
        service, home = _called(ledger.services, need.service), _called(ledger.households, need.household)
        crew = [_called(ledger.volunteers, person) for person in visit.crew]
        where, location = self._place(need)
        same = self._same(need, visit.index)
        about = f"{self.words['need']}: {need.id}"
        times = visit.start.astimezone(self.zone), visit.end.astimezone(self.zone)
        for number, person in enumerate(visit.crew):
            others = [f"{self.words['with']}: {', '.join(crew[:number] + crew[number + 1 :])}"] if len(crew) > 1 else []
            lines = (*others, f"{self.words['minutes']}: {visit.travel[number]}", about)
            self._enter(("volunteers", person), same, *times, f"{service}: {home}", where, location, lines)
        self._enter(
            ("households", need.household), same, *times, f"{service}: {', '.join(crew)}", where, location, (about,)
        )
        for team in dict.fromkeys(ledger.volunteers[person].team for person in visit.crew):
            if team is not None:
                lines = (f"{self.words['with']}: {', '.join(crew)}", about)
                self._enter(("teams", team), same, *times, f"{service}: {home}", where, location, lines)

    def _event(self, staffed: StaffedEvent) -> None:
        ledger = self.ledger
        event = ledger.events[staffed.event]
        crew = [seat.volunteer for seat in staffed.crew]
        where, location = self._place(event)
        day = self._calendar.event_day(event)
        times = self._calendar.moment(day, event.start), self._calendar.moment(day, event.end)
        names = ", ".join(_called(ledger.volunteers, person) for person in crew)
        lines = (f"{self.words['with']}: {names}", f"{self.words['event']}: {event.id}")
        title = event.name or event.id
        owners: list[Owner] = [("volunteers", person) for person in crew]
        owners += [("teams", team) for person in crew if (team := ledger.volunteers[person].team) is not None]
        for owner in dict.fromkeys(owners):
            self._enter(owner, f"event\0{event.id}", *times, title, where, location, lines)

    def _enter(
        self, owner: Owner, same: str, start: datetime, end: datetime, title: str, where: str,
        location: Location | None, lines: tuple[str, ...],
    ) -> None:  # fmt: skip
        uid = str(uuid5(NAMESPACE, "\0".join((*owner, same)))) + "@pairsolve"
        self.entries.setdefault(owner, []).append(Entry(uid, start, end, title, where, location, lines))

    def _same(self, need: Need, index: int) -> str:
        """Return what a visit keeps when it moves: its need, the first day of its period, its number within it."""
        slots = self._calendar.visit_slots(need.visits.count, need.visits.per)
        first = slots[index - 1].first
        number = index - next(slot.index for slot in slots if slot.first == first)
        return f"need\0{need.id}\0{self._calendar.dates[first].isoformat()}\0{number}"

    def _place(self, job: Need | Event) -> tuple[str, Location | None]:
        """Return where something takes place: in words, and the point."""
        if isinstance(job, Need) and (job.channel or self.ledger.services[job.service].channel) == "phone":
            return "", None
        if job.site is not None:
            site = self.sites[job.site]
            return site.name or site.id, site.location
        if isinstance(job, Need):
            home = self.ledger.households[job.household]
            return _called(self.ledger.areas, home.area) if home.area else "", home.location
        return _called(self.ledger.areas, job.area) if job.area else "", job.location


def _called(records: Mapping[str, Any], id_: str) -> str:
    record = records.get(id_)
    return (record.name if record else "") or id_


def _merged(ical: Any, entries: list[Entry], old: list[Any], stamp: datetime, first: datetime) -> list[Any]:
    """Return the entries beside those handed out before, in order of time."""
    known = {str(event["uid"]): event for event in old}
    events = []
    for entry in entries:
        event, before = _component(ical, entry), known.pop(entry.uid, None)
        if before is not None and _content(before) == _content(event):
            event = before
        else:
            event.add("dtstamp", stamp)
            event.add("sequence", 0 if before is None else int(before.get("sequence", 0)) + 1)
        events.append(event)
    for event in known.values():
        if event.decoded("dtstart") >= first and event.get("status") != "CANCELLED":
            for field, value in (
                ("status", "CANCELLED"), ("dtstamp", stamp), ("sequence", int(event.get("sequence", 0)) + 1),
            ):  # fmt: skip
                event.pop(field, None)
                event.add(field, value)
        events.append(event)
    return sorted(events, key=lambda event: (event.decoded("dtstart"), str(event["uid"])))


def _component(ical: Any, entry: Entry) -> Any:
    event = ical.Event()
    event.add("uid", entry.uid)
    event.add("dtstart", entry.start)
    event.add("dtend", entry.end)
    event.add("summary", entry.title)
    event.add("description", "\n".join(entry.lines))
    event.add("status", "CONFIRMED")
    if entry.where:
        event.add("location", entry.where)
    if entry.location is not None and entry.location.lat is not None and entry.location.lon is not None:
        event.add("geo", (round(entry.location.lat, 6), round(entry.location.lon, 6)))
    return event


def _content(event: Any) -> tuple[bytes, ...]:
    """Return what subscribers see of an entry."""
    fields = ("dtstart", "dtend", "summary", "description", "status", "location", "geo")
    return tuple(event[field].to_ical() if field in event else b"" for field in fields)
