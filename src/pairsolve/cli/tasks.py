"""What the smaller commands do."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer
from rich.console import Console, RenderableType

from pairsolve.cli.book import Book
from pairsolve.cli.display import display_for
from pairsolve.cli.manners import Ending
from pairsolve.cli.masking import ensure_same, without_people
from pairsolve.cli.run import folder_of, say_findings
from pairsolve.cli.show import area_card, household_card, volunteer_card, week_card
from pairsolve.cli.summary import referee_facts, summary, tables
from pairsolve.collector import calm
from pairsolve.compiled import MODULES, compile_all
from pairsolve.errors import InputError, Problem
from pairsolve.options import Progress, Watch
from pairsolve.reading import read, read_plan
from pairsolve.reading.sources import STDIN, shown
from pairsolve.writing import STDOUT, ensure_writable, write, write_text

if TYPE_CHECKING:
    from pairsolve.generate.recipe import Kind

COUNTED = ("areas", "teams", "services", "sites", "volunteers", "households", "needs", "events", "rules")


@dataclass(frozen=True, slots=True)
class Card:
    """Which card is wanted; at most one of the fields is given."""

    household: str | None = None
    volunteer: str | None = None
    area: str | None = None
    week: int | None = None


def compile_everything(processes: int, *, quiet: bool) -> None:
    """Compile what is not in the cache, and say what was done."""
    began = time.monotonic()
    with display_for(Console(stderr=True), quiet=quiet) as progress:
        done = compile_all(processes, Watch(progress))
    if not quiet:
        ready = f"{len(MODULES) - len(done)} of {len(MODULES)} groups of loops were compiled already"
        typer.echo(f"{ready}, {len(done)} more in {time.monotonic() - began:.1f} s")


def validate_file(source: str, *, quiet: bool) -> None:
    """Read an instance and say what is in it."""
    with display_for(Console(stderr=True), quiet=quiet) as progress:
        progress(Progress("reading"))
        instance = read(source, callback=progress)
    if not quiet:
        counts = ", ".join(
            f"{len(getattr(instance, section)):,} {section}"
            for section in (
                "areas",
                "teams",
                "services",
                "sites",
                "volunteers",
                "households",
                "needs",
                "events",
                "rules",
            )
        )
        typer.echo(f"{shown(source)}: sound; {counts}")


def check_files(source: str, plan_source: str, *, proof: bool, quiet: bool, json_summary: bool) -> Ending:
    """Let the referee judge a plan; return how it ended."""
    from pairsolve.check import check  # noqa: PLC0415  # the smaller commands do without it

    _one_stdin(source, plan_source)
    with display_for(Console(stderr=True), quiet=quiet) as progress:
        progress(Progress("reading"))
        instance = read(source, callback=progress)
        plan = read_plan(plan_source, callback=progress)
        progress(Progress("check"))
        with calm():
            verdict = check(instance, plan, proof=proof, folder=folder_of(source))
    say_findings(verdict)
    ending = Ending.DONE if verdict.ok else Ending.REFEREE_DISAGREES
    if json_summary:
        recounted = dict(verdict.recounted)
        typer.echo(
            json.dumps({**referee_facts(verdict), "recounted": recounted, "exit_code": int(ending)}, ensure_ascii=False)
        )
    elif verdict.ok and not quiet:
        typer.echo(f"The referee agrees: {len(verdict.recounted)} tiers recounted, proof: {verdict.proof}.")
    return ending


def show_plan(plan_source: str, source: str | None, card: Card) -> None:
    """Print a plan's figures, or a card."""
    _one_stdin(source, plan_source)
    wanted = [name for name in ("household", "volunteer", "area", "week") if getattr(card, name) is not None]
    if len(wanted) > 1:
        raise InputError("show", [Problem(f"--{wanted[1]}", f"cannot go with --{wanted[0]}; ask for one card")])
    plan = read_plan(plan_source)
    book = Book(plan, None if source is None else read(source))
    Console().print(_drawn(book, card))


def page_file(source: str, plan_source: str, target: str, *, key: str | None, blur: int | None, quiet: bool) -> None:
    """Write the page of a plan."""
    from pairsolve.page import page_html  # noqa: PLC0415  # the chart library is read only by this command

    _one_stdin(source, plan_source)
    ensure_writable(target)
    with display_for(Console(stderr=True), quiet=quiet) as progress:
        progress(Progress("reading"))
        instance, plan = read(source, callback=progress), read_plan(plan_source, callback=progress)
        ensure_same(instance, plan, plan_source)
        instance, masked, _ = without_people(instance, plan, None, key=key, blur=blur, target=target)
        progress(Progress("writing"))
        write_text(page_html(instance, masked or plan), target)


def generate_file(
    place: str, *, households: int, volunteers: int, seed: int, kind: Kind, target: str, quiet: bool
) -> None:
    """Make an instance and write it."""
    from pairsolve.generate import generate  # noqa: PLC0415  # loads the geography, which only this command needs

    ensure_writable(target)
    with display_for(Console(stderr=True), quiet=quiet) as progress:
        progress(Progress("places"))
        instance = generate(
            place,
            households=households,
            volunteers=volunteers,
            seed=seed,
            kind=kind,
            progress=lambda stage, done, total: progress(Progress(stage, 0, 0)),
        )
        progress(Progress("writing"))
        write(instance, target)
    if not quiet and target != STDOUT:
        typer.echo(
            f"{shown(target)}: {households:,} households, {volunteers:,} volunteers, {len(instance.needs):,} needs"
        )


def _drawn(book: Book, card: Card) -> RenderableType:
    if card.household is not None:
        return household_card(book, card.household)
    if card.volunteer is not None:
        return volunteer_card(book, card.volunteer)
    if card.area is not None:
        return area_card(book, card.area)
    if card.week is not None:
        return week_card(book, card.week)
    return tables(summary(book.plan))


def _one_stdin(*sources: str | None) -> None:
    if sources.count(STDIN) > 1:
        raise InputError(STDIN, [Problem("$", "standard input holds one file, not two; give a path for the other")])
