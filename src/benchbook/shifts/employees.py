"""What managers do with employees, and what members see of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import UNSET, structs
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.accounts.rules import normal_email, visible_text
from benchbook.platform.database import Transaction
from benchbook.platform.problems import Stale
from benchbook.shifts import employee_store as store
from benchbook.shifts.catalogue_store import set_skills_of_employee
from benchbook.shifts.errors import EmployeeNotFound
from benchbook.shifts.schemas import ChangeEmployee, Employee, NewEmployee


async def add_employee(tx: Transaction, caller: Caller, new: NewEmployee) -> tuple[Employee, int]:
    """Add an employee.

    Raises AddressTaken, PersonLinkedAlready, PersonNotFound, SkillNotFound, LocationNotFound,
    InvalidInput.
    """
    organisation_id, employee_id = caller.organisation_id, uuid7()
    values = _checked(structs.asdict(new))
    skill_ids = values.pop("skill_ids")
    added = await store.insert_employee(tx, organisation_id, employee_id, values)
    if skill_ids:
        await set_skills_of_employee(tx, organisation_id, employee_id, skill_ids)
        added = await _read(tx, caller, employee_id)
    await record_event(tx, caller, "employee.created", "employee", employee_id)
    return added


async def read_employee(tx: Transaction, caller: Caller, employee_id: UUID) -> tuple[Employee, int]:
    """An employee as the caller may see them; raises EmployeeNotFound."""
    employee, revision = await _read(tx, caller, employee_id)
    return as_seen_by(caller, employee), revision


async def list_employees(
    tx: Transaction,
    caller: Caller,
    *,
    text: str | None,
    after: tuple[str, str, UUID] | None,
    limit: int,
) -> list[Employee]:
    """Employees by name, as the caller may see them."""
    found = await store.list_employees(
        tx,
        caller.organisation_id,
        text=text,
        # Searching is a way of reading: members cannot ask for addresses either.
        in_addresses=caller.sees_everyone,
        after=after,
        limit=limit,
    )
    return [as_seen_by(caller, employee) for employee in found]


async def change_employee(
    tx: Transaction,
    caller: Caller,
    employee_id: UUID,
    change: ChangeEmployee | NewEmployee,
    expected: int | None,
) -> tuple[Employee, int]:
    """Set the fields that are given, or all of them.

    Raises EmployeeNotFound, Stale, AddressTaken, PersonLinkedAlready, PersonNotFound,
    SkillNotFound, LocationNotFound, InvalidInput.
    """
    before = await _lock(tx, caller, employee_id, expected)
    values = _checked(
        {field: value for field, value in structs.asdict(change).items() if value is not UNSET}
    )
    if not values:
        return before
    fields = sorted(values)
    if "skill_ids" in values:
        await set_skills_of_employee(
            tx, caller.organisation_id, employee_id, values.pop("skill_ids")
        )
    changed = await store.update_employee(tx, caller.organisation_id, employee_id, values)
    await record_event(tx, caller, "employee.changed", "employee", employee_id, fields=fields)
    return changed


async def remove_employee(
    tx: Transaction, caller: Caller, employee_id: UUID, expected: int | None
) -> None:
    """Delete an employee with their shifts; raises EmployeeNotFound, Stale.

    For 30 days ``restore_employee`` brings them back.
    """
    await _lock(tx, caller, employee_id, expected)
    await store.remove_employee(tx, employee_id)
    await record_event(tx, caller, "employee.deleted", "employee", employee_id)


async def restore_employee(
    tx: Transaction, caller: Caller, employee_id: UUID
) -> tuple[Employee, int]:
    """Bring a deleted employee back with their shifts; one that is there is answered as they are.

    Raises EmployeeNotFound and, where another one has taken their address or person meanwhile,
    AddressTaken or PersonLinkedAlready.
    """
    if await store.restore_employee(tx, employee_id):
        await record_event(tx, caller, "employee.restored", "employee", employee_id)
    return await read_employee(tx, caller, employee_id)


def as_seen_by(caller: Caller, employee: Employee) -> Employee:
    """Without address, e-mail and contract where they are none of the caller's business."""
    if caller.sees_everyone or employee.person_id == caller.person_id:
        return employee
    return structs.replace(employee, address=None, email=None, contracted_hours_per_week=None)


async def _read(tx: Transaction, caller: Caller, employee_id: UUID) -> tuple[Employee, int]:
    found = await store.find_employee(tx, caller.organisation_id, employee_id)
    if found is None:
        raise EmployeeNotFound("There is no employee with this id.")
    return found


async def _lock(
    tx: Transaction, caller: Caller, employee_id: UUID, expected: int | None
) -> tuple[Employee, int]:
    found = await store.find_employee(tx, caller.organisation_id, employee_id, lock=True)
    if found is None:
        raise EmployeeNotFound("There is no employee with this id.")
    if expected not in (None, found[1]):
        raise Stale("It was changed since you read it: read it again and repeat your change.")
    return found


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    for field in ("first_name", "last_name", "address"):
        if field in values:
            values[field] = visible_text(values[field], f"/{field}")
    if values.get("email") is not None:
        values["email"] = normal_email(values["email"])
    if values.get("contracted_hours_per_week") is not None:
        values["contracted_hours_per_week"] = Decimal(
            str(round(values["contracted_hours_per_week"], 2))
        )
    return values
