"""The referee's hard rules: a good plan passes, and every kind of broken rule is found and named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from check_town import Change, Record, both, judge, pair, put, rewrite, visit

from pairsolve.check import RULES, TERMS

MODEL = (Path(__file__).parent.parent / "docs" / "model.md").read_text(encoding="utf-8")


def volunteer(id_: str, **fields: Any) -> Change:
    return lambda town, _: put(town["volunteers"], id_, **fields)


def household(id_: str, **fields: Any) -> Change:
    return lambda town, _: put(town["households"], id_, **fields)


def rule(id_: str, **fields: Any) -> Change:
    return lambda town, _: put(town["rules"], id_, **fields)


def seats(place: int, *needs: str) -> Change:
    def change(_: Record, plan: Record) -> None:
        plan["pairs"][place]["seats"] = pair("", "", 0, *needs)["seats"]

    return change


def dated(place: int, start: str, end: str) -> Change:
    """Move a visit; times read ``"09 10:15"`` and ``"11:15"``."""
    return lambda _, plan: plan["visits"][place].update(
        {key: visit("", 1, "", start, end)[key] for key in ("start", "end")}
    )


def moved(place: int, start: str, end: str) -> Change:
    """Move a visit to moments written in full."""
    return lambda _, plan: plan["visits"][place].update(start=start, end=end)


def test_good_plan_passes() -> None:
    """A plan that obeys every rule has no finding, and its tiers are recounted as stated by hand."""
    verdict = judge()
    assert verdict.findings == ()
    assert verdict.ok
    assert dict(verdict.recounted)["travel"] == 4 * 10 + 15 + 5 + 15 + 10 + 25 + 10 + 5
    assert verdict.proof == "prices+search"


SEATS: dict[str, tuple[str, str, Change]] = {
    "skill nobody taught": ("skill", "N2", volunteer("V2", skills=[{"skill": "care"}])),
    "level too low": ("skill", "N1", volunteer("V1", skills=[{"skill": "care", "level": 1}])),
    "skill of an event": ("skill", "E1", lambda town, _: put(town["events"], "E1", skills=[{"skill": "first_aid"}])),
    "service of an event": ("skill", "E1", lambda town, _: put(town["events"], "E1", service="law")),
    "credential ends before the horizon": (
        "credential", "N2", volunteer("V2", skills=[{"skill": "care", "expires": "2027-03-27"}, {"skill": "nurse"}]),
    ),
    "trait of the household": ("trait", "N1", volunteer("V1", traits=["male"])),
    "trait of the role": ("trait", "E1", volunteer("V4", traits=[])),
    "refused": ("refused", "N1", household("H1", refused=["V1"])),
    "apart": ("apart", "N6", rule("apart", volunteers=["V5"])),
    "own household": ("own_household", "N7", volunteer("V2", household="H6")),
    "channel not offered": ("channel", "N3", volunteer("V3", channels=["home"])),
    "event is at a site": ("channel", "E1", volunteer("V4", channels=["home", "phone"])),
    "outside the team's area": ("team_scope", "N4", rule("scope", areas=["A1"])),
    "team above has the scope": ("team_scope", "N3", rule("scope", team="league", areas=["A1"])),
    "too far": ("reach", "N6", volunteer("V5", reach_minutes=24)),
    "event too far": ("reach", "E1", volunteer("V4", reach_minutes=9)),
    "no common time": ("common_time", "N2", volunteer("V2", windows=[{"start": "08:00", "end": "14:45"}])),
    "too few weeks in common": (
        "common_time", "N1", volunteer("V1", exceptions=[{"first": "2027-03-08", "last": "2027-03-21"}]),
    ),
    "a visit longer than the minutes of a week": ("one_visit", "N7", volunteer("V2", minutes_per_week=74)),
    "away on the event's day": ("common_time", "E1", volunteer("V5", exceptions=[{"first": "2027-03-13"}])),
}  # fmt: skip

PAIRS: dict[str, tuple[str, str, Change]] = {
    "too few heads": ("crew", "N2", lambda _, plan: plan["pairs"].pop(4)),
    "role empty": ("crew", "N2", seats(2, "N2/member")),
    "too many heads": ("crew", "N6", seats(2, "N2/nurse", "N6")),
    "event without its leader": ("crew", "E1", lambda _, plan: plan["events"][0]["crew"].pop(0)),
    "one person in two seats": ("one_seat", "V2", seats(2, "N2/nurse", "N2/member")),
    "above the household cap": ("household_cap", "V2", volunteer("V2", max_households=1)),
    "below the household minimum": ("household_cap", "V4", volunteer("V4", min_households=1)),
    "too many faces": ("faces", "H2", household("H2", max_volunteers=2)),
    "hours of the weeks": ("hours", "V1", volunteer("V1", minutes_per_week=102)),
    "hours of the months": ("hours", "V1", volunteer("V1", minutes_per_month=409)),
    "team above its quota": ("team_quota", "quota", rule("quota", max_pairs=3)),
    "team below its quota": ("team_quota", "quota", rule("quota", min_pairs=5)),
    "locked pair dropped": ("locked", "V1", lambda _, plan: plan["pairs"].pop(0)),
    "too many pairs ended": ("change_budget", "budget", rule("budget", max_ended=0)),
    "too many pairs new": ("change_budget", "budget", rule("budget", max_new=4)),
    "covered but never visited": ("schedulable", "N6", lambda _, plan: plan["visits"].pop(8)),
}

VISITS: dict[str, tuple[str, str, Change]] = {
    "index twice": ("count", "N1", lambda _, plan: plan["visits"][1].update(index=1)),
    "index out of range": ("count", "N3", lambda _, plan: plan["visits"][6].update(index=4)),
    "too few visits": ("count", "N3", lambda _, plan: plan["visits"].pop(6)),
    "visit of an uncovered need": (
        "count", "N5", lambda _, plan: plan["visits"].append(visit("N5", 1, "V4", "05 10:00", "11:00", 48)),
    ),
    "in the wrong week": ("period", "N1", dated(2, "22 09:00", "10:00")),
    "after the horizon": ("period", "N6", moved(8, "2027-03-30T15:00:00+02:00", "2027-03-30T15:45:00+02:00")),
    "days between visits too few": ("gap", "N1", dated(1, "12 09:00", "10:00")),
    "days between visits too many": ("gap", "N1", dated(3, "26 09:00", "10:00")),
    "closed day": ("closed", "N1", dated(1, "08 09:00", "10:00")),
    "volunteer's window": ("window", "N3", volunteer("V3", windows=[{"start": "10:15", "end": "18:00"}])),
    "volunteer's exception": ("window", "N1", dated(0, "04 09:00", "10:00")),
    "household's window": ("window", "N1", dated(0, "02 11:15", "12:15")),
    "household's exception": ("window", "N1", dated(0, "03 09:00", "10:00")),
    "need's window": ("window", "N2", dated(4, "10 13:00", "14:00")),
    "site's window": ("window", "N7", dated(9, "03 11:15", "12:15")),
    "ordinary day of who gives no windows": ("window", "N6", dated(8, "10 19:30", "20:15")),
    "hour that the clock skips": ("window", "N3", moved(6, "2027-03-28T02:00:00+01:00", "2027-03-28T02:30:00+01:00")),
    "off the grid": ("grid", "N6", dated(8, "10 15:05", "15:50")),
    "off the grid by seconds": ("grid", "N6", moved(8, "2027-03-10T15:00:30+01:00", "2027-03-10T15:45:30+01:00")),
    "two visits at once": ("overlap", "N4", dated(7, "02 09:30", "10:30")),
    "no time to travel": ("overlap", "N4", dated(7, "02 10:00", "11:00")),
    "visit during an event": ("overlap", "N6", dated(8, "13 11:00", "11:45")),
    "no time to travel from an event": ("overlap", "N6", dated(8, "13 12:15", "13:00")),
    "two visits of a household at once": ("household_overlap", "N6", dated(8, "10 14:45", "15:30")),
    "no break besides the way": (
        "day_break", "V1", volunteer("V1", day_break={"start": "09:00", "end": "11:15", "minutes": 15}),
    ),
    "visit in the middle of the break": (
        "day_break", "V5", volunteer("V5", day_break={"start": "14:50", "end": "15:50", "minutes": 15}),
    ),
    "end after overtime": (
        "window", "N2", volunteer("V3", windows=[{"start": "08:00", "end": "14:45"}], overtime_minutes=14),
    ),
    "too many visits a day": ("per_day", "V1", volunteer("V1", visits_per_day=1)),
    "too many visits a week": ("per_week", "V1", volunteer("V1", visits_per_week=1)),
    "too many minutes a week": ("minutes", "V1", volunteer("V1", minutes_per_week=169)),
    "too many minutes a month": ("minutes", "V1", volunteer("V1", minutes_per_month=409)),
    "site full": ("site_capacity", "S1", dated(9, "02 11:00", "12:00")),
}  # fmt: skip


@pytest.mark.parametrize("case", (SEATS | PAIRS | VISITS).values(), ids=(SEATS | PAIRS | VISITS).keys())
def test_broken_rule_is_found(case: tuple[str, str, Change]) -> None:
    """A plan that breaks one rule is rejected under that rule's name, with the identifier concerned."""
    code, id_, change = case
    assert (code, id_) in {(finding.code, finding.id) for finding in judge(change).findings}


