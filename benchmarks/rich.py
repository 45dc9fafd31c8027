"""A city with everything: hours, crews with roles, targets, quotas and a running plan, paired beside monoliths.

`python -m benchmarks.rich [--sizes N ...] [--seconds S] [--solvers NAME ...]` runs a part of it. All solvers get the
same wall-clock limit, counted from the loaded instance. The monoliths minimise the tiers up to travel and no further.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks import ledger
from benchmarks.ledger import Result
from benchmarks.race import Outcome, Row, Stage, Task, fresh
from benchmarks.registry import register

SIZES = {2_000: 180.0, 20_000: 180.0, 100_000: 600.0}  # households: seconds
FUNCTIONS = {"pairsolve": "by_pairsolve", "CP-SAT": "by_monolith", "HiGHS": "by_monolith"}
TRAVEL = "travel"
THREADS = 2
PREPARATION = 300.0  # seconds more before a process is ended, for the instance and for a late stop
HEADS = ("instance", "solver", "tiers before travel", "travel", "bound", "gap", "seconds", "MiB", "")


@register("rich", "a generated Nanning with all rules, stage pair: monoliths in CP-SAT and HiGHS, same time limit")
def run(smoke: bool) -> list[Result]:
    """Run all sizes; a hamlet for smoke."""
    return measure({40: 10.0} if smoke else SIZES)


def measure(sizes: dict[int, float], solvers: Iterable[str] = tuple(FUNCTIONS)) -> list[Result]:
    """Race on each size with its seconds, print the table, and return the rows of the ledger."""
    chosen, rows = tuple(solvers), []
    for households, seconds in sizes.items():
        for solver in chosen:
            rows.append(fresh(task(households, seconds, solver)))
            print(f"  {rows[-1].task.instance}, {solver}: {told(rows[-1])}", file=sys.stderr, flush=True)
    show(rows)
    return results(rows)


def task(households: int, seconds: float, solver: str) -> Task:
    """Return one solver on one city."""
    name = f"rich city {households:,} × {_volunteers(households):,}, {seconds:.0f} s"
    arguments = {"households": households, "seconds": seconds, "solver": solver}
    return Task(
        name, solver, f"benchmarks.rich:{FUNCTIONS[solver]}", arguments, seconds * 1.25 + PREPARATION, size=households
    )


def _volunteers(households: int) -> int:
    return households * 6 // 10


def rich_city(households: int) -> Any:
    """Return the instance."""
    from pairsolve.generate import generate  # noqa: PLC0415  # listing the families loads as little as possible

    return generate("nanning", households=households, volunteers=_volunteers(households), seed=1)


def by_pairsolve(stage: Stage, households: int, seconds: float, solver: str) -> Outcome:
    """Pair by pairsolve; the referee counts."""
    from pairsolve.check import check  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.solve import solve  # noqa: PLC0415  # listing the families loads no solver

    instance = rich_city(households)
    with stage:
        plan = solve(instance, stage="pair", threads=THREADS, time_limit=seconds)
    tiers = [(tier.name, tier.value, tier.bound) for tier in plan.objective]
    return outcome(tiers, f"{plan.status}, referee {'agrees' if check(instance, plan).ok else 'disagrees'}")


def by_monolith(stage: Stage, households: int, seconds: float, solver: str) -> Outcome:
    """Pair by one solver on the whole model, all admissible seats listed; the rules are counted afterwards."""
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible

    from benchmarks.monoliths import tier_after_tier  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve import candidates  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.calendar import Calendar  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.options import Watch  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.pairing.rules import PairRules, broken  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.pairing.tiers import Seats, evaluate, tiers_of  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.problem import Problem  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.timetable import TimeTable  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.travel import Times  # noqa: PLC0415  # listing the families loads no solver

    instance = rich_city(households)
    with stage:
        ends = time.monotonic() + seconds
        problem = Problem.build(instance, Calendar(instance.horizon), Times(instance))
        listed = candidates.find(problem, TimeTable(problem), Watch())
        tiers = tiers_of(problem)
        tiers = tiers[: [tier.name for tier in tiers].index(TRAVEL) + 1]
        found = tier_after_tier(solver, problem, listed, tiers, THREADS, ends)
    note = f"{len(listed):,} admissible seats"
    if found.rows is None:
        return Outcome(note=f"{note}; {found.note}")
    seats = Seats(problem, listed, np.sort(found.rows))
    faults = broken(seats, PairRules.build(problem, None))
    note += f"; {found.note}" if found.note else ""
    note += f"; rules broken by {faults}" if faults else "; rules obeyed"
    names = [tier.name for tier in tiers]
    return outcome(list(zip(names, evaluate(seats, tiers), found.bounds, strict=True)), note)


def outcome(tiers: Sequence[tuple[str, int, int | None]], note: str) -> Outcome:
    """Return the travel tier as value and bound, the tiers before it as detail."""
    names = [name for name, _, _ in tiers]
    if TRAVEL not in names:
        return Outcome(note=note)
    place = names.index(TRAVEL)
    before = [[name, value, bound] for name, value, bound in tiers[:place]]
    return Outcome(tiers[place][1], tiers[place][2], note, {"tiers": before})


def before_travel(row: Row) -> str:
    """Return the tiers before travel: value, and bound where it is another or not known."""
    parts = []
    for name, value, bound in row.detail.get("tiers", []):
        proof = "" if bound == value else " (no bound)" if bound is None else f" (≥ {bound:,})"
        parts.append(f"{name} {value:,}{proof}")
    return ", ".join(parts)


def told(row: Row) -> str:
    """Return a row in words."""
    cells = _cells(row)
    said = [cells[2], f"travel {cells[3]}" if cells[3] else "", f"bound {cells[4]}" if cells[4] else ""]
    said += [f"gap {cells[5]}" if cells[5] else "", f"{cells[6]} s" if cells[6] else ""]
    return ", ".join(part for part in [*said, f"{cells[7]} MiB" if cells[7] else "", row.note] if part)


def show(rows: Sequence[Row]) -> None:
    """Print the table."""
    cells = [HEADS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADS))]
    for line in cells:
        left = (f"{line[column]:<{widths[column]}}" for column in (0, 1, 2))
        right = (f"{line[column]:>{widths[column]}}" for column in range(3, 8))
        print("  ".join((*left, *right, line[8])).rstrip())


def results(rows: Sequence[Row]) -> list[Result]:
    """Return a row of the ledger per instance, the monoliths as its peers; all solvers alone where pairsolve is not."""
    found = []
    for instance in dict.fromkeys(row.task.instance for row in rows):
        said = [f"{row.task.solver} {told(row)}" for row in rows if row.task.instance == instance]
        found.append(Result(instance, said[0], "; ".join(said[1:])))
    return found


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.task.instance,
        row.task.solver,
        before_travel(row),
        "" if row.value is None else f"{row.value:,.0f}",
        "" if row.bound is None else f"{row.bound:,.0f}",
        "" if row.proven_gap is None else f"{row.proven_gap:.2%}",
        "" if row.seconds is None else f"{row.seconds:.1f}",
        "" if row.mebibytes is None else f"{row.mebibytes:,.0f}",
        row.note,
    )


def main(arguments: list[str] | None = None) -> int:
    """Run a part of the family and add its rows to the ledger."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rich", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="households")
    parser.add_argument("--seconds", type=float, help="limit of every solver; 600 from 100,000 households, else 180")
    parser.add_argument("--solvers", nargs="+", choices=list(FUNCTIONS), default=list(FUNCTIONS))
    given = parser.parse_args(arguments)
    limits = {size: given.seconds or (600.0 if size >= 100_000 else 180.0) for size in given.sizes}
    found = measure(limits, given.solvers)
    ledger.add(found, " ".join(["python -m benchmarks.rich", *(sys.argv[1:] if arguments is None else arguments)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
