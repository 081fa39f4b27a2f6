"""What goes over the wire about open shifts, and about shifts that people hand to each other."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from benchbook.shifts.labour_schemas import LabourRuleViolation
from benchbook.shifts.schemas import (
    BreakMinutes,
    Instant,
    LocationId,
    Note,
    OverrideReason,
    Position,
    Shift,
)

Kind = Literal["offer", "swap", "claim"]
Status = Literal[
    "open", "accepted", "done", "declined", "withdrawn", "refused", "expired", "overtaken"
]
Decision = Literal["accepted", "declined", "withdrawn", "approved", "refused", "reopened"]
Obstacle = Literal["overlap", "leave", "skill", "labour_rule"]
Approval = Literal["manager", "none"]

MOST_OPEN_SHIFTS = 100

Words = Annotated[str, Meta(min_length=1, max_length=500, description="1 to 500 characters.")]


class OpenShift(msgspec.Struct, kw_only=True):
    """A shift that nobody has yet. Once somebody has it, it is a shift with the same id."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    break_minutes: int
    position: str | None
    location_id: UUID | None
    note: str | None
    published: bool
    created_at: datetime
    updated_at: datetime


class OpenShiftPage(msgspec.Struct):
    """Open shifts, by their start."""

    items: list[OpenShift]
    next_cursor: str | None


class NewOpenShift(msgspec.Struct, forbid_unknown_fields=True):
    """A shift for whoever takes it; members see it unless `"published": false`."""

    starts_at: Instant
    ends_at: Instant
    break_minutes: BreakMinutes = 0
    position: Position | None = None
    location_id: LocationId | None = None
    note: Note | None = None
    published: bool = True


class ChangeOpenShift(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to an open shift; absent fields stay as they are, null clears."""

    starts_at: Instant | UnsetType = UNSET
    ends_at: Instant | UnsetType = UNSET
    break_minutes: BreakMinutes | UnsetType = UNSET
    position: Position | UnsetType | None = UNSET
    location_id: LocationId | UnsetType | None = UNSET
    note: Note | UnsetType | None = UNSET
    published: bool | UnsetType = UNSET


class ChangeOneOpenShift(ChangeOpenShift, forbid_unknown_fields=True, kw_only=True):
    """Changes to the open shift with this id; absent fields stay as they are, null clears."""

    id: UUID


class OpenShiftBatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to create, change and delete: up to 100 open shifts of each, all or nothing."""

    create: Annotated[list[NewOpenShift], Meta(max_length=MOST_OPEN_SHIFTS)] = []
    update: Annotated[list[ChangeOneOpenShift], Meta(max_length=MOST_OPEN_SHIFTS)] = []
    delete: Annotated[list[UUID], Meta(max_length=MOST_OPEN_SHIFTS)] = []


class OpenShiftBatchOutcome(msgspec.Struct):
    """What came of a batch, each list in the order of the request."""

    created: list[OpenShift]
    updated: list[OpenShift]
    deleted: list[UUID]


class OpenShiftEligibility(msgspec.Struct):
    """Whether the caller could have an open shift, and what stands against it."""

    open_shift_id: UUID
    eligible: bool
    obstacles: list[Obstacle]


class OpenShiftEligibilityPage(msgspec.Struct):
    """Open shifts by their start; empty for who is no employee."""

    items: list[OpenShiftEligibility]
    next_cursor: str | None


class Candidate(msgspec.Struct):
    """Whether an employee could take a shift, and why not. Members see the reasons of nobody but
    themselves."""

    employee_id: UUID
    first_name: str
    last_name: str
    eligible: bool
    obstacles: list[Obstacle] | None


class CandidatePage(msgspec.Struct):
    """Employees, by last and first name, without the one who has the shift."""

    items: list[Candidate]
    next_cursor: str | None


class SwapCandidate(msgspec.Struct):
    """Another's shift, and whether two employees could exchange theirs: `obstacles` is what stands
    against the one who would get it, `other_obstacles` against the one who has it now. Members are
    not told the latter."""

    shift: Shift
    eligible: bool
    obstacles: list[Obstacle]
    other_obstacles: list[Obstacle] | None


class SwapCandidatePage(msgspec.Struct):
    """Shifts of others, by their start."""

    items: list[SwapCandidate]
    next_cursor: str | None


class EmployeeEligibility(msgspec.Struct):
    """Whether an employee could have what a request hands to them, and why not; members are told
    no reasons but their own."""

    employee_id: UUID
    eligible: bool
    obstacles: list[Obstacle] | None


class ShiftRequestCheck(msgspec.Struct):
    """What would come of a request if it were carried out now. `violations` is what labour rules
    say to it, for managers; one with the effect `block` takes an `override_reason`."""

    eligible: bool
    employees: list[EmployeeEligibility]
    violations: list[LabourRuleViolation]


class ShiftRequest(msgspec.Struct, kw_only=True):
    """Somebody's wish to hand a shift over.

    `offer`: `employee_id` gives `shift_id` to `other_employee_id` or, while that is null, to
    anybody. `swap`: for `other_shift_id`. `claim`: `employee_id` takes the open shift `shift_id`.
    `open` waits for a colleague, `accepted` for a manager; `done` was carried out. `expired` and
    `overtaken` (a shift was changed or is gone) come to nothing, like those that were `declined`,
    `withdrawn` or `refused`.
    """

    id: UUID
    kind: Kind
    status: Status
    employee_id: UUID
    shift_id: UUID
    other_employee_id: UUID | None
    other_shift_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    position: str | None
    note: str | None
    expires_at: datetime
    decided_by: UUID | None
    decision_note: str | None
    created_at: datetime
    updated_at: datetime


class ShiftRequestPage(msgspec.Struct):
    """Requests, the latest first."""

    items: list[ShiftRequest]
    next_cursor: str | None


class NewShiftRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A wish of one's own: an `offer` of one's shift, to `other_employee_id` or to anybody; a
    `swap` of it for `other_shift_id`; a `claim` of an open shift. It ends at `expires_at`, or when
    the shift begins."""

    kind: Kind
    shift_id: UUID
    other_employee_id: UUID | None = None
    other_shift_id: UUID | None = None
    note: Words | None = None
    expires_at: Instant | None = None


class DecideShiftRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What becomes of a request: the colleague says `accepted` or `declined`, whoever asked
    `withdrawn`, a manager `approved` or `refused`, and `reopened` to take back what was carried
    out. `override_reason` lets a manager do what is against a labour rule."""

    status: Decision
    decision_note: Words | None = None
    override_reason: OverrideReason | None = None


class ShiftRequestSettings(msgspec.Struct):
    """Whether a manager approves what people agreed on."""

    approval: Approval


class ChangeShiftRequestSettings(msgspec.Struct, forbid_unknown_fields=True):
    """What is to hold from now on."""

    approval: Approval
