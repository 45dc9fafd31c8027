"""Boards that place a need beside all others, and needs dropped where not all find dates."""

from __future__ import annotations

import pytest
from schedule_cases import crowded, plain, random_case
from schedule_oracle import Oracle

from pairsolve.calendar import Calendar
from pairsolve.options import Options, Watch
from pairsolve.scheduling import Assignment, Board, schedule, schedule_or_drop
from pairsolve.travel import Times


def test_the_least_important_job_is_dropped() -> None:
    """Where nothing else helps, the need of the last class goes."""
    asked = crowded()
    assignment = Assignment({0: (0,), 1: (0,), 2: (0,)}, {})
    found, needs, events = schedule_or_drop(
        asked, Calendar(asked.horizon), Times(asked), assignment, Options(threads=1), Watch()
    )
    assert (needs, events, found.conflicts) == (frozenset({0}), frozenset(), ())
    assert {visit.need for visit in found.visits} == {1, 2}


@pytest.mark.parametrize("seed", range(0, 60, 4))
def test_dropping_always_ends_with_a_schedule(seed: int) -> None:
    """What is left after dropping keeps every rule, and dropped jobs have no visits."""
    asked, assignment = random_case(seed)
    found, needs, events = schedule_or_drop(
        asked, Calendar(asked.horizon), Times(asked), assignment, Options(threads=1), Watch()
    )
    crews = {number: crew for number, crew in assignment.crews.items() if number not in needs}
    event_crews = {number: crew for number, crew in assignment.event_crews.items() if number not in events}
    assert not found.conflicts
    assert Oracle(asked, crews, event_crews).faults(plain(found.visits)) == []


@pytest.mark.parametrize("seed", range(0, 120, 5))
def test_a_board_places_needs_without_moving_anything(seed: int) -> None:
    """A need taken out of a schedule is placed again; with all other visits as they were, no rule breaks."""
    asked, assignment = random_case(seed)
    calendar, times = Calendar(asked.horizon), Times(asked)
    found = schedule(asked, calendar, times, assignment, Options(threads=1), Watch())
    if found.conflicts or not found.visits:
        return
    board = Board(asked, calendar, times, assignment, found)
    for number, crew in assignment.crews.items():
        board.remove(number)
        placed = board.place(number, crew)
        assert placed is not None or len(assignment.crews) > 1
        others = [visit for visit in found.visits if visit.need != number]
        visits = placed or [visit for visit in found.visits if visit.need == number]
        assert Oracle(asked, assignment.crews, assignment.event_crews).faults(plain([*others, *visits])) == []
        board.add([visit for visit in found.visits if visit.need == number], crew)


def test_a_board_says_no_where_nothing_is_free() -> None:
    """A need finds no place beside two others, and finds one as soon as one of them is removed."""
    asked = crowded()
    calendar, times = Calendar(asked.horizon), Times(asked)
    assignment = Assignment({0: (0,), 1: (0,)}, {})
    found = schedule(asked, calendar, times, assignment, Options(threads=1), Watch())
    board = Board(asked, calendar, times, assignment, found)
    assert board.place(2, (0,)) is None
    board.remove(0)
    placed = board.place(2, (0,))
    assert placed is not None
    assert [(visit.day, visit.start) for visit in placed] == [
        (visit.day, visit.start) for visit in found.visits if visit.need == 0
    ]
