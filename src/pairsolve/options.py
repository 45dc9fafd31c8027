"""How to solve: one checked set of options, and the watch that reports progress and knows when to stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pairsolve.errors import InputError, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to solve; the same options on the same input give the same bytes.

    Parameters
    ----------
    seed
        Start of every random choice.
    threads
        Processes used side by side; the plan does not depend on it.
    work_limit
        Most neighbourhoods improved in pairing, which limits the exact model of each tier too, and most hard components
        given to CP-SAT in scheduling; None = as many as the size suggests.
    time_limit
        Wall-clock seconds after which the best plan found is returned; None = none. The one option
        under which two runs may differ.
    stage
        ``"pair"`` stops after pairing, ``"all"`` goes on to dated visits.
    clock
        False leaves every clock value out of the plan.
    """

    seed: int = 0
    threads: int = 2
    work_limit: int | None = None
    time_limit: float | None = None
    stage: Literal["pair", "all"] = "all"
    clock: bool = True

    def __post_init__(self) -> None:
        problems = []
        if not 0 <= self.seed < 2**31:
            problems.append(Problem("seed", f"is {self.seed}; give a whole number from 0 to 2147483647"))
        if not 1 <= self.threads <= 1024:
            problems.append(Problem("threads", f"is {self.threads}; give a whole number from 1 to 1024"))
        if self.work_limit is not None and self.work_limit < 0:
            problems.append(Problem("work_limit", f"is {self.work_limit}; give 0 or more, or leave it out"))
        if self.time_limit is not None and not 0 < self.time_limit < float("inf"):
            problems.append(Problem("time_limit", f"is {self.time_limit}; give seconds above 0, or leave it out"))
        if self.stage not in ("pair", "all"):
            problems.append(Problem("stage", f"is {self.stage!r}; give 'pair' or 'all'"))
        if problems:
            raise InputError("options", problems)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a long run stands.

    Parameters
    ----------
    phase
        Stage at work: ``"travel"``, ``"candidates"``, ``"pairing"``, ``"scheduling"``, ``"check"``, …
    done, total
        Steps done and to do in this phase; total 0 = not known.
    value, bound
        Best value and bound of the tier at work, where there is one.
    detail
        A few words more.
    """

    phase: str
    done: int = 0
    total: int = 0
    value: int | None = None
    bound: int | None = None
    detail: str = ""


Callback = Callable[[Progress], bool | None]


class Watch:
    """Passes progress on and says when to stop: on a time limit, or because the callback returned True.

    Examples
    --------
    >>> watch = Watch(callback=lambda progress: progress.done >= 2)
    >>> watch.report("pairing", 1, 3); watch.stopped
    False
    >>> watch.report("pairing", 2, 3); watch.stopped
    True
    """

    def __init__(self, callback: Callback | None = None, time_limit: float | None = None) -> None:
        self._callback = callback
        self._deadline = None if time_limit is None else time.monotonic() + time_limit
        self._asked = False
        self._phase = ""
        self._since = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def report(
        self,
        phase: str,
        done: int = 0,
        total: int = 0,
        *,
        value: int | None = None,
        bound: int | None = None,
        detail: str = "",
    ) -> None:
        """Tell the callback where the run stands; time spent is booked on the phase."""
        self.enter(phase)
        if self._callback is not None and self._callback(Progress(phase, done, total, value, bound, detail)):
            self._asked = True

    def enter(self, phase: str) -> None:
        """Book the time since the last call on the phase before, and start this one."""
        now = time.perf_counter()
        if self._phase:
            self.seconds[self._phase] = self.seconds.get(self._phase, 0.0) + now - self._since
        self._phase, self._since = phase, now

    def until(self, share: float) -> float:
        """Return when a share of the time left is used up, on the clock of `time.monotonic`; never without a limit."""
        now = time.monotonic()
        return math.inf if self._deadline is None else now + share * max(0.0, self._deadline - now)

    @property
    def stopped(self) -> bool:
        """Whether the run should come to its end."""
        return self._asked or (self._deadline is not None and time.monotonic() > self._deadline)
