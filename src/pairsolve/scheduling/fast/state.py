"""What the compiled loops share: the city as flat arrays, the plans so far, and room to think in.

A set of days is a whole number, bit d = day d. All numbers are 64-bit and signed, so that no shift mixes types;
hence at most 62 days. Arrays of one length are columns of one table: each array that is handed on costs compile time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

MOST_DAYS = 62
MOST_VISITS = 64  # of one need
NO_LIMIT = 1 << 40
OPEN, PLACED, LEFT_OUT = 0, 1, 2  # where a need stands
# Columns of `Asked.at`, `Asked.need`, `Asked.crew` and `Asked.near`.
KINDS, CREW, NEAR, SHUT, PLAN = 0, 1, 2, 3, 4
RHYTHM, FEWEST = 0, 1
WHO, LOAD = 0, 1
OTHER, LAG_TO, LAG_FROM = 0, 1, 2
# Columns of `Plans.need`; the last four are what the need reaches at best alone.
STAND, WEIGHT, VISITS, DAYS, MISSED, HELD, OFF_DAY, OFF_TIME = 0, 1, 2, 3, 4, 5, 6, 7
WINDOWS, LEAST_GAP, MOST_GAP = 0, 1, 2  # columns of `Asked.rhythm`
VISIT, DAY, SLOT = 0, 1, 2  # columns of dates
# Columns of `Desk.visits`: the plan looked at, then these.
BEST = 3
TAIL = 6
COST = 8
LINK = COST + MOST_DAYS
REACH = LINK + MOST_DAYS


class Asked(NamedTuple):
    """The city.

    Row i of `at` says where the parts of need i begin, row i + 1 where they end: `kinds` of windows that are cut with
    each other, its `crew` with the minutes charged, needs `near` that must not overlap with the slots of lag to and
    from them, `shut` days of events with a mark for each slot that stays open, and its place among the dates. `starts`
    holds the days of each kind by start slot. Row r of `rhythm` says where rhythm r begins in `window`, row r + 1 where
    it ends, and its smallest and largest gap (-1 = none); `mine` the needs of each volunteer. `room` is what
    volunteers can take, in columns: visits by day, visits by week, minutes by week, minutes by month; row k of
    `columns` gives each day's column of that sort, `column_days` each column's days.
    """

    at: Ints
    need: Ints
    kinds: Ints
    starts: Ints
    crew: Ints
    near: Ints
    shut: Ints
    rhythm: Ints
    window: Ints
    mine_at: Ints
    mine: Ints
    room: Ints
    columns: Ints
    column_days: Ints
    weekday: Ints


class Plans(NamedTuple):
    """Where every need stands, the dates of its visits in ascending order, and what room volunteers have left."""

    need: Ints
    dates: Ints
    room: Ints


class Desk(NamedTuple):
    """Room to think in, for one thread.

    `left`: days by start slot that a need could use; `price`: (day, slot) → weight of the needs in the way; `visits`:
    of each visit, the dates of the plan looked at and of the cheapest so far (from column `BEST`), the last day and
    node of a sequence (`TAIL`), the cheapest way to each day (`COST`) and the day before it (`LINK`), and the days
    reached at each cost (`REACH`); `nodes`: (visit, day, node before); `queue`: needs that wait; `priced`: 1 where
    plans are chosen by price.
    """

    left: Ints
    price: Ints
    visits: Ints
    nodes: Ints
    queue: Ints
    priced: Ints


def desk(num_slots: int, longest_queue: int) -> Desk:
    """Return empty room to think in."""

    def room(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    return Desk(
        left=room(num_slots),
        price=room(MOST_DAYS, num_slots),
        visits=room(MOST_VISITS, REACH + 2 * MOST_VISITS + 2),
        nodes=room(MOST_VISITS * MOST_DAYS, 3),
        queue=room(longest_queue + 1),
        priced=room(1),
    )
