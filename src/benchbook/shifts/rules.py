"""Decisions about shifts that need no database: whole minutes, how long one is, ranges."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from benchbook.platform.problems import InvalidInput
from benchbook.shifts.errors import ShiftEndsBeforeItStarts, ShiftTooLong

LONGEST_SHIFT = timedelta(hours=48)
FIRST_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)
END_OF_INSTANTS = datetime(2100, 1, 1, tzinfo=UTC)


def whole_minute(instant: datetime, pointer: str) -> datetime:
    """The instant in UTC, its seconds cut off.

    Raises InvalidInput without an offset, or outside the years that are kept.
    """
    if instant.tzinfo is None:
        raise InvalidInput.at(pointer, "The instant needs an offset, such as Z or +02:00.")
    try:
        instant = instant.astimezone(UTC).replace(second=0, microsecond=0)
    except OverflowError:
        instant = END_OF_INSTANTS
    if not FIRST_INSTANT <= instant < END_OF_INSTANTS:
        raise InvalidInput.at(pointer, "The instant must lie between the years 1970 and 2099.")
    return instant


def check_span(starts_at: datetime, ends_at: datetime, pointer: str = "/ends_at") -> None:
    """Raise unless the shift is longer than nothing and at most 48 hours long."""
    if ends_at <= starts_at:
        raise ShiftEndsBeforeItStarts.at(pointer, "A shift ends after it starts.")
    if ends_at - starts_at > LONGEST_SHIFT:
        raise ShiftTooLong.at(pointer, "A shift is at most 48 hours long.")


def check_break(starts_at: datetime, ends_at: datetime, break_minutes: int, pointer: str) -> None:
    """Raise InvalidInput unless the break leaves some of the shift."""
    if ends_at - starts_at <= timedelta(minutes=break_minutes):
        raise InvalidInput.at(pointer, "The break is shorter than the shift.")


def optional_text(text: str | None, pointer: str) -> str | None:
    """The text trimmed, or None; raises InvalidInput where only blanks were sent."""
    if text is None:
        return None
    text = text.strip()
    if not text:
        raise InvalidInput.at(pointer, "This must not be empty: send null for none.")
    return text


def read_bound(text: str, zone: ZoneInfo, pointer: str) -> datetime:
    """A bound of a half-open range: an instant with its offset, or a local date's beginning.

    Raises InvalidInput.
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        # A + that was not percent-encoded arrives as a space.
        instant = datetime.fromisoformat(re.sub(r" (\d{2}:\d{2})$", r"+\1", text))
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidInput.at(
        pointer,
        "This is neither a date (2026-11-21) nor an instant with its offset "
        "(2026-11-21T10:00:00Z).",
    )


def earliest_start_reaching(instant: datetime) -> datetime:
    """Later than this starts every shift that still goes on at ``instant``."""
    return max(instant, FIRST_INSTANT + LONGEST_SHIFT) - LONGEST_SHIFT
