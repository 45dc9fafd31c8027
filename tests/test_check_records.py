"""The referee's recount of the plan's own records: fields, lists, tiers, bounds and status."""

from __future__ import annotations

from typing import Any

import pytest
from check_town import PRICES, Change, Record, both, judge, pair, put, rewrite, row, tier, visit


def of_plan(key: str, place: int, **fields: Any) -> Change:
    return lambda _, plan: plan[key][place].update(fields)


def drop(key: str, place: int) -> Change:
    return lambda _, plan: plan[key].pop(place)


def add(key: str, *records: Record) -> Change:
    return lambda _, plan: plan[key].extend(records)


def tiers(name: str, **fields: Any) -> Change:
    return lambda _, plan: rewrite(plan["objective"], "name", name, **fields)


def price(id_: str, kind: str = "needs", **tier_by_name: int) -> Change:
    """Change numbers of a price; tiers are named t0, t1, …."""

    def change(_: Record, plan: Record) -> None:
        vector = list(plan["certificate"][kind].get(id_, [0] * 9))
        for name, number in tier_by_name.items():
            vector[int(name[1:])] = number
        plan["certificate"] = {**plan["certificate"], kind: {**plan["certificate"][kind], id_: vector}}

    return change


def stage_pair(_: Record, plan: Record) -> None:
    """Turn the plan into one of pairs alone."""
    plan.update(visits=[], missed=[], objective=[one for one in plan["objective"] if one["layer"] == "pairs"])
    for entry in plan["coverage"]:
        entry["visits_planned"] = 0
    plan["run"]["stage"] = "pair"
    plan.pop("minutes")


def infeasible(_: Record, plan: Record) -> None:
    """Turn the plan into the answer that none exists."""
    plan.update(status="infeasible", contradictions=["the minimum of V1 and the refusal of H1"])
    plan.update(pairs=[], visits=[], events=[], objective=[], unmet=[], missed=[], coverage=[], minutes=None)


