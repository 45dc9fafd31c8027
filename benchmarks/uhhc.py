"""Shared home care days: shifts, lunch breaks, preferred carers, optional patients, beside the published values.

`python -m benchmarks.uhhc FILE… --seconds S --threads T --out DIR` solves each file within S seconds of wall clock,
writes DIR/NAME.json in the family's format, and recounts every cost with a validator of its own.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import ledger
from benchmarks.data import DataAbsent, folder
from benchmarks.hhcrsp import compile_first
from benchmarks.ledger import Result
from benchmarks.registry import register
from benchmarks.uhhc_validator import recount
from pairsolve.errors import InputError

FAMILY = "uhhc"


@register("uhhc", "shared home care days: cost beside the best published value, recounted")
def run(smoke: bool) -> list[Result]:
    """Solve the validation files for a minute each; for smoke, one file for a second."""
    paths = sorted((folder(FAMILY) / "validation").glob("*.json"))
    seconds = 1.0 if smoke else 60.0
    with tempfile.TemporaryDirectory() as out:
        return [solve_file(path, seconds, 2, Path(out))[0] for path in (paths[:1] if smoke else paths)]


def solve_file(path: Path, seconds: float, threads: int, out: Path, seed: int = 0) -> tuple[Result, list[str]]:
    """Solve a file, write the solution, and recount; return the row and what is unsound."""
    from benchmarks.uhhc_files import read_shared_day, solution_of  # noqa: PLC0415  # listing stays quick
    from pairsolve.scheduling.tours.search import Effort, find_tours  # noqa: PLC0415  # the same

    began = time.monotonic()
    day = read_shared_day(path)
    left = max(0.05, seconds - (time.monotonic() - began) - 0.1)
    tours = find_tours(day.problem, Effort(seconds=left, threads=threads, seed=seed))
    spent = time.monotonic() - began
    text = json.dumps(solution_of(day, tours, spent), indent=1, ensure_ascii=False) + "\n"
    out.mkdir(parents=True, exist_ok=True)
    beside = out / f"{path.stem}.part"
    beside.write_text(text, encoding="utf-8")
    beside.replace(out / path.name)
    total, _, breaches = recount(day.raw, json.loads(text))
    if not breaches and abs(total - tours.cost) > 1e-6:
        breaches.append(f"the engine counted {tours.cost}, the validator {total}")
    best = published(path)
    gap = "" if best is None else f", {100 * (total / best - 1):+.2f} %"
    figure = f"{total:.1f}{gap}; {spent:.0f} s, {threads} threads; {'unsound' if breaches else 'validator agrees'}"
    return Result(
        f"uhhc {path.parent.name} {path.stem}", figure, "" if best is None else f"published {best:g}"
    ), breaches


def published(path: Path) -> float | None:
    """Return the best published value of a file."""
    try:
        text = (folder(FAMILY).parent / "best_known.csv").read_text(encoding="utf-8")
    except (DataAbsent, OSError):
        return None
    name = f"{FAMILY}/{path.parent.name}"
    return next((float(row[2]) for row in csv.reader(text.splitlines()) if row[:2] == [name, path.stem]), None)


def main(arguments: list[str] | None = None) -> int:
    """Solve the files given."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.uhhc", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--seconds", type=float, default=60.0, help="wall-clock seconds a file, reading included")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the solution files go")
    parser.add_argument("--keep", action="store_true", help="add the rows to the ledger")
    given = parser.parse_args(arguments)
    if given.seconds <= 0 or given.threads < 1:
        print("--seconds must be above 0 and --threads 1 or more", file=sys.stderr)
        return 2
    compile_first()
    rows, ending = [], 0
    for path in given.files:
        try:
            row, breaches = solve_file(path, given.seconds, given.threads, given.out, given.seed)
        except InputError as error:
            print(error, file=sys.stderr)
            ending = 2
            continue
        rows.append(row)
        print(f"{row.instance}: {row.figure} {row.peer}", flush=True)
        for breach in breaches:
            print(f"  unsound: {breach}", file=sys.stderr)
            ending = max(ending, 1)
    if given.keep and rows:
        ledger.add(rows, f"python -m benchmarks.uhhc --seconds {given.seconds:g} --threads {given.threads}")
    return ending


if __name__ == "__main__":
    sys.exit(main())
