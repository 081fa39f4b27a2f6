"""Files of sessions are read to the second, and whatever cannot be read is named by its line."""

from __future__ import annotations

import csv
import io
import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchbook.platform.csv_cells import harmless, joined, original
from benchbook.platform.problems import Problem
from benchbook.timetracking.errors import DateOrderUnclear, FileNotReadable
from benchbook.timetracking.import_cells import DateOrder
from benchbook.timetracking.import_formats import FORMATS, Format, survey_file
from benchbook.timetracking.import_lines import ImportedSession, LineError, read_lines
from benchbook.timetracking.import_text import LONGEST_LINE

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
TOGGL = (
    "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,"
    "Duration,Tags,Amount ()"
)
CLOCKIFY = (
    "Project,Client,Description,Task,User,Group,Email,Tags,Billable,Start Date,Start Time,End Date,"
    "End Time,Duration (h),Duration (decimal),Billable Rate (EUR),Billable Amount (EUR)"
)


def read(
    content: bytes | str,
    kind: Format = "toggl",
    zone: ZoneInfo = BERLIN,
    date_order: DateOrder | None = None,
) -> list[ImportedSession | LineError]:
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return list(read_lines(file, survey_file(file, kind, date_order), zone))


def one(line: str, header: str = TOGGL, **how: object) -> ImportedSession:
    [session] = read(f"{header}\n{line}\n", **how)  # type: ignore[arg-type]
    assert isinstance(session, ImportedSession), session
    return session


def wrong(line: str, header: str = TOGGL, **how: object) -> str:
    [error] = read(f"{header}\n{line}\n", **how)  # type: ignore[arg-type]
    assert isinstance(error, LineError), error
    return error.detail


def toggl(
    start: str, end: str = "", duration: str = "", description: str = "PCR", **cells: str
) -> str:
    """A line of Toggl's; start and end as `date time`."""
    (start_date, start_time), (end_date, end_time) = (
        (text.split(" ", 1) if text else ("", "")) for text in (start, end)
    )
    line = io.StringIO()
    csv.writer(line).writerow(
        [
            "Max",
            "max@example.org",
            cells.get("client", ""),
            cells.get("project", ""),
            cells.get("task", ""),
            description,
            cells.get("billable", "No"),
            start_date,
            start_time,
            end_date,
            end_time,
            duration,
            cells.get("tags", ""),
            "",
        ]
    )
    return line.getvalue().removesuffix("\r\n")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Columns and cells ------------------------------------------------------------------------------


def test_line_of_toggl_is_read():
    session = one(
        "Max,MAX@example.org,Acme,Reef,,Count fish,Yes,2021-04-07,09:25:02,2021-04-07,10:00:07,"
        '00:35:05,"dive, boat",12.50'
    )
    assert session == ImportedSession(
        line=2,
        user="Max",
        email="max@example.org",
        name="Count fish",
        note="",
        client="Acme",
        project="Reef",
        tags=("dive", "boat"),
        billable=True,
        started_at=utc("2021-04-07T07:25:02"),
        ended_at=utc("2021-04-07T08:00:07"),
    )


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("14/04/2023,9:00 AM", "14/04/2023,12:30:30 PM"),
        ("14.04.2023,09:00", "14.04.2023,12:30:30"),
        ("2023-04-14,09:00:00", "2023-04-14,12:30:30"),
        ("04/14/2023,9:00am", "04/14/2023,12:30:30\u202fp.m."),
    ],
    ids=lambda text: text.replace("/", "-"),
)
def test_line_of_clockify_is_read_in_any_style_of_date_and_clock(start: str, end: str):
    session = one(
        f'Reef,Acme,"Count fish",Dive,Max,Lab,max@example.org,"a, b",Yes,{start},{end},03:30:30,'
        "3.51,0,0",
        CLOCKIFY,
        kind="clockify",
    )
    assert (session.started_at, session.ended_at) == (
        utc("2023-04-14T07:00:00"),
        utc("2023-04-14T10:30:30"),
    )
    assert (session.project, session.client, session.note) == ("Reef", "Acme", "Task: Dive")


