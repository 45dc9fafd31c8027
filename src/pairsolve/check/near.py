"""A loop over volunteers and the places around them, as the crow flies: pairs within reach that skills allow.

Compiled, because a city has hundreds of millions of them. Every pair within reach is looked at; written down are those
whose prices may be wrong, and as many others as a volunteer is asked for.
Nothing is guessed: places lie in strips of one coordinate, each strip sorted by another, and what is skipped differs
from the volunteer by more than the radius in one of the two, so that the chord, which is longer than either difference,
is above the radius as well.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pairsolve.compiled import kernel

EARTH_KM = 6371.0088


@kernel(
    "UniTuple(int64,2)(float64[:,::1],float64[::1],int64[::1],float64[::1],boolean[:,::1],int64[::1],"
    "int64,int64,float64,float64,int64[::1],float64[:,::1],float64[::1],int64[::1],int64[::1],int64[::1],int64[::1],"
    "boolean[:,::1],float64,float64,float64[::1],float64[::1],int64[::1],int64[::1],int64[::1],boolean[::1],"
    "int64[::1],int64[::1],int64[::1],boolean[::1],int32[::1],int32[::1],int32[::1],int64[::1])"
)
def pairs_within_reach(  # noqa: PLR0912  # one loop nest: calls would hide what is hot
    point: Any, factor: Any, reach: Any, radius: Any, suits: Any, scope: Any,
    across: int, along: int, low: float, width: float, strip_first: Any, place: Any, place_factor: Any,
    job_first: Any, jobs: Any, demand: Any, area: Any,
    allowed: Any, start: float, pace: float, knots: Any, detours: Any,
    rank: Any, price: Any, want: Any, known: Any, job_rank: Any, job_price: Any, job_rate: Any, job_known: Any,
    row: Any, job: Any, minutes: Any, written: Any,
) -> tuple[int, int]:  # fmt: skip
    """Write down pairs until the room is full; return how many volunteers are done and how many pairs that makes.

    A volunteer whose pairs no longer fit is left for the next call. Prices are right without a closer look when the
    volunteer's rank is higher, or it is equal and the volunteer's price with the cost of travel is higher.
    """
    count, strips, last = 0, len(strip_first) - 1, len(knots) - 1
    for who in range(len(point)):
        begin, r = count, radius[who]
        lowest = max(0, int(np.floor((point[who, across] - r - low) / width)))
        highest = min(strips - 1, int(np.floor((point[who, across] + r - low) / width)))
        for strip in range(lowest, highest + 1):
            left, ends = strip_first[strip], strip_first[strip + 1]
            while left < ends:  # the first place that is not too far on one side
                middle = (left + ends) >> 1
                if place[middle, along] < point[who, along] - r:
                    left = middle + 1
                else:
                    ends = middle
            for at in range(left, strip_first[strip + 1]):
                if place[at, along] > point[who, along] + r:
                    break
                x, y, z = place[at, 0] - point[who, 0], place[at, 1] - point[who, 1], place[at, 2] - point[who, 2]
                squared = x * x + y * y + z * z
                if squared > r * r:
                    continue
                if squared > 0.1:
                    km = EARTH_KM * (2.0 * np.arcsin(min(np.sqrt(squared) / 2.0, 1.0)))
                else:
                    series = 1.0 / 24.0 + squared * (3.0 / 640.0 + squared * (5.0 / 7168.0))
                    km = EARTH_KM * (np.sqrt(squared) * (1.0 + squared * series))
                knot = 0
                while knot < last and knots[knot + 1] <= km:
                    knot += 1
                detour = detours[knot]
                if knots[0] < km and knot < last:
                    slope = (detours[knot + 1] - detours[knot]) / (knots[knot + 1] - knots[knot])
                    detour = slope * (km - knots[knot]) + detours[knot]
                raw = (start + km * detour * pace) * max(factor[who], place_factor[at])
                if raw > 1e6:
                    continue
                whole = int(np.ceil(np.rint(raw * 1e9) / 1e9))
                if whole > reach[who]:
                    continue
                for n in range(job_first[at], job_first[at + 1]):
                    one = jobs[n]
                    if suits[who, demand[one]] and allowed[scope[who], area[one]]:
                        right = rank[who] > job_rank[one] or (
                            rank[who] == job_rank[one] and price[who] + job_rate[one] * whole > job_price[one]
                        )
                        if right and count - begin >= want[who] and not (known[who] and job_known[one]):
                            continue
                        if count == len(row):
                            return who, begin
                        row[count], job[count], minutes[count] = who, one, whole
                        count += 1
        written[who] = count - begin
    return len(point), count
