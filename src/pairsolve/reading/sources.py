"""Bytes from files and standard input: opened, unpacked and decoded, each failure as one clear line."""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
import zlib
from contextlib import AbstractContextManager, nullcontext, suppress
from itertools import islice
from pathlib import Path
from typing import IO

from pairsolve.errors import FileError
from pairsolve.options import Callback, Progress
from pairsolve.wording import Names, visible

Source = str | os.PathLike[str]

STDIN = "-"
CHUNK = 1 << 23
MOST_NEIGHBOURS = 1000  # files looked at for "did you mean"
LARGEST = 1 << 32  # a file that unpacks to more than this is not an instance but an accident or an attack
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_OTHER_ENCODINGS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


def shown(source: Source) -> str:
    """Return the name of a source for messages, on one line."""
    return visible(os.fspath(source))


def load(source: Source, callback: Callback | None = None) -> bytearray:
    """Return the JSON text of a file or of standard input (``-``) as UTF-8 bytes.

    Gzip is recognised by its first two bytes, whatever the file is called; a byte order mark is dropped.

    Raises
    ------
    FileError
        When the source cannot be read; one line says why.
    """
    name = shown(source)
    try:
        with _opened(source) as stream:
            data = _drained(stream, name, callback)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileError(name, f"is damaged gzip data ({_gzip_fault(error)}); copy or pack it again") from error
    except OSError as error:
        raise FileError(name, why_unreadable(error) + _way_out(source, error)) from error
    _refuse_other_text(data, name)
    return data


def why_unreadable(error: OSError) -> str:
    """Say in plain words why a file cannot be read."""
    match error:
        case FileNotFoundError():
            return "there is no such file"
        case IsADirectoryError():
            return "is a folder, not a file"
        case PermissionError():
            return "may not be read; ask its owner for the permission"
        case NotADirectoryError():
            return "there is no such file, because a part of its path is not a folder"
    return f"cannot be read: {visible(error.strerror or type(error).__name__)}"


def _way_out(source: Source, error: OSError) -> str:
    """Name the file beside a missing one that was probably meant."""
    if not isinstance(error, FileNotFoundError):
        return ""
    path = Path(source)
    beside: list[str] = []
    with suppress(OSError):  # the folder may be missing or closed as well
        beside = sorted(entry.name for entry in islice(path.parent.iterdir(), MOST_NEIGHBOURS))
    near = Names(beside).nearest(path.name)
    return "; check the path" if near is None else f"; did you mean {shown(path.with_name(near))}?"


def _opened(source: Source) -> AbstractContextManager[IO[bytes]]:
    if os.fspath(source) == STDIN:
        if sys.stdin is None:
            raise FileError(STDIN, "there is no standard input")
        return nullcontext(sys.stdin.buffer)
    try:
        return open(source, "rb")
    except ValueError as error:  # a NUL character
        raise FileError(shown(source), "is not a possible file name") from error


def _drained(stream: IO[bytes], name: str, callback: Callback | None) -> bytearray:
    total = _size(stream)
    data = bytearray()
    while chunk := stream.read(CHUNK):
        data += chunk
        if callback is not None:
            callback(Progress("reading", len(data), total))
        _refuse_accidents(data, name)
    if data.startswith(_GZIP):
        data = _unpacked(data, name)
    if data.startswith(_BOM):
        del data[: len(_BOM)]
    if not data or data.isspace():
        raise FileError(name, "is empty")
    return data


def _unpacked(packed: bytearray, name: str) -> bytearray:
    data = bytearray()
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
        while chunk := stream.read(CHUNK):
            data += chunk
            _refuse_accidents(data, name)
    return data


def _refuse_accidents(data: bytearray, name: str) -> None:
    if len(data) > LARGEST:
        raise FileError(name, "holds more than 4 GiB; is it the right file?")


def _size(stream: IO[bytes]) -> int:
    try:
        status = os.fstat(stream.fileno())
    except (OSError, io.UnsupportedOperation):
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def _gzip_fault(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "it ends too early"
    return visible(str(error).lower()) or "it cannot be unpacked"


def _refuse_other_text(data: bytearray, name: str) -> None:
    for mark, encoding in _OTHER_ENCODINGS:
        if data.startswith(mark):
            raise FileError(name, f"is {encoding} text; save it as UTF-8")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise FileError(
            name, f"is not UTF-8 text: byte {error.start} (0x{data[error.start]:02x}) does not fit; save it as UTF-8"
        ) from error
