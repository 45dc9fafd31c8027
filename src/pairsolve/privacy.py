"""Instances and plans without the people in them: keyed pseudonyms, blurred points, no names.

Every door that puts something out (tables, page, calendars, maps) receives the changed instance and plan,
so that none of them needs to know about privacy.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pairsolve.errors import FileError
from pairsolve.instance import Event, ExistingPair, Household, Instance, Need, PastService, Volunteer
from pairsolve.plan import Certificate, Plan
from pairsolve.rules import ApartRule, Rule
from pairsolve.setting import Location, MatrixMetric
from pairsolve.wording import visible

KEY_BYTES = 32
GRID_METRES = 500
_METRES_PER_DEGREE = 111_195.0
_LETTERS = 12  # 60 bits: two of a million people share a pseudonym once in two million registers


def pseudonymise(
    instance: Instance, plan: Plan, key: bytes, *, grid_metres: int = GRID_METRES
) -> tuple[Instance, Plan]:
    """Return an instance and its plan without anything that names a person.

    Identifiers of volunteers, households and needs become pseudonyms, names and descriptions go, points move to
    the centre of their grid cell, and records are sorted anew, so that their order says nothing.
    Areas, teams, services, sites, events, tags and traits stay: they are what sums are made of.

    Parameters
    ----------
    instance, plan
        What to change; both stay as they are.
    key
        Secret of the pseudonyms (`read_key`); the same key gives the same pseudonyms.
    grid_metres
        Width of a cell; 0 leaves points exact, and then the referee still accepts the plan.
    """
    mask = Mask(instance, key, grid_metres)
    return mask.instance(), mask.plan(plan)


def blurred(instance: Instance, grid_metres: int) -> Instance:
    """Return an instance whose volunteers and households stand at the centre of their grid cell.

    Parameters
    ----------
    instance
        Stays as it is.
    grid_metres
        Width of a cell; 0 changes nothing.
    """
    if not grid_metres:
        return instance
    return instance.model_copy(
        update={
            section: tuple(
                record.model_copy(update={"location": on_grid(record.location, grid_metres)})
                for record in getattr(instance, section)
            )
            for section in ("volunteers", "households")
        }
    )


def on_grid(location: Location, grid_metres: int) -> Location:
    """Return the centre of the grid cell a location lies in; cells are about `grid_metres` wide everywhere.

    Examples
    --------
    >>> on_grid(Location(lat=30.0012, lon=114.0), 500) == on_grid(Location(lat=30.0013, lon=114.0001), 500)
    True
    """
    if location.lat is None or location.lon is None or not grid_metres:
        return location
    step = grid_metres / _METRES_PER_DEGREE
    lat = min(90.0, max(-90.0, (math.floor(location.lat / step) + 0.5) * step))
    wide = step / max(0.01, math.cos(math.radians(lat)))
    lon = min(180.0, max(-180.0, (math.floor(location.lon / wide) + 0.5) * wide))
    return location.model_copy(update={"lat": round(lat, 5), "lon": round(lon, 5)})


def read_key(source: str | os.PathLike[str]) -> bytes:
    """Return the key of a file; where there is none, make one that only its owner may read.

    Raises
    ------
    FileError
        When the file cannot be read or written, or holds something else.
    """
    path = Path(source)
    name = visible(str(path))
    try:
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(handle, "w", encoding="ascii") as stream:
                stream.write(secrets.token_hex(KEY_BYTES) + "\n")
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise FileError(name, "is no key file that can be read or made; check path and permissions") from error
    if not re.fullmatch(rf"[0-9a-f]{{{2 * KEY_BYTES}}}", text):
        raise FileError(name, "holds no key; name a file that does not exist yet, and one is made")
    return bytes.fromhex(text)


class Mask:
    """The pseudonyms of one instance.

    Parameters
    ----------
    instance
        Whose people are hidden.
    key
        Secret of the pseudonyms.
    grid_metres
        Width of a cell for points; 0 leaves them exact.
    """

    def __init__(self, instance: Instance, key: bytes, grid_metres: int = GRID_METRES) -> None:
        self._given, self._key, self._grid = instance, key, grid_metres
        self.volunteers = {record.id: self._name("V", record.id) for record in instance.volunteers}
        self.households = {record.id: self._name("H", record.id) for record in instance.households}
        self.needs = {record.id: self._name("N", record.id) for record in instance.needs}

    def instance(self) -> Instance:
        """Return the instance without its people."""
        given = self._given
        metric = given.travel.metric
        if isinstance(metric, MatrixMetric):
            metric = metric.model_copy(update={"places": tuple(self._place(place) for place in metric.places)})
        return given.model_copy(
            update={
                "name": "",
                "description": "",
                "travel": given.travel.model_copy(update={"metric": metric}),
                "sites": tuple(
                    site.model_copy(update={"location": self._location(site.location, 0)}) for site in given.sites
                ),
                "volunteers": _sorted(self._volunteer(record) for record in given.volunteers),
                "households": _sorted(self._household(record) for record in given.households),
                "needs": _sorted(self._need(record) for record in given.needs),
                "events": tuple(self._event(record) for record in given.events),
                "pairs": tuple(sorted(map(self._pair, given.pairs), key=_both)),
                "history": tuple(sorted(map(self._past, given.history), key=_both)),
                "rules": tuple(self._rule(rule) for rule in given.rules),
            }
        )

    def plan(self, plan: Plan) -> Plan:
        """Return a plan of the instance without its people."""
        volunteers, households, needs = self.volunteers, self.households, self.needs
        hidden = _hashed(self.instance())
        pairs = (
            pair.model_copy(
                update={
                    "volunteer": volunteers[pair.volunteer],
                    "household": households[pair.household],
                    "seats": tuple(seat.model_copy(update={"need": needs[seat.need]}) for seat in pair.seats),
                }
            )
            for pair in plan.pairs
        )
        visits = (
            visit.model_copy(
                update={"need": needs[visit.need], "crew": tuple(volunteers[person] for person in visit.crew)}
            )
            for visit in plan.visits
        )
        events = (
            event.model_copy(
                update={
                    "crew": tuple(
                        seat.model_copy(update={"volunteer": volunteers[seat.volunteer]}) for seat in event.crew
                    )
                }
            )
            for event in plan.events
        )
        unmet = (seat.model_copy(update={"need": needs.get(seat.need or "")}) for seat in plan.unmet)
        missed = (visit.model_copy(update={"need": needs[visit.need]}) for visit in plan.missed)
        prices = plan.certificate
        return plan.model_copy(
            update={
                "name": "",
                "contradictions": tuple(self._sentence(text) for text in plan.contradictions),
                "pairs": tuple(sorted(pairs, key=_both)),
                "visits": tuple(sorted(visits, key=lambda visit: (visit.start, visit.need))),
                "events": tuple(events),
                "unmet": tuple(sorted(unmet, key=lambda seat: (seat.need or "", seat.event or "", seat.role))),
                "missed": tuple(sorted(missed, key=lambda visit: (visit.need, visit.index))),
                "certificate": Certificate(
                    needs={needs.get(job, job): price for job, price in prices.needs.items()},
                    volunteers={volunteers[person]: price for person, price in prices.volunteers.items()},
                    loads=tuple(
                        part.model_copy(update={"needs": {needs[need]: price for need, price in part.needs.items()}})
                        for part in prices.loads
                    ),
                ),
                "run": plan.run.model_copy(update={"fingerprint": hidden}),
            }
        )

    def _name(self, kind: str, id_: str) -> str:
        digest = hmac.digest(self._key, f"{kind}\0{id_}".encode(), hashlib.sha256)
        return f"{kind}-{base64.b32encode(digest).decode().lower()[:_LETTERS]}"

    def _place(self, place: str) -> str:
        return self._name("P", place)

    def _location(self, location: Location, grid: int) -> Location:
        if location.place is not None:
            location = location.model_copy(update={"place": self._place(location.place)})
        return on_grid(location, grid)

    def _volunteer(self, record: Volunteer) -> Volunteer:
        return record.model_copy(
            update={
                "id": self.volunteers[record.id],
                "name": "",
                "location": self._location(record.location, self._grid),
                "household": self.households.get(record.household or ""),
            }
        )

    def _household(self, record: Household) -> Household:
        return record.model_copy(
            update={
                "id": self.households[record.id],
                "name": "",
                "location": self._location(record.location, self._grid),
                "refused": tuple(sorted(self.volunteers[person] for person in record.refused)),
                "preferred": tuple(sorted(self.volunteers[person] for person in record.preferred)),
            }
        )

    def _need(self, record: Need) -> Need:
        return record.model_copy(update={"id": self.needs[record.id], "household": self.households[record.household]})

    def _event(self, record: Event) -> Event:
        where = record.location
        return record.model_copy(update={"location": where and self._location(where, self._grid)})

    def _pair(self, record: ExistingPair) -> ExistingPair:
        return record.model_copy(update=self._two(record))

    def _past(self, record: PastService) -> PastService:
        return record.model_copy(update={**self._two(record), "need": self.needs.get(record.need or "")})

    def _two(self, record: ExistingPair | PastService) -> dict[str, str]:
        return {
            "volunteer": self.volunteers[record.volunteer],
            "household": self.households[record.household],
        }

    def _rule(self, rule: Rule) -> Rule:
        if not isinstance(rule, ApartRule):
            return rule
        return rule.model_copy(
            update={
                "id": self._name("R", rule.id),
                "volunteers": tuple(sorted(self.volunteers[person] for person in rule.volunteers)),
                "households": tuple(sorted(self.households[home] for home in rule.households)),
            }
        )

    def _sentence(self, text: str) -> str:
        apart = {rule.id: self._name("R", rule.id) for rule in self._given.rules if isinstance(rule, ApartRule)}
        known = {**apart, **self.needs, **self.households, **self.volunteers}
        found = sorted((id_ for id_ in known if id_ in text), key=len, reverse=True)
        if not found:
            return text
        return re.sub("|".join(map(re.escape, found)), lambda match: known[match.group()], text)


def _sorted(records: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(records, key=lambda record: str(record.id)))


def _both(record: Any) -> tuple[str, str]:
    return record.volunteer, record.household


def _hashed(instance: Instance) -> str:
    return hashlib.sha256(instance.model_dump_json().encode()).hexdigest()
