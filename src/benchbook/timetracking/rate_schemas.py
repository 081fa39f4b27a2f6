"""What goes over the wire about rates and amounts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from benchbook.timetracking.money import Rounding, RoundingMinutes, RoundingMode

Currency = Annotated[
    str, Meta(pattern="^[A-Z]{3}$", description="A currency of ISO 4217, such as EUR.")
]
# Texts, for numbers are often read as binary fractions, which have no 0.10.
HourlyRate = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,8}(\.[0-9]{1,4})?$",
        description="A decimal number as a text, with at most four places: `85.50`.",
    ),
]


class RoundingRule(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How the duration of each session is rounded: which way, and to a multiple of so many
    minutes. Half of them go up to the next."""

    mode: RoundingMode
    minutes: RoundingMinutes

    @classmethod
    def of(cls, rounding: Rounding | None) -> RoundingRule | None:
        return cls(rounding.mode, rounding.minutes) if rounding else None


class BillingSettings(msgspec.Struct, kw_only=True):
    """What holds for all amounts of the organisation. `rounding` is that of reports and exports
    which ask for none of their own; null: they are as tracked."""

    currency: str
    members_see_amounts: bool
    rounding: RoundingRule | None


class ChangeBillingSettings(msgspec.Struct, forbid_unknown_fields=True):
    """Changes; absent fields stay as they are. A new currency converts nothing: rates keep their
    numbers. `members_see_amounts` shows members what their own hours are charged with. `rounding`
    is that of reports and exports which ask for none of their own, also of past hours; null: they
    are as tracked."""

    currency: Currency | UnsetType = UNSET
    members_see_amounts: bool | UnsetType = UNSET
    rounding: RoundingRule | UnsetType | None = UNSET


class Rate(msgspec.Struct, kw_only=True):
    """What an hour costs: of a person in a project, in a project, of a person, or with neither in
    general. It counts from the day `effective_from` in `time_zone` (null: since ever) until the
    next rate of the same person and project. With `hourly_rate` null there is no such rate from
    then on, and a less specific one counts."""

    id: UUID
    person_id: UUID | None
    project_id: UUID | None
    hourly_rate: str | None
    currency: str
    effective_from: date | None
    time_zone: str
    created_at: datetime
    updated_at: datetime


class NewRate(msgspec.Struct, forbid_unknown_fields=True):
    """A rate; absent `effective_from` is today, null since ever. `time_zone` is the one whose day
    is meant, one's own if absent."""

    hourly_rate: HourlyRate | None
    person_id: UUID | None = None
    project_id: UUID | None = None
    effective_from: date | UnsetType | None = UNSET
    time_zone: Annotated[str, Meta(max_length=64)] | None = None


class ChangeRate(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to a rate, which change the amounts of all sessions that it counts for, past ones
    too; absent fields stay as they are. To leave the past alone, add a rate instead."""

    hourly_rate: HourlyRate | UnsetType | None = UNSET
    effective_from: date | UnsetType | None = UNSET


class RatePage(msgspec.Struct):
    """Rates, in the order in which they were added."""

    items: list[Rate]
    next_cursor: str | None
