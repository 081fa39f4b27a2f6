"""Writes calendars (RFC 5545), piece by piece.

The little of the format that a feed needs: events with their times in UTC. The library for it
takes several times as long (docs/decisions/0023-calendar-feeds-have-secret-addresses.md has the
figures); the tests read with it what is written here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

MEDIA_TYPE = "text/calendar"
_LONGEST_LINE_BYTES = 75
_PIECE_EVENTS = 100
# Texts hold line breaks as \n, and no other control characters but the tab.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


@dataclass(frozen=True)
class Event:
    """One entry of a calendar. ``uid`` is the same for ever; instants are in UTC."""

    uid: str
    revision: int
    summary: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    changed_at: datetime
    description: str = ""
    categories: list[str] = field(default_factory=list)
    # Whether the time counts as taken where others look for a free one.
    is_busy: bool = True
    location: str = ""
    # Whether it no longer takes place; calendars that keep what they once read take it off.
    is_cancelled: bool = False


def write_calendar(name: str, events: Iterable[Event], *, refresh: str) -> Iterator[bytes]:
    """The calendar's text in pieces; ``refresh`` (``PT1H``) tells readers how often to come."""
    yield b"".join(
        (
            b"BEGIN:VCALENDAR\r\n",
            b"VERSION:2.0\r\n",
            b"PRODID:-//Benchbook//Benchbook//EN\r\n",
            b"CALSCALE:GREGORIAN\r\n",
            _text("NAME", name),
            _text("X-WR-CALNAME", name),
            _line("REFRESH-INTERVAL;VALUE=DURATION", refresh),
            _line("X-PUBLISHED-TTL", refresh),
        )
    )
    piece: list[bytes] = []
    for number, event in enumerate(events, 1):
        piece.extend(_event(event))
        if number % _PIECE_EVENTS == 0:
            yield b"".join(piece)
            piece.clear()
    yield b"".join([*piece, b"END:VCALENDAR\r\n"])


def _event(event: Event) -> Iterator[bytes]:
    yield b"BEGIN:VEVENT\r\n"
    yield _line("UID", event.uid)
    # Without a METHOD, this is when the event was last revised (section 3.8.7.2).
    yield _line("DTSTAMP", _instant(event.changed_at))
    yield _line("DTSTART", _instant(event.starts_at))
    yield _line("DTEND", _instant(event.ends_at))
    yield _line("CREATED", _instant(event.created_at))
    yield _line("LAST-MODIFIED", _instant(event.changed_at))
    yield _line("SEQUENCE", str(event.revision))
    yield _text("SUMMARY", event.summary)
    if event.description:
        yield _text("DESCRIPTION", event.description)
    if event.location:
        yield _text("LOCATION", event.location)
    if event.is_cancelled:
        yield _line("STATUS", "CANCELLED")
    if event.categories:
        yield _line("CATEGORIES", ",".join(map(_escaped, event.categories)))
    yield _line("TRANSP", "OPAQUE" if event.is_busy else "TRANSPARENT")
    yield b"END:VEVENT\r\n"


def _instant(instant: datetime) -> str:
    return f"{instant:%Y%m%dT%H%M%SZ}"


def _text(name: str, text: str) -> bytes:
    return _line(name, _escaped(text))


def _escaped(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text).translate(_ESCAPED)


def _line(name: str, value: str) -> bytes:
    """A content line, folded to lines of at most 75 bytes, never inside of a character."""
    rest = f"{name}:{value}".encode()
    if len(rest) <= _LONGEST_LINE_BYTES:
        return rest + b"\r\n"
    lines = []
    room = _LONGEST_LINE_BYTES
    while len(rest) > room:
        end = room
        while rest[end] & 0xC0 == 0x80:
            end -= 1
        lines.append(rest[:end])
        rest = rest[end:]
        # The space that continues a line counts.
        room = _LONGEST_LINE_BYTES - 1
    return b"\r\n ".join([*lines, rest]) + b"\r\n"
