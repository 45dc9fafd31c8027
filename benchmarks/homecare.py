"""A real week of home care as an instance: carers become volunteers, clients households, recurring visits needs.

The data set is the University of Strathclyde's, doi 10.15129/2d4885e1-bc24-414b-83ce-a846fb5c9689.
It gives planned times only; a visit may start up to 30 minutes before or after. Carers' homes are not given:
the first and the last leg of a day are free, and pairing measures travel from a centre (`benchmarks.rounds`), or, on
request, from a place called nowhere, from which every trip takes no time.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from benchmarks.rounds import centres
from pairsolve.instance import Crew, Frequency, Household, Instance, Need, Service, Volunteer
from pairsolve.rules import DAY_NAMES, MINUTES_PER_DAY, Term, TermKind, Tier, Window
from pairsolve.setting import Horizon, Location, MatrixMetric, Mode, Travel

FLEXIBLE = 30  # minutes before and after the planned start
SPREAD = 5  # visits of one need differ by at most so many minutes in length
SLOT = 5
NOWHERE = "nowhere"
ROOM = 120  # percent of the shifts
EVERYWHERE = 100_000  # minutes


@dataclass(frozen=True, slots=True)
class CareVisit:
    """A visit as the agency planned it; times in minutes after midnight."""

    id: str
    client: str
    day: date
    start: int
    minutes: int
    crew: int


@dataclass(frozen=True, slots=True)
class CareWeek:
    """What the three files say.

    Parameters
    ----------
    days
        Dates, at most seven, so that a weekday names a date.
    shifts
        Availability of each carer by date, as (begin, end).
    visits
        All visits of these dates.
    clients, seconds
        Clients of the travel table, and seconds between them.
    """

    days: tuple[date, ...]
    shifts: dict[str, dict[date, tuple[tuple[int, int], ...]]]
    visits: tuple[CareVisit, ...]
    clients: tuple[str, ...]
    seconds: tuple[tuple[float, ...], ...]

    def holders(self, visit: CareVisit) -> frozenset[str]:
        """Return the carers whose shifts hold the visit at one of its possible starts."""
        low, high = visit.start - FLEXIBLE, visit.start + FLEXIBLE
        return frozenset(
            carer
            for carer, days in self.shifts.items()
            if any(
                max(-(-begin // SLOT), -(-low // SLOT)) <= min(end - visit.minutes, high) // SLOT
                for begin, end in days.get(visit.day, ())
            )
        )


def read_week(folder: Path, num_days: int = 7) -> CareWeek:
    """Read the three files, the first `num_days` dates of them."""
    rows = _table(folder / "visits.csv")
    days = tuple(sorted({date.fromisoformat(row["Date"]) for row in rows})[: min(num_days, 7)])
    visits = (
        CareVisit(
            row["VisitId"],
            row["UserId"],
            date.fromisoformat(row["Date"]),
            int(row["Time"][:2]) * 60 + int(row["Time"][3:5]),
            -(-int(row["Duration"]) // 60),
            int(row["CarerCount"]),
        )
        for row in rows
    )
    with (folder / "distance.csv").open(newline="") as stream:
        header, *lines = csv.reader(stream)
    return CareWeek(
        days,
        _shifts(_table(folder / "carers.csv"), days),
        tuple(sorted((v for v in visits if v.day in days), key=lambda v: (v.day, v.start, v.client, v.id))),
        tuple(header[1:]),
        tuple(tuple(map(float, line[2:])) for line in lines),  # two cells of labels under one heading
    )


def instance_from(
    folder: Path, num_days: int = 7, dates_per_need: int = 3, min_percent: int = 100, *, centred: bool = True
) -> Instance:
    """Turn the files into an instance.

    Parameters
    ----------
    folder
        Holds carers.csv, visits.csv and distance.csv.
    num_days
        Only the first dates.
    dates_per_need
        Most visits of one need; the same carers make all of them.
    min_percent
        Share of a need's visits that must be possible; see `pairsolve.instance.Frequency`.
    centred
        False puts every carer at the place called nowhere.
    """
    week = read_week(folder, num_days)
    seen = {visit.client for visit in week.visits}
    clients = [client for client in week.clients if client in seen]
    centre = centres(week) if centred else {}
    terms: tuple[TermKind, ...] = ("coverage", "travel", "faces") if centred else ("coverage", "faces")
    return Instance(
        name=f"Home care, {week.days[0]} to {week.days[-1]}",
        description="Dataset of Home Care Scheduling and Routing Problems with Synchronized Visits, Strathclyde.",
        horizon=Horizon(first_day=week.days[0], last_day=week.days[-1], time_zone="Europe/London", slot_minutes=SLOT),
        travel=Travel(modes={"car": Mode(speed_kmh=30.0)}, metric=_metric(week, clients)),
        services=(Service(id="care", name="Home care"),),
        volunteers=tuple(
            _volunteer(carer, days, centre.get(carer, NOWHERE), len(clients)) for carer, days in week.shifts.items()
        ),
        households=tuple(
            Household(id=client, location=Location(place=client), windows=(Window(start=0, end=MINUTES_PER_DAY),))
            for client in clients
        ),
        needs=tuple(_need(visits, min_percent) for visits in recurring(week, dates_per_need)),
        rules=(),
        objective=tuple(Tier(terms=(Term(kind=kind),)) for kind in terms),
    )


def recurring(week: CareWeek, most: int) -> list[tuple[CareVisit, ...]]:
    """Group visits that recur: one client, start and crew, about one length; then split by who can hold them."""
    alike: dict[tuple[str, int, int], list[CareVisit]] = defaultdict(list)
    for visit in week.visits:
        alike[visit.client, visit.crew, visit.start].append(visit)
    groups: list[tuple[CareVisit, ...]] = []
    for visits in alike.values():
        for group in _of_one_length(visits):
            groups += _held_together(week, group, most)
    return sorted(groups, key=lambda group: (group[0].client, group[0].start, group[0].day, group[0].id))


def _of_one_length(visits: Iterable[CareVisit]) -> list[list[CareVisit]]:
    """Split visits so that lengths in a group are close and no date comes twice."""
    groups: list[list[CareVisit]] = []
    for visit in sorted(visits, key=lambda v: (v.minutes, v.day, v.id)):
        for group in groups:
            if visit.minutes - group[0].minutes <= SPREAD and all(visit.day != other.day for other in group):
                group.append(visit)
                break
        else:
            groups.append([visit])
    return groups


def _held_together(week: CareWeek, visits: list[CareVisit], most: int) -> list[tuple[CareVisit, ...]]:
    """Split visits into at most `most` dates each that many carers' shifts hold together.

    The date with the fewest carers chooses first. A date joins while six times the crew remain,
    because all clients want the same carers at the same hour.
    """
    minutes = max(visit.minutes for visit in visits)
    holders = {
        visit: week.holders(CareVisit(visit.id, visit.client, visit.day, visit.start, minutes, visit.crew))
        for visit in visits
    }
    left = sorted(visits, key=lambda v: (len(holders[v]), v.day))
    found = []
    while left:
        chosen = [left.pop(0)]
        common = holders[chosen[0]]
        while left and len(chosen) < most:
            best = max(left, key=lambda v: (len(common & holders[v]), -v.day.toordinal()))
            if len(common & holders[best]) < 6 * best.crew:
                break
            common &= holders[best]
            left.remove(best)
            chosen.append(best)
        found.append(tuple(sorted(chosen, key=lambda v: v.day)))
    return found


def _need(visits: tuple[CareVisit, ...], min_percent: int) -> Need:
    first, minutes = visits[0], max(visit.minutes for visit in visits)
    return Need(
        id=f"{first.client}-{first.id}",
        household=first.client,
        service="care",
        minutes=minutes,
        crew=Crew(min=first.crew),
        visits=Frequency(count=len(visits), per="horizon", min_percent=min_percent),
        windows=(
            Window(
                start=max(0, first.start - FLEXIBLE),
                end=min(MINUTES_PER_DAY, first.start + FLEXIBLE + minutes),
                days=tuple(DAY_NAMES[visit.day.weekday()] for visit in visits),
            ),
        ),
    )


def _volunteer(carer: str, days: dict[date, tuple[tuple[int, int], ...]], place: str, num_clients: int) -> Volunteer:
    on_duty = sum(end - begin for blocks in days.values() for begin, end in blocks)
    return Volunteer(
        id=carer,
        location=Location(place=place),
        mode="car",
        reach_minutes=EVERYWHERE,
        windows=tuple(
            Window(start=begin, end=end, days=(DAY_NAMES[day.weekday()],))
            for day, blocks in sorted(days.items())
            for begin, end in blocks
        ),
        channels=("home",),
        max_households=num_clients,
        # Pairing counts minutes, not hours of the day. It charges every visit a trip from the centre and back,
        # which is more than the way from client to client, so it gets more room than the shifts have.
        minutes_per_week=on_duty if place == NOWHERE else on_duty * ROOM // 100,
        visits_per_day=100,
    )


def _metric(week: CareWeek, clients: list[str]) -> MatrixMetric:
    number = {client: index for index, client in enumerate(week.clients)}
    table = [(0.0, *(0.0 for _ in clients))]
    for one in clients:
        row = week.seconds[number[one]]
        table.append((0.0, *(0.0 if one == other else round(row[number[other]] / 60, 4) for other in clients)))
    return MatrixMetric(places=(NOWHERE, *clients), minutes=tuple(table))


def _shifts(rows: list[dict[str, str]], days: tuple[date, ...]) -> dict[str, dict[date, tuple[tuple[int, int], ...]]]:
    blocks: dict[str, dict[date, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        begin, end = datetime.fromisoformat(row["Begin"]), datetime.fromisoformat(row["End"])
        if begin.date() in days and begin < end:
            last = MINUTES_PER_DAY if end.date() > begin.date() else end.hour * 60 + end.minute
            blocks[row["CarerId"]][begin.date()].append((begin.hour * 60 + begin.minute, last))
    return {
        carer: {day: tuple(sorted(spans)) for day, spans in sorted(by_day.items())}
        for carer, by_day in sorted(blocks.items(), key=lambda item: (len(item[0]), item[0]))
    }


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))
