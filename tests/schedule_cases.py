"""Random small scheduling cases: an instance with an assignment, drawn over every rule of section 3."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import builders

from pairsolve.instance import Instance
from pairsolve.rules import DAY_NAMES
from pairsolve.scheduling import Assignment, DatedVisit

Record = dict[str, Any]
PLACES = tuple(f"P{i}" for i in range(6))


def random_case(seed: int) -> tuple[Instance, Assignment]:
    """Return the case of a seed; the same seed always gives the same case."""
    random = Random(seed)
    days = random.choice((1, 3, 7, 10, 14, 14))
    first = date(2026, 3, 2) + timedelta(days=random.randrange(40))
    volunteers = [_volunteer(random, i, first, days) for i in range(random.randint(1, 3))]
    for number, volunteer in enumerate(volunteers):
        volunteer.update(_hours(Random(1000 * seed + number)))
    households = [_household(random, i, first, days) for i in range(random.randint(1, 3))]
    needs = [_need(random, i, len(households), days) for i in range(random.randint(1, 4))]
    events = [_event(random, i, first, days) for i in range(random.choice((0, 0, 0, 1, 2)))]
    instance = Instance.model_validate(
        {
            "horizon": {
                "first_day": first,
                "last_day": first + timedelta(days=days - 1),
                "closed_days": [first + timedelta(days=d) for d in range(days) if random.random() < 0.07],
                "day_start": "08:00",
                "day_end": "13:00",
                "slot_minutes": 30 if len(needs) <= 2 else 60,
            },
            "travel": {"metric": {"kind": "matrix", "places": PLACES, "minutes": _matrix(random)}},
            "services": [{"id": "help", "minutes": 60}],
            "sites": [{"id": "S0", "location": {"place": "P5"}, "capacity": random.choice((1, 1, 2, None))}],
            "volunteers": volunteers,
            "households": households,
            "needs": needs,
            "events": events,
        }
    )
    return instance, Assignment(_crews(random, needs, volunteers), _crews(random, events, volunteers))


def _matrix(random: Random) -> list[list[int]]:
    return [[0 if i == j else random.choice((0, 10, 30, 45, 90)) for j in range(6)] for i in range(6)]


def _windows(random: Random) -> list[Record]:
    if random.random() < 0.3:
        return []
    windows = []
    for _ in range(random.randint(1, 2)):
        start = random.choice((8, 8, 9, 10))
        names = random.sample(DAY_NAMES, random.randint(3, 7))
        windows.append({"start": f"{start:02d}:00", "end": f"{start + random.choice((2, 3, 4)):02d}:30", "days": names})
    return windows


def _exceptions(random: Random, first: date, days: int) -> list[Record]:
    if random.random() < 0.7:
        return []
    start = first + timedelta(days=random.randrange(days))
    windows = [{"start": "09:00", "end": "12:00"}] if random.random() < 0.5 else []
    return [{"first": start, "last": start + timedelta(days=random.randrange(4)), "windows": windows}]


def _volunteer(random: Random, number: int, first: date, days: int) -> Record:
    return {
        "id": f"V{number}",
        "location": {"place": random.choice(PLACES)},
        "windows": _windows(random),
        "exceptions": _exceptions(random, first, days),
        "visits_per_day": random.choice((1, 2, 2, 3)),
        "visits_per_week": random.choice((None, None, None, 2, 4)),
        "minutes_per_week": random.choice((None, None, None, 300, 500)),
        "minutes_per_month": random.choice((None, None, None, 700, 1500)),
    }


def _hours(random: Random) -> Record:
    """Draw a break and overtime; apart from the other draws, which stay as they were."""
    start, length = random.choice((8, 9, 10, 11)), random.choice((1, 2, 3))
    rest = {"start": f"{start:02d}:30", "end": f"{start + length:02d}:30", "minutes": random.choice((15, 30, 45, 60))}
    return {
        "day_break": rest if random.random() < 0.3 else None,
        "overtime_minutes": random.choice((0, 0, 0, 30, 90)),
    }


def _household(random: Random, number: int, first: date, days: int) -> Record:
    return {
        "id": f"H{number}",
        "location": {"place": random.choice(PLACES)},
        "windows": _windows(random) if random.random() < 0.4 else [],
        "exceptions": _exceptions(random, first, days),
        "priority": random.choice((1, 2)),
    }


def _need(random: Random, number: int, num_households: int, days: int) -> Record:
    channel = random.choice(("home", "home", "home", "phone", "site", "site"))
    rhythms = (("week", 1), ("week", 1), ("week", 2), ("week", 3 if days < 9 else 2), ("month", 2), ("horizon", 3))
    per, count = random.choice(rhythms)
    min_gap = random.choice((1, 1, 2, 3, 6))
    return {
        "id": f"N{number}",
        "household": f"H{random.randrange(num_households)}",
        "service": "help",
        "minutes": random.choice((20, 60, 60, 90, 120)),
        "channel": channel,
        "site": "S0" if channel == "site" else None,
        "windows": [{"start": "08:00", "end": "11:00"}] if random.random() < 0.2 else [],
        "visits": {
            "count": count,
            "per": per,
            "min_gap_days": min_gap,
            "max_gap_days": random.choice((None, None, None, min_gap + 3, min_gap + 6)),
            "min_percent": random.choice((1, 1, 20, 40, 60, 75)),
        },
        "priority": random.choice((None, 1, 3)),
    }


def _event(random: Random, number: int, first: date, days: int) -> Record:
    start = random.randint(8, 12)
    return {
        "id": f"E{number}",
        "day": first + timedelta(days=random.randrange(min(days, 5))),
        "start": f"{start:02d}:15",
        "end": f"{start + 1:02d}:30",
        "location": {"place": random.choice(PLACES)},
    }


def _crews(random: Random, jobs: list[Record], volunteers: list[Record]) -> dict[int, tuple[int, ...]]:
    numbers = range(len(volunteers))
    return {
        job: tuple(sorted(random.sample(numbers, min(len(volunteers), random.choice((1, 1, 1, 2))))))
        for job in range(len(jobs))
        if random.random() < 0.9
    }


def crowded() -> Instance:
    """Return three needs of classes 1 to 3 for a volunteer who has time for two of them."""
    person = builders.volunteer(windows=(builders.window("08:00", "10:00", "mon"),), visits_per_day=3)
    homes = [builders.household(f"H{i}", priority=i) for i in (1, 2, 3)]
    return builders.instance([person], homes, [builders.need(f"N{i}", f"H{i}") for i in (3, 1, 2)])


def plain(visits: Sequence[DatedVisit]) -> list[tuple[int, int, int, int]]:
    """Return need, number, day and start of visits, as the oracle reads them."""
    return [(visit.need, visit.index, visit.day, visit.start) for visit in visits]
