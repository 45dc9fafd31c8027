"""Compiled: when a need could start, and what room its crew has, on the board as it stands."""

from __future__ import annotations

from pairsolve.compiled import kernel
from pairsolve.scheduling.fast.state import (
    CREW,
    DAY,
    DAYS,
    HELD,
    KINDS,
    LAG_FROM,
    LAG_TO,
    LOAD,
    MOST_DAYS,
    NEAR,
    OTHER,
    PLACED,
    PLAN,
    SHUT,
    SLOT,
    STAND,
    VISITS,
    WEIGHT,
    WHO,
    Asked,
    Desk,
    Ints,
    Plans,
)

_COUNTED = 2  # of the four sorts of room, the first two count visits, the others minutes


@kernel(allocates=False)
def read_starts(asked: Asked, desk: Desk, need: int) -> None:
    """Write the days by start slot of a need on an empty board to the desk."""
    begin, end = asked.at[need, KINDS], asked.at[need + 1, KINDS]
    for slot in range(len(desk.left)):
        days = asked.starts[asked.kinds[begin], slot]
        for place in range(begin + 1, end):
            days &= asked.starts[asked.kinds[place], slot]
        for place in range(asked.at[need, SHUT], asked.at[need + 1, SHUT]):
            if not asked.shut[place, 1 + slot]:
                days &= ~(1 << asked.shut[place, 0])
        desk.left[slot] = days


@kernel(allocates=False)
def shut_out(asked: Asked, desk: Desk, need: int, room: Ints) -> None:
    """Take the days off the desk on which somebody of the crew has no room for a single visit."""
    shut = 0
    for seat in range(asked.at[need, CREW], asked.at[need + 1, CREW]):
        who, load = asked.crew[seat, WHO], asked.crew[seat, LOAD]
        for sort in range(len(asked.columns)):
            least = 1 if sort < _COUNTED else load
            for day in range(asked.columns.shape[1]):
                if room[who, asked.columns[sort, day]] < least:
                    shut |= 1 << day
    if shut:
        for slot in range(len(desk.left)):
            desk.left[slot] &= ~shut


@kernel(allocates=False)
def is_paid(asked: Asked, desk: Desk, need: int, num_visits: int, room: Ints) -> bool:
    """Say whether the crew has room for all visits of the plan on the desk, week by week and month by month."""
    for seat in range(asked.at[need, CREW], asked.at[need + 1, CREW]):
        who = asked.crew[seat, WHO]
        for sort in range(1, len(asked.columns)):
            each = 1 if sort < _COUNTED else asked.crew[seat, LOAD]
            column, total = asked.columns[sort, desk.visits[0, DAY]], 0
            for place in range(num_visits):
                following = asked.columns[sort, desk.visits[place, DAY]]
                total = total + each if following == column else each
                column = following
                if total > room[who, column]:
                    return False
    return True


@kernel(allocates=False)
def charge(asked: Asked, plans: Plans, need: int) -> None:
    """Take the visits of a placed need off the room of its crew, or give those of another back."""
    sign = 1 if plans.need[need, STAND] == PLACED else -1
    begin = asked.at[need, PLAN]
    for seat in range(asked.at[need, CREW], asked.at[need + 1, CREW]):
        who, load = asked.crew[seat, WHO], asked.crew[seat, LOAD]
        for place in range(begin, begin + plans.need[need, VISITS]):
            for sort in range(len(asked.columns)):
                column = asked.columns[sort, plans.dates[place, DAY]]
                plans.room[who, column] -= sign if sort < _COUNTED else sign * load


@kernel(allocates=False)
def put(asked: Asked, plans: Plans, desk: Desk, need: int, which: int) -> None:
    """Give a need the plan that begins at a column of the desk: 0 or `BEST`."""
    begin, days = asked.at[need, PLAN], 0
    for place in range(plans.need[need, HELD]):
        for column in range(3):
            plans.dates[begin + place, column] = desk.visits[place, which + column]
        days |= 1 << desk.visits[place, which + DAY]
    plans.need[need, DAYS] = days
    plans.need[need, VISITS] = plans.need[need, HELD]
    plans.need[need, STAND] = PLACED
    charge(asked, plans, need)


@kernel(allocates=False)
def count_collisions(asked: Asked, plans: Plans, desk: Desk, need: int) -> None:
    """Take starts that collide with placed needs off the desk; where it is priced, price them instead."""
    num_slots, priced = len(desk.left), desk.priced[0] > 0
    for place in range(asked.at[need, NEAR], asked.at[need + 1, NEAR]):
        other = asked.near[place, OTHER]
        if plans.need[other, STAND] != PLACED:
            continue
        begin = asked.at[other, PLAN]
        for at in range(begin, begin + plans.need[other, VISITS]):
            day, start = plans.dates[at, DAY], plans.dates[at, SLOT]
            low, high = start - asked.near[place, LAG_TO] + 1, start + asked.near[place, LAG_FROM]
            for slot in range(max(0, low), min(num_slots, high)):
                if priced:
                    desk.price[day, slot] += plans.need[other, WEIGHT]
                else:
                    desk.left[slot] &= ~(1 << day)


@kernel(allocates=False)
def lightest(asked: Asked, plans: Plans, who: int, days: int, spared: int) -> int:
    """Return the placed need of a volunteer with a visit on some days that weighs least, or -1."""
    found = -1
    for place in range(asked.mine_at[who], asked.mine_at[who + 1]):
        other = asked.mine[place]
        there = plans.need[other, STAND] == PLACED and plans.need[other, DAYS] & days and other != spared
        if there and (found < 0 or plans.need[other, WEIGHT] < plans.need[found, WEIGHT]):
            found = other
    return found


@kernel(allocates=False)
def price_room(asked: Asked, plans: Plans, desk: Desk, need: int) -> None:
    """Add to the desk's prices the lightest need that has to go where the crew has no room for another visit."""
    for seat in range(asked.at[need, CREW], asked.at[need + 1, CREW]):
        who = asked.crew[seat, WHO]
        for sort in range(len(asked.columns)):
            least = 1 if sort < _COUNTED else asked.crew[seat, LOAD]
            for day in range(asked.columns.shape[1]):
                column = asked.columns[sort, day]
                if plans.room[who, column] < least:
                    other = lightest(asked, plans, who, asked.column_days[column], need)
                    if other >= 0:
                        for slot in range(len(desk.left)):
                            desk.price[day, slot] += plans.need[other, WEIGHT]


@kernel(allocates=False)
def overdrawn(asked: Asked, plans: Plans, need: int) -> int:
    """Return the lightest need to take out where a volunteer of this one has booked more than there is, or -1."""
    begin = asked.at[need, PLAN]
    for seat in range(asked.at[need, CREW], asked.at[need + 1, CREW]):
        who = asked.crew[seat, WHO]
        for place in range(begin, begin + plans.need[need, VISITS]):
            for sort in range(len(asked.columns)):
                column = asked.columns[sort, plans.dates[place, DAY]]
                if plans.room[who, column] < 0:
                    return lightest(asked, plans, who, asked.column_days[column], need)
    return -1


@kernel(allocates=False)
def clear_prices(asked: Asked, desk: Desk) -> None:
    """Set all prices to nothing."""
    for day in range(min(MOST_DAYS, asked.columns.shape[1])):
        for slot in range(len(desk.left)):
            desk.price[day, slot] = 0
