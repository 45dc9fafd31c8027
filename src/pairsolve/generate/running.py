"""The running plan: existing pairs with their history, refusals and wishes, and the pairs that surely can stay.

Locked pairs and minimums are hard rules. They are taken only from *sure* pairs: one volunteer, one household and
one need of a single person, each used once, checked here against every pair rule of docs/model.md. All sure pairs
together therefore are a plan that fulfils the hard rules, and no instance contradicts itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from scipy.spatial import cKDTree

from pairsolve.calendar import Calendar
from pairsolve.generate.dice import Dice, Floats, Ints
from pairsolve.generate.homes import FIRST_DAY, Homes
from pairsolve.generate.volunteers import People
from pairsolve.instance import ExistingPair, Household, Instance, Need, PastService, Service, Volunteer
from pairsolve.travel import Times

PAIRED = 0.165  # somewhat more than wanted, because some of the volunteers drawn are taken already
LOCKED = 0.05  # of the sure pairs
MINIMUM = 0.05
REFUSED, PREFERRED = 0.015, 0.02
MOST_SURE = 400
_NEAREST = 12


@dataclass(frozen=True, slots=True)
class Acquainted:
    """Who knows whom: positions of the existing pairs, and refusals and wishes by household."""

    pairs: tuple[tuple[int, int], ...]
    refused: dict[int, tuple[str, ...]]
    preferred: dict[int, tuple[str, ...]]


def draw_acquainted(homes: Homes, people: People, ids: Sequence[str], seed: int) -> Acquainted:
    """Draw existing pairs, refusals and wishes among volunteers who live near.

    Parameters
    ----------
    homes, people
        Households and volunteers as arrays.
    ids
        Ids of the volunteers.
    seed
        The user's seed.
    """
    dice = Dice(seed, "running plan")
    size = len(homes)
    nearest = _nearest(homes, people)
    chosen = dice.pick(np.ones(nearest.shape[1]), size)
    partner = nearest[np.arange(size), chosen].tolist()
    free = np.minimum(people.cap, 2).tolist()
    pairs = []
    for home in np.flatnonzero(dice.whether(PAIRED, size)).tolist():
        volunteer = partner[home]
        if free[volunteer] > 0 and people.group[volunteer] == 1 and people.home[volunteer] != home:
            free[volunteer] -= 1
            pairs.append((volunteer, home))
    paired = {home: volunteer for volunteer, home in pairs}
    stranger = nearest[np.arange(size), dice.pick(np.ones(nearest.shape[1]), size)].tolist()
    refused: dict[int, tuple[str, ...]] = {
        home: (ids[stranger[home]],)
        for home in np.flatnonzero(dice.whether(REFUSED, size)).tolist()
        if paired.get(home) != stranger[home]
    }
    preferred: dict[int, tuple[str, ...]] = {
        home: (ids[partner[home]],)
        for home in np.flatnonzero(dice.whether(PREFERRED, size)).tolist()
        if home not in refused
    }
    return Acquainted(tuple(pairs), refused, preferred)


def _nearest(homes: Homes, people: People) -> Ints:
    tree = cKDTree(_flat(people.lat, people.lon))
    count = min(_NEAREST, len(people))
    _, found = tree.query(_flat(homes.lat, homes.lon), k=count)
    return np.asarray(found, np.int64).reshape(len(homes), count)


def _flat(lat: Floats, lon: Floats) -> Floats:
    return np.column_stack([lat, lon * np.cos(np.radians(lat.mean()))])


def sure_pairs(instance: Instance, acquainted: Acquainted, shy: frozenset[str]) -> tuple[tuple[int, int], ...]:
    """Return existing pairs that certainly can stay, all together, whatever else is planned.

    Parameters
    ----------
    instance
        The instance without pairs.
    acquainted
        The existing pairs to choose from.
    shy
        Teams whose members are left out because a rule restricts where they go.
    """
    times, calendar = Times(instance), Calendar(instance.horizon)
    services = {service.id: service for service in instance.services}
    wanted = {home for _, home in acquainted.pairs}
    needs: dict[str, list[Need]] = {instance.households[home].id: [] for home in sorted(wanted)}
    for need in instance.needs:
        if need.household in needs:
            needs[need.household].append(need)
    sure: list[tuple[int, int]] = []
    used: set[int] = set()
    for number, home in acquainted.pairs:
        volunteer, household = instance.volunteers[number], instance.households[home]
        if number in used or volunteer.team in shy:
            continue
        mode = times.mode_names.index(volunteer.mode)
        minutes = int(times.minutes(mode, number, times.first_household + home))
        if any(
            _admissible(volunteer, household, need, services[need.service], minutes, calendar)
            for need in needs[household.id]
        ):
            sure.append((number, home))
            used.add(number)
            if len(sure) == MOST_SURE:
                break
    return tuple(sure)


def _admissible(
    volunteer: Volunteer, household: Household, need: Need, service: Service, minutes: int, calendar: Calendar
) -> bool:
    """Say whether the volunteer alone can serve the need, by a check that is at least as strict as the model."""
    channel = need.channel or service.channel
    length = need.minutes or service.minutes
    required = calendar.visit_slots(need.visits.count, need.visits.per)
    trip = length + 2 * (0 if channel == "phone" else minutes)
    return (
        channel != "site"
        and channel in volunteer.channels
        and not service.skills
        and not need.skills
        and need.crew.min == 1
        and not need.crew.roles
        and "two_persons" not in household.tags
        and set(household.required_traits) <= set(volunteer.traits)
        and volunteer.id not in household.refused
        and volunteer.household != household.id
        and (channel == "phone" or minutes <= volunteer.reach_minutes)
        and (volunteer.minutes_per_month is None or len(required) * trip <= volunteer.minutes_per_month)
        and (volunteer.minutes_per_week is None or trip <= volunteer.minutes_per_week)
        and _datable(volunteer, household, need, length, calendar)
    )


def _datable(volunteer: Volunteer, household: Household, need: Need, length: int, calendar: Calendar) -> bool:
    """Say whether every required visit can have a day, taking the earliest each time."""
    masks = zip(
        calendar.start_masks(volunteer.windows, volunteer.exceptions, length),
        calendar.start_masks(household.windows, household.exceptions, length),
        calendar.anytime_masks(need.windows, length),
        strict=True,
    )
    open_days = [day for day, (a, b, c) in enumerate(masks) if a & b & c]
    last: int | None = None
    for slot in calendar.visit_slots(need.visits.count, need.visits.per):
        earliest = slot.first if last is None else max(slot.first, last + need.visits.min_gap_days)
        day = next((day for day in open_days if earliest <= day < slot.last), None)
        if day is None:
            return False
        if last is not None and need.visits.max_gap_days is not None and day - last > need.visits.max_gap_days:
            return False
        last = day
    return True


def existing_pairs(
    instance: Instance, acquainted: Acquainted, locked: frozenset[tuple[int, int]], seed: int
) -> tuple[tuple[ExistingPair, ...], tuple[PastService, ...]]:
    """Return the existing pairs with their start and value, and what was done in them last month."""
    dice = Dice(seed, "history")
    size = len(acquainted.pairs)
    since = dice.pick(np.ones(700), size).tolist()
    done = (1 + dice.pick((3, 4, 2, 1), size)).tolist()
    missed = dice.pick((8, 2, 1), size).tolist()
    rating = (1 + dice.pick((1, 1, 4, 14, 30), size)).tolist()
    value = np.where(dice.whether(0.2, size), 3, 1).tolist()
    pairs, history = [], []
    for number, (volunteer, home) in enumerate(acquainted.pairs):
        who, where = instance.volunteers[volunteer].id, instance.households[home].id
        started: date = FIRST_DAY - timedelta(days=30 + since[number])
        pairs.append(
            ExistingPair(
                volunteer=who, household=where, since=started, value=value[number], locked=(volunteer, home) in locked
            )
        )
        history.append(
            PastService(
                volunteer=who, household=where, done=done[number], missed=missed[number], minutes=50 * done[number],
                rating=rating[number],
            )
        )  # fmt: skip
    return tuple(pairs), tuple(history)
