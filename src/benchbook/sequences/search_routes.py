"""The HTTP of searches."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, JSONBody, QueryParameter

from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.database import Transaction
from benchbook.platform.http import ApiRequest, Outcome, write
from benchbook.platform.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor
from benchbook.sequences.search import census_of, find_neighbours, search
from benchbook.sequences.search_rules import Place, read_search
from benchbook.sequences.search_schemas import Mode, SearchAnswer, SearchQuery, Strands

TAGS = ["Sequences"]
LARGEST_QUERY_BYTES = 10 * 1_048_576

Query = Annotated[
    str | None,
    QueryParameter(
        name="query", required=True, description="A, C, G and T in either case.", examples=[]
    ),
]
Distance = Annotated[
    int | None,
    QueryParameter(
        name="distance",
        ge=0,
        description="At most so many edits (letters replaced, inserted or left out), and at most "
        "as many as the query has letters. Without it the query is searched for as it is.",
    ),
]
ModeParameter = Annotated[
    Mode,
    QueryParameter(
        name="mode",
        description="With a distance: `whole` compares whole sequences, `within` finds places "
        "inside them.",
    ),
]
StrandParameter = Annotated[
    Strands,
    QueryParameter(
        name="strand",
        description="`reverse` searches for the reverse complement of the query. What is its own "
        "reverse complement is found as `forward` by `both`.",
    ),
]
CollectionId = Annotated[
    UUID | None,
    QueryParameter(name="collection_id", description="In this collection; in all unless given."),
]


@get("/sequences/search", tags=TAGS, summary="Search sequences", raises=[NotFoundException])
async def search_sequences(
    request: ApiRequest,
    wanted: Query = None,  # the framework has another use for the name `query`
    distance: Distance = None,
    mode: ModeParameter = "whole",
    strand: StrandParameter = "forward",
    collection_id: CollectionId = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> SearchAnswer:
    """Every sequence in which the query is, or that is similar to it. The answer is complete, and
    says so where it is not (`truncated`).

    - **Without `distance`**: the sequences that contain the query, each with the first place.
    - **`mode=whole`** (the default): the sequences within that Levenshtein distance of the whole
      query, 0 being equality. Both are compared as they are stored, circular ones from their
      first letter to their last.
    - **`mode=within`**: every place inside sequences with at most that many edits. A place is
      given by where it ends. Of each end the best stretch counts, and reported are the ends of
      all stretches without an edit, overlapping ones too, and of neighbouring ends that are
      equally good, and better than those around them, the last. Every stretch within the distance
      so belongs to a run of ends whose best is reported. A place begins where its length is
      nearest to the query's.

    Circular sequences are read on over their origin, once around at most, but for `mode=whole`.
    Hits come by distance, then name, then id, forward strand first. A page is what
    `cursor` left behind: hits that are added meanwhile neither repeat nor hide others. With a
    distance above 0 a query has at most 20,000 letters.

    Searches that the index cannot serve read rows one by one (`strategy` is `scan`): queries
    shorter than 17 letters without a distance, and distances above a sixth of the length, more or
    less. If that takes longer than 20 seconds, the answer is what was found until then, with
    `truncated` and no `next_cursor`.
    """
    caller = caller_of(request)
    after = decode_cursor(cursor, Place) if cursor else None
    asked = read_search(wanted, distance, mode, strand, collection_id, pointer="?")
    census = await census_of(request.database, caller)
    async with request.database.reading(caller) as tx:
        return await search(tx, caller.organisation_id, asked, census, limit=limit, after=after)


@get(
    "/sequences/{sequence_id:uuid}/neighbours",
    tags=TAGS,
    summary="Find a sequence's neighbours",
)
async def list_neighbours(
    request: ApiRequest,
    sequence_id: FromPath[UUID],
    distance: Annotated[
        int,
        QueryParameter(
            name="distance",
            ge=0,
            description="At most so many edits, and at most as many as the sequence has letters.",
        ),
    ] = 2,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> SearchAnswer:
    """The other sequences within a distance of this one, of all collections and on either strand,
    as `mode=whole` of the search finds them. The sequence has at most 20,000 letters, unless
    `distance` is 0.
    """
    caller = caller_of(request)
    after = decode_cursor(cursor, Place) if cursor else None
    census = await census_of(request.database, caller)
    async with request.database.reading(caller) as tx:
        return await find_neighbours(
            tx,
            caller.organisation_id,
            sequence_id,
            distance,
            census,
            limit=limit,
            after=after,
        )


@post(
    "/sequences/search",
    tags=TAGS,
    summary="Search sequences for a long query",
    status_code=200,
    raises=[NotFoundException],
    opt={"verb": "read"},
    request_max_body_size=LARGEST_QUERY_BYTES,
)
async def search_sequences_for(
    request: ApiRequest, data: JSONBody[SearchQuery]
) -> Response[SearchAnswer]:
    """The same as GET, for queries that are too long for an address. It changes nothing, and a
    token that may read may use it."""
    caller = caller_of(request)
    asked = read_search(
        data.query, data.distance, data.mode, data.strand, data.collection_id, pointer="/"
    )
    after = decode_cursor(data.cursor, Place, "/cursor") if data.cursor else None
    census = await census_of(request.database, caller)

    async def work(tx: Transaction) -> Outcome[SearchAnswer]:
        return Outcome(
            await search(tx, caller.organisation_id, asked, census, limit=data.limit, after=after)
        )

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "sequences"},
    route_handlers=[search_sequences, search_sequences_for, list_neighbours],
)
