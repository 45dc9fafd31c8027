"""What the command for calendars and maps does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import typer

from pairsolve.cli.masking import ensure_same, mask_name, without_people
from pairsolve.feeds import calendars, earlier_calendars, maps, write_feeds
from pairsolve.feeds.calendars import library
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
    instance, masked, _ = without_people(instance, plan, None, key=job.key, blur=job.blur, target=job.target)
    plan = masked or plan
    mask = mask_name(job.key, job.blur)
    earlier = earlier_calendars(job.previous or job.target, mask=mask, required=job.previous is not None)
    made = calendars(instance, plan, earlier=earlier, language=job.language)
    counts = write_feeds(made, maps(instance, plan), job.target, mask=mask)
    if not quiet:
        said = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
        typer.echo(f"{shown(job.target)}: calendars of {said}; maps of pairs, people, uncovered needs and coverage")
