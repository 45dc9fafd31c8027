"""Days, periods and start masks, against a minute-by-minute recount."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import window
from hypothesis import given
from hypothesis import strategies as st

from pairsolve.calendar import Calendar
from pairsolve.instance import Event
from pairsolve.rules import DAY_NAMES, DatedException, Span, Window
from pairsolve.setting import Horizon


def calendar(first: str, last: str, **fields: Any) -> Calendar:
    """Return a calendar of a horizon."""
    return Calendar(Horizon(first_day=date.fromisoformat(first), last_day=date.fromisoformat(last), **fields))


def away(first: str, last: str | None = None, *spans: tuple[str, str]) -> DatedException:
    """Return an exception with windows, or none."""
    windows = [{"start": start, "end": end} for start, end in spans]
    return DatedException.model_validate({"first": first, "last": last, "windows": windows})


def starts(mask: int, slot: int) -> list[str]:
    """Return the start times of a mask."""
    return [f"{s * slot // 60:02d}:{s * slot % 60:02d}" for s in range(mask.bit_length()) if mask >> s & 1]


def true_minutes(zone: str, day: date) -> list[bool]:
    """Say for each wall-clock minute of a day whether it happens exactly once, by walking through UTC."""
    seen = [0] * 1440
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    for _ in range(54 * 60):
        local = moment.astimezone(ZoneInfo(zone))
        if local.date() == day:
            seen[local.hour * 60 + local.minute] += 1
        moment += timedelta(minutes=1)
    return [count == 1 for count in seen]


def recount(
    horizon: Horizon, windows: list[Window], exceptions: list[DatedException], minutes: int, day: date
) -> list[int]:
    """Return the possible starts of a day in minutes, by looking at every minute."""
    if day in horizon.closed_days:
        return []
    spans: list[tuple[int, int]] = [(w.start, w.end) for w in windows if DAY_NAMES[day.weekday()] in w.days]
    if not windows:
        spans = [(horizon.day_start, horizon.day_end)]
    for exception in exceptions:
        if exception.first <= day <= (exception.last or exception.first):
            spans = [(span.start, span.end) for span in exception.windows]
    inside = [any(first <= minute < last for first, last in spans) for minute in range(1440)]
    once = true_minutes(horizon.time_zone, day)
    free = [a and b for a, b in zip(inside, once, strict=True)]
    return [s for s in range(0, 1441 - minutes, horizon.slot_minutes) if all(free[s : s + minutes])]


clock = st.integers(0, 1440)
span = st.tuples(clock, clock).filter(lambda pair: pair[0] != pair[1]).map(sorted)
windows_of = st.lists(
    st.builds(
        lambda pair, days: Window(start=pair[0], end=pair[1], days=tuple(days)),
        span,
        st.lists(st.sampled_from(DAY_NAMES), min_size=1, unique=True),
    ),
    max_size=4,
)


@st.composite
def exceptions_of(draw: st.DrawFn, around: date) -> list[DatedException]:
    """Draw exceptions before, in and after the horizon."""
    found = []
    for _ in range(draw(st.integers(0, 3))):
        first = around + timedelta(days=draw(st.integers(-12, 12)))
        spans = tuple(Span(start=a, end=b) for a, b in draw(st.lists(span, max_size=2)))
        found.append(DatedException(first=first, last=first + timedelta(days=draw(st.integers(0, 5))), windows=spans))
    return found


@given(
    st.data(),
    st.sampled_from(
        [
            ("Asia/Shanghai", date(2026, 3, 4)),
            ("Europe/Berlin", date(2026, 3, 29)),
            ("Europe/Berlin", date(2026, 10, 25)),
            ("Australia/Lord_Howe", date(2026, 4, 5)),
            ("Australia/Lord_Howe", date(2026, 10, 4)),
            ("America/Sao_Paulo", date(2018, 2, 17)),
            ("America/Sao_Paulo", date(2018, 11, 4)),
            ("America/St_Johns", date(2010, 11, 7)),
        ]
    ),
    st.sampled_from([5, 10, 15, 20, 30, 60]),
    st.integers(1, 300),
)
def test_start_masks_equal_a_recount(data, zone_and_day, slot, minutes):
    """A start is possible when every minute of the visit is inside the windows and happens exactly once."""
    zone, middle = zone_and_day
    horizon = Horizon(
        first_day=middle - timedelta(days=1),
        last_day=middle + timedelta(days=1),
        time_zone=zone,
        slot_minutes=slot,
        closed_days=tuple(data.draw(st.lists(st.just(middle + timedelta(days=1)), max_size=1))),
    )
    windows, exceptions = data.draw(windows_of), data.draw(exceptions_of(middle))
    found = Calendar(horizon).start_masks(windows, exceptions, minutes)
    for number, mask in enumerate(found):
        day = horizon.first_day + timedelta(days=number)
        expected = [start // slot for start in recount(horizon, windows, exceptions, minutes, day)]
        assert [s for s in range(mask.bit_length()) if mask >> s & 1] == expected


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 366), st.sampled_from(["week", "month", "horizon"]))
def test_periods_cut_the_horizon(first, days, per):
    """Periods follow one another without gap, only the last one may be partial, and a month ends before its day."""
    cut = Calendar(Horizon(first_day=first, last_day=first + timedelta(days=days - 1))).periods(per)
    assert [p.first for p in cut] == [0, *(p.last for p in cut[:-1])]
    assert cut[-1].last == days
    assert all(p.last - p.first == p.nominal for p in cut[:-1])
    assert cut[-1].last - cut[-1].first <= cut[-1].nominal
    for p in cut:
        start = first + timedelta(days=p.first)
        if per == "week":
            assert p.nominal == 7
        elif per == "month" and first.day <= 28:
            assert start.day == first.day
            assert (start + timedelta(days=p.nominal)).day == first.day


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(1, 366),
    st.sampled_from(["week", "month", "horizon"]),
    st.integers(1, 40),
)
def test_visit_slots_are_pro_rata(first, days, per, count):
    """Whole periods hold `count` visits, a partial one its share with half rounded up, the first at least one."""
    of = Calendar(Horizon(first_day=first, last_day=first + timedelta(days=days - 1)))
    slots = of.visit_slots(count, per)
    assert [s.index for s in slots] == list(range(1, len(slots) + 1))
    for number, period in enumerate(of.periods(per)):
        share = count * (period.last - period.first) / period.nominal
        here = [s for s in slots if (s.first, s.last) == (period.first, period.last)]
        assert len(here) == max(int(share + 0.5 + 1e-9), 1 if number == 0 else 0)


def test_weeks_start_on_the_first_day():
    """A horizon from Wednesday has weeks from Wednesday to Tuesday, and a short last one."""
    of = calendar("2026-03-04", "2026-03-20")
    assert [(p.first, p.last, p.nominal) for p in of.periods("week")] == [(0, 7, 7), (7, 14, 7), (14, 17, 7)]
    assert [s.first for s in of.visit_slots(2, "week")] == [0, 0, 7, 7, 14]  # 3/7 of 2 visits are 0.86
    assert [s.first for s in of.visit_slots(1, "week")] == [0, 7]  # 3/7 of a visit are none


def test_month_ends():
    """A month from 31 January ends before 28 February, the next one before 31 March."""
    of = calendar("2026-01-31", "2026-04-29")
    assert [of.dates[p.first].isoformat() for p in of.periods("month")] == ["2026-01-31", "2026-02-28", "2026-03-31"]
    assert [(p.last - p.first, p.nominal) for p in of.periods("month")] == [(28, 28), (31, 31), (30, 30)]
    leap = calendar("2028-01-31", "2028-03-01")
    assert [leap.dates[p.first].isoformat() for p in leap.periods("month")] == ["2028-01-31", "2028-02-29"]


def test_half_a_visit_is_one_visit():
    """Half rounds up."""
    assert len(calendar("2026-02-01", "2026-03-14").visit_slots(1, "month")) == 1  # 14 of 31 days
    assert len(calendar("2026-04-01", "2026-05-15").visit_slots(1, "month")) == 1  # 15 of 31 days
    assert len(calendar("2026-05-01", "2026-06-15").visit_slots(1, "month")) == 2  # 15 of 30 days


def test_a_day_of_horizon():
    """A horizon of one day asks for one visit however rarely it is due."""
    assert len(calendar("2026-03-02", "2026-03-02").visit_slots(1, "month")) == 1


def test_touching_windows_count_as_one():
    """A visit may lie across two windows that touch, not across two with a gap."""
    of = calendar("2026-03-02", "2026-03-02", slot_minutes=30)
    touching = [window("08:00", "09:00"), window("09:00", "10:00")]
    assert starts(of.start_masks(touching, [], 90)[0], 30) == ["08:00", "08:30"]
    assert starts(of.start_masks([window("08:00", "09:00"), window("09:01", "10:00")], [], 90)[0], 30) == []


def test_end_of_the_day():
    """A window may end at 24:00; a visit that ends then ends on the next day's midnight."""
    of = calendar("2026-03-02", "2026-03-02", slot_minutes=15)
    assert starts(of.start_masks([window("23:00", "24:00")], [], 45)[0], 15) == ["23:00", "23:15"]
    assert of.moment(0, 1440).isoformat() == "2026-03-03T00:00:00+08:00"


