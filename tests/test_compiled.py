"""Compiled loops: every one is in a group, and groups are told apart from what is compiled already."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import pairsolve
from pairsolve.compiled import MODULES, compile_all, is_compiled, load

SOURCES = Path(pairsolve.__file__).parent


def test_every_group_can_be_loaded_and_is_compiled_then() -> None:
    assert [module.__name__ for module in load(MODULES)] == list(MODULES)
    assert all(map(is_compiled, MODULES))


def test_nothing_is_compiled_twice() -> None:
    load(MODULES)
    assert compile_all() == ()


def test_the_groups_hold_every_module_with_loops() -> None:
    reached = set()
    waiting = [SOURCES.parent.joinpath(*name.split(".")).with_suffix(".py") for name in MODULES]
    while waiting:
        path = waiting.pop()
        reached.add(path)
        for line in path.read_text().splitlines():
            if line.startswith("from pairsolve."):
                found = SOURCES.parent.joinpath(*line.split()[1].split(".")).with_suffix(".py")
                if found.exists() and found not in reached:
                    waiting.append(found)
    loops = {path for path in SOURCES.rglob("*.py") if "\n@kernel(" in path.read_text()}
    assert loops <= reached


def test_another_cache_folder_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert not any(map(is_compiled, MODULES))


def test_files_of_one_name_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    (tmp_path / "city_0").mkdir()
    (tmp_path / "city_0" / "tree.cheapest-1.py311.nbi").touch()
    assert is_compiled("pairsolve.pairing.city.tree")
    assert not is_compiled("pairsolve.pairing.budgets.tree")


def test_machine_code_older_than_a_source_beside_it_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change in a helper's file makes the loops of its folder compile anew; other changes do not.

    That holds where Numba is told to keep machine code as well; what lies there for other sources is left alone.
    """
    folder = tmp_path / "loops_apart"
    cache, named = folder / "__pycache__", tmp_path / "loops_apart_0"
    cache.mkdir(parents=True)
    named.mkdir()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    for name in ("__init__.py", "loop.py", "helper.py"):
        (folder / name).write_text("")
    index, other = cache / "loop.run-1.py311.nbi", named / "loop.run-1.py311.nbi"
    stranger = named / "stranger.run-1.py311.nbi"
    for one in (index, other, stranger):
        one.touch()
    monkeypatch.syspath_prepend(tmp_path)
    load(["loops_apart.loop"])
    assert index.exists()
    assert other.exists()
    monkeypatch.delitem(sys.modules, "loops_apart.loop")
    later = index.stat().st_mtime + 10
    os.utime(folder / "helper.py", (later, later))
    load(["loops_apart.loop"])
    assert not index.exists()
    assert not other.exists()
    assert stranger.exists()
