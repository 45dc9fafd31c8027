"""The relaxation solved exactly, tier after tier, as min-cost flows on the optimal face of the tiers before.

A flow runs from jobs over volunteers to one sink. The flow solver sees a pool of cheap arcs only; all other arcs
are priced against the dual prices, and those that price in join the pool, until none does: the answer is exact
over every arc. After each tier, arcs with a positive reduced cost leave and the volunteers' loads are narrowed to
their minimisers, so the next tier moves only among optima (lexicographic linear programming; see Isermann 1982,
doi 10.1007/BF01719842). No weights are needed to order tiers.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from ortools.graph.python import min_cost_flow

from pairsolve.errors import CapacityError
from pairsolve.options import Watch
from pairsolve.pairing.dual import LARGE, DualPrices, Stage
from pairsolve.pairing.relaxation import Relaxation, TierCosts
from pairsolve.problem import Bools, Ints

POOL_PER_JOB = 12
PRICED_IN_PER_JOB = 4


class FlowBound:
    """The lexicographic optimum of the relaxation, found tier by tier as far as it is asked for.

    Jobs for several people get all their seats, and must be covered, as long as the prices prove that nothing is lost
    by it. When they do not, one seat stands for the whole crew: whether a crew is there is no question for a flow.

    Parameters
    ----------
    relaxation
        What to solve.
    watch
        Told after each tier.
    """

    def __init__(self, relaxation: Relaxation, watch: Watch) -> None:
        self.relaxation = relaxation
        self.values: list[int] = []
        self._watch = watch
        self._whole = bool((relaxation.fewest > 1).any())
        self._face = _Face(relaxation, whole=self._whole)
        self._prices = DualPrices(relaxation)
        self._rounds_before = 0

    def solve(self, tiers: int) -> bool:
        """Solve the first `tiers` tiers; False when the volunteers' minimums cannot be met."""
        while len(self.values) < tiers:
            stage = self._face.optimise(len(self.values))
            if stage is not None:
                self._prices.add(stage)
                self.values = self._prices.bound()
            if self._whole and (stage is None or self.values[-1] != stage.value):
                self._whole = False
                self._rounds_before = self._face.rounds
                self._face, self._prices, self.values = _Face(self.relaxation), DualPrices(self.relaxation), []
                continue
            if stage is None:
                return False
            done, value = len(self.values), self.values[-1]
            self._watch.report("bound", done, len(self.relaxation.lowest), value=value, bound=value)
        return True

    @property
    def rows(self) -> Ints:
        """Candidate rows of the optimum of the tiers solved so far, ascending."""
        return np.sort(self.relaxation.row[self._face.used]).astype(np.int64)

    @property
    def rounds(self) -> int:
        """Flows solved."""
        return self._rounds_before + self._face.rounds

    def prices(self) -> tuple[Ints, Ints]:
        """Return dual prices of jobs and volunteers, one row per tier: the certificate.

        A tier not solved gets prices that are certainly low enough, so that the tiers before it stay proven.
        """
        jobs, volunteers = list(self._prices.jobs), list(self._prices.volunteers)
        for tier in range(len(jobs), len(self.relaxation.lowest)):
            jobs.append(np.full(self.relaxation.num_jobs, self.relaxation.lowest[tier]))
            volunteers.append(np.zeros(len(self.relaxation.most), np.int64))
        return np.array(jobs, np.int64), np.array(volunteers, np.int64)


