"""Excel workbooks, written as they are sent: a stream of rows becomes a stream of bytes.

The libraries that write XLSX put the whole of it together on disk first, so that a million rows
keep the receiver waiting for minutes. An XLSX is a ZIP of XML, though, and a ZIP can be written
from its beginning to its end without going back. What lists the sheets comes after them, which
the format allows: readers find the parts by the ZIP's directory, at its end.

Written after ECMA-376 (Office Open XML), parts 1 and 2, transitional. Texts stand in their cells,
for a table of shared ones would have to be kept until the end. Nothing is ever a formula.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, Final, Literal
from xml.sax.saxutils import escape

Kind = Literal["text", "yes_no", "date", "time", "duration", "number", "amount"]
"""What a column holds.

Texts are str, yes_no bool, date a date, time a local datetime, duration whole seconds, number and
amount (with two decimals) whatever has its digits as str(). None leaves a cell empty.
"""

# What Excel can hold on one sheet, the header included.
SHEET_ROWS: Final = 1_048_576
# Beyond 2 GiB, a part of the ZIP would need an extension that Excel does not read in a stream.
SHEET_BYTES: Final = 2_000_000_000


@dataclass(frozen=True)
class Column:
    """A column: its title, what its cells hold, and how wide it is, in characters."""

    title: str
    kind: Kind = "text"
    width: float = 12


class Workbook:
    """A workbook of one table, which goes on on another sheet where one is full.

    ``add`` and ``close`` answer the bytes that are ready to be sent; ``close`` makes the file whole.
    Neither waits for anything: large pieces belong into a thread.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        sheet_title: str,
        sheet_rows: int = SHEET_ROWS,
        sheet_bytes: int = SHEET_BYTES,
    ) -> None:
        self._columns = columns
        self._cells = [_CELLS[column.kind] for column in columns]
        self._letters = [_letters(number) for number in range(len(columns))]
        self._sheet_title = sheet_title
        self._sheet_rows = sheet_rows
        self._sheet_bytes = sheet_bytes
        self._ready = _Ready()
        self._zip = zipfile.ZipFile(
            self._ready,
            "w",
            zipfile.ZIP_DEFLATED,
        )
        self._sheet: IO[bytes] | None = None
        # The last row of every sheet that is finished.
        self._finished: list[int] = []
        self._rows = 0
        self._bytes = 0
        self._zip.writestr("_rels/.rels", _PACKAGE)
        self._zip.writestr("xl/styles.xml", _STYLES)

    def add(self, rows: Iterable[Sequence[Any]]) -> bytes:
        """Write rows, each with a value for every column."""
        lines: list[str] = []
        size = 0
        for row in rows:
            if self._sheet is None:
                self._begin_sheet()
            self._rows += 1
            line = self._line(row)
            lines.append(line)
            size += len(line)
            if self._rows >= self._sheet_rows or self._bytes + 3 * size >= self._sheet_bytes:
                self._write("".join(lines))
                lines, size = [], 0
                if self._rows >= self._sheet_rows or self._bytes >= self._sheet_bytes:
                    self._end_sheet()
        self._write("".join(lines))
        return self._ready.take()

    def close(self) -> bytes:
        """Finish the file."""
        if self._sheet is None and not self._finished:
            self._begin_sheet()
        if self._sheet is not None:
            self._end_sheet()
        self._zip.writestr("xl/workbook.xml", self._workbook())
        self._zip.writestr("xl/_rels/workbook.xml.rels", self._relations())
        self._zip.writestr("[Content_Types].xml", self._content_types())
        self._zip.close()
        return self._ready.take()

    def _write(self, text: str) -> None:
        if text:
            assert self._sheet is not None
            self._bytes += self._sheet.write(text.encode())

    def _begin_sheet(self) -> None:
        # force_zip64 stays off: Excel takes a stream with it for damaged.
        self._sheet = self._zip.open(f"xl/worksheets/sheet{len(self._finished) + 1}.xml", "w")
        self._bytes = 0
        self._rows = 1
        widths = "".join(
            f'<col min="{number}" max="{number}" width="{column.width}" customWidth="1"/>'
            for number, column in enumerate(self._columns, 1)
        )
        titles = "".join(
            f'<c r="{letters}1" s="1" t="inlineStr"><is>{_text(column.title)}</is></c>'
            for letters, column in zip(self._letters, self._columns, strict=True)
        )
        self._write(
            f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
            '<selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews>'
            f'<cols>{widths}</cols><sheetData><row r="1">{titles}</row>'
        )

    def _end_sheet(self) -> None:
        assert self._sheet is not None
        self._write(
            f'</sheetData><autoFilter ref="A1:{self._letters[-1]}{self._rows}"/></worksheet>'
        )
        self._sheet.close()
        self._sheet = None
        self._finished.append(self._rows)

    def _line(self, row: Sequence[Any]) -> str:
        number = self._rows
        cells = [
            cell(f"{letters}{number}", value)
            for letters, cell, value in zip(self._letters, self._cells, row, strict=True)
            if value is not None
        ]
        return f'<row r="{number}">{"".join(cells)}</row>'

    def _title(self, number: int) -> str:
        return self._sheet_title if number == 1 else f"{self._sheet_title} {number}"

    def _workbook(self) -> str:
        sheets = "".join(
            f'<sheet name="{escape(self._title(number))}" sheetId="{number}" r:id="rId{number}"/>'
            for number in range(1, len(self._finished) + 1)
        )
        # Excel looks up under this name what its filter buttons stand over.
        filters = "".join(
            f'<definedName name="_xlnm._FilterDatabase" localSheetId="{number - 1}" hidden="1">'
            f"'{escape(self._title(number))}'!$A$1:${self._letters[-1]}${rows}</definedName>"
            for number, rows in enumerate(self._finished, 1)
        )
        return (
            f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/>'
            f"</bookViews><sheets>{sheets}</sheets><definedNames>{filters}</definedNames></workbook>"
        )

    def _relations(self) -> str:
        sheets = len(self._finished)
        parts = "".join(
            f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" '
            f'Target="worksheets/sheet{number}.xml"/>'
            for number in range(1, sheets + 1)
        )
        return (
            f'{_XML}<Relationships xmlns="{_RELATIONS}">{parts}'
            f'<Relationship Id="rId{sheets + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
            "</Relationships>"
        )

    def _content_types(self) -> str:
        sheets = "".join(
            f'<Override PartName="/xl/worksheets/sheet{number}.xml" '
            f'ContentType="{_SPREADSHEET}.worksheet+xml"/>'
            for number in range(1, len(self._finished) + 1)
        )
        return (
            f'{_XML}<Types xmlns="{_PACKAGES}/content-types">'
            f'<Default Extension="rels" ContentType="{_RELATIONS_TYPE}"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            '<Override PartName="/xl/workbook.xml" '
            f'ContentType="{_SPREADSHEET}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_SPREADSHEET}.styles+xml"/>'
            f"{sheets}</Types>"
        )


