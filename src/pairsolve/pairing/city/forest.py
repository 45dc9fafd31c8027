"""All volunteers of a market as trees, searched for the cheapest pairs without looking at most."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from pairsolve.pairing.city import tree
from pairsolve.pairing.city.leaf import DRAWN
from pairsolve.pairing.city.market import INFINITE, Floats, Ints, Market, Small, Way
from pairsolve.pairing.city.tree import EARTH_KM, LEAF, ROUNDING, STACK, curve_order

Number = TypeVar("Number", np.int32, np.float64)

BLOCK = 1024  # needs that one call looks for
STEPS = 4000  # entries of the table that says how far minutes lead


class Forest:
    """The trees of a market, as the arrays that `tree.cheapest` reads.

    Parameters
    ----------
    market
        The market.
    """

    def __init__(self, market: Market) -> None:
        volunteers, special = market.volunteers, market.special
        self.market = market
        self.ways = ways_as_arrays(market.ways, int(volunteers.reach.max(initial=1)) + 1)
        self.table_low = market.table.min(axis=1, initial=INFINITE)
        self.skip_first = np.searchsorted(special.need, np.arange(len(market.needs.option) + 1)).astype(np.int64)
        self._axes = _axes(volunteers.point)
        self.lane_first = np.zeros(len(market.lanes) + 1, np.int64)
        leaves, modes, sizes, factors = [], [], [0], []
        members, boxes, reaches = [np.zeros(0, np.int32)], [], []
        for number, lane in enumerate(market.lanes):
            for mode in np.unique(volunteers.mode[lane]).tolist():
                mine = lane[volunteers.mode[lane] == mode]
                mine = mine[curve_order(volunteers.point[mine])]
                count = 1 << max(0, int(np.ceil(np.log2(max(1, -(-len(mine) // LEAF))))))
                box, reach = _nodes(self.flat(volunteers.point[mine]), volunteers.reach[mine], count)
                leaves.append(count)
                modes.append(mode)
                sizes.append(len(mine))
                factors.append(float(volunteers.factor[mine].min()))
                members.append(mine.astype(np.int32))
                boxes.append(box)
                reaches.append(reach)
            self.lane_first[number + 1] = len(leaves)
        self.leaves = np.array(leaves, np.int64)
        self.tree_mode = np.array(modes, np.int32)
        self.tree_factor = np.array(factors, np.float64)
        self.member_first = np.cumsum(np.array(sizes, np.int64))
        self.member = np.concatenate(members)
        self.node_first = np.cumsum(np.append(0, 2 * self.leaves[:-1])).astype(np.int64)[: len(leaves)]
        self.box = np.ascontiguousarray(_longer(np.concatenate([*boxes, np.zeros((0, 4))])).T)
        self.node_reach = _longer(np.concatenate([*reaches, np.zeros(0, np.int32)]))
        # what the search reads of the volunteers of a leaf lies side by side, and eight can be read at every place
        self.point = np.ascontiguousarray(_longer(volunteers.point[self.member]).T)
        self.reach, self.kind = _longer(volunteers.reach[self.member]), _longer(volunteers.kind[self.member])
        self.factor, self.member = volunteers.factor[self.member], _longer(self.member)
        self.need_flat = self.flat(market.needs.point)

    def cheapest(
        self, needs: Small, level: Ints, price: Ints, how_many: int, spread: int, threads: int
    ) -> tuple[Small, Ints, Ints]:  # fmt: skip
        """Return what a `Search` finds by so many threads at once; the answer does not depend on it."""
        search = Search(self, needs, level, price, how_many, spread)
        with ThreadPoolExecutor(threads) as pool:
            for worker in [pool.submit(search.work) for _ in range(threads)]:
                worker.result()
        return search.answer()

    def flat(self, points: Floats) -> Floats:
        """Return points on a map that touches the earth in the middle of all: no way is longer there than it is."""
        return np.ascontiguousarray(points @ self._axes)


class Search:
    """A search for the cheapest pairs of needs, block by block, by as many threads as work on it.

    Parameters
    ----------
    forest
        All volunteers.
    needs
        Needs that ask; neighbours in a row find the same in memory.
    level
        The value (cost and price of the volunteer) below which a pair is wanted, shape (needs,).
    price
        Prices of all volunteers; whoever is not to be found has INFINITE.
    how_many
        Pairs of a need at most.
    spread
        Whole numbers below it are drawn, always the same for a pair, and added to values before the cheapest are
        chosen, so that neighbours do not all ask for the same few; 0 = none.
    """

    def __init__(
        self, forest: Forest, needs: Small, level: Ints, price: Ints, how_many: int, spread: int
    ) -> None:  # fmt: skip
        self._forest, self._how_many, self._spread = forest, how_many, spread << DRAWN
        lane = forest.market.needs.lane[needs]
        # needs that ask the same trees are looked for together
        self._order = np.argsort(lane, kind="stable") if (lane[1:] < lane[:-1]).any() else None
        self._needs, self._level = (needs, level) if self._order is None else (needs[self._order], level[self._order])
        self._price, self._lowest = np.empty(len(forest.member), np.int64), np.empty(len(forest.node_reach), np.int64)
        tree.lowest_prices(
            forest.leaves, forest.node_first, forest.member_first, forest.member, price, self._price, self._lowest
        )
        self._found = np.empty((len(needs), how_many), np.int32)
        self._cost = np.empty((len(needs), how_many), np.int64)
        self._rest = np.empty(len(needs), np.int64)
        self._blocks = deque(range(0, len(needs), BLOCK))

    def work(self) -> None:
        """Look for what nobody else looks for, until nothing is left."""
        forest, market = self._forest, self._forest.market
        asking, ways = market.needs, forest.ways
        nodes, places = np.empty((4, STACK), np.int64), np.empty((2, STACK))
        while True:
            try:
                first = self._blocks.popleft()
            except IndexError:
                return
            part = slice(first, first + BLOCK)
            tree.cheapest(
                self._needs[part], self._level[part], self._how_many, self._spread,
                asking.point, forest.need_flat, asking.factor, asking.rate, asking.fixed, asking.far, asking.kind,
                asking.lane, asking.remote, forest.skip_first, market.special.volunteer, asking.home,
                asking.home_factor, market.near_mode, market.near_minutes,
                market.table, forest.table_low, forest.lane_first, forest.leaves, forest.node_first,
                forest.member_first, forest.member, forest.point, forest.factor, forest.reach, forest.kind,
                self._price, forest.tree_mode, forest.box, forest.node_reach, self._lowest, forest.tree_factor,
                ways[0], ways[1], ways[2], ways[3], ways[4], ways[5], ways[6],
                self._found[part], self._cost[part], self._rest[part],
                nodes[0], nodes[1], places[0], nodes[2], nodes[3], places[1], np.empty(self._how_many, np.int64),
            )  # fmt: skip

    def answer(self) -> tuple[Small, Ints, Ints]:
        """Return volunteers (−1 = none) and costs of the cheapest pairs of needs, and what all others are worth.

        The first two have shape (needs, how_many), the last says for each need below which value no other pair is.
        All blocks must have been worked on.
        """
        if self._order is None:
            return self._found, self._cost, self._rest
        back = np.argsort(self._order)
        return self._found[back], self._cost[back], self._rest[back]


def _axes(points: Floats) -> Floats:
    """Return east and north in the middle of points, shape (3, 2)."""
    middle = points.sum(axis=0) + np.array((0.0, 0.0, 1e-9))
    up = middle / np.sqrt((middle * middle).sum())
    east = np.cross((0.0, 0.0, 1.0) if abs(up[2]) < 0.9 else (1.0, 0.0, 0.0), up)
    east /= np.sqrt((east * east).sum())
    return np.column_stack([east, np.cross(up, east)])


def _longer(column: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return a column with a leaf of nobody behind it."""
    return np.concatenate([column, np.zeros((LEAF, *column.shape[1:]), column.dtype)])


