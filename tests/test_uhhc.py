"""The shared home care benchmark: engine and validator count the same day, and unknown costs are refused."""

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

from benchmarks.uhhc import main  # noqa: E402  # after the path is set
from benchmarks.uhhc_validator import recount  # noqa: E402

WEIGHTS = {
    **{"travel_time": 2, "total_tardiness": 3, "highest_tardiness": 4, "total_waiting_time": 8, "total_extra_time": 1},
    **{"max_idle_time": 5, "caregiver_preferences": 12, "optional_patients": 50, "missed_lunch_break": 70},
}
DAY: dict[str, Any] = {
    "metadata": {"time_window_met": "at_service_end", "cost_components": WEIGHTS, "origin": "generated"},
    "terminal_points": [{"id": "d0", "distance_matrix_index": 0}],
    "lunch_breaks": {"start": 180, "end": 360, "min_duration": 30},
    "caregivers": [
        {
            **{"id": name, "abilities": skills, "departing_point": "d0", "arrival_point": "d0", "lunch_break": lunch},
            "working_shift": {"start": 60, "end": 480},
        }
        for name, skills, lunch in (("c1", ["s1", "s2"], True), ("c2", ["s2"], False))
    ],
    "patients": [
        {
            **{"id": f"p{number}", "distance_matrix_index": number + 1, "optional": number == 3},
            "required_services": [{"service": service, "duration": 30} for service in services],
            "time_windows": [{"start": first, "end": first + 60} for first in starts],
            **({"synchronization": {"type": "simultaneous"}} if len(services) > 1 else {}),
            **({"preferred_caregivers": ["c2"]} if number == 1 else {}),
        }
        for number, services, starts in (
            (0, ["s1"], [90, 300]),
            (1, ["s2"], [120]),
            (2, ["s1", "s2"], [240]),
            (3, ["s1"], [700]),
        )
    ],
    "distances": [[abs(a - b) * 7 for b in range(5)] for a in range(5)],
}


def test_engine_and_validator_count_the_same_day(tmp_path: Path) -> None:
    """A day with lunch, two windows, a preferred carer and a patient better left out is solved without a breach."""
    path = tmp_path / "day.json"
    path.write_text(json.dumps(DAY), encoding="utf-8")
    assert main([str(path), "--seconds", "0.5", "--threads", "1", "--out", str(tmp_path / "out")]) == 0
    solution = json.loads((tmp_path / "out" / "day.json").read_text())
    total, parts, breaches = recount(DAY, solution)
    assert not breaches
    assert abs(total - solution["cost"]) < 1e-6
    assert parts["optional_patients"] == 1
    assert parts.get("missed_lunch_break", 0) == 0


def test_a_cost_without_definition_is_refused(tmp_path: Path, capsys: Any) -> None:
    """The line names the file and the cost; the exit code is 2 and nothing is written."""
    strange = copy.deepcopy(DAY)
    strange["metadata"]["cost_components"]["hours_of_sun"] = 1
    (tmp_path / "x.json").write_text(json.dumps(strange), encoding="utf-8")
    assert main([str(tmp_path / "x.json"), "--seconds", "0.2", "--out", str(tmp_path / "out")]) == 2
    assert "hours_of_sun" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_kept_solutions_cost_less_than_published():
    """Every kept solution is sound, costs what it says, and is below the published value."""
    from benchmarks import data  # the data may be absent
    from benchmarks.uhhc import published  # the same

    try:
        files = {path.stem: path for path in data.folder("uhhc").rglob("*.json")}
    except data.DataAbsent as absent:
        pytest.skip(str(absent))
    for path in sorted((ROOT / "benchmarks" / "solutions" / "uhhc").glob("*.json")):
        kept = json.loads(path.read_text())
        cost, _, breaches = recount(json.loads(files[path.stem].read_text()), kept)
        known = published(files[path.stem])
        assert not breaches
        assert cost == pytest.approx(kept["cost"])
        assert known is not None
        assert cost < known
