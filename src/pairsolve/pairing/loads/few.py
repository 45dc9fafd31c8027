"""The best load of a volunteer who serves few households: a price on minutes, then a search in depth.

With minutes at a price, the best load is that of the households that earn most; the price at which this is least bounds
every load, leaves out nearly all households, and orders the rest (Martello and Toth, *Knapsack Problems*, 1990, 2.3).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pairsolve.compiled import kernel

MOST_HOMES = 8
"""Households of a volunteer up to which loads are searched for; with more, a table is filled."""
MOST_JOBS = 4
"""Arcs of one household up to which all their sets are tried."""
MOST_TRIED = 20_000
"""Steps of a search after which a table is filled instead."""
HALVINGS = 12
"""Prices of minutes that are tried."""
WHOLE = 0.5
"""What is earned is a whole number: a load is better by more than this, or not at all."""


@kernel()
def choices_of(count: Any, kept: Any, profit: Any, group: Any, use: Any, home: Any, order: Any, room: Any, gain: Any,
               minutes: Any, jobs: Any, first: Any) -> Any:  # fmt: skip
    """Write the sets of arcs of each household that fit; return how many households there are, -1 with too many arcs.

    A set is written as the place of the household's first arc in the order, and a bit for each arc.
    """
    homes, choices, begin = 0, 0, 0
    while begin < count:
        end = begin + 1
        house = home[group[kept[order[begin]]]]
        while end < count and home[group[kept[order[end]]]] == house:
            end += 1
        if end - begin > MOST_JOBS:
            return -1
        first[homes] = choices
        for some in range(1, 1 << (end - begin)):
            earned, used = 0.0, 0
            for one in range(end - begin):
                if some >> one & 1:
                    earned += profit[order[begin + one]]
                    used += use[kept[order[begin + one]]]
            if used <= room:
                gain[choices], minutes[choices], jobs[choices] = earned, used, begin << MOST_JOBS | some
                choices += 1
        homes += 1
        begin = end
    first[homes] = choices
    return homes


@kernel()
def at_price(price: Any, homes: Any, cap: Any, first: Any, gain: Any, minutes: Any, worth: Any, picked: Any) -> Any:
    """Pick the households that earn most with minutes at a price; return how many, their worth, minutes, and the least.

    The worth of each household is written, and the choices picked, the best first.
    """
    length = 0
    for house in range(homes):
        best, pick = 0.0, -1
        for choice in range(first[house], first[house + 1]):
            value = gain[choice] - price * minutes[choice]
            if value > best:
                best, pick = value, choice
        worth[house] = best
        if pick < 0:
            continue
        slot = length
        while slot > 0 and gain[picked[slot - 1]] - price * minutes[picked[slot - 1]] < best:
            slot -= 1
        if slot < cap:
            length = min(length + 1, cap)
            for later in range(length - 1, slot, -1):
                picked[later] = picked[later - 1]
            picked[slot] = pick
    total, used, earned = 0.0, 0, 0.0
    for one in range(length):
        total += gain[picked[one]] - price * minutes[picked[one]]
        used += minutes[picked[one]]
        earned += gain[picked[one]]
    least = gain[picked[cap - 1]] - price * minutes[picked[cap - 1]] if length == cap else 0.0
    return length, total, used, earned, least


@kernel()
def price_of_minutes(
    homes: Any, cap: Any, room: Any, first: Any, gain: Any, minutes: Any, jobs: Any, worth: Any, picked: Any, load: Any,
) -> Any:  # fmt: skip
    """Return the price of a minute with the least bound, that bound, what a household is worth that is not better.

    Beside them, what the best load met on the way earns and how many households it has; its sets of arcs are written.
    """
    best, length = 0.0, 0
    price, low, high, lowest, threshold = 0.0, 0.0, 0.0, np.inf, 0.0
    for choice in range(first[homes]):
        high = max(high, gain[choice] / max(minutes[choice], 1))
    for turn in range(HALVINGS):
        trial = (low + high) / 2 if turn else 0.0
        found, total, used, earned, least = at_price(trial, homes, cap, first, gain, minutes, worth, picked)
        bound = total + trial * room
        if bound < lowest:
            price, lowest, threshold = trial, bound, least
        if used <= room:
            high = trial
            if earned > best:
                best, length = earned, found
                for one in range(found):
                    load[one] = jobs[picked[one]]
        else:
            low = trial
        if lowest < best + WHOLE or high <= low:
            break
    return price, lowest, threshold, best, length


@kernel()
def in_play(
    price: Any, threshold: Any, homes: Any, first: Any, gain: Any, minutes: Any, jobs: Any, worth: Any, at: Any
) -> Any:  # fmt: skip
    """Move the sets of arcs that are worth the threshold to the front; return how many households have any.

    Households are put in order, the most worth first: their first set and the one after the last in `at`, and in
    `worth` what all households before each are worth together.
    """
    left, places = 0, 0
    for house in range(homes):
        most, place = 0.0, places
        for choice in range(first[house], first[house + 1]):
            value = gain[choice] - price * minutes[choice]
            if value >= threshold:
                gain[places], minutes[places], jobs[places] = gain[choice], minutes[choice], jobs[choice]
                places += 1
                most = max(most, value)
        if places == place:
            continue
        slot = left
        while slot > 0 and worth[slot - 1] < most:
            worth[slot] = worth[slot - 1]
            at[slot, 0], at[slot, 1] = at[slot - 1, 0], at[slot - 1, 1]
            slot -= 1
        worth[slot], at[slot, 0], at[slot, 1] = most, place, places
        left += 1
    total = 0.0
    for one in range(left):
        worth[one], total = total, total + worth[one]
    worth[left] = total
    return left


@kernel()
def deepest(
    price: Any, best: Any, length: Any, left: Any, cap: Any, room: Any, gain: Any, minutes: Any, jobs: Any, worth: Any,
    at: Any, load: Any,
) -> Any:  # fmt: skip
    """Search for a load that earns more than the best; return what it earns and how many households it has.

    The number is -1 where the search takes long. In `at` stand, for every household of a load: the household looked at,
    the set of arcs chosen, and the minutes left before it.
    """
    earned, depth = 0.0, 0
    at[0, 2], at[0, 3], at[0, 4] = 0, -1, room
    for _ in range(MOST_TRIED):
        one = at[depth, 2]
        ahead = worth[min(left, one + cap - depth)] - worth[one]
        if one == left or earned + ahead + price * at[depth, 4] < best + WHOLE:
            if depth == 0:
                return best, length
            depth -= 1
            earned -= gain[at[depth, 3]]
            continue
        choice = at[one, 0] if at[depth, 3] < 0 else at[depth, 3] + 1
        if choice == at[one, 1]:
            at[depth, 2], at[depth, 3] = one + 1, -1
            continue
        at[depth, 3] = choice
        if minutes[choice] > at[depth, 4]:
            continue
        if earned + gain[choice] > best:
            best, length = earned + gain[choice], depth + 1
            for other in range(length):
                load[other] = jobs[at[other, 3]]
        if depth + 1 < cap:
            earned += gain[choice]
            at[depth + 1, 2], at[depth + 1, 3], at[depth + 1, 4] = one + 1, -1, at[depth, 4] - minutes[choice]
            depth += 1
    return best, -1


@kernel()
def few(
    count: Any, kept: Any, profit: Any, group: Any, use: Any, home: Any, order: Any, cap: Any, room: Any, gain: Any,
    minutes: Any, jobs: Any, first: Any, worth: Any, picked: Any, at: Any, load: Any, taken: Any,
) -> Any:  # fmt: skip
    """Return what the best load earns, and how many arcs it has, which are written; -1 arcs where that takes long."""
    homes = choices_of(count, kept, profit, group, use, home, order, room, gain, minutes, jobs, first)
    if homes < 0:
        return 0.0, -1
    price, lowest, threshold, best, length = price_of_minutes(
        homes, cap, room, first, gain, minutes, jobs, worth, picked, load
    )
    if lowest >= best + WHOLE:
        threshold -= lowest - best - WHOLE  # no load with a household worth less is better
        left = in_play(price, threshold, homes, first, gain, minutes, jobs, worth, at)
        best, length = deepest(price, best, length, left, cap, room, gain, minutes, jobs, worth, at, load)
    if length < 0:
        return 0.0, -1
    found = 0
    for one in range(length):
        begin, some = load[one] >> MOST_JOBS, load[one] & ((1 << MOST_JOBS) - 1)
        for job in range(MOST_JOBS):
            if some >> job & 1:
                taken[found] = kept[order[begin + job]]
                found += 1
    return best, found
