"""Cells of a CSV that spreadsheets open without harm, and that can be read back exactly."""

from __future__ import annotations

import csv
import io
import re

# A cell that a spreadsheet would take for a formula is written with an apostrophe before it, and
# so is one that begins with apostrophes and then looks like one: that way it can be undone.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_HARMLESS_FORMULA = re.compile(r"'+[=+\-@\t\r\n]")


def harmless(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula; ``original`` undoes it."""
    return f"'{text}" if _FORMULA.match(text) else text


def original(cell: str) -> str:
    """What ``harmless`` made the cell of."""
    return cell[1:] if _HARMLESS_FORMULA.match(cell) else cell


def joined(texts: list[str]) -> str:
    """Texts in one cell: commas between, and quotation marks around one that holds a comma."""
    line = io.StringIO()
    csv.writer(line).writerow(texts)
    cell = line.getvalue().removesuffix("\r\n")
    return ", ".join(texts) if cell == ",".join(texts) else cell
