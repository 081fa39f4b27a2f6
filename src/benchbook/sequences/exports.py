"""Sequences as files: FASTA, CSV and GenBank, written as they are sent.

What is held in memory is a page of short sequences or a piece of a long one, whatever is exported.
Each page is read in a transaction of its own, so that a slow reader keeps none open.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal
from uuid import UUID

import asyncpg

from benchbook.accounts.caller import Caller
from benchbook.platform.csv_cells import harmless, joined
from benchbook.platform.database import Database
from benchbook.sequences.export_store import read_export_page
from benchbook.sequences.feature_store import FIRST_FEATURES, first_features, list_features
from benchbook.sequences.genbank import END, ORIGIN, feature_lines, genbank_bases, genbank_head
from benchbook.sequences.schemas import SequenceFeature
from benchbook.sequences.store import Filters, read_part

ExportFormat = Literal["fasta", "csv", "genbank"]
# The framework adds the charset.
MEDIA_TYPES: dict[ExportFormat, str] = {
    "fasta": "text/x-fasta",
    "csv": "text/csv; header=present",
    "genbank": "text/x-genbank",
}
CSV_COLUMNS = (
    "id",
    "name",
    "description",
    "aliases",
    "tags",
    "collection",
    "length",
    "circular",
    "digest",
    "md5",
    "created_at",
    "bases",
)
PAGE_ROWS = 500
LINE_LETTERS = 80
# A whole number of lines, of 60 letters as well.
PIECE_LETTERS = 12_600 * LINE_LETTERS
FEATURES_AT_ONCE = 1_000


@dataclass(frozen=True)
class Export:
    """What to export: whose eyes see it, as which format, which sequences."""

    database: Database
    caller: Caller
    format: ExportFormat
    filters: Filters


async def export_sequences(export: Export) -> AsyncIterator[bytes]:
    """The export's bytes, as an iterator of pieces, in the order in which sequences were added.

    What can go wrong at once (the database is away) is raised here, before anything is sent.
    """
    return _file(export, await _page(export, None))


async def _page(export: Export, after: UUID | None) -> list[asyncpg.Record]:
    async with export.database.reading(export.caller) as tx:
        return await read_export_page(
            tx,
            export.caller.organisation_id,
            export.filters,
            after=after,
            limit=PAGE_ROWS,
        )


async def _file(export: Export, page: list[asyncpg.Record]) -> AsyncIterator[bytes]:
    if export.format == "csv":
        # Excel takes CSV for UTF-8 only if it begins with a byte order mark.
        yield b"\xef\xbb\xbf" + ",".join(CSV_COLUMNS).encode() + b"\r\n"
    while page:
        async for piece in written(export.database, export.caller, export.format, page):
            yield piece
        if len(page) < PAGE_ROWS:
            return
        page = await _page(export, page[-1]["id"])


async def written(
    database: Database, caller: Caller, form: ExportFormat, rows: Sequence[Any]
) -> AsyncIterator[bytes]:
    """These sequences (mappings by the names of columns) as they stand in a file, without its
    heading; ``bases`` of long ones, where they are None, are read piece by piece."""
    write = _WRITERS[form]
    features: Mapping[UUID, list[SequenceFeature]] = {}
    if form == "genbank":
        async with database.reading(caller) as tx:
            features = await first_features(tx, caller.organisation_id, [row["id"] for row in rows])

    def has_few(row: Any) -> bool:
        return row["bases"] is not None and len(features.get(row["id"], ())) < FIRST_FEATURES

    for are_short, group in groupby(rows, has_few):
        if are_short:
            yield await asyncio.to_thread(_written, write, list(group), features)
            continue
        for row in group:
            first = features.get(row["id"], [])
            yield (write.head(row) + write.features(first)).encode()
            if len(first) == FIRST_FEATURES:
                async for more in _further_features(database, caller, row["id"]):
                    yield write.features(more).encode()
            yield write.before_bases.encode()
            async for start, bases in _pieces(database, caller, row):
                yield write.body(bases, start).encode()
            yield write.tail.encode()


async def _further_features(
    database: Database, caller: Caller, sequence_id: UUID
) -> AsyncIterator[list[SequenceFeature]]:
    after = FIRST_FEATURES - 1
    while True:
        async with database.reading(caller) as tx:
            found = await list_features(
                tx, caller.organisation_id, sequence_id, after=after, limit=FEATURES_AT_ONCE
            )
        yield found
        if len(found) < FEATURES_AT_ONCE:
            return
        after = found[-1].place


async def _pieces(
    database: Database, caller: Caller, row: Mapping[str, Any]
) -> AsyncIterator[tuple[int, str]]:
    """The bases of a sequence, piece by piece, each with the place where it begins."""
    if row["bases"] is not None:
        yield 0, row["bases"]
        return
    length = row["length"]
    for start in range(0, length, PIECE_LETTERS):
        end = min(start + PIECE_LETTERS, length)
        async with database.reading(caller) as tx:
            piece = await read_part(tx, caller.organisation_id, row["id"], length, start, end)
        yield start, piece.decode("ascii")


# How a sequence is written ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Writer:
    """A format: what stands before the bases, how they are written, and what stands after."""

    head: Callable[[Any], str]
    # Some of the bases, and the place where they begin.
    body: Callable[[str, int], str]
    tail: str
    features: Callable[[Iterable[SequenceFeature]], str] = lambda _: ""
    before_bases: str = ""


def _written(
    write: _Writer, rows: Sequence[Any], features: Mapping[UUID, list[SequenceFeature]]
) -> bytes:
    return "".join(
        part
        for row in rows
        for part in (
            write.head(row),
            write.features(features.get(row["id"], ())),
            write.before_bases,
            write.body(row["bases"], 0),
            write.tail,
        )
    ).encode()


def fasta_head(row: Mapping[str, Any]) -> str:
    """The line above the bases: the name, or the digest of what has none, and the description."""
    title = " ".join(f"{row['name'] or row['digest']} {row['description']}".split())
    return f">{title}\n"


def fasta_lines(bases: str) -> str:
    """The bases in lines of 80 letters."""
    lines = [bases[at : at + LINE_LETTERS] for at in range(0, len(bases), LINE_LETTERS)]
    return "\n".join(lines) + "\n"


def _csv_head(row: Mapping[str, Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(
        (
            row["id"],
            harmless(row["name"]),
            harmless(row["description"]),
            harmless(joined(row["aliases"])),
            harmless(joined(row["tags"])),
            harmless(row["collection"]),
            row["length"],
            "yes" if row["circular"] else "no",
            row["digest"],
            row["md5"],
            row["created_at"].isoformat(timespec="seconds").replace("+00:00", "Z"),
        )
    )
    return line.getvalue().removesuffix("\r\n") + ","


_WRITERS: dict[ExportFormat, _Writer] = {
    "fasta": _Writer(fasta_head, lambda bases, _: fasta_lines(bases), ""),
    # Letters need no quotation marks.
    "csv": _Writer(_csv_head, lambda bases, _: bases, "\r\n"),
    "genbank": _Writer(genbank_head, genbank_bases, END, feature_lines, ORIGIN),
}
