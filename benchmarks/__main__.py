"""`python -m benchmarks` lists the families; `python -m benchmarks FAMILY ... [--smoke]` runs some, `all` runs all."""

from __future__ import annotations

import argparse
import sys

from benchmarks import ledger
from benchmarks.data import DataAbsent
from benchmarks.registry import Family, families


def main(arguments: list[str] | None = None) -> int:
    """List or run families; results of a smoke run are shown and not kept."""
    known = families()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("family", nargs="*", help="which families to run; none lists them")
    parser.add_argument("--smoke", action="store_true", help="something small, in seconds; nothing is kept")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.family if name not in (*known, "all")]
    if unknown:
        parser.error(f"no family is called {', '.join(unknown)}; there are {', '.join(known)}")
    if not given.family:
        width = max(map(len, known))
        for family in known.values():
            print(f"{family.name:{width}}  {family.measures}")
        return 0
    chosen = known.values() if "all" in given.family else [known[name] for name in given.family]
    return max([run(family, smoke=given.smoke) for family in chosen])


def run(family: Family, *, smoke: bool) -> int:
    """Run one family; return 2 when its data is absent."""
    print(f"{family.name}: {family.measures}", flush=True)
    try:
        results = family.run(smoke)
    except DataAbsent as absent:
        print(f"{family.name}: not run, {absent}", file=sys.stderr)
        return 2
    for result in results:
        print(f"  {result.instance}: {result.figure}" + (f" ({result.peer})" if result.peer else ""))
    if not smoke:
        ledger.add(results, f"python -m benchmarks {family.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
