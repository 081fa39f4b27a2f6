"""The SQL of timesheets: whose weeks they are, what they hold, and in which state they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction, constraint_of, one_row
from benchbook.timetracking.days import WeekStart
from benchbook.timetracking.errors import WeekSubmittedAlready
from benchbook.timetracking.week_schemas import TimesheetEvent

_COLUMNS = """
    id, person_id, first_date, after_date, time_zone, starts_at, ends_at, status, note, comment,
    submitted_at, decided_by, decided_at,
    (SELECT name FROM people
     WHERE people.organisation_id = timesheets.organisation_id
       AND people.id = timesheets.person_id) AS person_name"""


@dataclass(frozen=True)
class Weekly:
    """A person, and how their weeks are read."""

    id: UUID
    name: str
    time_zone: str
    week_start: WeekStart


@dataclass(frozen=True)
class StoredWeek:
    """A week that was submitted at least once."""

    id: UUID
    person_id: UUID
    person_name: str
    first_date: date
    after_date: date
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    status: str
    note: str
    comment: str
    submitted_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None

    @property
    def is_closed(self) -> bool:
        """Whether its hours are locked."""
        return self.status in ("submitted", "approved")


@dataclass(frozen=True)
class Window:
    """The instants of somebody's week, and the zone in which its days are told apart."""

    person_id: UUID
    starts_at: datetime
    ends_at: datetime
    time_zone: str


async def list_people(
    tx: Transaction, organisation_id: UUID, person_id: UUID | None
) -> list[Weekly]:
    """Everybody, or one person, by name; also those who may no longer sign in."""
    rows = await tx.fetch(
        """
        SELECT id, name, time_zone, week_start
        FROM people
        WHERE organisation_id = $1 AND ($2::uuid IS NULL OR id = $2)
        ORDER BY name, id
        """,
        organisation_id,
        person_id,
    )
    return [Weekly(**dict(row)) for row in rows]


async def list_weeks(
    tx: Transaction, organisation_id: UUID, person_id: UUID | None, first: date, after: date
) -> list[StoredWeek]:
    """The stored weeks that overlap these dates, of one person or of all that are seen."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
        FROM timesheets
        WHERE organisation_id = $1 AND ($2::uuid IS NULL OR person_id = $2)
          AND after_date > $3 AND first_date < $4
        ORDER BY person_id, first_date
        """,
        organisation_id,
        person_id,
        first,
        after,
    )
    return [StoredWeek(**dict(row)) for row in rows]


async def lock_weeks(
    tx: Transaction, organisation_id: UUID, timesheet_ids: Sequence[UUID]
) -> dict[UUID, StoredWeek]:
    """Stored weeks by id, locked in the order of their ids."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
        FROM timesheets
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
        ORDER BY id
        FOR UPDATE
        """,
        organisation_id,
        timesheet_ids,
    )
    return {row["id"]: StoredWeek(**dict(row)) for row in rows}


