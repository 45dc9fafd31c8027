"""Registers from spreadsheets: seconds to read a city's households, volunteers and needs, as csv and as xlsx."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.ledger import Result
from benchmarks.registry import register

SIZES = ((100_000, 60_000),)
FORMS = ("csv", "xlsx")


@register("registers", "import of registers: seconds for households, volunteers and needs as csv and xlsx")
def run(smoke: bool) -> list[Result]:
    """Import a generated city; a tiny one for smoke."""
    return [measure(form, *size) for size in ([(60, 40)] if smoke else SIZES) for form in FORMS]


def measure(form: str, households: int, volunteers: int) -> Result:
    """Write a city's registers and read them back."""
    from pairsolve.generate import generate  # noqa: PLC0415  # listing the families loads no geography
    from pairsolve.tables import import_registers, register_tables  # noqa: PLC0415  # the same
    from pairsolve.tables.files import write_tables  # noqa: PLC0415  # the same

    instance = generate("nanning", households=households, volunteers=volunteers, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("registers.xlsx" if form == "xlsx" else "registers")
        began = time.perf_counter()
        write_tables(register_tables(instance), path)
        written = time.perf_counter() - began
        began = time.perf_counter()
        imported = import_registers([(None, path)])
        read = time.perf_counter() - began
    same = "the same instance" if imported.instance == instance else "ANOTHER INSTANCE"
    rows = households + volunteers + len(instance.needs)
    return Result(
        f"{form}: {households:,} households, {volunteers:,} volunteers, {len(instance.needs):,} needs",
        f"{rows:,} rows imported in {read:.1f} s (written in {written:.1f} s): {same}",
    )
