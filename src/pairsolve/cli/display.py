"""Progress for people: a bar on a terminal, log lines elsewhere, nothing when asked to be quiet."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from pairsolve.options import Progress as Report
from pairsolve.wording import visible

SECONDS_BETWEEN_LINES = 10.0

_WORDS = {
    "reading": "Reading",
    "travel": "Travel times",
    "candidates": "Who may help whom",
    "pairing": "Pairing",
    "bound": "Proving",
    "scheduling": "Dates",
    "writing": "Writing",
    "check": "Referee",
}


class Display(Protocol):
    """Something that shows how far a run has come."""

    def __enter__(self) -> Display: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __call__(self, report: Report) -> None:
        """Show a report."""


def display_for(console: Console, *, quiet: bool) -> Display:
    """Return the display that suits the place the console writes to."""
    if quiet:
        return Nothing()
    return Bars(console) if console.is_terminal else Lines(console)


def figures(report: Report) -> str:
    """Return value, bound and gap in a few words.

    Examples
    --------
    >>> figures(Report("pairing", value=110, bound=100, detail="travel"))
    'travel · best 110 · bound 100 · gap 10.0 %'
    """
    parts = [visible(report.detail)] if report.detail else []
    if report.value is not None:
        parts.append(f"best {report.value:,}")
    if report.bound is not None:
        parts.append(f"bound {report.bound:,}")
    if report.value is not None and report.bound is not None:
        parts.append(f"gap {100 * abs(report.value - report.bound) / max(1, abs(report.bound)):.1f} %")
    return " · ".join(parts)


class Nothing:
    """Shows nothing."""

    def __enter__(self) -> Nothing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing."""

    def __call__(self, report: Report) -> None:
        """Show nothing."""


class Lines(Nothing):
    """Writes a line when a phase begins, and one every ten seconds while it lasts."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._phase = ""
        self._said: dict[str, float] = {}
        self._began = time.monotonic()

    def __enter__(self) -> Lines:
        return self

    def __call__(self, report: Report) -> None:
        """Write a line, unless there was one a moment ago."""
        now = time.monotonic()
        if now - self._said.get(report.phase, -SECONDS_BETWEEN_LINES) < SECONDS_BETWEEN_LINES:
            return
        self._said[report.phase] = now
        done = f" {100 * report.done // report.total} %" if report.total and report.phase == self._phase else ""
        self._phase = report.phase
        words = figures(report)
        line = f"pairsolve: {now - self._began:6.1f} s  {visible(report.phase)}{done}{'  ' + words if words else ''}"
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class Bars(Nothing):
    """Draws a bar per phase."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("{task.fields[figures]}", markup=False),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}
        self._phase = ""

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bars down to their last state."""
        if error is None:
            self._finish(self._phase)
        self._progress.stop()

    def __call__(self, report: Report) -> None:
        """Move the bar of the phase at work."""
        if report.phase != self._phase:
            self._finish(self._phase)
            self._begin(report.phase)
        self._progress.update(
            self._tasks[report.phase],
            completed=min(report.done, report.total),
            total=report.total or None,
            figures=figures(report),
        )

    def _begin(self, phase: str) -> None:
        self._phase = phase
        if phase not in self._tasks:
            words = _WORDS.get(phase, visible(phase).capitalize())
            self._tasks[phase] = self._progress.add_task(words, total=None, figures="")

    def _finish(self, phase: str) -> None:
        if phase in self._tasks:
            self._progress.update(self._tasks[phase], completed=1, total=1)
