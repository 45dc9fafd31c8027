"""The real home-care week of October 2017: `python -m benchmarks.strathclyde [--days N]`.

Reports coverage, carers used beside the agency's own, travel, and the carers a client sees.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import ceil
from pathlib import Path

from benchmarks import ledger
from benchmarks.data import DataAbsent, folder
from benchmarks.homecare import instance_from
from benchmarks.ledger import Result
from benchmarks.registry import register
from pairsolve.instance import Instance
from pairsolve.plan import Plan, Visit
from pairsolve.rules import DAY_NAMES
from pairsolve.writing import write

FILES = "strathclyde_homecare"


@dataclass(frozen=True, slots=True)
class DayRow:
    """One date of the plan beside what was asked and who was on duty."""

    day: date
    asked: int
    planned: int
    double_asked: int
    double_planned: int
    on_duty: int
    used: int
    travel: int


@register("strathclyde", "a real home-care week: visits covered, carers used, travel, carers per client")
def run(smoke: bool) -> list[Result]:
    """Solve the week; one day for smoke."""
    return measure(1 if smoke else 7)


def measure(
    num_days: int,
    dates_per_need: int = 3,
    min_percent: int = 100,
    time_limit: float | None = None,
    *,
    centred: bool = True,
) -> list[Result]:
    """Build, solve, judge and report."""
    instance = instance_from(folder(FILES), num_days, dates_per_need, min_percent, centred=centred)
    print(describe(instance), flush=True)
    from pairsolve.check import check  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.options import Options  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.solve import solve  # noqa: PLC0415  # listing the families loads no solver

    began = time.perf_counter()
    plan = solve(instance, Options(time_limit=time_limit))
    seconds = time.perf_counter() - began
    verdict = check(instance, plan)
    for finding in verdict.findings[:10]:
        print(f"  referee: {finding}")
    rows = day_rows(instance, plan)
    show(rows)
    faces = faces_per_client(instance, plan)
    asked, planned = sum(row.asked for row in rows), sum(row.planned for row in rows)
    doubles = f"{sum(row.double_planned for row in rows)} of {sum(row.double_asked for row in rows)}"
    used = sum(row.used for row in rows) / len(rows)
    figure = (
        f"{planned} of {asked} visits ({planned / asked:.1%}), double visits {doubles}; {used:.1f} carers a day; "
        f"travel {sum(row.travel for row in rows)} min; carers per client {sum(faces) / max(1, len(faces)):.2f} mean, "
        f"{max(faces, default=0)} most; {seconds:.0f} s, {plan.status}, "
        f"referee {'agrees' if verdict.ok else 'disagrees'}"
    )
    print(figure)
    duty = sum(row.on_duty for row in rows) / len(rows)
    return [
        Result(f"home care, {len(rows)} days, {len(instance.needs)} needs", figure, f"agency: {duty:.1f} carers a day")
    ]


def describe(instance: Instance) -> str:
    """Return the size of the instance in a line."""
    visits = sum(need.visits.count for need in instance.needs)
    return (
        f"{instance.name}: {len(instance.volunteers)} carers, {len(instance.households)} clients, "
        f"{len(instance.needs)} needs with {visits} visits"
    )


def day_rows(instance: Instance, plan: Plan) -> list[DayRow]:
    """Count a plan date by date."""
    needs = {need.id: need for need in instance.needs}
    asked: dict[str, list[bool]] = defaultdict(list)
    for need in instance.needs:
        for weekday in need.windows[0].days:
            asked[weekday].append(need.crew.min > 1)
    planned: dict[date, list[Visit]] = defaultdict(list)
    for visit in plan.visits:
        planned[visit.start.date()].append(visit)
    travel = travel_by_day(instance, plan)
    first, last = instance.horizon.first_day, instance.horizon.last_day
    rows = []
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        name, visits = DAY_NAMES[day.weekday()], planned[day]
        rows.append(
            DayRow(
                day=day,
                asked=len(asked[name]),
                planned=len(visits),
                double_asked=sum(asked[name]),
                double_planned=sum(needs[visit.need].crew.min > 1 for visit in visits),
                on_duty=sum(any(name in window.days for window in carer.windows) for carer in instance.volunteers),
                used=len({carer for visit in visits for carer in visit.crew}),
                travel=travel[day],
            )
        )
    return rows


def travel_by_day(instance: Instance, plan: Plan) -> dict[date, int]:
    """Sum the minutes between clients that follow one another on a carer's day, rounded up trip by trip."""
    metric = instance.travel.metric
    assert metric.kind == "matrix"
    number = {place: index for index, place in enumerate(metric.places)}
    household = {need.id: need.household for need in instance.needs}
    routes: dict[tuple[date, str], list[tuple[Visit, int]]] = defaultdict(list)
    for visit in sorted(plan.visits, key=lambda v: v.start):
        for carer in visit.crew:
            routes[visit.start.date(), carer].append((visit, number[household[visit.need]]))
    total: dict[date, int] = defaultdict(int)
    for (day, _), stops in routes.items():
        for (_, one), (_, other) in pairwise(stops):
            total[day] += ceil(round(metric.minutes[one][other], 9))
    return total


def faces_per_client(instance: Instance, plan: Plan) -> list[int]:
    """Return how many different carers visit each client who is visited at all."""
    household = {need.id: need.household for need in instance.needs}
    carers: dict[str, set[str]] = defaultdict(set)
    for visit in plan.visits:
        carers[household[visit.need]] |= set(visit.crew)
    return sorted(map(len, carers.values()))


def show(rows: Sequence[DayRow]) -> None:
    """Print the table."""
    print(f"{'day':12}{'visits':>14}{'double':>12}{'carers':>8}{'on duty':>9}{'travel min':>12}")
    for row in rows:
        visits, double = f"{row.planned} of {row.asked}", f"{row.double_planned} of {row.double_asked}"
        print(f"{row.day!s:12}{visits:>14}{double:>12}{row.used:>8}{row.on_duty:>9}{row.travel:>12}")


def main(arguments: list[str] | None = None) -> int:
    """Solve the week, or its first days, and add a row to the ledger."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.strathclyde", description=__doc__)
    parser.add_argument("--days", type=int, default=7, choices=range(1, 8), help="only the first dates")
    parser.add_argument("--dates-per-need", type=int, default=3, help="most visits the same carers make together")
    parser.add_argument("--min-percent", type=int, default=100, help="share of a need's visits that must be possible")
    parser.add_argument("--nowhere", action="store_true", help="pair without places of the carers")
    parser.add_argument("--time-limit", type=float, help="seconds")
    parser.add_argument("--write", type=Path, help="write the instance to this file and stop")
    given = parser.parse_args(arguments)
    try:
        if given.write is not None:
            instance = instance_from(
                folder(FILES), given.days, given.dates_per_need, given.min_percent, centred=not given.nowhere
            )
            print(describe(instance))
            write(instance, given.write)
            return 0
        results = measure(
            given.days, given.dates_per_need, given.min_percent, given.time_limit, centred=not given.nowhere
        )
    except DataAbsent as absent:
        print(absent, file=sys.stderr)
        return 2
    options = "".join(f" {word}" for word in (sys.argv[1:] if arguments is None else arguments))
    ledger.add(results, f"python -m benchmarks.strathclyde{options}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
