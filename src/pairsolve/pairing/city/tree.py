"""The volunteers of one kind of demand and one way to travel, as a tree that is searched for the cheapest of them.

Volunteers lie in the order of a space-filling curve; every eight are a leaf, and every node above knows a box around
its points, the longest reach and the lowest price below it. A node whose bound is not under the cutoff is left out
with everything below it, so that nearly all pairs are ruled out without being looked at, and none is forgotten.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pairsolve.compiled import kernel
from pairsolve.pairing.city.lanes import LANES, lowest
from pairsolve.pairing.city.leaf import DRAWN, drawn, promising, promising_nodes
from pairsolve.pairing.city.market import INFINITE

LEAF = LANES  # the volunteers of a leaf are looked at in one go
GROUP = 32  # needs in a row for which the tops of the trees are searched together
TOPS = 256  # nodes at which searches of one need begin, at most
NO_KEY = (1 << 63) - 1  # above all keys
STACK = TOPS + 128  # nodes that wait: eight for every three levels of a tree are added at most
ROUNDING = 1e-6  # relative; far above the error of the float arithmetic in a bound
EARTH_KM = 6371.0088

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def curve_order(points: Floats) -> npt.NDArray[np.int32]:
    """Return the order of points (n, 3) along a Morton curve of longitude and latitude."""
    if len(points) == 0:
        return np.zeros(0, np.int32)
    flat = np.column_stack([np.arctan2(points[:, 1], points[:, 0]), np.arcsin(np.clip(points[:, 2], -1.0, 1.0))])
    low = flat.min(axis=0)
    span = max(float((flat.max(axis=0) - low).max()), 1e-12)
    cell = ((flat - low) / span * ((1 << 21) - 1)).astype(np.uint64)
    return np.argsort(_spread(cell[:, 0]) | (_spread(cell[:, 1]) << np.uint64(1)), kind="stable").astype(np.int32)


def _spread(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Put a zero bit between the bits of 21-bit numbers."""
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333), (1, 0x5555555555555555),
    ):  # fmt: skip
        value = (value | (value << np.uint64(shift))) & np.uint64(mask)
    return value


@kernel("int64(float64,float64,float64,float64,float64[::1],float64[::1])", allocates=False)
def whole_minutes(squared: float, factor: float, start: float, pace: float, knots: Any, detours: Any) -> int:
    """Return the minutes of a squared chord: the arithmetic of `pairsolve.travel`, operation by operation."""
    if squared > 0.1:
        km = EARTH_KM * (2.0 * np.arcsin(min(np.sqrt(squared) / 2.0, 1.0)))
    else:
        km = EARTH_KM * (
            np.sqrt(squared) * (1.0 + squared * (1.0 / 24.0 + squared * (3.0 / 640.0 + squared * (5.0 / 7168.0))))
        )
    last = len(knots) - 1
    if km <= knots[0]:
        detour = detours[0]
    elif km >= knots[last]:
        detour = detours[last]
    else:
        low, high = 0, last
        while high - low > 1:
            middle = (low + high) >> 1
            if knots[middle] <= km:
                low = middle
            else:
                high = middle
        detour = (detours[low + 1] - detours[low]) / (knots[low + 1] - knots[low]) * (km - knots[low]) + detours[low]
    raw = (start + km * detour * pace) * factor
    if raw >= 1_000_000.0:
        return 1_000_000
    return int(np.ceil(np.rint(raw * 1e9) / 1e9))


@kernel(allocates=False)
def _squared_to_box(west: float, south: float, east: float, north: float, box: Any, at: int) -> float:
    """Return the squared distance on the map between a box and the box of a node."""
    node = np.uint64(at)
    a = max(0.0, box[0, node] - east, west - box[2, node])
    b = max(0.0, box[1, node] - north, south - box[3, node])
    return a * a + b * b  # type: ignore[no-any-return]  # arrays are untyped inside kernels


@kernel(allocates=False)
def _squared_limit(
    left: int, reach: int, per_cost: float, shrink: float, mode: int, within: Any, per_step: float
) -> float:  # fmt: skip
    """Return the squared chord beyond which a way is too long, or costs more than is left: minutes are whole."""
    minutes = float(reach)
    if per_cost > 0.0:
        minutes = min(minutes, np.floor((left - 1) * per_cost))
    minutes = np.ceil(np.ceil(minutes * shrink) * per_step)
    if minutes >= within.shape[1]:
        return np.inf
    return within[np.uint64(mode), np.uint64(int(minutes))]  # type: ignore[no-any-return]  # arrays are untyped inside kernels


