"""Generated instances: the same bytes everywhere, real places, invented people, and no built-in contradiction."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from pairsolve.calendar import Calendar
from pairsolve.candidates import find
from pairsolve.errors import InputError
from pairsolve.generate import PLACES, generate
from pairsolve.generate.catalogue import CATEGORIES, CATEGORY_SHARES, GRADE_SHARES, SKILL_SHARES, grade_table
from pairsolve.generate.dice import Dice
from pairsolve.generate.homes import draw_homes
from pairsolve.generate.places import load_ground
from pairsolve.instance import Instance
from pairsolve.options import Watch
from pairsolve.problem import Problem
from pairsolve.reading import read
from pairsolve.rules import ApartRule, NeighbourRule, TargetRule, TeamQuotaRule, TeamScopeRule, TwoPersonRule
from pairsolve.timetable import TimeTable
from pairsolve.travel import Times
from pairsolve.validate import problems
from pairsolve.writing import to_lines

INSTANCES = Path(__file__).parents[1] / "instances"
COMMAND = re.compile(
    r"pairsolve generate (\w+) --households (\d+) --volunteers (\d+) --seed (\d+) -o instances/([\w.]+)"
)
# The kinds of help the mission names (row M5), and M4's visit by three people.
KINDS_OF_HELP = {
    "housekeeping", "repairs", "errands", "culture", "counselling", "rehabilitation", "home_medical", "escort", "legal",
    "tutoring", "job_training", "haircut", "massage", "phone", "device_training", "barrier_removal", "company",
    "circle_visit",
}  # fmt: skip


def text(instance: Instance) -> str:
    return "\n".join(to_lines(instance)) + "\n"


@cache
def bundled(name: str) -> Instance:
    return read(INSTANCES / name)


@cache
def large() -> Instance:
    return generate("huicheng", households=4000, volunteers=2500, seed=5)


@cache
def problem_of(name: str) -> Problem:
    instance = bundled(name)
    return Problem.build(instance, Calendar(instance.horizon), Times(instance))


def commands() -> dict[str, tuple[str, int, int, int]]:
    """Return the commands that instances/README.md states, by file name."""
    stated = COMMAND.findall((INSTANCES / "README.md").read_text(encoding="utf-8"))
    return {name: (place, int(homes), int(people), int(seed)) for place, homes, people, seed, name in stated}


def test_same_bytes_in_any_process():
    """One call gives one text, whatever the hash seed of the process."""
    code = (
        "import hashlib; from pairsolve.generate import generate; from pairsolve.writing import to_lines\n"
        "for kind in ('rich', 'pure'):\n"
        "    lines = to_lines(generate('danyang', households=120, volunteers=90, seed=7, kind=kind))\n"
        "    print(hashlib.sha256('\\n'.join(lines).encode()).hexdigest())"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("0", "4242")
    }
    assert len(answers) == 1


def test_the_seed_and_only_the_seed_changes_the_draws():
    """Other seeds give other instances."""
    texts = {text(generate("village", households=20, volunteers=15, seed=seed)) for seed in (1, 2, 3, 3)}
    assert len(texts) == 3


@pytest.mark.parametrize("name", ["village.json", "guiyang.json", "pengjiang.json.gz"])
def test_bundled_instance_is_what_its_command_makes(name):
    """The file is what the command in instances/README.md makes, to the byte."""
    place, homes, people, seed = commands()[name]
    made = hashlib.sha256(text(generate(place, households=homes, volunteers=people, seed=seed)).encode()).hexdigest()
    assert made == hashlib.sha256(text(bundled(name)).encode()).hexdigest()
    if not name.endswith(".gz"):
        assert made == hashlib.sha256((INSTANCES / name).read_bytes()).hexdigest()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["rich", "pure"])
def test_every_place_gives_a_valid_instance(place, kind):
    """Nothing to correct in any of them, also after a way through JSON."""
    instance = generate(place, households=60, volunteers=40, seed=11, kind=kind)
    assert list(problems(instance)) == []
    assert Instance.model_validate_json(instance.model_dump_json()) == instance
    assert (len(instance.households), len(instance.volunteers)) == (60, 40)


@pytest.mark.parametrize(("homes", "people"), [(1, 1), (1, 30), (30, 1), (3, 4)])
def test_smallest_sizes(homes, people):
    """No size is too small."""
    for kind in ("rich", "pure"):
        assert list(problems(generate("guiyang", households=homes, volunteers=people, seed=0, kind=kind))) == []


@pytest.mark.parametrize("name", ["village.json", "guiyang.json", "pengjiang.json.gz"])
def test_each_bundled_instance_has_every_kind_of_help(name):
    """Each kind of help of the mission's row M5 is in the catalogue and is asked for."""
    instance = bundled(name)
    assert {service.id for service in instance.services} >= KINDS_OF_HELP
    assert {need.service for need in instance.needs} == {service.id for service in instance.services}


