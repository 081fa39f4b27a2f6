"""The SQL of the calendar of shifts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction


async def list_for_calendar(
    tx: Transaction, organisation_id: UUID, person_id: UUID, since: datetime, limit: int
) -> list[asyncpg.Record]:
    """A person's published shifts that end after an instant, and what was cancelled of theirs."""
    rows: list[asyncpg.Record] = await tx.fetch(
        """
        WITH own AS (
          SELECT id FROM employees WHERE organisation_id = $1 AND person_id = $2
        ), seen AS (
          SELECT id, starts_at, ends_at, position, location_id, note, created_at, updated_at,
                 revision
          FROM all_shifts
          WHERE organisation_id = $1 AND employee_id IN (SELECT id FROM own)
            AND starts_at > $3::timestamptz - interval '48 hours' AND ends_at > $3 AND published
          UNION ALL
          SELECT id, starts_at, ends_at, position, location_id, note, created_at, updated_at,
                 revision
          FROM published_versions
          WHERE organisation_id = $1 AND employee_id IN (SELECT id FROM own)
            AND starts_at > $3::timestamptz - interval '48 hours' AND ends_at > $3
        )
        SELECT seen.id, seen.starts_at, seen.ends_at, seen.position, seen.note, seen.created_at,
               seen.updated_at, seen.revision, locations.name AS location, false AS is_cancelled
        FROM seen
        LEFT JOIN locations
          ON locations.organisation_id = $1 AND locations.id = seen.location_id
        UNION ALL
        SELECT shift_id, starts_at, ends_at, position, NULL, created_at, cancelled_at, revision,
               NULL, true
        FROM shift_cancellations
        WHERE organisation_id = $1 AND employee_id IN (SELECT id FROM own) AND ends_at > $3
          AND shift_id NOT IN (SELECT id FROM seen)
        ORDER BY starts_at DESC, id
        LIMIT $4
        """,
        organisation_id,
        person_id,
        since,
        limit,
    )
    return rows
