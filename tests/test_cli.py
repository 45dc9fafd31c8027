"""The command line: every command, every exit code, and no traceback for anybody's mistakes."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from broken import SOUND
from typer.testing import CliRunner

from pairsolve.check import Finding, Verdict
from pairsolve.cli import app
from pairsolve.errors import InputError, Problem
from pairsolve.instance import Instance
from pairsolve.options import Options, Progress
from pairsolve.plan import CoverageRow, MissedVisit, Pair, Plan, Run, Seat, Status, TierValue, UnmetSeat, Visit
from pairsolve.reading import read, read_plan

MONDAY = datetime.fromisoformat("2026-12-02T09:00:00+08:00")
AGREES = Verdict((), (("coverage:1", 1),), "prices")
DISAGREES = Verdict((Finding("gap", "visits 1 and 2 are a day apart", "N1"),), (("coverage:1", 1),), "none")


def plan_with(status: Status = "optimal", **fields: Any) -> Plan:
    """Return a plan of the sound instance."""
    return Plan(
        status=status,
        objective=(TierValue(name="coverage:1", layer="pairs", value=1, bound=1, proof="prices"),),
        pairs=(Pair(volunteer="V1", household="H1", seats=(Seat(need="N1"),), minutes=7, kept=True, locked=True),),
        visits=(Visit(need="N1", index=1, crew=("V1",), start=MONDAY, end=MONDAY.replace(hour=10), travel=(7,)),),
        unmet=(UnmetSeat(need="N2", seats=1, code="too_far", facts={"no_skill": 1, "too_far": 1}),),
        missed=(MissedVisit(need="N1", index=2, code="no_common_time"),),
        coverage=(
            CoverageRow(
                service="haircut", area="east", priority=1, needs=1, covered=1, visits_required=2, visits_planned=1
            ),
            CoverageRow(
                service="rehab", area="west", priority=2, needs=1, covered=0, visits_required=1, visits_planned=0
            ),
        ),
        run=Run(version="0", fingerprint="f", seconds={"pairing": 1.25}),
        **fields,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of a sound instance file."""
    path = tmp_path / "x.json"
    path.write_text(json.dumps(SOUND))
    return path


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Return a function that puts a plan and a verdict in the place of solver and referee."""

    def set_up(plan: Plan | Exception, verdict: Verdict = AGREES) -> list[Any]:
        calls: list[Any] = []

        def solve(instance: Instance, options: Options, *, callback: Any, folder: Path) -> Plan:
            calls.append((instance, options, folder))
            callback(Progress("pairing", 1, 2, value=3, bound=2))
            if isinstance(plan, Exception):
                raise plan
            return plan

        monkeypatch.setattr(importlib.import_module("pairsolve.solve"), "solve", solve)
        monkeypatch.setattr(importlib.import_module("pairsolve.check"), "check", lambda *_, **__: verdict)
        return calls

    return set_up


def invoke(*arguments: object, **more: Any) -> Any:
    """Run a command line in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], **more)


def test_solve_writes_the_plan_and_sums_it_up(file: Path, play: Any) -> None:
    """A solve reads, solves with the options given, writes, asks the referee, reports, and ends with 0."""
    calls = play(plan_with())
    target = file.with_name("plan.json.gz")
    arguments = ["--seed", 7, "--threads", 1, "--work-limit", 5, "--time-limit", 2.5, "--stage", "pair", "--no-clock"]
    result = invoke("solve", file, "-o", target, *arguments)
    assert result.exit_code == 0
    assert read_plan(target) == plan_with()
    ((instance, options, folder),) = calls
    assert (instance, folder) == (read(file), file.parent)
    assert options == Options(seed=7, threads=1, work_limit=5, time_limit=2.5, stage="pair", clock=False)
    for words in (
        "optimal",
        "1 pairs (1 kept)",
        "coverage:1",
        "by prices",
        "too far",
        "Referee   agrees",
        "pairing 1.2",
    ):
        assert words in result.stdout
    assert "reading" in result.stderr
    assert "best 3 · bound 2 · gap 50.0 %" in result.stderr


