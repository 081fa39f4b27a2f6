"""The HTTP of imports: sequences from files of any size."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, delete, get, post
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from multipart import MultipartError, MultipartSegment, PushMultipartParser
from uuid_utils.compat import uuid7

from benchbook.accounts.event_routes import MEDIA_TYPE as EVENTS
from benchbook.accounts.event_routes import StreamOperation
from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.attachments import attachment
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
from benchbook.platform.problems import InvalidInput
from benchbook.sequences import import_store, imports
from benchbook.sequences.import_events import stream_progress
from benchbook.sequences.import_formats import recognise
from benchbook.sequences.import_rejections import MEDIA_TYPE, export_rejections
from benchbook.sequences.import_worker import ImportWorker
from benchbook.sequences.rules import MOST_TAGS, clean_tags
from benchbook.sequences.schemas import SequenceImportDetails, SequenceImportPage
from benchbook.sequences.spool import Spool, Upload

TAGS = ["Sequences from files"]
MULTIPART = "multipart/form-data"
LONGEST_FILENAME = 255


@dataclass
class UploadOperation(Operation):
    """The upload in the OpenAPI document: a file, as the body or in a form."""

    def __post_init__(self) -> None:
        file = Schema(
            type=OpenAPIType.STRING,
            format=OpenAPIFormat.BINARY,
            description="FASTA, FASTQ or GenBank; plain or gzip.",
        )
        form = Schema(type=OpenAPIType.OBJECT, properties={"file": file}, required=["file"])
        form.additional_properties = False
        self.request_body = RequestBody(
            content={
                "application/octet-stream": OpenAPIMediaType(file),
                "text/x-fasta": OpenAPIMediaType(file),
                MULTIPART: OpenAPIMediaType(form),
            },
            description="The file. As the body itself it may be of any media type.",
            required=True,
        )


@post(
    "/sequences/imports",
    tags=TAGS,
    summary="Import a file of sequences",
    operation_class=UploadOperation,
    status_code=202,
    # The spool counts: what is too large is an operator's decision, and nothing is kept in memory.
    request_max_body_size=None,
)
async def import_sequences(
    request: ApiRequest,
    collection_id: Annotated[
        UUID | None,
        QueryParameter(
            name="collection_id", description="Where to; the default collection if absent."
        ),
    ] = None,
    filename: Annotated[
        str | None,
        QueryParameter(
            name="filename",
            max_length=LONGEST_FILENAME,
            description="What the file is called; a form says it by itself.",
        ),
    ] = None,
    tag: Annotated[
        list[str] | None,
        QueryParameter(
            name="tag",
            max_items=MOST_TAGS,
            description="A tag for every sequence that is added; may be repeated.",
        ),
    ] = None,
    circular: Annotated[
        bool,
        QueryParameter(
            name="circular",
            description="Whether all sequences are circular. GenBank says it of each by itself.",
        ),
    ] = False,
) -> Response[SequenceImportDetails]:
    """Send a file of FASTA, FASTQ (four lines a record) or GenBank, plain or gzip, and have its
    sequences added to a collection. What the file is is seen from its first bytes, and its size is
    bounded by the server's settings alone (`BENCHBOOK_MAX_IMPORT_BYTES`).

    The answer comes when the file has arrived; it is read then, and `GET …/events` tells how far
    that is. A record that is no sequence of A, C, G and T, or too long, is rejected: `errors` name
    the first thousand by line, name and reason, `…/rejections` all, and the rest goes on. Bases that the collection has
    already are counted in `duplicates`, and their name becomes an alias of the stored sequence.

    If the file turns out to be cut off or damaged, or the disk runs full, the import has `failed`,
    and nothing of it stays. A server that is killed goes on where it was after its next start.

    400 `empty_file` and `not_a_sequence_file` say at once what cannot be read at all.
    """
    caller = caller_of(request)
    tags = _clean_tags(tag or [])
    spool: Spool = request.app.state.spool
    worker: ImportWorker = request.app.state.import_worker
    upload = spool.begin(request.content_length)
    try:
        sent_name = await _receive(request, upload)
        kind = await asyncio.to_thread(recognise, upload.path)
        import_id = uuid7()

        async def work(tx: Transaction) -> Outcome[SequenceImportDetails]:
            made, revision = await imports.begin_import(
                tx,
                caller,
                import_id,
                collection_id=collection_id,
                kind=kind,
                filename=_clean(filename or sent_name),
                bytes_total=upload.size_bytes,
                tags=tags,
                circular=circular,
            )
            # Before the transaction ends: a row without its file could not be worked on.
            upload.keep_as(spool.place(caller.organisation_id, import_id))
            location = f"/api/v1/sequences/imports/{import_id}"
            headers = {"Location": location, "ETag": etag(revision)}
            return Outcome(made, status_code=202, headers=headers)

        answer = await write(request, caller, work, body_hash=upload.digest)
    except BaseException:
        upload.discard()
        raise
    if answer.headers.get("Idempotency-Replayed"):
        upload.discard()
    worker.wake()
    return answer


@get("/sequences/imports", tags=TAGS, summary="List imports of sequences")
async def list_sequence_imports(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> SequenceImportPage:
    """The organisation's imports, newest first."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    async with request.database.transaction(caller) as tx:
        items = await import_store.list_imports(
            tx, caller.organisation_id, after=after, limit=limit + 1
        )
    return SequenceImportPage(*page_of(items, limit, lambda item: [item.id]))


