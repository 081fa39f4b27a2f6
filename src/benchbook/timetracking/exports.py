"""Sessions as files: CSV, XLSX and JSON of what the filters show, in constant memory.

Sessions are read in pages, each in a short transaction of its own, so that an export of a million
holds neither a snapshot nor a connection for minutes. Names are those of the moment at which their
page is read. CSV and JSON are sent as they are read; XLSX is a ZIP whose parts are only known at
the end, so it is written to a temporary file first.
"""

from __future__ import annotations

import asyncio
import csv
import errno
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO, Literal
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import xlsxwriter

from benchbook.accounts.caller import Caller
from benchbook.platform.database import Database
from benchbook.platform.problems import Unavailable
from benchbook.timetracking import export_store
from benchbook.timetracking.import_formats import harmless, joined_tags
from benchbook.timetracking.store import SessionFilters

ExportFormat = Literal["csv", "xlsx", "json"]

PAGE_ROWS = 2_000
CHUNK_BYTES = 65_536
# What Excel can hold on one sheet, the header included.
SHEET_ROWS = 1_048_576

# The framework adds the charset of texts.
MEDIA_TYPES: dict[ExportFormat, str] = {
    "csv": "text/csv; header=present",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
CSV_COLUMNS = (
    "id",
    "name",
    "note",
    "person",
    "email",
    "project",
    "client",
    "tags",
    "billable",
    "date",
    "start",
    "end",
    "duration",
    "duration_seconds",
    "time_zone",
)
# In a workbook, times are cells without an offset: the start's has a column of its own.
XLSX_COLUMNS = (*CSV_COLUMNS[:-1], "utc_offset", "time_zone")

Page = list[asyncpg.Record]


@dataclass(frozen=True)
class Export:
    """What to export: as which format, whose eyes see it, which sessions and in which order."""

    database: Database
    caller: Caller
    format: ExportFormat
    filters: SessionFilters
    newest_first: bool
    zone: ZoneInfo

    async def page(self, after: tuple[datetime, UUID] | None) -> Page:
        """The page that follows a sort key, in a transaction of its own."""
        async with self.database.transaction(self.caller) as tx:
            return await export_store.read_export_page(
                tx,
                self.caller.organisation_id,
                self.filters,
                after=after,
                newest_first=self.newest_first,
                limit=PAGE_ROWS,
                as_json=self.format == "json",
            )

    async def pages(self, first: Page) -> AsyncIterator[Page]:
        """The first page, and those that follow it."""
        page = first
        while page:
            yield page
            if len(page) < PAGE_ROWS:
                return
            page = await self.page((page[-1]["started_at"], page[-1]["id"]))


async def export_sessions(export: Export) -> AsyncIterator[bytes]:
    """The export's bytes, as an iterator of pieces.

    What can go wrong at once (the database is away, the disk is full) is raised here, before
    anything is sent. Raises Unavailable.
    """
    first = await export.page(None)
    match export.format:
        case "csv":
            return _csv(export, first)
        case "json":
            return _json(export, first)
        case "xlsx":
            try:
                return _pieces(await _workbook(export, first))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                raise Unavailable("The server's disk is full.", retry_after_seconds=60) from error


def attachment(form: ExportFormat, parts: Sequence[str]) -> str:
    """The Content-Disposition of an export that is named after these (a month, a tag, …).

    RFC 6266: a plain name for all, and one with every character for those who can read it.
    """
    words = ["benchbook-hours", *(part for part in map(_word, parts) if part)]
    name = f"{'-'.join(words)[:120]}.{form}"
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _word(text: str) -> str:
    """The text as a part of a file name: letters, digits, dots and single hyphens."""
    kept = "".join(character if character.isalnum() else " " for character in text)
    return "-".join(kept.split())


# CSV --------------------------------------------------------------------------------------------


async def _csv(export: Export, first: Page) -> AsyncIterator[bytes]:
    # Excel takes CSV for UTF-8 only if it begins with a byte order mark.
    yield b"\xef\xbb\xbf" + ",".join(CSV_COLUMNS).encode() + b"\r\n"
    async for page in export.pages(first):
        yield await asyncio.to_thread(csv_lines, page, export.zone)


def csv_lines(page: Sequence[asyncpg.Record], zone: ZoneInfo) -> bytes:
    """Rows of an export as CSV (RFC 4180)."""
    text = io.StringIO()
    write = csv.writer(text).writerow
    for row in page:
        start, end = row["started_at"].astimezone(zone), row["ended_at"].astimezone(zone)
        seconds = row["duration_seconds"]
        write(
            (
                row["id"],
                harmless(row["name"]),
                harmless(row["note"]),
                harmless(row["person"]),
                harmless(row["email"]),
                harmless(row["project"] or ""),
                harmless(row["client"] or ""),
                harmless(joined_tags(row["tags"])),
                "yes" if row["billable"] else "no",
                start.date().isoformat(),
                start.isoformat(),
                end.isoformat(),
                f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}",
                seconds,
                zone.key,
            )
        )
    return text.getvalue().encode()


