"""The text of a CSV file of sessions: its lines, whatever the bytes are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from benchbook.timetracking.errors import FileNotReadable

LONGEST_LINE = 1_000_000


class text_of:  # noqa: N801 - used as a function is
    """The lines of a UTF-8 file from its beginning; the file stays open."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __enter__(self) -> Iterator[str]:
        self._file.seek(0)
        # newline="": a line break within quotation marks is data, and stays as it is.
        self._text = io.TextIOWrapper(self._file, encoding="utf-8-sig", newline="")
        return self._lines()

    def __exit__(self, *_: object) -> None:
        self._text.detach()

    def _lines(self) -> Iterator[str]:
        number = 0
        while line := self._text.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise FileNotReadable.at(
                    "/file", f"Line {number} is longer than a million characters: this is no CSV."
                )
            yield line


def require_text(file: BinaryIO) -> None:
    """Raise FileNotReadable for what is plainly something else than UTF-8 text."""
    file.seek(0)
    start = file.read(4096)
    if not start.strip(b"\xef\xbb\xbf \t\r\n"):
        raise FileNotReadable.at("/file", "The file is empty.")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileNotReadable.at(
            "/file", "The file is UTF-16 text. Save it as CSV in UTF-8 (in Excel: “CSV UTF-8”)."
        )
    if start.startswith(b"PK\x03\x04"):
        raise FileNotReadable.at(
            "/file",
            "This is an Excel workbook or another ZIP file. Save the sheet as CSV in UTF-8.",
        )
    if start.startswith(b"%PDF"):
        raise FileNotReadable.at("/file", "This is a PDF. Export a CSV instead.")
    if b"\0" in start:
        raise FileNotReadable.at(
            "/file", "This is not UTF-8 text but a binary file or UTF-16. Export a CSV in UTF-8."
        )


def not_utf_8(file: BinaryIO) -> str:
    """The sentence that names the first line that is not UTF-8."""
    file.seek(0)
    number = 0
    while chunk := file.readline(LONGEST_LINE):
        number += 1
        try:
            chunk.decode("utf-8")
        except UnicodeDecodeError:
            break
    return (
        f"Line {number} is not UTF-8: the file is in another encoding, Windows-1252 perhaps. "
        "Save it as CSV in UTF-8."
    )


def rows_of(
    lines: Iterator[str], delimiter: str, first_line: int
) -> Iterator[tuple[int, list[str] | str]]:
    """Each record with the number of the line where it begins, or a sentence on what is wrong."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = first_line + reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # The reader begins afresh with the line after the one where it noticed.
            if "unexpected end of data" in str(error):
                yield line, "A quotation mark is opened here and never closed; the rest is lost."
            elif "field limit" in str(error):
                yield line, "A cell is longer than 131,072 characters."
            else:
                yield line, "The quotation marks of this line do not fit together."
            continue
        yield line, row


def cell_at(row: list[str], place: int | None) -> str:
    return row[place] if place is not None and place < len(row) else ""