F1, F2, I4, I8 = "float64[::1]", "float64[:,::1]", "int32[::1]", "int64[::1]"


@kernel(f"void({I8},{I8},{I8},{I4},{I8},{I8},{I8})", allocates=False)
def lowest_prices(
    leaves: Any, node_first: Any, member_first: Any, member: Any, price: Any, member_price: Any, node_price: Any
) -> None:  # fmt: skip
    """Write the prices in the order of the trees, and the lowest price below every node."""
    for i in range(member_first[-1]):
        member_price[i] = price[member[i]]
    for tree in range(len(leaves)):
        count, root = leaves[tree], node_first[tree]
        start, end = member_first[tree], member_first[tree + 1]
        for leaf in range(count):
            low = INFINITE
            for i in range(start + LEAF * leaf, min(end, start + LEAF * (leaf + 1))):
                low = min(low, member_price[i])
            node_price[root + count + leaf] = low
        for node in range(count - 1, 0, -1):
            node_price[root + node] = min(node_price[root + 2 * node], node_price[root + 2 * node + 1])


@kernel(allocates=False)
def _tops(
    first_tree: int, last_tree: int, left_at_most: int, per_cost: float, factor: float, remote: bool,
    west: float, south: float, east: float, north: float,
    leaves: Any, node_first: Any, tree_mode: Any, tree_factor: Any, box: Any, node_reach: Any, node_price: Any,
    within: Any, per_step: float, stack: Any, top_tree: Any, top_node: Any, top_far: Any,
) -> int:  # fmt: skip
    """Write down the nodes that needs in a box may come to, none of them wider than it; the farthest are the first.

    Where that would be too many, some nodes are wider.
    """
    count = 0
    side = max(east - west, north - south)
    for tree in range(first_tree, last_tree):
        shrink = 1.0 / max(factor, tree_factor[tree])
        size = 1
        stack[0] = 1
        while size > 0:
            size -= 1
            node = stack[size]
            at = node_first[tree] + node
            left = left_at_most - node_price[at]
            if node_price[at] == INFINITE or left <= 0:
                continue
            squared = _squared_to_box(west, south, east, north, box, at)
            if not remote and squared > _squared_limit(
                left, node_reach[at], per_cost, shrink, tree_mode[tree], within, per_step
            ):
                continue
            wide = max(box[2, at] - box[0, at], box[3, at] - box[1, at]) > side
            if wide and node < leaves[tree] and count + size + last_tree - tree < TOPS:
                stack[size], stack[size + 1] = 2 * node, 2 * node + 1
                size += 2
                continue
            i = count
            while i > 0 and top_far[i - 1] < squared:
                top_far[i], top_tree[i], top_node[i] = top_far[i - 1], top_tree[i - 1], top_node[i - 1]
                i -= 1
            top_far[i], top_tree[i], top_node[i] = squared, tree, node
            count += 1
    return count


