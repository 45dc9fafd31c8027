"""Trees of boxes over volunteers: the index that finds the cheapest of all admissible pairs without a list of them."""

from __future__ import annotations

import numpy as np

from pairsolve.pairing.kernels import FAN, LEAF, PLANE, SPHERE, Places, Whole
from pairsolve.pairing.market import PureMarket, Reals

_BITS = 16


def along_curve(points: Reals) -> Whole:
    """Return the order of points along a Hilbert curve in the plane of their two widest directions.

    Neighbours on the curve are neighbours on the map, so the order packs boxes tightly and keeps memory warm.
    """
    if len(points) == 0:
        return np.zeros(0, np.int64)
    centred = points - points.mean(axis=0)
    axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1]
    flat = centred @ axes[:, :2]
    low = flat.min(axis=0)
    width = max(float((flat.max(axis=0) - low).max()), 1e-300)
    cells = np.minimum((flat - low) / width * (1 << _BITS), (1 << _BITS) - 1).astype(np.int64)
    return np.argsort(_hilbert(cells[:, 0], cells[:, 1]), kind="stable")


def _hilbert(x: Whole, y: Whole) -> Whole:
    """Return the position of cells along the curve (Hilbert 1891; the usual turning of quadrants)."""
    key = np.zeros(len(x), np.int64)
    mask = (1 << _BITS) - 1
    for bit in range(_BITS - 1, -1, -1):
        right, upper = (x >> bit) & 1, (y >> bit) & 1
        key += ((3 * right) ^ upper) << (2 * bit)
        turned = upper == 0
        mirrored = turned & (right == 1)
        x, y = np.where(mirrored, mask - x, x), np.where(mirrored, mask - y, y)
        x, y = np.where(turned, y, x), np.where(turned, x, y)
    return key


def plant(market: PureMarket) -> Places:
    """Return the trees of a market whose volunteers stand in the order of the curve."""
    members: list[Whole] = []
    extras: list[Whole] = []
    modes: list[int] = []
    tree_first = [0]
    for kind in range(len(market.able)):
        for mode in range(len(market.modes)):
            inside = np.flatnonzero(market.able[kind] & (market.volunteer_mode == mode) & (market.most > 0))
            if len(inside):
                members.append(inside)
                extras.append(market.extra[kind][inside])
                modes.append(mode)
        tree_first.append(len(members))
    point = np.concatenate([np.zeros(0, np.int64), *members])
    sizes = np.array([len(inside) for inside in members], np.int64)
    level_first, level_count, height, box, reach = _nodes(market, members)
    return Places(
        tree_first=np.array(tree_first, np.int64), tree_mode=np.array(modes, np.int64), height=height,
        level_first=level_first, level_count=level_count, point_first=np.append(0, np.cumsum(sizes)).astype(np.int64),
        point_volunteer=point.astype(np.int32), point_extra=np.concatenate([np.zeros(0, np.int64), *extras]),
        box=box, node_reach=reach, modes=_mode_table(market), knots=_knot_table(market),
        at=np.ascontiguousarray(market.volunteer_at), factor=np.ascontiguousarray(market.volunteer_factor),
        reach=np.ascontiguousarray(market.reach),
    )  # fmt: skip


def node_least(places: Places, price: Whole, scale: int) -> Whole:
    """Return the least price + extra × scale in every node."""
    least = np.empty(len(places.box), np.int64)
    worth = price[places.point_volunteer] + places.point_extra * scale
    for tree, height in enumerate(places.height.tolist()):
        below, fan = worth[places.point_first[tree] : places.point_first[tree + 1]], LEAF
        for level in range(height):
            below = np.minimum.reduceat(below, np.arange(0, len(below), fan))
            first = int(places.level_first[tree, level])
            least[first : first + len(below)] = below
            fan = FAN
    return least


def _nodes(market: PureMarket, members: list[Whole]) -> tuple[Whole, Whole, Whole, Reals, Whole]:
    levels = 1 + max((_height(len(inside)) for inside in members), default=0)
    level_first = np.zeros((len(members), levels), np.int64)
    level_count = np.zeros((len(members), levels), np.int64)
    boxes: list[Reals] = [np.zeros((0, 6))]
    reaches: list[Whole] = [np.zeros(0, np.int64)]
    heights = []
    total = 0
    for tree, inside in enumerate(members):
        low = high = market.volunteer_at[inside]
        reach, fan, level = market.reach[inside], LEAF, 0
        while level == 0 or len(reach) > 1:
            starts = np.arange(0, len(reach), fan)
            low, high = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
            reach, fan = np.maximum.reduceat(reach, starts), FAN
            boxes.append(np.hstack([low, high]))
            reaches.append(reach)
            level_first[tree, level], level_count[tree, level] = total, len(starts)
            total += len(starts)
            level += 1
        heights.append(level)
    return level_first, level_count, np.array(heights, np.int64), np.concatenate(boxes), np.concatenate(reaches)


def _height(size: int) -> int:
    height, nodes = 1, -(-size // LEAF)
    while nodes > 1:
        height, nodes = height + 1, -(-nodes // FAN)
    return height


def _mode_table(market: PureMarket) -> Reals:
    rows = []
    end = 0
    for mode in market.modes:
        first, end = end, end + len(mode.detour_by_km)
        geometry = PLANE if market.plane else SPHERE
        rows.append((mode.start_minutes, mode.detour, 60.0 / mode.speed_kmh, first, end, geometry))
    return np.array(rows, np.float64).reshape(-1, 6)


def _knot_table(market: PureMarket) -> Reals:
    rows = []
    for mode in market.modes:
        knots = np.array(mode.detour_by_km, np.float64).reshape(-1, 2)
        slopes = np.append(np.diff(knots[:, 1]) / np.diff(knots[:, 0]), 0.0)[: len(knots)]
        rows += [(km, detour, slope) for (km, detour), slope in zip(knots.tolist(), slopes.tolist(), strict=True)]
    return np.array(rows, np.float64).reshape(-1, 3)
