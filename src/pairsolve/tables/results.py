"""A plan as tables for people: rosters, pairs, visits, gaps, hours, coverage and the weekly report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pairsolve.instance import Instance
from pairsolve.ledger import Hours, Ledger
from pairsolve.plan import Plan
from pairsolve.rules import DayName
from pairsolve.sentences import Language
from pairsolve.tables.files import Table

_HOURS = (
    "id",
    "name",
    "visits",
    "events",
    "service_minutes",
    "service_hours",
    "travel_minutes",
    "past_minutes",
    "people",
)
_CHINESE = {
    "volunteers": "志愿者", "households": "家庭", "pairs": "结对", "visits": "服务安排", "unmet": "未覆盖",
    "hours_by_volunteer": "志愿者工时", "hours_by_team": "团队工时", "hours_by_area": "区域工时",
    "coverage": "覆盖率", "weekly_report": "周报", "changes": "变动", "id": "编号", "name": "名称",
    "events": "活动", "service_minutes": "服务分钟", "service_hours": "服务小时", "travel_minutes": "路程分钟",
    "past_minutes": "以往分钟", "people": "人数", "priority": "优先级", "kind": "类型", "household": "家庭编号",
    "need": "需求编号", "event": "活动编号", "service": "服务项目", "area": "区域", "reason": "原因",
    "needs": "需求数", "covered": "已覆盖", "visits_required": "应服务次数", "visits_planned": "已安排次数",
    "rule": "规则", "unit": "单位", "target": "目标", "reached": "达到", "volunteer": "志愿者编号",
    "before": "原来", "after": "现在", "team": "团队", "num_households": "结对户数", "num_needs": "需求数",
    "num_covered": "已覆盖", "volunteer_name": "志愿者姓名", "household_name": "户主姓名", "role": "岗位",
    "minutes": "单程分钟", "kept": "延续", "locked": "锁定", "week": "周", "day": "日期", "start": "开始",
    "end": "结束", "index": "第几次", "crew": "人员", "first_day": "起始日", "last_day": "结束日",
    "visits_change": "次数变化", "new_volunteers": "新增志愿者", "new_households": "新增家庭", "missed": "无日期",
    "pair_new": "新增结对", "pair_ended": "结束结对", "visit_new": "新增服务", "visit_moved": "改期",
    "visit_cancelled": "取消服务", "need_covered": "新覆盖", "need_uncovered": "不再覆盖",
}  # fmt: skip


def result_tables(
    instance: Instance, plan: Plan, *, begin: DayName = "mon", previous: Plan | None = None, language: Language = "en"
) -> Iterator[Table]:
    """Yield the tables of a plan.

    Parameters
    ----------
    instance, plan
        What was asked and decided.
    begin
        Weekday on which the weeks of the report begin.
    previous
        The plan before this one; adds the table of changes.
    language
        Of names of tables, headings and sentences.
    """
    tables = _tables(Ledger(instance, plan), begin, previous, language)
    yield from map(_in_chinese, tables) if language == "zh" else tables


def _tables(ledger: Ledger, begin: DayName, previous: Plan | None, language: Language) -> Iterator[Table]:
    yield _volunteers(ledger)
    yield _households(ledger)
    yield _pairs(ledger)
    yield from _visits(ledger, begin)
    yield Table(
        "unmet",
        ("priority", "kind", "household", "need", "event", "service", "area", "reason"),
        [
            (g.priority, g.kind, g.household, g.need, g.event, g.service, g.area, g.reason)
            for g in ledger.gaps(language)
        ],
    )
    yield _hours("hours_by_volunteer", ledger.hours_by_volunteer())
    yield _hours("hours_by_team", ledger.hours_by_team())
    yield _hours("hours_by_area", ledger.hours_by_area())
    yield Table(
        "coverage",
        (
            "service", "area", "needs", "covered", "visits_required", "visits_planned", "rule", "unit", "target",
            "reached",
        ),
        [
            (c.service, c.area, c.needs, c.covered, c.visits_required, c.visits_planned, c.rule,
             c.unit if c.rule else None, c.target, c.reached)
            for c in (*ledger.coverage(), *ledger.targets())
        ],
    )  # fmt: skip
    if previous is not None:
        yield Table(
            "changes",
            ("kind", "volunteer", "household", "need", "before", "after"),
            [(c.kind, c.volunteer, c.household, c.need, c.before, c.after) for c in ledger.changes(previous)],
        )


def _in_chinese(table: Table) -> Table:
    """Return a table with Chinese headings; kinds of gaps and changes are words too."""
    kinds = [number for number, heading in enumerate(table.headings) if heading in ("kind", "unit")]
    rows: Any = table.rows
    if kinds:
        rows = [[_CHINESE.get(c, c) if n in kinds else c for n, c in enumerate(row)] for row in rows]
    return Table(_CHINESE[table.name], tuple(_CHINESE[heading] for heading in table.headings), rows)


def _volunteers(ledger: Ledger) -> Table:
    rows = [
        (v.id, v.name, v.team, v.area, len(pairs := ledger.pairs_of_volunteer.get(v.id, [])),
         "; ".join(pair.household for pair in pairs))
        for v in ledger.instance.volunteers
    ]  # fmt: skip
    return Table("volunteers", ("volunteer", "name", "team", "area", "num_households", "households"), rows)


def _households(ledger: Ledger) -> Table:
    asked: dict[str, int] = {}
    covered: dict[str, int] = {}
    for need in ledger.instance.needs:
        asked[need.household] = asked.get(need.household, 0) + 1
        covered[need.household] = covered.get(need.household, 0) + (need.id in ledger.covered)
    rows = [
        (h.id, h.name, h.area, h.priority, asked.get(h.id, 0), covered.get(h.id, 0),
         "; ".join(pair.volunteer for pair in ledger.pairs_of_household.get(h.id, [])))
        for h in ledger.instance.households
    ]  # fmt: skip
    headings = ("household", "name", "area", "priority", "num_needs", "num_covered", "volunteers")
    return Table("households", headings, rows)


def _pairs(ledger: Ledger) -> Table:
    rows = [
        (p.volunteer, ledger.volunteers[p.volunteer].name, p.household, ledger.households[p.household].name, seat.need,
         ledger.needs[seat.need].service, seat.role, p.minutes, p.kept, p.locked)
        for p in ledger.plan.pairs
        for seat in p.seats
    ]  # fmt: skip
    headings = (
        "volunteer", "volunteer_name", "household", "household_name", "need", "service", "role", "minutes", "kept",
        "locked",
    )  # fmt: skip
    return Table("pairs", headings, rows)


def _visits(ledger: Ledger, begin: DayName) -> Iterator[Table]:
    rows = []
    for visit in sorted(ledger.plan.visits, key=lambda visit: (visit.start, visit.need)):
        need = ledger.needs[visit.need]
        times = (f"{visit.start:%H:%M}", f"{visit.end:%H:%M}")
        week = ledger.week_of(visit.start.date(), begin)
        day = visit.start.date().isoformat()
        rows.append((week, day, *times, need.household, need.id, visit.index, need.service, "; ".join(visit.crew)))
    headings = ("week", "day", "start", "end", "household", "need", "index", "service", "crew")
    yield Table("visits", headings, rows)
    weeks = [
        (w.first.isoformat(), w.last.isoformat(), w.visits, w.visits_change, w.events, round(w.service_minutes / 60, 2),
         len(w.volunteers), len(w.new_volunteers), len(w.households), len(w.new_households))
        for w in ledger.weeks(begin)
    ]  # fmt: skip
    report = (
        "first_day", "last_day", "visits", "visits_change", "events", "service_hours", "volunteers", "new_volunteers",
        "households", "new_households",
    )  # fmt: skip
    yield Table("weekly_report", report, weeks)


def _hours(name: str, rows: Iterable[Hours]) -> Table:
    table = [
        (h.id, h.name, h.visits, h.events, h.service_minutes, h.service_hours, h.travel_minutes, h.past_minutes,
         h.num_people)
        for h in rows
    ]  # fmt: skip
    return Table(name, _HOURS, table)