@pytest.mark.parametrize("name", ["village.json", "guiyang.json"])
def test_each_bundled_instance_has_needs_nobody_can_meet(name):
    """Some needs have a seat that no volunteer can take, but most have candidates for every seat."""
    problem = problem_of(name)
    found = find(problem, TimeTable(problem), Watch())
    taken = np.bincount(found.group, minlength=len(problem.groups))
    empty = {group.job for number, group in enumerate(problem.groups) if group.least and not taken[number]}
    assert 1 <= len(empty) <= 0.1 * len(problem.jobs)


@pytest.mark.parametrize("name", ["guiyang.json", "pengjiang.json.gz"])
def test_bundled_instance_uses_the_contract(name):
    """Every feature of the contract that real programmes use occurs."""
    instance = bundled(name)
    people, homes, needs = instance.volunteers, instance.households, instance.needs
    last_day = instance.horizon.last_day
    expiries = [held.expires for person in people for held in person.skills if held.expires]
    assert any(day < last_day for day in expiries)
    assert any(day >= last_day for day in expiries)
    assert {need.crew.min for need in needs} == {1, 2, 3}
    assert any(need.crew.roles for need in needs)
    assert {need.channel for need in needs} == {None, "phone", "site"}
    assert any(skill.level == 2 for need in needs for skill in need.skills)
    assert {need.visits.per for need in needs} == {"week", "month", "horizon"}
    assert {person.max_households for person in people} == {1, 2, 3}
    assert any(person.min_households for person in people)
    assert any(person.head_count > 1 for person in people)
    assert 0.02 < np.mean([person.household is not None for person in people]) < 0.04
    assert 0.02 < np.mean([bool(person.exceptions) for person in people]) < 0.06
    assert any(person.minutes_per_week for person in people)
    assert any(home.refused for home in homes)
    assert any(home.preferred for home in homes)
    assert any(home.exceptions for home in homes)
    assert {home.priority for home in homes} == {1, 2, 3}
    assert {trait for home in homes for trait in home.required_traits} >= {"gender:female"}
    assert [site.capacity for site in instance.sites if site.capacity] == [2]
    assert 0.12 < len(instance.pairs) / len(homes) < 0.18
    assert any(pair.locked for pair in instance.pairs)
    assert instance.events
    assert instance.history
    kinds = {type(rule) for rule in instance.rules}
    assert kinds == {NeighbourRule, TargetRule, TeamQuotaRule, TeamScopeRule, TwoPersonRule, ApartRule}
    assert {team.kind for team in instance.teams} >= {"neighbours", "station", "school", "hospital", "company"}


@pytest.mark.parametrize("name", ["village.json", "guiyang.json"])
def test_hard_minimums_have_a_witness(name):
    """Locked pairs and minimums rest on single, admissible, different pairs, so no instance contradicts itself."""
    problem = problem_of(name)
    instance = problem.instance
    found = find(problem, TimeTable(problem), Watch())
    can = {
        (int(volunteer), problem.jobs[problem.groups[group].job].household)
        for group, volunteer in zip(found.group.tolist(), found.volunteer.tolist(), strict=True)
        if problem.groups[group].least == 1 and problem.groups[group].most == 1
    }
    known = {
        (problem.volunteer_number[pair.volunteer], problem.household_number[pair.household]): pair
        for pair in instance.pairs
    }
    locked = [key for key, pair in known.items() if pair.locked]
    assert locked
    assert all(key in can for key in locked)
    assert len({volunteer for volunteer, _ in locked}) == len({home for _, home in locked}) == len(locked)
    for number, person in enumerate(instance.volunteers):
        if person.min_households:
            assert any(key in can for key in known if key[0] == number)
    for rule in instance.rules:
        if isinstance(rule, TeamQuotaRule):
            members = {number for number, person in enumerate(instance.volunteers) if person.team == rule.team}
            assert rule.min_pairs <= len({volunteer for volunteer, home in known if (volunteer, home) in can} & members)
            assert rule.max_pairs is None or rule.max_pairs >= len([key for key in locked if key[0] in members])


def test_shares_are_those_of_the_recipe():
    """Categories, grades, women, skills and shared homes come out as the public figures say."""
    instance = large()
    tags = Counter(tag for home in instance.households for tag in home.tags)
    size = len(instance.households)
    for category, share in zip(CATEGORIES, CATEGORY_SHARES, strict=True):
        assert tags[f"category:{category}"] / size == pytest.approx(share, abs=0.03)
    assert tags["severe"] / size == pytest.approx(GRADE_SHARES[0] + GRADE_SHARES[1], abs=0.03)
    assert tags["shared_home"] == round(size / 49)
    people = [person for person in instance.volunteers if person.head_count == 1]
    women = np.mean([bool(person.traits) and person.traits[0] == "gender:female" for person in people])
    assert women == pytest.approx(0.51, abs=0.01)
    skills = Counter(held.skill for person in instance.volunteers for held in person.skills)
    for skill, share in SKILL_SHARES.items():
        assert skills[skill] / len(instance.volunteers) == pytest.approx(share, rel=0.35, abs=0.004)
    assert len(instance.needs) / size == pytest.approx(1.65, abs=0.1)


