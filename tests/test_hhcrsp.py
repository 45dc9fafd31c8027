"""The home health care benchmark: files in, files out, and a validator that finds what is wrong."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the package `benchmarks` is not installed

from benchmarks.hhcrsp import main  # noqa: E402  # after the path is set
from benchmarks.hhcrsp_validator import recount  # noqa: E402

DAY: dict[str, Any] = {
    "patients": [
        {
            "id": "p1",
            "time_window": [154.99999999999997, 200],
            "required_caregivers": [{"service": "s1", "duration": 9}],
        },
        {
            "id": "p2",
            "time_window": [60.0, 90.0],
            "required_caregivers": [{"service": "s1", "duration": 10}, {"service": "s2", "duration": 20}],
            "synchronization": {"type": "sequential", "distance": [15, 30]},
        },
        {
            "id": "p3",
            "time_window": [200, 210],
            "required_caregivers": [{"service": "s2", "duration": 10}, {"service": "s1", "duration": 20}],
            "synchronization": {"type": "simultaneous"},
        },
    ],
    "services": [{"id": "s1", "default_duration": 9}, {"id": "s2", "default_duration": 9}],
    "caregivers": [{"id": "c1", "abilities": ["s1"]}, {"id": "c2", "abilities": ["s2", "s1"]}],
    "distances": [[0, 7, 9, 5], [7, 0, 4, 6.5], [9, 4, 0, 8], [5, 6, 8, 0]],
}


@pytest.fixture(scope="module")
def solution(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the solution file that the benchmark writes for `DAY`."""
    folder = tmp_path_factory.mktemp("hhcrsp")
    (folder / "day.json").write_text(json.dumps(DAY), encoding="utf-8")
    assert main([str(folder / "day.json"), "--seconds", "0.3", "--threads", "1", "--out", str(folder / "out")]) == 0
    return json.loads((folder / "out" / "day.json").read_text())


def test_a_solution_is_written_in_the_form_of_the_family(solution):
    """Cost, seconds and routes; the validator counts the same cost and finds nothing."""
    cost, breaches = recount(DAY, solution)
    assert not breaches
    assert cost == pytest.approx(solution["cost"])
    assert cost == pytest.approx((9 + 4 + 6.5 + 5 + 9 + 8 + 5) / 3)
    assert solution["seconds"] > 0


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("arrival_time", 0.0, "too early"),
        ("service", "s3", "cannot do"),
        ("departure_time", 900.0, "another length"),
        ("patient", "p1", "other services"),
    ],
)
def test_the_validator_finds_what_is_wrong(solution, place, value, said):
    """A changed start, service, length or patient does not go unseen."""
    broken = copy.deepcopy(solution)
    broken["routes"][0]["locations"][-1][place] = value
    assert any(said in breach for breach in recount(DAY, broken)[1])


def test_the_validator_sees_lags(solution):
    """Two services that should go together, or one after the other, and do not, are named."""
    late = copy.deepcopy(solution)
    for route in late["routes"]:
        last = route["locations"][-1]
        if last["service"] == "s2":
            last["arrival_time"] += 1
            last["departure_time"] += 1
    assert any("p3" in breach and "apart" in breach for breach in recount(DAY, late)[1])


def test_bad_files_are_named_and_the_rest_goes_on(tmp_path, capsys):
    """Every fault has its line, the exit code is 2, and no solution is written for them."""
    bad = copy.deepcopy(DAY)
    bad["patients"][0]["time_window"] = "early"
    bad["patients"][1]["synchronization"] = {"type": "sequential"}
    del bad["caregivers"][0]["abilities"]
    (tmp_path / "bad.json").write_text(json.dumps(bad), encoding="utf-8")
    (tmp_path / "cut.json").write_text('{"patients": [', encoding="utf-8")
    files = [str(tmp_path / name) for name in ("bad.json", "cut.json", "absent.json")]
    assert main([*files, "--seconds", "0.2", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err.splitlines()
    for part in ("patients[0].time_window", "patients[1].synchronization", "caregivers[0]", "cut.json", "absent.json"):
        assert sum(part in line for line in said) == 1
    assert not (tmp_path / "out").exists()


def test_a_service_that_nobody_can_do_is_named_by_patient(tmp_path, capsys):
    """The line names the file, the patient and the service."""
    lonely = copy.deepcopy(DAY)
    lonely["caregivers"] = lonely["caregivers"][:1]
    (tmp_path / "lonely.json").write_text(json.dumps(lonely), encoding="utf-8")
    assert main([str(tmp_path / "lonely.json"), "--seconds", "0.2", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "lonely.json" in said
    assert "'p2'" in said
    assert "s2" in said


def test_the_peer_finds_the_same_optimum(solution):
    """CP-SAT proves the cost of the small day."""
    from benchmarks.hhcrsp_peer import by_cp_sat  # loads a solver

    whole = copy.deepcopy(DAY)
    whole["patients"][0]["time_window"][0] = 154
    cost, bound = by_cp_sat(whole, 5.0, 1)
    assert cost == pytest.approx(bound)
    assert cost == pytest.approx(solution["cost"], abs=1e-3)


def test_kept_solutions_cost_less_than_published():
    """Every kept solution is sound, costs what it says, and is below the published value."""
    from benchmarks import data  # the data may be absent
    from benchmarks.hhcrsp import published  # the same

    try:
        files = {path.stem: path for path in data.folder("hhcrsp").rglob("*.json")}
    except data.DataAbsent as absent:
        pytest.skip(str(absent))
    for path in sorted((ROOT / "benchmarks" / "solutions" / "hhcrsp").glob("*.json")):
        kept = json.loads(path.read_text())
        cost, breaches = recount(json.loads(files[path.stem].read_text()), kept)
        known = published(files[path.stem])
        assert not breaches
        assert cost == pytest.approx(kept["cost"])
        assert known is not None
        assert cost < known[0]
