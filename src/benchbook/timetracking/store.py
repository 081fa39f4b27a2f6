"""The SQL of hours: one function a query.

The application's role sees what the row-level-security policies show; the conditions here repeat
organisation and person only where an index needs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction, constraint_of, one_row
from benchbook.timetracking.errors import (
    ProjectNotFound,
    SessionNotKept,
    StartsBeforeRunningSession,
)
from benchbook.timetracking.filters import SessionFilters, conditions_of
from benchbook.timetracking.schemas import Session

RUNNING_COLUMNS = """
    id, name, note, started_at, NULL::timestamptz AS ended_at,
    greatest(0, floor(extract(epoch FROM clock_timestamp() - started_at)))::integer AS duration_seconds,
    project_id, tags, billable, person_id, created_at, updated_at, NULL::timestamptz AS deleted_at,
    revision"""
SESSION_COLUMNS = """
    id, name, note, started_at, ended_at, duration_seconds, project_id, tags, billable, person_id,
    created_at, updated_at, deleted_at, revision"""

# A session as JSON, as the Session schema describes it; a test holds the two together. The pool's
# connections live in UTC, which to_char relies on. It is put together as text because
# json_build_object takes PostgreSQL a third longer over a page of 50.
SESSION_JSON = """
    concat(
      '{"id":"', id,
      '","name":', to_json(name),
      ',"note":', to_json(note),
      ',"started_at":"', to_char(started_at, 'YYYY-MM-DD"T"HH24:MI:SS'),
      'Z","ended_at":"', to_char(ended_at, 'YYYY-MM-DD"T"HH24:MI:SS'),
      'Z","duration_seconds":', duration_seconds,
      ',"project_id":', coalesce('"' || project_id || '"', 'null'),
      ',"tags":', to_json(tags),
      ',"billable":', to_json(billable),
      ',"person_id":"', person_id,
      '","created_at":"', to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US'),
      'Z","updated_at":"', to_char(updated_at, 'YYYY-MM-DD"T"HH24:MI:SS.US'),
      'Z","deleted_at":', coalesce(
        '"' || to_char(deleted_at, 'YYYY-MM-DD"T"HH24:MI:SS.US') || 'Z"', 'null'),
      '}')"""


@dataclass(frozen=True)
class SessionsAsJson:
    """A page of a list: JSON objects with commas between, and where the next page begins.

    PostgreSQL makes the text, so that no row is read and written again in Python.
    """

    items: str
    next_after: tuple[datetime, UUID] | None = None


def session_of(row: asyncpg.Record) -> Session:
    """The session in a row of SESSION_COLUMNS or RUNNING_COLUMNS."""
    values = dict(row)
    del values["revision"]
    return Session(**values)


def _translated(error: Exception) -> Exception:
    name = constraint_of(error)
    if "session_project_exists" in name:
        return ProjectNotFound.at("/project_id", "There is no project with this id.")
    if name.startswith("session_does_not_end_before_it_starts"):
        return StartsBeforeRunningSession.at(
            "/started_at", "The running session started later than that."
        )
    if _is_not_kept(error, name):
        return SessionNotKept.at(
            "/started_at", "This server keeps sessions for a time only, and that is longer ago."
        )
    return error


def _is_not_kept(error: Exception, constraint: str) -> bool:
    # PostgreSQL names no constraint where a month was dropped since it was prepared.
    return constraint == "session_starts_in_a_month_that_is_kept" or (
        isinstance(error, asyncpg.CheckViolationError) and not constraint
    )


# The timer ------------------------------------------------------------------------------------


async def lock_timer(tx: Transaction, organisation_id: UUID, person_id: UUID) -> datetime:
    """Let one change of a person's timer come after the other; the instant when it is our turn.

    The clock is read once the lock is held, so that starts follow each other in time as well.
    """
    row = await one_row(
        tx,
        """
        SELECT pg_advisory_xact_lock(hashtextextended($1::text || $2::text, 0)),
               date_trunc('second', clock_timestamp()) AS now
        """,
        str(organisation_id),
        str(person_id),
    )
    instant: datetime = row["now"]
    return instant


async def find_running(
    tx: Transaction, organisation_id: UUID, person_id: UUID
) -> tuple[Session, int] | None:
    """What the person has running, and its revision."""
    row = await tx.fetchrow(
        f"""
        SELECT {RUNNING_COLUMNS}
        FROM running_sessions
        WHERE organisation_id = $1 AND person_id = $2
        """,
        organisation_id,
        person_id,
    )
    return (session_of(row), row["revision"]) if row else None


async def switch_timer(
    tx: Transaction,
    *,
    organisation_id: UUID,
    person_id: UUID,
    session_id: UUID,
    name: str,
    note: str,
    project_id: UUID | None,
    tags: list[str],
    billable: bool | None,
    started_at: datetime,
) -> tuple[Session, Session | None]:
    """Move what runs to the saved sessions, ended at the new one's start, and start the new one.

    Answers the running and the stopped session. Raises StartsBeforeRunningSession when the one
    that runs started later, ProjectNotFound.
    """
    try:
        rows = await tx.fetch(
            f"""
            WITH stopped AS (
              DELETE FROM running_sessions
              WHERE organisation_id = $1 AND person_id = $2
              RETURNING id, project_id, name, note, tags, billable, started_at, created_at, revision
            ), saved AS (
              INSERT INTO sessions
                (organisation_id, id, person_id, project_id, name, note, tags, billable,
                 started_at, ended_at, created_at, revision)
              SELECT $1, id, $2, project_id, name, note, tags, billable,
                     started_at, $8, created_at, revision + 1
              FROM stopped
              RETURNING {SESSION_COLUMNS}
            ), started AS (
              INSERT INTO running_sessions
                (organisation_id, id, person_id, project_id, name, note, tags, billable, started_at)
              SELECT $1, $3, $2, $4, $5, $9, $6,
                     coalesce($7, (SELECT billable FROM projects
                                   WHERE organisation_id = $1 AND id = $4), false),
                     $8
              FROM (SELECT count(*) FROM saved) AS first_the_old_one
              RETURNING {RUNNING_COLUMNS}
            )
            SELECT {SESSION_COLUMNS} FROM started
            UNION ALL
            SELECT {SESSION_COLUMNS} FROM saved
            """,
            organisation_id,
            person_id,
            session_id,
            project_id,
            name,
            tags,
            billable,
            started_at,
            note,
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error
    by_id = {row["id"]: session_of(row) for row in rows}
    running = by_id.pop(session_id)
    return running, next(iter(by_id.values()), None)


async def stop_timer(
    tx: Transaction, organisation_id: UUID, person_id: UUID, ended_at: datetime
) -> Session | None:
    """Move what runs to the saved sessions; None when nothing runs.

    Raises StartsBeforeRunningSession when it started after ``ended_at``.
    """
    try:
        row = await tx.fetchrow(
            f"""
            WITH stopped AS (
              DELETE FROM running_sessions
              WHERE organisation_id = $1 AND person_id = $2
              RETURNING id, project_id, name, note, tags, billable, started_at, created_at, revision
            )
            INSERT INTO sessions
              (organisation_id, id, person_id, project_id, name, note, tags, billable,
               started_at, ended_at, created_at, revision)
            SELECT $1, id, $2, project_id, name, note, tags, billable,
                   started_at, $3, created_at, revision + 1
            FROM stopped
            RETURNING {SESSION_COLUMNS}
            """,
            organisation_id,
            person_id,
            ended_at,
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error
    return session_of(row) if row else None


async def update_running(
    tx: Transaction, organisation_id: UUID, person_id: UUID, changes: dict[str, Any]
) -> tuple[Session, int] | None:
    """Set some columns of what runs; None when nothing does. Raises ProjectNotFound.

    The keys of ``changes`` are column names of ours, never text from outside.
    """
    assignments = "".join(f"{column} = ${place}, " for place, column in enumerate(changes, 3))
    try:
        row = await tx.fetchrow(
            f"""
            UPDATE running_sessions
            SET {assignments} updated_at = now(), revision = revision + 1
            WHERE organisation_id = $1 AND person_id = $2
            RETURNING {RUNNING_COLUMNS}
            """,
            organisation_id,
            person_id,
            *changes.values(),
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error
    return (session_of(row), row["revision"]) if row else None


async def delete_running(tx: Transaction, organisation_id: UUID, person_id: UUID) -> None:
    """Discard what runs."""
    await tx.execute(
        "DELETE FROM running_sessions WHERE organisation_id = $1 AND person_id = $2",
        organisation_id,
        person_id,
    )


# Saved sessions -------------------------------------------------------------------------------


async def make_partition(tx: Transaction, started_at: datetime) -> None:
    """Make the partition for the month of this start, if there is none yet.

    Raises SessionNotKept.
    """
    try:
        await tx.execute("SELECT make_sessions_partition($1)", started_at)
    except asyncpg.CheckViolationError as error:
        raise _translated(error) from None


async def keep_sessions_from(tx: Transaction, kept_from: datetime | None) -> list[str]:
    """Keep sessions from this instant's month (UTC) on, all with None; what was dropped."""
    dropped: list[str] = await tx.fetchval("SELECT keep_sessions_from($1)", kept_from)
    return dropped


