"""What a search finds, as files: FASTA, CSV, GenBank and the twelve columns of BLAST's outfmt 6.

A file holds every hit, or it breaks off: it is written page by page, as the search answers them.
"""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple
from uuid import UUID

from msgspec import structs

from benchbook.accounts.caller import Caller
from benchbook.platform.csv_cells import harmless, joined
from benchbook.platform.database import Database, Transaction
from benchbook.platform.paging import decode_cursor
from benchbook.sequences.errors import SearchTakesTooLong
from benchbook.sequences.exports import fasta_lines, written
from benchbook.sequences.rules import reverse_complement
from benchbook.sequences.search import census_of, search
from benchbook.sequences.search_rules import Place, Search
from benchbook.sequences.search_schemas import SearchAnswer, SearchHit
from benchbook.sequences.store import read_part

HitFormat = Literal["fasta", "csv", "genbank", "outfmt6"]
TableFormat = Literal["fasta", "csv", "outfmt6"]
PAGE_HITS = 500
QUERY_NAME = "query"
CSV_COLUMNS = (
    "distance",
    "strand",
    "start",
    "end",
    "cigar",
    "id",
    "name",
    "description",
    "tags",
    "length",
    "circular",
    "digest",
    "md5",
    "collection_id",
    "query",
)
_RUN = re.compile(r"(\d+)([=XID])")


class Query(NamedTuple):
    """What is told of a query: its name, which is one word, and how many letters it has."""

    name: str
    length: int


@dataclass(frozen=True)
class HitExport:
    """What to export: whose eyes see it, as which format, what is searched for and its name."""

    database: Database
    caller: Caller
    format: HitFormat
    asked: Search
    query_name: str = QUERY_NAME


async def export_hits(export: HitExport) -> AsyncIterator[bytes]:
    """The export's bytes, as an iterator of pieces, in the order of the search.

    What can go wrong at once (no such collection, a search that takes too long) is raised here,
    before anything is sent.
    """
    first = await _page(export, None)
    if export.format == "genbank":
        return _sequences(export, first[0])
    return _file(export, export.format, first)


async def _page(export: HitExport, cursor: str | None) -> tuple[SearchAnswer, Mapping[int, str]]:
    """A page of hits and, for FASTA, the letters of each by its place in the page."""
    after = decode_cursor(cursor, Place) if cursor else None
    census = await census_of(export.database, export.caller)
    organisation_id = export.caller.organisation_id
    async with export.database.reading(export.caller) as tx:
        answer = await search(
            tx, organisation_id, export.asked, census, limit=PAGE_HITS, after=after
        )
        if answer.truncated and answer.next_cursor is None:
            # Half of the hits would look like all of them.
            raise SearchTakesTooLong.at(
                "?distance",
                "The search reads sequences one by one and takes longer than 20 seconds: ask for "
                "fewer edits, a longer query or one collection.",
            )
        letters = {}
        if export.format == "fasta":
            for number, hit in enumerate(answer.items):
                letters[number] = await _letters(tx, organisation_id, hit)
    return answer, letters


async def _letters(tx: Transaction, organisation_id: UUID, hit: SearchHit) -> str:
    """What the sequence has at the hit's place, in the direction of the query."""
    sequence, length = hit.sequence, hit.sequence.length
    if sequence.bases is not None:
        found = (sequence.bases + sequence.bases)[hit.start : hit.end]
    else:
        parts = [(hit.start, min(hit.end, length)), (0, max(hit.end - length, 0))]
        found = "".join(
            [
                (await read_part(tx, organisation_id, sequence.id, length, *part)).decode("ascii")
                for part in parts
                if part[0] < part[1]
            ]
        )
    return found if hit.strand == "forward" else reverse_complement(found)


