"""Meeting rotas: the number is the best one, waiting is even, the referee sees what is wrong, bad files are named."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pairsolve.check.rota import check_rota
from pairsolve.cli import app
from pairsolve.meetings import Person, Rota, rota_problems
from pairsolve.rota import plan_rota


def rota(sizes: tuple[int, ...], rounds: int, pairs: list[tuple[str, str]] | None, tables: int | None = None) -> Rota:
    """Return a rota of groups a, b of these sizes."""
    members = [(group, n) for group, size in zip("ab", sizes, strict=False) for n in range(size)]
    people = tuple(Person(id=f"{group}{n}", group=group) for group, n in members)
    return Rota(rounds=rounds, tables=tables, people=people, compatible=None if pairs is None else tuple(pairs))


def most_meetings(asked: Rota) -> int:
    """Return the largest number of meetings, by trying all matchings round after round."""
    pairs, room = asked.pairs(), asked.tables or len(asked.people)
    matchings = [
        frozenset(some)
        for size in range(min(room, len(asked.people) // 2) + 1)
        for some in combinations(pairs, size)
        if len({person for pair in some for person in pair}) == 2 * size
    ]
    reached = {frozenset[tuple[int, int]]()}
    for _ in range(asked.rounds):
        reached = {done | more for done in reached for more in matchings if not done & more}
    return max(map(len, reached))


@st.composite
def small_rotas(draw: Any, sizes: tuple[int, ...]) -> Rota:
    """Draw a rota with few compatible pairs."""
    asked = rota(sizes, draw(st.integers(1, 3)), None, draw(st.none() | st.integers(1, 2)))
    pairs = [(asked.people[a].id, asked.people[b].id) for a, b in asked.pairs()]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=6))
    return asked.model_copy(update={"compatible": tuple(chosen)})


@settings(max_examples=40, deadline=None, derandomize=True)
@given(small_rotas((3, 3)))
def test_two_groups_reach_what_trying_all_rotas_reaches(asked: Rota) -> None:
    """Between two groups the number is the best one, and the proof holds."""
    plan = plan_rota(asked)
    assert not check_rota(asked, plan)
    assert plan.num_meetings == plan.bound == most_meetings(asked)
    assert plan.proof != "search"


@settings(max_examples=25, deadline=None, derandomize=True)
@given(small_rotas((5,)))
def test_one_group_reaches_what_trying_all_rotas_reaches(asked: Rota) -> None:
    """Within one group the number is the best one on tiny rotas."""
    plan = plan_rota(asked)
    assert not check_rota(asked, plan)
    assert plan.num_meetings == plan.bound == most_meetings(asked)


def test_three_people_need_a_round_each() -> None:
    """Three people can have three meetings of two each, but two rounds hold only two of them."""
    plan = plan_rota(rota((3,), 2, None))
    assert (plan.num_meetings, plan.bound, plan.status) == (2, 2, "optimal")


def test_everybody_meets_everybody() -> None:
    """Ten people in nine rounds: the round robin."""
    asked = rota((10,), 9, None)
    plan = plan_rota(asked)
    assert not check_rota(asked, plan)
    assert plan.num_meetings == 45
    assert not plan.waiting


def test_waiting_is_spread_evenly() -> None:
    """Six people share the meetings with four; nobody waits more than one round longer than another."""
    asked = rota((6, 4), 4, None)
    plan = plan_rota(asked)
    waits = {person.id: 0 for person in asked.people} | {one.person: len(one.rounds) for one in plan.waiting}
    assert plan.num_meetings == 16
    assert sorted(waits[f"a{n}"] for n in range(6)) == [1, 1, 1, 1, 2, 2]
    assert all(waits[f"b{n}"] == 0 for n in range(4))


def test_tables_limit_every_round() -> None:
    """Two tables in three rounds hold six meetings, two in each round."""
    asked = rota((5, 5), 3, None, tables=2)
    plan = plan_rota(asked)
    assert not check_rota(asked, plan)
    assert (plan.num_meetings, plan.proof) == (6, "tables")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [("bound", 5, "bound"), ("busy", (), "bound"), ("waiting", (), "waiting"), ("num_meetings", 2, "num_meetings")],
)
def test_the_referee_sees_a_changed_record(field: str, value: Any, code: str) -> None:
    """A wrong bound, proof, waiting list or number is found."""
    asked = rota((2, 3), 2, [("a0", "b0"), ("a0", "b1"), ("a0", "b2"), ("a1", "b0")])
    plan = plan_rota(asked)
    assert (plan.num_meetings, plan.proof, plan.busy) == (3, "people", ("a0",))
    assert code in {finding.code for finding in check_rota(asked, plan.model_copy(update={field: value}))}


def test_the_referee_sees_broken_rounds() -> None:
    """Meetings twice, two at once, or of people who may not meet are found."""
    asked = rota((2, 2), 2, [("a0", "b0"), ("a1", "b1"), ("a0", "b1")])
    plan = plan_rota(asked)
    first = plan.meetings[0]
    wrong = first.model_copy(update={"people": ("a1", "b0"), "table": 9})
    codes = {finding.code for finding in check_rota(asked, plan.model_copy(update={"meetings": (first, first, wrong)}))}
    assert {"twice", "one_meeting", "compatible", "tables"} <= codes


def test_bad_rotas_are_named() -> None:
    """Every fault has its line: repeated and unknown people, meetings with oneself or in one's own group."""
    asked = rota((2, 2), 1, [("a0", "a0"), ("a0", "a1"), ("a0", "x"), ("a0", "b0")])
    twice = asked.model_copy(update={"people": (*asked.people, asked.people[-1])})
    paths = [problem.path for problem in rota_problems(twice)]
    assert paths == ["$.people[3].id", "$.people[4].id", "$.compatible[0]", "$.compatible[1]", "$.compatible[2]"]


def test_the_command_line_writes_and_shows(tmp_path: Path) -> None:
    """The command writes the rota, shows who meets whom, and says the bound; a bad file ends with 2."""
    asked = rota((2, 3), 2, None)
    (tmp_path / "rota.json").write_text(asked.model_dump_json(), encoding="utf-8")
    ended = CliRunner().invoke(app, ["rota", str(tmp_path / "rota.json"), "-o", str(tmp_path / "plan.json")])
    assert ended.exit_code == 0, ended.output
    assert "no rota has more than 4" in ended.output
    assert json.loads((tmp_path / "plan.json").read_text())["num_meetings"] == 4
    (tmp_path / "rota.json").write_text('{"rounds": 0, "people": [], "tabels": 3}', encoding="utf-8")
    ended = CliRunner().invoke(app, ["rota", str(tmp_path / "rota.json")])
    assert ended.exit_code == 2
    assert "rounds" in ended.output
    assert "tabels" in ended.output
