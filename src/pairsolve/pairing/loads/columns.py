"""Whole loads that came up while prices moved, and the best choice among them: price, then branch.

Source: Barnhart et al. (1998), Branch-and-price: column generation for solving huge integer programs,
doi 10.1287/opre.46.3.316; here only the loads of the root come into question.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from pairsolve.pairing.loads.field import Arcs, Field, Floats
from pairsolve.problem import Bools, Ints

MOST_EACH = 24
"""Loads of a volunteer that come into question, the dearest left out."""
NODES = 400
"""Nodes of branch and bound."""
RESERVE = 0.05
"""What all the minutes of a volunteer cost, as a share of a need: loads that leave room for others are better."""


@dataclass(frozen=True)
class Columns:
    """Different loads.

    Parameters
    ----------
    volunteer
        Whose load it is, shape (loads,), ascending.
    first, arc
        Where each load's arcs begin, shape (loads + 1,), and the arcs.
    """

    volunteer: Ints
    first: Ints
    arc: Ints


class Harvest:
    """Gathers the loads of an ascent.

    Parameters
    ----------
    arcs
        What loads are made of.
    """

    def __init__(self, arcs: Arcs) -> None:
        self._owner = arcs.owners
        self._key = np.random.Generator(np.random.PCG64(1)).integers(1, 1 << 62, len(arcs.group), dtype=np.uint64)
        self._num_volunteers = len(arcs.edges) - 1
        self._known: set[int] = set()
        self._parts: list[tuple[Ints, Ints]] = []

    def add(self, taken: Ints) -> None:
        """Take the loads that are new; `taken` are the arcs of one load of each volunteer, volunteer by volunteer."""
        owner = self._owner[taken]
        key = np.zeros(self._num_volunteers, np.uint64)
        np.add.at(key, owner, self._key[taken])
        asked = np.unique(owner)
        new = np.array([one not in self._known for one in key[asked].tolist()], np.bool_)
        self._known.update(key[asked[new]].tolist())
        is_new = np.zeros(self._num_volunteers, np.bool_)
        is_new[asked[new]] = True
        kept = is_new[owner]
        self._parts.append((owner[kept], taken[kept]))

    def columns(self) -> Columns:
        """Return all loads, volunteer by volunteer."""
        number, owners, arcs, count = [], [], [], 0
        for owner, taken in self._parts:
            fresh = np.diff(owner, prepend=-1) != 0
            number.append(count + np.cumsum(fresh) - 1)
            owners.append(owner)
            arcs.append(taken)
            count += int(fresh.sum())
        load, owner, arc = (np.concatenate([np.zeros(0, np.int64), *part]) for part in (number, owners, arcs))
        order = np.lexsort((load, owner))
        load, owner, arc = load[order], owner[order], arc[order]
        first = np.flatnonzero(np.diff(load, prepend=-1) != 0)
        return Columns(owner[first], np.append(first, len(arc)).astype(np.int64), arc)


def some_of(columns: Columns, kept: Ints) -> Columns:
    """Return some of the loads, by ascending number."""
    sizes = np.diff(columns.first)[kept]
    ends = np.cumsum(sizes)
    places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(columns.first[kept] - ends + sizes, sizes)
    return Columns(columns.volunteer[kept], np.append(0, ends).astype(np.int64), columns.arc[places])


def best_few(columns: Columns, earned: Floats, most: int = MOST_EACH) -> Columns:
    """Return the loads that earn most, a few of each volunteer; `earned` by load."""
    order = np.lexsort((-earned, columns.volunteer))
    rank = np.arange(len(order)) - np.searchsorted(columns.volunteer, columns.volunteer[order])
    return some_of(columns, np.sort(order[rank < most]))


def choose(field: Field, arcs: Arcs, columns: Columns, seats: Ints, worth: Floats) -> Ints:
    """Choose one load for each volunteer so that what stays uncovered is worth least.

    Parameters
    ----------
    field, arcs, columns
        What there is to choose from; every volunteer of the region has a load, be it the one held now.
    seats
        By seat group: how many volunteers of the region fill it; 0 where others do.
    worth
        What leaving each job uncovered costs.

    Returns
    -------
    ndarray
        Numbers of the chosen loads; empty when nothing was found.
    """
    load = np.repeat(np.arange(len(columns.volunteer)), np.diff(columns.first))
    group = arcs.group[columns.arc]
    useful = (seats[group] > 0) & (worth[field.group_job[group]] > 0)
    groups, group_row = np.unique(group[useful], return_inverse=True)
    jobs, job_row = np.unique(field.group_job[groups], return_inverse=True)
    volunteers, volunteer_row = np.unique(columns.volunteer, return_inverse=True)
    num_groups, num_jobs, num_loads = len(groups), len(jobs), len(columns.volunteer)
    short = seats[groups].astype(np.float64)
    entries = (
        (np.minimum(field.heads[columns.volunteer[load[useful]]], field.people[group[useful]]).astype(float),
         group_row, num_jobs + load[useful]),
        (short, np.arange(num_groups), job_row),
        (np.ones(num_loads), num_groups + volunteer_row, num_jobs + np.arange(num_loads)),
    )
    data, row, column = (np.concatenate([entry[k] for entry in entries]) for k in range(3))
    shape = num_groups + len(volunteers), num_jobs + num_loads
    minutes = np.bincount(load, arcs.use[columns.arc], num_loads) / np.maximum(field.room[columns.volunteer], 1)
    answer = milp(
        np.concatenate([worth[jobs], RESERVE * minutes]),
        constraints=LinearConstraint(
            csr_array((data, (row, column)), shape=shape),
            np.concatenate([short, np.full(len(volunteers), -np.inf)]),
            np.concatenate([np.full(num_groups, np.inf), np.ones(len(volunteers))]),
        ),
        integrality=np.ones(shape[1]), bounds=Bounds(0, 1), options={"node_limit": NODES, "mip_rel_gap": 0.0},
    )  # fmt: skip
    return np.zeros(0, np.int64) if answer.x is None else np.flatnonzero(answer.x[num_jobs:] > 0.5)
