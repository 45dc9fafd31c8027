"""Records without coordinates, placed at their area; and people who may stand in the registers twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pairsolve.errors import Problem

if TYPE_CHECKING:
    from pairsolve.tables.gather import Row

Point = tuple[float, float]
_PLACED = ("volunteers", "households", "sites")


def place_the_placeless(rows: Mapping[str, Sequence[Row]]) -> list[Problem]:
    """Place records without coordinates at the middle of their area's other records, or of the area above."""
    points: dict[str, list[Point]] = defaultdict(list)
    parents = {row.raw.get("id"): row.raw.get("parent") for row in rows["areas"]}
    for section in _PLACED:
        for row in rows[section]:
            if (point := _point(row)) is not None and row.raw.get("area"):
                for area in _upwards(row.raw["area"], parents):
                    points[area].append(point)
    found = []
    for section in _PLACED:
        for row in rows[section]:
            if row.raw.get("location") or row.faulty:
                continue
            for area in _upwards(row.raw.get("area"), parents):
                if points[area]:
                    lats, lons = zip(*points[area], strict=True)
                    row.raw["location"] = {
                        "lat": round(sum(lats) / len(lats), 6),
                        "lon": round(sum(lons) / len(lons), 6),
                    }
                    found.append(row.problem("area", "has no coordinates and is placed at the middle of its area"))
                    break
    return found


def same_people(rows: Mapping[str, Sequence[Row]]) -> Iterator[Problem]:
    """Yield rows with the same name and place as an earlier row, in one register or in two; nothing is merged."""
    first: dict[tuple[str, Any], Row] = {}
    for section in ("volunteers", "households"):
        for row in rows[section]:
            name = "".join(str(row.raw.get("name", "")).casefold().split())
            if not name or row.faulty:
                continue
            earlier = first.setdefault((name, row.raw.get("area") or _point(row)), row)
            if earlier is not row and row.raw.get("id") != earlier.raw.get("household"):
                where = f"{earlier.section} row {earlier.number}"
                way_out = "keep one" if earlier.section == section else "name the household in the volunteer's row"
                yield row.problem("name", f"same name and place as {where}; if it is one person, {way_out}")


def _point(row: Row) -> Point | None:
    where = row.raw.get("location")
    if isinstance(where, dict) and isinstance(where.get("lat"), float) and isinstance(where.get("lon"), float):
        return where["lat"], where["lon"]
    return None


def _upwards(area: Any, parents: Mapping[Any, Any]) -> Iterator[str]:
    seen: set[Any] = set()
    while area and area not in seen:
        seen.add(area)
        yield area
        area = parents.get(area)
