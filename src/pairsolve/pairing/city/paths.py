"""Shortest augmenting paths on the pool: forward from needs without a place, in reverse from places priced too high.

Notation of all kernels: μ is the price of a volunteer, π the price of a need, and the reduced cost of a pair
is cost + μ − π. A volunteer with load L pays `square` × (2L + 1) for one household more.
Prices stay dual feasible on the pool, and every pair that is held has reduced cost 0.

Sources: successive shortest paths with potentials (Ahuja, Magnanti, Orlin, *Network Flows*, 1993, chapter 9);
the reverse search is its mirror image, as in Bertsekas and Castañón, doi 10.1007/BF01581084.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.pairing.city.market import INFINITE

UNCOVERED = -1
UNPLACED = -2

I4, I8 = "int32[::1]", "int64[::1]"


@kernel()
def sift_up(keys: Any, items: Any, place: Any, i: int) -> None:
    """Restore the heap upwards from position i."""
    key, item = keys[i], items[i]
    while i > 0:
        up = (i - 1) >> 1
        if keys[up] <= key:
            break
        keys[i], items[i] = keys[up], items[up]
        place[items[i]] = i
        i = up
    keys[i], items[i] = key, item
    place[item] = i


@kernel()
def sift_down(keys: Any, items: Any, place: Any, size: int) -> None:
    """Restore the heap downwards from the root."""
    key, item = keys[0], items[0]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[i], items[i] = keys[child], items[child]
        place[items[i]] = i
        i = child
    keys[i], items[i] = key, item
    place[item] = i


@kernel(f"void(int64, int64, {I4}, {I4}, {I4})")
def leave(need: int, volunteer: int, first: Any, after: Any, load: Any) -> None:
    """Take a need off the list of a volunteer."""
    load[volunteer] -= 1
    if first[volunteer] == need:
        first[volunteer] = after[need]
        return
    at = first[volunteer]
    while after[at] != need:
        at = after[at]
    after[at] = after[need]


@kernel(f"void(int64, int64, int64, {I4}, {I4}, {I4}, {I4})")
def join(need: int, edge: int, volunteer: int, held: Any, first: Any, after: Any, load: Any) -> None:
    """Put a need on the list of a volunteer."""
    held[need] = edge
    after[need] = first[volunteer]
    first[volunteer] = need
    load[volunteer] += 1


@kernel(f"void({I4},{I8},{I4},{I4},{I4},{I4},{I8},{I8},{I8},{I4},{I4},{I4},{I4},{I4},int64,{I8},{I8},{I4},{I4},{I4})")
def forward(
    queue: Any, option: Any, head: Any, next_edge: Any, edge_need: Any, edge_volunteer: Any, edge_cost: Any,
    mu: Any, pi: Any, held: Any, first: Any, after: Any, load: Any, most: Any, square: int,
    dist: Any, keys: Any, items: Any, where: Any, parent: Any,
) -> None:  # fmt: skip
    """Place the needs of the queue one after another by shortest paths.

    Parameters
    ----------
    queue
        Needs without a place; those that got one meanwhile are passed over.
    option, head, next_edge, edge_need, edge_volunteer, edge_cost
        The pool: cost of leaving each need uncovered, and linked lists of pairs by need.
    mu, pi, held, first, after, load, most, square
        Prices and the assignment, changed in place.
    dist, keys, items, where, parent
        Work space by volunteer; `dist` is INFINITE and `where` is -1 throughout at entry and exit.
    """
    touched = np.empty(len(mu), np.int32)
    for number in range(len(queue)):
        root = queue[number]
        if held[root] != UNPLACED:
            continue
        size = 0
        num_touched = 0
        best = option[root]
        end_volunteer, end_need = -1, root  # the path ends with a need uncovered, or at a volunteer with room
        need, base, at = root, 0, -1
        while True:
            edge = head[need]
            while edge >= 0:
                volunteer = edge_volunteer[edge]
                length = base + edge_cost[edge] + mu[volunteer]
                if length < best and length < dist[volunteer]:
                    if dist[volunteer] == INFINITE:
                        touched[num_touched] = volunteer
                        num_touched += 1
                    dist[volunteer] = length
                    parent[volunteer] = edge
                    if load[volunteer] < most[volunteer]:
                        ending = length + max(0, square * (2 * load[volunteer] + 1) - mu[volunteer])
                        if ending < best:
                            best = ending
                            end_volunteer, end_need = volunteer, -1
                    i = where[volunteer]
                    if i < 0:
                        i = size
                        items[i] = volunteer
                        size += 1
                    keys[i] = length
                    sift_up(keys, items, where, i)
                edge = next_edge[edge]
            # the next need held by the volunteer at hand, else the nearest volunteer
            need = after[need] if at >= 0 else -1
            while need < 0:
                if size == 0 or keys[0] >= best:
                    break
                at = items[0]
                need = first[at]
                size -= 1
                where[at] = -1
                if size > 0:
                    keys[0], items[0] = keys[size], items[size]
                    sift_down(keys, items, where, size)
            if need < 0:
                break
            base = dist[at] - pi[need]
            if base + option[need] < best:
                best = base + option[need]
                end_volunteer, end_need = -1, need
        for i in range(size):
            where[items[i]] = -1
        # prices rise by what is left to the end of the path
        for i in range(num_touched):
            volunteer = touched[i]
            rise = best - dist[volunteer]
            dist[volunteer] = INFINITE
            if rise > 0:
                mu[volunteer] += rise
                need = first[volunteer]
                while need >= 0:
                    pi[need] += rise
                    need = after[need]
        pi[root] = best
        # the needs on the path move over
        volunteer = end_volunteer
        if end_need == root:
            held[root] = UNCOVERED
        elif end_need >= 0:
            volunteer = edge_volunteer[held[end_need]]
            leave(end_need, volunteer, first, after, load)
            held[end_need] = UNCOVERED
        while volunteer >= 0:
            edge = parent[volunteer]
            need = edge_need[edge]
            before = -1
            if need != root:
                before = edge_volunteer[held[need]]
                leave(need, before, first, after, load)
            join(need, edge, volunteer, held, first, after, load)
            volunteer = before


@kernel(f"int64({I4},{I4},{I4},{I4},{I4},{I8},{I8},{I8},{I4},{I4},{I4},{I4},{I4},{I4},int64,{I8},{I8},{I4},{I4},{I4})")
def reverse(
    queue: Any, head: Any, next_edge: Any, edge_need: Any, edge_volunteer: Any, edge_cost: Any,
    mu: Any, pi: Any, held: Any, first: Any, after: Any, load: Any, least: Any, most: Any, square: int,
    dist: Any, keys: Any, items: Any, where: Any, parent: Any,
) -> int:  # fmt: skip
    """Lower the prices of volunteers with room, and give them needs, until price and load agree.

    Parameters
    ----------
    queue
        Volunteers whose price is above the cost of one household more, or who have fewer than their least.
    head, next_edge
        Linked lists of pairs by volunteer; the rest as in `forward`.

    Returns
    -------
    int
        A volunteer who finds no needs for its least on the pool; −1 = nobody.
    """
    touched = np.empty(len(mu), np.int32)
    for number in range(len(queue)):
        root = queue[number]
        while load[root] < least[root] or (load[root] < most[root] and mu[root] > square * (2 * load[root] + 1)):
            best = INFINITE
            if load[root] >= least[root]:
                best = mu[root] - square * (2 * load[root] + 1)
            end_volunteer, end_edge = root, -1
            size = 0
            num_touched = 1
            touched[0] = root
            dist[root] = 0
            at, base = root, 0
            while True:
                edge = head[at]
                while edge >= 0:
                    need = edge_need[edge]
                    length = base + edge_cost[edge] + mu[at] - pi[need]
                    if length < best:
                        if held[need] < 0:
                            best = length
                            end_volunteer, end_edge = at, edge
                        else:
                            volunteer = edge_volunteer[held[need]]
                            if volunteer != at and length < dist[volunteer]:
                                if dist[volunteer] == INFINITE:
                                    touched[num_touched] = volunteer
                                    num_touched += 1
                                dist[volunteer] = length
                                parent[volunteer] = edge
                                if load[volunteer] > least[volunteer]:
                                    ending = length + max(0, mu[volunteer] - square * (2 * load[volunteer] - 1))
                                    if ending < best:
                                        best = ending
                                        end_volunteer, end_edge = volunteer, -1
                                i = where[volunteer]
                                if i < 0:
                                    i = size
                                    items[i] = volunteer
                                    size += 1
                                keys[i] = length
                                sift_up(keys, items, where, i)
                    edge = next_edge[edge]
                if size == 0 or keys[0] >= best:
                    break
                at = items[0]
                base = keys[0]
                size -= 1
                where[at] = -1
                if size > 0:
                    keys[0], items[0] = keys[size], items[size]
                    sift_down(keys, items, where, size)
            for i in range(size):
                where[items[i]] = -1
            for i in range(num_touched):
                volunteer = touched[i]
                fall = best - dist[volunteer]
                dist[volunteer] = INFINITE
                if best < INFINITE and fall > 0:
                    mu[volunteer] -= fall
                    need = first[volunteer]
                    while need >= 0:
                        pi[need] = edge_cost[held[need]] + mu[volunteer]
                        need = after[need]
            if best == INFINITE:
                return int(root)
            volunteer = end_volunteer
            if end_edge >= 0:
                join(edge_need[end_edge], end_edge, volunteer, held, first, after, load)
            while volunteer != root:
                edge = parent[volunteer]
                need = edge_need[edge]
                leave(need, volunteer, first, after, load)
                volunteer = edge_volunteer[edge]
                join(need, edge, volunteer, held, first, after, load)
    return -1


@kernel(f"void({I4},{I8},{I4},{I4},{I4},{I8},{I8},{I8},{I4},{I4},{I4},{I4})")
def reopen(
    needs: Any, option: Any, head: Any, next_edge: Any, edge_volunteer: Any, edge_cost: Any, mu: Any, pi: Any,
    held: Any, first: Any, after: Any, load: Any,
) -> None:  # fmt: skip
    """Take needs off their places, and set their prices to the best of their pairs; repeats do no harm."""
    for i in range(len(needs)):
        need = needs[i]
        if held[need] >= 0:
            leave(need, edge_volunteer[held[need]], first, after, load)
        held[need] = UNPLACED
        pi[need] = option[need]
        edge = head[need]
        while edge >= 0:
            pi[need] = min(pi[need], edge_cost[edge] + mu[edge_volunteer[edge]])
            edge = next_edge[edge]
