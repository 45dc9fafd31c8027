"""A public name is a promise: the list, the look-up and the type checker's view agree."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import pairsolve as ps

PROMISED = {
    *{"read", "read_plan", "write", "ensure_writable", "solve", "check", "generate", "PLACES"},
    *{"problems", "ensure_valid", "Finding", "Verdict", "Options", "Progress", "Callback", "Plan", "__version__"},
    *{"PairsolveError", "InputError", "FileError", "InstanceError", "CapacityError", "Problem"},
    *{"Instance", "Area", "Team", "Service", "Site", "Volunteer", "Household", "Need", "Event", "ExistingPair"},
    *{"PastService", "Crew", "Role", "Frequency", "SkillLevel", "HeldSkill", "Window", "Span", "DatedException"},
    *{"Horizon", "Travel", "Mode", "Location", "CrowMetric", "MatrixMetric", "RoadMetric", "Term", "Tier"},
    *{
        "NeighbourRule",
        "TargetRule",
        "TeamQuotaRule",
        "TeamScopeRule",
        "ChangeBudgetRule",
        "TwoPersonRule",
        "ApartRule",
    },
}


def test_the_public_names_are_those_promised() -> None:
    """Names come and go only together with this list."""
    assert set(ps.__all__) == PROMISED
    assert set(dir(ps)) >= PROMISED


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_every_name_can_be_used(name: str) -> None:
    """Each name is there, and none of them is a module by mistake."""
    assert not isinstance(getattr(ps, name), ModuleType)


def test_type_checkers_see_the_same_names() -> None:
    """The imports for type checkers name the same rooms as the look-up at run time."""
    tree = ast.parse(Path(ps.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    seen = {
        alias.asname: str(node.module).removeprefix("pairsolve.")
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == ps._HOMES


def test_an_unknown_name_is_refused() -> None:
    """A slip of the pen is an AttributeError that names it."""
    with pytest.raises(AttributeError, match="sovle"):
        ps.sovle  # type: ignore[attr-defined]  # noqa: B018  # that is the point


@pytest.mark.parametrize(
    "program",
    [
        "import pairsolve, sys; assert not {'pydantic', 'ortools', 'numpy'} & set(sys.modules)",
        "import pairsolve.cli, sys; assert not {'pydantic', 'ortools', 'numpy', 'rich.table'} & set(sys.modules)",
        "import pairsolve.solve, pairsolve.check, pairsolve as ps; assert callable(ps.solve) and callable(ps.check)",
        "import pairsolve as ps; ps.check; from pairsolve.check import check; assert ps.check is check",
    ],
    ids=["light", "light command line", "room first", "name first"],
)
def test_importing_is_light_and_in_any_order(program: str) -> None:
    """Importing loads no solver; the functions win over the rooms of the same name."""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
