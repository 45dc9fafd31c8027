"""Minutes over a road graph: places snapped to nodes, shortest times bounded by reach, kept for the next question.

An edge takes its length at the slower of the mode's and its own speed; a trip takes the mode's start minutes besides.
One-way streets hold for every mode. The way from a place to its node takes no time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from pairsolve.errors import InstanceError, Problem
from pairsolve.roadgraph import RoadGraph, read_road_graph
from pairsolve.setting import Mode, RoadMetric

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

EARTH_METRES = 6_371_008.8  # mean radius, IUGG
SLACK = 1e-6  # minutes; a pair exactly at the limit is never lost to rounding
FIRST_LIMIT = 120.0  # minutes searched for a single question before the whole graph is
BLOCK_CELLS = 4_000_000  # nodes × sources searched at a time: 32 MB
CACHE_CELLS = 30_000_000  # minutes kept: about 360 MB
CHUNK = 256  # sources looked up at a time


@dataclass(frozen=True, slots=True)
class Row:
    """Minutes from one stop to the stops within `limit`, `stops` ascending."""

    limit: float
    stops: npt.NDArray[np.int32]
    minutes: Floats


class RoadTimes:
    """Minutes over a road graph; a `pairsolve.travel.Metric`.

    Parameters
    ----------
    graph
        The road graph.
    modes
        Travel modes in the order of the instance.
    nodes
        Node number of each place.
    """

    def __init__(self, graph: RoadGraph, modes: Sequence[Mode], nodes: Ints) -> None:
        self.graph = graph
        self.modes = tuple(modes)
        # Stops are the nodes that have places; only their columns are kept.
        self.stops, self.stop_of = np.unique(nodes, return_inverse=True)
        self._edges: dict[int, csr_array] = {}
        self._rows: OrderedDict[tuple[int, int], Row] = OrderedDict()
        self._cells = 0

    @classmethod
    def load(
        cls,
        metric: RoadMetric,
        modes: Sequence[Mode],
        places: Sequence[tuple[str, str]],
        lat: Floats,
        lon: Floats,
        *,
        folder: Path,
    ) -> RoadTimes:
        """Read the graph and snap every place to its nearest node.

        Parameters
        ----------
        metric
            Names the files and the largest snapping distance.
        modes
            Travel modes in the order of the instance.
        places
            JSON path and id of each place.
        lat, lon
            Degrees of each place.
        folder
            Where the paths of the files start from.

        Raises
        ------
        FileError, InstanceError
            A file is missing or wrong, or places lie off the graph; all of them are named.
        """
        graph = read_road_graph(metric, folder)
        nodes, metres = _snap(graph, lat, lon)
        off = [
            Problem(
                f"{path}.location",
                f"lies {metres[i]:,.0f} m from the nearest road node, more than snap_metres {metric.snap_metres}; "
                "correct the point, extend the graph or raise snap_metres",
                id_,
            )
            for i, (path, id_) in enumerate(places)
            if metres[i] > metric.snap_metres
        ]
        if off:
            raise InstanceError("instance", off)
        return cls(graph, modes, nodes)

    def raw_minutes(self, mode: int, origins: Ints, targets: Ints) -> Floats:
        """Return minutes from each origin to each target, elementwise; infinite where there is no way."""
        source, goal = self.stop_of[origins], self.stop_of[targets]
        result = np.where(source == goal, 0.0, inf)
        pending = np.flatnonzero(source != goal)
        for limit in (None, FIRST_LIMIT, inf):
            if pending.size == 0:
                break
            result[pending] = self._look_up(mode, source[pending], goal[pending], limit)
            pending = pending[np.isinf(result[pending])]
        minutes: Floats = result + self.modes[mode].start_minutes
        return minutes

    def near(self, mode: int, origins: Ints, targets: Ints, limits: Floats) -> Iterator[tuple[Ints, Ints]]:
        """Yield blocks of (origin position, target position) that include every pair within the limits."""
        goals = self.stop_of[targets]
        order = np.argsort(goals, kind="stable")
        first = np.searchsorted(goals[order], np.arange(len(self.stops) + 1))
        on_way = np.maximum(np.asarray(limits, np.float64) - self.modes[mode].start_minutes, 0.0) + SLACK
        for low in range(0, len(origins), CHUNK):
            block = slice(low, low + CHUNK)
            rows = self._rows_within(mode, self.stop_of[origins[block]], on_way[block])
            found = [
                _members(row.stops[row.minutes <= limit], first, order)
                for row, limit in zip(rows, on_way[block], strict=True)
            ]
            counts = np.fromiter(map(len, found), np.int64, len(found))
            yield np.repeat(np.arange(low, low + len(found)), counts), np.concatenate(found)

    def _look_up(self, mode: int, source: Ints, goal: Ints, limit: float | None) -> Floats:
        """Return minutes between stops, from kept rows alone or, given a limit, from rows of at least that limit."""
        result = np.full(len(source), inf)
        order = np.argsort(source, kind="stable")
        unique, first = np.unique(source[order], return_index=True)
        groups = np.split(order, first[1:])
        for low in range(0, len(unique), CHUNK):
            chunk = unique[low : low + CHUNK]
            if limit is None:
                rows = [self._rows.get((mode, int(stop))) for stop in chunk]
            else:
                rows = list(self._rows_within(mode, chunk, np.full(len(chunk), limit)))
            for row, group in zip(rows, groups[low : low + CHUNK], strict=True):
                if row is not None and row.stops.size:
                    at = np.minimum(np.searchsorted(row.stops, goal[group]), row.stops.size - 1)
                    result[group] = np.where(row.stops[at] == goal[group], row.minutes[at], inf)
        return result

    def _rows_within(self, mode: int, sources: Ints, limits: Floats) -> list[Row]:
        """Return a row of at least the limit for each source; rows that are kept are not computed again."""
        wanted: dict[int, float] = {}
        for source, limit in zip(sources.tolist(), limits.tolist(), strict=True):
            wanted[source] = max(limit, wanted.get(source, 0.0))
        rows: dict[int, Row] = {}
        for source, limit in wanted.items():
            row = self._rows.get((mode, source))
            if row is not None and row.limit >= limit:
                rows[source] = row
                self._rows.move_to_end((mode, source))
        missing = sorted((limit, source) for source, limit in wanted.items() if source not in rows)
        size = max(1, BLOCK_CELLS // len(self.graph.lat))
        for low in range(0, len(missing), size):
            block = missing[low : low + size]
            fresh = self._search(mode, [source for _, source in block], block[-1][0])
            for (_, source), row in zip(block, fresh, strict=True):
                rows[source] = row
                self._keep((mode, source), row)
        return [rows[source] for source in sources.tolist()]

    def _search(self, mode: int, sources: list[int], limit: float) -> list[Row]:
        """Run Dijkstra's algorithm from several stops at once."""
        table = dijkstra(self._weights(mode), indices=self.stops[sources], limit=limit)[:, self.stops]
        found = [np.flatnonzero(np.isfinite(line)) for line in table]
        return [Row(limit, stops.astype(np.int32), line[stops]) for stops, line in zip(found, table, strict=True)]

    def _keep(self, key: tuple[int, int], row: Row) -> None:
        """Keep a row, and forget those unused for longest when there are too many."""
        before = self._rows.pop(key, None)
        self._cells += len(row.stops) - (len(before.stops) if before is not None else 0)
        self._rows[key] = row
        while self._cells > CACHE_CELLS and len(self._rows) > 1:
            _, oldest = self._rows.popitem(last=False)
            self._cells -= len(oldest.stops)

    def _weights(self, mode: int) -> csr_array:
        """Return minutes per edge by a mode; of parallel edges the fastest."""
        if mode not in self._edges:
            graph = self.graph
            minutes = graph.metres * 0.06 / np.minimum(graph.speed, self.modes[mode].speed_kmh)
            order = np.lexsort((minutes, graph.end, graph.start))
            start, end = graph.start[order], graph.end[order]
            fastest = np.ones(len(order), bool)
            fastest[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
            size = len(graph.lat)
            keep = order[fastest]
            indptr = np.searchsorted(start[fastest], np.arange(size + 1))
            # Built by hand: a conversion might drop edges of no length, which do connect.
            self._edges[mode] = csr_array((minutes[keep], graph.end[keep], indptr), shape=(size, size))
        return self._edges[mode]


def _members(stops: npt.NDArray[np.int32], first: Ints, order: Ints) -> Ints:
    """Return the positions of the targets at the stops, ascending."""
    sizes = first[stops + 1] - first[stops]
    total = int(sizes.sum())
    within = np.arange(total) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    members: Ints = np.sort(order[np.repeat(first[stops], sizes) + within])
    return members


def _snap(graph: RoadGraph, lat: Floats, lon: Floats) -> tuple[Ints, Floats]:
    """Return the nearest node of each point and the metres to it."""
    if len(lat) == 0:
        return np.zeros(0, np.int64), np.zeros(0)
    chords, nodes = cKDTree(_unit_vectors(graph.lat, graph.lon)).query(_unit_vectors(lat, lon))
    metres = 2.0 * EARTH_METRES * np.arcsin(np.minimum(chords / 2.0, 1.0))
    return np.asarray(nodes, np.int64), metres


def _unit_vectors(lat: Floats, lon: Floats) -> Floats:
    phi, lam = np.radians(lat), np.radians(lon)
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
