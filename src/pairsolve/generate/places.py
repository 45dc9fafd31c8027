"""The real places: districts, towns and communities of nine cities and counties (sources: data/CREDITS.md)."""

from __future__ import annotations

import difflib
import gzip
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from pairsolve.errors import InputError, Problem
from pairsolve.generate.dice import Dice, Flags, Floats, Ints
from pairsolve.instance import Area

# People per community: fitted on town populations of 58 counties (GeoNames, census 2010).
PEOPLE_URBAN, PEOPLE_VILLAGE = 4361.0, 805.0
# Registered disabled people per resident, urban and rural.
RATE_URBAN, RATE_VILLAGE = 0.019, 0.030
# Volunteers live where people live, but fewer come forward in villages.
VOLUNTEERS_VILLAGE = 0.35
TOWN_NOISE = 0.3
HILLS = 1.2


@dataclass(frozen=True, slots=True)
class Preset:
    """A name a user can give: a stored place, all of it or some of its towns or communities."""

    stored: str
    title: str
    codes: tuple[str, ...] = ()
    hills: bool = False
    languages: tuple[str, ...] = ()


_PRESETS = {
    "nanning": Preset("nanning", "南宁市 Nanning", languages=("zhuang", "cantonese")),
    "dianjiang": Preset("dianjiang", "垫江县 Dianjiang County", hills=True),
    "pengjiang": Preset("pengjiang", "蓬江区 Pengjiang District", languages=("cantonese",)),
    "huicheng": Preset("huicheng", "惠城区 Huicheng District", languages=("hakka", "cantonese")),
    "danyang": Preset("danyang", "丹阳市 Danyang", languages=("wu",)),
    "chenzhou": Preset("chenzhou", "郴州市 Chenzhou", hills=True),
    "wuhan": Preset("wuhan", "武汉市 Wuhan"),
    "jiaozuo": Preset("jiaozuo", "焦作市 Jiaozuo"),
    "fushun": Preset("fushun", "抚顺市 Fushun", hills=True),
    "guiyang": Preset("dianjiang", "垫江县桂阳街道 Guiyang Sub-district, Dianjiang", ("500231002",), hills=True),
    "village": Preset(
        "dianjiang", "垫江县新民镇两村 two villages of Xinmin, Dianjiang", ("500231101204", "500231101208"), hills=True
    ),
}
PLACES: tuple[str, ...] = tuple(_PRESETS)
"""Names that `generate` knows."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A place as arrays: towns and their communities.

    Parameters
    ----------
    preset
        What was asked for.
    root
        Code and name of the whole.
    districts
        Code and name of each county or district between root and towns; empty where root is the district.
    town_code, town_name, town_kind
        One entry per town, street or township.
    town_lat, town_lon
        Where the town's centre is.
    code, name
        One entry per community or village.
    town
        Number of each community's town.
    village
        Whether it is a village.
    lat, lon
        Its middle; synthetic inside the town.
    """

    preset: Preset
    root: tuple[str, str]
    districts: tuple[tuple[str, str], ...]
    town_code: tuple[str, ...]
    town_name: tuple[str, ...]
    town_kind: tuple[str, ...]
    town_lat: Floats
    town_lon: Floats
    code: tuple[str, ...]
    name: tuple[str, ...]
    town: Ints
    village: Flags
    lat: Floats
    lon: Floats

    @property
    def people(self) -> Floats:
        """Residents per community, by its kind."""
        return np.where(self.village, PEOPLE_VILLAGE, PEOPLE_URBAN)

    def disabled_weight(self, dice: Dice) -> Floats:
        """Return the expected disabled residents per community, with the noise between towns."""
        noise = np.exp(TOWN_NOISE * dice.normal(len(self.town_code)))
        weight: Floats = self.people * np.where(self.village, RATE_VILLAGE, RATE_URBAN) * noise[self.town]
        return weight

    def volunteer_weight(self) -> Floats:
        """Return how many volunteers come forward per community, relatively."""
        weight: Floats = self.people * np.where(self.village, VOLUNTEERS_VILLAGE, 1.0)
        return weight

    def spread_km(self, community: Ints) -> Floats:
        """Return how far homes lie from the middle of their community."""
        return np.where(self.village[community], 0.9, 0.35)

    def areas(self, disabled: Ints) -> tuple[Area, ...]:
        """Return the tree of areas; `disabled` are the registered disabled residents per community."""
        factor = HILLS if self.preset.hills else 1.0
        by_town = np.bincount(self.town, weights=disabled, minlength=len(self.town_code)).astype(int).tolist()
        by_district = {code: 0 for code, _ in self.districts}
        for code, count in zip(self.town_code, by_town, strict=True):
            if self.districts:
                by_district[code[:6]] += count
        kind = "city" if self.districts else "district"
        total = int(disabled.sum())
        areas = [Area(id=self.root[0], name=self.root[1], kind=kind, travel_factor=factor, disabled_residents=total)]
        areas += [
            Area(
                id=code, name=name, parent=self.root[0], kind="district", travel_factor=factor,
                disabled_residents=by_district[code],
            )
            for code, name in self.districts
        ]  # fmt: skip
        areas += [
            Area(
                id=code, name=name, parent=code[:6] if self.districts else self.root[0], kind=kind,
                rural=kind in ("town", "township"), travel_factor=factor, disabled_residents=count,
            )
            for code, name, kind, count in zip(self.town_code, self.town_name, self.town_kind, by_town, strict=True)
        ]  # fmt: skip
        areas += [
            Area(
                id=code, name=name, parent=code[:9], kind="village" if village else "community", rural=village,
                travel_factor=factor, disabled_residents=count,
            )
            for code, name, village, count in zip(
                self.code, self.name, self.village.tolist(), disabled.tolist(), strict=True
            )
        ]  # fmt: skip
        return tuple(areas)


