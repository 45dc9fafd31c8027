"""A small town for the referee's tests, with a plan made by hand and every number stated by hand.

All places lie on one street: minutes between two places are the difference of their house numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from pairsolve.check import Verdict, check
from pairsolve.check.records import fingerprint_of
from pairsolve.instance import Instance
from pairsolve.plan import Plan

Record = dict[str, Any]
Change = Callable[[Record, Record], object]

STREET = range(0, 61, 5)
ALL_DAY = [{"start": "00:00", "end": "24:00"}]
TIERS = ("coverage:1", "coverage:2", "coverage:3", "targets", "neighbour", "continuity", "travel")


def at(number: int) -> Record:
    """Return the place with a house number."""
    return {"place": str(number)}


def town() -> Record:
    """Return the instance: four weeks in March, ending on the Sunday on which the clock skips an hour."""
    streets = {
        "kind": "matrix",
        "places": [str(number) for number in (*STREET, 12)],
        "minutes": [[float(abs(one - other)) for other in (*STREET, 12)] for one in (*STREET, 12)],
    }
    return deepcopy(
        {
            "horizon": {
                "first_day": "2027-03-01",
                "last_day": "2027-03-28",
                "time_zone": "Europe/Berlin",
                "closed_days": ["2027-03-08"],
            },
            "travel": {"metric": streets},
            "areas": [{"id": "A0"}, {"id": "A1", "parent": "A0"}, {"id": "A2", "parent": "A0"}],
            "teams": [{"id": "league"}, {"id": "school", "parent": "league"}, {"id": "club", "parent": "league"}],
            "services": [
                {"id": "care", "skills": [{"skill": "care"}]},
                {"id": "talk", "minutes": 30, "channel": "phone"},
                {"id": "gym", "channel": "site"},
                {"id": "law", "skills": [{"skill": "law"}]},
                {"id": "clean", "minutes": 45},
            ],
            "sites": [
                {
                    "id": "S1", "location": at(15), "capacity": 1,
                    "windows": [{"days": ["tue"], "start": "09:00", "end": "17:00"}],
                },
            ],
            "volunteers": VOLUNTEERS,
            "households": HOUSEHOLDS,
            "needs": NEEDS,
            "events": [
                {
                    "id": "E1", "day": "2027-03-13", "start": "10:00", "end": "12:00", "location": at(50), "area": "A2",
                    "priority": 1, "crew": {"min": 2, "roles": [{"role": "lead", "traits": ["lead"]}]},
                },
                {
                    "id": "E2", "day": "2027-03-20", "start": "10:00", "end": "11:00", "location": at(50),
                    "priority": 3, "skills": [{"skill": "law"}],
                },
            ],
            "pairs": [
                {"volunteer": "V1", "household": "H1", "locked": True, "value": 3},
                {"volunteer": "V3", "household": "H3", "value": 2},
                {"volunteer": "V4", "household": "H4", "value": 5},
            ],
            "rules": [
                {"kind": "neighbour", "id": "near"},
                {"kind": "target", "id": "share", "service": "care", "share": 0.9},
                {"kind": "target", "id": "count", "area": "A1", "count": 10, "unit": "visits"},
                {"kind": "team_quota", "id": "quota", "team": "league", "min_pairs": 1, "max_pairs": 5},
                {"kind": "team_scope", "id": "scope", "team": "school", "areas": ["A0"]},
                {"kind": "change_budget", "id": "budget", "max_ended": 1, "max_new": 5},
                {"kind": "two_person", "id": "two", "tag": "risk", "service": "care"},
                {"kind": "apart", "id": "apart", "volunteers": ["V4"], "households": ["H2"]},
            ],
            "objective": [
                {"terms": [{"kind": kind}]} for kind in ("coverage", "targets", "neighbour", "continuity", "travel")
            ]
            + [
                {"terms": [{"kind": "preference", "weight": 2}, {"kind": "faces"}]},
                {"terms": [{"kind": "balance"}]},
            ],
        }
    )  # fmt: skip


VOLUNTEERS = [
    {
        "id": "V1", "location": at(0), "team": "school", "traits": ["female"],
        "skills": [{"skill": "care", "level": 2}],
        "min_households": 1, "minutes_per_week": 250, "minutes_per_month": 600, "visits_per_week": 3,
        "preferred_services": ["care"],
        "windows": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "18:00"}],
        "exceptions": [{"first": "2027-03-04"}],
    },
    {
        "id": "V2", "location": at(25),
        "skills": [{"skill": "care", "expires": "2027-03-31"}, {"skill": "nurse"}],
    },
    {
        "id": "V3", "location": at(35), "team": "club", "skills": [{"skill": "care"}], "head_count": 3,
        "channels": ["home", "phone"], "windows": ALL_DAY,
    },
    {"id": "V4", "location": at(60), "traits": ["lead"], "household": "H6"},
    {"id": "V5", "location": at(45), "reach_minutes": 25},
]  # fmt: skip

HOUSEHOLDS = [
    {
        "id": "H1", "location": at(10), "area": "A1", "priority": 1, "required_traits": ["female"], "refused": ["V5"],
        "preferred": ["V1"], "exceptions": [{"first": "2027-03-03"}],
        "windows": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "12:00"}],
    },
    {"id": "H2", "location": at(20), "area": "A2", "tags": ["risk"], "max_volunteers": 3},
    {"id": "H3", "location": at(30), "area": "A2", "windows": ALL_DAY},
    {"id": "H4", "location": at(45), "area": "A2", "priority": 3, "preferred": ["V2"]},
    {"id": "H5", "location": at(12), "area": "A1", "priority": 1},
    {"id": "H6", "location": at(60), "area": "A2", "priority": 3},
]  # fmt: skip

NEEDS = [
    {
        "id": "N1", "household": "H1", "service": "care", "skills": [{"skill": "care", "level": 2}],
        "visits": {"count": 1, "per": "week", "min_gap_days": 5, "max_gap_days": 9},
    },
    {
        "id": "N2", "household": "H2", "service": "care",
        "crew": {"roles": [{"role": "nurse", "skills": [{"skill": "nurse"}]}]},
        "windows": [{"start": "14:00", "end": "18:00"}],
    },
    {"id": "N3", "household": "H3", "service": "talk", "visits": {"count": 3, "min_percent": 60}},
    {"id": "N4", "household": "H4", "service": "gym", "site": "S1", "visits": {"per": "horizon"}},
    {"id": "N5", "household": "H5", "service": "law"},
    {"id": "N6", "household": "H2", "service": "clean", "visits": {"per": "horizon"}},
    {"id": "N7", "household": "H6", "service": "gym", "site": "S1", "visits": {"per": "horizon"}},
]  # fmt: skip


def visit(need: str, index: int, crew: str, start: str, end: str, *travel: int) -> Record:
    """Return a visit; times read ``"09 10:15"``: day of March and wall clock, before the clock change."""
    day, clock = start.split()
    moments = {key: f"2027-03-{day}T{one}:00+01:00" for key, one in (("start", clock), ("end", end))}
    return {"need": need, "index": index, "crew": crew.split(), "travel": list(travel), **moments}


def pair(volunteer: str, household: str, minutes: int, *needs: str, **fields: Any) -> Record:
    """Return a pair; a need is written ``"N2/nurse"`` when the seat has a role."""
    seats = [dict(zip(("need", "role"), need.split("/"), strict=False)) for need in needs]
    return {"volunteer": volunteer, "household": household, "minutes": minutes, "seats": seats, **fields}


def tier(name: str, value: int, bound: int | None = None, proof: str = "none", layer: str = "pairs") -> Record:
    """Return a tier of the plan's objective."""
    return {"name": name, "layer": layer, "value": value, "bound": bound, "proof": proof}


