"""A real week of home care, read from its files.

The data set is the University of Strathclyde's, doi 10.15129/2d4885e1-bc24-414b-83ce-a846fb5c9689.
It gives planned times only; a visit may start up to 30 minutes before or after. Carers' homes are not given: the first
and the last leg of a shift are free.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from pairsolve.rules import MINUTES_PER_DAY

FLEXIBLE = 30  # minutes before and after the planned start


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
class Block:
    """One availability of a carer on a date, in minutes after midnight."""

    carer: str
    begin: int
    end: int

    def holds(self, visit: CareVisit) -> bool:
        """Say whether a visit fits at one of its possible starts."""
        return max(self.begin, visit.start - FLEXIBLE) <= min(self.end - visit.minutes, visit.start + FLEXIBLE)


@dataclass(frozen=True)
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

    @cached_property
    def number(self) -> dict[str, int]:
        """Row of each client in the travel table."""
        return {client: number for number, client in enumerate(self.clients)}

    def blocks(self, day: date) -> list[Block]:
        """Return the availability of all carers on a date."""
        return [Block(carer, *span) for carer, days in self.shifts.items() for span in days.get(day, ())]


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
