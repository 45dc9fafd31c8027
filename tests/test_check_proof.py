"""The referee's proof by prices: what it shows is true, and what it may not claim it refuses."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import pairwise, permutations, product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from builders import event, household, instance, need, volunteer
from oracle import oracle_pairs
from random_instances import random_instance

from pairsolve.calendar import Calendar, VisitSlot
from pairsolve.check import admissible, nearby, referee, relaxation_bound, seats
from pairsolve.check.admissible import Admissible
from pairsolve.check.costs import Costs
from pairsolve.check.facts import Facts
from pairsolve.check.proof import examine
from pairsolve.check.recount import Held, Recount
from pairsolve.check.rhythm import most_visits
from pairsolve.errors import InstanceError
from pairsolve.generate import generate
from pairsolve.instance import Instance
from pairsolve.plan import Certificate, Plan
from pairsolve.rules import Term, TermKind, Tier
from pairsolve.solve import solve
from pairsolve.travel import Times

Vectors = Mapping[str, tuple[int, ...]]


def objective(*kinds: TermKind) -> tuple[Tier, ...]:
    return tuple(Tier(terms=(Term(kind=kind),)) for kind in kinds)


def street(minutes: tuple[tuple[int, ...], ...], *kinds: TermKind, **fields: Any) -> Instance:
    """Return V1, V2, … at the given minutes from H1, H2, …, where every household needs one visit by one person."""
    rows, columns = len(minutes), len(minutes[0])
    table = np.zeros((rows + columns, rows + columns))
    table[:rows, rows:], table[rows:, :rows] = minutes, np.transpose(minutes)
    places = [f"p{number}" for number in range(rows + columns)]
    fields = {"max_households": 1, **fields}
    return instance(
        [volunteer(f"V{v + 1}", location={"place": places[v]}, **fields) for v in range(rows)],
        [household(f"H{h + 1}", location={"place": places[rows + h]}) for h in range(columns)],
        [need(f"N{h + 1}", f"H{h + 1}") for h in range(columns)],
        travel={"metric": {"kind": "matrix", "places": places, "minutes": table.tolist()}},
        objective=objective(*(kinds or ("coverage", "travel"))),
    )


def bound(asked: Instance, needs: Vectors, volunteers: Vectors) -> tuple[int, ...]:
    prices = Certificate(needs=dict(needs), volunteers=dict(volunteers))
    return relaxation_bound(asked, Calendar(asked.horizon), Times(asked), prices)


def facts_of(asked: Instance) -> Facts:
    return Facts(asked, Calendar(asked.horizon), Times(asked))


def highest_prices(facts: Facts, volunteers: list[list[int]]) -> Vectors:
    """Return the highest prices of jobs that the given prices of volunteers allow."""
    admissible = Admissible(facts)
    costs = Costs(facts, admissible)
    best: list[list[int]] = costs.uncovered.tolist()
    for block in admissible.blocks():
        pairs = np.arange(len(block.job))
        columns = [costs.of_pairs(tier, block, pairs).tolist() for tier in range(costs.layout.size)]
        for row, job, *cost in zip(block.row, block.job, *columns, strict=True):
            price = volunteers[block.volunteers[row]]
            best[job] = min(best[job], [one + other for one, other in zip(cost, price, strict=True)])
    return {job.id: tuple(price) for job, price in zip(facts.jobs, best, strict=True)}


def test_prices_prove_the_best_assignment() -> None:
    """Prices found by hand show that no assignment of three people to three homes travels less than the best one."""
    minutes = ((4, 9, 7), (3, 4, 8), (6, 5, 9))
    best = min(sum(minutes[v][h] for v, h in enumerate(homes)) for homes in permutations(range(3)))
    shown = bound(street(minutes), {"N1": (0, 4), "N2": (0, 5), "N3": (0, 7)}, {"V2": (0, 1)})
    assert shown == (0, best)


def test_prices_prove_who_stays_uncovered() -> None:
    """With two people for three homes, prices with a coverage part show one gap and the least travel beside it."""
    minutes = ((4, 9, 7), (3, 4, 8))
    best = min(
        (sum(home not in homes for home in range(3)), sum(minutes[v][h] for v, h in enumerate(homes) if h < 3))
        for homes in product(range(4), repeat=2)  # home 3 stands for staying at home
        if homes[0] != homes[1] or homes[0] == 3
    )
    prices = {"N1": (1, -1), "N2": (1, 0), "N3": (1, 0)}
    assert bound(street(minutes), prices, {"V1": (1, -5), "V2": (1, -4)}) == best == (1, 8)


@pytest.mark.parametrize(("needs", "volunteers"), [
    ({"N1": (0, 5), "N2": (0, 5), "N3": (0, 7)}, {"V2": (0, 1)}),
    ({"N1": (0, 4), "N2": (0, 5), "N3": (0, 7)}, {}),
    ({"N1": (2, 0)}, {"V1": (9, 0), "V2": (9, 0), "V3": (9, 0)}),
    ({"N1": (0, 4, 0)}, {}),
    ({"N9": (0, 0)}, {}),
])  # fmt: skip
def test_price_above_its_cost_proves_nothing(needs: Vectors, volunteers: Vectors) -> None:
    """A price above the cost of a choice, or one that cannot be read, is refused instead of giving a bound."""
    with pytest.raises(InstanceError):
        bound(street(((4, 9, 7), (3, 4, 8), (6, 5, 9))), needs, volunteers)


@pytest.mark.parametrize(("fields", "expected"), [
    ({}, 0),
    ({"minutes_per_week": 100}, 1),
    ({"minutes_per_month": 145}, 1),
    ({"minutes_per_month": 146}, 0),
    ({"max_households": 1}, 1),
])  # fmt: skip
def test_hours_and_cap_limit_the_jobs_of_a_volunteer(fields: dict[str, int], expected: int) -> None:
    """Most jobs u of a volunteer follow from the household cap and from service and travel within the budget."""
    asked = street(((4, 9),), **{"max_households": 2, **fields})
    assert bound(asked, {"N1": (1, 0), "N2": (1, 0)}, {"V1": (1, 0)})[0] == expected


def test_squares_bound_the_balance() -> None:
    """The square of the jobs on one volunteer enters the bound."""
    asked = street(((4, 9, 7),), "coverage", "balance", max_households=3)
    assert bound(asked, {f"N{number}": (0, 5) for number in (1, 2, 3)}, {"V1": (0, 5)}) == (0, 9)


def test_squares_need_a_household_each() -> None:
    """A volunteer who may serve two needs of one home, or an event, can hold jobs without more households."""
    tiers = objective("coverage", "balance")
    at_event = instance(events=(event(),), objective=tiers)
    two_needs = instance(needs=[need("N1"), need("N2")], objective=tiers)
    for asked, other in ((at_event, "E1"), (two_needs, "N2")):
        assert bound(asked, {"N1": (0, 1), other: (0, 1)}, {"V1": (0, 1)}) == (0, 0)


def test_crew_of_two_pays_for_both() -> None:
    """A crew costs what its two cheapest members cost, whatever the price of a seat; too few of them stay away."""
    three = [volunteer(f"V{number}", 0.4 * number) for number in (1, 2, 3)]
    asked = instance(three, needs=[need(crew={"min": 2})], objective=objective("coverage", "travel"))
    best = oracle_pairs(asked, "pair")
    assert best is not None
    (_, missing), (_, minutes) = best
    assert missing == 0
    for price in range(minutes // 2, minutes):
        assert bound(asked, {"N1": (0, price)}, {}) <= (0, minutes)
    assert max(bound(asked, {"N1": (0, price)}, {}) for price in range(minutes)) == (0, minutes)
    alone = instance(three[:1], needs=[need(crew={"min": 2})], objective=objective("coverage", "travel"))
    assert bound(alone, {"N1": (9, 0)}, {}) == (1, 0)


def test_crew_of_two_keeps_its_minimum_honest() -> None:
    """When two share a need, both are chosen: prices below zero and minimums never show more than the best plan."""
    both = [volunteer(f"V{number}", 0.1 * number, min_households=1) for number in (1, 2)]
    asked = instance(both, needs=[need(crew={"min": 2})], objective=objective("travel"))
    best = oracle_pairs(asked, "pair")
    assert best is not None
    volunteers = {"V1": (-100,), "V2": (-100,)}
    needs = highest_prices(facts_of(asked), [[-100], [-100]])
    assert bound(asked, needs, volunteers) <= (best[0][1],)


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_no_plan_is_below_the_bound(first: int) -> None:
    """On random instances no prices, however odd, show more than the best plan that the oracle finds."""
    for seed in range(first, first + 20):
        asked, random = random_instance(seed), Random(seed)
        best = oracle_pairs(asked, "pair")
        facts = facts_of(asked)
        size = Costs(facts, Admissible(facts)).layout.size
        prices = [[random.choice((0, 0, random.randint(-4, 9))) for _ in range(size)] for _ in facts.volunteers]
        volunteers = {id_: tuple(price) for id_, price in zip(facts.volunteers, prices, strict=True)}
        needs = highest_prices(facts, prices)
        for job in facts.jobs:
            if job.most_people > 1 and random.random() < 0.7:  # the price of a seat may be anything
                needs[job.id] = tuple(random.randint(-3, 12) for _ in range(size))
        shown = bound(asked, needs, volunteers)
        assert best is None or shown <= tuple(value for _, value in best), f"seed {seed}"


@pytest.mark.parametrize("few", [nearby.FEW, -1])
@pytest.mark.parametrize("first", range(0, 120, 40))
def test_arrays_and_rules_admit_the_same_seats(first: int, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The admissible pairs of the proof, compiled or not, break no rule on seats and let a locked pair be."""
    monkeypatch.setattr(nearby, "FEW", few)
    monkeypatch.setattr(admissible, "PAIRS", 7)  # so that volunteers are left for the next call
    for seed in range(first, first + 40):
        facts = facts_of(random_instance(seed))
        recount = Recount(facts, _everybody_everywhere(facts))
        wrong = {finding.what.split(", in ")[0] + finding.what.split(", in ")[1].split(",")[0]
                 for rule in seats.RULES.values() for finding in rule(recount)}  # fmt: skip
        number = facts.volunteer_number
        right = {
            (number[held.volunteer.id], held.job.number, held.minutes)
            for held in recount.held
            if _sentence(held) not in wrong
        }
        found_by = Admissible(facts)
        locked_to = np.append(found_by.locked_to, -1)[found_by.household]
        right = {pair for pair in right if locked_to[pair[1]] in (-1, pair[0])}
        found = [
            (int(block.volunteers[row]), int(job), int(minutes))
            for block in found_by.blocks()
            for row, job, minutes in zip(block.row, block.job, block.minutes, strict=True)
        ]
        assert len(found) == len(set(found))
        assert set(found) == right, f"seed {seed}"


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_the_sieve_lets_no_wrong_price_through(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left out because its prices are certainly right changes neither the bound nor the faults."""
    monkeypatch.setattr(admissible, "PAIRS", 9)
    for seed in range(first, first + 20):
        facts, random = facts_of(random_instance(seed)), Random(seed)
        size = Costs(facts, Admissible(facts)).layout.size
        prices = [[random.choice((0, 0, random.randint(-4, 9))) for _ in range(size)] for _ in facts.volunteers]
        needs = dict(highest_prices(facts, prices))
        volunteers = {id_: tuple(price) for id_, price in zip(facts.volunteers, prices, strict=True)}
        certificates = [Certificate(needs=needs, volunteers=volunteers)]
        for id_, price in needs.items():
            certificates.append(Certificate(needs=needs | {id_: (*price[:-1], price[-1] + 1)}, volunteers=volunteers))
        shown = [examine(facts, one) for one in certificates]
        assert not shown[0].faults
        monkeypatch.setattr(nearby, "FEW", -1)
        assert [examine(facts, one) for one in certificates] == shown, f"seed {seed}"
        monkeypatch.undo()


def test_one_wrong_price_in_a_city_is_found() -> None:
    """In a city with optimal prices, one price of a need raised, or of somebody with a pair lowered, is rejected."""
    asked = generate("danyang", households=90, volunteers=50, seed=3, kind="pure")
    plan = solve(asked, stage="pair", threads=1, clock=False)
    assert plan.objective[0].proof == "prices"
    facts, certificate, random = facts_of(asked), plan.certificate, Random(0)
    claimed = tuple(tier.bound for tier in plan.objective if tier.proof == "prices")
    assert examine(facts, certificate).bound[: len(claimed)] == claimed
    assert not examine(facts, certificate).faults
    last = len(claimed) - 1
    zero = (0,) * len(plan.objective)
    for kind, step, ids in (
        ("needs", 1, sorted(facts.needs)),
        ("volunteers", -1, sorted({pair.volunteer for pair in plan.pairs})),
    ):
        prices: dict[str, tuple[int, ...]] = dict(getattr(certificate, kind))
        for id_, tier in product(random.sample(ids, 6), range(last + 1)):
            changed = list(prices.get(id_, zero))
            changed[tier] += step
            other = certificate.model_copy(update={kind: prices | {id_: tuple(changed)}})
            shown = examine(facts, other)
            assert shown.faults or shown.bound[: last + 1] != claimed, (id_, tier)


def _sentence(held: Held) -> str:
    return f"volunteer {held.volunteer.id!r}seat {held.group.role!r} of {held.job.label}"


def _everybody_everywhere(facts: Facts) -> Plan:
    pairs: dict[tuple[str, str], list[dict[str, str]]] = {}
    events: dict[str, list[dict[str, str]]] = {}
    for one, job in product(facts.volunteers, facts.jobs):
        for group in job.groups:
            if job.household is None:
                events.setdefault(job.id, []).append({"volunteer": one, "role": group.role})
            else:
                pairs.setdefault((one, job.household.id), []).append({"need": job.id, "role": group.role})
    return Plan.model_validate({
        "status": "feasible",
        "pairs": [{"volunteer": v, "household": h, "seats": taken, "minutes": 0} for (v, h), taken in pairs.items()],
        "events": [{"event": id_, "crew": crew} for id_, crew in events.items()],
        "run": {"version": "0", "fingerprint": ""},
    })  # fmt: skip


def _choices(room: list[bool], slots: list[VisitSlot]) -> Iterator[tuple[int | None, ...]]:
    """Yield every way to give visits days with room, or none."""
    yield from product(*([None, *(day for day in range(slot.first, slot.last) if room[day])] for slot in slots))


def _keeps(days: tuple[int | None, ...], min_gap: int, max_gap: int | None) -> bool:
    dated = [(index, day) for index, day in enumerate(days) if day is not None]
    return all(
        late - early >= (j - i) * min_gap and (max_gap is None or j - i > 1 or late - early <= max_gap)
        for (i, early), (j, late) in pairwise(dated)
    )


@pytest.mark.parametrize("seed", range(40))
def test_most_visits_are_counted_exactly(seed: int) -> None:
    """The most visits with room, in their periods and at their gaps, are those that trying everything finds."""
    random = Random(seed)
    slots = [VisitSlot(number + 1, *random.choice(((0, 4), (4, 8), (0, 8)))) for number in range(random.randint(1, 4))]
    slots.sort(key=lambda slot: slot.first)
    min_gap = random.randint(1, 3)
    max_gap = random.choice((None, min_gap, min_gap + 2))
    rows = [[random.random() < 0.6 for _ in range(8)] for _ in range(5)]
    expected = [
        max(sum(day is not None for day in days) for days in _choices(row, slots) if _keeps(days, min_gap, max_gap))
        for row in rows
    ]
    assert most_visits(np.array(rows), tuple(slots), min_gap, max_gap).tolist() == expected


def test_referee_trusts_nobody() -> None:
    """The referee imports facts rooms and numpy alone: nothing of the workshop, and no solver."""
    allowed = {
        f"pairsolve.{room}"
        for room in ("errors", "rules", "setting", "instance", "plan", "meetings", "calendar", "travel", "compiled")
    }
    for file in Path(referee.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                own = name.startswith("pairsolve.check") or name in allowed or name.startswith("numpy")
                assert own or name.split(".")[0] in STANDARD, f"{file.name} imports {name}"


STANDARD = {
    "__future__",
    "collections",
    "dataclasses",
    "datetime",
    "fractions",
    "hashlib",
    "itertools",
    "math",
    "pathlib",
    "typing",
}