@pytest.mark.parametrize(
    ("plan", "verdict", "code"),
    [
        (plan_with("optimal"), AGREES, 0),
        (plan_with("feasible"), AGREES, 0),
        (plan_with("limit"), AGREES, 4),
        (plan_with("optimal"), DISAGREES, 5),
        (plan_with("limit"), DISAGREES, 5),
        (plan_with("infeasible", contradictions=("V1 must have 3 households", "rule 'quota'")), DISAGREES, 3),
    ],
    ids=lambda value: (
        getattr(value, "status", None) or (value if isinstance(value, int) else "ok" if value.ok else "bad")
    ),
)
def test_solve_ends_with_the_code_of_its_outcome(
    plan: Plan, verdict: Verdict, code: int, file: Path, play: Any
) -> None:
    """Each outcome has its exit code, and the plan is written whatever it is."""
    play(plan, verdict)
    target = file.with_name("plan.json")
    result = invoke("solve", file, "-o", target, "--quiet")
    assert (result.exit_code, result.stdout) == (code, "")
    assert read_plan(target).status == plan.status
    assert result.stderr.count("contradiction: ") == len(plan.contradictions)
    assert ("referee: gap (id 'N1')" in result.stderr) == (code == 5)


def test_json_summary_is_one_object(file: Path, play: Any) -> None:
    """With --json-summary standard output holds one JSON object."""
    play(plan_with("limit"))
    result = invoke("solve", file, "-o", file.with_name("p.json"), "--json-summary", "-q")
    facts = json.loads(result.stdout)
    assert (facts["status"], facts["exit_code"], facts["pairs"], facts["unmet_seats"]) == (
        "limit",
        4,
        1,
        {"too_far": 1},
    )
    assert facts["coverage"][0] == {"priority": 1, "needs": 1, "covered": 1, "visits_required": 2, "visits_planned": 1}
    assert facts["referee"] == {"ok": True, "proof": "prices", "findings": []}
    assert (result.stdout.count("\n"), result.stderr) == (1, "")


def test_dashes_are_standard_input_and_output(play: Any) -> None:
    """With ``-o -`` standard output holds the plan and nothing else; the summary goes to standard error."""
    play(plan_with())
    result = invoke("solve", "-", "-o", "-", input=json.dumps(SOUND))
    assert result.exit_code == 0
    assert Plan.model_validate_json(result.stdout) == plan_with()
    assert "Referee   agrees" in result.stderr


def test_an_impossible_target_is_found_before_the_work(file: Path, play: Any) -> None:
    """A plan that could not be written is refused before the solver starts; so is overwriting the instance."""
    calls = play(plan_with())
    before = file.read_bytes()
    for target in ("missing/plan.json", ".", "x.json"):
        result = invoke("solve", file, "-o", file.parent / target)
        assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert calls == []
    assert file.read_bytes() == before


