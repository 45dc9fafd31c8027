"""The recipe of the city engine: a pool, an auction, shortest paths, prices for all other pairs, and again."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from pairsolve.options import Watch
from pairsolve.pairing.city import auction, paths, tree
from pairsolve.pairing.city.market import Forest, Ints, Market, Small, ways_as_arrays
from pairsolve.pairing.city.paths import INFINITE, UNCOVERED, UNPLACED

POOL = 6
LADDER = 2
PRICED_IN = 4
SCALE = 4
STEP_FACTOR = 5
START = 8
BLOCK = 4096
NO_BUDGET = 1 << 60


@dataclass(frozen=True)
class Answer:
    """The optimum with its prices.

    Parameters
    ----------
    volunteer
        Volunteer of each need, −1 = uncovered.
    cost
        Cost of each need: of its pair, or of leaving it uncovered.
    need_price, volunteer_price
        Dual prices: cost + price of the volunteer is nowhere below the price of the need.
    rounds, pool
        Pricing rounds, and pairs that were ever looked at closely.
    """

    volunteer: Small
    cost: Ints
    need_price: Ints
    volunteer_price: Ints
    rounds: int
    pool: int


class Pool:
    """Pairs looked at so far, as linked lists by need and by volunteer that grow."""

    def __init__(self, num_needs: int, num_volunteers: int) -> None:
        self.size = 0
        self.need_head = np.full(num_needs, -1, np.int32)
        self.volunteer_head = np.full(num_volunteers, -1, np.int32)
        self.need = np.zeros(0, np.int32)
        self.volunteer = np.zeros(0, np.int32)
        self.cost = np.zeros(0, np.int64)
        self.next_of_need = np.zeros(0, np.int32)
        self.next_of_volunteer = np.zeros(0, np.int32)

    def add(self, need: Small, volunteer: Small, cost: Ints) -> None:
        """Add pairs; need must be ascending."""
        first = self.size
        self.need = np.concatenate([self.need, need])
        self.volunteer = np.concatenate([self.volunteer, volunteer])
        self.cost = np.concatenate([self.cost, cost])
        self.size += len(need)
        edges = np.arange(first, self.size, dtype=np.int32)
        self.next_of_need = np.concatenate([self.next_of_need, _chain(self.need_head, need, edges)])
        order = np.argsort(volunteer, kind="stable")
        chained = np.empty(len(need), np.int32)
        chained[order] = _chain(self.volunteer_head, volunteer[order], edges[order])
        self.next_of_volunteer = np.concatenate([self.next_of_volunteer, chained])


def _chain(head: Small, owner: Small, edges: Small) -> Small:
    """Link edges, grouped by owner, before the lists of their owners; return what follows each."""
    if len(owner) == 0:
        return np.zeros(0, np.int32)
    last = np.append(owner[1:] != owner[:-1], True)
    begin = np.append(True, last[:-1])
    following = np.append(edges[1:], np.int32(-1))
    following[last] = head[owner[last]]
    head[owner[begin]] = edges[begin]
    return following


class City:
    """A market being solved.

    Parameters
    ----------
    market
        What is asked.
    threads
        Threads used for pricing; the answer does not depend on it.
    watch
        Told after every round.
    """

    def __init__(self, market: Market, threads: int, watch: Watch) -> None:
        self.market, self.threads, self.watch = market, threads, watch
        self.forest = Forest(market)
        self.ways = ways_as_arrays(market.ways)
        num_needs, num_volunteers = len(market.needs.option), len(market.volunteers.most)
        self.pool = Pool(num_needs, num_volunteers)
        self.mu = np.zeros(num_volunteers, np.int64)
        self.option = market.needs.option.copy()
        self.pi = market.needs.option.copy()
        self.held = np.full(num_needs, UNPLACED, np.int32)
        self.first = np.full(num_volunteers, -1, np.int32)
        self.after = np.full(num_needs, -1, np.int32)
        self.load = np.zeros(num_volunteers, np.int32)
        self.table_low = market.table.min(axis=1, initial=INFINITE)
        special = market.special
        self.skip_first = np.searchsorted(special.need, np.arange(num_needs + 1)).astype(np.int64)
        self.space = (
            np.full(num_volunteers, INFINITE, np.int64), np.zeros(num_volunteers, np.int64),
            np.zeros(num_volunteers, np.int32), np.full(num_volunteers, -1, np.int32),
            np.zeros(num_volunteers, np.int32),
        )  # fmt: skip
        self.log: dict[str, float] = {}

    def cheapest(self, needs: Small, level: Ints, price: Ints, how_many: int) -> tuple[Small, Ints]:
        """Return volunteers (−1 = none) and costs of the cheapest pairs below a level, shape (needs, how_many)."""
        market, forest = self.market, self.forest
        tree.lowest_prices(
            forest.leaves, forest.node_first, forest.member_first, forest.member, price, forest.node_price
        )
        found = np.empty((len(needs), how_many), np.int32)
        cost = np.empty((len(needs), how_many), np.int64)
        asking, helping = market.needs, market.volunteers

        def block(first: int) -> None:
            part = slice(first, first + BLOCK)
            tree.cheapest(
                needs[part], level[part], how_many,
                asking.point, asking.factor, asking.rate, asking.fixed, asking.kind, asking.lane, asking.remote,
                self.skip_first, market.special.volunteer,
                helping.point, helping.factor, helping.reach, helping.kind, price, market.table, self.table_low,
                forest.lane_first, forest.leaves, forest.node_first, forest.member_first, forest.member,
                forest.tree_mode, forest.box, forest.node_reach, forest.node_price, forest.tree_factor,
                *self.ways, found[part], cost[part],
            )  # fmt: skip

        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(block, range(0, len(needs), BLOCK)))
        return found, cost

    def timed(self, name: str, since: float) -> None:
        self.log[name] = self.log.get(name, 0.0) + time.perf_counter() - since

    def first_pool(self) -> None:
        """Begin with the special pairs and the cheapest few of every need."""
        everybody = np.arange(len(self.pi), dtype=np.int32)
        special = self.market.special
        real = special.cost < INFINITE
        found, costs = self.cheapest(everybody, self.market.needs.option, self.mu, POOL)
        rows, columns = np.nonzero(found >= 0)
        need, volunteer, cost = everybody[rows], found[rows, columns], costs[rows, columns]
        full = found[:, -1] >= 0
        self.checked = np.where(full, costs[:, -1], self.market.needs.option)
        self.mu_checked = self.mu.copy()
        need = np.concatenate([need, special.need[real]])
        volunteer = np.concatenate([volunteer, special.volunteer[real]])
        cost = np.concatenate([cost, special.cost[real]])
        order = np.argsort(need, kind="stable")
        self.pool.add(need[order], volunteer[order], cost[order])

    def bid(self) -> None:
        """Let everybody bid, with smaller and smaller steps, and keep what is consistent with whole prices."""
        pool, option = self.pool, self.option
        edge_first = np.searchsorted(pool.need, np.arange(len(self.pi) + 1)).astype(np.int32)
        most = self.market.volunteers.most
        slot_first = np.append(0, np.cumsum(most)).astype(np.int32)
        rank = np.arange(slot_first[-1]) - np.repeat(slot_first[:-1].astype(np.int64), most)
        floor = self.market.square * (2 * rank + 1) * SCALE
        slot_price = floor.copy()
        step = max(1, int(self.option.max(initial=1)) * SCALE // START)
        everybody = np.arange(len(self.pi), dtype=np.int32)
        while True:
            owner = np.full(slot_first[-1], -1, np.int32)
            self.held[:] = UNPLACED
            t = time.perf_counter()
            bids = auction.bid(
                everybody, option, edge_first, pool.volunteer, pool.cost, slot_first, slot_price, owner, self.held,
                SCALE, step, NO_BUDGET,
            )  # fmt: skip
            print("step", step, "bids", bids, "free pos", int(((owner < 0) & (slot_price > floor)).sum()), time.perf_counter() - t)
            if step == 1:
                break
            step = max(1, step // STEP_FACTOR)
        some = most > 0
        self.mu[some] = np.minimum.reduceat(slot_price, slot_first[:-1][some]) // SCALE
        self._settle()

    def _settle(self) -> None:
        """Set the prices of needs by those of volunteers, and take back what is not tight."""
        pool, option, square = self.pool, self.option, self.market.square
        value = pool.cost + self.mu[pool.volunteer]
        self.pi[:] = option
        np.minimum.at(self.pi, pool.need, value)
        holding = np.flatnonzero(self.held >= 0)
        loose = value[self.held[holding]] > self.pi[holding]
        self.held[holding[loose]] = UNPLACED
        uncovered = np.flatnonzero(self.held == UNCOVERED)
        self.held[uncovered[option[uncovered] > self.pi[uncovered]]] = UNPLACED
        holding = np.flatnonzero(self.held >= 0)
        owner = pool.volunteer[self.held[holding]]
        order = np.argsort(owner, kind="stable")
        holding, owner = holding[order], owner[order]
        rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
        dear = self.mu[owner] < square * (2 * rank + 1)
        self.held[holding[dear]] = UNPLACED
        holding, owner = holding[~dear].astype(np.int32), owner[~dear]
        self.load[:] = np.bincount(owner, minlength=len(self.mu))
        self.after[holding] = _chain(self.first, owner, holding)

    def place(self) -> None:
        """Bring needs and volunteers into agreement on the pool."""
        market, pool = self.market, self.pool
        while True:
            waiting = np.flatnonzero(self.held == UNPLACED).astype(np.int32)
            t = time.perf_counter()
            if len(waiting):
                paths.forward(
                    waiting, self.option, pool.need_head, pool.next_of_need, pool.need, pool.volunteer,
                    pool.cost, self.mu, self.pi, self.held, self.first, self.after, self.load,
                    market.volunteers.most, market.square, NO_BUDGET, *self.space,
                )  # fmt: skip
            self.timed("forward", t)
            room = self.load < market.volunteers.most
            high = room & (self.mu > market.square * (2 * self.load.astype(np.int64) + 1))
            lacking = np.flatnonzero(high | (self.load < market.volunteers.least)).astype(np.int32)
            print("   forward", len(waiting), time.perf_counter() - t, "reverse", len(lacking))
            t = time.perf_counter()
            if len(lacking):
                done = paths.reverse(
                    lacking, pool.volunteer_head, pool.next_of_volunteer, pool.need, pool.volunteer, pool.cost,
                    self.mu, self.pi, self.held, self.first, self.after, self.load, market.volunteers.least,
                    market.volunteers.most, market.square, NO_BUDGET, *self.space,
                )  # fmt: skip
            self.timed("reverse", t)
            print("   reverse", time.perf_counter() - t)
            if len(lacking) == 0 and not (self.held == UNPLACED).any():
                return

    def price(self) -> int:
        """Add pairs that are worth more than their prices; return how many."""
        t = time.perf_counter()
        raised = self.pi > self.checked
        fallen = self.mu < self.mu_checked
        self.mu_checked = self.mu.copy()
        needs, volunteers, costs = [], [], []
        for some, price in ((raised, self.mu), (~raised, np.where(fallen, self.mu, INFINITE))):
            if price is not self.mu and not fallen.any():
                continue
            asking = np.flatnonzero(some).astype(np.int32)
            found, cost = self.cheapest(asking, self.pi[asking], price, PRICED_IN)
            full = found[:, -1] >= 0
            level = self.pi[asking]
            level[full] = cost[full, -1] + self.mu[found[full, -1]]
            self.checked[asking] = level if some is raised else np.minimum(self.checked[asking], level)
            rows, columns = np.nonzero(found >= 0)
            needs.append(asking[rows])
            volunteers.append(found[rows, columns])
            costs.append(cost[rows, columns])
        need = np.concatenate(needs)
        order = np.argsort(need, kind="stable")
        need, volunteer, cost = need[order], np.concatenate(volunteers)[order], np.concatenate(costs)[order]
        self.timed("pricing", t)
        print("   priced in", len(need), "raised", raised.sum(), "fallen", fallen.sum(), time.perf_counter() - t)
        if len(need) == 0:
            return 0
        self.pool.add(need, volunteer, cost)
        self.reopen(need, cost + self.mu[volunteer])
        return len(need)

    def reopen(self, need: Small, value: Ints) -> None:
        """Lower the prices of needs that can do better, and take them off their places."""
        np.minimum.at(self.pi, need, value)
        for one in np.unique(need).tolist():
            if self.held[one] >= 0:
                paths.leave(one, self.pool.volunteer[self.held[one]], self.first, self.after, self.load)
            self.held[one] = UNPLACED

    def solve(self) -> Answer:
        """Return the optimum."""
        t = time.perf_counter()
        self.first_pool()
        self.timed("pool", t)
        t = time.perf_counter()
        cap = LADDER * int(np.quantile(self.pool.cost, 0.99, method="lower")) if self.pool.size else 1
        self.option = np.minimum(self.market.needs.option, cap)
        self.bid()
        self.timed("auction", t)
        rounds = 0
        while True:
            rounds += 1
            self.place()
            if self.price():
                continue
            short = (self.held == UNCOVERED) & (self.option < self.market.needs.option)
            print("cap", cap, "short", short.sum())
            if not short.any():
                break
            cap *= 8
            self.option = np.minimum(self.market.needs.option, cap)
            self.held[short] = UNPLACED
            self.pi[short] = self.option[short]
            np.minimum.at(self.pi, self.pool.need, self.pool.cost + self.mu[self.pool.volunteer])
        covered = self.held >= 0
        volunteer = np.where(covered, self.pool.volunteer[np.maximum(self.held, 0)], -1).astype(np.int32)
        cost = np.where(covered, self.pool.cost[np.maximum(self.held, 0)], self.market.needs.option)
        return Answer(volunteer, cost, self.pi, self.mu, rounds, self.pool.size)
