"""One cell: from what a spreadsheet holds to what the contract wants, and back.

Friendly text first; whatever it could not say without loss is written as JSON, which is always understood.
No message repeats what a cell holds, because it may be about a person.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from pairsolve.rules import DAY_NAMES

LARGEST_EXACT = 2**53
_SEPARATORS = re.compile(r"[;；、\n]|[,，]")
_GROUPS = re.compile(r"[;；\n]")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_CLOCK = re.compile(r"(\d{1,2})\s*[:：]\s*(\d{2})(?:[:：]00)?")
_WINDOW = re.compile(r"(?:(.*?)\s+)?(\d{1,2}[:：]\d{2})\s*[-–—~～至到]\s*(\d{1,2}[:：]\d{2})")
_FLAGS = {
    "是": True, "有": True, "true": True, "yes": True, "y": True, "1": True, "√": True,
    "否": False, "无": False, "false": False, "no": False, "n": False, "0": False,
}  # fmt: skip
_WORDS = {
    "上门": "home", "入户": "home", "电话": "phone", "到站": "site", "站点": "site",
    "每周": "week", "周": "week", "每月": "month", "月": "month", "计划期": "horizon",
    "步行": "walk", "自行车": "bike", "电动车": "ebike", "公交": "bus", "汽车": "car", "开车": "car",
}  # fmt: skip
_OFFERED = {
    "channel": ("home", "phone", "site"), "visits_per": ("week", "month", "horizon"),
    "mode": ("walk", "bike", "ebike", "bus", "car"), "rural": ("yes", "no"), "locked": ("yes", "no"),
}  # fmt: skip
_TRANSLATED = frozenset({"channel", "channels", "visits_per", "mode"})


def parse(kind: str, key: str, value: Any) -> Any:
    """Return a cell as the contract wants it.

    Raises
    ------
    ValueError
        When it cannot be understood; the message says what would be right, and never repeats the cell.
    """
    if isinstance(value, str):
        value = value.strip()
        if value[:1] == '"' or (value[:1] in "[{" and kind not in ("text", "int", "float")):
            return _json(value)
        if value[:1] == "'" and value[1:2] in tuple("=+-@"):
            value = value[1:]
    parsed = _READERS[kind](value)
    if key in _TRANSLATED:
        return [_WORDS.get(word, word) for word in parsed] if isinstance(parsed, list) else _WORDS.get(parsed, parsed)
    return parsed


def write(kind: str, key: str, value: Any) -> str | int | float:
    """Return a value of the contract (as `model_dump(mode="json")` gives it) as a cell that `parse` reads back."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    friendly = _WRITERS.get(kind, str)(value)
    try:
        same = bool(friendly) and parse(kind, key, friendly) == value
    except ValueError:
        same = False
    return friendly if same else json.dumps(value, ensure_ascii=False)


def offered(key: str, language: str) -> tuple[str, ...]:
    """Return the words that a drop-down list offers for a column, in a language; none where anything may stand.

    Examples
    --------
    >>> offered("visits_per", "en"), offered("visits_per", "zh")
    (('week', 'month', 'horizon'), ('每周', '每月', '计划期'))
    """
    words = _OFFERED.get(key, ())
    if language != "zh":
        return words
    chinese = {meaning: word for word, meaning in reversed(_WORDS.items())} | {"yes": "是", "no": "否"}
    return tuple(chinese.get(word, word) for word in words)


def is_empty(value: Any) -> bool:
    """Say whether a cell holds nothing."""
    return value is None or (isinstance(value, str) and not value.strip())


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("begins like JSON but is none; correct brackets and quotation marks") from None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value) or abs(value) >= LARGEST_EXACT:
            raise ValueError("is a number that has lost digits; format the column as text and enter it again")
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime | date):
        raise ValueError("is a date, where a text is wanted; format the column as text and enter it again")
    if str(value).startswith("#") and str(value).rstrip("!?").isupper():
        raise ValueError("is an error of a formula; enter the value itself")
    if "\ufffd" in str(value):
        raise ValueError("has characters that were lost; save the file again as UTF-8")
    return str(value)


def _number(value: Any) -> float:
    if isinstance(value, str):
        try:
            value = float(value.rstrip("°NE北东 ").replace("，", "").replace("−", "-"))
        except ValueError:
            raise ValueError("must be a number") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("must be a number")
    return float(value)


def _whole(value: Any) -> int:
    number = _number(value)
    if not number.is_integer():
        raise ValueError("must be a whole number")
    return int(number)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = _text(value).casefold()
    if word not in _FLAGS:
        raise ValueError("must be yes or no (是 or 否)")
    return _FLAGS[word]


