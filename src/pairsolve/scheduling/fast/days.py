"""Compiled: the days of one need as bit sets; the same questions as in `rhythm.py` and `patterns.py`."""

from __future__ import annotations

from pairsolve.compiled import kernel
from pairsolve.scheduling.fast.state import (
    COST,
    DAY,
    LEAST_GAP,
    LINK,
    MOST_DAYS,
    MOST_GAP,
    REACH,
    TAIL,
    VISIT,
    WINDOWS,
    Asked,
    Desk,
)

_ALL = (1 << MOST_DAYS) - 1


@kernel(allocates=False)
def count(days: int) -> int:
    """Return how many days there are."""
    found = 0
    while days:
        days &= days - 1
        found += 1
    return found


@kernel(allocates=False)
def first(days: int) -> int:
    """Return the first of some days."""
    place = 0
    if not days & 0xFFFFFFFF:
        days >>= 32
        place = 32
    if not days & 0xFFFF:
        days >>= 16
        place += 16
    if not days & 0xFF:
        days >>= 8
        place += 8
    while not days & 1:
        days >>= 1
        place += 1
    return place


@kernel(allocates=False)
def following(asked: Asked, rhythm: int, days: int) -> int:
    """Return the days of the next visit if this one falls on one of `days` (not empty)."""
    least, most = asked.rhythm[rhythm, LEAST_GAP], asked.rhythm[rhythm, MOST_GAP]
    if least >= MOST_DAYS:
        return 0
    if most < 0:
        after = first(days) + least
        return _ALL >> after << after if after < MOST_DAYS else 0
    shifted = days << least & _ALL
    spread = shifted
    for _ in range(min(most - least, MOST_DAYS)):
        shifted = shifted << 1 & _ALL
        spread |= shifted
    return spread


@kernel(allocates=False)
def preceding(asked: Asked, rhythm: int, day: int) -> int:
    """Return the days of the visit before if this one falls on `day`."""
    least, most = asked.rhythm[rhythm, LEAST_GAP], asked.rhythm[rhythm, MOST_GAP]
    if day < least:
        return 0
    days = (1 << (day - least + 1)) - 1
    if most >= 0 and day > most:
        days = days >> (day - most) << (day - most)
    return days


@kernel(allocates=False)
def complete(asked: Asked, desk: Desk, rhythm: int, days: int) -> bool:
    """Choose a day for every visit, or say that `days` cannot hold them all."""
    begin = asked.rhythm[rhythm, WINDOWS]
    num_visits = asked.rhythm[rhythm + 1, WINDOWS] - begin
    follow = _ALL
    for visit in range(num_visits):
        possible = asked.window[begin + visit] & days & follow
        if not possible:
            return False
        desk.visits[visit, REACH] = possible
        follow = following(asked, rhythm, possible)
    if asked.rhythm[rhythm, MOST_GAP] < 0:
        for visit in range(num_visits):
            desk.visits[visit, VISIT] = visit
            desk.visits[visit, DAY] = first(desk.visits[visit, REACH])
        return True
    allowed = _ALL
    for visit in range(num_visits - 1, -1, -1):
        desk.visits[visit, VISIT] = visit
        desk.visits[visit, DAY] = first(desk.visits[visit, REACH] & allowed)
        allowed = preceding(asked, rhythm, desk.visits[visit, DAY])
    return True


@kernel(allocates=False)
def longest(asked: Asked, desk: Desk, rhythm: int, days: int) -> int:
    """Choose the most visits that keep the smallest gap, as a longest sequence of days shifted by their gaps."""
    begin = asked.rhythm[rhythm, WINDOWS]
    num_tails = num_nodes = 0
    for visit in range(asked.rhythm[rhythm + 1, WINDOWS] - begin):
        left = asked.window[begin + visit] & days
        for day in range(MOST_DAYS - 1, -1, -1):
            if not left >> day & 1:
                continue
            shifted = day - visit * asked.rhythm[rhythm, LEAST_GAP]
            place = num_tails
            while place > 0 and desk.visits[place - 1, TAIL] > shifted:
                place -= 1
            desk.nodes[num_nodes, 0] = visit
            desk.nodes[num_nodes, 1] = day
            desk.nodes[num_nodes, 2] = desk.visits[place - 1, TAIL + 1] if place > 0 else -1
            desk.visits[place, TAIL] = shifted
            desk.visits[place, TAIL + 1] = num_nodes
            num_nodes += 1
            num_tails = max(num_tails, place + 1)
    node = desk.visits[num_tails - 1, TAIL + 1] if num_tails > 0 else -1
    for place in range(num_tails - 1, -1, -1):
        desk.visits[place, VISIT] = desk.nodes[node, 0]
        desk.visits[place, DAY] = desk.nodes[node, 1]
        node = desk.nodes[node, 2]
    return num_tails


