"""What help there is and who asks for it: services, skills and the table of needs by category of disability.

The table of needs and the rhythm are assumptions: no counted source was found (instances/README.md names each).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pairsolve.generate.dice import Floats
from pairsolve.instance import Frequency, Service, SkillLevel
from pairsolve.rules import Channel, DayName, Window

CATEGORIES = ("physical", "visual", "mental", "intellectual", "hearing", "multiple", "speech")
CATEGORY_SHARES = (0.56, 0.10, 0.10, 0.09, 0.075, 0.05, 0.025)
GRADE_SHARES = (0.15, 0.29, 0.27, 0.29)

WEEKLY, FORTNIGHTLY, MONTHLY, ONCE = range(4)
RHYTHMS = (
    Frequency(count=1, per="week", min_gap_days=4, max_gap_days=14),
    Frequency(count=2, per="month", min_gap_days=7, max_gap_days=21),
    Frequency(count=1, per="month"),
    Frequency(count=1, per="horizon"),
)

_WORKDAYS: tuple[DayName, ...] = ("mon", "tue", "wed", "thu", "fri")
_WEEKEND: tuple[DayName, ...] = ("sat", "sun")
CLINIC_HOURS = (Window(start=480, end=1050, days=_WORKDAYS),)
AFTER_SCHOOL = (Window(start=960, end=1230, days=_WORKDAYS), Window(start=510, end=1230, days=_WEEKEND))
DAYTIME = (Window(start=540, end=1080),)


@dataclass(frozen=True, slots=True)
class Help:
    """A kind of help: its catalogue entry, how often at most, and who asks for it.

    Parameters
    ----------
    service
        The catalogue entry.
    fastest
        The quickest rhythm that makes sense for it, whatever the grade.
    weights
        How often each category asks for it, in the order of `CATEGORIES`; relative numbers.
    elderly
        Added to the weight for people of 60 and more.
    ages
        Who asks at all: child, adult, elderly.
    severe_only
        Whether only grades 1 and 2 ask.
    windows
        When it makes sense; any time if empty.
    """

    service: Service
    fastest: int
    weights: tuple[float, ...]
    elderly: float = 0.0
    ages: tuple[bool, bool, bool] = (True, True, True)
    severe_only: bool = False
    windows: tuple[Window, ...] = ()


def _help(
    id_: str, name: str, category: str, minutes: int, fastest: int, weights: tuple[float, ...], *, skill: str = "",
    channel: Channel = "home", elderly: float = 0.0, ages: tuple[bool, bool, bool] = (True, True, True),
    severe_only: bool = False, windows: tuple[Window, ...] = (),
) -> Help:  # fmt: skip
    skills = (SkillLevel(skill=skill),) if skill else ()
    service = Service(id=id_, name=name, category=category, minutes=minutes, channel=channel, skills=skills)
    return Help(service, fastest, weights, elderly, ages, severe_only, windows)


NO_CHILD = (False, True, True)
#   categories:                                                          phys vis  ment intel hear mult speech
CATALOGUE: tuple[Help, ...] = (
    _help("housekeeping", "家务清洁 housekeeping", "living", 60, FORTNIGHTLY, (16, 14, 6, 6, 5, 14, 5), elderly=6),
    _help("errands", "代购跑腿 shopping and errands", "living", 45, WEEKLY, (14, 15, 13, 4, 16, 11, 18)),
    _help("repairs", "水电维修 repairs", "living", 60, MONTHLY, (2, 2, 1, 1, 3, 1, 3), skill="repair"),
    _help("transport", "接送出行 transport", "living", 60, FORTNIGHTLY, (5, 2, 1, 1, 0, 6, 0), skill="driving"),
    _help("haircut", "理发 haircut", "living", 30, MONTHLY, (2.5, 2.5, 2.5, 2.5, 2, 4, 2),
          skill="hairdressing", elderly=1),
    _help("bathing", "助浴 assisted bathing", "care", 60, FORTNIGHTLY, (1.5, 0, 0, 0.5, 0, 6, 0), severe_only=True,
          windows=DAYTIME),
    _help("rehabilitation", "康复训练 rehabilitation", "health", 60, WEEKLY, (4.5, 0, 1, 2, 1, 4, 1),
          skill="rehabilitation"),
    _help("home_medical", "上门医疗 home medical visit", "health", 45, FORTNIGHTLY, (2.5, 1, 3, 1, 1, 4, 1),
          skill="nursing", elderly=1.5),
    _help("massage", "按摩 massage", "health", 45, FORTNIGHTLY, (1.5, 0.5, 0, 0, 0, 1, 0), skill="massage", elderly=1),
    _help("escort", "陪同就医 escort to hospital", "health", 150, MONTHLY, (5, 4, 3, 2, 3, 6, 3), windows=CLINIC_HOURS),
    _help("device_training", "辅具训练 assistive-device training", "health", 60, FORTNIGHTLY, (1, 1.5, 0, 0, 2, 1, 1),
          skill="assistive_devices"),
    _help("counselling", "心理疏导 counselling", "mind", 45, FORTNIGHTLY, (1, 1.5, 4, 1, 1.5, 1, 1.5),
          skill="psychology"),
    _help("company", "陪伴聊天 company", "mind", 60, WEEKLY, (8, 10, 18, 18, 7, 9, 9)),
    _help("phone", "电话问候 phone greeting", "mind", 15, WEEKLY, (15, 16, 13, 9, 0, 10, 0), channel="phone",
          elderly=4),
    _help("culture", "文体活动 culture, reading and sport", "culture", 60, FORTNIGHTLY, (6, 10, 9, 15, 16, 5, 12)),
    _help("tutoring", "课业辅导 tutoring", "learning", 90, WEEKLY, (40,) * 7, skill="tutoring",
          ages=(True, False, False), windows=AFTER_SCHOOL),
    _help("job_training", "就业培训 job training", "learning", 120, FORTNIGHTLY, (1.5, 2, 2, 4, 4, 1, 4),
          channel="site", skill="job_coach", ages=(False, True, False)),
    _help("legal", "法律援助 legal aid", "rights", 45, ONCE, (1, 0.7, 0.6, 0.6, 1, 0.6, 1), skill="legal",
          ages=NO_CHILD),
    _help("barrier_removal", "无障碍改造 barrier removal", "home", 180, ONCE, (1.2, 1, 0, 0, 0.5, 1.5, 0)),
    _help("guide", "助盲出行 guide for the blind", "access", 90, FORTNIGHTLY, (0, 5, 0, 0, 0, 0.5, 0), skill="guide"),
    _help("sign_language", "手语陪同 sign language", "access", 60, MONTHLY, (0, 0, 0, 0, 7, 0.5, 5),
          skill="sign_language"),
    _help("circle_visit", "半小时服务圈走访 half-hour circle visit", "station", 30, MONTHLY, (0,) * 7),
)  # fmt: skip
SERVICES = tuple(help_.service.id for help_ in CATALOGUE)
NUMBER = {service: number for number, service in enumerate(SERVICES)}

# Share of volunteers who have a skill; the first ten from the recipe, the others assumed.
SKILL_SHARES = {
    "hairdressing": 0.03, "nursing": 0.05, "rehabilitation": 0.04, "psychology": 0.02, "driving": 0.20,
    "sign_language": 0.003, "guide": 0.005, "tutoring": 0.08, "legal": 0.01, "repair": 0.03,
    "massage": 0.015, "assistive_devices": 0.015, "job_coach": 0.015, "party_worker": 0.05, "social_worker": 0.04,
}  # fmt: skip
# Which teams people with a skill come from, relatively; a team kind not named has weight 1.
SKILL_TEAMS: dict[str, dict[str, float]] = {
    "hairdressing": {"association": 4, "company": 2},
    "nursing": {"hospital": 40, "station": 2},
    "rehabilitation": {"hospital": 20, "station": 8},
    "psychology": {"hospital": 8, "school": 4},
    "sign_language": {"association": 8, "school": 3},
    "guide": {"association": 5, "school": 3},
    "tutoring": {"school": 15},
    "legal": {"company": 4, "station": 4},
    "repair": {"company": 4},
    "massage": {"association": 30},
    "assistive_devices": {"hospital": 8, "station": 6, "association": 4},
    "job_coach": {"company": 6, "station": 6, "school": 3},
    "party_worker": {"station": 40, "neighbours": 1, "school": 0, "company": 0, "hospital": 0, "association": 0},
    "social_worker": {"station": 40, "neighbours": 1, "school": 0, "company": 0, "hospital": 0, "association": 0},
}
# Skills that rest on a certificate with a last day.
CERTIFIED = ("nursing", "rehabilitation", "psychology", "social_worker", "job_coach")


def grade_table() -> Floats:
    """Return shares of the grades 1 to 4 per category, whose mixture is the published one.

    Mental and intellectual disability is shifted to grade 2, hearing and speech to grade 1; the other
    categories take what remains, so that the shares over all people are kept.
    """
    shifted = {
        "mental": (0.10, 0.45, 0.25, 0.20),
        "intellectual": (0.10, 0.45, 0.25, 0.20),
        "hearing": (0.35, 0.25, 0.20, 0.20),
        "speech": (0.35, 0.25, 0.20, 0.20),
    }
    share = dict(zip(CATEGORIES, CATEGORY_SHARES, strict=True))
    rest = np.array(GRADE_SHARES)
    for category, grades in shifted.items():
        rest = rest - share[category] * np.array(grades)
    rest = rest / (1.0 - sum(share[category] for category in shifted))
    return np.array([shifted.get(category, rest) for category in CATEGORIES])
