"""The likely pairs of an instance with too many to list: for every seat group the nearest who may take it.

A city has hundreds of millions of admissible pairs, most of them much farther than a few dozen others. The nearest of
every seat group are listed; by phone everybody is equally near, so there those with the fewest seats nearby are asked
first, each for a few seats only. Pairs that somebody wishes or has are always listed. `Shortlist.with_room` finds the
nearest volunteers who still have room for what is uncovered, among all.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pairsolve.candidates import (
    Candidates,
    banned_pairs,
    demands,
    has_time,
    one_visit,
    packed,
    unpacked,
    ways,
    within_reach,
)
from pairsolve.options import Watch
from pairsolve.pairing.city.forest import Forest
from pairsolve.pairing.city.market import INFINITE, Floats, Market, Needs, Small, Special, Volunteers
from pairsolve.pairing.city.setup import way_of
from pairsolve.pairing.city.tree import curve_order
from pairsolve.pairing.sharing import crowded_groups, shared_rows
from pairsolve.problem import Bools, Ints, Problem, distinct
from pairsolve.timetable import TimeTable
from pairsolve.travel import CrowTimes

NEAREST = 64  # volunteers listed for a seat
CROWD = 4  # times the seats of a group: as many are listed for a crew
BY_PHONE = 16  # volunteers listed for a seat by phone
ASKING = 2  # volunteers with a minimum listed for a seat beside the nearest
TOO_FAR = 1 << 40


class Shortlist:
    """Finds likely pairs among all admissible ones.

    Parameters
    ----------
    problem, timetable
        What is asked, and who has time; travel must be as the crow flies.
    threads
        Threads used for searching; the answer does not depend on it.
    """

    def __init__(self, problem: Problem, timetable: TimeTable, threads: int) -> None:
        if not isinstance(problem.times.metric, CrowTimes):
            raise TypeError("the nearest volunteers are looked for as the crow flies")
        self.problem, self.timetable, self.threads = problem, timetable, threads
        self.demand, self.masks = demands(problem)
        self._kinds(timetable)
        self.banned = banned_pairs(problem)
        self.forest = Forest(self._market(problem.times.metric.points))
        self.tour = curve_order(self.forest.market.needs.point)

    def likely(self, watch: Watch) -> Candidates:
        """Return the candidates to begin with."""
        problem = self.problem
        everybody = np.zeros(problem.num_volunteers, np.int64)
        at_home = self.tour[~problem.job_remote[problem.group_job[self.tour]]]
        most = problem.group_most[at_home]
        parts, whole = [self._known(), self._for_two()], []
        for seats in np.unique(most).tolist():
            groups, listed = at_home[most == seats], max(NEAREST, CROWD * seats)
            pairs, found = self._nearest(groups, everybody, listed)
            parts.append(pairs)
            whole.append(groups[found < listed])
        watch.report("candidates", 1, 3, detail=f"{sum(map(len, parts)):,} likely")
        asking = problem.min_households > 0
        if asking.any():
            parts.append(self.nearest(at_home, np.where(asking, 0, INFINITE), ASKING))
        candidates = unpacked(distinct(np.concatenate(parts)), complete=False)
        watch.report("candidates", 2, 3, detail=f"{len(candidates):,} likely")
        candidates = replace(candidates, whole=np.sort(np.concatenate([np.zeros(0, np.int64), *whole])))
        return candidates.joined(self._by_phone(candidates))

    def with_room(self, groups: Ints, room: Bools, how_many: int) -> Ints:
        """Return the nearest volunteers with room for some seat groups, packed."""
        problem = self.problem
        wanted = np.zeros(len(problem.groups), np.bool_)
        wanted[groups] = True
        asking = self.tour[wanted[self.tour]]
        return self.nearest(asking, np.where(room, 0, INFINITE), how_many)

    def nearest(self, groups: Small, price: Ints, how_many: int) -> Ints:
        """Return the nearest volunteers of seat groups, packed; whoever has price INFINITE is out."""
        return self._nearest(groups, price, how_many)[0]

    def _nearest(self, groups: Small, price: Ints, how_many: int) -> tuple[Ints, Ints]:
        """Return the same, and how many were found for each group before outings too long are left out."""
        found, minutes, _ = self.forest.cheapest(
            groups, np.full(len(groups), TOO_FAR), price, how_many, 0, self.threads
        )
        rows, columns = np.nonzero(found >= 0)
        pairs = self._packed(groups[rows], found[rows, columns], minutes[rows, columns])
        return pairs, (found >= 0).sum(axis=1)

    def _kinds(self, timetable: TimeTable) -> None:
        """Sort jobs and volunteers by windows, jobs by length, volunteers by their longest outing."""
        problem = self.problem
        self.job_kind, window_kind = timetable.kind_of_job, timetable.kind_of_volunteer
        outings, outing = np.unique(problem.longest_outing, return_inverse=True)
        kinds, self.volunteer_kind = np.unique(window_kind * len(outings) + outing, return_inverse=True)
        length = np.zeros(int(self.job_kind.max(initial=-1)) + 1, np.int64)
        length[self.job_kind] = problem.job_minutes  # one length a kind
        self.free = timetable.by_kinds()[:, kinds // len(outings)] & (length[:, None] <= outings[kinds % len(outings)])

    def _known(self) -> Ints:
        """Return the pairs that exist or are wished, where they are admissible."""
        problem = self.problem
        width = max(1, len(problem.instance.households))
        code = np.unique(np.concatenate([np.array([v * width + h for v, h in problem.existing], np.int64),
                                         problem.wished]))  # fmt: skip
        groups_of = [
            [group for job in problem.household_needs[household] for group in problem.job_groups[job]]
            for household in (code % width).tolist()
        ]
        volunteers = np.repeat(code // width, [len(groups) for groups in groups_of])
        groups = np.array([group for groups in groups_of for group in groups], np.int64)
        kept = self._admissible(groups, volunteers)
        groups, volunteers = groups[kept], volunteers[kept]
        minutes, reached = ways(problem, problem.group_job[groups], volunteers)
        return self._packed(groups[reached], volunteers[reached], minutes[reached])

    def _for_two(self) -> Ints:
        """Return pairs of volunteers who could do two jobs of a household that accepts few faces."""
        problem, parts = self.problem, [np.zeros(0, np.int64)]
        for groups, volunteers, minutes in within_reach(problem, crowded_groups(problem)):
            free = has_time(problem, self.timetable, groups, volunteers, minutes)
            parts.append(packed(groups[free], volunteers[free], minutes[free]))
        pairs = np.sort(np.concatenate(parts))
        return pairs[shared_rows(problem, unpacked(pairs), np.arange(len(pairs)))]

    def _packed(self, groups: Ints | Small, volunteers: Ints | Small, minutes: Ints) -> Ints:
        """Return pairs as one number each, without those whose way leaves no time for a visit."""
        kept = one_visit(self.problem, self.problem.group_job[groups], volunteers.astype(np.int64), minutes)
        return packed(groups[kept], volunteers[kept], minutes[kept])

    def _admissible(self, groups: Ints, volunteers: Ints) -> Bools:
        """Say pair by pair whether all rules hold but reach."""
        jobs = self.problem.group_job[groups]
        household = self.problem.job_household[jobs]
        free = self.free[self.job_kind[jobs], self.volunteer_kind[volunteers]]
        code = volunteers * max(1, len(self.problem.instance.households)) + household
        barred = (household >= 0) & np.isin(code, self.banned)
        fits: Bools = free & self.masks[self.demand[groups], volunteers] & ~barred
        return fits

    def _by_phone(self, listed: Candidates) -> Ints:
        """Return pairs by phone: those with the fewest seats nearby first, in turn."""
        problem = self.problem
        groups = np.flatnonzero(problem.job_remote[problem.group_job])
        nearby = np.bincount(listed.volunteer, minlength=problem.num_volunteers)
        idle = np.argsort(nearby * NEAREST // np.maximum(1, problem.max_households), kind="stable")
        kind = self.demand[groups] * len(self.free) + self.job_kind[problem.group_job[groups]]
        order = np.argsort(kind, kind="stable")
        turn: dict[int, int] = {}
        parts = [np.zeros(0, np.int64)]
        for same in np.split(order, np.flatnonzero(np.diff(kind[order])) + 1):
            if not len(same):
                continue
            demand = int(self.demand[groups[same[0]]])
            free = self.free[self.job_kind[problem.group_job[groups[same[0]]]]]
            able = idle[self.masks[demand, idle] & free[self.volunteer_kind[idle]]]
            if not len(able):
                continue
            count = min(len(able), BY_PHONE * int(problem.group_most[groups[same]].max()))
            first = turn.get(demand, 0)
            places = (first + np.arange(len(same))[:, None] + np.arange(count)) % len(able)
            turn[demand] = first + len(same)
            who = able[places].reshape(-1)
            seat = np.repeat(groups[same], count)
            kept = self._admissible(seat, who)
            parts.append(packed(seat[kept], who[kept], np.zeros(int(kept.sum()), np.int64)))
        return np.concatenate(parts)

    def _market(self, points: Floats) -> Market:
        """Return a market in which a pair costs its minutes."""
        problem = self.problem
        width = max(1, len(problem.instance.households))
        place = problem.job_place[problem.group_job]
        none = np.zeros(len(problem.groups), np.int64)
        point, factor = np.ascontiguousarray(points[place]), np.ascontiguousarray(problem.times.factor[place])
        groups_of = [[group for job in needs for group in problem.job_groups[job]] for needs in problem.household_needs]
        barred = [(group, int(code) // width) for code in self.banned for group in groups_of[int(code) % width]]
        special = np.array(sorted(barred), np.int32).reshape(-1, 2).T.copy()
        return Market(
            needs=Needs(
                option=none, point=point, factor=factor, rate=none + ~problem.job_remote[problem.group_job], fixed=none,
                far=none, kind=self.job_kind[problem.group_job].astype(np.int32), lane=self.demand.astype(np.int32),
                remote=problem.job_remote[problem.group_job].astype(np.int32), home=point, home_factor=factor,
            ),
            volunteers=Volunteers(
                point=np.ascontiguousarray(points[: problem.num_volunteers]),
                factor=np.ascontiguousarray(problem.times.factor[: problem.num_volunteers]),
                reach=problem.volunteer_reach.astype(np.int32), mode=problem.volunteer_mode.astype(np.int32),
                kind=self.volunteer_kind.astype(np.int32), least=problem.min_households.astype(np.int32),
                most=problem.max_households.astype(np.int32),
            ),
            ways=tuple(map(way_of, problem.instance.travel.modes.values())),
            table=np.where(self.free, 0, INFINITE).astype(np.int64),
            lanes=tuple(np.flatnonzero(mask).astype(np.int32) for mask in self.masks),
            special=Special(special[0], special[1], np.full(special.shape[1], INFINITE)),
        )  # fmt: skip
