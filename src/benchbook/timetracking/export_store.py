"""The SQL of exports: sessions with the names of what they are filed under, page by page."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction, one_row
from benchbook.timetracking.filters import SessionFilters, conditions_of
from benchbook.timetracking.store import SESSION_JSON

_AS_ROW = """
    page.id, page.started_at, page.ended_at, page.duration_seconds, page.name, page.note, page.tags,
    page.billable, people.name AS person, people.email AS email, projects.name AS project,
    clients.name AS client"""
# The session's own JSON, its closing brace taken away, and the names.
_AS_JSON = """
    page.id, page.started_at,
    concat(left(page.json, -1),
           ',"project_name":', coalesce(to_json(projects.name)::text, 'null'),
           ',"client_name":', coalesce(to_json(clients.name)::text, 'null'),
           ',"person_name":', to_json(people.name), '}') AS json"""


async def read_export_page(
    tx: Transaction,
    organisation_id: UUID,
    filters: SessionFilters,
    *,
    after: tuple[datetime, UUID] | None,
    newest_first: bool,
    limit: int,
    as_json: bool,
) -> list[asyncpg.Record]:
    """The next ``limit`` sessions after a sort key (start, id), as rows or each as JSON text."""
    if after is not None:
        # The key's own comparison finds the place in an index; the range leaves out partitions.
        bound = (None, after[0] + timedelta(seconds=1)) if newest_first else (after[0], None)
        filters = replace(filters, ranges=[*filters.ranges, bound])
    conditions, values = conditions_of(organisation_id, filters)
    direction, comparison = ("DESC", "<") if newest_first else ("ASC", ">")
    if after is not None:
        values += after
        conditions.append(
            f"(started_at, id) {comparison} (${len(values) - 1}::timestamptz, ${len(values)}::uuid)"
        )
    values.append(limit)
    rows: list[asyncpg.Record] = await tx.fetch(
        f"""
        SELECT {_AS_JSON if as_json else _AS_ROW}
        FROM (
          SELECT organisation_id, id, person_id, project_id, started_at, ended_at, duration_seconds,
                 name, note, tags, billable{f", {SESSION_JSON} AS json" if as_json else ""}
          FROM sessions
          WHERE {" AND ".join(conditions)}
          ORDER BY started_at {direction}, id {direction}
          LIMIT ${len(values)}
        ) AS page
        JOIN people
          ON people.organisation_id = page.organisation_id AND people.id = page.person_id
        LEFT JOIN projects
          ON projects.organisation_id = page.organisation_id AND projects.id = page.project_id
        LEFT JOIN clients
          ON clients.organisation_id = projects.organisation_id AND clients.id = projects.client_id
        ORDER BY page.started_at {direction}, page.id {direction}
        """,
        *values,
    )
    return rows


async def read_heading(
    tx: Transaction, organisation_id: UUID, reader_id: UUID, filters: SessionFilters
) -> asyncpg.Record:
    """The names that stand above a timesheet: organisation, locale (of its reader), person, project,
    client.

    Of the last three, those that the filters name; null where there is no such thing.
    """
    return await one_row(
        tx,
        """
        SELECT organisations.name AS organisation,
               reader.locale AS locale,
               (SELECT name FROM people WHERE organisation_id = $1 AND id = $3) AS person,
               (SELECT name FROM projects WHERE organisation_id = $1 AND id = $4) AS project,
               (SELECT name FROM clients WHERE organisation_id = $1 AND id = $5) AS client
        FROM organisations
        JOIN people AS reader ON reader.organisation_id = organisations.id AND reader.id = $2
        WHERE organisations.id = $1
        """,
        organisation_id,
        reader_id,
        filters.person_id,
        filters.project_id,
        filters.client_id,
    )
