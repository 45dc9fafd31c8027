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
from pairsolve.pairing.relaxation import Relaxation, TierCosts
from pairsolve.problem import Bools, Ints

POOL_PER_JOB = 12
PRICED_IN_PER_JOB = 4
NONE = -1


class FlowBound:
    """The lexicographic optimum of the relaxation, found tier by tier as far as it is asked for.

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
        self._face = _Face(relaxation)
        self._job_prices: list[Ints] = []
        self._volunteer_prices: list[Ints] = []

    def solve(self, tiers: int) -> bool:
        """Solve the first `tiers` tiers; False when the volunteers' minimums cannot be met."""
        while len(self.values) < tiers:
            stage = self._face.optimise(len(self.values))
            if stage is None:
                return False
            self.values.append(stage[0])
            self._job_prices.append(stage[1])
            self._volunteer_prices.append(stage[2])
            self._watch.report("bound", len(self.values), len(self.relaxation.lowest), value=stage[0], bound=stage[0])
        return True

    @property
    def rows(self) -> Ints:
        """Candidate rows of the optimum of the tiers solved so far, ascending."""
        chosen = self._face.chosen
        return np.sort(self.relaxation.row[chosen[chosen >= 0]]).astype(np.int64)

    @property
    def rounds(self) -> int:
        """Flows solved."""
        return self._face.rounds

    def prices(self) -> tuple[Ints, Ints]:
        """Return dual prices of jobs and volunteers, one row per tier: the certificate.

        A tier not solved gets prices that are certainly low enough, so that the tiers before it stay proven.
        """
        jobs, volunteers = list(self._job_prices), list(self._volunteer_prices)
        for tier in range(len(jobs), len(self.relaxation.lowest)):
            jobs.append(np.full(self.relaxation.num_jobs, self.relaxation.lowest[tier]))
            volunteers.append(np.zeros(len(self.relaxation.most), np.int64))
        return np.array(jobs, np.int64), np.array(volunteers, np.int64)


