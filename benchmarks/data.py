"""Where the public benchmark files are; they are not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "PAIRSOLVE_BENCH"
DEFAULT = Path(__file__).parent.parent.parent / "shared" / "bench"


class DataAbsent(Exception):
    """Benchmark files that are not on this machine; the message says where they were looked for."""


def folder(name: str) -> Path:
    """Return the folder of a family's files.

    Raises
    ------
    DataAbsent
        It is not there.
    """
    root = Path(os.environ.get(VARIABLE) or DEFAULT)
    where = root / name
    if not where.is_dir():
        raise DataAbsent(f"there are no benchmark files at {where}; set {VARIABLE} to the folder that holds {name}/")
    return where
