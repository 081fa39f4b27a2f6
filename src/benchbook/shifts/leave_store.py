"""The SQL of leave and availability."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from benchbook.platform.database import Transaction, constraint_of, meaning_of, one_row
from benchbook.shifts.errors import (
    EmployeeNotFound,
    LeaveMeetsShifts,
    LeaveOverlap,
    ShiftDuringLeave,
)
from benchbook.shifts.leave_rules import days_of_leave
from benchbook.shifts.leave_schemas import Availability, LeaveRequest, LeaveStatus
from benchbook.shifts.rules import LONGEST_SHIFT

_LEAVE = """id, employee_id, kind, status, whole_days, time_zone, starts_at, ends_at, note,
  requested_by, decided_by, decided_at, decision_note, created_at, updated_at, revision"""
_AVAILABILITY = """id, employee_id, kind, weekday, date, start_time, end_time, time_zone, note,
  created_at, updated_at, revision"""


@meaning_of("no_shift_during_approved_leave")
def _shift_during_leave(error: asyncpg.PostgresError) -> Exception:
    del error
    return ShiftDuringLeave("An employee has approved leave at the time; nothing was changed.")


@meaning_of("no_approved_leave_during_a_shift")
def _leave_meets_shifts(error: asyncpg.PostgresError) -> Exception:
    del error
    return LeaveMeetsShifts("The employee has shifts at the time: take them away first.")


def _leave_of(row: asyncpg.Record) -> tuple[LeaveRequest, int]:
    values = dict(row)
    revision, whole_days = values.pop("revision"), values.pop("whole_days")
    days: tuple[date | None, date | None] = (None, None)
    if whole_days:
        days = days_of_leave(row["starts_at"], row["ends_at"], ZoneInfo(row["time_zone"]))
    return LeaveRequest(**values, first_day=days[0], last_day=days[1]), revision


def _availability_of(row: asyncpg.Record) -> tuple[Availability, int]:
    values = dict(row)
    revision = values.pop("revision")
    for name in ("start_time", "end_time"):
        values[name] = values[name] and values[name].strftime("%H:%M")
    return Availability(**values), revision


async def find_own_employee(tx: Transaction, organisation_id: UUID, person_id: UUID) -> UUID | None:
    """Which employee a person is."""
    found: UUID | None = await tx.fetchval(
        "SELECT id FROM employees WHERE organisation_id = $1 AND person_id = $2",
        organisation_id,
        person_id,
    )
    return found


async def lock_employee(
    tx: Transaction, organisation_id: UUID, employee_id: UUID
) -> asyncpg.Record | None:
    """The employee (person_id, time_zone of the location), locked as for a change of shifts."""
    return await tx.fetchrow(
        """
        SELECT employees.person_id,
               (SELECT time_zone FROM locations
                WHERE locations.organisation_id = employees.organisation_id
                  AND locations.id = employees.location_id) AS time_zone
        FROM employees
        WHERE organisation_id = $1 AND id = $2
        FOR NO KEY UPDATE
        """,
        organisation_id,
        employee_id,
    )


async def insert_leave(
    tx: Transaction, organisation_id: UUID, leave_id: UUID, values: dict[str, Any]
) -> tuple[LeaveRequest, int]:
    """Keep leave; the keys of ``values`` are column names of ours. Raises LeaveOverlap."""
    places = ", ".join(f"${place}" for place in range(3, 3 + len(values)))
    try:
        row = await one_row(
            tx,
            f"""
            INSERT INTO leave_requests (organisation_id, id, {", ".join(values)})
            VALUES ($1, $2, {places})
            RETURNING {_LEAVE}
            """,
            organisation_id,
            leave_id,
            *values.values(),
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from None
    return _leave_of(row)


async def find_leave(
    tx: Transaction, organisation_id: UUID, leave_id: UUID, *, lock: bool = False
) -> tuple[LeaveRequest, int] | None:
    """Leave that the caller may see, and its revision."""
    row = await tx.fetchrow(
        f"""
        SELECT {_LEAVE}
        FROM leave_requests
        WHERE organisation_id = $1 AND id = $2
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
        leave_id,
    )
    return _leave_of(row) if row else None


