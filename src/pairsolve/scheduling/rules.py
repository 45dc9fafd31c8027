"""The hard rules on visits, each with the functions that hold it; the table of contents of this package.

A rule is held twice here: by the masks and on the board of the fast path, and in the exact model.
What both take from the same facts (masks, lags, rooms) stands first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pairsolve.calendar import Calendar
from pairsolve.scheduling.board import Board
from pairsolve.scheduling.frame import Frame
from pairsolve.scheduling.model import VisitModel
from pairsolve.scheduling.rhythm import Rhythm

RULES: Mapping[str, tuple[Callable[..., object], ...]] = {
    "count": (Board.best_place, VisitModel.fewest),
    "period": (Calendar.visit_slots, Rhythm.complete, VisitModel._add_visits),
    "gap": (Rhythm.keeps_gaps, VisitModel._add_gaps),
    "closed": (Calendar.start_masks,),
    "window": (Frame._joint_masks,),
    "grid": (Calendar.start_masks,),
    "overlap": (Frame.lag, Frame.stencil, Board._keep_apart, VisitModel._add_orders),
    "household_overlap": (Frame.lag, Board._keep_apart, VisitModel._add_orders),
    "per_day": (Frame.room, Board._full_days, VisitModel._add_rooms),
    "per_week": (Frame.room, Board._shut, VisitModel._add_rooms),
    "minutes": (Frame.room, Board._shut, VisitModel._add_rooms),
    "site_capacity": (Board._keep_out, VisitModel._add_sites),
}
