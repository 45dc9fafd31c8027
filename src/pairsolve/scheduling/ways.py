"""Shorter ways on days of many visits: the order of a day and the days of single visits, by moves that keep every tier.

Dates come first, ways after: a visit that is the only one of its need may stand on any day and hour that its windows
leave, and nothing in the objective changes. For everybody with a day of many visits, such visits are moved to other
days and places in the order, exchanged, and stretches of a day reversed, as long as the minutes on the road fall.
People who start from the same place may exchange visits too: the pairs are others then, and worth the same. All other
visits stay where they are. Start times follow from the order: each as early as the one before allows,
or, where waiting has a price, as late as the one after allows.
Where stops are many, the search for tours (`pairsolve.scheduling.tours`) comes first. What counts is the price of a
day: its minutes on the road, of overtime and of waiting, as `day_prices` weighs them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from pairsolve.instance import Instance
from pairsolve.options import Watch
from pairsolve.scheduling.answers import Assignment, DatedVisit, Schedule
from pairsolve.scheduling.day_tours import toured
from pairsolve.scheduling.frame import Frame
from pairsolve.scheduling.openboard import Board
from pairsolve.scheduling.tasks import Masks, Task

MANY = 3  # visits of one volunteer on one day from which their order is looked at
LONGEST = 3  # visits moved in one piece

Key = tuple[int, int]  # volunteer, day
Order = tuple[int, ...]
MayServe = Callable[[int, int], bool]


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit: for each volunteer who may make it, the need as a task and the slots of each day at which it may start.

    Parameters
    ----------
    need, index
        Number of the need, and which of its visits this is.
    tasks, masks
        By volunteer.
    is_free
        Whether it may be moved.
    """

    need: int
    index: int
    tasks: Mapping[int, Task]
    masks: Mapping[int, Masks]
    is_free: bool


def shorter_ways(
    assignment: Assignment, schedule: Schedule, board: Board, twins: Iterable[Sequence[int]], may: MayServe,
    seed: int, watch: Watch,
) -> tuple[Assignment, Schedule]:  # fmt: skip
    """Return assignment and schedule with fewer minutes on the road, missed visits and regularity as they are.

    Parameters
    ----------
    assignment, schedule
        Who serves what, and when.
    board
        The board of the schedule, without regard to breaks; it is left as the new schedule is.
    twins
        Volunteers who start from the same place in the same way, each set in a row; others are alone.
    may
        Says whether a volunteer may take over a need from a twin.
    seed
        Random seed of the search for tours.
    watch
        Progress.
    """
    visits = {(visit.need, visit.index): visit for visit in schedule.visits}
    crews = dict(assignment.crews)
    of_volunteer = visits_by_volunteer(assignment, schedule)
    fewest = _fewest(board.frame.instance)
    busy = {one for one, own in of_volunteer.items() if _busiest_day(own) >= fewest(one)}
    groups = [kept for group in twins if len(kept := [one for one in group if one in busy]) > 1]
    in_group = {one for group in groups for one in group}
    groups += [[one] for one in sorted(busy - in_group)]
    for done, group in enumerate(groups):
        watch.report("ways", done, len(groups))
        if watch.stopped:
            break
        own = {one: [visits[visit.need, visit.index] for visit in of_volunteer[one]] for one in group}
        for volunteer, visit in _shortened(own, crews, board, may, seed, watch):
            visits[visit.need, visit.index] = visit
            crews[visit.need] = (volunteer,)
    return replace(assignment, crews=crews), replace(schedule, visits=tuple(sorted(visits.values())))


def visits_by_volunteer(assignment: Assignment, schedule: Schedule) -> dict[int, list[DatedVisit]]:
    """Return the visits of every volunteer who has any."""
    found: dict[int, list[DatedVisit]] = defaultdict(list)
    for visit in schedule.visits:
        for volunteer in assignment.crews[visit.need]:
            found[volunteer].append(visit)
    return found


def has_many(instance: Instance, assignment: Assignment, schedule: Schedule) -> bool:
    """Say whether anybody has a day of visits whose order matters."""
    fewest = _fewest(instance)
    return any(_busiest_day(own) >= fewest(one) for one, own in visits_by_volunteer(assignment, schedule).items())


def _fewest(instance: Instance) -> Callable[[int], int]:
    """Return from how many visits on one day the order of a volunteer's days matters."""
    idle, overtime = instance.day_prices.idle, instance.day_prices.overtime
    late = [bool(overtime and volunteer.overtime_minutes) for volunteer in instance.volunteers]
    return lambda volunteer: 1 if late[volunteer] else 2 if idle else MANY


def _busiest_day(visits: Sequence[DatedVisit]) -> int:
    return max(Counter(visit.day for visit in visits).values())


