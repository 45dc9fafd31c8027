"""Who is within reach of what: pairs of volunteers and jobs that travel, skills and scopes allow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pairsolve.check.facts import Facts, Ints
from pairsolve.check.rhythm import Bools
from pairsolve.compiled import load
from pairsolve.travel import CrowTimes

EVERYTHING = 1 << 40
FEW = 4_000_000  # volunteers × jobs below which nothing is compiled


@dataclass(frozen=True, slots=True)
class Allowed:
    """What skills, credentials, traits, channels and team scopes allow.

    Parameters
    ----------
    suits
        Shape (volunteers, classes of demands).
    demand
        Class of every job's demands.
    inside
        Shape (classes of scopes, areas).
    scope, area
        Class of every volunteer's scopes; area of every job.
    """

    suits: Bools
    demand: Ints
    inside: Bools
    scope: Ints
    area: Ints

    def some(self, volunteers: Ints, jobs: Ints) -> Ints:
        """Return which of some pairs are allowed."""
        fits = self.suits[volunteers, self.demand[jobs]]
        if self.inside.size > 1:
            fits &= self.inside[self.scope[volunteers], self.area[jobs]]
        return np.nonzero(fits)[0]


@dataclass(frozen=True, slots=True)
class Sieve:
    """Tells pairs whose prices are certainly right from those that need a closer look.

    Every cost is at least `rate` × minutes in the first tier that charges travel, and 0 in the tiers before, except for
    known pairs.

    Parameters
    ----------
    rank, price
        Of volunteers: place of the prices of the tiers before in lexicographic order; price in that tier.
    want
        Pairs wanted of a volunteer in any case.
    known
        Volunteers of existing pairs.
    job_rank, job_price, job_rate, job_known
        The same of jobs; cost of a minute.
    """

    rank: Ints
    price: Ints
    want: Ints
    known: Bools
    job_rank: Ints
    job_price: Ints
    job_rate: Ints
    job_known: Bools

    @classmethod
    def open(cls, num_volunteers: int, num_jobs: int) -> Sieve:
        """Return a sieve that keeps everything."""
        zeros, jobs = np.zeros(num_volunteers, np.int64), np.zeros(num_jobs, np.int64)
        want = np.full(num_volunteers, EVERYTHING)
        return cls(zeros, zeros, want, zeros > 0, jobs, jobs, jobs, jobs > 0)

    def wanting(self, want: Ints) -> Sieve:
        """Return the same sieve with other numbers of pairs wanted."""
        return replace(self, want=want)


@dataclass(frozen=True, slots=True)
class Found:
    """Allowed pairs within reach of some volunteers.

    Parameters
    ----------
    written
        By volunteer: how many pairs passed the sieve, −1 where they are all there are.
    seen
        Pairs looked at, as a measure of memory.
    row, job, minutes
        Position of the volunteer, number of the job, minutes; one per pair.
    """

    written: Ints
    seen: int
    row: Ints
    job: Ints
    minutes: Ints


class Nearby:
    """Generates the allowed pairs within reach.

    Parameters
    ----------
    facts
        The instance with its look-ups.
    travelled
        Numbers of the jobs that ask for travel.
    reach
        Longest way of every volunteer, in minutes.
    allowed
        What else is asked.
    most
        Pairs to return at once.
    """

    def __init__(self, facts: Facts, travelled: Ints, reach: Ints, allowed: Allowed, most: int) -> None:
        self.facts, self.reach, self.allowed = facts, reach, allowed
        places = np.array([job.place for job in facts.jobs], np.int64)[travelled]
        order = np.argsort(places, kind="stable")
        self._jobs = travelled[order]
        self._places, first = np.unique(places[order], return_index=True)  # many jobs may share a place
        self._first_job = np.append(first, len(order)).astype(np.int64)
        self.is_compiled = isinstance(facts.times.metric, CrowTimes) and len(reach) * len(facts.jobs) > FEW
        if self.is_compiled:
            (self._kernels,) = load(("pairsolve.check.near",))
            self._into_strips()
            self._room = tuple(np.empty(max(most, len(facts.jobs)), np.int32) for _ in range(3))

    def find(self, mode: int, volunteers: Ints, sieve: Sieve) -> Found:
        """Return the pairs of as many of the volunteers as there is room for."""
        return self._find_compiled(mode, volunteers, sieve) if self.is_compiled else self._find(mode, volunteers)

    def _find(self, mode: int, volunteers: Ints) -> Found:
        seen, none = 0, np.zeros(0, np.int64)
        parts = [(none, none, none)]
        for rows, columns, ways in self.facts.times.within(mode, volunteers, self._places, self.reach[volunteers]):
            counts = self._first_job[columns + 1] - self._first_job[columns]
            ends = np.cumsum(counts)
            source = np.repeat(np.arange(len(rows)), counts)
            jobs = self._jobs[np.arange(len(source)) + (self._first_job[columns] - ends + counts)[source]]
            keep = self.allowed.some(volunteers[rows[source]], jobs)
            source = source[keep]
            parts.append((rows[source], jobs[keep], ways[source]))
            seen += len(jobs)
        rows, jobs, ways = (np.concatenate([part[k] for part in parts]) for k in range(3))
        return Found(np.full(len(volunteers), -1), seen, rows, jobs, ways)

    def _into_strips(self) -> None:
        """Sort the places by strips across the coordinate with the second largest spread, along the largest."""
        metric = self.facts.times.metric
        assert isinstance(metric, CrowTimes)
        points = metric.points[self._places]
        spread = np.ptp(points, axis=0) if len(points) else np.zeros(3)
        self._across, self._along = (int(one) for one in np.argsort(spread)[1:])
        self._low = float(points[:, self._across].min(initial=2.0))
        self._width = max(float(spread[self._across]), 1e-9) / max(1.0, np.sqrt(len(points)) / 4)
        strip = np.floor((points[:, self._across] - self._low) / self._width).astype(np.int64)
        order = np.lexsort((points[:, self._along], strip))
        self._strip_first = np.searchsorted(strip[order], np.arange(int(strip.max(initial=-1)) + 2)).astype(np.int64)
        self._points = np.ascontiguousarray(points[order])
        self._factors = self.facts.times.factor[self._places[order]]
        counts = np.diff(self._first_job)[order]
        ends = np.cumsum(counts)
        self._strip_jobs = self._jobs[
            np.arange(len(self._jobs)) + np.repeat(self._first_job[:-1][order] - ends + counts, counts)
        ]
        self._strip_first_job = np.append(0, ends).astype(np.int64)

    def _find_compiled(self, mode: int, volunteers: Ints, sieve: Sieve) -> Found:
        times, allowed = self.facts.times, self.allowed
        metric = times.metric
        assert isinstance(metric, CrowTimes)
        way, reach = metric.modes[mode], self.reach[volunteers]
        knots = np.array(way.detour_by_km or ((0.0, way.detour),), np.float64)
        row, job, minutes = self._room
        written = np.zeros(len(volunteers), np.int64)
        done, count = self._kernels.pairs_within_reach(
            metric.points[volunteers], times.factor[volunteers], reach, times.radii(mode, reach),
            allowed.suits[volunteers], allowed.scope[volunteers],
            self._across, self._along, self._low, self._width, self._strip_first, self._points, self._factors,
            self._strip_first_job, self._strip_jobs, allowed.demand, allowed.area, allowed.inside,
            way.start_minutes, 60.0 / way.speed_kmh, np.ascontiguousarray(knots[:, 0]),
            np.ascontiguousarray(knots[:, 1]),
            sieve.rank[volunteers], sieve.price[volunteers], sieve.want[volunteers], sieve.known[volunteers],
            sieve.job_rank, sieve.job_price, sieve.job_rate, sieve.job_known, row, job, minutes, written,
        )  # fmt: skip
        written[sieve.want[volunteers] > written] = -1
        return Found(written[:done], count, *(part[:count].astype(np.int64) for part in self._room))
