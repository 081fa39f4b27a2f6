"""The SQL of the calendar of hours."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction, one_row

_FILED_SESSIONS = """
    FROM sessions
    LEFT JOIN projects
      ON projects.organisation_id = sessions.organisation_id AND projects.id = sessions.project_id
    LEFT JOIN clients
      ON clients.organisation_id = projects.organisation_id AND clients.id = projects.client_id
    WHERE sessions.organisation_id = $1 AND sessions.person_id = $2 AND sessions.deleted_at IS NULL
      AND sessions.started_at >= $3"""


async def find_state(
    tx: Transaction, organisation_id: UUID, person_id: UUID, since: datetime
) -> tuple[int, int]:
    """What tells one state of a person's saved sessions from another: their number, and a sum
    over their ids and revisions, those of their projects and clients included."""
    row = await one_row(
        tx,
        f"""
        SELECT count(*) AS count,
               coalesce(bit_xor(hashtextextended(
                 concat_ws(' ', sessions.id, sessions.revision, projects.revision, clients.revision),
                 0)), 0) AS fingerprint
        {_FILED_SESSIONS}
        """,
        organisation_id,
        person_id,
        since,
    )
    return row["count"], row["fingerprint"]


async def list_for_calendar(
    tx: Transaction, organisation_id: UUID, person_id: UUID, since: datetime, limit: int
) -> list[asyncpg.Record]:
    """A person's newest saved sessions, at most ``limit``, with what they are filed under."""
    rows: list[asyncpg.Record] = await tx.fetch(
        f"""
        SELECT sessions.id, sessions.revision, sessions.name, sessions.note, sessions.tags,
               sessions.started_at, sessions.ended_at, sessions.created_at, sessions.updated_at,
               projects.name AS project, clients.name AS client
        {_FILED_SESSIONS}
        ORDER BY sessions.started_at DESC, sessions.id DESC
        LIMIT $4
        """,
        organisation_id,
        person_id,
        since,
        limit,
    )
    return rows
