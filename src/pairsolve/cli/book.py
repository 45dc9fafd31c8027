"""A plan with its look-ups: who, what and when by household, by volunteer and by need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from pairsolve.errors import InputError, Problem
from pairsolve.instance import Instance, Need
from pairsolve.plan import MissedVisit, Pair, Plan, UnmetSeat, Visit
from pairsolve.wording import Names, quoted, visible


class Book:
    """What the cards are written from.

    Parameters
    ----------
    plan
        What was decided.
    instance
        What was asked, where it is at hand: it knows names, areas, and the needs nobody meets.
    """

    def __init__(self, plan: Plan, instance: Instance | None = None) -> None:
        self.plan, self.instance = plan, instance
        self.pairs_of_household: dict[str, list[Pair]] = defaultdict(list)
        self.pairs_of_volunteer: dict[str, list[Pair]] = defaultdict(list)
        self.household_of_need: dict[str, str] = {}
        self.visits_of_need: dict[str, list[Visit]] = defaultdict(list)
        self.unmet_of_job: dict[str, list[UnmetSeat]] = defaultdict(list)
        self.missed_of_need: dict[str, list[MissedVisit]] = defaultdict(list)
        for pair in plan.pairs:
            self.pairs_of_household[pair.household].append(pair)
            self.pairs_of_volunteer[pair.volunteer].append(pair)
            self.household_of_need.update(dict.fromkeys((seat.need for seat in pair.seats), pair.household))
        for visit in sorted(plan.visits, key=lambda visit: visit.start.isoformat()):
            self.visits_of_need[visit.need].append(visit)
        for seat in plan.unmet:
            self.unmet_of_job[seat.need or seat.event or ""].append(seat)
        for missed in plan.missed:
            self.missed_of_need[missed.need].append(missed)
        self._read_names()

    def _read_names(self) -> None:
        instance = self.instance
        self.needs: dict[str, Need] = {need.id: need for need in instance.needs} if instance else {}
        self.needs_of_household: dict[str, list[str]] = defaultdict(list)
        for need in self.needs.values():
            self.household_of_need[need.id] = need.household
            self.needs_of_household[need.household].append(need.id)
        self.households = {household.id: household for household in instance.households} if instance else {}
        self.volunteers = {volunteer.id: volunteer for volunteer in instance.volunteers} if instance else {}
        self.areas = {area.id: area for area in instance.areas} if instance else {}
        self.services = {service.id: service for service in instance.services} if instance else {}
        self.events = {event.id: event for event in instance.events} if instance else {}

    def person(self, volunteer: str) -> str:
        """Return a volunteer's identifier, with the name where it is known."""
        return _with_name(volunteer, self.volunteers[volunteer].name if volunteer in self.volunteers else "")

    def home(self, household: str) -> str:
        """Return a household's identifier, with the name where it is known."""
        return _with_name(household, self.households[household].name if household in self.households else "")

    def help(self, need: str) -> str:
        """Return what a need asks for."""
        if need not in self.needs:
            return f"need {visible(need)}"
        service = self.needs[need].service
        name = self.services[service].name if service in self.services else ""
        return f"{_with_name(service, name)} (need {visible(need)})"

    def place(self, area: str | None) -> str:
        """Return an area's identifier, with the name where it is known."""
        return "no area" if area is None else _with_name(area, self.areas[area].name if area in self.areas else "")

    def needs_of(self, household: str) -> list[str]:
        """Return the needs of a household; without the instance only those that somebody meets."""
        if self.instance:
            return self.needs_of_household.get(household, [])
        return list(dict.fromkeys(seat.need for pair in self.pairs_of_household[household] for seat in pair.seats))

    def areas_below(self, area: str) -> set[str]:
        """Return an area and all areas in it."""
        found = {area}
        children = defaultdict(list)
        for other in self.areas.values():
            children[other.parent].append(other.id)
        waiting = [area]
        while waiting:
            below = [child for child in children[waiting.pop()] if child not in found]
            found.update(below)
            waiting += below
        return found

    def first_day(self) -> date | None:
        """Return the day from which weeks are counted: the horizon's first, or without it that of the first visit."""
        if self.instance:
            return self.instance.horizon.first_day
        return min((visit.start.date() for visit in self.plan.visits), default=None)

    def require(self, option: str, id_: str, known: Iterable[str]) -> None:
        """Refuse an identifier that is not there."""
        names = Names(dict.fromkeys(known))
        if id_ not in names.names:
            hint = names.hint(id_, f"for example {quoted(next(iter(names.names), 'none at all'))}")
            where = "the instance" if self.instance else "the plan; give --instance for everybody"
            raise InputError("show", [Problem(option, f"nobody is named {quoted(id_)} in {where}; {hint}")])


def _with_name(id_: str, name: str) -> str:
    return f"{visible(id_)} {visible(name)}" if name else visible(id_)
