"""The HTTP of employees."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.database import Transaction
from benchbook.platform.http import (
    ApiRequest,
    Outcome,
    etag,
    expected_revision,
    json_response,
    not_modified,
    write,
)
from benchbook.platform.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, page_of
from benchbook.shifts import employee_store, employees
from benchbook.shifts.schemas import (
    ChangeEmployee,
    DeletedEmployeePage,
    Employee,
    EmployeePage,
    NewEmployee,
)

TAGS = ["Employees"]
MANAGERS = {"role": "manager"}

Text = Annotated[
    str | None,
    QueryParameter(
        name="q",
        max_length=255,
        description="Text in the name and, for managers, in address or e-mail, in either case.",
    ),
]


@get("/employees", tags=TAGS, summary="List employees")
async def list_employees(
    request: ApiRequest, q: Text = None, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> EmployeePage:
    """Employees, by last and first name. Members see no addresses but their own."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[str, str, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        items = await employees.list_employees(
            tx, caller, text=q or None, after=after, limit=limit + 1
        )
    return EmployeePage(
        *page_of(items, limit, lambda item: [item.last_name, item.first_name, item.id])
    )


@post("/employees", tags=TAGS, summary="Add an employee", opt=MANAGERS)
async def add_employee(request: ApiRequest, data: JSONBody[NewEmployee]) -> Response[Employee]:
    """Add an employee; 409 `address_taken` when another one has this address.

    Takes the role manager.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[Employee]:
        employee, revision = await employees.add_employee(tx, caller, data)
        headers = {"Location": f"/api/v1/employees/{employee.id}", "ETag": etag(revision)}
        return Outcome(employee, status_code=201, headers=headers)

    return await write(request, caller, work)


@get("/employees/deleted", tags=TAGS, summary="List deleted employees", opt=MANAGERS)
async def list_deleted_employees(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> DeletedEmployeePage:
    """Who was deleted in the last 30 days, the last first, each to be brought back with `restore`.

    Of what is personal, only their names. Takes the role manager.
    """
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[datetime, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        items = await employee_store.list_removed_employees(tx, after=after, limit=limit + 1)
    return DeletedEmployeePage(*page_of(items, limit, lambda item: [item.deleted_at, item.id]))


@get("/employees/{employee_id:uuid}", tags=TAGS, summary="Read an employee")
async def read_employee(request: ApiRequest, employee_id: FromPath[UUID]) -> Response[Employee]:
    """One employee. Members see no addresses but their own."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        employee, revision = await employees.read_employee(tx, caller, employee_id)
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(employee, headers=headers)


@put("/employees/{employee_id:uuid}", tags=TAGS, summary="Replace an employee", opt=MANAGERS)
async def replace_employee(
    request: ApiRequest, employee_id: FromPath[UUID], data: JSONBody[NewEmployee]
) -> Response[Employee]:
    """Set everything of an employee; what is left out is cleared. Takes the role manager."""
    return await _changed(request, employee_id, data)


@patch("/employees/{employee_id:uuid}", tags=TAGS, summary="Change an employee", opt=MANAGERS)
async def change_employee(
    request: ApiRequest, employee_id: FromPath[UUID], data: JSONBody[ChangeEmployee]
) -> Response[Employee]:
    """Change an employee; absent fields stay as they are. Takes the role manager."""
    return await _changed(request, employee_id, data)


@delete("/employees/{employee_id:uuid}", tags=TAGS, summary="Delete an employee", opt=MANAGERS)
async def remove_employee(request: ApiRequest, employee_id: FromPath[UUID]) -> Response[None]:
    """Delete an employee with all of their shifts; `restore` brings them back within 30 days.

    Address and person are free for others at once. Takes the role manager.
    """
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await employees.remove_employee(tx, caller, employee_id, expected)
        return Outcome(status_code=204)

    return await write(request, caller, work)


@post(
    "/employees/{employee_id:uuid}/restore",
    tags=TAGS,
    summary="Bring a deleted employee back",
    status_code=200,
    opt=MANAGERS,
)
async def restore_employee(request: ApiRequest, employee_id: FromPath[UUID]) -> Response[Employee]:
    """Bring an employee back with all of their shifts, up to 30 days after the deletion.

    One who was not deleted is answered as they are. 409 `address_taken` or
    `person_linked_already` when somebody else has the address or the person by now: change that
    employee, then try again. Takes the role manager.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[Employee]:
        employee, revision = await employees.restore_employee(tx, caller, employee_id)
        return Outcome(employee, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


async def _changed(
    request: ApiRequest, employee_id: UUID, change: ChangeEmployee | NewEmployee
) -> Response[Employee]:
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[Employee]:
        employee, revision = await employees.change_employee(
            tx, caller, employee_id, change, expected
        )
        return Outcome(employee, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "shifts"},
    route_handlers=[
        list_employees,
        add_employee,
        list_deleted_employees,
        read_employee,
        replace_employee,
        change_employee,
        remove_employee,
        restore_employee,
    ],
)