async def submit_week(
    tx: Transaction,
    organisation_id: UUID,
    *,
    timesheet_id: UUID,
    person: Weekly,
    first: date,
    after: date,
    starts_at: datetime,
    ends_at: datetime,
    note: str,
) -> StoredWeek:
    """Submit an open or returned week and lock its hours; the person's gate is shut already.

    Raises WeekSubmittedAlready.
    """
    try:
        row = await one_row(
            tx,
            f"""
            INSERT INTO timesheets
              (organisation_id, id, person_id, first_date, after_date, time_zone, starts_at, ends_at,
               status, note, submitted_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'submitted', $9, now())
            ON CONFLICT ON CONSTRAINT one_timesheet_per_person_and_week DO UPDATE
            SET time_zone = excluded.time_zone, starts_at = excluded.starts_at,
                ends_at = excluded.ends_at, status = 'submitted', note = excluded.note,
                submitted_at = now(), decided_by = NULL, decided_at = NULL, updated_at = now(),
                revision = timesheets.revision + 1
            RETURNING {_COLUMNS}
            """,
            organisation_id,
            timesheet_id,
            person.id,
            first,
            after,
            person.time_zone,
            starts_at,
            ends_at,
            note,
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        if constraint_of(error).startswith("submitted_weeks_of_a_person_do_not_overlap"):
            raise WeekSubmittedAlready(
                "Some of these hours were submitted with another week."
            ) from error
        raise
    week = StoredWeek(**dict(row))
    await tx.execute(
        """
        INSERT INTO locked_spans (organisation_id, id, person_id, starts_at, ends_at, timesheet_id)
        VALUES ($1, gen_random_uuid(), $2, $3, $4, $5)
        """,
        organisation_id,
        week.person_id,
        week.starts_at,
        week.ends_at,
        week.id,
    )
    return week


async def set_status(
    tx: Transaction,
    organisation_id: UUID,
    timesheet_ids: Sequence[UUID],
    status: str,
    *,
    decided_by: UUID | None = None,
    comment: str | None = None,
) -> dict[UUID, StoredWeek]:
    """Put locked weeks into another state; one that is not closed has its hours unlocked.

    A comment that is not given stays as it is.
    """
    rows = await tx.fetch(
        f"""
        UPDATE timesheets
        SET status = $3, decided_by = $4, decided_at = CASE WHEN $4::uuid IS NULL THEN NULL ELSE now() END,
            comment = coalesce($5, comment), updated_at = now(), revision = revision + 1
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
        RETURNING {_COLUMNS}
        """,
        organisation_id,
        timesheet_ids,
        status,
        decided_by,
        comment,
    )
    if status in ("open", "returned"):
        await tx.execute(
            "DELETE FROM locked_spans WHERE organisation_id = $1 AND timesheet_id = ANY ($2::uuid[])",
            organisation_id,
            timesheet_ids,
        )
    return {row["id"]: StoredWeek(**dict(row)) for row in rows}


async def sum_windows(
    tx: Transaction, organisation_id: UUID, windows: Sequence[Window]
) -> list[tuple[int, date, int, int]]:
    """Place of the window, local date, seconds and sessions; one a window and day that has any."""
    rows = await tx.fetch(
        """
        SELECT wanted.place, day.date, day.duration_seconds, day.sessions
        FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::text[]) WITH ORDINALITY
          AS wanted (person_id, starts_at, ends_at, time_zone, place)
        CROSS JOIN LATERAL (
          SELECT (started_at AT TIME ZONE wanted.time_zone)::date AS date,
                 sum(duration_seconds)::bigint AS duration_seconds,
                 count(*) AS sessions
          FROM sessions
          WHERE organisation_id = $1 AND person_id = wanted.person_id
            AND started_at >= wanted.starts_at AND started_at < wanted.ends_at
            AND deleted_at IS NULL
          GROUP BY 1
        ) AS day
        ORDER BY 1, 2
        """,
        organisation_id,
        [window.person_id for window in windows],
        [window.starts_at for window in windows],
        [window.ends_at for window in windows],
        [window.time_zone for window in windows],
    )
    return [
        (row["place"] - 1, row["date"], row["duration_seconds"], row["sessions"]) for row in rows
    ]


async def sum_by_project(
    tx: Transaction, organisation_id: UUID, window: Window
) -> list[asyncpg.Record]:
    """Rows of key, label, colour, date and duration_seconds; one a project and day that has any."""
    rows: list[asyncpg.Record] = await tx.fetch(
        """
        SELECT sessions.project_id::text AS key, projects.name AS label, projects.colour,
               (sessions.started_at AT TIME ZONE $5)::date AS date,
               sum(sessions.duration_seconds)::bigint AS duration_seconds
        FROM sessions
        LEFT JOIN projects
          ON projects.organisation_id = sessions.organisation_id AND projects.id = sessions.project_id
        WHERE sessions.organisation_id = $1 AND sessions.person_id = $2
          AND sessions.started_at >= $3 AND sessions.started_at < $4
          AND sessions.deleted_at IS NULL
        GROUP BY 1, 2, 3, 4
        ORDER BY 4
        """,
        organisation_id,
        window.person_id,
        window.starts_at,
        window.ends_at,
        window.time_zone,
    )
    return rows


async def runs_within(
    tx: Transaction, organisation_id: UUID, person_id: UUID, starts_at: datetime, ends_at: datetime
) -> bool:
    """Whether the person has something running that started between the two."""
    row = await tx.fetchrow(
        """
        SELECT FROM running_sessions
        WHERE organisation_id = $1 AND person_id = $2 AND started_at >= $3 AND started_at < $4
        """,
        organisation_id,
        person_id,
        starts_at,
        ends_at,
    )
    return row is not None


async def others_can_decide(tx: Transaction, organisation_id: UUID, person_id: UUID) -> bool:
    """Whether anybody but this person may approve weeks."""
    row = await tx.fetchrow(
        """
        SELECT FROM people
        WHERE organisation_id = $1 AND id <> $2 AND deactivated_at IS NULL
          AND role IN ('manager', 'admin', 'owner')
        LIMIT 1
        """,
        organisation_id,
        person_id,
    )
    return row is not None


async def list_history(
    tx: Transaction, organisation_id: UUID, timesheet_id: UUID
) -> list[TimesheetEvent]:
    """What became of a week, the latest first, as the audit has it."""
    rows = await tx.fetch(
        """
        SELECT occurred_at, actor_id, action, details
        FROM audit_events
        WHERE organisation_id = $1 AND subject_id = $2 AND subject_type = 'timesheet'
        ORDER BY id DESC
        """,
        organisation_id,
        timesheet_id,
    )
    events = []
    for row in rows:
        details: dict[str, Any] = json.loads(row["details"])
        events.append(
            TimesheetEvent(
                occurred_at=row["occurred_at"],
                actor_id=row["actor_id"],
                action=row["action"].removeprefix("timesheet."),
                comment=details.get("comment", ""),
            )
        )
    return events