@kernel(
    f"void({I4},{I8},int64,int64,{F2},{F2},{F1},{I8},{I8},{I8},{I4},{I4},{I4},{I8},{I4},{F2},{F1},int64,int64,"
    f"int64[:,::1],{I8},{I8},{I8},{I8},{I8},{I4},{F2},{F1},{I4},{I4},{I8},{I4},{F2},{I4},{I8},{F1},"
    f"{F1},{F1},{I8},{F1},{F1},{F2},float64,int32[:,::1],int64[:,::1],{I8},{I8},{I8},{F1},{I8},{I8},{F1},{I8})",
    allocates=False,
)
def cheapest(
    needs: Any, level: Any, how_many: int, spread: int,
    need_point: Any, need_flat: Any, need_factor: Any, rate: Any, fixed: Any, far_cost: Any, need_kind: Any,
    lane: Any, remote: Any, skip_first: Any, skip: Any, home: Any, home_factor: Any, near_mode: int, near_minutes: int,
    table: Any, table_low: Any,
    lane_first: Any, leaves: Any, node_first: Any, member_first: Any, member: Any,
    point: Any, factor: Any, reach: Any, kind: Any, price: Any,
    tree_mode: Any, box: Any, node_reach: Any, node_price: Any, tree_factor: Any,
    mode_start: Any, mode_pace: Any, knot_first: Any, knots: Any, detours: Any, within: Any, per_step: float,
    found: Any, found_cost: Any, rest: Any,
    stack: Any, stack_tree: Any, distances: Any, top_tree: Any, top_node: Any, top_far: Any, keys: Any,
) -> None:  # fmt: skip
    """Find for each need the volunteers with the least cost + price, all of them below a level.

    Parameters
    ----------
    needs, level, how_many, spread
        Needs that ask, the value below which a pair is wanted, how many pairs at most for each, and below which number
        one is drawn for every pair: `DRAWN` bits of it stand behind the point of values. Least is value + drawn.
    need_point, need_flat, need_factor, rate, fixed, far_cost, need_kind, lane, remote, skip_first, skip
        By need: place on the unit sphere and on the map of the trees, area factor, cost of a minute, cost of any pair,
        cost of a volunteer who is no neighbour, kind, lane, whether travel counts for nothing, and the volunteers who
        are passed over.
    home, home_factor, near_mode, near_minutes
        Place and area factor of the household; a neighbour lives at most so many minutes away by this mode.
    table, table_low
        Cost of a pair by kinds, INFINITE where it is not admissible, shape (kinds of needs, kinds of volunteers), and
        the lowest cost of each row.
    lane_first, leaves, node_first, member_first, member
        The trees, lane by lane, and the volunteers in their order.
    point, factor, reach, kind, price
        Place, shape (3, volunteers), area factor, longest way in minutes, kind and price, in that order.
    tree_mode, box, node_reach, node_price, tree_factor
        Way to travel and smallest area factor of each tree; box on the map, shape (4, nodes), longest reach, and lowest
        price of each node.
    mode_start, mode_pace, knot_first, knots, detours, within
        Ways to travel, and the squared chord not exceeded within so many steps of minutes, shape (modes, steps).
    per_step
        1 ÷ minutes of a step.
    found, found_cost, rest
        Output: volunteers (−1 = none) and costs without prices, shape (needs, how_many), best first; and the value
        below which no other pair is, shape (needs,).
    stack, stack_tree, distances, top_tree, top_node, top_far, keys
        Work space, shapes (STACK,) but for the last: (how_many,).
    """
    group_end, tops = 0, 0
    for row in range(len(needs)):
        need = needs[row]
        if row == group_end:
            west = south = np.inf
            east = north = -np.inf
            low_factor, low_rate, most_left, some_remote = np.inf, rate[need], -INFINITE, False
            while group_end < min(len(needs), row + GROUP) and lane[needs[group_end]] == lane[need]:
                one = needs[group_end]
                west, east = min(west, need_flat[one, 0]), max(east, need_flat[one, 0])
                south, north = min(south, need_flat[one, 1]), max(north, need_flat[one, 1])
                low_factor, low_rate = min(low_factor, need_factor[one]), min(low_rate, rate[one])
                most_left = max(most_left, level[group_end] - fixed[one] - table_low[need_kind[one]])
                some_remote |= remote[one] != 0
                group_end += 1
            tops = _tops(
                lane_first[lane[need]], lane_first[lane[need] + 1], most_left,
                (1.0 + ROUNDING) / low_rate if low_rate > 0 else 0.0, low_factor, some_remote,
                west, south, east, north, leaves, node_first, tree_mode, tree_factor, box, node_reach, node_price,
                within, per_step, stack, top_tree, top_node, top_far,
            )  # fmt: skip
        for j in range(how_many):
            found[row, j] = -1
        rest[row] = level[row]
        if tops == 0:
            continue
        cutoff = level[row]  # what a pair must be worth less than, drawn or not
        count = 0
        row_kind = need_kind[need]
        own = fixed[need]
        x, y, z = need_point[need, 0], need_point[need, 1], need_point[need, 2]
        flat_x, flat_y = need_flat[need, 0], need_flat[need, 1]
        per_cost = (1.0 + ROUNDING) / rate[need] if rate[need] > 0 else 0.0
        for size in range(tops):
            stack[size], stack_tree[size] = top_node[size], top_tree[size]
            at = node_first[top_tree[size]] + top_node[size]
            distances[size] = _squared_to_box(flat_x, flat_y, flat_x, flat_y, box, at)
        size = tops
        while size > 0:
            size -= 1
            node, squared = stack[np.uint64(size)], distances[np.uint64(size)]
            tree = np.uint64(stack_tree[np.uint64(size)])
            here = np.uint64(node_first[tree] + node)
            left = cutoff - own - table_low[row_kind] - node_price[here]
            if node_price[here] == INFINITE or left <= 0:
                continue
            mode = tree_mode[tree]
            shrink = 1.0 / max(need_factor[need], tree_factor[tree])
            if remote[need] == 0 and squared > _squared_limit(
                left, node_reach[here], per_cost, shrink, mode, within, per_step
            ):
                continue
            if node < leaves[tree]:
                levels = 3 if 4 * node < leaves[tree] else 2 if 2 * node < leaves[tree] else 1
                child = node << levels
                at = node_first[tree] + child
                bits = promising_nodes(
                    at, node_price, node_reach, box, within, mode, within.shape[1] - 1, per_step, per_cost, shrink,
                    remote[need], flat_x, flat_y, cutoff - own - table_low[row_kind],
                ) & ((1 << (1 << levels)) - 1)  # fmt: skip
                bottom = size
                while bits:  # the nearest is looked at first
                    place = lowest(bits)
                    bits &= bits - 1
                    far = _squared_to_box(flat_x, flat_y, flat_x, flat_y, box, at + place)
                    j = size
                    while j > bottom and distances[j - 1] < far:
                        stack[j], distances[j] = stack[j - 1], distances[j - 1]
                        j -= 1
                    stack[j], distances[j], stack_tree[size] = child + place, far, tree
                    size += 1
                continue
            begin, end = knot_first[mode], knot_first[mode + 1]
            first = member_first[tree] + LEAF * (node - leaves[tree])
            bits = promising(
                first, member, price, kind, reach, point, table, row_kind, within, mode, within.shape[1] - 1, per_step,
                per_cost, shrink, remote[need], x, y, z, need, spread, cutoff,
                keys[count - 1] if count == how_many else NO_KEY, own,
            ) & ((1 << min(LEAF, member_first[tree + 1] - first)) - 1)  # fmt: skip
            while bits:
                i = np.uint64(first + lowest(bits))
                bits &= bits - 1
                volunteer = member[i]
                cost = own + table[np.uint64(row_kind), np.uint64(kind[i])]
                if remote[need] == 0:
                    a, b, c = point[0, i] - x, point[1, i] - y, point[2, i] - z
                    way = whole_minutes(
                        a * a + b * b + c * c, max(factor[i], need_factor[need]), mode_start[mode], mode_pace[mode],
                        knots[begin:end], detours[begin:end],
                    )  # fmt: skip
                    if way > reach[i]:
                        continue
                    cost += rate[need] * way
                if far_cost[need] > 0:
                    a, b, c = (
                        point[0, i] - home[need, 0],
                        point[1, i] - home[need, 1],
                        point[2, i] - home[need, 2],
                    )
                    way = whole_minutes(
                        a * a + b * b + c * c, max(factor[i], home_factor[need]),
                        mode_start[near_mode], mode_pace[near_mode],
                        knots[knot_first[near_mode] : knot_first[near_mode + 1]],
                        detours[knot_first[near_mode] : knot_first[near_mode + 1]],
                    )  # fmt: skip
                    if way > near_minutes:
                        cost += far_cost[need]
                value = cost + price[i]
                key = (value << DRAWN) + drawn(need, volunteer, spread)
                if value >= cutoff or (count == how_many and key >= keys[count - 1]):
                    continue
                passed = False
                for j in range(skip_first[need], skip_first[need + 1]):
                    passed |= skip[j] == volunteer
                if passed:
                    continue
                j = count if count < how_many else how_many - 1
                while j > 0 and keys[j - 1] > key:
                    keys[j] = keys[j - 1]
                    found[row, j], found_cost[row, j] = found[row, j - 1], found_cost[row, j - 1]
                    j -= 1
                keys[j] = key
                found[row, j], found_cost[row, j] = volunteer, cost
                if count < how_many:
                    count += 1
                if count == how_many:
                    cutoff = min(cutoff, -(-keys[count - 1] >> DRAWN))
        if count == how_many:
            rest[row] = min(level[row], -((max(0, spread - 1) - keys[count - 1]) >> DRAWN))
