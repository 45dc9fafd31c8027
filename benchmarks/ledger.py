"""The ledger: one row per result in RESULTS.md, appended and never rewritten."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

LEDGER = Path(__file__).with_name("RESULTS.md")
COLUMNS = ("date", "commit", "command", "instance", "machine", "figure", "peer")
TITLE = """# Results

One row per result, newest last; written by `benchmarks/ledger.py`, never rewritten.
A commit with `+` had uncommitted changes. `peer` is what the figure is compared with.

"""


@dataclass(frozen=True, slots=True)
class Result:
    """One result.

    Parameters
    ----------
    instance
        What was solved, with its size.
    figure
        What was measured, with units.
    peer
        What the figure is compared with: another solver, a published value, or what people did.
    """

    instance: str
    figure: str
    peer: str = ""


def add(results: Iterable[Result], command: str, ledger: Path = LEDGER) -> None:
    """Append results to the ledger, which is begun if it is not there.

    Parameters
    ----------
    results
        What was measured.
    command
        The command that measures it again.
    ledger
        The file.
    """
    if not ledger.exists():
        ledger.write_text(TITLE + _row(COLUMNS) + _row(["---"] * len(COLUMNS)), encoding="utf-8")
    today = datetime.now(UTC).date().isoformat()
    with ledger.open("a", encoding="utf-8") as stream:
        for result in results:
            cells = (today, commit(), f"`{command}`", result.instance, machine(), result.figure, result.peer)
            stream.write(_row(cells))


def commit() -> str:
    """Return the short name of the commit at work, with `+` if files differ from it."""
    head = _git("rev-parse", "--short", "HEAD")
    changed = _git("status", "--porcelain", "--", "src", "benchmarks", ":!benchmarks/RESULTS.md")
    return (head or "unknown") + ("+" if changed else "")


def machine() -> str:
    """Return the number of cores and the memory of this machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cores} cores, {memory:.0f} GiB"


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=LEDGER.parent.parent, capture_output=True, text=True, check=False, timeout=30
        )
    except OSError:
        return ""
    return done.stdout.strip()


def _row(cells: Iterable[str]) -> str:
    """Return a row of a Markdown table; bars and line breaks inside a cell would break it."""
    return "| " + " | ".join(" ".join(cell.replace("|", "/").split()) for cell in cells) + " |\n"
