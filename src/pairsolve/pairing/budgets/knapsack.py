"""One agent's best load against job prices: an exact 0/1 knapsack by dynamic programming on its core.

Profits are whole numbers held in floating point (below 2**53), so that values and bounds are exact.
Source: Pisinger (1997), A minimal algorithm for the 0-1 knapsack problem, doi 10.1287/opre.45.5.758.
"""

from __future__ import annotations

import numpy as np

from pairsolve.compiled import kernel

WIDEST = 100_000
LARGEST_TABLE = 4_000_000


@kernel("(int64, int64, int64[::1], float64[::1], int64[::1])")
def split(count, room, item, profit, weight):
    """Order items so that those before the break come first; return the break, the weight and profit before it.

    Everything before the break is at least as efficient as everything after; if all fits the break is ``count``.
    """
    low, high = 0, count
    used = 0
    gained = 0.0
    while low < high:
        middle = item[(low + high) >> 1]
        top, bottom = profit[middle], weight[middle]
        before, here, after = low, low, high
        heavy = 0
        rich = 0.0
        while here < after:
            k = item[here]
            sign = profit[k] * bottom - top * weight[k]
            if sign > 0:
                item[here] = item[before]
                item[before] = k
                heavy += weight[k]
                rich += profit[k]
                before += 1
                here += 1
            elif sign < 0:
                after -= 1
                item[here] = item[after]
                item[after] = k
            else:
                here += 1
        if used + heavy > room:
            high = before
            continue
        used += heavy
        gained += rich
        low = before
        while low < after and used + weight[item[low]] <= room:
            used += weight[item[low]]
            gained += profit[item[low]]
            low += 1
        if low < after:
            return low, used, gained
    return low, used, gained


@kernel()
def best_load(start, end, job, cost, use, price, room, chosen, item, profit, weight, rows):
    """Mark in ``chosen`` the arcs from start to end that earn most within room; return what they earn.

    ``item``, ``profit``, ``weight`` and ``rows`` are working space for as many entries as the agent has arcs, and for
    one row of room + 1 entries per core item and one more. Where rows is too small for the core, the marks are a
    greedy load and what is returned is no less than any load earns: bounds stay bounds.
    """
    count = 0
    total = 0
    sure = 0.0
    for arc in range(start, end):
        chosen[arc] = 0
        gain = price[job[arc]] - cost[arc]
        if gain > 0.0 and use[arc] <= room:
            if use[arc] == 0:
                chosen[arc] = 1
                sure += gain
                continue
            item[count] = arc
            profit[arc] = gain
            weight[arc] = use[arc]
            total += use[arc]
            count += 1
    if total <= room:
        for k in range(count):
            chosen[item[k]] = 1
            sure += profit[item[k]]
        return sure
    cut, used, gained = split(count, room, item, profit, weight)
    for k in range(cut):
        chosen[item[k]] = 1
    rest = room - used
    broken = item[cut]
    rate = profit[broken] / weight[broken]
    ceiling = gained + rate * rest
    best = gained
    add, drop = -1, -1
    for k in range(cut, count):
        arc = item[k]
        if weight[arc] <= rest and gained + profit[arc] > best:
            best = gained + profit[arc]
            add = arc
    for k in range(cut):
        arc = item[k]
        if weight[arc] + rest >= weight[broken] and gained + profit[broken] - profit[arc] > best:
            best = gained + profit[broken] - profit[arc]
            add, drop = broken, arc
    core = 0
    inside = 0
    base = gained
    for k in range(count):
        arc = item[k]
        loss = profit[arc] - rate * weight[arc]
        if k >= cut:
            loss = -loss
        if ceiling - loss > best:
            item[core] = arc
            core += 1
            if k < cut:
                inside += weight[arc]
                base -= profit[arc]
    size = rest + inside
    width = size + 1
    if core > 0 and (core >= rows.shape[0] or width > rows.shape[1]):
        if drop >= 0:
            chosen[drop] = 0
        if add >= 0:
            chosen[add] = 1
        return sure + np.ceil(ceiling)
    if core > 0 and size > 0:
        for w in range(width):
            rows[0, w] = 0.0
        for k in range(core):
            heavy, gain = weight[item[k]], profit[item[k]]
            old, new = rows[k], rows[k + 1]
            edge = min(heavy, width)
            for w in range(edge):
                new[w] = old[w]
            for w in range(width - edge):
                new[edge + w] = max(old[edge + w], old[w] + gain)
        if base + rows[core, size] > best:
            left = size
            for k in range(core - 1, -1, -1):
                arc = item[k]
                if rows[k + 1, left] != rows[k, left]:
                    chosen[arc] = 1
                    left -= weight[arc]
                else:
                    chosen[arc] = 0
            return sure + base + rows[core, size]
    if drop >= 0:
        chosen[drop] = 0
    if add >= 0:
        chosen[add] = 1
    return sure + best


@kernel()
def working_space(first, room):
    """Return the working space of `best_load` for all agents of a field."""
    most = widest = 0
    for agent in range(len(room)):
        most = max(most, first[agent + 1] - first[agent])
        widest = max(widest, room[agent])
    arcs = first[len(room)]
    width = min(widest, WIDEST) + 1
    rows = np.empty((min(most, max(1, LARGEST_TABLE // width)) + 1, width), np.float64)
    return np.empty(most, np.int64), np.empty(arcs, np.float64), np.empty(arcs, np.int64), rows


@kernel()
def best_loads(first, job, cost, use, price, room, chosen):
    """Mark every agent's best load against the prices; return what all earn. For tests and other engines.

    Parameters
    ----------
    first
        Where each agent's arcs begin, shape (agents + 1,).
    job, cost, use
        Per arc.
    price
        Per job.
    room
        Per agent.
    chosen
        Filled with 1 where an arc is taken, shape (arcs,).
    """
    item, profit, weight, rows = working_space(first, room)
    earned = 0.0
    for agent in range(len(room)):
        earned += best_load(
            first[agent], first[agent + 1], job, cost, use, price, room[agent], chosen, item, profit, weight, rows
        )
    return earned
