"""Branch and bound on the jobs without an agent, with Lagrangian bounds: a proof, or the best within a number of nodes.

Each node raises the job prices a little, removes arcs whose penalty exceeds what is left to gain, and branches on one
job, surest agent first. Source: Posta, Ferland and Michelon (2012), doi 10.1007/s10589-011-9432-0.
"""

from __future__ import annotations

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.pairing.budgets.dive import owners, rest_of
from pairsolve.pairing.budgets.knapsack import best_load, split, working_space
from pairsolve.pairing.budgets.volume import climb

NO_LEVEL = 2**31 - 1  # an arc that no level has banned


@kernel(
    "int64(int64[::1], int64[::1], float64[::1], int64[::1], int64[::1], float64[::1], float64, int64[::1], "
    "int32[::1], int64)"
)
def forbid(start, jobs, costs, uses, left, price, gap, origin, ban, level):
    """Ban arcs that no assignment within the gap uses; return how many.

    An arc's penalty is what the linear relaxation of its agent's knapsack loses by it, less the relaxation's excess.
    """
    item, profit, weight, rows = working_space(start, left)
    chosen = np.empty(len(jobs), np.uint8)
    banned = 0
    for agent in range(len(left)):
        begin, end = start[agent], start[agent + 1]
        earned = best_load(begin, end, jobs, costs, uses, price, left[agent], chosen, item, profit, weight, rows)
        count, total = 0, 0
        for k in range(begin, end):
            gain = price[jobs[k]] - costs[k]
            profit[k] = gain
            weight[k] = uses[k]
            if gain > 0.0 and uses[k] > 0:
                item[count] = k
                count += 1
                total += uses[k]
        rate, ceiling = 0.0, 0.0
        if total > left[agent]:
            cut, used, gained = split(count, left[agent], item, profit, weight)
            rate = profit[item[cut]] / weight[item[cut]]
            ceiling = gained + rate * (left[agent] - used)
            for k in range(begin, end):
                if weight[k] == 0 and profit[k] > 0.0:
                    ceiling += profit[k]
        else:
            ceiling = earned
        for k in range(begin, end):
            if chosen[k] == 0:
                loss = rate * weight[k] - profit[k]
                if earned - (ceiling - loss) > gap + 1e-6:
                    ban[origin[k]] = level
                    banned += 1
    return banned


@kernel("uint8[::1](int64[::1], int64[::1], float64[::1], int64[::1], int64[::1], float64[::1], float64)")
def useful(first, job, cost, use, room, price, gap):
    """Return 1 for each arc that an assignment within the gap above the bound of these prices may use, else 0."""
    arcs = len(job)
    ban = np.zeros(arcs, np.int32)
    forbid(first, job, cost, use, room, price, gap, np.arange(arcs), ban, 1)
    keep = np.empty(arcs, np.uint8)
    for arc in range(arcs):
        keep[arc] = ban[arc] == 0
    return keep