@get(
    "/sequences/imports/{sequence_import_id:uuid}",
    tags=TAGS,
    summary="Read an import of sequences",
)
async def read_sequence_import(
    request: ApiRequest, sequence_import_id: FromPath[UUID]
) -> Response[SequenceImportDetails]:
    """How far an import is, or what became of it."""
    caller = caller_of(request)
    async with request.database.transaction(caller) as tx:
        found, revision = await imports.read_import(tx, caller, sequence_import_id)
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(found, headers=headers)


@get(
    "/sequences/imports/{sequence_import_id:uuid}/events",
    tags=TAGS,
    summary="Follow an import of sequences",
    operation_class=StreamOperation,
    opt={"uncompressed": True},
    responses={
        200: ResponseSpec(str, generate_examples=False, description="Events until the import ends.")
    },
)
async def follow_sequence_import(request: ApiRequest, sequence_import_id: FromPath[UUID]) -> Stream:
    """A stream of server-sent events, about two a second.

    | event | data |
    |---|---|
    | `progress` | The import as it is read, without `errors`, and `records_per_second` and `seconds_left`, which are null until they are known. |
    | `end` | `{"reason": "done", "failed", "cancelled", "taken_back", "server_stops" or "credential"}`; the last one. After `server_stops` connect again. |

    The first `progress` comes at once, and the one before `end` is the last word. One that has ended
    already is told so. It does not matter which server does the work.
    """
    events = stream_progress(
        request.app.state.changes, request.database, caller_of(request), sequence_import_id
    )
    # Whatever stands against it is raised before the answer begins.
    first = await anext(events)
    return Stream(
        _continued(first, events),
        media_type=EVENTS,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _continued(first: bytes, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for event in events:
        yield event


@get(
    "/sequences/imports/{sequence_import_id:uuid}/rejections",
    tags=TAGS,
    summary="Export what an import rejected",
    media_type="text/csv",
    # What compresses other answers does so between two requests, and would hold all others up.
    opt={"uncompressed": True},
    responses={
        200: ResponseSpec(
            str,
            generate_examples=False,
            media_type="text/csv",
            description="The file, as it is made.",
        )
    },
)
async def export_sequence_import_rejections(
    request: ApiRequest, sequence_import_id: FromPath[UUID]
) -> Stream:
    """Every record that an import rejected, as CSV: the line it begins on, its name, and why; in the
    order of the file. Of an import that runs it is what was rejected so far. Imports of former
    releases kept the first thousand.
    """
    name, content = await export_rejections(
        request.database, caller_of(request), sequence_import_id
    )
    headers = {"Content-Disposition": attachment(name), "Cache-Control": "private, no-store"}
    return Stream(content, media_type=MEDIA_TYPE, headers=headers)


@delete(
    "/sequences/imports/{sequence_import_id:uuid}",
    tags=TAGS,
    summary="Cancel an import of sequences, or take it back",
)
async def take_back_sequence_import(
    request: ApiRequest, sequence_import_id: FromPath[UUID]
) -> Response[None]:
    """Delete all that an import added, changed since or not: its sequences with all their aliases,
    and the aliases that it gave to other sequences.

    One that runs is stopped by that and stays in the list as `cancelled`; any other is forgotten.
    What was a duplicate is not touched: it came from elsewhere.
    """
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await imports.take_back_import(tx, caller, sequence_import_id, expected)
        return Outcome(status_code=204)

    return await write(request, caller, work)


# The body ---------------------------------------------------------------------------------------


async def _receive(request: ApiRequest, upload: Upload) -> str:
    """Write the body to the upload, and say what the file is called, if the body does.

    Raises InvalidInput, TooLarge, Unavailable.
    """
    media_type, options = request.content_type
    name = ""
    try:
        if media_type == MULTIPART:
            name = await _receive_form(request, upload, options.get("boundary", ""))
        else:
            async for piece in request.stream():
                await upload.write(piece)
    except HTTPException:
        # There is nobody left to read this.
        raise InvalidInput("The upload broke off.") from None
    await upload.finish()
    return name


async def _receive_form(request: ApiRequest, upload: Upload, boundary: str) -> str:
    if not boundary:
        raise InvalidInput("The multipart form does not name its boundary.")
    name: str | None = None
    try:
        with PushMultipartParser(boundary, max_segment_count=1) as parser:
            async for piece in request.stream():
                for part in parser.parse(piece) if piece else ():
                    if isinstance(part, MultipartSegment):
                        if part.name != "file":
                            raise InvalidInput.at(
                                f"/{part.name[:100]}", "There is no such field: send one file."
                            )
                        name = part.filename or ""
                    elif part:
                        await upload.write(part)
    except (MultipartError, UnicodeError):
        raise InvalidInput.at(
            "/file", "The form cannot be read: send one field, file, and all of it."
        ) from None
    if name is None:
        raise InvalidInput.at("/file", "Send one file here, with its file name.")
    return name


def _clean_tags(tags: list[str]) -> list[str]:
    try:
        return clean_tags(tags)
    except InvalidInput as error:
        raise InvalidInput.at("?tag", error.detail) from None


def _clean(name: str) -> str:
    """A name for the list: its end, where it is long, without a path or control characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(letter for letter in last if letter.isprintable())
    return plain.strip()[-LONGEST_FILENAME:]


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "sequences"},
    route_handlers=[
        import_sequences,
        list_sequence_imports,
        read_sequence_import,
        follow_sequence_import,
        export_sequence_import_rejections,
        take_back_sequence_import,
    ],
)
