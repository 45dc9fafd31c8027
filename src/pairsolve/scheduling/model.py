"""A piece as a CP-SAT model: a literal per visit and day, a start slot per visit, orders where visits may meet."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ortools.sat.python import cp_model

from pairsolve.scheduling.fitting import most_a_day, most_a_week, most_a_week_at
from pairsolve.scheduling.patterns import Goal
from pairsolve.scheduling.rhythm import days_of
from pairsolve.scheduling.tasks import Piece, Plan, Task

Literal = Any  # ortools ships no complete types


class VisitModel:
    """The hard rules of section 3 of docs/model.md for one settled piece.

    Parameters
    ----------
    piece
        A settled piece.
    """

    def __init__(self, piece: Piece) -> None:
        self.piece = piece
        self.model = cp_model.CpModel()
        self.on: dict[tuple[int, int], dict[int, Literal]] = {}  # (task, visit) → day → literal
        self.held: dict[tuple[int, int], Literal] = {}
        self.start: dict[tuple[int, int], Any] = {}
        self._days: dict[tuple[int, int], int] = {}
        for number, task in enumerate(piece.tasks):
            self._add_visits(number, task)
            self._add_gaps(number, task)
        self._after: dict[tuple[int, int, int], Literal] = {}  # (volunteer, task, visit) → whether after the break
        self._add_breaks()
        self._add_orders()
        self._add_rooms()
        self._add_sites()
        self._add_sums()

    def fewest(self, number: int) -> Any:
        """Return the linear constraint that a task has its fewest visits, added to the model."""
        task = self.piece.tasks[number]
        return self.model.add(sum(self.held[number, visit] for visit in range(task.required)) >= task.fewest)

    def missed(self, number: int) -> Any:
        """Return the visits a task misses, as a linear expression."""
        required = self.piece.tasks[number].required
        return required - sum(self.held[number, visit] for visit in range(required))

    def add_regularity(self, number: int, goal: Goal) -> Any:
        """Add what a task's regularity costs and return it as a linear expression.

        A main weekday and a main start slot are chosen; a visit off either of them costs 1 each.
        """
        task, model = self.piece.tasks[number], self.model
        main_day = [model.new_bool_var("") for _ in range(7)]
        model.add_exactly_one(main_day)
        weekday_of = self.piece.grid.weekday_of
        main_slot = model.new_int_var_from_domain(_slots(_union(task.masks)), "")
        off_day, off_slot = [], []
        for visit in range(task.required):
            days = self.on[number, visit]
            if not days:
                continue
            late, elsewhere = model.new_bool_var(""), model.new_bool_var("")
            for day, literal in days.items():
                model.add_bool_or([~literal, main_day[weekday_of[day]], elsewhere])
            at_slot = self.start[number, visit] == main_slot
            model.add(at_slot).only_enforce_if([self.held[number, visit], ~late])
            off_day.append(elsewhere)
            off_slot.append(late)
        held = sum(self.held[number, visit] for visit in range(task.required))
        if goal.off_day:
            model.add(sum(off_day) >= held - goal.on_day)
        if goal.off_time:
            model.add(sum(off_slot) >= held - goal.on_time)
        return sum(off_day) + sum(off_slot)

    def hint(self, plans: Mapping[int, Plan]) -> None:
        """Give the solver a plan to start from."""
        self.model.clear_hints()  # type: ignore[no-untyped-call]  # so in ortools
        for number, task in enumerate(self.piece.tasks):
            dated = {visit: (day, slot) for visit, day, slot in plans.get(task.need, ())}
            for visit in range(task.required):
                day, slot = dated.get(visit, (-1, None))
                for candidate, literal in self.on[number, visit].items():
                    self.model.add_hint(literal, candidate == day)
                if slot is not None:
                    self.model.add_hint(self.start[number, visit], slot)

    def plans(self, solver: Any) -> dict[int, Plan]:
        """Read need → plan from a solver that found one."""
        return {
            task.need: tuple(
                (visit, day, solver.value(self.start[number, visit]))
                for visit in range(task.required)
                for day, literal in self.on[number, visit].items()
                if solver.boolean_value(literal)
            )
            for number, task in enumerate(self.piece.tasks)
        }

    def _add_visits(self, number: int, task: Task) -> None:
        model = self.model
        usable = sum(1 << day for day, mask in enumerate(task.masks) if mask)
        for visit, window in enumerate(task.rhythm.windows):
            days = window & usable
            literals = {day: model.new_bool_var("") for day in days_of(days)}
            held = model.new_bool_var("")
            model.add_exactly_one([*literals.values(), ~held])
            self.on[number, visit], self.held[number, visit], self._days[number, visit] = literals, held, days
            if literals:
                self.start[number, visit] = self._add_start(task, literals)

    def _add_start(self, task: Task, literals: Mapping[int, Literal]) -> Any:
        kinds: dict[int, list[Literal]] = {}
        for day, literal in literals.items():
            kinds.setdefault(task.masks[day], []).append(literal)
        union = _union(kinds)
        start = self.model.new_int_var_from_domain(_slots(union), "")
        for mask, some in kinds.items():
            if mask != union:
                for literal in some:
                    self.model.add_linear_expression_in_domain(start, _slots(mask)).only_enforce_if(literal)
        return start

    def _add_gaps(self, number: int, task: Task) -> None:
        """Chain the visits by day; a visit that is missed has a day of its own free choice, which is never read."""
        rhythm, last = task.rhythm, self.piece.grid.num_days - 1
        if not _gaps_matter(rhythm.windows, rhythm.min_gap, rhythm.max_gap):
            return
        spare = task.required * rhythm.min_gap
        days = [self.model.new_int_var(-spare, last + spare, "") for _ in rhythm.windows]
        for visit, day_var in enumerate(days):
            for day, literal in self.on[number, visit].items():
                self.model.add(day_var == day).only_enforce_if(literal)
        for visit in range(task.required - 1):
            self.model.add(days[visit + 1] >= days[visit] + rhythm.min_gap)
            if rhythm.max_gap is not None:
                both = [self.held[number, visit], self.held[number, visit + 1]]
                self.model.add(days[visit + 1] <= days[visit] + rhythm.max_gap).only_enforce_if(both)

    def _add_breaks(self) -> None:
        """Put every visit of a volunteer with a break on one side of it, where there is a choice."""
        for volunteer, rest in self.piece.breaks.items():
            for number, task in enumerate(self.piece.tasks):
                last, first = rest.sides.get(task.need, (0, 0))
                for visit in range(task.required) if task.need in rest.sides else ():
                    if (number, visit) in self.start:
                        after = self._after[volunteer, number, visit] = self.model.new_bool_var("")
                        self.model.add(self.start[number, visit] >= first).only_enforce_if(after)
                        self.model.add(self.start[number, visit] <= last).only_enforce_if(~after)

    def _keep_break(self, one: tuple[int, int], two: tuple[int, int], goes_first: Literal) -> None:
        """Leave time for the break where one visit is before it and the next one after it."""
        first, second = self.piece.tasks[one[0]].need, self.piece.tasks[two[0]].need
        for volunteer, rest in self.piece.breaks.items():
            lag = rest.lags.get((first, second))
            if lag is not None:
                early, late = self._after[volunteer, *one], self._after[volunteer, *two]
                self.model.add_bool_or([~goes_first, ~early, late])
                self.model.add(self.start[two] - self.start[one] >= lag).only_enforce_if([goes_first, ~early, late])

    def _add_orders(self) -> None:
        tasks = self.piece.tasks
        for a, first in enumerate(tasks):
            for b in range(a + 1, len(tasks)):
                second = tasks[b]
                lags = self.piece.lags.get((first.need, second.need)), self.piece.lags.get((second.need, first.need))
                if lags[0] is None or lags[1] is None or self._never_same_day(first, second):
                    continue
                for i in range(first.required):
                    for j in range(second.required):
                        common = self._days[a, i] & self._days[b, j]
                        if common:
                            self._add_order((a, i), (b, j), (lags[0], lags[1]), common)

    def _never_same_day(self, first: Task, second: Task) -> bool:
        """Say whether a volunteer of both makes one visit a day at most, so that no order is needed."""
        return any(self.piece.rooms[v].per_day == 1 for v in first.crew if v in second.crew)

    def _add_order(self, one: tuple[int, int], two: tuple[int, int], lags: tuple[int, int], common: int) -> None:
        model = self.model
        first, second = self.piece.tasks[one[0]].masks, self.piece.tasks[two[0]].masks
        forth = back = None
        for day in days_of(common):
            ways = []
            if _first(first[day]) + lags[0] <= _last(second[day]):
                forth = model.new_bool_var("") if forth is None else forth
                ways.append(forth)
            if _first(second[day]) + lags[1] <= _last(first[day]):
                back = model.new_bool_var("") if back is None else back
                ways.append(back)
            model.add_bool_or([~self.on[one][day], ~self.on[two][day], *ways])
        if forth is not None:
            model.add(self.start[two] - self.start[one] >= lags[0]).only_enforce_if(forth)
            self._keep_break(one, two, forth)
        if back is not None:
            model.add(self.start[one] - self.start[two] >= lags[1]).only_enforce_if(back)
            self._keep_break(two, one, back)

    def _add_rooms(self) -> None:
        week_of, month_of = self.piece.grid.week_of, self.piece.grid.month_of
        for volunteer, room in self.piece.rooms.items():
            mine = [
                (day, task.loads[task.crew.index(volunteer)], literal)
                for number, task in enumerate(self.piece.tasks)
                if volunteer in task.crew
                for visit in range(task.required)
                for day, literal in self.on[number, visit].items()
            ]
            self._add_days(volunteer, mine)
            self._add_limits(((week_of[day], 1, literal) for day, _, literal in mine), room.week_visits)
            self._add_limits(((week_of[day], load, literal) for day, load, literal in mine), room.week_minutes)
            self._add_limits(((month_of[day], load, literal) for day, load, literal in mine), room.month_minutes)

    def _add_days(self, volunteer: int, mine: Iterable[tuple[int, int, Literal]]) -> None:
        """Limit the visits of each day by room, and by what fits into the day, which the orders alone hide."""
        by_day: dict[int, list[Literal]] = {}
        for day, _, literal in mine:
            by_day.setdefault(day, []).append(literal)
        tasks = [task for task in self.piece.tasks if volunteer in task.crew]
        fitting = most_a_day(self.piece, volunteer, tasks)
        for day, literals in by_day.items():
            if fitting[day] < sum(task.masks[day] > 0 for task in tasks):
                if fitting[day] == 1:
                    self.model.add_at_most_one(literals)
                else:
                    self.model.add(sum(literals) <= fitting[day])

    def _add_limits(self, uses: Iterable[tuple[int, int, Literal]], limits: Sequence[int] | None) -> None:
        if limits is None:
            return
        by_period: dict[int, list[tuple[int, Literal]]] = {}
        for period, amount, literal in uses:
            by_period.setdefault(period, []).append((amount, literal))
        for period, parts in by_period.items():
            total = sum(amount for amount, _ in parts)
            if total > limits[period]:
                terms = cp_model.LinearExpr.weighted_sum([literal for _, literal in parts], [n for n, _ in parts])
                self.model.add(terms <= max(0, limits[period]))

    def _add_sites(self) -> None:
        for site, capacity in self.piece.capacity.items():
            by_day: dict[int, list[tuple[Any, int]]] = {}
            for number, task in enumerate(self.piece.tasks):
                if task.site != site:
                    continue
                for visit in range(task.required):
                    for day, literal in self.on[number, visit].items():
                        start = self.start[number, visit]
                        interval = self.model.new_optional_fixed_size_interval_var(start, task.length, literal, "")
                        by_day.setdefault(day, []).append((interval, 1))
            for (day, slot), count in self.piece.site_used.get(site, {}).items():
                if day in by_day:
                    by_day[day].append((self.model.new_fixed_size_interval_var(slot, 1, ""), count))
            for uses in by_day.values():
                if sum(count for _, count in uses) > capacity:
                    self.model.add_cumulative([i for i, _ in uses], [count for _, count in uses], capacity)

    def _add_sums(self) -> None:
        """Add what follows for the weeks and the whole horizon, because the solver is slow to add up itself."""
        tasks = self.piece.tasks
        for volunteer, room in self.piece.rooms.items():
            mine = [number for number, task in enumerate(tasks) if volunteer in task.crew]
            some = [tasks[number] for number in mine]
            self._add_weeks(mine, most_a_week(self.piece, volunteer, some, most_a_day(self.piece, volunteer, some)))
            for limits in (room.week_minutes, room.month_minutes):
                self._add_total(volunteer, mine, limits)
        for site in self.piece.capacity:
            there = [number for number, task in enumerate(tasks) if task.site == site]
            if not there:
                continue
            self._add_weeks(there, most_a_week_at(self.piece, site, [tasks[number] for number in there]))

    def _add_weeks(self, numbers: Sequence[int], weekly: Sequence[int]) -> None:
        """Limit the visits of some tasks in each week, and in the whole horizon."""
        horizon = (1 << self.piece.grid.num_days) - 1
        for days, most in (*zip(self.piece.grid.weeks, weekly, strict=True), (horizon, sum(weekly))):
            literals = [literal for number in numbers for literal in self._inside(number, days)]
            if len(literals) > most:
                self.model.add(sum(literals) <= most)

    def _inside(self, number: int, days: int) -> list[Literal]:
        """Return literals whose sum is the number of a task's visits on these days."""
        found: list[Literal] = []
        for visit in range(self.piece.tasks[number].required):
            if not self._days[number, visit] & ~days:
                found.append(self.held[number, visit])
            elif self._days[number, visit] & days:
                found += [literal for day, literal in self.on[number, visit].items() if days >> day & 1]
        return found

    def _add_total(self, volunteer: int, mine: Sequence[int], limits: Sequence[int] | None) -> None:
        if limits is None or len(limits) < 2:
            return
        literals, loads = [], []
        for number in mine:
            task = self.piece.tasks[number]
            literals += [self.held[number, visit] for visit in range(task.required)]
            loads += [task.loads[task.crew.index(volunteer)]] * task.required
        total = sum(max(0, left) for left in limits)
        if sum(loads) > total:
            self.model.add(cp_model.LinearExpr.weighted_sum(literals, loads) <= total)


def _gaps_matter(windows: Sequence[int], min_gap: int, max_gap: int | None) -> bool:
    for one, two in itertools.pairwise(windows):
        if _first(two) - _last(one) < min_gap or (max_gap is not None and _last(two) - _first(one) > max_gap):
            return True
    return False


def _slots(mask: int) -> Any:
    return cp_model.Domain.from_values(list(days_of(mask)))


def _union(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union


def _first(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def _last(mask: int) -> int:
    return mask.bit_length() - 1
