"""What goes over the wire about locked periods."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

Reason = Annotated[str, Meta(max_length=500, description="At most 500 characters.")]
GivenReason = Annotated[
    str, Meta(min_length=1, max_length=500, description="1 to 500 characters; the audit keeps it.")
]
TimesheetStatus = Literal["open", "submitted", "approved", "returned"]


class LockedPeriod(msgspec.Struct, kw_only=True, rename={"from_": "from"}):
    """Local dates whose hours do not change; `to` is the first date after them.

    It is everybody's where `person_id` is null. The dates are read in each person's time zone as
    it was when the period was locked. One that was unlocked is kept, with who did it and why."""

    id: UUID
    person_id: UUID | None
    from_: date
    to: date
    reason: str
    locked_by: UUID
    locked_at: datetime
    unlocked_by: UUID | None
    unlocked_at: datetime | None
    unlock_reason: str | None


class LockedPeriodPage(msgspec.Struct):
    """Locked periods, the latest first."""

    items: list[LockedPeriod]
    next_cursor: str | None


class LockPeriod(msgspec.Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """The period to lock: from one local date up to, not including, another."""

    from_: date
    to: date
    person_id: UUID | None = None
    reason: Reason = ""


class UnlockPeriod(msgspec.Struct, forbid_unknown_fields=True):
    """Why the period is opened again."""

    reason: GivenReason


class LockedSpan(msgspec.Struct, kw_only=True, rename={"from_": "from"}):
    """The instants that are locked for one person, `[starts_at, ends_at)`, and what locks them: a
    locked period, or a timesheet with its `status`. `from` and `to` are its local dates."""

    person_id: UUID
    starts_at: datetime
    ends_at: datetime
    locked_period_id: UUID | None
    timesheet_id: UUID | None
    status: TimesheetStatus | None
    from_: date
    to: date
    reason: str


class LockedSpanPage(msgspec.Struct):
    """Locked spans, the earliest first."""

    items: list[LockedSpan]
    next_cursor: str | None
