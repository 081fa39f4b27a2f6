"""The SQL of reports: durations by day and by what they are grouped by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction
from benchbook.timetracking.days import Cut, LocalDay
from benchbook.timetracking.rules import LONGEST_SESSION

GroupBy = Literal["project", "client", "tag", "person", "none"]

# What a session is filed under: key, label and colour, and the join that finds them.
_GROUPS: dict[GroupBy, tuple[str, str, str, str]] = {
    "none": ("NULL::text", "NULL::text", "NULL::text", ""),
    "project": (
        "sessions.project_id::text",
        "projects.name",
        "projects.colour",
        """
        LEFT JOIN projects
          ON projects.organisation_id = sessions.organisation_id AND projects.id = sessions.project_id
        """,
    ),
    "client": (
        "clients.id::text",
        "clients.name",
        "NULL::text",
        """
        LEFT JOIN projects
          ON projects.organisation_id = sessions.organisation_id AND projects.id = sessions.project_id
        LEFT JOIN clients
          ON clients.organisation_id = projects.organisation_id AND clients.id = projects.client_id
        """,
    ),
    "person": (
        "sessions.person_id::text",
        "people.name",
        "NULL::text",
        """
        LEFT JOIN people
          ON people.organisation_id = sessions.organisation_id AND people.id = sessions.person_id
        """,
    ),
    # A session with two tags counts for both; one without any for none.
    "tag": (
        "tag",
        "tag",
        "NULL::text",
        """
        LEFT JOIN LATERAL unnest(sessions.tags) AS tag ON true
        """,
    ),
}


async def sum_by_group_and_day(
    tx: Transaction,
    organisation_id: UUID,
    *,
    days: Sequence[LocalDay],
    cut: Cut,
    group_by: GroupBy,
    person_id: UUID | None,
    project_id: UUID | None,
    billable: bool | None,
) -> list[asyncpg.Record]:
    """Rows of key, label, colour, date and duration_seconds; one a group and day that has any.

    Only the partitions of the range are read: a session is at most 31 days long, and the few
    that a forgotten timer made longer have an index of their own.
    """
    key, label, colour, join = _GROUPS[group_by]
    if cut == "start_day":
        touches = "sessions.started_at >= days.start AND sessions.started_at < days.finish"
        seconds = "sessions.duration_seconds"
    else:
        touches = "sessions.started_at < days.finish AND sessions.ended_at > days.start"
        seconds = """
            extract(epoch FROM least(sessions.ended_at, days.finish)
                             - greatest(sessions.started_at, days.start))"""
    values: list[Any] = [
        organisation_id,
        [day.date for day in days],
        [day.start for day in days],
        [day.end for day in days],
        days[0].start,
        days[-1].end,
    ]
    conditions = ["organisation_id = $1", "deleted_at IS NULL", "started_at < $6"]
    for column, value in (
        ("person_id", person_id),
        ("project_id", project_id),
        ("billable", billable),
    ):
        if value is not None:
            values.append(value)
            conditions.append(f"{column} = ${len(values)}")
    columns = (
        "organisation_id, id, person_id, project_id, tags, started_at, ended_at, duration_seconds"
    )
    chosen = " AND ".join(conditions)
    if cut == "start_day":
        source = f"SELECT {columns} FROM sessions WHERE {chosen} AND started_at >= $5"
    else:
        values.append(days[0].start - LONGEST_SESSION)
        earliest = f"${len(values)}"
        source = f"""
            SELECT {columns} FROM sessions
            WHERE {chosen} AND started_at >= {earliest} AND ended_at > $5
            UNION ALL
            SELECT {columns} FROM sessions
            WHERE {chosen} AND started_at < {earliest} AND ended_at > $5
              AND duration_seconds > {int(LONGEST_SESSION / timedelta(seconds=1))}
        """
    rows: list[asyncpg.Record] = await tx.fetch(
        f"""
        WITH days AS (
          SELECT * FROM unnest($2::date[], $3::timestamptz[], $4::timestamptz[])
            AS day (date, start, finish)
        ), sessions AS ({source})
        SELECT {key} AS key, {label} AS label, {colour} AS colour, days.date AS date,
               sum({seconds})::bigint AS duration_seconds
        FROM sessions
        JOIN days ON {touches}
        {join}
        GROUP BY 1, 2, 3, 4
        ORDER BY 4
        """,
        *values,
    )
    return rows


async def sum_by_day(
    tx: Transaction,
    organisation_id: UUID,
    *,
    days: Sequence[LocalDay],
    cut: Cut,
    person_id: UUID | None,
    project_id: UUID | None,
    billable: bool | None,
) -> list[tuple[date, int]]:
    """Date and seconds over everything, each session once however many tags it has."""
    rows = await sum_by_group_and_day(
        tx,
        organisation_id,
        days=days,
        cut=cut,
        group_by="none",
        person_id=person_id,
        project_id=project_id,
        billable=billable,
    )
    return [(row["date"], row["duration_seconds"]) for row in rows]
