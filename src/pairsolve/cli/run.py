"""The run behind ``pairsolve solve``: read, solve, write, check, report."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.text import Text

from pairsolve.cli.display import Display, display_for
from pairsolve.cli.interrupt import Interrupt
from pairsolve.cli.manners import Ending, say
from pairsolve.cli.summary import summary, tables
from pairsolve.collector import calm
from pairsolve.errors import FileError
from pairsolve.instance import Instance
from pairsolve.options import Options, Progress
from pairsolve.plan import Plan
from pairsolve.reading import read
from pairsolve.reading.sources import STDIN
from pairsolve.wording import visible
from pairsolve.writing import STDOUT, ensure_writable, write

if TYPE_CHECKING:
    from pairsolve.check import Verdict

MOST_FINDINGS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Run:
    """What ``pairsolve solve`` was asked to do."""

    source: str
    target: str
    options: Options
    quiet: bool = False
    json_summary: bool = False


def run(job: Run) -> Ending:
    """Solve an instance file and write the plan; return how it ended."""
    _refuse_overwriting_the_instance(job)
    ensure_writable(job.target)
    plan, verdict = _plan(job)
    for contradiction in plan.contradictions:
        say(f"pairsolve: contradiction: {visible(contradiction)}")
    say_findings(verdict)
    _report(job, plan, verdict)
    return ending(plan, verdict)


def ending(plan: Plan, verdict: Verdict | None) -> Ending:
    """Return the exit code that a plan and its verdict deserve."""
    if verdict is not None and not verdict.ok:
        return Ending.REFEREE_DISAGREES
    return {"infeasible": Ending.CONTRADICTION, "limit": Ending.LIMIT}.get(plan.status, Ending.DONE)


def say_findings(verdict: Verdict | None) -> None:
    """Write what the referee found, one line each."""
    if verdict is None or verdict.ok:
        return
    for finding in verdict.findings[:MOST_FINDINGS_SHOWN]:
        say(f"pairsolve: referee: {visible(str(finding))}")
    more = len(verdict.findings) - MOST_FINDINGS_SHOWN
    say(
        "pairsolve: the referee disagrees with this plan; do not use it"
        + (f" ({more} more findings)" if more > 0 else "")
    )


def folder_of(source: str) -> Path:
    """Return the folder that relative paths inside an instance start from."""
    return Path() if source == STDIN else Path(source).parent


def _plan(job: Run) -> tuple[Plan, Verdict | None]:
    from pairsolve.solve import solve  # noqa: PLC0415  # the solver is loaded after the arguments have been looked at

    with display_for(Console(stderr=True), quiet=job.quiet) as show, Interrupt() as interrupt:
        show(Progress("reading"))
        instance = read(job.source, callback=show)
        with calm():
            interrupt.be_patient(True)

            def on_progress(progress: Progress) -> bool:
                show(progress)
                return interrupt.asked

            plan = solve(instance, job.options, callback=on_progress, folder=folder_of(job.source))
            show(Progress("writing"))
            _write(plan, job.target)
            interrupt.be_patient(False)
            return plan, _judged(instance, plan, job, show)


def _judged(instance: Instance, plan: Plan, job: Run, show: Display) -> Verdict | None:
    """Ask the referee, unless there is no plan to judge."""
    from pairsolve.check import check  # noqa: PLC0415  # as above

    if plan.status == "infeasible":
        return None
    show(Progress("check"))
    try:
        return check(instance, plan, folder=folder_of(job.source))
    except KeyboardInterrupt:
        say("pairsolve: the plan is written, but the referee was stopped before it could judge")
        raise


def _write(plan: Plan, target: str) -> None:
    """Write the plan; when that fails after all, do not lose the work: write it to the folder for temporary files."""
    try:
        write(plan, target)
    except FileError:
        handle, rescue = tempfile.mkstemp(prefix="pairsolve-plan-", suffix=".json")
        os.close(handle)
        try:
            write(plan, rescue)
            say(f"pairsolve: the plan is saved in {rescue} instead")
        except FileError:
            os.unlink(rescue)
        raise


def _report(job: Run, plan: Plan, verdict: Verdict | None) -> None:
    facts = summary(plan, verdict)
    to_stderr = job.target == STDOUT
    if job.json_summary:
        line = json.dumps({**facts, "exit_code": int(ending(plan, verdict))}, ensure_ascii=False)
        typer.echo(line, err=to_stderr)
    elif not job.quiet:
        console = Console(stderr=to_stderr)
        console.print(tables(facts))
        if not to_stderr:
            console.print(Text(f"Plan in   {visible(job.target)}"))


def _refuse_overwriting_the_instance(job: Run) -> None:
    if STDIN in (job.source, job.target):
        return
    try:
        same = os.path.samefile(job.source, job.target)
    except OSError:
        return
    if same:
        raise FileError(visible(job.target), "is the instance itself; give the plan another name")
