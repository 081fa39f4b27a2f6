"""The HTTP of exports: sequences, and what searches find, as files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Literal, cast
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.exceptions import NotFoundException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import JSONBody, QueryParameter
from litestar.response import Stream

from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.http import ApiRequest, accept_idempotency_key
from benchbook.platform.problems import InvalidInput
from benchbook.sequences.exports import MEDIA_TYPES, Export, export_sequences
from benchbook.sequences.filter_parameters import CHOICE, ChosenSequences
from benchbook.sequences.hit_exports import QUERY_NAME, HitExport, export_hits
from benchbook.sequences.rules import LONGEST_NAME
from benchbook.sequences.search_routes import (
    LARGEST_QUERY_BYTES,
    Distance,
    ModeParameter,
    StrandParameter,
)
from benchbook.sequences.search_rules import Search, read_search
from benchbook.sequences.search_schemas import Mode, Strands
from benchbook.sequences.store import Filters

Format = Literal["fasta", "csv", "genbank", "outfmt6"]
FILE_TYPES: dict[Format, str] = {
    "fasta": MEDIA_TYPES["fasta"],
    "csv": MEDIA_TYPES["csv"],
    "genbank": MEDIA_TYPES["genbank"],
    "outfmt6": "text/tab-separated-values",
}
FILE_NAMES: dict[Format, str] = {
    "fasta": "fasta",
    "csv": "csv",
    "genbank": "gb",
    "outfmt6": "tsv",
}


class HitsWanted(msgspec.Struct, forbid_unknown_fields=True):
    """What to search for, and how to write what is found."""

    query: Annotated[
        str,
        msgspec.Meta(min_length=1, description="A, C, G and T in either case.", examples=["ACGT"]),
    ]
    format: Format = "fasta"
    query_name: Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)] = QUERY_NAME
    distance: Annotated[int, msgspec.Meta(ge=0, description="At most so many edits.")] | None = None
    mode: Mode = "whole"
    strand: Strands = "forward"
    collection_id: UUID | None = None


@dataclass
class ExportOperation(Operation):
    """The export in the OpenAPI document: one answer, in four media types."""

    def __post_init__(self) -> None:
        answer = cast("OpenAPIResponse", (self.responses or {})["200"])
        answer.content = {
            media_type.split(";")[0]: OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
            for media_type in FILE_TYPES.values()
        }


@get(
    "/sequences/export",
    tags=["Sequences"],
    summary="Export sequences",
    dependencies=CHOICE,
    operation_class=ExportOperation,
    raises=[NotFoundException],
    # What compresses other answers does so between two requests, and would hold all others up.
    opt={"uncompressed": True},
    responses={
        200: ResponseSpec(str, generate_examples=False, description="The file, as it is made.")
    },
)
async def export_sequences_as_file(
    request: ApiRequest,
    chosen: ChosenSequences,
    form: Annotated[
        Format, QueryParameter(name="format", description="What kind of file.")
    ] = "fasta",
    wanted: Annotated[
        str | None,
        QueryParameter(
            name="query",
            description="Export what a search for these letters finds, as `/sequences/search` "
            "does, instead of what the filters show; of these only `collection_id` goes with it.",
            examples=[],
        ),
    ] = None,
    distance: Distance = None,
    mode: ModeParameter = "whole",
    strand: StrandParameter = "forward",
    query_name: Annotated[
        str | None,
        QueryParameter(
            name="query_name",
            max_length=LONGEST_NAME,
            description="What the query is called in the file: its first word counts.",
        ),
    ] = None,
) -> Stream:
    """Everything that the filters of the list show, or with `query` everything that the search
    finds, as a file. It is sent as it is read. If a stream breaks off, so does the connection: a
    file that was received to its end is whole.

    - **Without `query`**: the sequences in the order in which they were added. FASTA has the name
      (without one, the digest) and the description above lines of 80 letters; CSV has everything
      that is known of a sequence, its bases last. GenBank has the name (blanks as `_`), the
      description and the features as they were imported; its date is the one on which the
      sequence was added.
    - **With `query`**: the hits in the order of the search. `outfmt6` has the twelve columns of
      BLAST+'s tabular format: query, name (its first word, or the digest), identity in percent,
      columns of the alignment, mismatches, gaps opened, first and last letter of the query and of
      the place (counted from 1; exchanged on the reverse strand; beyond the length where the place
      goes on over the origin), then -1 and 0, for there is no e-value and no bit score. CSV has
      the place, the CIGAR and the sequence without its bases, FASTA the letters of each place in
      the direction of the query, and GenBank the sequences with hits, each once, whole and with
      its features. The others tell `query_name`, so that the files of many queries
      can be put together. A search that takes longer than 20 seconds is refused
      (`search_takes_too_long`).
    """
    if wanted is not None or distance is not None:
        _require_no_other_filter(chosen)
        asked = read_search(wanted, distance, mode, strand, chosen.collection_id, pointer="?")
        return await _hits(request, form, asked, query_name or QUERY_NAME)
    if query_name is not None:
        raise InvalidInput.at("?query_name", "There is no query that could be called so.")
    if form == "outfmt6":
        raise InvalidInput.at("?format", "outfmt6 tells where a query was found: it needs a query.")
    caller = caller_of(request)
    return _sent(form, await export_sequences(Export(request.database, caller, form, chosen)))


@post(
    "/sequences/export",
    tags=["Sequences"],
    summary="Export what a long query finds",
    operation_class=ExportOperation,
    raises=[NotFoundException],
    status_code=200,
    opt={"uncompressed": True, "verb": "read"},
    request_max_body_size=LARGEST_QUERY_BYTES,
    responses={
        200: ResponseSpec(str, generate_examples=False, description="The file, as it is made.")
    },
)
async def export_hits_as_file(request: ApiRequest, data: JSONBody[HitsWanted]) -> Stream:
    """The same as GET with a query, for queries that are too long for an address. It changes
    nothing, and a token that may read may use it."""
    accept_idempotency_key(request)
    asked = read_search(
        data.query, data.distance, data.mode, data.strand, data.collection_id, pointer="/"
    )
    return await _hits(request, data.format, asked, data.query_name)


async def _hits(request: ApiRequest, form: Format, asked: Search, query_name: str) -> Stream:
    export = HitExport(request.database, caller_of(request), form, asked, query_name)
    return _sent(form, await export_hits(export))


def _sent(form: Format, content: AsyncIterator[bytes]) -> Stream:
    name = f"benchbook-sequences.{FILE_NAMES[form]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Stream(content, media_type=FILE_TYPES[form], headers=headers)


def _require_no_other_filter(chosen: Filters) -> None:
    for name in ("name", "tag", "min_length", "max_length"):
        if getattr(chosen, name) is not None:
            raise InvalidInput.at(
                f"?{name}", f"{name} chooses from the list and does not go with a query."
            )


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "sequences"},
    route_handlers=[export_sequences_as_file, export_hits_as_file],
)
