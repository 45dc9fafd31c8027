"""Seconds and memory of every stage, from the file to the checked plan, each instance in a process of its own.

`python -m benchmarks.stages FILE` measures one file and prints JSON; with a number of households in place of the file,
a Nanning of that size is generated, measured and entered in the ledger. A second number is the work limit.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.ledger import Result, add
from benchmarks.registry import register

INSTANCES = Path(__file__).parent.parent / "instances"
FILES = ("village.json", "guiyang.json", "pengjiang.json.gz")
NANNING = ((2_000, 1_200), (10_000, 6_000), (100_000, 60_000))  # households, volunteers
SAMPLE_SECONDS = 0.02
MEBIBYTE = 2**20


@register("stages", "seconds and peak memory of reading, pairing, scheduling, check and writing, from village to city")
def run(smoke: bool) -> list[Result]:
    """Measure the shipped instances and generated ones of Nanning."""
    if smoke:
        return [generated(60, 40)]
    found = [INSTANCES / name for name in FILES if (INSTANCES / name).exists()]
    for name in FILES:
        if INSTANCES / name not in found:
            print(f"stages: instances/{name} is not there, left out", file=sys.stderr)
    results = [shown(path.name, fresh(path)) for path in found]
    return results + [generated(households, volunteers) for households, volunteers in NANNING]


def generated(households: int, volunteers: int, *limit: str) -> Result:
    """Generate an instance of Nanning, and measure it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nanning.json.gz"
        maker = (
            "from pairsolve.generate import generate; from pairsolve.writing import write; "
            f"write(generate('nanning', households={households}, volunteers={volunteers}, seed=1), {str(path)!r})"
        )
        subprocess.run([sys.executable, "-c", maker], check=True)
        return shown(f"nanning, {households:,} households, {volunteers:,} volunteers, seed 1", fresh(path, *limit))


def fresh(path: Path, *limit: str) -> dict[str, Any]:
    """Measure a file in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.stages", str(path), *limit]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def shown(name: str, measured: dict[str, Any]) -> Result:
    """Turn a measurement into a row of the ledger."""
    stages = ", ".join(
        f"{stage} {seconds:.2f} s"
        + (f" {measured['mebibytes'][stage]:,.0f} MiB" if stage in measured["mebibytes"] else "")
        for stage, seconds in measured["seconds"].items()
    )
    return Result(f"{name} ({measured['size']})", f"{stages}; all {measured['all']:.2f} s; {measured['outcome']}")


class Memory:
    """Watches the memory of this process and its children, by stage."""

    def __init__(self) -> None:
        import psutil  # noqa: PLC0415  # of the extra `bench`; needed only where something is measured

        self._process = psutil.Process()
        self._gone = psutil.Error
        self.stage = "start"
        self.peak: dict[str, float] = {}
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            self.look()
            time.sleep(SAMPLE_SECONDS)

    def look(self) -> None:
        """Take one sample."""
        stage, total = self.stage, self._process.memory_info().rss
        for child in self._process.children(recursive=True):
            try:
                total += child.memory_info().rss
            except self._gone:
                continue
        self.peak[stage] = max(self.peak.get(stage, 0.0), total / MEBIBYTE)

    def enter(self, stage: str) -> None:
        """Say that another stage begins."""
        if stage != self.stage:
            self.look()
            self.stage = stage
            self.look()


def measure(path: Path, work_limit: int | None = None) -> dict[str, Any]:
    """Read, solve, check and write one instance in this process."""
    from pairsolve.check import check  # noqa: PLC0415  # only the measured process loads the engine
    from pairsolve.options import Options, Progress  # noqa: PLC0415  # only the measured process loads the engine
    from pairsolve.reading import read  # noqa: PLC0415  # only the measured process loads the engine
    from pairsolve.solve import solve  # noqa: PLC0415  # only the measured process loads the engine
    from pairsolve.writing import write  # noqa: PLC0415  # only the measured process loads the engine

    memory = Memory()
    seconds: dict[str, float] = {}
    started = time.perf_counter()

    def at(progress: Progress) -> None:
        memory.enter(progress.phase)

    def timed(stage: str, call: Any, *arguments: Any) -> Any:
        memory.enter(stage)
        began = time.perf_counter()
        answer = call(*arguments)
        seconds[stage] = time.perf_counter() - began
        memory.look()
        return answer

    instance = timed("reading", read, path)
    plan = solve(instance, Options(work_limit=work_limit), callback=at)
    memory.look()
    seconds.update(plan.run.seconds or {})
    verdict = timed("referee", check, instance, plan)
    with tempfile.TemporaryDirectory() as folder:
        timed("writing", write, plan, Path(folder) / "plan.json.gz")
    needs = sum(row.needs for row in plan.coverage)
    covered = sum(row.covered for row in plan.coverage)
    return {
        "size": f"{len(instance.households):,} households, {len(instance.volunteers):,} volunteers, {needs:,} needs",
        "seconds": {stage: round(value, 3) for stage, value in seconds.items()},
        "mebibytes": {stage: round(value, 1) for stage, value in memory.peak.items()},
        "all": round(time.perf_counter() - started, 2),
        "outcome": f"{covered:,} needs covered, {len(plan.visits):,} visits, "
        f"{plan.run.work['components_proven']:,} of {plan.run.work['components']:,} components proven, {plan.status}, "
        f"referee {'agrees' if verdict.ok else 'disagrees'}",
    }


if __name__ == "__main__":
    if sys.argv[1].isdigit():
        size = int(sys.argv[1])
        row = generated(size, size * 6 // 10, *sys.argv[2:])
        print(f"{row.instance}: {row.figure}")
        add([row], f"python -m benchmarks.stages {' '.join(sys.argv[1:])}")
    else:
        print(json.dumps(measure(Path(sys.argv[1]), *map(int, sys.argv[2:]))))
