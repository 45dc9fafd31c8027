"""Branch and bound on the jobs without an agent, with Lagrangian bounds: a proof, or the best within a number of nodes.

Each node raises the job prices a little, removes arcs whose penalty exceeds what is left to gain, and branches on one
job, surest agent first. Source: Posta, Ferland and Michelon (2012), doi 10.1007/s10589-011-9432-0.
"""

from __future__ import annotations

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.pairing.budgets.dive import owners, rest_of
from pairsolve.pairing.budgets.field import Field
from pairsolve.pairing.budgets.knapsack import best_load, split, working_space
from pairsolve.pairing.budgets.problem import Floats, Ints
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


@kernel(
    "void(int64[::1], int64[::1], float64[::1], int64[::1], int64[::1], float64[::1], int64[::1], float64[::1], "
    "int64[::1], float64[:, ::1], int64[:, ::1], int64[:, ::1], int64[::1], int64[::1], int64[::1], int32[::1], "
    "float64, float64, int64, float64, int64, int64, int64[::1])"
)
def descend(
    first, job, cost, use, room, means, agent_of, marks, spot, prices, branch, path, now, left, uses, ban, unit, pace,
    steps, reach, discrepancies, nodes, work,
):  # fmt: skip
    """Go on with a tree, depth first, from where it was left.

    Parameters
    ----------
    first, job, cost, use, room
        The field of the jobs without an agent; see `pairsolve.pairing.budgets.field.Field`.
    means
        Average loads per arc, kept up to date.
    agent_of
        The best assignment, where one was found.
    marks
        What is paid at this place, the best cost (infinite = none), and the cost that must be beaten, shape (3,).
    spot
        Depth (-1 = the tree has ended), 1 once it has begun, and 1 once discrepancies cut something off, shape (3,).
    prices, branch, path
        By depth: prices of the jobs; arcs of the children, surest first; how many these are, the child being looked
        at (-1 = none), and the discrepancies so far, shape (3, jobs + 2).
    now, left, uses, ban
        The place itself: agents of jobs, room, uses of arcs, and the depth at which an arc was banned.
    unit
        Costs are multiples of it.
    pace, steps, reach
        Of the volume algorithm at a node.
    discrepancies
        How often in all a branch may differ from the surest.
    nodes
        How many nodes to look at.
    work
        Evaluated arcs are added to the first entry.
    """
    num_arcs = len(job)
    width, taken, spent = path[0], path[1], path[2]
    owner = owners(first)
    too_much = 1
    for agent in range(len(room)):
        too_much = max(too_much, room[agent] + 1)
    paid, best, cutoff = marks[0], marks[1], marks[2]
    depth = spot[0]
    looked = 0
    down = spot[1] == 0
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
                    for j in range(len(now)):
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
                spot[0], spot[1] = depth, 1
                marks[0], marks[1], marks[2] = paid, best, cutoff
                return
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
            spot[2] = 1
        for arc in range(num_arcs):
            if ban[arc] >= depth and uses[arc] == too_much and ban[arc] != NO_LEVEL:
                ban[arc] = NO_LEVEL
                uses[arc] = use[arc]
        if depth == 0:
            spot[0] = -1
            marks[0], marks[1], marks[2] = paid, best, cutoff
            return
        depth -= 1
        down = False


class Tree:
    """The jobs without an agent, and all ways to give them one; looked at in as many sittings as it takes.

    Parameters
    ----------
    field
        The arcs.
    price, average
        Prices of jobs and average loads of arcs to begin with.
    agent_of
        Agent of each job; -1 where it is to be found.
    cutoff
        Only assignments that cost less count.
    """

    def __init__(self, field: Field, price: Floats, average: Floats, agent_of: Ints, cutoff: float) -> None:
        agent, given = field.agent, agent_of[field.job]
        taken = given == agent
        self._paid = float(field.cost[taken].sum())
        left = field.room - np.bincount(agent[taken], field.use[taken], field.num_agents).astype(np.int64)
        self._given, self._free = agent_of, np.flatnonzero(agent_of < 0)
        rest = (given < 0) & (field.use <= left[agent])
        size = len(self._free)
        number = np.full(field.num_jobs, -1)
        number[self._free] = np.arange(size)
        part = field.kept(rest)
        self._field = part.first, number[part.job], part.cost, part.use, left
        self._best_of, self._means = np.full(size, -1), average[rest]
        self._marks, self._spot = np.array([0.0, np.inf, cutoff - self._paid]), np.zeros(3, np.int64)
        prices, branch = np.empty((size + 2, size)), np.zeros((size + 1, field.num_agents), np.int64)
        prices[0] = price[self._free]
        path = np.zeros((3, size + 2), np.int64)
        path[1] = -1
        ban = np.full(len(part.job), NO_LEVEL, np.int32)
        self._place = prices, branch, path, self._best_of.copy(), left.copy(), part.use.copy(), ban
        self._work = np.zeros(1, np.int64)

    @property
    def num_arcs(self) -> int:
        """Arcs of the jobs without an agent."""
        return len(self._means)

    @property
    def work(self) -> int:
        """Evaluated arcs so far."""
        return int(self._work[0])

    @property
    def proven(self) -> bool:
        """Whether all of it was looked at and discrepancies cut nothing off, so that nothing else is better."""
        return bool(self._spot[0] < 0 and self._spot[2] == 0)

    @property
    def best(self) -> float:
        """The cost of the best assignment of all jobs that was found, infinite where there is none."""
        return self._paid + float(self._marks[1])

    @property
    def agent_of(self) -> Ints:
        """That assignment."""
        agent_of = self._given.copy()
        agent_of[self._free] = self._best_of
        return agent_of

    def run(self, unit: float, pace: float, steps: int, reach: float, discrepancies: int, nodes: int) -> None:
        """Look at so many nodes more; see `descend`."""
        descend(
            *self._field, self._means, self._best_of, self._marks, self._spot, *self._place, unit, pace, steps, reach,
            discrepancies, nodes, self._work,
        )  # fmt: skip
