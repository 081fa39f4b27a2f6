"""The SQL of closed days."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from benchbook.platform.database import Transaction


async def find_closing(
    tx: Transaction, organisation_id: UUID
) -> tuple[date | None, str, datetime | None, int] | None:
    """The last closed day, its zone, the instant at which it ends, and the revision; None where
    nothing was ever closed."""
    row = await tx.fetchrow(
        """
        SELECT closed_until, time_zone, closed_before, revision
        FROM shift_closings
        WHERE organisation_id = $1
        """,
        organisation_id,
    )
    return tuple(row) if row else None


async def wait_for_writers(tx: Transaction, organisation_id: UUID) -> None:
    """Until the transaction ends nobody else writes shifts or closes them."""
    await tx.execute("SELECT pg_advisory_xact_lock(shift_archive_lock($1))", organisation_id)


async def set_closing(
    tx: Transaction,
    organisation_id: UUID,
    closed_until: date | None,
    time_zone: str,
    closed_before: datetime | None,
) -> int:
    """Close shifts that start before an instant, and no others; answers the revision."""
    revision: int = await tx.fetchval(
        """
        INSERT INTO shift_closings AS stored
          (organisation_id, closed_until, time_zone, closed_before)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (organisation_id) DO UPDATE
        SET closed_until = $2, time_zone = $3, closed_before = $4, updated_at = now(),
            revision = stored.revision + 1
        RETURNING revision
        """,
        organisation_id,
        closed_until,
        time_zone,
        closed_before,
    )
    return revision


async def border(tx: Transaction, organisation_id: UUID) -> datetime | None:
    """The instant before which no shift changes, closed or archived; None where all do."""
    instant: datetime | None = await tx.fetchval(
        """
        SELECT greatest((SELECT closed_before FROM shift_closings WHERE organisation_id = $1),
                        (SELECT closed_before FROM shift_archives WHERE organisation_id = $1))
        """,
        organisation_id,
    )
    return instant


async def closed_before(tx: Transaction, organisation_id: UUID) -> datetime | None:
    """The instant before which shifts are closed by the organisation; None where none are."""
    border: datetime | None = await tx.fetchval(
        "SELECT closed_before FROM shift_closings WHERE organisation_id = $1", organisation_id
    )
    return border
