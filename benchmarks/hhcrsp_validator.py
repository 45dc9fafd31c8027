"""Recounts a solution file of the home health care problem from its instance file; shares no code with the engine."""

from __future__ import annotations

import math
from typing import Any

_TOLERANCE = 1e-6


def recount(instance: dict[str, Any], solution: dict[str, Any]) -> tuple[float, list[str]]:
    """Return the cost of a solution and every rule it breaks.

    Parameters
    ----------
    instance, solution
        The two files as read from JSON.

    Returns
    -------
    float
        One third of travel, total tardiness and largest tardiness.
    list of str
        One line per breach; empty if the solution is sound.
    """
    patients = {patient["id"]: patient for patient in instance["patients"]}
    place = {patient["id"]: row for row, patient in enumerate(instance["patients"], 1)}
    skills = {carer["id"]: set(carer["abilities"]) for carer in instance["caregivers"]}
    table = instance["distances"]
    breaches: list[str] = []
    done: dict[str, list[tuple[str, str, float]]] = {name: [] for name in patients}
    travel = 0.0
    seen: set[str] = set()
    for route in solution["routes"]:
        carer = route["caregiver_id"]
        if carer in seen or carer not in skills:
            breaches.append(f"carer {carer} is unknown or has two routes")
            continue
        seen.add(carer)
        here, free = 0, 0.0
        for stop in route["locations"]:
            name, service, start = stop["patient"], stop["service"], float(stop["arrival_time"])
            there = place[name]
            travel += table[here][there]
            if start < free + table[here][there] - _TOLERANCE:
                breaches.append(f"carer {carer} cannot be at {name} by {start}")
            if service not in skills[carer]:
                breaches.append(f"carer {carer} cannot do {service} at {name}")
            minutes = [one["duration"] for one in patients[name]["required_caregivers"] if one["service"] == service]
            if not minutes or abs(float(stop["departure_time"]) - start - minutes[0]) > _TOLERANCE:
                breaches.append(f"{service} at {name} is not asked for, or has another length")
            done[name].append((service, carer, start))
            here, free = there, float(stop["departure_time"])
        travel += table[here][0]
    tardy = []
    for name, patient in patients.items():
        breaches += _visit_breaches(patient, done[name])
        tardy += [max(0.0, start - patient["time_window"][1]) for _, _, start in done[name]]
    return (travel + sum(tardy) + max(tardy, default=0.0)) / 3, breaches


def _visit_breaches(patient: dict[str, Any], done: list[tuple[str, str, float]]) -> list[str]:
    name = patient["id"]
    asked = [one["service"] for one in patient["required_caregivers"]]
    if sorted(asked) != sorted(service for service, _, _ in done):
        return [f"{name} gets other services than asked for"]
    found = [f"{name} starts too early" for _, _, t in done if t < math.floor(patient["time_window"][0]) - _TOLERANCE]
    if len(done) == 1:
        return found
    if done[0][1] == done[1][1]:
        found.append(f"both services of {name} are done by {done[0][1]}")
    start = {service: begin for service, _, begin in done}
    lag = start[asked[1]] - start[asked[0]]
    rule = patient.get("synchronization") or {}
    low, high = -math.inf, math.inf
    if rule.get("type") == "simultaneous":
        low, high = 0, 0
    elif rule.get("type") == "sequential":
        low, high = rule["distance"]
    if not low - _TOLERANCE <= lag <= high + _TOLERANCE:
        found.append(f"the services of {name} are {lag} minutes apart, not {low} to {high}")
    return found
