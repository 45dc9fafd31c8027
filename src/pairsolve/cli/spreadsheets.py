"""What the commands for spreadsheets do: import, template, export."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import typer

from pairsolve.cli.manners import say
from pairsolve.cli.masking import ensure_same, without_people
from pairsolve.errors import FileError, InputError, Problem
from pairsolve.reading import read, read_plan
from pairsolve.reading.sources import load, shown
from pairsolve.rules import DayName
from pairsolve.tables import import_registers, register_tables, result_tables, template_tables
from pairsolve.tables.files import write_tables
from pairsolve.tables.gather import warnings_and_gaps
from pairsolve.writing import STDOUT, ensure_writable, write

MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Export:
    """What ``pairsolve export`` was asked to do."""

    plan: str | None
    instance: str
    target: str
    form: str
    previous: str | None
    week_begins: DayName
    language: Literal["en", "zh"]
    key: str | None


def import_files(
    registers: Mapping[str | None, str | None],
    target: str,
    *,
    mapping: str | None,
    policy: Mapping[str, str | None],
    skip_faulty: bool,
    quiet: bool,
) -> None:
    """Read registers, write the instance, and say what was left out and what looks odd."""
    sources = [(section, source) for section, source in registers.items() if source is not None]
    if not sources:
        raise InputError("import", [Problem("--volunteers", "no register is given; name files or a workbook")])
    ensure_writable(target)
    imported = import_registers(
        sources,
        mapping=_mapping(mapping),
        policy={key: value for key, value in policy.items() if value is not None},
        skip_faulty=skip_faulty,
    )
    lines = list(warnings_and_gaps(imported))
    for line in lines if imported.left_out else lines[:MOST_LINES]:
        say(f"import: {line}")
    if len(lines) > MOST_LINES and not imported.left_out:
        say(f"import: … and {len(lines) - MOST_LINES} more")
    write(imported.instance, target)
    if not quiet and target != STDOUT:
        made = imported.instance
        typer.echo(
            f"{shown(target)}: {len(made.households):,} households, {len(made.volunteers):,} volunteers, "
            f"{len(made.needs):,} needs"
        )


def write_template(target: str, language: Literal["en", "zh"]) -> None:
    """Write empty registers."""
    if Path(target).exists():
        raise FileError(shown(target), "exists already; choose another name")
    write_tables(template_tables(language), target)
    typer.echo(f"{shown(target)}: fill in the rows, then run `pairsolve import {shown(target)} -o instance.json`")


def export_files(job: Export) -> None:
    """Write a plan, or the registers, as tables."""
    instance = read(job.instance)
    plan = None if job.plan is None else read_plan(job.plan)
    previous = None if job.previous is None else read_plan(job.previous)
    if plan is not None:
        ensure_same(instance, plan, job.plan or "")
    instance, plan, previous = without_people(instance, plan, previous, key=job.key, blur=None, target=job.target)
    if plan is None:
        write_tables(register_tables(instance, job.language), job.target, job.form)
    else:
        tables = result_tables(instance, plan, begin=job.week_begins, previous=previous, language=job.language)
        write_tables(tables, job.target, job.form)


def _mapping(source: str | None) -> dict[str, str]:
    if source is None:
        return {}
    try:
        raw = json.loads(load(source))
    except ValueError:
        raw = None
    if not isinstance(raw, dict) or not all(isinstance(value, str) for value in raw.values()):
        raise FileError(shown(source), 'must be JSON such as {"Own heading": "column"}')
    return raw
