"""Files of sessions, read: Toggl's and Clockify's detailed reports, and our own export, as CSV.

A file is read twice, in constant memory. ``survey_file`` looks at all of it once and finds out
what holds for the whole (encoding, delimiter, columns, the order of dates, whose hours these
are, which months they touch); ``read_lines`` then yields every line as a session or as what is
wrong with it. Whatever the bytes are, the only exception is a Problem.

The columns are those of the exports as they are documented and found: Toggl Track's detailed
report ("Stop date" in newer ones, durations as `1:30:00`, `47:06 min` or `1.50 h`), Clockify's
("Activity" where a workspace renamed the task, dates and clock in the person's own style).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import BinaryIO, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

from benchbook.platform.csv_cells import original
from benchbook.timetracking.errors import DateOrderUnclear, FileNotReadable
from benchbook.timetracking.rules import (
    END_OF_INSTANTS,
    FIRST_INSTANT,
    LONGEST_SESSION,
    LONGEST_TAG,
    MOST_TAGS,
)

Read = TypeVar("Read")

Format = Literal["toggl", "clockify", "benchbook"]
DateOrder = Literal["ymd", "dmy", "mdy"]

FORMATS: dict[Format, str] = {"toggl": "Toggl", "clockify": "Clockify", "benchbook": "Benchbook"}
NAMELESS = "(no name)"
LONGEST_NAME = 500
LONGEST_NOTE = 5000
LONGEST_CATALOGUE_NAME = 200
LONGEST_LINE = 1_000_000
_MIDNIGHT = time()

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

_YES = frozenset({"yes", "true", "1", "y"})
_NO = frozenset({"no", "false", "0", "n"})

_YEAR_FIRST = re.compile(r"(\d{4})[-/. ]{1,2}(\d{1,2})[-/. ]{1,2}(\d{1,2})\.?", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/. ]{1,2}(\d{1,2})[-/. ]{1,2}(\d{4}|\d{2})\.?", re.ASCII)
_TIME = re.compile(
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\s*([ap])\.?\s*m\.?)?", re.ASCII | re.IGNORECASE
)
_CLOCK = re.compile(r"(\d{1,6}):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_MINUTES = re.compile(r"(\d{1,6})(?::([0-5]\d))?\s*min", re.ASCII | re.IGNORECASE)
_SECONDS = re.compile(r"(\d{1,7})\s*s(?:ec)?", re.ASCII | re.IGNORECASE)
_HOURS = re.compile(r"(\d{1,6})(?:[.,](\d{1,6}))?\s*h?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ImportedSession:
    """A line that could be read. Instants are UTC, whole seconds; ``billable`` None: not said."""

    line: int
    user: str
    email: str
    name: str
    note: str
    client: str
    project: str
    tags: tuple[str, ...]
    billable: bool | None
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class LineError:
    """A line that could not be read: its number in the file (from 1), and why."""

    line: int
    detail: str


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


class _Unreadable(ValueError):
    """A cell of a line cannot be read; the message says so to the person."""


# Whole files ----------------------------------------------------------------------------------


def survey_file(file: BinaryIO, kind: Format, date_order: DateOrder | None) -> Survey:
    """Look at a whole file once.

    Raises FileNotReadable for what is no such file, and DateOrderUnclear where dates such as
    03/04/2026 could be read in two ways and ``date_order`` does not say in which.
    """
    _require_text(file)
    with _text_of(file) as lines:
        try:
            delimiter, header, first_line = _header(lines)
            places = _places(kind, header)
            users: set[str] = set()
            dates: set[str] = set()
            start = places.get("start_date", places.get("start", 0))
            user, email = places.get("user"), places.get("email")
            for _, row in _rows(lines, delimiter, first_line):
                if isinstance(row, str) or not any(row):
                    continue
                if (user is not None or email is not None) and (
                    name := _user_key(_cell(row, user), _cell(row, email))
                ):
                    users.add(name)
                if start < len(row):
                    dates.add(row[start][:40] if kind != "benchbook" else row[start][:10])
        except UnicodeDecodeError:
            raise FileNotReadable.at("/file", _not_utf_8(file)) from None
    texts = {_tidy(text) for text in dates}
    if kind == "benchbook":
        order: DateOrder | None = None
    else:
        order = date_order or _date_order(texts)
    return Survey(
        format=kind,
        delimiter=delimiter,
        places=places,
        width=len(header),
        date_order=order,
        users=frozenset(users),
        months=frozenset(_months(texts, order)),
    )


def read_lines(
    file: BinaryIO, survey: Survey, zone: ZoneInfo
) -> Iterator[ImportedSession | LineError]:
    """Every line of a surveyed file, in its order; empty lines are passed over.

    Local times are those of ``zone``. A line's number is that of its beginning, and a line break
    within quotation marks counts. Raises FileNotReadable when the file is another by now.
    """
    reader = _LineReader(survey, zone)
    with _text_of(file) as lines:
        try:
            _, _, first_line = _header(lines)
            for line, row in _rows(lines, survey.delimiter, first_line):
                if isinstance(row, str):
                    yield LineError(line, row)
                elif any(row):
                    yield reader.read(line, row)
        except UnicodeDecodeError:
            raise FileNotReadable.at("/file", _not_utf_8(file)) from None


def _separate_tags(cell: str) -> list[str]:
    """What ``csv_cells.joined`` put together."""
    try:
        rows = list(csv.reader(io.StringIO(cell, newline=""), skipinitialspace=True, strict=True))
    except csv.Error:
        rows = [cell.split(",")]
    return rows[0] if len(rows) == 1 else cell.split(",")


# Text, lines and columns ------------------------------------------------------------------------


class _text_of:  # noqa: N801 - used as a function is
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


def _require_text(file: BinaryIO) -> None:
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


def _not_utf_8(file: BinaryIO) -> str:
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


def _header(lines: Iterator[str]) -> tuple[str, list[str], int]:
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
            columns = [_tidy(cell).lower() for cell in cells]
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


def _rows(
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


def _cell(row: list[str], place: int | None) -> str:
    return row[place] if place is not None and place < len(row) else ""


def _tidy(text: str) -> str:
    """Trimmed, with every run of white space as one space (some exports use narrow ones)."""
    return " ".join(text.split())


def _user_key(name: str, email: str) -> str:
    return original(email).strip().lower() or original(name).strip()


# Dates ------------------------------------------------------------------------------------------


def _date_order(texts: set[str]) -> DateOrder | None:
    """The order in which the file's dates are written; None where the year is always first.

    All dates of a file are written alike, so one that fits a single order decides for all.
    Raises DateOrderUnclear where none does, or where they contradict each other.
    """
    possible: set[DateOrder] = {"dmy", "mdy", "ymd"}
    example = ""
    asked = False
    for text in sorted(texts):
        if _YEAR_FIRST.fullmatch(text) or not _YEAR_LAST.fullmatch(text):
            continue
        readings: dict[DateOrder, date] = {}
        for order in ("dmy", "mdy", "ymd"):
            if (day := _read_date(text, order)) is not None:
                readings[order] = day
        if not readings:
            continue
        asked = True
        possible &= set(readings)
        if len(set(readings.values())) > 1:
            example = example or text
    if not asked:
        return None
    if not possible:
        raise DateOrderUnclear.at(
            "/date_order",
            "Some dates of the file have the day first and others the month: send date_order, and "
            "what does not fit it is named.",
        )
    if len(possible) > 1 and example:
        raise DateOrderUnclear.at(
            "/date_order",
            f"The dates ({example}, say) can be read in more than one way. Send date_order: dmy "
            "for day, month, year; mdy for month, day, year; ymd for year, month, day.",
        )
    return min(possible)


def _read_date(text: str, order: DateOrder | None) -> date | None:
    """A date; four digits in front are a year whatever the order. None for anything else."""
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = match.groups()
    elif match := _YEAR_LAST.fullmatch(text):
        first, second, third = match.groups()
        match order:
            case "dmy":
                day, month, year = first, second, third
            case "mdy":
                month, day, year = first, second, third
            case "ymd" if len(third) == 2:
                year, month, day = first, second, third
            case _:
                return None
    else:
        return None
    try:
        return date(int(year) + (2000 if len(year) <= 2 else 0), int(month), int(day))
    except ValueError:
        return None


def _months(texts: set[str], order: DateOrder | None) -> Iterator[tuple[int, int]]:
    """The months (UTC) in which something that starts on these local dates may start."""
    for text in texts:
        day = _read_date(text, order)
        if day is None or not 1970 <= day.year <= 2099:
            continue
        for near in (day - timedelta(days=1), day, day + timedelta(days=1)):
            if 1970 <= near.year <= 2099:
                yield near.year, near.month


# Lines ------------------------------------------------------------------------------------------


class _LineReader:
    """Reads the lines of one file; remembers the dates and times that it has seen."""

    def __init__(self, survey: Survey, zone: ZoneInfo) -> None:
        self._survey = survey
        self._zone = zone
        self._is_own = survey.format == "benchbook"
        self._dates = _Remembered(self._date)
        self._times = _Remembered(_time)

    def read(self, line: int, row: list[str]) -> ImportedSession | LineError:
        """The line's session, or what is wrong with it."""
        try:
            return self._session(line, row)
        except _Unreadable as error:
            return LineError(line, str(error))

    def _session(self, line: int, row: list[str]) -> ImportedSession:
        survey = self._survey
        if len(row) > survey.width and any(row[survey.width :]):
            raise _Unreadable(
                f"The line has {len(row)} cells and the header {survey.width}: is there a comma "
                "that needs quotation marks?"
            )
        cells = {
            column: row[place] if place < len(row) else ""
            for column, place in survey.places.items()
        }
        for cell in cells.values():
            if "\0" in cell:
                raise _Unreadable("The line holds a character that cannot be stored (U+0000).")
        started_at, ended_at = self._own_span(cells) if self._is_own else self._local_span(cells)
        _check_span(started_at, ended_at)
        if self._is_own:
            cells = {column: original(cell) for column, cell in cells.items()}
        name, note = _name_and_note(cells)
        return ImportedSession(
            line=line,
            user=cells.get("user", "").strip(),
            email=cells.get("email", "").strip().lower(),
            name=name,
            note=note,
            client=_catalogue_name(cells.get("client", ""), "client"),
            project=_catalogue_name(cells.get("project", ""), "project"),
            tags=self._tags(cells.get("tags", "")),
            billable=_billable(cells.get("billable", "")),
            started_at=started_at,
            ended_at=ended_at,
        )

    def _own_span(self, cells: dict[str, str]) -> tuple[datetime, datetime]:
        """Start and end of our own export: instants with their offset, or local times."""
        start = _own_instant(cells["start"], "start")
        end = _own_instant(cells["end"], "end") if cells.get("end", "").strip() else None
        duration_text = cells.get("duration", "")
        duration = _own_duration(duration_text) if duration_text.strip() else None
        if start is None:
            raise _Unreadable("The line has no start.")
        if start.tzinfo is not None and (end is None or end.tzinfo is not None):
            # Offsets leave nothing open, and the duration is only there to be looked at.
            started_at = start.astimezone(UTC)
            if end is not None:
                return started_at, end.astimezone(UTC)
            if duration is None:
                raise _Unreadable("The line has neither an end nor a duration.")
            return started_at, started_at + timedelta(seconds=duration[0])
        if start.tzinfo is not None or (end is not None and end.tzinfo is not None):
            raise _Unreadable("Start and end need an offset both, or neither.")
        if end is None and duration is None:
            raise _Unreadable("The line has neither an end nor a duration.")
        return resolve_span(self._zone, start, end, duration)

    def _local_span(self, cells: dict[str, str]) -> tuple[datetime, datetime]:
        """Start and end of a report: local dates and times, and how long it took."""
        start_of_day = self._dates(cells["start_date"])
        clock, start_is_exact = self._times(cells["start_time"])
        start = datetime.combine(start_of_day, _MIDNIGHT) + clock
        end_date, end_time = cells.get("end_date", "").strip(), cells.get("end_time", "").strip()
        duration_text = cells.get("duration", "").strip()
        duration = _duration(duration_text) if duration_text else None
        end, end_is_exact = None, True
        if end_date and end_time:
            clock, end_is_exact = self._times(end_time)
            end = datetime.combine(self._dates(end_date), _MIDNIGHT) + clock
        elif duration is None:
            raise _Unreadable("The line has neither an end nor a duration: does it still run?")
        return resolve_span(
            self._zone, start, end, duration, times_are_exact=start_is_exact and end_is_exact
        )

    def _date(self, text: str) -> date:
        tidy = _tidy(text)
        day = _read_date(tidy, self._survey.date_order)
        if day is None:
            if not tidy:
                raise _Unreadable("The line has no date.")
            order = self._survey.date_order
            hint = f" in the order {order}" if order and _YEAR_LAST.fullmatch(tidy) else ""
            raise _Unreadable(f"“{tidy[:40]}” is not a date{hint}.")
        if not 1970 <= day.year <= 2099:
            raise _Unreadable("The date must lie between the years 1970 and 2099.")
        return day

    def _tags(self, cell: str) -> tuple[str, ...]:
        if not cell:
            return ()
        parts = _separate_tags(cell) if self._is_own else cell.split(",")
        tags = tuple(dict.fromkeys(tag for part in parts if (tag := part.strip())))
        if len(tags) > MOST_TAGS:
            raise _Unreadable(f"The line has {len(tags)} tags; a session has at most {MOST_TAGS}.")
        for tag in tags:
            if len(tag) > LONGEST_TAG:
                raise _Unreadable(f"The tag “{tag[:40]}…” is longer than {LONGEST_TAG} characters.")
        return tags