def plan() -> Record:
    """Return a plan that obeys every rule; the law need and the law event stay uncovered, one call is missed."""
    return {
        "status": "feasible",
        "pairs": [
            pair("V1", "H1", 10, "N1", kept=True, locked=True),
            pair("V1", "H4", 45, "N4"),
            pair("V2", "H2", 5, "N2/nurse"),
            pair("V2", "H6", 35, "N7"),
            pair("V3", "H2", 15, "N2"),
            pair("V3", "H3", 5, "N3", kept=True),
            pair("V5", "H2", 25, "N6"),
        ],
        "visits": [
            visit("N1", 1, "V1", "02 09:00", "10:00", 10),
            visit("N1", 2, "V1", "09 09:00", "10:00", 10),
            visit("N1", 3, "V1", "16 09:00", "10:00", 10),
            visit("N1", 4, "V1", "24 10:00", "11:00", 10),
            visit("N2", 1, "V2 V3", "10 14:00", "15:00", 5, 15),
            visit("N3", 1, "V3", "01 10:00", "10:30", 0),
            visit("N3", 2, "V3", "10 10:00", "10:30", 0),
            visit("N4", 1, "V1", "02 10:15", "11:15", 5),
            visit("N6", 1, "V5", "10 15:00", "15:45", 25),
            visit("N7", 1, "V2", "02 11:15", "12:15", 10),
        ],
        "events": [{"event": "E1", "crew": [{"volunteer": "V4", "role": "lead"}, {"volunteer": "V5"}]}],
        "unmet": [
            {"need": "N5", "seats": 1, "code": "no_skill"},
            {"event": "E2", "seats": 1, "code": "no_skill"},
        ],
        "missed": [{"need": "N3", "index": 3, "code": "schedule_conflict"}],
        "coverage": [
            row("care", "A1", 1, 1, 1, 4, 4),
            row("care", "A2", 2, 1, 1, 1, 1),
            row("talk", "A2", 2, 1, 1, 3, 2),
            row("gym", "A2", 3, 2, 2, 2, 2),
            row("law", "A1", 1, 1, 0, 1, 0),
            row("clean", "A2", 2, 1, 1, 1, 1),
        ],
        "minutes": {"road": 230, "idle": 220, "overtime": 0},
        "objective": [
            *(tier(name, value, value, "prices") for name, value in zip(TIERS, (1, 0, 1, 6, 3, 5), strict=False)),
            tier("travel", 125, 85, "prices"),
            tier("preference+faces", 11),
            tier("balance", 13),
            tier("missed:1", 0, 0, "search", "visits"),
            tier("missed:2", 1, 0, "search", "visits"),
            tier("missed:3", 0, 0, "search", "visits"),
            tier("regularity", 3, None, "none", "visits"),
        ],
        "certificate": {"needs": PRICES, "volunteers": {}},
        "run": {"version": "0", "fingerprint": ""},
    }


