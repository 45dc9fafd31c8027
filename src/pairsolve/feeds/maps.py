"""Maps (RFC 7946, GeoJSON): pairs as lines, people and needs as points, coverage by area.

Positions are longitude before latitude, WGS84. A record without coordinates is a feature without geometry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from pairsolve.instance import Instance
from pairsolve.ledger import Ledger
from pairsolve.plan import Plan, Visit
from pairsolve.sentences import unmet_sentence
from pairsolve.setting import Location

DIGITS = 6  # a tenth of a metre
Position = list[float]


def maps(instance: Instance, plan: Plan) -> dict[str, dict[str, Any]]:
    """Return the maps `pairs`, `people`, `uncovered`, `coverage` and `routes`, each a FeatureCollection.

    Parameters
    ----------
    instance, plan
        What was asked, and what was decided.

    Examples
    --------
    >>> from pairsolve.plan import Run
    >>> from pairsolve.setting import Horizon
    >>> nobody = Instance(horizon=Horizon(first_day="2027-03-01", last_day="2027-03-07"))
    >>> maps(nobody, Plan(status="optimal", run=Run(version="1", fingerprint="")))["pairs"]
    {'type': 'FeatureCollection', 'features': []}
    """
    ledger = Ledger(instance, plan)
    return {
        "pairs": _collection(_pairs(ledger)),
        "people": _collection([*_volunteers(ledger), *_households(ledger)]),
        "uncovered": _collection(_uncovered(ledger)),
        "coverage": _collection(_coverage(ledger)),
        "routes": _collection(_routes(ledger)),
    }


def _pairs(ledger: Ledger) -> Iterable[dict[str, Any]]:
    for pair in ledger.plan.pairs:
        home, person = ledger.households[pair.household], ledger.volunteers[pair.volunteer]
        properties = {
            "volunteer": pair.volunteer, "household": pair.household, "needs": [seat.need for seat in pair.seats],
            "area": home.area, "team": person.team, "minutes": pair.minutes, "kept": pair.kept, "locked": pair.locked,
        }  # fmt: skip
        yield _feature(_line(_position(person.location), _position(home.location)), properties)


def _volunteers(ledger: Ledger) -> Iterable[dict[str, Any]]:
    for person in ledger.instance.volunteers:
        properties = {
            "kind": "volunteer", "id": person.id, "name": person.name, "team": person.team,
            "households": len(ledger.pairs_of_volunteer.get(person.id, ())), "most_households": person.max_households,
        }  # fmt: skip
        yield _feature(_point(_position(person.location)), properties)


def _households(ledger: Ledger) -> Iterable[dict[str, Any]]:
    needs: dict[str, list[bool]] = defaultdict(list)
    for need in ledger.instance.needs:
        needs[need.household].append(need.id in ledger.covered)
    for home in ledger.instance.households:
        properties = {
            "kind": "household", "id": home.id, "name": home.name, "area": home.area, "priority": home.priority,
            "needs": len(needs[home.id]), "covered": sum(needs[home.id]),
        }  # fmt: skip
        yield _feature(_point(_position(home.location)), properties)


def _uncovered(ledger: Ledger) -> Iterable[dict[str, Any]]:
    for seat in ledger.plan.unmet:
        if seat.need is not None:
            need = ledger.needs[seat.need]
            home = ledger.households[need.household]
            where: Location | None = home.location
            about: dict[str, Any] = {"need": need.id, "household": home.id, "service": need.service, "area": home.area}
            about["priority"] = ledger.priority_of(need)
        else:
            event = ledger.events[seat.event or ""]
            where = event.location
            about = {"event": event.id, "service": event.service, "area": event.area, "priority": event.priority}
        reason: dict[str, Any] = {
            "role": seat.role,
            "seats": seat.seats,
            "code": seat.code,
            "reason": unmet_sentence(seat),
        }
        yield _feature(_point(_position(where)), about | reason)


def _coverage(ledger: Ledger) -> Iterable[dict[str, Any]]:
    """Yield one point an area, in the middle of its households."""
    places: dict[str | None, list[Position]] = defaultdict(list)
    for home in ledger.instance.households:
        if (position := _position(home.location)) is not None:
            places[home.area].append(position)
    sums: dict[str | None, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in ledger.plan.coverage:
        for number, count in enumerate((row.needs, row.covered, row.visits_required, row.visits_planned)):
            sums[row.area][number] += count
    for area, (needs, covered, required, planned) in sorted(sums.items(), key=lambda item: item[0] or ""):
        found = places[area]
        middle = [round(sum(axis) / len(found), DIGITS) for axis in zip(*found, strict=True)] if found else None
        name = ledger.areas[area].name if area in ledger.areas else ""
        yield _feature(
            _point(middle),
            {
                "area": area, "name": name, "needs": needs, "covered": covered, "visits_required": required,
                "visits_planned": planned,
            },
        )  # fmt: skip


def _routes(ledger: Ledger) -> Iterable[dict[str, Any]]:
    """Yield the way of every volunteer on every day: from home through the visits, in order, and back."""
    sites = {site.id: site.location for site in ledger.instance.sites}
    days: dict[tuple[str, date], list[Visit]] = defaultdict(list)
    for visit in ledger.plan.visits:
        for person in visit.crew:
            days[person, visit.start.date()].append(visit)
    for (person, day), visits in sorted(days.items()):
        visits.sort(key=lambda visit: visit.start)
        start = _position(ledger.volunteers[person].location)
        stops = []
        for visit in visits:
            need = ledger.needs[visit.need]
            if (need.channel or ledger.services[need.service].channel) != "phone":
                where = sites.get(need.site or "", ledger.households[need.household].location)
                stops.append(_position(where))
        points = [start, *stops, start]
        known = [point for point in points if point is not None]
        line = {"type": "LineString", "coordinates": known} if stops and len(known) == len(points) else None
        minutes = sum(visit.travel[visit.crew.index(person)] for visit in visits)
        yield _feature(
            line,
            {
                "volunteer": person, "team": ledger.volunteers[person].team, "day": day.isoformat(),
                "visits": [f"{visit.start:%H:%M} {visit.need}" for visit in visits], "travel_minutes": minutes,
            },
        )  # fmt: skip


def _collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def _feature(geometry: dict[str, Any] | None, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _position(location: Location | None) -> Position | None:
    if location is None or location.lat is None or location.lon is None:
        return None
    return [round(location.lon, DIGITS), round(location.lat, DIGITS)]


def _point(position: Position | None) -> dict[str, Any] | None:
    return None if position is None else {"type": "Point", "coordinates": position}


def _line(one: Position | None, other: Position | None) -> dict[str, Any] | None:
    """Return a line, cut in two where it crosses the date line, as RFC 7946 (3.1.9) asks."""
    if one is None or other is None:
        return None
    if abs(one[0] - other[0]) <= 180.0:
        return {"type": "LineString", "coordinates": [one, other]}
    side = 180.0 if one[0] > 0 else -180.0
    span = 360.0 - abs(one[0] - other[0])
    share = (180.0 - abs(one[0])) / span if span else 0.0
    lat = round(one[1] + share * (other[1] - one[1]), DIGITS)
    return {"type": "MultiLineString", "coordinates": [[one, [side, lat]], [[-side, lat], other]]}
