"""A wide market from coarse to fine: prices of a quarter of it are where the whole begins.

Where most volunteers reach most needs, help flows from one end of a city to the other, and prices rise along the way.
Shortest paths find such prices slowly. A quarter of both sides, taken evenly over map and kinds, has nearly the same
prices and is solved in a small part of the time; the whole then only smooths them. What is exact stays exact: prices
to begin with are free.

Source: from coarse to fine as in Schmitzer, *A sparse multiscale algorithm for dense optimal transport*,
doi 10.1007/s10851-016-0653-9.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from pairsolve.options import Watch
from pairsolve.pairing.city.core import Answer, City
from pairsolve.pairing.city.market import INFINITE, Floats, Ints, Market, Needs, Small, Special, Volunteers
from pairsolve.pairing.city.tree import EARTH_KM, curve_order

PART = 4  # one of so many needs is in the sample, and of so many places
SMALLEST = 16_000  # needs of a market that is worth a sample
PROBED, WIDE = 64, 0.1  # needs looked at, and the share of volunteers they reach, from which a market is wide
LOOKED_AT = 1_000  # volunteers asked whether they are in reach
BLOCK = 1024  # volunteers asked at once
ASKED = 40  # needs of the sample that a volunteer's price is found by


def solve_market(market: Market, threads: int, watch: Watch) -> Answer | None:
    """Return the optimum of a market with its prices; None when some volunteer can never have its least.

    Parameters
    ----------
    market
        What is asked.
    threads
        Threads used for pricing; the answer does not depend on it.
    watch
        Progress.
    """
    prices = None
    if len(market.needs.option) >= SMALLEST and _is_wide(market):
        needs, volunteers, most = _chosen(market)
        answer = solve_market(_sample(market, needs, volunteers, most), threads, watch)
        if answer is not None:
            prices = _spread(market, needs, answer.need_price, threads)
    return City(market, threads, watch, prices).solve()


def _is_wide(market: Market) -> bool:
    """Say whether needs reach a good part of the volunteers who come into question for them."""
    sizes = np.array([len(lane) for lane in market.lanes], np.int64)
    needs = _some(np.arange(len(market.needs.option), dtype=np.int32), PROBED)
    needs = needs[sizes[market.needs.lane[needs]] > 0]
    reached = [
        (_minutes(market, np.full(len(lane), need), lane) <= market.volunteers.reach[lane]).mean()
        for need in needs.tolist()
        for lane in [_some(market.lanes[market.needs.lane[need]], LOOKED_AT)]
    ]
    return len(reached) > 0 and float(np.mean(reached)) >= WIDE


def _some(all_of_them: Small, count: int) -> Small:
    """Return at most so many, evenly."""
    return all_of_them[:: -(-len(all_of_them) // count)]


def _chosen(market: Market) -> tuple[Small, Small, Small]:
    """Return the needs and volunteers of a sample, and how many needs each of these takes.

    Everything is evenly spread: lane by lane, and kind by kind and way by way, along a curve through the map. A
    volunteer stands for those around it with a part of their places.
    """
    needs, volunteers = market.needs, market.volunteers
    curve = curve_order(needs.point)
    asking = np.sort(curve[np.argsort(needs.lane[curve], kind="stable")][::PART])
    curve = curve_order(volunteers.point)
    curve = curve[np.lexsort((volunteers.mode[curve], volunteers.kind[curve]))]
    places = np.append(0, np.cumsum(volunteers.most[curve].astype(np.int64)))
    begin = np.arange(0, len(curve), PART)
    most = np.diff((places[np.append(begin, len(curve))] + PART // 2) // PART).astype(np.int32)
    helping = curve[np.minimum(begin + PART // 2, len(curve) - 1)]
    order = np.argsort(helping)
    return asking.astype(np.int32), helping[order].astype(np.int32), most[order]


def _sample(market: Market, needs: Small, volunteers: Small, most: Small) -> Market:
    """Return the market of a part of both sides; nobody has a least there."""
    new_need = _numbers(needs, len(market.needs.option))
    new_volunteer = _numbers(volunteers, len(market.volunteers.most))
    special = market.special
    both = (new_need[special.need] >= 0) & (new_volunteer[special.volunteer] >= 0)
    columns = {name: column[volunteers] for name, column in vars(market.volunteers).items()}
    return replace(
        market,
        needs=Needs(**{name: column[needs] for name, column in vars(market.needs).items()}),
        volunteers=Volunteers(**columns | {"most": most, "least": np.zeros_like(most)}),
        lanes=[new_volunteer[lane][new_volunteer[lane] >= 0] for lane in market.lanes],
        special=Special(
            new_need[special.need[both]], new_volunteer[special.volunteer[both]], special.cost[both]
        ),
    )  # fmt: skip


def _numbers(some: Small, total: int) -> Small:
    """Return the place of everybody among some, −1 = not among them."""
    numbers = np.full(total, -1, np.int32)
    numbers[some] = np.arange(len(some), dtype=np.int32)
    return numbers


def _spread(market: Market, asking: Small, need_price: Ints, threads: int) -> Ints:
    """Return prices of all volunteers: the most that one of the nearest needs of a sample would pay for each."""
    needs, volunteers = market.needs, market.volunteers
    prices = np.zeros(len(volunteers.most), np.int64)
    for number, lane in enumerate(market.lanes):
        mine = np.flatnonzero(needs.lane[asking] == number)
        if not len(mine) or not len(lane):
            continue
        near = cKDTree(needs.point[asking[mine]])

        def block(helper: Small, mine: Ints = mine, near: cKDTree = near) -> None:
            nearest = near.query(volunteers.point[helper], min(ASKED, len(mine)))[1]
            found = mine[nearest.reshape(len(helper), -1)]
            need, helping = asking[found], np.broadcast_to(helper[:, None], found.shape)
            minutes = _minutes(market, need, helping)
            cost = needs.fixed[need] + market.table[needs.kind[need], volunteers.kind[helping]]
            worth = need_price[found] - cost - np.rint(needs.rate[need] * minutes).astype(np.int64)
            worth[(cost >= INFINITE) | (minutes > volunteers.reach[helping])] = 0
            prices[helper] = np.maximum(prices[helper], worth.max(axis=1))

        with ThreadPoolExecutor(threads) as workers:
            list(workers.map(block, np.array_split(lane, -(-len(lane) // BLOCK))))
    return prices


def _minutes(market: Market, needs: Ints | Small, volunteers: Ints | Small) -> Floats:
    """Return the minutes of pairs, all but exactly."""
    apart = market.needs.point[needs] - market.volunteers.point[volunteers]
    km = EARTH_KM * np.sqrt((apart * apart).sum(axis=-1))
    minutes = np.zeros_like(km)
    for number, way in enumerate(market.ways):
        going = market.volunteers.mode[volunteers] == number
        minutes[going] = way.start + km[going] * np.interp(km[going], way.knots, way.detours) * way.pace
    minutes *= np.maximum(market.needs.factor[needs], market.volunteers.factor[volunteers])
    minutes[market.needs.remote[needs] == 1] = 0.0
    return np.asarray(np.ceil(minutes))
