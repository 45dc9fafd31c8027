"""Whether an instance hangs together: the questions that need two records."""

from pairsolve.validate.checks import ensure_valid, problems

__all__ = ["ensure_valid", "problems"]