@pytest.mark.parametrize(
    "header",
    [
        "Description,Duration,Project,Start date,Start time,Stop date,Stop time",
        "description;DURATION;  Project ;start DATE;Start time;End date;End time",
        "Description\tDuration\tProject\tStart date\tStart time\tEnd date\tEnd time",
        '"Description","Duration","Project","Start date","Start time","Stop date","Stop time"',
        "sep=;\nDescription;Duration;Project;Start date;Start time;End date;End time",
        "\ufeffDescription,Duration,Project,Start date,Start time,End date,End time",
        "\n\nDescription,Duration,Project,Start date,Start time,End date,End time",
    ],
)
def test_columns_are_found_whatever_their_order_case_and_delimiter(header: str):
    delimiter = next(sign for sign in "\t;," if sign in header)
    cells = ["PCR", "1:00:00", "Reef", "2026-03-02", "09:00:00", "2026-03-02", "10:00:00"]
    session = one(delimiter.join(cells), header)
    assert (session.name, session.project) == ("PCR", "Reef")
    assert session.ended_at - session.started_at == timedelta(hours=1)
    assert session.billable is None


def test_toggl_of_the_classic_and_decimal_durations_is_read():
    for duration, seconds in (
        ("47:06 min", 2826),
        ("30 sec", 30),
        ("1.50 h", 5400),
        ("2:00", 7200),
    ):
        end = utc("2026-03-02T09:00:00") + timedelta(seconds=seconds)
        line = toggl("2026-03-02 09:00:00", f"{end:%Y-%m-%d %H:%M:%S}", duration)
        assert (one(line).ended_at - one(line).started_at).total_seconds() == seconds
        alone = one(toggl("2026-03-02 09:00:00", duration=duration))
        assert (alone.ended_at - alone.started_at).total_seconds() == seconds


def test_duration_counts_where_times_are_cut_to_the_minute():
    session = one(toggl("2026-03-02 09:00", "2026-03-02 09:30", "00:29:45"))
    assert session.ended_at - session.started_at == timedelta(minutes=29, seconds=45)


def test_duration_that_contradicts_the_times_is_named():
    detail = wrong(toggl("2026-03-02 09:00:00", "2026-03-02 10:00:00", "00:59:00"))
    assert "1:00:00" in detail
    assert "0:59:00" in detail


def test_session_without_a_description_is_called_after_its_task_or_project():
    def names(**cells: str) -> tuple[str, str]:
        session = one(toggl("2026-03-02 9:00", duration="1:00:00", description=" ", **cells))
        return session.name, session.note

    assert names(task="Dive", project="Reef") == ("Dive", "")
    assert names(project="Reef") == ("Reef", "")
    assert names() == ("(no name)", "")


def test_description_that_is_too_long_for_a_name_is_kept_whole_in_the_note():
    text = "x" * 501
    session = one(toggl("2026-03-02 9:00", duration="1:00:00", description=text, task="Dive"))
    assert session.name == "x" * 499 + "…"
    assert session.note == f"{text}\nTask: Dive"


@pytest.mark.parametrize(
    ("line", "part"),
    [
        (toggl("2026-02-30 09:00:00", duration="1:00:00"), "“2026-02-30” is not a date"),
        (toggl("1969-02-01 09:00:00", duration="1:00:00"), "1970"),
        (toggl("2026-03-02 25:00:00", duration="1:00:00"), "“25:00:00” is not a time"),
        (toggl("2026-03-02 13:00 PM", duration="1:00:00"), "not a time"),
        (toggl("2026-03-02 09:00:00", duration="soon"), "“soon” is not a duration"),
        (toggl("2026-03-02 09:00:00"), "neither an end nor a duration"),
        (toggl("2026-03-02 09:00:00", "2026-03-02 08:00:00"), "ends before it starts"),
        (toggl("2026-03-02 09:00:00", "2026-03-02 08:00:00", "1:00:00"), "ends before it starts"),
        (toggl("2026-03-02 09:00:00", "2026-03-02 09:00:00", "0:00:00"), "no time at all"),
        (toggl("2026-03-02 09:00:00", "2026-04-03 09:00:00"), "31 days"),
        (toggl("2026-03-02 09:00:00", duration="1:00:00", billable="いいえ"), "Yes or No"),
        (toggl("2026-03-02 09:00:00", duration="1:00:00", tags="x" * 51), "tag"),
        (
            toggl("2026-03-02 09:00:00", duration="1:00:00", tags=",".join(map(str, range(51)))),
            "at most 50",
        ),
        (toggl("2026-03-02 09:00:00", duration="1:00:00", project="x" * 201), "project"),
        (toggl("2026-03-02 09:00:00", duration="1:00:00", description="x" * 6000), "note"),
        (toggl("2026-03-02 09:00:00", duration="1:00:00", description="a\0b"), "U+0000"),
        (toggl("2026-03-02 09:00:00", duration="1:00:00") + ",more", "15 cells"),
        (toggl("2026-03-02 09:00:00", duration="9999:00:00"), "31 days"),
        ("Max,max@example.org", "no date"),
    ],
    ids=itertools.count(),
)
def test_what_is_wrong_with_a_line_is_said(line: str, part: str):
    # Text that holds U+0000 begins later than the look at the first bytes reaches.
    padding = "".join(f"{toggl('2026-03-02 9:00', duration='1:00')}\n" for _ in range(100))
    *good, error = read(f"{TOGGL}\n{padding}{line}\n")
    assert all(isinstance(session, ImportedSession) for session in good)
    assert isinstance(error, LineError)
    assert error.line == 102
    assert part in error.detail


