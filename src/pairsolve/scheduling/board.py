"""A board of dated visits that tells where another need still fits, moving nothing.

For each placed need the board remembers, by start slot, the bit set of its days; what a new need may not use is
then taken away slot by slot for all days at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from pairsolve.scheduling.ledger import Ledger
from pairsolve.scheduling.patterns import Goal, any_day, goal, loose_plan, plans
from pairsolve.scheduling.rhythm import Days, days_of
from pairsolve.scheduling.tasks import Grid, Plan, Room, Task, starts_of

Lag = Callable[[Task, Task], int | None]

MOST_PLANS = 40  # plans of one need tried before its visits are chosen one by one


class Board:
    """Dated visits in slots, by volunteer, household and site.

    Parameters
    ----------
    grid
        Days, weeks, months.
    lag
        Slots from the start of one visit to the earliest start of the other; None = they may overlap.
    room_of
        Volunteer → room after events.
    capacity
        Site → most visits at one time.
    site_used
        Site → (day, slot) → visits there that are not on the board.
    """

    def __init__(
        self,
        grid: Grid,
        lag: Lag,
        room_of: Callable[[int], Room],
        capacity: Mapping[int, int],
        site_used: Mapping[int, Mapping[tuple[int, int], int]] | None = None,
    ) -> None:
        self.grid = grid
        self.tasks: dict[int, Task] = {}
        self.plans: dict[int, Plan] = {}
        self._lag = lag
        self._room_of = room_of
        self._capacity = capacity
        self._spots: dict[int, dict[int, int]] = {}
        self._by_volunteer: dict[int, list[int]] = {}
        self._by_household: dict[int, list[int]] = {}
        self._taken: dict[int, dict[int, int]] = {}  # volunteer → day → visits
        self._ledgers: dict[int, Ledger | None] = {}
        self._full: dict[int, int] = {}  # volunteer → days without room for another visit
        self._site_used = {site: dict(used) for site, used in (site_used or {}).items()}

    def put(self, task: Task, plan: Plan) -> None:
        """Put a need's visits on the board."""
        self.tasks[task.need], self.plans[task.need] = task, plan
        spots: dict[int, int] = {}
        for _, day, slot in plan:
            spots[slot] = spots.get(slot, 0) | 1 << day
        self._spots[task.need] = spots
        self._by_household.setdefault(task.household, []).append(task.need)
        for volunteer in task.crew:
            self._by_volunteer.setdefault(volunteer, []).append(task.need)
        self._count(task, plan, 1)
        self._occupy(task, plan, 1)

    def take(self, need: int) -> Plan:
        """Take a need off the board and return its visits."""
        task, plan = self.tasks.pop(need), self.plans.pop(need)
        del self._spots[need]
        self._by_household[task.household].remove(need)
        for volunteer in task.crew:
            self._by_volunteer[volunteer].remove(need)
        self._count(task, plan, -1)
        self._occupy(task, plan, -1)
        return plan

    def free(self, task: Task, starts: Mapping[int, int] | None = None) -> dict[int, int]:
        """Return, by start slot, the days on which a visit of the need would collide with nothing on the board.

        Parameters
        ----------
        task
            A need that is not on the board.
        starts
            Its starts on an empty board, if known.
        """
        shut = self._shut(task)
        starts = starts_of(task.masks) if starts is None else starts
        left = {slot: days & ~shut for slot, days in starts.items()} if shut else dict(starts)
        for other in self._related(task):
            self._keep_apart(task, other, left)
        if task.site >= 0:
            self._keep_out(task, left)
        return {slot: days for slot, days in left.items() if days}

    def fits(self, task: Task, plan: Plan) -> bool:
        """Say whether the crew has room for the visits, week by week and month by month."""
        return all(ledger.holds((day for _, day, _ in plan), load) for ledger, load in self._ledgers_of(task))

    def options(self, task: Task, left: Mapping[int, int], aim: Goal) -> Iterator[Plan]:
        """Yield plans that reach the aim and fit the board."""
        found = plans(task.rhythm, self.grid.weekdays, left, aim)
        if not self._ledgers_of(task):
            return found
        return (plan for plan in found if self.fits(task, plan))

    def best_place(self, task: Task, starts: Mapping[int, int] | None = None) -> Plan | None:
        """Return a good plan for a need, with at least its fewest visits, or None; the board stays as it is."""
        left = self.free(task, starts)
        if task.rhythm.most(any_day(left)) < task.fewest:
            return None
        aim = goal(task.rhythm, self.grid.weekdays, left)
        for plan in islice(self.options(task, left, aim), MOST_PLANS):
            return plan
        return self._piecemeal(task, left)

    def site_load(self, site: int) -> Mapping[tuple[int, int], int]:
        """Return how many visits a site has, by (day, slot)."""
        return {key: count for key, count in self._site_used.get(site, {}).items() if count}

    def room_left(self, volunteer: int) -> Room:
        """Return what the volunteer can still take."""
        visits = [
            (day, task.loads[task.crew.index(volunteer)])
            for task in (self.tasks[need] for need in self._by_volunteer.get(volunteer, ()))
            for _, day, _ in self.plans[task.need]
        ]
        return self._room_of(volunteer).less(self.grid, visits)

    def _piecemeal(self, task: Task, left: Mapping[int, int]) -> Plan | None:
        """Choose visits one by one where no plan as a whole fits."""
        days = any_day(left)
        whole = self._paid(task, [1 << day for _, day in task.rhythm.best(days)], task.rhythm.best(days))
        single = self._paid(task, [window & days for window in task.rhythm.windows], None)
        chosen = max(whole, single, key=len)
        return loose_plan(task, chosen, left) if len(chosen) >= task.fewest else None

    def _paid(self, task: Task, choices: Sequence[int], visits: Days | None) -> Days:
        """Choose for each visit the first of its days that keeps the gaps and for which the crew has room."""
        ledgers = self._ledgers_of(task)
        kept: list[tuple[int, int]] = []
        for number, days in enumerate(choices):
            visit = number if visits is None else visits[number][0]
            for day in days_of(days):
                fitting = task.rhythm.keeps_gaps((*kept[-1:], (visit, day)))
                if fitting and all(ledger.has_room(day, load) for ledger, load in ledgers):
                    for ledger, load in ledgers:
                        ledger.book(day, load)
                    kept.append((visit, day))
                    break
        for ledger, load in ledgers:
            for _, day in kept:
                ledger.book(day, -load)
        return tuple(kept)

    def _related(self, task: Task) -> list[int]:
        needs = [need for volunteer in task.crew for need in self._by_volunteer.get(volunteer, ())]
        needs += self._by_household.get(task.household, ())
        return list(dict.fromkeys(needs))

    def _keep_apart(self, task: Task, other: int, left: dict[int, int]) -> None:
        before, after = self._lag(task, self.tasks[other]), self._lag(self.tasks[other], task)
        if before is None or after is None:
            return
        for slot, days in self._spots[other].items():
            for start in range(max(0, slot - before + 1), min(self.grid.num_slots, slot + after)):
                if start in left:
                    left[start] &= ~days

    def _keep_out(self, task: Task, left: dict[int, int]) -> None:
        """Take away starts at which the site would be overfull at some slot of the visit."""
        overfull: dict[int, int] = {}
        for (day, slot), count in self._site_used.get(task.site, {}).items():
            if count >= self._capacity.get(task.site, count + 1):
                overfull[slot] = overfull.get(slot, 0) | 1 << day
        for slot, days in overfull.items():
            for start in range(max(0, slot - task.length + 1), slot + 1):
                if start in left:
                    left[start] &= ~days

    def _shut(self, task: Task) -> int:
        """Return the days on which one of the crew has no room for a single visit more."""
        shut = 0
        for volunteer in task.crew:
            shut |= self._full_days(volunteer)
        for ledger, load in self._ledgers_of(task):
            shut |= ledger.shut(load)
        return shut

    def _ledgers_of(self, task: Task) -> list[tuple[Ledger, int]]:
        """Return ledger and load of those of the crew who have limits by the week or the month."""
        found = []
        for volunteer, load in zip(task.crew, task.loads, strict=True):
            if volunteer not in self._ledgers:
                room = self._room_of(volunteer)
                self._ledgers[volunteer] = Ledger(self.grid, room) if room.is_limited else None
            ledger = self._ledgers[volunteer]
            if ledger is not None:
                found.append((ledger, load))
        return found

    def _full_days(self, volunteer: int) -> int:
        known = self._full.get(volunteer)
        if known is None:
            room, taken = self._room_of(volunteer), self._taken.get(volunteer, {})
            known = 0
            for day in {**room.days, **taken}:
                if taken.get(day, 0) >= room.days.get(day, room.per_day):
                    known |= 1 << day
            self._full[volunteer] = known
        return known

    def _count(self, task: Task, plan: Plan, change: int) -> None:
        for volunteer in task.crew:
            taken = self._taken.setdefault(volunteer, {})
            for _, day, _ in plan:
                taken[day] = taken.get(day, 0) + change
            self._full.pop(volunteer, None)
        for ledger, load in self._ledgers_of(task):
            for _, day, _ in plan:
                ledger.book(day, change * load)

    def _occupy(self, task: Task, plan: Plan, change: int) -> None:
        if task.site < 0:
            return
        used = self._site_used.setdefault(task.site, {})
        for _, day, slot in plan:
            for touched in range(slot, slot + task.length):
                used[day, touched] = used.get((day, touched), 0) + change
