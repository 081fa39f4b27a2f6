"""What goes over the wire about templates of shifts and the patterns that repeat them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from benchbook.shifts.labour_schemas import LabourRuleViolation
from benchbook.shifts.schemas import (
    BreakMinutes,
    LocationId,
    Note,
    OverrideReason,
    Position,
    Shift,
    ShiftInTheWay,
)

LONGEST_CYCLE_DAYS = 366
MOST_ENTRIES = 1000
MOST_EMPLOYEES = 500

Name = Annotated[str, Meta(min_length=1, max_length=100, description="1 to 100 characters.")]
Clock = Annotated[
    str,
    Meta(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="A time of day by the clocks of the place, such as `22:00`.",
    ),
]
DurationMinutes = Annotated[
    int, Meta(ge=1, le=2880, description="How long it is in fact, whatever the clocks do.")
]
CycleDays = Annotated[
    int, Meta(ge=1, le=LONGEST_CYCLE_DAYS, description="After how many days it begins again.")
]
DayOfCycle = Annotated[int, Meta(ge=1, le=LONGEST_CYCLE_DAYS, description="1 is the first day.")]
OffsetDays = Annotated[
    int,
    Meta(ge=0, lt=LONGEST_CYCLE_DAYS, description="How many days of the cycle they are ahead."),
]


class ShiftTemplate(msgspec.Struct, kw_only=True):
    """A shift as it is done again and again, by the clocks of the place.

    With `end_time` it ends when the clocks say so, the next day unless that is later than
    `start_time`: a night from 22:00 to 06:00 has 7 or 9 hours when the clocks change. With
    `duration_minutes` it is that long in fact, and ends when it ends.
    """

    id: UUID
    name: str
    position: str | None
    location_id: UUID | None
    note: str | None
    start_time: str
    end_time: str | None
    duration_minutes: int | None
    break_minutes: int
    created_at: datetime
    updated_at: datetime


class ShiftTemplatePage(msgspec.Struct):
    """Templates, by their name."""

    items: list[ShiftTemplate]
    next_cursor: str | None


class NewShiftTemplate(msgspec.Struct, forbid_unknown_fields=True):
    """A template; it takes either `end_time` or `duration_minutes`."""

    name: Name
    start_time: Clock
    end_time: Clock | None = None
    duration_minutes: DurationMinutes | None = None
    break_minutes: BreakMinutes = 0
    position: Position | None = None
    location_id: LocationId | None = None
    note: Note | None = None


class ChangeShiftTemplate(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to a template; absent fields stay as they are, null clears. Naming an `end_time`
    takes the place of `duration_minutes`, and the other way about."""

    name: Name | UnsetType = UNSET
    start_time: Clock | UnsetType = UNSET
    end_time: Clock | UnsetType | None = UNSET
    duration_minutes: DurationMinutes | UnsetType | None = UNSET
    break_minutes: BreakMinutes | UnsetType = UNSET
    position: Position | UnsetType | None = UNSET
    location_id: LocationId | UnsetType | None = UNSET
    note: Note | UnsetType | None = UNSET


class PatternEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, order=True):
    """On this day of the cycle there is a shift like this template."""

    day: DayOfCycle
    template_id: UUID


class ShiftPattern(msgspec.Struct, kw_only=True):
    """Shifts that come again after `cycle_days`. `starts_on` is a first day of the cycle: it says
    where in the cycle every other day is, before and after it."""

    id: UUID
    name: str
    starts_on: date
    cycle_days: int
    entries: list[PatternEntry]
    created_at: datetime
    updated_at: datetime


class ShiftPatternPage(msgspec.Struct):
    """Patterns, by their name."""

    items: list[ShiftPattern]
    next_cursor: str | None


class NewShiftPattern(msgspec.Struct, forbid_unknown_fields=True):
    """A pattern: two weeks on and one off have a cycle of 21 days."""

    name: Name
    starts_on: date
    cycle_days: CycleDays
    entries: Annotated[list[PatternEntry], Meta(max_length=MOST_ENTRIES)]


class ChangeShiftPattern(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to a pattern; absent fields stay as they are. What was generated stays as it is."""

    name: Name | UnsetType = UNSET
    starts_on: date | UnsetType = UNSET
    cycle_days: CycleDays | UnsetType = UNSET
    entries: Annotated[list[PatternEntry], Meta(max_length=MOST_ENTRIES)] | UnsetType = UNSET


class PatternEmployee(msgspec.Struct, forbid_unknown_fields=True):
    """Who works by the pattern. With `offset_days` 7 they do in the first week what others do in
    the second."""

    employee_id: UUID
    offset_days: OffsetDays = 0


class GenerateShifts(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """For whom and for which days to make shifts; `to` is the first day that gets none. The clocks
    are those of `time_zone` or, without it, of each template's location or, without one, yours."""

    employees: Annotated[list[PatternEmployee], Meta(min_length=1, max_length=MOST_EMPLOYEES)]
    from_: date = msgspec.field(name="from")
    to: date
    time_zone: str | None = None
    published: bool = False
    dry_run: bool = False
    skip_conflicts: bool = False
    override_reason: OverrideReason | None = None


class GeneratedShift(msgspec.Struct, kw_only=True):
    """A shift that a pattern makes. `duration_seconds` is how long it is in fact,
    `nominal_seconds` how long by the clocks; they differ when the clocks change in between."""

    employee_id: UUID
    template_id: UUID
    date: date
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    duration_seconds: int
    nominal_seconds: int
    break_minutes: int
    position: str | None
    shift_id: UUID | None = None


class ShiftNotMade(msgspec.Struct, kw_only=True):
    """A shift of the pattern that was left out, or stands in the way of the whole.

    `overlap`: the employee has others then, or this pattern has two at once; `conflicts` names
    them. `leave`: they have approved leave, and the organisation wants no shifts then.
    `closed`: it starts in closed days, or in a month that is archived. `no_such_time`: the clocks leave its time out. `shorter_than_break`: a change of the
    clocks leaves less than its break.
    """

    employee_id: UUID
    template_id: UUID
    date: date
    reason: Literal["overlap", "leave", "closed", "no_such_time", "shorter_than_break"]
    conflicts: list[ShiftInTheWay]


class GeneratedShifts(msgspec.Struct, kw_only=True):
    """What a pattern made of some days, or would make in a dry run. `id` takes it back; it is
    null in a dry run, and when there was nothing to make. `warnings` says what would be against
    labour rules; in a dry run also what is refused."""

    id: UUID | None
    shifts: list[GeneratedShift]
    left_out: list[ShiftNotMade]
    warnings: list[LabourRuleViolation] = []


class ShiftGeneration(msgspec.Struct, kw_only=True, rename={"from_": "from"}):
    """Shifts that were made of a pattern together, and can be taken back together."""

    id: UUID
    pattern_id: UUID | None
    pattern_name: str
    from_: date
    to: date
    shift_count: int
    person_id: UUID
    created_at: datetime


class ShiftGenerationPage(msgspec.Struct):
    """What was generated, the latest first."""

    items: list[ShiftGeneration]
    next_cursor: str | None


class TakenBack(msgspec.Struct):
    """How many shifts were deleted, and how many are kept because they were changed since.
    `shifts` has the deleted ones as they were: created again, they undo this."""

    deleted: int
    kept: int
    shifts: list[Shift]
