"""Benchmarks: families register, the ledger grows, and the home-care week becomes a sound instance."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import time
from datetime import date
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from ortools.sat.python import cp_model

ROOT = Path(__file__).parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the package `benchmarks` is not installed

from benchmarks import data, homecare, ledger, monoliths, pictures  # noqa: E402  # after the path is set
from benchmarks.__main__ import main  # noqa: E402
from benchmarks.ledger import Result  # noqa: E402
from benchmarks.race import DoesNotFit, Outcome, Row, Stage, Task, fresh  # noqa: E402
from benchmarks.registry import families, register  # noqa: E402
from benchmarks.strathclyde import day_rows, faces_per_client, travel_by_day  # noqa: E402

from pairsolve.plan import Plan  # noqa: E402
from pairsolve.validate import problems  # noqa: E402

SUNDAY, MONDAY = date(2017, 10, 1), date(2017, 10, 2)
VISITS = [
    # VisitId, UserId, Date, Time, Duration, CarerCount
    ("1", "A", SUNDAY, "08:00:00", 1159, 1),
    ("2", "A", MONDAY, "08:00:00", 1200, 1),
    ("3", "B", SUNDAY, "09:00:00", 600, 2),
    ("4", "B", MONDAY, "09:00:00", 3000, 2),
    ("5", "B", MONDAY, "23:45:00", 600, 1),
]


def small_week(folder: Path) -> Path:
    """Write a made-up week in the data set's format; eight carers, two clients, two days."""
    tables = {
        "visits.csv": [["VisitId", "UserId", "Date", "Time", "Duration", "CarerCount"], *VISITS],
        "carers.csv": [
            ["CarerId", "Date", "Begin", "End"],
            *([c, day, f"{day}T07:30:00", f"{day}T10:30:00"] for c in range(1, 9) for day in (SUNDAY, MONDAY)),
            ["9", MONDAY, f"{MONDAY}T23:00:00", "2017-10-03T00:00:00"],
        ],
        "distance.csv": [["UserId", "A", "B", "C"], [0, "A", 0, 61, 9], [1, "B", 120, 0, 9], [2, "C", 9, 9, 0]],
    }
    for name, rows in tables.items():
        with (folder / name).open("w", newline="") as stream:
            csv.writer(stream).writerows(rows)
    return folder


def plan_of(visits: list[dict[str, object]]) -> Plan:
    """Return a plan with these visits."""
    return Plan.model_validate(
        {"status": "feasible", "visits": visits, "run": {"version": "0", "fingerprint": "0"}}, strict=False
    )


def test_families_register_themselves():
    """Every family has a name and says what it measures."""
    assert {"stages", "strathclyde"} <= set(families())
    assert all(family.measures for family in families().values())


def test_a_name_is_given_once():
    """A second family of the same name is refused."""
    with pytest.raises(ValueError, match="two families"):
        register("stages", "something else")(lambda smoke: [])


def test_listing_loads_no_solver():
    """`python -m benchmarks` lists the families at once."""
    code = "import sys; from benchmarks.__main__ import main; main([]); sys.exit('ortools' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "strathclyde" in done.stdout


@pytest.mark.parametrize("family", ["city", "dense"])
def test_race_of_generated_instances(family, capsys):
    """All solvers of a family find the same value, and pairsolve proves it."""
    assert main([family, "--smoke"]) == 0
    shown = capsys.readouterr().out
    assert "failed" not in shown
    assert "+0.0000%" in shown
    assert "pairsolve value" in shown


