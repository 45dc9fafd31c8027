"""Pairs looked at so far, by need and by volunteer: lists that grow, in rows that lie side by side in memory.

A row is two lines of memory, so that all that is asked of it comes at once: what follows it, how many pairs it holds,
a value that its pairs are not below, and the pairs themselves. Lists are sorted from time to time, the best pairs
first, so that the rows behind can mostly be left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from pairsolve.compiled import kernel
from pairsolve.pairing.city.lanes import LANES
from pairsolve.pairing.city.market import INFINITE, Ints, Small

ROW = LANES  # pairs in a row of memory
WORDS, HALVES = 16, 32  # words of 64 bits in a row, and halves of words
VACANT = INFINITE + (INFINITE >> 1)  # above INFINITE, whatever prices are taken off
LINE = 8  # words in a line of memory
# what is where in a row, unsigned so that nobody asks whether it counts from the end
FOLLOWING, USED, LOW, STAMP = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)
OTHER, COST = np.uint64(8), np.uint64(8)  # the first other side, in halves, and the first cost, in words
SORTED = 1.0  # lists are sorted when they hold more pairs than the last time by this factor
LONGEST = 1024  # longer lists are not sorted
GROWTH = 3.0  # arrays that are full are made longer by this factor; what is not used takes no memory

I4, I8 = "int32[::1]", "int64[::1]"


@kernel(allocates=False)
def vacate(words: Any, halves: Any, row: int, used: int) -> None:
    """Let places of a row hold nothing, from one on: the other side is somebody, and costs more than anything may."""
    for place in range(np.uint64(used), np.uint64(ROW)):
        halves[np.uint64(HALVES * row) + OTHER + place] = 0
        words[np.uint64(WORDS * row) + COST + place] = VACANT


@kernel(f"int64({I4},{I4},{I8},int64,{I4},{I8},{I4})", allocates=False)
def append(owner: Any, partner: Any, cost: Any, rows: int, head: Any, words: Any, halves: Any) -> int:
    """Put pairs on the lists of their owners, where rows enough are free; return how many rows are in use."""
    for pair in range(len(owner)):
        one = owner[pair]
        row = head[one]
        if row < 0 or words[np.uint64(WORDS * row) + USED] == ROW:
            word = np.uint64(WORDS * rows)
            words[word + FOLLOWING], words[word + USED], words[word + STAMP] = row, 0, -1
            vacate(words, halves, rows, 0)
            head[one] = row = rows
            rows += 1
        word = np.uint64(WORDS * row)
        at = np.uint64(words[word + USED])
        halves[np.uint64(HALVES * row) + OTHER + at], words[word + COST + at] = partner[pair], cost[pair]
        words[word + USED] += 1
    return rows


@kernel(f"int64({I4},{I8},{I4},{I4},{I8},{I4},{I8},int64,{I8},{I4},{I8})", allocates=False)
def sort_rows(
    old_head: Any, old_words: Any, old_halves: Any, head: Any, words: Any, halves: Any, price: Any, since: int,
    keys: Any, others: Any, costs: Any,
) -> int:  # fmt: skip
    """Copy all lists, so that the rows of every owner lie behind those of the owner before, its best pairs first.

    Parameters
    ----------
    old_head, old_words, old_halves, head, words, halves
        The lists before and after.
    price
        Price of the other side, which is added to the cost.
    since
        Lists that were not looked at since this stamp keep their order.
    keys, others, costs
        Work space for the pairs of one list; longer lists keep their order.

    Returns
    -------
    int
        How many rows are in use.
    """
    rows = 0
    for one in range(len(head)):
        row = old_head[one]
        head[one] = rows if row >= 0 else -1
        length = 0
        if row >= 0 and old_words[np.uint64(WORDS * row) + STAMP] >= since:
            while row >= 0:
                length += old_words[np.uint64(WORDS * row) + USED]
                row = old_words[np.uint64(WORDS * row) + FOLLOWING]
            row = old_head[one]
        if length == 0 or length > len(keys):
            while row >= 0:
                old, new = np.uint64(WORDS * row), np.uint64(WORDS * rows)
                for word in range(np.uint64(WORDS)):
                    words[new + word] = old_words[old + word]
                row = old_words[old + FOLLOWING]
                rows += 1
                words[new + FOLLOWING] = rows if row >= 0 else -1
            continue
        count = 0
        while row >= 0:
            old, half = np.uint64(WORDS * row), np.uint64(HALVES * row)
            for place in range(np.uint64(old_words[old + USED])):
                other, cost = old_halves[half + OTHER + place], old_words[old + COST + place]
                key, at = cost + price[other], count
                while at > 0 and keys[at - 1] > key:
                    keys[at], others[at], costs[at] = keys[at - 1], others[at - 1], costs[at - 1]
                    at -= 1
                keys[at], others[at], costs[at] = key, other, cost
                count += 1
            row = old_words[old + FOLLOWING]
        at = 0
        while at < count:
            new, half = np.uint64(WORDS * rows), np.uint64(HALVES * rows)
            words[new + USED], words[new + STAMP] = min(ROW, count - at), -1
            for place in range(np.uint64(words[new + USED])):
                halves[half + OTHER + place], words[new + COST + place] = others[at], costs[at]
                at += 1
            vacate(words, halves, rows, words[new + USED])
            rows += 1
            words[new + FOLLOWING] = rows if at < count else -1
    return rows


class Lists:
    """The pairs of every owner, as chains of rows.

    Parameters
    ----------
    owners
        How many owners there are.

    Attributes
    ----------
    head
        First row of each owner, −1 = none.
    words
        The rows, `WORDS` words each: the row after, −1 = none; how many pairs it holds; a value below which no cost
        and price of the other side lies, and the stamp of the search that noted it; the other sides, two in a word;
        and the costs.
    """

    def __init__(self, owners: int) -> None:
        self.rows = 0
        self.head = np.full(owners, -1, np.int32)
        self.words, self._spare = _lines(0), _lines(0)

    def add(self, owner: Small, other: Small, cost: Ints) -> None:
        """Add pairs, in the order given."""
        most = self.rows + int((-(-np.bincount(owner, minlength=1) // ROW)).sum())
        if WORDS * most > len(self.words):
            longer = _lines(max(most, int(GROWTH * self.rows)))
            longer[: WORDS * self.rows] = self.words[: WORDS * self.rows]
            self.words = longer
        self.rows = append(owner, other, cost, self.rows, *self.arrays)

    def sort(self, price: Ints, since: int) -> None:
        """Let the rows of owners lie in the order of the owners, and the best pairs at a price be the first of each.

        Lists that were not looked at since a stamp keep the order of their pairs.
        """
        before, rows = self.arrays, len(self.words) // WORDS
        spare = self._spare if len(self._spare) == len(self.words) else _lines(rows)
        self.head, self.words, self._spare = np.empty_like(self.head), spare, self.words
        space = np.empty(LONGEST, np.int64), np.empty(LONGEST, np.int32), np.empty(LONGEST, np.int64)
        self.rows = sort_rows(*before, *self.arrays, price, since, *space)

    @property
    def arrays(self) -> tuple[Small, Ints, Small]:
        """The lists, as kernels read them: the first rows, and all rows in words and in halves of words."""
        return self.head, self.words, self.words.view(np.int32)

    def of(self, owner: int) -> Iterator[int]:
        """Yield the other side of an owner's pairs."""
        row = int(self.head[owner])
        while row >= 0:
            first = HALVES * row + int(OTHER)
            word = WORDS * row
            yield from self.arrays[2][first : first + self.words[word + int(USED)]].tolist()
            row = int(self.words[word + int(FOLLOWING)])