async def list_leave(
    tx: Transaction,
    organisation_id: UUID,
    *,
    employee_ids: Sequence[UUID] | None,
    status: LeaveStatus | None,
    starting: datetime | None,
    ending: datetime | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[LeaveRequest]:
    """Leave that overlaps the half-open range, by its start."""
    rows = await tx.fetch(
        f"""
        SELECT {_LEAVE}
        FROM leave_requests
        WHERE organisation_id = $1
          AND ($2::uuid[] IS NULL OR employee_id = ANY ($2))
          AND ($3::text IS NULL OR status = $3)
          AND ($4::timestamptz IS NULL OR ends_at > $4)
          AND ($5::timestamptz IS NULL OR starts_at < $5)
          AND ($6::timestamptz IS NULL OR (starts_at, id) > ($6, $7::uuid))
        ORDER BY starts_at, id
        LIMIT $8
        """,
        organisation_id,
        employee_ids,
        status,
        starting,
        ending,
        *(after or (None, None)),
        limit,
    )
    return [_leave_of(row)[0] for row in rows]


async def decide_leave(
    tx: Transaction,
    organisation_id: UUID,
    leave_id: UUID,
    *,
    status: LeaveStatus,
    decided_by: UUID | None,
    decision_note: str | None,
) -> tuple[LeaveRequest, int]:
    """Decide on locked leave, or have it wait again where nobody decided.

    Raises LeaveOverlap, LeaveMeetsShifts.
    """
    try:
        row = await one_row(
            tx,
            f"""
            UPDATE leave_requests
            SET status = $3, decided_by = $4, decision_note = $5,
                decided_at = CASE WHEN $4::uuid IS NULL THEN NULL ELSE now() END,
                updated_at = now(), revision = revision + 1
            WHERE organisation_id = $1 AND id = $2
            RETURNING {_LEAVE}
            """,
            organisation_id,
            leave_id,
            status,
            decided_by,
            decision_note,
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from None
    return _leave_of(row)


async def shifts_during(
    tx: Transaction, organisation_id: UUID, leave: LeaveRequest
) -> list[asyncpg.Record]:
    """The employee's shifts (id, employee_id, starts_at, ends_at) that leave meets: 100 at most."""
    rows: list[asyncpg.Record] = await tx.fetch(
        """
        SELECT id, employee_id, starts_at, ends_at
        FROM all_shifts
        WHERE organisation_id = $1 AND employee_id = $2
          AND starts_at < $4 AND ends_at > $3 AND starts_at > $3::timestamptz - $5::interval
        ORDER BY starts_at, id
        LIMIT 100
        """,
        organisation_id,
        leave.employee_id,
        leave.starts_at,
        leave.ends_at,
        LONGEST_SHIFT,
    )
    return rows


async def blocks_shifts(tx: Transaction, organisation_id: UUID) -> tuple[bool, int]:
    """Whether approved leave blocks shifts, and the revision of the setting (0: never set)."""
    row = await tx.fetchrow(
        "SELECT blocks_shifts, revision FROM leave_settings WHERE organisation_id = $1",
        organisation_id,
    )
    return (row["blocks_shifts"], row["revision"]) if row else (False, 0)


async def set_blocks_shifts(
    tx: Transaction, organisation_id: UUID, blocks: bool, expected: int | None
) -> int | None:
    """Set it, and answer the new revision; None where it is not in the expected state."""
    revision: int | None = await tx.fetchval(
        """
        INSERT INTO leave_settings AS stored (organisation_id, blocks_shifts)
        SELECT $1, $2 WHERE coalesce($3, 0) = 0
           OR EXISTS (SELECT FROM leave_settings WHERE organisation_id = $1)
        ON CONFLICT (organisation_id) DO UPDATE
        SET blocks_shifts = $2, updated_at = now(), revision = stored.revision + 1
        WHERE $3::integer IS NULL OR stored.revision = $3
        RETURNING revision
        """,
        organisation_id,
        blocks,
        expected,
    )
    return revision


async def spans_during_leave(
    tx: Transaction, spans: Sequence[tuple[UUID, datetime, datetime]]
) -> set[int]:
    """Which of these (employee, start, end) meet approved leave, by their index."""
    rows = await tx.fetch(
        "SELECT place FROM spans_during_leave($1, $2, $3)", *map(list, zip(*spans, strict=True))
    )
    return {row["place"] - 1 for row in rows}


# Availability -------------------------------------------------------------------------------------


async def insert_availability(
    tx: Transaction, organisation_id: UUID, entry_id: UUID, values: dict[str, Any]
) -> tuple[Availability, int]:
    """Keep an entry; the keys of ``values`` are column names of ours."""
    places = ", ".join(f"${place}" for place in range(3, 3 + len(values)))
    row = await one_row(
        tx,
        f"""
        INSERT INTO availability (organisation_id, id, {", ".join(values)})
        VALUES ($1, $2, {places})
        RETURNING {_AVAILABILITY}
        """,
        organisation_id,
        entry_id,
        *values.values(),
    )
    return _availability_of(row)


async def find_availability(
    tx: Transaction, organisation_id: UUID, entry_id: UUID, *, lock: bool = False
) -> tuple[Availability, int] | None:
    """An entry that the caller may see, and its revision."""
    row = await tx.fetchrow(
        f"""
        SELECT {_AVAILABILITY}
        FROM availability
        WHERE organisation_id = $1 AND id = $2
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
        entry_id,
    )
    return _availability_of(row) if row else None


async def list_availability(
    tx: Transaction,
    organisation_id: UUID,
    *,
    employee_ids: Sequence[UUID] | None,
    after: UUID | None,
    limit: int,
) -> list[Availability]:
    """Entries, the oldest first (ids are UUIDv7)."""
    rows = await tx.fetch(
        f"""
        SELECT {_AVAILABILITY}
        FROM availability
        WHERE organisation_id = $1
          AND ($2::uuid[] IS NULL OR employee_id = ANY ($2))
          AND ($3::uuid IS NULL OR id > $3)
        ORDER BY id
        LIMIT $4
        """,
        organisation_id,
        employee_ids,
        after,
        limit,
    )
    return [_availability_of(row)[0] for row in rows]


async def update_availability(
    tx: Transaction, organisation_id: UUID, entry_id: UUID, values: dict[str, Any]
) -> tuple[Availability, int]:
    """Set columns of a locked entry; the keys of ``values`` are column names of ours."""
    assignments = ", ".join(f"{column} = ${place}" for place, column in enumerate(values, 3))
    row = await one_row(
        tx,
        f"""
        UPDATE availability
        SET {assignments}, updated_at = now(), revision = revision + 1
        WHERE organisation_id = $1 AND id = $2
        RETURNING {_AVAILABILITY}
        """,
        organisation_id,
        entry_id,
        *values.values(),
    )
    return _availability_of(row)


async def delete_availability(tx: Transaction, organisation_id: UUID, entry_id: UUID) -> None:
    """Delete a locked entry."""
    await tx.execute(
        "DELETE FROM availability WHERE organisation_id = $1 AND id = $2", organisation_id, entry_id
    )


# What stands against shifts -----------------------------------------------------------------------


async def leave_against_shifts(
    tx: Transaction,
    organisation_id: UUID,
    employee_ids: Sequence[UUID] | None,
    starting: datetime,
    ending: datetime,
    limit: int,
) -> list[asyncpg.Record]:
    """Shifts that overlap the range and leave that was not declined, with that leave."""
    rows: list[asyncpg.Record] = await tx.fetch(
        """
        SELECT shifts.id, shifts.employee_id, shifts.starts_at, shifts.ends_at,
               leave_requests.id AS leave_request_id, leave_requests.status
        FROM all_shifts AS shifts
        JOIN leave_requests
          ON leave_requests.organisation_id = $1
         AND leave_requests.employee_id = shifts.employee_id
         AND leave_requests.status IN ('requested', 'approved')
         AND leave_requests.starts_at < shifts.ends_at AND leave_requests.ends_at > shifts.starts_at
        WHERE shifts.organisation_id = $1
          AND ($2::uuid[] IS NULL OR shifts.employee_id = ANY ($2))
          AND shifts.starts_at > $3::timestamptz - $6::interval AND shifts.ends_at > $3
          AND shifts.starts_at < $4
        ORDER BY shifts.starts_at, shifts.id
        LIMIT $5
        """,
        organisation_id,
        employee_ids,
        starting,
        ending,
        limit,
        LONGEST_SHIFT,
    )
    return rows


async def skills_missing_from_shifts(
    tx: Transaction,
    organisation_id: UUID,
    employee_ids: Sequence[UUID] | None,
    starting: datetime,
    ending: datetime,
    limit: int,
) -> list[asyncpg.Record]:
    """Shifts that overlap the range whose employee lacks skills of the position, with those."""
    rows: list[asyncpg.Record] = await tx.fetch(
        """
        SELECT shifts.id, shifts.employee_id, shifts.starts_at, shifts.ends_at, missing.skill_ids
        FROM all_shifts AS shifts
        JOIN positions ON positions.organisation_id = $1 AND positions.name = shifts.position
        CROSS JOIN LATERAL (
          SELECT array_agg(position_skills.skill_id ORDER BY position_skills.skill_id) AS skill_ids
          FROM position_skills
          WHERE position_skills.organisation_id = $1
            AND position_skills.position_id = positions.id
            AND NOT EXISTS (SELECT FROM employee_skills
                            WHERE employee_skills.organisation_id = $1
                              AND employee_skills.employee_id = shifts.employee_id
                              AND employee_skills.skill_id = position_skills.skill_id)
        ) AS missing
        WHERE shifts.organisation_id = $1 AND missing.skill_ids IS NOT NULL
          AND ($2::uuid[] IS NULL OR shifts.employee_id = ANY ($2))
          AND shifts.starts_at > $3::timestamptz - $6::interval AND shifts.ends_at > $3
          AND shifts.starts_at < $4
        ORDER BY shifts.starts_at, shifts.id
        LIMIT $5
        """,
        organisation_id,
        employee_ids,
        starting,
        ending,
        limit,
        LONGEST_SHIFT,
    )
    return rows


async def times_that_cannot_be(
    tx: Transaction, organisation_id: UUID, employee_ids: Sequence[UUID] | None
) -> list[Availability]:
    """All entries of the kind `cannot`."""
    rows = await tx.fetch(
        f"""
        SELECT {_AVAILABILITY}
        FROM availability
        WHERE organisation_id = $1 AND kind = 'cannot'
          AND ($2::uuid[] IS NULL OR employee_id = ANY ($2))
        ORDER BY id
        """,
        organisation_id,
        employee_ids,
    )
    return [_availability_of(row)[0] for row in rows]


async def shifts_of(
    tx: Transaction,
    organisation_id: UUID,
    employee_ids: Sequence[UUID],
    starting: datetime,
    ending: datetime,
) -> list[asyncpg.Record]:
    """Shifts (id, employee_id, starts_at, ends_at) of these employees that overlap the range."""
    rows: list[asyncpg.Record] = await tx.fetch(
        """
        SELECT id, employee_id, starts_at, ends_at
        FROM all_shifts
        WHERE organisation_id = $1 AND employee_id = ANY ($2::uuid[])
          AND starts_at > $3::timestamptz - $5::interval AND ends_at > $3 AND starts_at < $4
        ORDER BY starts_at, id
        """,
        organisation_id,
        employee_ids,
        starting,
        ending,
        LONGEST_SHIFT,
    )
    return rows


def _translated(error: Exception) -> Exception:
    name = constraint_of(error)
    if name.startswith("one_leave_at_a_time_per_employee"):
        return LeaveOverlap("The employee has other leave at the time, asked for or approved.")
    if name.startswith("leave_employee_exists"):
        return EmployeeNotFound.at("/employee_id", "There is no employee with this id.")
    return error
