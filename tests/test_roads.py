"""Road graphs: times, snapping, and files that are wrong."""

from __future__ import annotations

import csv
import random
from math import inf
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from pairsolve import roads
from pairsolve.errors import FileError, InputError, InstanceError
from pairsolve.instance import Instance
from pairsolve.roadgraph import posted_speed, read_road_graph
from pairsolve.setting import Mode, RoadMetric
from pairsolve.travel import UNREACHABLE, Times

MODES = (Mode(speed_kmh=4.8), Mode(speed_kmh=30.0, start_minutes=5.0))
CSV = RoadMetric(nodes="nodes.csv", edges="edges.csv")
GRAPHML = RoadMetric(graphml="city.graphml")


def small_city(side: int = 9, seed: int = 3) -> nx.MultiDiGraph:
    """Return a made-up town in the manner of OSMnx: a grid with one-way streets, parallel edges and a dead end."""
    chance = random.Random(seed)
    graph = nx.MultiDiGraph(crs="epsg:4326", simplified=True)
    for number in range(side * side):
        row, column = divmod(number, side)
        graph.add_node(1000 + number, y=60.16 + row * 0.002, x=24.94 + column * 0.004)
    for number in range(side * side):
        for step in (1, side):
            if number + step < side * side and (step == side or (number + 1) % side):
                ends = (1000 + number, 1000 + number + step)
                length, speed = chance.uniform(100, 400), chance.choice([3.0, 20.0, 40.0, 60.0])
                graph.add_edge(*ends, length=length, speed_kph=speed, osmid=number)
                if chance.random() < 0.7:
                    graph.add_edge(*reversed(ends), length=length, speed_kph=speed, osmid=number)
                if chance.random() < 0.1:
                    graph.add_edge(*ends, length=length * 2, speed_kph=60.0, osmid=number)
    graph.add_node(5000, y=60.155, x=24.94)
    graph.add_edge(1000, 5000, length=0.0, speed_kph=20.0)
    return graph


