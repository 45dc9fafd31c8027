"""Job prices by the volume algorithm: the Lagrangian dual of "every job once", an exact knapsack per agent.

Source: Barahona and Anbil (2000), The volume algorithm, doi 10.1007/s101070050002.
"""

from __future__ import annotations

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.pairing.budgets.knapsack import best_load, working_space

STEEPEST = 0.1
"""Most weight of one evaluation in the average."""
PATIENCE = 20
"""Failures in a row before the step shrinks."""
SHRINK = 0.75
SMALLEST = 1e-4
"""A step below this moves nothing any more."""


@kernel(
    "float64(int64[::1], int64[::1], float64[::1], int64[::1], int64[::1], float64[::1], float64[::1], float64[::1], "
    "int64, float64, float64)"
)
def climb(first, job, cost, use, room, price, average, pace, steps, target, enough):
    """Raise the bound of the prices by some steps; return the best bound.

    Parameters
    ----------
    first
        Where each agent's arcs begin, shape (agents + 1,).
    job, cost, use
        Per arc.
    room
        Per agent.
    price
        Per job: where to start, then the best found; whole numbers.
    average
        Per arc: the average of the loads, which tends to the relaxed optimum. All zero to begin afresh.
    pace
        Factor of the step, in and out, shape (1,).
    steps
        How many evaluations.
    target
        A value above the bound that can be reached.
    enough
        A bound with which to be content.
    """
    num_jobs, num_agents, num_arcs = len(price), len(room), len(job)
    item, profit, weight, rows = working_space(first, room)
    chosen = np.empty(num_arcs, np.uint8)
    times = np.empty(num_jobs, np.float64)
    trial = price.copy()
    fresh = True
    for arc in range(num_arcs):
        if average[arc] != 0.0:
            fresh = False
            break
    best = -np.inf
    failures = 0
    lean = np.empty(num_jobs, np.float64)
    for step in range(steps):
        bound = 0.0
        for j in range(num_jobs):
            bound += trial[j]
            times[j] = 1.0
        for agent in range(num_agents):
            bound -= best_load(
                first[agent], first[agent + 1], job, cost, use, trial, room[agent], chosen, item, profit, weight, rows
            )
        for arc in range(num_arcs):
            if chosen[arc]:
                times[job[arc]] -= 1.0
        if step == 0:
            lean[:] = 1.0
            for arc in range(num_arcs):
                if average[arc] != 0.0:
                    lean[job[arc]] -= average[arc]
        # the mix of this load and the average that violates least
        top, bottom = 0.0, 0.0
        for j in range(num_jobs):
            gap = times[j] - lean[j]
            top -= lean[j] * gap
            bottom += gap * gap
        mix = STEEPEST / 10.0
        if bottom > 0.0:
            mix = min(STEEPEST, max(mix, top / bottom))
        if fresh:
            mix = 1.0
            fresh = False
        for arc in range(num_arcs):
            average[arc] = (1.0 - mix) * average[arc] + mix * chosen[arc]
        norm = 0.0
        turn = 0.0
        for j in range(num_jobs):
            turn += times[j] * lean[j]
            lean[j] = (1.0 - mix) * lean[j] + mix * times[j]
            norm += lean[j] * lean[j]
        if bound > best:
            if step > 0 and turn > 0.0:
                pace[0] = min(2.0, pace[0] * 1.1)
            best = bound
            for j in range(num_jobs):
                price[j] = trial[j]
            failures = 0
        else:
            failures += 1
            if failures >= PATIENCE:
                pace[0] *= SHRINK
                failures = 0
        if norm < 1e-12 or pace[0] < SMALLEST or best >= enough:
            break
        length = pace[0] * (target - best) / norm
        for j in range(num_jobs):
            trial[j] = np.rint(price[j] + length * lean[j])
    return best


@kernel("float64[::1](int64[::1], int64[::1], float64[::1], int64[::1], int64[::1], int64, int64)")
def first_prices(first, job, cost, use, room, num_jobs, steps):
    """Return job prices from the dual of the rooms: each job's least cost with room paid for.

    A few hundred cheap subgradient steps; the volume algorithm starts near the optimum from here.
    """
    num_agents = len(room)
    rent = np.zeros(num_agents, np.float64)
    best_rent = rent.copy()
    least = np.empty(num_jobs, np.float64)
    cheapest = np.empty(num_jobs, np.int64)
    over = np.empty(num_agents, np.float64)
    best, pace, failures = -np.inf, 1.0, 0
    for _ in range(steps):
        least[:] = np.inf
        for agent in range(num_agents):
            over[agent] = -room[agent]
            for arc in range(first[agent], first[agent + 1]):
                paid = cost[arc] + rent[agent] * use[arc]
                if paid < least[job[arc]]:
                    least[job[arc]] = paid
                    cheapest[job[arc]] = arc
        for agent in range(num_agents):
            for arc in range(first[agent], first[agent + 1]):
                if cheapest[job[arc]] == arc:
                    over[agent] += use[arc]
        bound = 0.0
        for j in range(num_jobs):
            bound += least[j]
        for agent in range(num_agents):
            bound -= rent[agent] * room[agent]
        if bound > best:
            best = bound
            for agent in range(num_agents):
                best_rent[agent] = rent[agent]
            failures = 0
        else:
            failures += 1
            if failures == 10:
                pace *= 0.7
                failures = 0
                for agent in range(num_agents):
                    rent[agent] = best_rent[agent]
                continue
        norm = 0.0
        for agent in range(num_agents):
            if rent[agent] == 0.0 and over[agent] < 0.0:
                over[agent] = 0.0
            norm += over[agent] * over[agent]
        if norm == 0.0:
            break
        length = pace * max(1.0, 0.05 * abs(best)) / norm
        for agent in range(num_agents):
            rent[agent] = max(0.0, rent[agent] + length * over[agent])
    least[:] = np.inf
    for agent in range(num_agents):
        for arc in range(first[agent], first[agent + 1]):
            least[job[arc]] = min(least[job[arc]], cost[arc] + best_rent[agent] * use[arc])
    for j in range(num_jobs):
        least[j] = np.rint(least[j])
    return least