@kernel(allocates=False)
def best(asked: Asked, desk: Desk, rhythm: int, days: int) -> int:
    """Choose many visits, the most where there is no largest gap; return how many."""
    if complete(asked, desk, rhythm, days):
        return asked.rhythm[rhythm + 1, WINDOWS] - asked.rhythm[rhythm, WINDOWS]
    most = asked.rhythm[rhythm, MOST_GAP]
    kept = 0
    for place in range(longest(asked, desk, rhythm, days)):
        visit, day = desk.visits[place, VISIT], desk.visits[place, DAY]
        last = max(0, kept - 1)
        skips = kept == 0 or visit > desk.visits[last, VISIT] + 1
        if most < 0 or skips or day - desk.visits[last, DAY] <= most:
            desk.visits[kept, VISIT] = visit
            desk.visits[kept, DAY] = day
            kept += 1
    return kept


@kernel(allocates=False)
def most_visits(asked: Asked, desk: Desk, rhythm: int, days: int) -> int:
    """Return an upper bound of the visits that `days` can hold; exact where there is no largest gap."""
    required = asked.rhythm[rhythm + 1, WINDOWS] - asked.rhythm[rhythm, WINDOWS]
    if complete(asked, desk, rhythm, days):
        return required
    return min(longest(asked, desk, rhythm, days), required - 1)


@kernel(allocates=False)
def level_of(day: int, everyday: int, weekday: int, at_slot: int) -> int:
    """Return what a visit on a day costs around a weekday and a start slot; 3 = impossible."""
    if not everyday >> day & 1:
        return 3
    return 2 - (weekday >> day & 1) - (at_slot >> day & 1)


@kernel(allocates=False)
def around(asked: Asked, desk: Desk, rhythm: int, everyday: int, weekday: int, at_slot: int, budget: int) -> bool:
    """Choose days for all visits that cost at most `budget` around a weekday and a start slot."""
    begin = asked.rhythm[rhythm, WINDOWS]
    num_visits = asked.rhythm[rhythm + 1, WINDOWS] - begin
    for visit in range(num_visits):
        possible = asked.window[begin + visit] & everyday
        some = 0
        for total in range(budget + 1):
            desk.visits[visit, REACH + total] = 0
        for spent in range(budget + 1):
            if visit == 0:
                follow = _ALL if spent == 0 else 0
            else:
                earlier = desk.visits[visit - 1, REACH + spent]
                follow = following(asked, rhythm, earlier) if earlier else 0
            left = possible & follow
            while left:
                day = first(left)
                left &= left - 1
                total = spent + level_of(day, everyday, weekday, at_slot)
                if total <= budget:
                    desk.visits[visit, REACH + total] |= 1 << day
                    some = 1
        if not some:
            return False
    spent = 0
    while not desk.visits[num_visits - 1, REACH + spent]:
        spent += 1
    allowed = _ALL
    for visit in range(num_visits - 1, -1, -1):
        day = first(desk.visits[visit, REACH + spent] & allowed)
        desk.visits[visit, VISIT] = visit
        desk.visits[visit, DAY] = day
        allowed = preceding(asked, rhythm, day)
        spent -= level_of(day, everyday, weekday, at_slot)
    return True


@kernel(allocates=False)
def cheapest(asked: Asked, desk: Desk, rhythm: int, days: int, slot: int) -> bool:
    """Choose days for all visits at one start slot with the least total price, if there are any."""
    begin = asked.rhythm[rhythm, WINDOWS]
    num_visits = asked.rhythm[rhythm + 1, WINDOWS] - begin
    least, most = asked.rhythm[rhythm, LEAST_GAP], asked.rhythm[rhythm, MOST_GAP]
    end = -1
    for visit in range(num_visits):
        total = -1
        left = asked.window[begin + visit] & days
        while left:
            day = first(left)
            left &= left - 1
            cost, link = desk.price[day, slot], -1
            if visit > 0:
                before = -1
                earlier = asked.window[begin + visit - 1] & days
                while earlier:
                    other = first(earlier)
                    earlier &= earlier - 1
                    if day - other < least:
                        break
                    reached = desk.visits[visit - 1, COST + other]
                    if (most < 0 or day - other <= most) and reached >= 0 and (before < 0 or reached < before):
                        before, link = reached, other
                cost = cost + before if before >= 0 else -1
            desk.visits[visit, COST + day] = cost
            desk.visits[visit, LINK + day] = link
            if cost >= 0 and (total < 0 or cost < total):
                total, end = cost, day
        if total < 0:
            return False
    for visit in range(num_visits - 1, -1, -1):
        desk.visits[visit, VISIT] = visit
        desk.visits[visit, DAY] = end
        end = desk.visits[visit, LINK + end]
    return True
