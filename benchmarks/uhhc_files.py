"""Files of the unified home health care problem (Ceschia et al., doi 10.1111/itor.70140): read, and written back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pairsolve.errors import FileError, InstanceError, Problem

if TYPE_CHECKING:  # listing the families loads no solver
    from pairsolve.scheduling.tours.asked import TourProblem, Tours

KNOWN = (
    *("travel_time", "total_tardiness", "highest_tardiness", "total_waiting_time", "total_extra_time"),
    *("max_idle_time", "caregiver_preferences", "optional_patients", "missed_lunch_break"),
    *("incompabilities", "qualification", "workload_balance"),  # the first as the files spell it
)
_HARD = 1000.0  # cost of a minute, or a piece, of what must be none


@dataclass(frozen=True, slots=True)
class SharedDay:
    """A file, and the problem made of it; `tasks` are (patient, service) by number in the file."""

    name: str
    raw: dict[str, Any]
    tasks: tuple[tuple[int, int], ...]
    problem: TourProblem


def read_shared_day(path: Path) -> SharedDay:
    """Read a file.

    Raises
    ------
    FileError
        It cannot be opened, or is no JSON.
    InstanceError
        A part is missing, or a cost has no definition here.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(str(path), f"cannot be opened: {error.strerror}") from None
    except ValueError as error:
        raise FileError(str(path), f"is not JSON: {error}") from None
    parts = ("metadata", "terminal_points", "caregivers", "patients", "distances")
    absent = [part for part in parts if not isinstance(raw, dict) or not raw.get(part)]
    if absent:
        raise InstanceError(str(path), [Problem(f"$.{part}", "is missing or empty; add it") for part in absent])
    unknown = [name for name in raw["metadata"]["cost_components"] if name not in KNOWN]
    if unknown:
        where = "$.metadata.cost_components"
        raise InstanceError(str(path), [Problem(f"{where}.{name}", "has no definition here") for name in unknown])
    tasks = tuple((p, s) for p, patient in enumerate(raw["patients"]) for s in range(len(patient["required_services"])))
    return SharedDay(path.stem, raw, tasks, _problem(raw, tasks))


def weight(raw: dict[str, Any], name: str) -> float:
    """Return the weight of a cost; what must be none costs much, hard travel one, and what is not named nothing."""
    value = raw["metadata"]["cost_components"].get(name, 0)
    if value == "HARD":
        return 1.0 if name == "travel_time" else _HARD
    return float(value)


def just_in_time(raw: dict[str, Any]) -> bool:
    """Return whether carers leave as late as possible; in one set they leave when the shift begins."""
    return "bazirha" not in str(raw["metadata"].get("origin", ""))


def _problem(raw: dict[str, Any], tasks: tuple[tuple[int, int], ...]) -> TourProblem:
    from pairsolve.scheduling.tours.asked import TourProblem  # noqa: PLC0415  # listing loads no solver

    patients, carers = raw["patients"], raw["caregivers"]
    point = {terminal["id"]: terminal["distance_matrix_index"] for terminal in raw["terminal_points"]}
    asked = [(patients[p], patients[p]["required_services"][s]) for p, s in tasks]
    late = [one["duration"] if raw["metadata"]["time_window_met"] == "at_service_end" else 0 for _, one in asked]
    by_two = [
        (task, task + 1, *_lags(patients[patient]))
        for task, ((patient, _), (other, _)) in enumerate(pairwise(tasks))
        if patient == other and _go_together(patients[patient])
    ]
    return TourProblem.build(
        travel=raw["distances"],
        place=[patient["distance_matrix_index"] for patient, _ in asked],
        ready=[patient["time_windows"][0]["start"] for patient, _ in asked],
        due=[patient["time_windows"][0]["end"] - less for (patient, _), less in zip(asked, late, strict=True)],
        minutes=[one["duration"] for _, one in asked],
        num_carers=len(carers),
        visits_by_two=by_two,
        fee=[[_fee(raw, patient, one, carer) for carer in carers] for patient, one in asked],
        leave=[point[carer["departing_point"]] for carer in carers],
        arrive=[point[carer["arrival_point"]] for carer in carers],
        begin=[carer["working_shift"]["start"] for carer in carers],
        weights=[weight(raw, name) for name in ("travel_time", "total_tardiness", "highest_tardiness")],
        shifts=_shifts(raw, tasks, late),
    )


def _go_together(patient: dict[str, Any]) -> bool:
    """Return whether two services depend on each other: in time, or because both may be left undone."""
    rule = patient.get("synchronization") or {}
    return rule.get("type") in ("simultaneous", "sequential") or bool(patient.get("optional"))


