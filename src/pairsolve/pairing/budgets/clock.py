"""When a run of the budget engine should stop."""

from __future__ import annotations

import time
from dataclasses import dataclass

from pairsolve.options import Watch


@dataclass(frozen=True)
class Clock:
    """Says when to stop: when the watch does, or on a time limit of this run's own."""

    watch: Watch
    deadline: float | None = None

    @property
    def stopped(self) -> bool:
        """Whether the run should come to its end."""
        return self.watch.stopped or self.remaining <= 0.0

    @property
    def remaining(self) -> float:
        """Seconds to the time limit; infinite without one."""
        return float("inf") if self.deadline is None else self.deadline - time.monotonic()
