"""The referee on the plan of a city: every rule and record, and every admissible pair against the prices."""

from __future__ import annotations

from benchmarks.ledger import Result
from benchmarks.race import MEBIBYTE, Outcome, Stage, Task, _memory, race, results
from benchmarks.registry import register

SIZES = (10_000, 100_000)


@register("proof", "`check --proof` on the plan of a generated city: seconds and memory, with and without the proof")
def run(smoke: bool) -> list[Result]:
    """Judge plans of cities."""
    rows = race(
        Task(
            f"plan of city plain {size:,} × {size * 6 // 10:,}", solver, "benchmarks.proof:judged",
            {"households": size, "proof": proof}, size=size,
        )
        for size in ((200,) if smoke else SIZES)
        for solver, proof in (("pairsolve check --proof", True), ("rules and records alone", False))
    )  # fmt: skip
    return results(rows)


def judged(stage: Stage, households: int, proof: bool) -> Outcome:
    """Solve a city, then judge its plan: the judging is measured, compilation apart."""
    from benchmarks.cities import city, count_pairs  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.check import check  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.compiled import load  # noqa: PLC0415  # listing the families loads no solver
    from pairsolve.solve import solve  # noqa: PLC0415  # listing the families loads no solver

    instance = city(households)
    plan = solve(instance, stage="pair", threads=2)
    load(("pairsolve.check.near",))
    before = _memory("VmRSS") / MEBIBYTE
    with stage:
        verdict = check(instance, plan, proof=proof)
    said = "agrees" if verdict.ok else f"disagrees: {verdict.findings[0].what}"
    proofs = ", ".join(f"{tier.name} by {tier.proof}" for tier in plan.objective)
    return Outcome(
        note=f"{count_pairs(instance):,} admissible pairs; {plan.status} ({proofs}); referee {said}; "
        f"instance, plan and solver {before:,.0f} MiB before"
    )
