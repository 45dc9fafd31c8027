"""Pairs looked at so far, by need and by volunteer: lists that grow, in rows that lie side by side in memory."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from pairsolve.compiled import kernel
from pairsolve.pairing.city.market import Ints, Small

ROW = 16  # pairs in a row of memory
SORTED = 1.2  # lists are sorted when they hold more pairs than the last time by this factor
GROWTH = 3.0  # arrays that are full are made longer by this factor; what is not used takes no memory

I4, I8 = "int32[::1]", "int64[::1]"


@kernel(f"int64({I4},{I4},{I8},int64,{I4},{I4},{I4},{I4},{I8})", allocates=False)
def append(
    owner: Any, partner: Any, cost: Any, rows: int, head: Any, following: Any, used: Any, other: Any, price: Any
) -> int:  # fmt: skip
    """Put pairs on the lists of their owners, where rows enough are free; return how many rows are in use."""
    for pair in range(len(owner)):
        one = owner[pair]
        row = head[one]
        if row < 0 or used[row] == ROW:
            following[rows], used[rows] = row, 0
            head[one] = row = rows
            rows += 1
        at = ROW * row + used[row]
        other[at], price[at] = partner[pair], cost[pair]
        used[row] += 1
    return rows


@kernel(f"void({I4},{I4},{I4},{I4},{I8},{I4},{I4},{I4},{I4},{I8})", allocates=False)
def sort_rows(
    old_head: Any, old_following: Any, old_used: Any, old_other: Any, old_cost: Any,
    head: Any, following: Any, used: Any, other: Any, cost: Any,
) -> None:  # fmt: skip
    """Copy all lists, so that the rows of every owner lie behind those of the owner before."""
    rows = 0
    for one in range(len(head)):
        row = old_head[one]
        head[one] = rows if row >= 0 else -1
        while row >= 0:
            for i in range(ROW):
                other[ROW * rows + i], cost[ROW * rows + i] = old_other[ROW * row + i], old_cost[ROW * row + i]
            used[rows] = old_used[row]
            row = old_following[row]
            following[rows] = rows + 1 if row >= 0 else -1
            rows += 1


class Lists:
    """The pairs of every owner, as chains of rows; only the first row of a chain may be short.

    Parameters
    ----------
    owners
        How many owners there are.

    Attributes
    ----------
    head
        First row of each owner, −1 = none.
    following, used
        The row after each, −1 = none, and how many pairs it holds.
    other, cost
        The other side and the cost of every pair: those of row r are at r × ROW and after.
    """

    def __init__(self, owners: int) -> None:
        self.rows = 0
        self.head = np.full(owners, -1, np.int32)
        self.following, self.used = np.empty(0, np.int32), np.empty(0, np.int32)
        self.other, self.cost = np.empty(0, np.int32), np.empty(0, np.int64)

    def add(self, owner: Small, other: Small, cost: Ints) -> None:
        """Add pairs, in the order given."""
        most = self.rows + int((-(-np.bincount(owner, minlength=1) // ROW)).sum())
        if most > len(self.following):
            rows = max(most, int(GROWTH * len(self.following)))
            self.following, self.used = _longer(self.following, rows), _longer(self.used, rows)
            self.other, self.cost = _longer(self.other, ROW * rows), _longer(self.cost, ROW * rows)
        self.rows = append(owner, other, cost, self.rows, *self.arrays)

    def sort(self) -> None:
        """Let the rows of owners lie in the order of the owners; more pairs of an owner may break it again."""
        before = self.arrays
        self.head, self.following, self.used, self.other = (np.empty_like(column) for column in before[:-1])
        self.cost = np.empty_like(before[-1])
        sort_rows(*before, *self.arrays)

    @property
    def arrays(self) -> tuple[Small, Small, Small, Small, Ints]:
        """The lists, as kernels read them."""
        return self.head, self.following, self.used, self.other, self.cost

    def of(self, owner: int) -> Iterator[int]:
        """Yield the other side of an owner's pairs."""
        row = int(self.head[owner])
        while row >= 0:
            yield from self.other[ROW * row : ROW * row + self.used[row]].tolist()
            row = int(self.following[row])


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
        self.size = self.sorted = 0
        self.by_need, self.by_volunteer = Lists(num_needs), Lists(num_volunteers)

    def add(self, need: Small, volunteer: Small, cost: Ints) -> None:
        """Add pairs."""
        self.size += len(need)
        sort = self.size > SORTED * self.sorted
        if sort:
            self.sorted = self.size

        def extend(side: tuple[Lists, Small, Small]) -> None:
            lists, owner, other = side
            lists.add(owner, other, cost)
            if sort:
                lists.sort()

        with ThreadPoolExecutor(self.threads) as workers:
            list(workers.map(extend, ((self.by_need, need, volunteer), (self.by_volunteer, volunteer, need))))

    def pairs(self) -> tuple[Small, Small]:
        """Return need and volunteer of every pair."""
        lists = self.by_need
        owner = np.full(lists.rows, -1, np.int32)
        row, one = lists.head.copy(), np.arange(len(lists.head), dtype=np.int32)
        while len(row):
            row, one = row[row >= 0], one[row >= 0]
            owner[row] = one
            row = lists.following[row]
        used = lists.used[: lists.rows]
        taken = (np.arange(ROW)[None, :] < used[:, None]).reshape(-1)
        return np.repeat(owner, used), lists.other[: ROW * lists.rows][taken]


def _longer(column: npt.NDArray[Any], length: int) -> npt.NDArray[Any]:
    longer = np.empty(length, column.dtype)
    longer[: len(column)] = column
    return longer
