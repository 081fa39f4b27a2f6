"""The HTTP of imports: sequences from files of any size."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

import msgspec
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
from benchbook.sequences.errors import CollectionNotFound
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
# What a form may say beside the file; a tag is of 50 characters.
FORM_FIELDS = frozenset({"collection_id", "filename", "tag", "circular"})
MOST_FIELDS = MOST_TAGS + len(FORM_FIELDS)
LONGEST_FIELD_BYTES = 4 * LONGEST_FILENAME


@dataclass
class UploadOperation(Operation):
    """The upload in the OpenAPI document: a file, as the body or in a form."""

    def __post_init__(self) -> None:
        file = Schema(
            type=OpenAPIType.STRING,
            format=OpenAPIFormat.BINARY,
            description="FASTA, FASTQ or GenBank; plain or gzip.",
        )
        text = Schema(type=OpenAPIType.STRING)
        form = Schema(
            type=OpenAPIType.OBJECT,
            properties={
                "file": file,
                "collection_id": Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.UUID),
                "filename": text,
                "tag": Schema(type=OpenAPIType.ARRAY, items=text),
                "circular": Schema(type=OpenAPIType.STRING, enum=["true", "false"]),
            },
            required=["file"],
            description="The file, and what may be said in the address as well.",
        )
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

    A form has the file as `file`, and may say `collection_id`, `filename`, `tag` and `circular` in
    fields of their own, before the file or after it.

    400 `empty_file` and `not_a_sequence_file` say at once what cannot be read at all.
    """
    caller = caller_of(request)
    tags = _clean_tags(tag or [], [])
    spool: Spool = request.app.state.spool
    worker: ImportWorker = request.app.state.import_worker
    upload = spool.begin(request.content_length)
    try:
        form = await _receive(request, upload)
        if collection_id is not None and form.collection_id is not None:
            raise InvalidInput.at("/collection_id", "The address names a collection already.")
        kind = await asyncio.to_thread(recognise, upload.path)
        import_id = uuid7()

        async def work(tx: Transaction) -> Outcome[SequenceImportDetails]:
            try:
                made, revision = await imports.begin_import(
                    tx,
                    caller,
                    import_id,
                    collection_id=form.collection_id or collection_id,
                    kind=kind,
                    filename=_clean(filename or form.filename),
                    bytes_total=upload.size_bytes,
                    tags=_clean_tags(tags, form.tags),
                    circular=circular or form.circular,
                )
            except CollectionNotFound as problem:
                if form.collection_id is None:
                    raise
                raise CollectionNotFound.at("/collection_id", problem.detail) from None
            # Before the transaction ends: a row without its file could not be worked on.
            upload.keep_as(spool.place(caller.organisation_id, import_id))
            location = f"/api/v1/sequences/imports/{import_id}"
            headers = {"Location": location, "ETag": etag(revision)}
            return Outcome(made, status_code=202, headers=headers)

        answer = await write(request, caller, work, body_hash=form.digest(upload.digest))
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
    async with request.database.reading(caller) as tx:
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
    async with request.database.reading(caller) as tx:
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


@dataclass
class ImportForm:
    """What a body says beside the file: nothing, unless it is a form."""

    filename: str = ""
    collection_id: UUID | None = None
    tags: list[str] = field(default_factory=list)
    circular: bool = False
    texts: list[tuple[str, str]] = field(default_factory=list)

    def take(self, name: str, text: str) -> None:
        """Take a field of this text; raises InvalidInput for one that makes no sense."""
        if name != "tag" and any(name == taken for taken, _ in self.texts):
            raise InvalidInput.at(f"/{name}", "This is in the form more than once.")
        self.texts.append((name, text))
        if name == "tag":
            self.tags.append(text)
        elif name == "filename":
            self.filename = text
        elif name == "circular":
            if text not in ("true", "false"):
                raise InvalidInput.at("/circular", "This takes true or false.")
            self.circular = text == "true"
        else:
            try:
                self.collection_id = msgspec.convert(text, UUID)
            except msgspec.ValidationError:
                raise InvalidInput.at("/collection_id", "This is not the id of one.") from None

    def digest(self, of_file: bytes) -> bytes:
        """A hash of the file's and of what was said beside it."""
        if not self.texts:
            return of_file
        return hashlib.sha256(of_file + msgspec.json.encode(self.texts)).digest()


async def _receive(request: ApiRequest, upload: Upload) -> ImportForm:
    """Write the file to the upload, and answer what is said beside it.

    Raises InvalidInput, TooLarge, Unavailable.
    """
    media_type, options = request.content_type
    form = ImportForm()
    try:
        if media_type == MULTIPART:
            form = await _receive_form(request, upload, options.get("boundary", ""))
        else:
            async for piece in request.stream():
                await upload.write(piece)
    except HTTPException:
        # There is nobody left to read this.
        raise InvalidInput("The upload broke off.") from None
    await upload.finish()
    return form


async def _receive_form(request: ApiRequest, upload: Upload, boundary: str) -> ImportForm:
    if not boundary:
        raise InvalidInput("The multipart form does not name its boundary.")
    files: list[str] = []
    texts: list[tuple[str, bytearray]] = []
    is_file = False
    try:
        with PushMultipartParser(boundary, max_segment_count=MOST_FIELDS) as parser:
            async for piece in request.stream():
                for part in parser.parse(piece) if piece else ():
                    if isinstance(part, MultipartSegment):
                        if is_file := part.name == "file":
                            files.append(part.filename or "")
                            _refuse_more_files(files)
                        else:
                            texts.append((_known_field(part.name), bytearray()))
                    elif part and is_file:
                        await upload.write(part)
                    elif part:
                        _extend(*texts[-1], part)
        form = ImportForm()
        for name, content in texts:
            form.take(name, content.decode("utf-8"))
    except (MultipartError, UnicodeError):
        raise InvalidInput.at(
            "/file", "The form cannot be read: send the field file once, and all of the form."
        ) from None
    if not files:
        raise InvalidInput.at("/file", "Send one file here, with its file name.")
    form.filename = form.filename or files[0]
    return form


def _refuse_more_files(files: list[str]) -> None:
    if len(files) > 1:
        raise InvalidInput.at("/file", "Send one file at a time.")


def _known_field(name: str) -> str:
    if name not in FORM_FIELDS:
        raise InvalidInput.at(f"/{name[:100]}", "There is no such field.")
    return name


def _extend(name: str, content: bytearray, more: bytes | bytearray) -> None:
    content.extend(more)
    if len(content) > LONGEST_FIELD_BYTES:
        raise InvalidInput.at(f"/{name}", "This is too long.")


def _clean_tags(in_address: list[str], in_form: list[str]) -> list[str]:
    """The tags of both, cleaned; raises InvalidInput."""
    pointer = "/tag" if in_form else "?tag"
    try:
        return clean_tags([*in_address, *in_form])
    except InvalidInput as error:
        raise InvalidInput.at(pointer, error.detail) from None


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