class Pool:
    """Pairs with their costs, listed by need and by volunteer.

    Parameters
    ----------
    num_needs, num_volunteers
        How many there are.
    threads
        Threads used.
    """

    def __init__(self, num_needs: int, num_volunteers: int, threads: int) -> None:
        self.threads = threads
        self.size = 0
        self.by_need, self.by_volunteer = Lists(num_needs), Lists(num_volunteers)

    def add(self, need: Small, volunteer: Small, cost: Ints) -> None:
        """Add pairs."""
        self.size += len(need)
        with ThreadPoolExecutor(self.threads) as workers:
            sides = (self.by_need, need, volunteer), (self.by_volunteer, volunteer, need)
            list(workers.map(lambda side: side[0].add(*side[1:], cost), sides))

    def sort(self, pi: Ints, mu: Ints, since: int) -> None:
        """Put the best pairs at the prices of needs and volunteers first, in lists looked at since a stamp."""
        with ThreadPoolExecutor(self.threads) as workers:
            list(workers.map(lambda side: side[0].sort(side[1], since), ((self.by_need, mu), (self.by_volunteer, -pi))))

    def pairs(self) -> tuple[Small, Small]:
        """Return need and volunteer of every pair."""
        lists = self.by_need
        words = lists.words[: WORDS * lists.rows].reshape(-1, WORDS)
        owner = np.full(lists.rows, -1, np.int32)
        row, one = lists.head.copy(), np.arange(len(lists.head), dtype=np.int32)
        while len(row):
            row, one = row[row >= 0], one[row >= 0]
            owner[row] = one
            row = words[row, int(FOLLOWING)]
        used = words[:, int(USED)]
        taken = np.arange(ROW)[None, :] < used[:, None]
        others = words.view(np.int32)[:, int(OTHER) : int(OTHER) + ROW]
        return np.repeat(owner, used), others[taken]


def _lines(rows: int) -> npt.NDArray[np.int64]:
    """Return so many rows that begin where a line of memory does."""
    words = np.empty(WORDS * rows + LINE, np.int64)
    begin = -(words.ctypes.data // words.itemsize) % LINE
    return words[begin : begin + WORDS * rows]
