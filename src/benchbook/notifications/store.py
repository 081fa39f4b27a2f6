"""The SQL of notifications. Row-level security shows each person their own."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from benchbook.notifications.schemas import Notification
from benchbook.platform.database import Transaction


async def list_notifications(
    tx: Transaction,
    organisation_id: UUID,
    person_id: UUID,
    *,
    unread: bool | None,
    after: UUID | None,
    limit: int,
) -> list[Notification]:
    """A person's notifications, newest first (ids are ordered by time)."""
    rows = await tx.fetch(
        """
        SELECT id, kind, data, created_at, updated_at, read_at
        FROM notifications
        WHERE organisation_id = $1 AND person_id = $2
          AND ($3::uuid IS NULL OR id < $3)
          AND ($4::boolean IS NULL OR (read_at IS NULL) = $4)
        ORDER BY id DESC
        LIMIT $5
        """,
        organisation_id,
        person_id,
        after,
        unread,
        limit,
    )
    return [Notification(**dict(row) | {"data": msgspec.json.decode(row["data"])}) for row in rows]


async def count_unread(tx: Transaction, organisation_id: UUID, person_id: UUID) -> int:
    """How many of a person's notifications are unread."""
    count: int = await tx.fetchval(
        """
        SELECT count(*)
        FROM notifications
        WHERE organisation_id = $1 AND person_id = $2 AND read_at IS NULL
        """,
        organisation_id,
        person_id,
    )
    return count


async def mark_read(
    tx: Transaction, organisation_id: UUID, person_id: UUID, ids: Sequence[UUID] | None
) -> None:
    """Mark these, or all, of a person's notifications as read; what is not theirs is passed over."""
    await tx.execute(
        """
        UPDATE notifications
        SET read_at = now()
        WHERE organisation_id = $1 AND person_id = $2 AND read_at IS NULL
          AND ($3::uuid[] IS NULL OR id = ANY ($3))
        """,
        organisation_id,
        person_id,
        ids,
    )


async def forget_old_notifications(tx: Transaction) -> None:
    """Delete what is older than 90 days, and cancellations of shifts that ended 30 days ago."""
    await tx.execute("SELECT forget_old_notifications()")
