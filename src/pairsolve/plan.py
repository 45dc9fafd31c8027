"""What was decided: the plan, as frozen pydantic models that are the JSON contract."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from pairsolve.rules import Count, Flag, Id, Minutes, Model, Text

if TYPE_CHECKING:
    import pandas

PLAN_FORMAT = "pairsolve-plan"
PLAN_VERSION = 1

Whole = Annotated[int, Field(strict=True)]
Total = Annotated[int, Field(strict=True, ge=0)]
Status = Literal["optimal", "feasible", "limit", "infeasible"]
ReasonCode = Literal[
    "no_volunteers",
    "no_skill",
    "level_too_low",
    "expired",
    "missing_trait",
    "refused",
    "own_household",
    "channel",
    "out_of_scope",
    "too_far",
    "no_common_time",
    "no_candidate",
    "crew_too_small",
    "all_taken",
    "schedule_conflict",
]
ProofKind = Literal["prices", "loads", "search", "none"]
MissedCode = Literal["no_common_time", "schedule_conflict"]


class TierValue(Model):
    """One tier of the objective: what was reached and what is proven."""

    name: Text = Field(description='Such as "coverage:1", "travel", "missed:1", "regularity".')
    layer: Literal["pairs", "visits"] = Field(description="Tiers of `visits` compare plans with the same pairs.")
    value: Whole
    bound: Whole | None = Field(
        None, description="No plan as good in the earlier tiers can have less; null where nothing is proven."
    )
    proof: ProofKind = Field(
        "none",
        description="`prices`, `loads`: that part of the certificate shows it; `search`: the solver searched all.",
    )


class Seat(Model):
    """A seat a volunteer takes in the crew of a need or an event."""

    need: Id
    role: Id = Field("member", description="`member` is a seat without a role.")


class Pair(Model):
    """A volunteer and a household, for months."""

    volunteer: Id
    household: Id
    seats: tuple[Seat, ...] = Field(min_length=1, description="The household's needs this volunteer serves.")
    minutes: Minutes = Field(description="One-way travel from the volunteer's to the household's place.")
    kept: Flag = Field(False, description="The pair was in the running plan.")
    locked: Flag = False


class Visit(Model):
    """A dated visit."""

    need: Id
    index: Annotated[int, Field(strict=True, ge=1)] = Field(description="Which of the required visits, from 1.")
    crew: tuple[Id, ...] = Field(min_length=1)
    start: datetime = Field(description="Local time with its offset from UTC.")
    end: datetime
    travel: tuple[Minutes, ...] = Field(description="Minutes from the place before, for each of the crew.")


class EventSeat(Model):
    """A volunteer at an event."""

    volunteer: Id
    role: Id = "member"


class StaffedEvent(Model):
    """An event with its crew."""

    event: Id
    crew: tuple[EventSeat, ...] = Field(min_length=1)


class UnmetSeat(Model):
    """Seats of a need or an event that nobody takes, with the reason."""

    need: Id | None = None
    event: Id | None = None
    role: Id = "member"
    seats: Count = Field(description="People missing.")
    code: ReasonCode
    facts: dict[str, int] = Field(default_factory=dict, description="Volunteers counted by why they fell away.")


class MissedVisit(Model):
    """A required visit of a covered need that has no date."""

    need: Id
    index: Annotated[int, Field(strict=True, ge=1)]
    code: MissedCode


class DayMinutes(Model):
    """Minutes of everybody together, over all days of the plan."""

    road: Total = Field(description="From home over the visits and events of each day and home again.")
    idle: Total = Field(description="Between the first and the last of a day, neither there nor on the way.")
    overtime: Total = Field(description="From the end of a volunteer's last window to the end of the last visit.")


class CoverageRow(Model):
    """Needs and visits of one service, area and priority class."""

    service: Id
    area: Id | None
    priority: Whole
    needs: Total
    covered: Total
    visits_required: Total = Field(description="Visits that all needs of the row ask for.")
    visits_planned: Total


class LoadPrices(Model):
    """Prices that bound one tier marked `loads`: what every volunteer's best load earns is all that they can save.

    Prices are whole numbers, in parts of a unit of the tier. Identifiers that are left out have the price zero.
    """

    tier: Text = Field(description="Name of the tier.")
    scale: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] = Field(description="Parts of a unit.")
    before: dict[Text, Total] = Field(
        default_factory=dict, description="By name of a tier of coverage before: price of a unit of it."
    )
    needs: dict[Id, tuple[Total, ...]] = Field(
        default_factory=dict, description="Prices of a head in each seat group that must be filled, in their order."
    )


class Certificate(Model):
    """Dual prices that prove the bounds of tiers; the argument is in docs/model.md.

    For the tiers marked `prices`, a price is a vector with one whole number per tier of the layer `pairs`, compared
    lexicographically; identifiers left out have the price zero. Each tier marked `loads` has prices of its own.
    """

    needs: dict[Id, tuple[Whole, ...]] = Field(default_factory=dict, description="Prices of needs and events.")
    volunteers: dict[Id, tuple[Whole, ...]] = Field(default_factory=dict)
    loads: tuple[LoadPrices, ...] = Field((), description="By tier.")


class Run(Model):
    """How the plan came about; the only place with clock values."""

    version: Text
    seed: Whole = 0
    threads: Whole = 1
    stage: Literal["pair", "all"] = "all"
    fingerprint: Text = Field(description="SHA-256 of the instance in canonical JSON.")
    work: dict[str, int] = Field(default_factory=dict, description="Rounds, pairs priced, components, … : no clock.")
    seconds: dict[str, float] | None = Field(None, description="Per stage; left out with --no-clock.")
    started: datetime | None = Field(None, description="Left out with --no-clock.")


class Plan(Model):
    """A whole solution."""

    format: Literal["pairsolve-plan"] = "pairsolve-plan"
    version: Annotated[int, Field(strict=True, ge=1)] = PLAN_VERSION
    name: Text = ""
    status: Status
    objective: tuple[TierValue, ...] = ()
    contradictions: tuple[Text, ...] = Field((), description="With `infeasible`: the clashing hard rules.")
    pairs: tuple[Pair, ...] = ()
    visits: tuple[Visit, ...] = ()
    events: tuple[StaffedEvent, ...] = ()
    unmet: tuple[UnmetSeat, ...] = ()
    missed: tuple[MissedVisit, ...] = ()
    coverage: tuple[CoverageRow, ...] = ()
    minutes: DayMinutes | None = Field(None, description="Left out when only pairs were asked for.")
    certificate: Certificate = Certificate()
    run: Run

    def pairs_frame(self) -> pandas.DataFrame:
        """Return the pairs as a table, one row per seat (needs the extra `tables`)."""
        return _frame(
            {
                "volunteer": pair.volunteer,
                "household": pair.household,
                "need": seat.need,
                "role": seat.role,
                "minutes": pair.minutes,
                "kept": pair.kept,
            }
            for pair in self.pairs
            for seat in pair.seats
        )

    def visits_frame(self) -> pandas.DataFrame:
        """Return the visits as a table, one row per visit and person (needs the extra `tables`)."""
        return _frame(
            {
                "volunteer": volunteer,
                "need": visit.need,
                "index": visit.index,
                "start": visit.start,
                "end": visit.end,
                "travel": minutes,
            }
            for visit in self.visits
            for volunteer, minutes in zip(visit.crew, visit.travel, strict=True)
        )


def _frame(rows: Any) -> pandas.DataFrame:
    try:
        import pandas as pd  # noqa: PLC0415  # an extra, loaded only when asked for
    except ImportError as error:
        raise ImportError("tables need pandas: pip install 'pairsolve[tables]'") from error
    return pd.DataFrame.from_records(list(rows))
