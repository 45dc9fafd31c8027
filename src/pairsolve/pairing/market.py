"""A pure market: jobs that take one volunteer or none, volunteers that take several jobs, no other rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pairsolve.setting import Mode

Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

FORBIDDEN = 1 << 60


@dataclass(frozen=True, kw_only=True)
class PureMarket:
    """Plain arrays that say which pairs are admissible and what they cost, without listing them.

    A pair (v, j) is admissible when ``able[kind of j, v]``, its minutes are within v's reach and it is not
    forbidden. It costs ``weight[j] × minutes + constant[j] + extra[kind of j, v]``, plus what `special` says.

    Parameters
    ----------
    job_at, volunteer_at
        Unit vectors, or points of a plane in kilometres with a third coordinate of 0; shapes (jobs, 3), (volunteers, 3).
    job_factor, volunteer_factor
        Area factors of travel; the larger of both multiplies the minutes.
    job_kind
        Kind of demand of each job, a row of `able`.
    job_rank
        Importance of covering each job, 1 = least; a job is never displaced by one of a lower rank.
    weight
        Cost of a minute of each job, at least 0.
    constant
        Cost of covering each job, whoever does it.
    able
        Who fulfils each kind of demand, shape (kinds, volunteers).
    extra
        Cost of each volunteer for each kind of demand, at least 0, shape (kinds, volunteers).
    volunteer_mode, modes
        Mode of travel of each volunteer, and the modes.
    reach
        Most minutes of each volunteer.
    most, least
        Most and fewest jobs of each volunteer.
    special_job, special_volunteer, special_cost
        Pairs with a cost of their own: added to what they cost otherwise; `FORBIDDEN` = not admissible.
    plane
        True when positions are points of a plane.
    """

    job_at: Reals
    volunteer_at: Reals
    job_factor: Reals
    volunteer_factor: Reals
    job_kind: Ints
    job_rank: Ints
    weight: Ints
    constant: Ints
    able: Bools
    extra: Ints
    volunteer_mode: Ints
    modes: tuple[Mode, ...]
    reach: Ints
    most: Ints
    least: Ints
    special_job: Ints
    special_volunteer: Ints
    special_cost: Ints
    plane: bool = False

    @property
    def num_jobs(self) -> int:
        """How many jobs there are."""
        return len(self.job_kind)

    @property
    def num_volunteers(self) -> int:
        """How many volunteers there are."""
        return len(self.most)

    def reordered(self, jobs: Ints, volunteers: Ints) -> PureMarket:
        """Return the same market with jobs and volunteers in another order."""
        new_job, new_volunteer = np.empty_like(jobs), np.empty_like(volunteers)
        new_job[jobs], new_volunteer[volunteers] = np.arange(len(jobs)), np.arange(len(volunteers))
        special_job, special_volunteer = new_job[self.special_job], new_volunteer[self.special_volunteer]
        order = np.lexsort((special_volunteer, special_job))
        return PureMarket(
            job_at=self.job_at[jobs], volunteer_at=self.volunteer_at[volunteers], job_factor=self.job_factor[jobs],
            volunteer_factor=self.volunteer_factor[volunteers], job_kind=self.job_kind[jobs],
            job_rank=self.job_rank[jobs], weight=self.weight[jobs], constant=self.constant[jobs],
            able=self.able[:, volunteers], extra=self.extra[:, volunteers],
            volunteer_mode=self.volunteer_mode[volunteers], modes=self.modes, reach=self.reach[volunteers],
            most=self.most[volunteers], least=self.least[volunteers], special_job=special_job[order],
            special_volunteer=special_volunteer[order], special_cost=self.special_cost[order], plane=self.plane,
        )  # fmt: skip


def market(
    job_at: Reals, volunteer_at: Reals, modes: tuple[Mode, ...], *, able: Bools | None = None,
    job_factor: Reals | None = None, volunteer_factor: Reals | None = None, job_kind: Ints | None = None,
    job_rank: Ints | None = None, weight: Ints | None = None, constant: Ints | None = None, extra: Ints | None = None,
    volunteer_mode: Ints | None = None, reach: Ints | None = None, most: Ints | None = None, least: Ints | None = None,
    special: tuple[Ints, Ints, Ints] | None = None, plane: bool = False,
) -> PureMarket:  # fmt: skip
    """Return a market with ordinary values for whatever is left out; see `PureMarket`.

    Examples
    --------
    >>> here = np.array([[0.0, 0.0, 0.0], [3.0, 4.0, 0.0]])
    >>> town = market(here, here[:1], (Mode(speed_kmh=60, detour=1.0),), plane=True)
    >>> town.num_jobs, town.num_volunteers, town.most.tolist()
    (2, 1, [1])
    """
    num_jobs, num_volunteers = len(job_at), len(volunteer_at)
    able = np.ones((1, num_volunteers), np.bool_) if able is None else able
    none = np.zeros(0, np.int64)
    special_job, special_volunteer, special_cost = special or (none, none, none)

    def filled(values: Ints | None, size: int, ordinary: int) -> Ints:
        return np.full(size, ordinary, np.int64) if values is None else np.ascontiguousarray(values, np.int64)

    return PureMarket(
        job_at=np.ascontiguousarray(job_at), volunteer_at=np.ascontiguousarray(volunteer_at),
        job_factor=np.ones(num_jobs) if job_factor is None else job_factor,
        volunteer_factor=np.ones(num_volunteers) if volunteer_factor is None else volunteer_factor,
        job_kind=filled(job_kind, num_jobs, 0), job_rank=filled(job_rank, num_jobs, 1),
        weight=filled(weight, num_jobs, 1), constant=filled(constant, num_jobs, 0), able=able,
        extra=np.zeros(able.shape, np.int64) if extra is None else extra,
        volunteer_mode=filled(volunteer_mode, num_volunteers, 0), modes=modes,
        reach=filled(reach, num_volunteers, 1_000_000), most=filled(most, num_volunteers, 1),
        least=filled(least, num_volunteers, 0), special_job=special_job, special_volunteer=special_volunteer,
        special_cost=special_cost, plane=plane,
    )  # fmt: skip
