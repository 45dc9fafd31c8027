"""Writing instances and plans: one record a line, the same bytes every time, and never half a file.

A file is written beside its target and then put in its place in one step, so whoever reads the target sees
the old file or the new one, also when the writer is killed.
"""

from __future__ import annotations

import errno
import gzip
import io
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel
from pydantic_core import to_json

from pairsolve.errors import FileError
from pairsolve.instance import Instance
from pairsolve.meetings import RotaPlan
from pairsolve.plan import Certificate, Plan
from pairsolve.reading.sources import Source, shown
from pairsolve.wording import visible

Dumper = Callable[[BaseModel], str]

STDOUT = "-"
_PROBE = bytes(1 << 16)
_BLOCK = 1 << 20

# In these sections a field at its default is left out: the defaults are part of the format's version.
_REGISTERS = frozenset(
    {"areas", "teams", "services", "sites", "volunteers", "households", "needs", "events", "pairs", "history"}
)


def write_text(text: str, target: Source) -> None:
    """Write a text in UTF-8 with the same care as `write`; `FileError` when it cannot be written."""
    data = text.encode()
    if os.fspath(target) == STDOUT:
        stream = _stdout()
        stream.write(data)
        stream.flush()
        return
    with _reported(target):
        path = Path(os.path.realpath(target))
        if _is_special(path):
            path.write_bytes(data)
        else:
            _replace(path, lambda stream: stream.writelines((data,)))


def write(document: Instance | Plan | RotaPlan, target: Source) -> None:
    """Write an instance, a plan or a rota as JSON.

    Parameters
    ----------
    document
        What to write.
    target
        Path of the file, packed when it ends in ``.gz``; ``"-"`` is standard output. An old file is replaced.

    Raises
    ------
    FileError
        When the file cannot be written; the old file, if any, is untouched.
    """
    if os.fspath(target) == STDOUT:
        _write_to_stdout(document)
        return
    with _reported(target):
        path = Path(os.path.realpath(target))  # a symbolic link stays one
        if _is_special(path):
            with open(path, "wb") as stream:
                _pour(document, stream, packed=False)
        else:
            _replace(path, lambda stream: _pour(document, stream, packed=path.suffix == ".gz"))


def ensure_writable(target: Source) -> None:
    """Raise `FileError` when a file could not be written, before hours of work are spent on it."""
    if os.fspath(target) == STDOUT:
        return
    with _reported(target):
        path = Path(os.path.realpath(target))
        if path.is_dir():
            raise IsADirectoryError
        if _is_special(path):
            open(path, "ab").close()
        elif path.exists() and not os.access(path, os.W_OK):
            raise PermissionError
        else:
            with _beside(path) as (stream, _):
                stream.write(_PROBE)
                _settle(stream)


def to_lines(document: Instance | Plan | RotaPlan) -> Iterator[str]:
    """Yield the JSON text of an instance, a plan or a rota, line by line, without line ends."""
    names = list(type(document).model_fields)
    for number, name in enumerate(names):
        opening = ("{" if number == 0 else "") + _json(name) + ":"
        closing = "}" if number == len(names) - 1 else ","
        yield from _member(opening, getattr(document, name), closing, _dumper(document, name))


def _dumper(document: Instance | Plan | RotaPlan, name: str) -> Dumper:
    """Return how the records of a section are written."""
    if isinstance(document, Instance):
        if name in _REGISTERS:
            return lambda record: record.model_dump_json(exclude_defaults=True)
        return lambda record: record.model_dump_json(exclude_none=True)
    if name == "run":  # only clock values are None, and those are left out on request
        return lambda record: record.model_dump_json(exclude_none=True)
    return lambda record: record.model_dump_json()


