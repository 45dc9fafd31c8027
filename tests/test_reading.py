"""Reading: sound files come back whole, broken ones give one clear line per fault."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from broken import SOUND, Broken, Raw, sound
from broken_links import LINKED
from broken_shapes import SHAPES
from typer.testing import CliRunner

from pairsolve.cli import app
from pairsolve.errors import FileError, InputError, InstanceError, Problem
from pairsolve.instance import Instance
from pairsolve.reading import MOST_PROBLEMS, read, read_plan

JARGON = re.compile(r"pydantic|Input should|validation error|Traceback|https?://|type=|loc=", re.IGNORECASE)
KINDS = (*SHAPES, *LINKED)


def _file(folder: Path, raw: object, name: str = "x.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(raw, ensure_ascii=False), encoding="utf-8")
    return path


def _problems(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read(path)
    return caught.value.problems


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    """Everything in a sound file arrives."""
    instance = read(_file(tmp_path, SOUND))
    assert isinstance(instance, Instance)
    assert [len(getattr(instance, section)) for section in ("volunteers", "needs", "rules")] == [2, 2, 7]


@pytest.mark.parametrize("broken", KINDS, ids=lambda broken: broken.name)
def test_each_kind_of_fault_gives_one_line(broken: Broken, tmp_path: Path) -> None:
    """One fault, one line: path, identifier, what is wrong; and exit code 2 without a traceback."""
    raw = sound()
    broken.change(raw)
    path = _file(tmp_path, raw)
    (problem,) = _problems(path)
    assert (problem.path, problem.id) == (broken.path, broken.id)
    assert broken.words in problem.what
    assert not JARGON.search(str(problem))
    result = CliRunner().invoke(app, ["validate", str(path), "--quiet"])
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [f"{path}: {problem}"]


def test_there_are_many_kinds() -> None:
    """The table of faults holds at least 70 kinds, each once."""
    assert len({broken.name for broken in KINDS}) == len(KINDS) >= 70


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    """Faults of shape and of reference come together, in file order."""
    raw = sound()
    raw["areas"][1]["parent"] = "nowhere"
    raw["volunteers"][0].update(reach_minutes=-1, team="nobody", colour="red")
    raw["households"][0]["location"]["lat"] = "north"
    raw["households"][1]["area"] = "nowhere"
    raw["needs"][0]["service"] = "nothing"
    raw["needs"][1]["crew"]["min"] = 0
    raw["rules"][1]["kind"] = "goal"
    raw["rules"][2]["team"] = "nobody"
    assert [problem.path for problem in _problems(_file(tmp_path, raw))] == [
        "$.areas[1].parent",
        "$.volunteers[0].reach_minutes",
        "$.volunteers[0].colour",
        "$.volunteers[0].team",
        "$.households[0].location.lat",
        "$.households[1].area",
        "$.needs[0].service",
        "$.needs[1].crew.min",
        "$.rules[1].kind",
        "$.rules[2].team",
    ]


def test_a_faulty_record_is_still_known(tmp_path: Path) -> None:
    """A reference to a record with a fault is not reported as dangling."""
    raw = sound()
    raw["households"][0]["priority"] = 99
    raw["services"][0]["minutes"] = "long"
    assert [p.path for p in _problems(_file(tmp_path, raw))] == ["$.services[0].minutes", "$.households[0].priority"]


def test_a_faulty_section_is_not_searched(tmp_path: Path) -> None:
    """References into a section that cannot be read at all are not all reported as dangling."""
    raw = sound()
    raw["households"] = "see other file"
    raw["travel"] = 3
    assert [p.path for p in _problems(_file(tmp_path, raw))] == ["$.travel", "$.households"]


def test_problems_are_capped(tmp_path: Path) -> None:
    """After 200 problems one line says how many more there are."""
    raw = sound()
    raw["needs"] += [{"id": f"X{i}", "household": f"nobody{i}", "service": "haircut"} for i in range(1000)]
    problems = _problems(_file(tmp_path, raw))
    assert len(problems) == MOST_PROBLEMS + 1
    assert problems[-1].what.startswith("… and 800 more")


def _bytes(**more: object) -> bytes:
    return json.dumps({**SOUND, **more}).encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\t ", "is empty"),
        (b'{"format": "pairs', "is not JSON at line 1, column 17: it ends too early"),
        (b'{"a": 1,\n "b" 2}', "is not JSON at line 2, column 6"),
        (b'{"a": 1} x', "is not JSON at line 1, column 10"),
        (b"<html>", "is not JSON at line 1, column 1"),
        (b"[" * 100_000, "brackets are nested too deeply"),
        (b'{"a":' * 100_000, "brackets are nested too deeply"),
        (b'{"version": ' + b"9" * 5000 + b"}", "far too many digits"),
        (b'{"name": "\xff\xfe"}', "is not UTF-8 text: byte 10 (0xff)"),
        (b'{"name": "\xe5\xbc"}', "is not UTF-8 text: byte 10"),
        ("{}".encode("utf-16"), "is UTF-16 text"),
        (b'{"name": "\\ud800"}', "is not JSON at line 1"),
        (b'{"name": "a\x01b"}', "is not JSON at line 1"),
        (b"[1, 2]", "holds a list, not one object"),
        (b'"text"', 'holds "text", not one object'),
        (b"null", "holds null, not one object"),
        (gzip.compress(_bytes(), mtime=0)[:-20], "damaged gzip data (it ends too early)"),
        (gzip.compress(_bytes(), mtime=0)[:10] + b"rubbish" * 9, "damaged gzip data"),
        (gzip.compress(_bytes(), mtime=0)[:-8] + bytes(8), "damaged gzip data"),
        (gzip.compress(b"", mtime=0), "is empty"),
    ],
    ids=lambda value: value[:24].decode("latin-1") if isinstance(value, bytes) else value[:20],
)
def test_unreadable_files_give_one_line(content: bytes, words: str, tmp_path: Path) -> None:
    """A file that is no JSON at all gives one line, and exit code 2."""
    path = tmp_path / "x.json.gz"
    path.write_bytes(content)
    with pytest.raises(FileError) as caught:
        read(path)
    (problem,) = caught.value.problems
    assert words in problem.what
    result = CliRunner().invoke(app, ["validate", str(path), "-q"])
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert not JARGON.search(result.stderr)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.json", "there is no such file"),
        (".", "is a folder"),
        ("file/x.json", "not a folder"),
        ("a\0b", "not a possible file name"),
        ("long" * 200, "cannot be read"),
    ],
)
def test_paths_that_lead_nowhere(name: str, words: str, tmp_path: Path) -> None:
    """A path without a file gives one line."""
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match=words):
        read(tmp_path / name)


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read is reported (root may read everything, so the refusal is played)."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(FileError, match="may not be read"):
        read(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"format": "pairsolve-plan"}, "$.format", "this is a plan"),
        ({"format": "pairsolve-plan", "pairs": 3}, "$.format", "this is a plan"),
        ({"format": "xlsx"}, "$.format", 'is "xlsx"'),
        ({"format": None}, "$.format", "is null"),
        ({"version": 2}, "$.version", "newer than 1"),
        ({"version": 2, "news": [], "areas": 3}, "$.version", "upgrade"),
        ({"version": 10**30}, "$.version", "newer than 1"),
        ({"version": 0}, "$.version", "at least 1"),
        ({"version": "1"}, "$.version", "whole number"),
    ],
)
def test_other_formats_are_refused_in_one_line(change: Raw, path: str, words: str, tmp_path: Path) -> None:
    """A plan, another format and a newer version are refused before anything else is said."""
    (problem,) = _problems(_file(tmp_path, {**sound(), **change}))
    assert problem.path == path
    assert words in problem.what


def test_an_instance_is_no_plan(tmp_path: Path) -> None:
    """An instance given as plan is refused in one line."""
    with pytest.raises(InstanceError, match="this is an instance; give the file of the plan here"):
        read_plan(_file(tmp_path, SOUND))


def test_repeated_keys_are_refused(tmp_path: Path) -> None:
    """A key given twice in one object is refused, because readers would silently drop the first."""
    text = json.dumps(SOUND)
    path = tmp_path / "x.json"
    path.write_text(text[:-1] + ', "rules": []}')
    (problem,) = _problems(path)
    assert 'the key "rules" is given twice' in problem.what
    path.write_text(text.replace('"priority": 1', '"priority": 1, "priority": 2'))
    (problem,) = _problems(path)
    assert (problem.id, "priority" in problem.what) == ("H1", True)


def test_packed_and_marked_files_are_read(tmp_path: Path) -> None:
    """Gzip is recognised by content, whatever the name; a byte order mark is accepted."""
    whole = read(_file(tmp_path, SOUND))
    for name, content in (
        ("a.json.gz", gzip.compress(_bytes(), mtime=0)),
        ("a.json", gzip.compress(_bytes(), mtime=0)),
        ("b.json.gz", _bytes()),
        ("c.json", b"\xef\xbb\xbf" + _bytes()),
        ("d.json", gzip.compress(b"\xef\xbb\xbf" + _bytes(), mtime=0)),
    ):
        (tmp_path / name).write_bytes(content)
        assert read(tmp_path / name) == whole


def test_messages_stay_on_one_line_and_off_the_terminal(tmp_path: Path) -> None:
    """Names with line ends, control characters and direction marks cannot break a message."""
    raw = sound()
    evil = "a\nb\x1b[31m\u202e'\"\x00"
    raw["needs"][0].update({"id": evil, evil: 1, "service": evil, "channel": evil})
    raw["travel"] = {"modes": {evil: {"speed_kmh": 1, evil: 2}}}
    path = _file(tmp_path, raw)
    problems = _problems(path)
    result = CliRunner().invoke(app, ["validate", str(path), "-q"])
    assert len(result.stderr.splitlines()) == len(problems) >= 5
    assert all(line.isprintable() for line in result.stderr.splitlines())


def test_names_of_people_are_not_repeated(tmp_path: Path) -> None:
    """A fault in a name is reported without the name."""
    raw = sound()
    raw["households"][0]["name"] = ["王小明"]
    raw["volunteers"][0]["name"] = "王小明" * 9999
    assert not any("王" in str(problem) for problem in _problems(_file(tmp_path, raw)))


def test_progress_is_reported(tmp_path: Path) -> None:
    """Reading tells how far it has come, and the garbage collector runs again afterwards."""
    import gc

    seen = []
    read(_file(tmp_path, SOUND), callback=lambda progress: seen.append((progress.phase, progress.done > 0)))
    assert set(seen) == {("reading", True)}
    assert gc.isenabled()


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """``-`` is standard input, packed or not."""
    for content in (_bytes(), gzip.compress(_bytes(), mtime=0)):
        assert CliRunner().invoke(app, ["validate", "-", "-q"], input=content).exit_code == 0
