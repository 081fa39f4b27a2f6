"""Files of sessions, read: Toggl's and Clockify's detailed reports, and our own export, as CSV.

A file is read twice, in constant memory. ``survey_file`` looks at all of it once and finds out
what holds for the whole (encoding, delimiter, columns, the order of dates, whose hours these
are, which months they touch); ``import_lines.read_lines`` then yields every line as a session or
as what is wrong with it. Whatever the bytes are, the only exception is a Problem.

The columns are those of the exports as they are documented and found: Toggl Track's detailed
report ("Stop date" in newer ones, durations as `1:30:00`, `47:06 min` or `1.50 h`), Clockify's
("Activity" where a workspace renamed the task, dates and clock in the person's own style).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

from benchbook.platform.csv_cells import original
from benchbook.timetracking.errors import FileNotReadable
from benchbook.timetracking.import_cells import DateOrder, date_order_of, months_of, tidy
from benchbook.timetracking.import_text import cell_at, not_utf_8, require_text, rows_of, text_of

Format = Literal["toggl", "clockify", "benchbook"]

FORMATS: dict[Format, str] = {"toggl": "Toggl", "clockify": "Clockify", "benchbook": "Benchbook"}

# What a column may be called, in lower case; the first that is there counts.
_REPORT_COLUMNS: dict[str, tuple[str, ...]] = {
    "user": ("user", "member", "user name"),
    "email": ("email", "e-mail", "user email"),
    "client": ("client",),
    "project": ("project",),
    "task": ("task", "activity"),
    "name": ("description",),
    "billable": ("billable",),
    "tags": ("tags", "tag"),
    "start_date": ("start date",),
    "start_time": ("start time",),
    "end_date": ("end date", "stop date"),
    "end_time": ("end time", "stop time"),
    "duration": (
        "duration",
        "duration (h)",
        "time (h)",
        "duration (decimal)",
        "time (decimal)",
    ),
}
_OWN_COLUMNS: dict[str, tuple[str, ...]] = {
    "user": ("person",),
    "email": ("email",),
    "client": ("client",),
    "project": ("project",),
    "name": ("name",),
    "note": ("note",),
    "billable": ("billable",),
    "tags": ("tags",),
    "start": ("start",),
    "end": ("end",),
    "duration": ("duration_seconds", "duration"),
}
_COLUMNS: dict[Format, dict[str, tuple[str, ...]]] = {
    "toggl": _REPORT_COLUMNS,
    "clockify": _REPORT_COLUMNS,
    "benchbook": _OWN_COLUMNS,
}
_ALL_NAMES = {
    name
    for columns in (_REPORT_COLUMNS, _OWN_COLUMNS)
    for names in columns.values()
    for name in names
}
# What is needed at the least: all of one of these.
_NEEDED: dict[Format, tuple[tuple[str, ...], ...]] = {
    "toggl": (
        ("start_date", "start_time", "end_date", "end_time"),
        ("start_date", "start_time", "duration"),
    ),
    "clockify": (
        ("start_date", "start_time", "end_date", "end_time"),
        ("start_date", "start_time", "duration"),
    ),
    "benchbook": (("name", "start", "end"), ("name", "start", "duration")),
}


@dataclass(frozen=True)
class Survey:
    """What holds for a whole file."""

    format: Format
    delimiter: str
    # Where the cell of each known column stands in a line.
    places: dict[str, int]
    width: int
    date_order: DateOrder | None
    # Whose hours these are: e-mail addresses in lower case, or names where there is no address.
    users: frozenset[str]
    # Months (UTC) in which sessions may start.
    months: frozenset[tuple[int, int]] = field(default_factory=frozenset)


def survey_file(file: BinaryIO, kind: Format, date_order: DateOrder | None) -> Survey:
    """Look at a whole file once.

    Raises FileNotReadable for what is no such file, and DateOrderUnclear where dates such as
    03/04/2026 could be read in two ways and ``date_order`` does not say in which.
    """
    require_text(file)
    with text_of(file) as lines:
        try:
            delimiter, header, first_line = header_of(lines)
            places = _places(kind, header)
            users: set[str] = set()
            dates: set[str] = set()
            start = places.get("start_date", places.get("start", 0))
            user, email = places.get("user"), places.get("email")
            for _, row in rows_of(lines, delimiter, first_line):
                if isinstance(row, str) or not any(row):
                    continue
                if (user is not None or email is not None) and (
                    name := _user_key(cell_at(row, user), cell_at(row, email))
                ):
                    users.add(name)
                if start < len(row):
                    dates.add(row[start][:40] if kind != "benchbook" else row[start][:10])
        except UnicodeDecodeError:
            raise FileNotReadable.at("/file", not_utf_8(file)) from None
    texts = {tidy(text) for text in dates}
    if kind == "benchbook":
        order: DateOrder | None = None
    else:
        order = date_order or date_order_of(texts)
    return Survey(
        format=kind,
        delimiter=delimiter,
        places=places,
        width=len(header),
        date_order=order,
        users=frozenset(users),
        months=frozenset(months_of(texts, order)),
    )


def header_of(lines: Iterator[str]) -> tuple[str, list[str], int]:
    """The delimiter, the columns in lower case, and how many lines the header took."""
    number = 0
    for line in lines:
        number += 1
        told = re.fullmatch(r'"?sep=([,;\t])"?', line.strip("\r\n "))
        if not line.strip() or told:
            # Excel's own way of telling the delimiter; the columns tell it as well.
            continue
        found: tuple[int, int, str, list[str]] = (-1, -1, ",", [])
        for delimiter in (",", ";", "\t"):
            try:
                [cells] = csv.reader([line], delimiter=delimiter)
            except (csv.Error, ValueError):
                continue
            columns = [tidy(cell).lower() for cell in cells]
            known = len(_ALL_NAMES.intersection(columns))
            if (known, len(columns)) > found[:2]:
                found = (known, len(columns), delimiter, columns)
        return found[2], found[3], number
    raise FileNotReadable.at("/file", "The file is empty.")


def _places(kind: Format, header: list[str]) -> dict[str, int]:
    """Where each column stands; raises FileNotReadable naming what is missing, and was found."""
    places = {
        column: header.index(name)
        for column, names in _COLUMNS[kind].items()
        if (name := next((name for name in names if name in header), None))
    }
    looks_like = _guess(header)
    shown = ", ".join(name[:40] for name in header[:30]) or "nothing"
    other = (
        f"They look like those of {FORMATS[looks_like]}: send format={looks_like}."
        if looks_like and looks_like != kind
        else ""
    )
    missing = min(
        ([column for column in choice if column not in places] for choice in _NEEDED[kind]),
        key=len,
    )
    if missing or other:
        names = ", ".join(f"“{_COLUMNS[kind][column][0]}”" for column in missing)
        lacking = f" It lacks {names}." if missing else ""
        sentence = (
            f"This is not what {FORMATS[kind]} exports.{lacking} Its columns are: {shown}. {other}"
        )
        raise FileNotReadable.at("/file", sentence.rstrip())
    return places


def _guess(header: list[str]) -> Format | None:
    """The format that these columns look like; None where they do not tell."""
    columns = set(header)
    if {"name", "start"} <= columns and columns & {"end", "duration_seconds"}:
        return "benchbook"
    if not {"start date", "start time"} <= columns:
        return None
    if columns & {"duration (h)", "duration (decimal)", "time (h)", "time (decimal)", "group"}:
        return "clockify"
    return "toggl" if columns & {"duration", "stop date"} else None


def _user_key(name: str, email: str) -> str:
    return original(email).strip().lower() or original(name).strip()
