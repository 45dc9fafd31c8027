"""Tours: the annealing search against brute force, on rules that decide the optimum, and its manners."""

from __future__ import annotations

from itertools import pairwise, permutations, product
from math import inf

import numpy as np
import pytest

from pairsolve.errors import InputError
from pairsolve.options import Watch
from pairsolve.scheduling.tours.asked import FREE, TourProblem, Tours
from pairsolve.scheduling.tours.search import Effort, find_tours

QUICK = Effort(moves=30_000)


def small(seed: int, num_tasks: int = 5, num_carers: int = 2) -> TourProblem:
    """Return a random problem: one visit by two together, one in sequence, tight windows, skills."""
    dice = np.random.default_rng(seed)
    spots = dice.integers(0, 40, (num_tasks + 1, 2))
    travel = np.abs(spots[:, None] - spots[None]).sum(axis=2) + dice.integers(0, 3, (num_tasks + 1,) * 2)
    place = [1, 1, 2, 2, *range(3, num_tasks - 1)][:num_tasks]
    ready = dice.integers(0, 120, num_tasks + 1)[place]
    able = dice.random((num_tasks, num_carers)) < 0.8
    able[np.arange(num_tasks), np.arange(num_tasks) % num_carers] = True
    return TourProblem.build(
        travel=travel,
        place=place,
        ready=ready,
        due=ready + 20,
        minutes=dice.integers(5, 30, num_tasks),
        num_carers=num_carers,
        visits_by_two=[(0, 1, 0, 0), (2, 3, 10, 25)],
        fee=np.where(able, dice.integers(0, 4, (num_tasks, num_carers)), inf),
        begin=dice.integers(0, 30, num_carers),
    )


def timed(problem: TourProblem, routes: tuple[tuple[int, ...], ...]) -> list[float] | None:
    """Return the least start times of given tours by plain repetition, or None if there are none."""
    start = problem.ready.tolist()
    for _ in range(200):
        before = list(start)
        for carer, route in enumerate(routes):
            here, free = problem.leave[carer], problem.begin[carer]
            for task in route:
                start[task] = max(start[task], free + problem.travel[here, problem.place[task]])
                here, free = problem.place[task], start[task] + problem.minutes[task]
        for task, mate in enumerate(problem.mate):
            if mate >= 0 and problem.leads[task]:
                start[mate] = max(start[mate], start[task] + problem.least_lag[task])
                start[task] = max(start[task], start[mate] - problem.most_lag[task])
        if start == before:
            return start
    return None


def cost_of(problem: TourProblem, routes: tuple[tuple[int, ...], ...]) -> float:
    """Return the cost of given tours, counted from the formula."""
    start = timed(problem, routes)
    carer_of = {task: carer for carer, route in enumerate(routes) for task in route}
    if start is None or any(mate >= 0 and carer_of[t] == carer_of[mate] for t, mate in enumerate(problem.mate)):
        return inf
    travel = 0.0
    for carer, route in enumerate(routes):
        stops = [problem.leave[carer], *problem.place[list(route)], problem.arrive[carer]] if route else []
        travel += sum(problem.travel[one, other] for one, other in pairwise(stops))
    tardy = np.maximum(0.0, np.array(start) - problem.due)
    fees = sum(problem.fee[task, carer] for task, carer in carer_of.items())
    return float(problem.weights @ [travel, tardy.sum(), tardy.max()] + fees)


def brute_force(problem: TourProblem) -> float:
    """Return the least cost over all assignments and all orders."""
    best = inf
    for carers in product(*(problem.able(task).tolist() for task in range(problem.num_tasks))):
        groups = [[t for t, c in enumerate(carers) if c == carer] for carer in range(problem.num_carers)]
        for routes in product(*(permutations(group) for group in groups)):
            best = min(best, cost_of(problem, routes))
    return best


def assert_sound(problem: TourProblem, tours: Tours) -> None:
    """Every task is in one tour, and cost and start times are those of the formula."""
    assert sorted(task for route in tours.routes for task in route) == list(range(problem.num_tasks))
    assert tours.cost == pytest.approx(cost_of(problem, tours.routes))
    assert tours.start.tolist() == pytest.approx(timed(problem, tours.routes))


