"""The referee of a rota: counts meetings, rounds, tables and waiting again, and repeats the proof of the bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pairsolve.check.verdict import Finding
from pairsolve.meetings import Rota, RotaPlan


def check_rota(rota: Rota, plan: RotaPlan) -> tuple[Finding, ...]:
    """Return everything that is wrong with a rota."""
    return (*_meetings(rota, plan), *_once_each(plan), *_waiting(rota, plan), *_bound(rota, plan))


def _allowed(rota: Rota) -> set[frozenset[str]]:
    group = {person.id: person.group for person in rota.people}
    if rota.compatible is not None:
        named = {frozenset(pair) for pair in rota.compatible}
    else:
        named = {frozenset((one, other)) for one in group for other in group if one != other}
    apart = len(set(group.values())) > 1
    return {pair for pair in named if not apart or len({group[person] for person in pair}) > 1}


def _meetings(rota: Rota, plan: RotaPlan) -> Iterator[Finding]:
    allowed = _allowed(rota)
    for meeting in plan.meetings:
        one, other = meeting.people
        if frozenset(meeting.people) not in allowed:
            yield Finding("compatible", f"{one!r} and {other!r} may not meet", one)
        if meeting.round > rota.rounds:
            yield Finding("rounds", f"there is no round {meeting.round}", one)
        if rota.tables is not None and meeting.table > rota.tables:
            yield Finding("tables", f"there is no table {meeting.table}", one)


def _once_each(plan: RotaPlan) -> Iterator[Finding]:
    for pair, times in Counter(frozenset(meeting.people) for meeting in plan.meetings).items():
        if times > 1:
            yield Finding("twice", f"{' and '.join(sorted(pair))} meet {times} times")
    seats = Counter((meeting.round, person) for meeting in plan.meetings for person in meeting.people)
    for (number, person), times in seats.items():
        if times > 1:
            yield Finding("one_meeting", f"{person!r} has {times} meetings in round {number}", person)
    for (number, table), times in Counter((meeting.round, meeting.table) for meeting in plan.meetings).items():
        if times > 1:
            yield Finding("tables", f"table {table} is taken {times} times in round {number}")
    if len(plan.meetings) != plan.num_meetings:
        yield Finding("num_meetings", f"says {plan.num_meetings}, and there are {len(plan.meetings)}")


def _waiting(rota: Rota, plan: RotaPlan) -> Iterator[Finding]:
    taken = {(meeting.round, person) for meeting in plan.meetings for person in meeting.people}
    said = {waiting.person: waiting.rounds for waiting in plan.waiting}
    for person in rota.people:
        idle = tuple(number for number in range(1, rota.rounds + 1) if (number, person.id) not in taken)
        if said.get(person.id, ()) != idle:
            yield Finding("waiting", f"{person.id!r} waits in rounds {list(idle)}", person.id)


def _bound(rota: Rota, plan: RotaPlan) -> Iterator[Finding]:
    if plan.num_meetings > plan.bound or (plan.status == "optimal") != (plan.num_meetings == plan.bound):
        yield Finding("bound", f"{plan.num_meetings} meetings, bound {plan.bound}, status {plan.status!r}")
    proved = plan.bound
    if plan.proof == "people":
        rest = sum(not pair & set(plan.busy) for pair in _allowed(rota))
        proved = rota.rounds * len(plan.busy) + rest
    elif plan.proof == "tables":
        sizes = sorted(Counter(person.group for person in rota.people).values())
        seats = sizes[0] if len(sizes) > 1 else len(rota.people) // 2
        proved = rota.rounds * min(seats, rota.tables or seats)
    if proved != plan.bound:
        yield Finding("bound", f"the proof gives {proved}, not {plan.bound}")
