"""The lines of a surveyed file, each as a session or as what is wrong with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import BinaryIO, Generic, TypeVar
from zoneinfo import ZoneInfo

from benchbook.platform.csv_cells import original
from benchbook.timetracking.errors import FileNotReadable
from benchbook.timetracking.import_cells import (
    YEAR_LAST,
    Unreadable,
    read_date,
    read_duration,
    read_own_duration,
    read_own_instant,
    read_time,
    tidy,
)
from benchbook.timetracking.import_formats import Survey, header_of
from benchbook.timetracking.import_spans import check_span, resolve_span
from benchbook.timetracking.import_text import not_utf_8, rows_of, text_of
from benchbook.timetracking.rules import LONGEST_TAG, MOST_TAGS

Read = TypeVar("Read")

NAMELESS = "(no name)"
LONGEST_NAME = 500
LONGEST_NOTE = 5000
LONGEST_CATALOGUE_NAME = 200
_MIDNIGHT = time()
_YES = frozenset({"yes", "true", "1", "y"})
_NO = frozenset({"no", "false", "0", "n"})


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


def read_lines(
    file: BinaryIO, survey: Survey, zone: ZoneInfo
) -> Iterator[ImportedSession | LineError]:
    """Every line of a surveyed file, in its order; empty lines are passed over.

    Local times are those of ``zone``. A line's number is that of its beginning, and a line break
    within quotation marks counts. Raises FileNotReadable when the file is another by now.
    """
    reader = _LineReader(survey, zone)
    with text_of(file) as lines:
        try:
            _, _, first_line = header_of(lines)
            for line, row in rows_of(lines, survey.delimiter, first_line):
                if isinstance(row, str):
                    yield LineError(line, row)
                elif any(row):
                    yield reader.read(line, row)
        except UnicodeDecodeError:
            raise FileNotReadable.at("/file", not_utf_8(file)) from None


class _LineReader:
    """Reads the lines of one file; remembers the dates and times that it has seen."""

    def __init__(self, survey: Survey, zone: ZoneInfo) -> None:
        self._survey = survey
        self._zone = zone
        self._is_own = survey.format == "benchbook"
        self._dates = _Remembered(self._date)
        self._times = _Remembered(read_time)

    def read(self, line: int, row: list[str]) -> ImportedSession | LineError:
        """The line's session, or what is wrong with it."""
        try:
            return self._session(line, row)
        except Unreadable as error:
            return LineError(line, str(error))

    def _session(self, line: int, row: list[str]) -> ImportedSession:
        survey = self._survey
        if len(row) > survey.width and any(row[survey.width :]):
            raise Unreadable(
                f"The line has {len(row)} cells and the header {survey.width}: is there a comma "
                "that needs quotation marks?"
            )
        cells = {
            column: row[place] if place < len(row) else ""
            for column, place in survey.places.items()
        }
        for cell in cells.values():
            if "\0" in cell:
                raise Unreadable("The line holds a character that cannot be stored (U+0000).")
        started_at, ended_at = self._own_span(cells) if self._is_own else self._local_span(cells)
        check_span(started_at, ended_at)
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
        start = read_own_instant(cells["start"], "start")
        end = read_own_instant(cells["end"], "end") if cells.get("end", "").strip() else None
        duration_text = cells.get("duration", "")
        duration = read_own_duration(duration_text) if duration_text.strip() else None
        if start is None:
            raise Unreadable("The line has no start.")
        if start.tzinfo is not None and (end is None or end.tzinfo is not None):
            # Offsets leave nothing open, and the duration is only there to be looked at.
            started_at = start.astimezone(UTC)
            if end is not None:
                return started_at, end.astimezone(UTC)
            if duration is None:
                raise Unreadable("The line has neither an end nor a duration.")
            return started_at, started_at + timedelta(seconds=duration[0])
        if start.tzinfo is not None or (end is not None and end.tzinfo is not None):
            raise Unreadable("Start and end need an offset both, or neither.")
        if end is None and duration is None:
            raise Unreadable("The line has neither an end nor a duration.")
        return resolve_span(self._zone, start, end, duration)

    def _local_span(self, cells: dict[str, str]) -> tuple[datetime, datetime]:
        """Start and end of a report: local dates and times, and how long it took."""
        start_of_day = self._dates(cells["start_date"])
        clock, start_is_exact = self._times(cells["start_time"])
        start = datetime.combine(start_of_day, _MIDNIGHT) + clock
        end_date, end_time = cells.get("end_date", "").strip(), cells.get("end_time", "").strip()
        duration_text = cells.get("duration", "").strip()
        duration = read_duration(duration_text) if duration_text else None
        end, end_is_exact = None, True
        if end_date and end_time:
            clock, end_is_exact = self._times(end_time)
            end = datetime.combine(self._dates(end_date), _MIDNIGHT) + clock
        elif duration is None:
            raise Unreadable("The line has neither an end nor a duration: does it still run?")
        return resolve_span(
            self._zone, start, end, duration, times_are_exact=start_is_exact and end_is_exact
        )

    def _date(self, text: str) -> date:
        trimmed = tidy(text)
        day = read_date(trimmed, self._survey.date_order)
        if day is None:
            if not trimmed:
                raise Unreadable("The line has no date.")
            order = self._survey.date_order
            hint = f" in the order {order}" if order and YEAR_LAST.fullmatch(trimmed) else ""
            raise Unreadable(f"“{trimmed[:40]}” is not a date{hint}.")
        if not 1970 <= day.year <= 2099:
            raise Unreadable("The date must lie between the years 1970 and 2099.")
        return day

    def _tags(self, cell: str) -> tuple[str, ...]:
        if not cell:
            return ()
        parts = _separate_tags(cell) if self._is_own else cell.split(",")
        tags = tuple(dict.fromkeys(tag for part in parts if (tag := part.strip())))
        if len(tags) > MOST_TAGS:
            raise Unreadable(f"The line has {len(tags)} tags; a session has at most {MOST_TAGS}.")
        for tag in tags:
            if len(tag) > LONGEST_TAG:
                raise Unreadable(f"The tag “{tag[:40]}…” is longer than {LONGEST_TAG} characters.")
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


def _separate_tags(cell: str) -> list[str]:
    """What ``csv_cells.joined`` put together."""
    try:
        rows = list(csv.reader(io.StringIO(cell, newline=""), skipinitialspace=True, strict=True))
    except csv.Error:
        rows = [cell.split(",")]
    return rows[0] if len(rows) == 1 else cell.split(",")


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
        raise Unreadable(f"The note would be longer than {LONGEST_NOTE:,} characters.")
    return name, note


def _catalogue_name(cell: str, what: str) -> str:
    name = cell.strip()
    if len(name) > LONGEST_CATALOGUE_NAME:
        raise Unreadable(
            f"The name of the {what} is longer than {LONGEST_CATALOGUE_NAME} characters."
        )
    return name


def _billable(cell: str) -> bool | None:
    word = cell.strip().lower()
    if not word:
        return None
    if word in _YES or word in _NO:
        return word in _YES
    raise Unreadable(f"Billable is “{word[:40]}”: it takes Yes or No.")
