"""The HTTP of sequences."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Response, Router, delete, get, patch, post
from litestar.exceptions import NotFoundException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.database import Transaction
from benchbook.platform.http import (
    ApiRequest,
    Outcome,
    etag,
    expected_state,
    json_response,
    not_modified,
    write,
)
from benchbook.platform.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, page_of
from benchbook.sequences import service, store
from benchbook.sequences.features import MOST_FEATURES
from benchbook.sequences.filter_parameters import CHOICE, ChosenSequences
from benchbook.sequences.schemas import (
    ChangeSequence,
    NewSequence,
    SequenceDetails,
    SequenceFeaturePage,
    SequencePage,
)

TAGS = ["Sequences"]
# Ten million letters, and what is said about them.
LARGEST_SEQUENCE_BYTES = 10 * 1_048_576
# Megabytes of letters take longer to compress than to send, and hold everybody else up.
UNCOMPRESSED = {"uncompressed": True}

SequenceIds = Annotated[
    list[UUID],
    QueryParameter(name="id", description="Which; may be given several times."),
]


@get("/sequences", tags=TAGS, summary="List sequences", dependencies=CHOICE)
async def list_sequences(
    request: ApiRequest,
    chosen: ChosenSequences,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> SequencePage:
    """Sequences, newest first. `bases` is null where there are more than 10,000 letters."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    async with request.database.reading(caller) as tx:
        items = await store.list_sequences(
            tx, caller.organisation_id, chosen, after=after, limit=limit + 1
        )
    return SequencePage(*page_of(items, limit, lambda item: [item.id]))


@post(
    "/sequences",
    tags=TAGS,
    summary="Add a sequence",
    request_max_body_size=LARGEST_SEQUENCE_BYTES,
    opt=UNCOMPRESSED,
    responses={
        200: ResponseSpec(
            SequenceDetails,
            generate_examples=False,
            description="The collection has these bases already: the sequence that they are.",
        )
    },
)
async def add_sequence(
    request: ApiRequest, data: JSONBody[NewSequence]
) -> Response[SequenceDetails]:
    """Add a sequence to a collection, the default one unless `collection_id` names another.

    `bases` are A, C, G and T in either case, up to ten million, and are stored in upper case. For
    anything else, spaces and line breaks included, 400 `wrong_letter` names the first wrong
    `letter` and its `place`, counted from 1.

    The same bases are in a collection once. Where they are there already the answer is 200 with
    the sequence as it is stored: a `name` that it does not have becomes one of its aliases, as
    `aliases` do, and everything else that was sent is left aside. With `"on_duplicate": "fail"`
    it is 409 `sequence_exists`, with its `sequence_id`.
    """
    caller = caller_of(request)
    prepared = await service.prepare_aside(data.bases)

    async def work(tx: Transaction) -> Outcome[SequenceDetails]:
        found, is_new = await service.add_sequence(tx, caller, data, prepared)
        location = f"/api/v1/sequences/{found.details.id}"
        headers = {"Location": location, "ETag": etag(found.state)}
        return Outcome(found.details, status_code=201 if is_new else 200, headers=headers)

    return await write(request, caller, work)


@delete("/sequences", tags=TAGS, summary="Delete sequences", raises=[NotFoundException])
async def remove_sequences(request: ApiRequest, sequence_ids: SequenceIds) -> Response[None]:
    """Delete several sequences: all of them or, where one is not there, none."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await service.remove_sequences(tx, caller, sequence_ids)
        return Outcome(status_code=204)

    return await write(request, caller, work)


@get("/sequences/{sequence_id:uuid}", tags=TAGS, summary="Read a sequence", opt=UNCOMPRESSED)
async def read_sequence(
    request: ApiRequest, sequence_id: FromPath[UUID]
) -> Response[SequenceDetails]:
    """One sequence with all of its bases, and what belongs to it: aliases, sequences that are its
    reverse complement, and copies in other collections."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        found = await service.read_sequence(tx, caller, sequence_id)
    tag = etag(found.state)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if not_modified(request, tag):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(found.details, headers=headers)


@get(
    "/sequences/{sequence_id:uuid}/features",
    tags=TAGS,
    summary="List the features of a sequence",
)
async def list_sequence_features(
    request: ApiRequest,
    sequence_id: FromPath[UUID],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> SequenceFeaturePage:
    """What lies where on a sequence, as the GenBank file said it from which it came."""
    caller = caller_of(request)
    after = _place_in(cursor) if cursor else -1
    async with request.database.reading(caller) as tx:
        items = await service.list_features(tx, caller, sequence_id, after=after, limit=limit + 1)
    return SequenceFeaturePage(*page_of(items, limit, lambda item: [item.place]))


def _place_in(cursor: str) -> int:
    place = decode_cursor(cursor, tuple[int])[0]
    # No cursor of ours says anything else, and the database would not take it.
    return max(-1, min(place, MOST_FEATURES))


@patch("/sequences/{sequence_id:uuid}", tags=TAGS, summary="Change a sequence", opt=UNCOMPRESSED)
async def change_sequence(
    request: ApiRequest, sequence_id: FromPath[UUID], data: JSONBody[ChangeSequence]
) -> Response[SequenceDetails]:
    """Change what is said about a sequence, or move it to another collection. Its bases never
    change: other bases are another sequence.

    409 `sequence_exists` where the other collection has these bases already.
    """
    caller, expected = caller_of(request), expected_state(request)

    async def work(tx: Transaction) -> Outcome[SequenceDetails]:
        found = await service.change_sequence(tx, caller, sequence_id, data, expected)
        return Outcome(found.details, headers={"ETag": etag(found.state)})

    return await write(request, caller, work)


@delete("/sequences/{sequence_id:uuid}", tags=TAGS, summary="Delete a sequence")
async def remove_sequence(request: ApiRequest, sequence_id: FromPath[UUID]) -> Response[None]:
    """Delete a sequence with its aliases."""
    caller, expected = caller_of(request), expected_state(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await service.remove_sequence(tx, caller, sequence_id, expected)
        return Outcome(status_code=204)

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "sequences"},
    route_handlers=[
        list_sequences,
        add_sequence,
        remove_sequences,
        read_sequence,
        list_sequence_features,
        change_sequence,
        remove_sequence,
    ],
)
