"""Sessions as files: CSV, XLSX, JSON and PDF of what the filters show.

Sessions are read in pages, each in a short transaction of its own, so that an export of a million
holds neither a snapshot nor a connection for minutes. Names are those of the moment at which their
page is read. CSV, XLSX and JSON are sent as they are read, in constant memory; what is made of a
page is made in a thread, so that other requests are answered meanwhile. A PDF, which knows its
totals and pages before it begins, takes no more than MOST_PDF_SESSIONS, in a process of its own.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
from msgspec import UnsetType

from benchbook.accounts.caller import Caller
from benchbook.platform.csv_cells import harmless, joined
from benchbook.platform.database import Database
from benchbook.platform.typesetting import DoesNotFit, typeset
from benchbook.platform.workbook import SHEET_ROWS, Column, Workbook
from benchbook.timetracking import export_store, timesheets
from benchbook.timetracking.errors import TooMuchForPdf
from benchbook.timetracking.filters import SessionFilters
from benchbook.timetracking.money import Rounding, amount_text, rate_text
from benchbook.timetracking.pricing import Prices, rounding_in_force, visible_prices

ExportFormat = Literal["csv", "xlsx", "json", "pdf"]

PAGE_ROWS = 2_000
# Some 130 pages: four seconds of a processor and 500 MB, for as long as it takes.
MOST_PDF_SESSIONS = 5_000

# The framework adds the charset of texts.
MEDIA_TYPES: dict[ExportFormat, str] = {
    "csv": "text/csv; header=present",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "pdf": "application/pdf",
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
    "rate",
    "amount",
    "currency",
    "rounding",
)
# In a workbook, times are cells without an offset: the start's has a column of its own.
XLSX_COLUMNS = (
    Column("id", width=10),
    Column("name", width=40),
    Column("note", width=30),
    Column("person", width=20),
    Column("email", width=25),
    Column("project", width=25),
    Column("client", width=20),
    Column("tags", width=20),
    Column("billable", "yes_no"),
    Column("date", "date"),
    Column("start", "time", width=20),
    Column("end", "time", width=20),
    Column("duration", "duration"),
    Column("duration_seconds", "number", width=16),
    Column("utc_offset"),
    Column("time_zone", width=18),
    Column("rate", "amount"),
    Column("amount", "amount"),
    Column("currency"),
    Column("rounding", width=18),
)

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
    rounding: Rounding | None
    prices: Prices | None

    async def page(self, after: tuple[datetime, UUID] | None) -> Page:
        """The page that follows a sort key, in a transaction of its own."""
        async with self.database.reading(self.caller) as tx:
            return await export_store.read_export_page(
                tx,
                self.caller.organisation_id,
                self.filters,
                after=after,
                newest_first=self.newest_first,
                limit=PAGE_ROWS,
                as_json=self.format == "json",
                rounding=self.rounding,
                prices=self.prices,
            )

    async def pages(self, first: Page) -> AsyncIterator[Page]:
        """The first page, and those that follow it."""
        page = first
        while page:
            yield page
            if len(page) < PAGE_ROWS:
                return
            page = await self.page((page[-1]["started_at"], page[-1]["id"]))


async def export_of(
    database: Database,
    caller: Caller,
    form: ExportFormat,
    filters: SessionFilters,
    *,
    newest_first: bool,
    zone: ZoneInfo,
    rounding: Rounding | UnsetType | None,
) -> Export:
    """An export with the prices that the caller may see, rounded as asked; where nothing was, as
    the organisation rounds."""
    async with database.reading(caller) as tx:
        prices = await visible_prices(tx, caller)
        rounding = await rounding_in_force(tx, caller.organisation_id, rounding)
    return Export(database, caller, form, filters, newest_first, zone, rounding, prices)


async def export_sessions(export: Export) -> AsyncIterator[bytes]:
    """The export's bytes, as an iterator of pieces.

    What can go wrong at once (the database is away) is raised here, before anything is sent.
    Raises TooMuchForPdf.
    """
    first = await export.page(None)
    match export.format:
        case "csv":
            return _csv(export, first)
        case "json":
            return _json(export, first)
        case "xlsx":
            return _xlsx(export, first)
        case "pdf":
            return _at_once(await _pdf(export, first))


def file_name(form: ExportFormat, parts: Sequence[str]) -> str:
    """What an export is called that is named after these (a month, a tag, …)."""
    words = ["benchbook-hours", *(part for part in map(_word, parts) if part)]
    return f"{'-'.join(words)[:120]}.{form}"


def _word(text: str) -> str:
    """The text as a part of a file name: letters, digits, dots and single hyphens."""
    kept = "".join(character if character.isalnum() else " " for character in text)
    return "-".join(kept.split())


# CSV --------------------------------------------------------------------------------------------


async def _csv(export: Export, first: Page) -> AsyncIterator[bytes]:
    # Excel takes CSV for UTF-8 only if it begins with a byte order mark.
    yield b"\xef\xbb\xbf" + ",".join(CSV_COLUMNS).encode() + b"\r\n"
    async for page in export.pages(first):
        yield await asyncio.to_thread(csv_lines, page, export.zone, export.rounding, export.prices)


def csv_lines(
    page: Sequence[asyncpg.Record],
    zone: ZoneInfo,
    rounding: Rounding | None = None,
    prices: Prices | None = None,
) -> bytes:
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
                harmless(joined(row["tags"])),
                "yes" if row["billable"] else "no",
                start.date().isoformat(),
                start.isoformat(),
                end.isoformat(),
                f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}",
                seconds,
                zone.key,
                *_money_of(row, prices),
                rounding.words if rounding else "",
            )
        )
    return text.getvalue().encode()


def _money_of(
    row: asyncpg.Record, prices: Prices | None
) -> tuple[str | None, str | None, str | None]:
    """Rate, amount and currency of a session; nothing where it has none."""
    if prices is None or row["rate"] is None:
        return None, None, None
    currency = prices.currency
    return (
        rate_text(row["rate"], currency),
        amount_text(int(row["units"]), currency),
        currency,
    )


# JSON -------------------------------------------------------------------------------------------


async def _json(export: Export, first: Page) -> AsyncIterator[bytes]:
    rounding = export.rounding
    about = msgspec.json.encode(
        {
            "rounding": {"mode": rounding.mode, "minutes": rounding.minutes} if rounding else None,
            "currency": export.prices.currency if export.prices else None,
        }
    )
    before = about.decode().removesuffix("}") + ',"items":['
    async for page in export.pages(first):
        yield (before + ",\n".join(row["json"] for row in page)).encode()
        before = ",\n"
    yield b"]}" if first else (before + "]}").encode()


# XLSX -------------------------------------------------------------------------------------------


async def _xlsx(export: Export, first: Page) -> AsyncIterator[bytes]:
    book = Workbook(XLSX_COLUMNS, sheet_title="Sessions", sheet_rows=SHEET_ROWS)
    async for page in export.pages(first):
        rows = workbook_rows(page, export.zone, export.rounding, export.prices)
        yield await asyncio.to_thread(book.add, rows)
    yield await asyncio.to_thread(book.close)


def workbook_rows(
    page: Sequence[asyncpg.Record],
    zone: ZoneInfo,
    rounding: Rounding | None = None,
    prices: Prices | None = None,
) -> Iterator[tuple[Any, ...]]:
    """Rows of an export as the cells of XLSX_COLUMNS."""
    for row in page:
        start, end = row["started_at"].astimezone(zone), row["ended_at"].astimezone(zone)
        seconds = row["duration_seconds"]
        yield (
            str(row["id"]),
            row["name"],
            row["note"],
            row["person"],
            row["email"],
            row["project"],
            row["client"],
            joined(row["tags"]),
            row["billable"],
            start,
            start,
            end,
            seconds,
            seconds,
            start.isoformat()[19:],
            zone.key,
            *_money_of(row, prices),
            rounding.words if rounding else None,
        )


# PDF --------------------------------------------------------------------------------------------


async def _pdf(export: Export, first: Page) -> bytes:
    rows: Page = []
    async for page in export.pages(first):
        rows += page
        if len(rows) > MOST_PDF_SESSIONS:
            raise TooMuchForPdf.at(
                "?format",
                f"A PDF holds at most {MOST_PDF_SESSIONS:,} sessions, and the filters show more. "
                "Choose a shorter time, one person or one project, or take CSV or XLSX.",
            )
    async with export.database.reading(export.caller) as tx:
        names = await export_store.read_heading(
            tx, export.caller.organisation_id, export.caller.person_id, export.filters
        )
    heading = timesheets.Heading(
        organisation=names["organisation"],
        locale=names["locale"],
        zone=export.zone,
        filters=export.filters,
        person=names["person"],
        project=names["project"],
        client=names["client"],
        made_at=datetime.now(UTC),
        rounding=export.rounding,
        prices=export.prices,
    )
    try:
        data = await asyncio.to_thread(timesheets.timesheet, heading, rows)
        return await typeset(timesheets.template(), data)
    except DoesNotFit as error:
        raise TooMuchForPdf.at(
            "?format",
            "This is too much text for one PDF. Choose a shorter time, one person or one project, "
            "or take CSV or XLSX.",
        ) from error


async def _at_once(content: bytes) -> AsyncIterator[bytes]:
    yield content
