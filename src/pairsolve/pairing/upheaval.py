"""Ruin and recreate: the jobs of a few volunteers who live close are taken away and given out anew, compiled.

An uncovered job chooses where; everything that becomes free there is offered first to the more important and the
shorter jobs, covered or not, with some chance. What is no better is undone. Jobs of crews and events keep their people.
Source: Schrimpf, Schneider, Stamm-Wilbrandt, Dueck, *Record breaking optimization results using the ruin and recreate
principle*, doi 10.1006/jcph.1999.6413.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pairsolve.compiled import kernel
from pairsolve.pairing.bookings import fits, give, may_go, take

I4, I8 = "int32[::1]", "int64[::1]"
TABLE = "int32[:,::1]"
MOST_TOUCHED = 160  # jobs that one round may touch
FOUND = 3  # places compared before the cheapest of them is taken


@kernel()
def draw(state: Any, below: int) -> int:
    """Return a random number from 0 to below − 1 (xorshift, Marsaglia, doi 10.18637/jss.v008.i14)."""
    x = state[0]
    x ^= x << 13
    x ^= (x >> 7) & 0x01FFFFFFFFFFFFFF
    x ^= x << 17
    state[0] = x
    return int(((x >> 20) & 0x7FFFFFFF) % below)


@kernel(
    f"int64(int64,int64,{I8},int64,{I4},{I4},{I4},{I4},{I8},{I4},{I4},{I4},{I8},{I4},{I4},{I4},{I8},{I8},{I4},{I4},{I4},"
    f"{I4},{TABLE},{TABLE},{TABLE},{I8},{I8},{I8},int64)"
)
def upheave(
    rounds: int, leeway: int, state: Any, side: int, sides: Any, home: Any, rank: Any, visits: Any, seat_first: Any,
    seat_volunteer: Any, seat_use: Any, seat_cost: Any, near_first: Any, near: Any, held: Any, frozen: Any, left: Any,
    visits_left: Any, pairs: Any, caps: Any, least: Any, faces_left: Any, pair_home: Any, pair_jobs: Any,
    pair_locked: Any, quota_bits: Any, quota_room: Any, quota_spare: Any, look: int,
) -> int:  # fmt: skip
    """Upheave around uncovered jobs, one after another; return how often more was covered.

    An upheaval is kept where it covers more of the most important class it changes anything in, or as much of every
    class with ways that get longer by the leeway at most, which shrinks to nothing.

    Parameters
    ----------
    rounds, leeway
        How many upheavals, and what the first may cost.
    state
        State of the random numbers, shape (1,); changed in place.
    side, sides
        Only jobs of this side are touched; whoever is frozen must be all volunteers that others touch meanwhile.
    home, rank, visits, seat_first, seat_volunteer, seat_use, held, frozen, left, …, quota_spare
        As for `pairsolve.pairing.ejection.cover`.
    seat_cost
        What counts where as much is covered.
    near_first, near
        Jobs to which each volunteer is close.
    look
        Seats looked at for a job.
    """
    num_jobs, num_volunteers = len(held), len(left)
    first, after = np.full(num_volunteers, -1, np.int32), np.full(num_jobs, -1, np.int32)
    open_jobs, place = np.empty(num_jobs, np.int32), np.full(num_jobs, -1, np.int32)
    num_open = 0
    for job in range(num_jobs):
        if sides[job] != side:
            continue
        if held[job] >= 0:
            volunteer = seat_volunteer[held[job]]
            after[job] = first[volunteer]
            first[volunteer] = job
        elif held[job] == -1 and seat_first[job + 1] > seat_first[job]:
            open_jobs[num_open], place[job] = job, num_open
            num_open += 1
    classes = 1
    for job in range(num_jobs):
        classes = max(classes, rank[job] + 1)
    lost = np.zeros(classes, np.int64)
    stamp = np.full(num_jobs, -1, np.int64)
    chosen = np.empty(8, np.int32)
    touched, origin, key = (
        np.empty(MOST_TOUCHED, np.int32),
        np.empty(MOST_TOUCHED, np.int64),
        np.empty(MOST_TOUCHED, np.int64),
    )
    improved = 0
    for number in range(rounds):
        if num_open == 0:
            break
        root = open_jobs[draw(state, num_open)]
        span = min(look, seat_first[root + 1] - seat_first[root])
        volunteer = seat_volunteer[seat_first[root] + draw(state, draw(state, span) + 1)]
        if frozen[volunteer]:
            continue
        most = 2 + draw(state, 5)
        chosen[0], count = volunteer, 1
        for _ in range(3 * most):
            if count == most:
                break
            volunteer = chosen[draw(state, count)]
            span = near_first[volunteer + 1] - near_first[volunteer]
            if span == 0:
                continue
            job = near[near_first[volunteer] + draw(state, span)]
            span = min(look, seat_first[job + 1] - seat_first[job])
            volunteer = seat_volunteer[seat_first[job] + draw(state, draw(state, span) + 1)]
            known = frozen[volunteer] > 0
            for i in range(count):
                known |= chosen[i] == volunteer
            if not known:
                chosen[count] = volunteer
                count += 1
        # ruin
        size, cost = 0, 0
        lost[:] = 0
        for i in range(count):
            volunteer = chosen[i]
            job = first[volunteer]
            while job >= 0:
                following = after[job]
                if size < MOST_TOUCHED // 2 and may_go(
                    volunteer, home[job], pairs, least, pair_home, pair_jobs, pair_locked, quota_bits, quota_spare
                ):
                    seat = held[job]
                    take(
                        job, home, visits, seat_volunteer, seat_use, held, first, after, left, visits_left, pairs,
                        faces_left, pair_home, pair_jobs, quota_bits, quota_room, quota_spare,
                    )  # fmt: skip
                    touched[size], origin[size] = job, seat
                    stamp[job] = number
                    size += 1
                    lost[rank[job]] += 1
                    cost -= seat_cost[seat]
                job = following
        if stamp[root] != number:
            touched[size], origin[size] = root, -1
            stamp[root] = number
            size += 1
        for i in range(count):
            for j in range(near_first[chosen[i]], near_first[chosen[i] + 1]):
                job = near[j]
                if sides[job] != side or held[job] != -1:
                    continue
                if stamp[job] != number and size < MOST_TOUCHED and draw(state, 2) == 0:
                    touched[size], origin[size] = job, -1
                    stamp[job] = number
                    size += 1
        for i in range(size):
            job = touched[i]
            key[i] = (rank[job] << 40) + seat_use[seat_first[job]] * (8 + draw(state, 16))
        for i in range(1, size):
            job, seat, value = touched[i], origin[i], key[i]
            j = i
            while j > 0 and key[j - 1] > value:
                touched[j], origin[j], key[j] = touched[j - 1], origin[j - 1], key[j - 1]
                j -= 1
            touched[j], origin[j], key[j] = job, seat, value
        # recreate
        for i in range(size):
            job = touched[i]
            best, found = -1, 0
            for seat in range(seat_first[job], min(seat_first[job + 1], seat_first[job] + look)):
                volunteer = seat_volunteer[seat]
                if frozen[volunteer] or left[volunteer] < seat_use[seat]:
                    continue
                if best >= 0 and seat_cost[seat] >= seat_cost[best]:
                    continue
                if draw(state, 16) == 0:
                    continue
                if fits(
                    volunteer, home[job], seat_use[seat], visits[job], left, visits_left, pairs, caps, faces_left,
                    pair_home, quota_bits, quota_room,
                ):  # fmt: skip
                    best = seat
                    found += 1
                    if found == FOUND:
                        break
            if best < 0:
                continue
            give(
                job, best, home, visits, seat_volunteer, seat_use, held, first, after, left, visits_left, pairs,
                faces_left, pair_home, pair_jobs, quota_bits, quota_room, quota_spare,
            )  # fmt: skip
            lost[rank[job]] -= 1
            cost += seat_cost[best]
        verdict = 0
        for i in range(classes):
            if lost[i] != 0:
                verdict = -1 if lost[i] > 0 else 1
                break
        if verdict == 0 and cost <= leeway * (rounds - number) // rounds:
            verdict = 2
        if verdict <= 0:
            for i in range(size):
                job = touched[i]
                if held[job] >= 0:
                    take(
                        job, home, visits, seat_volunteer, seat_use, held, first, after, left, visits_left, pairs,
                        faces_left, pair_home, pair_jobs, quota_bits, quota_room, quota_spare,
                    )  # fmt: skip
            for i in range(size):
                job, seat = touched[i], origin[i]
                if seat >= 0:
                    give(
                        job, seat, home, visits, seat_volunteer, seat_use, held, first, after, left, visits_left, pairs,
                        faces_left, pair_home, pair_jobs, quota_bits, quota_room, quota_spare,
                    )  # fmt: skip
            continue
        if verdict == 1:
            improved += 1
        for i in range(size):
            job = touched[i]
            if held[job] >= 0 and place[job] >= 0:
                num_open -= 1
                other = open_jobs[num_open]
                open_jobs[place[job]], place[other] = other, place[job]
                place[job] = -1
            elif held[job] == -1 and place[job] < 0:
                open_jobs[num_open], place[job] = job, num_open
                num_open += 1
    return improved
