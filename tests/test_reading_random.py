"""Whatever is done to a file, the answer is a list of clear lines."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from broken import sound

from pairsolve.errors import InputError, Problem
from pairsolve.instance import Instance
from pairsolve.reading import read
from pairsolve.validate import ensure_valid, problems

VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 5, 10**30, 10**400, 1.5, float("nan"), float("inf"), "", "x", "H1", "2026-12-01", "09:00",
    "home", [], {}, [[]], [None], ["x"], {"kind": "target"}, {"kind": 3}, {"id": "x"}, "\n\x1b[0m",
    "王" * 300, {"place": "p"},
)  # fmt: skip
NAMES = ("foo", "kind", "id", "locatio", "[key]", "0")
CHARACTERS = b'{}[]",:0123456789.eE+-nulltrufasNIiy\\ \n\x80\xff\x00'


def _places(raw: Any) -> Iterator[tuple[Any, Any]]:
    for key in raw if isinstance(raw, dict) else range(len(raw)) if isinstance(raw, list) else ():
        yield raw, key
        yield from _places(raw[key])


def _spoil(raw: Any, dice: random.Random) -> None:
    owner, key = dice.choice(list(_places(raw)))
    match dice.randrange(6):
        case 0:
            del owner[key]
        case 1 if isinstance(owner, dict):
            owner[dice.choice(NAMES)] = dice.choice(VALUES)
        case _:
            owner[key] = dice.choice(VALUES)


def _lines(path: Path) -> tuple[Problem, ...]:
    try:
        read(path)
    except InputError as error:
        return error.problems
    return ()


def _expect_clear_lines(path: Path) -> None:
    for problem in _lines(path):
        assert str(problem).isprintable()
        assert "nput should" not in problem.what
        assert "not allowed here" not in problem.what, "a kind of fault without words of its own"


@pytest.mark.parametrize("seed", range(4))
def test_spoilt_values_give_clear_lines(seed: int, tmp_path: Path) -> None:
    """Random values in random places never end in anything but an `InputError` in our own words."""
    dice = random.Random(seed)
    path = tmp_path / "x.json"
    for _ in range(150):
        raw = sound()
        for _ in range(dice.randint(1, 4)):
            _spoil(raw, dice)
        path.write_text(json.dumps(raw))
        _expect_clear_lines(path)


@pytest.mark.parametrize("seed", range(4))
def test_spoilt_bytes_give_clear_lines(seed: int, tmp_path: Path) -> None:
    """Random bytes in random places never end in anything but an `InputError` either."""
    dice = random.Random(seed)
    path = tmp_path / "x.json"
    for _ in range(150):
        data = bytearray(json.dumps(sound()).encode())
        for _ in range(dice.randint(1, 3)):
            where = dice.randrange(len(data))
            data[where : where + dice.randint(0, 3)] = bytes(dice.choices(CHARACTERS, k=dice.randint(0, 3)))
        path.write_bytes(data)
        _expect_clear_lines(path)


def test_instances_built_in_code_can_be_checked() -> None:
    """`problems` lists what does not hang together in an instance that no file was read for; `ensure_valid` raises."""
    instance = Instance.model_validate_json(json.dumps(sound()))
    assert problems(instance) == ()
    ensure_valid(instance)
    lost = instance.model_copy(update={"households": ()})
    assert {problem.path for problem in problems(lost)} >= {"$.needs[0].household", "$.rules[6].households[0]"}
    with pytest.raises(InputError, match="no household is named"):
        ensure_valid(lost)
