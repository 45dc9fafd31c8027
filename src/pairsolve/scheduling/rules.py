"""The hard rules on visits, each with the functions that hold it; the table of contents of this package.

A rule is held three times here: by the masks and on the board of the greedy way, in the compiled loops of the fast
path (but for sites, whose components are not theirs), and in the exact model.
What both take from the same facts (masks, lags, rooms) stands first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pairsolve.calendar import Calendar
from pairsolve.scheduling.board import Board
from pairsolve.scheduling.fast import city, days, rooms
from pairsolve.scheduling.frame import Frame
from pairsolve.scheduling.model import VisitModel
from pairsolve.scheduling.rhythm import Rhythm

RULES: Mapping[str, tuple[Callable[..., object], ...]] = {
    "count": (Board.best_place, city.build, VisitModel.fewest),
    "period": (Calendar.visit_slots, Rhythm.complete, days.complete, VisitModel._add_visits),
    "gap": (Rhythm.keeps_gaps, days.following, VisitModel._add_gaps),
    "closed": (Calendar.start_masks,),
    "window": (Frame.window_masks,),
    "grid": (Calendar.start_masks,),
    "overlap": (Frame.lag, Frame.stencil, Board._keep_apart, rooms.count_collisions, VisitModel._add_orders),
    "household_overlap": (Frame.lag, Board._keep_apart, rooms.count_collisions, VisitModel._add_orders),
    "day_break": (
        Calendar.working_masks,
        Frame.rested_lag,
        Board._keep_apart,
        city._lags,
        VisitModel._add_breaks,
        VisitModel._keep_break,
    ),
    "per_day": (Frame.room, Board._full_days, rooms.shut_out, VisitModel._add_rooms),
    "per_week": (Frame.room, Board._shut, rooms.is_paid, VisitModel._add_rooms),
    "minutes": (Frame.room, Board._shut, rooms.is_paid, VisitModel._add_rooms),
    "site_capacity": (Board._keep_out, VisitModel._add_sites),
}