def _member(opening: str, value: Any, closing: str, dump: Dumper) -> Iterator[str]:
    """Yield one member of the document: lists one entry a line, the certificate one price a line."""
    if isinstance(value, tuple) and value:
        yield opening + "["
        last = len(value) - 1
        for number, entry in enumerate(value):
            yield _entry(entry, dump) + ("," if number < last else "]" + closing)
    elif isinstance(value, Certificate):
        yield from _prices(opening + '{"needs":{', value.needs, "},")
        yield from _prices('"volunteers":{', value.volunteers, "}," if value.loads else "}}" + closing)
        for number, part in enumerate(value.loads):
            head = f'"tier":{_json(part.tier)},"scale":{part.scale},"before":{_json(part.before)}'
            opening = ('"loads":[' if number == 0 else "") + "{" + head + ',"needs":{'
            yield from _prices(opening, part.needs, "}}," if number < len(value.loads) - 1 else "}}]}" + closing)
    else:
        yield opening + _entry(value, dump) + closing


def _prices(opening: str, prices: dict[str, tuple[int, ...]], closing: str) -> Iterator[str]:
    yield opening
    last = len(prices) - 1
    for number, (id_, price) in enumerate(prices.items()):
        yield f"{_json(id_)}:{_json(price)}" + ("," if number < last else "")
    yield closing


def _entry(value: Any, dump: Dumper) -> str:
    return dump(value) if isinstance(value, BaseModel) else _json(value)


def _json(value: Any) -> str:
    return to_json(value).decode()


def _pour(document: Instance | Plan | RotaPlan, stream: IO[bytes], *, packed: bool) -> None:
    if not packed:
        stream.writelines(_blocks(to_lines(document)))
        return
    # no name and no time in the header: the same document gives the same bytes
    with gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0, compresslevel=6) as outlet:
        for block in _blocks(to_lines(document)):
            outlet.write(block)


def _blocks(lines: Iterable[str]) -> Iterator[bytes]:
    block = io.StringIO()
    for line in lines:
        block.write(line)
        block.write("\n")
        if block.tell() > _BLOCK:
            yield block.getvalue().encode()
            block = io.StringIO()
    yield block.getvalue().encode()


def _write_to_stdout(document: Instance | Plan | RotaPlan) -> None:
    stream = _stdout()
    _pour(document, stream, packed=False)
    stream.flush()


def _stdout() -> IO[bytes]:
    stream: IO[bytes] | None = getattr(sys.stdout, "buffer", None)
    if stream is None:
        raise FileError(STDOUT, "there is no standard output for bytes")
    sys.stdout.flush()  # what was printed before comes before
    return stream


def _replace(path: Path, pour: Callable[[IO[bytes]], None]) -> None:
    with _beside(path) as (stream, temporary):
        pour(stream)
        _settle(stream)
        os.chmod(temporary, _mode_of(path))
        os.replace(temporary, path)
    _settle_folder(path.parent)


@contextmanager
def _beside(path: Path) -> Iterator[tuple[IO[bytes], str]]:
    """Open a temporary file beside a path; it is gone afterwards, unless it has been moved."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:60]}.", suffix=".part")
    try:
        with open(handle, "wb") as stream:
            yield stream, name
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def _settle(stream: IO[bytes]) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _settle_folder(folder: Path) -> None:
    """Make the new name last through a power failure, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _mode_of(path: Path) -> int:
    """Return the permissions of the old file, or those a new file ordinarily gets."""
    with suppress(OSError):
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()


@contextmanager
def _reported(target: Source) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileError(shown(target), _why_unwritable(error)) from error
    except ValueError as error:  # a NUL character in the name
        raise FileError(shown(target), "is not a possible file name") from error


def _why_unwritable(error: OSError) -> str:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return "cannot be written: its folder does not exist; create it first"
        case IsADirectoryError():
            return "cannot be written: it is a folder; give the name of a file"
        case PermissionError():
            return "cannot be written: no permission; choose another place"
    if error.errno == errno.ENOSPC:
        return "cannot be written: the disk is full; make room or choose another place"
    return f"cannot be written: {visible(error.strerror or type(error).__name__)}"
