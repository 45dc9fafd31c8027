"""Totals of a large city are no counts of a household: a million households fit the contract."""

from pairsolve import Area
from pairsolve.plan import CoverageRow
from pairsolve.rules import TargetRule

MILLIONS = 4_000_000


def test_an_area_may_have_millions_of_disabled_residents() -> None:
    assert Area(id="A", name="A", kind="city", disabled_residents=MILLIONS).disabled_residents == MILLIONS


def test_a_row_of_the_report_may_count_millions_of_visits() -> None:
    row = CoverageRow(
        service="S", area=None, priority=1, needs=MILLIONS, covered=0, visits_required=MILLIONS, visits_planned=0
    )
    assert row.visits_required == MILLIONS


def test_a_target_may_ask_for_millions_of_visits() -> None:
    assert TargetRule(id="T", count=MILLIONS, unit="visits").count == MILLIONS
