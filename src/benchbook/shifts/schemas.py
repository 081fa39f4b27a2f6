"""What goes over the wire about employees and shifts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from benchbook.shifts.catalogue_schemas import SkillIds
from benchbook.shifts.labour_schemas import LabourRuleViolation

LARGEST_BATCH = 10_000

FirstName = Annotated[str, Meta(min_length=1, max_length=50, description="1 to 50 characters.")]
LastName = Annotated[str, Meta(min_length=1, max_length=50, description="1 to 50 characters.")]
Address = Annotated[
    str,
    Meta(min_length=1, max_length=255, description="1 to 255 characters, used once."),
]
Email = Annotated[str, Meta(min_length=3, max_length=254, description="An e-mail address.")]
Instant = Annotated[
    datetime, Meta(tz=True, description="RFC 3339 with an offset; seconds are cut off.")
]
Position = Annotated[str, Meta(min_length=1, max_length=100, description="1 to 100 characters.")]
Note = Annotated[str, Meta(min_length=1, max_length=1000, description="1 to 1,000 characters.")]

ContractedHours = Annotated[
    float, Meta(ge=0, le=168, description="Hours a week, kept to two decimals.")
]
BreakMinutes = Annotated[
    int, Meta(ge=0, le=720, description="How much of it is a break; shorter than the shift.")
]
OverrideReason = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        description="Why this may be against labour rules that block; kept, and in the audit.",
    ),
]
LocationId = Annotated[UUID, Meta(description="Where: the id of a location.")]


class Employee(msgspec.Struct, kw_only=True):
    """Somebody who can be on duty. `address`, `email` and `contracted_hours_per_week` are null for
    members who look at others: managers see them, and the person whom the employee is linked to."""

    id: UUID
    first_name: str
    last_name: str
    address: str | None
    email: str | None
    person_id: UUID | None
    skill_ids: list[UUID]
    location_id: UUID | None
    contracted_hours_per_week: float | None
    created_at: datetime
    updated_at: datetime


class EmployeePage(msgspec.Struct):
    """Employees, by last and first name."""

    items: list[Employee]
    next_cursor: str | None


class DeletedEmployee(msgspec.Struct, kw_only=True):
    """Somebody who was deleted, and can be brought back with `shift_count` shifts until
    `gone_at`."""

    id: UUID
    first_name: str
    last_name: str
    shift_count: int
    deleted_at: datetime
    gone_at: datetime


class DeletedEmployeePage(msgspec.Struct):
    """Deleted employees, the last to go first."""

    items: list[DeletedEmployee]
    next_cursor: str | None


class NewEmployee(msgspec.Struct, forbid_unknown_fields=True):
    """An employee, whole. `person_id` links them to somebody of the organisation."""

    first_name: FirstName
    last_name: LastName
    address: Address
    email: Email | None = None
    person_id: UUID | None = None
    skill_ids: SkillIds = []
    location_id: LocationId | None = None
    contracted_hours_per_week: ContractedHours | None = None


class ChangeEmployee(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to an employee; absent fields stay as they are, null clears."""

    first_name: FirstName | UnsetType = UNSET
    last_name: LastName | UnsetType = UNSET
    address: Address | UnsetType = UNSET
    email: Email | UnsetType | None = UNSET
    person_id: UUID | UnsetType | None = UNSET
    skill_ids: SkillIds | UnsetType = UNSET
    location_id: LocationId | UnsetType | None = UNSET
    contracted_hours_per_week: ContractedHours | UnsetType | None = UNSET


class Shift(msgspec.Struct, kw_only=True):
    """When an employee is on duty, in whole minutes, UTC. Members see it once it is published."""

    id: UUID
    employee_id: UUID
    starts_at: datetime
    ends_at: datetime
    break_minutes: int
    position: str | None
    location_id: UUID | None
    note: str | None
    published: bool
    created_at: datetime
    updated_at: datetime