class _Remembered(Generic[Read]):
    """A reading of texts of which the same come again and again."""

    def __init__(self, read: Callable[[str], Read]) -> None:
        self._read = read
        self._known: dict[str, Read] = {}

    def __call__(self, text: str) -> Read:
        known = self._known.get(text)
        if known is None:
            known = self._read(text)
            if len(self._known) > 200_000:
                self._known.clear()
            self._known[text] = known
        return known


def _time(text: str) -> tuple[timedelta, bool]:
    """A time of day on a 12- or 24-hour clock, and whether it tells the seconds."""
    tidy = _tidy(text)
    if not tidy:
        raise _Unreadable("The line has no time.")
    match = _TIME.fullmatch(tidy)
    if match:
        hour, minute, second = (int(part or 0) for part in match.groups()[:3])
        half = (match[4] or "").lower()
        if half and not 1 <= hour <= 12:
            hour = 99
        elif half:
            hour = hour % 12 + (12 if half == "p" else 0)
        if hour <= 23 and minute <= 59 and second <= 59:
            span = timedelta(hours=hour, minutes=minute, seconds=second)
            return span, match[3] is not None
    raise _Unreadable(f"“{tidy[:40]}” is not a time of day.")


def _duration(text: str) -> tuple[int, int]:
    """A duration in seconds, and by how much it may be off for want of places (seconds)."""
    tidy = _tidy(text)
    if match := _CLOCK.fullmatch(tidy):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds, 0 if match[3] else 60
    if match := _MINUTES.fullmatch(tidy):
        return int(match[1]) * 60 + int(match[2] or 0), 0 if match[2] else 60
    if match := _SECONDS.fullmatch(tidy):
        return int(match[1]), 0
    if match := _HOURS.fullmatch(tidy):
        places = match[2] or ""
        seconds = round(float(f"{match[1]}.{places or 0}") * 3600)
        return seconds, 3600 // 10 ** len(places) + 1
    raise _Unreadable(f"“{tidy[:40]}” is not a duration.")


