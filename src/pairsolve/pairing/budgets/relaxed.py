"""The relaxation at the root: prices, average loads, the bound, and which arcs it leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pairsolve.pairing.budgets.clock import Clock
from pairsolve.pairing.budgets.field import SCALE, Field
from pairsolve.pairing.budgets.problem import LARGEST, Bools, Floats
from pairsolve.pairing.budgets.tree import useful
from pairsolve.pairing.budgets.volume import climb, first_prices

REACH = 0.003
"""How far above the bound the volume algorithm aims, as a share."""
CHUNK = 100
MOST_CHUNKS = 15
SLIGHT = 0.02
"""Units of cost; chunks that raise the bound by less count as idle."""
IDLE = 6


@dataclass(frozen=True)
class Relaxed:
    """Prices and what they show.

    Parameters
    ----------
    field
        What was relaxed.
    price
        Per job, in parts of a unit.
    average
        Per arc: how often the relaxed optimum takes it.
    raw
        The bound of the prices, in parts of a unit.
    bound
        The best proven bound in units of cost; `LARGEST` if nothing is feasible.
    dearest
        No assignment costs more, in units of cost.
    work
        Evaluated arcs.
    """

    field: Field
    price: Floats
    average: Floats
    raw: float
    bound: int
    dearest: int
    work: int

    def within(self, value: int) -> Relaxed:
        """Return the relaxation without the arcs that no assignment cheaper than value uses."""
        gap = (value - 1) * SCALE - self.raw
        keep = useful(*self.field.arrays, self.price, gap).astype(bool)
        return replace(self, field=self.field.kept(keep), average=self.average[keep])

    def present(self) -> Bools:
        """Return which arcs are left as a matrix, shape (agents, jobs)."""
        table = np.zeros((self.field.num_agents, self.field.num_jobs), np.bool_)
        table[self.field.agent, self.field.job] = True
        return table

    def surety(self) -> Floats:
        """Return the average as a matrix, shape (agents, jobs)."""
        table = np.zeros((self.field.num_agents, self.field.num_jobs))
        table[self.field.agent, self.field.job] = self.average
        return table


def relax(field: Field, clock: Clock) -> Relaxed:
    """Return the relaxation of a field in which every job has an arc; the clock may end it early."""
    price = first_prices(*field.arrays, field.num_jobs, 400)
    dearest = np.full(field.num_jobs, -np.inf)
    np.maximum.at(dearest, field.job, field.cost)
    average, pace = np.zeros(field.num_arcs), np.array([0.1])
    raw, idle, work, target = -np.inf, 0, 0, float(price.sum())
    for _ in range(MOST_CHUNKS):
        aim = target + max(SCALE, REACH * abs(target))
        risen = climb(*field.arrays, price, average, pace, CHUNK, aim, np.inf)
        idle = idle + 1 if risen < raw + SLIGHT * SCALE else 0
        raw = target = max(raw, risen)
        pace[0] = max(pace[0], 0.01)
        work += CHUNK * field.num_arcs
        if idle >= IDLE or raw > dearest.sum() or clock.stopped:
            break
    feasible = raw <= dearest.sum()
    bound = int(np.ceil(raw / SCALE)) if feasible else LARGEST
    return Relaxed(field, price, average, raw, bound, round(dearest.sum() / SCALE), work)
