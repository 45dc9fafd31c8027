"""The plan for people, put together from what the workshop decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from pairsolve.days import Days
from pairsolve.pairing.engine import Bound, Pairing
from pairsolve.pairing.loads.bound import LoadBounds, TierPrices
from pairsolve.pairing.tiers import Seats, TierSpec
from pairsolve.plan import (
    Certificate,
    CoverageRow,
    EventSeat,
    LoadPrices,
    MissedVisit,
    Pair,
    Plan,
    ProofKind,
    Run,
    Seat,
    StaffedEvent,
    Status,
    TierValue,
    UnmetSeat,
    Visit,
)
from pairsolve.problem import Ints, Problem
from pairsolve.reasons import CONTENDED, Reasons
from pairsolve.scheduling import DatedVisit, Schedule
from pairsolve.timetable import TimeTable


def plan(
    seats: Seats,
    tiers: tuple[TierSpec, ...],
    pairing: Pairing,
    flow: Bound | None,
    loads: LoadBounds,
    schedule: Schedule | None,
    timetable: TimeTable,
    *,
    stopped: bool,
) -> Plan:
    """Return the plan; its run record is a stub for the caller to fill."""
    problem = seats.problem
    run = Run(version="", fingerprint="")
    if pairing.contradictions:
        return Plan(
            name=problem.instance.name, status="infeasible", contradictions=pairing.contradictions,
            unmet=Reasons(seats, timetable, pairing.contested).unmet(), coverage=_coverage(seats, schedule), run=run,
        )  # fmt: skip
    unmet = Reasons(seats, timetable, pairing.contested).unmet()
    impossible = _impossible(problem, unmet)
    objective = [
        _proven(tier, value, bound, proof, impossible)
        for tier, value, bound, proof in zip(tiers, pairing.values, pairing.bounds, pairing.proofs, strict=True)
    ]
    objective += _visit_tiers(seats, schedule)
    days = _days(seats, schedule)
    return Plan(
        name=problem.instance.name,
        status=_status(objective, stopped),
        objective=tuple(objective),
        pairs=_pairs(seats),
        visits=_visits(seats, schedule, days),
        events=_events(seats),
        unmet=unmet,
        missed=_missed(seats, schedule),
        coverage=_coverage(seats, schedule),
        minutes=None if days is None else days.minutes(problem),
        certificate=_certificate(problem, flow, loads, tiers, objective),
        run=run,
    )


def _impossible(problem: Problem, unmet: Sequence[UnmetSeat]) -> Counter[int]:
    """Count, by priority class, the jobs with a seat group that all volunteers who may take it do not fill."""
    number = {job.id: job.priority for job in problem.jobs[: problem.num_needs]}
    of_event = {job.id: job.priority for job in problem.jobs[problem.num_needs :]}
    jobs = {(seat.need, seat.event) for seat in unmet if seat.code not in CONTENDED}
    return Counter(number[need] if need is not None else of_event[event or ""] for need, event in jobs)


def _proven(
    tier: TierSpec, value: int, bound: int | None, proof: ProofKind, impossible: Mapping[int, int]
) -> TierValue:  # fmt: skip
    """Return a tier with its bound; that of coverage is never below the jobs nobody can cover."""
    if tier.priority and len(tier.terms) == 1:
        least = tier.terms[0][1] * impossible.get(tier.priority, 0)
        if least > (bound or 0):
            bound, proof = least, "search"
    return TierValue(name=tier.name, layer="pairs", value=value, bound=bound, proof=proof)


def _status(objective: list[TierValue], stopped: bool) -> Status:
    if all(tier.bound == tier.value for tier in objective):
        return "optimal"
    return "limit" if stopped else "feasible"


def _pairs(seats: Seats) -> tuple[Pair, ...]:
    problem = seats.problem
    existing = problem.existing
    held: dict[tuple[int, int], list[Seat]] = {}
    for job, volunteer, group in zip(seats.job.tolist(), seats.volunteer.tolist(), seats.group.tolist(), strict=True):
        household = problem.jobs[job].household
        if household >= 0:
            seat = Seat(need=problem.jobs[job].id, role=problem.groups[group].role)
            held.setdefault((volunteer, household), []).append(seat)
    made = np.array(sorted(held), np.int64).reshape(-1, 2)
    modes = problem.volunteer_mode[made[:, 0]]
    minutes = problem.times.minutes_of(modes, made[:, 0], problem.times.first_household + made[:, 1])
    pairs = []
    for (volunteer, household), way in zip(made.tolist(), minutes.tolist(), strict=True):
        number = existing.get((volunteer, household))
        pairs.append(
            Pair(
                volunteer=problem.instance.volunteers[volunteer].id,
                household=problem.instance.households[household].id,
                seats=tuple(held[volunteer, household]),
                minutes=way,
                kept=number is not None,
                locked=number is not None and problem.instance.pairs[number].locked,
            )
        )
    return tuple(pairs)


def _events(seats: Seats) -> tuple[StaffedEvent, ...]:
    problem = seats.problem
    crews: dict[int, list[EventSeat]] = {}
    for job, volunteer, group in zip(seats.job.tolist(), seats.volunteer.tolist(), seats.group.tolist(), strict=True):
        if job >= problem.num_needs:
            seat = EventSeat(volunteer=problem.instance.volunteers[volunteer].id, role=problem.groups[group].role)
            crews.setdefault(job, []).append(seat)
    return tuple(StaffedEvent(event=problem.jobs[job].id, crew=tuple(crew)) for job, crew in sorted(crews.items()))


def _crews(seats: Seats) -> dict[int, list[int]]:
    crews: dict[int, list[int]] = {}
    for job, volunteer in zip(seats.job.tolist(), seats.volunteer.tolist(), strict=True):
        crews.setdefault(job, []).append(volunteer)
    return {job: sorted(crew) for job, crew in crews.items()}


def _days(seats: Seats, schedule: Schedule | None) -> Days | None:
    return None if schedule is None else Days.of(seats.problem, schedule.visits, _crews(seats))


def _visits(seats: Seats, schedule: Schedule | None, days: Days | None) -> tuple[Visit, ...]:
    if schedule is None or days is None:
        return ()
    problem, crews = seats.problem, _crews(seats)
    keys = zip(days.volunteer.tolist(), days.job.tolist(), days.index.tolist(), strict=True)
    travel = dict(zip(keys, days.way.tolist(), strict=True))
    visits = []
    for visit in schedule.visits:
        end = visit.start + problem.jobs[visit.need].minutes
        crew = crews[visit.need]
        visits.append(
            Visit(
                need=problem.jobs[visit.need].id,
                index=visit.index,
                crew=tuple(problem.instance.volunteers[volunteer].id for volunteer in crew),
                start=problem.calendar.moment(visit.day, visit.start),
                end=problem.calendar.moment(visit.day, end),
                travel=tuple(travel[volunteer, visit.need, visit.index] for volunteer in crew),
            )
        )
    return tuple(visits)


def _undated(seats: Seats, schedule: Schedule) -> list[tuple[int, int]]:
    """Return (need, index) of the required visits of covered needs without a date."""
    problem = seats.problem
    dated = {(visit.need, visit.index) for visit in schedule.visits}
    return [
        (need, index)
        for need in np.flatnonzero(seats.covered[: problem.num_needs]).tolist()
        for index in range(1, problem.jobs[need].required + 1)
        if (need, index) not in dated
    ]


def _missed(seats: Seats, schedule: Schedule | None) -> tuple[MissedVisit, ...]:
    if schedule is None:
        return ()
    problem, crews = seats.problem, _crews(seats)
    return tuple(
        MissedVisit(
            need=problem.jobs[need].id,
            index=index,
            code="schedule_conflict" if _has_time(problem, need, index, crews[need]) else "no_common_time",
        )
        for need, index in _undated(seats, schedule)
    )


def _has_time(problem: Problem, need: int, index: int, crew: list[int]) -> bool:
    """Say whether some day of the visit's period leaves the whole crew and the household a start time."""
    visits = problem.instance.needs[need].visits
    slot = problem.calendar.visit_slots(visits.count, visits.per)[index - 1]
    masks = problem.job_masks(need)
    for volunteer in crew:
        person = problem.instance.volunteers[volunteer]
        theirs = problem.calendar.working_masks(person, problem.jobs[need].minutes)
        masks = tuple(a & b for a, b in zip(masks, theirs, strict=True))
    return any(masks[slot.first : slot.last])