def _own_duration(text: str) -> tuple[int, int]:
    """A duration of our own export: a number is whole seconds."""
    tidy = text.strip()
    if re.fullmatch(r"\d{1,9}", tidy, re.ASCII):
        return int(tidy), 0
    return _duration(tidy)


def _own_instant(text: str, what: str) -> datetime | None:
    """An ISO 8601 instant, or local time where it has no offset; None where there is nothing."""
    tidy = text.strip()
    if not tidy:
        return None
    try:
        instant = datetime.fromisoformat(tidy)
        if not 1970 <= instant.year <= 2099:
            raise _Unreadable(f"The {what} must lie between the years 1970 and 2099.")
        return instant.replace(microsecond=0)
    except (ValueError, OverflowError) as error:
        if isinstance(error, _Unreadable):
            raise
        raise _Unreadable(
            f"The {what} “{tidy[:40]}” is not written as 2026-03-02T09:00:00+01:00."
        ) from None


def resolve_span(
    zone: ZoneInfo,
    start: datetime,
    end: datetime | None,
    duration: tuple[int, int] | None,
    *,
    times_are_exact: bool = True,
) -> tuple[datetime, datetime]:
    """The instants (UTC) of local times, one of which a change of the clocks may blur.

    ``duration`` is seconds and how far they may be off. A local time that comes twice, or never,
    is settled by the other two of start, end and duration; where they leave it open this raises,
    for an hour too much or too little would be a guess. Either ``end`` or ``duration`` is needed.
    """
    starts = _instants(start, zone)
    if end is None:
        assert duration is not None
        spans = [(begin, begin + timedelta(seconds=duration[0])) for begin in starts]
        return _only(spans, start, None, zone, starts, None)
    ends = _instants(end, zone)
    if duration is None:
        spans = [(begin, finish) for begin in starts for finish in ends if finish > begin]
        return _only(spans, start, end, zone, starts, ends)
    seconds, off_by = duration
    slack = off_by + (0 if times_are_exact else 60)
    length = timedelta(seconds=seconds)
    spans = [
        (begin, finish)
        for begin in starts
        for finish in ends
        if abs((finish - begin - length).total_seconds()) <= slack
    ]
    if not spans and not starts:
        spans = [(finish - length, finish) for finish in ends]
    elif not spans and not ends:
        spans = [(begin, begin + length) for begin in starts]
    elif not spans:
        begin, finish = starts[0], ends[-1]
        if finish < begin:
            raise _Unreadable("The line ends before it starts.")
        raise _Unreadable(
            f"From start to end it is {_clock(finish - begin)}, but the duration says "
            f"{_clock(length)}. Is the time zone right, or the report rounded?"
        )
    begin, finish = _only(spans, start, end, zone, starts, ends)
    if not times_are_exact and off_by == 0:
        # The times are cut to the minute, the duration is not: it counts.
        finish = begin + length
    return begin, finish


