"""An auction on the pool: a good start for the shortest paths, which make it exact.

Needs bid for places; every place has a price of its own. Prices are multiplied by a scale, so that the last
step ε = 1 is a small part of one unit of cost.

Source: Bertsekas and Castañón, *The auction algorithm for the transportation problem*, doi 10.1007/BF02186476.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.pairing.city.market import INFINITE
from pairsolve.pairing.city.paths import UNCOVERED, UNPLACED

I4, I8 = "int32[::1]", "int64[::1]"


@kernel(f"int64({I4},{I8},{I4},{I4},{I8},{I4},{I8},{I4},{I4},int64,int64)")
def bid(
    queue: Any, option: Any, edge_first: Any, edge_volunteer: Any, edge_cost: Any, slot_first: Any,
    slot_price: Any, slot_owner: Any, held: Any, scale: int, step: int,
) -> int:  # fmt: skip
    """Let the needs of the queue bid until everybody has a place or is uncovered; return the bids made.

    Parameters
    ----------
    queue
        Needs without a place.
    option
        Cost of leaving each need uncovered.
    edge_first, edge_volunteer, edge_cost
        The pool, by need.
    slot_first, slot_price, slot_owner
        Places of each volunteer, their scaled prices and owners (−1 = free), changed in place.
    held
        Edge of each need, changed in place.
    scale, step
        Factor of the prices, and ε.
    """
    size = len(queue)
    stack = np.empty(len(held), np.int32)
    for place in range(size):
        stack[place] = queue[place]
    waiting = np.empty(len(held), np.int32)
    num_waiting = 0
    bids = 0
    while size > 0 or num_waiting > 0:
        if size == 0:
            stack, waiting = waiting, stack
            size, num_waiting = num_waiting, 0
        bids += 1
        size -= 1
        need = stack[size]
        best = option[need] * scale
        second = best + step  # the option is worth its cost to nobody else
        best_edge, best_slot = -1, -1
        for edge in range(edge_first[need], edge_first[need + 1]):
            volunteer = edge_volunteer[edge]
            low, next_low, slot = INFINITE, INFINITE, -1
            for i in range(slot_first[volunteer], slot_first[volunteer + 1]):
                if slot_price[i] < low:
                    low, next_low, slot = slot_price[i], low, i
                elif slot_price[i] < next_low:
                    next_low = slot_price[i]
            if slot < 0:
                continue
            value = edge_cost[edge] * scale + low
            if value < best:
                second = best
                best, best_edge, best_slot = value, edge, slot
                if next_low < INFINITE:
                    second = min(second, edge_cost[edge] * scale + next_low)
            elif value < second:
                second = value
        if best_edge < 0:
            held[need] = UNCOVERED
            continue
        slot_price[best_slot] += second - best + step
        owner = slot_owner[best_slot]
        slot_owner[best_slot] = need
        held[need] = best_edge
        if owner >= 0:
            held[owner] = UNPLACED
            waiting[num_waiting] = owner
            num_waiting += 1
    return bids
