"""Two days of teams on the road, and clinics: `python -m benchmarks campaign` solves both and draws the routes.

The peer is what an office does without a program: every household, in order of its list, to the nearest team that
still has a place, and every team on its way from the nearest household to the next.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.ledger import Result
from benchmarks.registry import register

if TYPE_CHECKING:
    from pairsolve.instance import Instance
    from pairsolve.plan import Plan

INSTANCES = Path(__file__).resolve().parents[1] / "instances"
NAMES = ("campaign", "assistance-day")


@register("campaign", "a visiting campaign and an assistance day: seconds, coverage, minutes on the road, routes drawn")
def run(smoke: bool) -> list[Result]:
    """Solve both instances; the smaller one for smoke."""
    return [measure(name, draw=not smoke) for name in (NAMES[1:] if smoke else NAMES)]


def measure(name: str, *, draw: bool) -> Result:
    """Solve one instance, and draw its routes."""
    from pairsolve.check import check  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.feeds import maps  # noqa: PLC0415  # the same
    from pairsolve.reading import read  # noqa: PLC0415  # the same
    from pairsolve.solve import solve  # noqa: PLC0415  # the same

    instance = read(INSTANCES / f"{name}.json")
    began = time.perf_counter()
    plan = solve(instance, threads=2)
    seconds = time.perf_counter() - began
    routes = maps(instance, plan)["routes"]["features"]
    road = sum(feature["properties"]["travel_minutes"] for feature in routes)
    plain = {one.id for one in instance.volunteers if not one.skills}
    theirs = sum(one["properties"]["travel_minutes"] for one in routes if one["properties"]["volunteer"] in plain)
    verdict = "agrees" if check(instance, plan).ok else "disagrees"
    covered = sum(row.covered for row in plan.coverage)
    if draw:
        from benchmarks import pictures  # noqa: PLC0415  # draws only here

        pictures.routes(routes, name)
    staffed = f", {len(plan.events)} of {len(instance.events)} events staffed" if instance.events else ""
    return Result(
        f"{name}: {len(instance.needs)} needs, {len(instance.volunteers)} teams or volunteers",
        f"{covered} covered, {len(plan.visits)} visits{staffed}; {road} minutes to the visits, "
        f"{theirs} of them by people without a profession, {len(routes)} routes; {on_road(plan)} on all roads and home "
        f"({on_road(by_moves_alone(instance))} by moves alone); "
        f"{plan.status}, referee {verdict}; {seconds:.1f} s",
        by_list(instance) if name == "campaign" else "",
    )


def on_road(plan: Plan) -> int:
    """Return the minutes on the road that a plan states."""
    return plan.minutes.road if plan.minutes else 0


def by_moves_alone(instance: Instance) -> Plan:
    """Solve without the search for tours."""
    from pairsolve.scheduling import day_tours  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.solve import solve  # noqa: PLC0415  # the same

    fewest = day_tours.FEWEST
    day_tours.FEWEST = 1 << 30
    try:
        return solve(instance, threads=2)
    finally:
        day_tours.FEWEST = fewest


def by_list(instance: Instance) -> str:
    """Return what an office reaches that goes through its list."""
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible

    from pairsolve.travel import Times  # noqa: PLC0415  # the same

    times = Times(instance)
    homes = times.first_household + np.arange(len(instance.households))
    plain = [number for number, team in enumerate(instance.volunteers) if not team.skills]
    mode = times.mode_names.index("car")
    room = {number: instance.volunteers[number].max_households for number in plain}
    lists: dict[int, list[int]] = {number: [] for number in plain}
    for home in homes.tolist():
        free = [number for number in plain if room[number] > 0]
        if free:
            ways = times.minutes(mode, np.array(free), np.full(len(free), home))
            nearest = free[int(np.argmin(ways))]
            room[nearest] -= 1
            lists[nearest].append(home)
    road, visited = 0, 0
    length = instance.services[0].minutes
    for number, waiting in lists.items():
        for _ in range(2):
            at, clock = number, 0
            while waiting:
                ways: Any = times.minutes(mode, np.full(len(waiting), at), np.array(waiting))
                best = int(np.argmin(ways))
                if clock + int(ways[best]) + length > 450:  # of the 450 minutes of a day's office hours
                    break
                clock += int(ways[best]) + length
                road += int(ways[best])
                at = waiting.pop(best)
                visited += 1
    return f"down the list to the nearest team, nearest household next, no doctors: {visited} visits, {road} minutes"
