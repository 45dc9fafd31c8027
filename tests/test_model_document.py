"""The model is a promise: every formula names its functions, and workshop and referee know the same rules."""

from __future__ import annotations

import re
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest

from pairsolve import candidates
from pairsolve.pairing import model, terms, tiers
from pairsolve.pairing import rules as pairs
from pairsolve.scheduling import rules as visits

referee = import_module("pairsolve.check")  # `pairsolve.check` the attribute is the function of that name

TEXT = (Path(__file__).parents[1] / "docs" / "model.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\d)\. [^\n]*\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE))
NAMES = sorted(set(re.findall(r"`(pairsolve[\w.]*:[\w.]+)`", SECTIONS["7"])))
OF_VISITS = {"missed", "regularity"}


def rows(section: str) -> list[list[str]]:
    """Return the cells of every table row of a section, without the heads of the tables."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in SECTIONS[section].splitlines()]
    below_heads = [number for number, row in enumerate(cells) if row[0].startswith("---")]
    heads = {*below_heads, *(number - 1 for number in below_heads)}
    return [row for number, row in enumerate(cells) if len(row) > 1 and number not in heads]


def named(section: str) -> set[str]:
    """Return the names in backticks of the first column, without what follows a colon."""
    return {name.partition(":")[0] for row in rows(section) for name in re.findall(r"`([\w:]+)`", row[0])}


def held(name: str) -> object:
    """Return what a name `module:qualified.name` stands for."""
    module, _, path = name.partition(":")
    return reduce(getattr, path.split("."), import_module(module))


def test_the_document_is_read() -> None:
    """The tables are found at all, so that no other test passes by reading nothing."""
    assert len(NAMES) > 100
    assert {"skill", "crew", "faces"} <= named("2")
    assert {"count", "per_day", "per_week"} <= named("3")
    assert {"coverage", "missed", "regularity"} <= named("4")


@pytest.mark.parametrize("name", NAMES)
def test_every_function_exists(name: str) -> None:
    """A function that is renamed takes its row in the model along."""
    assert held(name) is not None


@pytest.mark.parametrize("section", ["2", "3", "4"])
def test_every_rule_and_term_has_its_row(section: str) -> None:
    """What sections 2 to 4 define, section 7 finds in the code."""
    assert named(section) <= named("7")


def test_every_row_names_workshop_and_referee() -> None:
    """A rule or term that one side forgot would leave its row half empty."""
    for row in rows("7"):
        if re.fullmatch(r"`[\w:]+`", row[0]):
            assert any("`pairsolve.check." in cell for cell in row[1:]), row
            assert any("`pairsolve." in cell.replace("`pairsolve.check.", "") for cell in row[1:]), row


def test_workshop_and_referee_know_the_same_rules() -> None:
    """A rule that was added on one side only is found here."""
    workshop = [*candidates.RULES, *pairs.RULES, *visits.RULES]
    assert len(workshop) == len(set(workshop))
    assert set(workshop) == set(referee.RULES) == named("2") | named("3")


def test_workshop_and_referee_know_the_same_terms() -> None:
    """The objective is optimised, counted and recounted term by term."""
    assert set(terms.TERMS) == set(tiers.TERMS)
    assert set(tiers.TERMS) | OF_VISITS == set(referee.TERMS) == named("4")


def test_rules_on_pairs_are_counted_and_modelled() -> None:
    """The search counts what the exact model forbids."""
    assert list(pairs.RULES) == list(model.RULES)


@pytest.mark.parametrize("rule", sorted(referee.RULES))
def test_a_rule_of_the_referee_stands_in_its_own_row(rule: str) -> None:
    """The row of a rule names the function that the referee calls for it."""
    mine = [row for row in rows("7") if row[0] == f"`{rule}`"]
    functions = [held(name) for row in mine for name in re.findall(r"`(pairsolve[\w.]*:[\w.]+)`", "".join(row))]
    assert referee.RULES[rule] in functions
    for function in visits.RULES.get(rule, ()):
        assert function in functions
