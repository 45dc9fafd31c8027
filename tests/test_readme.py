"""What the documents show is what happens: their commands, programs, files and links."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pairsolve.cli.manners import Ending
from pairsolve.instance import Instance
from pairsolve.validate import problems

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("instances/*.md"), *ROOT.glob("benchmarks/*.md")]
)
HOWTOS = sorted((ROOT / "docs" / "howto").glob("*.md"))


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def test_the_commands_work(tmp_path: Path) -> None:
    """Every command of the README ends well, one after another, in a folder with the instances."""
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    commands = [line for block in blocks(README, "sh") for line in block.splitlines()]
    assert len(commands) >= 8
    for command in commands:
        name, *arguments = shlex.split(command)
        assert name == "pairsolve"
        ended = subprocess.run(
            [sys.executable, "-m", "pairsolve", *arguments], cwd=tmp_path, capture_output=True, check=False, text=True
        )
        assert ended.returncode == 0, (command, ended.stderr)
        assert "Traceback" not in ended.stderr


def test_the_program_prints_what_the_readme_says() -> None:
    """The Python example is run, and its output is the block below it."""
    (program,), (expected,) = blocks(README, "python"), blocks(README, "text")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "README.md", "exec"), {})
    assert printed.getvalue() == expected


def test_the_exit_codes_are_all_there() -> None:
    """README and command-line page list the codes that the program has, and no other."""
    for page in (README, (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")):
        table = page.partition("## Exit codes")[2]
        assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == set(Ending)


def merged(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Return an instance with some of its parts replaced."""
    return {**base, **change}


@pytest.mark.parametrize("page", HOWTOS, ids=lambda page: page.stem)
def test_the_json_of_the_howtos_is_an_instance(page: Path) -> None:
    """Each JSON block is an instance, or parts that fit the one of the first how-to."""
    base = json.loads(blocks((ROOT / "docs" / "howto" / "own-data.md").read_text(encoding="utf-8"), "json")[0])
    for block in blocks(page.read_text(encoding="utf-8"), "json"):
        instance = Instance.model_validate_json(json.dumps(merged(base, json.loads(block))))
        assert not problems(instance)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """A link between pages names a file that exists."""
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
