"""What goes over the wire about publishing the roster."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from benchbook.shifts.schemas import LARGEST_BATCH, Shift

Bound = Annotated[
    str, Meta(max_length=40, description="An instant, or a date in your own time zone.")
]


class PublishShifts(msgspec.Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Which drafts to publish: those that start in the half-open range, or were last published in
    it; of these employees or these shifts only, if any are named."""

    from_: Bound
    to: Bound
    employee_ids: Annotated[list[UUID], Meta(max_length=500)] | None = None
    shift_ids: Annotated[list[UUID], Meta(max_length=LARGEST_BATCH)] | None = None
    dry_run: Annotated[bool, Meta(description="Only say what would be published.")] = False


class ChangedShift(msgspec.Struct):
    """A shift as it was published last, and as it is to be."""

    before: Shift
    after: Shift


class PublishedShifts(msgspec.Struct, kw_only=True):
    """The difference to what was published before, as the employees see it: one that is handed over
    is cancelled for the one and added for the other."""

    dry_run: bool
    added: list[Shift]
    changed: list[ChangedShift]
    cancelled: list[Shift]
