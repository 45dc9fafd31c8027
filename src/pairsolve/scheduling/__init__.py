"""Scheduling: which day and which hour, for an assignment that pairing made.

``schedule`` cuts the assignment into components, tries the fast path on each, gives the rest to CP-SAT,
and returns visits, bounds, and the conflicts that pairing must avoid.
"""

from pairsolve.scheduling.answers import Assignment, Conflict, DatedVisit, Schedule
from pairsolve.scheduling.dating import Scheduler, schedule, schedule_or_drop
from pairsolve.scheduling.openboard import Board

__all__ = ["Assignment", "Board", "Conflict", "DatedVisit", "Schedule", "Scheduler", "schedule", "schedule_or_drop"]