def test_starts_are_on_the_grid():
    """A window that begins off the grid begins at the next slot."""
    of = calendar("2026-03-02", "2026-03-02", slot_minutes=60)
    assert starts(of.start_masks([window("08:01", "11:00")], [], 60)[0], 60) == ["09:00", "10:00"]


def test_exceptions_replace_the_day():
    """An exception replaces the weekly windows of its days, the later one wins, and none means away."""
    of = calendar("2026-03-02", "2026-03-06", slot_minutes=60)
    exceptions = [away("2026-03-03", "2026-03-05"), away("2026-03-04", None, ("14:00", "15:00"))]
    masks = of.start_masks([window("08:00", "10:00", "mon", "wed", "fri")], exceptions, 60)
    assert [starts(mask, 60) for mask in masks] == [["08:00", "09:00"], [], ["14:00"], [], ["08:00", "09:00"]]


@pytest.mark.parametrize("days", [("2026-02-20", "2026-02-26"), ("2026-01-01", "2026-03-01"), ("2026-04-01", None)])
def test_exceptions_outside_the_horizon(days):
    """Bug: an exception that ended before the first day took days out of the horizon."""
    of = calendar("2026-03-02", "2026-03-06")
    assert of.start_masks([], [away(*days)], 60) == of.start_masks([], [], 60)


