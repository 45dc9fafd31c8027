"""A row of the pool looked at in one go: which of its eight pairs lead nearer, or are tight.

The answer is the least value of the row, and a number with one bit for each pair that counts, the first pair in the
lowest. Places of a row that hold no pair cost more than anything may, so that nobody asks how many it holds.
"""

from __future__ import annotations

from typing import Any

from numba.core import types

from pairsolve.pairing.city.lanes import Code, Lanes, inlined
from pairsolve.pairing.city.market import INFINITE
from pairsolve.pairing.city.pool import COST, OTHER

ANSWER = types.UniTuple(types.int64, 2)  # type: ignore[no-untyped-call]  # numba is half typed


class _Row(Code):
    """A row that begins at a word.

    Attributes
    ----------
    costs, others
        Of its pairs.
    """

    def __init__(self, names: str, *given: Any) -> None:
        super().__init__(f"words word {names}", *given)
        begin = self.place("words", self.one("word"))
        self.costs = self.run(self.behind(begin, int(COST)))
        self.others = self.fetch(self.behind(self.in_halves(begin), int(OTHER)))

    def of_others(self, name: str) -> Lanes:
        """Return what an array says of the other sides."""
        return self.together(self.fetch(self.place(name), self.others))


@inlined
def nearer(typing: Any, words: Any, word: Any, mu: Any, dist: Any, base: Any, best: Any) -> Any:
    """Ask where base + cost + μ of volunteers is below a best value and below their distance."""

    def code(*given: Any) -> Any:
        row = _Row("mu dist base best", *given)
        values = row.costs + row.of_others("mu")
        away = values + row.every("base")
        return row.answer(values.minimum(), ((away < row.every("best")) & (away < row.of_others("dist"))).bits())

    return ANSWER(words, word, mu, dist, types.int64, types.int64), code


@inlined
def nearer_back(typing: Any, words: Any, word: Any, pi: Any, holder: Any, dist: Any, base: Any, best: Any) -> Any:
    """Ask where base + cost − π of needs is below a best value and, if held, below the distance of the holder."""

    def code(*given: Any) -> Any:
        row = _Row("pi holder dist base best", *given)
        values = row.costs - row.of_others("pi")
        away, holder = values + row.every("base"), row.of_others("holder")
        far = row.together(row.fetch(row.place("dist"), holder.most(0).apart()))
        close = (away < row.every("best")) & (away < (holder < 0).choose(2 * INFINITE - 1, far))
        return row.answer(values.minimum(), close.bits())

    return ANSWER(words, word, pi, holder, dist, types.int64, types.int64), code


@inlined
def tight(typing: Any, words: Any, word: Any, mu: Any, price: Any) -> Any:
    """Ask where cost + μ of volunteers is a price."""

    def code(*given: Any) -> Any:
        row = _Row("mu price", *given)
        values = row.costs + row.of_others("mu")
        return row.answer(values.minimum(), values.equals(row.every("price")).bits())

    return ANSWER(words, word, mu, types.int64), code


@inlined
def tight_back(typing: Any, words: Any, word: Any, pi: Any, price: Any) -> Any:
    """Ask where cost − π of needs makes up for a price."""

    def code(*given: Any) -> Any:
        row = _Row("pi price", *given)
        values = row.costs - row.of_others("pi")
        return row.answer(values.minimum(), (values + row.every("price")).equals(0).bits())

    return ANSWER(words, word, pi, types.int64), code
