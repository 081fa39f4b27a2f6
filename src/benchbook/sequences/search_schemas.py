"""What goes over the wire about searches."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from benchbook.platform.paging import DEFAULT_LIMIT, LARGEST_LIMIT
from benchbook.sequences.schemas import Sequence

Mode = Literal["whole", "within"]
Strand = Literal["forward", "reverse"]
Strands = Literal["forward", "reverse", "both"]
Strategy = Literal["exact", "index", "scan"]


class SearchHit(msgspec.Struct):
    """A place where the query was found.

    `start` and `end` are 0-based and half-open on the stored sequence, of either strand; `end` is
    greater than the sequence's `length` where the place goes on over the origin of a circular one.
    `cigar` aligns the query (on the strand `reverse`: its reverse complement) to that place: `=`
    the same letter, `X` another one, `I` a letter that only the query has, `D` one that only the
    sequence has."""

    sequence: Sequence
    distance: int
    strand: Strand
    start: int
    end: int
    cigar: str


class SearchAnswer(msgspec.Struct):
    """Hits by distance, then name, then id.

    `truncated` tells that these are not all: there are more under `next_cursor` or, where that is
    null, time was up before everything was read. `strategy` tells how they were found: `exact` by
    their digest, `index` by their keys, `scan` by reading rows one by one."""

    items: list[SearchHit]
    next_cursor: str | None
    truncated: bool
    strategy: Strategy
    took_ms: float


class SearchQuery(msgspec.Struct, forbid_unknown_fields=True):
    """What to search for."""

    query: Annotated[
        str, Meta(min_length=1, description="A, C, G and T in either case.", examples=["ACGT"])
    ]
    distance: Annotated[int, Meta(ge=0, description="At most so many edits.")] | None = None
    mode: Mode = "whole"
    strand: Strands = "forward"
    collection_id: UUID | None = None
    limit: Annotated[int, Meta(ge=1, le=LARGEST_LIMIT)] = DEFAULT_LIMIT
    cursor: str | None = None
