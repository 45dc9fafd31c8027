"""Shorter ways on days of many visits: the order of a day and the days of single visits, by moves that keep every tier.

Dates come first, ways after: a visit that is the only one of its need may stand on any day and hour that its windows
leave, and nothing in the objective changes. For everybody with a day of many visits, such visits are moved to other
days and places in the order, exchanged, and stretches of a day reversed, as long as the minutes on the road fall. All
other visits stay where they are. Start times follow from the order: each as early as the one before allows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from pairsolve.options import Watch
from pairsolve.scheduling.answers import Assignment, DatedVisit, Schedule
from pairsolve.scheduling.frame import Frame
from pairsolve.scheduling.openboard import Board
from pairsolve.scheduling.tasks import Masks, Task

MANY = 3  # visits of one volunteer on one day from which their order is looked at
LONGEST = 3  # visits moved in one piece

Order = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit of a volunteer: its task, the index of the visit, and for each day the slots at which it may start."""

    task: Task
    index: int
    masks: Masks


def shorter_ways(assignment: Assignment, schedule: Schedule, board: Board, watch: Watch) -> Schedule:
    """Return the schedule with fewer minutes on the road; pairs, missed visits and regularity stay as they are.

    Parameters
    ----------
    assignment, schedule
        Who serves what, and when.
    board
        The board of the schedule; it is left as the new schedule is.
    watch
        Progress.
    """
    visits = {(visit.need, visit.index): visit for visit in schedule.visits}
    of_volunteer = visits_by_volunteer(assignment, schedule)
    busy = [volunteer for volunteer, own in of_volunteer.items() if _busiest_day(own) >= MANY]
    for done, volunteer in enumerate(sorted(busy)):
        watch.report("ways", done, len(busy))
        if watch.stopped:
            break
        own = [visits[visit.need, visit.index] for visit in of_volunteer[volunteer]]
        for visit in _shortened(volunteer, own, assignment, board):
            visits[visit.need, visit.index] = visit
    return replace(schedule, visits=tuple(sorted(visits.values())))


def visits_by_volunteer(assignment: Assignment, schedule: Schedule) -> dict[int, list[DatedVisit]]:
    """Return the visits of every volunteer who has any."""
    found: dict[int, list[DatedVisit]] = defaultdict(list)
    for visit in schedule.visits:
        for volunteer in assignment.crews[visit.need]:
            found[volunteer].append(visit)
    return found


def has_many(assignment: Assignment, schedule: Schedule) -> bool:
    """Say whether anybody has a day of many visits."""
    return any(_busiest_day(own) >= MANY for own in visits_by_volunteer(assignment, schedule).values())


def _busiest_day(visits: Sequence[DatedVisit]) -> int:
    return max(Counter(visit.day for visit in visits).values())


def _shortened(volunteer: int, visits: Sequence[DatedVisit], assignment: Assignment, board: Board) -> list[DatedVisit]:
    """Return the visits of one volunteer that were moved."""
    slot = board.frame.slot
    free = [visit for visit in visits if board.is_single(visit.need) and len(assignment.crews[visit.need]) == 1]
    tasks = {visit.need: board.task(visit.need) for visit in visits}
    for visit in free:
        board.remove(visit.need)
    stops = [Stop(tasks[visit.need], visit.index, board.masks(tasks[visit.need])) for visit in free]
    for visit in visits:
        if visit not in free:
            masks = [0] * board.frame.grid.num_days
            masks[visit.day] = 1 << visit.start // slot
            stops.append(Stop(tasks[visit.need], visit.index, tuple(masks)))
    where = {visit.need: visit for visit in visits}
    begun = sorted(range(len(stops)), key=lambda stop: where[stops[stop].task.need].start)
    days: dict[int, Order] = {}
    for stop in begun:
        day = _day_of(stop, stops, free, visits)
        days[day] = (*days.get(day, ()), stop)
    tours = _Tours(board.frame, volunteer, stops, len(free), days, board.room_by_day(volunteer))
    tours.improve()
    plans = {
        stops[stop].task.need: (stops[stop].index, day, start)
        for day, order in tours.days.items()
        for stop, start in zip(order, tours.times(day, order) or (), strict=True)
        if stop < len(free)
    }
    moved = [DatedVisit(need, index, day, start * slot) for need, (index, day, start) in plans.items()]
    if not board.fits_all(moved, assignment):
        moved = list(free)
    for visit in moved:
        board.add([visit], assignment.crews[visit.need])
    return moved


