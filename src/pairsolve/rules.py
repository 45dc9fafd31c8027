"""The vocabulary of the contract: field types, policy rules and objective tiers."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import ceil
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema
from pydantic import model_validator as _model_validator

from pairsolve.errors import Problem

MINUTES_PER_DAY = 1440

Id = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strict=True, max_length=10_000)]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Many = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
Positive = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
Minutes = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Price = Annotated[int, Field(strict=True, ge=0, le=1000)]
Real = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Flag = Annotated[bool, Field(strict=True)]
DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAY_NAMES: tuple[DayName, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Channel = Literal["home", "phone", "site"]
Per = Literal["week", "month", "horizon"]


def clock_to_minutes(value: Any) -> Any:
    """Turn ``"HH:MM"`` into minutes after midnight; ``"24:00"`` is the end of the day.

    Examples
    --------
    >>> clock_to_minutes("09:30")
    570
    """
    if isinstance(value, str):
        if value in _CLOCK:
            return _CLOCK[value]
    elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MINUTES_PER_DAY:
        return value
    raise ValueError('a time of day is written "HH:MM", from "00:00" to "24:00"')


_CLOCK = {f"{minute // 60:02d}:{minute % 60:02d}": minute for minute in range(MINUTES_PER_DAY + 1)}


def minutes_to_clock(value: int) -> str:
    """Turn minutes after midnight into ``"HH:MM"``.

    Examples
    --------
    >>> minutes_to_clock(1440)
    '24:00'
    """
    return f"{value // 60:02d}:{value % 60:02d}"


Clock = Annotated[
    int,
    BeforeValidator(clock_to_minutes),
    PlainSerializer(minutes_to_clock, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"}),
]


def only_written_days(value: Any) -> Any:
    """Refuse numbers as days, which would otherwise count as seconds since 1970."""
    if isinstance(value, (str, date)):
        return value
    raise ValueError('a day is written "YYYY-MM-DD"')


Day = Annotated[date, BeforeValidator(only_written_days)]


class Model(BaseModel):
    """Base of all contract models: frozen, and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Fault(ValueError):
    """A cross-field fault; carries the field it belongs to."""

    def __init__(self, field: str, what: str) -> None:
        self.problem = Problem(field, what)
        super().__init__(what)


class NeighbourRule(Model):
    """M3: every household with a need should have at least one paired volunteer living near (soft)."""

    kind: Literal["neighbour"] = "neighbour"
    id: Id
    minutes: Minutes = Field(15, description="A neighbour lives at most this many minutes away, by `mode`.")
    mode: Id = Field("walk", description="Travel mode of the nearness, a key of `travel.modes`.")
    area: Id | None = Field(None, description="Only households of this area and the areas below it; all if left out.")


class TargetRule(Model):
    """M12: cover at least a share or a number of the needs of a service in an area (soft)."""

    kind: Literal["target"] = "target"
    id: Id
    service: Id | None = Field(None, description="Only needs of this service; all services if left out.")
    area: Id | None = Field(None, description="Only households of this area and the areas below it.")
    share: Annotated[float, Field(strict=True, ge=0, le=1)] | None = Field(
        None, description="Share of the needs (0 to 1) to cover, rounded up. Give either `share` or `count`."
    )
    count: Many | None = Field(None, description="Number to cover, in `unit`.")
    unit: Literal["needs", "visits"] = Field(
        "needs", description="`visits` counts the required visits of covered needs."
    )

    @_model_validator(mode="after")
    def _one_measure(self) -> TargetRule:
        if (self.share is None) == (self.count is None):
            raise Fault("share", "a target has either `share` or `count`, not both and not neither")
        return self


class TeamQuotaRule(Model):
    """M7: the number of pairs held by the members of a team and the teams below it (hard)."""

    kind: Literal["team_quota"] = "team_quota"
    id: Id
    team: Id
    min_pairs: Many = Field(0, description="Fewest pairs.")
    max_pairs: Many | None = Field(None, description="Most pairs; no limit if left out.")

    @_model_validator(mode="after")
    def _ordered(self) -> TeamQuotaRule:
        if self.max_pairs is not None and self.max_pairs < self.min_pairs:
            raise Fault(
                "max_pairs", f"is {self.max_pairs}, below min_pairs {self.min_pairs}; raise it or lower min_pairs"
            )
        return self


class TeamScopeRule(Model):
    """M7: members of a team (and of the teams below it) help only households of the named areas (hard)."""

    kind: Literal["team_scope"] = "team_scope"
    id: Id
    team: Id
    areas: tuple[Id, ...] = Field(min_length=1, description="Allowed areas; the areas below them are included.")


