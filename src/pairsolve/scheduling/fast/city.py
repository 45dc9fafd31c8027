"""The components of an assignment as the flat arrays of the compiled loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from pairsolve.calendar import DayMasks
from pairsolve.scheduling.answers import Assignment
from pairsolve.scheduling.components import events_of_volunteers
from pairsolve.scheduling.fast.state import LEAST_GAP, MOST_GAP, NO_LIMIT, WINDOWS, Asked, Ints, Plans
from pairsolve.scheduling.frame import Frame
from pairsolve.scheduling.rhythm import Rhythm
from pairsolve.scheduling.tasks import Grid, Room, starts_of

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class City:
    """Needs of many components, numbered in the order of the components.

    Parameters
    ----------
    needs
        Their numbers in the instance.
    component_at
        Component i holds the needs ``component_at[i]`` to ``component_at[i + 1]``.
    asked, plans
        What the loops read and write.
    """

    needs: list[int]
    component_at: Ints
    asked: Asked
    plans: Plans


@dataclass(frozen=True)
class _Seats:
    """Every volunteer in every crew, need by need; volunteers numbered anew."""

    need: Ints
    volunteer: Ints
    people: Ints


def build(frame: Frame, assignment: Assignment, groups: Sequence[Sequence[int]]) -> City:
    """Return the city of some components.

    Parameters
    ----------
    frame
        Facts of the instance.
    assignment
        Who serves what.
    groups
        Needs of each component.
    """
    needs = list(chain.from_iterable(groups))
    crews = [assignment.crews[need] for need in needs]
    facts = [frame.facts(need) for need in needs]
    minutes = np.array([fact[2] for fact in facts], np.int64)
    phone = np.array([fact[3] for fact in facts], np.bool_)
    place = np.array([frame.place(need) for need in needs], np.int64)
    seats = _seats(crews)
    near_at, near = _lags(frame, seats, np.array([fact[0] for fact in facts], np.int64), minutes, phone, place)
    alone = frame.ways(seats.people[seats.volunteer], seats.people[seats.volunteer], place[seats.need])
    load = minutes[seats.need] + 2 * np.where(phone[seats.need], 0, alone)
    rhythms, rhythm = _rhythms(frame, needs)
    percent = np.array([frame.instance.needs[need].visits.min_percent for need in needs], np.int64)
    kinds_at, kinds, starts = _kinds(frame, needs, crews)
    shut_at, shut = _shut(frame, assignment, needs, crews)
    columns, column_days = _columns(frame.grid)
    sizes = np.array([len(one.windows) for one in rhythms], np.int64)
    asked = Asked(
        at=np.ascontiguousarray(
            np.column_stack(
                [kinds_at, _ends(np.bincount(seats.need, minlength=len(needs))), near_at, shut_at, _ends(sizes[rhythm])]
            )
        ),
        need=np.column_stack([rhythm, -(-sizes[rhythm] * percent // 100)]),
        kinds=kinds,
        starts=starts,
        crew=np.column_stack([seats.volunteer, load]),
        near=near,
        shut=shut,
        rhythm=_rhythm_table(rhythms, sizes),
        window=np.array([window for one in rhythms for window in one.windows], np.int64),
        mine_at=_ends(np.bincount(seats.volunteer, minlength=len(seats.people))),
        mine=seats.need[np.argsort(seats.volunteer, kind="stable")],
        room=_rooms(frame, assignment, seats.people, columns, len(column_days)),
        columns=columns,
        column_days=column_days,
        weekday=np.array(frame.grid.weekdays, np.int64),
    )
    plans = Plans(
        need=np.zeros((len(needs), 8), np.int64),
        dates=np.zeros((int(sizes[rhythm].sum()), 3), np.int64),
        room=asked.room.copy(),
    )
    return City(needs, _ends(np.array([len(group) for group in groups], np.int64)), asked, plans)


def _ends(sizes: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def _seats(crews: Sequence[tuple[int, ...]]) -> _Seats:
    need = np.repeat(np.arange(len(crews)), [len(crew) for crew in crews])
    people, volunteer = np.unique(np.fromiter(chain.from_iterable(crews), np.int64, len(need)), return_inverse=True)
    return _Seats(need, volunteer.astype(np.int64), people)


def _lags(frame: Frame, seats: _Seats, household: Ints, minutes: Ints, phone: Bools, place: Ints) -> tuple[Ints, Ints]:
    """Return, for every need, the needs with a volunteer or the household in common, and the lags both ways."""
    by_person = np.argsort(seats.volunteer, kind="stable")
    first, second = _pairs(seats.volunteer[by_person])
    who = seats.people[seats.volunteer[by_person][first]]
    one, two = seats.need[by_person][first], seats.need[by_person][second]
    way = np.where(phone[one] | phone[two], 0, frame.ways(who, place[one], place[two])) + frame.rest[who]
    by_home = np.argsort(household, kind="stable")
    first, second = _pairs(household[by_home])
    one = np.concatenate([one, by_home[first]])
    two = np.concatenate([two, by_home[second]])
    way = np.concatenate([way, np.zeros(len(first), np.int64)])
    size = len(minutes)
    code, inverse = np.unique(one * size + two, return_inverse=True)
    longest = np.zeros(len(code), np.int64)
    np.maximum.at(longest, inverse, way)
    one, two = code // size, code % size
    lag = -(-(minutes[one] + longest) // frame.slot)
    back = lag[np.searchsorted(code, two * size + one)]
    return _ends(np.bincount(one, minlength=size)), np.column_stack([two, lag, back])


def _pairs(label: Ints) -> tuple[Ints, Ints]:
    """Return all ordered pairs of different positions with the same label; labels are sorted."""
    _, begin, size = np.unique(label, return_index=True, return_counts=True)
    each = np.repeat(size, size)
    first = np.repeat(np.arange(len(label)), each)
    offset = np.arange(len(first)) - np.repeat(np.cumsum(each) - each, each)
    second = np.repeat(np.repeat(begin, size), each) + offset
    keep = first != second
    return first[keep], second[keep]


def _rhythms(frame: Frame, needs: Sequence[int]) -> tuple[list[Rhythm], Ints]:
    number: dict[int, int] = {}
    found: list[Rhythm] = []
    numbers = []
    for need in needs:
        rhythm = frame.rhythm(need)
        if id(rhythm) not in number:  # the frame keeps one for each frequency
            number[id(rhythm)] = len(found)
            found.append(rhythm)
        numbers.append(number[id(rhythm)])
    return found, np.array(numbers, np.int64)


def _rhythm_table(rhythms: Sequence[Rhythm], sizes: Ints) -> Ints:
    """Return where each rhythm begins among the windows, and its gaps; one row more than there are rhythms."""
    table = np.zeros((len(rhythms) + 1, 3), np.int64)
    table[:, WINDOWS] = _ends(sizes)
    table[:-1, LEAST_GAP] = [one.min_gap for one in rhythms]
    table[:-1, MOST_GAP] = [-1 if one.max_gap is None else one.max_gap for one in rhythms]
    return table


def _kinds(frame: Frame, needs: Sequence[int], crews: Sequence[tuple[int, ...]]) -> tuple[Ints, Ints, Ints]:
    """Return the kinds of windows whose common time each need has, and each kind's days by start slot."""
    known: dict[DayMasks, int] = {}
    seen: dict[int, tuple[int, DayMasks]] = {}  # most masks are shared, and hashing them takes long
    kinds, sizes = [], []
    for need, crew in zip(needs, crews, strict=True):
        all_masks = frame.window_masks(need, crew)
        sizes.append(len(all_masks))
        for masks in all_masks:
            if id(masks) not in seen:
                seen[id(masks)] = known.setdefault(masks, len(known)), masks
            kinds.append(seen[id(masks)][0])
    starts = np.zeros((len(known), frame.grid.num_slots), np.int64)
    for row, masks in enumerate(known):
        for slot, days in starts_of(masks).items():
            starts[row, slot] = days
    return _ends(np.array(sizes, np.int64)), np.array(kinds, np.int64), starts


