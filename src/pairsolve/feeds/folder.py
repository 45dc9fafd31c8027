"""The folder of calendars and maps: what lies in it already, and how it is renewed."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

from pairsolve.errors import FileError, InputError, Problem
from pairsolve.feeds.calendars import Kind, Owner, library
from pairsolve.reading.sources import why_unreadable
from pairsolve.wording import visible

INDEX = "calendars.json"
PLAIN = "none"  # the mask of calendars that hide nobody
KINDS: tuple[Kind, ...] = get_args(Kind)
LONGEST_NAME = 80
RESERVED = re.compile(r"(CON|PRN|AUX|NUL|COM\d|LPT\d)", re.IGNORECASE)  # names that Windows keeps for itself


def file_name(id_: str) -> str:
    """Return the file name, without ending, of an identifier: itself where every system can hold it.

    Examples
    --------
    >>> file_name("V1"), file_name("李/明")
    ('V1', '李_明-5f624978')
    """
    plain = re.sub(r"[^\w-]", "_", id_)[:LONGEST_NAME]
    if plain == id_ == id_.upper() and not RESERVED.fullmatch(id_):  # "v1" and "V1" may be one file
        return id_
    return f"{plain}-{sha256(id_.encode()).hexdigest()[:8]}"


def earlier_calendars(
    folder: str | os.PathLike[str], *, mask: str = PLAIN, required: bool = False
) -> dict[Owner, bytes]:
    """Return the calendars of a folder that `write_feeds` wrote.

    Parameters
    ----------
    folder
        Where they are.
    mask
        What hides people in the calendars to come; those of another mask would give names or points away.
    required
        Whether it is a fault that there are none.

    Raises
    ------
    InputError
        Naming every file that cannot be read or is no calendar.
    """
    path = Path(folder)
    if not (path / INDEX).exists():
        if required:
            raise FileError(visible(str(folder)), "holds no calendars; name a folder that `pairsolve feeds` wrote")
        return {}
    parse, found, problems = library().Calendar.from_ical, {}, []
    try:
        index = json.loads((path / INDEX).read_text(encoding="utf-8"))
        owners: list[Owner] = [(kind, id_) for kind in KINDS for id_ in index[kind]]
        other = index["mask"] != mask
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = "does not list calendars any more; remove the folder, or name another with --previous"
        raise FileError(visible(str(path / INDEX)), what) from error
    if other:
        what = "was written with another key or grid, or none; choose another folder, so that nothing is given away"
        raise FileError(visible(str(folder)), what)
    for kind, id_ in owners:
        name = f"{kind}/{file_name(id_)}.ics"
        try:
            data = (path / name).read_bytes()
            parse(data)
            found[kind, id_] = data
        except OSError as error:
            problems.append(Problem(name, why_unreadable(error)))
        except Exception:  # the library's errors have no common root
            problems.append(Problem(name, "is no calendar any more; remove the folder, or name another"))
    if problems:
        raise InputError(visible(str(folder)), problems)
    return found


def write_feeds(
    calendars: Iterable[tuple[Owner, bytes]],
    maps: Mapping[str, Any],
    folder: str | os.PathLike[str],
    *,
    mask: str = PLAIN,
) -> dict[str, int]:
    """Write calendars and maps into a folder; all are made beside it before the first is moved in.

    Parameters
    ----------
    calendars, maps
        What to write.
    folder
        Where to.
    mask
        What hides people; the next run reads it.

    Returns
    -------
    dict
        Calendars of each kind.

    Raises
    ------
    FileError
        When the folder cannot be written.
    """
    path = Path(folder)
    index: dict[str, list[str]] = {kind: [] for kind in KINDS}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name[:60]}.", suffix=".part"))
        try:
            for kind in KINDS:
                (beside / kind).mkdir()
            for (kind, id_), data in calendars:
                index[kind].append(id_)
                (beside / kind / f"{file_name(id_)}.ics").write_bytes(data)
            for name, collection in maps.items():
                text = json.dumps(collection, ensure_ascii=False, separators=(",", ":"))
                (beside / f"{name}.geojson").write_text(text + "\n", encoding="utf-8")
            about = json.dumps({"mask": mask, **index}, ensure_ascii=False, indent=1)
            (beside / INDEX).write_text(about + "\n", encoding="utf-8")
            _move_in(beside, path)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        what = "cannot be written; check that it is a folder, and permission and free space"
        raise FileError(visible(str(folder)), what) from error
    return {kind: len(ids) for kind, ids in index.items()}


def _move_in(beside: Path, path: Path) -> None:
    """Move files over those of the same name; the index comes last."""
    path.mkdir(exist_ok=True)
    for kind in KINDS:
        (path / kind).mkdir(exist_ok=True)
    files = sorted(file for file in beside.rglob("*") if file.is_file() and file.name != INDEX)
    for file in [*files, beside / INDEX]:
        os.replace(file, path / file.relative_to(beside))
