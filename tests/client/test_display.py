"""How sessions are shown: exact, aligned, and safe for a terminal."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from benchbook_client.display import (
    day_text,
    duration_text,
    moment_text,
    name_text,
    one_line,
    session_as_tabs,
    session_lines,
    shortened,
    span_text,
    text_width,
)
from benchbook_client.schemas import Session

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 5, 13)


def session(
    name: str, start: datetime, seconds: int, *, number: int = 1, tags: tuple[str, ...] = ()
) -> Session:
    end = datetime.fromtimestamp(start.timestamp() + seconds, UTC)
    return Session(
        id=f"0196c0de-0000-7000-8000-{number:012x}",
        name=name,
        started_at=start,
        ended_at=end,
        duration_seconds=seconds,
        person_id="0196c0de-0000-7000-8000-0000000000aa",
        tags=tags,
    )


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0:00:00"), (59, "0:00:59"), (3909, "1:05:09"), (360_000, "100:00:00"), (-61, "-0:01:01")],
)
def test_durations_are_shown_to_the_second(seconds: int, expected: str) -> None:
    assert duration_text(seconds) == expected


def test_a_moment_names_its_day_unless_it_is_today() -> None:
    def shown(*parts: int) -> str:
        return moment_text(datetime(*parts, tzinfo=UTC), zone=BERLIN, today=TODAY)  # type: ignore[misc, arg-type]

    assert shown(2026, 5, 13, 7, 30) == "09:30"
    assert shown(2026, 5, 13, 7, 30, 5) == "09:30:05"
    assert shown(2026, 5, 12, 22, 30) == "00:30"
    assert shown(2026, 5, 12, 21, 30) == "yesterday 23:30"
    assert shown(2026, 5, 4, 7, 30) == "Mon 4 May 2026, 09:30"


def test_a_span_names_the_days_only_where_they_differ() -> None:
    start = datetime(2026, 5, 12, 20, 0, tzinfo=UTC)
    same_day = datetime(2026, 5, 12, 21, 30, tzinfo=UTC)
    next_day = datetime(2026, 5, 12, 23, 30, tzinfo=UTC)
    assert span_text(start, same_day, zone=BERLIN, today=TODAY) == "yesterday 22:00–23:30"
    assert span_text(start, next_day, zone=BERLIN, today=TODAY) == "yesterday 22:00 – 01:30"
    assert span_text(start, None, zone=BERLIN, today=TODAY) == "since yesterday 22:00"


def test_days_are_written_in_english_whatever_the_locale() -> None:
    assert day_text(date(2026, 12, 1)) == "Tue 1 Dec 2026"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("red\x1b[31m alert", "red [31m alert"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("bell\x07 and csi\x9b2J", "bell  and csi 2J"),
        ("evil\u202etxt.exe", "evil txt.exe"),
        ("  spaces  ", "spaces"),
        ("Füße 🧬 プレート", "Füße 🧬 プレート"),
    ],
)
def test_names_cannot_command_the_terminal(name: str, shown: str) -> None:
    assert one_line(name) == shown


def test_a_session_without_a_name_says_so() -> None:
    assert name_text("") == "(no name)"
    assert name_text(" \x1b ") == "(no name)"
    assert name_text("Gel") == "“Gel”"


def test_the_table_groups_by_local_day_with_the_servers_totals() -> None:
    shown = [
        session("Gel", datetime(2026, 5, 12, 22, 30, tzinfo=UTC), 3600, number=0xABCDEF01),
        session("Plate 3", datetime(2026, 5, 12, 20, 0, tzinfo=UTC), 5400, number=2, tags=("pcr",)),
        session("", datetime(2026, 5, 12, 6, 0, tzinfo=UTC), 61, number=3),
    ]
    lines = list(
        session_lines(
            shown,
            # More than what is listed: the day goes on beyond the page.
            day_seconds={date(2026, 5, 13): 3600, date(2026, 5, 12): 36_061},
            zone=BERLIN,
            columns=80,
        )
    )
    assert lines == [
        ("Wed 13 May 2026           1:00:00", True),
        ("  abcdef01  00:30–01:30   1:00:00  Gel", False),
        ("", False),
        ("Tue 12 May 2026          10:01:01", True),
        ("  00000002  22:00–23:30   1:30:00  Plate 3  #pcr", False),
        ("  00000003  08:00–08:01   0:01:01  (no name)", False),
    ]


def test_the_table_marks_an_end_on_a_later_day_and_fits_the_terminal() -> None:
    long_name = "プレート" * 30
    lines = [
        line
        for line, _ in session_lines(
            [session(long_name, datetime(2026, 5, 12, 20, 0, tzinfo=UTC), 5 * 3600)],
            day_seconds={},
            zone=BERLIN,
            columns=60,
        )
    ]
    assert "22:00–03:00 +1" in lines[1]
    assert lines[1].endswith("…")
    assert text_width(lines[1]) <= 60


def test_tabs_separate_exactly_six_fields() -> None:
    line = session_as_tabs(
        session("a\tb\nc", datetime(2026, 5, 12, 20, 0, tzinfo=UTC), 5400, tags=("x", "y\t")),
        BERLIN,
    )
    assert line.split("\t") == [
        "0196c0de-0000-7000-8000-000000000001",
        "2026-05-12T22:00:00+02:00",
        "2026-05-12T23:30:00+02:00",
        "5400",
        "a b c",
        "x,y",
    ]


def test_shortening_counts_wide_letters_twice() -> None:
    assert shortened("Plate", 5) == "Plate"
    assert shortened("Plates", 5) == "Plat…"
    assert shortened("プレート", 5) == "プレ…"
    assert text_width("e\u0301") == 1
