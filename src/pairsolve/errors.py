"""The exception family of pairsolve, drawn as a tree.

::

    PairsolveError
     ├── InputError          bad input: a list of problems, exit code 2
     │    ├── FileError      a file that cannot be opened, unpacked, decoded or written
     │    └── InstanceError  an instance or plan whose content is wrong
     └── CapacityError       a number too large for exact 64-bit arithmetic

Hard rules that contradict each other, or a limit that ended the run, are answers and not exceptions:
see `pairsolve.plan.Plan.status`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in an input, and the way out.

    Parameters
    ----------
    path
        JSON path of the place, for instance ``$.households[3].location.lat``.
    what
        What is wrong, naming the value, and what would be right.
    id
        Identifier of the record the place belongs to, if it has one.

    Examples
    --------
    >>> print(Problem("$.areas[0].parent", "no area is named 'X'; add it or correct the name", "A1"))
    $.areas[0].parent (id 'A1'): no area is named 'X'; add it or correct the name
    """

    path: str
    what: str
    id: str | None = None

    def __str__(self) -> str:
        """Return the problem as one line."""
        owner = f" (id {self.id!r})" if self.id is not None else ""
        return " ".join(f"{self.path}{owner}: {self.what}".split())


class PairsolveError(Exception):
    """Root of every error that pairsolve raises on purpose."""


class InputError(PairsolveError):
    """Input that cannot be used; `problems` holds one entry per fault.

    Parameters
    ----------
    source
        The file (or ``-``) the input came from.
    problems
        All faults found, in file order.
    """

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{source}: {problem}" for problem in self.problems))


class FileError(InputError):
    """A file that cannot be opened, unpacked, decoded or written."""

    def __init__(self, source: str, what: str) -> None:
        super().__init__(source, [Problem("$", what)])


class InstanceError(InputError):
    """An instance or plan whose content is wrong."""


class CapacityError(PairsolveError):
    """A number too large for exact 64-bit arithmetic."""
