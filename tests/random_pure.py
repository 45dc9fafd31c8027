"""Random small instances that are an assignment problem: one need for one person per household, no hours."""

from __future__ import annotations

from random import Random

from random_instances import Record, _Draw

from pairsolve.instance import Instance

COUPLING = ("target", "team_quota", "change_budget", "two_person")


def pure_instance(seed: int) -> Instance:
    """Return the instance of a seed: up to eight volunteers and twelve households, with rules on single pairs."""
    draw = _Crowd(Random(seed))
    made = draw.records()
    asked: set[str] = set()
    made["needs"] = [need for need in made["needs"] if not (need["household"] in asked or asked.add(need["household"]))]
    for need in made["needs"]:
        need["crew"] = {"min": 1}
    for volunteer in made["volunteers"]:
        volunteer.pop("minutes_per_week", None)
        volunteer.pop("minutes_per_month", None)
    neighbours = [rule for rule in made["rules"] if rule["kind"] == "neighbour"][:1]
    made["rules"] = [rule for rule in made["rules"] if rule["kind"] not in (*COUPLING, "neighbour")] + neighbours
    made["events"] = []
    return Instance.model_validate(made)


class _Crowd(_Draw):
    """More people than usual, always on the map."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.matrix = False
        self.volunteers = [f"V{i + 1}" for i in range(random.randint(2, 8))]
        self.households = [f"H{i + 1}" for i in range(random.randint(2, 12))]

    def need(self, name: str, number: int, services: list[Record]) -> Record:
        made = super().need(name, number, services)
        if number < len(self.households):
            made["household"] = self.households[number]
        return made
