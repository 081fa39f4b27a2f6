"""What goes over the wire about how many people are needed when."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from benchbook.shifts.schemas import Position

MOST_NEEDS = 1000

TimeOfDay = Annotated[
    str,
    Meta(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="What the clock shows, such as 22:00.",
    ),
]
Weekday = Annotated[int, Meta(ge=1, le=7, description="1 is Monday, 7 Sunday.")]
Number = Annotated[int, Meta(ge=1, le=999, description="So many people at any moment of it.")]


class StaffingNeed(msgspec.Struct, forbid_unknown_fields=True, frozen=True, order=True):
    """How many people a position takes on a weekday, from one time of the clock to another.

    Where `to_time` is not later than `from_time` it is that of the next day.
    """

    position: Position
    weekday: Weekday
    from_time: TimeOfDay
    to_time: TimeOfDay
    number: Number


class StaffingPlan(msgspec.Struct, kw_only=True):
    """All that is needed in a week. `time_zone` is that of its clock; null before there is a
    plan."""

    time_zone: str | None
    needs: list[StaffingNeed]
    updated_at: datetime | None


class NewStaffingPlan(msgspec.Struct, forbid_unknown_fields=True):
    """A plan, whole: up to 1,000 needs, and none twice."""

    time_zone: Annotated[
        str, Meta(min_length=1, max_length=64, description="An IANA name such as Europe/Berlin.")
    ]
    needs: Annotated[list[StaffingNeed], Meta(max_length=MOST_NEEDS)]
