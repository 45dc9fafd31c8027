"""The families of benchmarks: each module of this package registers its own, and is found by being there."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

import benchmarks
from benchmarks.ledger import Result

Run = Callable[[bool], list[Result]]


@dataclass(frozen=True, slots=True)
class Family:
    """A family of benchmarks.

    Parameters
    ----------
    name
        What it is called on the command line.
    measures
        One line: what is measured, against what.
    run
        Runs the family and returns its results; with True on something small, in seconds.
    """

    name: str
    measures: str
    run: Run


_families: dict[str, Family] = {}


def register(name: str, measures: str) -> Callable[[Run], Run]:
    """Return a decorator that registers a run function as a family."""

    def keep(run: Run) -> Run:
        if name in _families and _families[name].run.__qualname__ != run.__qualname__:
            raise ValueError(f"two families are called {name!r}")
        _families[name] = Family(name, measures, run)
        return run

    return keep


def families() -> dict[str, Family]:
    """Import every module of the package and return the families by name, sorted."""
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if module.name != "__main__":
            importlib.import_module(f"benchmarks.{module.name}")
    return dict(sorted(_families.items()))
