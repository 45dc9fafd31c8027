"""The real home-care week of October 2017 as tours: `python -m benchmarks.strathclyde [--days N] [--seconds S]`.

The agency's own carers, shifts and ways; windows of 30 minutes around the planned starts; visits by two at once. Each
date is planned with the carers whom clients saw on the dates before as the ones they prefer. Beside it: every visit to
those who can come soonest, and OR-Tools routing with the same seconds.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date

from benchmarks import ledger
from benchmarks.caredays import CareDay, DayLedger, Route, by_first_carer, by_pairsolve, by_routing, ledger_of
from benchmarks.data import DataAbsent, folder
from benchmarks.homecare import Block, CareWeek, read_week
from benchmarks.ledger import Result
from benchmarks.registry import register

FILES = "strathclyde_homecare"
SECONDS = 30.0

Planner = Callable[[CareDay], Mapping[Block, Route]]


@register("strathclyde", "a real home-care week as tours: visits covered, travel, carers per client")
def run(smoke: bool) -> list[Result]:
    """Plan the week; one day for a second for smoke."""
    return measure(1, 1.0, 1) if smoke else measure(7, SECONDS, 2)


def measure(num_days: int, seconds: float, threads: int) -> list[Result]:
    """Plan the dates one after another in three ways, and report."""
    week = read_week(folder(FILES), num_days)
    return [
        planned("pairsolve tours", week, lambda day: by_pairsolve(day, seconds, threads), seconds),
        planned("first carer who can come", week, by_first_carer, 0.0),
        planned("OR-Tools routing", week, lambda day: by_routing(day, seconds), seconds),
    ]


def planned(name: str, week: CareWeek, planner: Planner, seconds: float) -> Result:
    """Plan a week in one way; what clients saw on one date is known on the next."""
    seen: dict[str, frozenset[str]] = defaultdict(frozenset)
    rows: dict[date, DayLedger] = {}
    for today in week.days:
        day = CareDay(week, today, dict(seen))
        rows[today] = ledger_of(day, planner(day))
        for client, carers in rows[today].seen.items():
            seen[client] |= carers
    show(name, rows)
    faces = sorted(map(len, seen.values()))
    made, coverable = (sum(getattr(row, what) for row in rows.values()) for what in ("made", "coverable"))
    figure = (
        f"{name}: {made} of {coverable} visits that a crew on duty could make ({made / max(1, coverable):.2%}; "
        f"{sum(row.asked for row in rows.values())} asked), by two "
        f"{sum(row.doubles_made for row in rows.values())} of {sum(row.doubles for row in rows.values())}; "
        f"travel {sum(row.travel for row in rows.values()):,.0f} min; "
        f"{sum(row.shift for row in rows.values()) / len(rows):.1f} min from the planned start, "
        f"{sum(row.late for row in rows.values()):.0f} min after windows; carers per client "
        f"{sum(faces) / max(1, len(faces)):.2f} mean, {max(faces, default=0)} most; {seconds:g} s a date"
    )
    print(figure, flush=True)
    return Result(f"home care, {len(rows)} dates", figure, "in the same run")


def show(name: str, rows: Mapping[date, DayLedger]) -> None:
    """Print the table."""
    print(f"{name:14}{'visits':>14}{'by two':>12}{'carers':>8}{'travel min':>12}")
    for day, row in rows.items():
        visits, doubles = f"{row.made} of {row.coverable}", f"{row.doubles_made} of {row.doubles}"
        print(f"{day!s:14}{visits:>14}{doubles:>12}{row.carers:>8}{row.travel:>12.0f}")


def main(arguments: list[str] | None = None) -> int:
    """Plan the week, or its first dates, and add the rows to the ledger."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.strathclyde", description=__doc__)
    parser.add_argument("--days", type=int, default=7, choices=range(1, 8), help="only the first dates")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of wall clock, for each date and planner")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args(arguments)
    try:
        found = measure(given.days, given.seconds, given.threads)
    except DataAbsent as absent:
        print(absent, file=sys.stderr)
        return 2
    options = "".join(f" {word}" for word in (sys.argv[1:] if arguments is None else arguments))
    ledger.add(found, f"python -m benchmarks.strathclyde{options}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
