"""A forward auction of volunteers' seats among jobs, compiled: it brings nearly all jobs near their final places.

Bertsekas's auction with similar objects (Bertsekas and Castañon 1989, doi 10.1007/BF02204832): a job bids for the
cheapest volunteer's cheapest seat up to the second-best volunteer's price, plus epsilon. Prices only rise within a
run, so a job's frontier stays a valid bound on all pairs outside the pool and is expanded only when it is reached.
"""

from __future__ import annotations

from typing import NamedTuple

from pairsolve.pairing.kernels import (
    DONE,
    GROW,
    INFINITE,
    JOBS,
    LONG,
    PLACES,
    POOL,
    PRICES,
    WHOLE,
    WORK,
    Jobs,
    Places,
    Pool,
    Prices,
    Whole,
    Work,
    compiled,
    compiled_type,
    expand,
)

EXPANDED = 4  # pairs that join the pool at a time


class Seats(NamedTuple):
    """Seats of volunteers, in a row for each, and who sits where."""

    first: Whole  # (volunteers + 1,)
    job: Whole  # -1 = free
    price: Whole
    held: Whole  # seat of each job, -1 = none


class Queue(NamedTuple):
    """Jobs that look for a seat, the next one last."""

    job: Whole
    size: Whole  # (1,)


SEATS, QUEUE = compiled_type(Seats), compiled_type(Queue)


@compiled(LONG(QUEUE, QUEUE, POOL, PRICES, SEATS, WHOLE, LONG, LONG, LONG, WHOLE))
def bid(
    queue: Queue, lost: Queue, pool: Pool, prices: Prices, seats: Seats, leave: Whole,
    scale: int, epsilon: int, most_bids: int, bids: Whole,
) -> int:  # fmt: skip
    """Let waiting jobs bid until none waits, or the bids run out; a job whose best is worth `leave` gives up."""
    size = queue.size[0]
    while size > 0 and bids[0] < most_bids:
        job = queue.job[size - 1]
        first = pool.first[job]
        best, second, favourite = INFINITE, INFINITE, -1
        for place in range(first, first + pool.count[job]):
            volunteer = pool.volunteer[place]
            value = pool.cost[place] * scale + prices.price[volunteer]
            if value < best:
                best, second, favourite = value, best, volunteer
            elif value < second:
                second = value
        size -= 1
        if best >= leave[job] or best > pool.frontier[job]:
            if pool.frontier[job] < leave[job]:
                lost.job[lost.size[0]] = job
                lost.size[0] += 1
            continue
        bids[0] += 1
        second = min(min(second, pool.frontier[job]), leave[job])
        cheapest_seat, next_price = seats.first[favourite], INFINITE
        for seat in range(cheapest_seat + 1, seats.first[favourite + 1]):
            if seats.price[seat] < seats.price[cheapest_seat]:
                next_price = seats.price[cheapest_seat]
                cheapest_seat = seat
            else:
                next_price = min(next_price, seats.price[seat])
        loser = seats.job[cheapest_seat]
        if loser >= 0:
            seats.held[loser] = -1
            queue.job[size] = loser
            size += 1
        seats.job[cheapest_seat] = job
        seats.held[job] = cheapest_seat
        seats.price[cheapest_seat] += second - best + epsilon
        prices.price[favourite] = min(next_price, seats.price[cheapest_seat])
    queue.size[0] = size
    return DONE


@compiled(LONG(QUEUE, QUEUE, PLACES, JOBS, POOL, PRICES, WHOLE, LONG, LONG, WORK))
def look_further(
    queue: Queue, lost: Queue, places: Places, jobs: Jobs, pool: Pool, prices: Prices, leave: Whole, scale: int,
    most: int, work: Work,
) -> int:  # fmt: skip
    """Give the jobs that lost to their frontier more pairs, and let them wait again; GROW = the pool is full."""
    while lost.size[0] > 0:
        job = lost.job[lost.size[0] - 1]
        if expand(job, places, jobs, pool, prices, scale, leave[job], most, work) < 0:
            return GROW
        lost.size[0] -= 1
        queue.job[queue.size[0]] = job
        queue.size[0] += 1
    return DONE


@compiled(LONG(QUEUE, POOL, PRICES, SEATS, WHOLE, LONG, LONG))
def reopen(
    queue: Queue, pool: Pool, prices: Prices, seats: Seats, seat_owner: Whole, scale: int, epsilon: int
) -> int:
    """Begin a run: free seats cost nothing again, and jobs farther than epsilon from their best wait for a seat."""
    for volunteer in range(len(prices.price)):
        first, end = seats.first[volunteer], seats.first[volunteer + 1]
        price = INFINITE
        for seat in range(first, end):
            price = min(price, 0 if seats.job[seat] < 0 else seats.price[seat])
        if end > first:
            prices.price[volunteer] = price
            seats.price[first:end] = price
    size = 0
    for job in range(len(seats.held) - 1, -1, -1):
        best, mine = INFINITE, INFINITE
        owner = -1 if seats.held[job] < 0 else seat_owner[seats.held[job]]
        for place in range(pool.first[job], pool.first[job] + pool.count[job]):
            value = pool.cost[place] * scale + prices.price[pool.volunteer[place]]
            best = min(best, value)
            if pool.volunteer[place] == owner:
                mine = value
        if owner < 0 or mine > best + epsilon:
            if owner >= 0:
                seats.job[seats.held[job]] = -1
                seats.held[job] = -1
            queue.job[size] = job
            size += 1
    queue.size[0] = size
    return size
