"""What goes over the wire about leave, availability and what stands against shifts."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from benchbook.shifts.catalogue_schemas import TimeZone
from benchbook.shifts.schemas import Instant, Note

LeaveKind = Literal["vacation", "sick", "parental", "training", "unpaid", "other"]
LeaveStatus = Literal["requested", "approved", "declined", "cancelled"]
AvailabilityKind = Literal["prefers", "cannot"]
ConflictKind = Literal["leave", "leave_requested", "unavailable", "skill"]

Day = Annotated[dt.date, Meta(description="A date of the zone, `2026-05-11`.")]
Clock = Annotated[
    str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="A local time, `08:30`.")
]
Weekday = Annotated[int, Meta(ge=1, le=7, description="1 is Monday, 7 Sunday.")]


class LeaveRequest(msgspec.Struct, kw_only=True):
    """When an employee is away. `first_day` and `last_day` are set where it is of whole days, which
    begin and end in `time_zone`; `starts_at` and `ends_at` always are."""

    id: UUID
    employee_id: UUID
    kind: LeaveKind
    status: LeaveStatus
    first_day: dt.date | None
    last_day: dt.date | None
    time_zone: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    note: str | None
    requested_by: UUID
    decided_by: UUID | None
    decided_at: dt.datetime | None
    decision_note: str | None
    created_at: dt.datetime
    updated_at: dt.datetime


class LeaveRequestPage(msgspec.Struct):
    """Leave, by its start."""

    items: list[LeaveRequest]
    next_cursor: str | None


class NewLeaveRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Leave to ask for: `first_day` with `last_day`, or `starts_at` with `ends_at`.

    `employee_id` is the caller's own unless given. `time_zone` is that of the employee's location,
    or else the caller's, unless given. Managers may send `"status": "approved"`.
    """

    kind: LeaveKind
    employee_id: UUID | None = None
    first_day: Day | None = None
    last_day: Day | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    time_zone: TimeZone | None = None
    note: Note | None = None
    status: Literal["requested", "approved"] = "requested"


class DecideLeave(msgspec.Struct, forbid_unknown_fields=True):
    """A decision on leave. People cancel their own; managers decide. `requested` takes back what
    was decided: the leave waits again, without its `decision_note`."""

    status: LeaveStatus
    decision_note: Note | UnsetType | None = UNSET


class Availability(msgspec.Struct, kw_only=True):
    """When an employee cannot work, or would rather: every week on `weekday`, or on `date`.

    Without `start_time` from the day's beginning, without `end_time` to its end, in `time_zone`.
    """

    id: UUID
    employee_id: UUID
    kind: AvailabilityKind
    weekday: int | None
    date: dt.date | None
    start_time: str | None
    end_time: str | None
    time_zone: str
    note: str | None
    created_at: dt.datetime
    updated_at: dt.datetime


class AvailabilityPage(msgspec.Struct):
    """Availability, the oldest entry first."""

    items: list[Availability]
    next_cursor: str | None


class NewAvailability(msgspec.Struct, forbid_unknown_fields=True):
    """Availability to tell: with a `weekday` or a `date`. `employee_id` is the caller's own unless
    given; `time_zone` is that of the employee's location, or else the caller's, unless given."""

    kind: AvailabilityKind
    employee_id: UUID | None = None
    weekday: Weekday | None = None
    date: Day | None = None
    start_time: Clock | None = None
    end_time: Clock | None = None
    time_zone: TimeZone | None = None
    note: Note | None = None


class LeaveSettings(msgspec.Struct):
    """Whether shifts during approved leave are refused, or only told of as conflicts."""

    blocks_shifts: bool


class ChangeLeaveSettings(msgspec.Struct, forbid_unknown_fields=True):
    """What is to hold from now on."""

    blocks_shifts: bool


class ShiftConflict(msgspec.Struct, kw_only=True):
    """Something that stands against a shift: leave, availability (`cannot`), or missing skills."""

    kind: ConflictKind
    shift_id: UUID
    employee_id: UUID
    starts_at: dt.datetime
    ends_at: dt.datetime
    leave_request_id: UUID | None = None
    availability_id: UUID | None = None
    missing_skill_ids: list[UUID] = []


class ShiftConflicts(msgspec.Struct):
    """Conflicts, by the start of the shift. `truncated` when only the first 1,000 are named."""

    items: list[ShiftConflict]
    truncated: bool
