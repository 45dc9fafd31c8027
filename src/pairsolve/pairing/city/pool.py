"""Pairs looked at so far, as linked lists by need and by volunteer that grow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.pairing.city.market import Ints, Small

I4 = "int32[::1]"
GROWTH = 1.5  # arrays that are full are made longer by this factor


@kernel(f"void({I4},int64,{I4},{I4})")
def link(owner: Any, first: int, head: Any, following: Any) -> None:
    """Put the pairs from first on before the lists of their owners."""
    for edge in range(first, len(owner)):
        following[edge] = head[owner[edge]]
        head[owner[edge]] = edge


class Pool:
    """Pairs with their costs; `need`, `volunteer`, `cost` and what follows each are arrays over all of them."""

    def __init__(self, num_needs: int, num_volunteers: int) -> None:
        self.size = 0
        self.need_head = np.full(num_needs, -1, np.int32)
        self.volunteer_head = np.full(num_volunteers, -1, np.int32)
        self._columns: tuple[Any, ...] = (*(np.empty(0, np.int32) for _ in range(4)), np.empty(0, np.int64))
        self._cut()

    def _cut(self) -> None:
        columns = [column[: self.size] for column in self._columns]
        self.need, self.volunteer, self.next_of_need, self.next_of_volunteer, self.cost = columns

    def add(self, need: Small, volunteer: Small, cost: Ints) -> None:
        """Add pairs."""
        first = self.size
        self.size += len(need)
        if self.size > len(self._columns[0]):
            room = max(self.size, int(GROWTH * first))
            self._columns = tuple(
                np.concatenate([column[:first], np.empty(room - first, column.dtype)]) for column in self._columns
            )
        self._cut()
        self.need[first:], self.volunteer[first:], self.cost[first:] = need, volunteer, cost
        link(self.need, first, self.need_head, self.next_of_need)
        link(self.volunteer, first, self.volunteer_head, self.next_of_volunteer)

    def needs_of(self, volunteer: int) -> Iterator[int]:
        """Yield the needs of a volunteer's pairs."""
        edge = int(self.volunteer_head[volunteer])
        while edge >= 0:
            yield int(self.need[edge])
            edge = int(self.next_of_volunteer[edge])
