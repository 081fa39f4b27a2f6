"""The SQL of employees."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from benchbook.accounts.errors import PersonNotFound
from benchbook.platform.database import Transaction, constraint_of, one_row
from benchbook.shifts.errors import AddressTaken, LocationNotFound, PersonLinkedAlready
from benchbook.shifts.schemas import DeletedEmployee, Employee

_COLUMNS = """id, person_id, first_name, last_name, address, email,
  ARRAY(SELECT employee_skills.skill_id FROM employee_skills
        WHERE employee_skills.organisation_id = employees.organisation_id
          AND employee_skills.employee_id = employees.id
        ORDER BY employee_skills.skill_id) AS skill_ids,
  location_id, contracted_hours_per_week::float8, created_at, updated_at, revision"""


def _employee_of(row: asyncpg.Record) -> tuple[Employee, int]:
    values = dict(row)
    revision = values.pop("revision")
    return Employee(**values), revision


def _translated(error: Exception) -> Exception:
    name = constraint_of(error)
    if name.startswith("employee_address_is_used_once"):
        return AddressTaken.at("/address", "Another employee has this address.")
    if name.startswith("person_is_one_employee"):
        return PersonLinkedAlready.at("/person_id", "Another employee is linked to this person.")
    if name.startswith("employee_person_exists"):
        return PersonNotFound.at("/person_id", "There is no person with this id.")
    if name.startswith("employee_location_exists"):
        return LocationNotFound.at("/location_id", "There is no location with this id.")
    return error


async def insert_employee(
    tx: Transaction, organisation_id: UUID, employee_id: UUID, values: dict[str, Any]
) -> tuple[Employee, int]:
    """Add an employee; the keys of ``values`` are column names of ours.

    Raises AddressTaken, PersonLinkedAlready, PersonNotFound, LocationNotFound.
    """
    places = ", ".join(f"${place}" for place in range(3, 3 + len(values)))
    try:
        row = await one_row(
            tx,
            f"""
            INSERT INTO employees (organisation_id, id, {", ".join(values)})
            VALUES ($1, $2, {places})
            RETURNING {_COLUMNS}
            """,
            organisation_id,
            employee_id,
            *values.values(),
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        # Not chained: PostgreSQL's own message holds the address.
        raise _translated(error) from None
    return _employee_of(row)


async def find_employee(
    tx: Transaction, organisation_id: UUID, employee_id: UUID, *, lock: bool = False
) -> tuple[Employee, int] | None:
    """An employee and its revision; locked if it is to be changed."""
    row = await tx.fetchrow(
        f"""
        SELECT {_COLUMNS}
        FROM employees
        WHERE organisation_id = $1 AND id = $2
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
        employee_id,
    )
    return _employee_of(row) if row else None


async def list_employees(
    tx: Transaction,
    organisation_id: UUID,
    *,
    text: str | None,
    in_addresses: bool,
    after: tuple[str, str, UUID] | None,
    limit: int,
) -> list[Employee]:
    """Employees by name, after a sort key.

    ``text`` is looked for in names and, with ``in_addresses``, in addresses, in either case.
    """
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
        FROM employees
        WHERE organisation_id = $1
          AND ($2::text IS NULL OR (last_name, first_name, id) > ($2, $3::text, $4::uuid))
          AND ($5::text IS NULL
               OR strpos(lower(first_name || ' ' || last_name), lower($5)) > 0
               OR ($6 AND (strpos(lower(address), lower($5)) > 0
                           OR strpos(lower(coalesce(email, '')), lower($5)) > 0)))
        ORDER BY last_name, first_name, id
        LIMIT $7
        """,
        organisation_id,
        *(after or (None, None, None)),
        text,
        in_addresses,
        limit,
    )
    return [_employee_of(row)[0] for row in rows]


async def update_employee(
    tx: Transaction, organisation_id: UUID, employee_id: UUID, values: dict[str, Any]
) -> tuple[Employee, int]:
    """Set columns of a locked employee; the keys of ``values`` are column names of ours.

    Raises AddressTaken, PersonLinkedAlready, PersonNotFound, LocationNotFound.
    """
    assignments = [f"{column} = ${place}" for place, column in enumerate(values, 3)]
    try:
        row = await one_row(
            tx,
            f"""
            UPDATE employees
            SET {", ".join([*assignments, "updated_at = now()", "revision = revision + 1"])}
            WHERE organisation_id = $1 AND id = $2
            RETURNING {_COLUMNS}
            """,
            organisation_id,
            employee_id,
            *values.values(),
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from None
    return _employee_of(row)


async def remove_employee(tx: Transaction, employee_id: UUID) -> None:
    """Put a locked employee out of sight, and their shifts: policies hide both from here on."""
    await tx.execute("SELECT remove_employee($1)", employee_id)


async def restore_employee(tx: Transaction, employee_id: UUID) -> bool:
    """Bring a removed employee back, and their shifts; whether there was one to bring back.

    Raises AddressTaken, PersonLinkedAlready.
    """
    try:
        return bool(await tx.fetchval("SELECT restore_employee($1)", employee_id))
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from None


async def list_removed_employees(
    tx: Transaction, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[DeletedEmployee]:
    """Who was removed in the last 30 days, the last first, after a sort key; nobody for members."""
    rows = await tx.fetch(
        """
        SELECT id, first_name, last_name, shifts AS shift_count, removed_at AS deleted_at,
               removed_at + interval '30 days' AS gone_at
        FROM list_removed_employees()
        WHERE $1::timestamptz IS NULL OR (removed_at, id) < ($1, $2::uuid)
        ORDER BY removed_at DESC, id DESC
        LIMIT $3
        """,
        *(after or (None, None)),
        limit,
    )
    return [DeletedEmployee(**row) for row in rows]


async def forget_removed_employees(tx: Transaction) -> None:
    """Delete for good, with their shifts, who was removed more than 30 days ago."""
    await tx.execute("SELECT forget_removed_employees()")
