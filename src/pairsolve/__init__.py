"""pairsolve decides who helps whom, when, and proves it; the public names.

Names are looked up when they are first used, so that ``import pairsolve`` is quick and a program that only
reads files never loads a solver.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pairsolve._version import __version__

if TYPE_CHECKING:  # the same names for type checkers; tests/test_public_names.py compares the two lists
    from pairsolve.check import Finding as Finding
    from pairsolve.check import Verdict as Verdict
    from pairsolve.check import check as check
    from pairsolve.errors import CapacityError as CapacityError
    from pairsolve.errors import FileError as FileError
    from pairsolve.errors import InputError as InputError
    from pairsolve.errors import InstanceError as InstanceError
    from pairsolve.errors import PairsolveError as PairsolveError
    from pairsolve.errors import Problem as Problem
    from pairsolve.generate import PLACES as PLACES
    from pairsolve.generate import generate as generate
    from pairsolve.instance import Area as Area
    from pairsolve.instance import Crew as Crew
    from pairsolve.instance import Event as Event
    from pairsolve.instance import ExistingPair as ExistingPair
    from pairsolve.instance import Frequency as Frequency
    from pairsolve.instance import HeldSkill as HeldSkill
    from pairsolve.instance import Household as Household
    from pairsolve.instance import Instance as Instance
    from pairsolve.instance import Need as Need
    from pairsolve.instance import PastService as PastService
    from pairsolve.instance import Role as Role
    from pairsolve.instance import Service as Service
    from pairsolve.instance import Site as Site
    from pairsolve.instance import SkillLevel as SkillLevel
    from pairsolve.instance import Team as Team
    from pairsolve.instance import Volunteer as Volunteer
    from pairsolve.options import Callback as Callback
    from pairsolve.options import Options as Options
    from pairsolve.options import Progress as Progress
    from pairsolve.plan import Plan as Plan
    from pairsolve.reading import read as read
    from pairsolve.reading import read_plan as read_plan
    from pairsolve.rules import ApartRule as ApartRule
    from pairsolve.rules import ChangeBudgetRule as ChangeBudgetRule
    from pairsolve.rules import DatedException as DatedException
    from pairsolve.rules import NeighbourRule as NeighbourRule
    from pairsolve.rules import Span as Span
    from pairsolve.rules import TargetRule as TargetRule
    from pairsolve.rules import TeamQuotaRule as TeamQuotaRule
    from pairsolve.rules import TeamScopeRule as TeamScopeRule
    from pairsolve.rules import Term as Term
    from pairsolve.rules import Tier as Tier
    from pairsolve.rules import TwoPersonRule as TwoPersonRule
    from pairsolve.rules import Window as Window
    from pairsolve.setting import CrowMetric as CrowMetric
    from pairsolve.setting import Horizon as Horizon
    from pairsolve.setting import Location as Location
    from pairsolve.setting import MatrixMetric as MatrixMetric
    from pairsolve.setting import Mode as Mode
    from pairsolve.setting import RoadMetric as RoadMetric
    from pairsolve.setting import Travel as Travel
    from pairsolve.solve import solve as solve
    from pairsolve.validate import ensure_valid as ensure_valid
    from pairsolve.validate import problems as problems
    from pairsolve.writing import ensure_writable as ensure_writable
    from pairsolve.writing import write as write

_ROOMS = {
    "check": "Finding Verdict check",
    "errors": "CapacityError FileError InputError InstanceError PairsolveError Problem",
    "generate": "PLACES generate",
    "instance": "Area Crew Event ExistingPair Frequency HeldSkill Household Instance Need PastService Role Service "
    "Site SkillLevel Team Volunteer",
    "options": "Callback Options Progress",
    "plan": "Plan",
    "reading": "read read_plan",
    "rules": "ApartRule ChangeBudgetRule DatedException NeighbourRule Span TargetRule TeamQuotaRule TeamScopeRule "
    "Term Tier TwoPersonRule Window",
    "setting": "CrowMetric Horizon Location MatrixMetric Mode RoadMetric Travel",
    "solve": "solve",
    "validate": "ensure_valid problems",
    "writing": "ensure_writable write",
}
_HOMES = {name: room for room, names in _ROOMS.items() for name in names.split()}

__all__ = ["__version__", *sorted(_HOMES)]  # noqa: PLE0604  # all are strings, which the linter cannot see

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Fetch a public name from its room and keep it."""
        if name not in _HOMES:
            raise AttributeError(f"module 'pairsolve' has no attribute {name!r}")
        value = getattr(import_module(f"pairsolve.{_HOMES[name]}"), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        """List the public names, loaded or not."""
        return sorted({*globals(), *__all__})


class _House(ModuleType):
    """The package; ``pairsolve.solve`` stays the function when the import system names the room of the same name."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _House
