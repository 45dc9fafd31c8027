"""Ejection chains: an uncovered job takes somebody's time, who hands a job on to somebody else, and so on.

Breadth first over the jobs for one person, compiled: the shortest chain that ends where there is room covers one job
more; where none ends there, a job of a less important class may be left uncovered instead. Jobs of crews and events
keep their people. Source: Glover, *Ejection chains, reference structures and alternating path methods for traveling
salesman problems*, doi 10.1016/0166-218X(94)00037-E; here on the generalised assignment of hours.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.pairing.bookings import book, fits, may_go, unlink

I4, I8 = "int32[::1]", "int64[::1]"
TABLE = "int32[:,::1]"
NEVER = (1 << 31) - 1


@kernel(
    f"int64({I4},{I4},{I4},{I4},{I8},{I4},{I4},{I4},{I4},{I8},{I8},{I4},{I4},{I4},{I4},{TABLE},{TABLE},{TABLE},"
    f"{I8},{I8},{I8},int64,int64)"
)
def cover(
    queue: Any, home: Any, rank: Any, visits: Any, seat_first: Any, seat_volunteer: Any, seat_use: Any, held: Any,
    frozen: Any, left: Any, visits_left: Any, pairs: Any, caps: Any, least: Any, faces_left: Any, pair_home: Any,
    pair_jobs: Any, pair_locked: Any,
    quota_bits: Any, quota_room: Any, quota_spare: Any, look: int, most_jobs: int,
) -> int:  # fmt: skip
    """Cover jobs one after another by the shortest chain; return how many were covered.

    Where a search led nowhere, later ones do not go again with as many minutes or more, unless a chain changed
    something there: this takes most of the time off a city in which many needs stay uncovered.

    Parameters
    ----------
    queue
        Uncovered jobs for one person, most important first.
    home, rank, visits, seat_first, seat_volunteer, seat_use
        By job: household, priority class, fewest visits, and its seats with volunteer and minutes over the horizon,
        nearest first.
    held
        Seat of each job, -1 = uncovered, -2 = not for chains; changed in place.
    frozen
        1 for volunteers whom chains leave alone.
    left, visits_left, pairs, caps, least, faces_left, pair_home, pair_jobs, pair_locked
        Minutes and visits left, number of pairs with its limits, room of households; the pairs with their jobs, shape
        (volunteers, slots); changed in place.
    quota_bits, quota_room, quota_spare
        Team quotas of each volunteer as bits; pairs that may still come and go.
    look, most_jobs
        Seats looked at for a job in a chain, and jobs in a search.
    """
    num_jobs, num_volunteers = len(held), len(left)
    most_asked = 8 * most_jobs
    first, after = np.full(num_volunteers, -1, np.int32), np.full(num_jobs, -1, np.int32)
    for job in range(num_jobs):
        if held[job] >= 0:
            volunteer = seat_volunteer[held[job]]
            after[job] = first[volunteer]
            first[volunteer] = job
    seen_job, seen_volunteer = np.full(num_jobs, -1, np.int64), np.full(num_volunteers, -1, np.int64)
    closed = np.full(num_volunteers, NEVER, np.int32)  # minutes for which a search over a volunteer led nowhere
    asked, asked_use = np.empty(most_asked, np.int32), np.empty(most_asked, np.int32)
    parent, through = np.empty(num_jobs, np.int32), np.empty(num_jobs, np.int64)
    reached = np.empty(most_jobs + 1, np.int32)
    path, target, origin = np.empty(most_jobs, np.int32), np.empty(most_jobs, np.int64), np.empty(most_jobs, np.int64)
    covered = 0
    for number in range(len(queue)):
        root = queue[number]
        if held[root] != -1:
            continue
        reached[0], size, at, num_asked = root, 1, 0, 0
        seen_job[root] = number
        end_job, end_seat = -1, -1
        while at < size and end_job < 0:
            job = reached[at]
            at += 1
            last = seat_first[job + 1] if job == root else min(seat_first[job + 1], seat_first[job] + look)
            for seat in range(seat_first[job], last):
                volunteer = seat_volunteer[seat]
                if frozen[volunteer] or (held[job] >= 0 and seat_volunteer[held[job]] == volunteer):
                    continue
                if seat_use[seat] >= closed[volunteer]:
                    continue
                if fits(
                    volunteer,
                    home[job],
                    seat_use[seat],
                    visits[job],
                    left,
                    visits_left,
                    pairs,
                    caps,
                    faces_left,
                    pair_home,
                    quota_bits,
                    quota_room,
                ):
                    end_job, end_seat = job, seat
                    break
                if seen_volunteer[volunteer] == number or size > most_jobs - 2 or seat >= seat_first[job] + look:
                    continue
                if num_asked < most_asked:
                    asked[num_asked], asked_use[num_asked] = volunteer, seat_use[seat]
                    num_asked += 1
                other = first[volunteer]
                while other >= 0:
                    if seen_job[other] != number and may_go(
                        volunteer, home[other], pairs, least, pair_home, pair_jobs, pair_locked, quota_bits, quota_spare
                    ):
                        use = seat_use[held[other]]
                        book(
                            volunteer, home[other], -use, visits[other], left, visits_left, pairs, faces_left,
                            pair_home, pair_jobs, quota_bits,
                            quota_room, quota_spare,
                        )  # fmt: skip
                        if fits(
                            volunteer, home[job], seat_use[seat], visits[job], left, visits_left, pairs, caps,
                            faces_left, pair_home, quota_bits,
                            quota_room,
                        ) and size < most_jobs:  # fmt: skip
                            seen_job[other], seen_volunteer[volunteer] = number, number
                            parent[other], through[other] = job, seat
                            reached[size] = other
                            size += 1
                        book(
                            volunteer, home[other], use, visits[other], left, visits_left, pairs, faces_left,
                            pair_home, pair_jobs, quota_bits,
                            quota_room, quota_spare,
                        )  # fmt: skip
                    other = after[other]
        if end_job < 0:  # somebody less important gives way
            for i in range(1, size):
                if rank[reached[i]] > rank[root] and (end_job < 0 or rank[reached[i]] > rank[end_job]):
                    end_job = reached[i]
        if end_job < 0:
            for i in range(num_asked):
                closed[asked[i]] = min(closed[asked[i]], asked_use[i])
            continue
        # the jobs of the chain leave their places, then take the new ones
        length, job, seat = 0, end_job, end_seat
        while True:
            path[length], target[length], origin[length] = job, seat, held[job]
            length += 1
            if job == root:
                break
            job, seat = parent[job], through[job]
        for i in range(length):
            if origin[i] >= 0:
                job, volunteer = path[i], seat_volunteer[origin[i]]
                book(
                    volunteer, home[job], -seat_use[origin[i]], visits[job], left, visits_left, pairs, faces_left,
                    pair_home, pair_jobs,
                    quota_bits,
                    quota_room, quota_spare,
                )  # fmt: skip
        done = 0
        while done < length:
            job, seat = path[done], target[done]
            if seat >= 0:
                volunteer = seat_volunteer[seat]
                if not fits(
                    volunteer,
                    home[job],
                    seat_use[seat],
                    visits[job],
                    left,
                    visits_left,
                    pairs,
                    caps,
                    faces_left,
                    pair_home,
                    quota_bits,
                    quota_room,
                ):
                    break
                book(
                    volunteer, home[job], seat_use[seat], visits[job], left, visits_left, pairs, faces_left,
                    pair_home, pair_jobs, quota_bits,
                    quota_room, quota_spare,
                )  # fmt: skip
            done += 1
        if done < length:  # two links of the chain share a household or a quota: back to where it was
            for i in range(done):
                if target[i] >= 0:
                    book(
                        seat_volunteer[target[i]], home[path[i]], -seat_use[target[i]], visits[path[i]], left,
                        visits_left, pairs, faces_left,
                        pair_home, pair_jobs, quota_bits, quota_room, quota_spare,
                    )  # fmt: skip
            for i in range(length):
                if origin[i] >= 0:
                    book(
                        seat_volunteer[origin[i]], home[path[i]], seat_use[origin[i]], visits[path[i]], left,
                        visits_left, pairs, faces_left,
                        pair_home, pair_jobs, quota_bits, quota_room, quota_spare,
                    )  # fmt: skip
            continue
        for i in range(length):
            if origin[i] >= 0:
                unlink(path[i], seat_volunteer[origin[i]], first, after)
        for i in range(length):
            if origin[i] >= 0:
                closed[seat_volunteer[origin[i]]] = NEVER
            held[path[i]] = target[i]
            if target[i] >= 0:
                volunteer = seat_volunteer[target[i]]
                after[path[i]] = first[volunteer]
                first[volunteer] = path[i]
        covered += 1
    return covered