async def insert_session(
    tx: Transaction,
    *,
    organisation_id: UUID,
    person_id: UUID,
    session_id: UUID,
    name: str,
    note: str = "",
    started_at: datetime,
    ended_at: datetime,
    project_id: UUID | None,
    tags: list[str],
    billable: bool | None,
) -> tuple[Session, int]:
    """Save a session, and answer it with its revision; raises ProjectNotFound."""
    try:
        row = await one_row(
            tx,
            f"""
            INSERT INTO sessions
              (organisation_id, person_id, id, name, started_at, ended_at, project_id, tags, billable,
               note)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
                    coalesce($9, (SELECT billable FROM projects
                                  WHERE organisation_id = $1 AND id = $7), false),
                    $10)
            RETURNING {SESSION_COLUMNS}
            """,
            organisation_id,
            person_id,
            session_id,
            name,
            started_at,
            ended_at,
            project_id,
            tags,
            billable,
            note,
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error
    return session_of(row), row["revision"]


async def find_session(
    tx: Transaction, organisation_id: UUID, session_id: UUID, *, lock: bool = False
) -> tuple[Session, int] | None:
    """A saved session, also one in the bin, and its revision; locked if it is to be changed."""
    if lock:
        # Waiting for the row alone would fail where who comes first moves it to another month.
        await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", str(session_id))
    row = await tx.fetchrow(
        f"""
        SELECT {SESSION_COLUMNS}
        FROM sessions
        WHERE organisation_id = $1 AND id = $2
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
        session_id,
    )
    return (session_of(row), row["revision"]) if row else None


async def find_running_by_id(
    tx: Transaction, organisation_id: UUID, session_id: UUID
) -> tuple[Session, int] | None:
    """A running session by its id, and its revision."""
    row = await tx.fetchrow(
        f"""
        SELECT {RUNNING_COLUMNS}
        FROM running_sessions
        WHERE organisation_id = $1 AND id = $2
        """,
        organisation_id,
        session_id,
    )
    return (session_of(row), row["revision"]) if row else None


async def update_session(
    tx: Transaction,
    organisation_id: UUID,
    session_id: UUID,
    started_at: datetime,
    changes: dict[str, Any],
) -> tuple[Session, int]:
    """Set some columns of a locked session; ``started_at`` (as it is now) names its partition.

    The keys of ``changes`` are column names of ours, never text from outside.
    Raises ProjectNotFound.
    """
    assignments = "".join(f"{column} = ${place}, " for place, column in enumerate(changes, 4))
    try:
        row = await one_row(
            tx,
            f"""
            UPDATE sessions
            SET {assignments} updated_at = now(), revision = revision + 1
            WHERE organisation_id = $1 AND id = $2 AND started_at = $3
            RETURNING {SESSION_COLUMNS}
            """,
            organisation_id,
            session_id,
            started_at,
            *changes.values(),
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error
    return session_of(row), row["revision"]


async def list_sessions(
    tx: Transaction,
    organisation_id: UUID,
    filters: SessionFilters,
    *,
    after: tuple[datetime, UUID] | None,
    newest_first: bool,
    limit: int,
) -> SessionsAsJson:
    """At most ``limit`` sessions, as JSON."""
    conditions, values = conditions_of(organisation_id, filters)
    direction, comparison = ("DESC", "<") if newest_first else ("ASC", ">")
    if after is not None:
        values += after
        conditions.append(
            f"(started_at, id) {comparison} (${len(values) - 1}::timestamptz, ${len(values)}::uuid)"
        )
    values.append(limit)
    row = await one_row(
        tx,
        f"""
        SELECT coalesce(string_agg(json, E',\\n'), '') AS items,
               count(*) > ${len(values)}::integer AS more,
               (array_agg(started_at))[${len(values)}::integer] AS last_started_at,
               (array_agg(id))[${len(values)}::integer] AS last_id
        FROM (
          SELECT {SESSION_JSON} AS json, started_at, id
          FROM sessions
          WHERE {" AND ".join(conditions)}
          ORDER BY started_at {direction}, id {direction}
          LIMIT ${len(values)}::integer + 1
        ) AS page
        """,
        *values,
    )
    items: str = row["items"]
    if not row["more"]:
        return SessionsAsJson(items)
    # The one too many goes. Inside of JSON text there is no raw line break.
    return SessionsAsJson(items.rpartition(",\n")[0], (row["last_started_at"], row["last_id"]))


async def remember_tags(
    tx: Transaction, organisation_id: UUID, tags: Sequence[tuple[UUID, str]]
) -> None:
    """Add the tags (id, name) that the organisation does not have yet."""
    await tx.execute(
        """
        INSERT INTO tags (organisation_id, id, name)
        SELECT $1, id, name
        FROM unnest($2::uuid[], $3::text[]) AS wanted (id, name)
        ORDER BY name
        ON CONFLICT ON CONSTRAINT tag_name_is_used_once DO NOTHING
        """,
        organisation_id,
        [tag_id for tag_id, _ in tags],
        [name for _, name in tags],
    )


async def keep_sessions_in_order(tx: Transaction) -> None:
    """Empty the bin of what is older than 30 days, and make the coming months' partitions."""
    await tx.execute("SELECT keep_sessions_in_order()")
