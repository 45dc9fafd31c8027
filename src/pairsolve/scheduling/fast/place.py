"""Compiled: every need of a component gets the best plan it could have alone, or others are asked to move.

A need without a place takes the plan that puts the least weight of other needs out; those wait for a new place, and
its own weight rises, so that the needs that are hard to place win in the end. Where all are placed nothing is better.
"""

from __future__ import annotations

from pairsolve.compiled import kernel
from pairsolve.scheduling.fast.days import around, best, cheapest, count, most_visits
from pairsolve.scheduling.fast.rooms import (
    charge,
    clear_prices,
    count_collisions,
    is_paid,
    overdrawn,
    price_room,
    put,
    read_starts,
    shut_out,
)
from pairsolve.scheduling.fast.state import (
    BEST,
    DAY,
    FEWEST,
    HELD,
    LAG_FROM,
    LAG_TO,
    LEFT_OUT,
    MISSED,
    NEAR,
    OFF_DAY,
    OFF_TIME,
    OPEN,
    OTHER,
    PLACED,
    PLAN,
    RHYTHM,
    SLOT,
    STAND,
    VISITS,
    WEIGHT,
    WINDOWS,
    Asked,
    Desk,
    Ints,
    Plans,
)

_MOST_CENTRES = 60  # weekday-slot pairs tried where a plan cannot be fully regular
_MOST_PUSHES = 24  # how often a need may put others out
_FEW_PUSHES = 40  # of a component, besides those for each of its needs
_PUSHES_PER_NEED = 6


@kernel(allocates=False, once=True)
def look(asked: Asked, plans: Plans, desk: Desk, need: int) -> int:
    """Find what a need can reach at best alone; return how free it is, or -1 where its fewest visits are too many."""
    rhythm = asked.need[need, RHYTHM]
    read_starts(asked, desk, need)
    everyday = desk.left[0]
    for days in desk.left:
        everyday |= days
    held = most_visits(asked, desk, rhythm, everyday)
    on_day = on_time = free = previous = 0
    for weekday in asked.weekday:
        if min(count(everyday & weekday), held) > on_day:
            on_day = max(on_day, min(held, most_visits(asked, desk, rhythm, everyday & weekday)))
    for days in desk.left:
        size = count(days)
        free += size
        if days != previous and min(size, held) > on_time:
            on_time = max(on_time, min(held, most_visits(asked, desk, rhythm, days)))
        previous = days
    plans.need[need, MISSED] = asked.rhythm[rhythm + 1, WINDOWS] - asked.rhythm[rhythm, WINDOWS] - held
    plans.need[need, HELD] = held
    plans.need[need, OFF_DAY] = held - on_day
    plans.need[need, OFF_TIME] = held - on_time
    return free if held >= asked.need[need, FEWEST] else -1


@kernel(allocates=False)
def is_first(asked: Asked, plans: Plans, desk: Desk, need: int, slot: int) -> bool:
    """Give the plan on the desk its start slots, and say whether it is the one to take.

    A slot that is asked for is used where it is open, else the first of the day. The first plan that the room allows
    is taken; where the desk is priced, plans are compared, and the cheapest that the crew could pay for alone is kept.
    """
    num_visits = plans.need[need, HELD]
    price = 0
    for place in range(num_visits):
        day, at = desk.visits[place, DAY], slot
        if not desk.left[slot] >> day & 1:
            at = 0
            while not desk.left[at] >> day & 1:
                at += 1
        desk.visits[place, SLOT] = at
        price += desk.price[day, at]
    if desk.priced[0] == 0:
        return is_paid(asked, desk, need, num_visits, plans.room)
    if (desk.priced[0] == 1 or price < desk.priced[0] - 2) and is_paid(asked, desk, need, num_visits, asked.room):
        desk.priced[0] = price + 2
        for place in range(num_visits):
            for column in range(3):
                desk.visits[place, BEST + column] = desk.visits[place, column]
    return False


