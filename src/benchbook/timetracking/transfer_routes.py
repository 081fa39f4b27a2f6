"""The HTTP of import and export: sessions as files."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, BinaryIO, Literal, cast, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, Router, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Reference,
    RequestBody,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from benchbook.accounts.guard import caller_of, require_caller
from benchbook.accounts.rules import known_time_zone
from benchbook.platform.attachments import attachment
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
from benchbook.timetracking import import_store, imports
from benchbook.timetracking.exports import (
    MEDIA_TYPES,
    ExportFormat,
    export_of,
    export_sessions,
    file_name,
)
from benchbook.timetracking.filter_parameters import (
    CHOICE_BY_PROPERTY_AND_TIME,
    ROUNDING,
    ChosenRounding,
    ChosenSessions,
)
from benchbook.timetracking.import_cells import DateOrder
from benchbook.timetracking.import_formats import Format, survey_file
from benchbook.timetracking.imports import ImportFile
from benchbook.timetracking.schemas import SessionExport, SessionImport, SessionImportPage

LARGEST_IMPORT_BYTES = 100 * 1024 * 1024
# An import never changes, so it has this one revision.
_REVISION = 1


# Export -----------------------------------------------------------------------------------------


@dataclass
class ExportOperation(Operation):
    """The export in the OpenAPI document: one answer, in four media types."""

    def __post_init__(self) -> None:
        answer = cast("OpenAPIResponse", (self.responses or {})["200"])
        assert answer.content
        answer.content["text/csv"] = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
        form: ExportFormat
        for form in ("xlsx", "pdf"):
            answer.content[MEDIA_TYPES[form]] = OpenAPIMediaType(
                schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
            )


@get(
    "/sessions/export",
    tags=["Import and export"],
    summary="Export sessions",
    dependencies={**CHOICE_BY_PROPERTY_AND_TIME, **ROUNDING},
    operation_class=ExportOperation,
    # What compresses other answers does so between two requests, and would hold all others up.
    opt={"uncompressed": True},
    responses={
        200: ResponseSpec(
            SessionExport, generate_examples=False, description="The file, as it is made."
        )
    },
)
async def export_sessions_as_file(
    request: ApiRequest,
    chosen: ChosenSessions,
    chosen_rounding: ChosenRounding,
    form: Annotated[
        ExportFormat, QueryParameter(name="format", description="What kind of file.")
    ] = "csv",
    order: Annotated[
        Literal["newest", "oldest", "desc", "asc"] | None,
        QueryParameter(
            name="order",
            description="By the start; unless given, newest first, and in a PDF oldest first.",
        ),
    ] = None,
) -> Stream:
    """Everything that the filters of the list show, as a file: not one page of it but all.

    CSV and XLSX give local times in `time_zone`, in CSV with their offset. JSON gives the fields of
    the list and the names of project, client and person. All are sent as they are read. If a stream
    breaks off, so does the connection: a file that was received to its end is whole.

    PDF is a timesheet to print: totals by project, person and day, and the sessions of each day.
    It holds at most 5,000 sessions; more are 400 `too_much_for_pdf`.
    """
    caller = caller_of(request)
    content = await export_sessions(
        await export_of(
            request.database,
            caller,
            form,
            chosen.filters,
            newest_first=order in ("newest", "desc") if order else form != "pdf",
            zone=chosen.zone,
            rounding=chosen_rounding,
        )
    )
    headers = {"Content-Disposition": attachment(file_name(form, chosen.words))}
    if form in ("csv", "json"):
        headers["Vary"] = "Accept-Encoding"
        if _GZIP.search(request.headers.get("Accept-Encoding", "")):
            headers["Content-Encoding"] = "gzip"
            content = _zipped(content)
    return Stream(content, media_type=MEDIA_TYPES[form], headers=headers)


# Gzip by its name, unless it is refused (`gzip;q=0`).
_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")


async def _zipped(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The content in gzip's format, compressed in a thread."""
    zipping = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    async for piece in content:
        if ready := await asyncio.to_thread(zipping.compress, piece):
            yield ready
    yield zipping.flush()


# Import -----------------------------------------------------------------------------------------


