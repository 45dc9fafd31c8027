"""When and where: the horizon, the ways to travel and the points on the map, as part of the JSON contract."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field
from pydantic import model_validator as _model_validator

from pairsolve.rules import Clock, Day, Fault, Id, Model, Positive, Real, Text

Factor = Annotated[float, Field(strict=True, ge=0.2, le=10.0)]


class Horizon(Model):
    """The days a plan covers."""

    first_day: Day
    last_day: Day
    time_zone: Text = Field("Asia/Shanghai", description="IANA name of the time zone of all wall-clock times.")
    closed_days: tuple[Day, ...] = Field((), description="Days without visits (public holidays and the like).")
    day_start: Clock = Field(480, description="Start of the day where somebody gives no windows.")
    day_end: Clock = Field(1200, description="End of the day where somebody gives no windows.")
    slot_minutes: Literal[5, 10, 15, 20, 30, 60] = Field(15, description="Visits start on multiples of this.")

    @_model_validator(mode="after")
    def _ordered(self) -> Horizon:
        if self.last_day < self.first_day:
            raise Fault("last_day", f"{self.last_day} is before first_day {self.first_day}; exchange them")
        if (self.last_day - self.first_day).days >= 366:
            raise Fault("last_day", "the horizon is longer than 366 days; plan in shorter horizons")
        if self.day_end <= self.day_start:
            raise Fault("day_end", "is not after day_start")
        return self


class Mode(Model):
    """A way to travel: minutes = start + crow-fly km × detour ÷ speed × 60 × area factor, rounded up."""

    speed_kmh: Annotated[float, Field(strict=True, gt=0, le=300)] = Field(description="Speed on the way, km/h.")
    detour: Factor = Field(1.4, description="Road length ÷ crow-fly length, where `detour_by_km` says nothing else.")
    detour_by_km: tuple[tuple[Annotated[float, Field(ge=0, le=1000)], Factor], ...] = Field(
        (), description="Points (crow-fly km, detour), increasing in km; linear between them, constant outside."
    )
    start_minutes: Annotated[float, Field(strict=True, ge=0, le=120)] = Field(
        0.0, description="Minutes every trip costs besides the way: door, parking, waiting for a bus."
    )

    @_model_validator(mode="after")
    def _longer_is_farther(self) -> Mode:
        knots = self.detour_by_km
        for (km0, detour0), (km1, detour1) in pairwise(knots):
            if km1 <= km0:
                raise Fault("detour_by_km", f"kilometres must increase, but {km1} follows {km0}")
            slope = (detour1 - detour0) / (km1 - km0)
            if min(detour0 + slope * km0, detour1 + slope * km1) <= 0:
                raise Fault("detour_by_km", f"between {km0} and {km1} km a longer way would take less time")
        return self


def default_modes() -> dict[str, Mode]:
    """Return the modes of a coordinator who sets nothing."""
    return {
        "walk": Mode(speed_kmh=4.8, detour=1.4, start_minutes=0.0),
        "bike": Mode(speed_kmh=12.0, detour=1.4, start_minutes=2.0),
        "ebike": Mode(speed_kmh=18.0, detour=1.4, start_minutes=2.0),
        "bus": Mode(speed_kmh=16.0, detour=1.5, start_minutes=8.0),
        "car": Mode(speed_kmh=28.0, detour=1.4, start_minutes=5.0),
    }


class CrowMetric(Model):
    """Times from the great-circle distance and the modes."""

    kind: Literal["crow"] = "crow"


class MatrixMetric(Model):
    """Times from a table of minutes between named places; every location then names its `place`."""

    kind: Literal["matrix"] = "matrix"
    places: tuple[Id, ...] = Field(min_length=1)
    minutes: tuple[tuple[Annotated[float, Field(ge=0, le=100_000)], ...], ...] = Field(
        description="minutes[i][j] from places[i] to places[j], the same for every mode; rounded up."
    )

    @_model_validator(mode="after")
    def _square(self) -> MatrixMetric:
        size = len(self.places)
        if len(self.minutes) != size:
            raise Fault("minutes", f"has {len(self.minutes)} rows for {size} places")
        for index, row in enumerate(self.minutes):
            if len(row) != size:
                raise Fault("minutes", f"row {index} has {len(row)} columns for {size} places")
        return self


class RoadMetric(Model):
    """Times on a road graph: a GraphML file as OSMnx writes it, or a pair of node and edge CSV files."""

    kind: Literal["road"] = "road"
    graphml: Text | None = Field(None, description="Path of a GraphML file, from the folder of the instance.")
    nodes: Text | None = Field(None, description="Path of a CSV with columns id, lat, lon.")
    edges: Text | None = Field(
        None, description="Path of a CSV with columns u, v, length_m, speed_kmh and optionally oneway (1 or 0)."
    )
    snap_metres: Positive = Field(500, description="A location farther than this from every node is an error.")

    @_model_validator(mode="after")
    def _one_source(self) -> RoadMetric:
        if (self.graphml is None) == (self.nodes is None or self.edges is None):
            raise Fault("graphml", "a road graph comes from `graphml`, or from `nodes` and `edges` together")
        return self


class Travel(Model):
    """How minutes between places are found."""

    modes: dict[Id, Mode] = Field(default_factory=default_modes, min_length=1, description="Travel modes by name.")
    metric: Annotated[CrowMetric | MatrixMetric | RoadMetric, Field(discriminator="kind")] = CrowMetric()


class Location(Model):
    """A point on the map, a place of the travel matrix, or both."""

    lat: Real | None = Field(None, description="Latitude in degrees, WGS84.")
    lon: Real | None = Field(None, description="Longitude in degrees, WGS84.")
    place: Id | None = Field(None, description="A name in `travel.metric.places`.")

    @_model_validator(mode="after")
    def _on_earth(self) -> Location:
        if (self.lat is None) != (self.lon is None):
            raise Fault("lat", "`lat` and `lon` come together")
        if self.lat is None and self.place is None:
            raise Fault("lat", "a location has `lat` and `lon`, or a `place`")
        if self.lat is not None and self.lon is not None:
            if not -90 <= self.lat <= 90:
                swapped = -90 <= self.lon <= 90 and -180 <= self.lat <= 180
                raise Fault(
                    "lat", f"{self.lat} is outside -90 to 90" + ("; latitude and longitude look swapped" * swapped)
                )
            if not -180 <= self.lon <= 180:
                raise Fault("lon", f"{self.lon} is outside -180 to 180")
        return self
