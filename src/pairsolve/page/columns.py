"""An instance and its plan as columns: what the page carries.

Records point at each other by number, in the order of their register; -1 is nobody.
The reader of these columns is ``assets/data.js``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pairsolve.errors import InstanceError, Problem
from pairsolve.instance import Household, Instance, Volunteer
from pairsolve.ledger import Ledger
from pairsolve.plan import Plan
from pairsolve.rules import TargetRule
from pairsolve.wording import quoted

Columns = dict[str, Any]
_NOBODY = -1
_DEGREES = 5  # decimals: about a metre
_MOST_FAULTS = 20


def columns(instance: Instance, plan: Plan) -> Columns:
    """Return all that the page shows.

    Parameters
    ----------
    instance
        What was asked.
    plan
        What was decided.

    Raises
    ------
    InstanceError
        When the plan speaks of somebody or something that is not in the instance.
    """
    numbers = _Numbers(instance)
    found = {
        "plan": _plan(instance, plan),
        **_registers(instance, numbers),
        **_decisions(instance, plan, numbers),
    }
    numbers.ensure_all_known()
    return {**found, "targets": _targets(instance, plan, numbers)}


class _Numbers:
    """Identifiers to numbers; whoever is unknown is remembered as a fault."""

    def __init__(self, instance: Instance) -> None:
        self.faults: list[Problem] = []
        self._numbers = {
            kind: {record.id: number for number, record in enumerate(getattr(instance, kind))}
            for kind in ("areas", "teams", "services", "volunteers", "households", "needs", "events")
        }

    def of(self, kind: str, id_: str | None, path: str) -> int:
        """Return the number of a record; `path` is the place in the plan that names it."""
        if id_ is None:
            return _NOBODY
        number = self._numbers[kind].get(id_)
        if number is None:
            what = f"{quoted(id_)} is not among the {kind} of the instance; give the instance this plan was made from"
            self.faults.append(Problem(path, what))
            return _NOBODY
        return number

    def ensure_all_known(self) -> None:
        if not self.faults:
            return
        shown = self.faults[:_MOST_FAULTS]
        if len(self.faults) > len(shown):
            more = len(self.faults) - len(shown)
            shown.append(Problem("$", f"{more} more names are not in the instance; see the lines above"))
        raise InstanceError("plan", shown)


def _plan(instance: Instance, plan: Plan) -> Columns:
    horizon = instance.horizon
    return {
        "name": plan.name or instance.name,
        "description": instance.description,
        "status": plan.status,
        "stage": plan.run.stage,
        "version": plan.run.version,
        "seed": plan.run.seed,
        "fingerprint": plan.run.fingerprint,
        "firstDay": horizon.first_day.isoformat(),
        "lastDay": horizon.last_day.isoformat(),
        "timeZone": horizon.time_zone,
        "closedDays": [(day - horizon.first_day).days for day in horizon.closed_days],
        "contradictions": list(plan.contradictions),
        "tiers": [[tier.name, tier.layer, tier.value, tier.bound, tier.proof] for tier in plan.objective],
    }


def _registers(instance: Instance, numbers: _Numbers) -> Columns:
    return {
        "areas": {
            "id": [area.id for area in instance.areas],
            "name": [area.name for area in instance.areas],
            "parent": [numbers.of("areas", area.parent, "$.areas") for area in instance.areas],
        },
        "teams": {"id": [team.id for team in instance.teams], "name": [team.name for team in instance.teams]},
        "services": {
            "id": [service.id for service in instance.services],
            "name": [service.name for service in instance.services],
        },
        "households": {
            **_people(instance.households, numbers),
            "priority": [household.priority for household in instance.households],
        },
        "volunteers": {
            **_people(instance.volunteers, numbers),
            "team": [numbers.of("teams", volunteer.team, "$.volunteers") for volunteer in instance.volunteers],
            "most": [volunteer.max_households for volunteer in instance.volunteers],
            "heads": [volunteer.head_count for volunteer in instance.volunteers],
        },
        "needs": {
            "id": [need.id for need in instance.needs],
            "household": [numbers.of("households", need.household, "$.needs") for need in instance.needs],
            "service": [numbers.of("services", need.service, "$.needs") for need in instance.needs],
        },
        "events": {
            "id": [event.id for event in instance.events],
            "name": [event.name for event in instance.events],
            "day": [(event.day - instance.horizon.first_day).days for event in instance.events],
            "start": [event.start for event in instance.events],
            "end": [event.end for event in instance.events],
        },
    }


def _targets(instance: Instance, plan: Plan, numbers: _Numbers) -> list[list[Any]]:
    shares = {rule.id: rule.share for rule in instance.rules if isinstance(rule, TargetRule)}
    return [
        [
            row.rule,
            numbers.of("services", row.service, "$.rules"),
            numbers.of("areas", row.area, "$.rules"),
            shares[row.rule or ""],
            row.target,
            row.reached,
        ]
        for row in (Ledger(instance, plan).targets() if shares else ())
    ]


def _people(people: Iterable[Household | Volunteer], numbers: _Numbers) -> Columns:
    listed = list(people)
    return {
        "id": [person.id for person in listed],
        "name": [person.name for person in listed],
        "area": [numbers.of("areas", person.area, "$.areas") for person in listed],
        "lat": [_degrees(person.location.lat) for person in listed],
        "lon": [_degrees(person.location.lon) for person in listed],
    }


def _degrees(value: float | None) -> float | None:
    return None if value is None else round(value, _DEGREES)


def _decisions(instance: Instance, plan: Plan, numbers: _Numbers) -> Columns:
    pairs, visits, first = plan.pairs, plan.visits, instance.horizon.first_day
    seats = [(number, seat) for number, pair in enumerate(pairs) for seat in pair.seats]
    crews = [(number, person) for number, visit in enumerate(visits) for person in visit.crew]
    staff = [(event.event, seat.volunteer) for event in plan.events for seat in event.crew]
    return {
        "pairs": {
            "volunteer": [numbers.of("volunteers", pair.volunteer, f"$.pairs[{i}]") for i, pair in enumerate(pairs)],
            "household": [numbers.of("households", pair.household, f"$.pairs[{i}]") for i, pair in enumerate(pairs)],
            "minutes": [pair.minutes for pair in pairs],
            "kept": [int(pair.kept) for pair in pairs],
        },
        "seats": {
            "pair": [number for number, _ in seats],
            "need": [numbers.of("needs", seat.need, f"$.pairs[{number}].seats") for number, seat in seats],
        },
        "visits": {
            "need": [numbers.of("needs", visit.need, f"$.visits[{i}].need") for i, visit in enumerate(visits)],
            "day": [(visit.start.date() - first).days for visit in visits],
            "start": [_minute(visit.start) for visit in visits],
            "minutes": [int((visit.end - visit.start).total_seconds()) // 60 for visit in visits],
        },
        "crews": {
            "visit": [number for number, _ in crews],
            "volunteer": [numbers.of("volunteers", person, f"$.visits[{number}].crew") for number, person in crews],
        },
        "staff": {
            "event": [numbers.of("events", event, "$.events") for event, _ in staff],
            "volunteer": [numbers.of("volunteers", person, "$.events") for _, person in staff],
        },
        "unmet": {
            "need": [numbers.of("needs", seat.need, f"$.unmet[{i}].need") for i, seat in enumerate(plan.unmet)],
            "event": [numbers.of("events", seat.event, f"$.unmet[{i}].event") for i, seat in enumerate(plan.unmet)],
            "role": [seat.role for seat in plan.unmet],
            "seats": [seat.seats for seat in plan.unmet],
            "code": [seat.code for seat in plan.unmet],
            "facts": [seat.facts for seat in plan.unmet],
        },
        "missed": {
            "need": [numbers.of("needs", visit.need, f"$.missed[{i}].need") for i, visit in enumerate(plan.missed)],
            "index": [visit.index for visit in plan.missed],
            "code": [visit.code for visit in plan.missed],
        },
        "coverage": [
            [
                numbers.of("services", row.service, f"$.coverage[{i}].service"),
                numbers.of("areas", row.area, f"$.coverage[{i}].area"),
                row.priority,
                row.needs,
                row.covered,
                row.visits_required,
                row.visits_planned,
            ]
            for i, row in enumerate(plan.coverage)
        ],
    }


def _minute(moment: datetime) -> int:
    """Return the minute of the day on the wall clock."""
    return moment.hour * 60 + moment.minute