def row(service: str, area: str, priority: int, needs: int, covered: int, required: int, planned: int) -> Record:
    """Return a row of the table of coverage."""
    return {
        "service": service, "area": area, "priority": priority, "needs": needs, "covered": covered,
        "visits_required": required, "visits_planned": planned,
    }  # fmt: skip


# The cheapest choice for each job, volunteers being free: who costs least, tier by tier, or nobody where nobody can.
# Tiers: coverage 1–3, targets, neighbour, continuity, travel, 2 × preference + faces, balance.
PRICES = {
    "N1": [0, 0, 0, 0, 0, -3, 40, 1, 0],
    "N2": [0, 0, 0, 0, 0, 0, 5, 0, 0],
    "N3": [0, 0, 0, 0, 0, -2, 0, 1, 0],
    "N4": [0, 0, 0, 0, 1, 0, 10, 1, 0],
    "N5": [1, 0, 0, 0, 1, 0, 0, 0, 0],
    "N6": [0, 0, 0, 0, 0, 0, 5, 0, 0],
    "N7": [0, 0, 0, 0, 1, 0, 10, 1, 0],
    "E1": [0, 0, 0, 0, 0, 0, 5, 0, 0],
    "E2": [0, 0, 1, 0, 0, 0, 0, 0, 0],
}


def judge(change: Change | None = None, **options: Any) -> Verdict:
    """Return the verdict on the plan after a change to town or plan; the fingerprint follows the town."""
    asked, made = town(), deepcopy(plan())
    if change is not None:
        change(asked, made)
    instance = Instance.model_validate(asked)
    made["run"]["fingerprint"] = made["run"]["fingerprint"] or fingerprint_of(instance)
    return check(instance, Plan.model_validate(made), **options)


def both(*changes: Change) -> Change:
    """Return changes made one after another."""
    return lambda town, plan: [change(town, plan) for change in changes]


def put(records: list[Record], id_: str, **fields: Any) -> None:
    """Change fields of the record with an identifier."""
    next(record for record in records if record["id"] == id_).update(fields)


def rewrite(records: list[Record], key: str, wanted: str, /, **fields: Any) -> None:
    """Change fields of the first record whose `key` is the one wanted."""
    next(record for record in records if record[key] == wanted).update(fields)