@kernel(once=True)
def search(
    first, job, cost, use, room, price, means, agent_of, cutoff, unit, pace, steps, reach, discrepancies, nodes, work
):
    """Depth first through the field; see `complete`. ``means`` and ``agent_of`` are overwritten."""
    num_jobs, num_agents, num_arcs = len(agent_of), len(room), len(job)
    left = room.copy()
    paid = 0.0
    depth_most = num_jobs + 1
    owner = owners(first)
    uses = use.copy()
    ban = np.full(num_arcs, NO_LEVEL, np.int32)
    too_much = 1
    for agent in range(num_agents):
        too_much = max(too_much, room[agent] + 1)
    prices = np.empty((depth_most + 1, num_jobs), np.float64)
    for j in range(num_jobs):
        prices[0, j] = price[j]
    branch = np.zeros((depth_most, num_agents), np.int64)  # arcs of the children, surest first
    width = np.zeros(depth_most, np.int64)
    taken = np.full(depth_most, -1, np.int64)  # the child being looked at
    spent = np.zeros(depth_most + 1, np.int64)
    now = agent_of.copy()
    best = np.inf
    depth = 0
    looked = 0
    work[1] = 1
    down = True
    while True:
        if down:
            looked += 1
            free, start, origin, jobs, costs, fits = rest_of(first, job, cost, uses, now, left)
            size, arcs = len(free), len(jobs)
            alive = True
            if size == 0:
                if paid < cutoff:
                    best = paid
                    cutoff = paid
                    for j in range(num_jobs):
                        agent_of[j] = now[j]
                alive = False
            else:
                here = np.empty(size, np.float64)
                total = 0.0
                for j in range(size):
                    here[j] = prices[depth, free[j]]
                    total += here[j]
                mean = np.empty(arcs, np.float64)
                for k in range(arcs):
                    mean[k] = means[origin[k]]
                walk = np.full(1, pace)
                goal = cutoff - unit - paid + 1e-6
                aim = total + reach * abs(total)
                bound = climb(start, jobs, costs, fits, left, here, mean, walk, steps, aim, goal)
                work[0] += arcs * steps
                if bound > goal:
                    alive = False
                else:
                    for k in range(arcs):
                        means[origin[k]] = mean[k]
                    for j in range(size):
                        prices[depth + 1, free[j]] = here[j]
                    banned = forbid(start, jobs, costs, fits, left, here, goal - bound, origin, ban, depth)
                    if banned > 0:
                        for k in range(arcs):
                            if ban[origin[k]] == depth:
                                uses[origin[k]] = too_much
                    top = np.full(size, -1.0)
                    ways = np.zeros(size, np.int64)
                    for k in range(arcs):
                        if uses[origin[k]] < too_much:
                            ways[jobs[k]] += 1
                            top[jobs[k]] = max(top[jobs[k]], mean[k])
                    pick = -1
                    merit = -np.inf
                    for j in range(size):
                        if ways[j] == 0:
                            alive = False
                            break
                        score = top[j]
                        if ways[j] == 1:
                            score = 10.0
                        if score > merit:
                            merit = score
                            pick = j
                    if alive:
                        found = 0
                        for k in range(arcs):
                            if jobs[k] == pick and uses[origin[k]] < too_much:
                                place = found
                                while place > 0 and means[branch[depth, place - 1]] < mean[k]:
                                    branch[depth, place] = branch[depth, place - 1]
                                    place -= 1
                                branch[depth, place] = origin[k]
                                found += 1
                        width[depth] = found
                        taken[depth] = -1
            if not alive:
                width[depth] = 0
                taken[depth] = -1
            if looked >= nodes:
                work[1] = 0
                return best
        # the next child of this node, or back to its parent
        if taken[depth] >= 0:
            arc = branch[depth, taken[depth]]
            left[owner[arc]] += use[arc]
            paid -= cost[arc]
            now[job[arc]] = -1
        taken[depth] += 1
        if taken[depth] < width[depth] and spent[depth] + taken[depth] <= discrepancies:
            arc = branch[depth, taken[depth]]
            left[owner[arc]] -= use[arc]
            paid += cost[arc]
            now[job[arc]] = owner[arc]
            spent[depth + 1] = spent[depth] + taken[depth]
            depth += 1
            down = True
            continue
        if taken[depth] < width[depth]:
            work[1] = 0
        for arc in range(num_arcs):
            if ban[arc] >= depth and uses[arc] == too_much and ban[arc] != NO_LEVEL:
                ban[arc] = NO_LEVEL
                uses[arc] = use[arc]
        if depth == 0:
            return best
        depth -= 1
        down = False


@kernel(
    "float64(int64[::1], int64[::1], float64[::1], int64[::1], int64[::1], float64[::1], float64[::1], int64[::1], "
    "float64, float64, float64, int64, float64, int64, int64, int64[::1])"
)
def complete(
    first, job, cost, use, room, price, average, agent_of, cutoff, unit, pace, steps, reach, discrepancies, nodes, work
):
    """Give every job without an agent one at a cost below the cutoff; return the cost of all jobs, or infinity.

    Parameters
    ----------
    first, job, cost, use, room, price, average, agent_of
        As in `dive`; agent_of is left alone where nothing is found.
    cutoff
        Only assignments that cost less count.
    unit
        Costs are multiples of it.
    pace, steps, reach
        Of the volume algorithm at a node.
    discrepancies
        How often in all a branch may differ from the surest.
    nodes
        How many nodes to look at.
    work
        Evaluated arcs are added to the first entry; the second is 1 if the search came to its end without being
        held back by discrepancies or nodes, which is a proof. Shape (2,).
    """
    left = room.copy()
    paid = 0.0
    for agent in range(len(room)):
        for arc in range(first[agent], first[agent + 1]):
            if agent_of[job[arc]] == agent:
                left[agent] -= use[arc]
                paid += cost[arc]
    free, start, origin, jobs, costs, uses = rest_of(first, job, cost, use, agent_of, left)
    prices = np.empty(len(free), np.float64)
    for j in range(len(free)):
        prices[j] = price[free[j]]
    means = np.empty(len(jobs), np.float64)
    for k in range(len(jobs)):
        means[k] = average[origin[k]]
    agents = np.full(len(free), -1, np.int64)
    best = search(
        start,
        jobs,
        costs,
        uses,
        left,
        prices,
        means,
        agents,
        cutoff - paid,
        unit,
        pace,
        steps,
        reach,
        discrepancies,
        nodes,
        work,
    )
    if best < np.inf:
        for j in range(len(free)):
            agent_of[free[j]] = agents[j]
    return paid + best