class _Ready(io.RawIOBase):
    """Where the ZIP writes: what is there can be taken away, and nothing is ever read again."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(self._pieces[-1])

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


# Cells ------------------------------------------------------------------------------------------

# Excel counts days from 30 December 1899.
_FIRST_DAY = date(1899, 12, 30).toordinal()

# What cannot stand in XML as it is: its own signs, what it forbids, white space that readers drop,
# and what looks like the way in which forbidden characters are written.
_NOT_PLAIN = re.compile(r"[&<>\x00-\x1f\ufffe\uffff]|^ | $|  |_x[0-9A-Fa-f]{4}_")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def _text(text: str) -> str:
    if not _NOT_PLAIN.search(text):
        return f"<t>{text}</t>"
    escaped = escape(_FORBIDDEN.sub(lambda match: f"_x{ord(match[0]):04X}_", text))
    return f'<t xml:space="preserve">{escaped}</t>'


def _text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is>{_text(text)}</is></c>' if text else ""


def _yes_no_cell(place: str, yes: bool) -> str:
    return f'<c r="{place}" t="b"><v>{yes:d}</v></c>'


def _date_cell(place: str, day: date) -> str:
    return f'<c r="{place}" s="2"><v>{day.toordinal() - _FIRST_DAY}</v></c>'


def _time_cell(place: str, local: datetime) -> str:
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return f'<c r="{place}" s="3"><v>{local.toordinal() - _FIRST_DAY + seconds / 86_400}</v></c>'


def _duration_cell(place: str, seconds: int) -> str:
    return f'<c r="{place}" s="4"><v>{seconds / 86_400}</v></c>'


def _number_cell(place: str, number: object) -> str:
    return f'<c r="{place}"><v>{number}</v></c>'


def _amount_cell(place: str, amount: object) -> str:
    return f'<c r="{place}" s="5"><v>{amount}</v></c>'


_CELLS: dict[Kind, Callable[[str, Any], str]] = {
    "text": _text_cell,
    "yes_no": _yes_no_cell,
    "date": _date_cell,
    "time": _time_cell,
    "duration": _duration_cell,
    "number": _number_cell,
    "amount": _amount_cell,
}


def _letters(number: int) -> str:
    """The name of a column, counted from 0: A, …, Z, AA, …"""
    before, last = divmod(number, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


# Parts that are always the same -----------------------------------------------------------------

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGES = "http://schemas.openxmlformats.org/package/2006"
_RELATIONS = f"{_PACKAGES}/relationships"
_RELATIONS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_PACKAGE = (
    f'{_XML}<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
# The styles by number: plain, a title, a date, a time, a duration, an amount.
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="3">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>'
    '<numFmt numFmtId="166" formatCode="[h]:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="6"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    + "".join(
        f'<xf numFmtId="{number}" fontId="0" fillId="0" borderId="0" xfId="0" '
        'applyNumberFormat="1"/>'
        for number in (164, 165, 166, 4)
    )
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/>'
    "</cellStyles></styleSheet>"
)
