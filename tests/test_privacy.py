"""Pseudonyms, blurred points, and nothing personal left."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import horizon, household, instance, need, volunteer

from pairsolve.check import check
from pairsolve.errors import FileError
from pairsolve.instance import ExistingPair, Instance
from pairsolve.ledger import Ledger
from pairsolve.options import Options
from pairsolve.plan import Plan
from pairsolve.privacy import pseudonymise, read_key
from pairsolve.rules import ApartRule
from pairsolve.solve import solve

KEY = bytes(32)
PLANTED = ("UNIQUEGIVER", "UNIQUEHOME", "UNIQUEID")


@pytest.fixture(scope="module")
def town() -> tuple[Instance, Plan]:
    """Return a small town with names planted everywhere, and its plan."""
    asked = instance(
        [volunteer("UNIQUEID1", name="UNIQUEGIVER"), volunteer("UNIQUEID2", 0.3, household="UNIQUEID3")],
        [
            household("UNIQUEID3", name="UNIQUEHOME", refused=["UNIQUEID2"]),
            household("UNIQUEID4", 0.2, preferred=["UNIQUEID1"]),
        ],
        [need("UNIQUEID5", "UNIQUEID3"), need("UNIQUEID6", "UNIQUEID4"), need("UNIQUEID7", "UNIQUEID4", "rare")],
        horizon=horizon(14),
    ).model_copy(
        update={
            "description": "UNIQUEHOME",
            "pairs": (ExistingPair(volunteer="UNIQUEID1", household="UNIQUEID4"),),
            "rules": (ApartRule(id="UNIQUEID9", volunteers=("UNIQUEID2",), households=("UNIQUEID3",)),),
        }
    )
    services = (*asked.services, asked.services[0].model_copy(update={"id": "rare", "skills": ()}))
    asked = asked.model_copy(update={"services": tuple({s.id: s for s in services}.values())})
    return asked, solve(asked, Options(threads=1, clock=False))


def test_nothing_planted_is_left(town: tuple[Instance, Plan]) -> None:
    """No name and no identifier of a person, household or need survives."""
    hidden, plan = pseudonymise(*town, KEY)
    text = hidden.model_dump_json() + plan.model_dump_json()
    assert not [word for word in PLANTED if word in text]


def test_with_exact_points_the_referee_accepts(town: tuple[Instance, Plan]) -> None:
    """The pseudonymised pair is a plan of the pseudonymised instance, proof and all."""
    hidden, plan = pseudonymise(*town, KEY, grid_metres=0)
    verdict = check(hidden, plan)
    assert verdict.ok, verdict.findings


def test_pseudonyms_are_stable_and_keyed(town: tuple[Instance, Plan]) -> None:
    """The same key gives the same bytes, another key other pseudonyms; points move less than a cell."""
    once, again, other = (pseudonymise(*town, key)[0] for key in (KEY, KEY, bytes([1]) * 32))
    assert once == again
    assert {v.id for v in once.volunteers}.isdisjoint(v.id for v in other.volunteers)
    lats = [record.location.lat or 0 for record in once.households]
    assert all(abs(lat - 30.0) < 0.005 for lat in lats)
    assert lats != [record.location.lat for record in town[0].households]


def test_the_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    """A missing key is made, readable by its owner only; a file with something else is refused."""
    path = tmp_path / "key"
    assert read_key(path) == read_key(path)
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("no key")
    with pytest.raises(FileError, match="holds no key"):
        read_key(path)


def test_ledger_sums_agree(town: tuple[Instance, Plan]) -> None:
    """Hours by person, team and area, the weeks, and the visits themselves add up to the same."""
    ledger = Ledger(*town)
    minutes = sum(int((v.end - v.start).total_seconds()) // 60 * len(v.crew) for v in town[1].visits)
    assert minutes > 0
    for rows in (ledger.hours_by_volunteer(), ledger.hours_by_team(), ledger.hours_by_area()):
        assert sum(row.service_minutes for row in rows) == minutes
    for begin in ("mon", "thu"):
        assert sum(week.service_minutes for week in ledger.weeks(begin)) == minutes
    assert len(ledger.weeks("thu")) == 3
    assert not ledger.changes(town[1])
    fewer = town[1].model_copy(update={"pairs": (), "visits": ()})
    kinds = {change.kind for change in Ledger(town[0], fewer).changes(town[1])}
    assert kinds == {"pair_ended", "visit_cancelled", "need_uncovered"}
