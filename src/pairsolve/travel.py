"""Minutes between places: as the crow flies, from a matrix, or over a road graph.

Distances come from unit vectors (chord, then arc by its series), not from sines and cosines per pair,
so that the same pair gives the same minutes wherever and however often it is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from pairsolve.errors import InstanceError, Problem
from pairsolve.instance import Household, Instance, Site, Volunteer
from pairsolve.setting import CrowMetric, Location, MatrixMetric, Mode

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

EARTH_KM = 6371.0088  # mean radius, IUGG
UNREACHABLE = 1_000_000
SLACK = 1e-6  # minutes
BLOCK = 512  # origins at a time: bounds the memory of the pairs found


class Metric(Protocol):
    """Raw minutes between places, before area factors and rounding."""

    def raw_minutes(self, mode: int, origins: Ints, targets: Ints) -> Floats:
        """Return minutes from each origin to each target, elementwise; infinite where there is no way."""

    def near(self, mode: int, origins: Ints, targets: Ints, limits: Floats) -> Iterator[tuple[Ints, Ints]]:
        """Yield blocks of (origin position, target position) that include every pair within the limits."""


class Times:
    """Travel minutes between all places of an instance.

    Places are numbered: volunteers first, then households, sites and events, each in file order.

    Parameters
    ----------
    instance
        The instance whose places are meant.
    folder
        Where the paths of a road graph start from.

    Attributes
    ----------
    factor
        Area factor of each place.
    metric
        Raw minutes.
    """

    def __init__(self, instance: Instance, folder: Path | None = None) -> None:
        sites = {site.id: site for site in instance.sites}
        places: list[Volunteer | Household | Site] = [*instance.volunteers, *instance.households, *instance.sites]
        where = [place.location for place in places]
        where += [event.location or sites[event.site or ""].location for event in instance.events]
        self.first_household = len(instance.volunteers)
        self.first_site = self.first_household + len(instance.households)
        self.first_event = self.first_site + len(instance.sites)
        self.mode_names = tuple(instance.travel.modes)
        factors: dict[str | None, float] = {area.id: area.travel_factor for area in instance.areas}
        areas = [*(place.area for place in places), *(event.area for event in instance.events)]
        self.factor = np.array([factors.get(area, 1.0) for area in areas], np.float64)
        self.metric = _metric(instance, where, folder)

    def minutes(self, mode: int, origins: npt.ArrayLike, targets: npt.ArrayLike) -> Ints:
        """Return whole minutes from each origin to each target (elementwise, broadcast), rounded up.

        Parameters
        ----------
        mode
            Number of the travel mode, in the order of ``instance.travel.modes``.
        origins, targets
            Place numbers, shapes that broadcast.

        Returns
        -------
        numpy.ndarray
            Minutes; `UNREACHABLE` where there is no way. Zero from a place to itself.
        """
        start, end = np.broadcast_arrays(np.asarray(origins, np.int64), np.asarray(targets, np.int64))
        raw = self.metric.raw_minutes(mode, start.ravel(), end.ravel()).reshape(start.shape)
        raw = raw * np.maximum(self.factor[start], self.factor[end])
        whole = np.where(raw < UNREACHABLE, np.ceil(np.round(raw, 9)), UNREACHABLE).astype(np.int64)
        return np.where(start == end, 0, whole)

    def minutes_of(self, modes: Ints, origins: Ints, targets: Ints) -> Ints:
        """Return minutes from each origin to each target, each by a mode of its own; all of one shape (trips,)."""
        found = np.zeros(len(modes), np.int64)
        for mode in np.unique(modes).tolist():
            some = modes == mode
            found[some] = self.minutes(mode, origins[some], targets[some])
        return found

    def within(
        self, mode: int, origins: Ints, targets: Ints, limits: npt.ArrayLike
    ) -> Iterator[tuple[Ints, Ints, Ints]]:
        """Yield blocks (origin position, target position, minutes) of all pairs within the origins' limits.

        Parameters
        ----------
        mode
            Number of the travel mode.
        origins, targets
            Place numbers.
        limits
            Whole minutes, one per origin.
        """
        limit = np.asarray(limits, np.float64)
        for rows, columns in self.metric.near(mode, origins, targets, self._raw(limit)):
            minutes = self.minutes(mode, origins[rows], targets[columns])
            keep = minutes <= limit[rows]
            yield rows[keep], columns[keep], minutes[keep]

    def radii(self, mode: int, limits: npt.ArrayLike) -> Floats:
        """Return chords on the unit sphere that no pair within the limits exceeds, travelling as the crow flies."""
        if not isinstance(self.metric, CrowTimes):
            raise TypeError("only travel as the crow flies has radii")
        return _chord_radii(self.metric.modes[mode], self._raw(np.asarray(limits, np.float64)))

    def _raw(self, limit: Floats) -> Floats:
        """Return the most raw minutes of pairs within limits; rounding up may hide an error of rounding."""
        slack = float(min(self.factor.min(), 1.0)) if len(self.factor) else 1.0
        return limit / slack + SLACK


class CrowTimes:
    """Times as the crow flies, with detour and speed by mode."""

    def __init__(self, modes: tuple[Mode, ...], lat: Floats, lon: Floats) -> None:
        self.modes = modes
        phi, lam = np.radians(lat), np.radians(lon)
        self.points = np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])

    def raw_minutes(self, mode: int, origins: Ints, targets: Ints) -> Floats:
        """Return start minutes + km × detour ÷ speed × 60."""
        way = self.points[origins] - self.points[targets]
        squared = way[:, 0] * way[:, 0] + way[:, 1] * way[:, 1] + way[:, 2] * way[:, 2]
        return _crow_minutes(self.modes[mode], _arc_km(squared))

    def near(self, mode: int, origins: Ints, targets: Ints, limits: Floats) -> Iterator[tuple[Ints, Ints]]:
        """Yield all pairs within the radius that the limit allows, by a k-d tree over chords."""
        if len(origins) == 0 or len(targets) == 0:
            return
        tree = cKDTree(self.points[targets])
        radii = _chord_radii(self.modes[mode], limits)
        for radius in np.unique(radii):
            alike = np.flatnonzero(radii == radius)
            for first in range(0, len(alike), BLOCK):
                block = alike[first : first + BLOCK]
                near = cKDTree(self.points[origins[block]]).sparse_distance_matrix(tree, radius, output_type="ndarray")
                yield block[near["i"]], near["j"].astype(np.int64)


class MatrixTimes:
    """Times from a table."""

    def __init__(self, table: Floats, place: Ints) -> None:
        self.table = table
        self.place = place

    def raw_minutes(self, mode: int, origins: Ints, targets: Ints) -> Floats:
        """Look the minutes up; they are the same for every mode."""
        return self.table[self.place[origins], self.place[targets]]

    def near(self, mode: int, origins: Ints, targets: Ints, limits: Floats) -> Iterator[tuple[Ints, Ints]]:
        """Yield all pairs within the limits, a block of origins at a time."""
        for first in range(0, len(origins), BLOCK):
            block = origins[first : first + BLOCK]
            table = self.table[np.ix_(self.place[block], self.place[targets])]
            itself = block[:, None] == targets[None, :]
            rows, columns = np.nonzero((table <= limits[first : first + BLOCK, None]) | itself)
            yield rows + first, columns


def _metric(instance: Instance, places: list[Location], folder: Path | None) -> Metric:
    metric = instance.travel.metric
    modes = tuple(instance.travel.modes.values())
    if isinstance(metric, MatrixMetric):
        rows: dict[str | None, int] = {name: number for number, name in enumerate(metric.places)}
        row = np.array([rows.get(where.place, -1) for where in places], np.int64)
        _ensure_none(
            instance, row < 0, "location.place",
            lambda place: f"{places[place].place!r} is not in travel.metric.places; add or correct it",
        )  # fmt: skip
        return MatrixTimes(np.array(metric.minutes, np.float64), row)
    lat = np.array([where.lat for where in places], np.float64)
    lon = np.array([where.lon for where in places], np.float64)
    _ensure_none(
        instance, np.isnan(lat), "location", lambda _: "has no `lat` and `lon`, which this kind of travel needs"
    )
    if isinstance(metric, CrowMetric):
        return CrowTimes(modes, lat, lon)
    from pairsolve.roads import RoadTimes  # noqa: PLC0415  # the road reader is loaded only where it is used

    return RoadTimes.load(metric, modes, _records(instance), lat, lon, folder=folder or Path())


def _records(instance: Instance) -> list[tuple[str, str]]:
    """Return the JSON path and the identifier of the record of each place."""
    sections = ("volunteers", "households", "sites", "events")
    return [(f"$.{name}[{i}]", record.id) for name in sections for i, record in enumerate(getattr(instance, name))]


def _ensure_none(instance: Instance, faulty: npt.NDArray[np.bool_], field: str, what: Callable[[int], str]) -> None:
    if faulty.any():
        records = _records(instance)
        raise InstanceError(
            "instance",
            [
                Problem(f"{records[place][0]}.{field}", what(place), records[place][1])
                for place in np.flatnonzero(faulty).tolist()
            ],
        )


def _arc_km(squared_chord: Floats) -> Floats:
    """Turn squared chords on the unit sphere into kilometres of arc; the series is within 1 m up to 1,000 km."""
    c2 = squared_chord
    near = np.sqrt(c2) * (1.0 + c2 * (1.0 / 24.0 + c2 * (3.0 / 640.0 + c2 * (5.0 / 7168.0))))
    if np.any(c2 > 0.1):
        near = np.where(c2 > 0.1, 2.0 * np.arcsin(np.minimum(np.sqrt(c2) / 2.0, 1.0)), near)
    return EARTH_KM * near


def _crow_minutes(mode: Mode, km: Floats) -> Floats:
    detour: Floats | float = mode.detour
    if mode.detour_by_km:
        knots = np.array(mode.detour_by_km, np.float64)
        detour = np.interp(km, knots[:, 0], knots[:, 1])
    return mode.start_minutes + km * detour * (60.0 / mode.speed_kmh)


def _chord_radii(mode: Mode, limits: Floats) -> Floats:
    """Return chords that no pair within the limits exceeds; minutes grow with distance, so bisection finds them.

    The widening covers the error of the series in `_arc_km`, at most 2e-8.
    """
    unique, inverse = np.unique(limits, return_inverse=True)
    low, high = np.zeros(len(unique)), np.full(len(unique), np.pi * EARTH_KM)
    for _ in range(60):
        middle = (low + high) / 2.0
        inside = _crow_minutes(mode, middle) <= unique
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    chords: Floats = 2.0 * np.sin(np.minimum(high / EARTH_KM, np.pi) / 2.0) * (1.0 + 1e-7) + 1e-12
    return chords[inverse]
