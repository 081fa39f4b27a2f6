"""The SQL of exports: sessions with the names of what they are filed under, page by page."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction, one_row
from benchbook.timetracking.filters import SessionFilters, conditions_of
from benchbook.timetracking.money import CURRENCIES, Rounding
from benchbook.timetracking.pricing import Prices, priced, rate_periods
from benchbook.timetracking.store import SESSION_JSON

_AS_ROW = """
    page.id, page.started_at, page.ended_at, page.duration_seconds, page.name, page.note, page.tags,
    page.billable, page.rate, page.units, people.name AS person, people.email AS email, projects.name AS project,
    clients.name AS client"""
# The session's own JSON, its closing brace taken away, and the names.
_AS_JSON = """
    page.id, page.started_at,
    concat(left(page.json, -1),
           ',"project_name":', coalesce(to_json(projects.name)::text, 'null'),
           ',"client_name":', coalesce(to_json(clients.name)::text, 'null'),
           ',"person_name":', to_json(people.name),
           ',"hourly_rate":', coalesce('"' || {rate} || '"', 'null'),
           ',"amount":', coalesce('"' || {amount} || '"', 'null'),
           '}}') AS json"""


_SESSION_COLUMNS = """
                   chosen.organisation_id, chosen.id, chosen.person_id, chosen.project_id,
                   chosen.started_at, chosen.ended_at, chosen.name, chosen.note, chosen.tags,
                   chosen.billable, chosen.created_at, chosen.updated_at, chosen.deleted_at"""


def _as_json(prices: Prices | None) -> str:
    if prices is None:
        return _AS_JSON.format(rate="NULL::text", amount="NULL::text")
    digits = CURRENCIES[prices.currency]
    return _AS_JSON.format(
        # As many places as the rate has, and no fewer than its currency.
        rate=f"round(page.rate, greatest({digits}, min_scale(page.rate)))",
        amount=f"round(page.units / {10**digits}, {digits})",
    )


async def read_export_page(
    tx: Transaction,
    organisation_id: UUID,
    filters: SessionFilters,
    *,
    after: tuple[datetime, UUID] | None,
    newest_first: bool,
    limit: int,
    as_json: bool,
    rounding: Rounding | None,
    prices: Prices | None,
) -> list[asyncpg.Record]:
    """The next ``limit`` sessions after a sort key (start, id), as rows or each as JSON text.

    ``duration_seconds`` is rounded; ``units`` is the amount in the smallest unit of the currency.
    """
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
    columns = priced("chosen", rounding, prices)
    rows: list[asyncpg.Record] = await tx.fetch(
        f"""
        WITH {rate_periods(prices)} chosen AS (
          SELECT *
          FROM sessions
          WHERE {" AND ".join(conditions)}
          ORDER BY started_at {direction}, id {direction}
          LIMIT ${len(values)}
        ), page AS (
          SELECT organisation_id, id, person_id, project_id, started_at, ended_at, duration_seconds,
                 name, note, tags, billable, rate,
                 units{f", {SESSION_JSON} AS json" if as_json else ""}
          FROM (
            SELECT {_SESSION_COLUMNS},
                   {columns.seconds} AS duration_seconds, {columns.rate} AS rate,
                   {columns.units} AS units
            FROM chosen{columns.joins}
          ) AS priced
        )
        SELECT {_as_json(prices) if as_json else _AS_ROW}
        FROM page
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
