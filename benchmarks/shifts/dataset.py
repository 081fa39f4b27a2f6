"""Employees and shifts to measure with: one shift a weekday, backwards from a fixed Monday."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

# The Monday of the newest week.
LAST_WEEK = datetime(2026, 3, 2, tzinfo=UTC)
_CONSTRAINT = "one_shift_at_a_time_per_employee"
_INDEXES = ("shifts_by_employee", "shifts_by_start", "shifts_by_location")


async def add_employees(
    connection: asyncpg.Connection[Any], organisation_id: UUID, count: int
) -> list[UUID]:
    """Add employees to an organisation, and answer their ids."""
    ids = [uuid7() for _ in range(count)]
    await connection.execute(
        """
        INSERT INTO employees (organisation_id, id, first_name, last_name, address)
        SELECT $1, id, 'Erna', 'Employee ' || place, 'Street ' || place
        FROM unnest($2::uuid[]) WITH ORDINALITY AS added (id, place)
        """,
        organisation_id,
        ids,
    )
    return ids


def batches(
    employees: list[UUID], shifts: int, size: int
) -> list[list[tuple[UUID, datetime, datetime]]]:
    """So many shifts (employee, start, end) in batches: every employee's first, then second, …"""
    spans = []
    for number in range(shifts):
        turn, place = divmod(number, len(employees))
        starts_at = LAST_WEEK + timedelta(days=turn, hours=8)
        spans.append((employees[place], starts_at, starts_at + timedelta(hours=8)))
    return [spans[first : first + size] for first in range(0, shifts, size)]


async def empty(connection: asyncpg.Connection[Any]) -> None:
    """Take all shifts away."""
    await connection.execute("TRUNCATE shifts CASCADE")


async def fill(connection: asyncpg.Connection[Any], each: int, weeks: int) -> None:
    """Give every employee there is ``each`` shifts, the newest in ``LAST_WEEK``, five a week.

    The triggers, indexes and the exclusion constraint rest meanwhile; they are made again after,
    so the constraint has then looked at every shift.
    """
    definitions = [
        str(await connection.fetchval("SELECT pg_get_indexdef($1::regclass)", index))
        for index in _INDEXES
    ]
    constraint = await connection.fetchval(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1", _CONSTRAINT
    )
    await connection.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
    await connection.execute(f"ALTER TABLE shifts DROP CONSTRAINT {_CONSTRAINT}")
    for index in _INDEXES:
        await connection.execute(f"DROP INDEX {index}")
    await connection.execute("SET session_replication_role = replica")
    # Week by week, as it comes about in life: the shifts of one week lie together.
    await connection.execute(
        """
        INSERT INTO shifts (organisation_id, id, employee_id, starts_at, ends_at, position)
        SELECT employees.organisation_id, gen_random_uuid(), employees.id, starts_at,
               starts_at + interval '8 hours', 'Bench ' || weekday
        FROM generate_series($2 - 1, 0, -1) AS week
        CROSS JOIN generate_series(0, 4) AS weekday
        CROSS JOIN LATERAL (
          SELECT $1::timestamptz - week * interval '7 days' + weekday * interval '1 day'
                 + interval '8 hours' AS starts_at
        ) AS day
        CROSS JOIN employees
        LIMIT $3 * (SELECT count(*) FROM employees)
        """,
        LAST_WEEK,
        weeks,
        each,
    )
    await connection.execute("SET session_replication_role = origin")
    for definition in definitions:
        await connection.execute(definition)
    await connection.execute(f"ALTER TABLE shifts ADD CONSTRAINT {_CONSTRAINT} {constraint}")
    await connection.execute("VACUUM (ANALYZE) shifts")
