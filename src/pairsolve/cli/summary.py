"""A plan in numbers: one object for programs, a few tables for people."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pairsolve.plan import Plan
from pairsolve.sentences import MISSED, REASONS
from pairsolve.wording import visible

if TYPE_CHECKING:
    from pairsolve.check import Verdict

_STATUS = {
    "optimal": "optimal: proven that no plan is better",
    "feasible": "feasible: obeys every hard rule; a better plan may exist",
    "limit": "limit: a limit ended the run; this is the best plan found",
    "infeasible": "infeasible: the hard rules contradict each other",
}
_STYLES = {"optimal": "bold green", "feasible": "bold yellow", "limit": "bold yellow", "infeasible": "bold red"}
_PROOFS = {"prices": "by prices", "loads": "by loads", "search": "by search", "none": "–"}


def summary(plan: Plan, verdict: Verdict | None = None) -> dict[str, Any]:
    """Return the figures of a plan as one object that JSON can hold.

    Parameters
    ----------
    plan
        The plan.
    verdict
        What the referee says; None when it was not asked.
    """
    unmet: Counter[str] = Counter()
    for seat in plan.unmet:
        unmet[seat.code] += seat.seats
    return {
        "status": plan.status,
        "contradictions": list(plan.contradictions),
        "coverage": _coverage(plan),
        "objective": [tier.model_dump() for tier in plan.objective],
        "pairs": len(plan.pairs),
        "kept_pairs": sum(pair.kept for pair in plan.pairs),
        "visits": len(plan.visits),
        "events": len(plan.events),
        "unmet_seats": dict(unmet.most_common()),
        "missed_visits": dict(Counter(visit.code for visit in plan.missed).most_common()),
        "minutes": None if plan.minutes is None else plan.minutes.model_dump(),
        "seconds": plan.run.seconds,
        "referee": None if verdict is None else referee_facts(verdict),
    }


def tables(facts: dict[str, Any]) -> RenderableType:
    """Return the figures of `summary` as tables for a terminal."""
    status = Text.assemble("Status    ", (_STATUS[facts["status"]], _STYLES[facts["status"]]))
    parts: list[RenderableType] = [status, Text(_counts(facts))]
    if facts["minutes"]:
        road, idle, late = (facts["minutes"][name] for name in ("road", "idle", "overtime"))
        parts.append(Text(f"Minutes   {road:,} on the road, {idle:,} between visits, {late:,} of overtime"))
    if facts["coverage"]:
        parts.append(_coverage_table(facts["coverage"]))
    if facts["objective"]:
        parts.append(_objective_table(facts["objective"]))
    if facts["unmet_seats"] or facts["missed_visits"]:
        parts.append(_unmet_table(facts["unmet_seats"], facts["missed_visits"]))
    if facts["seconds"]:
        parts.append(
            Text("Seconds   " + ", ".join(f"{phase} {spent:.1f}" for phase, spent in facts["seconds"].items()))
        )
    if facts["referee"]:
        parts.append(_referee_line(facts["referee"]))
    return Group(*parts)


def _coverage(plan: Plan) -> list[dict[str, int]]:
    classes: dict[int, Counter[str]] = {}
    for row in plan.coverage:
        sums = classes.setdefault(row.priority, Counter())
        for name in ("needs", "covered", "visits_required", "visits_planned"):
            sums[name] += getattr(row, name)
    return [{"priority": priority, **classes[priority]} for priority in sorted(classes)]


def referee_facts(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict as an object that JSON can hold."""
    return {
        "ok": verdict.ok,
        "proof": verdict.proof,
        "findings": [visible(str(finding)) for finding in verdict.findings],
    }


def _counts(facts: dict[str, Any]) -> str:
    kept = f" ({facts['kept_pairs']:,} kept)" if facts["kept_pairs"] else ""
    return f"Plan      {facts['pairs']:,} pairs{kept}, {facts['visits']:,} visits, {facts['events']:,} events staffed"


def _coverage_table(rows: list[dict[str, int]]) -> Table:
    table = Table(
        "class", "needs", "covered", "share", "visits asked", "visits dated", title="Coverage", title_justify="left"
    )
    _right(table, first=1)
    for row in rows:
        share = f"{100 * row['covered'] / row['needs']:.1f} %" if row["needs"] else "–"
        whole = row["covered"] == row["needs"]
        figures = (row["needs"], row["covered"], share, row["visits_required"], row["visits_planned"])
        table.add_row(
            *(Text(f"{figure:,}" if isinstance(figure, int) else figure) for figure in (row["priority"], *figures)),
            style="green" if whole else "yellow",
        )
    return table


def _objective_table(tiers: list[dict[str, Any]]) -> Table:
    table = Table("tier", "value", "bound", "proof", title="Objective, most important first", title_justify="left")
    _right(table, first=1, last=2)
    for tier in tiers:
        bound = "–" if tier["bound"] is None else f"{tier['bound']:,}"
        style = "green" if tier["bound"] == tier["value"] else None
        table.add_row(Text(visible(tier["name"])), f"{tier['value']:,}", bound, _PROOFS[tier["proof"]], style=style)
    return table


def _unmet_table(unmet: dict[str, int], missed: dict[str, int]) -> Table:
    table = Table("why", "how many", title="Not covered", title_justify="left")
    _right(table, first=1)
    for code, count in unmet.items():
        table.add_row(f"seats: {REASONS[code][0][0]}", f"{count:,}")
    for code, count in missed.items():
        table.add_row(f"visits: {MISSED[code][0]}", f"{count:,}")
    return table


def _referee_line(referee: dict[str, Any]) -> Text:
    if referee["ok"]:
        return Text(f"Referee   agrees (proof: {referee['proof']})", style="green")
    return Text(f"Referee   disagrees in {len(referee['findings'])} points", style="bold red")


def _right(table: Table, *, first: int, last: int | None = None) -> None:
    for column in table.columns[first : None if last is None else last + 1]:
        column.justify = "right"
