"""Nothing personal where nobody looks for it: planted names are searched for in every log, error and masked output."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from builders import event, horizon, household, instance, need, volunteer
from typer.testing import CliRunner

from pairsolve.cli import app
from pairsolve.instance import Instance
from pairsolve.options import Options
from pairsolve.plan import Plan
from pairsolve.rules import ApartRule
from pairsolve.solve import solve
from pairsolve.writing import write

NAMES = ("Zephyrine", "Quillfeather", "Brambleworth", "Oxenhope", "Dunwhistle")
PEOPLE = ("VZQ1", "VZQ2", "HZQ1", "HZQ2", "NZQ1", "NZQ2", "NZQ3", "RZQ")
Desk = tuple[Path, Instance, Plan]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Return a folder with an instance full of planted names, and its plan."""
    given = instance(
        [volunteer("VZQ1", name=NAMES[0]), volunteer("VZQ2", 0.3, name=NAMES[1])],
        [household("HZQ1", name=NAMES[2]), household("HZQ2", 0.0, 40.0, name=NAMES[3])],
        [need("NZQ1", "HZQ1"), need("NZQ2", "HZQ1", crew={"min": 2}), need("NZQ3", "HZQ2")],
        horizon=horizon(), name=NAMES[4], description=NAMES[4], events=[event(crew={"min": 2})],
        rules=[ApartRule(id="RZQ", volunteers=("VZQ2",), households=("HZQ1",))],
    )  # fmt: skip
    plan = solve(given, Options(threads=1, clock=False))
    folder = tmp_path_factory.mktemp("planted")
    write(given, folder / "i.json")
    write(plan, folder / "p.json")
    return folder, given, plan


def run(*words: Any) -> Any:
    """Run a command."""
    return CliRunner().invoke(app, [str(word) for word in words])


def everything(folder: Path) -> str:
    """Return the names and contents of all files, archives unpacked."""
    found = []
    for path in sorted(folder.rglob("*")):
        found.append(path.name)
        if path.is_file():
            data = path.read_bytes()
            if zipfile.is_zipfile(io.BytesIO(data)):
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    data = b"\n".join(archive.read(name) for name in archive.namelist())
            elif data[:2] == b"\x1f\x8b":
                data = gzip.decompress(data)
            found.append(data.decode("utf-8", errors="replace"))
    return "\n".join(found)


@pytest.mark.parametrize(
    "words",
    [
        ("validate", "i.json"),
        ("solve", "i.json", "-o", "made.json"),
        ("solve", "i.json", "-o", "made.json", "--json-summary"),
        ("check", "i.json", "p.json", "--proof"),
        ("show", "p.json"),
        ("page", "i.json", "p.json", "-o", "page.html"),
        ("export", "p.json", "--instance", "i.json", "--to", "tables"),
        ("feeds", "p.json", "--instance", "i.json", "--to", "feeds"),
    ],
    ids=" ".join,
)
def test_no_command_says_a_name(words: tuple[str, ...], desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command prints, on both streams, names nobody: names stand only in the files that are asked for."""
    monkeypatch.chdir(desk[0])
    result = run(*words)
    assert result.exit_code in (0, 1), result.output
    assert not [name for name in NAMES if name in result.output]


def test_errors_name_identifiers_only(desk: Desk, tmp_path: Path) -> None:
    """Faults of records with names are found by identifier; the name is not repeated."""
    raw = json.loads((desk[0] / "i.json").read_text(encoding="utf-8"))
    raw["volunteers"][0]["reach_minutes"] = -3
    raw["households"][0]["location"]["lat"] = 900
    raw["needs"][0]["household"] = "nobody"
    (tmp_path / "bad.json").write_text(json.dumps(raw), encoding="utf-8")
    for words in (("validate", tmp_path / "bad.json"), ("solve", tmp_path / "bad.json", "-o", tmp_path / "p.json")):
        result = run(*words)
        assert result.exit_code == 2
        assert not [name for name in NAMES if name in result.output]


def test_masked_outputs_name_nobody(desk: Desk, tmp_path: Path) -> None:
    """With a key, no table, page, calendar or map holds a name, an identifier of a person, or an exact point."""
    folder, given, _ = desk
    key, out = tmp_path / "key", tmp_path / "out"
    out.mkdir()
    plan, mine = folder / "p.json", ("--instance", folder / "i.json")
    for words in (
        ("export", plan, *mine, "--to", out / "tables.xlsx"),
        ("export", plan, *mine, "--to", out / "csv", "--previous", plan),
        ("export", plan, *mine, "--to", out / "parquet", "--format", "parquet"),
        ("export", *mine, "--to", out / "registers"),
        ("feeds", plan, *mine, "--to", out / "feeds"),
        ("page", folder / "i.json", plan, "-o", out / "page.html"),
    ):
        result = run(*words, "--pseudonymise", key)
        assert result.exit_code == 0, result.output
        assert not [word for word in (*NAMES, *PEOPLE) if word in result.output]
    text = everything(out)
    assert not [word for word in (*NAMES, *PEOPLE) if word in text]
    assert str(given.households[1].location.lat)[:7] not in text


def test_blurred_points_are_on_the_grid(desk: Desk, tmp_path: Path) -> None:
    """Without pseudonyms too, maps show the middle of a cell when that is asked for."""
    folder, given, _ = desk
    result = run("feeds", folder / "p.json", "--instance", folder / "i.json", "--to", tmp_path / "f", "--blur", 2000)
    assert result.exit_code == 0, result.output
    people = json.loads((tmp_path / "f" / "people.geojson").read_text(encoding="utf-8"))["features"]
    exact = {(record.location.lon, record.location.lat) for record in (*given.volunteers, *given.households)}
    assert not exact & {tuple(feature["geometry"]["coordinates"]) for feature in people}
    assert {NAMES[0]} < {feature["properties"]["name"] for feature in people}


def test_a_plan_of_another_instance_is_refused(desk: Desk, tmp_path: Path) -> None:
    """The page says in one line that the plan answers another instance; of one that changed it is only said."""
    folder, given, _ = desk
    write(instance(horizon=horizon()), tmp_path / "other.json")
    write(given.model_copy(update={"description": "changed"}), tmp_path / "changed.json")
    for source, code, words in (("other", 2, "answers another instance"), ("changed", 0, "has changed since")):
        result = run("page", tmp_path / f"{source}.json", folder / "p.json", "-o", tmp_path / "page.html")
        assert result.exit_code == code
        assert " ".join(result.output.split()).count(words) == 1