def test_quotation_mark_that_is_never_closed_is_named():
    good = toggl("2026-03-02 09:00:00", duration="1:00:00")
    lines = read(f'{TOGGL}\n{good}\n"Max,{good}\n{good}\n')
    assert [line.line for line in lines] == [2, 3]
    assert isinstance(lines[1], LineError)
    assert "never closed" in lines[1].detail


def test_reading_goes_on_after_a_line_whose_quotation_marks_do_not_fit():
    good = toggl("2026-03-02 09:00:00", duration="1:00:00")
    lines = read(f'{TOGGL}\n{good}\n"Max"x,{good}\n{good}\n')
    assert [(line.line, type(line)) for line in lines] == [
        (2, ImportedSession),
        (3, LineError),
        (4, ImportedSession),
    ]


# Dates ------------------------------------------------------------------------------------------


def dated(*days: str) -> str:
    lines = [toggl(f"{day} 09:00:00", duration="1:00:00") for day in days]
    return "\n".join([TOGGL, *lines, ""])


def test_one_date_that_fits_one_order_decides_for_all():
    for content, month in (
        (dated("03/04/2026", "13/04/2026"), 4),
        (dated("03/04/2026", "04/13/2026"), 3),
    ):
        sessions = read(content)
        assert isinstance(sessions[0], ImportedSession)
        assert sessions[0].started_at.month == month


def test_order_that_the_file_leaves_open_is_asked_for():
    with pytest.raises(DateOrderUnclear) as caught:
        read(dated("03/04/2026", "05/04/2026"))
    assert [error.pointer for error in caught.value.errors] == ["/date_order"]
    for order, month in (("dmy", 4), ("mdy", 3)):
        sessions = read(dated("03/04/2026"), date_order=order)  # type: ignore[arg-type]
        assert isinstance(sessions[0], ImportedSession)
        assert sessions[0].started_at.month == month


def test_order_is_not_asked_for_where_it_makes_no_difference():
    assert all(
        isinstance(line, ImportedSession) for line in read(dated("03/03/2026", "2026-03-04"))
    )


def test_dates_that_contradict_each_other_are_asked_about_and_then_named():
    content = dated("13/04/2026", "04/13/2026")
    with pytest.raises(DateOrderUnclear):
        read(content)
    first, second = read(content, date_order="dmy")
    assert isinstance(first, ImportedSession)
    assert isinstance(second, LineError)
    assert "in the order dmy" in second.detail


def test_two_digits_of_a_year_need_the_order_unless_one_alone_is_possible():
    with pytest.raises(DateOrderUnclear):
        read(dated("03.04.26"))
    [session] = read(dated("26-04-03"), date_order="ymd")
    assert isinstance(session, ImportedSession)
    assert session.started_at.date().isoformat() == "2026-04-03"