class _Face:
    """What is left of the relaxation: the optimal face of the tiers solved so far.

    Parameters
    ----------
    relaxation
        What to solve.
    whole
        Whether jobs for several people have all their seats, and must be covered.
    """

    def __init__(self, relaxation: Relaxation, *, whole: bool = False) -> None:
        self.relaxation = relaxation
        self.num_jobs = relaxation.num_jobs
        self.num_volunteers = len(relaxation.most)
        self.alive = np.ones(len(relaxation.job), np.bool_)
        self.fixed = np.zeros(len(relaxation.job), np.bool_)  # arcs of crews that every optimum uses
        self.seats = relaxation.fewest.copy() if whole else np.ones(self.num_jobs, np.int64)
        # a crew of whom too few are there at all stays uncovered
        self.hopeless = self.seats > np.maximum(np.bincount(relaxation.job, minlength=self.num_jobs), 1)
        self.seats[self.hopeless] = 0
        self.alive[self.hopeless[relaxation.job]] = False
        self.may_miss = self.seats <= 1
        self.least = relaxation.least.copy()
        if not whole:
            self.least[relaxation.shared] = 0  # another of the crew may be the one who is chosen
        self.most = np.maximum(relaxation.most, self.least)
        self.used = np.zeros(0, np.int64)
        self.rounds = 0
        self.pool = _first_pool(relaxation, self.seats) & self.alive

    def optimise(self, tier: int) -> Stage | None:
        """Solve one tier on the face and narrow the face to its optima."""
        costs = self.relaxation.costs(tier)
        cost, squares = costs.arcs, np.where(self.relaxation.squared, costs.square, 0)
        while True:
            solved = self._flow(tier, costs, squares)
            if solved is None:
                if self.pool[self.alive].all():
                    return None
                self.pool[:] = self.alive
                continue
            job_price, volunteer_price = self._prices(costs, squares)
            reduced = volunteer_price[self.relaxation.volunteer] - job_price[self.relaxation.job]
            if cost is not None:
                reduced += cost
            entering = self._price_in(reduced)
            if len(entering) == 0:
                break
            self.pool[entering] = True
        self.fixed |= self.alive & (reduced < 0)
        self.alive &= (reduced == 0) | self.fixed
        self.pool &= self.alive
        single = self.seats == 1
        self.may_miss &= single & (costs.uncovered == job_price)
        self._narrow(volunteer_price, squares)
        job_price[self.hopeless] = LARGE * costs.uncovered[self.hopeless]
        some = np.flatnonzero(self.hopeless[self.relaxation.job])
        reduced[some] = volunteer_price[self.relaxation.volunteer[some]] - job_price[self.relaxation.job[some]]
        reduced[some] += 0 if cost is None else cost[some]
        return Stage(costs, job_price, volunteer_price, reduced, self._value(costs, squares))

    def _value(self, costs: TierCosts, squares: Ints) -> int:
        """Return what the flow costs in a tier."""
        served = np.bincount(self.relaxation.job[self.used], minlength=self.num_jobs)
        load = np.bincount(self.relaxation.volunteer[self.used], minlength=self.num_volunteers)
        paid = 0 if costs.arcs is None else int(costs.arcs[self.used].sum(dtype=np.int64))
        return costs.constant + paid + int(costs.uncovered[served == 0].sum()) + int((squares * load * load).sum())

    def _flow(self, tier: int, costs: TierCosts, squares: Ints) -> bool | None:
        """Solve the flow over the pool; None when the pool holds no feasible flow."""
        self.rounds += 1
        cost = costs.arcs
        arcs = np.flatnonzero(self.pool & ~self.fixed)
        fixed = np.flatnonzero(self.fixed)
        settled = np.bincount(self.relaxation.volunteer[fixed], minlength=self.num_volunteers)
        open_seats = self.seats - np.bincount(self.relaxation.job[fixed], minlength=self.num_jobs)
        arc_cost = np.zeros(len(arcs), np.int64) if cost is None else cost[arcs]
        sink = self.num_jobs + self.num_volunteers
        missing = np.flatnonzero(self.may_miss & (open_seats > 0))
        loads, load_cost = self._load_arcs(squares)
        tails = np.concatenate([self.relaxation.job[arcs], missing, self.num_jobs + loads])
        heads = np.concatenate(
            [self.num_jobs + self.relaxation.volunteer[arcs], np.full(len(missing) + len(loads), sink)]
        )
        room = np.where(squares > 0, 1, self.most - self.least)[loads]
        capacity = np.concatenate([np.ones(len(arcs) + len(missing), np.int64), room])
        unit_cost = np.concatenate([arc_cost, costs.uncovered[missing], load_cost])
        supply = np.concatenate([open_seats, settled - self.least, [int(self.least.sum()) - int(self.seats.sum())]])
        flow = min_cost_flow.SimpleMinCostFlow()
        flow.add_arcs_with_capacity_and_unit_cost(tails.astype(np.int32), heads.astype(np.int32), capacity, unit_cost)
        flow.set_nodes_supplies(np.arange(sink + 1, dtype=np.int32), supply)
        status = flow.solve()
        if status in (flow.INFEASIBLE, flow.UNBALANCED):
            return None
        if status != flow.OPTIMAL:
            raise CapacityError(f"the flow solver cannot hold the costs of tier {tier + 1}: {status.name}")
        self.used = np.concatenate([fixed, arcs[flow.flows(np.arange(len(arcs))) > 0]])
        return True

    def _load_arcs(self, squares: Ints) -> tuple[Ints, Ints]:
        """Return the volunteers' arcs to the sink: one for all, or one per job with growing cost where squared."""
        plain = np.flatnonzero((squares == 0) & (self.most > self.least))
        curved = np.flatnonzero(squares > 0)
        counts = (self.most - self.least)[curved]
        owner = np.repeat(curved, counts)
        step = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        growing = squares[owner] * (2 * (self.least[owner] + step) + 1)
        return np.concatenate([plain, owner]), np.concatenate([np.zeros(len(plain), np.int64), growing])

    def _prices(self, costs: TierCosts, squares: Ints) -> tuple[Ints, Ints]:
        """Return shortest residual distances to the sink (Bellman and Ford, all nodes at once).

        The price of a crew lies between its dearest member and the cheapest who is none: it is that of the former.
        """
        relaxation, cost = self.relaxation, costs.arcs
        held = self.used[~self.fixed[self.used]]
        free = self.pool & ~self.fixed
        free[held[self.seats[relaxation.job[held]] > 1]] = False
        arcs = np.flatnonzero(free)
        job, volunteer = relaxation.job[arcs], relaxation.volunteer[arcs]
        arc_cost = np.zeros(len(arcs), np.int64) if cost is None else cost[arcs]
        served, holder = relaxation.job[held], relaxation.volunteer[held]
        held_cost = np.zeros(len(held), np.int64) if cost is None else cost[held]
        load = np.bincount(relaxation.volunteer[self.used], minlength=self.num_volunteers)
        uncovered = costs.uncovered
        largest = max(
            int(np.abs(arc_cost).max(initial=0)), int(np.abs(held_cost).max(initial=0)),
            int(uncovered.max(initial=0)),
            int(squares.max(initial=0)) * (2 * int(self.most.max(initial=0)) + 1),
        )  # fmt: skip
        far = 4 * (largest + 1) * (self.num_jobs + self.num_volunteers + 1)
        job_start = np.where(self.may_miss, uncovered, far)
        one_more = np.where(load < self.most, squares * (2 * load + 1), far)
        edges = np.flatnonzero(np.diff(job, prepend=-1))
        volunteer_price = one_more.copy()
        while True:
            job_price = job_start.copy()
            if len(arcs):
                cheapest = np.minimum.reduceat(arc_cost + volunteer_price[volunteer], edges)
                job_price[job[edges]] = np.minimum(job_price[job[edges]], cheapest)
            following = one_more.copy()
            np.minimum.at(following, holder, job_price[served] - held_cost)
            if np.array_equal(following, volunteer_price):
                break
            volunteer_price = np.minimum(following, volunteer_price)
        crews = self.seats[served] > 1
        dearest = np.full(self.num_jobs, -far)
        np.maximum.at(dearest, served[crews], (held_cost + volunteer_price[holder])[crews])
        return np.where(dearest > -far, dearest, job_price), volunteer_price

    def _price_in(self, reduced: Ints) -> Ints:
        """Return the arcs outside the pool with a negative reduced cost, the best few of each job."""
        found = np.flatnonzero(self.alive & (reduced < 0) & ~self.pool & (self.seats > 0)[self.relaxation.job])
        job = self.relaxation.job[found]
        order = np.lexsort((reduced[found], job))
        rank = np.arange(len(order)) - np.searchsorted(job[order], job[order])
        return found[order[rank < PRICED_IN_PER_JOB]]

    def _narrow(self, volunteer_price: Ints, squares: Ints) -> None:
        """Narrow the loads to their minimisers."""
        floor_load, top_load = self.least, self.most
        straight = squares == 0
        low = np.where(straight & (volunteer_price > 0), top_load, floor_load)
        high = np.where(straight & (volunteer_price < 0), floor_load, top_load)
        weight = np.maximum(squares, 1)
        last_worth = (volunteer_price + weight) // (2 * weight)  # largest k with weight (2k − 1) ≤ price
        first_worth = -((weight - volunteer_price) // (2 * weight))  # smallest k with weight (2k + 1) ≥ price
        self.least = np.where(straight, low, np.clip(first_worth, floor_load, top_load))
        self.most = np.where(straight, high, np.clip(last_worth, floor_load, top_load))


def _first_pool(relaxation: Relaxation, seats: Ints) -> Bools:
    """Start with the nearest arcs of each job and of each volunteer with a minimum."""
    pool = np.zeros(len(relaxation.job), np.bool_)
    edges = np.searchsorted(relaxation.job, np.arange(relaxation.num_jobs + 1))
    for number, (first, last) in enumerate(pairwise(edges.tolist())):
        nearest = np.argsort(relaxation.minutes[first:last], kind="stable")
        pool[first + nearest[: POOL_PER_JOB + int(seats[number]) - 1]] = True
    bound = np.flatnonzero(relaxation.least[relaxation.volunteer] > 0)
    order = bound[np.lexsort((relaxation.job[bound], relaxation.minutes[bound], relaxation.volunteer[bound]))]
    owner = relaxation.volunteer[order]
    pool[order[np.arange(len(order)) - np.searchsorted(owner, owner) < POOL_PER_JOB]] = True
    return pool