def _day(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        raise ValueError("is a bare number; format the cell as a date, or write YYYY-MM-DD")
    match = _DAY.fullmatch(value)
    if not match:
        raise ValueError("must be a day, written YYYY-MM-DD")
    try:
        return date(*(int(part) for part in match.groups())).isoformat()
    except ValueError:
        raise ValueError("is a day that does not exist in the calendar") from None


def _clock(value: Any) -> str:
    if isinstance(value, datetime | time):
        return f"{value.hour:02d}:{value.minute:02d}"
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    match = _CLOCK.fullmatch(str(value).strip())
    if not match or int(match[1]) * 60 + int(match[2]) > 1440 or int(match[2]) > 59:
        raise ValueError("must be a time of day, from 00:00 to 24:00")
    return f"{int(match[1]):02d}:{match[2]}"


def _list(value: Any) -> list[str]:
    return [part.strip() for part in _SEPARATORS.split(_text(value)) if part.strip()]


def _skills(value: Any) -> list[dict[str, Any]]:
    found = []
    for part in _list(value):
        match = re.fullmatch(r"(.+?)(?:[:：](\d+))?(?:@(.+))?", part)
        held: dict[str, Any] = {"skill": match[1].strip() if match else part}
        if match and match[2]:
            held["level"] = int(match[2])
        if match and match[3]:
            held["expires"] = _day(match[3])
        found.append(held)
    return found


def _windows(value: Any) -> list[dict[str, Any]]:
    found = []
    for part in filter(str.strip, _GROUPS.split(_text(value))):
        match = _WINDOW.fullmatch(part.strip())
        if not match:
            raise ValueError('must be windows such as "mon-fri 09:00-12:00; sat 08:30-10:00"')
        window: dict[str, Any] = {"start": _clock(match[2]), "end": _clock(match[3])}
        if match[1]:
            window["days"] = _weekdays(match[1])
        found.append(window)
    return found


def _weekdays(text: str) -> list[str]:
    plain = re.sub("周|星期|礼拜", "", text.casefold()).replace("天", "日")
    for position, name in enumerate("一二三四五六日"):
        plain = plain.replace(name, f",{DAY_NAMES[position]},")
    plain = re.sub(r",*\s*[-–~至到]\s*,*", "-", plain)
    found: list[str] = []
    for part in filter(None, re.split(r"[,，、\s]+", plain)):
        ends = [end[:3] for end in part.split("-")]
        if len(ends) > 2 or any(end not in DAY_NAMES for end in ends):
            raise ValueError("names a weekday that does not exist; write mon, tue … or 周一, 周二 …")
        first, last = (DAY_NAMES.index(end) for end in (ends[0], ends[-1]))
        if last < first:
            raise ValueError("has a range of weekdays that runs backwards; name the days one by one")
        found += DAY_NAMES[first : last + 1]
    return found


def _exceptions(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, datetime | date):
        return [{"first": _day(value)}]
    found = []
    for part in filter(str.strip, _GROUPS.split(_text(value))):
        days = [_day(day.strip()) for day in part.split("..")]
        if len(days) > 2:
            raise ValueError('must be days away such as "2027-03-01..2027-03-05; 2027-03-12"')
        found.append({"first": days[0], **({"last": days[1]} if len(days) == 2 else {})})
    return found


def _plain_json(value: Any) -> Any:
    return _json(_text(value))


def _write_skills(value: list[dict[str, Any]]) -> str:
    parts = []
    for held in value:
        level = f":{held['level']}" if "level" in held else ""
        parts.append(held["skill"] + level + (f"@{held['expires']}" if held.get("expires") else ""))
    return "; ".join(parts)


def _write_windows(value: list[dict[str, Any]]) -> str:
    return "; ".join(f"{','.join(w['days']) + ' ' if 'days' in w else ''}{w['start']}-{w['end']}" for w in value)


def _write_exceptions(value: list[dict[str, Any]]) -> str:
    return "; ".join(e["first"] + (f"..{e['last']}" if e.get("last") else "") for e in value)


_READERS: dict[str, Callable[[Any], Any]] = {
    "text": _text, "int": _whole, "float": _number, "flag": _flag, "day": _day, "clock": _clock, "list": _list,
    "skills": _skills, "windows": _windows, "exceptions": _exceptions, "json": _plain_json,
}  # fmt: skip
_WRITERS: dict[str, Callable[[Any], str]] = {
    "list": "; ".join, "skills": _write_skills, "windows": _write_windows, "exceptions": _write_exceptions,
    "flag": lambda value: "yes" if value else "no", "json": lambda value: "",
}  # fmt: skip
