"""Cards: one household, one volunteer, one area or one week of a plan, for people to read.

Every function is pure: a book in, something rich can draw out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Column, Table
from rich.text import Text

from pairsolve.cli.book import Book
from pairsolve.errors import InputError, Problem
from pairsolve.plan import Pair, Visit
from pairsolve.sentences import missed_sentence, unmet_sentence
from pairsolve.wording import visible

MOST_LISTED = 60


def household_card(book: Book, household: str) -> RenderableType:
    """Return who comes to a household, when, and what is not covered and why."""
    book.require("--household", household, book.households or book.pairs_of_household)
    lines = [line for need in book.needs_of(household) for line in _need_lines(book, need)]
    if not book.instance:
        lines.append(Text("Give --instance to see names, and what is not covered and why.", style="dim"))
    elif not lines:
        lines.append(Text("asks for nothing"))
    title = f"Household {book.home(household)}"
    if household in book.households:
        record = book.households[household]
        title += f" · class {record.priority} · {book.place(record.area)}"
    return _card(title, lines)


def volunteer_card(book: Book, volunteer: str) -> RenderableType:
    """Return whom a volunteer helps, and when."""
    book.require("--volunteer", volunteer, book.volunteers or book.pairs_of_volunteer)
    lines: list[Text] = []
    for pair in book.pairs_of_volunteer[volunteer]:
        lines.append(Text(f"{book.home(pair.household)}: {_tie(pair)}", style="bold"))
        lines += [Text(f"  {book.help(seat.need)}{_role(seat.role)}") for seat in pair.seats]
    for staffed in book.plan.events:
        roles = [seat.role for seat in staffed.crew if seat.volunteer == volunteer]
        lines += [Text(f"event {_event(book, staffed.event)}{_role(role)}", style="bold") for role in roles]
    visits = [visit for visit in _in_order(book.plan.visits) if volunteer in visit.crew]
    lines += [Text(f"  {_when(visit)}  {_whom(book, visit)}") for visit in visits[:MOST_LISTED]]
    lines += _rest(len(visits))
    minutes = sum(_minutes(visit) for visit in visits)
    lines.append(Text(f"{len(visits)} visits, {minutes / 60:.1f} hours of service" if visits else "no visits"))
    return _card(f"Volunteer {book.person(volunteer)}", lines)


def area_card(book: Book, area: str) -> RenderableType:
    """Return how well an area and the areas in it are covered, and what is missing."""
    known = book.areas or dict.fromkeys(row.area for row in book.plan.coverage if row.area is not None)
    book.require("--area", area, known)
    inside = book.areas_below(area)
    table = Table("service", "class", "needs", "covered", "visits asked", "visits dated")
    for row in book.plan.coverage:
        if row.area in inside:
            figures = (row.priority, row.needs, row.covered, row.visits_required, row.visits_planned)
            table.add_row(Text(visible(row.service)), *(f"{figure:,}" for figure in figures))
    unmet = [
        Text(f"{book.home(household)}: {book.help(need)}: {unmet_sentence(seat)}")
        for need, seats in book.unmet_of_job.items()
        if (household := book.household_of_need.get(need)) in book.households
        and book.households[household].area in inside
        for seat in seats
    ]
    return _card(f"Area {book.place(area)}", [table, *unmet[:MOST_LISTED], *_rest(len(unmet))])


def week_card(book: Book, week: int) -> RenderableType:
    """Return all visits of a week, counted from 1."""
    first = book.first_day()
    if first is None:
        return _card(f"Week {week}", [Text("the plan has no visits")])
    start = first + timedelta(days=7 * (week - 1))
    end = start + timedelta(days=6)
    visits = [visit for visit in _in_order(book.plan.visits) if start <= visit.start.date() <= end]
    if week < 1 or not (visits or book.instance is None or start <= book.instance.horizon.last_day):
        raise InputError("show", [Problem("--week", f"is {week}; the horizon has no such week")])
    table = Table(Column("when", no_wrap=True), "who", "where", "what")
    for visit in visits:
        who = ", ".join(book.person(volunteer) for volunteer in visit.crew)
        table.add_row(_when(visit), Text(who), Text(_home_of(book, visit)), Text(book.help(visit.need)))
    body = table if visits else Text("no visits")
    return _card(f"Week {week}: {start} to {end}, {len(visits):,} visits", [body])


def _need_lines(book: Book, need: str) -> Iterable[Text]:
    yield Text(book.help(need), style="bold")
    for pair in book.pairs_of_household[book.household_of_need.get(need, "")]:
        roles = [seat.role for seat in pair.seats if seat.need == need]
        for role in roles:
            yield Text(f"  {book.person(pair.volunteer)}{_role(role)}: {_tie(pair)}", style="green")
    for visit in book.visits_of_need[need]:
        yield Text(f"  {_when(visit)}")
    for seat in book.unmet_of_job[need]:
        yield Text(f"  not covered: {unmet_sentence(seat)}", style="red")
    for missed in book.missed_of_need[need]:
        yield Text(f"  {missed_sentence(missed)}", style="yellow")


def _card(title: str, lines: Iterable[RenderableType]) -> RenderableType:
    return Panel(Group(*lines), title=Text(title, style="bold"), title_align="left")


def _rest(count: int) -> list[Text]:
    return [Text(f"… and {count - MOST_LISTED:,} more", style="dim")] if count > MOST_LISTED else []


def _tie(pair: Pair) -> str:
    words = [f"{pair.minutes} minutes away", "kept pair" if pair.kept else "new pair"]
    return ", ".join([*words, "locked"] if pair.locked else words)


def _role(role: str) -> str:
    return "" if role == "member" else f" as {visible(role)}"


def _in_order(visits: Iterable[Visit]) -> list[Visit]:
    return sorted(visits, key=lambda visit: (visit.start.isoformat(), visit.need))


def _when(visit: Visit) -> str:
    return f"{visit.start:%a %Y-%m-%d %H:%M}–{visit.end:%H:%M}"


def _minutes(visit: Visit) -> int:
    return round((visit.end - visit.start).total_seconds() / 60)


def _home_of(book: Book, visit: Visit) -> str:
    return book.home(book.household_of_need[visit.need]) if visit.need in book.household_of_need else "?"


def _whom(book: Book, visit: Visit) -> str:
    return f"{_home_of(book, visit)}  {book.help(visit.need)}"


def _event(book: Book, event: str) -> str:
    if event not in book.events:
        return visible(event)
    record = book.events[event]
    return f"{visible(event)} {visible(record.name)} on {record.day:%a %Y-%m-%d}".replace("  ", " ")
