"""Solvers side by side: each in a fresh process, one table for all of them.

A task names a function as ``module:function``. The function runs in a process of its own, gets a `Stage` and the
task's arguments, does what is not to be counted, then measures the rest:

    def solve_somehow(stage: Stage, file: str) -> Outcome:
        costs = read(file)
        with stage:
            value = best(costs)
        return Outcome(value, bound=value)
"""

from __future__ import annotations

import importlib
import json
import math
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.ledger import Result

ROOT = Path(__file__).parent.parent
MEBIBYTE = 2**20
MOST_MEMORY = 16 * 1024 * MEBIBYTE  # bytes a solver may take
LOOK = 0.05  # seconds between two looks at a process


class DoesNotFit(Exception):
    """A solver knows before it begins that its memory will not do; the message says how much it would take."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a solver found.

    Parameters
    ----------
    value, bound
        Of the objective; None where there is none.
    note
        Anything else worth a word.
    detail
        For the family's own use, such as the way of the value over time.
    """

    value: float | None = None
    bound: float | None = None
    note: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


class Stage:
    """Measures what runs inside it: seconds, and the most memory above what was there before."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.mebibytes = 0.0

    def __enter__(self) -> Stage:
        _forget_peak()
        self._before = _memory("VmRSS")
        self._began = time.perf_counter()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.seconds += time.perf_counter() - self._began
        self.mebibytes = max(self.mebibytes, (_memory("VmHWM") - self._before) / MEBIBYTE)


@dataclass(frozen=True, slots=True)
class Task:
    """One solver on one instance.

    Parameters
    ----------
    instance
        What is solved, with its size.
    solver
        Who solves it.
    function
        ``module:function``, see above.
    arguments
        For the function; JSON.
    time_limit
        Seconds after which the process is ended, preparation included.
    best
        Best known value; None takes the best of the run.
    size
        Where the instance stands on the horizontal axis of pictures.
    """

    instance: str
    solver: str
    function: str
    arguments: dict[str, Any] = field(default_factory=dict)
    time_limit: float = 600.0
    best: float | None = None
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """A task with its outcome; a row of the table."""

    task: Task
    value: float | None = None
    bound: float | None = None
    seconds: float | None = None
    mebibytes: float | None = None
    note: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    best: float | None = None

    @property
    def gap(self) -> float | None:
        """Distance of the value from the best known, as a share of it."""
        if self.value is None or self.best is None:
            return None
        return (self.value - self.best) / max(1.0, abs(self.best))

    @property
    def proven_gap(self) -> float | None:
        """Distance of the value from its own bound, as a share of the value."""
        if self.value is None or self.bound is None:
            return None
        return abs(self.value - self.bound) / max(1.0, abs(self.value))


def race(tasks: Iterable[Task], most_memory: int = MOST_MEMORY) -> list[Row]:
    """Run tasks one after another, print the table, and return its rows.

    Parameters
    ----------
    tasks
        Solvers of one instance follow one another.
    most_memory
        Bytes a process may take before it is ended.
    """
    rows: list[Row] = []
    for task in tasks:
        rows.append(fresh(task, most_memory))
        print(f"  {task.instance}, {task.solver}: {figure(rows[-1])}", file=sys.stderr, flush=True)
    rows = with_best(rows)
    show(rows)
    return rows


def fresh(task: Task, most_memory: int = MOST_MEMORY) -> Row:
    """Run a task in a process of its own."""
    import psutil  # noqa: PLC0415  # of the extra `bench`; needed only where something is measured

    given = json.dumps({"function": task.function, "arguments": task.arguments})
    command = [sys.executable, "-m", "benchmarks.race", given]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        watched, ends = psutil.Process(process.pid), time.monotonic() + task.time_limit
        why = ""
        while not why:
            try:
                out, complaint = process.communicate(timeout=LOOK)
                break
            except subprocess.TimeoutExpired:
                if time.monotonic() > ends:
                    why = f"not done in {task.time_limit:.0f} s"
                elif _resident(watched) > most_memory:
                    why = f"does not fit in {most_memory / 2**30:.0f} GB"
        if why:
            process.kill()
            return Row(task, note=why)
    if process.returncode != 0:
        last = " ".join(complaint.split())[-300:] or f"exit code {process.returncode}"
        return Row(task, note=f"failed: {last}")
    return Row(task, **json.loads(out.splitlines()[-1]))


def with_best(rows: Sequence[Row]) -> list[Row]:
    """Set the best known value of every row: the task's own, else the best of its instance."""
    best: dict[str, float] = {}
    for row in rows:
        if row.value is not None:
            best[row.task.instance] = min(row.value, best.get(row.task.instance, math.inf))
    return [
        replace(row, best=row.task.best if row.task.best is not None else best.get(row.task.instance)) for row in rows
    ]


