"""The HTTP of collections."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Response, Router, delete, get, patch, post
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
from benchbook.sequences import collection_service as service
from benchbook.sequences import collection_store as store
from benchbook.sequences.schemas import ChangeCollection, Collection, CollectionPage, NewCollection

TAGS = ["Collections"]

WithSequences = Annotated[
    bool,
    QueryParameter(name="with_sequences", description="Delete what it holds with it."),
]


@get("/collections", tags=TAGS, summary="List collections")
async def list_collections(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> CollectionPage:
    """Collections by name. There is always one that `is_default`."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[str, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        items = await store.list_collections(
            tx, caller.organisation_id, after=after, limit=limit + 1
        )
    return CollectionPage(*page_of(items, limit, lambda item: [item.name, item.id]))


@post("/collections", tags=TAGS, summary="Add a collection")
async def add_collection(
    request: ApiRequest, data: JSONBody[NewCollection]
) -> Response[Collection]:
    """Add a collection; 409 `collection_name_taken` when another has this name, in either case."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[Collection]:
        collection, revision = await service.add_collection(tx, caller, data)
        headers = {
            "Location": f"/api/v1/collections/{collection.id}",
            "ETag": _tag(collection, revision),
        }
        return Outcome(collection, status_code=201, headers=headers)

    return await write(request, caller, work)


@get("/collections/{collection_id:uuid}", tags=TAGS, summary="Read a collection")
async def read_collection(
    request: ApiRequest, collection_id: FromPath[UUID]
) -> Response[Collection]:
    """One collection, and how many sequences and letters it holds."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        collection, revision = await service.read_collection(tx, caller, collection_id)
    tag = _tag(collection, revision)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if not_modified(request, tag):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(collection, headers=headers)


@patch("/collections/{collection_id:uuid}", tags=TAGS, summary="Change a collection")
async def change_collection(
    request: ApiRequest, collection_id: FromPath[UUID], data: JSONBody[ChangeCollection]
) -> Response[Collection]:
    """Rename or describe a collection."""
    caller, expected = caller_of(request), expected_state(request)

    async def work(tx: Transaction) -> Outcome[Collection]:
        collection, revision = await service.change_collection(
            tx, caller, collection_id, data, expected
        )
        return Outcome(collection, headers={"ETag": _tag(collection, revision)})

    return await write(request, caller, work)


@delete("/collections/{collection_id:uuid}", tags=TAGS, summary="Delete a collection")
async def remove_collection(
    request: ApiRequest, collection_id: FromPath[UUID], with_sequences: WithSequences = False
) -> Response[None]:
    """Delete a collection. One that holds sequences is 409 `collection_not_empty`, unless
    `with_sequences=true`; the default one stays (409 `default_collection_stays`)."""
    caller, expected = caller_of(request), expected_state(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await service.remove_collection(
            tx, caller, collection_id, expected, with_sequences=with_sequences
        )
        return Outcome(status_code=204)

    return await write(request, caller, work)


def _tag(collection: Collection, revision: int) -> str:
    """Its counts change without it being changed."""
    return etag(f"{revision}-{collection.sequence_count}-{collection.letter_count}")


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "sequences"},
    route_handlers=[
        list_collections,
        add_collection,
        read_collection,
        change_collection,
        remove_collection,
    ],
)
