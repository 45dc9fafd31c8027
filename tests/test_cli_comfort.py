"""The command line for people in a hurry: completion, near misses, colours, and the module form."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from broken import SOUND
from rich.console import Console
from test_cli import invoke, plan_with
from typer.main import get_command

from pairsolve.cli import app
from pairsolve.cli.summary import summary, tables

COLOUR = re.compile(r"\x1b\[[\d;]*\b3[1-7]m")


def module(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m pairsolve`` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pairsolve", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
        text=True,
    )


def completed(line: str) -> list[str]:
    """Return what bash would offer at the end of a line."""
    words = {"_PAIRSOLVE_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
    return module(**words).stdout.split()


def test_the_module_is_the_command() -> None:
    """``python -m pairsolve`` speaks of itself as ``pairsolve``."""
    assert module("--version").stdout.startswith("pairsolve ")
    assert "Usage: pairsolve" in module("sovle").stderr


def test_every_command_has_a_short_help() -> None:
    """``-h`` is ``--help``, at the front door and in every command."""
    for words in ([], *([name] for name in get_command(app).commands)):  # type: ignore[attr-defined]  # a group
        assert invoke(*words, "-h").exit_code == 0


def test_the_shell_completes_commands_options_and_places() -> None:
    """The completion script asks pairsolve, which offers what begins like the word."""
    script = module("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert "_PAIRSOLVE_COMPLETE=complete_bash" in script.stdout
    assert completed("pairsolve so") == ["solve"]
    assert completed("pairsolve solve --thr") == ["--threads"]
    assert completed("pairsolve generate vill") == ["village"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sovle"], "'solve'"),
        (["solve", "x.json", "-o", "y.json", "--sed", "1"], "--seed"),
        (["generate", "vilage", "--households", "1", "--volunteers", "1"], "did you mean 'village'"),
    ],
)
def test_a_near_miss_is_answered_with_what_was_meant(arguments: list[str], words: str) -> None:
    """A misspelt command, option or place ends with 2 and names the right one."""
    result = invoke(*arguments, env={"COLUMNS": "200"})
    assert (result.exit_code, words in result.stderr) == (2, True), result.stderr


def test_a_misspelt_file_is_answered_with_the_one_beside_it(tmp_path: Path) -> None:
    """A missing file ends with 2 and names the file that was probably meant, or asks to check the path."""
    (tmp_path / "village.json").write_text(json.dumps(SOUND))
    result = invoke("validate", tmp_path / "vilage.json", "-q")
    assert (result.exit_code, "did you mean" in result.stderr, "village.json" in result.stderr) == (2, True, True)
    for missing in (tmp_path / "other.csv", tmp_path / "nowhere" / "village.json"):
        assert invoke("validate", missing, "-q").stderr.endswith("there is no such file; check the path\n")


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False)],
    ids=["piped", "forced", "refused"],
)
def test_the_summary_obeys_the_colour_variables(
    environment: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Colours are for terminals and for FORCE_COLOR; NO_COLOR outranks both."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **environment}.items():
        monkeypatch.setenv(name, value)
    console = Console()
    with console.capture() as captured:
        console.print(tables(summary(plan_with())))
    assert bool(COLOUR.search(captured.get())) == coloured