class SavedShift(Shift, kw_only=True, omit_defaults=True):
    """A shift as it was saved. `warnings` is there where labour rules that only warn say
    something."""

    warnings: list[LabourRuleViolation] = []


class ShiftPage(msgspec.Struct):
    """Shifts, by their start."""

    items: list[Shift]
    next_cursor: str | None


class ShiftTotals(msgspec.Struct):
    """What shifts add up to, whole ones: none is cut at the ends of the range."""

    count: int
    duration_seconds: int


class NewShift(msgspec.Struct, forbid_unknown_fields=True):
    """A shift to add; `"published": false` keeps it from members until it is published."""

    employee_id: UUID
    starts_at: Instant
    ends_at: Instant
    position: Position | None = None
    note: Note | None = None
    published: bool = True
    location_id: LocationId | None = None
    break_minutes: BreakMinutes = 0


class AddShift(NewShift, forbid_unknown_fields=True):
    """A shift to add. `override_reason` lets it be against labour rules that block."""

    override_reason: OverrideReason | None = None


class ChangeShift(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to a shift; absent fields stay as they are, null clears."""

    employee_id: UUID | UnsetType = UNSET
    starts_at: Instant | UnsetType = UNSET
    ends_at: Instant | UnsetType = UNSET
    position: Position | UnsetType | None = UNSET
    note: Note | UnsetType | None = UNSET
    published: bool | UnsetType = UNSET
    location_id: LocationId | UnsetType | None = UNSET
    break_minutes: BreakMinutes | UnsetType = UNSET


class ChangeOneShift(ChangeShift, forbid_unknown_fields=True):
    """Changes to a shift; absent fields stay as they are, null clears. `override_reason` lets them
    be against labour rules that block."""

    override_reason: OverrideReason | None = None


class ChangeOneOfMany(ChangeShift, forbid_unknown_fields=True, kw_only=True):
    """Changes to the shift with this id; absent fields stay as they are, null clears."""

    id: UUID


class ShiftBatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to create, change, delete and bring back: up to 10,000 shifts together, each at most
    once. `restore` names shifts that were deleted in the last 30 days."""

    create: Annotated[list[NewShift], Meta(max_length=LARGEST_BATCH)] = []
    update: Annotated[list[ChangeOneOfMany], Meta(max_length=LARGEST_BATCH)] = []
    delete: Annotated[list[UUID], Meta(max_length=LARGEST_BATCH)] = []
    restore: Annotated[list[UUID], Meta(max_length=LARGEST_BATCH)] = []
    override_reason: OverrideReason | None = None


class BatchOutcome(msgspec.Struct, omit_defaults=True):
    """What came of a batch, each list in the order of the request. `restored` is there where
    something came back, `warnings` where labour rules that only warn say something."""

    created: list[Shift]
    updated: list[Shift]
    deleted: list[UUID]
    restored: list[Shift] = []
    warnings: list[LabourRuleViolation] = []


class RestoreShift(msgspec.Struct, forbid_unknown_fields=True):
    """How to bring a shift back. `override_reason` lets it be against labour rules that block."""

    override_reason: OverrideReason | None = None


class SwapShifts(msgspec.Struct, forbid_unknown_fields=True):
    """The shifts to pass on: the employee of each takes the next one, that of the last the
    first."""

    shift_ids: Annotated[list[UUID], Meta(min_length=2, max_length=LARGEST_BATCH)]
    override_reason: OverrideReason | None = None


class SwappedShifts(msgspec.Struct, omit_defaults=True):
    """The shifts with their new employees, in the order of the request. `warnings` is there where
    labour rules that only warn say something."""

    shifts: list[Shift]
    warnings: list[LabourRuleViolation] = []


class ShiftInTheWay(msgspec.Struct, omit_defaults=True):
    """A shift that another one would overlap, as the request would have left it.

    One that the same request creates has no id yet: `pointer` names it instead.
    """

    employee_id: UUID
    starts_at: datetime
    ends_at: datetime
    shift_id: UUID | None = None
    pointer: str | None = None
