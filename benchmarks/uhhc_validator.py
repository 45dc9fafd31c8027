"""Recounts a solution of the unified home health care problem from its two files; shares no code with the engine."""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import Any

_TOLERANCE = 1e-6
File = dict[str, Any]


def recount(instance: File, solution: File) -> tuple[float, dict[str, float], list[str]]:
    """Return the objective, every component, and every rule that is broken.

    Parameters
    ----------
    instance, solution
        The two files as read from JSON.
    """
    parts: Counter[str] = Counter()
    breaches: list[str] = []
    done: dict[str, list[tuple[str, str, float, float]]] = {patient["id"]: [] for patient in instance["patients"]}
    routes = {route["caregiver_id"]: route["locations"] for route in solution["routes"]}
    if len(routes) != len(solution["routes"]):
        breaches.append("a carer has two routes")
    idle, work = 0.0, []
    for carer in instance["caregivers"]:
        stops = routes.get(carer["id"], [])
        on_the_way = parts["travel_time"]
        idle = max(idle, _walk(instance, carer, stops, parts, breaches, done))
        served = sum(one["departure_time"] - one["arrival_time"] for one in stops if one["service"] != "lunch_break")
        work.append(served + parts["travel_time"] - on_the_way)
    parts["max_idle_time"] = idle
    mean = sum(work) / len(work)
    parts["workload_balance"] = sum(ceil(abs(one - mean) - _TOLERANCE) for one in work)
    tardy = [0.0]
    for patient in instance["patients"]:
        tardy += _judge(instance, patient, done[patient["id"]], parts, breaches)
    parts["total_tardiness"], parts["highest_tardiness"] = sum(tardy), max(tardy)
    total = 0.0
    for name, weight in instance["metadata"]["cost_components"].items():
        if weight == "HARD" and name != "travel_time":
            if parts[name] > _TOLERANCE:
                breaches.append(f"{name} must be 0 and is {parts[name]:g}")
        else:
            total += (1 if weight == "HARD" else weight) * parts[name]
    return total, dict(parts), breaches


def _walk(
    instance: File, carer: File, stops: list[File], parts: Counter[str], breaches: list[str], done: dict[str, Any]
) -> float:
    """Walk through a carer's day, add up its parts, and return the idle minutes."""
    places = instance["terminal_points"] + instance["patients"]
    index = {place["id"]: place["distance_matrix_index"] for place in places}
    table, shift, name = instance["distances"], carer["working_shift"], carer["id"]
    if not any(stop["service"] != "lunch_break" for stop in stops):
        return float(shift["end"] - shift["start"])
    here, first = index[carer["departing_point"]], stops[0]
    began = float(first.get("start_time", first.get("arrival_time")))
    departure = began - table[here][index[first["patient"]]]
    if "bazirha" in str(instance["metadata"].get("origin", "")):
        departure = float(shift["start"])
    if departure < shift["start"] - _TOLERANCE:
        breaches.append(f"carer {name} leaves before the shift")
    free, waited, lunches, after_first_lunch = departure, 0.0, 0, False
    for number, stop in enumerate(stops):
        there = index[stop["patient"]]
        way = table[here][there]
        lunch = stop["service"] == "lunch_break"
        start = float(stop["start_time"] if lunch else stop["arrival_time"])
        end = float(stop["end_time"] if lunch else stop["departure_time"])
        if start < free + way - _TOLERANCE:
            breaches.append(f"carer {name} cannot be at {stop['patient']} by {start:g}")
        if not after_first_lunch:
            waited += max(0.0, start - free - way)
        after_first_lunch = lunch and number == 0
        parts["travel_time"] += way
        if lunch:
            noon = instance["lunch_breaks"]
            good = noon["start"] <= start + _TOLERANCE and end <= noon["end"] + _TOLERANCE
            lunches += good and end - start >= noon["min_duration"] - _TOLERANCE
        else:
            done[stop["patient"]].append((stop["service"], name, start, end))
        here, free = there, end
    home = table[here][index[carer["arrival_point"]]]
    parts["travel_time"] += home
    back = free + home
    parts["total_waiting_time"] += waited
    parts["total_extra_time"] += max(0.0, back - shift["end"])
    parts["missed_lunch_break"] += bool(carer.get("lunch_break")) and lunches == 0
    return departure - shift["start"] + waited + max(0.0, shift["end"] - back)


def _judge(
    instance: File, patient: File, done: list[tuple[str, str, float, float]], parts: Counter[str], breaches: list[str]
) -> list[float]:
    """Judge one patient's services, and return their tardiness."""
    name = patient["id"]
    if not done:
        parts["optional_patients"] += 1
        if not patient.get("optional"):
            breaches.append(f"{name} gets nothing")
        return []
    asked = {one["service"]: one["duration"] for one in patient["required_services"]}
    if sorted(asked) != sorted(service for service, *_ in done):
        breaches.append(f"{name} gets other services than asked for")
        return []
    carers = {carer["id"]: carer for carer in instance["caregivers"]}
    preferred = patient.get("preferred_caregivers")
    tardy = []
    for service, carer, start, end in done:
        if service not in carers[carer]["abilities"] or carer in (patient.get("incompatible_caregivers") or ()):
            breaches.append(f"carer {carer} cannot do {service} at {name}")
        if abs(end - start - asked[service]) > _TOLERANCE or start < patient["time_windows"][0]["start"] - _TOLERANCE:
            breaches.append(f"{service} at {name} is too early or has another length")
        parts["caregiver_preferences"] += bool(preferred) and carer not in preferred
        begun = [window for window in patient["time_windows"] if window["start"] <= start + _TOLERANCE]
        met = end if instance["metadata"]["time_window_met"] == "at_service_end" else start
        tardy.append(max(0.0, met - begun[-1]["end"]) if begun else 0.0)
    _judge_pair(patient, done, breaches)
    return tardy


def _judge_pair(patient: File, done: list[tuple[str, str, float, float]], breaches: list[str]) -> None:
    rule = patient.get("synchronization") or {}
    if len(done) < 2:
        return
    if done[0][1] == done[1][1] and rule.get("type") in ("simultaneous", "sequential"):
        breaches.append(f"both services of {patient['id']} are done by {done[0][1]}")
    start = {service: begin for service, _, begin, _ in done}
    first, second = (one["service"] for one in patient["required_services"])
    lag = start[second] - start[first]
    low, high = {
        "simultaneous": lambda: (0, 0),
        "sequential": lambda: (rule["distance"]["min"], rule["distance"]["max"]),
    }.get(rule.get("type", ""), lambda: (-1e9, 1e9))()
    if not low - _TOLERANCE <= lag <= high + _TOLERANCE:
        breaches.append(f"the services of {patient['id']} are {lag:g} minutes apart, not {low} to {high}")