def write_csv(graph: nx.MultiDiGraph, folder: Path) -> None:
    """Write a graph as node and edge CSV; streets with two equal directions are one row with oneway 0."""
    with (folder / "nodes.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["id", "lat", "lon"])
        table.writerows([node, data["y"], data["x"]] for node, data in graph.nodes(data=True))
    with (folder / "edges.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["u", "v", "length_m", "highway", "speed_kmh", "oneway"])
        for u, v, data in graph.edges(data=True):
            twins = [d for d in (graph.get_edge_data(v, u) or {}).values() if d["length"] == data["length"]]
            if not twins or u < v:
                table.writerow([u, v, data["length"], "residential", data["speed_kph"], int(not twins)])


def write_graphml(graph: nx.MultiDiGraph, folder: Path) -> None:
    """Write a graph as OSMnx does: every attribute as a string."""
    text = nx.MultiDiGraph(**graph.graph)
    text.add_nodes_from((n, {k: str(v) for k, v in d.items()}) for n, d in graph.nodes(data=True))
    text.add_edges_from((u, v, {k: str(x) for k, x in d.items()}) for u, v, d in graph.edges(data=True))
    nx.write_graphml(text, folder / "city.graphml")


def load(metric: RoadMetric, folder: Path, points: list[tuple[float, float]]) -> roads.RoadTimes:
    """Load the times between some points."""
    lat, lon = np.array(points).T
    return roads.RoadTimes.load(
        metric, MODES, [(f"$.p[{i}]", f"P{i}") for i in range(len(lat))], lat, lon, folder=folder
    )


def all_minutes(times: roads.RoadTimes, mode: int, size: int) -> np.ndarray:
    """Return raw minutes between all places."""
    a, b = np.divmod(np.arange(size * size), size)
    return times.raw_minutes(mode, a, b).reshape(size, size)


@pytest.fixture(scope="module")
def city() -> nx.MultiDiGraph:
    return small_city()


@pytest.fixture(scope="module")
def folder(city: nx.MultiDiGraph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("roads")
    write_csv(city, where)
    write_graphml(city, where)
    return where


@pytest.fixture(scope="module")
def points(city: nx.MultiDiGraph) -> list[tuple[float, float]]:
    chance = random.Random(5)
    nodes = [chance.choice(list(city)) for _ in range(40)]
    return [(city.nodes[n]["y"] + chance.uniform(-2e-4, 2e-4), city.nodes[n]["x"] + 1e-5) for n in nodes]


def expected(city: nx.MultiDiGraph, points: list[tuple[float, float]], mode: Mode) -> np.ndarray:
    """Return minutes by networkx, from the nearest node in the plane."""
    ids = list(city)
    place = np.array([(city.nodes[n]["y"], city.nodes[n]["x"] / 2) for n in ids])
    nodes = [ids[int(np.argmin(((place - (lat, lon / 2)) ** 2).sum(axis=1)))] for lat, lon in points]

    def cost(_u: int, _v: int, parallel: dict[int, dict[str, float]]) -> float:
        return min(d["length"] * 0.06 / min(mode.speed_kmh, d["speed_kph"]) for d in parallel.values())

    rows = {n: nx.single_source_dijkstra_path_length(city, n, weight=cost) for n in set(nodes)}
    return np.array([[mode.start_minutes + rows[a].get(b, inf) for b in nodes] for a in nodes])


@pytest.mark.parametrize("metric", [CSV, GRAPHML], ids=["csv", "graphml"])
@pytest.mark.parametrize("mode", [0, 1])
def test_times_equal_networkx(city, folder, points, metric, mode):
    """Minutes equal shortest paths by networkx, for slow and motor modes, from both formats."""
    found = all_minutes(load(metric, folder, points), mode, len(points))
    np.testing.assert_allclose(found, expected(city, points, MODES[mode]), rtol=1e-12)


def test_formats_agree(folder, points):
    """Both formats give the very same numbers."""
    one, other = (all_minutes(load(metric, folder, points), 1, len(points)) for metric in (CSV, GRAPHML))
    assert (one == other).all()


@pytest.mark.parametrize("limit", [0.0, 5.0, 8.0, 20.0, 1000.0])
@pytest.mark.parametrize("mode", [0, 1])
def test_near_holds_every_pair_within_the_limit(folder, points, mode, limit):
    """`near` finds exactly the pairs that elementwise minutes allow, blocks or not."""
    times = load(CSV, folder, points)
    size = len(points)
    origins, targets = np.arange(0, size, 2), np.arange(size)[::-1].copy()
    limits = np.full(len(origins), limit) + np.arange(len(origins)) % 3
    found = set()
    for rows, columns in times.near(mode, origins, targets, limits):
        found |= set(zip(rows.tolist(), columns.tolist(), strict=True))
    minutes = all_minutes(load(CSV, folder, points), mode, size)[np.ix_(origins, targets)]
    assert set(zip(*(x.tolist() for x in np.nonzero(minutes <= limits[:, None])), strict=True)) <= found
    start = MODES[mode].start_minutes
    assert all(minutes[r, c] <= max(limits[r], start) + 1e-5 for r, c in found)


def test_questions_beyond_the_limit_are_right(folder, points, monkeypatch):
    """Elementwise minutes do not depend on what was asked before, nor on how much is kept."""
    monkeypatch.setattr(roads, "FIRST_LIMIT", 3.0)
    monkeypatch.setattr(roads, "CACHE_CELLS", 30)
    monkeypatch.setattr(roads, "BLOCK_CELLS", 200)
    monkeypatch.setattr(roads, "CHUNK", 3)
    size = len(points)
    times = load(CSV, folder, points)
    list(times.near(0, np.arange(size), np.arange(size), np.full(size, 2.0)))
    after = all_minutes(times, 0, size)
    monkeypatch.undo()
    assert (after == all_minutes(load(CSV, folder, points), 0, size)).all()


def test_a_repeated_question_is_not_computed_again(folder, points, monkeypatch):
    """Rows are kept by mode."""
    times = load(CSV, folder, points)
    first = all_minutes(times, 0, len(points))
    monkeypatch.setattr(roads, "dijkstra", lambda *_, **__: pytest.fail("computed again"))
    assert (all_minutes(times, 0, len(points)) == first).all()
    assert list(times.near(0, np.arange(3), np.arange(3), np.full(3, 50.0)))


def test_one_way_street(tmp_path):
    """A one-way street is not driven the wrong way; a street without `oneway` goes both ways."""
    (tmp_path / "nodes.csv").write_text("id,lat,lon\na,0,0\nb,0,0.01\nc,0,0.02\n")
    (tmp_path / "edges.csv").write_text("u,v,length_m,speed_kmh,oneway\na,b,1000,,1\nb,c,1000,15,\n")
    times = load(CSV, tmp_path, [(0, 0), (0, 0.01), (0, 0.02)])
    minutes = all_minutes(times, 1, 3) - 5
    assert minutes.tolist() == [[0, 2, 6], [inf, 0, 4], [inf, 4, 0]]


def test_times_of_an_instance(folder, city):
    """`Times` rounds up, knows places without a way, and finds the pairs within reach."""
    node = [city.nodes[n] for n in (1000, 1080, 5000)]
    where = [{"lat": n["y"], "lon": n["x"]} for n in node]
    instance = Instance.model_validate(
        {
            "horizon": {"first_day": "2026-03-02", "last_day": "2026-03-29"},
            "travel": {"modes": {"walk": MODES[0]}, "metric": GRAPHML},
            "volunteers": [{"id": "V1", "location": where[0], "mode": "walk"}],
            "households": [{"id": f"H{i}", "location": w} for i, w in enumerate(where)],
            "rules": [],
        }
    )
    times = Times(instance, folder)
    exact = expected(city, [(n["y"], n["x"]) for n in node], MODES[0])
    assert times.minutes(0, 0, [1, 2, 3]).tolist() == [0, int(np.ceil(exact[0, 1])), 0]
    assert times.minutes(0, 3, [0, 3]).tolist() == [UNREACHABLE, 0]
    blocks = list(times.within(0, np.array([0]), np.array([1, 2, 3]), [0]))
    assert [b.tolist() for b in blocks[0]] == [[0, 0], [0, 2], [0, 0]]


def test_places_off_the_graph_are_all_named(folder):
    """Every place off the graph is named, with its path, id and distance."""
    with pytest.raises(InstanceError) as caught:
        load(CSV, folder, [(60.16, 24.94), (60.4, 24.94), (-60.16, -150.0)])
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert "$.p[1].location (id 'P1')" in lines[0]
    assert "$.p[2].location (id 'P2')" in lines[1]
    assert "snap_metres 500" in lines[0]


def test_snapping_across_the_date_line(tmp_path):
    """The nearest node may lie on the other side of the date line."""
    (tmp_path / "nodes.csv").write_text("id,lat,lon\na,-17,179.9999\nb,-17,179.9\n")
    (tmp_path / "edges.csv").write_text("u,v,length_m,speed_kmh\na,b,1000,30\n")
    times = load(CSV, tmp_path, [(-17.0, -179.9999), (-17.0, 179.9)])
    assert times.raw_minutes(1, np.array([0]), np.array([1])).tolist() == [7.0]


NODES = "id,lat,lon\na,0,0\nb,0,0.01\n"
EDGES = "u,v,length_m,speed_kmh,oneway\na,b,1000,30,1\n"
XML = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="d0" for="node" attr.name="y"/>'
    '<key id="d1" for="node" attr.name="x"/><key id="d2" for="edge" attr.name="length"/>{}</graphml>'
)
POINTS = (
    '<graph edgedefault="directed"><node id="1"><data key="d0">0</data><data key="d1">0</data></node>'
    '<node id="2"><data key="d0">0</data><data key="d1">{}</data></node>{}</graph>'
)


@pytest.mark.parametrize(
    ("nodes", "edges", "words"),
    [
        (None, EDGES, ["nodes.csv", "cannot be read"]),
        (NODES, None, ["edges.csv", "cannot be read"]),
        ("", EDGES, ["nodes.csv", "no column id, lat, lon"]),
        ("id,lat,lon\n", EDGES, ["nodes.csv", "no nodes"]),
        ("id,lat,lon\n", "u,v,length_m,speed_kmh\n", ["nodes.csv", "no nodes"]),
        ("id,lat\na,0\n", EDGES, ["row 1", "no column lon"]),
        (NODES + "c,north,0\n", EDGES, ["nodes.csv", "row 4, column lat", "'north' is not a number"]),
        (NODES + "c,nan,0\n", EDGES, ["row 4, column lat", "'nan'"]),
        (NODES + "c,0,1e400\n", EDGES, ["row 4, column lon", "not between -180 and 180"]),
        (NODES + "c,,0\n", EDGES, ["row 4, column lat", "missing"]),
        (NODES + "a,0,0\n", EDGES, ["row 4, column id (id 'a')", "already"]),
        (NODES + "c,0\n", EDGES, ["row 4", "2 cells under 3 headings"]),
        (NODES, EDGES + "a,x,5,30,1\n", ["edges.csv", "row 3", "node 'x'"]),
        (NODES, EDGES + "a,b,far,30,1\n", ["row 3, column length_m", "'far'"]),
        (NODES, EDGES + "a,b,-5,30,1\n", ["row 3, column length_m", "'-5'"]),
        (NODES, EDGES + "a,b,5,0,1\n", ["row 3, column speed_kmh", "'0'"]),
        (NODES, EDGES + "a,b,5,30,perhaps\n", ["row 3, column oneway", "'perhaps'"]),
        (NODES, "u,v,length_m\na,b,5\n", ["row 1", "no column speed_kmh"]),
        (b"id,lat,lon\n\xff\xfe,0,0\n", EDGES, ["nodes.csv", "cannot be read"]),
        (NODES, b"u,v,length_m,speed_kmh\na\0,b,5,5\n", ["edges.csv", "'a\\x00'"]),
    ],
)
def test_wrong_csv(tmp_path, nodes, edges, words):
    """A wrong file is named with its row and column."""
    check_wrong(tmp_path, CSV, {"nodes.csv": nodes, "edges.csv": edges}, words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, ["city.graphml", "cannot be read"]),
        ("", ["is not GraphML"]),
        ("<graphml><graph>", ["is not GraphML"]),
        ("id,lat,lon", ["is not GraphML"]),
        (XML.format(""), ["no nodes"]),
        (XML.format(POINTS.format("east", "")), ["node '2', attribute x", "'east' is not a number"]),
        (XML.format(POINTS.format("385000", "")), ["node '2', attribute x", "unprojected"]),
        (
            XML.format(POINTS.format("0", '<edge source="1" target="2"/>')),
            ["edge 1 (1 to 2), attribute length", "missing"],
        ),
        (
            XML.format(POINTS.format("0", '<edge source="1" target="7"><data key="d2">5</data></edge>')),
            ["edge 1 (1 to 7)", "node '7'"],
        ),
        ('<?xml version="1.0" encoding="no-such"?><graphml/>', ["city.graphml"]),
    ],
)
def test_wrong_graphml(tmp_path, text, words):
    """A wrong GraphML file is named with the node or edge and the attribute."""
    check_wrong(tmp_path, GRAPHML, {"city.graphml": text}, words)


