"""What goes over the wire about labour rules, and about what breaks them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

Kind = Literal[
    "minimum_rest",
    "maximum_daily_hours",
    "maximum_weekly_hours",
    "maximum_consecutive_days",
    "break_after",
]
Effect = Literal["warn", "block"]

RuleName = Annotated[str, Meta(min_length=1, max_length=100, description="1 to 100 characters.")]
RulePosition = Annotated[
    str, Meta(min_length=1, max_length=100, description="Only for shifts of this position.")
]
LimitMinutes = Annotated[
    int,
    Meta(ge=1, le=10_080, description="The least rest, or the most hours, in minutes."),
]
LimitDays = Annotated[int, Meta(ge=1, le=60, description="The most days in a row.")]
RequiredBreak = Annotated[
    int, Meta(ge=1, le=720, description="How long a break a longer shift has at least.")
]


class LabourRule(msgspec.Struct, kw_only=True):
    """A rule that shifts are held to.

    `minimum_rest`: between the end of a shift and the beginning of the next are at least
    `limit_minutes`; shifts that touch are one. `maximum_daily_hours`, `maximum_weekly_hours`: at
    most `limit_minutes` without breaks, by the local day in which a shift starts; weeks begin on
    Monday. `maximum_consecutive_days`: shifts start on at most `limit_days` in a row.
    `break_after`: who works longer than `limit_minutes` without leaving has breaks of at least
    `break_minutes`. `warn` tells, `block` refuses. One that is not `enabled` does neither.
    """

    id: UUID
    name: str
    kind: Kind
    effect: Effect
    enabled: bool
    limit_minutes: int | None
    limit_days: int | None
    break_minutes: int | None
    position: str | None
    employee_id: UUID | None
    time_zone: str
    created_at: datetime
    updated_at: datetime


class LabourRulePage(msgspec.Struct):
    """Labour rules, in the order in which they were added."""

    items: list[LabourRule]
    next_cursor: str | None


class NewLabourRule(msgspec.Struct, forbid_unknown_fields=True):
    """A rule for everybody, for shifts of one `position`, or for one employee (what their contract
    says). `maximum_consecutive_days` takes `limit_days`, the others `limit_minutes`; `break_after`
    takes `break_minutes` as well. Days are those of `time_zone`, or of yours. Until it is
    `enabled` it is only kept."""

    name: RuleName
    kind: Kind
    effect: Effect
    limit_minutes: LimitMinutes | None = None
    limit_days: LimitDays | None = None
    break_minutes: RequiredBreak | None = None
    position: RulePosition | None = None
    employee_id: UUID | None = None
    time_zone: str | None = None
    enabled: bool = True


class ChangeLabourRule(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to a rule, from now on; absent fields stay as they are, null clears."""

    name: RuleName | UnsetType = UNSET
    effect: Effect | UnsetType = UNSET
    limit_minutes: LimitMinutes | UnsetType = UNSET
    limit_days: LimitDays | UnsetType = UNSET
    break_minutes: RequiredBreak | UnsetType = UNSET
    position: RulePosition | UnsetType | None = UNSET
    employee_id: UUID | UnsetType | None = UNSET
    time_zone: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class LabourRuleOverride(msgspec.Struct):
    """Who let a shift be against a rule, and why."""

    reason: str
    person_id: UUID
    created_at: datetime


class LabourRuleViolation(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is against a rule: when and for whom, what the rule wants (`limit_…`), what there is
    (`actual_…`), and by how much that is too much or too little (`excess_…`).

    `shift_ids` names the stored shifts of it. `override` is there where somebody decided so.
    """

    rule_id: UUID
    rule: str
    kind: Kind
    effect: Effect
    employee_id: UUID
    starts_at: datetime
    ends_at: datetime
    shift_ids: list[UUID]
    detail: str
    limit_minutes: int | None = None
    actual_minutes: int | None = None
    excess_minutes: int | None = None
    limit_days: int | None = None
    actual_days: int | None = None
    excess_days: int | None = None
    override: LabourRuleOverride | None = None


class LabourRuleViolationPage(msgspec.Struct):
    """What is against the rules, by its beginning."""

    items: list[LabourRuleViolation]
    next_cursor: str | None