@kernel(allocates=False, once=True)
def find_regular(asked: Asked, plans: Plans, desk: Desk, need: int) -> bool:
    """Look for a plan on one weekday at one time."""
    rhythm, wanted = asked.need[need, RHYTHM], plans.need[need, HELD]
    whole = plans.need[need, MISSED] == 0
    for weekday in asked.weekday:
        previous = 0
        for slot in range(len(desk.left)):
            days = desk.left[slot] & weekday
            if count(days) < wanted or (days == previous and desk.priced[0] == 0):
                continue
            previous = days
            if desk.priced[0] > 0 and whole:
                found = cheapest(asked, desk, rhythm, days, slot)
            else:
                found = best(asked, desk, rhythm, days) >= wanted
            if found and is_first(asked, plans, desk, need, slot):
                return True
    return False


@kernel(allocates=False, once=True)
def find_centred(asked: Asked, plans: Plans, desk: Desk, need: int) -> bool:
    """Look for a plan of all visits around a weekday and a time."""
    rhythm, required = asked.need[need, RHYTHM], plans.need[need, HELD]
    off_day, off_time = plans.need[need, OFF_DAY], plans.need[need, OFF_TIME]
    everyday, tried, previous = desk.left[0], 0, 0
    for days in desk.left:
        everyday |= days
    for slot in range(len(desk.left)):
        days = desk.left[slot]
        if days == previous and desk.priced[0] == 0:
            continue
        previous = days
        if most_visits(asked, desk, rhythm, days) < required - off_time:
            continue
        for weekday in asked.weekday:
            if most_visits(asked, desk, rhythm, everyday & weekday) < required - off_day:
                continue
            tried += 1
            if tried > _MOST_CENTRES:
                return False
            found = around(asked, desk, rhythm, everyday, weekday, days, off_day + off_time)
            if found and is_first(asked, plans, desk, need, slot):
                return True
    return False


@kernel(allocates=False)
def find(asked: Asked, plans: Plans, desk: Desk, need: int) -> bool:
    """Look for a plan that reaches the need's own bounds on the days and slots of the desk.

    A need that must both miss visits and be irregular is left to the exact model.
    """
    if plans.need[need, OFF_DAY] + plans.need[need, OFF_TIME] == 0:
        found = find_regular(asked, plans, desk, need)
    elif plans.need[need, MISSED] == 0:
        found = find_centred(asked, plans, desk, need)
    else:
        found = False
    return found or desk.priced[0] > 1


@kernel(allocates=False, once=True)
def settle(asked: Asked, plans: Plans, desk: Desk, need: int) -> bool:
    """Place a need without moving anybody, if that is possible."""
    read_starts(asked, desk, need)
    shut_out(asked, desk, need, plans.room)
    desk.priced[0] = 0
    count_collisions(asked, plans, desk, need)
    if not find(asked, plans, desk, need):
        return False
    put(asked, plans, desk, need, 0)
    return True


@kernel(allocates=False)
def push_out(asked: Asked, plans: Plans, desk: Desk, other: int, queued: int) -> int:
    """Take a need's plan away and let it wait; return how many have waited so far."""
    plans.need[other, STAND] = OPEN
    charge(asked, plans, other)
    desk.queue[queued % len(desk.queue)] = other
    return queued + 1


