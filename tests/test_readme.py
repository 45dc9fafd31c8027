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
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("instances/*.md"), *ROOT.glob("benchmarks/*.md")]
)
HOWTOS = sorted((ROOT / "docs" / "howto").glob("*.md"))


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def with_blocks(language: str) -> list[Path]:
    """Return the documents that show code in a language: both front pages, the tutorial, the how-tos."""
    pages = [ROOT / "README.md", ROOT / "README.zh.md", ROOT / "docs" / "tutorial.md", *HOWTOS]
    return [page for page in pages if blocks(page.read_text(encoding="utf-8"), language)]


WITH_COMMANDS = with_blocks("sh")
WITH_PROGRAMS = with_blocks("text")  # those that show what is printed


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """Return a folder with the instances, and the commands that have run in it: none runs twice."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "instances").symlink_to(ROOT / "instances")
    return folder, set()


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.name)
def test_the_commands_work(page: Path, desk: tuple[Path, set[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of a document ends well, one after another, and so do the tutorial's programs between them."""
    folder, done = desk
    monkeypatch.chdir(folder)
    text = page.read_text(encoding="utf-8")
    steps = re.findall(r"^```(sh|python)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    for language, block in steps:
        if language == "sh":
            run_commands(block, folder, done)
        elif page not in WITH_PROGRAMS:
            exec(compile(block, page.name, "exec"), {"__name__": "example"})


def run_commands(block: str, folder: Path, done: set[str]) -> None:
    """Run the commands of a block that have not run yet."""
    for command in block.splitlines():
        name, *arguments = shlex.split(command, comments=True)
        assert name == "pairsolve"
        if command in done:
            continue
        ended = subprocess.run(
            [sys.executable, "-m", "pairsolve", *arguments], cwd=folder, capture_output=True, check=False, text=True
        )
        assert ended.returncode == 0, (command, ended.stderr)
        assert "Traceback" not in ended.stderr
        done.add(command)


@pytest.mark.parametrize("page", WITH_PROGRAMS, ids=lambda page: page.name)
def test_the_programs_print_what_the_documents_say(page: Path) -> None:
    """Each Python example is run, and its output is the block below it."""
    text = page.read_text(encoding="utf-8")
    for program, expected in zip(blocks(text, "python"), blocks(text, "text"), strict=True):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(program, page.name, "exec"), {"__name__": "example"})
        assert printed.getvalue() == expected


def test_the_exit_codes_are_all_there() -> None:
    """README and command-line page list the codes that the program has, and no other."""
    for page in ("README.md", "README.zh.md", "docs/cli.md"):
        table = re.split("## (?:Exit codes|退出码)", (ROOT / page).read_text(encoding="utf-8"))[1]
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
