"""Hard rules on visits (docs/model.md, section 3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations, pairwise

from pairsolve.check.recount import Dated, Recount, clock
from pairsolve.check.seats import Rule
from pairsolve.check.verdict import Finding
from pairsolve.instance import DayBreak
from pairsolve.rules import minutes_to_clock

LOOK_BACK = 300  # more visits than a day has starts (288): with that many, two neighbours overlap anyway


def count(recount: Recount) -> Iterator[Finding]:
    """Visits carry each required index at most once, a covered need has enough of them, another has none."""
    for number, visits in recount.visits_of.items():
        job = recount.facts.jobs[number]
        if number not in recount.covered:
            yield Finding("count", f"{job.label} has visits but is not covered", job.id)
        for index, times in sorted(Counter(visit.index for visit in visits).items()):
            if index > job.required:
                what = f"{job.label} has a visit {index}, but asks only {job.required}"
                yield Finding("count", what, job.id)
            if times > 1:
                yield Finding("count", f"{job.label} has visit {index} {times} times", job.id)
    for number in sorted(recount.covered) if recount.dated else ():
        job, dates = recount.facts.jobs[number], len(recount.visits_of.get(number, ()))
        if job.need is not None and dates < job.fewest:
            what = f"{job.label} has {dates} dated visits, below its fewest of {job.fewest}"
            yield Finding("count", what, job.id)


def period(recount: Recount) -> Iterator[Finding]:
    """A visit falls into the week or month its index belongs to."""
    for visit in recount.visits:
        slots = visit.job.slots
        if visit.index <= len(slots):
            slot = slots[visit.index - 1]
            if not slot.first <= visit.day < slot.last:
                dates = recount.facts.calendar.dates
                what = f"is on {dates[visit.day]}, but belongs to {dates[slot.first]} – {dates[slot.last - 1]}"
                yield _finding("period", visit, what)


def gap(recount: Recount) -> Iterator[Finding]:
    """Visits of a need keep their fewest and most days apart."""
    for visits in recount.visits_of.values():
        need = visits[0].job.need
        if need is None:
            continue
        rhythm = need.visits
        # a gap per index adds up along the chain, so neighbours in the list stand for all pairs
        for earlier, later in pairwise(sorted(visits, key=lambda visit: visit.index)):
            steps, days = later.index - earlier.index, later.day - earlier.day
            if days < steps * rhythm.min_gap_days:
                what = f"is {days} days after visit {earlier.index}, below {steps} × {rhythm.min_gap_days}"
                yield _finding("gap", later, what)
            if steps == 1 and rhythm.max_gap_days is not None and days > rhythm.max_gap_days:
                what = f"is {days} days after visit {earlier.index}, above {rhythm.max_gap_days}"
                yield _finding("gap", later, what)


def closed(recount: Recount) -> Iterator[Finding]:
    """No visit falls on a closed day."""
    for visit in recount.visits:
        if recount.facts.calendar.closed[visit.day]:
            yield _finding("closed", visit, f"is on {recount.facts.calendar.dates[visit.day]}, a closed day")


def window(recount: Recount) -> Iterator[Finding]:
    """A visit lies inside the windows of its crew, the household, the need and the site, and outside clock changes."""
    calendar = recount.facts.calendar
    for visit in recount.visits:
        crew = [recount.facts.volunteers[id_] for id_ in visit.crew]
        hours = [(f"volunteer {one.id!r}", one.windows, one.exceptions, one.overtime_minutes) for one in crew]
        ours = [(*hours_of, 0) for hours_of in recount.facts.hours_of(visit.job)]
        for who, windows, exceptions, overtime in (*hours, *ours):
            if not calendar.open_at(windows, exceptions, visit.day, visit.start, visit.end, overtime):
                yield _finding("window", visit, f"at {_times(recount, visit)} is outside the windows of {who}")


def grid(recount: Recount) -> Iterator[Finding]:
    """A visit starts on the slot grid."""
    slot = recount.facts.calendar.slot
    for visit in recount.visits:
        moment = None if visit.visit is None else visit.visit.start
        if visit.start % slot or (moment is not None and (moment.second or moment.microsecond)):
            yield _finding("grid", visit, f"starts at {_times(recount, visit)}, off the grid of {slot} minutes")


def overlap(recount: Recount) -> Iterator[Finding]:
    """A volunteer is at one place at a time and has the time to travel between two."""
    couples = list(_couples(recount))
    ways = recount.facts.minutes(
        [volunteer for volunteer, _, _ in couples],
        [earlier.job.place for _, earlier, _ in couples],
        [later.job.place for _, _, later in couples],
    )
    for (volunteer, earlier, later), way in zip(couples, ways, strict=True):
        travel = 0 if "phone" in (earlier.job.channel, later.job.channel) else way
        if earlier.end + travel > later.start:
            free = later.start - earlier.end
            what = f"leaves volunteer {volunteer!r} {free} minutes after {earlier.label}, but the way takes {travel}"
            yield _finding("overlap", later, what)


def day_break(recount: Recount) -> Iterator[Finding]:
    """Whoever asks for a break has it on every day with visits, besides all visits and ways."""
    for (id_, day), stops in recount.days.items():
        rest = recount.facts.volunteers[id_].day_break
        visits = [stop for stop in stops if stop.visit is not None] if rest is not None else []
        if rest is None or not visits:
            continue
        ways = _ways_between(recount, id_, visits)
        if not any(_has_break(rest, visits, ways, first_after) for first_after in range(len(visits) + 1)):
            date = recount.facts.calendar.dates[day]
            span = f"{minutes_to_clock(rest.start)} – {minutes_to_clock(rest.end)}"
            what = f"volunteer {id_!r} has no break of {rest.minutes} minutes within {span} on {date}"
            yield Finding("day_break", what, id_)


def _ways_between(recount: Recount, id_: str, visits: list[Dated]) -> dict[tuple[int, int], int]:
    """Return the minutes from each visit of a day to each later one; none to and from phone visits."""
    couples = list(combinations(range(len(visits)), 2))
    ways = recount.facts.minutes(
        [id_] * len(couples),
        [visits[one].job.place for one, _ in couples],
        [visits[other].job.place for _, other in couples],
    )
    return {
        (one, other): 0 if "phone" in (visits[one].job.channel, visits[other].job.channel) else way
        for (one, other), way in zip(couples, ways, strict=True)
    }


def _has_break(rest: DayBreak, visits: list[Dated], ways: dict[tuple[int, int], int], first_after: int) -> bool:
    """Say whether the break fits in front of a visit of the day, given by its place in the order."""
    before, after = range(first_after), range(first_after, len(visits))
    return (
        all(visits[one].end + rest.minutes <= rest.end for one in before)
        and all(visits[one].start >= rest.start + rest.minutes for one in after)
        and all(
            visits[one].end + ways[one, other] + rest.minutes <= visits[other].start
            for one in before
            for other in after
        )
    )


def household_overlap(recount: Recount) -> Iterator[Finding]:
    """A household receives one visit at a time."""
    days: dict[tuple[str, int], list[Dated]] = defaultdict(list)
    for visit in recount.visits:
        days[visit.job.household.id if visit.job.household else "", visit.day].append(visit)
    for (household, _), visits in days.items():
        visits.sort(key=lambda visit: (visit.start, visit.end, visit.job.number))
        longest = visits[0]
        for visit in visits[1:]:
            if visit.start < longest.end:
                what = f"overlaps {longest.label} at household {household!r}"
                yield _finding("household_overlap", visit, what)
            longest = max(longest, visit, key=lambda one: one.end)


def per_day(recount: Recount) -> Iterator[Finding]:
    """Nobody has more visits and events on a day than agreed."""
    for (id_, day), stops in recount.days.items():
        most = recount.facts.volunteers[id_].visits_per_day
        if len(stops) > most:
            date = recount.facts.calendar.dates[day]
            yield Finding("per_day", f"volunteer {id_!r} has {len(stops)} visits on {date}, above {most}", id_)


def per_week(recount: Recount) -> Iterator[Finding]:
    """Nobody has more visits and events in a week than agreed."""
    weeks: Counter[tuple[str, int]] = Counter()
    for (id_, day), stops in recount.days.items():
        weeks[id_, recount.facts.week[day]] += len(stops)
    for (id_, week), visits in weeks.items():
        most = recount.facts.volunteers[id_].visits_per_week
        if most is not None and visits > most:
            yield Finding("per_week", f"volunteer {id_!r} has {visits} visits in week {week + 1}, above {most}", id_)


def minutes(recount: Recount) -> Iterator[Finding]:
    """Nobody works more minutes in a week or a month than agreed, the way there and back included."""
    weeks: Counter[tuple[str, int]] = Counter()
    months: Counter[tuple[str, int]] = Counter()
    for (id_, day), stops in recount.days.items():
        work = sum(stop.job.minutes + 2 * recount.trip[id_, stop.job.number] for stop in stops)
        weeks[id_, recount.facts.week[day]] += work
        months[id_, recount.facts.month[day]] += work
    for word, periods in (("week", weeks), ("month", months)):
        for (id_, number), work in periods.items():
            volunteer = recount.facts.volunteers[id_]
            most = volunteer.minutes_per_week if word == "week" else volunteer.minutes_per_month
            if most is not None and work > most:
                what = f"volunteer {id_!r} works {work} minutes in {word} {number + 1}, above {most}"
                yield Finding("minutes", what, id_)


def site_capacity(recount: Recount) -> Iterator[Finding]:
    """A site serves no more households at a time than it has room for."""
    moves: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
    for visit in recount.visits:
        if visit.job.site is not None and recount.facts.sites[visit.job.site].capacity is not None:
            moves[visit.job.site, visit.day] += [(visit.start, 1), (visit.end, -1)]
    for (site, day), steps in moves.items():
        present, capacity = 0, recount.facts.sites[site].capacity or 0
        for minute, step in sorted(steps):
            present += step
            if step > 0 and present > capacity:
                when = f"{recount.facts.calendar.dates[day]} {minutes_to_clock(minute)}"
                yield Finding("site_capacity", f"site {site!r} has {present} visits at {when}, above {capacity}", site)
                break


def _couples(recount: Recount) -> Iterator[tuple[str, Dated, Dated]]:
    """Yield any two stops of a volunteer on a day, the earlier one first."""
    for (volunteer, _), stops in recount.days.items():
        for position, later in enumerate(stops):
            for earlier in stops[max(0, position - LOOK_BACK) : position]:
                yield volunteer, earlier, later


def _times(recount: Recount, visit: Dated) -> str:
    return clock(visit.visit.start) if visit.visit is not None else str(recount.facts.calendar.dates[visit.day])


def _finding(code: str, visit: Dated, what: str) -> Finding:
    return Finding(code, f"{visit.label} {what}", visit.job.id)


RULES: dict[str, Rule] = {
    "count": count,
    "period": period,
    "gap": gap,
    "closed": closed,
    "window": window,
    "grid": grid,
    "overlap": overlap,
    "household_overlap": household_overlap,
    "day_break": day_break,
    "per_day": per_day,
    "per_week": per_week,
    "minutes": minutes,
    "site_capacity": site_capacity,
}
