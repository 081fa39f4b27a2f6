"""All that an import rejected, as a CSV that is written as it is sent.

What is held in memory is the rejections of one piece of the imported file, however many there are.
Each is read in a transaction of its own, so that a slow reader keeps none open.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from pathlib import PurePath
from uuid import UUID

from benchbook.accounts.caller import Caller
from benchbook.platform.csv_cells import harmless
from benchbook.platform.database import Database
from benchbook.sequences import import_store, imports
from benchbook.sequences.schemas import ImportRejection

MEDIA_TYPE = "text/csv; header=present"
COLUMNS = ("line", "name", "reason")


async def export_rejections(
    database: Database, caller: Caller, import_id: UUID
) -> tuple[str, AsyncIterator[bytes]]:
    """The file's name and its bytes, in the order of the imported file; raises ImportNotFound."""
    async with database.transaction(caller) as tx:
        found, _ = await imports.read_import(tx, caller, import_id)
    return _name(found.filename), _file(database, caller, import_id, found.errors)


def _name(imported: str) -> str:
    """After the imported file: `reads-rejected.csv` of `reads.fasta.gz`."""
    stem = PurePath(imported.removesuffix(".gz")).stem
    return f"{stem or 'import'}-rejected.csv"


async def _file(
    database: Database, caller: Caller, import_id: UUID, first: Sequence[ImportRejection]
) -> AsyncIterator[bytes]:
    # Excel takes CSV for UTF-8 only if it begins with a byte order mark.
    yield b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n"
    rejections, following = first, len(first)
    while rejections:
        yield await asyncio.to_thread(_lines, rejections)
        async with database.transaction(caller) as tx:
            following, rejections = await import_store.read_rejections(
                tx, caller.organisation_id, import_id, following
            )


def _lines(rejections: Sequence[ImportRejection]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(
        (rejection.line, harmless(rejection.name), harmless(rejection.detail))
        for rejection in rejections
    )
    return text.getvalue().encode()
