"""Files of employees, read: CSV with a line of column names.

Whatever the bytes are, the only exception is a Problem, and no sentence repeats what a cell holds:
addresses are personal, and errors are shown, kept and copied.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from benchbook.accounts.rules import normal_email
from benchbook.platform.problems import InvalidInput
from benchbook.shifts.employee_import_schemas import EmployeeLineError
from benchbook.shifts.errors import EmployeeFileNotReadable

MOST_LINES = 10_000
# What a column may be called, in lower case and with blanks for underscores.
COLUMNS: dict[str, tuple[str, ...]] = {
    "first_name": ("first name", "given name", "firstname"),
    "last_name": ("last name", "family name", "surname", "lastname"),
    "address": ("address",),
    "email": ("email", "e-mail", "email address"),
    "location": ("location",),
    "skills": ("skills", "skill"),
    "contracted_hours_per_week": ("contracted hours per week", "hours per week"),
}
NEEDED = ("first_name", "last_name", "address")
_LONGEST = {"first_name": 50, "last_name": 50, "address": 255}
# A cell that a spreadsheet would take for a formula is exported with an apostrophe before it.
_HARMLESS_FORMULA = re.compile(r"'+[=+\-@\t\r\n]")


@dataclass(frozen=True, slots=True)
class ImportedEmployee:
    """A line that could be read."""

    line: int
    first_name: str
    last_name: str
    address: str
    email: str | None
    location: str | None
    skills: tuple[str, ...]
    contracted_hours_per_week: Decimal | None


def read_employees(content: bytes) -> Iterator[ImportedEmployee | EmployeeLineError]:
    """Every line of a file in its order, empty ones passed over; raises EmployeeFileNotReadable."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise EmployeeFileNotReadable.at(
            "/file", "The file is not UTF-8 text. Save it as CSV in UTF-8."
        ) from None
    if not text.strip() or "\0" in text:
        raise EmployeeFileNotReadable.at("/file", "The file is empty, or no text.")
    delimiter = _delimiter(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    places: dict[str, int] | None = None
    line = 1
    count = 0
    while True:
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error:
            yield EmployeeLineError(line, "A quotation mark or a cell of this line has no end.")
            line = rows.line_num + 1
            continue
        cells = [cell.strip() for cell in row]
        if any(cells):
            if places is None:
                places = _places(cells)
            else:
                count += 1
                if count > MOST_LINES:
                    raise EmployeeFileNotReadable.at(
                        "/file", f"The file has more than {MOST_LINES:,} employees: split it."
                    )
                yield _read(line, cells, places)
        line = rows.line_num + 1
    if places is None:
        raise EmployeeFileNotReadable.at("/file", "The file has no line of column names.")


def _delimiter(text: str) -> str:
    first = next(line for line in text.splitlines() if line.strip())
    return max(",;\t", key=first.count)


def _places(header: list[str]) -> dict[str, int]:
    names = [cell.lower().replace("_", " ") for cell in header]
    places = {
        column: names.index(name)
        for column, known in COLUMNS.items()
        if (name := next((name for name in known if name in names), None))
    }
    if missing := [column for column in NEEDED if column not in places]:
        raise EmployeeFileNotReadable.at(
            "/file",
            f"The first line names the columns; it lacks {', '.join(missing)}. "
            f"There may be {', '.join(COLUMNS)}.",
        )
    return places


def _read(
    line: int, cells: list[str], places: dict[str, int]
) -> ImportedEmployee | EmployeeLineError:
    values = {column: _cell(cells, place) for column, place in places.items()}
    for column in NEEDED:
        if not values[column]:
            return EmployeeLineError(line, f"{column} is empty.")
        if len(values[column]) > _LONGEST[column]:
            return EmployeeLineError(
                line, f"{column} is longer than {_LONGEST[column]} characters."
            )
    email = values.get("email") or None
    if email is not None:
        try:
            email = normal_email(email)
        except InvalidInput:
            return EmployeeLineError(line, "email is not an e-mail address.")
    hours = None
    if text := values.get("contracted_hours_per_week", ""):
        try:
            hours = Decimal(text.replace(",", "."))
        except InvalidOperation:
            hours = Decimal(-1)
        if not (hours.is_finite() and 0 <= hours <= 168):
            return EmployeeLineError(
                line, "contracted_hours_per_week is not a number from 0 to 168."
            )
        hours = round(hours, 2)
    skills = re.split(r"[,;|]", values.get("skills", ""))
    return ImportedEmployee(
        line=line,
        first_name=values["first_name"],
        last_name=values["last_name"],
        address=values["address"],
        email=email,
        location=values.get("location") or None,
        skills=tuple(dict.fromkeys(name.strip() for name in skills if name.strip())),
        contracted_hours_per_week=hours,
    )


def _cell(cells: list[str], place: int) -> str:
    cell = cells[place] if place < len(cells) else ""
    return cell[1:] if _HARMLESS_FORMULA.match(cell) else cell
