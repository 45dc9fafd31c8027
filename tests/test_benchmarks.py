"""Benchmarks: families register, the ledger grows, and races tell the truth."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from ortools.sat.python import cp_model

ROOT = Path(__file__).parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the package `benchmarks` is not installed

from benchmarks import cities, data, ledger, monoliths, pictures  # noqa: E402  # after the path is set
from benchmarks.__main__ import main  # noqa: E402
from benchmarks.ledger import Result  # noqa: E402
from benchmarks.race import DoesNotFit, Outcome, Row, Stage, Task, fresh  # noqa: E402
from benchmarks.registry import families, register  # noqa: E402


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


@pytest.mark.parametrize("kind", ["plain", "even", "even-car"])
def test_admissible_pairs_of_a_city_are_counted(kind):
    """Counting by distance and skills finds as many pairs as listing does."""
    instance = cities.city(300, kind)
    assert cities.count_pairs(instance) == len(cities.all_costs(cities.setup_of(instance)).need) > 0


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


@pytest.mark.parametrize(("family", "folder"), [("orlib-assign", "assign"), ("reviewers", "reviewer_bmatching")])
def test_race_of_public_files(family, folder, capsys):
    """All solvers of a family find the known optimum, and the referee agrees."""
    try:
        data.folder(folder)
    except data.DataAbsent as absent:
        pytest.skip(str(absent))
    assert main([family, "--smoke"]) == 0
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


def test_stages_smoke(capsys):
    """Every stage of a small instance is measured in a fresh process."""
    assert main(["stages", "--smoke"]) == 0
    shown = capsys.readouterr().out
    assert "reading" in shown
    assert "referee agrees" in shown
