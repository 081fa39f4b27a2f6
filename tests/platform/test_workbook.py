"""Workbooks are sent while they are written, and hold what was put in, whatever it was."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from benchbook.platform.workbook import Column, Workbook, _letters

COLUMNS = [
    Column("what", width=40),
    Column("done", "yes_no"),
    Column("day", "date"),
    Column("at", "time"),
    Column("took", "duration"),
    Column("count", "number"),
    Column("price", "amount"),
]


def written(*pages: list[tuple[Any, ...]], columns: list[Column] = COLUMNS, **limits: int) -> bytes:
    book = Workbook(columns, sheet_title="Things", **limits)
    return b"".join([*(book.add(page) for page in pages), book.close()])


def texts(content: bytes) -> list[list[str | None]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [
        [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]  # type: ignore[misc]
        for sheet in book.worksheets
    ]


def test_cells_have_types_and_the_sheet_a_frozen_header_widths_and_filters():
    content = written(
        [
            ("PCR", True, date(2026, 3, 2), datetime(2026, 3, 2, 9, 30, 15), 90_000, 7, "1234.50"),  # noqa: DTZ001 - a cell has no zone
            (None,) * 7,
        ]
    )
    [sheet] = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    assert sheet.title == "Things"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:G3"
    assert sheet.column_dimensions["A"].width == 40
    assert [cell.value for cell in sheet[1]] == [column.title for column in COLUMNS]
    assert all(cell.font.b for cell in sheet[1])
    assert [cell.value for cell in sheet[2]] == [
        "PCR",
        True,
        datetime(2026, 3, 2),  # noqa: DTZ001
        datetime(2026, 3, 2, 9, 30, 15),  # noqa: DTZ001
        timedelta(hours=25),
        7,
        1234.5,
    ]
    formats = [cell.number_format for cell in sheet[2]]
    assert formats[2:5] == ["yyyy\\-mm\\-dd", "yyyy\\-mm\\-dd\\ hh:mm:ss", "[h]:mm:ss"]
    assert formats[6] == "#,##0.00"
    assert [cell.value for cell in sheet[3]] == [None] * 7


def test_rows_are_sent_before_the_last_one_is_known():
    book = Workbook([Column("what")], sheet_title="Things")
    sent = b"".join(
        book.add([(f"{number} {number * 7919 % 1000003}",)]) for number in range(50_000)
    )
    assert len(sent) > 100_000
    assert sent.startswith(b"PK\x03\x04")
    whole = sent + book.close()
    assert zipfile.ZipFile(io.BytesIO(whole)).testzip() is None
    assert sum(len(sheet) for sheet in texts(whole)) == 50_000


def test_a_workbook_without_rows_is_whole():
    assert texts(written(columns=[Column("what")])) == [[]]


@pytest.mark.parametrize("one_page", [True, False])
def test_it_goes_on_on_another_sheet_where_one_is_full(one_page: bool):
    rows: list[tuple[Any, ...]] = [(str(number),) for number in range(7)]
    pages = [rows] if one_page else [[row] for row in rows]
    content = written(*pages, columns=[Column("what")], sheet_rows=4)
    assert texts(content) == [["0", "1", "2"], ["3", "4", "5"], ["6"]]
    names = openpyxl.load_workbook(io.BytesIO(content)).sheetnames
    assert names == ["Things", "Things 2", "Things 3"]


def test_no_sheet_is_empty_where_the_last_one_is_just_full():
    content = written([("0",), ("1",)], columns=[Column("what")], sheet_rows=3)
    assert texts(content) == [["0", "1"]]


def test_a_sheet_does_not_outgrow_what_a_part_of_the_file_may_hold():
    rows: list[tuple[Any, ...]] = [("x" * 1000,)] * 50
    content = written(rows[:20], rows[20:], columns=[Column("what")], sheet_bytes=10_000)
    sheets = texts(content)
    assert sum(map(len, sheets)) == 50
    assert len(sheets) > 3
    parts = [
        part for part in zipfile.ZipFile(io.BytesIO(content)).infolist() if "sheet" in part.filename
    ]
    assert all(part.file_size < 14_000 for part in parts if "worksheets/" in part.filename)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "a & b < c > d",
        " spaces  kept ",
        "two\nlines",
        "tab\tand\rreturn",
        "_x0041_ is not A",
        "bell \x07, \x1f",
        "no characters \ufffe\uffff",
        "漢字 🧬 עברית",
    ],
    ids=ascii,
)
def test_texts_come_back_as_they_were(text: str):
    [[found]] = texts(written([(text,)], columns=[Column("what")]))
    assert unescape(found) == text


@settings(max_examples=60)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30), max_size=5))
def test_any_text_makes_a_file_that_can_be_read(rows: list[str]):
    [found] = texts(written([(text,) for text in rows], columns=[Column("what")]))
    assert [unescape(cell) for cell in found] == rows


@pytest.mark.parametrize(
    ("number", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_are_named_as_excel_does(number: int, name: str):
    assert _letters(number) == name
