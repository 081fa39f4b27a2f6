"""The HTTP of employees from files."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

from litestar import Response, Router, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, Reference, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath

from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.database import Transaction
from benchbook.platform.forms import MULTIPART, Form
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
from benchbook.platform.problems import Stale
from benchbook.shifts import employee_import_store, employee_imports
from benchbook.shifts.employee_import_schemas import EmployeeImport, EmployeeImportPage

TAGS = ["Employees"]
MANAGERS = {"role": "manager"}
LARGEST_IMPORT_BYTES = 8 * 1024 * 1024
# An import never changes, so it has this one revision.
_REVISION = 1


@dataclass
class EmployeeImportOperation(Operation):
    """The import in the OpenAPI document: a form with a file in it."""

    def __post_init__(self) -> None:
        text = OpenAPIType.STRING
        fields: dict[str, Reference | Schema] = {
            "file": Schema(type=text, format=OpenAPIFormat.BINARY, description="The CSV, UTF-8."),
            "dry_run": Schema(
                type=text,
                enum=["true", "false"],
                default="false",
                description="Only say what would be added.",
            ),
        }
        form = Schema(type=OpenAPIType.OBJECT, properties=fields, required=["file"])
        form.additional_properties = False
        self.request_body = RequestBody(content={MULTIPART: OpenAPIMediaType(form)}, required=True)


@post(
    "/employees/imports",
    tags=TAGS,
    summary="Import employees",
    operation_class=EmployeeImportOperation,
    responses={
        200: ResponseSpec(
            EmployeeImport, generate_examples=False, description="A dry run: nothing was changed."
        )
    },
    request_max_body_size=LARGEST_IMPORT_BYTES,
    opt=MANAGERS,
)
async def import_employees(request: ApiRequest) -> Response[EmployeeImport]:
    """Add the employees of a CSV, up to 10,000 and 8 MB, who are not there yet.

    The first line names the columns: `first_name`, `last_name`, `address`, and if you like `email`,
    `location` (its name), `skills` (their names, with commas between) and
    `contracted_hours_per_week`. What can be read is added; what cannot is named in `errors` by its
    line, without what stands there. A line whose address an employee has already, or a line before
    it, is counted in `duplicates`. A dry run answers 200 and changes nothing. Takes the role manager.
    """
    caller = caller_of(request)
    form = await Form.of(request)
    try:
        dry_run = form.flag("dry_run")
        upload = form.file("file")
        form.refuse_others()
        content = await upload.read()

        async def work(tx: Transaction) -> Outcome[EmployeeImport]:
            done = await employee_imports.import_employees(
                tx, caller, content, upload.filename[-255:], dry_run=dry_run
            )
            if done.id is None:
                return Outcome(done)
            headers = {
                "Location": f"/api/v1/employees/imports/{done.id}",
                "ETag": etag(_REVISION),
            }
            return Outcome(done, status_code=201, headers=headers)

        digest = await asyncio.to_thread(form.digest)
        return await write(request, caller, work, body_hash=digest)
    finally:
        await form.close()


@get("/employees/imports", tags=TAGS, summary="List imports of employees", opt=MANAGERS)
async def list_employee_imports(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> EmployeeImportPage:
    """Imports that can be taken back, newest first. Takes the role manager."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    async with request.database.reading(caller) as tx:
        items = await employee_import_store.list_imports(
            tx, caller.organisation_id, after=after, limit=limit + 1
        )
    return EmployeeImportPage(*page_of(items, limit, lambda item: [item.id]))


@get(
    "/employees/imports/{employee_import_id:uuid}",
    tags=TAGS,
    summary="Read an import of employees",
    opt=MANAGERS,
)
async def read_employee_import(
    request: ApiRequest, employee_import_id: FromPath[UUID]
) -> Response[EmployeeImport]:
    """What became of an import. Takes the role manager."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        found = await employee_imports.read_import(tx, caller, employee_import_id)
    headers = {"ETag": etag(_REVISION), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(_REVISION)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(found, headers=headers)


@delete(
    "/employees/imports/{employee_import_id:uuid}",
    tags=TAGS,
    summary="Take an import of employees back",
    opt=MANAGERS,
)
async def take_back_employee_import(
    request: ApiRequest, employee_import_id: FromPath[UUID]
) -> Response[None]:
    """Delete all employees of an import with their shifts, also those that were changed since.

    Each can be restored for 30 days, as one that was deleted alone. Takes the role manager.
    """
    caller = caller_of(request)
    if expected_revision(request) not in (None, _REVISION):
        raise Stale("If-Match names a state that this import never had.")

    async def work(tx: Transaction) -> Outcome[None]:
        await employee_imports.take_back_import(tx, caller, employee_import_id)
        return Outcome(status_code=204)

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "shifts"},
    route_handlers=[
        import_employees,
        list_employee_imports,
        read_employee_import,
        take_back_employee_import,
    ],
)