def show(rows: Sequence[Row]) -> None:
    """Print the table: what a family has to say."""
    heads = ("instance", "solver", "value", "bound", "to best known", "seconds", "MiB", "")
    cells = [heads, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(heads))]
    for line in cells:
        left = (f"{line[column]:<{widths[column]}}" for column in (0, 1))
        right = (f"{line[column]:>{widths[column]}}" for column in range(2, 7))
        print("  ".join((*left, *right, line[7])).rstrip())


def results(rows: Sequence[Row], own: str = "pairsolve") -> list[Result]:
    """Return a row of the ledger per instance and own solver, with what the others did beside it."""
    instances = dict.fromkeys(row.task.instance for row in rows)
    found = []
    for instance in instances:
        here = [row for row in rows if row.task.instance == instance]
        peers = "; ".join(f"{row.task.solver} {figure(row)}" for row in here if not row.task.solver.startswith(own))
        for row in here:
            if row.task.solver.startswith(own):
                found.append(Result(instance, f"{row.task.solver} {figure(row)}", peers))
    return found


def figure(row: Row) -> str:
    """Return a row in words."""
    parts = []
    if row.value is not None:
        parts.append(f"value {_number(row.value)}")
    if row.bound is not None:
        parts.append(f"bound {_number(row.bound)}")
    if row.gap is not None:
        parts.append(f"{row.gap:+.4%} to best known")
    if row.seconds is not None:
        parts.append(f"{row.seconds:.2f} s")
    if row.mebibytes is not None:
        parts.append(f"{row.mebibytes:,.0f} MiB")
    return ", ".join([*parts, *([row.note] if row.note else [])])


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.task.instance,
        row.task.solver,
        "" if row.value is None else _number(row.value),
        "" if row.bound is None else _number(row.bound),
        "" if row.gap is None else f"{row.gap:+.4%}",
        "" if row.seconds is None else f"{row.seconds:.2f}",
        "" if row.mebibytes is None else f"{row.mebibytes:,.0f}",
        row.note,
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4f}"


def _resident(process: Any) -> int:
    import psutil  # noqa: PLC0415  # of the extra `bench`; needed only where something is measured

    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0  # it has just ended


def _forget_peak() -> None:
    """Let the kernel count the peak of memory anew; elsewhere the peak of the whole process is taken."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _memory(which: str) -> int:
    """Return bytes of memory of this process: VmRSS now, VmHWM at the most."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{which}:"))


def _alone(given: str) -> dict[str, Any]:
    """Run one function in this process."""
    asked = json.loads(given)
    module, name = asked["function"].split(":")
    stage = Stage()
    try:
        outcome: Outcome = getattr(importlib.import_module(module), name)(stage, **asked["arguments"])
    except DoesNotFit as reason:
        return {"note": f"does not fit in {MOST_MEMORY / 2**30:.0f} GB: {reason}"}
    except MemoryError:
        return {"note": "out of memory"}
    return asdict(outcome) | {"seconds": stage.seconds, "mebibytes": stage.mebibytes}


if __name__ == "__main__":
    # the function's module imports Stage and DoesNotFit from benchmarks.race, which is not this __main__
    print(json.dumps(importlib.import_module("benchmarks.race")._alone(sys.argv[1])))
