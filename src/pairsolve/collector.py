"""The garbage collector, which would look at millions of lasting records again and again if it were left alone."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_SELDOM = (50_000, 20, 100)  # thresholds: a collection for every 50,000 new records, not for every 700
_lock = Lock()
_before: list[tuple[tuple[int, int, int], bool]] = []
"""What was set before the first of those who are calm, once for each of them."""


@contextmanager
def paused() -> Iterator[None]:
    """Pause the collector, for work that makes records and no rings of them."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


@contextmanager
def calm() -> Iterator[None]:
    """Let the collector leave alone what is there already, and look at new records seldom.

    Inside another one, or beside one in another thread, only new records count: what has been set aside stays so until
    the last of them ends.
    """
    with _lock:
        if not _before:
            _before.append((gc.get_threshold(), gc.get_freeze_count() > 0))
            gc.set_threshold(*_SELDOM)
        else:
            _before.append(_before[-1])
        gc.freeze()
    try:
        yield
    finally:
        with _lock:
            thresholds, frozen = _before.pop()
            if not _before:
                gc.set_threshold(*thresholds)
                if not frozen:
                    gc.unfreeze()
