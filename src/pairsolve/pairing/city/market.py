"""What the city engine is asked: needs, volunteers and the cost of every possible pair, without listing the pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

INFINITE = 1 << 62  # the cost of what cannot be


class Way(NamedTuple):
    """A way to travel as the crow flies: minutes = start + km × detour(km) × pace."""

    start: float
    pace: float
    knots: tuple[float, ...]
    detours: tuple[float, ...]


@dataclass(frozen=True)
class Needs:
    """The asking side, one entry per need.

    Parameters
    ----------
    option
        Cost of leaving the need uncovered.
    point
        Place on the unit sphere, shape (needs, 3).
    factor
        Area factor of travel.
    rate, fixed, far
        Cost of a minute of travel, of any pair, and of a volunteer who is no neighbour.
    kind, lane
        Row of the cost table; which trees of volunteers come into question.
    remote
        1 where travel counts for nothing and nobody is too far.
    home, home_factor
        Place and area factor of the household, for neighbours.
    """

    option: Ints
    point: Floats
    factor: Floats
    rate: Ints
    fixed: Ints
    far: Ints
    kind: Small
    lane: Small
    remote: Small
    home: Floats
    home_factor: Floats


@dataclass(frozen=True)
class Volunteers:
    """The helping side, one entry per volunteer.

    Parameters
    ----------
    point, factor
        Place on the unit sphere, shape (volunteers, 3); area factor of travel.
    reach
        Longest way in minutes.
    mode
        Number of the way to travel.
    kind
        Column of the cost table.
    least, most
        Fewest and most needs.
    """

    point: Floats
    factor: Floats
    reach: Small
    mode: Small
    kind: Small
    least: Small
    most: Small


@dataclass(frozen=True)
class Special:
    """Pairs with a cost of their own, or that are not admissible (cost INFINITE), sorted by need and volunteer."""

    need: Small
    volunteer: Small
    cost: Ints


@dataclass(frozen=True)
class Market:
    """Everything the engine needs to know.

    Parameters
    ----------
    needs, volunteers, ways
        Both sides, and how the volunteers travel.
    table
        Cost by kinds, INFINITE where not admissible, shape (kinds of needs, kinds of volunteers).
    lanes
        Volunteers of each lane, ascending.
    special
        Pairs that are not what the table says.
    square
        Weight of the square of a volunteer's needs.
    near_mode, near_minutes
        A neighbour lives at most so many minutes away by this mode.
    """

    needs: Needs
    volunteers: Volunteers
    ways: Sequence[Way]
    table: Ints
    lanes: Sequence[Small]
    special: Special
    square: int = 0
    near_mode: int = 0
    near_minutes: int = 0


def reordered(market: Market, needs: Small, volunteers: Small) -> Market:
    """Return the same market with both sides in another order.

    Parameters
    ----------
    market
        What is asked.
    needs, volunteers
        Old numbers in the new order, each exactly once.
    """
    need, volunteer = np.argsort(needs).astype(np.int32), np.argsort(volunteers).astype(np.int32)
    special = market.special
    order = np.lexsort((volunteer[special.volunteer], need[special.need]))
    return replace(
        market,
        needs=Needs(**{name: column[needs] for name, column in vars(market.needs).items()}),
        volunteers=Volunteers(**{name: column[volunteers] for name, column in vars(market.volunteers).items()}),
        lanes=[np.sort(volunteer[lane]) for lane in market.lanes],
        special=Special(
            need[special.need][order], volunteer[special.volunteer][order], special.cost[order],
        ),
    )  # fmt: skip
