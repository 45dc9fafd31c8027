"""Instances whose costs are a table: rows are volunteers, columns households, an entry the minutes between them."""

from __future__ import annotations

from datetime import date
from typing import Any

from pairsolve.instance import Crew, Household, Instance, Need, Service, Volunteer
from pairsolve.rules import Term, Tier
from pairsolve.setting import Horizon, Location, MatrixMetric, Mode, Travel

DAY = date(2027, 3, 1)


def table_instance(
    name: str, minutes: Any, *, crew: int = 1, most: int = 1, least: int = 0, reach: int | None = None
) -> Instance:
    """Return an instance that asks for a cheapest choice of entries.

    Parameters
    ----------
    name
        What it is called.
    minutes
        Whole numbers, shape (volunteers, households).
    crew
        Entries to choose in each column.
    most, least
        Most and fewest entries to choose in each row.
    reach
        Larger entries may not be chosen.
    """
    rows, columns = minutes.shape
    places = tuple(f"r{row}" for row in range(rows)) + tuple(f"c{column}" for column in range(columns))
    nothing = (0.0,) * rows, (0.0,) * columns
    table = [(*nothing[0], *map(float, line)) for line in minutes.tolist()]
    table += [(*map(float, line), *nothing[1]) for line in minutes.T.tolist()]
    return Instance(
        name=name,
        horizon=Horizon(first_day=DAY, last_day=DAY),
        travel=Travel(modes={"table": Mode(speed_kmh=1.0)}, metric=MatrixMetric(places=places, minutes=tuple(table))),
        services=(Service(id="any"),),
        volunteers=tuple(
            Volunteer(
                id=f"R{row + 1}", location=Location(place=places[row]), mode="table", max_households=most,
                min_households=least, reach_minutes=int(minutes.max()) if reach is None else reach,
            )
            for row in range(rows)
        ),
        households=tuple(
            Household(id=f"C{column + 1}", location=Location(place=places[rows + column])) for column in range(columns)
        ),
        needs=tuple(
            Need(id=f"N{column + 1}", household=f"C{column + 1}", service="any", crew=Crew(min=crew, max=crew))
            for column in range(columns)
        ),
        rules=(),
        objective=(Tier(terms=(Term(kind="coverage"),)), Tier(terms=(Term(kind="travel"),))),
    )  # fmt: skip
