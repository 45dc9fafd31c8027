"""Meeting rotas: `python -m benchmarks rota` makes rotas of random events, and says meetings, bound and seconds."""

from __future__ import annotations

import random
import time

from benchmarks.ledger import Result
from benchmarks.registry import register

# people of each group, percent compatible, rounds, tables
EVENTS = (((60, 60), 30, 12, None), ((60, 60), 30, 12, 40), ((300, 200), 10, 12, None), ((60,), 30, 12, None))


@register("rota", "meeting rotas: meetings reached, the bound, and seconds")
def run(smoke: bool) -> list[Result]:
    """Make the rotas; a tiny one for smoke."""
    return [measure(*event) for event in ([((6, 6), 50, 3, None)] if smoke else EVENTS)]


def measure(sizes: tuple[int, ...], percent: int, rounds: int, tables: int | None) -> Result:
    """Make one rota of an event drawn at random."""
    from pairsolve.check.rota import check_rota  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.meetings import Person, Rota  # noqa: PLC0415  # the same
    from pairsolve.rota import plan_rota  # noqa: PLC0415  # the same

    dice = random.Random(1)
    people = tuple(Person(id=f"{g}{n}", group=g) for g, size in zip("ab", sizes, strict=False) for n in range(size))
    everybody = Rota(rounds=rounds, tables=tables, people=people)
    chosen = [(people[a].id, people[b].id) for a, b in everybody.pairs() if dice.randrange(100) < percent]
    asked = everybody.model_copy(update={"compatible": tuple(chosen)})
    began = time.perf_counter()
    plan = plan_rota(asked)
    seconds = time.perf_counter() - began
    waits = [len(waiting.rounds) for waiting in plan.waiting]
    waits += [0] * (len(people) - len(waits))
    agrees = "referee disagrees" if check_rota(asked, plan) else "referee agrees"
    event = f"{' × '.join(map(str, sizes))} people, {percent} % compatible, {rounds} rounds"
    reached = f"{plan.num_meetings} meetings, bound {plan.bound} ({plan.proof})"
    return Result(
        event if tables is None else f"{event}, {tables} tables",
        f"{reached}; waiting {min(waits)} to {max(waits)} rounds; {seconds:.2f} s, {agrees}",
    )
