"""The recipe: choose the meetings, put them into rounds, say who waits, and prove the number."""

from __future__ import annotations

from itertools import chain

from pairsolve.meetings import Meeting, Rota, RotaPlan, Waiting
from pairsolve.options import Watch
from pairsolve.rota.choose import Choice, choose_between_groups, choose_within_group
from pairsolve.rota.rounds import into_rounds
from pairsolve.rota.whole import all_at_once

Rounds = list[list[tuple[int, int]]]


def plan_rota(rota: Rota, watch: Watch | None = None) -> RotaPlan:
    """Make a rota with as many compatible meetings as possible.

    Nobody meets anybody twice, everybody has at most one meeting a round, and a round has at most as many meetings as
    there are tables. Between two groups the number is always the best one; of all rotas with that many meetings one
    with the least sum of squared waiting rounds is taken.

    Parameters
    ----------
    rota
        What is asked, sound (see `pairsolve.meetings.rota_problems`).
    watch
        Told which stage is at work.

    Examples
    --------
    >>> from pairsolve.meetings import Person
    >>> people = tuple(Person(id=id_, group=id_[0]) for id_ in ("a1", "a2", "b1", "b2"))
    >>> plan = plan_rota(Rota(rounds=2, people=people))
    >>> plan.num_meetings, plan.bound, plan.proof
    (4, 4, 'tables')
    """
    watch = watch or Watch()
    pairs = rota.pairs()
    two_groups = len(rota.groups) > 1
    room = rota.rounds * most_at_once(rota)
    watch.report("meetings")
    choose = choose_between_groups if two_groups else choose_within_group
    choice = choose(pairs, len(rota.people), rota.rounds, room)
    watch.report("rounds")
    rounds = into_rounds(choice.pairs, len(rota.people), rota.rounds, pairs, most_at_once(rota))
    if sum(map(len, rounds)) < len(choice.pairs):
        rounds, choice = all_at_once(pairs, choice, rounds, most_at_once(rota))
    return _plan(rota, rounds, choice, room)


def most_at_once(rota: Rota) -> int:
    """Return how many meetings one round can have: tables, and people to sit at them."""
    sizes = [sum(person.group == group for person in rota.people) for group in rota.groups]
    seats = min(sizes) if len(sizes) > 1 else len(rota.people) // 2
    return seats if rota.tables is None else min(seats, rota.tables)


def _plan(rota: Rota, rounds: Rounds, choice: Choice, room: int) -> RotaPlan:
    num_meetings = sum(map(len, rounds))
    names = [person.id for person in rota.people]
    by_people = choice.busy is not None and choice.bound < room
    return RotaPlan(
        status="optimal" if num_meetings == choice.bound else "feasible",
        num_meetings=num_meetings,
        bound=choice.bound,
        proof="people" if by_people else "tables" if choice.bound == room else "search",
        busy=tuple(names[person] for person in sorted(choice.busy or ())) if by_people else (),
        meetings=tuple(
            Meeting(round=number, table=table, people=(names[a], names[b]))
            for number, meetings in enumerate(_seated(rota, rounds), 1)
            for table, (a, b) in enumerate(meetings, 1)
        ),
        waiting=_waiting(names, rounds),
    )


def _seated(rota: Rota, rounds: Rounds) -> Rounds:
    """Put the first group first in every meeting, and keep people at low and similar tables."""
    if len(rota.groups) < 2:
        return [sorted(meetings) for meetings in rounds]
    first = rota.groups[0]
    return [sorted((a, b) if rota.people[a].group == first else (b, a) for a, b in meetings) for meetings in rounds]


def _waiting(names: list[str], rounds: Rounds) -> tuple[Waiting, ...]:
    met = [set(chain.from_iterable(meetings)) for meetings in rounds]
    idle = {
        person: tuple(number for number, here in enumerate(met, 1) if person not in here)
        for person in range(len(names))
    }
    return tuple(Waiting(person=names[person], rounds=numbers) for person, numbers in idle.items() if numbers)
