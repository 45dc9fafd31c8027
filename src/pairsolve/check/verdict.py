"""What the referee says: findings and the verdict made of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a plan.

    Parameters
    ----------
    code
        Name of the broken rule (docs/model.md, sections 2 and 3), or of the record that does not add up,
        for instance ``"tier"``, ``"unmet"`` or ``"travel_minutes"``.
    what
        A sentence in the words of the policy.
    id
        Identifier of the volunteer, household, need, event or rule concerned.

    Examples
    --------
    >>> print(Finding("reach", "volunteer 'V1' travels 31 minutes to need 'N1', above the reach of 30", "N1"))
    reach (id 'N1'): volunteer 'V1' travels 31 minutes to need 'N1', above the reach of 30
    """

    code: str
    what: str
    id: str | None = None

    def __str__(self) -> str:
        """Return the finding as one line."""
        return f"{self.code}{f' (id {self.id!r})' if self.id is not None else ''}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the referee found.

    Parameters
    ----------
    findings
        Everything that is wrong, up to the limit that was asked for.
    recounted
        Name and recounted value of every tier, in order.
    proof
        What the bounds rest on: ``"prices"`` (shown by the certificate), ``"search"`` (claimed by the solver,
        which the referee cannot repeat), ``"loads"`` (shown by the certificate as well), several such as
        ``"prices+search"``, or ``"none"``.
    """

    findings: tuple[Finding, ...]
    recounted: tuple[tuple[str, int], ...] = ()
    proof: str = "none"

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings
