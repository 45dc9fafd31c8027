"""The best load of each volunteer against prices of seats: minutes and households limited, exact.

A load is a set of jobs, one seat of each; it earns the prices of its seats less the cost of the way. Of thousands of
seats few come into question: whoever finds enough other households, each with one job that takes no more minutes and
earns no less than the whole household, can do without it. Loads of few households are searched for in what is left
(`pairsolve.pairing.loads.few`); the others go through dynamic programming over minutes and households (Kellerer,
Pferschy and Pisinger, *Knapsack Problems*, 2004, chapter 9). Amounts are whole numbers in floating point (below 2**53),
so that sums are exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.pairing.loads.few import MOST_HOMES as MOST_HOMES_SEARCHED
from pairsolve.pairing.loads.few import MOST_JOBS, few

MOST_HOMES = 32
"""Households of a volunteer up to which seats are left out; more are too rarely full to matter."""
LARGEST_TABLE = 1 << 25
"""Cells of the tables of one volunteer; beyond, the minutes are not looked at, and what is returned is more."""


@kernel()
def in_question(  # noqa: PLR0912  # one scan: calls would hide what is hot
    begin: Any, end: Any, group: Any, use: Any, price: Any, most: Any, base: Any, rate: Any, job: Any, home: Any,
    several: Any, worth: Any, heads: Any, cap: Any, room: Any, top: Any, top_home: Any, kept: Any, profit: Any,
) -> Any:  # fmt: skip
    """Write the arcs that may be in a best load to ``kept``, with their profits; return how many."""
    count = 0
    size = min(cap, MOST_HOMES)
    for one in range(size):
        top[one] = -1.0
        top_home[one] = -1
    for arc in range(begin, end):  # what each household can earn at most, all its jobs together
        if use[arc] > room:
            break
        seat = group[arc]
        earned = price[seat] * min(heads, most[seat]) - rate * (use[arc] - base[seat]) * 0.5
        if earned > 0.0:
            worth[home[seat]] += earned
    for arc in range(begin, end):
        if use[arc] > room:
            break
        seat = group[arc]
        earned = price[seat] * min(heads, most[seat]) - rate * (use[arc] - base[seat]) * 0.5
        if earned <= 0.0:
            continue
        house = home[seat]
        ceiling = worth[house] if several[house] else earned
        better = 0
        slot = 0
        own = -1
        for one in range(size):
            if top_home[one] == house:
                own = one
            elif top[one] >= ceiling:
                better += 1
            if top[one] < top[slot]:
                slot = one
        if cap <= MOST_HOMES and better >= size:
            continue
        if count > 0 and job[group[kept[count - 1]]] == job[seat]:  # two seats of one job: the better
            if profit[count - 1] >= earned:
                continue
            count -= 1
        kept[count] = arc
        profit[count] = earned
        count += 1
        if own >= 0:
            top[own] = max(top[own], earned)
        elif earned > top[slot]:
            top[slot] = earned
            top_home[slot] = house
    for arc in range(begin, end):
        if use[arc] > room:
            break
        worth[home[group[arc]]] = 0.0
    return count


@kernel()
def by_home(
    count: Any, kept: Any, group: Any, home: Any, place: Any, following: Any, order: Any
) -> Any:  # fmt: skip
    """Order arcs household by household; return how many households there are.

    `place` is by household, all zero before and after; `following` is written.
    """
    for one in range(count - 1, -1, -1):
        house = home[group[kept[one]]]
        following[one] = int(place[house]) - 1
        place[house] = one + 1
    homes = 0
    placed = 0
    for one in range(count):
        house = home[group[kept[one]]]
        if place[house] != one + 1:
            continue
        place[house] = 0
        homes += 1
        other = one
        while other >= 0:
            order[placed] = other
            placed += 1
            other = following[other]
    return homes


@kernel(once=True)
def put(old: Any, shorter: Any, heavy: Any, gain: Any, new: Any) -> None:
    """Write the table after an arc that takes so many minutes and earns so much, which the compiler does by fours."""
    width = len(new)
    for minute in range(min(heavy, width)):
        new[minute] = old[minute]
    if heavy < width:
        kept, added, better = old[heavy:], shorter[: width - heavy], new[heavy:]
        for minute in range(width - heavy):
            value = added[minute] + gain
            better[minute] = value if value > kept[minute] else kept[minute]


@kernel()
def fill(  # noqa: PLR0912, PLR0915  # one loop nest: calls would hide what is hot
    count: Any, kept: Any, profit: Any, group: Any, use: Any, home: Any, layers: Any, counted: Any, width: Any,
    order: Any, tables: Any, before: Any, after: Any, taken: Any,
) -> Any:  # fmt: skip
    """Return what the best load earns, and how many arcs it has; they are written to ``taken``.

    A table has a layer for each household that a load may have, or one for all where that is no limit; there is a table
    after each arc, so that the load can be read off backwards. Arcs of one household go through tables of their own,
    that begin where the household is not yet among those of the load.
    """
    size = (layers + 1) * width
    down = width if counted else 0
    tables[:size] = 0.0
    now, free = 0, size
    begin = 0
    while begin < count:
        end = begin + 1
        house = home[group[kept[order[begin]]]]
        while end < count and home[group[kept[order[end]]]] == house:
            end += 1
        inner = counted and end > begin + 1
        last = now
        for place in range(begin, end):
            arc, gain = kept[order[place]], profit[order[place]]
            before[place], after[place] = last, free
            for layer in range(layers + 1):
                here, there = last + layer * width, free + layer * width
                new = tables[there : there + width]
                if layer == 0:
                    new[:] = 0.0
                    continue
                if inner:
                    begun = last + (layer - 1) * width if place == begin else here
                    put(tables[begun : begun + width], tables[begun : begun + width], use[arc], gain, new)
                else:
                    put(tables[here : here + width], tables[here - down : here - down + width], use[arc], gain, new)
            last = free
            free += size
        if inner:
            for cell in range(size):
                without, with_it = tables[now + cell], tables[last + cell]
                tables[free + cell] = with_it if with_it > without else without
            last = free
            free += size
        now = last
        begin = end
    earned = tables[now + size - 1]
    found = 0
    at = size - 1  # place in a table: layer and minute
    end = count
    while end > 0 and at >= width:
        begin = end - 1
        house = home[group[kept[order[begin]]]]
        while begin > 0 and home[group[kept[order[begin - 1]]]] == house:
            begin -= 1
        inner = counted and end > begin + 1
        if inner:
            if tables[now + at] != tables[before[begin] + at]:
                for place in range(end - 1, begin - 1, -1):
                    old = before[place] + at - (width if place == begin else 0)
                    if tables[after[place] + at] != tables[old]:
                        taken[found] = kept[order[place]]
                        found += 1
                        at -= use[kept[order[place]]]
                at -= width
        else:
            for place in range(end - 1, begin - 1, -1):
                if tables[after[place] + at] != tables[before[place] + at]:
                    taken[found] = kept[order[place]]
                    found += 1
                    at -= use[kept[order[place]]] + down
        now = before[begin]
        end = begin
    return earned, found


@kernel(
    "int64(int64, int64, int64[::1], int32[::1], int32[::1], float64[::1], int32[::1], float64[::1], float64, "
    "int32[::1], int32[::1], boolean[::1], float64[::1], int32[::1], int32[::1], int32[::1], float64[::1], int64[::1])"
)
def best_loads(
    begin: int, end: int, edges: Any, group: Any, use: Any, price: Any, people: Any, base: Any, rate: float, job: Any,
    home: Any, several: Any, worth: Any, heads: Any, cap: Any, room: Any, value: Any, taken: Any,
) -> int:  # fmt: skip
    """Find the best loads of some volunteers; return how many arcs they have.

    Parameters
    ----------
    begin, end
        First volunteer and the one after the last.
    edges, group, use
        Arcs by volunteer, ascending by minutes and job: seat group and minutes over the horizon.
    price, people, base, job, home
        By seat group: price of a head, most heads, minutes without the way, job, household.
    rate
        Cost of a minute on the way, there or back.
    several, worth
        By household: whether it has several jobs; room for sums, all zero before and after.
    heads, cap, room
        By volunteer: heads, most households, most minutes.
    value
        By volunteer: what the best load earns; written.
    taken
        Arcs of the loads; written.
    """
    most = 0
    for volunteer in range(begin, end):
        most = max(most, edges[volunteer + 1] - edges[volunteer])
    kept, order = np.empty(most, np.int64), np.empty(most, np.int64)
    profit = np.empty(most, np.float64)
    top, top_home = np.empty(MOST_HOMES, np.float64), np.empty(MOST_HOMES, np.int64)
    before, after = np.empty(most, np.int64), np.empty(most, np.int64)
    tables = np.empty(1, np.float64)
    sets = most << (MOST_JOBS - 1)
    gain, minutes_of, jobs = np.empty(sets, np.float64), np.empty(sets, np.int64), np.empty(sets, np.int64)
    first, worth_of, at = (
        np.empty(most + 1, np.int64),
        np.empty(most + 1, np.float64),
        np.empty((most + 1, 5), np.int64),
    )
    picked, load = np.empty(MOST_HOMES_SEARCHED, np.int64), np.empty(MOST_HOMES_SEARCHED, np.int64)
    total = 0
    for volunteer in range(begin, end):
        value[volunteer] = 0.0
        if cap[volunteer] <= 0:
            continue
        count = in_question(
            edges[volunteer], edges[volunteer + 1], group, use, price, people, base, rate, job, home, several, worth,
            heads[volunteer], cap[volunteer], room[volunteer], top, top_home, kept, profit,
        )  # fmt: skip
        if count == 0:
            continue
        minutes = 0
        all_of_it = 0.0
        for one in range(count):
            minutes += use[kept[one]]
            all_of_it += profit[one]
        homes = by_home(count, kept, group, home, worth, before, order)
        if minutes <= room[volunteer] and homes <= cap[volunteer]:
            for one in range(count):
                taken[total + one] = kept[one]
            value[volunteer] = all_of_it
            total += count
            continue
        fewest = min(cap[volunteer], homes)
        if fewest <= MOST_HOMES_SEARCHED:
            earned, found = few(
                count, kept, profit, group, use, home, order, fewest, room[volunteer], gain, minutes_of, jobs, first,
                worth_of, picked, at, load, taken[total:],
            )  # fmt: skip
            if found >= 0:
                value[volunteer] = earned
                total += found
                continue
        counted = cap[volunteer] < homes
        layers = cap[volunteer] if counted else 1
        width = min(room[volunteer], minutes) + 1
        cells = (count + homes + 1) * (layers + 1) * width
        if cells > LARGEST_TABLE:
            value[volunteer] = all_of_it
            continue
        if len(tables) < cells:
            tables = np.empty(2 * cells, np.float64)
        earned, found = fill(
            count, kept, profit, group, use, home, layers, counted, width, order, tables, before, after, taken[total:]
        )
        value[volunteer] = earned
        total += found
    return total