# Changes of the clocks ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "start", "end", "duration", "began", "hours"),
    [
        # Over the change, both ways: the time that really passed.
        (BERLIN, "2026-03-29 01:00:00", "2026-03-29 04:00:00", "2:00:00", "00:00", 2),
        (BERLIN, "2026-10-25 01:00:00", "2026-10-25 04:00:00", "4:00:00", "23:00", 4),
        (NEW_YORK, "2026-03-08 01:00:00", "2026-03-08 04:00:00", "", "06:00", 2),
        (NEW_YORK, "2026-11-01 00:30:00", "2026-11-01 03:30:00", "", "04:30", 4),
        # Into and out of the hour that comes twice: the duration tells which is meant.
        (BERLIN, "2026-10-25 01:30:00", "2026-10-25 02:30:00", "1:00:00", "23:30", 1),
        (BERLIN, "2026-10-25 01:30:00", "2026-10-25 02:30:00", "2:00:00", "23:30", 2),
        (BERLIN, "2026-10-25 02:30:00", "2026-10-25 03:30:00", "1:00:00", "01:30", 1),
        (BERLIN, "2026-10-25 02:30:00", "2026-10-25 03:30:00", "2:00:00", "00:30", 2),
        (NEW_YORK, "2026-11-01 01:10:00", "2026-11-01 01:10:00", "1:00:00", "05:10", 1),
        # From the first of the two hours to the second, on one clock backwards.
        (BERLIN, "2026-10-25 02:50:00", "2026-10-25 02:20:00", "", "00:50", 0.5),
        # A time that was skipped, settled by the other two.
        (BERLIN, "2026-03-29 02:30:00", "2026-03-29 04:00:00", "1:00:00", "01:00", 1),
        (BERLIN, "2026-03-29 01:00:00", "2026-03-29 02:30:00", "1:30:00", "00:00", 1.5),
    ],
)
def test_local_times_at_a_change_of_the_clocks(
    zone: ZoneInfo, start: str, end: str, duration: str, began: str, hours: float
):
    session = one(toggl(start, end, duration), zone=zone)
    assert f"{session.started_at:%H:%M}" == began
    assert session.ended_at - session.started_at == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("start", "end", "duration", "part"),
    [
        ("2026-10-25 02:10:00", "2026-10-25 02:40:00", "0:30:00", "comes twice"),
        ("2026-10-25 02:10:00", "2026-10-25 04:00:00", "", "comes twice"),
        ("2026-10-25 01:00:00", "2026-10-25 02:10:00", "", "02:10 comes twice"),
        ("2026-10-25 02:10:00", "", "0:30:00", "comes twice"),
        ("2026-03-29 02:10:00", "2026-03-29 04:00:00", "", "does not exist"),
        ("2026-03-29 02:10:00", "", "1:00:00", "does not exist"),
        ("2026-03-29 02:10:00", "2026-03-29 02:40:00", "0:30:00", "does not exist"),
    ],
)
def test_what_a_change_of_the_clocks_leaves_open_is_named(
    start: str, end: str, duration: str, part: str
):
    assert part in wrong(toggl(start, end, duration))


# Files that are none ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n\n", "empty"),
        (f"{TOGGL}\n".encode("utf-16"), "UTF-16"),
        (f"{TOGGL}\n".encode("utf-16-le"), "UTF-16"),
        (b"PK\x03\x04" + b"\0" * 100, "Excel"),
        (b"%PDF-1.7\n", "PDF"),
        (bytes(range(256)) * 20, "binary"),
        (
            f"{TOGGL}\n{toggl('2026-03-02 9:00', duration='1:00')}\nGr\u00f6ße".encode("cp1252"),
            "Line 3",
        ),
        (b"a,b,c\n1,2,3\n", "Its columns are: a, b, c."),
        (b"hello", "It lacks"),
        (b"x" * (LONGEST_LINE + 1), "Line 1 is longer"),
    ],
    ids=range(11),
)
def test_file_that_is_none_is_refused_with_a_reason(content: bytes, part: str):
    with pytest.raises(FileNotReadable) as caught:
        read(content)
    assert part in caught.value.detail
    assert [error.pointer for error in caught.value.errors] == ["/file"]


def test_wrong_encoding_far_down_is_named_by_its_line():
    good = f"{toggl('2026-03-02 9:00', duration='1:00')}\n".encode() * 5000
    with pytest.raises(FileNotReadable, match="Line 5002 is not UTF-8"):
        read(f"{TOGGL}\n".encode() + good + b"\xe4\n" + good)


def test_missing_columns_are_named():
    with pytest.raises(FileNotReadable, match=r"It lacks “duration”\."):
        read("Description,Start date,Start time\nPCR,2026-03-02,09:00\n")