def _shortened(
    own: Mapping[int, Sequence[DatedVisit]],
    crews: Mapping[int, tuple[int, ...]],
    board: Board,
    may: MayServe,
    seed: int,
    watch: Watch,
) -> list[tuple[int, DatedVisit]]:
    """Return the free visits of some volunteers who start from the same place, each with who makes it now."""
    slot, num_days = board.frame.slot, board.frame.grid.num_days
    free = [
        (one, visit)
        for one, visits in own.items()
        for visit in visits
        if board.is_single(visit.need) and len(crews[visit.need]) == 1
    ]
    for _, visit in free:
        board.remove(visit.need)
    stops: list[Stop] = []
    begun: list[tuple[Key, int, int]] = []
    for one, visits in own.items():
        for visit in visits:
            tasks, masks = {}, {}
            is_free = (one, visit) in free
            for other in own if is_free else [one]:
                if other == one or may(visit.need, other):
                    tasks[other] = board.task_of(visit.need, (other,)) if is_free else board.task(visit.need)
                    fixed = tuple(1 << visit.start // slot if day == visit.day else 0 for day in range(num_days))
                    masks[other] = board.masks(tasks[other]) if is_free else fixed
            begun.append(((one, visit.day), visit.start, len(stops)))
            stops.append(Stop(visit.need, visit.index, tasks, masks, is_free))
    days: dict[Key, Order] = {}
    for key, _, stop in sorted(begun):
        days[key] = (*days.get(key, ()), stop)
    tours = _Tours(board.frame, stops, days, {one: board.room_by_day(one) for one in own})
    tours.anneal(seed, watch)
    tours.improve()
    moved = [
        (key[0], DatedVisit(stops[stop].need, stops[stop].index, key[1], start * slot))
        for key, order in tours.days.items()
        for stop, start in zip(order, tours.times(key, order) or (), strict=True)
        if stops[stop].is_free
    ]
    if not board.fits_all(moved):
        moved = free
    for one, visit in moved:
        board.add([visit], (one,))
    return moved


class _Tours:
    """The days of volunteers who start from the same place, as orders of stops."""

    def __init__(
        self, frame: Frame, stops: Sequence[Stop], days: Mapping[Key, Order], room: Mapping[int, Mapping[int, int]]
    ) -> None:
        self._frame, self._stops, self._room = frame, stops, room
        keys = {
            (volunteer, day)
            for stop in stops
            if stop.is_free
            for volunteer, masks in stop.masks.items()
            for day, mask in enumerate(masks)
            if mask
        }
        self.days = {key: days.get(key, ()) for key in sorted(keys | set(days))}
        self._phone = [frame.facts(stop.need)[3] for stop in stops]
        self._place = [frame.place(stop.need) for stop in stops]
        self._prices = frame.instance.day_prices
        self._costs: dict[Key, int] = {}

    def times(self, key: Key, order: Order) -> list[int] | None:
        """Return good start slots of a day in an order, or None when it cannot be kept."""
        if any(key[0] not in self._stops[stop].tasks for stop in order):
            return None
        if not order or not self._frame.rest[key[0]]:
            return self._one_after_another(key, order, None)
        ways = (self._one_after_another(key, order, place) for place in range(len(order) + 1))
        return min((starts for starts in ways if starts is not None), key=lambda starts: starts[-1], default=None)

    def _one_after_another(self, key: Key, order: Order, break_at: int | None) -> list[int] | None:
        """Return start slots with a break in front of one of the stops, or of none of them."""
        lags = [
            [self._lag(key[0], one, order[j], break_at in range(i + 1, j + 1)) for j in range(i + 1, len(order))]
            for i, one in enumerate(order)
        ]
        masks = [
            self._open(key, stop, None if break_at is None else place >= break_at) for place, stop in enumerate(order)
        ]
        starts: list[int] = []
        for place, mask in enumerate(masks):
            earliest = max((starts[i] + lags[i][place - i - 1] for i in range(place)), default=0)
            later = mask >> earliest
            if not later:
                return None
            starts.append(earliest + (later & -later).bit_length() - 1)
        for place in range(len(order) - 2, -1, -1) if self._prices.idle else ():
            latest = min(starts[j] - lags[place][j - place - 1] for j in range(place + 1, len(order)))
            starts[place] = (masks[place] & (1 << latest + 1) - 1).bit_length() - 1
        return starts

    def _lag(self, volunteer: int, one: int, other: int, over_break: bool) -> int:
        first, second = self._stops[one].tasks[volunteer], self._stops[other].tasks[volunteer]
        lag = self._frame.lag_over_break(first, second, volunteer) if over_break else None
        return max(lag or 0, self._frame.lag(first, second) or 0)

    def _open(self, key: Key, stop: int, after: bool | None) -> int:
        """Return the start slots of a stop before or after the break, or without any."""
        mask = self._stops[stop].masks[key[0]][key[1]]
        if after is None:
            return mask
        last, first = self._frame.sides_of_break(self._stops[stop].need, key[0])
        return mask >> first << first if after else mask & (1 << max(0, last + 1)) - 1

    def cost(self, key: Key, order: Order) -> int:
        """Return the price of a day in an order that can be kept; without waiting and overtime it needs no times."""
        prices, record = self._prices, self._frame.instance.volunteers[key[0]]
        road = prices.road * self.road(key, order)
        if not order or not (prices.idle or (prices.overtime and record.overtime_minutes)):
            return road
        starts = self.times(key, order)
        if starts is None:
            return road
        slot, minutes = self._frame.slot, [self._frame.facts(self._stops[stop].need)[2] for stop in order]
        end = max(start * slot + length for start, length in zip(starts, minutes, strict=True))
        late = max(0, end - self._frame.calendar.last_minute(record, key[1])) if record.overtime_minutes else 0
        busy = sum(minutes) + sum(self._legs(key, order)[1:-1])
        return road + prices.overtime * late + prices.idle * max(0, end - starts[0] * slot - busy)

    def road(self, key: Key, order: Order) -> int:
        """Return the minutes from home over all stops and home again."""
        return sum(self._legs(key, order))

    def _legs(self, key: Key, order: Order) -> list[int]:
        """Return the minutes of each way of a day, from home and home again; calls are made on the way."""
        volunteer = key[0]
        places = [volunteer, *(self._place[stop] for stop in order if not self._phone[stop]), volunteer]
        return [self._frame.minutes(volunteer, one, other) for one, other in pairwise(places)]

    def anneal(self, seed: int, watch: Watch) -> None:
        """Take the orders of the search for tours where they can be kept and cost less."""
        stops = self._stops
        found = toured(
            self._frame, [stop.need for stop in stops], [stop.tasks for stop in stops],
            [stop.masks for stop in stops], self.days, self._room, seed, watch,
        )  # fmt: skip
        if found is not None:
            self._take({key: order for key, order in found.items() if order != self.days[key]})

    def improve(self) -> None:
        """Move as long as that helps, day by day and two days at a time."""
        if any(self.times(key, order) is None for key, order in self.days.items()):
            return
        better = True
        while better:
            better = False
            for key in self.days:
                while any(self._take(change) for change in self._within(key)):
                    better = True
            for one, other in combinations(self.days, 2):
                while any(self._take(change) for change in self._between(one, other)):
                    better = True

    def _take(self, change: Mapping[Key, Order]) -> bool:
        """Take new orders of some days if they cost less and can be kept."""
        now = sum(self._cost_now(key) for key in change)
        if self._prices.road * sum(self.road(key, order) for key, order in change.items()) >= now:
            return False
        if sum(self.cost(key, order) for key, order in change.items()) >= now:
            return False
        for (volunteer, day), order in change.items():
            most = max(self._room[volunteer].get(day, 0), len(self.days[volunteer, day]))
            if len(order) > most or self.times((volunteer, day), order) is None:
                return False
        self.days.update(change)
        for key in change:
            self._costs.pop(key, None)
        return True

    def _cost_now(self, key: Key) -> int:
        if key not in self._costs:
            self._costs[key] = self.cost(key, self.days[key])
        return self._costs[key]

    def _within(self, key: Key) -> Iterator[dict[Key, Order]]:
        """Yield other orders of a day: stretches reversed, and pieces put elsewhere."""
        order = self.days[key]
        for first, last in combinations(range(len(order) + 1), 2):
            piece, rest = order[first:last], order[:first] + order[last:]
            yield {key: order[:first] + piece[::-1] + order[last:]}
            if len(piece) <= LONGEST and self._may_move(piece):
                yield from ({key: longer} for longer in _with(rest, piece))

    def _between(self, one: Key, other: Key) -> Iterator[dict[Key, Order]]:
        """Yield changes between two days: pieces handed over, where one person has both, and two stops exchanged."""
        here, there = self.days[one], self.days[other]
        if one[0] == other[0]:
            for (giver, order), (taker, into) in (((one, here), (other, there)), ((other, there), (one, here))):
                for first, last in combinations(range(len(order) + 1), 2):
                    piece = order[first:last]
                    if len(piece) <= LONGEST and self._may_move(piece):
                        for longer in _with(into, piece):
                            yield {giver: order[:first] + order[last:], taker: longer}
        for place, mine in enumerate(here):
            for spot, theirs in enumerate(there):
                if self._may_move((mine, theirs)):
                    left, right = here[:place] + here[place + 1 :], there[:spot] + there[spot + 1 :]
                    yield {one: self._cheapest(one, left, theirs), other: self._cheapest(other, right, mine)}

    def _may_move(self, piece: Order) -> bool:
        return all(self._stops[stop].is_free for stop in piece)

    def _cheapest(self, key: Key, order: Order, stop: int) -> Order:
        """Return the shortest order with a stop put in."""
        return min(_with(order, (stop,)), key=lambda longer: self.road(key, longer))


def _with(order: Order, piece: Order) -> Iterator[Order]:
    """Yield an order with a piece put in at every place, either way round."""
    for place in range(len(order) + 1):
        for turned in (piece, piece[::-1]) if len(piece) > 1 else (piece,):
            yield order[:place] + turned + order[place:]