def test_grades_mix_to_the_published_shares():
    """The shift of grades by category leaves the shares over all people as they are."""
    mixture = np.array(CATEGORY_SHARES) @ grade_table()
    assert mixture == pytest.approx(GRADE_SHARES)
    assert grade_table().sum(axis=1) == pytest.approx(np.ones(len(CATEGORIES)))


def test_pengjiang_has_the_registered_residents():
    """9,100 registered disabled people, 4 % of them in a home with another one."""
    instance = bundled("pengjiang.json.gz")
    assert instance.areas[0].disabled_residents == 9100
    towns = [area for area in instance.areas if area.parent == instance.areas[0].id]
    assert sorted(area.name for area in towns) == sorted(
        ["白沙街道", "潮连街道", "环市街道", "棠下镇", "荷塘镇", "杜阮镇"]
    )
    assert sum(area.disabled_residents or 0 for area in towns) == 9100


def test_no_personal_data():
    """Nobody has a name or an address; only groups and organisations are named."""
    for instance in (bundled("guiyang.json"), large()):
        assert {home.name for home in instance.households} == {""}
        assert {person.name for person in instance.volunteers if person.head_count == 1} == {""}
        assert all(re.fullmatch(r"V\d+", person.id) for person in instance.volunteers)


def test_pure_is_an_assignment():
    """One single need per household, no rules, no budgets, no skills, windows or traits."""
    instance = generate("pengjiang", households=500, volunteers=400, seed=1, kind="pure")
    assert len(instance.needs) == len({need.household for need in instance.needs}) == 500
    assert (instance.rules, instance.events, instance.teams) == ((), (), ())
    plain = {"id", "area", "location", "mode", "reach_minutes", "max_households"}
    assert all(person.model_fields_set == plain for person in instance.volunteers)
    assert {person.max_households for person in instance.volunteers} == {1, 2, 3}
    assert all(need.crew.min == 1 and need.crew.max is None for need in instance.needs)


def test_pure_has_pairs_and_wishes():
    """Some households have somebody already or a wish, and nobody has more pairs than the cap allows."""
    instance = generate("pengjiang", households=500, volunteers=400, seed=1, kind="pure")
    cap = {person.id: person.max_households for person in instance.volunteers}
    load = Counter(pair.volunteer for pair in instance.pairs)
    assert all(load[who] <= cap[who] for who in load)
    assert 40 <= len(instance.pairs) == len({pair.household for pair in instance.pairs}) <= 90
    assert 25 <= sum(bool(home.preferred) for home in instance.households) <= 80


def test_towns_can_be_chosen():
    """Names and codes of towns both work, and nothing outside them is used."""
    instance = generate("dianjiang", households=30, volunteers=20, towns=("桂阳街道", "500231101"))
    assert {area.id for area in instance.areas if area.parent == "500231"} == {"500231002", "500231101"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"place": "penjiang"}, "did you mean 'pengjiang'"),
        ({"place": "x"}, "known are nanning"),
        ({"place": "dianjiang", "towns": ("桂阳街",)}, "did you mean '桂阳街道'"),
        ({"place": "dianjiang", "towns": ()}, "name at least one town"),
        ({"place": "village", "households": 0}, "households"),
        ({"place": "village", "volunteers": -3}, "volunteers"),
        ({"place": "village", "households": 2_000_000}, "households"),
        ({"place": "village", "seed": -1}, "seed"),
        ({"place": "village", "kind": "poor"}, "kind"),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    """Each fault is one line that names the argument and the way out."""
    with pytest.raises(InputError, match=re.escape(words)):
        generate(**{"households": 5, "volunteers": 5, **arguments})


def test_progress_is_told():
    """The callback hears every stage, in order."""
    heard: list[tuple[str, int, int]] = []
    generate("village", households=5, volunteers=5, progress=lambda *step: heard.append(step))
    assert [done for _, done, _ in heard] == list(range(len(heard)))
    assert heard[0][0] == "places"


def test_dice_draw_what_they_are_asked_for():
    """Frequencies follow the weights, samples have no repetition, and zero weights are never drawn."""
    dice = Dice(1, "test")
    counts = np.bincount(dice.pick((1, 0, 3), 20_000), minlength=3) / 20_000
    assert counts == pytest.approx((0.25, 0.0, 0.75), abs=0.02)
    sample = dice.sample((1, 0, 1, 1), 9)
    assert sample.tolist() == [0, 2, 3]
    assert dice.normal(50_000).std() == pytest.approx(1.0, abs=0.02)
    table = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert dice.pick_by_row(table, np.array([0, 1, 1, 0])).tolist() == [0, 1, 1, 0]


def test_homes_are_near_their_community():
    """Nobody lives farther from the middle of a village than the recipe's spread allows."""
    ground = load_ground("dianjiang", None)
    homes = draw_homes(ground, 3000, 1)
    km = 111.2 * np.hypot(
        homes.lat - ground.lat[homes.community],
        (homes.lon - ground.lon[homes.community]) * np.cos(np.radians(homes.lat)),
    )
    assert np.quantile(km, 0.999) < 4.0
    assert km[~ground.village[homes.community]].mean() < 0.6
