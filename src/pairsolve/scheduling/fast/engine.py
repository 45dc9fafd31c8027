"""The entry of the fast path: components in, outcomes that nothing can beat out, and partial plans of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from pairsolve.compiled import load
from pairsolve.options import Watch
from pairsolve.scheduling.answers import Assignment
from pairsolve.scheduling.fast.city import City, build
from pairsolve.scheduling.fast.state import (
    DAY,
    MISSED,
    MOST_DAYS,
    MOST_VISITS,
    OFF_DAY,
    OFF_TIME,
    PLACED,
    PLAN,
    SLOT,
    STAND,
    VISIT,
    VISITS,
    Ints,
    desk,
)
from pairsolve.scheduling.frame import Frame
from pairsolve.scheduling.outcome import Outcome, Partial

KERNELS = ("pairsolve.scheduling.fast.place",)
FEWEST_FOR_THREADS = 2_000  # needs


def suits(frame: Frame, needs: Sequence[int], narrow: Sequence[int] | dict[int, int]) -> bool:
    """Say whether a component is one for the fast path: no narrow site, and few enough days and visits."""
    if frame.grid.num_days > MOST_DAYS or (narrow and any(frame.facts(need)[1] in narrow for need in needs)):
        return False
    return frame.most_visits <= MOST_VISITS or all(len(frame.rhythm(need).windows) <= MOST_VISITS for need in needs)


def place(
    frame: Frame, assignment: Assignment, groups: Sequence[Sequence[int]], threads: int, watch: Watch
) -> list[Outcome | Partial]:
    """Place the needs of components at their best.

    Parameters
    ----------
    frame, assignment
        Facts, and who serves what.
    groups
        Needs of each component; all of them suit.
    threads
        Components are placed side by side; the answers do not depend on it.
    watch
        Told before a compilation.

    Returns
    -------
    list
        For each component its outcome, which nothing can beat, or what could be placed of it.
    """
    if not groups:
        return []
    city = build(frame, assignment, groups)
    pushes = _run(city, threads, watch)
    reader = _Reader(frame, city)
    ends = city.component_at.tolist()
    return [
        reader.answer(range(ends[number], ends[number + 1]), needs, int(pushes[number]))
        for number, needs in enumerate(groups)
    ]


def _run(city: City, threads: int, watch: Watch) -> Ints:
    """Run the compiled loop over all components; return how often needs were put before others."""
    (module,) = load(KERNELS, watch)
    sizes = np.diff(city.component_at)
    pushes = np.zeros(len(sizes), np.int64)
    members = np.arange(len(city.needs))
    num_parts = threads if len(city.needs) >= FEWEST_FOR_THREADS else 1
    shares = np.searchsorted(city.component_at, len(city.needs) * np.arange(1, num_parts) // num_parts)
    cuts = [0, *shares.tolist(), len(sizes)]

    def run(part: int) -> None:
        room = desk(city.asked.starts.shape[1], int(sizes.max()))
        module.place_all(
            *city.asked, *city.plans, *room, city.component_at, members, pushes, cuts[part], cuts[part + 1]
        )

    with ThreadPoolExecutor(num_parts) as pool:
        list(pool.map(run, range(num_parts)))
    return pushes


class _Reader:
    """Turns arrays back into plans and outcomes."""

    def __init__(self, frame: Frame, city: City) -> None:
        self._needs = city.needs
        self._priority = [frame.priority(need) for need in city.needs]
        need, dates, _ = city.plans
        self._placed = (need[:, STAND] == PLACED).tolist()
        self._missed = need[:, MISSED].tolist()
        self._irregular = (need[:, OFF_DAY] + need[:, OFF_TIME]).tolist()
        self._begin = city.asked.at[:, PLAN].tolist()
        self._size = need[:, VISITS].tolist()
        self._visits = list(map(tuple, dates[:, [VISIT, DAY, SLOT]].tolist()))

    def answer(self, numbers: range, needs: Sequence[int], pushes: int) -> Outcome | Partial:
        """Return what was found for the needs of one component."""
        plans = {
            self._needs[number]: tuple(self._visits[self._begin[number] : self._begin[number] + self._size[number]])
            for number in numbers
            if self._placed[number]
        }
        alone = {
            self._needs[number]: (self._priority[number], self._missed[number], self._irregular[number])
            for number in numbers
        }
        partial = Partial(needs, plans, alone)
        return partial if partial.left_out else partial.perfect({"pushes": pushes} if pushes else {})