@pytest.mark.parametrize(
    ("header", "kind", "found"),
    [
        (CLOCKIFY, "toggl", "clockify"),
        (TOGGL, "clockify", "toggl"),
        ("name,start,end,duration_seconds", "toggl", "benchbook"),
        (TOGGL, "benchbook", "toggl"),
    ],
)
def test_wrong_format_is_told_with_the_one_that_was_found(header: str, kind: Format, found: Format):
    with pytest.raises(FileNotReadable) as caught:
        read(f"{header}\n", kind)
    assert f"look like those of {FORMATS[found]}: send format={found}." in caught.value.detail


def test_header_alone_holds_no_sessions():
    assert read(f"{TOGGL}\n") == []


# Our own export -----------------------------------------------------------------------------------


def test_own_instants_need_no_time_zone_and_local_times_take_the_given_one():
    header = "name,start,end,duration_seconds"
    with_offset = one(
        "PCR,2026-10-25T02:10:00+02:00,2026-10-25T02:40:00+01:00,5400", header, kind="benchbook"
    )
    assert with_offset.started_at == utc("2026-10-25T00:10:00")
    assert with_offset.ended_at == utc("2026-10-25T01:40:00")
    local = one("PCR,2026-10-25 02:10:00,,600", header, kind="benchbook", zone=NEW_YORK)
    assert (local.started_at, local.ended_at) == (
        utc("2026-10-25T06:10:00"),
        utc("2026-10-25T06:20:00"),
    )


@given(st.text(max_size=30))
@example("'=1+1")
@example("=1+1")
@example("''-x")
@example("\ttab")
def test_harmless_cells_are_harmless_and_give_their_text_back(text: str):
    cell = harmless(text)
    assert original(cell) == text
    assert not cell or cell[0] not in "=+-@\t\r\n"


TAG = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12
).map(str.strip)


@settings(deadline=None)
@given(st.lists(TAG.filter(bool), unique=True, max_size=6))
@example(["a,b", "c"])
@example(['"quoted"', "x"])
@example(["-minus", "plain"])
@example(["two\nlines", "'=x"])
def test_tags_in_one_cell_give_their_list_back(tags: list[str]):
    cell = harmless(joined(tags))
    line = io.StringIO()
    csv.writer(line).writerow(["PCR", "2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z", cell])
    session = one(line.getvalue().rstrip("\r\n"), "name,start,end,tags", kind="benchbook")
    assert session.tags == tuple(tags)


# Whatever comes -----------------------------------------------------------------------------------


def readings(content: bytes) -> None:
    """Read the content as everything; any exception but a Problem fails."""
    for kind in FORMATS:
        for order in (None, "dmy", "ymd"):
            try:
                lines = read(content, kind, date_order=order)  # type: ignore[arg-type]
            except Problem:
                continue
            for line in lines:
                assert line.line >= 2
                if isinstance(line, ImportedSession):
                    assert line.name
                    assert line.started_at < line.ended_at


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes):
    readings(content)


CELL = st.one_of(
    st.sampled_from(
        ["2026-03-29", "29/03/2026", "03/29/26", "02:30:00", "2:30 PM", "1:00:00", "1.5 h", "0", "9" * 30,
         "Yes", "", "2026-03-29T02:30:00", "2026-10-25T02:30:00+02:00", "0001-01-01T00:00:00Z",
         "9999-12-31T23:59:59-23:59", "-1", '"', "a\nb", "\u202f", "a\0b", "²"]
    ),
    st.text(max_size=8),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([TOGGL, CLOCKIFY, "name,start,end,duration,tags"]),
    st.lists(st.lists(CELL, max_size=16), max_size=5),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_any_cells_are_read_or_named(header: str, rows: list[list[str]], ending: str):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=ending)
    writer.writerow(header.split(","))
    writer.writerows(rows)
    readings(text.getvalue().encode("utf-8", "surrogatepass"))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=12),
    st.sampled_from(["\n", "\r\n"]),
)
def test_lines_have_the_numbers_that_an_editor_shows(lines: list[tuple[bool, int]], ending: str):
    """Every record says where it begins; line breaks within quotation marks count."""
    text = TOGGL + ending
    expected = []
    for is_good, breaks in lines:
        expected.append((text.count("\n") + 1, is_good))
        day = "2026-03-02" if is_good else "2026-03-99"
        description = "PCR" + ending.join([""] * (breaks + 1)) + "."
        text += toggl(f"{day} 09:00:00", duration="1:00:00", description=description) + ending
    found = [(line.line, isinstance(line, ImportedSession)) for line in read(text)]
    assert found == expected
