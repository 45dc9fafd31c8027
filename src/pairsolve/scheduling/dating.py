"""The entry: an assignment in, dated visits, bounds and conflicts out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from pairsolve.calendar import Calendar
from pairsolve.instance import Instance
from pairsolve.options import Options, Watch
from pairsolve.scheduling.answers import Assignment, Conflict, DatedVisit, Schedule
from pairsolve.scheduling.around import FEWEST_NEEDS, Memory, place_beside, solve_around
from pairsolve.scheduling.components import Cutter, components
from pairsolve.scheduling.conflicts import alone_impossible, event_conflicts
from pairsolve.scheduling.fast.engine import place, suits
from pairsolve.scheduling.frame import Frame
from pairsolve.scheduling.outcome import Outcome, Partial
from pairsolve.scheduling.pool import solve_all
from pairsolve.scheduling.solving import solve_briefly, solve_fast
from pairsolve.scheduling.tasks import Piece, Plan
from pairsolve.travel import Times

Groups = Mapping[int, Sequence[int]]  # number of a component → its needs
Hard = tuple[int, Piece, Mapping[int, Plan]]  # number of a component, the component, plans of some needs


class Scheduler:
    """Schedules assignments of one instance and remembers the components it has solved.

    Parameters
    ----------
    instance, calendar, times
        What is asked, when and where.
    options, watch
        How to solve, and where to report.
    """

    def __init__(self, instance: Instance, calendar: Calendar, times: Times, options: Options, watch: Watch) -> None:
        self.frame = Frame(instance, calendar, times)
        self.options = options
        self.watch = watch
        self._known: dict[tuple[object, ...], Outcome] = {}
        self._classes = sorted({self.frame.priority(need) for need in range(len(instance.needs))})
        self._partial: dict[int, Partial] = {}  # need → what the fast path made of its component
        self._placed = Assignment({}, {})  # to whom that applies
        self._cores: Memory = {}

    def schedule(self, assignment: Assignment) -> Schedule:
        """Return dated visits for all needs of the assignment, or the conflicts that forbid them."""
        clashes = event_conflicts(self.frame, assignment)
        assignment = _without_events(assignment, clashes)
        groups = components(self.frame, assignment)
        cutter = Cutter(self.frame, assignment)
        keys = [cutter.key(needs) for needs in groups]
        outcomes = {number: self._known[key] for number, key in enumerate(keys) if key in self._known}
        self._report(len(outcomes), len(groups))
        fresh = {number: needs for number, needs in enumerate(groups) if number not in outcomes}
        hard = self._solve_fast(assignment, cutter, fresh, outcomes)
        self._placed = assignment
        self._solve_hard(hard, outcomes, len(groups))
        # the next assignment will differ in few components
        self._known = {key: outcomes[number] for number, key in enumerate(keys)}
        self._report(len(outcomes), len(groups))
        return self._assembled([outcomes[number] for number in range(len(groups))], clashes)

    def schedule_or_drop(
        self, assignment: Assignment, found: Schedule | None = None
    ) -> tuple[Schedule, frozenset[int], frozenset[int]]:
        """Return a schedule without conflicts, and the needs and events that had to be dropped for it.

        Parameters
        ----------
        assignment
            Who serves what.
        found
            The schedule of the assignment, where it is known already.
        """
        needs: set[int] = set()
        events: set[int] = set()
        while True:
            found = found or self.schedule(assignment)
            if not found.conflicts:
                return found, frozenset(needs), frozenset(events)
            for kind, number in _least_important(self.frame, found.conflicts):
                (needs if kind == "need" else events).add(number)
            assignment = Assignment(
                {need: crew for need, crew in assignment.crews.items() if need not in needs},
                {event: crew for event, crew in assignment.event_crews.items() if event not in events},
            )
            found = None

    def _solve_fast(
        self, assignment: Assignment, cutter: Cutter, fresh: Groups, outcomes: dict[int, Outcome]
    ) -> list[Hard]:
        """Solve what needs no solver; return the rest as pieces, with the plans that were found."""
        suited = {number: needs for number, needs in fresh.items() if suits(self.frame, needs, cutter.narrow)}
        found: dict[int, Outcome | Partial] = {}
        for number, needs in suited.items():
            rest = self._rest(assignment, needs)
            if rest is not None:
                found[number] = rest
        city = [number for number in suited if number not in found]
        groups = [suited[number] for number in city]
        placed = place(self.frame, assignment, groups, self.options.threads, self.watch)
        found.update(zip(city, placed, strict=True))
        partials = [answer for answer in found.values() if isinstance(answer, Partial)]
        self._partial = {need: partial for partial in partials for need in partial.needs}
        hard: list[Hard] = []
        for number, needs in fresh.items():
            answer = found.get(number)
            if isinstance(answer, Partial):
                answer = self._solve_partial(cutter, answer)
            if isinstance(answer, Outcome):
                outcomes[number] = answer
                continue
            cutter.learn(needs)
            piece = cutter.piece(needs)
            outcome = solve_fast(piece) if number not in found else None
            if outcome is None:
                hard.append((number, piece, answer.plans if answer else {}))
            else:
                outcomes[number] = outcome
        return hard

    def _rest(self, assignment: Assignment, needs: Sequence[int]) -> Outcome | Partial | None:
        """Return what was placed of a component that is left of a larger one, if all in it has stayed as it was."""
        partial = self._partial.get(needs[0])
        before, now = self._placed, assignment
        if partial is None or before.event_crews != now.event_crews:
            return None
        if any(need not in partial.alone or before.crews.get(need) != now.crews[need] for need in needs):
            return None
        rest = partial.only(needs)
        return rest if rest.left_out else rest.perfect({})

    def _solve_partial(self, cutter: Cutter, partial: Partial) -> Outcome | Partial:
        """Solve what stands or falls with few needs of a component; return the others as they are."""
        left_out = partial.left_out
        cutter.learn(left_out)
        seed = self.options.seed
        impossible = [conflict for need in left_out for conflict in alone_impossible(cutter.piece([need]), seed)]
        if impossible:  # whatever else there is shows itself when these are gone
            missed = partial.missed
            return Outcome("conflict", {}, missed, missed, missed, conflicts=tuple(impossible))
        if self.watch.stopped or self.options.work_limit == 0:
            return place_beside(cutter, partial)
        if len(partial.needs) < FEWEST_NEEDS:
            return partial
        return solve_around(cutter, partial, seed, self._cores)

    def _solve_hard(self, hard: list[Hard], outcomes: dict[int, Outcome], total: int) -> None:
        """Give the pieces to CP-SAT, the largest first, until the work limit is reached or the run is to end."""
        hard.sort(key=lambda one: (-one[1].num_visits * len(one[1].tasks), one[0]))
        waiting = iter(hard)
        limit = len(hard) if self.options.work_limit is None else self.options.work_limit
        if not self.watch.stopped:
            asked = [(piece, start) for _, piece, start in hard[:limit]]
            solved = solve_all(asked, self.options.seed, self.options.threads)
            for outcome in solved:
                outcomes[next(waiting)[0]] = outcome
                self._report(len(outcomes), total)
                if self.watch.stopped:
                    solved.close()
                    break
        for number, piece, start in waiting:
            outcomes[number] = solve_briefly(piece, start)

    def _report(self, done: int, total: int) -> None:
        self.watch.report("scheduling", done, total)

    def _assembled(self, outcomes: Sequence[Outcome], clashes: Sequence[Conflict]) -> Schedule:
        slot = self.frame.slot
        plans: dict[int, Plan] = {need: plan for outcome in outcomes for need, plan in outcome.plans.items()}
        visits = [
            DatedVisit(need, visit + 1, day, at * slot) for need in sorted(plans) for visit, day, at in plans[need]
        ]
        conflicts = [*clashes, *(conflict for outcome in outcomes for conflict in outcome.conflicts)]
        missed_proven = not conflicts and all(outcome.missed_proven for outcome in outcomes)
        work = Counter(f"components_{outcome.method}" for outcome in outcomes)
        for outcome in outcomes:
            work.update(outcome.work)
        return Schedule(
            visits=tuple(visits),
            missed_bound=self._missed_bound(outcomes),
            regularity_bound=sum(outcome.regularity_bound for outcome in outcomes) if missed_proven else None,
            conflicts=tuple(conflicts),
            components=len(outcomes),
            proven=sum(outcome.proven for outcome in outcomes),
            work=dict(sorted(work.items())),
        )

    def _missed_bound(self, outcomes: Sequence[Outcome]) -> dict[int, int]:
        """Sum the bounds; a bound that rests on the classes before counts only while those are proven everywhere."""
        bounds = {}
        settled = True
        for priority in self._classes:
            mine = [outcome for outcome in outcomes if priority in outcome.missed]
            source = "missed_bound" if settled else "relaxed_bound"
            bounds[priority] = sum(getattr(outcome, source)[priority] for outcome in mine)
            settled = settled and bounds[priority] == sum(outcome.missed[priority] for outcome in mine)
        return bounds


def schedule(
    instance: Instance, calendar: Calendar, times: Times, assignment: Assignment, options: Options, watch: Watch
) -> Schedule:
    """Give the visits of an assignment days and hours.

    Parameters
    ----------
    instance, calendar, times
        What is asked, when and where.
    assignment
        Who serves what.
    options, watch
        How to solve, and where to report.

    Returns
    -------
    Schedule
        The same bytes for the same input and seed, whatever the number of processes.
    """
    return Scheduler(instance, calendar, times, options, watch).schedule(assignment)


def schedule_or_drop(
    instance: Instance, calendar: Calendar, times: Times, assignment: Assignment, options: Options, watch: Watch
) -> tuple[Schedule, frozenset[int], frozenset[int]]:
    """Give visits days and hours, dropping the least important job of every conflict until the rest can be scheduled.

    Returns
    -------
    tuple
        The schedule, without conflicts; needs dropped; events dropped.
    """
    return Scheduler(instance, calendar, times, options, watch).schedule_or_drop(assignment)


def _least_important(frame: Frame, conflicts: Sequence[Conflict]) -> list[tuple[str, int]]:
    """Choose a job of each conflict: of the last class, in the most conflicts, needs before events, the last one."""
    jobs = [
        [*(("need", need) for need in conflict.needs), *(("event", event) for event in conflict.events)]
        for conflict in conflicts
    ]
    count = Counter(job for group in jobs for job in group)
    chosen: list[tuple[str, int]] = []
    for group in jobs:
        if not any(job in chosen for job in group):
            chosen.append(max(group, key=lambda job: (_priority(frame, job), count[job], job[0] == "need", job[1])))
    return chosen


def _priority(frame: Frame, job: tuple[str, int]) -> int:
    kind, number = job
    return frame.priority(number) if kind == "need" else frame.instance.events[number].priority


def _without_events(assignment: Assignment, clashes: Sequence[Conflict]) -> Assignment:
    """Leave out events that clash among themselves, so that the other conflicts can be found as well."""
    out = frozenset().union(*(clash.events for clash in clashes))
    crews = {event: crew for event, crew in assignment.event_crews.items() if event not in out}
    return Assignment(assignment.crews, crews)
