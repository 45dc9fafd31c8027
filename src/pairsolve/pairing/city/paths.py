"""Shortest augmenting paths on the pool: forward from needs without a place, in reverse from places priced too high.

Notation of all kernels: μ is the price of a volunteer, π the price of a need, and the reduced cost of a pair
is cost + μ − π. A volunteer with load L pays `square` × (2L + 1) for one household more.
Prices stay dual feasible on the pool, and every pair that is held has reduced cost 0.

Most time goes into looking at pairs. In a row, those that lead nearer are picked first, without a branch, and looked
at then; numbers that are never negative are made unsigned, which saves the question whether they count from the end.
Prices move one way while a kernel runs, so that the least value of a row stays a bound, and the row is left out where
it leads nowhere nearer. Rows are asked for when a volunteer comes into question, because they come from far memory.
Where it is possible at all, a way along tight pairs is found first, see `tight`, and no price moves but the own.
Most searches end among many who are all at the same distance; those who were asked before come last there, because a
way from them would likely have been found then.

Sources: successive shortest paths with potentials (Ahuja, Magnanti, Orlin, *Network Flows*, 1993, chapter 9);
the reverse search is its mirror image, as in Bertsekas and Castañón, doi 10.1007/BF01581084.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.pairing.city.lanes import lowest
from pairsolve.pairing.city.market import INFINITE
from pairsolve.pairing.city.memory import ask_list, ask_row
from pairsolve.pairing.city.pool import COST, FOLLOWING, HALVES, LOW, OTHER, STAMP, USED, WORDS
from pairsolve.pairing.city.queue import clear, enter, nearest
from pairsolve.pairing.city.rows import nearer, nearer_back
from pairsolve.pairing.city.tight import from_need, from_volunteer

UNCOVERED = -1
UNPLACED = -2

I4, I8 = "int32[::1]", "int64[::1]"


@kernel(f"void(int64, int64, {I4}, {I4}, {I4})", allocates=False)
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


@kernel(f"void(int64, int64, int64, {I4}, {I8}, {I4}, {I4}, {I4})", allocates=False)
def join(need: int, volunteer: int, cost: int, holder: Any, paid: Any, first: Any, after: Any, load: Any) -> None:
    """Put a need on the list of a volunteer."""
    holder[need], paid[need] = volunteer, cost
    after[need] = first[volunteer]
    first[volunteer] = need
    load[volunteer] += 1


@kernel(
    f"void({I4},{I8},{I4},{I8},{I4},int64,{I8},{I8},{I4},{I8},{I4},{I4},{I4},{I4},int64,"
    f"{I8},{I8},{I4},{I4},{I4},{I4},{I4},{I4},{I8},{I4},{I4},{I8})",
    allocates=False,
)
def forward(
    queue: Any, option: Any, head: Any, words: Any, halves: Any, stamp: int,
    mu: Any, pi: Any, holder: Any, paid: Any, first: Any, after: Any, load: Any, most: Any, square: int,
    dist: Any, keys: Any, items: Any, where: Any, bucket: Any, waiting: Any, behind: Any,
    parent: Any, toll: Any, touched: Any, marks: Any, looked: Any,
) -> None:  # fmt: skip
    """Place the needs of the queue one after another by shortest paths.

    Parameters
    ----------
    queue
        Needs without a place; those that got one meanwhile are passed over.
    option, head, words, halves
        The pool: cost of leaving each need uncovered, and lists of pairs by need.
    stamp
        Another number at every call.
    mu, pi, holder, paid, first, after, load, most, square
        Prices and the assignment, changed in place: holder of each need and the cost of that pair; the needs of each
        volunteer as linked lists.
    dist, keys, items, where, bucket, waiting, behind
        The queue, see `enter`; empty at entry and exit, with `dist` INFINITE throughout.
    parent, toll, touched, marks
        Work space by volunteer, and for the pairs of a row; no mark at entry is the stamp.
    looked
        One number, to which the rows looked at are added.
    """
    rows = 0
    for number in range(len(queue)):
        root = queue[number]
        if holder[root] != UNPLACED:
            continue
        size = filled = num_touched = 0
        best = floor = option[root]
        end_volunteer, end_need = -1, root  # the path ends with a need uncovered, or at a volunteer with room
        row = head[root]
        while row >= 0:  # a place that is free at once bounds what is worth looking at
            word, half = np.uint64(WORDS * row), np.uint64(HALVES * row)
            row = words[word + FOLLOWING]
            ask_row(words, row)
            low = INFINITE
            for place in range(np.uint64(words[word + USED])):
                one, cost = np.uint32(halves[half + OTHER + place]), words[word + COST + place]
                low = min(low, cost + mu[one])
                if load[one] < most[one]:
                    ending = cost + max(mu[one], square * (2 * load[one] + 1))
                    if ending < best:
                        best = ending
                        end_volunteer, end_need = int(one), -1
                        parent[one], toll[one] = root, cost
            floor = min(floor, low)
            words[word + LOW], words[word + STAMP] = low, stamp
        searching = floor < best
        if searching:
            ending_volunteer, ending_need, more = from_need(
                root, floor, option, head, words, halves, stamp, mu, pi, first, after, load, most, square, parent,
                toll, marks, waiting, behind,
            )  # fmt: skip
            rows += more
            if ending_volunteer >= 0 or ending_need >= 0:
                best, end_volunteer, end_need, searching = floor, ending_volunteer, ending_need, False
        need, base, at = root, 0, -1
        while searching:
            row = head[need]
            while row >= 0:
                word, half = np.uint64(WORDS * row), np.uint64(HALVES * row)
                row = words[word + FOLLOWING]
                ask_row(words, row)
                if words[word + STAMP] == stamp and base + words[word + LOW] >= best:
                    continue
                rows += 1
                words[word + LOW], found = nearer(words, word, mu, dist, base, best)
                words[word + STAMP] = stamp
                while found:
                    pair = np.uint64(lowest(found))
                    found &= found - 1
                    volunteer, cost = halves[half + OTHER + pair], words[word + COST + pair]
                    length = base + cost + mu[volunteer]
                    if length >= best or length >= dist[volunteer]:
                        continue
                    if dist[volunteer] == INFINITE:
                        touched[num_touched] = volunteer
                        num_touched += 1
                    parent[volunteer], toll[volunteer] = need, cost
                    if load[volunteer] < most[volunteer]:
                        ending = length + max(0, square * (2 * load[volunteer] + 1) - mu[volunteer])
                        if ending < best:
                            best = ending
                            end_volunteer, end_need = volunteer, -1
                    ask_list(words, head, first[volunteer])
                    size, filled = enter(
                        volunteer, length, marks[volunteer] == stamp, floor, size, filled, dist, keys, items, where,
                        bucket, waiting, behind,
                    )  # fmt: skip
            # the next need held by the volunteer at hand, else the nearest volunteer
            need = after[need] if at >= 0 else -1
            while need < 0:
                at, size = nearest(floor, best, size, dist, keys, items, where, bucket, waiting, behind)
                if at < 0:
                    break
                need, floor = first[at], dist[at]
                marks[at] = stamp
            if need < 0:
                break
            ask_list(words, head, after[need])
            base = dist[at] - pi[need]
            if base + option[need] < best:
                best = base + option[need]
                end_volunteer, end_need = -1, need
        clear(size, filled, items, where, bucket)
        # prices rise by what is left to the end of the path
        for i in range(num_touched):
            volunteer = touched[i]
            rise = best - dist[volunteer]
            dist[volunteer] = INFINITE
            if rise > 0:
                mu[volunteer] += rise
                marks[volunteer] = -1
                need = first[volunteer]
                while need >= 0:
                    pi[need] += rise
                    need = after[need]
        pi[root] = best
        # the needs on the path move over
        volunteer = end_volunteer
        if end_need == root:
            holder[root] = UNCOVERED
        elif end_need >= 0:
            volunteer = holder[end_need]
            leave(end_need, volunteer, first, after, load)
            holder[end_need] = UNCOVERED
        while volunteer >= 0:
            need = parent[volunteer]
            marks[volunteer] = giver = -1
            if need != root:
                giver = holder[need]
                leave(need, giver, first, after, load)
            join(need, volunteer, toll[volunteer], holder, paid, first, after, load)
            volunteer = giver
    looked[0] += rows


@kernel(
    f"int64({I4},{I4},{I8},{I4},int64,{I8},{I8},{I4},{I8},{I4},{I4},{I4},{I4},{I4},int64,{I4},"
    f"{I8},{I8},{I4},{I4},{I4},{I4},{I4},{I4},{I8},{I4},{I4},{I8})",
    allocates=False,
)
def reverse(
    queue: Any, head: Any, words: Any, halves: Any, stamp: int,
    mu: Any, pi: Any, holder: Any, paid: Any, first: Any, after: Any, load: Any, least: Any, most: Any, square: int,
    onward: Any, dist: Any, keys: Any, items: Any, where: Any, bucket: Any, waiting: Any, behind: Any,
    parent: Any, toll: Any, touched: Any, marks: Any, looked: Any,
) -> int:  # fmt: skip
    """Lower the prices of volunteers with room, and give them needs, until price and load agree.

    Parameters
    ----------
    queue
        Volunteers whose price is above the cost of one household more, or who have fewer than their least.
    head, words, halves
        Lists of pairs by volunteer; the rest as in `forward`.
    onward
        Work space: the volunteer before each on its way.

    Returns
    -------
    int
        A volunteer who finds no needs for its least on the pool; −1 = nobody.
    """
    rows = 0
    for number in range(len(queue)):
        root = queue[number]
        while load[root] < least[root] or (load[root] < most[root] and mu[root] > square * (2 * load[root] + 1)):
            best = INFINITE
            if load[root] >= least[root]:
                best = mu[root] - square * (2 * load[root] + 1)
            end_volunteer, end_need, end_cost = root, -1, 0
            size, filled, num_touched = 0, 0, 1
            touched[0] = root
            dist[root] = 0
            row, low = head[root], INFINITE
            while row >= 0:
                word, half = np.uint64(WORDS * row), np.uint64(HALVES * row)
                row = words[word + FOLLOWING]
                for place in range(np.uint64(words[word + USED])):
                    low = min(low, words[word + COST + place] - pi[np.uint32(halves[half + OTHER + place])])
            searching = low + mu[root] < best
            if searching:
                ending_volunteer, ending_need, ending_cost, more = from_volunteer(
                    root, -low, head, words, halves, stamp, mu, pi, holder, load, least, square, parent, toll, onward,
                    marks, waiting, behind,
                )  # fmt: skip
                rows += more
                if ending_volunteer >= 0:
                    best, searching = low + mu[root], False
                    end_volunteer, end_need, end_cost = ending_volunteer, ending_need, ending_cost
            at, base = root, 0  # the volunteer at hand, and how far
            while searching:
                row, away = head[at], base + mu[at]
                while row >= 0:
                    word, half = np.uint64(WORDS * row), np.uint64(HALVES * row)
                    row = words[word + FOLLOWING]
                    ask_row(words, row)
                    if words[word + STAMP] == stamp and away + words[word + LOW] >= best:
                        continue
                    rows += 1
                    words[word + LOW], found = nearer_back(words, word, pi, holder, dist, away, best)
                    words[word + STAMP] = stamp
                    while found:
                        pair = np.uint64(lowest(found))
                        found &= found - 1
                        need, cost = halves[half + OTHER + pair], words[word + COST + pair]
                        volunteer = holder[need]
                        length = away + cost - pi[need]
                        if length >= best or (volunteer >= 0 and length >= dist[volunteer]):
                            continue
                        if volunteer < 0:
                            best = length
                            end_volunteer, end_need, end_cost = at, need, cost
                            continue
                        if dist[volunteer] == INFINITE:
                            touched[num_touched] = volunteer
                            num_touched += 1
                        parent[volunteer], toll[volunteer], onward[volunteer] = need, cost, at
                        if load[volunteer] > least[volunteer]:
                            ending = length + max(0, mu[volunteer] - square * (2 * load[volunteer] - 1))
                            if ending < best:
                                best = ending
                                end_volunteer, end_need = volunteer, -1
                        ask_row(words, head[volunteer])
                        size, filled = enter(
                            volunteer, length, marks[volunteer] == stamp, base, size, filled, dist, keys, items, where,
                            bucket, waiting, behind,
                        )  # fmt: skip
                at, size = nearest(base, best, size, dist, keys, items, where, bucket, waiting, behind)
                if at < 0:
                    break
                base = dist[at]
                marks[at] = stamp
            clear(size, filled, items, where, bucket)
            for i in range(num_touched):
                volunteer = touched[i]
                fall = best - dist[volunteer]
                dist[volunteer] = INFINITE
                if best < INFINITE and fall > 0:
                    mu[volunteer] -= fall
                    marks[volunteer] = -1
                    need = first[volunteer]
                    while need >= 0:
                        pi[need] = paid[need] + mu[volunteer]
                        need = after[need]
            if best == INFINITE:
                looked[0] += rows
                return int(root)
            volunteer = end_volunteer
            if end_need >= 0:
                join(end_need, volunteer, end_cost, holder, paid, first, after, load)
            while volunteer != root:
                need, taker = parent[volunteer], onward[volunteer]
                marks[volunteer] = -1
                leave(need, volunteer, first, after, load)
                join(need, taker, toll[volunteer], holder, paid, first, after, load)
                volunteer = taker
    looked[0] += rows
    return -1


@kernel(f"void({I4},{I8},{I4},{I8},{I4},{I8},{I8},{I4},{I4},{I4},{I4})", allocates=False)
def reopen(
    needs: Any, option: Any, head: Any, words: Any, halves: Any, mu: Any, pi: Any, holder: Any, first: Any, after: Any,
    load: Any,
) -> None:  # fmt: skip
    """Take needs off their places, and set their prices to the best of their pairs; repeats do no harm."""
    for i in range(len(needs)):
        need = needs[i]
        if holder[need] >= 0:
            leave(need, holder[need], first, after, load)
        holder[need] = UNPLACED
        pi[need] = option[need]
        row = head[need]
        while row >= 0:
            word, half = np.uint64(WORDS * row), np.uint64(HALVES * row)
            for place in range(np.uint64(words[word + USED])):
                pi[need] = min(pi[need], words[word + COST + place] + mu[halves[half + OTHER + place]])
            row = words[word + FOLLOWING]
