"""Eight numbers side by side are reckoned with as one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import types

from pairsolve.compiled import kernel
from pairsolve.pairing.city.lanes import LANES, WORD, Code, inlined


@inlined
def _reckoned(typing: Any, whole: Any, halves: Any, floats: Any, table: Any, first: Any, row: Any) -> Any:
    def code(*given: Any) -> Any:
        see = Code("whole halves floats table first row", *given)
        a, b = see.run(see.place("whole", see.one("first"))), see.run(see.place("halves", see.one("first")))
        x = see.run(see.place("floats", see.one("first")))
        entry = see.together(see.fetch(see.place("table", see.one("row"), WORD(0)), (b & 3).apart()))
        answers = (
            (a * 3 + b - (a ^ b)) | (a >> 2),
            (x * 2.0 + 0.5).floor().whole() + (x - 0.25).ceil().whole(),
            a.least(b).most(see.every("row")) + x.most(-1.0).least(b.floats()).whole(),
            ((a < b) & (x <= 0.5)).choose(7, entry),
            ((a > b) | a.equals(4)).choose(entry, b),
        )
        return see.answer(*(one.minimum() for one in answers), (x <= 0.0).bits())

    return types.UniTuple(types.int64, 6)(whole, halves, floats, table, types.int64, types.int64), code


@kernel()
def reckoned(whole: Any, halves: Any, floats: Any, table: Any, first: int, row: int) -> Any:
    """Call the intrinsic."""
    return _reckoned(whole, halves, floats, table, first, row)


def test_operators_mean_what_they_mean_for_arrays() -> None:
    random = np.random.default_rng(1)
    table = random.integers(-50, 50, (3, 4))
    for _ in range(50):
        first, row = int(random.integers(5)), int(random.integers(3))
        whole, halves = random.integers(-9, 9, 20), random.integers(-9, 9, 20).astype(np.int32)
        floats = np.round(random.normal(0.0, 3.0, 20), 1)
        a, b, x = (column[first : first + LANES] for column in (whole, halves.astype(np.int64), floats))
        entry = table[row][b & 3]
        expected = (
            ((a * 3 + b - (a ^ b)) | (a >> 2)).min(),
            (np.floor(x * 2.0 + 0.5) + np.ceil(x - 0.25)).min(),
            (np.maximum(np.minimum(a, b), row) + np.trunc(np.minimum(np.maximum(x, -1.0), b))).min(),
            np.where((a < b) & (x <= 0.5), 7, entry).min(),
            np.where((a > b) | (a == 4), entry, b).min(),
            sum(1 << lane for lane in np.flatnonzero(x <= 0.0).tolist()),
        )
        assert reckoned(whole, halves, floats, table, first, row) == expected
