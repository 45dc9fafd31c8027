"""The home-care week: read from its files, planned as tours, and counted by a judge of its own."""

from __future__ import annotations

import csv
import sys
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the package `benchmarks` is not installed

from benchmarks import data  # noqa: E402  # after the path is set
from benchmarks.caredays import CareDay, by_first_carer, by_pairsolve, by_routing, ledger_of  # noqa: E402
from benchmarks.homecare import read_week  # noqa: E402

SUNDAY, MONDAY = date(2017, 10, 1), date(2017, 10, 2)
VISITS = [
    # VisitId, UserId, Date, Time, Duration, CarerCount
    ("1", "A", SUNDAY, "08:00:00", 1159, 1),
    ("2", "A", MONDAY, "08:00:00", 1200, 1),
    ("3", "B", SUNDAY, "09:00:00", 600, 2),
    ("4", "B", MONDAY, "09:00:00", 3000, 2),
    ("5", "B", MONDAY, "23:45:00", 600, 1),
    ("6", "A", MONDAY, "15:00:00", 600, 1),
]


@pytest.fixture
def monday(tmp_path: Path) -> CareDay:
    """Return the Monday of a made-up week: three carers in the morning, one at night, two clients."""
    tables = {
        "visits.csv": [["VisitId", "UserId", "Date", "Time", "Duration", "CarerCount"], *VISITS],
        "carers.csv": [
            ["CarerId", "Date", "Begin", "End"],
            *([c, day, f"{day}T07:30:00", f"{day}T10:30:00"] for c in range(1, 4) for day in (SUNDAY, MONDAY)),
            ["9", MONDAY, f"{MONDAY}T23:00:00", "2017-10-03T00:00:00"],
        ],
        "distance.csv": [["UserId", "A", "B"], [0, "A", 0, 600], [1, "B", 1200, 0]],
    }
    for name, rows in tables.items():
        with (tmp_path / name).open("w", newline="") as stream:
            csv.writer(stream).writerows(rows)
    return CareDay(read_week(tmp_path), MONDAY, {"A": frozenset({"2"})})


def test_a_day_holds_what_its_crews_could_make(monday: CareDay) -> None:
    """Lengths are rounded up, a shift to midnight ends at midnight, and a visit nobody is on duty for is left out."""
    assert monday.asked == 4
    assert [(v.id, v.start, v.minutes, v.crew) for v in monday.visits] == [
        ("2", 480, 20, 1), ("4", 540, 50, 2), ("5", 1425, 10, 1)
    ]  # fmt: skip
    assert monday.blocks[-1].end == 1440
    assert monday.minutes("A", "B") == 10.0
    assert monday.minutes("B", "A") == 20.0


def test_tours_are_counted_from_the_data(monday: CareDay) -> None:
    """Visits, visits by two, travel, carers and faces of a sound day."""
    one, two, night = monday.visits
    first, second, _, last = monday.blocks
    found = ledger_of(monday, {first: [(one, 480.0), (two, 520.0)], second: [(two, 520.0)], last: [(night, 1430.0)]})
    assert (found.made, found.doubles_made, found.travel, found.carers) == (3, 1, 10.0, 3)
    assert found.seen == {"A": {"1"}, "B": {"1", "2", "9"}}
    assert found.shift == pytest.approx((0 + 20 + 5) / 3)


@pytest.mark.parametrize("times", [(480.0, 509.0, 509.0), (480.0, 520.0, 521.0), (440.0, 520.0, 520.0)])
def test_a_visit_that_breaks_a_rule_is_not_made(monday: CareDay, times: tuple[float, float, float]) -> None:
    """Too little time for the way, two who do not come together, a start before the window."""
    one, two, _ = monday.visits
    first, second = monday.blocks[:2]
    found = ledger_of(monday, {first: [(one, times[0]), (two, times[1])], second: [(two, times[2])]})
    assert found.made == 1


def test_every_planner_covers_the_day(monday: CareDay) -> None:
    """Tours, the first carer who can come, and routing make all visits; only tours look for a face that is known."""
    tours = ledger_of(monday, by_pairsolve(monday, 0.3, 1))
    assert tours.made == ledger_of(monday, by_first_carer(monday)).made == 3
    assert ledger_of(monday, by_routing(monday, 0.3)).made == 3
    assert tours.seen["A"] == {"2"}


def test_the_real_week_is_whole() -> None:
    """All visits of the real week are read, and a crew on duty could make every one."""
    try:
        week = read_week(data.folder("strathclyde_homecare"))
    except data.DataAbsent as absent:
        pytest.skip(str(absent))
    days = [CareDay(week, day, {}) for day in week.days]
    assert sum(day.asked for day in days) == 3433
    assert sum(len(day.visits) for day in days) == 3433
