"""The SQL of the archive: months of shifts that are closed, and those that are dropped."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from benchbook.platform.database import Transaction


async def keep_archive_before(tx: Transaction, border: datetime | None) -> int:
    """Bring every organisation's border to the beginning of this month (UTC), step by step; None
    makes all shifts live again. Answers how many steps that were, each a transaction of its own.
    """
    steps = 0
    while await tx.fetchval("SELECT step_shift_archive($1)", border):
        steps += 1
    return steps


async def drop_archived_before(tx: Transaction, border: datetime | None) -> list[str]:
    """Drop the archived months that lie wholly before; answers their partitions."""
    dropped: list[str] = await tx.fetchval("SELECT drop_archived_shifts($1)", border)
    return dropped


async def archived_among(
    tx: Transaction, organisation_id: UUID, shift_ids: Collection[UUID]
) -> set[UUID]:
    """Which of these shifts are archived."""
    rows = await tx.fetch(
        "SELECT id FROM archived_shifts WHERE organisation_id = $1 AND id = ANY ($2::uuid[])",
        organisation_id,
        list(shift_ids),
    )
    return {row["id"] for row in rows}


async def closed_before(tx: Transaction, organisation_id: UUID) -> datetime | None:
    """The organisation's border; None where nothing is archived."""
    border: datetime | None = await tx.fetchval(
        "SELECT closed_before FROM shift_archives WHERE organisation_id = $1", organisation_id
    )
    return border