@pytest.mark.parametrize("seed", range(12))
def test_small_days_are_solved_to_the_optimum(seed):
    """On five tasks with synchronised visits the search finds what brute force finds."""
    problem = small(seed)
    tours = find_tours(problem, QUICK)
    assert_sound(problem, tours)
    assert tours.cost == pytest.approx(brute_force(problem))


def test_larger_days_are_counted_right():
    """After many moves over forty tasks the cost still is that of the formula."""
    problem = small(99, num_tasks=40, num_carers=6)
    assert_sound(problem, find_tours(problem, QUICK))


def test_same_seed_same_tours():
    """Two runs with the same seed, work and threads agree to the last bit; another seed draws otherwise."""
    problem = small(7, num_tasks=30, num_carers=5)
    effort = Effort(moves=20_000, threads=2, seed=3)
    one, other = find_tours(problem, effort), find_tours(problem, effort)
    assert (one.routes, one.start.tolist(), one.cost) == (other.routes, other.start.tolist(), other.cost)


def test_crossed_sequences():
    """Two sequential visits may cross between two carers, which no order of households expresses."""
    problem = TourProblem.build(
        travel=np.zeros((3, 3)),
        place=[1, 1, 2, 2],
        ready=[0, 30, 20, 20],
        due=[0, 60, 20, 20],
        minutes=[5, 5, 5, 5],
        num_carers=2,
        visits_by_two=[(0, 1, 30, 60), (2, 3, 0, 10)],
        fee=[[0, inf], [inf, 0], [0, inf], [inf, 0]],
    )
    tours = find_tours(problem, QUICK)
    assert tours.routes == ((0, 2), (3, 1))
    assert tours.cost == 0


def test_a_most_lag_holds_the_first_task_back():
    """When the second carer is late, the first waits, so that the most minutes between them hold."""
    problem = TourProblem.build(
        travel=[[0, 10], [10, 0]],
        place=[1, 1],
        ready=[0, 100],
        due=[500, 500],
        minutes=[5, 5],
        num_carers=2,
        visits_by_two=[(0, 1, 5, 20)],
    )
    assert find_tours(problem, QUICK).start.tolist() == [80, 100]


def test_independent_visits_only_need_two_carers():
    """A lag that binds nothing leaves the two starts alone."""
    problem = TourProblem.build(
        travel=[[0, 10], [10, 0]],
        place=[1, 1],
        ready=[0, 400],
        due=[500, 500],
        minutes=[5, 5],
        num_carers=2,
        visits_by_two=[(0, 1, -FREE, FREE)],
    )
    tours = find_tours(problem, QUICK)
    assert tours.start.tolist() == [10, 400]
    assert sorted(tours.routes) == [(0,), (1,)]


def test_an_unused_carer_does_not_travel():
    """A carer whose day would begin and end at different places stays at home without a task."""
    problem = TourProblem.build(
        travel=[[0, 50], [50, 0]],
        place=[1],
        ready=[0],
        due=[99],
        minutes=[5],
        num_carers=2,
        leave=[1, 0],
        arrive=[1, 1],
    )
    assert find_tours(problem, QUICK).cost == 0


def test_tasks_that_nobody_can_do_are_named():
    """All tasks without carers, and visits by two with one carer only, are refused at once."""
    problem = TourProblem.build(
        travel=np.zeros((3, 3)),
        place=[1, 2, 2],
        ready=[0, 0, 0],
        due=[9, 9, 9],
        minutes=[1, 1, 1],
        num_carers=2,
        visits_by_two=[(1, 2, 0, 0)],
        fee=[[inf, inf], [0, inf], [0, inf]],
    )
    with pytest.raises(InputError) as caught:
        find_tours(problem, QUICK)
    assert [problem.path for problem in caught.value.problems] == ["tasks[0]", "tasks[1]"]


def test_a_watch_stops_the_search():
    """A callback that says stop gets the best tours so far."""
    problem = small(1)
    tours = find_tours(problem, Effort(moves=10**12), Watch(callback=lambda progress: progress.phase == "tours"))
    assert_sound(problem, tours)
