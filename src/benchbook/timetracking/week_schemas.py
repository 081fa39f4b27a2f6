"""What goes over the wire about timesheets."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from benchbook.timetracking.locking_schemas import TimesheetStatus
from benchbook.timetracking.schemas import DayTotal, Note

Week = Annotated[date, Meta(description="Any date of the week; weeks begin as the person has it.")]
Comment = Annotated[str, Meta(min_length=1, max_length=5000, description="What is to be mended.")]
TimesheetIds = Annotated[
    list[UUID], Meta(min_length=1, max_length=500, description="At most 500, each once.")
]


class Timesheet(msgspec.Struct, kw_only=True, rename={"from_": "from"}):
    """A person's week: seven local dates, `to` being the first one after them.

    A week that was never submitted has no `id` yet. `days` are those with hours; a session counts
    for the day it starts in, so that the sums agree with `/sessions/totals` from `starts_at` to
    `ends_at`. It is `missing` when it is over, has hours and is neither submitted nor approved."""

    id: UUID | None
    person_id: UUID
    person_name: str
    from_: date
    to: date
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    status: TimesheetStatus
    missing: bool
    session_count: int
    duration_seconds: int
    days: list[DayTotal]
    note: str
    comment: str
    submitted_at: datetime | None
    decided_at: datetime | None
    decided_by: UUID | None


class TimesheetPage(msgspec.Struct):
    """Weeks, the latest first."""

    items: list[Timesheet]
    next_cursor: str | None


class TimesheetEvent(msgspec.Struct, kw_only=True):
    """What became of a week, who did it, and what they wrote."""

    occurred_at: datetime
    actor_id: UUID | None
    action: Literal["submitted", "withdrawn", "approved", "reopened", "returned"]
    comment: str


class WeekBucket(msgspec.Struct, kw_only=True):
    """One project's hours of the week; `key` is null for what is filed under none."""

    key: str | None
    label: str
    colour: str | None
    duration_seconds: int
    days: list[DayTotal]


class TimesheetDetails(Timesheet, kw_only=True):
    """A week with its hours by project, and what became of it, the latest first."""

    projects: list[WeekBucket]
    history: list[TimesheetEvent]


class Timesheets(msgspec.Struct):
    """Some weeks, in the order of the request."""

    items: list[Timesheet]


class SubmitWeek(msgspec.Struct, forbid_unknown_fields=True):
    """The week to submit, with a note for whoever approves it."""

    week: Week
    note: Note = ""


class WithdrawWeek(msgspec.Struct, forbid_unknown_fields=True):
    """The week to take back."""

    week: Week


class ApproveTimesheets(msgspec.Struct, forbid_unknown_fields=True):
    """The weeks to approve, with a comment if there is something to say."""

    ids: TimesheetIds
    comment: Note = ""


class ReturnTimesheets(msgspec.Struct, forbid_unknown_fields=True):
    """The weeks to return, and why."""

    ids: TimesheetIds
    comment: Comment


class ReopenTimesheets(msgspec.Struct, forbid_unknown_fields=True):
    """The weeks whose approval is taken back."""

    ids: TimesheetIds
