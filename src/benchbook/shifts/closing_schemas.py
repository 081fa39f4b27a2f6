"""What goes over the wire about closed days."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from benchbook.shifts.catalogue_schemas import TimeZone

Reason = Annotated[
    str, Meta(min_length=1, max_length=500, description="1 to 500 characters; the audit keeps it.")
]


class ShiftClosing(msgspec.Struct, kw_only=True):
    """Up to when shifts are closed.

    `closed_until` is the last day, in `time_zone`, and `closed_before` the instant at which it ends;
    both are null where none is closed. `archived_before` is the border of the months that the
    operator has archived, which nobody here can open.
    """

    closed_until: date | None
    time_zone: str
    closed_before: datetime | None
    archived_before: datetime | None


class ChangeShiftClosing(msgspec.Struct, forbid_unknown_fields=True):
    """The last day that is to be closed, null for none; in the zone of the staffing needs, or else
    of the profile, unless one is given."""

    closed_until: date | None
    time_zone: TimeZone | UnsetType = UNSET
    reason: Reason | None = None
