"""Calendars and maps: read back by other programs they say the right thing, also after a re-plan."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import vobject
from builders import event, horizon, household, instance, need, volunteer, window
from geojson_pydantic import FeatureCollection
from typer.testing import CliRunner

from pairsolve.cli import app
from pairsolve.errors import InputError
from pairsolve.feeds import calendars, earlier_calendars, maps, write_feeds
from pairsolve.feeds.folder import file_name
from pairsolve.instance import Instance, Team
from pairsolve.plan import Plan
from pairsolve.solve import solve
from pairsolve.writing import write

NAME = 'Ann "PLANTED", O\'Hara; 李\\明'
TWO_WEEKS = {"first_day": date(2026, 10, 19), "last_day": date(2026, 11, 1)}


def asked(zone: str = "Europe/Berlin", **changed: Any) -> Instance:
    """Return an instance of two weekly visits around a clock change, one more need out of reach, and an event."""
    parts = {
        "horizon": horizon(**TWO_WEEKS, time_zone=zone),
        "teams": [Team(id="T1", name="Team")],
        "volunteers": [volunteer(name=NAME, team="T1")],
        "households": [
            household(name="At home", windows=[window("08:00", "09:00", "sat"), window("08:00", "09:00", "mon")]),
            household("H2", 50.0),
        ],
        "needs": [need(visits={"per": "week"}), need("N2", "H2")],
        "events": [event("E1", date(2026, 10, 25), "10:00", "11:00", name="Day of help")],
    }
    return instance(**parts | changed)


def moved(plan: Plan, days: int) -> Plan:
    """Return a plan whose second visit is so many days later."""
    from datetime import timedelta

    first, second = plan.visits
    later = second.model_copy(
        update={"start": second.start + timedelta(days=days), "end": second.end + timedelta(days=days)}
    )
    return plan.model_copy(update={"visits": (first, later)})


def read_back(data: bytes) -> list[Any]:
    """Return the entries of a calendar as an independent parser sees them."""
    return list(vobject.readOne(data.decode("utf-8")).vevent_list)


@pytest.fixture(scope="module")
def planned() -> tuple[Instance, Plan]:
    """Return the instance and its plan."""
    given = asked()
    return given, solve(given)


@pytest.mark.parametrize(
    ("zone", "change"), [("Europe/Berlin", date(2026, 10, 25)), ("America/New_York", date(2026, 11, 1))]
)
def test_local_times_are_right_across_a_clock_change(zone: str, change: date) -> None:
    """Another parser reads the local times of the plan before and after the clocks change."""
    days = {"first_day": date(2026, 10, 19), "last_day": date(2026, 11, 8)}
    given = asked(zone, horizon=horizon(**days, time_zone=zone), events=[])
    plan = solve(given)
    book = dict(calendars(given, plan))
    entries = read_back(book["volunteers", "V1"])
    told = [entry.dtstart.value.astimezone().timestamp() for entry in entries]
    assert told == [visit.start.timestamp() for visit in plan.visits]
    assert {entry.dtstart.value.date() > change for entry in entries} == {True, False}
    assert {(entry.dtstart.value.hour, entry.dtend.value.hour) for entry in entries} == {(8, 9)}


def test_everybody_concerned_has_a_calendar(planned: tuple[Instance, Plan]) -> None:
    """Volunteer, household and team have the visits; the event stands in those of its crew; nobody else has one."""
    book = dict(calendars(*planned))
    assert {owner: len(read_back(data)) for owner, data in book.items()} == {
        ("volunteers", "V1"): 3, ("households", "H1"): 2, ("teams", "T1"): 3,
    }  # fmt: skip


def test_names_survive_as_they_are(planned: tuple[Instance, Plan]) -> None:
    """Quotes, commas, semicolons and backslashes in a name come back unchanged."""
    entry = read_back(dict(calendars(*planned))["households", "H1"])[0]
    assert entry.summary.value == f"help: {NAME}"


def test_a_replan_moves_and_cancels_what_was_handed_out(planned: tuple[Instance, Plan]) -> None:
    """The same visit keeps its UID; moved, its SEQUENCE rises; gone, it is cancelled; unchanged, it stays."""
    given, plan = planned
    first = dict(calendars(given, plan))
    later = dict(calendars(given, moved(plan, 1), earlier=first))
    gone = dict(calendars(given, plan.model_copy(update={"visits": plan.visits[:1], "events": ()}), earlier=later))
    seen = [
        {entry.uid.value: (entry.sequence.value, entry.status.value) for entry in read_back(book["volunteers", "V1"])}
        for book in (first, later, gone)
    ]
    assert [uids.keys() for uids in seen] == [seen[0].keys()] * 3
    assert sorted(seen[0].values()) == [("0", "CONFIRMED")] * 3
    assert sorted(seen[1].values()) == [("0", "CONFIRMED")] * 2 + [("1", "CONFIRMED")]
    assert sorted(seen[2].values()) == [("0", "CONFIRMED"), ("1", "CANCELLED"), ("2", "CANCELLED")]
    assert dict(calendars(given, plan, earlier=first)) == first


def test_visits_before_the_first_day_stay(planned: tuple[Instance, Plan]) -> None:
    """A new horizon leaves what is past as it was handed out."""
    given, plan = planned
    first = dict(calendars(given, plan))
    renewed = asked(horizon=horizon(first_day=date(2026, 11, 2), last_day=date(2026, 11, 8)), events=[])
    nothing = plan.model_copy(update={"visits": (), "events": ()})
    entries = read_back(dict(calendars(renewed, nothing, earlier=first))["households", "H1"])
    assert [entry.status.value for entry in entries] == ["CONFIRMED"] * 2


def test_maps_are_valid_geojson(planned: tuple[Instance, Plan]) -> None:
    """Every map is a valid FeatureCollection with what the plan holds, longitude first."""
    made = maps(*planned)
    counts = {name: len(FeatureCollection.model_validate(collection).features) for name, collection in made.items()}
    assert counts == {"pairs": 1, "people": 3, "uncovered": 1, "coverage": 1, "routes": 2}
    assert made["people"]["features"][0]["geometry"]["coordinates"] == [114.0, 30.0]
    assert made["uncovered"]["features"][0]["properties"]["need"] == "N2"


def test_a_line_over_the_date_line_is_cut() -> None:
    """A pair on both sides of 180° becomes two lines, neither of which goes round the world."""
    from pairsolve.feeds.maps import _line

    line = _line([179.5, -17.0], [-179.5, -18.0])
    assert line == {
        "type": "MultiLineString",
        "coordinates": [[[179.5, -17.0], [180.0, -17.5]], [[-180.0, -17.5], [-179.5, -18.0]]],
    }


def test_file_names_do_not_meet() -> None:
    """Identifiers that differ have different files, also where case and odd characters are ignored."""
    ids = ["V1", "v1", "V/1", "V:1", "../V1", "CON", "con", "李明", "Ö" * 300, "Ö" * 301, ".", "V1 "]
    names = [file_name(id_).casefold() for id_ in ids]
    assert len(set(names)) == len(ids)
    assert all(len(name) < 100 and not set(name) & set('/\\:*?"<>|. ') for name in names)


def test_the_command_writes_and_renews_a_folder(planned: tuple[Instance, Plan], tmp_path: Path) -> None:
    """Calendars and maps lie in the folder, a second run changes nothing, and nothing half-made is left."""
    given, plan = planned
    write(given, tmp_path / "instance.json")
    write(plan, tmp_path / "plan.json")
    words = ["feeds", str(tmp_path / "plan.json"), "--instance", str(tmp_path / "instance.json")]
    words += ["--to", str(tmp_path / "out")]
    files = []
    for _ in range(2):
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
        files.append({path: path.read_bytes() for path in (tmp_path / "out").rglob("*.*")})
    assert files[0] == files[1]
    assert {path.name for path in tmp_path.iterdir()} == {"instance.json", "plan.json", "out"}


def test_pseudonyms_hide_everybody(planned: tuple[Instance, Plan], tmp_path: Path) -> None:
    """With a key no name or identifier of a person, and no exact point, is in any file or file name."""
    given, plan = planned
    write(given, tmp_path / "instance.json")
    write(plan, tmp_path / "plan.json")
    words = ["feeds", str(tmp_path / "plan.json"), "--instance", str(tmp_path / "instance.json"), "--to"]
    words += [str(tmp_path / "out"), "--pseudonymise", str(tmp_path / "key")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    everything = "".join(f"{path.name}\n{path.read_text(encoding='utf-8')}" for path in (tmp_path / "out").rglob("*.*"))
    for secret in ("PLANTED", "At home", "V1", "H1", "H2", "N1", "N2", "114.0,30.0", "30.0;114.0"):
        assert secret not in everything
    assert FeatureCollection.model_validate(json.loads((tmp_path / "out" / "people.geojson").read_text("utf-8")))


def test_calendars_with_names_never_meet_those_without(planned: tuple[Instance, Plan], tmp_path: Path) -> None:
    """Bug: names handed out before came back as cancelled entries beside pseudonyms; another mask is refused."""
    given, plan = planned
    write(given, tmp_path / "instance.json")
    write(plan, tmp_path / "plan.json")
    out = tmp_path / "out"
    words = ["feeds", str(tmp_path / "plan.json"), "--instance", str(tmp_path / "instance.json"), "--to", str(out)]
    assert CliRunner().invoke(app, words).exit_code == 0
    before = {path: path.read_bytes() for path in out.rglob("*.*")}
    for more in (["--pseudonymise", str(tmp_path / "key")], ["--blur", "900"]):
        result = CliRunner().invoke(app, [*words, *more])
        assert result.exit_code == 2
        assert "another key or grid" in " ".join(result.output.split())
    assert {path: path.read_bytes() for path in out.rglob("*.*")} == before


def test_a_previous_folder_without_calendars_is_refused(planned: tuple[Instance, Plan], tmp_path: Path) -> None:
    """A slip in --previous is said: nothing would be cancelled otherwise."""
    write(planned[0], tmp_path / "instance.json")
    write(planned[1], tmp_path / "plan.json")
    words = ["feeds", str(tmp_path / "plan.json"), "--instance", str(tmp_path / "instance.json")]
    result = CliRunner().invoke(app, [*words, "--to", str(tmp_path / "out"), "--previous", str(tmp_path / "slip")])
    assert (result.exit_code, "holds no calendars" in " ".join(result.output.split())) == (2, True)
    assert not (tmp_path / "out").exists()


def test_damaged_calendars_are_all_named(planned: tuple[Instance, Plan], tmp_path: Path) -> None:
    """Files of an earlier folder that are gone or damaged are each named, and nothing is written."""
    folder = tmp_path / "out"
    write_feeds(calendars(*planned), {}, folder)
    (folder / "volunteers" / "V1.ics").write_bytes(b"no calendar")
    (folder / "teams" / "T1.ics").unlink()
    with pytest.raises(InputError) as caught:
        earlier_calendars(folder)
    assert "volunteers/V1.ics" in str(caught.value)
    assert "teams/T1.ics" in str(caught.value)
