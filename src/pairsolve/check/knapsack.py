"""What a volunteer's best set of jobs earns: a table over minutes for every number of households, plainly filled.

Every job that earns something is put in, household by household; nothing is left out as unlikely.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pairsolve.compiled import kernel


@kernel("int64(int64[::1],int64[::1],int64[::1],int64[::1],int64[::1],int64[::1])")
def most_earned(first: Any, household: Any, minutes: Any, earned: Any, cap: Any, room: Any) -> int:
    """Return the sum over volunteers of the most that their jobs can earn.

    Parameters
    ----------
    first
        Where each volunteer's jobs begin, shape (volunteers + 1,).
    household, minutes, earned
        By job, those of a household one after another: minutes over the horizon, what it earns, above 0.
    cap, room
        By volunteer: most households, most minutes.
    """
    total = 0
    for one in range(len(cap)):
        begin, end = first[one], first[one + 1]
        homes, used, worth = 0, 0, 0
        for job in range(begin, end):
            used += minutes[job]
            worth += earned[job]
            if job == begin or household[job] != household[job - 1]:
                homes += 1
        if used <= room[one] and homes <= cap[one]:
            total += worth
            continue
        most = min(cap[one], homes)
        width = min(room[one], used) + 1
        table = np.zeros((most + 1, width), np.int64)
        inside = np.empty(width, np.int64)
        at = begin
        while at < end:
            last = at
            while last < end and household[last] == household[at]:
                last += 1
            for number in range(most, 0, -1):
                inside[:] = table[number - 1]
                for job in range(at, last):
                    for minute in range(width - 1, minutes[job] - 1, -1):
                        inside[minute] = max(inside[minute], inside[minute - minutes[job]] + earned[job])
                for minute in range(width):
                    table[number, minute] = max(table[number, minute], inside[minute])
            at = last
        total += table[most, width - 1]
    return total
