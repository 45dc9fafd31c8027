"""Minutes between places: distances, modes, area factors, and the pairs within reach."""

from __future__ import annotations

from math import asin, ceil, cos, radians, sin, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairsolve.errors import InstanceError
from pairsolve.instance import Instance
from pairsolve.setting import Location, Mode
from pairsolve.travel import EARTH_KM, CrowTimes, Times

KNOTS = ((0.0, 1.2), (2.0, 1.8), (10.0, 1.3), (60.0, 1.1))
MODES = {
    "walk": Mode(speed_kmh=4.8, detour=1.4),
    "bus": Mode(speed_kmh=16.0, detour=1.5, start_minutes=8.0),
    "car": Mode(speed_kmh=28.0, start_minutes=5.0, detour_by_km=KNOTS),
}
FACTORS = {"plain": 1.0, "hills": 1.7, "ring": 0.6}

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
points = st.tuples(latitudes, longitudes)
near_points = st.tuples(st.floats(29.9, 30.1), st.floats(113.9, 114.1))
placed = st.tuples(near_points, st.sampled_from([None, *FACTORS]))


def haversine_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the great-circle distance in another way."""
    (lat1, lon1), (lat2, lon2) = ([radians(x) for x in point] for point in (one, other))
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, h)))


def instance(volunteers: list[Any], households: list[Any], **travel: Any) -> Instance:
    """Return an instance with people at (location, area)."""
    kinds = {"volunteers": volunteers, "households": households}
    return Instance.model_validate(
        {
            "horizon": {"first_day": "2026-03-02", "last_day": "2026-03-29"},
            "travel": {"modes": MODES, **travel},
            "areas": [{"id": id_, "travel_factor": factor} for id_, factor in FACTORS.items()],
            "rules": [],
            **{
                kind: [{"id": f"{kind}{i}", "location": where, "area": area} for i, (where, area) in enumerate(people)]
                for kind, people in kinds.items()
            },
        }
    )


def on_map(people: list[tuple[tuple[float, float], str | None]]) -> list[tuple[Location, str | None]]:
    """Return the people with locations."""
    return [(Location(lat=lat, lon=lon), area) for (lat, lon), area in people]


def pairs_within(times: Times, mode: int, limits: list[int], num_targets: int) -> dict[tuple[int, int], int]:
    """Return the pairs that `within` yields, with minutes; no pair comes twice."""
    origins, targets = np.arange(len(limits)), len(limits) + np.arange(num_targets)
    found: dict[tuple[int, int], int] = {}
    for rows, columns, minutes in times.within(mode, origins, targets, limits):
        for row, column, value in zip(rows.tolist(), columns.tolist(), minutes.tolist(), strict=True):
            assert (row, column) not in found
            found[row, column] = value
    return found


def pairs_elementwise(times: Times, mode: int, limits: list[int], num_targets: int) -> dict[tuple[int, int], int]:
    """Return the pairs that minutes, one by one, allow."""
    return {
        (row, column): value
        for row, limit in enumerate(limits)
        for column in range(num_targets)
        if (value := int(times.minutes(mode, row, len(limits) + column))) <= limit
    }


@given(points, points)
def test_distance_is_the_great_circle(one, other):
    """Minutes follow the great-circle distance, whatever the place on earth."""
    mode = Mode(speed_kmh=60.0, detour=1.0)
    lat, lon = np.array([one, other], np.float64).T
    minutes = CrowTimes((mode,), lat, lon).raw_minutes(0, np.array([0]), np.array([1]))[0]
    assert minutes == pytest.approx(haversine_km(one, other), rel=1e-6, abs=1e-5)


@given(near_points, near_points)
def test_near_distance_is_exact(one, other):
    """Inside a city the distance is right to a millimetre."""
    lat, lon = np.array([one, other], np.float64).T
    km = CrowTimes((Mode(speed_kmh=60.0, detour=1.0),), lat, lon).raw_minutes(0, np.array([0]), np.array([1]))[0]
    assert km == pytest.approx(haversine_km(one, other), rel=1e-6, abs=1e-6)


@given(st.sampled_from(list(MODES)), placed, placed)
def test_minutes_follow_the_formula(mode, one, other):
    """(start + km × detour ÷ speed) × larger area factor, rounded up."""
    times = Times(instance(on_map([one]), on_map([other])))
    km, how = haversine_km(one[0], other[0]), MODES[mode]
    detour = np.interp(km, *zip(*KNOTS, strict=True)) if how.detour_by_km else how.detour
    factor = max(FACTORS.get(area or "", 1.0) for _, area in (one, other))
    exact = (how.start_minutes + km * detour * 60 / how.speed_kmh) * factor
    assert times.minutes(times.mode_names.index(mode), 0, 1) in (ceil(exact - 1e-4), ceil(exact + 1e-4))


@given(st.lists(placed, min_size=1, max_size=8), st.lists(placed, max_size=8), st.data())
def test_within_holds_exactly_the_pairs_in_reach(volunteers, households, data):
    """No pair is lost and none is added, with factors below and above one and detours that change with distance."""
    times = Times(instance(on_map(volunteers), on_map(households)))
    reachable = sorted(
        {int(m) for k in range(len(MODES)) for m in times.minutes(k, 0, np.arange(1, len(times.factor)))}
    )
    limit = st.sampled_from([0, 5, 30, 90, *reachable])
    limits = [data.draw(limit) for _ in volunteers]
    for mode in range(len(MODES)):
        assert pairs_within(times, mode, limits, len(households)) == pairs_elementwise(
            times, mode, limits, len(households)
        )


@given(st.lists(points, min_size=1, max_size=5), st.lists(points, max_size=5), st.integers(0, 100_000))
def test_within_all_over_the_earth(volunteers, households, limit):
    """The search radius holds for antipodes and poles as well."""
    times = Times(instance(on_map([(p, None) for p in volunteers]), on_map([(p, None) for p in households])))
    limits = [limit] * len(volunteers)
    assert pairs_within(times, 2, limits, len(households)) == pairs_elementwise(times, 2, limits, len(households))


@pytest.mark.parametrize("km", [1999.0, 2000.0, 2010.0, 9000.0, 20015.0])
def test_within_at_its_own_limit(km):
    """Bug: where the series of the arc errs most, the search radius was a little too small."""
    degrees = km / EARTH_KM * 180 / np.pi
    people = [((0.0, 0.0), None), ((degrees if degrees < 90 else 180 - degrees, 0.0 if degrees < 90 else 180.0), None)]
    exact = CrowTimes((MODES["walk"],), *np.array([p for p, _ in people]).T).raw_minutes(
        0, np.array([0]), np.array([1])
    )
    crow = CrowTimes((MODES["walk"],), *np.array([p for p, _ in people]).T)
    assert [c.tolist() for _, c in crow.near(0, np.array([0]), np.array([1]), exact)] == [[0]]


@given(st.data(), st.integers(1, 5), st.integers(0, 5), st.integers(1, 4))
def test_within_by_matrix(data, num_volunteers, num_households, num_places):
    """A matrix, not symmetric and not whole, gives exactly the pairs that its cells allow."""
    cell = st.one_of(st.floats(0, 60), st.sampled_from([30.0, 30.0000000001, 29.9999999999, 0.1 + 0.2]))
    table = data.draw(
        st.lists(st.lists(cell, min_size=num_places, max_size=num_places), min_size=num_places, max_size=num_places)
    )
    names = [f"P{i}" for i in range(num_places)]
    person = st.tuples(st.sampled_from([Location(place=name) for name in names]), st.sampled_from([None, *FACTORS]))
    volunteers, households = (
        data.draw(st.lists(person, min_size=n, max_size=n)) for n in (num_volunteers, num_households)
    )
    times = Times(instance(volunteers, households, metric={"kind": "matrix", "places": names, "minutes": table}))
    limits = data.draw(st.lists(st.integers(0, 60), min_size=num_volunteers, max_size=num_volunteers))
    found = pairs_within(times, 1, limits, num_households)
    assert found == pairs_elementwise(times, 1, limits, num_households)
    for row, column in found:
        (one, area1), (other, area2) = volunteers[row], households[column]
        factor = max(FACTORS.get(area or "", 1.0) for area in (area1, area2))
        exact = table[names.index(one.place or "")][names.index(other.place or "")] * factor
        assert found[row, column] == ceil(round(exact, 9))


def test_across_the_date_line():
    """Two places on both sides of the 180th meridian are neighbours."""
    times = Times(instance(on_map([((0.0, 179.995), None)]), on_map([((0.0, -179.995), None), ((0.0, 179.9), None)])))
    km = haversine_km((0, 179.995), (0, 180.005))
    assert times.minutes(0, 0, 1) == ceil(km * 1.4 / 4.8 * 60)
    assert set(pairs_within(times, 0, [30], 2)) == {(0, 0)}


def test_identical_places():
    """From a place to itself takes nothing; to another at the same point it takes the start minutes."""
    times = Times(instance(on_map([((30.0, 114.0), "hills")]), on_map([((30.0, 114.0), None)])))
    assert times.minutes(1, [0, 0], [0, 1]).tolist() == [0, ceil(8 * 1.7)]
    assert times.minutes(0, 0, 1) == 0
    assert pairs_within(times, 0, [0], 1) == {(0, 0): 0}
    assert pairs_within(times, 1, [13], 1) == {}


@pytest.mark.parametrize(
    "metric", [{"kind": "crow"}, {"kind": "matrix", "places": ["P"], "minutes": [[9.0]]}], ids=["crow", "matrix"]
)
def test_a_place_is_within_reach_of_itself(metric):
    """Bug: a matrix with minutes on its diagonal lost the place itself."""
    here = Location(lat=30.0, lon=114.0, place="P")
    times = Times(instance([(here, None)], [], metric=metric))
    blocks = list(times.within(1, np.array([0]), np.array([0]), [0]))
    assert [b.tolist() for b in blocks[0]] == [[0], [0], [0]]


def test_shapes_broadcast():
    """Origins and targets may be a column and a row."""
    people = on_map([((30.0, 114.0), None), ((30.01, 114.0), None)])
    times = Times(instance(people, people))
    table = times.minutes(0, np.arange(2)[:, None], np.arange(2, 4)[None, :])
    assert table.shape == (2, 2)
    assert table[0, 1] == table[1, 0] == times.minutes(0, 0, 3)
    assert times.minutes(0, 0, 3).shape == ()


def test_unknown_places_are_all_named():
    """Every place missing in the matrix is named at once."""
    metric = {"kind": "matrix", "places": ["P"], "minutes": [[0.0]]}
    with pytest.raises(InstanceError) as caught:
        Times(instance([(Location(place="Q"), None)], [(Location(place="R"), None)], metric=metric))
    assert [(p.path, p.id) for p in caught.value.problems] == [
        ("$.volunteers[0].location.place", "volunteers0"),
        ("$.households[0].location.place", "households0"),
    ]


def test_places_without_coordinates_are_named():
    """As the crow flies needs points."""
    with pytest.raises(InstanceError, match=r"\$\.volunteers\[0\]\.location \(id 'volunteers0'\): has no `lat`"):
        Times(instance([(Location(place="Q"), None)], []))