class _Face:
    """What is left of the relaxation: the optimal face of the tiers solved so far."""

    def __init__(self, relaxation: Relaxation) -> None:
        self.relaxation = relaxation
        self.num_jobs = relaxation.num_jobs
        self.num_volunteers = len(relaxation.most)
        self.alive = np.ones(len(relaxation.job), np.bool_)
        self.may_miss = np.ones(self.num_jobs, np.bool_)
        self.least = relaxation.least.copy()
        self.most = relaxation.most.copy()
        self.chosen = np.full(self.num_jobs, NONE, np.int64)
        self.rounds = 0
        self.pool = _first_pool(relaxation)

    def optimise(self, tier: int) -> tuple[int, Ints, Ints] | None:
        """Solve one tier on the face and narrow the face to its optima."""
        costs = self.relaxation.costs(tier)
        cost, squares = costs.arcs, np.where(self.relaxation.squared, costs.square, 0)
        while True:
            solved = self._flow(tier, costs, squares)
            if solved is None:
                if self.pool.all():
                    return None
                self.pool[:] = True
                continue
            job_price, volunteer_price = self._prices(costs, squares)
            reduced = volunteer_price[self.relaxation.volunteer] - job_price[self.relaxation.job]
            if cost is not None:
                reduced += cost
            entering = self._price_in(reduced)
            if len(entering) == 0:
                break
            self.pool[entering] = True
        self.alive &= reduced == 0
        self.pool &= self.alive
        self.may_miss &= costs.uncovered == job_price
        value = costs.constant + self._narrow(job_price, volunteer_price, squares)
        return value, job_price, volunteer_price

    def _flow(self, tier: int, costs: TierCosts, squares: Ints) -> bool | None:
        """Solve the flow over the pool; None when the pool holds no feasible flow."""
        self.rounds += 1
        cost = costs.arcs
        arcs = np.flatnonzero(self.pool)
        arc_cost = np.zeros(len(arcs), np.int64) if cost is None else cost[arcs]
        sink = self.num_jobs + self.num_volunteers
        missing = np.flatnonzero(self.may_miss)
        loads, load_cost = self._load_arcs(squares)
        tails = np.concatenate([self.relaxation.job[arcs], missing, self.num_jobs + loads])
        heads = np.concatenate(
            [self.num_jobs + self.relaxation.volunteer[arcs], np.full(len(missing) + len(loads), sink)]
        )
        room = np.where(squares > 0, 1, self.most - self.least)[loads]
        capacity = np.concatenate([np.ones(len(arcs) + len(missing), np.int64), room])
        unit_cost = np.concatenate([arc_cost, costs.uncovered[missing], load_cost])
        supply = np.concatenate(
            [np.ones(self.num_jobs, np.int64), -self.least, [int(self.least.sum()) - self.num_jobs]]
        )
        flow = min_cost_flow.SimpleMinCostFlow()
        flow.add_arcs_with_capacity_and_unit_cost(tails.astype(np.int32), heads.astype(np.int32), capacity, unit_cost)
        flow.set_nodes_supplies(np.arange(sink + 1, dtype=np.int32), supply)
        status = flow.solve()
        if status in (flow.INFEASIBLE, flow.UNBALANCED):
            return None
        if status != flow.OPTIMAL:
            raise CapacityError(f"the flow solver cannot hold the costs of tier {tier + 1}: {status.name}")
        used = arcs[flow.flows(np.arange(len(arcs))) > 0]
        self.chosen[:] = NONE
        self.chosen[self.relaxation.job[used]] = used
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
        """Return shortest residual distances to the sink (Bellman and Ford, all nodes at once)."""
        cost, arcs = costs.arcs, np.flatnonzero(self.pool)
        job, volunteer = self.relaxation.job[arcs], self.relaxation.volunteer[arcs]
        arc_cost = np.zeros(len(arcs), np.int64) if cost is None else cost[arcs]
        served = np.flatnonzero(self.chosen >= 0)
        held = self.chosen[served]
        holder = self.relaxation.volunteer[held]
        held_cost = np.zeros(len(held), np.int64) if cost is None else cost[held]
        load = np.bincount(holder, minlength=self.num_volunteers)
        uncovered = costs.uncovered
        largest = max(
            int(np.abs(arc_cost).max(initial=0)),
            int(uncovered.max(initial=0)),
            int(squares.max(initial=0)) * (2 * int(self.most.max(initial=0)) + 1),
        )
        far = 4 * (largest + 1) * (self.num_jobs + 1)
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
                return job_price, volunteer_price
            volunteer_price = np.minimum(following, volunteer_price)

    def _price_in(self, reduced: Ints) -> Ints:
        """Return the arcs outside the pool with a negative reduced cost, the best few of each job."""
        found = np.flatnonzero(self.alive & (reduced < 0) & ~self.pool)
        job = self.relaxation.job[found]
        order = np.lexsort((reduced[found], job))
        rank = np.arange(len(order)) - np.searchsorted(job[order], job[order])
        return found[order[rank < PRICED_IN_PER_JOB]]

    def _narrow(self, job_price: Ints, volunteer_price: Ints, squares: Ints) -> int:
        """Narrow the loads to their minimisers; return the dual value without the constant."""
        floor_load, top_load = self.least, self.most
        straight = squares == 0
        low = np.where(straight & (volunteer_price > 0), top_load, floor_load)
        high = np.where(straight & (volunteer_price < 0), floor_load, top_load)
        weight = np.maximum(squares, 1)
        last_worth = (volunteer_price + weight) // (2 * weight)  # largest k with weight (2k − 1) ≤ price
        first_worth = -((weight - volunteer_price) // (2 * weight))  # smallest k with weight (2k + 1) ≥ price
        low = np.where(straight, low, np.clip(first_worth, floor_load, top_load))
        high = np.where(straight, high, np.clip(last_worth, floor_load, top_load))
        self.least, self.most = low, high
        loads = squares * low * low - low * volunteer_price
        return int(job_price.sum()) + int(loads.sum())


def _first_pool(relaxation: Relaxation) -> Bools:
    """Start with the nearest arcs of each job and of each volunteer with a minimum."""
    pool = np.zeros(len(relaxation.job), np.bool_)
    edges = np.searchsorted(relaxation.job, np.arange(relaxation.num_jobs + 1))
    for first, last in pairwise(edges.tolist()):
        pool[first + np.argsort(relaxation.minutes[first:last], kind="stable")[:POOL_PER_JOB]] = True
    bound = np.flatnonzero(relaxation.least[relaxation.volunteer] > 0)
    order = bound[np.lexsort((relaxation.job[bound], relaxation.minutes[bound], relaxation.volunteer[bound]))]
    owner = relaxation.volunteer[order]
    pool[order[np.arange(len(order)) - np.searchsorted(owner, owner) < POOL_PER_JOB]] = True
    return pool