def test_every_rule_has_a_case() -> None:
    """No rule of the referee is without a plan that breaks it."""
    assert {code for code, *_ in (SEATS | PAIRS | VISITS).values()} == set(RULES)


def test_rules_are_those_of_the_model() -> None:
    """The referee knows exactly the rules in the tables of docs/model.md, and exactly its terms."""
    tables = re.split(r"^## ", MODEL, flags=re.MULTILINE)
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", tables[2] + tables[3], flags=re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == set(RULES)
    terms = re.findall(r"^\| `(\w+)(?::c)?` \|", tables[4], flags=re.MULTILINE)
    assert set(terms) == set(TERMS)


ACCEPTED: dict[str, Change] = {
    "credential valid on the last day": volunteer(
        "V2", skills=[{"skill": "care", "expires": "2027-03-28"}, {"skill": "nurse"}]
    ),
    "event credential valid on its day": both(
        lambda town, _: put(town["events"], "E1", skills=[{"skill": "first_aid"}]),
        volunteer("V4", skills=[{"skill": "first_aid", "expires": "2027-03-13"}]),
        volunteer("V5", skills=[{"skill": "first_aid"}]),
    ),
    "reach met exactly, and none asked by phone": volunteer("V3", location={"place": "0"}, reach_minutes=20),
    "hours met exactly": volunteer("V1", minutes_per_month=410),
    "week's minutes met exactly": volunteer("V1", minutes_per_week=170),
    "touching windows are one": household(
        "H1", windows=[{"start": "09:00", "end": "09:30"}, {"start": "09:30", "end": "11:00"}]
    ),
    "break besides the way met exactly": volunteer("V1", day_break={"start": "09:00", "end": "11:15", "minutes": 10}),
    "break before the first visit": volunteer("V5", day_break={"start": "14:45", "end": "15:50", "minutes": 15}),
    "overtime met exactly": both(
        volunteer("V3", windows=[{"start": "08:00", "end": "14:45"}], overtime_minutes=15),
        lambda _, plan: plan["minutes"].update(overtime=15),
    ),
    "quota met exactly": rule("quota", min_pairs=4, max_pairs=4),
    "night visit on a day without clock change": moved(6, "2027-03-27T02:00:00+01:00", "2027-03-27T02:30:00+01:00"),
    "visit after the clock change": moved(6, "2027-03-28T03:00:00+02:00", "2027-03-28T03:30:00+02:00"),
    "way from an event just long enough": dated(8, "13 12:30", "13:15"),
    "site used back to back": dated(9, "02 09:15", "10:15"),
}


