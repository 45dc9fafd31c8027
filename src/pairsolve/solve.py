"""The recipe: an instance in, a plan out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from pairsolve import assemble
from pairsolve import candidates as admissible
from pairsolve._version import __version__
from pairsolve.calendar import Calendar
from pairsolve.candidates import Candidates
from pairsolve.collector import calm
from pairsolve.compiled import prepare
from pairsolve.instance import Instance
from pairsolve.options import Callback, Options, Watch
from pairsolve.pairing import cover, engine
from pairsolve.pairing.city.bound import solve_city
from pairsolve.pairing.city.likely import likely_pairs
from pairsolve.pairing.city.setup import LARGE, TREES, is_compact, is_open, is_pure
from pairsolve.pairing.engine import Bound, Pairing
from pairsolve.pairing.exchange import Exchange
from pairsolve.pairing.loads import bound as by_loads
from pairsolve.pairing.rules import PairRules
from pairsolve.pairing.tiers import Seats, TierSpec, tiers_of
from pairsolve.plan import Plan, Run
from pairsolve.problem import Ints, Problem
from pairsolve.refill import refill
from pairsolve.scheduling import Assignment, Board, Conflict, Schedule, Scheduler
from pairsolve.scheduling.fast import engine as fast
from pairsolve.scheduling.ways import has_many, shorter_ways
from pairsolve.timetable import TimeTable
from pairsolve.travel import Times
from pairsolve.validate import ensure_valid

MOST_ROUNDS = 60
ROUNDS_OF_LARGE = 2
OF_REFEREE = "pairsolve.check.knapsack"  # compiled beside the others, because the referee will ask for it
LISTED = 60_000_000  # possible pairs up to which all are listed: if pricing is not enough, or dates clash


@calm()
def solve(
    instance: Instance,
    options: Options | None = None,
    *,
    callback: Callback | None = None,
    folder: Path | None = None,
    **changes: Any,
) -> Plan:
    """Decide who helps whom and when, with a bound for everything.

    Parameters
    ----------
    instance
        Registers and policy.
    options
        How to solve; single options can be given as keywords instead.
    callback
        Gets `Progress` from time to time and may return True to stop the run.
    folder
        Where the paths of a road graph start from.
    **changes
        Fields of `Options`.

    Returns
    -------
    Plan
        With status ``"infeasible"`` when the hard rules contradict each other, and ``"limit"`` when a limit or the
        callback ended the run; the best plan found is in it.

    Raises
    ------
    InputError
        If an option, a reference inside the instance or a location cannot be used.

    Examples
    --------
    >>> from pairsolve import Horizon, Household, Instance, Location, Need, Service, Volunteer
    >>> instance = Instance(
    ...     horizon=Horizon(first_day="2027-03-01", last_day="2027-03-28"),
    ...     services=(Service(id="company"),),
    ...     volunteers=(Volunteer(id="V1", location=Location(lat=22.8, lon=108.3)),),
    ...     households=(Household(id="H1", location=Location(lat=22.8, lon=108.302)),),
    ...     needs=(Need(id="N1", household="H1", service="company"),),
    ... )
    >>> plan = solve(instance, seed=0)
    >>> plan.status, plan.pairs[0].volunteer, len(plan.visits)
    ('optimal', 'V1', 1)
    """
    options = replace(options or Options(), **changes)
    ensure_valid(instance)
    started = datetime.now(UTC)
    watch = Watch(callback, options.time_limit)
    watch.report("travel")
    calendar = Calendar(instance.horizon)
    problem = Problem.build(instance, calendar, Times(instance, folder))
    watch.report("candidates")
    timetable = TimeTable(problem)
    tiers = tiers_of(problem)
    rules = PairRules.build(problem, timetable if options.stage == "all" else None)
    candidates, flow, first = _prepared(problem, timetable, tiers, rules, options, watch)
    first, classes = engine.by_classes(problem, candidates, tiers, rules, flow, first, options, watch)
    loads = engine.bound_loads(problem, timetable, candidates, tiers, first, options, watch)
    pairing, schedule, rounds = _pair_and_schedule(problem, candidates, rules, flow, first, options, watch)
    settled = candidates.complete or pairing.exhausted or watch.stopped
    if not settled and _possible_pairs(problem) <= LISTED:
        candidates, flow = _listed(problem, timetable, tiers, watch)  # cuts change which pairs come into question
        pairing, schedule, rounds = _pair_and_schedule(problem, candidates, rules, flow, None, options, watch)
    if schedule is not None:
        pairing, schedule = _shorter(problem, candidates, rules, pairing, schedule, options.seed, watch)
    pairing, later = engine.by_tiers(problem, candidates, tiers, rules, pairing, options, watch)
    watch.report("report")
    if not pairing.contradictions:
        bounds, proofs = loads.better(pairing.values, pairing.bounds, pairing.proofs)
        for found in (classes, later):
            bounds, proofs = found.better(pairing.values, bounds, proofs)
        pairing = replace(pairing, bounds=bounds, proofs=proofs)
    seats = Seats(problem, candidates, pairing.rows)
    work = {**pairing.work, "candidates": len(candidates), "flows": flow.rounds if flow else 0}
    work["rounds"] = rounds
    if schedule is not None:
        work |= {"components": schedule.components, "components_proven": schedule.proven, **schedule.work}
    plan = assemble.plan(seats, tiers, pairing, flow, loads, schedule, timetable, stopped=watch.stopped)
    watch.enter("")
    run = Run(
        version=__version__,
        seed=options.seed,
        threads=options.threads,
        stage=options.stage,
        fingerprint=fingerprint(instance),
        work=dict(sorted(work.items())),
        seconds={name: round(spent, 3) for name, spent in watch.seconds.items()} if options.clock else None,
        started=started if options.clock else None,
    )
    return plan.model_copy(update={"run": run})


def _shorter(
    problem: Problem,
    candidates: Candidates,
    rules: PairRules,
    pairing: Pairing,
    schedule: Schedule,
    seed: int,
    watch: Watch,
) -> tuple[Pairing, Schedule]:
    """Order days of many visits so that less time is spent on the road; the value of every tier stays."""
    assignment = assignment_of(problem, candidates, pairing.rows)
    if not has_many(problem.instance, assignment, schedule):
        return pairing, schedule
    exchange = Exchange(problem, candidates, pairing.rows)
    for twins in (exchange.twins(), ()):
        board = Board(problem.instance, problem.calendar, problem.times, assignment, schedule, breaks=False)
        other, shorter = shorter_ways(assignment, schedule, board, twins, exchange.may_serve, seed, watch)
        rows = exchange.rows_of(other.crews)
        if exchange.is_fair(rows, rules):
            return replace(pairing, rows=rows), shorter
    return pairing, schedule


def _prepared(
    problem: Problem,
    timetable: TimeTable,
    tiers: tuple[TierSpec, ...],
    rules: PairRules,
    options: Options,
    watch: Watch,
) -> tuple[Candidates, Bound | None, Pairing | None]:
    """Return who may help whom, the bound, and a first choice; of a large instance only pairs in question."""
    if _possible_pairs(problem) > LARGE and is_pure(problem) and is_compact(problem, timetable):
        city = solve_city(problem, timetable, tiers, options.threads, watch)
        if city is not None and (city.solve(len(tiers)) or watch.stopped):
            return city.candidates, city, None
    searching = (*cover.KERNELS, *(fast.KERNELS if options.stage == "all" else ()))
    if _possible_pairs(problem) > LISTED and is_open(problem):
        prepare((*TREES, *by_loads.KERNELS, *searching), watch)
        candidates, rows = likely_pairs(problem, timetable, rules, options.threads, watch)
        return candidates, None, engine.stirred(problem, candidates, rules, rows, options, watch)
    candidates, flow = _listed(problem, timetable, tiers, watch)
    first = None
    if engine.is_searched(problem, candidates, tiers, rules, flow):
        prepare((*by_loads.KERNELS, *searching, OF_REFEREE), watch)
        first = engine.begun(problem, candidates, rules, flow, options, watch)
    return candidates, flow, first


def _listed(
    problem: Problem, timetable: TimeTable, tiers: tuple[TierSpec, ...], watch: Watch
) -> tuple[Candidates, Bound | None]:
    candidates = admissible.find(problem, timetable, watch)
    return candidates, engine.bound(problem, candidates, tiers, watch)


def _possible_pairs(problem: Problem) -> int:
    return len(problem.jobs) * problem.num_volunteers


def fingerprint(instance: Instance) -> str:
    """Return the SHA-256 of an instance in canonical JSON."""
    return hashlib.sha256(instance.model_dump_json().encode()).hexdigest()


def _pair_and_schedule(
    problem: Problem,
    candidates: Candidates,
    rules: PairRules,
    flow: Bound | None,
    before: Pairing | None,
    options: Options,
    watch: Watch,
) -> tuple[Pairing, Schedule | None, int]:
    """Pair, schedule, and send pairs that cannot be scheduled back as cuts, until nothing changes."""
    tiers = tiers_of(problem)
    scheduler = Scheduler(problem.instance, problem.calendar, problem.times, options, watch)
    small = candidates.complete and len(candidates) <= engine.EXACT_CANDIDATES
    last_round = MOST_ROUNDS if small else ROUNDS_OF_LARGE
    contested: set[int] = set()
    certain = True
    rounds = 0
    while True:
        rounds += 1
        pairing = engine.pair(problem, candidates, tiers, rules, flow, before, options, watch)
        pairing = pairing if certain else pairing.without_search_proofs()
        if pairing.contradictions or options.stage == "pair":
            return pairing, None, rounds
        watch.report("scheduling")
        assignment = assignment_of(problem, candidates, pairing.rows)
        schedule = scheduler.schedule(assignment)
        if not schedule.conflicts:
            if rounds > 1 and not small:  # cuts of a large instance cost pairs that nobody looked for a place for
                pairing, schedule = _drop(problem, candidates, rules, flow, pairing, assignment, schedule, scheduler)
            return replace(pairing, contested=frozenset(contested)), schedule, rounds
        contested.update(*(_jobs_of(problem, conflict.needs, conflict.events) for conflict in schedule.conflicts))
        certain = certain and all(conflict.proven for conflict in schedule.conflicts)
        cuts = _cuts(problem, candidates, pairing.rows, schedule.conflicts)
        rules = replace(rules, cuts=(*rules.cuts, *cuts))
        before = pairing
        if rounds == last_round or watch.stopped:
            pairing, schedule = _drop(problem, candidates, rules, flow, pairing, assignment, schedule, scheduler)
            return replace(pairing, contested=frozenset(contested)), schedule, rounds


def assignment_of(problem: Problem, candidates: Candidates, rows: Ints) -> Assignment:
    """Return who serves what, for scheduling."""
    jobs, volunteers = problem.group_job[candidates.group[rows]], candidates.volunteer[rows]
    order = np.lexsort((volunteers, jobs))
    served, begins = np.unique(jobs[order], return_index=True)
    crew, edges = volunteers[order].tolist(), [*begins.tolist(), len(rows)]
    crews = {job: tuple(crew[begin:end]) for job, (begin, end) in zip(served.tolist(), pairwise(edges), strict=True)}
    return Assignment(
        {job: members for job, members in crews.items() if job < problem.num_needs},
        {job - problem.num_needs: members for job, members in crews.items() if job >= problem.num_needs},
    )


def _jobs_of(problem: Problem, needs: Iterable[int], events: Iterable[int]) -> list[int]:
    return [*needs, *(problem.num_needs + event for event in events)]


def _cuts(
    problem: Problem, candidates: Candidates, rows: Ints, conflicts: Sequence[Conflict]
) -> tuple[frozenset[int], ...]:
    """Return, for each conflict, the rows that must not be chosen together again."""
    jobs = problem.group_job[candidates.group[rows]]
    order = np.argsort(jobs, kind="stable")
    rows, jobs = rows[order], jobs[order]
    cuts = []
    for conflict in conflicts:
        wanted = _jobs_of(problem, conflict.needs, conflict.events)
        low, high = np.searchsorted(jobs, wanted), np.searchsorted(jobs, wanted, side="right")
        parts = [rows[begin:end] for begin, end in zip(low.tolist(), high.tolist(), strict=True)]
        cuts.append(frozenset(np.concatenate(parts).tolist()))
    return tuple(cuts)


def _drop(
    problem: Problem,
    candidates: Candidates,
    rules: PairRules,
    flow: Bound | None,
    pairing: Pairing,
    assignment: Assignment,
    found: Schedule,
    scheduler: Scheduler,
) -> tuple[Pairing, Schedule]:
    """Leave out the least important jobs that cannot be scheduled, and cover others where dates are left.

    A last resort: what it changes is no longer proven.
    """
    schedule, needs, events = scheduler.schedule_or_drop(assignment, found)
    dropped = _jobs_of(problem, needs, events)
    rows = pairing.rows[~np.isin(problem.group_job[candidates.group[pairing.rows]], dropped)]
    left = assignment_of(problem, candidates, rows)
    kept = len(rows)
    rows, schedule = refill(problem, candidates, rules, rows, left, schedule, scheduler.watch)
    if len(rows) == kept == len(pairing.rows):
        return pairing, schedule
    return engine.revalued(problem, candidates, flow, rows, pairing.work), schedule
