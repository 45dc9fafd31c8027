"""Policy: travel modes, rules and events."""

from __future__ import annotations

from datetime import date

import numpy as np

from pairsolve.generate.dice import Ints
from pairsolve.generate.homes import CLOSED_DAY, FIRST_DAY, LAST_DAY
from pairsolve.generate.places import Ground
from pairsolve.instance import Crew, Event, Household, Need, Role, Site, SkillLevel, Volunteer
from pairsolve.rules import (
    ApartRule,
    NeighbourRule,
    Rule,
    TargetRule,
    TeamQuotaRule,
    TeamScopeRule,
    TwoPersonRule,
)
from pairsolve.setting import Horizon, Mode, Travel

# Road length ÷ crow-fly length by distance, median over a real Chinese city's road graph
# (computed from OpenStreetMap data of Jinan, see instances/README.md; the middle of each class of distance).
DETOUR_BY_KM = ((0.5, 1.7), (1.1, 1.53), (2.25, 1.39), (4.5, 1.3), (8.0, 1.24), (15.0, 1.2), (30.0, 1.24))
DOOR_MINUTES = 5.0
_SATURDAYS = (date(2027, 3, 20), date(2027, 3, 6), date(2027, 3, 13), date(2027, 3, 27))
LARGE_TOWN = 20
PERSON_TIMES = 0.92  # of all visits asked for; an order of magnitude as in public plans
_VISITS_ASKED = {"week": 4, "month": 1, "horizon": 1}


def build_horizon() -> Horizon:
    """Return four weeks from a Monday in March, with one closed day."""
    return Horizon(first_day=FIRST_DAY, last_day=LAST_DAY, closed_days=(CLOSED_DAY,))


def build_travel() -> Travel:
    """Return the modes: detour by distance, and five minutes at the door for everything but walking."""
    speeds = {
        "walk": (4.8, 0.0),
        "ebike": (18.0, DOOR_MINUTES),
        "bus": (16.0, 2 * DOOR_MINUTES),  # the way to the stop and the wait
        "car": (26.0, DOOR_MINUTES),
    }
    return Travel(
        modes={
            name: Mode(speed_kmh=speed, detour=1.4, detour_by_km=DETOUR_BY_KM, start_minutes=start)
            for name, (speed, start) in speeds.items()
        }
    )


def build_events(ground: Ground, sites: tuple[Site, ...], homes_by_town: Ints) -> tuple[Event, ...]:
    """Return an assistance day at the centre of every larger town, and of the largest in any case."""
    large = np.flatnonzero(homes_by_town >= LARGE_TOWN).tolist() or [int(np.argmax(homes_by_town))]
    events = []
    for number, town in enumerate(large):
        many = int(homes_by_town[town]) >= 10 * LARGE_TOWN
        roles = [Role(role="nurse", skills=(SkillLevel(skill="nursing"),))]
        if many:
            roles.append(Role(role="hairdresser", skills=(SkillLevel(skill="hairdressing"),)))
        events.append(
            Event(
                id=f"assistance-day-{ground.town_code[town]}", name=f"{ground.town_name[town]}助残日 assistance day",
                area=ground.town_code[town], day=_SATURDAYS[number % len(_SATURDAYS)], start=540, end=690,
                site=sites[town].id, priority=3,
                crew=Crew(min=6 if many else 3, max=12 if many else 6, roles=tuple(roles)),
            )
        )  # fmt: skip
    return tuple(events)


def scoped_school(school_towns: Ints) -> int:
    """Return the number of the school whose pupils stay in their own town: the last one."""
    return len(school_towns) - 1


def build_rules(
    ground: Ground,
    needs: tuple[Need, ...],
    homes_by_town: Ints,
    school_towns: Ints,
    apart: tuple[Volunteer, Household] | None,
    members: dict[str, Ints],
    sure_of_team: dict[str, int],
) -> tuple[Rule, ...]:
    """Return the policy.

    Parameters
    ----------
    ground
        The place.
    needs
        All needs.
    homes_by_town
        Households per town.
    school_towns
        Number of the town of each school.
    apart
        A volunteer and a household that are kept apart, if there are any.
    members
        Numbers of the volunteers of each team that has any.
    sure_of_team
        Pairs per team that certainly can stay; the quotas leave room for them.
    """
    rules: list[Rule] = [
        NeighbourRule(id="neighbour"),
        TargetRule(id="rehabilitation-90", service="rehabilitation", share=0.9),
        TargetRule(id="person-times", count=int(PERSON_TIMES * _required(needs)), unit="visits"),
    ]
    rules += [
        TargetRule(id=f"town-{code}", area=code, share=0.85)
        for code, homes in zip(ground.town_code, homes_by_town.tolist(), strict=True)
        if homes >= LARGE_TOWN
    ]
    rules += _quotas(members, sure_of_team)
    rules.append(TwoPersonRule(id="two-persons", tag="two_persons"))
    school = scoped_school(school_towns)
    rules.append(
        TeamScopeRule(
            id="school-stays-in-town", team=f"school-{school + 1}", areas=(ground.town_code[int(school_towns[school])],)
        )
    )
    if apart is not None:
        rules.append(ApartRule(id="apart-1", volunteers=(apart[0].id,), households=(apart[1].id,)))
    return tuple(rules)


def _required(needs: tuple[Need, ...]) -> int:
    """Return the visits that all needs ask for in four weeks."""
    return sum(need.visits.count * _VISITS_ASKED[need.visits.per] for need in needs)


def _quotas(members: dict[str, Ints], sure_of_team: dict[str, int]) -> list[Rule]:
    """Return a ceiling for the first school and company, and a small floor where sure pairs fill it."""
    rules: list[Rule] = []
    for team in ("school-1", "company-1"):
        if team in members:
            ceiling = max(sure_of_team.get(team, 0), len(members[team]))
            rules.append(TeamQuotaRule(id=f"quota-{team}", team=team, max_pairs=ceiling))
    floors = [team for team in members if sure_of_team.get(team, 0) >= 2 and team not in ("school-1", "company-1")]
    for team in floors[:3]:
        rules.append(TeamQuotaRule(id=f"share-{team}", team=team, min_pairs=min(3, sure_of_team[team])))
    return rules
