"""Whether the plan's own records add up: the fields of pairs and visits, and the lists of what was not covered."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from pairsolve.check.recount import Recount, clock
from pairsolve.check.seats import Rule
from pairsolve.check.verdict import Finding
from pairsolve.instance import Instance

Row = tuple[str, str | None, int]


def fingerprint_of(instance: Instance) -> str:
    """Return the SHA-256 of an instance in canonical JSON."""
    return hashlib.sha256(instance.model_dump_json().encode()).hexdigest()


def fingerprint(recount: Recount) -> Iterator[Finding]:
    """The plan answers this instance and not another one."""
    expected, stated = fingerprint_of(recount.facts.instance), recount.plan.run.fingerprint
    if stated != expected:
        yield Finding("fingerprint", f"the plan answers instance {stated!r}, but this one is {expected!r}")


def status(recount: Recount) -> Iterator[Finding]:
    """The status says what the bounds say; contradictions belong to an infeasible plan, which has nothing else."""
    plan = recount.plan
    if plan.status == "infeasible":
        if not plan.contradictions:
            yield Finding("status", "the plan is infeasible, but names no contradiction")
        if plan.pairs or plan.visits or plan.events:
            yield Finding("status", "the plan is infeasible, but has pairs, visits or events")
        return
    if plan.contradictions:
        yield Finding("status", f"the plan is {plan.status}, but names contradictions")
    tight = all(tier.bound == tier.value for tier in plan.objective)
    if tight != (plan.status == "optimal"):
        bounds = "every tier's value equals its bound" if tight else "some tier's value does not equal its bound"
        yield Finding("status", f"the plan is {plan.status}, but {bounds}")


def stage(recount: Recount) -> Iterator[Finding]:
    """A plan of pairs alone has no visits and misses none."""
    if not recount.dated and (recount.plan.visits or recount.plan.missed):
        yield Finding("stage", "the plan stops after pairing, but lists visits")


def pair_fields(recount: Recount) -> Iterator[Finding]:
    """Each pair states its travel minutes and whether it was kept and locked as they are."""
    facts = recount.facts
    keys = list(recount.pairs)
    ways = facts.minutes(
        [volunteer for volunteer, _ in keys],
        [facts.volunteer_number[volunteer] for volunteer, _ in keys],
        [facts.home_of(household) for _, household in keys],
    )
    for key, way in zip(keys, ways, strict=True):
        pair, existing = recount.pairs[key], recount.existing.get(key, [])
        is_locked = any(one.locked for one in existing)
        for code, field, stated, counted in (
            ("pair_minutes", "minutes", pair.minutes, way),
            ("pair_kept", "kept", pair.kept, bool(existing)),
            ("pair_locked", "locked", pair.locked, is_locked),
        ):
            if stated != counted:
                what = f"pair of volunteer {key[0]!r} and household {key[1]!r}: {field} is {counted}, not {stated}"
                yield Finding(code, what, key[0])


def visit_crew(recount: Recount) -> Iterator[Finding]:
    """A visit is made by everybody who holds a seat of the need, once each."""
    for visit in recount.visits:
        holders = sorted({held.volunteer.id for held in recount.of_job.get(visit.job.number, ())})
        stated = sorted(visit.visit.crew) if visit.visit is not None else []
        if stated != holders:
            made_by, held_by = ", ".join(stated), ", ".join(holders) or "nobody"
            what = f"{visit.label} is made by {made_by}, but its seats are held by {held_by}"
            yield Finding("visit_crew", what, visit.job.id)


def visit_time(recount: Recount) -> Iterator[Finding]:
    """A visit states local times with their offset and lasts as long as its need asks."""
    zone = recount.facts.calendar.zone

    def offsets(moment: datetime) -> set[timedelta | None]:
        wall = moment.replace(tzinfo=zone)
        return {wall.replace(fold=0).utcoffset(), wall.replace(fold=1).utcoffset()}

    for dated in recount.visits:
        visit = dated.visit
        if visit is None:
            continue
        for word, moment in (("starts", visit.start), ("ends", visit.end)):
            if moment.utcoffset() not in offsets(moment):
                what = f"{dated.label} {word} at {moment.isoformat()}, not local time in {zone.key}"
                yield Finding("visit_time", what, dated.job.id)
        minutes = (visit.end.replace(tzinfo=None) - visit.start.replace(tzinfo=None)) / timedelta(minutes=1)
        if minutes != dated.job.minutes:
            what = f"{dated.label} at {clock(visit.start)} lasts {minutes:g} minutes instead of {dated.job.minutes}"
            yield Finding("visit_time", what, dated.job.id)


def travel_minutes(recount: Recount) -> Iterator[Finding]:
    """A visit states for each of its crew the minutes from the place before: home, or the last place of the day."""
    legs = _legs(recount)
    for visit in recount.visits:
        if visit.visit is None:
            continue
        crew, stated = visit.visit.crew, visit.visit.travel
        if len(crew) != len(stated):
            what = f"{visit.label} states {len(stated)} travel times for a crew of {len(crew)}"
            yield Finding("travel_minutes", what, visit.job.id)
        for volunteer, minutes in zip(crew, stated, strict=False):
            counted = legs.get((volunteer, id(visit)), minutes)
            if counted != minutes:
                what = (
                    f"{visit.label} states {minutes} minutes of travel for {volunteer!r}, but the way takes {counted}"
                )
                yield Finding("travel_minutes", what, visit.job.id)


def _legs(recount: Recount) -> dict[tuple[str, int], int]:
    """Return the minutes from the place before, by volunteer and visit; a phone call moves nobody."""
    keys: list[tuple[str, int]] = []
    before: list[int] = []
    after: list[int] = []
    for (volunteer, _), stops in recount.days.items():
        place = recount.facts.volunteer_number[volunteer]
        for stop in stops:
            by_phone = stop.job.channel == "phone"
            keys.append((volunteer, id(stop)))
            before.append(place)
            place = place if by_phone else stop.job.place
            after.append(place)
    ways = recount.facts.minutes([volunteer for volunteer, _ in keys], before, after)
    return dict(zip(keys, ways, strict=True))


def day_minutes(recount: Recount) -> Iterator[Finding]:
    """The plan states the minutes on the road, of waiting and of overtime of all days together as they are."""
    stated = recount.plan.minutes
    if not recount.dated or recount.plan.status == "infeasible":
        if stated is not None:
            yield Finding("day_minutes", "the plan has no dates, but states the minutes of its days")
        return
    road, between = _roads(recount)
    idle = overtime = 0
    for key, stops in recount.days.items():
        busy = sum(stop.end - stop.start for stop in stops) + between[key]
        idle += max(0, max(stop.end for stop in stops) - stops[0].start - busy)
        volunteer = recount.facts.volunteers[key[0]]
        if volunteer.overtime_minutes:
            last = max((stop.end for stop in stops if stop.visit is not None), default=0)
            overtime += max(0, last - recount.facts.calendar.last_minute(volunteer, key[1]))
    counted = {"road": road, "idle": idle, "overtime": overtime}
    if stated is None or stated.model_dump() != counted:
        yield Finding("day_minutes", f"the days of all volunteers take {counted}, but the plan states {stated}")


def _roads(recount: Recount) -> tuple[int, dict[tuple[str, int], int]]:
    """Return the minutes of all ways of all days, and for each day those that lie between two stops."""
    keys: list[tuple[str, int]] = []
    before: list[int] = []
    after: list[int] = []
    inside: list[bool] = []
    for key, stops in recount.days.items():
        home = recount.facts.volunteer_number[key[0]]
        places = [home, *(stop.job.place for stop in stops if stop.job.channel != "phone"), home]
        keys += [key] * (len(places) - 1)
        before += places[:-1]
        after += places[1:]
        inside += [0 < number < len(places) - 2 for number in range(len(places) - 1)]
    ways = recount.facts.minutes([key[0] for key in keys], before, after)
    between = dict.fromkeys(recount.days, 0)
    road = 0
    for key, is_inside, way in zip(keys, inside, ways, strict=True):
        road += way
        between[key] += way if is_inside else 0
    return road, between


def unmet(recount: Recount) -> Iterator[Finding]:
    """Every seat that must be filled and that nobody takes is listed, with the people missing, and no other."""
    listed: dict[tuple[str, str | None, str], int] = {}
    for entry in recount.plan.unmet:
        kind, id_ = ("need", entry.need) if entry.event is None else ("event", entry.event)
        if (kind, id_, entry.role) in listed or (entry.need is None) == (entry.event is None):
            yield Finding("unmet", f"the unmet seats of {kind} {id_!r}, seat {entry.role!r}, are not listed once", id_)
        listed[kind, id_, entry.role] = entry.seats
    missing = {
        ("need" if job.event is None else "event", job.id, group.role): group.least
        for job in recount.facts.jobs
        if job.number not in recount.covered
        for group in job.groups
        if group.least > 0
    }
    for kind, id_, role in [*missing, *(key for key in listed if key not in missing)]:
        stated, counted = listed.get((kind, id_, role), 0), missing.get((kind, str(id_), role), 0)
        if stated != counted or (kind, id_, role) not in missing:
            what = f"{kind} {id_!r}, seat {role!r}, lacks {counted} people, but the list of unmet seats says {stated}"
            yield Finding("unmet", what, id_)


def missed(recount: Recount) -> Iterator[Finding]:
    """Exactly the required visits of covered needs that have no date are listed as missed."""
    if not recount.dated:
        return
    listed = Counter((entry.need, entry.index) for entry in recount.plan.missed)
    undated = set()
    for number in recount.covered:
        job = recount.facts.jobs[number]
        if job.need is not None:
            dated = {visit.index for visit in recount.visits_of.get(number, ())}
            undated |= {(job.id, slot.index) for slot in job.slots if slot.index not in dated}
    for need, index in sorted(undated - listed.keys()):
        yield Finding("missed", f"visit {index} of need {need!r} has no date and is not listed as missed", need)
    for (need, index), times in sorted(listed.items()):
        if (need, index) not in undated or times > 1:
            word = "twice" if (need, index) in undated else "without reason"
            yield Finding("missed", f"visit {index} of need {need!r} is listed as missed {word}", need)


def coverage(recount: Recount) -> Iterator[Finding]:
    """The table of coverage counts needs and visits of every service, area and priority class, one row each."""
    counted: dict[Row, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for job in recount.facts.needs.values():
        row = counted[job.service or "", job.area, job.priority]
        row[0] += 1
        row[1] += job.number in recount.covered
        row[2] += job.required
        row[3] += len(recount.visits_of.get(job.number, ()))
    stated: dict[Row, list[int]] = {}
    for entry in recount.plan.coverage:
        key = (entry.service, entry.area, entry.priority)
        if key in stated:
            yield Finding("coverage", f"{_row(key)} is listed twice", entry.service)
        stated[key] = [entry.needs, entry.covered, entry.visits_required, entry.visits_planned]
    for key in [*counted, *(key for key in stated if key not in counted)]:
        if stated.get(key) != counted.get(key):
            numbers = [", ".join(map(str, row)) if row else "no row" for row in (stated.get(key), counted.get(key))]
            what = (
                f"{_row(key)} states {numbers[0]} (needs, covered, visits required, planned), but counts {numbers[1]}"
            )
            yield Finding("coverage", what, key[0])


def _row(key: Row) -> str:
    return f"coverage of service {key[0]!r} in area {key[1]!r} with priority {key[2]}"


RECORDS: dict[str, Rule] = {
    "fingerprint": fingerprint,
    "status": status,
    "stage": stage,
    "pair_fields": pair_fields,
    "visit_crew": visit_crew,
    "visit_time": visit_time,
    "travel_minutes": travel_minutes,
    "day_minutes": day_minutes,
    "unmet": unmet,
    "missed": missed,
    "coverage": coverage,
}
