"""Tours with synchronised visits beside the best published values.

`python -m benchmarks.hhcrsp FILE… --seconds S --threads T --out DIR` solves each file within S seconds of wall clock,
writes DIR/NAME.json in the family's format, and recounts every cost with a validator of its own.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import ledger
from benchmarks.data import DataAbsent, folder
from benchmarks.hhcrsp_validator import recount
from benchmarks.ledger import Result
from benchmarks.registry import register
from pairsolve.errors import InputError

FAMILY = "hhcrsp"


@dataclass(frozen=True, slots=True)
class Solved:
    """One file solved and recounted; `published` is the best known value, where there is one."""

    path: Path
    cost: float
    seconds: float
    moves: int
    breaches: list[str]
    published: tuple[float, str] | None
    peer: str = ""

    @property
    def gap(self) -> float | None:
        """Percent above the published value."""
        return None if self.published is None else 100 * (self.cost / self.published[0] - 1)

    @property
    def group(self) -> str:
        """The letter of the published table, or the folder."""
        letter = self.published[1].rpartition("; ")[2][:1] if self.published else ""
        return f"{self.path.parent.name} {letter}" if self.path.parent.name == "mankowska" else self.path.parent.name


@register("hhcrsp", "tours with synchronised visits: cost beside the best published value, recounted")
def run(smoke: bool) -> list[Result]:
    """Solve all files for a minute each; for smoke, one small file for a second."""
    paths = [folder(FAMILY) / "toy.json"] if smoke else sorted(folder(FAMILY).rglob("*.json"))
    seconds = 1.0 if smoke else 60.0
    with tempfile.TemporaryDirectory() as out:
        return results([solve_file(path, seconds, 2, Path(out)) for path in paths], seconds, 2)


def solve_file(path: Path, seconds: float, threads: int, out: Path, seed: int = 0) -> Solved:
    """Solve a file, write the tours, read them again and recount."""
    from benchmarks.hhcrsp_files import read_day, write_tours  # noqa: PLC0415  # listing the families stays quick
    from pairsolve.scheduling.tours.search import Effort, find_tours  # noqa: PLC0415  # the same

    began = time.monotonic()
    day = read_day(path)
    left = max(0.05, seconds - (time.monotonic() - began) - 0.1)
    tours = find_tours(day.problem, Effort(seconds=left, threads=threads, seed=seed))
    spent = time.monotonic() - began
    target = out / path.name
    write_tours(day, tours, spent, target)
    cost, breaches = recount(json.loads(path.read_text()), json.loads(target.read_text()))
    if abs(cost - tours.cost) > 1e-6:
        breaches.append(f"the engine counted {tours.cost}, the validator {cost}")
    return Solved(path, cost, spent, tours.work, breaches, published(path))


def beside_cp_sat(one: Solved, seconds: float, threads: int) -> Solved:
    """Let CP-SAT solve the same file with the same seconds and threads."""
    from benchmarks.hhcrsp_peer import by_cp_sat  # noqa: PLC0415  # listing the families loads no solver

    cost, bound = by_cp_sat(json.loads(one.path.read_text()), seconds, threads)
    return replace(one, peer="CP-SAT: no plan" if cost is None else f"CP-SAT {cost:.3f}, bound {bound:.3f}")


def published(path: Path) -> tuple[float, str] | None:
    """Return the best known value of a file and what it rests on."""
    try:
        table = folder(FAMILY).parent / "best_known.csv"
        rows = list(csv.reader(table.read_text(encoding="utf-8").splitlines()))
    except (DataAbsent, OSError):
        return None
    return next(((float(row[2]), row[3]) for row in rows if row[0].startswith(FAMILY) and row[1] == path.stem), None)


def results(solved: list[Solved], seconds: float, threads: int) -> list[Result]:
    """Return one row a group: mean and largest gap, how many new best values, and whether all are sound."""
    groups: dict[str, list[Solved]] = defaultdict(list)
    for one in solved:
        groups[one.group].append(one)
    rows = []
    for group, members in sorted(groups.items()):
        gaps = [one.gap for one in members if one.gap is not None]
        better = [f"{one.path.stem} {one.cost:.3f}" for one in members if one.gap is not None and one.gap < -1e-3]
        figure = f"{seconds:g} s, {threads} threads each; " + (
            f"mean gap {sum(gaps) / len(gaps):+.2f} %, worst {max(gaps):+.2f} %" if gaps else "no published value"
        )
        broken = sum(bool(one.breaches) for one in members)
        figure += f"; {broken} unsound" if broken else "; validator agrees"
        if better:
            figure += f"; below: {', '.join(better)}"
        peers = [f"{one.path.stem}: {one.cost:.3f} beside {one.peer}" for one in members if one.peer]
        peer = "; ".join(["best published values", *peers])
        rows.append(Result(f"hhcrsp {group}, {len(members)} files", figure, peer))
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Solve the files given."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hhcrsp", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--seconds", type=float, default=60.0, help="wall-clock seconds a file, reading included")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the solution files go")
    parser.add_argument("--keep", action="store_true", help="add the gaps to the ledger")
    parser.add_argument("--peer", action="store_true", help="let CP-SAT solve each file too, for as long")
    given = parser.parse_args(arguments)
    if given.seconds <= 0 or given.threads < 1:
        print("--seconds must be above 0 and --threads 1 or more", file=sys.stderr)
        return 2
    compile_first()
    solved, wrong = [], 0
    for path in given.files:
        try:
            one = solve_file(path, given.seconds, given.threads, given.out, given.seed)
        except InputError as error:
            print(error, file=sys.stderr)
            wrong += 1
            continue
        one = beside_cp_sat(one, given.seconds, given.threads) if given.peer else one
        solved.append(one)
        gap = "" if one.gap is None else f"  {one.gap:+.3f} % of {one.published[0]:g}"
        told = f"{path.stem}: {one.cost:.3f}  {one.seconds:.1f} s  {one.moves / 1e6:.0f} M moves{gap}  {one.peer}"
        print(told.rstrip(), flush=True)
        for breach in one.breaches:
            print(f"  unsound: {breach}", file=sys.stderr)
    if given.keep and solved:
        command = f"python -m benchmarks.hhcrsp --seconds {given.seconds:g} --threads {given.threads}"
        ledger.add(results(solved, given.seconds, given.threads), command)
    return 2 if wrong else int(any(one.breaches for one in solved))


def compile_first() -> None:
    """Compile outside the clock, and say how long it took."""
    from pairsolve.compiled import is_compiled, load  # noqa: PLC0415  # listing the families stays quick
    from pairsolve.scheduling.tours.search import KERNELS  # noqa: PLC0415  # the same

    cold = not all(map(is_compiled, KERNELS))
    began = time.monotonic()
    load(KERNELS)
    done = "compiled" if cold else "loaded"
    print(f"loops {done} in {time.monotonic() - began:.1f} s, outside the clock", flush=True)


if __name__ == "__main__":
    sys.exit(main())
