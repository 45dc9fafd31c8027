"""Files of the home health care routing and scheduling problem: read as tours that are asked for, written as tours.

One format with three dialects (Mankowska et al. 2014, Kummer et al. 2021, Italian towns): whole or broken numbers,
windows with float noise, with or without coordinates. Place 0 of the travel table is the base,
and the patients follow in order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import floor, inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pairsolve.errors import FileError, InstanceError, Problem

if TYPE_CHECKING:  # listing the families loads no solver
    from pairsolve.scheduling.tours.asked import TourProblem, Tours


@dataclass(frozen=True, slots=True)
class CareTask:
    """One service of one patient."""

    patient: str
    service: str


@dataclass(frozen=True, slots=True)
class CareDay:
    """A file as a problem, with the names of its tasks and carers."""

    name: str
    tasks: tuple[CareTask, ...]
    carers: tuple[str, ...]
    problem: TourProblem


def read_day(path: Path) -> CareDay:
    """Read a file of any of the three dialects.

    Raises
    ------
    FileError
        It cannot be opened, or is no JSON.
    InstanceError
        Something in it is missing or wrong; one line each.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(str(path), f"cannot be opened: {error.strerror}") from None
    except ValueError as error:
        raise FileError(str(path), f"is not JSON: {error}") from None
    if faults := list(_faults(raw)):
        raise InstanceError(str(path), faults)
    day = _day(path.stem, raw)
    if faults := list(_nobody(day)):
        raise InstanceError(str(path), faults)
    return day


def write_tours(day: CareDay, tours: Tours, seconds: float, path: Path) -> None:
    """Write a solution file of the family, beside its place first."""
    routes = [
        {"caregiver_id": carer, "locations": [_location(day, tours, task) for task in route]}
        for carer, route in zip(day.carers, tours.routes, strict=True)
        if route
    ]
    whole = {"cost": tours.cost, "seconds": round(seconds, 3), "routes": routes}
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(path)


def _location(day: CareDay, tours: Tours, task: int) -> dict[str, Any]:
    start = float(tours.start[task])
    return {
        "patient": day.tasks[task].patient,
        "service": day.tasks[task].service,
        "arrival_time": start,
        "departure_time": start + float(day.problem.minutes[task]),
    }


def _faults(raw: Any) -> list[Problem]:
    """Return what is missing or wrong; one entry per place."""
    if not isinstance(raw, dict):
        return [Problem("$", "is no object; a file of this family holds patients, caregivers and distances")]
    absent = [key for key in ("patients", "caregivers", "distances") if not isinstance(raw.get(key), list)]
    if absent:
        return [Problem(f"$.{key}", "is missing or no list; add it") for key in absent]
    faults = [fault for number, patient in enumerate(raw["patients"]) for fault in _patient_faults(number, patient)]
    for number, carer in enumerate(raw["caregivers"]):
        if not (isinstance(carer, dict) and "id" in carer and isinstance(carer.get("abilities"), list)):
            faults.append(Problem(f"$.caregivers[{number}]", "needs an id and a list of abilities"))
    size = len(raw["patients"]) + 1
    table = raw["distances"]
    if len(table) < size or any(not isinstance(row, list) or len(row) < size for row in table[:size]):
        faults.append(Problem("$.distances", f"has to be a table of {size} rows and columns: the base, then patients"))
    elif any(not _is_number(cell) or cell < 0 for row in table for cell in row):
        faults.append(Problem("$.distances", "holds a cell that is no number of minutes from 0 upwards"))
    if not raw["caregivers"]:
        faults.append(Problem("$.caregivers", "is empty; add a carer"))
    return faults


def _patient_faults(number: int, patient: Any) -> list[Problem]:
    where = f"$.patients[{number}]"
    if not isinstance(patient, dict) or "id" not in patient:
        return [Problem(where, "needs an id")]
    name = str(patient["id"])
    faults = []
    window, services = patient.get("time_window"), patient.get("required_caregivers")
    if not (isinstance(window, list) and len(window) == 2 and all(map(_is_number, window))):
        faults.append(Problem(f"{where}.time_window", "needs two numbers: first and last minute", name))
    if not (isinstance(services, list) and 1 <= len(services) <= 2 and all(map(_is_service, services))):
        faults.append(Problem(f"{where}.required_caregivers", "needs one or two of {service, duration}", name))
    lags = patient.get("synchronization")
    if lags is not None and not _is_lag(lags):
        what = "needs the type simultaneous, independent, or sequential with a distance [least, most]"
        faults.append(Problem(f"{where}.synchronization", what, name))
    return faults


def _nobody(day: CareDay) -> Iterator[Problem]:
    """Yield the services for which there are too few carers."""
    for task, asked in enumerate(day.tasks):
        able = set(day.problem.able(task).tolist())
        mate = int(day.problem.mate[task])
        if not able:
            yield Problem("$.caregivers", f"nobody can do {asked.service}; add a carer who can", asked.patient)
        elif mate > task and len(able | set(day.problem.able(mate).tolist())) < 2:
            yield Problem("$.caregivers", "two are needed, and one alone can do either service", asked.patient)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -inf < value < inf


def _is_service(value: Any) -> bool:
    return isinstance(value, dict) and "service" in value and _is_number(value.get("duration"))


def _is_lag(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    if value.get("type") != "sequential":
        return value.get("type") in ("simultaneous", "independent")
    lags = value.get("distance")
    return isinstance(lags, list) and len(lags) == 2 and all(map(_is_number, lags)) and lags[0] <= lags[1]


def _day(name: str, raw: dict[str, Any]) -> CareDay:
    from pairsolve.scheduling.tours.asked import TourProblem  # noqa: PLC0415  # listing the families loads no solver

    wanted = [(place, patient, one) for place, patient in enumerate(raw["patients"], 1) for one in _services(patient)]
    able = [set(map(str, carer["abilities"])) for carer in raw["caregivers"]]
    problem = TourProblem.build(
        travel=raw["distances"],
        place=[place for place, _, _ in wanted],
        ready=[max(0, floor(patient["time_window"][0])) for _, patient, _ in wanted],
        due=[patient["time_window"][1] for _, patient, _ in wanted],
        minutes=[one["duration"] for _, _, one in wanted],
        num_carers=len(able),
        visits_by_two=[
            (task, task + 1, *_lags(patient))
            for task, ((place, patient, _), (other, _, _)) in enumerate(pairwise(wanted))
            if place == other
        ],
        fee=[[0.0 if str(one["service"]) in skills else inf for skills in able] for _, _, one in wanted],
        weights=(1 / 3, 1 / 3, 1 / 3),
    )
    tasks = tuple(CareTask(patient["id"], one["service"]) for _, patient, one in wanted)
    return CareDay(name, tasks, tuple(carer["id"] for carer in raw["caregivers"]), problem)


def _services(patient: dict[str, Any]) -> list[dict[str, Any]]:
    return list(patient["required_caregivers"])


def _lags(patient: dict[str, Any]) -> tuple[float, float]:
    from pairsolve.scheduling.tours.asked import FREE  # noqa: PLC0415  # listing the families loads no solver

    lags = patient.get("synchronization") or {"type": "independent"}
    if lags["type"] == "sequential":
        return float(lags["distance"][0]), float(lags["distance"][1])
    return (0.0, 0.0) if lags["type"] == "simultaneous" else (-FREE, FREE)