def test_closed_days_and_the_ordinary_day():
    """No windows mean the ordinary day; closed days have no starts; a need's default is any time."""
    of = calendar(
        "2026-03-02", "2026-03-03", closed_days=(date(2026, 3, 3),), day_start=540, day_end=600, slot_minutes=60
    )
    assert [starts(mask, 60) for mask in of.start_masks([], [], 60)] == [["09:00"], []]
    assert [mask.bit_count() for mask in of.anytime_masks([], 60)] == [24, 0]
    assert of.open_at([], [], 1, 540, 600)  # an event may be on a closed day
    assert not of.open_at([], [], 1, 540, 601)


@pytest.mark.parametrize(
    ("zone", "day", "odd"),
    [
        ("Europe/Berlin", "2026-03-29", (120, 180)),
        ("Europe/Berlin", "2026-10-25", (120, 180)),
        ("America/Sao_Paulo", "2018-11-04", (0, 60)),
        ("America/Sao_Paulo", "2018-02-17", (1380, 1440)),
        ("Australia/Lord_Howe", "2026-10-04", (120, 150)),
        ("Australia/Lord_Howe", "2026-04-05", (90, 120)),
        ("America/St_Johns", "2010-11-06", (1381, 1440)),
        ("Pacific/Apia", "2011-12-30", (0, 1440)),
        ("Asia/Shanghai", "2026-03-29", None),
    ],
)
def test_clock_changes(zone, day, odd):
    """No visit touches the stretch that the clock skips or repeats, in either direction, half hours included."""
    of = calendar(day, day, time_zone=zone, slot_minutes=5)
    mask = of.anytime_masks([], 1)[0]
    blocked = [s * 5 for s in range(288) if not mask >> s & 1]
    assert blocked == ([m for m in range(0, 1440, 5) if odd[0] <= m < odd[1]] if odd else [])


def test_moments_carry_their_offset():
    """The same wall-clock time has another offset after the change."""
    of = calendar("2026-03-28", "2026-03-30", time_zone="Europe/Berlin")
    assert [of.moment(day, 600).isoformat()[-6:] for day in range(3)] == ["+01:00", "+02:00", "+02:00"]


def test_event_day():
    """Event days are counted from the first day of the horizon."""
    event = Event.model_validate(
        {"id": "E", "day": "2026-03-05", "start": "09:00", "end": "10:00", "location": {"lat": 0.0, "lon": 0.0}}
    )
    assert calendar("2026-03-02", "2026-03-06").event_day(event) == 3