# JSON -------------------------------------------------------------------------------------------


async def _json(export: Export, first: Page) -> AsyncIterator[bytes]:
    before = '{"items":['
    async for page in export.pages(first):
        yield (before + ",\n".join(row["json"] for row in page)).encode()
        before = ",\n"
    yield b"]}" if first else b'{"items":[]}'


# XLSX -------------------------------------------------------------------------------------------


@dataclass
class _Workbook:
    """A workbook that is written row by row; ``directory`` holds what is not finished yet."""

    file: BinaryIO
    directory: str
    zone: ZoneInfo
    _rows: int = field(default=SHEET_ROWS, init=False)
    _sheets: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._book: Any = xlsxwriter.Workbook(
            self.file, {"constant_memory": True, "tmpdir": self.directory, "use_zip64": True}
        )
        self._bold = self._book.add_format({"bold": True})
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._instant = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._duration = self._book.add_format({"num_format": "[h]:mm:ss"})

    def add(self, page: Sequence[asyncpg.Record]) -> None:
        """Write rows, on another sheet where one is full."""
        for row in page:
            if self._rows >= SHEET_ROWS:
                self._begin_sheet()
            self._write(self._rows, row)
            self._rows += 1

    def close(self) -> None:
        """Finish the file."""
        if not self._sheets:
            self._begin_sheet()
        self._book.close()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        name = "Sessions" if self._sheets == 1 else f"Sessions {self._sheets}"
        sheet = self._sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, title in enumerate(XLSX_COLUMNS):
            sheet.set_column(column, column, _WIDTHS.get(title, 12))
        for column, title in enumerate(XLSX_COLUMNS):
            sheet.write_string(0, column, title, self._bold)
        self._rows = 1

    def _write(self, number: int, row: asyncpg.Record) -> None:
        sheet = self._sheet
        text: Callable[[int, int, str], object] = sheet.write_string
        start, end = row["started_at"].astimezone(self.zone), row["ended_at"].astimezone(self.zone)
        seconds = row["duration_seconds"]
        text(number, 0, str(row["id"]))
        text(number, 1, row["name"])
        if row["note"]:
            text(number, 2, row["note"])
        text(number, 3, row["person"])
        text(number, 4, row["email"])
        if row["project"]:
            text(number, 5, row["project"])
        if row["client"]:
            text(number, 6, row["client"])
        if row["tags"]:
            text(number, 7, joined_tags(row["tags"]))
        sheet.write_boolean(number, 8, row["billable"])
        day = start.date()
        sheet.write_number(number, 9, day.toordinal() - _EXCEL_EPOCH, self._date)
        sheet.write_number(number, 10, _excel_time(start), self._instant)
        sheet.write_number(number, 11, _excel_time(end), self._instant)
        sheet.write_number(number, 12, seconds / 86_400, self._duration)
        sheet.write_number(number, 13, seconds)
        text(number, 14, start.isoformat()[19:])
        text(number, 15, self.zone.key)


# Excel counts days from 30 December 1899.
_EXCEL_EPOCH = date(1899, 12, 30).toordinal()
_WIDTHS = {
    "id": 10,
    "name": 40,
    "note": 30,
    "person": 20,
    "email": 25,
    "project": 25,
    "client": 20,
    "tags": 20,
    "start": 20,
    "end": 20,
    "duration_seconds": 16,
    "time_zone": 18,
}


def _excel_time(local: datetime) -> float:
    """A local time as Excel keeps it: days since its epoch, with a fraction."""
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return local.toordinal() - _EXCEL_EPOCH + seconds / 86_400


async def _workbook(export: Export, first: Page) -> BinaryIO:
    """The whole workbook, in a temporary file that is gone once it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    try:
        with tempfile.TemporaryDirectory(prefix="benchbook-export-") as directory:
            book = _Workbook(file, directory, export.zone)
            async for page in export.pages(first):
                await asyncio.to_thread(book.add, page)
            await asyncio.to_thread(book.close)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield piece
