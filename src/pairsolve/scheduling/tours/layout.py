"""The arrays that the compiled search works on, and names of their columns and places.

Few arrays with many columns: every array that a kernel is given costs time to compile at each of its calls, and what is
known of a node lies side by side in memory.
"""

from __future__ import annotations

from typing import NamedTuple

from pairsolve.scheduling.tours.asked import Floats, Ints, Words

# Columns of `Asked.facts`: four of nodes, three of carers, one of persons.
LEAVE, REACH, MATE, LEADS, HAS_LUNCH, PERSON, MOST_TASKS, SHARE = 0, 1, 2, 3, 4, 5, 6, 7
NUM_FACTS = 8
# Columns of `Asked.times`: seven of nodes, one of carers.
READY, DUE, MINUTES, AGAIN, DUE_AGAIN, LEAST, MOST, SHIFT_END = 0, 1, 2, 3, 4, 5, 6, 7
# Places in `Asked.rates`.
PRICED, WAITING, OVERTIME, IDLE, NO_LUNCH, IN_TIME, BALANCE, EVEN = 0, 1, 2, 3, 4, 5, 6, 7
PER_TRAVEL, PER_TARDY, PER_HIGHEST, NOON_FIRST, NOON_LAST, NOON_LENGTH, LIMITED = 8, 9, 10, 11, 12, 13, 14
NUM_RATES = 15

# Columns of `State.links`: three of nodes, three of tasks, three of carers, one of persons.
AFTER, BEFORE, ROUTE, SEEN, VISITS, WAITS, LUNCH, MARKED, TASKS, IN_ALL = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
NUM_LINKS = 10
# Columns of `State.times`: three of nodes, three of carers, four of entries in the logs.
START, RELEASE, LATEST, DAY_COST, DAY_IDLE, DAY_WORK, OLD_START, OLD_COST, OLD_IDLE, OLD_WORK = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
)
NUM_TIMES = 10
# Rows of `State.logs`.
LOG, QUEUE, RECOUNTED, CUT_NODE, CUT_AFTER, MOVED_TASK, MOVED_FROM = 0, 1, 2, 3, 4, 5, 6
NUM_LOGS = 7
# Places in `State.sums`.
TRAVEL, TARDINESS, HIGHEST, FEES, DAYS, IDLEST, IDLER, SPREAD = 0, 1, 2, 3, 4, 5, 6, 7
NUM_SUMS = 8
# Places in `State.memo` after the old sums, and the kinds of what a move other than links has changed.
KIND, WHICH, WAS, ALSO, ALSO_WAS = 8, 9, 10, 11, 12
NUM_MEMOS = 13
NOTHING, HELD, LUNCHED, HELD_BOTH = 0.0, 1.0, 2.0, 3.0
# Places in `State.counts`.
HOLDER, MOVE, LOGGED, QUEUED, CUT, MOVED, STALE, MOST_VISITS = 0, 1, 2, 3, 4, 5, 6, 7
NUM_COUNTS = 8


class Asked(NamedTuple):
    """The problem as the kernels see it.

    Parameters
    ----------
    facts
        Where each node is left and reached from, the mate of each task and whether it leads; who has lunch, whose
        carer is which person and how many tasks it may have; how many tasks each person has, shape (nodes, 8).
    times
        Windows, lengths and lags of tasks, and ends of shifts, in minutes, shape (nodes, 8).
    legs
        Minutes from place to place, shape (places, places).
    fee
        Cost of each task by each carer; the last column is the cost of leaving it undone, shape (tasks, carers + 1).
        Such a task follows itself.
    near
        Tasks near to each task, shape (tasks, near).
    rates
        Prices, weights and noon, and whether tasks are counted, shape (15,).
    """

    facts: Ints
    times: Floats
    legs: Floats
    fee: Floats
    near: Ints
    rates: Floats


class State(NamedTuple):
    """The tours as they stand, and the log of the move at work.

    Parameters
    ----------
    links
        What follows each node, what it follows, and its carer; a base stands at both ends of its tour. Which move last
        logged a task, how often the move at work has computed it, and whether its start must be computed again. The
        node after which each carer has lunch, or -1, whether its day has been counted anew, and its tasks. The tasks
        of each person. Shape (nodes, 10).
    times
        Start of each node, the earliest that the search allows it, and how late it can be without delaying the next,
        where days are priced; cost, idle minutes and minutes of work of each carer's day; what starts and days in the
        logs were before. Shape (nodes, 10).
    tardy
        Tardiness of each task, shape (tasks,).
    logs
        Tasks whose start has changed, tasks to be computed again, carers counted anew, links cut as (node, what
        followed), tasks moved as (task, carer). Shape (7, nodes), at least as wide as the links one move cuts.
    sums
        Travel, tardiness, fees and the like, shape (8,).
    memo
        The sums before the move, and what it has changed besides links, shape (13,).
    counts
        Who holds the largest tardiness, moves so far, entries of logs and queue, and how often a task may be
        computed again, shape (8,).
    random
        State of the random numbers, shape (1,).
    """

    links: Ints
    times: Floats
    tardy: Floats
    logs: Ints
    sums: Floats
    memo: Floats
    counts: Ints
    random: Words