@dataclass
class ImportOperation(Operation):
    """The import in the OpenAPI document: a form with a file in it."""

    def __post_init__(self) -> None:
        text = OpenAPIType.STRING
        fields: dict[str, Reference | Schema] = {
            "file": Schema(type=text, format=OpenAPIFormat.BINARY, description="The CSV, UTF-8."),
            "format": Schema(type=text, enum=list(get_args(Format)), description="Who wrote it."),
            "time_zone": Schema(
                type=text,
                max_length=64,
                description="IANA name of the zone of its local times; the person's own if absent.",
            ),
            "dry_run": Schema(
                type=text,
                enum=["true", "false"],
                default="false",
                description="Only say what would be added.",
            ),
            "date_order": Schema(
                type=text,
                enum=list(get_args(DateOrder)),
                description="The order of day, month and year, where the file leaves it open.",
            ),
        }
        form = Schema(type=OpenAPIType.OBJECT, properties=fields, required=["file", "format"])
        form.additional_properties = False
        self.request_body = RequestBody(content={MULTIPART: OpenAPIMediaType(form)}, required=True)


@post(
    "/sessions/imports",
    tags=["Import and export"],
    summary="Import sessions",
    operation_class=ImportOperation,
    responses={
        200: ResponseSpec(
            SessionImport, generate_examples=False, description="A dry run: nothing was changed."
        )
    },
    request_max_body_size=LARGEST_IMPORT_BYTES,
)
async def import_sessions(request: ApiRequest) -> Response[SessionImport]:
    """Add the sessions of a CSV: Toggl's or Clockify's detailed report, or our own export.

    What can be read is added; what cannot is named in `errors` by its line (a line break within
    quotation marks counts). Lines that are stored already, or come twice, are counted in
    `duplicates`. The hours are the caller's own where the file names one person; with several,
    managers and above bring everybody's by e-mail address, members their own. Projects and clients
    that are missing are made, which takes the role manager; tags are made for anybody. Up to 100 MB.

    A dry run answers 200 and changes nothing. 400 `date_order_unclear` asks for `date_order`.
    """
    caller = caller_of(request)
    form = await Form.of(request)
    try:
        kind = form.choice("format", get_args(Format))
        date_order = form.choice("date_order", get_args(DateOrder), optional=True)
        dry_run = form.flag("dry_run")
        zone = known_time_zone(form.text("time_zone") or caller.time_zone, "/time_zone")
        upload = form.file("file")
        form.refuse_others()
        # The framework's file is a temporary one, on disk when it is large.
        file = cast("BinaryIO", upload.file)
        survey = await asyncio.to_thread(
            survey_file, file, cast("Format", kind), cast("DateOrder | None", date_order)
        )
        if not dry_run:
            await imports.prepare_months(request.database, survey)
        source = ImportFile(file, upload.filename[-255:], survey, ZoneInfo(zone), dry_run)

        async def work(tx: Transaction) -> Outcome[SessionImport]:
            done = await imports.import_sessions(tx, caller, source)
            if done.id is None:
                return Outcome(done)
            headers = {
                "Location": f"/api/v1/sessions/imports/{done.id}",
                "ETag": etag(_REVISION),
            }
            return Outcome(done, status_code=201, headers=headers)

        digest = await asyncio.to_thread(form.digest)
        return await write(request, caller, work, body_hash=digest)
    finally:
        await form.close()


@get("/sessions/imports", tags=["Import and export"], summary="List imports")
async def list_imports(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> SessionImportPage:
    """Imports that can be taken back, newest first: one's own, for managers and above everybody's."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    async with request.database.reading(caller) as tx:
        items = await import_store.list_imports(
            tx, caller.organisation_id, after=after, limit=limit + 1
        )
    return SessionImportPage(*page_of(items, limit, lambda item: [item.id]))


@get("/sessions/imports/{import_id:uuid}", tags=["Import and export"], summary="Read an import")
async def read_import(request: ApiRequest, import_id: FromPath[UUID]) -> Response[SessionImport]:
    """What became of an import."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        found = await imports.read_import(tx, caller, import_id)
    headers = {"ETag": etag(_REVISION), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(_REVISION)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(found, headers=headers)


@delete(
    "/sessions/imports/{import_id:uuid}",
    tags=["Import and export"],
    summary="Take an import back",
)
async def take_back_import(request: ApiRequest, import_id: FromPath[UUID]) -> None:
    """Delete all sessions of an import for good, also those that were changed since.

    Projects, clients and tags that it made go too, unless something else uses them.
    """
    caller = caller_of(request)
    if expected_revision(request) not in (None, _REVISION):
        raise Stale("If-Match names a state that this import never had.")

    async def work(tx: Transaction) -> None:
        await imports.take_back_import(tx, caller, import_id)

    await request.database.run(caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "hours"},
    route_handlers=[
        export_sessions_as_file,
        import_sessions,
        list_imports,
        read_import,
        take_back_import,
    ],
)