def _day_of(stop: int, stops: Sequence[Stop], free: Sequence[DatedVisit], visits: Sequence[DatedVisit]) -> int:
    if stop < len(free):
        return free[stop].day
    chosen = stops[stop]
    return next(visit.day for visit in visits if (visit.need, visit.index) == (chosen.task.need, chosen.index))


class _Tours:
    """The days of one volunteer as orders of stops; the first `num_free` stops may move."""

    def __init__(
        self, frame: Frame, volunteer: int, stops: Sequence[Stop], num_free: int, days: dict[int, Order],
        room: dict[int, int],
    ) -> None:  # fmt: skip
        self._frame, self._volunteer, self._stops, self._num_free = frame, volunteer, stops, num_free
        self._room = room
        open_days = {day for stop in stops[:num_free] for day, mask in enumerate(stop.masks) if mask}
        self.days = {day: days.get(day, ()) for day in sorted(open_days | set(days))}
        self._phone = [frame.facts(stop.task.need)[3] for stop in stops]
        self._place = [frame.place(stop.task.need) for stop in stops]

    def times(self, day: int, order: Order) -> list[int] | None:
        """Return the earliest start slots of a day in an order, or None when it cannot be kept."""
        starts: list[int] = []
        for number, stop in enumerate(order):
            earliest = 0
            for before, start in zip(order[:number], starts, strict=True):
                earliest = max(
                    earliest, start + (self._frame.lag(self._stops[before].task, self._stops[stop].task) or 0)
                )
            later = self._stops[stop].masks[day] >> earliest
            if not later:
                return None
            starts.append(earliest + (later & -later).bit_length() - 1)
        return starts

    def road(self, order: Order) -> int:
        """Return the minutes from home over all stops and home again; calls are made on the way."""
        at = home = self._volunteer
        total = 0
        for stop in order:
            if not self._phone[stop]:
                total += self._frame.minutes(self._volunteer, at, self._place[stop])
                at = self._place[stop]
        return total + (self._frame.minutes(self._volunteer, at, home) if at != home else 0)

    def improve(self) -> None:
        """Move as long as that helps."""
        if any(self.times(day, order) is None for day, order in self.days.items()):
            return
        while any(self._take(change) for change in self._changes()):
            pass

    def _take(self, change: dict[int, Order]) -> bool:
        """Take new orders of some days if they are shorter and can be kept."""
        if sum(map(self.road, change.values())) >= sum(self.road(self.days[day]) for day in change):
            return False
        for day, order in change.items():
            if len(order) > max(self._room.get(day, 0), len(self.days[day])) or self.times(day, order) is None:
                return False
        self.days |= change
        return True

    def _changes(self) -> Iterator[dict[int, Order]]:
        """Yield changes of the days as they are now."""
        days = dict(self.days)
        for day, order in days.items():
            for first, last in combinations(range(len(order) + 1), 2):
                yield {day: order[:first] + order[first:last][::-1] + order[last:]}
                if last - first <= LONGEST and all(stop < self._num_free for stop in order[first:last]):
                    yield from self._elsewhere(days, day, order[:first] + order[last:], order[first:last])
        for (day, order), (other, its) in combinations(days.items(), 2):
            for here, one in enumerate(order):
                for there, two in enumerate(its):
                    if one < self._num_free and two < self._num_free:
                        left, right = order[:here] + order[here + 1 :], its[:there] + its[there + 1 :]
                        yield {
                            day: self._cheapest(left, two),
                            other: self._cheapest(right, one),
                        }

    def _elsewhere(self, days: dict[int, Order], day: int, rest: Order, piece: Order) -> Iterator[dict[int, Order]]:
        for other, order in days.items():
            into = rest if other == day else order
            for place in range(len(into) + 1):
                for turned in (piece, piece[::-1]) if len(piece) > 1 else (piece,):
                    longer = into[:place] + turned + into[place:]
                    yield {day: longer} if other == day else {day: rest, other: longer}

    def _cheapest(self, order: Order, stop: int) -> Order:
        """Return the shortest order with a stop put in."""
        return min(((*order[:place], stop, *order[place:]) for place in range(len(order) + 1)), key=self.road)
