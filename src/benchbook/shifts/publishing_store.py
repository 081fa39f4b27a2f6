"""The SQL of publishing: drafts, and what members see in their place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from benchbook.platform.database import Transaction
from benchbook.shifts.schemas import Shift
from benchbook.shifts.store import COLUMNS, shift_of


async def find_drafts(
    tx: Transaction,
    organisation_id: UUID,
    employee_ids: Sequence[UUID] | None,
    shift_ids: Sequence[UUID] | None,
    starting: datetime,
    ending: datetime,
    limit: int,
) -> list[Shift]:
    """Drafts that start in the half-open range, or were published there last."""
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
        FROM shifts
        WHERE organisation_id = $1 AND NOT published
          AND (starts_at >= $4 AND starts_at < $5
               OR id IN (SELECT id FROM published_versions
                         WHERE organisation_id = $1 AND starts_at >= $4 AND starts_at < $5))
          AND ($3::uuid[] IS NULL OR id = ANY ($3))
          AND ($2::uuid[] IS NULL OR employee_id = ANY ($2)
               OR id IN (SELECT id FROM published_versions
                         WHERE organisation_id = $1 AND employee_id = ANY ($2)))
        ORDER BY starts_at, id
        LIMIT $6
        """,
        organisation_id,
        employee_ids,
        shift_ids,
        starting,
        ending,
        limit,
    )
    return [shift_of(row) for row in rows]


async def find_versions(
    tx: Transaction, organisation_id: UUID, shift_ids: Sequence[UUID]
) -> dict[UUID, Shift]:
    """These shifts as they were published last, where they are being changed."""
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
        FROM published_versions
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
        """,
        organisation_id,
        shift_ids,
    )
    return {row["id"]: shift_of(row) for row in rows}


async def publish(tx: Transaction, organisation_id: UUID, shift_ids: Sequence[UUID]) -> None:
    """Publish locked drafts; a trigger tells whom it concerns."""
    await tx.execute(
        """
        UPDATE shifts
        SET published = true, updated_at = now(), revision = revision + 1
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[]) AND NOT published
        """,
        organisation_id,
        shift_ids,
    )