def check_wrong(folder: Path, metric: RoadMetric, files: dict[str, str | bytes | None], words: list[str]) -> None:
    """Write the files and expect one error with all the words."""
    for name, text in files.items():
        if text is not None:
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        read_road_graph(metric, folder)
    for word in words:
        assert word in str(caught.value)


def test_a_folder_is_not_a_file(tmp_path):
    """A directory in place of a file is an error of its own."""
    (tmp_path / "city.graphml").mkdir()
    with pytest.raises(FileError, match="cannot be read"):
        read_road_graph(GRAPHML, tmp_path)


def test_many_faults_end_the_reading(tmp_path):
    """All faults are listed, but not thousands."""
    (tmp_path / "nodes.csv").write_text("id,lat,lon\n" + "".join(f"{i},x,y\n" for i in range(1000)))
    (tmp_path / "edges.csv").write_text(EDGES)
    with pytest.raises(InstanceError) as caught:
        read_road_graph(CSV, tmp_path)
    assert len(caught.value.problems) == 51


@pytest.mark.parametrize(
    ("extra", "kmh"),
    [
        ({}, inf),
        ({"maxspeed": "30 mph"}, 48.28032),
        ({"maxspeed": "['30', '50']", "travel_time": "60"}, 6.0),
        ({"speed_kph": "25", "maxspeed": "50"}, 25.0),
        ({"maxspeed": "walk"}, inf),
    ],
)
def test_speeds_of_graphml(tmp_path, extra, kmh):
    """The speed comes from speed_kph, else travel_time, else maxspeed; an edge may have none."""
    graph = nx.MultiDiGraph()
    graph.add_node(1, y="0", x="0")
    graph.add_edge(1, 1, length="100.0", **extra)
    write_graphml(graph, tmp_path)
    assert read_road_graph(GRAPHML, tmp_path).speed.tolist() == pytest.approx([kmh])


def test_undirected_graphml(tmp_path):
    """A graph saved as undirected is driven both ways."""
    graph = nx.MultiGraph()
    graph.add_node(1, y="0", x="0")
    graph.add_node(2, y="0", x="0.01")
    graph.add_edge(1, 2, length="100.0")
    nx.write_graphml(graph, tmp_path / "city.graphml")
    graph_read = read_road_graph(GRAPHML, tmp_path)
    assert sorted(zip(graph_read.start.tolist(), graph_read.end.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_posted_speed_zero_is_none():
    """A posted speed of nought is not a speed."""
    assert posted_speed("0") == inf


def test_no_places(folder: Path):
    """A graph without places loads; there is just nothing to ask."""
    times = roads.RoadTimes.load(CSV, MODES, [], np.zeros(0), np.zeros(0), folder=folder)
    assert times.raw_minutes(0, np.zeros(0, np.int64), np.zeros(0, np.int64)).size == 0