def _shut(
    frame: Frame, assignment: Assignment, needs: Sequence[int], crews: Sequence[tuple[int, ...]]
) -> tuple[Ints, Ints]:
    """Return the days on which events of the crew close some slots, and the slots that stay open."""
    events_of = events_of_volunteers(assignment)
    sizes = np.zeros(len(needs), np.int64)
    rows = []
    for number, (need, crew) in enumerate(zip(needs, crews, strict=True)) if events_of else ():
        for event in sorted({event for volunteer in crew for event in events_of.get(volunteer, ())}):
            fixed = frame.fixed(event, assignment.event_crews[event])
            stencil = frame.stencil(frame.task(need, crew), fixed)
            sizes[number] += 1
            rows.append([fixed.day, *(stencil >> slot & 1 for slot in range(frame.grid.num_slots))])
    return _ends(sizes), np.array(rows, np.int64).reshape(-1, 1 + frame.grid.num_slots)


def _columns(grid: Grid) -> tuple[Ints, Ints]:
    """Return each day's columns of room (by day, by week twice, by month), and each column's days."""
    week, month = np.array(grid.week_of, np.int64), np.array(grid.month_of, np.int64)
    num_days, num_weeks = grid.num_days, len(grid.weeks)
    columns = np.stack(
        [np.arange(num_days), num_days + week, num_days + num_weeks + week, num_days + 2 * num_weeks + month]
    )
    single = [1 << day for day in range(num_days)]
    return columns, np.array([*single, *grid.weeks, *grid.weeks, *grid.months], np.int64)


def _rooms(frame: Frame, assignment: Assignment, people: Ints, columns: Ints, width: int) -> Ints:
    """Return what volunteers can take after their events, column by column."""
    rooms = np.full((len(people), width), NO_LIMIT, np.int64)
    events_of = events_of_volunteers(assignment)
    limits = [slice(int(row[0]), int(row[-1]) + 1) for row in columns]
    for row, volunteer in zip(rooms, people.tolist(), strict=True):
        room = frame.room(volunteer)
        if volunteer in events_of:
            room = _less_events(frame, assignment, room, volunteer, events_of[volunteer])
        row[limits[0]] = room.per_day
        for day, left in room.days.items():
            row[day] = left
        for where, left_by_period in zip(
            limits[1:], (room.week_visits, room.week_minutes, room.month_minutes), strict=True
        ):
            if left_by_period is not None:
                row[where] = left_by_period
    return rooms


def _less_events(frame: Frame, assignment: Assignment, room: Room, volunteer: int, events: Sequence[int]) -> Room:
    fixed = [frame.fixed(event, assignment.event_crews[event]) for event in events]
    return room.less(frame.grid, [(one.day, one.loads[volunteer]) for one in fixed])
