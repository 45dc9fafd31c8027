"""The columns of every register: where a cell goes in the contract, how it is read, and what offices call it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from pairsolve.instance import (
    Area,
    Event,
    ExistingPair,
    Household,
    Need,
    PastService,
    Service,
    Site,
    Team,
    Volunteer,
)

MODELS: dict[str, type[BaseModel]] = {
    "areas": Area,
    "teams": Team,
    "services": Service,
    "sites": Site,
    "volunteers": Volunteer,
    "households": Household,
    "needs": Need,
    "events": Event,
    "pairs": ExistingPair,
    "history": PastService,
}
SHEETS = {
    "areas": "区域",
    "teams": "团队",
    "services": "服务项目",
    "sites": "站点",
    "volunteers": "志愿者",
    "households": "残疾人家庭",
    "needs": "服务需求",
    "events": "活动",
    "pairs": "现有结对",
    "history": "服务记录",
    "policy": "政策",
}
_NESTED = {
    "location": ("lat", "lon", "place"),
    "crew": ("min", "max", "roles"),
    "visits": ("count", "per", "min_gap_days", "max_gap_days", "min_percent"),
    "day_break": ("start", "end", "minutes"),
}
_KINDS = {
    "float": ("travel_factor", "lat", "lon"),
    "flag": ("rural", "locked"),
    "day": ("day", "since"),
    "clock": ("start", "end"),
    "list": ("traits", "tags", "channels", "required_traits", "refused", "preferred", "preferred_services"),
    "skills": ("skills",),
    "windows": ("windows",),
    "exceptions": ("exceptions",),
    "json": ("roles",),
    "int": [
        "disabled_residents", "minutes", "capacity", "reach_minutes", "max_households", "min_households",
        "minutes_per_week", "level", "minutes_per_month", "visits_per_day", "visits_per_week", "head_count",
        "overtime_minutes", "priority", "max_volunteers", "min", "max", "count", "min_gap_days", "max_gap_days",
        "min_percent", "value", "done", "missed", "rating",
    ],
}  # fmt: skip
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names}
_CHINESE = {
    "id": "编号 标识 代码 序号 证号",
    "name": "姓名 名称 户主 户主姓名 志愿者姓名",
    "parent": "上级",
    "kind": "类别 类型 种类",
    "rural": "农村",
    "travel_factor": "路程系数",
    "disabled_residents": "残疾人数",
    "area": "社区 区域 村 社区/村 村社区 所属社区 街道",
    "category": "大类",
    "minutes": "时长 分钟 服务时长",
    "channel": "方式 服务方式",
    "skills": "技能 特长 专长",
    "lat": "纬度",
    "lon": "经度",
    "place": "地点",
    "capacity": "容量",
    "windows": "可服务时段 时段 服务时间 开放时间 空闲时间",
    "team": "团队 服务队 所属团队 志愿服务队",
    "mode": "出行方式 交通方式",
    "reach_minutes": "服务半径 最远分钟",
    "traits": "特征",
    "exceptions": "例外日期 请假",
    "channels": "服务渠道",
    "max_households": "最多户数 结对上限",
    "min_households": "最少户数",
    "minutes_per_week": "每周分钟",
    "minutes_per_month": "每月分钟",
    "visits_per_day": "每日次数上限",
    "visits_per_week": "每周次数上限",
    "day_break_start": "休息开始",
    "day_break_end": "休息结束",
    "day_break_minutes": "休息分钟",
    "overtime_minutes": "加班分钟上限",
    "head_count": "人数",
    "household": "家庭 家庭编号 户编号",
    "preferred_services": "偏好服务",
    "priority": "优先等级 优先级",
    "tags": "标签",
    "required_traits": "要求特征",
    "refused": "拒绝志愿者",
    "preferred": "希望志愿者",
    "max_volunteers": "志愿者上限",
    "service": "服务 服务项目 项目 需求",
    "crew_min": "最少人数",
    "crew_max": "最多人数",
    "crew_roles": "岗位",
    "visits_count": "次数 服务次数 频次",
    "visits_per": "周期",
    "visits_min_gap_days": "最小间隔天数",
    "visits_max_gap_days": "最大间隔天数",
    "visits_min_percent": "最低可行比例",
    "site": "站点",
    "day": "日期",
    "start": "开始",
    "end": "结束",
    "volunteer": "志愿者 志愿者编号",
    "need": "需求编号",
    "since": "结对日期 起始日期",
    "locked": "锁定",
    "value": "价值",
    "done": "完成次数",
    "missed": "未完成次数",
    "rating": "评分 评价",
}
_ENGLISH = {
    "id": "identifier number no code",
    "name": "full_name",
    "area": "community village",
    "lat": "latitude y",
    "lon": "longitude lng x",
    "skills": "skill",
    "windows": "availability available hours",
    "priority": "class",
    "day": "date",
    "visits_count": "times",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a register; `path` leads to the field of the record."""

    key: str
    path: tuple[str, ...]
    kind: str

    def heading(self, language: str) -> str:
        """Return what stands above the column."""
        return _CHINESE[self.key].split()[0] if language == "zh" else self.key


@cache
def columns(section: str) -> tuple[Column, ...]:
    """Return the columns of a register, in the order of the contract."""
    found = []
    for name in MODELS[section].model_fields:
        if name in _NESTED:
            prefix = "" if name == "location" else f"{name}_"
            found += [Column(prefix + part, (name, part), _KIND_OF.get(part, "text")) for part in _NESTED[name]]
        else:
            found.append(Column(name, (name,), _KIND_OF.get(name, "text")))
    return tuple(found)


@cache
def known_headings(section: str) -> dict[str, Column]:
    """Return the columns of a register by every heading that means them."""
    by_heading: dict[str, Column] = {}
    for column in columns(section):
        words = [column.key, *_CHINESE[column.key].split(), *_ENGLISH.get(column.key, "").split()]
        for word in words:
            by_heading.setdefault(folded(word), column)
    return by_heading


def folded(heading: Any) -> str:
    """Return a heading without the differences that do not count: case, width, blanks, units in brackets.

    Examples
    --------
    >>> folded(" Visits per day "), folded("姓名（必填）*")
    ('visits_per_day', '姓名')
    """
    plain = unicodedata.normalize("NFKC", str(heading)).strip().casefold().split("(")[0]
    return "_".join(plain.strip(" *:").replace("-", " ").split())