def _only(
    spans: list[tuple[datetime, datetime]],
    start: datetime,
    end: datetime | None,
    zone: ZoneInfo,
    starts: list[datetime],
    ends: list[datetime] | None,
) -> tuple[datetime, datetime]:
    """The one way to read local times; raises where there are several, or none."""
    if len(spans) == 1:
        return spans[0]
    if spans:
        twice = start if len(starts) > 1 or end is None else end
        raise _Unreadable(
            f"{twice:%Y-%m-%d %H:%M} comes twice in {zone.key}, where the clocks are put back, and "
            "the line does not tell which is meant."
        )
    for local, instants in ((start, starts), (end, ends)):
        if local is not None and not instants:
            raise _Unreadable(
                f"{local:%Y-%m-%d %H:%M} does not exist in {zone.key}, where the clocks are put "
                "forward over it."
            )
    raise _Unreadable("The line ends before it starts.")


def _instants(local: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants that have this local time: one, or two or none at a change of the clocks."""
    first = local.replace(tzinfo=zone, fold=0)
    second = local.replace(tzinfo=zone, fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    assert before is not None
    assert after is not None
    if before == after:
        return [(local - before).replace(tzinfo=UTC)]
    if before < after:
        return []
    return [(local - before).replace(tzinfo=UTC), (local - after).replace(tzinfo=UTC)]


def _check_span(started_at: datetime, ended_at: datetime) -> None:
    if ended_at <= started_at:
        raise _Unreadable(
            "The line takes no time at all."
            if ended_at == started_at
            else "The line ends before it starts."
        )
    if ended_at - started_at > LONGEST_SESSION:
        raise _Unreadable("A session is at most 31 days long.")
    if started_at < FIRST_INSTANT or ended_at >= END_OF_INSTANTS:
        raise _Unreadable("The date must lie between the years 1970 and 2099.")


def _name_and_note(cells: dict[str, str]) -> tuple[str, str]:
    """What a session is called, and its note.

    A line without a description is called after its task or project. The task goes to the note,
    and so does the whole of a description that is too long for a name.
    """
    task = cells.get("task", "").strip()
    described = cells.get("name", "").strip()
    name = described or task or cells.get("project", "").strip() or NAMELESS
    notes = [cells["note"]] if cells.get("note") else []
    if len(name) > LONGEST_NAME:
        notes.insert(0, name)
        name = f"{name[: LONGEST_NAME - 1]}…"
    if task and described:
        notes.append(f"Task: {task}")
    note = "\n".join(notes)
    if len(note) > LONGEST_NOTE:
        raise _Unreadable(f"The note would be longer than {LONGEST_NOTE:,} characters.")
    return name, note


def _catalogue_name(cell: str, what: str) -> str:
    name = cell.strip()
    if len(name) > LONGEST_CATALOGUE_NAME:
        raise _Unreadable(
            f"The name of the {what} is longer than {LONGEST_CATALOGUE_NAME} characters."
        )
    return name


def _billable(cell: str) -> bool | None:
    word = cell.strip().lower()
    if not word:
        return None
    if word in _YES or word in _NO:
        return word in _YES
    raise _Unreadable(f"Billable is “{word[:40]}”: it takes Yes or No.")


def _clock(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