async def _sequences(export: HitExport, answer: SearchAnswer) -> AsyncIterator[bytes]:
    """The sequences with hits, whole and with their features, each once."""
    asked = export.asked
    # With one strand and no places inside, no sequence has two hits.
    may_recur = len(asked.strands) > 1 or (asked.distance is not None and asked.mode == "within")
    seen: set[UUID] = set()
    while True:
        rows = {hit.sequence.id: structs.asdict(hit.sequence) for hit in answer.items}
        new = [row for sequence_id, row in rows.items() if sequence_id not in seen]
        if may_recur:
            seen.update(rows)
        async for piece in written(export.database, export.caller, "genbank", new):
            yield piece
        if answer.next_cursor is None:
            return
        answer, _ = await _page(export, answer.next_cursor)


async def _file(
    export: HitExport, form: TableFormat, page: tuple[SearchAnswer, Mapping[int, str]]
) -> AsyncIterator[bytes]:
    if form == "csv":
        # Excel takes CSV for UTF-8 only if it begins with a byte order mark.
        yield b"\xef\xbb\xbf" + ",".join(CSV_COLUMNS).encode() + b"\r\n"
    write = _WRITERS[form]
    query = Query(_first_word(export.query_name) or QUERY_NAME, len(export.asked.query))
    while True:
        answer, letters = page
        if answer.items:
            yield await asyncio.to_thread(write, answer.items, letters, query)
        if answer.next_cursor is None:
            return
        page = await _page(export, answer.next_cursor)


# How hits are written ---------------------------------------------------------------------------


def subject_name(hit: SearchHit) -> str:
    """What programs take for the sequence's name: its first word, or the digest without one."""
    return _first_word(hit.sequence.name) or hit.sequence.digest


def _first_word(name: str) -> str:
    return next(iter(name.split(maxsplit=1)), "")


def outfmt6_line(hit: SearchHit, query: Query) -> str:
    """The twelve columns of BLAST+'s tabular format, tab-separated.

    The whole query is aligned, from 1 to its length. On the reverse strand the place's end comes
    before its start, as with BLAST. An e-value and a bit score would need a model of chance that
    an exact search does not have: they are -1 and 0, as other programs without them write.
    https://www.ncbi.nlm.nih.gov/books/NBK279684/
    """
    runs = [(int(count), kind) for count, kind in _RUN.findall(hit.cigar)]
    columns = sum(count for count, _ in runs)
    same = sum(count for count, kind in runs if kind == "=")
    mismatches = sum(count for count, kind in runs if kind == "X")
    gaps = sum(1 for _, kind in runs if kind in "ID")
    place = (hit.start + 1, hit.end) if hit.strand == "forward" else (hit.end, hit.start + 1)
    identity = 100 * same / columns if columns else 0.0
    cells = (
        *(query.name, subject_name(hit), f"{identity:.3f}", columns, mismatches, gaps),
        *(1, query.length, *place, -1, 0),
    )
    return "\t".join(map(str, cells)) + "\n"


def _outfmt6(hits: Sequence[SearchHit], _: Mapping[int, str], query: Query) -> bytes:
    return "".join(outfmt6_line(hit, query) for hit in hits).encode()


def _fasta(hits: Sequence[SearchHit], letters: Mapping[int, str], query: Query) -> bytes:
    return "".join(
        f">{subject_name(hit)}:{hit.start}-{hit.end}({'+' if hit.strand == 'forward' else '-'}) "
        f"distance={hit.distance} cigar={hit.cigar} digest={hit.sequence.digest} "
        f"query={query.name}\n"
        f"{fasta_lines(letters[number]) if letters[number] else ''}"
        for number, hit in enumerate(hits)
    ).encode()


def _csv(hits: Sequence[SearchHit], _: Mapping[int, str], query: Query) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    for hit in hits:
        sequence = hit.sequence
        writer.writerow(
            (
                *(hit.distance, hit.strand, hit.start, hit.end, hit.cigar, sequence.id),
                harmless(sequence.name),
                harmless(sequence.description),
                harmless(joined(sequence.tags)),
                sequence.length,
                "yes" if sequence.circular else "no",
                *(sequence.digest, sequence.md5, sequence.collection_id, harmless(query.name)),
            )
        )
    return text.getvalue().encode()


_WRITERS: dict[TableFormat, Callable[[Sequence[SearchHit], Mapping[int, str], Query], bytes]] = {
    "fasta": _fasta,
    "csv": _csv,
    "outfmt6": _outfmt6,
}
