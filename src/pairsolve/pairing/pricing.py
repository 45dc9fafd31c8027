"""Exact pairing of a pure market over every admissible pair, without ever holding them.

A pool of the nearest few volunteers of every job; an auction that leaves about one job in a hundred without a seat;
shortest paths for those; and trees over the volunteers that know the least price in every box, which say whether
any pair outside the pool would be worth having. Each job has a *frontier*: a value that no pair outside the pool
falls below. Prices rise on the way forward, so frontiers stay true; where prices fall, all frontiers are checked.

Coverage comes before cost: leaving a job of rank r uncovered costs r × `Answer.unit`, more than all other costs
together. The sets of jobs that can be covered are the independent sets of a transversal matroid, where the greedy
set is optimal for every weight that grows with rank, so these weights order the classes lexicographically although
they do not dominate each other (Edmonds 1971, doi 10.1007/BF01584082).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pairsolve.errors import CapacityError
from pairsolve.pairing import auction, back, closing, forest, paths
from pairsolve.pairing import kernels as k
from pairsolve.pairing.market import FORBIDDEN, Bools, Ints, PureMarket
from pairsolve.pairing.places import along_curve, node_least, plant

POOL_PER_JOB = 6
ROW = 8  # cells of a job's row in the pool
LARGEST = 1 << 60
SCALE = 8  # the auction's prices are this many times finer than costs
PATIENCE = 8
EPSILONS = (SCALE, 1)
JOINED = 6  # pairs that join the pool when the auction has outgrown it
FEW = 0.002  # share of the jobs that the auction may leave without looking further
SHORT = 100  # steps a search may take for itself
FAR = 4  # times the largest cost at first: a path this long makes sure that there is an end to it
UNCOVERED = -1


@dataclass(frozen=True)
class Answer:
    """An optimum with its proof.

    Parameters
    ----------
    volunteer
        Volunteer of each job, -1 = uncovered.
    cost
        Cost of each job's pair, 0 if uncovered.
    job_price, volunteer_price
        Dual prices in one number each: rank × unit + cost; no pair has job price > cost + volunteer price.
    unit
        What one rank weighs.
    work
        Counted work.
    """

    volunteer: Ints
    cost: Ints
    job_price: Ints
    volunteer_price: Ints
    unit: int
    work: dict[str, int]

    def split(self, prices: Ints) -> tuple[Ints, Ints]:
        """Return prices as rank and cost."""
        rank = (prices + self.unit // 2) // self.unit
        return rank, prices - rank * self.unit


def solve(market: PureMarket) -> Answer | None:
    """Cover as many jobs as possible, important ones first, at the least cost.

    Parameters
    ----------
    market
        Jobs, volunteers and what pairs cost.

    Returns
    -------
    Answer or None
        None when the volunteers' minimums cannot be met.

    Raises
    ------
    CapacityError
        If costs are too large for exact 64-bit arithmetic.
    """
    job_order, volunteer_order = along_curve(market.job_at), along_curve(market.volunteer_at)
    run = _Run(market.reordered(job_order, volunteer_order))
    run.fill_pool()
    run.auction()
    if not run.settle():
        return None
    volunteer = np.full(market.num_jobs, UNCOVERED, np.int64)
    held = run.state.held
    volunteer[job_order] = np.where(held >= 0, volunteer_order[held], UNCOVERED)
    cost, job_price, volunteer_price = np.zeros_like(volunteer), np.empty_like(volunteer), np.empty_like(market.most)
    covered = held >= 0
    cost[job_order[covered]] = run.state.value[covered] - run.prices.price[held[covered]]
    job_price[job_order] = run.state.value
    volunteer_price[volunteer_order] = run.prices.price
    # whoever may take no job stands in no tree; any price that no job can afford proves it
    volunteer_price[market.most == 0] = (int(market.job_rank.max(initial=0)) + 1) * run.unit
    return Answer(volunteer, cost, job_price, volunteer_price, run.unit, dict(sorted(run.work.items())))


def unit_of(market: PureMarket) -> int:
    """Return a number above all that costs can add up to.

    Raises
    ------
    CapacityError
        If ranks times this number leave the exact range of 64-bit integers.
    """
    longest = int(market.reach[market.most > 0].max(initial=0))
    largest = int(market.weight.max(initial=0)) * longest + int(np.abs(market.constant).max(initial=0))
    own = np.abs(market.special_cost[market.special_cost != FORBIDDEN])
    largest += int(np.abs(market.extra).max(initial=0)) + int(own.max(initial=0))
    unit = 4 * (largest + 1) * (market.num_jobs + 1)
    if unit * (int(market.job_rank.max(initial=0)) + 2) > LARGEST:
        raise CapacityError(
            f"{market.num_jobs:,} jobs at costs up to {largest:,} are too large for exact arithmetic; "
            "lower the weights of the tiers"
        )
    return unit


class _Run:
    """One market on its way to the optimum; arrays that the kernels work on."""

    def __init__(self, market: PureMarket) -> None:
        self.market = market
        self.places = plant(market)
        num_jobs, num_volunteers = market.num_jobs, market.num_volunteers
        seats = np.minimum(market.most, num_jobs + 1)  # one more than can be filled, so that it may stay free
        first = np.append(0, np.cumsum(seats)).astype(np.int64)
        self.unit = unit_of(market)
        self.work: dict[str, int] = {"rounds": 0, "phases": 0, "bids": 0, "closed": 0, "raised": 0, "steps": 0}
        self.room = k.new_work(num_volunteers)
        self.jobs = k.Jobs(
            market.job_at, market.job_factor, market.job_kind, market.weight, market.constant,
            np.searchsorted(market.special_job, np.arange(num_jobs + 1)).astype(np.int64),
            market.special_volunteer.astype(np.int32), market.special_cost,
        )  # fmt: skip
        self.pool = k.Pool(
            np.arange(num_jobs, dtype=np.int64) * ROW, np.zeros(num_jobs, np.int64), np.full(num_jobs, ROW, np.int64),
            np.empty(num_jobs * 2 * ROW + 1024, np.int32), np.empty(num_jobs * 2 * ROW + 1024, np.int64),
            np.zeros(num_jobs, np.int64), np.array([num_jobs * ROW], np.int64),
        )  # fmt: skip
        price = np.zeros(num_volunteers, np.int64)
        self.prices = k.Prices(price, node_least(self.places, price, 1))
        self.state = paths.State(
            np.zeros(num_jobs, np.int64), market.job_rank * self.unit, np.full(num_jobs, -1, np.int64), first,
            np.empty(int(first[-1]), np.int64), np.empty(num_jobs, np.int64), np.zeros(num_volunteers, np.int64),
            market.least,
        )  # fmt: skip
        self.waiting, self.num_waiting = np.empty(num_jobs, np.int64), np.zeros(2, np.int64)
        self.largest = 1

    def grow(self) -> None:
        """Double the room of the pool."""
        more = 2 * len(self.pool.volunteer)
        volunteer, cost = np.empty(more, np.int32), np.empty(more, np.int64)
        used = int(self.pool.used[0])
        volunteer[:used], cost[:used] = self.pool.volunteer[:used], self.pool.cost[:used]
        self.pool = self.pool._replace(volunteer=volunteer, cost=cost)

    def refresh(self, scale: int = 1) -> None:
        """Bring the least prices of the trees up to date."""
        self.prices.node_least[:] = node_least(self.places, self.prices.price, scale)

    def fill_pool(self) -> None:
        """Start with the special pairs that are worth having, and the nearest volunteers of every job."""
        self._add_special()
        done, end = 0, self.market.num_jobs
        while True:
            done = k.expand_all(
                done, end, self.places, self.jobs, self.pool, self.prices, 1, POOL_PER_JOB, self.room
            )  # fmt: skip
            if done == end:
                break
            self.grow()
        frontier = self.pool.frontier[self.pool.frontier < k.INFINITE]
        self.largest = max(1, int(np.abs(frontier).max(initial=0)))

    def _add_special(self) -> None:
        """Pairs cheaper than they look from outside must be in the pool: no bound on boxes holds for them."""
        market, modes = self.market, self.market.volunteer_mode
        for row in np.flatnonzero(market.special_cost < 0).tolist():
            job, volunteer = int(market.special_job[row]), int(market.special_volunteer[row])
            kind = int(market.job_kind[job])
            if not market.able[kind, volunteer] or market.most[volunteer] == 0:
                continue
            way = market.volunteer_at[volunteer] - market.job_at[job]
            raw = k.raw_minutes(
                float(way[0] * way[0] + way[1] * way[1] + way[2] * way[2]), int(modes[volunteer]), self.places.modes,
                self.places.knots,
            )  # fmt: skip
            minutes = k.rounded_up(raw * max(market.volunteer_factor[volunteer], market.job_factor[job]))
            if minutes > market.reach[volunteer]:
                continue
            cost = market.weight[job] * minutes + market.constant[job] + market.extra[kind, volunteer]
            while not k.add_pair(job, volunteer, int(cost + market.special_cost[row]), self.pool):
                self.grow()

    def auction(self) -> None:
        """Seat nearly all jobs by an auction on finer prices; what it leaves unsettled, `settle` settles."""
        market, pool = self.market, self.pool
        self.state.leave[:] = self.largest * (PATIENCE + market.job_rank)
        leave = self.state.leave * SCALE
        pool.frontier[:] = np.where(pool.frontier < k.INFINITE, pool.frontier * SCALE, k.INFINITE)
        sizes = np.diff(self.state.first)
        seats = auction.Seats(
            self.state.first, np.full(int(sizes.sum()), -1, np.int64), np.zeros(int(sizes.sum()), np.int64),
            self.state.held,
        )  # fmt: skip
        owner = np.repeat(np.arange(market.num_volunteers), sizes)
        queue = auction.Queue(self.waiting, self.num_waiting)
        lost = auction.Queue(np.empty(market.num_jobs, np.int64), np.zeros(1, np.int64))
        bids = np.zeros(1, np.int64)
        for epsilon in EPSILONS:
            auction.reopen(queue, self.pool, self.prices, seats, owner, SCALE, epsilon)
            while queue.size[0] > 0:
                auction.bid(queue, lost, self.pool, self.prices, seats, leave, SCALE, epsilon, k.INFINITE, bids)
                if lost.size[0] <= FEW * market.num_jobs:
                    break
                self.refresh(SCALE)
                while auction.look_further(
                    queue, lost, self.places, self.jobs, self.pool, self.prices, leave, SCALE, JOINED, self.room
                ) == k.GROW:  # fmt: skip
                    self.grow()
            lost.size[0] = 0
        self.work["bids"] = int(bids[0])
        seated = np.flatnonzero(self.state.held >= 0)
        volunteer = owner[self.state.held[seated]]
        self.state.held[:] = -1
        self.prices.price[:] //= SCALE
        self._seat(seated, volunteer)

    def _seat(self, jobs: Ints, volunteers: Ints) -> None:
        """Keep the seats that are worth most to their jobs under whole prices; the other jobs wait."""
        self.refresh()
        self.state.held[jobs] = volunteers
        self.pool.frontier[:] = 0
        self.num_waiting[0] = 0
        done = 0
        while True:
            done = back.value_all(
                self.waiting, self.num_waiting, self.places, self.jobs, self.pool, self.prices, self.state, done,
                self.room,
            )  # fmt: skip
            if done == self.market.num_jobs:
                return
            self.grow()

    def settle(self) -> bool:
        """Find shortest paths and check all pairs, until nothing is left to do; False = a minimum cannot be met."""
        num_jobs, num_volunteers = self.market.num_jobs, self.market.num_volunteers
        nodes = num_jobs + num_volunteers
        labels = paths.Labels(
            np.empty(nodes, np.int64), np.empty(num_volunteers, np.int64), np.empty(num_volunteers, np.int64),
            np.full(nodes, -1, np.int64), np.empty(nodes, np.int64), np.empty(nodes, np.int64), np.zeros(3, np.int64),
        )  # fmt: skip
        self._forward(labels)
        self._harden()
        while True:
            self.work["rounds"] += 1
            self._forward(labels)
            lonely, fallen = self._back(labels)
            added = self._check(fallen)
            if lonely >= 0 and added == 0:
                return False
            if lonely < 0 and self.num_waiting[0] == 0:
                return True

    def _forward(self, labels: paths.Labels) -> None:
        """Seat all waiting jobs, or show that they had better have no seat."""
        best = np.zeros(3, np.int64)
        later, stack = np.empty_like(self.waiting), np.empty_like(self.waiting)
        near = limit = -(-self.largest // 4)
        while self.num_waiting[0] > 0:
            self.refresh()
            outcome = paths.paths(
                self.waiting, self.num_waiting, later, self.places, self.jobs, self.pool, self.prices, self.state,
                labels, limit, SHORT, best, self.room,
            )  # fmt: skip
            self.work["steps"] += int(labels.count[2])
            if outcome == k.GROW:
                self.grow()
        self.num_waiting[:] = self.num_waiting[::-1]
        while self.num_waiting[0] > 0:
            self.refresh()
            outcome = forest.grow_forest(
                later, self.num_waiting, self.places, self.jobs, self.pool, self.prices, self.state, labels, stack,
                limit, best, self.room,
            )  # fmt: skip
            self.work["phases"] += 1
            self.work["steps"] += int(labels.count[2])
            if outcome == k.GROW:
                self.grow()
            elif outcome == k.TOO_FAR:
                raised = self.work["raised"]
                left = self._close_all(later[: self.num_waiting[0]].tolist())
                later[: len(left)] = left
                self.num_waiting[0] = len(left)
                limit = near if self.work["raised"] > raised else 4 * limit
            else:
                limit = near

    def _close_all(self, jobs: list[int]) -> list[int]:
        """Raise the closed circles of jobs far from being settled; return the jobs that are not settled yet."""
        self.circle.open[:] = 0
        left = []
        for job in jobs:
            if self._far(job):
                self._close(job)
            if self._far(job) or self.state.value[job] < self.state.leave[job]:
                left.append(job)
        return left

    def _far(self, job: int) -> bool:
        """Value a job afresh; say whether leaving it is much worse than covering it."""
        while paths.tighten(job, self.places, self.jobs, self.pool, self.prices, self.state, self.room) < 0:
            self.grow()
        return bool(self.state.value[job] + FAR * self.largest < self.state.leave[job])

    def _harden(self) -> None:
        """Let leaving a job uncovered cost what it truly costs; those left so far wait again, unless that is right.

        Closed circles are raised before anything moves: their prices then stand where all jobs left so far agree.
        """
        self.state.leave[:] = self.market.job_rank * self.unit
        left = np.flatnonzero(self.state.held < 0)
        left = left[np.argsort(-self.market.job_rank[left], kind="stable")]
        self.refresh()
        still = self._close_all(left.tolist())
        self.waiting[: len(still)] = still[::-1]
        self.num_waiting[0] = len(still)

    def _close(self, job: int) -> None:
        """Find out whether a job can reach a free seat; if not, the prices of its circle rise."""
        circle = self.circle
        self.work["closed"] += 1
        outcome, before = k.GROW, int(self.state.value[job])
        while outcome == k.GROW:
            circle.mark[:] = self.prices.price
            circle.least[:] = self.prices.node_least
            outcome = closing.close(
                job, FAR * self.largest, self.places, self.jobs, self.pool, self.prices, self.state, circle, self.room
            )  # fmt: skip
            if outcome == k.GROW:
                self.grow()
        if self.state.value[job] > before:
            self.work["raised"] += 1
            self.refresh()

    @cached_property
    def circle(self) -> closing.Circle:
        """Room for sweeps, and where volunteers stand in the trees."""
        places, size = self.places, self.market.num_volunteers
        order = np.argsort(places.point_volunteer, kind="stable").astype(np.int64)
        tree = np.repeat(np.arange(len(places.tree_mode)), np.diff(places.point_first))
        first = np.searchsorted(places.point_volunteer[order], np.arange(size + 1)).astype(np.int64)
        empty = np.empty(size, np.int64)
        return closing.Circle(
            empty, np.empty(len(places.box), np.int64), np.zeros(1, np.int64), empty.copy(), empty.copy(), empty.copy(),
            np.zeros(1, np.int64), np.zeros(size, np.int64), first, order, tree[order],
        )  # fmt: skip

    def _back(self, labels: paths.Labels) -> tuple[int, Bools]:
        """Bring the prices of free seats down; return a volunteer who stays below the minimum, or -1, and who fell."""
        first = np.empty(self.market.num_volunteers + 1, np.int64)
        pairs = np.empty(2 * int(self.pool.count.sum()), np.int64)
        back.turn_round(first, pairs, self.pool, self.market.num_jobs)
        fallen = np.zeros(self.market.num_volunteers, np.bool_)
        lonely = back.paths_back(
            first, pairs, self.pool, self.prices, self.state, labels, np.zeros(3, np.int64), fallen
        )  # fmt: skip
        if lonely >= 0:
            drop = int(self.prices.price[lonely] - self.state.value.min()) + 2 * self.unit
            back.lower(drop, self.prices, self.state, labels, fallen)
        return lonely, fallen

    def _check(self, fallen: Bools) -> int:
        """Hold all frontiers against the prices that fell; return how many pairs joined the pool."""
        prices = np.where(fallen, self.prices.price, k.INFINITE)
        visible = k.Prices(prices, node_least(self.places, prices, 1))
        added = np.zeros(1, np.int64)
        done = 0
        while fallen.any():
            done = back.check_pairs(
                self.waiting, self.num_waiting, self.places, self.jobs, self.pool, visible, self.state, done, added,
                self.room,
            )  # fmt: skip
            if done == self.market.num_jobs:
                break
            self.grow()
        return int(added[0])
