"""The SQL of totals and reports: durations by local day and by what sessions are grouped by.

PostgreSQL is told where local days begin, so that it needs no time zones of its own: the days
are numbered from 1, and ``width_bucket`` finds the number of an instant's day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction, one_row
from benchbook.timetracking.days import Cut, LocalDay
from benchbook.timetracking.filters import SessionFilters, conditions_of
from benchbook.timetracking.rules import LONGEST_SESSION

GroupBy = Literal["project", "client", "tag", "person", "none"]

# What a session is filed under: what its rows are added up by first; then key, label and colour of
# that, and the join that finds them.
_GROUPS: dict[GroupBy, tuple[str, str, str, str, str]] = {
    "none": ("NULL::uuid", "NULL::text", "NULL::text", "NULL::text", ""),
    "project": (
        "project_id",
        "filed::text",
        "projects.name",
        "projects.colour",
        """
        LEFT JOIN projects ON projects.organisation_id = $1 AND projects.id = filed
        """,
    ),
    "client": (
        "project_id",
        "clients.id::text",
        "clients.name",
        "NULL::text",
        """
        LEFT JOIN projects ON projects.organisation_id = $1 AND projects.id = filed
        LEFT JOIN clients ON clients.organisation_id = $1 AND clients.id = projects.client_id
        """,
    ),
    "person": (
        "person_id",
        "filed::text",
        "people.name",
        "NULL::text",
        """
        LEFT JOIN people ON people.organisation_id = $1 AND people.id = filed
        """,
    ),
    # A session with two tags counts for both; one without any for none.
    "tag": ("tag", "filed", "filed", "NULL::text", ""),
}


async def first_and_last_start(
    tx: Transaction, organisation_id: UUID, filters: SessionFilters
) -> tuple[datetime, datetime] | None:
    """The starts between which everything lies that the filters can show; None for nothing.

    Looks at person and range alone, which the indexes answer without reading what is between.
    """
    broad = SessionFilters(
        person_id=filters.person_id, ranges=filters.ranges, deleted=filters.deleted
    )
    conditions, values = conditions_of(organisation_id, broad)
    row = await one_row(
        tx,
        f"""
        SELECT min(started_at) AS first, max(started_at) AS last
        FROM sessions
        WHERE {" AND ".join(conditions)}
        """,
        *values,
    )
    return (row["first"], row["last"]) if row["first"] is not None else None


async def sum_by_day_of_start(
    tx: Transaction, organisation_id: UUID, filters: SessionFilters, days: Sequence[LocalDay]
) -> list[asyncpg.Record]:
    """Rows of day (its number, from 1), count and duration_seconds; one a day that has any."""
    conditions, values = conditions_of(organisation_id, filters)
    values.append(_starts_of(days))
    rows: list[asyncpg.Record] = await tx.fetch(
        f"""
        SELECT width_bucket(started_at, ${len(values)}::timestamptz[]) AS day,
               count(*) AS count,
               sum(duration_seconds)::bigint AS duration_seconds
        FROM sessions
        WHERE {" AND ".join(conditions)}
        GROUP BY day
        ORDER BY day
        """,
        *values,
    )
    return rows


async def sum_by_group_and_day(
    tx: Transaction,
    organisation_id: UUID,
    filters: SessionFilters,
    *,
    days: Sequence[LocalDay],
    cut: Cut,
    group_by: GroupBy,
) -> list[asyncpg.Record]:
    """Rows of key, label, colour, day (its number, from 1) and duration_seconds.

    One a group and day that has any. Only the partitions of the days are read: a session is at
    most 31 days long, and the few that a forgotten timer made longer have an index of their own.
    """
    filed, key, label, colour, join = _GROUPS[group_by]
    first, after = days[0].start, days[-1].end
    columns = "project_id, person_id, tags, started_at, ended_at, duration_seconds"
    if cut == "start_day":
        conditions, values = conditions_of(
            organisation_id, replace(filters, ranges=[*filters.ranges, (first, after)])
        )
        source = f"SELECT {columns} FROM sessions WHERE {' AND '.join(conditions)}"
        values.append(_starts_of(days))
        starts = f"${len(values)}::timestamptz[]"
        pieces = f"""
          SELECT {filed} AS filed, width_bucket(started_at, {starts}) AS day,
                 duration_seconds AS seconds
          FROM sessions"""
    else:
        conditions, values = conditions_of(
            organisation_id, replace(filters, ranges=[*filters.ranges, (None, after)])
        )
        values += [first, first - LONGEST_SESSION]
        touching = f"""
            SELECT {columns}
            FROM sessions
            WHERE {" AND ".join(conditions)} AND ended_at > ${len(values) - 1}"""
        source = f"""{touching} AND started_at >= ${len(values)}
            UNION ALL{touching} AND started_at < ${len(values)}
              AND duration_seconds > {int(LONGEST_SESSION / timedelta(seconds=1))}"""
        values.append(_starts_of(days))
        starts = f"${len(values)}::timestamptz[]"
        # An end at midnight is no part of the day that begins with it.
        pieces = f"""
          SELECT {filed} AS filed, day,
                 extract(epoch FROM least(ended_at, ({starts})[day + 1])
                                    - greatest(started_at, ({starts})[day])) AS seconds
          FROM sessions
          CROSS JOIN LATERAL generate_series(
            greatest(width_bucket(started_at, {starts}), 1),
            least(width_bucket(ended_at - interval '1 second', {starts}), cardinality({starts}) - 1)
          ) AS day"""
    if group_by == "tag":
        pieces += "\n          LEFT JOIN LATERAL unnest(tags) AS tag ON true"
    rows: list[asyncpg.Record] = await tx.fetch(
        f"""
        WITH sessions AS ({source}
        ), pieces AS ({pieces}
        ), sums AS (
          SELECT filed, day, sum(seconds) AS seconds
          FROM pieces
          GROUP BY filed, day
        )
        SELECT {key} AS key, {label} AS label, {colour} AS colour, day,
               sum(seconds)::bigint AS duration_seconds
        FROM sums
        {join}
        GROUP BY 1, 2, 3, day
        ORDER BY day
        """,
        *values,
    )
    return rows


async def sum_by_day(
    tx: Transaction,
    organisation_id: UUID,
    filters: SessionFilters,
    *,
    days: Sequence[LocalDay],
    cut: Cut,
) -> dict[date, int]:
    """The seconds of each day that has any, every session once however many tags it has."""
    rows = await sum_by_group_and_day(
        tx, organisation_id, filters, days=days, cut=cut, group_by="none"
    )
    return {days[row["day"] - 1].date: row["duration_seconds"] for row in rows}


def _starts_of(days: Sequence[LocalDay]) -> list[datetime]:
    """Where each day begins, and where the last one ends."""
    return [*(day.start for day in days), days[-1].end]
