"""The referee: recounts every rule, every term and the bound, importing nothing of the workshop."""

from pairsolve.check.objective import TERMS
from pairsolve.check.proof import relaxation_bound
from pairsolve.check.referee import RULES, check
from pairsolve.check.verdict import Finding, Verdict

__all__ = ["RULES", "TERMS", "Finding", "Verdict", "check", "relaxation_bound"]