def _visit_tiers(seats: Seats, schedule: Schedule | None) -> list[TierValue]:
    if schedule is None:
        return []
    problem = seats.problem
    missed = Counter(problem.jobs[need].priority for need, _ in _undated(seats, schedule))
    classes = sorted({problem.jobs[need].priority for need in range(problem.num_needs)})
    tiers = []
    proven = True
    for priority in classes:
        value, bound = missed[priority], schedule.missed_bound.get(priority, 0)
        tiers.append(_searched(f"missed:{priority}", value, bound if proven else None))
        proven = proven and bound == value
    tiers.append(
        _searched("regularity", _irregularity(schedule.visits, problem), schedule.regularity_bound if proven else None)
    )
    return tiers


def _searched(name: str, value: int, bound: int | None) -> TierValue:
    return TierValue(name=name, layer="visits", value=value, bound=bound, proof="none" if bound is None else "search")


def _irregularity(visits: tuple[DatedVisit, ...], problem: Problem) -> int:
    edges = [0, *(n + 1 for n, (a, b) in enumerate(pairwise(visits)) if a.need != b.need), len(visits)]
    total = 0
    for first, last in pairwise(edges):
        own = visits[first:last]
        if own:
            for key in (lambda v: problem.calendar.weekday[v.day], lambda v: v.start):
                total += len(own) - max(Counter(map(key, own)).values())
    return total


