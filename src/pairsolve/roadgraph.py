"""Road graphs read from files: GraphML as OSMnx writes it, or a node CSV with an edge CSV.

A reader collects every fault of a file, naming row and column, before it gives up.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf, isfinite
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from pairsolve.errors import FileError, InstanceError, Problem
from pairsolve.setting import RoadMetric

MOST_PROBLEMS = 50
KMH_PER_MPH = 1.609344
YES, NO = ("1", "true", "yes"), ("0", "false", "no", "")
NUMBER_AND_UNIT = re.compile(r"(\d+(?:\.\d+)?)\s*(mph)?")


@dataclass(frozen=True, slots=True)
class RoadGraph:
    """A directed road graph as arrays.

    Parameters
    ----------
    lat, lon
        Degrees of each node, shape ``(num_nodes,)``.
    start, end
        Node numbers of each directed edge, shape ``(num_edges,)``; parallel edges are allowed.
    metres
        Length of each edge.
    speed
        Speed of each edge in km/h, infinite where the file names none.
    """

    lat: npt.NDArray[np.float64]
    lon: npt.NDArray[np.float64]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    metres: npt.NDArray[np.float64]
    speed: npt.NDArray[np.float64]


def read_road_graph(metric: RoadMetric, folder: Path) -> RoadGraph:
    """Read the files a road metric names.

    Parameters
    ----------
    metric
        Names either `graphml`, or `nodes` and `edges`.
    folder
        Where their paths start from.

    Raises
    ------
    FileError
        A file cannot be opened, decoded or parsed.
    InstanceError
        A file's content is wrong: one problem per fault, with its row and column.
    """
    if metric.graphml is not None:
        return _read_graphml(folder / metric.graphml)
    return _read_csv(folder / (metric.nodes or ""), folder / (metric.edges or ""))


@dataclass(slots=True)
class _Builder:
    """Nodes and edges as they are read, with the faults of the file at hand."""

    source: Path
    problems: list[Problem] = field(default_factory=list)
    number_of: dict[str, int] = field(default_factory=dict)
    points: list[tuple[float, float]] = field(default_factory=list)
    edges: list[tuple[int, int, float, float]] = field(default_factory=list)

    def wrong(self, where: str, what: str, id_: str | None = None) -> None:
        """Note a fault; give up when there are very many, which means another kind of file."""
        self.problems.append(Problem(where, what, id_))
        if len(self.problems) >= MOST_PROBLEMS:
            self.problems.append(Problem("$", f"and perhaps more: reading ended after {MOST_PROBLEMS} problems"))
            self.finish_file()

    def finish_file(self) -> None:
        """Raise the faults of the file, if it has any."""
        if not self.points and not self.problems:
            self.problems.append(Problem("$", "has no nodes; a road graph has at least one"))
        if self.problems:
            raise InstanceError(str(self.source), self.problems)

    def node(self, id_: str, point: tuple[float, float], where: str) -> None:
        """Add a node."""
        if id_ in self.number_of:
            self.wrong(where, "a node of this id is there already; ids are unique", id_)
        self.number_of[id_] = len(self.points)
        self.points.append(point)

    def edge(self, ends: tuple[str, str], metres: float, speed: float, where: str, *, both: bool) -> None:
        """Add an edge between known nodes, or one in each direction."""
        unknown = [end for end in dict.fromkeys(ends) if end not in self.number_of]
        for end in unknown:
            self.wrong(where, f"the edge leads to node {end!r}, which is not among the nodes", end)
        if unknown:
            return
        start, end_ = (self.number_of[end] for end in ends)
        self.edges.append((start, end_, metres, speed))
        if both:
            self.edges.append((end_, start, metres, speed))

    def graph(self) -> RoadGraph:
        """Return the graph, or raise what is wrong with the file."""
        self.finish_file()
        points = np.array(self.points, np.float64)
        edges = np.array(self.edges, np.float64).reshape(-1, 4)
        start, end = edges[:, 0].astype(np.int64), edges[:, 1].astype(np.int64)
        return RoadGraph(points[:, 0], points[:, 1], start, end, edges[:, 2], edges[:, 3])


def _real(builder: _Builder, text: str | None, where: str, low: float, high: float) -> float:
    """Turn a cell into a number from `low` to `high`, or note the fault."""
    try:
        value = float(text or "")
    except ValueError:
        builder.wrong(where, f"{text!r} is not a number" if text else "is missing; give a number")
        return low
    if not (isfinite(value) and low <= value <= high):
        builder.wrong(where, f"{text!r} is not between {low:g} and {high:g}")
        return low
    return value


def _open_failed(path: Path, error: Exception) -> NoReturn:
    what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    raise FileError(str(path), f"the road file cannot be read: {what}; paths start from the folder of the instance")


# --- node and edge CSV -------------------------------------------------------------------------------------------


def _read_csv(nodes: Path, edges: Path) -> RoadGraph:
    builder = _Builder(nodes)
    for where, row in _rows(nodes, ("id", "lat", "lon"), builder):
        lat = _real(builder, row["lat"], f"{where}, column lat", -90, 90)
        lon = _real(builder, row["lon"], f"{where}, column lon", -180, 180)
        builder.node(row["id"], (lat, lon), f"{where}, column id")
    builder.finish_file()
    builder.source = edges
    for where, row in _rows(edges, ("u", "v", "length_m", "speed_kmh"), builder):
        metres = _real(builder, row["length_m"], f"{where}, column length_m", 0, 1e7)
        speed = _real(builder, row["speed_kmh"], f"{where}, column speed_kmh", 0.1, 500) if row["speed_kmh"] else inf
        oneway = row.get("oneway", "").lower()
        if oneway not in YES + NO:
            builder.wrong(f"{where}, column oneway", f"{oneway!r} is neither 1 (one way) nor 0 (both directions)")
        builder.edge((row["u"], row["v"]), metres, speed, where, both=oneway in NO)
    return builder.graph()


def _rows(path: Path, columns: tuple[str, ...], builder: _Builder) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the rows of a CSV by column name, each with its place in the file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            header = [name.strip() for name in next(reader, [])]
            missing = [name for name in columns if name not in header]
            if missing:
                what = f"has no column {', '.join(missing)}; its first row names {', '.join(header) or 'nothing'}"
                raise InstanceError(str(path), [Problem("row 1", what)])
            for cells in reader:
                where = f"row {reader.line_num}"
                if len(cells) == len(header):
                    yield where, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
                elif cells:
                    builder.wrong(where, f"has {len(cells)} cells under {len(header)} headings")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        _open_failed(path, error)


# --- GraphML -----------------------------------------------------------------------------------------------------


def _read_graphml(path: Path) -> RoadGraph:
    """Read nodes and directed edges element by element; networkx would build its whole graph first."""
    builder = _Builder(path)
    names: dict[str, str] = {}
    pending: list[tuple[str, str, float, float, str]] = []
    both = False
    try:
        with path.open("rb") as stream:
            for event, element in ElementTree.iterparse(stream, events=("start", "end")):
                tag = element.tag.rpartition("}")[2]
                if event == "start":
                    if tag == "graph":
                        both = element.get("edgedefault") == "undirected"
                    continue
                if tag == "key":
                    names[element.get("id", "")] = element.get("attr.name", "")
                elif tag == "node":
                    _graphml_node(builder, element, names)
                elif tag == "edge":
                    pending.append(_graphml_edge(builder, element, names, len(pending) + 1))
                else:
                    continue
                element.clear()
    except (OSError, UnicodeDecodeError, ValueError, LookupError) as error:
        _open_failed(path, error)
    except ElementTree.ParseError as error:
        raise FileError(str(path), f"is not GraphML: {error}; write it with osmnx.save_graphml") from None
    for start, end, metres, speed, where in pending:
        builder.edge((start, end), metres, speed, where, both=both)
    return builder.graph()


def _data(element: ElementTree.Element, names: dict[str, str]) -> dict[str, str]:
    """Return the attributes of a node or an edge by name."""
    return {
        names.get(child.get("key", ""), ""): (child.text or "").strip() for child in element if "key" in child.attrib
    }


def _graphml_node(builder: _Builder, element: ElementTree.Element, names: dict[str, str]) -> None:
    data, id_ = _data(element, names), element.get("id", "")
    # A projected graph keeps degrees, if at all, in `lat` and `lon`.
    lat, lon = data.get("lat", data.get("y")), data.get("lon", data.get("x"))
    where = f"node {id_!r}"
    point = (
        _real(builder, lat, f"{where}, attribute y (latitude in degrees; save the graph unprojected)", -90, 90),
        _real(builder, lon, f"{where}, attribute x (longitude in degrees; save the graph unprojected)", -180, 180),
    )
    builder.node(id_, point, where)


def _graphml_edge(
    builder: _Builder, element: ElementTree.Element, names: dict[str, str], number: int
) -> tuple[str, str, float, float, str]:
    data = _data(element, names)
    start, end = element.get("source", ""), element.get("target", "")
    where = f"edge {number} ({start} to {end})"
    metres = _real(builder, data.get("length"), f"{where}, attribute length", 0, 1e7)
    return start, end, metres, _graphml_speed(builder, data, metres, where), where


def _graphml_speed(builder: _Builder, data: dict[str, str], metres: float, where: str) -> float:
    """Return the edge's speed in km/h: `speed_kph`, else from `travel_time` (seconds), else from `maxspeed`."""
    if data.get("speed_kph"):
        return _real(builder, data["speed_kph"], f"{where}, attribute speed_kph", 0.1, 500)
    if data.get("travel_time"):
        seconds = _real(builder, data["travel_time"], f"{where}, attribute travel_time", 0, 1e7)
        return metres / seconds * 3.6 if seconds > 0 < metres else inf
    return posted_speed(data.get("maxspeed", ""))


def posted_speed(text: str) -> float:
    """Return the speed in km/h that an OpenStreetMap `maxspeed` names, infinite where it names none.

    A merged edge has a list of values; their mean is taken, as OSMnx does.

    Examples
    --------
    >>> posted_speed("50"), posted_speed("['30', '50']"), round(posted_speed("20 mph")), posted_speed("none")
    (50.0, 40.0, 32, inf)
    """
    found = [float(value) * (KMH_PER_MPH if unit else 1.0) for value, unit in NUMBER_AND_UNIT.findall(text)]
    speed = sum(found) / len(found) if found else 0.0
    return speed if speed > 0 else inf
