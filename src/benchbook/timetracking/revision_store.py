"""The SQL of changes to several sessions at once, and of those that make one into another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction, constraint_of
from benchbook.timetracking.errors import AnotherSessionRuns, ProjectNotFound
from benchbook.timetracking.schemas import Session
from benchbook.timetracking.store import RUNNING_COLUMNS, SESSION_COLUMNS, session_of


async def lock_sessions(
    tx: Transaction, organisation_id: UUID, session_ids: Sequence[UUID]
) -> dict[UUID, Session]:
    """The saved sessions with these ids, also those in the bin, locked in the order of their ids."""
    rows = await tx.fetch(
        f"""
        SELECT {SESSION_COLUMNS}
        FROM sessions
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
        ORDER BY id
        FOR UPDATE
        """,
        organisation_id,
        session_ids,
    )
    return {row["id"]: session_of(row) for row in rows}


async def update_sessions(
    tx: Transaction,
    organisation_id: UUID,
    session_ids: Sequence[UUID],
    changes: dict[str, Any],
    pointer: str,
) -> dict[UUID, Session]:
    """Set the same columns of many locked sessions; raises ProjectNotFound.

    ``pointer`` is where the request says what to set.

    The keys of ``changes`` are column names of ours, never text from outside.
    """
    assignments = "".join(f"{column} = ${place}, " for place, column in enumerate(changes, 3))
    try:
        rows = await tx.fetch(
            f"""
            UPDATE sessions
            SET {assignments} updated_at = now(), revision = revision + 1
            WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
            RETURNING {SESSION_COLUMNS}
            """,
            organisation_id,
            session_ids,
            *changes.values(),
        )
    except asyncpg.ForeignKeyViolationError:
        raise ProjectNotFound.at(
            f"{pointer}/project_id", "There is no project with this id."
        ) from None
    return {row["id"]: session_of(row) for row in rows}


async def insert_copy(
    tx: Transaction,
    organisation_id: UUID,
    session: Session,
    *,
    copy_id: UUID,
    started_at: datetime,
    ended_at: datetime,
    is_part: bool = False,
) -> Session:
    """Save another session like this one, at other times.

    A part of it belongs to the import that the session came with, as the rest does.
    """
    row = await tx.fetchrow(
        f"""
        INSERT INTO sessions
          (organisation_id, person_id, id, name, note, project_id, tags, billable, started_at, ended_at,
           import_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
                (SELECT import_id FROM sessions
                 WHERE $11 AND organisation_id = $1 AND id = $12 AND started_at = $13))
        RETURNING {SESSION_COLUMNS}
        """,
        organisation_id,
        session.person_id,
        copy_id,
        session.name,
        session.note,
        session.project_id,
        session.tags,
        session.billable,
        started_at,
        ended_at,
        is_part,
        session.id,
        session.started_at,
    )
    assert row is not None
    return session_of(row)


async def run_again(
    tx: Transaction,
    organisation_id: UUID,
    person_id: UUID,
    session_id: UUID,
    *,
    stopped_within: timedelta,
) -> tuple[Session, int] | None:
    """Make a session that was stopped a moment ago run on; None when it was not.

    Raises AnotherSessionRuns.
    """
    try:
        row = await tx.fetchrow(
            f"""
            WITH taken AS (
              DELETE FROM sessions
              WHERE organisation_id = $1 AND person_id = $2 AND id = $3 AND deleted_at IS NULL
                AND started_at >= now() - interval '400 days'
                AND ended_at BETWEEN now() - $4::interval AND now()
                AND updated_at >= now() - $4::interval
              RETURNING id, project_id, name, note, tags, billable, started_at, created_at, revision
            )
            INSERT INTO running_sessions
              (organisation_id, id, person_id, project_id, name, note, tags, billable,
               started_at, created_at, revision)
            SELECT $1, id, $2, project_id, name, note, tags, billable,
                   started_at, created_at, revision + 1
            FROM taken
            RETURNING {RUNNING_COLUMNS}
            """,
            organisation_id,
            person_id,
            session_id,
            stopped_within,
        )
    except asyncpg.UniqueViolationError as error:
        if constraint_of(error).startswith("one_running_session_per_person"):
            raise AnotherSessionRuns("Another session runs already: stop that one first.") from None
        raise
    return (session_of(row), row["revision"]) if row else None
