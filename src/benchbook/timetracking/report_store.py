"""The SQL of totals and reports: durations by local day and by what sessions are grouped by.

PostgreSQL is told where local days begin, so that it needs no time zones of its own: the days
are numbered from 1, and ``width_bucket`` finds the number of an instant's day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction, one_row
from benchbook.timetracking.days import Cut, LocalDay
from benchbook.timetracking.filters import SessionFilters, conditions_of
from benchbook.timetracking.money import Rounding
from benchbook.timetracking.pricing import Prices, priced, rate_periods
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


async def sum_priced_by_day_of_start(
    tx: Transaction,
    organisation_id: UUID,
    filters: SessionFilters,
    days: Sequence[LocalDay],
    rounding: Rounding | None,
    prices: Prices | None,
) -> list[asyncpg.Record]:
    """As ``sum_by_day_of_start``, with rounded durations and the columns of ``_SUMS``.

    What is billable is in no index, so this takes longer.
    """
    conditions, values = conditions_of(organisation_id, filters)
    values.append(_starts_of(days))
    columns = priced("chosen", rounding, prices)
    rows: list[asyncpg.Record] = await tx.fetch(
        f"""
        WITH {rate_periods(prices)} chosen AS (
          SELECT person_id, project_id, billable, started_at, duration_seconds
          FROM sessions
          WHERE {" AND ".join(conditions)}
        ), priced AS (
          SELECT chosen.started_at, chosen.billable, {columns.seconds} AS seconds,
                 {columns.units} AS units
          FROM chosen{columns.joins}
        )
        SELECT width_bucket(started_at, ${len(values)}::timestamptz[]) AS day,
               count(*) AS count, {_SUMS}
        FROM priced
        GROUP BY day
        ORDER BY day
        """,
        *values,
    )
    return rows


# Over rows of seconds, billable and units (the amount in the smallest unit of the currency).
_SUMS = """
               sum(seconds)::bigint AS duration_seconds,
               coalesce(sum(seconds) FILTER (WHERE billable), 0)::bigint AS billable_seconds,
               coalesce(sum(seconds) FILTER (WHERE billable AND units IS NULL), 0)::bigint
                 AS unrated_seconds,
               coalesce(sum(units), 0) AS units"""


async def sum_by_group_and_day(
    tx: Transaction,
    organisation_id: UUID,
    filters: SessionFilters,
    *,
    days: Sequence[LocalDay],
    cut: Cut,
    group_by: GroupBy,
    rounding: Rounding | None = None,
    prices: Prices | None = None,
) -> list[asyncpg.Record]:
    """Rows of key, label, colour, day (its number, from 1) and the columns of ``_SUMS``.

    One a group and day that has any. Only the partitions of the days are read: a session is at
    most 31 days long, and the few that a forgotten timer made longer have an index of their own.
    """
    filed, key, label, colour, join = _GROUPS[group_by]
    source, values = _touching(organisation_id, filters, days, cut)
    values.append(_starts_of(days))
    starts = f"${len(values)}::timestamptz[]"
    columns = priced("chosen", rounding, prices)
    if cut == "start_day":
        pieces = f"""
          SELECT {filed} AS filed, width_bucket(started_at, {starts}) AS day,
                 billable, seconds, units
          FROM priced"""
    else:
        # A piece has the share of the session's seconds and amount that its part of the time has.
        # Each is the difference of two shares that are cut to whole numbers, from the start of the
        # session to the end of the day and to its beginning, so all pieces add up to the whole.
        # An end at midnight is no part of the day that begins with it.
        pieces = f"""
          SELECT {filed} AS filed, day, billable,
                 seconds * until / duration_seconds - seconds * since / duration_seconds AS seconds,
                 div(units * until, duration_seconds) - div(units * since, duration_seconds)
                   AS units
          FROM priced
          CROSS JOIN LATERAL generate_series(
            greatest(width_bucket(started_at, {starts}), 1),
            least(width_bucket(ended_at - interval '1 second', {starts}), cardinality({starts}) - 1)
          ) AS day
          CROSS JOIN LATERAL (
            SELECT greatest(extract(epoch FROM ({starts})[day] - started_at), 0)::bigint AS since,
                   least(extract(epoch FROM ({starts})[day + 1] - started_at),
                         duration_seconds)::bigint AS until
          ) AS part"""
    if group_by == "tag":
        pieces += "\n          LEFT JOIN LATERAL unnest(tags) AS tag ON true"
    rows: list[asyncpg.Record] = await tx.fetch(
        f"""
        WITH {rate_periods(prices)} chosen AS ({source}
        ), priced AS (
          SELECT chosen.*, {columns.seconds} AS seconds, {columns.units} AS units
          FROM chosen{columns.joins}
        ), pieces AS ({pieces}
        ), sums AS (
          SELECT filed, day, {_SUMS}
          FROM pieces
          GROUP BY filed, day
        )
        SELECT {key} AS key, {label} AS label, {colour} AS colour, day,
               sum(duration_seconds)::bigint AS duration_seconds,
               sum(billable_seconds)::bigint AS billable_seconds,
               sum(unrated_seconds)::bigint AS unrated_seconds,
               sum(units) AS units
        FROM sums
        {join}
        GROUP BY 1, 2, 3, day
        ORDER BY day
        """,
        *values,
    )
    return rows


def _touching(
    organisation_id: UUID, filters: SessionFilters, days: Sequence[LocalDay], cut: Cut
) -> tuple[str, list[Any]]:
    """A query of the sessions that start on the days, or for ``split`` lie on any part of them."""
    first, after = days[0].start, days[-1].end
    columns = "project_id, person_id, tags, billable, started_at, ended_at, duration_seconds"
    if cut == "start_day":
        conditions, values = conditions_of(
            organisation_id, replace(filters, ranges=[*filters.ranges, (first, after)])
        )
        return f"SELECT {columns} FROM sessions WHERE {' AND '.join(conditions)}", values
    conditions, values = conditions_of(
        organisation_id, replace(filters, ranges=[*filters.ranges, (None, after)])
    )
    values += [first, first - LONGEST_SESSION]
    touching = f"""
            SELECT {columns}
            FROM sessions
            WHERE {" AND ".join(conditions)} AND ended_at > ${len(values) - 1}
              AND duration_seconds > 0"""
    source = f"""{touching} AND started_at >= ${len(values)}
            UNION ALL{touching} AND started_at < ${len(values)}
              AND duration_seconds > {int(LONGEST_SESSION / timedelta(seconds=1))}"""
    return source, values


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