class ChangeBudgetRule(Model):
    """M14: how far a new plan may depart from the existing pairs (hard)."""

    kind: Literal["change_budget"] = "change_budget"
    id: Id
    max_ended: Many | None = Field(None, description="At most this many existing pairs may end.")
    max_new: Many | None = Field(None, description="At most this many pairs may be new.")


class TwoPersonRule(Model):
    """M20: home visits of the needs concerned are made by at least two people (hard)."""

    kind: Literal["two_person"] = "two_person"
    id: Id
    tag: Id | None = Field(None, description="Only households with this tag; all if left out.")
    service: Id | None = Field(None, description="Only needs of this service; all if left out.")


class ApartRule(Model):
    """M20: these volunteers are never paired with these households (hard)."""

    kind: Literal["apart"] = "apart"
    id: Id
    volunteers: tuple[Id, ...] = Field(min_length=1)
    households: tuple[Id, ...] = Field(min_length=1)


Rule = Annotated[
    NeighbourRule | TargetRule | TeamQuotaRule | TeamScopeRule | ChangeBudgetRule | TwoPersonRule | ApartRule,
    Field(discriminator="kind"),
]

TermKind = Literal["coverage", "targets", "neighbour", "continuity", "travel", "preference", "balance", "faces"]


class Term(Model):
    """One sum in the objective, with its weight inside its tier."""

    kind: TermKind
    weight: Annotated[int, Field(strict=True, ge=1, le=1000)] = Field(1, description="Weight inside the tier.")


class Tier(Model):
    """One level of the objective; tiers are compared one after another (lexicographically), smaller is better."""

    terms: tuple[Term, ...] = Field(min_length=1)

    @_model_validator(mode="after")
    def _coverage_alone(self) -> Tier:
        kinds = [term.kind for term in self.terms]
        if "coverage" in kinds and len(kinds) > 1:
            raise Fault("terms", "`coverage` stands alone in its tier, because it becomes one tier per priority class")
        if len(set(kinds)) < len(kinds):
            raise Fault("terms", "names one term twice; give each term once, with its weight")
        return self


def default_objective() -> tuple[Tier, ...]:
    """Return the tiers of a coordinator who sets nothing."""
    kinds: tuple[TermKind, ...] = (
        "coverage", "targets", "neighbour", "continuity", "travel", "preference", "balance",
    )  # fmt: skip
    return tuple(Tier(terms=(Term(kind=kind, weight=1),)) for kind in kinds)


def default_rules() -> tuple[Rule, ...]:
    """Return the rules of a coordinator who sets nothing: every household should have a neighbour."""
    return (NeighbourRule(id="neighbour", minutes=15, mode="walk", area=None),)


class DayPrices(Model):
    """What a minute of each kind costs in the order of a day, after everything the objective names."""

    road: Price = Field(1, description="A minute on the road.")
    overtime: Price = Field(2, description="A minute after the last window of the day.")
    idle: Price = Field(0, description="A minute of waiting between two visits, the break left out.")


class Span(Model):
    """A stretch of one day, local wall-clock time; the end is not included."""

    start: Clock
    end: Clock

    @_model_validator(mode="after")
    def _ordered(self) -> Span:
        if self.end <= self.start:
            raise Fault(
                "end",
                f"{minutes_to_clock(self.end)} is not after start {minutes_to_clock(self.start)}; "
                "split a window that runs past midnight in two",
            )
        return self


class Window(Span):
    """A stretch of the day on some weekdays."""

    days: tuple[DayName, ...] = Field(DAY_NAMES, min_length=1, description="Weekdays; every day if left out.")


class DatedException(Model):
    """Other windows on some dates; no windows at all means away."""

    first: Day = Field(description="First day of the exception.")
    last: Day | None = Field(None, description="Last day, the first day itself if left out.")
    windows: tuple[Span, ...] = Field((), description="Windows on these days instead of the weekly ones; none = away.")

    @_model_validator(mode="after")
    def _ordered(self) -> DatedException:
        if self.last is not None and self.last < self.first:
            raise Fault("last", f"{self.last} is before first {self.first}; exchange them")
        return self


def target_level(rule: TargetRule, total: int) -> int:
    """Return what a target asks for, given the total of its unit over its needs.

    Examples
    --------
    >>> target_level(TargetRule(id="t", share=0.9), 11)
    10
    """
    if rule.count is not None:
        return rule.count
    return ceil(Fraction(repr(rule.share or 0.0)) * total)