@pytest.mark.parametrize("change", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_boundary_is_accepted(change: Change) -> None:
    """What meets a rule exactly breaks none."""
    assert {finding.code for finding in judge(change, proof=False).findings}.isdisjoint(RULES)


def test_phone_call_hides_no_way() -> None:
    """Bug: with a phone call between two visits, the way between the two places still takes its time."""

    def change(town: Record, plan: Record) -> None:
        put(town["needs"], "N7", service="talk", site=None, minutes=15)
        rewrite(plan["visits"], "need", "N7", start="2027-03-02T10:00:00+01:00", end="2027-03-02T10:15:00+01:00")
        plan["pairs"][3].update(volunteer="V1")
        rewrite(plan["visits"], "need", "N7", crew=["V1"])
        put(town["households"], "H4", location={"place": "60"})
        put(town["needs"], "N4", service="clean", site=None)
        put(town["volunteers"], "V1", visits_per_day=3, reach_minutes=60)

    found = judge(change, proof=False).findings
    assert [finding.id for finding in found if finding.code == "overlap"] == ["N4"]


def test_group_counts_its_heads_up_to_the_seats() -> None:
    """A group of three fills three open seats, but no more than there are."""

    def two_open_seats(town: Record, _: Record) -> None:
        put(town["needs"], "N2", crew={"min": 3, "roles": [{"role": "nurse"}]})

    def four_open_seats(town: Record, _: Record) -> None:
        put(town["needs"], "N2", crew={"min": 5, "roles": [{"role": "nurse"}]})

    assert "crew" not in {finding.code for finding in judge(two_open_seats, proof=False).findings}
    assert "crew" in {finding.code for finding in judge(four_open_seats, proof=False).findings}


def test_findings_stop_at_the_limit() -> None:
    """All faults are named, up to the limit."""

    def empty(_: Record, plan: Record) -> None:
        plan.update(pairs=[], visits=[], events=[])

    everything = judge(empty).findings
    assert len(everything) > 20
    assert judge(empty, limit=5).findings == everything[:5]
