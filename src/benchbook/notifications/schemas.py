"""What goes over the wire about notifications."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta


class Notification(msgspec.Struct, kw_only=True):
    """Something that a person is told.

    `shifts`: one's shifts were `added`, `changed` or `cancelled` (numbers); the first 20 are in
    `shifts`, each with `change`, `shift_id`, `starts_at`, `ends_at` and `position`.
    `leave_requested` (to managers) and `leave_decided`: `leave_request_id`, `employee_id`, `status`.
    `shift_request` and, to managers, `shift_request_waits`: `shift_request_id`, `kind`, `status`,
    `starts_at`, `employee_id`, `other_employee_id`.
    `shifts_offered` (to everybody) and `open_shifts`: a `count` of shifts that one could take; the
    first 20 are in `shifts`, each with `shift_id`, `starts_at`, `ends_at`, `position` and, where it
    is offered, `shift_request_id` and the `employee_id` of who offers it.
    Programs should pass over kinds that they do not know.
    """

    id: UUID
    kind: str
    data: Annotated[dict[str, Any], Meta(description="What happened, by kind.")]
    created_at: datetime
    updated_at: datetime
    read_at: datetime | None


class NotificationPage(msgspec.Struct):
    """One's own notifications, newest first, and how many of all are unread."""

    items: list[Notification]
    next_cursor: str | None
    unread_count: int


class MarkRead(msgspec.Struct, forbid_unknown_fields=True):
    """Which to mark as read; all of one's own if absent."""

    ids: Annotated[list[UUID], Meta(max_length=500)] | None = None


class MarkedRead(msgspec.Struct):
    """How many are unread now."""

    unread_count: int
