"""Jobs booked on volunteers and taken off again, for compiled searches: hours, visits, pairs, faces and team quotas.

Small helpers of `pairsolve.pairing.ejection` and `pairsolve.pairing.upheaval`, compiled with them.
"""

from __future__ import annotations

from typing import Any

from pairsolve.compiled import kernel


@kernel()
def slot_of(volunteer: int, household: int, pair_home: Any) -> int:
    """Return where a pair stands in the volunteer's list, -1 = nowhere."""
    for slot in range(pair_home.shape[1]):
        if pair_home[volunteer, slot] == household:
            return slot
    return -1


@kernel()
def allowed(bits: int, quota_left: Any) -> bool:
    """Say whether all team quotas with a bit have something left."""
    for quota in range(len(quota_left)):
        if (bits >> quota) & 1 and quota_left[quota] <= 0:
            return False
    return True


@kernel()
def fits(
    volunteer: int, household: int, use: int, visits: int, left: Any, visits_left: Any, pairs: Any, caps: Any,
    faces_left: Any, pair_home: Any, quota_bits: Any, quota_room: Any,
) -> bool:  # fmt: skip
    """Say whether a volunteer has room for one more job of a household."""
    if use > left[volunteer] or visits > visits_left[volunteer]:
        return False
    if slot_of(volunteer, household, pair_home) >= 0:
        return True
    if pairs[volunteer] >= caps[volunteer] or faces_left[household] <= 0:
        return False
    return allowed(quota_bits[volunteer], quota_room)


@kernel()
def may_go(
    volunteer: int, household: int, pairs: Any, least: Any, pair_home: Any, pair_jobs: Any, pair_locked: Any,
    quota_bits: Any, quota_spare: Any,
) -> bool:  # fmt: skip
    """Say whether a volunteer may give up a job of a household."""
    slot = slot_of(volunteer, household, pair_home)
    if pair_jobs[volunteer, slot] > 1:
        return True
    if pair_locked[volunteer, slot] > 0 or pairs[volunteer] <= least[volunteer]:
        return False
    return allowed(quota_bits[volunteer], quota_spare)


@kernel()
def book(
    volunteer: int, household: int, use: int, visits: int, left: Any, visits_left: Any, pairs: Any, faces_left: Any,
    pair_home: Any, pair_jobs: Any, quota_bits: Any, quota_room: Any, quota_spare: Any,
) -> None:  # fmt: skip
    """Add a job (use > 0) to a volunteer, or take one away (use < 0)."""
    left[volunteer] -= use
    sign = 1 if use > 0 else -1
    visits_left[volunteer] -= sign * visits
    slot = slot_of(volunteer, household, pair_home)
    if slot < 0:
        slot = slot_of(volunteer, -1, pair_home)
        pair_home[volunteer, slot] = household
    pair_jobs[volunteer, slot] += sign
    if pair_jobs[volunteer, slot] == (1 if sign > 0 else 0):
        if sign < 0:
            pair_home[volunteer, slot] = -1
        pairs[volunteer] += sign
        faces_left[household] -= sign
        bits = quota_bits[volunteer]
        for quota in range(len(quota_room)):
            if (bits >> quota) & 1:
                quota_room[quota] -= sign
                quota_spare[quota] += sign


@kernel()
def unlink(job: int, volunteer: int, first: Any, after: Any) -> None:
    """Take a job off the list of a volunteer."""
    if first[volunteer] == job:
        first[volunteer] = after[job]
        return
    at = first[volunteer]
    while after[at] != job:
        at = after[at]
    after[at] = after[job]


@kernel()
def give(
    job: int, seat: int, home: Any, visits: Any, seat_volunteer: Any, seat_use: Any, held: Any, first: Any, after: Any,
    left: Any, visits_left: Any, pairs: Any, faces_left: Any, pair_home: Any, pair_jobs: Any, quota_bits: Any,
    quota_room: Any, quota_spare: Any,
) -> None:  # fmt: skip
    """Give a job to the volunteer of a seat."""
    volunteer = seat_volunteer[seat]
    book(
        volunteer, home[job], seat_use[seat], visits[job], left, visits_left, pairs, faces_left, pair_home, pair_jobs,
        quota_bits, quota_room, quota_spare,
    )  # fmt: skip
    held[job] = seat
    after[job] = first[volunteer]
    first[volunteer] = job


@kernel()
def take(
    job: int, home: Any, visits: Any, seat_volunteer: Any, seat_use: Any, held: Any, first: Any, after: Any,
    left: Any, visits_left: Any, pairs: Any, faces_left: Any, pair_home: Any, pair_jobs: Any, quota_bits: Any,
    quota_room: Any, quota_spare: Any,
) -> None:  # fmt: skip
    """Take a job from whoever has it."""
    volunteer = seat_volunteer[held[job]]
    book(
        volunteer, home[job], -seat_use[held[job]], visits[job], left, visits_left, pairs, faces_left, pair_home,
        pair_jobs, quota_bits, quota_room, quota_spare,
    )  # fmt: skip
    unlink(job, volunteer, first, after)
    held[job] = -1
