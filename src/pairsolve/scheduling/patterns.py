"""The plans of one need taken alone: bounds of what it can reach, and plans that reach them.

A plan is sought around a weekday and a start slot: a visit on that weekday and at that slot costs nothing,
one that misses either costs 1, both 2. The dearest weekday and slot together give the regularity exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pairsolve.scheduling.rhythm import Days, Rhythm
from pairsolve.scheduling.tasks import Plan, Task

MOST_CENTRES = 60  # weekday-slot pairs tried where a plan cannot be fully regular


@dataclass(frozen=True, slots=True)
class Goal:
    """What a need can reach at best, one figure for itself each.

    Parameters
    ----------
    missed
        Fewest visits missed.
    held, on_day, on_time
        Most visits, most visits on one weekday, most visits at one start time.
    """

    missed: int
    held: int
    on_day: int
    on_time: int

    @property
    def off_day(self) -> int:
        """Fewest visits off the weekday, if none more is missed."""
        return self.held - self.on_day

    @property
    def off_time(self) -> int:
        """Fewest visits off the start time, if none more is missed."""
        return self.held - self.on_time

    @property
    def irregular(self) -> int:
        """Lower bound of the need's regularity, if no visit more is missed."""
        return self.off_day + self.off_time


def goal(rhythm: Rhythm, weekdays: tuple[int, ...], starts: Mapping[int, int]) -> Goal:
    """Return what no plan on these starts can beat, one figure for itself each."""
    everyday = any_day(starts)
    held = rhythm.most(everyday)
    on_day = _highest((everyday & weekday for weekday in weekdays), rhythm, held)
    on_time = _highest(starts.values(), rhythm, held)
    return Goal(len(rhythm.windows) - held, held, on_day, on_time)


def any_day(starts: Mapping[int, int]) -> int:
    """Return the days that have any start."""
    days = 0
    for some in starts.values():
        days |= some
    return days


def plans(rhythm: Rhythm, weekdays: tuple[int, ...], starts: Mapping[int, int], aim: Goal) -> Iterator[Plan]:
    """Yield plans that reach the aim: by weekday, the earliest and the latest start of each kind first."""
    wanted = len(rhythm.windows) - aim.missed
    if aim.irregular == 0:
        yield from _regular(rhythm, weekdays, starts, wanted)
    elif aim.missed == 0:
        yield from _centred(rhythm, weekdays, starts, aim)


def loose_plan(task: Task, days: Days, starts: Mapping[int, int]) -> Plan:
    """Give chosen days their start slots: the slot that most of them share, else the first of the day."""
    chosen = sum(1 << day for _, day in days)
    common = max(starts, key=lambda slot: ((starts[slot] & chosen).bit_count(), -slot))
    return tuple((visit, day, _slot_on(day, common, starts)) for visit, day in days)


def irregularity(weekday_of: tuple[int, ...], plan: Plan) -> int:
    """Count the visits off the most frequent weekday and those off the most frequent start time."""
    if not plan:
        return 0
    by_day: dict[int, int] = {}
    by_slot: dict[int, int] = {}
    for _, day, slot in plan:
        weekday = weekday_of[day]
        by_day[weekday] = by_day.get(weekday, 0) + 1
        by_slot[slot] = by_slot.get(slot, 0) + 1
    return 2 * len(plan) - max(by_day.values()) - max(by_slot.values())


def _highest(choices: Iterable[int], rhythm: Rhythm, held: int) -> int:
    best = 0
    for days in sorted(set(choices), key=int.bit_count, reverse=True):
        if min(days.bit_count(), held) <= best:
            break
        best = max(best, min(held, rhythm.most(days)))
    return best


def _regular(rhythm: Rhythm, weekdays: tuple[int, ...], starts: Mapping[int, int], wanted: int) -> Iterator[Plan]:
    kinds: list[tuple[Days, list[int]]] = []
    for weekday in weekdays:
        slots_by_days: dict[int, list[int]] = {}
        for slot, open_days in starts.items():
            days = open_days & weekday
            if days.bit_count() >= wanted:
                slots_by_days.setdefault(days, []).append(slot)
        for days, slots in slots_by_days.items():
            best = rhythm.best(days)
            if len(best) >= wanted:
                kinds.append((best, sorted(slots)))
    for best, slots in kinds:
        yield tuple((visit, day, slots[0]) for visit, day in best)
    for best, slots in kinds:
        if len(slots) > 1:
            yield tuple((visit, day, slots[-1]) for visit, day in best)
    for best, slots in kinds:
        for slot in slots[1:-1]:
            yield tuple((visit, day, slot) for visit, day in best)


def _centred(rhythm: Rhythm, weekdays: tuple[int, ...], starts: Mapping[int, int], aim: Goal) -> Iterator[Plan]:
    everyday, required = any_day(starts), len(rhythm.windows)
    slots = [slot for slot in sorted(starts) if rhythm.most(starts[slot]) >= required - aim.off_time]
    tried: set[tuple[int, int]] = set()
    for slot in slots:
        for weekday in weekdays:
            kind = (weekday, starts[slot])
            if kind in tried or rhythm.most(weekday & everyday) < required - aim.off_day:
                continue
            tried.add(kind)
            plan = _around(rhythm, everyday, weekday, slot, starts, aim.irregular)
            if plan is not None:
                yield plan
            if len(tried) >= MOST_CENTRES:
                return


def _around(
    rhythm: Rhythm, everyday: int, weekday: int, slot: int, starts: Mapping[int, int], budget: int
) -> Plan | None:
    at_slot = starts[slot]
    levels = (at_slot & weekday, everyday & (at_slot ^ weekday), everyday & ~(at_slot | weekday))
    days = rhythm.cheapest(levels, budget)
    if days is None:
        return None
    return tuple((visit, day, _slot_on(day, slot, starts)) for visit, day in enumerate(days))


def _slot_on(day: int, preferred: int, starts: Mapping[int, int]) -> int:
    if starts.get(preferred, 0) >> day & 1:
        return preferred
    return min(slot for slot, days in starts.items() if days >> day & 1)
