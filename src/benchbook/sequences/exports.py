"""Sequences as files: FASTA and CSV, written as they are sent.

What is held in memory is a page of short sequences or a piece of a long one, whatever is exported.
Each page is read in a transaction of its own, so that a slow reader keeps none open.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal
from uuid import UUID

import asyncpg

from benchbook.accounts.caller import Caller
from benchbook.platform.csv_cells import harmless, joined
from benchbook.platform.database import Database
from benchbook.sequences.export_store import read_export_page
from benchbook.sequences.store import Filters, read_part

ExportFormat = Literal["fasta", "csv"]
# The framework adds the charset.
MEDIA_TYPES: dict[ExportFormat, str] = {"fasta": "text/x-fasta", "csv": "text/csv; header=present"}
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
# A whole number of lines.
PIECE_LETTERS = 12_500 * LINE_LETTERS


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
    async with export.database.transaction(export.caller) as tx:
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
    write = _WRITERS[export.format]
    while page:
        for is_short, rows in groupby(page, lambda row: row["bases"] is not None):
            if is_short:
                yield await asyncio.to_thread(_written, write, list(rows))
                continue
            for row in rows:
                yield write.head(row).encode()
                async for bases in _pieces(export, row):
                    yield write.body(bases).encode()
                yield write.tail.encode()
        if len(page) < PAGE_ROWS:
            return
        page = await _page(export, page[-1]["id"])


async def _pieces(export: Export, row: asyncpg.Record) -> AsyncIterator[str]:
    """The bases of a long sequence, piece by piece."""
    length = row["length"]
    for start in range(0, length, PIECE_LETTERS):
        end = min(start + PIECE_LETTERS, length)
        async with export.database.transaction(export.caller) as tx:
            piece = await read_part(
                tx, export.caller.organisation_id, row["id"], length, start, end
            )
        yield piece.decode("ascii")


# How a sequence is written ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Writer:
    """A format: what stands before the bases, how they are written, and what stands after."""

    head: Callable[[Any], str]
    body: Callable[[str], str]
    tail: str


def _written(write: _Writer, rows: Sequence[Any]) -> bytes:
    return "".join(write.head(row) + write.body(row["bases"]) + write.tail for row in rows).encode()


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
    "fasta": _Writer(fasta_head, fasta_lines, ""),
    # Letters need no quotation marks.
    "csv": _Writer(_csv_head, str, "\r\n"),
}
