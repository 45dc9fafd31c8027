"""The referee's way through a plan: rules, records, objective, bounds, proof."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from pairsolve.calendar import Calendar
from pairsolve.check import pairs, seats, visits
from pairsolve.check.facts import Facts
from pairsolve.check.loads import examine_loads
from pairsolve.check.objective import bounds, tier_values, tiers
from pairsolve.check.proof import examine
from pairsolve.check.records import RECORDS
from pairsolve.check.recount import Recount
from pairsolve.check.seats import Rule
from pairsolve.check.verdict import Finding, Verdict
from pairsolve.instance import Instance
from pairsolve.plan import Plan
from pairsolve.travel import Times

Counted = list[tuple[str, str, int]]


def check(
    instance: Instance, plan: Plan, *, proof: bool = True, folder: Path | None = None, limit: int = 200
) -> Verdict:
    """Judge a plan by its instance alone: every rule, every record, every tier and, with `proof`, the bounds.

    Parameters
    ----------
    instance
        What was asked.
    plan
        What was decided.
    proof
        Whether to verify bounds that claim a proof by prices, which looks at every admissible pair again.
    folder
        Where the paths of a road graph start from.
    limit
        Most findings to name.

    Returns
    -------
    Verdict
        The findings, the recounted tiers, and what the bounds rest on.
    """
    facts = Facts(instance, Calendar(instance.horizon), Times(instance, folder))
    recount = Recount(facts, plan)
    if plan.status == "infeasible":
        found = chain(recount.faults, *(RECORDS[name](recount) for name in ("fingerprint", "status")))
        return Verdict(tuple(islice(found, limit)))
    counted = tier_values(recount)
    found = chain(
        recount.faults,
        *(rule(recount) for rule in (RULES | RECORDS).values()),
        tiers(recount, counted),
        bounds(recount),
        prices(recount, counted, limit) if proof else (),
        loads(recount, counted) if proof else (),
    )
    findings = tuple(islice(found, limit))
    recounted = tuple((name, value) for _, name, value in counted)
    return Verdict(findings, recounted, _rests_on(plan, findings, proof))


def prices(recount: Recount, counted: Counted, limit: int) -> Iterator[Finding]:
    """Bounds that claim a proof by prices are those that the certificate shows."""
    claimed = [number for number, tier in enumerate(recount.plan.objective) if tier.proof == "prices"]
    if not claimed:
        return
    relaxation = examine(recount.facts, recount.plan.certificate, limit)
    yield from relaxation.faults
    if relaxation.faults:
        return
    for number, tier in enumerate(recount.plan.objective[: len(relaxation.bound)]):
        shown = relaxation.bound[number]
        if tier.proof == "prices" and tier.bound != shown:
            yield Finding("bound", f"tier {tier.name!r} has bound {tier.bound}, but the prices show {shown}", tier.name)
        if counted[number][2] != shown:
            for later in (later for later in claimed if later > number):
                name = recount.plan.objective[later].name
                what = f"tier {name!r} claims a proof by prices, which ends at tier {tier.name!r}"
                yield Finding("bound", what, name)
            return


def loads(recount: Recount, counted: Counted) -> Iterator[Finding]:
    """Bounds that claim a proof by loads are not above those that the certificate shows."""
    claimed = {tier.name: tier for tier in recount.plan.objective if tier.proof == "loads"}
    values = {name: value for layer, name, value in counted if layer == "pairs"}
    parts = [part for part in recount.plan.certificate.loads if part.tier in claimed]
    shown = examine_loads(recount.facts, parts, values)
    yield from shown.faults
    if shown.faults:
        return
    for name, tier in claimed.items():
        if name not in shown.bounds:
            yield Finding("bound", f"tier {name!r} claims a proof by loads, but the certificate has none", name)
        elif tier.bound is not None and tier.bound > shown.bounds[name]:
            what = f"tier {name!r} has bound {tier.bound}, but its prices show {shown.bounds[name]} only"
            yield Finding("bound", what, name)


def _rests_on(plan: Plan, findings: tuple[Finding, ...], proof: bool) -> str:
    """Name what the bounds above zero rest on; what was not verified or has faults is no proof."""
    kinds = {tier.proof for tier in plan.objective if tier.proof != "none"}
    if not proof or any(finding.code in ("prices", "loads", "bound") for finding in findings):
        kinds -= {"prices", "loads"}
    return "+".join(kind for kind in ("prices", "loads", "search") if kind in kinds) or "none"


RULES: dict[str, Rule] = seats.RULES | pairs.RULES | visits.RULES