def _nodes(point: Floats, reach: Small, leaves: int) -> tuple[Floats, Small]:
    """Return box and longest reach of every node of a tree over points in order; node 1 is the root."""
    pad = leaves * LEAF - len(point)
    low = np.concatenate([point, np.full((pad, 2), np.inf)]).reshape(leaves, LEAF, 2).min(axis=1)
    high = np.concatenate([point, np.full((pad, 2), -np.inf)]).reshape(leaves, LEAF, 2).max(axis=1)
    far = np.concatenate([reach, np.zeros(pad, np.int32)]).reshape(leaves, LEAF).max(axis=1)
    box = np.zeros((2 * leaves, 4))
    reaches = np.zeros(2 * leaves, np.int32)
    while True:
        count = len(low)
        box[count : 2 * count, :2], box[count : 2 * count, 2:] = low, high
        reaches[count : 2 * count] = far
        if count == 1:
            return box, reaches
        low, high = np.minimum(low[::2], low[1::2]), np.maximum(high[::2], high[1::2])
        far = np.maximum(far[::2], far[1::2])


def ways_as_arrays(ways: Sequence[Way], longest: int) -> tuple[Any, ...]:
    """Return start, pace, first knot, knots and detours of all ways, and how far so many minutes lead.

    The last but one is the squared chord that no way of 0, 1, … steps exceeds, and behind them one that nothing
    exceeds, shape (ways, steps + 2); the last is the steps in a minute: 1 unless ways of `longest` minutes would make
    the table too long.
    """
    step = -(-longest // STEPS) if longest > STEPS else 1
    steps = -(-longest // step)
    first = np.cumsum([0, *(len(way.knots) for way in ways)]).astype(np.int64)
    return (
        np.array([way.start for way in ways], np.float64), np.array([way.pace for way in ways], np.float64), first,
        np.array([knot for way in ways for knot in way.knots], np.float64),
        np.array([detour for way in ways for detour in way.detours], np.float64),
        np.array([[*_squared_within(way, steps, step), np.inf] for way in ways]).reshape(len(ways), steps + 2),
        1.0 / step,
    )  # fmt: skip


def _squared_within(way: Way, steps: int, step: int) -> Floats:
    """Return the squared chord of 0, 1, … steps, a little widened; minutes grow with distance, so bisection works."""
    minutes = np.arange(steps + 1) * step
    low, high = np.zeros(steps + 1), np.full(steps + 1, np.pi * EARTH_KM)
    for _ in range(60):
        middle = (low + high) / 2.0
        inside = way.start + middle * np.interp(middle, way.knots, way.detours) * way.pace <= minutes
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    chord = 2.0 * np.sin(np.minimum(high / EARTH_KM, np.pi) / 2.0) * (1.0 + ROUNDING) + 1e-12
    return np.asarray(chord * chord)
