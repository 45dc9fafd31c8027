"""The recipe: a place, two numbers and a seed in, an instance out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from pairsolve.errors import InputError, Problem
from pairsolve.generate.campaign import build_assistance_day, build_campaign
from pairsolve.generate.catalogue import CATALOGUE
from pairsolve.generate.homes import build_households, draw_homes
from pairsolve.generate.needs import build_needs, draw_needs
from pairsolve.generate.places import Ground, load_ground
from pairsolve.generate.policy import build_events, build_horizon, build_rules, build_travel, scoped_school
from pairsolve.generate.pure import build_pure
from pairsolve.generate.register import build_volunteers, team_members
from pairsolve.generate.running import LOCKED, MINIMUM, Acquainted, draw_acquainted, existing_pairs, sure_pairs
from pairsolve.generate.teams import build_sites, build_teams
from pairsolve.generate.volunteers import draw_people
from pairsolve.instance import Household, Instance, Volunteer

Progress = Callable[[str, int, int], None]
Kind = Literal["rich", "pure", "campaign", "assistance-day"]
_STAGES = ("places", "households", "needs", "volunteers", "running plan", "policy")
MOST = 1_000_000


def generate(
    place: str,
    *,
    households: int,
    volunteers: int,
    seed: int = 1,
    kind: Kind = "rich",
    towns: tuple[str, ...] | None = None,
    progress: Progress | None = None,
) -> Instance:
    """Make a realistic instance: real places, invented people.

    Parameters
    ----------
    place
        One of `PLACES`.
    households, volunteers
        How many of each.
    seed
        Start of every draw; the same arguments give the same instance everywhere.
    kind
        ``"rich"`` uses the whole contract. ``"pure"`` is a plain assignment: one need for one person per
        household, no hours, no rules; for benchmarks. ``"campaign"``: `volunteers` teams visit every household
        once within two days. ``"assistance-day"``: a clinic with a crew in every street, and visits at home.
    towns
        Names or codes of the towns to use; all of the place if None.
    progress
        Called with the stage at work, steps done and steps in all.

    Returns
    -------
    Instance
        Fulfils the contract; its hard rules never contradict each other.

    Raises
    ------
    InputError
        When the place, a town or a number cannot be used.

    Examples
    --------
    >>> instance = generate("village", households=10, volunteers=8, seed=3)
    >>> len(instance.households), len(instance.volunteers), instance.areas[-1].name
    (10, 8, '七桥村')
    >>> generate("nannin", households=10, volunteers=8)
    Traceback (most recent call last):
    ...
    pairsolve.errors.InputError: generate: place: no place is named 'nannin'; did you mean 'nanning'?
    """
    _check(households, volunteers, seed, kind)
    report = progress or _silent
    report(_STAGES[0], 0, len(_STAGES))
    ground = load_ground(place, towns)
    if kind == "pure":
        return build_pure(ground, households, volunteers, seed, report)
    if kind == "campaign":
        return build_campaign(ground, households, volunteers, seed, report)
    if kind == "assistance-day":
        return build_assistance_day(ground, households, volunteers, seed, report)
    return _rich(ground, households, volunteers, seed, report)


def _rich(ground: Ground, num_households: int, num_volunteers: int, seed: int, report: Progress) -> Instance:
    report(_STAGES[1], 1, len(_STAGES))
    homes = draw_homes(ground, num_households, seed)
    teams = build_teams(ground, num_volunteers, seed)
    sites = build_sites(ground)
    people = draw_people(ground, homes, teams, num_volunteers, seed)
    width = len(str(num_volunteers))
    volunteer_ids = [f"V{number + 1:0{width}d}" for number in range(num_volunteers)]
    acquainted = draw_acquainted(homes, people, volunteer_ids, seed)
    households = build_households(ground, homes, seed, acquainted.refused, acquainted.preferred)
    report(_STAGES[2], 2, len(_STAGES))
    site_of = [f"centre-{ground.code[community][:9]}" for community in homes.community.tolist()]
    needs = build_needs(homes, draw_needs(homes, seed), households, site_of, sites[-1], seed)
    report(_STAGES[3], 3, len(_STAGES))
    volunteers = build_volunteers(ground, people, households, seed)
    homes_by_town = np.bincount(ground.town[homes.community], minlength=len(ground.town_code))
    bare = Instance(
        name=f"{ground.preset.title}, {num_households} households, {num_volunteers} volunteers, seed {seed}",
        description="Real places, invented people; made by `pairsolve generate`. Sources: instances/README.md.",
        horizon=build_horizon(), travel=build_travel(), areas=ground.areas(homes.disabled(len(ground.code))),
        teams=teams.tree, services=tuple(help_.service for help_ in CATALOGUE), sites=sites, volunteers=volunteers,
        households=households, needs=needs, events=build_events(ground, sites, homes_by_town), rules=(),
    )  # fmt: skip
    report(_STAGES[4], 4, len(_STAGES))
    school_towns = teams.local["school"][1]
    shy = frozenset({f"school-{scoped_school(school_towns) + 1}"})
    sure = sure_pairs(bare, acquainted, shy)
    locked = frozenset(sure[:: max(1, round(1 / LOCKED))])
    pairs, history = existing_pairs(bare, acquainted, locked, seed)
    committed = [number for number, _ in sure[1 :: max(1, round(1 / MINIMUM))]]
    report(_STAGES[5], 5, len(_STAGES))
    return bare.model_copy(
        update={
            "volunteers": _committed(volunteers, committed),
            "pairs": pairs,
            "history": history,
            "rules": build_rules(
                ground,
                needs,
                homes_by_town,
                school_towns,
                _strangers(bare, acquainted),
                team_members(people),
                Counter(people.team[number] for number, _ in sure),
            ),
        }
    )


def _committed(volunteers: tuple[Volunteer, ...], numbers: list[int]) -> tuple[Volunteer, ...]:
    """Return the register in which some volunteers have asked for at least one household."""
    register = list(volunteers)
    for number in numbers:
        register[number] = register[number].model_copy(update={"min_households": 1})
    return tuple(register)


def _strangers(instance: Instance, acquainted: Acquainted) -> tuple[Volunteer, Household] | None:
    """Return a volunteer and a household in the same area, neither of them in the running plan, to be kept apart."""
    helping = {volunteer for volunteer, _ in acquainted.pairs}
    helped = {home for _, home in acquainted.pairs}
    by_area = {
        volunteer.area: volunteer
        for number, volunteer in enumerate(instance.volunteers)
        if number not in helping and volunteer.household is None
    }
    for number, household in enumerate(instance.households):
        if number not in helped and household.area in by_area:
            return by_area[household.area], household
    return None


def _check(households: int, volunteers: int, seed: int, kind: str) -> None:
    problems = [
        Problem(name, f"is {value!r}; give a whole number from 1 to {MOST}")
        for name, value in (("households", households), ("volunteers", volunteers))
        if not isinstance(value, int) or not 1 <= value <= MOST
    ]
    if not isinstance(seed, int) or not 0 <= seed < 2**31:
        problems.append(Problem("seed", f"is {seed!r}; give a whole number from 0 to 2147483647"))
    if kind not in get_args(Kind):
        problems.append(Problem("kind", f"is {kind!r}; give one of {', '.join(get_args(Kind))}"))
    if problems:
        raise InputError("generate", problems)


def _silent(stage: str, done: int, total: int) -> None:
    """Report to nobody."""
