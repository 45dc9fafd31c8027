"""A city paired exactly over every admissible pair, beside flow solvers that must list them.

`python -m benchmarks.city [--kind plain|tight|car|even|even-car] [--sizes N ...] [--no-peers]` runs a part of it.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from benchmarks import ledger, pictures
from benchmarks.ledger import Result
from benchmarks.race import MEBIBYTE, Outcome, Row, Stage, Task, _memory, fresh, race, results
from benchmarks.registry import register

SIZES = {
    "plain": (1_000, 10_000, 25_000, 50_000, 100_000, 200_000, 1_000_000),
    "tight": (20_000, 100_000),
    "car": (20_000, 100_000),
    "even": (10_000, 100_000, 200_000, 1_000_000),
    "even-car": (20_000, 100_000),
}
NETWORKX, HIGHS, LISTED = 1_000, 10_000, 200_000  # largest sizes a peer is asked
LIMIT = 2400.0


@register("city", "a generated Nanning paired exactly: OR-Tools flow on all and on the 30 nearest, HiGHS, networkx")
def run(smoke: bool) -> list[Result]:
    """Run all kinds and sizes."""
    if smoke:
        return measure("plain", (200,))
    return [result for kind in SIZES for result in measure(kind, SIZES[kind])]


def measure(kind: str, sizes: tuple[int, ...], *, peers: bool = True) -> list[Result]:
    """Race on one kind of city."""
    rows = race([task for size in sizes for task in tasks(kind, size, peers=peers)])
    if sizes == SIZES[kind]:  # a part of the sizes would draw a part of the picture
        pictures.by_size(rows, f"city-{kind}", "households")
    return results(rows)


def tasks(kind: str, size: int, *, peers: bool) -> list[Task]:
    """Return the solvers of one city."""
    pairs = count(kind, size)
    name = f"city {kind} {size:,} × {size * 6 // 10:,}, {pairs:,} admissible pairs"
    solvers = ["pairsolve"]
    if peers and size <= LISTED:
        solvers += ["OR-Tools flow, all pairs", "OR-Tools flow, 30 nearest"]
        solvers += ["HiGHS LP, all pairs"] * (size <= HIGHS) + ["networkx, all pairs"] * (size <= NETWORKX)
    arguments = {"kind": kind, "households": size}
    return [
        Task(
            name, solver, f"benchmarks.city:{_FUNCTIONS[solver]}",
            arguments | ({"pairs": pairs} if solver == "OR-Tools flow, all pairs" else {}), LIMIT, size=size,
        )
        for solver in solvers
    ]  # fmt: skip


_FUNCTIONS = {
    "pairsolve": "by_pairsolve",
    "OR-Tools flow, all pairs": "by_flow",
    "OR-Tools flow, 30 nearest": "by_flow_of_nearest",
    "HiGHS LP, all pairs": "by_linear_program",
    "networkx, all pairs": "by_network_simplex",
}


def count(kind: str, size: int) -> int:
    """Count the admissible pairs, in a process of its own."""
    row: Row = fresh(Task("", "", "benchmarks.city:counted", {"kind": kind, "households": size}, LIMIT))
    if row.value is None:
        raise RuntimeError(f"the pairs of city {kind} {size} cannot be counted: {row.note}")
    return int(row.value)


def counted(stage: Stage, kind: str, households: int) -> Outcome:
    """Return the number of admissible pairs."""
    from benchmarks.cities import city, count_pairs  # noqa: PLC0415  # listing the families loads no solver

    return Outcome(count_pairs(city(households, kind)))


def by_pairsolve(stage: Stage, kind: str, households: int) -> Outcome:
    """Pair by the city engine: from the loaded instance to pairs and prices, compilation apart."""
    from benchmarks.cities import city, packed  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.calendar import Calendar  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.collector import calm  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.compiled import load  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.options import Watch  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.pairing.city.bound import KERNELS, solve_city  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.pairing.city.setup import Setup  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.pairing.tiers import tiers_of  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.problem import Problem  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.timetable import TimeTable  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.travel import Times  # noqa: PLC0415  # listing the families loads no solver

    load(KERNELS)
    instance = city(households, kind)
    loaded = _memory("VmRSS") / MEBIBYTE
    with stage, calm():  # as `solve` does
        problem = Problem.build(instance, Calendar(instance.horizon), Times(instance))
        timetable, tiers = TimeTable(problem), tiers_of(problem)
        answer = solve_city(problem, timetable, tiers, 2, Watch())
    if answer is None or not answer.values:
        return Outcome(note="not solved")
    setup = Setup(problem, timetable, tiers)
    value = chosen_values(setup, answer.chosen)
    note = f"uncovered {'+'.join(map(str, value[:-1]))}, cost {value[-1]:,}; instance {loaded:,.0f} MiB"
    return Outcome(packed(setup, value), packed(setup, list(answer.values)), note)


def chosen_values(setup: Any, chosen: Any) -> list[int]:
    """Count the tiers of a pairing from its pairs alone."""
    import numpy as np  # noqa: PLC0415  # listing the families loads as little as possible

    from pairsolve.candidates import ways  # noqa: PLC0415  # the same

    needs = np.flatnonzero(chosen >= 0)
    volunteers = chosen[needs]
    problem = setup.problem
    minutes, reached = ways(setup.problem, needs, volunteers)
    assert reached.all()
    assert (np.bincount(volunteers, minlength=problem.num_volunteers) <= problem.max_households).all()
    households, width = problem.job_household[needs], len(problem.instance.households)
    wishes = problem.choosy_households[households] & ~np.isin(volunteers * width + households, problem.wished)
    kept = sum(
        problem.instance.pairs[number].value
        for (volunteer, household), number in problem.existing.items()
        if chosen[household] == volunteer  # need n is the one of household n
    )
    values = []
    for part, constant in zip(setup.parts, setup.constant().tolist(), strict=True):
        total = constant - part.kept * kept + int(part.uncovered[chosen < 0].sum()) + part.wish * int(wishes.sum())
        values.append(total + part.minute * int((problem.job_required[needs] * minutes).sum()))
    return values


def by_flow(stage: Stage, kind: str, households: int, pairs: int) -> Outcome:
    """Pair by OR-Tools on all pairs, listing included."""
    from benchmarks import cities, flows  # noqa: PLC0415  # listing the families loads no solver

    flows.ensure_fits(pairs)
    return _by(stage, kind, households, cities.all_costs, flows.min_cost_flow, exact=True)


def by_flow_of_nearest(stage: Stage, kind: str, households: int) -> Outcome:
    """Pair by OR-Tools on the 30 nearest: what is usually done, and no bound."""
    from benchmarks import cities, flows  # noqa: PLC0415  # listing the families loads no solver

    return _by(stage, kind, households, cities.nearest_costs, flows.min_cost_flow, exact=False)


def by_linear_program(stage: Stage, kind: str, households: int) -> Outcome:
    """Pair by HiGHS on all pairs."""
    from benchmarks import cities, flows  # noqa: PLC0415  # listing the families loads no solver

    return _by(stage, kind, households, cities.all_costs, flows.linear_program, exact=True)


def by_network_simplex(stage: Stage, kind: str, households: int) -> Outcome:
    """Pair by networkx on all pairs."""
    from benchmarks import cities, flows  # noqa: PLC0415  # listing the families loads no solver

    return _by(stage, kind, households, cities.all_costs, flows.network_simplex, exact=True)


def _by(stage: Stage, kind: str, households: int, listed: Any, solved: Any, *, exact: bool) -> Outcome:
    import time  # noqa: PLC0415  # beside the stage's own clock

    from benchmarks.cities import city, setup_of  # noqa: PLC0415  # listing the families loads no solver

    instance = city(households, kind)
    with stage:
        began = time.perf_counter()
        costs = listed(setup_of(instance))
        listing = time.perf_counter() - began
        value = solved(costs)
    return Outcome(value, value if exact else None, f"listing {listing:.1f} s of it")


def main(arguments: list[str] | None = None) -> int:
    """Run a part of the family and add its rows to the ledger."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.city", description=__doc__)
    parser.add_argument("--kind", choices=list(SIZES), default="plain")
    parser.add_argument("--sizes", type=int, nargs="+", help="households")
    parser.add_argument("--no-peers", action="store_true")
    given = parser.parse_args(arguments)
    found = measure(given.kind, tuple(given.sizes or SIZES[given.kind]), peers=not given.no_peers)
    ledger.add(found, " ".join(["python -m benchmarks.city", *(sys.argv[1:] if arguments is None else arguments)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