@kernel(allocates=False, once=True)
def push(asked: Asked, plans: Plans, desk: Desk, need: int, queued: int) -> int:
    """Place a need and put out those in its way; return how many have waited so far, or -1 if it has no plan."""
    read_starts(asked, desk, need)
    shut_out(asked, desk, need, asked.room)
    desk.priced[0] = 1
    clear_prices(asked, desk)
    count_collisions(asked, plans, desk, need)
    price_room(asked, plans, desk, need)
    if not find(asked, plans, desk, need):
        return -1
    for place in range(asked.at[need, NEAR], asked.at[need + 1, NEAR]):
        other = asked.near[place, OTHER]
        if plans.need[other, STAND] != PLACED:
            continue
        begin, meets = asked.at[other, PLAN], False
        for at in range(begin, begin + plans.need[other, VISITS]):
            for own in range(plans.need[need, HELD]):
                ahead = desk.visits[own, BEST + SLOT] - plans.dates[at, SLOT]
                apart = ahead <= -asked.near[place, LAG_TO] or ahead >= asked.near[place, LAG_FROM]
                meets = meets or (desk.visits[own, BEST + DAY] == plans.dates[at, DAY] and not apart)
        if meets:
            queued = push_out(asked, plans, desk, other, queued)
    put(asked, plans, desk, need, BEST)
    other = overdrawn(asked, plans, need)
    while other >= 0:
        queued = push_out(asked, plans, desk, other, queued)
        other = overdrawn(asked, plans, need)
    plans.need[need, WEIGHT] += 1
    return queued


@kernel(allocates=False, once=True)
def place_component(asked: Asked, plans: Plans, desk: Desk, order: Ints) -> int:
    """Place the needs of a component in an order; return how often one was put before others."""
    size = len(desk.queue)
    served = pushes = 0
    queued = len(order)
    for place in range(queued):
        desk.queue[place] = order[place]
    limit = _FEW_PUSHES + _PUSHES_PER_NEED * len(order)
    while served < queued:
        need = desk.queue[served % size]
        served += 1
        if settle(asked, plans, desk, need):
            continue
        waiting = -1
        if pushes < limit and plans.need[need, WEIGHT] <= _MOST_PUSHES:
            pushes += 1
            waiting = push(asked, plans, desk, need, queued)
        if waiting < 0:
            plans.need[need, STAND] = LEFT_OUT
        else:
            queued = waiting
    return pushes


_ONE, _TWO = "int64[::1]", "int64[:,::1]"
_ASKED = (_TWO, _TWO, _ONE, _TWO, _TWO, _TWO, _TWO, _TWO, _ONE, _ONE, _ONE, _TWO, _TWO, _ONE, _ONE)
_PLANS = (_TWO, _TWO, _TWO)
_DESK = (_ONE, _TWO, _TWO, _TWO, _ONE, _ONE)


@kernel(f"void({', '.join((*_ASKED, *_PLANS, *_DESK, _ONE, _ONE, _ONE, 'int64', 'int64'))})", allocates=False)
def place_all(
    at: Ints, need: Ints, kinds: Ints, starts: Ints, crew: Ints, near: Ints, shut: Ints, rhythm: Ints, window: Ints,
    mine_at: Ints, mine: Ints, room: Ints, columns: Ints, column_days: Ints, weekday: Ints,
    stand: Ints, dates: Ints, room_left: Ints,
    left: Ints, price: Ints, visits: Ints, nodes: Ints, queue: Ints, priced: Ints,
    component_at: Ints, members: Ints, pushes: Ints, begin: int, end: int,
) -> None:  # fmt: skip  # the city, the plans, room to think in, the components
    """Place the needs of components `begin` to `end`, the least free first; `members` is used up."""
    asked = Asked(
        at, need, kinds, starts, crew, near, shut, rhythm, window, mine_at, mine, room, columns, column_days, weekday
    )
    plans = Plans(stand, dates, room_left)
    desk = Desk(left, price, visits, nodes, queue, priced)
    for component in range(begin, end):
        low, high = component_at[component], component_at[component + 1]
        kept = low
        for place in range(low, high):
            one = members[place]
            free = look(asked, plans, desk, one)
            if free < 0:
                stand[one, STAND] = LEFT_OUT
                continue
            stand[one, WEIGHT] = free
            # sorted by insertion: components are small, and the one large one costs a tenth of a second
            spot = kept
            while spot > low and stand[members[spot - 1], WEIGHT] > free:
                members[spot] = members[spot - 1]
                spot -= 1
            members[spot] = one
            kept += 1
        for place in range(low, kept):
            stand[members[place], WEIGHT] = 1
        pushes[component] = place_component(asked, plans, desk, members[low:kept])
