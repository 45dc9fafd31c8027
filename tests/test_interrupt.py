"""Ctrl-C, closed pipes and silence: how runs end that somebody ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from broken import SOUND
from rich.console import Console

from pairsolve.cli.display import Bars, Lines, display_for
from pairsolve.options import Progress
from pairsolve.reading import read_plan

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent the POSIX way")

_PLAYED = """
import importlib, sys, time
from pairsolve.check import Verdict
from pairsolve.cli import app
from pairsolve.options import Progress
from pairsolve.plan import Plan, Run

instance, target, manner = sys.argv[1:]

def solve(instance, options, *, callback, folder):
    print("solving", file=sys.stderr, flush=True)
    for step in range(1000):
        if callback(Progress("pairing", step, 1000)) and manner == "heeds":
            return Plan(status="limit", run=Run(version="0", fingerprint="f"))
        time.sleep(0.02)

importlib.import_module("pairsolve.solve").solve = solve
importlib.import_module("pairsolve.check").check = lambda *_, **__: Verdict(())
app(["solve", instance, "-o", target])
"""


def _start(file: Path, target: Path, manner: str) -> subprocess.Popen[str]:
    run = subprocess.Popen([sys.executable, "-c", _PLAYED, file, target, manner], stderr=subprocess.PIPE, text=True)
    assert run.stderr is not None
    while "solving" not in run.stderr.readline():
        assert run.poll() is None
    run.send_signal(signal.SIGINT)
    while "stopping" not in run.stderr.readline():
        assert run.poll() is None
    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of a sound instance file."""
    path = tmp_path / "x.json"
    path.write_text(json.dumps(SOUND))
    return path


def test_the_first_ctrl_c_writes_the_best_plan_so_far(file: Path) -> None:
    """One Ctrl-C: the solver hears of it, its plan is written, exit code 4."""
    target = file.with_name("plan.json")
    with _start(file, target, "heeds") as run:
        assert run.wait(timeout=20) == 4
        assert run.stderr is not None
        assert "Traceback" not in run.stderr.read()
    assert read_plan(target).status == "limit"


def test_the_second_ctrl_c_stops_at_once(file: Path) -> None:
    """Two: the run ends with 130, nothing is written, nothing is left behind, and there is no traceback."""
    target = file.with_name("plan.json")
    with _start(file, target, "deaf") as run:
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=20) == 130
        assert run.stderr is not None
        assert "Traceback" not in run.stderr.read()
    assert os.listdir(file.parent) == ["x.json"]


def test_a_closed_pipe_is_quiet() -> None:
    """When the reader of standard output has gone, the program ends without a word."""
    with subprocess.Popen(
        [sys.executable, "-m", "pairsolve", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.close()
        assert run.stderr.read() == b""
        assert run.wait(timeout=20) == 141


def test_bars_show_every_phase() -> None:
    """On a terminal each phase has its bar, with value, bound and gap; without colour when that is wished."""
    text = StringIO()
    console = Console(file=text, force_terminal=True, no_color=True, width=120)
    with display_for(console, quiet=False) as bars:
        assert isinstance(bars, Bars)
        for report in (Progress("reading"), Progress("pairing", 1, 2, value=110, bound=100), Progress("check")):
            bars(report)
    for words in ("Reading", "Pairing", "best 110 · bound 100 · gap 10.0 %", "Referee"):
        assert words in text.getvalue()
    assert "\x1b[3" not in text.getvalue()


def test_lines_are_rare() -> None:
    """Elsewhere a phase gives a line when it begins, and none for ten seconds after that."""
    text = StringIO()
    with display_for(Console(file=text), quiet=False) as lines:
        assert isinstance(lines, Lines)
        for done in range(500):
            lines(Progress("reading", done, 500))
            lines(Progress("pairing\x1b[31m", done, 500))
    assert len(text.getvalue().splitlines()) == 2
    assert "\x1b" not in text.getvalue()


def test_quiet_is_quiet() -> None:
    """With --quiet nothing is shown."""
    text = StringIO()
    with display_for(Console(file=text), quiet=True) as nothing:
        nothing(Progress("reading"))
    assert text.getvalue() == ""
