"""A centre for each carer's round, because carers' homes are not in the data.

Pairing sees minutes from the volunteer's place; from nowhere it would send a carer all over the town, and half of the
visits would then not fit behind one another. A centre is a client's place, chosen so that the visits around it fill the
carer's shifts with least travel. It is a device of the adapter and says nothing about where anybody lives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmarks.homecare import CareWeek

MIDDAY = 15 * 60  # the agency plans nothing between 14:00 and 16:00
BETWEEN = 6  # minutes from one visit to the next that a shift loses


def centres(week: CareWeek) -> dict[str, str]:
    """Return the client at the centre of each carer's round; the longest shifts choose first.

    Parameters
    ----------
    week
        The week; demand and shifts are compared by half day.
    """
    visited = {visit.client for visit in week.visits}
    clients = [client for client in week.clients if client in visited]
    rows = np.array([week.clients.index(client) for client in clients])
    minutes = np.array(week.seconds)[np.ix_(rows, rows)] / 60.0
    number = {client: index for index, client in enumerate(clients)}
    demand = np.zeros((len(clients), 2 * len(week.days)))
    for visit in week.visits:
        half = 2 * week.days.index(visit.day) + (visit.start >= MIDDAY)
        demand[number[visit.client], half] += visit.crew * (visit.minutes + BETWEEN)
    capacity = {carer: _capacity(week, carer) for carer in week.shifts}
    order = np.argsort(minutes, axis=1, kind="stable")
    whole = demand.copy()
    chosen = {}
    for carer in sorted(capacity, key=lambda name: (-capacity[name].sum(), name)):
        if np.minimum(demand.sum(axis=0), capacity[carer]).sum() < capacity[carer].sum() / 2:
            demand = demand + whole  # there are more shifts than work: the rest go round again
        taken = [_around(demand[nearest], capacity[carer]) for nearest in order]
        # Minutes that no visit fills count as an hour away, so that a centre far from all work is not the best.
        costs = [
            float(
                (take.sum(axis=1) * minutes[centre, order[centre]]).sum() + 60.0 * (capacity[carer].sum() - take.sum())
            )
            for centre, take in enumerate(taken)
        ]
        best = int(np.argmin(costs))
        demand[order[best]] -= taken[best]
        chosen[carer] = clients[best]
    return chosen


def _capacity(week: CareWeek, carer: str) -> np.ndarray:
    """Return the minutes on duty by half day."""
    room = np.zeros(2 * len(week.days))
    for day, blocks in week.shifts[carer].items():
        for begin, end in blocks:
            early = max(0, min(end, MIDDAY) - begin)
            room[2 * week.days.index(day)] += early
            room[2 * week.days.index(day) + 1] += end - begin - early
    return room


def _around(demand: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Fill the room of each half day with demand, nearest clients (rows) first."""
    reached = np.minimum(np.cumsum(demand, axis=0), room)
    return np.diff(reached, axis=0, prepend=0.0)