def load_ground(place: str, towns: tuple[str, ...] | None) -> Ground:
    """Return the arrays of a place.

    Parameters
    ----------
    place
        One of `PLACES`.
    towns
        Names or codes of the towns to keep; all if None.

    Raises
    ------
    InputError
        When the place or a town is unknown.
    """
    if place not in _PRESETS:
        raise InputError("generate", [Problem("place", _unknown("place", place, PLACES))])
    preset = _PRESETS[place]
    stored = _stored()[preset.stored]
    kept = [row for row in stored["towns"] if _wanted(row[0], preset.codes)]
    if towns is not None:
        kept = _only(kept, towns)
    numbers = {row[0]: number for number, row in enumerate(kept)}
    communities = [row for row in stored["communities"] if row[0][:9] in numbers and _inside(row[0], preset.codes)]
    used = {row[0][:6] for row in kept}
    return Ground(
        preset=preset,
        root=(stored["root"][0], stored["root"][1]),
        districts=tuple((code, name) for code, name in stored["districts"] if code in used),
        town_code=tuple(row[0] for row in kept),
        town_name=tuple(row[1] for row in kept),
        town_kind=tuple(row[2] for row in kept),
        town_lat=np.array([row[3] for row in kept]),
        town_lon=np.array([row[4] for row in kept]),
        code=tuple(row[0] for row in communities),
        name=tuple(row[1] for row in communities),
        town=np.array([numbers[row[0][:9]] for row in communities], np.int64),
        village=np.array([row[2] == 1 for row in communities], np.bool_),
        lat=np.array([row[3] for row in communities]),
        lon=np.array([row[4] for row in communities]),
    )


@cache
def _stored() -> dict[str, Any]:
    packed = resources.files("pairsolve").joinpath("data", "places.json.gz").read_bytes()
    places: dict[str, Any] = json.loads(gzip.decompress(packed))
    return places


def _wanted(town: str, codes: tuple[str, ...]) -> bool:
    return not codes or any(code[:9] == town for code in codes)


def _inside(community: str, codes: tuple[str, ...]) -> bool:
    return not codes or any(community.startswith(code) for code in codes)


def _only(rows: list[Any], towns: tuple[str, ...]) -> list[Any]:
    known = {name: row for row in rows for name in (row[0], row[1])}
    problems = [
        Problem(f"towns[{number}]", _unknown("town", town, tuple(known)))
        for number, town in enumerate(towns)
        if town not in known
    ]
    if not towns:
        problems = [Problem("towns", "is empty; name at least one town, or leave it out for all")]
    if problems:
        raise InputError("generate", problems)
    return [row for row in rows if row[0] in towns or row[1] in towns]


def _unknown(what: str, given: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(given.lower(), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known[:30])}"
    return f"no {what} is named {given!r}; {hint}"
