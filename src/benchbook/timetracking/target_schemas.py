"""What goes over the wire about targets: how long somebody means to work."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

DaySeconds = Annotated[int, Meta(ge=0, le=86400)]
WeekOfSeconds = Annotated[
    list[DaySeconds],
    Meta(
        min_length=7,
        max_length=7,
        description="Seconds (0 to 86,400) for each weekday, Monday to Sunday.",
    ),
]
WeeklySeconds = Annotated[
    int,
    Meta(ge=0, le=604800, description="The week's target where it is not the sum of its days."),
]


class Target(msgspec.Struct, kw_only=True):
    """How long a person means to work from a day on, until the next target. Where only
    `weekly_seconds` says something, no single day has a target."""

    id: UUID
    person_id: UUID
    effective_from: date
    daily_seconds: list[int]
    weekly_seconds: int | None
    created_at: datetime
    updated_at: datetime


class NewTarget(msgspec.Struct, forbid_unknown_fields=True):
    """A target from a day on; what was before stays as it was. All zeros end a target."""

    effective_from: date
    daily_seconds: WeekOfSeconds
    weekly_seconds: WeeklySeconds | None = None
    person_id: UUID | None = None


class ChangeTarget(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to a target; absent fields stay as they are, null clears."""

    effective_from: date | UnsetType = UNSET
    daily_seconds: WeekOfSeconds | UnsetType = UNSET
    weekly_seconds: WeeklySeconds | UnsetType | None = UNSET


class TargetPage(msgspec.Struct):
    """Targets, the latest first."""

    items: list[Target]
    next_cursor: str | None


class DayProgress(msgspec.Struct, kw_only=True):
    """A local day. `target_seconds` is null where the day has no target of its own;
    `share_seconds` is its part of the week's, and those of seven days add up to exactly that."""

    date: date
    target_seconds: int | None
    share_seconds: int
    tracked_seconds: int


class TargetProgress(msgspec.Struct, kw_only=True, rename={"from_": "from"}):
    """What was tracked against what was meant to be. `to` is the first day after the range.

    `target_seconds` is null where no target is in force on any day. `balance_seconds` is what was
    tracked less what was meant, over the days of the range that are over: those before today."""

    person_id: UUID
    from_: date
    to: date
    time_zone: str
    target_seconds: int | None
    tracked_seconds: int
    balance_seconds: int | None
    days: list[DayProgress]
