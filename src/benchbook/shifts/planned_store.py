"""The SQL of planned hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction

# No zone is farther from UTC.
_FARTHEST = timedelta(hours=15)


async def list_planned_weeks(
    tx: Transaction,
    organisation_id: UUID,
    employee_ids: list[UUID] | None,
    first_day: date,
    end_day: date,
    time_zone: str,
    *,
    as_published: bool,
) -> list[asyncpg.Record]:
    """Shifts by employee and ISO week, of those that start on the local days of the range.

    Local is where the shift is, or else where its employee works, or else ``time_zone``.
    """
    columns = "employee_id, location_id, starts_at, ends_at, break_minutes"
    condition = "WHERE organisation_id = $1 AND starts_at >= $3 AND starts_at < $4"
    shifts = f"SELECT {columns} FROM all_shifts {condition}"
    if as_published:
        shifts += f" UNION ALL SELECT {columns} FROM published_versions {condition}"
    rows: list[asyncpg.Record] = await tx.fetch(
        f"""
        SELECT employees.id AS employee_id, employees.first_name, employees.last_name,
               employees.person_id, employees.contracted_hours_per_week::float8,
               date_trunc('week', local.starts_at)::date AS monday, count(*) AS shifts,
               extract(epoch FROM sum(planned.ends_at - planned.starts_at))::bigint
                 - sum(planned.break_minutes) * 60 AS planned_seconds,
               sum(planned.break_minutes) * 60 AS break_seconds
        FROM ({shifts}) AS planned
        JOIN employees ON employees.organisation_id = $1 AND employees.id = planned.employee_id
        LEFT JOIN locations AS place
          ON place.organisation_id = $1 AND place.id = planned.location_id
        LEFT JOIN locations AS home
          ON home.organisation_id = $1 AND home.id = employees.location_id
        CROSS JOIN LATERAL (
          SELECT planned.starts_at
                 AT TIME ZONE coalesce(place.time_zone, home.time_zone, $7) AS starts_at
        ) AS local
        WHERE ($2::uuid[] IS NULL OR planned.employee_id = ANY ($2))
          AND local.starts_at >= $5::date AND local.starts_at < $6::date
        GROUP BY employees.organisation_id, employees.id, monday
        ORDER BY employees.last_name, employees.first_name, employees.id, monday
        """,
        organisation_id,
        employee_ids,
        _at(first_day) - _FARTHEST,
        _at(end_day) + _FARTHEST,
        first_day,
        end_day,
        time_zone,
    )
    return rows


def _at(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
