"""Eight volunteers of a leaf, or eight nodes above leaves, looked at in one go: which may be what a need looks for.

Nearly all are ruled out here, by their price, by what was drawn, or because they live too far away for what is left;
only of the others is the way computed minute by minute.
"""

from __future__ import annotations

from typing import Any

from numba.core import types

from pairsolve.compiled import kernel
from pairsolve.pairing.city.lanes import WORD, Code, Lanes, inlined

DRAWN = 4  # bits of drawn numbers behind the point of values, which stay below 2⁵⁸
LOW = 0xFFFFFFFF  # the lower half of a word
HASH = 0x9E3779B1, 0x85EBCA77, 0x2C1B3C6D


def _draw(need: Any, volunteer: Any, spread: Any) -> Any:
    """Return a number below a spread (0 = none), the same for a pair whenever it is asked for; of one or of eight."""
    mixed = (need * HASH[0] + volunteer * HASH[1]) & LOW
    mixed = ((mixed ^ (mixed >> 15)) * HASH[2]) & LOW
    return ((mixed ^ (mixed >> 13)) * spread) >> 32


drawn = kernel(allocates=False)(_draw)


def _limit(see: Code, left: Lanes, reach: Lanes) -> Lanes:
    """Return squared chords as `tree._squared_limit` does."""
    affordable = ((left - 1).floats() * see.every("per_cost")).floor()
    minutes = (see.every("per_cost") > 0.0).choose(affordable.least(reach), reach)
    steps = ((minutes * see.every("shrink")).ceil() * see.every("per_step")).ceil()
    step = steps.most(0.0).least(see.every("last_step").floats()).whole()
    return see.together(see.fetch(see.place("within", see.one("mode"), WORD(0)), step.apart()))


def _squared(see: Code) -> Lanes:
    """Return the squared chords from the need to the volunteers."""
    x, y, z = (
        see.run(see.place("point", WORD(axis), see.one("first"))) - see.every(name) for axis, name in enumerate("xyz")
    )
    return x * x + y * y + z * z


@inlined
def promising_nodes(
    typing: Any, first: Any, price: Any, reach: Any, box: Any, within: Any, mode: Any, last_step: Any, per_step: Any,
    per_cost: Any, shrink: Any, remote: Any, x: Any, y: Any, left: Any,
) -> Any:  # fmt: skip
    """Ask below which nodes somebody may be what a need looks for, as bits, the first in the lowest.

    Parameters
    ----------
    first, price, reach, box
        The first of eight nodes that lie in a row, and what is known of them.
    x, y, left
        The need: its place on the map, and what the price of a volunteer and the way there may cost; the rest as in
        `promising`.
    """

    def code(*given: Any) -> Any:
        see = Code("first price reach box within mode last_step per_step per_cost shrink remote x y left", *given)
        first = see.one("first")
        west, south, east, north = (see.run(see.place("box", WORD(side), first)) for side in range(4))
        left = see.every("left") - see.run(see.place("price", first))
        limit = _limit(see, left, see.run(see.place("reach", first)).floats())
        a = (west - see.every("x")).most(see.every("x") - east).most(0.0)
        b = (south - see.every("y")).most(see.every("y") - north).most(0.0)
        return ((left > 0) & ((a * a + b * b <= limit) | (see.every("remote") > 0))).bits()

    return types.int64(
        types.int64, price, reach, box, within, types.int64, types.int64, types.float64,
        types.float64, types.float64, types.int64, types.float64, types.float64, types.int64,
    ), code  # fmt: skip


@inlined
def promising(
    typing: Any, first: Any, member: Any, price: Any, kind: Any, reach: Any, point: Any,
    table: Any, row: Any, within: Any, mode: Any, last_step: Any, per_step: Any, per_cost: Any, shrink: Any,
    remote: Any, x: Any, y: Any, z: Any, need: Any, spread: Any, cutoff: Any, key: Any, own: Any,
) -> Any:  # fmt: skip
    """Ask which volunteers of a leaf may be worth less than a cutoff, as bits, the first in the lowest.

    Parameters
    ----------
    first, member, price, kind, reach, point
        Where the leaf begins, and what lies there.
    table, row, within, mode, last_step, per_step
        As in `tree.cheapest`, with the row of the table and the way to travel that are meant, and the last step that
        the ways reach.
    per_cost, shrink
        Minutes for one unit of cost, 0 = any, and 1 ÷ the least factor of ways.
    remote, x, y, z, need, spread, cutoff, key, own
        The need: whether ways count for nothing, its place, its number, how widely numbers are drawn, the value wanted,
        the key that is to be beaten, and what any pair costs.
    """

    def code(*given: Any) -> Any:
        see = Code(
            "first member price kind reach point table row within mode last_step per_step per_cost shrink remote "
            "x y z need spread cutoff key own", *given
        )  # fmt: skip
        first = see.one("first")
        drawn = _draw(see.every("need"), see.run(see.place("member", first)), see.every("spread"))
        below = see.every("cutoff").least(((see.every("key") - 1 - drawn) >> DRAWN) + 1)
        left = below - see.every("own") - see.run(see.place("price", first))
        kinds = see.fetch(see.place("kind", first))
        extra = see.together(see.fetch(see.place("table", see.one("row"), WORD(0)), kinds))
        limit = _limit(see, left - extra, see.run(see.place("reach", first)).floats())
        near = (_squared(see) <= limit) | (see.every("remote") > 0)
        return ((extra < left) & near).bits()

    return types.int64(
        types.int64, member, price, kind, reach, point, table, types.int64, within, types.int64, types.int64,
        types.float64, types.float64, types.float64, types.int64, types.float64, types.float64, types.float64,
        types.int64, types.int64, types.int64, types.int64, types.int64,
    ), code  # fmt: skip
