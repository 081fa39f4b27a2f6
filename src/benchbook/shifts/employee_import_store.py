"""The SQL of employees from files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from benchbook.platform.database import Transaction, one_row
from benchbook.shifts.employee_import_schemas import EmployeeImport, EmployeeLineError

_COLUMNS = "id, person_id, file_name, added, duplicates, rejected, errors, created_at"
_ARRAYS = (
    ("id", "uuid"),
    ("first_name", "text"),
    ("last_name", "text"),
    ("address", "text"),
    ("email", "text"),
    ("location_id", "uuid"),
    ("contracted_hours_per_week", "numeric"),
)


def _import_of(row: asyncpg.Record) -> EmployeeImport:
    errors = msgspec.json.decode(row["errors"], type=list[EmployeeLineError])
    return EmployeeImport(**dict(row) | {"errors": errors}, dry_run=False)


async def names_of_the_roster(
    tx: Transaction, organisation_id: UUID
) -> tuple[dict[str, UUID], dict[str, UUID]]:
    """The skills and the locations, by name."""
    rows = await tx.fetch(
        """
        SELECT 'skill' AS kind, name, id FROM skills WHERE organisation_id = $1
        UNION ALL
        SELECT 'location', name, id FROM locations WHERE organisation_id = $1
        """,
        organisation_id,
    )
    skills = {row["name"]: row["id"] for row in rows if row["kind"] == "skill"}
    return skills, {row["name"]: row["id"] for row in rows if row["kind"] == "location"}


async def known_addresses(
    tx: Transaction, organisation_id: UUID, addresses: Sequence[str]
) -> set[str]:
    """Which of these addresses employees have."""
    rows = await tx.fetch(
        "SELECT address FROM employees WHERE organisation_id = $1 AND address = ANY ($2::text[])",
        organisation_id,
        addresses,
    )
    return {row["address"] for row in rows}


async def insert_employees(
    tx: Transaction, organisation_id: UUID, import_id: UUID, employees: Sequence[dict[str, Any]]
) -> int:
    """Add those whose address nobody has, with their skills; how many that were."""
    names = ", ".join(name for name, _ in _ARRAYS)
    arrays = ", ".join(f"${place}::{kind}[]" for place, (_, kind) in enumerate(_ARRAYS, 3))
    rows = await tx.fetch(
        f"""
        INSERT INTO employees (organisation_id, import_id, {names})
        SELECT $1, $2, added.* FROM unnest({arrays}) AS added
        ON CONFLICT (organisation_id, address) WHERE removed_at IS NULL DO NOTHING
        RETURNING id
        """,
        organisation_id,
        import_id,
        *([employee[name] for employee in employees] for name, _ in _ARRAYS),
    )
    added = {row["id"] for row in rows}
    pairs = [
        (employee["id"], skill_id)
        for employee in employees
        if employee["id"] in added
        for skill_id in employee["skill_ids"]
    ]
    await tx.execute(
        """
        INSERT INTO employee_skills (organisation_id, employee_id, skill_id)
        SELECT $1, pair.* FROM unnest($2::uuid[], $3::uuid[]) AS pair
        """,
        organisation_id,
        [employee_id for employee_id, _ in pairs],
        [skill_id for _, skill_id in pairs],
    )
    return len(added)


async def insert_import(tx: Transaction, organisation_id: UUID, done: EmployeeImport) -> datetime:
    """Keep what became of an import; when that was."""
    row = await one_row(
        tx,
        """
        INSERT INTO employee_imports
          (organisation_id, id, person_id, file_name, added, duplicates, rejected, errors)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        RETURNING created_at
        """,
        organisation_id,
        done.id,
        done.person_id,
        done.file_name,
        done.added,
        done.duplicates,
        done.rejected,
        msgspec.json.encode(done.errors).decode(),
    )
    created_at: datetime = row["created_at"]
    return created_at


async def find_import(
    tx: Transaction, organisation_id: UUID, import_id: UUID
) -> EmployeeImport | None:
    """An import."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM employee_imports WHERE organisation_id = $1 AND id = $2",
        organisation_id,
        import_id,
    )
    return _import_of(row) if row else None


async def list_imports(
    tx: Transaction, organisation_id: UUID, *, after: UUID | None, limit: int
) -> list[EmployeeImport]:
    """Imports, newest first (ids are UUIDv7)."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
        FROM employee_imports
        WHERE organisation_id = $1 AND ($2::uuid IS NULL OR id < $2)
        ORDER BY id DESC
        LIMIT $3
        """,
        organisation_id,
        after,
        limit,
    )
    return [_import_of(row) for row in rows]


async def delete_import(tx: Transaction, organisation_id: UUID, import_id: UUID) -> bool:
    """Forget an import; whether there was one."""
    return bool(
        await tx.fetchval(
            "DELETE FROM employee_imports WHERE organisation_id = $1 AND id = $2 RETURNING true",
            organisation_id,
            import_id,
        )
    )


async def remove_employees(tx: Transaction, import_id: UUID) -> int:
    """Remove the employees that an import added; how many that were."""
    removed: int = await tx.fetchval("SELECT remove_employees_of_import($1)", import_id)
    return removed