def test_a_plan_that_cannot_be_written_after_all_is_saved(
    file: Path, play: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk fills up during the solve, the plan goes to the folder for temporary files."""
    play(plan_with())
    saved = file.parent / "saved"
    saved.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(saved))
    result = invoke("solve", file, "-o", "/dev/full", "-q")
    assert result.exit_code == 2
    (rescue,) = saved.iterdir()
    assert f"the plan is saved in {rescue}" in result.stderr
    assert read_plan(rescue) == plan_with()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--seed", "-1"], "options: seed: is -1"),
        (["--threads", "0"], "options: threads: is 0"),
        (["--time-limit", "nan"], "options: time_limit"),
        (["--stage", "week"], "Invalid value"),
        (["--sed", "1"], "No such option"),
    ],
)
def test_wrong_options_end_with_2(arguments: list[str], words: str, file: Path) -> None:
    """A usage error ends with 2 and says what is wrong."""
    result = invoke("solve", file, "-o", file.with_name("p.json"), *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_bad_locations_found_by_the_solver_end_with_2(file: Path, play: Any) -> None:
    """What only the solver can see (a location off the road graph) is bad input all the same."""
    play(InputError("roads", [Problem("$.households[0].location", "is 900 m from every road", "H1")]))
    result = invoke("solve", file, "-o", file.with_name("p.json"), "-q")
    assert (result.exit_code, result.stderr) == (
        2,
        "roads: $.households[0].location (id 'H1'): is 900 m from every road\n",
    )


def test_our_own_mistakes_give_a_line_and_a_hint(file: Path, play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of pairsolve itself is one line, with a traceback only on request."""
    play(KeyError("V\n1"))
    result = invoke("solve", file, "-o", file.with_name("p.json"), "-q")
    assert result.exit_code == 1
    assert result.stderr.startswith("pairsolve: unexpected KeyError")
    assert len(result.stderr.splitlines()) == 1
    monkeypatch.setenv("PAIRSOLVE_DEBUG", "1")
    assert "Traceback" in invoke("solve", file, "-o", file.with_name("p.json"), "-q").stderr


def test_validate_counts_what_is_there(file: Path) -> None:
    """A sound instance is counted and ends with 0."""
    result = invoke("validate", file)
    assert (result.exit_code, "sound; 3 areas, 2 teams" in result.stdout) == (0, True)


def test_check_asks_the_referee(file: Path, play: Any) -> None:
    """The referee's verdict is printed and decides the exit code."""
    plan = file.with_name("p.json")
    play(plan_with())
    invoke("solve", file, "-o", plan, "-q")
    result = invoke("check", file, plan, "--no-proof")
    assert (result.exit_code, "agrees: 1 tiers recounted" in result.stdout) == (0, True)
    play(plan_with(), DISAGREES)
    result = invoke("check", file, plan, "--json-summary", "-q")
    assert (result.exit_code, json.loads(result.stdout)["exit_code"]) == (5, 5)
    assert "referee: gap (id 'N1'): visits 1 and 2 are a day apart" in result.stderr
    assert invoke("check", "-", "-").exit_code == 2
    assert invoke("check", plan, file).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["optimal", "Coverage", "seats: everybody suitable lives too far away"]),
        (["--household", "H1"], ["V1: 7 minutes away, kept pair, locked", "Wed 2026-12-02 09:00–10:00", "has no date"]),
        (["--household", "H2"], ["rehab (need N2)", "not covered: 1 person missing", "too far", "1 without the skill"]),
        (["--volunteer", "V1"], ["H1: 7 minutes away", "1 visits, 1.0 hours"]),
        (["--volunteer", "V2"], ["no visits"]),
        (["--area", "town"], ["haircut", "rehab", "H2: rehab (need N2): 1 person missing"]),
        (["--area", "east"], ["haircut"]),
        (["--week", "1"], ["Week 1: 2026-12-01 to 2026-12-07, 1 visits", "V1", "H1"]),
        (["--week", "4"], ["no visits"]),
    ],
)  # fmt: skip
def test_show_draws_cards(arguments: list[str], words: list[str], file: Path, play: Any) -> None:
    """Each card says who, when, what is missing and why."""
    plan = file.with_name("p.json")
    play(plan_with())
    invoke("solve", file, "-o", plan, "-q")
    result = invoke("show", plan, "--instance", file, *arguments, env={"COLUMNS": "150"})
    assert result.exit_code == 0
    assert all(word in result.stdout for word in words), result.stdout
    assert invoke("show", plan, *arguments).exit_code == (2 if arguments[-1:] in (["H2"], ["V2"], ["town"]) else 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--household", "h1"], 'did you mean "H1"?'),
        (["--volunteer", "nobody"], "nobody is named"),
        (["--area", "easst"], 'did you mean "east"?'),
        (["--week", "0"], "no such week"),
        (["--week", "5"], "no such week"),
        (["--week", "1", "--area", "east"], "ask for one card"),
    ],
)
def test_show_refuses_what_is_not_there(arguments: list[str], words: str, file: Path, play: Any) -> None:
    """An unknown identifier is refused with the nearest one."""
    plan = file.with_name("p.json")
    play(plan_with())
    invoke("solve", file, "-o", plan, "-q")
    result = invoke("show", plan, "--instance", file, *arguments)
    assert (result.exit_code, words in result.stderr) == (2, True)


def test_generate_writes_an_instance(tmp_path: Path) -> None:
    """A generated instance is sound; a place nobody knows is refused."""
    target = tmp_path / "village.json.gz"
    arguments = ["--households", "20", "--volunteers", "15", "--seed", "3"]
    assert invoke("generate", "village", *arguments, "-o", target).exit_code == 0
    assert len(read(target).households) == 20
    result = invoke("generate", "atlantis", *arguments, "-o", target, "-q")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)


def test_version_help_and_no_arguments() -> None:
    """The version is printed; help names the exit codes; no command at all is a usage error."""
    assert invoke("--version").stdout.startswith("pairsolve 0.")
    for command in ("solve", "validate", "check", "show", "generate", "schema"):
        result = invoke(command, "--help", env={"COLUMNS": "200"})
        assert result.exit_code == 0
        assert "Exit codes" in result.stdout
    assert invoke().exit_code == 2
    assert invoke("sovle").exit_code == 2


def _options(command: Any) -> list[str]:
    return [name for parameter in command.params for name in parameter.opts if name.startswith("-")]


def test_the_documentation_names_every_command_and_option() -> None:
    """docs/cli.md names every command, option and exit code."""
    from typer.main import get_command

    from pairsolve.cli.manners import Ending

    text = (Path(__file__).parents[1] / "docs" / "cli.md").read_text(encoding="utf-8")
    commands = get_command(app).commands  # type: ignore[attr-defined]  # an app with several commands is a group
    names = [option for command in commands.values() for option in _options(command)]
    missing = [name for name in (*commands, *names) if name not in text]
    assert missing == []
    assert all(f"| {int(ending)} |" in text for ending in Ending)
