"""Random tiny instances drawn over every feature of the contract."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from pairsolve.instance import Instance
from pairsolve.rules import DAY_NAMES

Record = dict[str, Any]
KINDS = ("targets", "neighbour", "continuity", "travel", "preference", "balance", "faces")
CHANNELS = ("home", "phone", "site")


def random_instance(seed: int) -> Instance:
    """Return the tiny instance of a seed; the same seed always gives the same instance.

    Two to five volunteers, one to four households, one to six needs, at most one event, and windows
    of a few hours, so that capacities and schedules are tight.
    """
    return Instance.model_validate(_Draw(Random(seed)).records())


class _Draw:
    """One instance in the making; every method draws one part of it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.days = random.choice((1, 2, 3, 5, 7, 7, 7, 10, 14, 14, 21))
        self.first = date(2026, 3, 2) + timedelta(days=random.randrange(7))
        self.night = self.chance(0.05)  # a night shift over a change of the clock
        if self.night:
            self.first = random.choice((date(2026, 3, 28), date(2026, 10, 24), date(2026, 3, 29), date(2026, 10, 25)))
        elif self.chance(0.1):
            self.first = random.choice((date(2027, 1, 30), date(2026, 1, 31), date(2028, 2, 29), date(2026, 12, 25)))
        self.hour = 0 if self.night else 8
        self.matrix = self.chance(0.25)
        self.places: list[str] = []
        self.last = self.first + timedelta(days=self.days - 1)
        self.volunteers = [f"V{i + 1}" for i in range(random.choice((2, 3, 3, 4, 4, 5)))]
        self.households = [f"H{i + 1}" for i in range(random.choice((1, 2, 2, 3, 3, 4)))]
        self.areas = ["A1", "A2", "A3"] if self.chance(0.6) else []
        self.teams = ["T1", "T2", "T3"] if self.chance(0.5) else []
        self.centre = self.chance(0.12)  # most help is given in one small centre with short opening hours
        self.sites = [f"S{i + 1}" for i in range(1 if self.centre else random.choice((0, 0, 1, 1, 2)))]

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def some(self, pool: list[str] | tuple[str, ...], share: float) -> list[str]:
        return [item for item in pool if self.chance(share)]

    def records(self) -> Record:
        services = [self.service(f"K{i + 1}") for i in range(self.random.randint(1, 3))]
        volunteers = [self.volunteer(name, [s["id"] for s in services]) for name in self.volunteers]
        households = [self.household(name) for name in self.households]
        sites = [self.site(name) for name in self.sites]
        count = max(len(households), self.random.choice((2, 3, 3, 4, 4, 5, 6)))
        needs = [self.need(f"N{i + 1}", i, services) for i in range(count)]
        events = [self.event("E1", services)] if self.chance(0.3) else []
        pairs = self.pairs()
        made: Record = {
            "horizon": self.horizon(),
            "areas": [
                {"id": name, "parent": parent, "travel_factor": self.random.choice((0.8, 1.0, 1.0, 1.4))}
                for name, parent in zip(self.areas, (None, "A1", self.random.choice(("A1", "A2"))), strict=False)
            ],
            "teams": [
                {"id": name, "parent": parent}
                for name, parent in zip(self.teams, (None, "T1", self.random.choice((None, "T2"))), strict=False)
            ],
            "services": services,
            "volunteers": volunteers,
            "households": households,
            "sites": sites,
            "needs": needs,
            "events": events,
            "pairs": pairs,
            "rules": self.rules(services, bool(pairs)),
        }
        if self.chance(0.55):
            made["objective"] = self.objective()
        if self.matrix:
            made["travel"] = {"metric": self.table()}
        return made

    def horizon(self) -> Record:
        made: Record = {
            "first_day": self.first,
            "last_day": self.last,
            "day_start": self.hour * 60,
            "day_end": (self.hour + self.random.choice((2, 3, 4))) * 60,
            "slot_minutes": 60,
        }
        if self.night:
            made["time_zone"] = "Europe/Berlin"
        if self.days > 2 and self.chance(0.3):
            made["closed_days"] = [self.day() for _ in range(self.random.randint(1, 2))]
        return made

    def day(self) -> date:
        return self.first + timedelta(days=self.random.randrange(self.days))

    def location(self) -> Record:
        if self.matrix:
            self.places.append(f"P{len(self.places) + 1}")
            return {"place": self.places[-1]}
        east, north = self.random.randrange(5), self.random.randrange(5)
        return {"lat": 30.0 + 0.004 * north, "lon": 114.0 + 0.0045 * east}

    def table(self) -> Record:
        size = range(len(self.places))
        minutes = [
            [0.0 if i == j else self.random.choice((2.5, 5.0, 12.0, 20.0, 29.4, 40.0)) for j in size] for i in size
        ]
        return {"kind": "matrix", "places": self.places, "minutes": minutes}

    def span(self) -> Record:
        start = self.hour + self.random.choice((0, 0, 1, 2))
        begin = start * 60 + self.random.choice((0, 0, 0, 30))
        return {"start": begin, "end": begin + self.random.choice((60, 90, 120, 120, 180))}

    def windows(self) -> list[Record]:
        made = []
        for _ in range(self.random.choice((1, 1, 2))):
            days = sorted(self.random.sample(range(7), self.random.choice((3, 4, 5, 7, 7))))
            made.append({**self.span(), "days": [DAY_NAMES[day] for day in days]})
        return made

    def exceptions(self) -> list[Record]:
        first = self.day()
        last = {"last": first + timedelta(days=self.random.randrange(4))} if self.chance(0.5) else {}
        return [{"first": first, **last, "windows": [self.span()] if self.chance(0.4) else []}]

    def skills(self, share: float) -> list[Record]:
        return [{"skill": name, "level": self.random.choice((1, 1, 2))} for name in self.some(("sign", "care"), share)]

    def service(self, name: str) -> Record:
        shares = (10, 10, 80) if self.centre else (70, 15, 15 if self.sites else 0)
        channel = self.random.choices(CHANNELS, shares)[0]
        minutes = self.random.choice((30, 45, 60, 60, 90))
        return {"id": name, "minutes": minutes, "channel": channel, "skills": self.skills(0.1)}

    def site(self, name: str) -> Record:
        made: Record = {"id": name, "location": self.location()}
        if self.centre or self.chance(0.5):
            made["capacity"] = self.random.choice((1, 1, 1, 2))
        if self.centre:
            days = sorted(self.random.sample(range(7), self.random.randint(2, 4)))
            begin = self.hour * 60 + 60
            made["windows"] = [{"start": begin, "end": begin + 90, "days": [DAY_NAMES[day] for day in days]}]
        elif self.chance(0.4):
            made["windows"] = self.windows()
        if self.areas and self.chance(0.5):
            made["area"] = self.random.choice(self.areas)
        return made

    def volunteer(self, name: str, services: list[str]) -> Record:
        choice = self.random.choice
        made: Record = {
            "id": name,
            "location": self.location(),
            "mode": choice(("walk", "walk", "ebike", "bus")),
            "reach_minutes": choice((30, 60, 60, 90)),
            "max_households": choice((1, 1, 2, 2, 3, 4, 0) if self.chance(0.2) else (1, 2, 2, 3)),
            "visits_per_day": choice((1, 1, 2, 3)),
        }
        ends = (None, None, None, self.last, self.last - timedelta(days=1))
        made["skills"] = [
            {"skill": skill, "level": choice((1, 2, 2, 3)), "expires": choice(ends)}
            for skill in self.some(("sign", "care"), 0.8)
        ]
        made["traits"] = self.some(("female", "zhuang"), 0.8)
        optional = {
            "windows": (0.15 if self.centre else 0.5, self.windows),
            "exceptions": (0.15, self.exceptions),
            "channels": (0.1, lambda: self.random.sample(CHANNELS, self.random.randint(1, 2))),
            "minutes_per_week": (0.15, lambda: choice((90, 120, 180, 240))),
            "minutes_per_month": (0.12, lambda: choice((120, 180, 240, 400))),
            "visits_per_week": (0.2, lambda: choice((1, 2, 2, 3))),
            "head_count": (0.1, lambda: choice((2, 3))),
            "household": (0.12, lambda: choice(self.households)),
            "preferred_services": (0.25, lambda: self.some(services, 0.5)),
        }
        for field, (share, draw) in optional.items():
            if self.chance(share):
                made[field] = draw()
        if made["max_households"] and self.chance(0.03):
            made["min_households"] = 1
        if self.areas and self.chance(0.7):
            made["area"] = choice(self.areas)
        if self.teams and self.chance(0.8):
            made["team"] = choice(self.teams)
        return made

    def household(self, name: str) -> Record:
        made: Record = {"id": name, "location": self.location(), "priority": self.random.randint(1, 3)}
        optional = {
            "tags": (0.4, lambda: ["fragile"]),
            "required_traits": (0.12, lambda: self.random.sample(("female", "zhuang"), 1)),
            "refused": (0.15, lambda: self.some(self.volunteers, 0.3)),
            "preferred": (0.3, lambda: self.some(self.volunteers, 0.4)),
            "windows": (0.1 if self.centre else 0.25, self.windows),
            "exceptions": (0.15, self.exceptions),
            "max_volunteers": (0.2, lambda: self.random.randint(1, 2)),
        }
        for field, (share, draw) in optional.items():
            if self.chance(share):
                made[field] = draw()
        made["preferred"] = [name for name in made.get("preferred", ()) if name not in made.get("refused", ())]
        if self.areas and self.chance(0.8):
            made["area"] = self.random.choice(self.areas)
        return made

    def crew(self) -> Record:
        low = self.random.choice((1, 1, 1, 2))
        made: Record = {"min": low}
        if self.chance(0.4):
            made["max"] = low + self.random.randint(0, 2)
        if self.chance(0.35):
            seats = made.get("max", 3)
            roles = []
            for name in ("lead", "helper")[: self.random.randint(1, 2)]:
                count = self.random.choice((1, 1, 1, 2))
                if count <= seats:
                    seats -= count
                    roles.append(
                        {
                            "role": name,
                            "count": count,
                            "skills": self.skills(0.2),
                            "traits": self.some(("female",), 0.2),
                        }
                    )
            made["roles"] = roles
        return made

    def frequency(self) -> Record:
        per = self.random.choice(("week", "month", "horizon"))
        count = self.random.choice((1, 1, 2)) if per == "week" else self.random.choice((1, 2, 3, 4))
        made: Record = {"count": count, "per": per, "min_percent": self.random.choice((34, 50, 75, 100))}
        if self.chance(0.4):
            made["min_gap_days"] = self.random.choice((2, 3, 5))
        if self.chance(0.3):
            made["max_gap_days"] = made.get("min_gap_days", 1) + self.random.choice((0, 2, 4))
        return made

    def need(self, name: str, number: int, services: list[Record]) -> Record:
        service = self.random.choice(services)
        # every household gets a need, except now and then the last one
        home = (
            self.households[number]
            if number < len(self.households) and self.chance(0.9)
            else self.random.choice(self.households)
        )
        made: Record = {"id": name, "household": home, "service": service["id"], "visits": self.frequency()}
        channel = service["channel"]
        if self.chance(0.1):
            made["channel"] = channel = self.random.choice(CHANNELS if self.sites else CHANNELS[:2])
        if channel == "site":
            made["site"] = self.random.choice(self.sites)
        optional = {
            "crew": (0.35, self.crew),
            "minutes": (0.2, lambda: self.random.choice((30, 60, 75, 120))),
            "windows": (0.1, self.windows),
            "priority": (0.2, lambda: self.random.randint(1, 3)),
            "skills": (0.1, lambda: self.skills(0.5)),
        }
        for field, (share, draw) in optional.items():
            if self.chance(share):
                made[field] = draw()
        return made

    def event(self, name: str, services: list[Record]) -> Record:
        start = (self.hour + self.random.randrange(3)) * 60 + self.random.choice((0, 30))
        made: Record = {"id": name, "day": self.day(), "start": start, "end": start + self.random.choice((45, 60, 90))}
        made["priority"] = self.random.randint(1, 3)
        if self.sites and self.chance(0.5):
            made["site"] = self.random.choice(self.sites)
        else:
            made["location"] = self.location()
        if self.chance(0.5):
            made["service"] = self.random.choice(services)["id"]
        if self.chance(0.4):
            made["crew"] = self.crew()
        if self.chance(0.2):
            made["skills"] = self.skills(0.5)
        if self.areas and self.chance(0.6):
            made["area"] = self.random.choice(self.areas)
        return made

    def pairs(self) -> list[Record]:
        if not self.chance(0.5):
            return []
        every = [(v, h) for v in self.volunteers for h in self.households]
        chosen = self.random.sample(every, min(len(every), self.random.randint(1, 3)))
        return [
            {"volunteer": v, "household": h, "locked": self.chance(0.05), "value": self.random.randint(0, 3)}
            for v, h in chosen
        ]

    def rules(self, services: list[Record], running: bool) -> list[Record]:
        choice, rules = self.random.choice, []
        names = [service["id"] for service in services]
        area = {"area": choice(self.areas)} if self.areas and self.chance(0.5) else {}
        service = {"service": choice(names)} if self.chance(0.5) else {}
        if self.chance(0.6):
            rules.append(
                {"kind": "neighbour", "minutes": choice((5, 15, 25)), "mode": choice(("walk", "ebike")), **area}
            )
        if self.chance(0.4):
            measure = (
                {"share": choice((0.3, 0.5, 0.7, 0.9, 1.0))}
                if self.chance(0.5)
                else {"count": self.random.randint(1, 8)}
            )
            rules.append({"kind": "target", "unit": choice(("needs", "visits")), **measure, **area, **service})
        if self.teams and self.chance(0.35):
            low = choice((0, 0, 0, 1))
            most = {"max_pairs": low + self.random.randint(0, 2)} if low == 0 or self.chance(0.5) else {}
            rules.append({"kind": "team_quota", "team": choice(self.teams), "min_pairs": low, **most})
        if self.teams and self.areas and self.chance(0.25):
            allowed = self.random.sample(self.areas, self.random.randint(1, 2))
            rules.append({"kind": "team_scope", "team": choice(self.teams), "areas": allowed})
        if self.chance(0.3 if running else 0.04):
            bounds = {"max_ended": choice((0, 1, 2)), "max_new": choice((1, 2, 3))}
            rules.append(
                {"kind": "change_budget", **{k: bounds[k] for k in self.some(tuple(bounds), 0.5) or ("max_new",)}}
            )
        if self.chance(0.15):
            rules.append({"kind": "two_person", **({"tag": "fragile"} if self.chance(0.7) else {}), **service})
        if self.chance(0.15):
            people, homes = self.random.sample(self.volunteers, 1), self.random.sample(self.households, 1)
            rules.append({"kind": "apart", "volunteers": people, "households": homes})
        return [{"id": f"R{number}", **rule} for number, rule in enumerate(rules)]

    def objective(self) -> list[Record]:
        kinds = self.random.sample(KINDS, self.random.randint(2, len(KINDS)))
        tiers: list[Record] = []
        while kinds:
            taken = kinds[: self.random.choice((1, 1, 2, 3))]
            kinds = kinds[len(taken) :]
            tiers.append({"terms": [{"kind": kind, "weight": self.random.randint(1, 5)} for kind in taken]})
        if self.chance(0.95):
            position = 0 if self.chance(0.9) else self.random.randint(0, len(tiers))
            tiers.insert(position, {"terms": [{"kind": "coverage", "weight": self.random.choice((1, 1, 3))}]})
        return tiers
