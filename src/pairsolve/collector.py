"""The garbage collector, which would look at millions of lasting records again and again if it were left alone."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = (50_000, 20, 100)  # thresholds: a collection for every 50,000 new records, not for every 700


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

    Inside another one, only new records count: what the outer one has set aside stays so until that ends.
    """
    before, inside = gc.get_threshold(), gc.get_freeze_count() > 0
    gc.freeze()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if not inside:
            gc.unfreeze()
