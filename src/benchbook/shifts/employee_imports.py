"""What managers do with files of employees: try one, add what it holds, take it back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction
from benchbook.shifts import employee_import_store as store
from benchbook.shifts.employee_import_file import ImportedEmployee, read_employees
from benchbook.shifts.employee_import_schemas import EmployeeImport, EmployeeLineError
from benchbook.shifts.errors import EmployeeImportNotFound

MOST_ERRORS = 1_000


async def import_employees(
    tx: Transaction, caller: Caller, content: bytes, file_name: str, *, dry_run: bool
) -> EmployeeImport:
    """Add the employees of a file who are not there yet; a dry run only says what would be.

    A line whose address is there already, in the organisation or further up, is a duplicate. What
    cannot be added is named by its line. Raises EmployeeFileNotReadable.
    """
    organisation_id = caller.organisation_id
    skills, locations = await store.names_of_the_roster(tx, organisation_id)
    errors: list[EmployeeLineError] = []
    seen: dict[str, ImportedEmployee] = {}
    duplicates = 0
    for line in read_employees(content):
        if isinstance(line, EmployeeLineError):
            errors.append(line)
        elif line.location is not None and line.location not in locations:
            errors.append(EmployeeLineError(line.line, "There is no location of this name."))
        elif any(name not in skills for name in line.skills):
            errors.append(EmployeeLineError(line.line, "There is no skill of one of these names."))
        elif line.address in seen:
            duplicates += 1
        else:
            seen[line.address] = line
    import_id = None if dry_run else uuid7()
    wanted: list[dict[str, Any]] = [
        {
            "id": uuid7(),
            "first_name": line.first_name,
            "last_name": line.last_name,
            "address": line.address,
            "email": line.email,
            "location_id": locations[line.location] if line.location else None,
            "contracted_hours_per_week": line.contracted_hours_per_week,
            "skill_ids": [skills[name] for name in line.skills],
        }
        for line in seen.values()
    ]
    if import_id is None:
        known = await store.known_addresses(tx, organisation_id, list(seen))
        added = len(wanted) - len(known)
    else:
        added = await store.insert_employees(tx, organisation_id, import_id, wanted)
    outcome = EmployeeImport(
        id=import_id,
        dry_run=dry_run,
        file_name=file_name,
        person_id=caller.person_id,
        created_at=datetime.now(UTC),
        added=added,
        duplicates=duplicates + len(wanted) - added,
        rejected=len(errors),
        errors=errors[:MOST_ERRORS],
    )
    if import_id is not None:
        outcome.created_at = await store.insert_import(tx, organisation_id, outcome)
        await record_event(
            tx,
            caller,
            "employee_import.created",
            "employee_import",
            import_id,
            added=outcome.added,
            duplicates=outcome.duplicates,
            rejected=outcome.rejected,
        )
    return outcome


async def read_import(tx: Transaction, caller: Caller, import_id: UUID) -> EmployeeImport:
    """What became of an import; raises EmployeeImportNotFound."""
    found = await store.find_import(tx, caller.organisation_id, import_id)
    if found is None:
        raise EmployeeImportNotFound("There is no import with this id.")
    return found


async def take_back_import(tx: Transaction, caller: Caller, import_id: UUID) -> None:
    """Delete the employees of an import, with their shifts; raises EmployeeImportNotFound."""
    if not await store.delete_import(tx, caller.organisation_id, import_id):
        raise EmployeeImportNotFound("There is no import with this id.")
    removed = await store.remove_employees(tx, import_id)
    await record_event(
        tx, caller, "employee_import.taken_back", "employee_import", import_id, employees=removed
    )
