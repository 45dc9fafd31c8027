"""Builders of small instances: single records with short defaults, and random tiny instances."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from random_instances import random_instance

from pairsolve.instance import Event, Household, Instance, Need, Service, Site, Volunteer
from pairsolve.rules import DAY_NAMES, Window
from pairsolve.setting import Horizon, Location

__all__ = [
    "event",
    "horizon",
    "household",
    "instance",
    "need",
    "place",
    "random_instance",
    "site",
    "volunteer",
    "window",
]

MONDAY = date(2026, 3, 2)
KM_NORTH = 1 / 111.195  # degrees of latitude
KM_EAST = KM_NORTH / 0.8660254  # degrees of longitude at 30° north


def place(x: float = 0.0, y: float = 0.0) -> Location:
    """Return the point `x` km east and `y` km north of the origin of all tests."""
    return Location(lat=30.0 + y * KM_NORTH, lon=114.0 + x * KM_EAST)


def window(start: str = "08:00", end: str = "10:00", *days: str) -> Window:
    """Return a window on the given weekdays (all if none are given)."""
    return Window.model_validate({"start": start, "end": end, "days": days or DAY_NAMES})


def volunteer(id: str = "V1", x: float = 0.0, y: float = 0.0, **fields: Any) -> Volunteer:
    """Return a volunteer at (x, y) km who walks."""
    return Volunteer.model_validate({"id": id, "location": place(x, y), **fields})


def household(id: str = "H1", x: float = 0.0, y: float = 0.0, **fields: Any) -> Household:
    """Return a household at (x, y) km."""
    return Household.model_validate({"id": id, "location": place(x, y), **fields})


def need(id: str = "N1", household: str = "H1", service: str = "help", **fields: Any) -> Need:
    """Return a need for one visit in the horizon, unless `visits` says otherwise."""
    return Need.model_validate(
        {"id": id, "household": household, "service": service, "visits": {"per": "horizon"}, **fields}
    )


def event(id: str = "E1", day: date = MONDAY, start: str = "09:00", end: str = "10:00", **fields: Any) -> Event:
    """Return an event at the origin, unless a `location` or `site` is given."""
    where = {} if "site" in fields else {"location": place()}
    return Event.model_validate({"id": id, "day": day, "start": start, "end": end, **where, **fields})


def site(id: str = "S1", x: float = 0.0, y: float = 0.0, **fields: Any) -> Site:
    """Return a site at (x, y) km."""
    return Site.model_validate({"id": id, "location": place(x, y), **fields})


def horizon(days: int = 7, first_day: date = MONDAY, **fields: Any) -> Horizon:
    """Return `days` days from a Monday on, 08:00 to 12:00, visits on full hours."""
    fields = {"day_start": "08:00", "day_end": "12:00", "slot_minutes": 60, **fields}
    return Horizon.model_validate({"first_day": first_day, "last_day": first_day + timedelta(days=days - 1), **fields})


def instance(
    volunteers: Sequence[Volunteer] | None = None,
    households: Sequence[Household] | None = None,
    needs: Sequence[Need] | None = None,
    *,
    days: int = 7,
    **fields: Any,
) -> Instance:
    """Return an instance; one record of each kind if nothing is given; unknown services are home visits of an hour."""
    volunteers = [volunteer()] if volunteers is None else volunteers
    households = [household()] if households is None else households
    needs = [need()] if needs is None else needs
    known = {service.id for service in fields.get("services", ())}
    services = [Service(id=name) for name in sorted({record.service for record in needs} - known)]
    fields = {"horizon": horizon(days), "rules": (), **fields}
    fields["services"] = (*fields.get("services", ()), *services)
    return Instance(volunteers=tuple(volunteers), households=tuple(households), needs=tuple(needs), **fields)
