"""Dates of a whole city: seats of a generated Nanning dealt to people near by, then scheduled, and recounted.

`python -m benchmarks.dates HOUSEHOLDS` measures one city in this process and enters it in the ledger. Dealing stands
in for pairing, so that scheduling can be measured by itself: most urgent needs first, the nearest people who may, who
have an hour in common and room left.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from benchmarks.ledger import Result, add
from benchmarks.registry import register

Ints = npt.NDArray[np.int64]

ROOT = Path(__file__).parent.parent
SIZES = (10_000, 50_000, 100_000)
NEAR = 60  # people looked at for each seat group
MEBIBYTE = 2**20


@register("dates", "scheduling alone at the size of a city: seconds, components proven, visits beside their bound")
def run(smoke: bool) -> list[Result]:
    """Schedule cities, first without CP-SAT, then with it; a tiny one for smoke."""
    if smoke:
        return [shown(one) for one in measure(60)]
    for households in SIZES:  # each in a process of its own, which enters its rows itself
        subprocess.run([sys.executable, "-m", "benchmarks.dates", str(households)], check=True, cwd=ROOT)
    return []


def shown(measured: dict[str, Any]) -> Result:
    """Turn a measurement into a row of the ledger."""
    return Result(
        f"nanning, {measured['households']:,} households dealt to {measured['volunteers']:,} volunteers: "
        f"{measured['needs']:,} needs, {measured['required']:,} required visits, "
        + ("any work" if measured["limit"] is None else f"work limit {measured['limit']}"),
        f"{measured['seconds']:.2f} s first round, {measured['components']:,} components, "
        f"{measured['proven']:.3%} proven, {measured['conflicts']:,} conflicts; {measured['whole']:.2f} s with "
        f"{measured['dropped']:,} needs dropped: {measured['scheduled']:,} visits, "
        f"{measured['share']:.3%} of the bound, {measured['end_proven']:.3%} proven, {measured['findings']} findings; "
        f"largest component {measured['largest']:,} needs; {measured['mebibytes']:,.0f} MiB",
    )


@dataclass(frozen=True)
class Dealt:
    """Who was dealt what.

    Parameters
    ----------
    crews
        Need → volunteers.
    roles
        (need, volunteer) → role.
    """

    crews: dict[int, tuple[int, ...]]
    roles: dict[tuple[int, int], str]


def measure(households: int) -> list[dict[str, Any]]:
    """Generate and deal one city; schedule and recount it without CP-SAT and with it."""
    from pairsolve.calendar import Calendar  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.generate import generate  # noqa: PLC0415  # the same
    from pairsolve.problem import Problem  # noqa: PLC0415  # the same
    from pairsolve.travel import Times  # noqa: PLC0415  # the same

    instance = generate("nanning", households=households, volunteers=households * 6 // 10, seed=1)
    problem = Problem.build(instance, Calendar(instance.horizon), Times(instance))
    dealt = deal(problem)
    return [scheduled(problem, dealt, limit) for limit in (0, None)]


def scheduled(problem: Any, dealt: Dealt, limit: int | None) -> dict[str, Any]:
    """Schedule a city, then drop what clashes until it can be scheduled whole, and recount it."""
    import psutil  # noqa: PLC0415  # of the extra `bench`; needed only where something is measured

    from pairsolve.options import Options, Watch  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.scheduling import Assignment, Scheduler  # noqa: PLC0415  # the same
    from pairsolve.scheduling.components import components  # noqa: PLC0415  # the same

    assignment = Assignment(dealt.crews, {})
    options = Options(work_limit=limit)
    scheduler = Scheduler(problem.instance, problem.calendar, problem.times, options, Watch())
    began = time.perf_counter()
    first = scheduler.schedule(assignment)
    seconds = time.perf_counter() - began
    found, dropped, _ = scheduler.schedule_or_drop(assignment)
    whole = time.perf_counter() - began
    memory = psutil.Process().memory_info().rss / MEBIBYTE
    kept = [need for need in dealt.crews if need not in dropped]
    bound = int(problem.job_required[kept].sum()) - sum(found.missed_bound.values())
    return {
        "households": len(problem.instance.households),
        "volunteers": problem.num_volunteers,
        "needs": len(dealt.crews),
        "required": int(problem.job_required[list(dealt.crews)].sum()),
        "limit": limit,
        "seconds": seconds,
        "components": first.components,
        "proven": first.proven / max(1, first.components),
        "conflicts": len(first.conflicts),
        "whole": whole,
        "dropped": len(dropped),
        "scheduled": len(found.visits),
        "share": len(found.visits) / max(1, bound),
        "end_proven": found.proven / max(1, found.components),
        "findings": len(findings(problem, dealt, kept, found.visits)),
        "largest": max(map(len, components(scheduler.frame, assignment))),
        "mebibytes": memory,
    }


def deal(problem: Any) -> Dealt:
    """Give the seats of needs to people near by, most urgent needs first, as far as their hours and caps allow."""
    from pairsolve.timetable import TimeTable  # noqa: PLC0415  # listing the families loads no solver

    timetable = TimeTable(problem)
    near = list(_near(problem, timetable))
    weekly = [volunteer.minutes_per_week for volunteer in problem.instance.volunteers]
    left = np.minimum(*problem.budgets).tolist()
    homes: dict[int, set[int]] = {}
    dealt = Dealt({}, {})
    for need in np.argsort(problem.job_priority[: problem.num_needs], kind="stable").tolist():
        job = problem.jobs[need]
        crew: dict[int, tuple[str, int]] = {}
        for group in problem.job_groups[need]:
            open_seats = problem.groups[group].least
            for volunteer, minutes in near[group] if open_seats else ():
                load = job.minutes + 2 * minutes
                served = homes.setdefault(volunteer, set())
                full = job.household not in served and len(served) >= int(problem.max_households[volunteer])
                dear = job.required * load > left[volunteer] or (weekly[volunteer] or load) < load
                if full or dear or volunteer in crew or int(problem.heads[volunteer]) > open_seats:
                    continue
                if crew and not timetable.crew_has_time(need, [*crew, volunteer]):
                    continue
                crew[volunteer] = problem.groups[group].role, load
                open_seats -= int(problem.heads[volunteer])
                if not open_seats:
                    break
            if open_seats:
                crew = {}
                break
        for volunteer, (role, load) in crew.items():
            left[volunteer] -= job.required * load
            homes[volunteer].add(job.household)
            dealt.roles[need, volunteer] = role
        if crew:
            dealt.crews[need] = tuple(sorted(crew))
    return dealt


def _near(problem: Any, timetable: Any) -> Iterator[list[tuple[int, int]]]:
    """Yield, for each seat group, people with minutes, nearest first, who may take it; phones: anybody."""
    from pairsolve.candidates import demands, has_time  # noqa: PLC0415  # listing the families loads no solver

    kind, able = demands(problem)
    points = problem.times.metric.points
    place = problem.job_place[problem.group_job]
    size = min(NEAR, problem.num_volunteers)
    _, people = cKDTree(points[: problem.num_volunteers]).query(points[place], k=size)
    remote = np.flatnonzero(problem.job_remote[problem.group_job])
    people[remote] = np.random.default_rng(1).integers(problem.num_volunteers, size=(len(remote), size))
    groups, who = np.repeat(np.arange(len(place)), size), people.ravel().astype(np.int64)
    fits = able[kind[groups], who]
    groups, who = groups[fits], who[fits]
    minutes = _minutes(problem, groups, who)
    inside = has_time(problem, timetable, groups, who, minutes)
    inside &= minutes <= problem.volunteer_reach[who]
    groups, who, minutes = groups[inside], who[inside], minutes[inside]
    order = np.lexsort((who, minutes, groups))
    pairs = list(zip(who[order].tolist(), minutes[order].tolist(), strict=True))
    edges = np.searchsorted(groups[order], np.arange(len(place) + 1)).tolist()
    for first, last in pairwise(edges):
        yield list(dict.fromkeys(pairs[first:last]))


def _minutes(problem: Any, groups: Ints, who: Ints) -> Ints:
    minutes = np.zeros(len(groups), np.int64)
    jobs = problem.group_job[groups]
    modes = problem.volunteer_mode[who]
    for mode in np.unique(modes).tolist():
        some = (modes == mode) & ~problem.job_remote[jobs]
        minutes[some] = problem.times.minutes(mode, who[some], problem.job_place[jobs[some]])
    return minutes


def findings(problem: Any, dealt: Dealt, kept: Sequence[int], dated: Sequence[Any]) -> list[Any]:
    """Return what the referee finds wrong with the visits."""
    from pairsolve.check.facts import Facts  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.check.recount import Recount  # noqa: PLC0415  # the same
    from pairsolve.check.visits import RULES  # noqa: PLC0415  # the same
    from pairsolve.plan import Pair, Plan, Run, Seat, Visit  # noqa: PLC0415  # the same

    ids = [volunteer.id for volunteer in problem.instance.volunteers]
    seats: dict[tuple[str, str], list[Seat]] = {}
    for need in kept:
        record = problem.instance.needs[need]
        for volunteer in dealt.crews[need]:
            role = dealt.roles[need, volunteer]
            seat = Seat(need=record.id, role=role)
            seats.setdefault((ids[volunteer], record.household), []).append(seat)
    visits = []
    for visit in dated:
        start = problem.calendar.moment(visit.day, visit.start)
        crew = tuple(ids[volunteer] for volunteer in dealt.crews[visit.need])
        end = start + timedelta(minutes=problem.jobs[visit.need].minutes)
        record = problem.instance.needs[visit.need]
        visits.append(
            Visit(need=record.id, index=visit.index, crew=crew, start=start, end=end, travel=(0,) * len(crew))
        )
    plan = Plan(
        status="feasible",
        pairs=tuple(
            Pair(volunteer=who, household=home, seats=tuple(held), minutes=0) for (who, home), held in seats.items()
        ),
        visits=tuple(visits),
        run=Run(version="", fingerprint=""),
    )
    recount = Recount(Facts(problem.instance, problem.calendar, problem.times), plan)
    return [*recount.faults, *chain.from_iterable(rule(recount) for rule in RULES.values())]


if __name__ == "__main__":
    rows = [shown(one) for one in measure(int(sys.argv[1]))]
    for row in rows:
        print(f"  {row.instance}: {row.figure}")
    add(rows, f"python -m benchmarks.dates {sys.argv[1]}")