CASES: dict[str, tuple[str, str | None, Change]] = {
    "unknown volunteer": ("unknown_id", "V9", of_plan("pairs", 6, volunteer="V9")),
    "unknown household": ("unknown_id", "H9", of_plan("pairs", 6, household="H9")),
    "unknown need in a seat": ("unknown_id", "N9", of_plan("pairs", 6, seats=[{"need": "N9"}])),
    "unknown need of a visit": ("unknown_id", "N9", of_plan("visits", 8, need="N9")),
    "unknown volunteer at a visit": ("unknown_id", "V9", of_plan("visits", 8, crew=["V9"])),
    "unknown event": ("unknown_id", "E9", of_plan("events", 0, event="E9")),
    "unknown volunteer at an event": ("unknown_id", "V9", of_plan("events", 0, crew=[{"volunteer": "V9"}])),
    "pair twice": ("duplicate_pair", "V5", add("pairs", pair("V5", "H2", 25, "N6"))),
    "event twice": ("duplicate_event", "E1", lambda _, plan: plan["events"].extend(plan["events"][:1])),
    "need of another household": ("seat", "N7", of_plan("pairs", 6, seats=[{"need": "N7"}])),
    "seat that the need does not have": ("seat", "N6", of_plan("pairs", 6, seats=[{"need": "N6", "role": "cook"}])),
    "pair's minutes": ("pair_minutes", "V5", of_plan("pairs", 6, minutes=24)),
    "pair's minutes to a site": ("pair_minutes", "V1", of_plan("pairs", 1, minutes=15)),
    "kept flag missing": ("pair_kept", "V3", of_plan("pairs", 5, kept=False)),
    "kept flag too many": ("pair_kept", "V5", of_plan("pairs", 6, kept=True)),
    "locked flag": ("pair_locked", "V3", of_plan("pairs", 5, locked=True)),
    "visit without a crew member": ("visit_crew", "N2", of_plan("visits", 4, crew=["V2"], travel=[5])),
    "visit by a stranger": ("visit_crew", "N6", of_plan("visits", 8, crew=["V4"], travel=[40])),
    "visit with one person twice": ("visit_crew", "N6", of_plan("visits", 8, crew=["V5", "V5"], travel=[25, 25])),
    "visit too short": ("visit_time", "N6", of_plan("visits", 8, end="2027-03-10T15:30:00+01:00")),
    "visit in another time zone": (
        "visit_time", "N6", of_plan("visits", 8, start="2027-03-10T15:00:00+08:00", end="2027-03-10T15:45:00+08:00"),
    ),
    "visit without a time zone": ("visit_time", "N6", of_plan("visits", 8, start="2027-03-10T15:00:00")),
    "visit that ends in the year 1": ("visit_time", "N6", of_plan("visits", 8, end="0001-01-01T00:00:00+01:00")),
    "visit that ends in the year 9999": ("visit_time", "N6", of_plan("visits", 8, end="9999-12-31T23:59:59+00:00")),
    "way from home": ("travel_minutes", "N6", of_plan("visits", 8, travel=[24])),
    "way from the visit before": ("travel_minutes", "N4", of_plan("visits", 7, travel=[15])),
    "way to a phone call": ("travel_minutes", "N3", of_plan("visits", 5, travel=[5])),
    "way after a phone call": ("travel_minutes", "N2", of_plan("visits", 4, travel=[5, 10])),
    "way of only some of the crew": ("travel_minutes", "N2", of_plan("visits", 4, travel=[5])),
    "minutes on the road": ("day_minutes", None, lambda _, plan: plan["minutes"].update(road=229)),
    "minutes of waiting": ("day_minutes", None, lambda _, plan: plan["minutes"].update(idle=221)),
    "minutes of overtime": ("day_minutes", None, lambda _, plan: plan["minutes"].update(overtime=1)),
    "minutes left out": ("day_minutes", None, lambda _, plan: plan.pop("minutes")),
    "minutes in a plan of pairs": (
        "day_minutes", None,
        both(stage_pair, lambda _, plan: plan.update(minutes={"road": 0, "idle": 0, "overtime": 0})),
    ),
    "unmet seat left out": ("unmet", "N5", drop("unmet", 0)),
    "unmet event left out": ("unmet", "E2", drop("unmet", 1)),
    "unmet people wrong": ("unmet", "N5", of_plan("unmet", 0, seats=2)),
    "unmet seat twice": ("unmet", "N5", add("unmet", {"need": "N5", "seats": 1, "code": "no_skill"})),
    "unmet seat of a covered need": ("unmet", "N6", add("unmet", {"need": "N6", "seats": 1, "code": "no_skill"})),
    "unmet seat of nothing": ("unmet", None, add("unmet", {"seats": 1, "code": "no_skill"})),
    "missed visit left out": ("missed", "N3", drop("missed", 0)),
    "missed visit that has a date": (
        "missed", "N6", add("missed", {"need": "N6", "index": 1, "code": "schedule_conflict"}),
    ),
    "missed visit twice": ("missed", "N3", add("missed", {"need": "N3", "index": 3, "code": "schedule_conflict"})),
    "missed visit of an uncovered need": (
        "missed", "N5", add("missed", {"need": "N5", "index": 1, "code": "schedule_conflict"}),
    ),
    "coverage number": ("coverage", "gym", of_plan("coverage", 3, covered=1)),
    "coverage row left out": ("coverage", "law", drop("coverage", 4)),
    "coverage row too many": ("coverage", "law", add("coverage", row("law", "A2", 1, 0, 0, 0, 0))),
    "coverage row twice": ("coverage", "law", add("coverage", row("law", "A1", 1, 1, 0, 1, 0))),
    "fingerprint": ("fingerprint", None, lambda _, plan: plan["run"].update(fingerprint="0" * 64)),
    "optimal without proof": ("status", None, lambda _, plan: plan.update(status="optimal")),
    "contradictions in a feasible plan": ("status", None, lambda _, plan: plan.update(contradictions=["none"])),
    "infeasible without contradiction": (
        "status", None, both(infeasible, lambda _, plan: plan.update(contradictions=[])),
    ),
    "infeasible with pairs": ("status", None, both(infeasible, add("pairs", pair("V5", "H2", 25, "N6")))),
    "visits in a plan of pairs": (
        "stage", None, both(stage_pair, add("visits", visit("N6", 1, "V5", "10 15:00", "15:45", 25))),
    ),
    "visit tiers in a plan of pairs": (
        "tier", None, both(stage_pair, add("objective", tier("regularity", 0, layer="visits"))),
    ),
    "tier left out": ("tier", None, drop("objective", 3)),
    "tiers out of order": ("tier", None, lambda _, plan: plan["objective"].reverse()),
    "tier in the wrong layer": ("tier", None, tiers("balance", layer="visits")),
    **{
        f"falsified {name}": ("tier", name, tiers(name, value=value))
        for name, value in {
            "coverage:1": 0, "targets": 5, "neighbour": 2, "continuity": 0, "travel": 124, "preference+faces": 10,
            "balance": 12, "missed:2": 0, "regularity": 2,
        }.items()
    },
    "bound above the value": ("bound", "balance", tiers("balance", bound=14, proof="search")),
    "bound without proof": ("bound", "balance", tiers("balance", bound=1)),
    "proof without bound": ("bound", "balance", tiers("balance", proof="search")),
    "bound below zero": ("bound", "regularity", tiers("regularity", bound=-1, proof="search")),
    "visits proven by prices": ("bound", "missed:1", tiers("missed:1", proof="prices")),
    "bound that the prices do not show": ("bound", "travel", tiers("travel", bound=76)),
    "prices after their end": ("bound", "preference+faces", tiers("preference+faces", bound=7, proof="prices")),
    "price above the cost of a pair": ("prices", "N6", price("N6", t6=6)),
    "price of a crew's seat too high": ("bound", "travel", price("N2", t6=6)),
    "price above the cost of nobody": ("prices", "N5", price("N5", t0=2)),
    "price lower than the bound needs": ("bound", "travel", price("N2", t6=4)),
    "volunteer's price in the wrong direction": ("prices", "N6", price("V2", "volunteers", t6=-1)),
    "price of an unknown need": ("prices", "N9", price("N9", t6=0)),
    "price too short": ("prices", "N2", lambda _, plan: plan.update(certificate={"needs": {"N2": [0]}})),
    "price too large": ("prices", "N2", price("N2", t6=-(10**30))),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_wrong_record_is_found(case: tuple[str, str | None, Change]) -> None:
    """A plan with one wrong record is rejected, naming what kind of record and whose."""
    code, id_, change = case
    assert (code, id_) in {(finding.code, finding.id) for finding in judge(change).findings}


def test_plan_of_pairs_passes() -> None:
    """A plan that stops after pairing has no visits, and its tiers end with the layer of pairs."""
    verdict = judge(stage_pair)
    assert verdict.ok, verdict.findings
    assert dict(verdict.recounted).keys().isdisjoint({"missed:2", "regularity"})
    assert verdict.proof == "prices"


def test_infeasible_plan_passes() -> None:
    """The answer that no plan exists names a contradiction and nothing else."""
    verdict = judge(infeasible)
    assert verdict.ok, verdict.findings
    assert verdict.proof == "none"


def test_interrupted_plan_passes() -> None:
    """A run that a limit ended is no fault."""
    assert judge(lambda _, plan: plan.update(status="limit")).ok


def test_optimal_needs_every_bound() -> None:
    """When every tier meets its bound the plan is optimal, and saying less is a fault."""

    def proven(_: Record, plan: Record) -> None:
        for one in plan["objective"]:
            one.update(bound=one["value"], proof="search")

    assert {finding.code for finding in judge(proven).findings} == {"status"}
    verdict = judge(both(proven, lambda _, plan: plan.update(status="optimal")))
    assert verdict.ok
    assert verdict.proof == "search"


def test_unread_prices_prove_nothing() -> None:
    """Without the proof, a claim by prices is not repeated in the verdict; with a broken one neither."""
    assert judge(proof=False).proof == "search"
    assert judge(price("N2", t6=6)).proof == "search"


def test_event_moves_a_volunteer() -> None:
    """After an event the way starts at the event."""

    def change(_: Record, plan: Record) -> None:
        moments = {"start": "2027-03-13T12:30:00+01:00", "end": "2027-03-13T13:15:00+01:00"}
        plan["visits"][8].update(travel=[30], **moments)

    assert judge(change).ok


def test_weight_multiplies_its_term() -> None:
    """A tier is the weighted sum of its terms, also when it has only one."""

    def change(town: Record, plan: Record) -> None:
        town["objective"][4] = {"terms": [{"kind": "travel", "weight": 3}]}
        rewrite(plan["objective"], "name", "travel", value=3 * 125, bound=3 * 85)
        prices = {id_: [*vector[:6], 3 * vector[6], *vector[7:]] for id_, vector in PRICES.items()}
        plan["certificate"] = {"needs": prices, "volunteers": {}}

    assert judge(change).ok


def test_share_is_rounded_without_a_hair() -> None:
    """Bug: 0.07 of 100 needs are 7, though the product of the two floats is a hair above."""

    def change(town: Record, plan: Record) -> None:
        put(town["rules"], "share", share=0.07, service="law")
        town["needs"] += [{"id": f"L{number}", "household": "H5", "service": "law"} for number in range(99)]
        plan["unmet"] += [{"need": f"L{number}", "seats": 1, "code": "no_skill"} for number in range(99)]

    assert dict(judge(change, proof=False).recounted)["targets"] == 7 + 6