def _lags(patient: dict[str, Any]) -> tuple[float, float]:
    from pairsolve.scheduling.tours.asked import FREE  # noqa: PLC0415  # listing loads no solver

    rule = patient.get("synchronization") or {}
    if rule.get("type") == "sequential":
        return rule["distance"]["min"], rule["distance"]["max"]
    return (0.0, 0.0) if rule.get("type") == "simultaneous" else (-FREE, FREE)


def _fee(raw: dict[str, Any], patient: dict[str, Any], one: dict[str, Any], carer: dict[str, Any]) -> float:
    if one["service"] not in carer["abilities"] or carer["id"] in (patient.get("incompatible_caregivers") or ()):
        return inf
    preferred = patient.get("preferred_caregivers") or ()
    return weight(raw, "caregiver_preferences") if preferred and carer["id"] not in preferred else 0.0


def _shifts(raw: dict[str, Any], tasks: tuple[tuple[int, int], ...], late: list[float]) -> Any:
    import numpy as np  # noqa: PLC0415  # listing the families stays quick

    from pairsolve.scheduling.tours.asked import Shifts  # noqa: PLC0415  # listing loads no solver

    second = [raw["patients"][p]["time_windows"][1:2] for p, _ in tasks]
    undone = [
        (weight(raw, "optional_patients") if s == 0 else 0.0) if raw["patients"][p].get("optional") else inf
        for p, s in tasks
    ]
    noon = raw.get("lunch_breaks") or {"start": 0, "end": 0, "min_duration": 0}
    return Shifts(
        again=np.array([window[0]["start"] if window else inf for window in second], dtype=float),
        due_again=np.array([w[0]["end"] - less if w else inf for w, less in zip(second, late, strict=True)], float),
        undone=np.array(undone),
        end=np.array([carer["working_shift"]["end"] for carer in raw["caregivers"]], dtype=float),
        lunch=np.array([bool(carer.get("lunch_break")) for carer in raw["caregivers"]]),
        noon=(noon["start"], noon["end"], noon["min_duration"]),
        waiting=weight(raw, "total_waiting_time"),
        overtime=weight(raw, "total_extra_time"),
        idle=weight(raw, "max_idle_time"),
        no_lunch=weight(raw, "missed_lunch_break"),
        balance=weight(raw, "workload_balance"),
        just_in_time=just_in_time(raw),
    )


def solution_of(day: SharedDay, tours: Tours, seconds: float) -> dict[str, Any]:
    """Return a solution file of the family."""
    carers = zip(day.raw["caregivers"], tours.routes, tours.lunch_after, strict=True)
    routes = [
        {"caregiver_id": carer["id"], "locations": _locations(day, tours, number, route, lunch)}
        for number, (carer, route, lunch) in enumerate(carers)
        if route
    ]
    return {"cost": tours.cost, "seconds": round(seconds, 3), "routes": routes}


def _locations(day: SharedDay, tours: Tours, carer: int, route: tuple[int, ...], lunch: int) -> list[dict[str, Any]]:
    stops = []
    problem = day.problem
    shift = day.raw["caregivers"][carer]
    for before, task in zip((-1, *route), (*route, None), strict=True):
        if lunch == before and shift.get("lunch_break"):
            stops += _lunch(day, tours, carer, before, task)
        if task is not None:
            p, s = day.tasks[task]
            patient = day.raw["patients"][p]
            start = float(tours.start[task])
            stops.append(
                {
                    "patient": patient["id"],
                    "service": patient["required_services"][s]["service"],
                    "arrival_time": start,
                    "departure_time": start + float(problem.minutes[task]),
                }
            )
    return stops


def _lunch(day: SharedDay, tours: Tours, carer: int, before: int, task: int | None) -> list[dict[str, Any]]:
    """Return the lunch between two tasks as a stop at the next home, or the last one, or no stop if it has no room."""
    problem, noon = day.problem, day.raw["lunch_breaks"]
    first, last, least = noon["start"], noon["end"], noon["min_duration"]
    start = float(tours.start[task]) if task is not None else inf
    if before < 0:
        begin, close = start - least, start
        where = task
        if begin < first or close > last:
            return []
    else:
        end = float(tours.start[before] + problem.minutes[before])
        goal = problem.place[task] if task is not None else problem.arrive[carer]
        way = float(problem.travel[problem.place[before], goal])
        if end + way <= last - least:
            where, begin = task, max(end + way, first)
            close = max(begin + least, min(last, start)) if task is not None else begin + least
        elif end <= last - least and task is not None:
            where, begin = before, max(end, first)
            close = max(begin + least, min(last, start - way))
        else:
            return []
    place = shift_end(day, carer) if where is None else day.raw["patients"][day.tasks[where][0]]["id"]
    return [{"patient": place, "service": "lunch_break", "start_time": begin, "end_time": close}]


def shift_end(day: SharedDay, carer: int) -> str:
    """Return the terminal where a carer's day ends."""
    return str(day.raw["caregivers"][carer]["arrival_point"])
