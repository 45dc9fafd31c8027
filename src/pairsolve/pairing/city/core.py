"""The recipe of the city engine: a pool, an auction, shortest paths, prices for all other pairs, and again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

import numpy as np

from pairsolve.options import Watch
from pairsolve.pairing.city import auction, paths
from pairsolve.pairing.city.forest import Forest
from pairsolve.pairing.city.market import INFINITE, Bools, Ints, Market, Small, reordered
from pairsolve.pairing.city.paths import UNCOVERED, UNPLACED
from pairsolve.pairing.city.pool import Pool
from pairsolve.pairing.city.pricing import PARTS, Pricing, Question
from pairsolve.pairing.city.queue import TIMES, WIDTH
from pairsolve.pairing.city.tree import curve_order

POOL, POOL_AT_PRICES = 4, 12  # pairs of each need to begin with; at prices that are nearly right
PRICED_IN, PRICED_IN_AT_PRICES = 1, 4  # pairs added for a need at once; at prices that are nearly right
SCALE = 4  # auction prices are finer than costs by this factor
GOOD, PROBED = 256, 400  # pairs of a need that are good, and needs asked how far those reach
MOST_SPREAD = 1 << 26  # numbers drawn have 32 bits, and their product with this still fits
FIRST_STEP, STEP_FACTOR = 8, 5  # ε begins at an eighth of the largest cost, and shrinks by five
FINER = 16  # prices that moved less are looked at later, by this factor
LEEWAY = 2  # times the cost of a dear pair: what a need may cost more than its first price before it is left alone
RUNG = 4096  # the cost of leaving a need uncovered is raised by steps
AFAR = 16  # times the range of pairs that are drawn after that: who finds no place nearby needs a way out
SORTED = 4  # lists of pairs are sorted when so many rows were looked at for each there is
WIDENED = 64  # volunteers whose pairs are listed by one call


def chain(head: Small, owner: Small, needs: Small) -> Small:
    """Link needs, grouped by owner, before the lists of their owners; return what follows each."""
    if len(owner) == 0:
        return np.zeros(0, np.int32)
    last = np.append(owner[1:] != owner[:-1], True)
    begin = np.append(True, last[:-1])
    following = np.append(needs[1:], np.int32(-1))
    following[last] = head[owner[last]]
    head[owner[begin]] = needs[begin]
    return following


@dataclass(frozen=True)
class Answer:
    """The optimum with its prices.

    Parameters
    ----------
    volunteer
        Volunteer of each need, −1 = uncovered.
    need_price, volunteer_price
        Dual prices: cost + price of the volunteer is nowhere below the price of the need.
    rounds
        Pricing rounds.
    pool_need, pool_volunteer
        Pairs that were ever looked at closely.
    exact
        False when the run was stopped before every pair was priced.
    """

    volunteer: Small
    need_price: Ints
    volunteer_price: Ints
    rounds: int
    pool_need: Small
    pool_volunteer: Small
    exact: bool


class City:
    """A market being solved.

    Needs are placed with the cost of leaving them uncovered capped, and the cap is raised where it was reached:
    so a need that finds no place among its own few pairs is given more pairs before prices around it explode.

    Parameters
    ----------
    market
        What is asked.
    threads
        Threads used for pricing; the answer does not depend on it.
    watch
        Told after every round.
    prices
        Prices of the volunteers to begin with, nearly right; without them, nothing is known.
    """

    def __init__(self, market: Market, threads: int, watch: Watch, prices: Ints | None = None) -> None:
        # neighbours stand side by side: whoever is looked at together lies together in memory
        self.need_order, self.volunteer_order = curve_order(market.needs.point), curve_order(market.volunteers.point)
        market = reordered(market, self.need_order, self.volunteer_order)
        self.market, self.threads, self.watch = market, threads, watch
        self.forest = Forest(market)
        num_needs, num_volunteers = len(market.needs.option), len(market.volunteers.most)
        self.pool = Pool(num_needs, num_volunteers, threads)
        self.option = market.needs.option.copy()
        self.known = prices is not None
        self.mu = np.zeros(num_volunteers, np.int64) if prices is None else prices[self.volunteer_order]
        self.pi = self.option.copy()
        self.holder, self.paid = np.full(num_needs, UNPLACED, np.int32), np.zeros(num_needs, np.int64)
        self.first = np.full(num_volunteers, -1, np.int32)
        self.after = np.full(num_needs, -1, np.int32)
        self.load = np.zeros(num_volunteers, np.int32)
        self.stamps = count()  # another number for every call of a kernel
        self.sorted = -1  # the one when the pool was sorted
        self.wide: set[int] = set()  # volunteers all of whose pairs are in the pool
        self.moved = False  # whether prices may have moved while needs were placed the last time
        self.looked = np.full(1, INFINITE)  # rows of the pool looked at since it was sorted
        free, nobody = np.zeros(num_volunteers, np.int32), np.full(num_volunteers, -1, np.int32)
        self.onward = free.copy()
        self.space = (
            np.full(num_volunteers, INFINITE, np.int64), np.zeros(num_volunteers, np.int64), free, nobody,
            np.full(2 * WIDTH, -1, np.int32), np.zeros(TIMES * num_volunteers, np.int32),
            np.zeros(TIMES * num_volunteers, np.int32), free.copy(), np.zeros(num_volunteers, np.int64), free.copy(),
            nobody.copy(), self.looked,
        )  # fmt: skip

    def solve(self) -> Answer | None:
        """Return the optimum; None when some volunteer can never have its least."""
        first = self._first_pool()
        self._first_options(*first)
        self._bid(*first)
        rounds, quiet, exact = 0, 0, False
        with ThreadPoolExecutor(max(1, self.threads - 1)) as hands:
            while not exact:
                question = self._ask(rounds % PARTS)
                helping = [hands.submit(question.work) for _ in range(self.threads - 1)]
                if not self._place():
                    return None
                question.work()
                for hand in helping:
                    hand.result()
                rounds += 1
                uncovered = self.holder == UNCOVERED
                self.watch.report(
                    "pairing",
                    rounds,
                    value=int(uncovered.sum()),
                    detail=f"uncovered needs; {self.pool.size:,} pairs in the pool",
                )
                if self.watch.stopped:
                    break
                quiet = quiet + 1 if not self._take(question) and not self.moved else 0
                if quiet == PARTS:
                    quiet, exact = 0, not self._look_closer(uncovered)
        return self._answer(rounds, exact)

    def _look_closer(self, uncovered: Bools) -> bool:
        """Raise the cost of leaving needs uncovered, or price more finely; False when there is nothing more to do."""
        short = uncovered & (self.option < self.market.needs.option)
        if short.any():
            self._raise_options()
            self._reopen(np.flatnonzero(short).astype(np.int32))
        elif self.slack:
            self.slack //= FINER
        else:
            return False
        return True

    def _answer(self, rounds: int, exact: bool) -> Answer:
        """Return the answer with everybody numbered as in the market that was given."""
        need_order, volunteer_order = self.need_order, self.volunteer_order
        volunteer, need_price = np.full(len(self.pi), -1, np.int32), np.empty_like(self.pi)
        volunteer_price = np.empty_like(self.mu)
        covered = self.holder >= 0
        volunteer[need_order[covered]] = volunteer_order[self.holder[covered]]
        need_price[need_order], volunteer_price[volunteer_order] = self.pi, self.mu
        asked, helping = self.pool.pairs()
        return Answer(
            volunteer, need_price, volunteer_price, rounds, need_order[asked], volunteer_order[helping], exact
        )

    def _spread(self) -> int:
        """Return how much more than the cheapest pair of a need its good pairs cost at most, in the middle."""
        some = np.arange(0, len(self.pi), max(1, len(self.pi) // PROBED), dtype=np.int32)
        found, costs, _ = self._cheapest(some, self.option[some], np.zeros_like(self.mu), GOOD, 0)
        known = (found >= 0).sum(axis=1)
        asked = np.flatnonzero(known)
        above = costs[asked, known[asked] - 1] - costs[asked, 0]
        return min(MOST_SPREAD, int(np.median(above))) if len(asked) else 0

    def _first_options(self, need: Small, volunteer: Small, cost: Ints) -> None:
        """Cap the cost of leaving needs uncovered: at that of a dear pair, above what is known of their prices."""
        dear = max(1, int(np.quantile(cost, 0.9, method="lower"))) if len(cost) else 1
        self.floor = np.zeros(len(self.pi), np.int64)
        self.cap, self.widest, self.step = dear, dear, dear * SCALE // FIRST_STEP
        if self.known:
            self.cap, self.widest, self.step = LEEWAY * dear, dear // FINER, dear * SCALE // FINER
            self.floor[:] = self.market.needs.option
            np.minimum.at(self.floor, need, cost + self.mu[volunteer])
        self.slack, self.scarce = self.widest, False
        self.option = np.minimum(self.market.needs.option, self.floor + self.cap)

    def _raise_options(self) -> None:
        self.cap, self.scarce = min(self.cap * RUNG, INFINITE >> 1), not self.known
        self.option = np.minimum(self.market.needs.option, self.floor + self.cap)

    def _first_pool(self) -> tuple[Small, Small, Ints]:
        """Begin with the special pairs and a few of the cheapest of every need; return them, sorted by need."""
        everybody, special = np.arange(len(self.pi), dtype=np.int32), self.market.special
        self.spread = self._spread()
        how_many = POOL_AT_PRICES if self.known else POOL
        found, costs, checked = self._cheapest(everybody, self.option, self.mu, how_many, self.spread)
        self.pricing = Pricing(self.forest, checked, self.mu)
        rows, columns = np.nonzero(found >= 0)
        real = special.cost < INFINITE
        need = everybody[rows]
        place = np.searchsorted(need, special.need[real], side="right")
        first = (
            np.insert(need, place, special.need[real]),
            np.insert(found[rows, columns], place, special.volunteer[real]),
            np.insert(costs[rows, columns], place, special.cost[real]),
        )
        self.pool.add(*first)
        return first

    def _bid(self, need: Small, volunteer: Small, cost: Ints) -> None:
        """Let everybody bid on the first pool, which is sorted by need; keep what is consistent with whole prices."""
        most = self.market.volunteers.most
        edge_first = np.searchsorted(need, np.arange(len(self.pi) + 1)).astype(np.int32)
        slot_first = np.append(0, np.cumsum(most)).astype(np.int32)
        rank = np.arange(slot_first[-1]) - np.repeat(slot_first[:-1].astype(np.int64), most)
        slot_price = np.maximum(self.market.square * (2 * rank + 1), np.repeat(self.mu, most)) * SCALE
        step = max(1, self.step)
        everybody = np.arange(len(self.pi), dtype=np.int32)
        while True:
            owner = np.full(slot_first[-1], -1, np.int32)
            held = np.full(len(self.pi), UNPLACED, np.int32)
            auction.bid(
                everybody, self.option, edge_first, volunteer, cost, slot_first, slot_price, owner, held, SCALE, step
            )
            if step == 1:
                break
            step = max(1, step // STEP_FACTOR)
        some = most > 0
        self.mu[some] = np.minimum.reduceat(slot_price, slot_first[:-1][some]) // SCALE if some.any() else 0
        self.pi[:] = self.option
        np.minimum.at(self.pi, need, cost + self.mu[volunteer])
        self.holder[:], placed = held, np.flatnonzero(held >= 0)
        self.holder[placed], self.paid[placed] = volunteer[held[placed]], cost[held[placed]]
        self._settle()

    def _settle(self) -> None:
        """Take back what is not tight at the prices of needs and volunteers."""
        square, holder = self.market.square, self.holder
        holding = np.flatnonzero(holder >= 0)
        holder[holding[self.paid[holding] + self.mu[holder[holding]] > self.pi[holding]]] = UNPLACED
        holder[(holder == UNCOVERED) & (self.option > self.pi)] = UNPLACED
        holding = np.flatnonzero(holder >= 0)
        owner = holder[holding]
        order = np.argsort(owner, kind="stable")
        holding, owner = holding[order], owner[order]
        rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
        dear = self.mu[owner] < square * (2 * rank + 1)
        holder[holding[dear]] = UNPLACED
        kept, owner = holding[~dear].astype(np.int32), owner[~dear]
        self.load[:] = np.bincount(owner, minlength=len(self.mu))
        self.after[kept] = chain(self.first, owner, kept)

    def _place(self) -> bool:
        """Bring needs and volunteers into agreement on the pool; False when some volunteer can never have its least."""
        pool, volunteers, square = self.pool, self.market.volunteers, self.market.square
        if self.looked[0] > SORTED * (pool.by_need.rows + pool.by_volunteer.rows):
            pool.sort(self.pi, self.mu, self.sorted)
            self.sorted, self.looked[0] = next(self.stamps), 0
        self.moved = False
        while True:
            lacking = self.load < volunteers.least
            if not lacking.any():
                waiting = np.flatnonzero(self.holder == UNPLACED).astype(np.int32)
                self.moved |= len(waiting) > 0
                paths.forward(
                    waiting, self.option, *pool.by_need.arrays, next(self.stamps), self.mu, self.pi, self.holder,
                    self.paid, self.first, self.after, self.load, volunteers.most, square, *self.space,
                )  # fmt: skip
                lacking = (self.load < volunteers.most) & (self.mu > square * (2 * self.load.astype(np.int64) + 1))
            self.moved |= bool(lacking.any())
            stuck = paths.reverse(
                np.flatnonzero(lacking).astype(np.int32), *pool.by_volunteer.arrays, next(self.stamps), self.mu,
                self.pi, self.holder, self.paid, self.first, self.after, self.load, volunteers.least, volunteers.most,
                square, self.onward, *self.space,
            )  # fmt: skip
            if stuck >= 0:
                if not self._widen(stuck):
                    return False
            elif not lacking.any() and not (self.holder == UNPLACED).any():
                return True

    def _widen(self, stuck: int) -> bool:
        """Add all pairs of volunteers who lack needs; False when those around a stuck one have all of theirs."""
        around, queue = {stuck}, [stuck]
        while queue:
            for one in self.pool.by_volunteer.of(queue.pop()):
                other = int(self.holder[one])
                if other >= 0 and other not in around:
                    around.add(other)
                    queue.append(other)
        narrow = sorted(around - self.wide)
        if not narrow:
            return False
        lacking = np.flatnonzero(self.load < self.market.volunteers.least).tolist()
        some = list(dict.fromkeys([*narrow, *(v for v in lacking if v not in self.wide)]))[:WIDENED]
        self.wide.update(some)
        price = np.full(len(self.mu), INFINITE)
        price[some] = 0
        everybody = np.arange(len(self.pi), dtype=np.int32)
        found, costs, _ = self._cheapest(everybody, np.full(len(self.pi), INFINITE - 1), price, len(some), 0)
        rows, columns = np.nonzero(found >= 0)
        asked, helping = self.pool.pairs()
        known = asked.astype(np.int64) * len(self.mu) + helping
        new = ~np.isin(everybody[rows].astype(np.int64) * len(self.mu) + found[rows, columns], known)
        need, volunteer, cost = everybody[rows[new]], found[rows[new], columns[new]], costs[rows[new], columns[new]]
        self.pool.add(need, volunteer, cost)
        self._reopen(need[cost + self.mu[volunteer] < self.pi[need]])
        return True

    def _ask(self, part: int) -> Question:
        """Return a question for good pairs of a part of all needs, below the prices there are now."""
        how_many = PRICED_IN_AT_PRICES if self.known or self.slack == 0 else PRICED_IN
        spread = min(MOST_SPREAD, self.spread * (AFAR if self.scarce and self.slack == self.widest else 1))
        return self.pricing.ask(part, self.pi, self.mu, self.slack, how_many, spread)

    def _take(self, question: Question) -> bool:
        """Put the pairs that were found into the pool; say whether there were any."""
        need, volunteer, cost = self.pricing.answer(question)
        if self.wide:  # since they were asked for, all pairs of some may have come into the pool
            new = ~np.isin(volunteer, list(self.wide))
            need, volunteer, cost = need[new], volunteer[new], cost[new]
        self.pool.add(need, volunteer, cost)
        self._reopen(need[cost + self.mu[volunteer] < self.pi[need]])
        return len(need) > 0

    def _reopen(self, needs: Small) -> None:
        """Take needs off their places and price them anew."""
        paths.reopen(
            needs, self.option, *self.pool.by_need.arrays, self.mu, self.pi, self.holder, self.first, self.after,
            self.load,
        )  # fmt: skip

    def _cheapest(
        self, needs: Small, level: Ints, price: Ints, how_many: int, spread: int
    ) -> tuple[Small, Ints, Ints]:  # fmt: skip
        return self.forest.cheapest(needs, level, price, how_many, spread, self.threads)
