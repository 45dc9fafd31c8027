"""Pricing: which pairs outside the pool are worth more than their prices, part by part of a city.

While paths are searched for the needs of one part, another part is priced, at the prices before; so both cores have
work. Parts lie side by side, so that what changes in one matters little to the other. What is found too late is priced
again: no pair is forgotten, and the answer is the same for any number of threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pairsolve.pairing.city.forest import Forest, Search
from pairsolve.pairing.city.market import INFINITE, Ints, Small

PARTS = 2  # one is priced while paths are searched in the other


class Question(NamedTuple):
    """A part that is being priced.

    Parameters
    ----------
    searches
        What is looked for.
    needs
        Who asks, of each search.
    whole
        Whether each search looks at all volunteers, or at those only who became cheaper.
    """

    searches: list[Search]
    needs: list[Small]
    whole: list[bool]

    def work(self) -> None:
        """Look for what nobody else looks for, until nothing is left."""
        for search in self.searches:
            search.work()


class Pricing:
    """What is known of the pairs outside the pool.

    Parameters
    ----------
    forest
        All volunteers.
    checked
        Value that no pair of each need outside the pool is below, shape (needs,).
    price
        Prices of volunteers at which that is so.
    """

    def __init__(self, forest: Forest, checked: Ints, price: Ints) -> None:
        self._forest, self._checked = forest, checked
        self._checked_price = [price.copy() for _ in range(PARTS)]

    def ask(self, part: int, level: Ints, price: Ints, slack: int, how_many: int, spread: int) -> Question:
        """Return a question for pairs below the prices of needs, where prices moved by more than a slack.

        Parameters
        ----------
        part
            Number of the part that asks.
        level, price
            Prices of needs and volunteers, as they are now.
        slack
            Prices that moved less are left for later.
        how_many, spread
            As in `Search`.
        """
        first, end = part * len(level) // PARTS, (part + 1) * len(level) // PARTS
        checked_price = self._checked_price[part]
        raised, fallen = level[first:end] > self._checked[first:end] + slack, price < checked_price - slack
        self._checked_price[part] = np.where(fallen, price, np.maximum(price, checked_price))
        question = Question([], [], [])
        for some, whole in ((raised, True), (~raised, False)):
            if some.any() and (whole or fallen.any()):
                needs = (first + np.flatnonzero(some)).astype(np.int32)
                at = price if whole else np.where(fallen, price, INFINITE)
                question.searches.append(Search(self._forest, needs, level[needs], at, how_many, spread))
                question.needs.append(needs)
                question.whole.append(whole)
        return question

    def answer(self, question: Question) -> tuple[Small, Small, Ints]:
        """Return the pairs that were found, and note how far all others have been ruled out."""
        parts = [(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int64))]
        for search, needs, whole in zip(*question, strict=True):
            found, cost, level = search.answer()
            self._checked[needs] = level if whole else np.minimum(self._checked[needs], level)
            rows, columns = np.nonzero(found >= 0)
            parts.append((needs[rows], found[rows, columns], cost[rows, columns]))
        need, volunteer, cost = (np.concatenate(column) for column in zip(*parts, strict=True))
        return need, volunteer, cost
