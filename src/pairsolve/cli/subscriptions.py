"""What the command for calendars and maps does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import typer

from pairsolve.cli.spreadsheets import ensure_same, hidden
from pairsolve.feeds import calendars, earlier_calendars, maps, write_feeds
from pairsolve.feeds.calendars import library
from pairsolve.privacy import GRID_METRES, blurred
from pairsolve.reading import read, read_plan
from pairsolve.reading.sources import shown


@dataclass(frozen=True, slots=True)
class Feeds:
    """What ``pairsolve feeds`` was asked to do."""

    plan: str
    instance: str
    target: str
    previous: str | None
    language: Literal["en", "zh"]
    key: str | None
    blur: int | None


def write_folder(job: Feeds, *, quiet: bool) -> None:
    """Write calendars and maps, and say how many."""
    library()
    instance, plan = read(job.instance), read_plan(job.plan)
    ensure_same(instance, plan, job.plan)
    earlier = earlier_calendars(job.previous or job.target)
    if job.key is not None:
        grid = GRID_METRES if job.blur is None else job.blur
        masked, hidden_plan, _ = hidden(instance, plan, None, job.key, job.target, grid)
        instance, plan = masked, hidden_plan or plan
    else:
        instance = blurred(instance, job.blur or 0)
    made = calendars(instance, plan, earlier=earlier, language=job.language)
    counts = write_feeds(made, maps(instance, plan), job.target)
    if not quiet:
        said = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
        typer.echo(f"{shown(job.target)}: calendars of {said}; maps of pairs, people, uncovered needs and coverage")
