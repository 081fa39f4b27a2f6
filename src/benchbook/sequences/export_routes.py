"""The HTTP of exports: sequences as files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from litestar import Router, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import QueryParameter
from litestar.response import Stream

from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.http import ApiRequest
from benchbook.sequences.exports import MEDIA_TYPES, Export, ExportFormat, export_sequences
from benchbook.sequences.filter_parameters import CHOICE, ChosenSequences


@dataclass
class ExportOperation(Operation):
    """The export in the OpenAPI document: one answer, in two media types."""

    def __post_init__(self) -> None:
        answer = cast("OpenAPIResponse", (self.responses or {})["200"])
        answer.content = {
            media_type.split(";")[0]: OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
            for media_type in MEDIA_TYPES.values()
        }


@get(
    "/sequences/export",
    tags=["Sequences"],
    summary="Export sequences",
    dependencies=CHOICE,
    operation_class=ExportOperation,
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
        ExportFormat, QueryParameter(name="format", description="What kind of file.")
    ] = "fasta",
) -> Stream:
    """Everything that the filters of the list show, as a file, in the order in which it was added.

    FASTA has the name (without one, the digest) and the description above lines of 80 letters; CSV
    has everything that is known of a sequence, its bases last. Both are sent as they are read. If a
    stream breaks off, so does the connection: a file that was received to its end is whole.
    """
    content = await export_sequences(Export(request.database, caller_of(request), form, chosen))
    headers = {"Content-Disposition": f'attachment; filename="benchbook-sequences.{form}"'}
    return Stream(content, media_type=MEDIA_TYPES[form], headers=headers)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "sequences"},
    route_handlers=[export_sequences_as_file],
)
