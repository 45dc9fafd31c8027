"""Whether the points of an instance can be where they say they are."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from typing import Any

from pairsolve.errors import Problem
from pairsolve.setting import Location, MatrixMetric
from pairsolve.validate.draft import Draft, problem_in, repeats
from pairsolve.wording import Names, json_path, quoted

FAR_KM = 1000.0  # farther from the middle than any programme reaches
NEAR_KM = 300.0


def places_are_in_the_matrix(draft: Draft) -> Iterator[Problem]:
    """With a matrix of minutes every location names one of its places, and no place is listed twice."""
    metric = draft.travel.metric if draft.travel else None
    if not isinstance(metric, MatrixMetric):
        return
    for position in repeats(metric.places):
        path = json_path(("travel", "metric", "places", position))
        yield Problem(path, f"{quoted(metric.places[position])} is listed twice; keep one, with its row and column")
    known = Names(dict.fromkeys(metric.places))
    for section, index, record, where in _located(draft):
        if where.place is None:
            yield problem_in(
                section, index, ("location", "place"), record, "is missing, but travel is a matrix of places; add it"
            )
        elif where.place not in known.names:
            hint = known.hint(where.place, "add it there or correct the name")
            what = f"{quoted(where.place)} is not in travel.metric.places; {hint}"
            yield problem_in(section, index, ("location", "place"), record, what)


def points_are_on_the_map(draft: Draft) -> Iterator[Problem]:
    """Without a matrix every location has a latitude and a longitude."""
    if draft.travel is None or isinstance(draft.travel.metric, MatrixMetric):
        return
    for section, index, record, where in _located(draft):
        if where.lat is None:
            what = "has no `lat` and `lon`, which this kind of travel needs; add them"
            yield problem_in(section, index, ("location",), record, what)


def points_are_not_swapped(draft: Draft) -> Iterator[Problem]:
    """Latitude and longitude are not exchanged: a swapped point lies far away, but near the others when turned."""
    lats = [where.lat for *_, where in _located(draft) if where.lat is not None]
    lons = [where.lon for *_, where in _located(draft) if where.lon is not None]
    if len(lats) < 3 or (max(lats) - min(lats) < 5 and max(lons) - min(lons) < 5):
        return  # nobody is far from the others
    middle = (statistics.median(lats), statistics.median(lons))
    for section, index, record, where in _located(draft):
        lat, lon = where.lat, where.lon
        if lat is None or lon is None or (abs(lat - middle[0]) < 5 and abs(lon - middle[1]) < 5):
            continue  # spares the sines: nearer than FAR_KM
        if abs(lon) <= 90 and _km((lat, lon), middle) > FAR_KM and _km((lon, lat), middle) < NEAR_KM:
            near = f"the others lie near {middle[0]}, {middle[1]}"
            what = f"latitude {lat} and longitude {lon} look swapped ({near}); exchange them"
            yield problem_in(section, index, ("location",), record, what)


def _located(draft: Draft) -> Iterator[tuple[str, int, Any, Location]]:
    for section in ("volunteers", "households", "sites", "events"):
        for index, record in draft.of(section):
            where = getattr(record, "location", None)
            if where is not None:
                yield section, index, record, where


def _km(one: tuple[float, float], other: tuple[float, float]) -> float:
    (lat1, lon1), (lat2, lon2) = ((math.radians(lat), math.radians(lon)) for lat, lon in (one, other))
    chord = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(min(1.0, chord)))
