"""Calendars as RFC 5545 has them, read again by a library of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import icalendar
from hypothesis import given
from hypothesis import strategies as st

from benchbook.platform.icalendar import Event, write_calendar

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def event(**fields: object) -> Event:
    given = {
        "uid": "01900000-0000-7000-8000-000000000001",
        "revision": 3,
        "summary": "PCR",
        "starts_at": NINE,
        "ends_at": NINE + timedelta(hours=1, seconds=5),
        "created_at": NINE - timedelta(days=1),
        "changed_at": NINE + timedelta(days=1),
    }
    return Event(**(given | fields))  # type: ignore[arg-type]


def written(*events: Event, name: str = "Hours") -> bytes:
    return b"".join(write_calendar(name, events, refresh="PT1H"))


def read(text: bytes) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(text).walk("VEVENT"))


def test_event_is_read_as_it_was_written():
    [found] = read(written(event(description="two\nlines", categories=["a,b", "c"])))
    assert found["uid"] == "01900000-0000-7000-8000-000000000001"
    assert found["summary"] == "PCR"
    assert found["description"] == "two\nlines"
    assert [str(category) for category in found["categories"].cats] == ["a,b", "c"]
    assert found["sequence"] == 3
    assert found["dtstart"].dt == NINE
    assert found["dtend"].dt == NINE + timedelta(hours=1, seconds=5)
    assert found["created"].dt == NINE - timedelta(days=1)
    assert found["last-modified"].dt == found["dtstamp"].dt == NINE + timedelta(days=1)
    assert found["transp"] == "OPAQUE"


def test_calendar_says_what_it_is_and_how_often_to_come():
    lines = written(name="Olga; hours, all").split(b"\r\n")
    assert lines[:2] == [b"BEGIN:VCALENDAR", b"VERSION:2.0"]
    assert rb"NAME:Olga\; hours\, all" in lines
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines
    assert lines[-2:] == [b"END:VCALENDAR", b""]


def test_free_time_is_transparent():
    [found] = read(written(event(is_busy=False)))
    assert found["transp"] == "TRANSPARENT"


def test_text_cannot_become_a_property_of_its_own():
    [found] = read(written(event(summary="a\r\nSUMMARY:b\nEND:VEVENT\rc")))
    assert found["summary"] == "a\nSUMMARY:b\nEND:VEVENT\nc"


@given(st.text(max_size=300))
def test_any_text_survives_folding(text: str):
    calendar = written(event(summary=f"x{text}x"))
    assert all(len(line) <= 75 for line in calendar.split(b"\r\n"))
    assert b"\n" not in calendar.replace(b"\r\n", b"")
    [found] = read(calendar)
    visible = "".join(
        character
        for character in text.replace("\r\n", "\n").replace("\r", "\n")
        if character in "\t\n" or (ord(character) >= 32 and ord(character) != 127)
    )
    assert found["summary"] == f"x{visible}x"


def test_many_events_come_in_pieces():
    pieces = list(write_calendar("Hours", (event(uid=str(n)) for n in range(250)), refresh="PT1H"))
    assert len(pieces) == 4
    assert [found["uid"] for found in read(b"".join(pieces))] == [str(n) for n in range(250)]
