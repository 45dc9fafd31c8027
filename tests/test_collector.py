"""The garbage collector is left as it was found."""

from __future__ import annotations

import gc
from contextlib import ExitStack

from pairsolve.collector import calm


def test_those_who_are_calm_side_by_side_leave_the_collector_as_it_was():
    """Whoever ends first, thresholds and what is set aside are those of the beginning once all have ended."""
    before = gc.get_threshold(), gc.get_freeze_count()
    one, other = ExitStack(), ExitStack()
    one.enter_context(calm())
    other.enter_context(calm())
    one.close()
    assert gc.get_threshold() != before[0]
    other.close()
    assert (gc.get_threshold(), gc.get_freeze_count()) == before
