"""Writing: what is written is read back, the bytes are always the same, and an old file is never lost."""

from __future__ import annotations

import errno
import gzip
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from broken import SOUND

from pairsolve import writing
from pairsolve.errors import FileError
from pairsolve.instance import Instance
from pairsolve.plan import Certificate, MissedVisit, Pair, Plan, Run, Seat, TierValue, UnmetSeat, Visit
from pairsolve.reading import read, read_plan
from pairsolve.writing import ensure_writable, to_lines, write


@pytest.fixture
def instance() -> Instance:
    """Return an instance with something in every section."""
    return Instance.model_validate_json(json.dumps(SOUND))


@pytest.fixture
def plan() -> Plan:
    """Return a plan with something in most sections."""
    start, end = (
        datetime.fromisoformat("2026-12-02T09:00:00+08:00"),
        datetime.fromisoformat("2026-12-02T09:45:00+08:00"),
    )
    return Plan(
        status="feasible",
        objective=(TierValue(name="coverage:1", layer="pairs", value=1, bound=None),),
        pairs=(Pair(volunteer="V1", household="H1", seats=(Seat(need="N1"),), minutes=7),),
        visits=(Visit(need="N1", index=1, crew=("V1",), start=start, end=end, travel=(7,)),),
        unmet=(UnmetSeat(need="N2", seats=1, code="too_far", facts={"too_far": 2}),),
        missed=(MissedVisit(need="N1", index=2, code="no_common_time"),),
        certificate=Certificate(needs={"N1": (1, 0)}, volunteers={"V1": (0, -3), "V2": (0, 0)}),
        run=Run(version="0", fingerprint="f"),
    )


@pytest.mark.parametrize("name", ["x.json", "x.json.gz", "王 小.json"])
def test_what_is_written_is_read_back(name: str, instance: Instance, plan: Plan, tmp_path: Path) -> None:
    """Instances and plans survive the way to a file and back, packed or not."""
    write(instance, tmp_path / name)
    assert read(tmp_path / name) == instance
    write(plan, tmp_path / name)
    assert read_plan(tmp_path / name) == plan
    assert os.listdir(tmp_path) == [name]


def test_text_is_json_with_one_record_a_line(instance: Instance, plan: Plan) -> None:
    """The text is JSON, and every record of a register stands on a line of its own."""
    lines = list(to_lines(instance))
    assert json.loads("\n".join(lines))["households"][1]["id"] == "H2"
    assert '{"id":"town"},' in lines
    assert json.loads("\n".join(to_lines(plan)))["certificate"]["volunteers"]["V1"] == [0, -3]
    assert '"V1":[0,-3],' in list(to_lines(plan))


def test_kinds_survive_though_they_are_defaults() -> None:
    """Defaults are left out of registers, but never the `kind` that tells rules apart."""
    raw = json.loads("\n".join(to_lines(Instance.model_validate({"horizon": SOUND["horizon"]}))))
    assert (raw["format"], raw["version"]) == ("pairsolve-instance", 1)
    assert [rule["kind"] for rule in raw["rules"]] == ["neighbour"]
    assert raw["travel"]["metric"] == {"kind": "crow"}


def test_clock_values_are_left_out_when_there_are_none(plan: Plan) -> None:
    """A run without a clock has no clock fields at all."""
    run = json.loads("\n".join(to_lines(plan)))["run"]
    assert not {"seconds", "started"} & run.keys()


def test_the_same_document_gives_the_same_bytes(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packed files hold no time and no name."""
    write(instance, tmp_path / "a.json.gz")
    monkeypatch.setattr(time, "time", lambda: 1e9)
    write(instance, tmp_path / "b.json.gz")
    assert (tmp_path / "a.json.gz").read_bytes() == (tmp_path / "b.json.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.json.gz").read_bytes()).endswith(b"}\n")


def test_permissions_and_links_are_kept(instance: Instance, tmp_path: Path) -> None:
    """A new file has ordinary permissions, an old one keeps its own, and a symbolic link stays one."""
    target, link = tmp_path / "x.json", tmp_path / "link.json"
    write(instance, target)
    assert stat.S_IMODE(target.stat().st_mode) & 0o400
    assert not stat.S_IMODE(target.stat().st_mode) & 0o111
    target.chmod(0o640)
    link.symlink_to(target)
    write(instance, link)
    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing/x.json", "its folder does not exist"),
        ("file/x.json", "its folder does not exist"),
        (".", "it is a folder"),
        ("a\0b", "not a possible file name"),
        ("long" * 200, "cannot be written"),
    ],
)
def test_impossible_targets_are_found_beforehand(name: str, words: str, plan: Plan, tmp_path: Path) -> None:
    """What cannot be written is refused before the work is done, and again when it is written."""
    (tmp_path / "file").touch()
    for attempt in (lambda: ensure_writable(tmp_path / name), lambda: write(plan, tmp_path / name)):
        with pytest.raises(FileError, match=words):
            attempt()
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize(
    ("number", "words"), [(errno.EACCES, "no permission"), (errno.EROFS, "Read-only"), (errno.ENOSPC, "disk is full")]
)
def test_unwilling_folders_are_found_beforehand(
    number: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No permission, a read-only disk and a full one are refused (played, because tests may run as root)."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(FileError, match=words):
        ensure_writable(tmp_path / "x.json")
    assert os.listdir(tmp_path) == []


def test_write_protected_files_are_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be written is not replaced behind its owner's back."""
    (tmp_path / "x.json").touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(FileError, match="no permission"):
        ensure_writable(tmp_path / "x.json")


def test_trying_leaves_nothing_behind(tmp_path: Path) -> None:
    """A target that can be written is neither made nor changed by trying."""
    ensure_writable(tmp_path / "x.json")
    assert os.listdir(tmp_path) == []
    (tmp_path / "x.json").write_text("old")
    ensure_writable(tmp_path / "x.json")
    assert (tmp_path / "x.json").read_text() == "old"
    ensure_writable("-")
    ensure_writable(os.devnull)


def test_an_error_in_the_middle_leaves_the_old_file(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When writing fails half way, the old file is whole and no other file is left."""
    target = tmp_path / "x.json"
    target.write_text("old")

    def break_off(_: object) -> Iterator[str]:
        yield '{"format":'
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writing, "to_lines", break_off)
    with pytest.raises(FileError, match="disk is full"):
        write(plan, target)
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["x.json"]


_SLOW_WRITER = """
import sys, time
from pairsolve import writing
from pairsolve.plan import Plan, Run

def slow(document):
    while True:
        yield "x" * 2_000_000
        print("writing", flush=True)
        time.sleep(0.01)

writing.to_lines = slow
writing.write(Plan(status="optimal", run=Run(version="0", fingerprint="f")), sys.argv[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_kill_in_the_middle_leaves_the_old_file_whole(tmp_path: Path) -> None:
    """A writer that is killed half way leaves the old file as it was."""
    target = tmp_path / "x.json"
    target.write_text("old and whole")
    with subprocess.Popen([sys.executable, "-c", _SLOW_WRITER, target], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"writing\n"
        writer.send_signal(signal.SIGKILL)
    assert target.read_text() == "old and whole"
    (half,) = (path for path in tmp_path.iterdir() if path != target)
    assert half.suffix == ".part"