def _coverage(seats: Seats, schedule: Schedule | None) -> tuple[CoverageRow, ...]:
    problem = seats.problem
    planned = Counter(visit.need for visit in schedule.visits) if schedule is not None else Counter()
    rows: dict[tuple[str, str | None, int], Ints] = {}
    for number in range(problem.num_needs):
        job = problem.jobs[number]
        row = rows.setdefault((job.service or "", job.area, job.priority), np.zeros(4, np.int64))
        row += (1, bool(seats.covered[number]), job.required, planned[number])
    return tuple(
        CoverageRow(
            service=service, area=area, priority=priority, needs=int(row[0]), covered=int(row[1]),
            visits_required=int(row[2]), visits_planned=int(row[3]),
        )
        for (service, area, priority), row in sorted(rows.items(), key=_row_order)
    )  # fmt: skip


def _row_order(item: tuple[tuple[str, str | None, int], Ints]) -> tuple[str, str, int]:
    service, area, priority = item[0]
    return service, area or "", priority


def _certificate(
    problem: Problem, flow: Bound | None, loads: LoadBounds, tiers: tuple[TierSpec, ...], objective: list[TierValue]
) -> Certificate:
    parts = tuple(
        _load_prices(problem, tiers, prices) for prices in loads.prices if objective[prices.tier].proof == "loads"
    )
    if flow is None:
        return Certificate(loads=parts)
    of_jobs, of_volunteers = flow.prices()
    volunteers = [volunteer.id for volunteer in problem.instance.volunteers]
    return Certificate(
        needs=_priced([job.id for job in problem.jobs], of_jobs),
        volunteers=_priced(volunteers, of_volunteers),
        loads=parts,
    )


def _load_prices(problem: Problem, tiers: tuple[TierSpec, ...], prices: TierPrices) -> LoadPrices:
    """Return the prices of one tier by identifiers: of each need, those of the seat groups that must be filled."""
    must = np.flatnonzero(problem.group_least > 0)
    job, price = problem.group_job[must], prices.seats[must].tolist()
    edges = np.searchsorted(job, np.arange(problem.num_needs + 1)).tolist()
    return LoadPrices(
        tier=tiers[prices.tier].name,
        scale=prices.scale,
        before={tiers[tier].name: one for tier, one in prices.before},
        needs={
            problem.jobs[need].id: tuple(price[edges[need] : edges[need + 1]])
            for need in range(problem.num_needs)
            if any(price[edges[need] : edges[need + 1]])
        },
    )


def _priced(ids: list[str], prices: Ints) -> dict[str, tuple[int, ...]]:
    return {ids[place]: tuple(prices[:, place].tolist()) for place in np.flatnonzero(prices.any(axis=0))}
