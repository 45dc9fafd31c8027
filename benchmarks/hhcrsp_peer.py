"""The peer of tours: CP-SAT on the same home care day, as one circuit a carer, with the same seconds and threads."""

from __future__ import annotations

from typing import Any

SCALE = 1000  # times are not whole in some files


def by_cp_sat(day: dict[str, Any], seconds: float, threads: int) -> tuple[float | None, float]:
    """Return cost and bound of CP-SAT; no cost when it finds no plan.

    Parameters
    ----------
    day
        A file of the family as read from JSON.
    seconds, threads
        Limits of the solver.
    """
    from ortools.sat.python import cp_model  # noqa: PLC0415  # listing the families loads no solver

    def whole(value: float) -> int:
        return round(value * SCALE)

    ways = [[whole(one) for one in row] for row in day["distances"]]
    tasks = [
        (number, one["service"], whole(one["duration"]))
        for number, patient in enumerate(day["patients"], 1)
        for one in patient["required_caregivers"]
    ]
    horizon = whole(max(patient["time_window"][1] for patient in day["patients"])) + sum(
        minutes + max(ways[place]) for place, _, minutes in tasks
    )
    model = cp_model.CpModel()
    start, late, done = [], [], [[] for _ in tasks]
    for place, _, _ in tasks:
        first, last = map(whole, map(float, day["patients"][place - 1]["time_window"]))
        start.append(model.new_int_var(int(first), horizon, ""))
        late.append(model.new_int_var(0, horizon, ""))
        model.add(late[-1] >= start[-1] - last)
    travel = []
    held: list[dict[int, Any]] = []
    for carer in day["caregivers"]:
        able = [task for task, (_, service, _) in enumerate(tasks) if service in carer["abilities"]]
        arcs = [(0, 0, model.new_bool_var(""))]
        mine = {task: model.new_bool_var("") for task in able}
        for task in able:
            place, _, minutes = tasks[task]
            done[task].append(mine[task])
            arcs.append((task + 1, task + 1, ~mine[task]))
            out, back = model.new_bool_var(""), model.new_bool_var("")
            arcs += [(0, task + 1, out), (task + 1, 0, back)]
            travel += [ways[0][place] * out, ways[place][0] * back]
            model.add(start[task] >= ways[0][place]).only_enforce_if(out)
            for other in able:
                if other != task:
                    then = model.new_bool_var("")
                    arcs.append((task + 1, other + 1, then))
                    way = ways[place][tasks[other][0]]
                    travel.append(way * then)
                    model.add(start[other] >= start[task] + minutes + way).only_enforce_if(then)
        model.add_circuit(arcs)
        held.append(mine)
    for who in done:
        model.add_exactly_one(who)
    for one in range(len(tasks) - 1):
        other = one + 1
        if tasks[one][0] != tasks[other][0]:
            continue
        for mine in held:
            if one in mine and other in mine:
                model.add_at_most_one(mine[one], mine[other])
        rule = day["patients"][tasks[one][0] - 1].get("synchronization") or {}
        low, high = map(whole, rule.get("distance") or (0, 0))
        if rule.get("type") == "simultaneous":
            low = high = 0
        model.add_linear_constraint(start[other] - start[one], low, high)
    largest = model.new_int_var(0, horizon, "")
    model.add_max_equality(largest, late)
    model.minimize(sum(travel) + sum(late) + largest)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = threads
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return (solver.objective_value / SCALE / 3 if found else None), solver.best_objective_bound / SCALE / 3
