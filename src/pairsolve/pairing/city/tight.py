"""Ways along tight pairs only: before prices move, a need or a place may be passed on at the prices there are.

Depth first, and with a look ahead, such a way is short work; what costs time are the dead ends. Whoever was asked on
the way is marked, and is not asked again by those who come after, until its price moves or it changes hands. A mark may
outlast its reason, so that a way is overlooked: who finds none here searches for the shortest path without marks.

Notation as in `paths`. Source: the depth-first searches of Pothen and Fan, doi 10.1145/98267.98287.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.pairing.city.lanes import lowest
from pairsolve.pairing.city.memory import ask_list, ask_row
from pairsolve.pairing.city.pool import COST, FOLLOWING, HALVES, LOW, OTHER, STAMP, WORDS
from pairsolve.pairing.city.rows import tight, tight_back


@kernel(allocates=False)
def from_need(
    root: int, price: int, option: Any, head: Any, words: Any, halves: Any, stamp: int,
    mu: Any, pi: Any, first: Any, after: Any, load: Any, most: Any, square: int,
    parent: Any, toll: Any, marks: Any, waiting: Any, asking: Any,
) -> tuple[int, int, int]:  # fmt: skip
    """Find a way from a need without a place to a volunteer with room, or to a need that is left uncovered as gladly.

    Parameters
    ----------
    root, price
        The need, and the value of the best of its pairs.
    option, head, words, halves, stamp, mu, pi, first, after, load, most, square
        As in `paths.forward`; nothing of it is changed but the least values of rows.
    parent, toll
        Output along the way: the need that comes to each volunteer, and the cost of that pair.
    marks
        Volunteers who were asked hold the stamp.
    waiting, asking
        Work space: volunteers to be asked, and by which need.

    Returns
    -------
    tuple[int, int, int]
        The volunteer and the need at the end, −1 = none, and how many rows were looked at.
    """
    rows = size = 0
    need, own, at = root, price, -1
    while True:
        row = head[need]
        while row >= 0:
            word, half = np.uint64(WORDS * row), np.uint64(HALVES * row)
            row = words[word + FOLLOWING]
            if words[word + STAMP] == stamp and words[word + LOW] > own:
                continue
            ask_row(words, row)
            rows += 1
            words[word + LOW], found = tight(words, word, mu, own)
            words[word + STAMP] = stamp
            while found:
                place = np.uint64(lowest(found))
                found &= found - 1
                one = np.uint32(halves[half + OTHER + place])
                if marks[one] == stamp:
                    continue
                if load[one] < most[one]:
                    if square * (2 * load[one] + 1) <= mu[one]:
                        parent[one], toll[one] = need, words[word + COST + place]
                        return int(one), -1, rows
                elif size < len(waiting) and first[one] >= 0:
                    waiting[size], asking[size] = one, need
                    size += 1
                    ask_list(words, head, first[one])
        # the next need held by the volunteer at hand, else those of the one who came last
        need = after[need] if at >= 0 else -1
        while need < 0:
            if size == 0:
                return -1, -1, rows
            size -= 1
            at = waiting[size]
            if marks[at] != stamp:
                marks[at] = stamp
                parent[at] = asking[size]
                toll[at] = (price if parent[at] == root else pi[parent[at]]) - mu[at]
                need = first[at]
        ask_list(words, head, after[need])
        own = pi[need]
        if option[need] <= own:
            return -1, need, rows


@kernel(allocates=False)
def from_volunteer(
    root: int, price: int, head: Any, words: Any, halves: Any, stamp: int,
    mu: Any, pi: Any, holder: Any, load: Any, least: Any, square: int,
    parent: Any, toll: Any, onward: Any, marks: Any, waiting: Any, asking: Any,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Find a way from a place that is priced too high to a need without a place, or a volunteer who gives one away.

    Parameters
    ----------
    root, price
        The volunteer, and its price from which on the best of its pairs is tight.
    head, words, halves, stamp, mu, pi, holder, load, least, square
        As in `paths.reverse`; nothing of it is changed but the least values of rows.
    parent, toll, onward
        Output along the way: the need that each volunteer gives away, the cost of its new pair, and who takes it.
    marks, waiting, asking
        As in `from_need`; needs wait here, and volunteers ask.

    Returns
    -------
    tuple[int, int, int, int]
        The volunteer at the end, −1 = none; the need without a place that it takes, −1 = it gives one away, and the
        cost of that pair; and how many rows were looked at.
    """
    rows = size = 0
    at, own = root, price
    while True:
        row = head[at]
        while row >= 0:
            word, half = np.uint64(WORDS * row), np.uint64(HALVES * row)
            row = words[word + FOLLOWING]
            if words[word + STAMP] == stamp and words[word + LOW] + own > 0:
                continue
            ask_row(words, row)
            rows += 1
            words[word + LOW], found = tight_back(words, word, pi, own)
            words[word + STAMP] = stamp
            while found:
                place = np.uint64(lowest(found))
                found &= found - 1
                one = np.uint32(halves[half + OTHER + place])
                volunteer = holder[one]
                if volunteer < 0:
                    return int(at), int(one), int(words[word + COST + place]), rows
                if marks[volunteer] == stamp or volunteer == root:
                    continue
                if load[volunteer] > least[volunteer] and mu[volunteer] <= square * (2 * load[volunteer] - 1):
                    parent[volunteer], toll[volunteer], onward[volunteer] = one, words[word + COST + place], at
                    return int(volunteer), -1, 0, rows
                if size < len(waiting):
                    waiting[size], asking[size] = one, at
                    size += 1
                    ask_row(words, head[volunteer])
        at = -1
        while at < 0:
            if size == 0:
                return -1, -1, 0, rows
            size -= 1
            volunteer, taker = holder[waiting[size]], asking[size]
            if marks[volunteer] != stamp:
                at = volunteer
                marks[at] = stamp
                parent[at], onward[at] = waiting[size], taker
                toll[at] = pi[parent[at]] - (price if taker == root else mu[taker])
        own = mu[at]