def test_race_of_rich_instances(capsys):
    """The monoliths find and prove in every tier what pairsolve does, and all rules are obeyed."""
    assert main(["rich", "--smoke"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("rich city")]
    told = [re.search(r"coverage:1 .* \d+\.\d\d%", line) for line in lines]
    assert len({match[0] for match in told if match}) == 1
    assert all(told)
    assert "0.00%" in lines[0]
    assert [("referee agrees" in line, "rules obeyed" in line) for line in lines] == [
        (True, False), (False, True), (False, True),
    ]  # fmt: skip


def test_linear_form_of_logical_rules():
    """A choice fulfils the rows of the linear model just when it fulfils the rules they stand for."""
    model = cp_model.CpModel()
    a, b, c, most = (model.new_bool_var("") for _ in range(4))
    model.add_bool_or([~a, ~b])
    model.add_at_most_one([b, ~c])
    model.add_max_equality(most, [a, b])
    model.add(a + 2 * c >= 1)
    made = monoliths.linear_model(model.proto)
    rows = np.zeros((len(made.linear_constraints.ids), 4))
    matrix = made.linear_constraint_matrix
    rows[matrix.row_ids, matrix.column_ids] = matrix.coefficients
    low, high = np.array(made.linear_constraints.lower_bounds), np.array(made.linear_constraints.upper_bounds)
    for point in product((0, 1), repeat=4):
        first, second, third, top = point
        wanted = not (first and second) and second + 1 - third <= 1 and top == max(first, second)
        sums = rows @ np.array(point)
        assert bool(np.all((low <= sums) & (sums <= high))) == (wanted and first + 2 * third >= 1)


def test_proof_of_a_generated_city(capsys):
    """The referee agrees with the plan of a small city."""
    assert main(["proof", "--smoke"]) == 0
    assert "referee agrees" in capsys.readouterr().out


@pytest.mark.parametrize("family", ["orlib-assign", "reviewers"])
def test_race_of_public_files(family, capsys):
    """All solvers of a family find the known optimum, and the referee agrees."""
    if main([family, "--smoke"]) == 2:
        pytest.skip(capsys.readouterr().err)
    shown = capsys.readouterr().out
    assert "failed" not in shown
    assert "referee agrees" in shown


def too_long(stage: Stage) -> Outcome:
    """Take longer than anybody waits."""
    time.sleep(60)
    return Outcome(1)


def too_much(stage: Stage) -> Outcome:
    """Know that memory will not do."""
    raise DoesNotFit("10 arcs take 99 GB")


@pytest.mark.parametrize(("function", "note"), [
    ("too_long", "not done in 1 s"),
    ("too_much", "does not fit in 16 GB: 10 arcs take 99 GB"),
    ("absent", "failed"),
])  # fmt: skip
def test_a_solver_that_does_not_finish_is_said(function, note):
    """Time, memory and failures are told in the row instead of ending the race."""
    row = fresh(
        Task("none", "nobody", f"tests.test_benchmarks:{function}", time_limit=1.0 if "long" in function else 60.0)
    )
    assert row.value is None
    assert note in row.note


def test_pictures_are_drawn(tmp_path):
    """A picture of time and memory against size, and one of the gap against time."""
    rows = [Row(Task("i", "s", "", size=size), value=1.0, seconds=1.0, mebibytes=1.0) for size in (1.0, 10.0)]
    assert b"<svg" in pictures.by_size(rows, "one", "size", tmp_path).read_bytes()
    assert b"<svg" in pictures.gap_over_time({"s": [(1.0, 0.1), (2.0, 0.0)]}, "two", tmp_path).read_bytes()


def test_ledger_appends(tmp_path):
    """Rows are appended under one heading, each with all columns."""
    path = tmp_path / "RESULTS.md"
    ledger.add([Result("one", "1 s")], "make one", path)
    ledger.add([Result("two | three", "2\n s", "peer")], "make two", path)
    rows = [line for line in path.read_text().splitlines() if line.startswith("|")]
    assert [row.count("|") for row in rows] == [8, 8, 8, 8]
    assert "two / three" in rows[3]
    assert "`make two`" in rows[3]
    assert rows[2].endswith("| one | " + ledger.machine() + " | 1 s |  |")


def test_absent_data_is_said(tmp_path, monkeypatch, capsys):
    """Without the files the family says where it looked, and the exit code is 2."""
    monkeypatch.setenv(data.VARIABLE, str(tmp_path / "none"))
    assert main(["strathclyde", "--smoke"]) == 2
    assert str(tmp_path / "none") in capsys.readouterr().err


def test_small_week(tmp_path):
    """Recurring visits become needs; lengths far apart and other starts do not."""
    instance = homecare.instance_from(small_week(tmp_path))
    assert problems(instance) == ()
    assert [(n.household, n.minutes, n.crew.min, n.visits.count, n.windows[0].days) for n in instance.needs] == [
        ("A", 20, 1, 2, ("sun", "mon")),
        ("B", 10, 2, 1, ("sun",)),
        ("B", 50, 2, 1, ("mon",)),
        ("B", 10, 1, 1, ("mon",)),
    ]
    assert (instance.needs[0].windows[0].start, instance.needs[0].windows[0].end) == (450, 530)
    assert instance.needs[3].windows[0].end == 1440
    assert [v.id for v in instance.volunteers] == [str(c) for c in range(1, 10)]
    assert instance.volunteers[8].windows[0].end == 1440
    assert {v.location.place for v in instance.volunteers} <= {"A", "B"}


def test_nowhere(tmp_path):
    """On request carers have no place: every pair is as near as any other."""
    instance = homecare.instance_from(small_week(tmp_path), centred=False)
    assert {v.location.place for v in instance.volunteers} == {homecare.NOWHERE}
    assert set(instance.travel.metric.minutes[0]) == {0.0}


def test_first_days_only(tmp_path):
    """Only the first dates, and the carers on duty then."""
    instance = homecare.instance_from(small_week(tmp_path), num_days=1)
    assert instance.horizon.last_day == SUNDAY
    assert len(instance.volunteers) == 8
    assert sum(n.visits.count for n in instance.needs) == 2


def test_report_counts_a_plan(tmp_path):
    """Visits, double visits, carers, travel and faces are counted from the plan's visits."""
    instance = homecare.instance_from(small_week(tmp_path))
    a, b = instance.needs[0].id, instance.needs[1].id
    visit = {"index": 1, "travel": [0]}
    plan = plan_of(
        [
            visit
            | {"need": a, "crew": ["1"], "start": "2017-10-01T08:00:00+01:00", "end": "2017-10-01T08:20:00+01:00"},
            visit
            | {
                "need": b,
                "crew": ["1", "2"],
                "travel": [2, 0],
                "start": "2017-10-01T09:00:00+01:00",
                "end": "2017-10-01T09:10:00+01:00",
            },
        ]
    )
    sunday, monday = day_rows(instance, plan)
    assert (sunday.asked, sunday.planned, sunday.double_asked, sunday.double_planned) == (2, 2, 1, 1)
    assert (sunday.used, sunday.on_duty, sunday.travel) == (2, 8, 2)
    assert (monday.asked, monday.planned, monday.on_duty) == (3, 0, 9)
    assert travel_by_day(instance, plan) == {SUNDAY: 2}
    assert faces_per_client(instance, plan) == [1, 2]


def real_week() -> Path:
    """Return the folder of the data set, or skip."""
    try:
        return data.folder("strathclyde_homecare")
    except data.DataAbsent as absent:
        pytest.skip(str(absent))


@pytest.mark.parametrize("dates", [1, 3])
def test_real_week(dates):
    """The real week validates, no visit is lost, and each need has enough carers whose shifts hold it."""
    where = real_week()
    week = homecare.read_week(where)
    needs = homecare.recurring(week, dates)
    assert len(week.visits) == 3433
    assert sorted(v.id for group in needs for v in group) == sorted(v.id for v in week.visits)
    for group in needs:
        common = frozenset.intersection(*map(week.holders, group))
        assert len(common) >= group[0].crew
    instance = homecare.instance_from(where, dates_per_need=dates)
    assert problems(instance) == ()
    assert (len(instance.volunteers), len(instance.households)) == (106, 230)


def test_stages_smoke(capsys):
    """Every stage of a small instance is measured in a fresh process."""
    assert main(["stages", "--smoke"]) == 0
    shown = capsys.readouterr().out
    assert "reading" in shown
    assert "referee agrees" in shown
