"""Lagrangian dives: fix the jobs the relaxation is surest of, improve the prices of the rest, repeat."""

from __future__ import annotations

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.pairing.budgets.volume import climb


@kernel("int64[::1](int64[::1])")
def owners(first):
    """Return the agent of each arc."""
    owner = np.empty(first[len(first) - 1], np.int64)
    for agent in range(len(first) - 1):
        for arc in range(first[agent], first[agent + 1]):
            owner[arc] = agent
    return owner


@kernel()
def rest_of(first, job, cost, use, agent_of, left):
    """Return the field of the jobs without an agent: their numbers, and the arcs that still fit."""
    num_jobs, num_agents = len(agent_of), len(left)
    number = np.full(num_jobs, -1, np.int64)
    free = np.empty(num_jobs, np.int64)
    count = 0
    for j in range(num_jobs):
        if agent_of[j] < 0:
            number[j] = count
            free[count] = j
            count += 1
    arcs = 0
    for arc in range(len(job)):
        if number[job[arc]] >= 0:
            arcs += 1
    origin = np.empty(arcs, np.int64)
    start = np.zeros(num_agents + 1, np.int64)
    arcs = 0
    for agent in range(num_agents):
        for arc in range(first[agent], first[agent + 1]):
            if number[job[arc]] >= 0 and use[arc] <= left[agent]:
                origin[arcs] = arc
                arcs += 1
        start[agent + 1] = arcs
    origin = origin[:arcs].copy()
    jobs, costs, uses = np.empty(arcs, np.int64), np.empty(arcs, np.float64), np.empty(arcs, np.int64)
    for k in range(arcs):
        jobs[k] = number[job[origin[k]]]
        costs[k] = cost[origin[k]]
        uses[k] = use[origin[k]]
    return free[:count].copy(), start, origin, jobs, costs, uses


@kernel(
    "float64(int64[::1], int64[::1], float64[::1], int64[::1], int64[::1], float64[::1], float64[::1], int64[::1], "
    "float64, float64, float64, float64, int64, float64, int64, int64, int64[::1])"
)
def dive(
    first, job, cost, use, room, price, average, agent_of, cutoff, share, noise, pace, steps, reach, tail, seed, work
):
    """Give every job without an agent one; return the cost of all, or infinity where that failed.

    Parameters
    ----------
    first, job, cost, use, room
        The field, agent by agent.
    price, average
        Prices and average loads to begin with, per job and per arc; left as they are.
    agent_of
        Agent of each job, in and out; -1 where it is to be found.
    cutoff
        A dive whose bound reaches this is given up.
    share
        How much of the free jobs to fix at once.
    noise
        How far chance moves the surety of a job.
    pace, steps, reach
        Of the volume algorithm between fixings; the target is the bound times reach.
    tail
        How many jobs are left without an agent.
    seed
        Of the noise.
    work
        Evaluated arcs are added here, shape (1,).
    """
    np.random.seed(seed)  # noqa: NPY002  # Numba keeps a generator of its own in each thread
    num_agents = len(room)
    left = room.copy()
    paid = 0.0
    for agent in range(num_agents):
        for arc in range(first[agent], first[agent + 1]):
            if agent_of[job[arc]] == agent:
                left[agent] -= use[arc]
                paid += cost[arc]
    means = average.copy()
    prices = price.copy()
    while True:
        free, start, origin, jobs, costs, uses = rest_of(first, job, cost, use, agent_of, left)
        count, arcs = len(free), len(jobs)
        if count <= tail:
            return paid
        now = np.empty(count, np.float64)
        total = 0.0
        for j in range(count):
            now[j] = prices[free[j]]
            total += now[j]
        mean = np.empty(arcs, np.float64)
        for k in range(arcs):
            mean[k] = means[origin[k]]
        walk = np.full(1, pace)
        aim = total + abs(total) * reach
        bound = climb(start, jobs, costs, uses, left, now, mean, walk, steps, aim, cutoff - paid)
        work[0] += arcs * steps
        if paid + bound >= cutoff:
            return np.inf
        doubt = np.full(count, 1.0)
        arc_of = np.full(count, -1, np.int64)
        for k in range(arcs):
            means[origin[k]] = mean[k]
            value = mean[k] + noise * np.random.random()  # noqa: NPY002  # as above
            if -value < doubt[jobs[k]]:
                doubt[jobs[k]] = -value
                arc_of[jobs[k]] = k
        for j in range(count):
            prices[free[j]] = now[j]
            if arc_of[j] < 0:
                return np.inf
        order = np.argsort(doubt)
        owner = owners(start)
        target = min(count - tail, max(1, int(share * count)))
        fixed = 0
        for place in range(count):
            k = arc_of[order[place]]
            agent = owner[k]
            if uses[k] <= left[agent]:
                left[agent] -= uses[k]
                paid += costs[k]
                agent_of[free[jobs[k]]] = agent
                fixed += 1
                if fixed == target:
                    break
        if fixed == 0:
            return np.inf
