"""Seconds of compiling all loops after an installation, and of loading them ever after."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from benchmarks.ledger import Result
from benchmarks.registry import register

LOAD = """
import time
import pairsolve.check, pairsolve.pairing.cover, pairsolve.pairing.city.setup
import pairsolve.scheduling.fast.engine, pairsolve.scheduling.tours.search, pairsolve.pairing.budgets.field
from pairsolve.compiled import MODULES, load
began = time.perf_counter()
load(MODULES)
print(time.perf_counter() - began)
"""


@register("compiling", "seconds of compiling all loops with an empty cache, and of loading them from a full one")
def run(smoke: bool) -> list[Result]:
    """Compile into an empty folder, two modules at a time, then load; for smoke, load only."""
    if smoke:
        return [Result("all loops", f"{loaded(dict(os.environ)):.2f} s to load")]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"NUMBA_CACHE_DIR": folder}
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "pairsolve", "compile", "--quiet"], check=True, env=environment)
        cold = time.perf_counter() - began
        warm = min(loaded(environment) for _ in range(3))
    return [Result("all loops, `pairsolve compile`, 2 processes", f"cold {cold:.1f} s, warm {warm:.2f} s")]


def loaded(environment: dict[str, str]) -> float:
    """Load all loops in a fresh process; return the seconds, Numba included, the rest of the program not."""
    done = subprocess.run([sys.executable, "-c", LOAD], check=True, env=environment, stdout=subprocess.PIPE, text=True)
    return float(done.stdout)
