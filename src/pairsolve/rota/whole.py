"""Meetings and rounds decided together, for one group whose best meetings fit into no rounds."""

from __future__ import annotations

from itertools import chain

from ortools.sat.python import cp_model

from pairsolve.rota.choose import Choice, Pairs, quiet_solver

_EFFORT = 5.0  # units of the solver's deterministic time


def all_at_once(
    pairs: Pairs, choice: Choice, rounds: list[list[tuple[int, int]]], most_at_once: int
) -> tuple[list[list[tuple[int, int]]], Choice]:
    """Search for more meetings from the rounds at hand; return the rounds, and the choice with its bound.

    Parameters
    ----------
    pairs
        Who may meet whom.
    choice
        The meetings that were meant, with their bound.
    rounds
        The meetings that found a round.
    most_at_once
        Most meetings of one round.
    """
    model = cp_model.CpModel()
    held = [{pair: model.new_bool_var("") for pair in pairs} for _ in rounds]
    for meets in held:
        of_person: dict[int, list[cp_model.IntVar]] = {}
        for pair, meet in meets.items():
            for person in pair:
                of_person.setdefault(person, []).append(meet)
        for mine in of_person.values():
            model.add_at_most_one(mine)
        model.add(sum(meets.values()) <= most_at_once)
    for pair in pairs:
        model.add_at_most_one(meets[pair] for meets in held)
    total = sum(chain.from_iterable(meets.values() for meets in held))
    model.add(total <= choice.bound)
    model.maximize(total)
    for meets, now in zip(held, rounds, strict=True):
        for pair, meet in meets.items():
            model.add_hint(meet, pair in now)
    solver = quiet_solver(_EFFORT)
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return rounds, choice
    found = [[pair for pair, meet in meets.items() if solver.boolean_value(meet)] for meets in held]
    bound = min(choice.bound, int(solver.best_objective_bound + 1e-6))
    better = found if sum(map(len, found)) > sum(map(len, rounds)) else rounds
    return better, Choice(tuple(sorted(chain.from_iterable(better))), bound, None)
