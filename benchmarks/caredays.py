"""One day of the home-care week as tours: by pairsolve's tours, by the first carer who can come, by OR-Tools routing.

Every availability block is a tour. A tour is a list of (visit, start), and `ledger_of` counts what tours come to from
the data alone, whoever made them; a visit counts as made only where all its carers are there at once, in the window,
inside their blocks, with time for the way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import inf

from benchmarks.homecare import FLEXIBLE, Block, CareVisit, CareWeek

UNDONE = 5_000.0  # cost of a carer who is missing at a visit
LATE = (500.0, 50.0)  # costs of a minute after the window or the end of a block; each has days on which it alone serves
SEARCHES = 4  # one after another, within the seconds of a day
STRANGER = 20.0  # cost of a carer whom the client has not seen this week, in minutes of travel
TOLERANCE = 1e-6

Route = Sequence[tuple[CareVisit, float]]


@dataclass(frozen=True)
class CareDay:
    """A date: its visits that somebody could make, the blocks, and who has been with whom before."""

    week: CareWeek
    day: date
    known: Mapping[str, frozenset[str]]
    blocks: tuple[Block, ...] = field(init=False)
    visits: tuple[CareVisit, ...] = field(init=False)
    asked: int = field(init=False)

    def __post_init__(self) -> None:
        """Leave out what no crew of the day could do even without anything else."""
        blocks = tuple(self.week.blocks(self.day))
        today = [visit for visit in self.week.visits if visit.day == self.day]
        object.__setattr__(self, "blocks", blocks)
        object.__setattr__(self, "asked", len(today))
        object.__setattr__(
            self,
            "visits",
            tuple(v for v in today if len({block.carer for block in blocks if block.holds(v)}) >= v.crew),
        )

    def minutes(self, one: str, other: str) -> float:
        """Return the way between two clients."""
        return 0.0 if one == other else self.week.seconds[self.week.number[one]][self.week.number[other]] / 60.0


@dataclass(frozen=True, slots=True)
class DayLedger:
    """What the tours of a day come to.

    Parameters
    ----------
    asked, coverable, made, doubles, doubles_made
        Visits; those that a crew on duty could make; those made; visits by two.
    travel, late, shift
        Minutes on the way; minutes of starts after the window among visits left out for it; mean minutes between
        planned and actual start.
    carers, seen
        Carers at work, and the carers each client saw.
    """

    asked: int
    coverable: int
    made: int
    doubles: int
    doubles_made: int
    travel: float
    late: float
    shift: float
    carers: int
    seen: Mapping[str, frozenset[str]]


def ledger_of(day: CareDay, routes: Mapping[Block, Route]) -> DayLedger:
    """Count tours from the data alone; a visit that breaks a rule is not made."""
    crews: dict[CareVisit, list[tuple[str, float]]] = defaultdict(list)
    travel, late = 0.0, 0.0
    sound: dict[CareVisit, bool] = defaultdict(lambda: True)
    for block, route in routes.items():
        free, before = float(block.begin), None
        for visit, start in route:
            way = day.minutes(before.client, visit.client) if before else 0.0
            in_window = abs(start - visit.start) <= FLEXIBLE + TOLERANCE
            late += max(0.0, start - visit.start - FLEXIBLE)
            sound[visit] &= in_window and start >= free + way - TOLERANCE
            sound[visit] &= start + visit.minutes <= block.end + TOLERANCE
            travel += way
            free, before = start + visit.minutes, visit
            crews[visit].append((block.carer, start))
    made = {
        visit
        for visit, crew in crews.items()
        if sound[visit]
        and len({carer for carer, _ in crew}) == len(crew) == visit.crew
        and max(start for _, start in crew) - min(start for _, start in crew) <= TOLERANCE
    }
    seen: dict[str, set[str]] = defaultdict(set)
    for visit in made:
        seen[visit.client] |= {carer for carer, _ in crews[visit]}
    shifts = [abs(crews[visit][0][1] - visit.start) for visit in made]
    return DayLedger(
        day.asked, len(day.visits), len(made), sum(visit.crew > 1 for visit in day.visits),
        sum(visit.crew > 1 for visit in made), travel, late, sum(shifts) / max(1, len(shifts)),
        len({block.carer for block, route in routes.items() if route}),
        {client: frozenset(carers) for client, carers in seen.items()},
    )  # fmt: skip


def by_pairsolve(day: CareDay, seconds: float, threads: int, seed: int = 0) -> dict[Block, Route]:
    """Return tours by `pairsolve.scheduling.tours`: of a few searches the one in which most visits are made."""
    plans = [
        _toured(day, LATE[number % len(LATE)], seconds / SEARCHES, threads, seed + number) for number in range(SEARCHES)
    ]
    return max(plans, key=lambda routes: (ledger_of(day, routes).made, -ledger_of(day, routes).travel))


def _toured(day: CareDay, late: float, seconds: float, threads: int, seed: int) -> dict[Block, Route]:
    import numpy as np  # noqa: PLC0415  # listing the families stays quick

    from pairsolve.scheduling.tours.asked import Shifts, TourProblem  # noqa: PLC0415  # listing loads no solver
    from pairsolve.scheduling.tours.search import Effort, find_tours  # noqa: PLC0415  # the same

    tasks = [visit for visit in day.visits for _ in range(visit.crew)]
    pairs = [(n, n + 1, 0.0, 0.0) for n in range(len(tasks) - 1) if tasks[n] is tasks[n + 1]]
    clients = sorted({visit.client for visit in day.visits})
    place = {client: number for number, client in enumerate(clients, 1)}  # 0 is nowhere: first and last legs are free
    travel = np.zeros((len(clients) + 1, len(clients) + 1))
    travel[1:, 1:] = [[day.minutes(one, other) for other in clients] for one in clients]
    count = len(tasks)
    problem = TourProblem.build(
        travel=travel,
        place=[place[visit.client] for visit in tasks],
        ready=[max(0, visit.start - FLEXIBLE) for visit in tasks],
        due=[visit.start + FLEXIBLE for visit in tasks],
        minutes=[visit.minutes for visit in tasks],
        num_carers=len(day.blocks),
        visits_by_two=pairs,
        fee=[[_fee(day, visit, block) for block in day.blocks] for visit in tasks],
        begin=[block.begin for block in day.blocks],
        weights=(1.0, late, 0.0),
        shifts=Shifts(
            again=np.full(count, inf), due_again=np.full(count, inf), undone=np.full(count, UNDONE),
            end=np.array([float(block.end) for block in day.blocks]), lunch=np.zeros(len(day.blocks), np.bool_),
            noon=(0.0, 0.0, 0.0), overtime=late,
        ),
    )  # fmt: skip
    tours = find_tours(problem, Effort(seconds=seconds, threads=threads, seed=seed))
    return {
        block: [(tasks[task], float(tours.start[task])) for task in route]
        for block, route in zip(day.blocks, tours.routes, strict=True)
    }


def _fee(day: CareDay, visit: CareVisit, block: Block) -> float:
    if not block.holds(visit):
        return inf
    return 0.0 if block.carer in day.known.get(visit.client, frozenset()) else STRANGER


def by_first_carer(day: CareDay) -> dict[Block, Route]:
    """Return tours in which every visit, in order of planned starts, goes to those who can come soonest."""
    free = {block: (float(block.begin), "") for block in day.blocks}
    routes: dict[Block, list[tuple[CareVisit, float]]] = {block: [] for block in day.blocks}
    for visit in sorted(day.visits, key=lambda visit: (visit.start, visit.id)):
        offers = []
        for block, (since, client) in free.items():
            arrival = since + (day.minutes(client, visit.client) if client else 0.0)
            start = max(arrival, visit.start - FLEXIBLE)
            if start <= min(visit.start + FLEXIBLE, block.end - visit.minutes):
                offers.append((start, block.carer, block))
        offers.sort(key=lambda offer: offer[:2])
        crew: dict[str, tuple[float, Block]] = {}
        for start, carer, block in offers:
            if len(crew) < visit.crew:
                crew.setdefault(carer, (start, block))
        start = max((start for start, _ in crew.values()), default=inf)
        if len(crew) < visit.crew or any(start + visit.minutes > block.end for _, block in crew.values()):
            continue
        for _, block in crew.values():
            routes[block].append((visit, start))
            free[block] = (start + visit.minutes, visit.client)
    return dict(routes)


def by_routing(day: CareDay, seconds: float) -> dict[Block, Route]:
    """Return tours by OR-Tools routing: optional visits, windows, two carers who start together."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2  # noqa: PLC0415  # listing loads no solver

    tasks = [visit for visit in day.visits for _ in range(visit.crew)]
    depot, scale = len(tasks), 10  # tenths of a minute
    manager = pywrapcp.RoutingIndexManager(len(tasks) + 1, len(day.blocks), depot)
    routing = pywrapcp.RoutingModel(manager)
    ways = [[0] * (depot + 1) for _ in range(depot + 1)]
    spent = [[0] * (depot + 1) for _ in range(depot + 1)]
    for one, visit in enumerate(tasks):
        for other, following in enumerate(tasks):
            ways[one][other] = -int(-day.minutes(visit.client, following.client) * scale // 1)
        spent[one] = [way + visit.minutes * scale for way in ways[one]]
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(ways))
    routing.AddDimension(routing.RegisterTransitMatrix(spent), 24 * 60 * scale, 24 * 60 * scale, False, "time")
    clock, solver = routing.GetDimensionOrDie("time"), routing.solver()
    for vehicle, block in enumerate(day.blocks):
        clock.CumulVar(routing.Start(vehicle)).SetMin(block.begin * scale)
        clock.CumulVar(routing.End(vehicle)).SetMax(block.end * scale)
    for number, visit in enumerate(tasks):
        index = manager.NodeToIndex(number)
        clock.CumulVar(index).SetRange(max(0, visit.start - FLEXIBLE) * scale, (visit.start + FLEXIBLE) * scale)
        able = [vehicle for vehicle, block in enumerate(day.blocks) if block.holds(visit)]
        routing.VehicleVar(index).SetValues([-1, *able])
        routing.AddDisjunction([index], int(UNDONE * scale))
        if number and tasks[number - 1] is visit:
            mate = manager.NodeToIndex(number - 1)
            solver.Add(clock.CumulVar(index) == clock.CumulVar(mate))
            solver.Add(routing.ActiveVar(index) == routing.ActiveVar(mate))
    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.ALL_UNPERFORMED
    asked.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    asked.time_limit.FromMilliseconds(int(1000 * seconds))
    # from nothing it finds no plan in minutes, because both visits of two must be inserted at once
    seats: dict[CareVisit, list[int]] = defaultdict(list)
    for number, visit in enumerate(tasks):
        seats[visit].append(number)
    first = by_first_carer(day)
    routing.CloseModelWithParameters(asked)
    start = [[manager.NodeToIndex(seats[visit].pop()) for visit, _ in first[block]] for block in day.blocks]
    known = routing.ReadAssignmentFromRoutes(start, True)
    found = routing.SolveFromAssignmentWithParameters(known, asked) if known else routing.SolveWithParameters(asked)
    routes: dict[Block, Route] = {}
    for vehicle, block in enumerate(day.blocks):
        route = []
        index = routing.Start(vehicle)
        while found is not None and not routing.IsEnd(index):
            node = manager.IndexToNode(index)
            if node != depot:
                route.append((tasks[node], found.Min(clock.CumulVar(index)) / scale))
            index = found.Value(routing.NextVar(index))
        routes[block] = route
    return routes
