"""Decisions about hours that need no database: durations, local calendars, what a session may be."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from benchbook.platform.problems import FieldError, InvalidInput
from benchbook.timetracking.errors import SessionEndsBeforeItStarts, SessionTooLong

LONGEST_SESSION = timedelta(days=31)
FIRST_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)
END_OF_INSTANTS = datetime(2100, 1, 1, tzinfo=UTC)
LONGEST_TAG = 50
MOST_TAGS = 50

_HOURS = re.compile(r"(\d{1,4})[.,](\d{1,4})(?:\s*h(?:ours?)?)?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
# Minutes go without their unit at the end only: the 45 of "45s" are all seconds.
_UNITS = re.compile(
    r"(?:(\d{1,4})\s*h(?:ours?)?)?\s*(?:(\d{1,5})\s*(?:m(?:in(?:utes?)?)?|(?=\s*$)))?\s*"
    r"(?:(\d{1,6})\s*s(?:ec(?:onds?)?)?)?",
    re.ASCII,
)


def read_duration(value: int | str, pointer: str = "/duration") -> int:
    """A duration in whole seconds: a number is seconds already, a text is read as people type.

    ``90`` and ``90m`` are minutes, ``1.5`` and ``1,5`` hours, ``1h30``, ``1h 30m``, ``1:30`` and
    ``1:30:00`` hours and minutes, ``45s`` seconds. Raises InvalidInput for anything else, and
    for a duration of nothing.
    """
    seconds = value if isinstance(value, int) else _seconds_in(value.strip().lower())
    if seconds is None:
        raise InvalidInput.at(
            pointer, "This is not a duration such as 90 (minutes), 1.5 (hours), 1h30 or 1:30."
        )
    if seconds <= 0:
        raise InvalidInput.at(pointer, "A duration is longer than nothing.")
    if seconds > LONGEST_SESSION.total_seconds():
        raise SessionTooLong.at(pointer, "A session is at most 31 days long.")
    return seconds


def _seconds_in(text: str) -> int | None:
    if re.fullmatch(r"\d{1,5}", text, re.ASCII):
        return int(text) * 60
    if match := _HOURS.fullmatch(text):
        whole, fraction = match.groups()
        return int(whole) * 3600 + round(3600 * float(f"0.{fraction}"))
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds
    if text and (match := _UNITS.fullmatch(text)) and any(match.groups()):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds
    return None


def whole_second(instant: datetime, pointer: str) -> datetime:
    """The instant in UTC, its fraction of a second cut off.

    Raises InvalidInput without an offset, or outside the years that are kept.
    """
    if instant.tzinfo is None:
        raise InvalidInput.at(pointer, "The instant needs an offset, such as Z or +02:00.")
    try:
        instant = instant.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        instant = END_OF_INSTANTS
    if not FIRST_INSTANT <= instant < END_OF_INSTANTS:
        raise InvalidInput.at(pointer, "The instant must lie between the years 1970 and 2099.")
    return instant


def not_in_the_future(instant: datetime, now: datetime, pointer: str) -> datetime:
    """``instant``; raises InvalidInput when it is later than ``now``."""
    if instant > now:
        raise InvalidInput.at(pointer, "This is in the future.")
    return instant


def check_span(started_at: datetime, ended_at: datetime, pointer: str = "/ended_at") -> None:
    """Raise unless the session is longer than nothing and at most 31 days long."""
    if ended_at <= started_at:
        raise SessionEndsBeforeItStarts.at(pointer, "A session ends after it starts.")
    if ended_at - started_at > LONGEST_SESSION:
        raise SessionTooLong.at(pointer, "A session is at most 31 days long.")


def given_name(name: str, pointer: str = "/name") -> str:
    """The name of a saved session, trimmed; raises InvalidInput when nothing is left."""
    name = name.strip()
    if not name:
        raise InvalidInput.at(pointer, "Give the session a name.")
    return name


def clean_tags(tags: list[str], pointer: str = "/tags") -> list[str]:
    """The tags trimmed, each once, in their order; raises InvalidInput for one that cannot be."""
    cleaned: dict[str, None] = {}
    for index, tag in enumerate(tags):
        name = tag.strip()
        if not 1 <= len(name) <= LONGEST_TAG:
            raise InvalidInput.at(f"{pointer}/{index}", f"A tag has 1 to {LONGEST_TAG} characters.")
        cleaned[name] = None
    if len(cleaned) > MOST_TAGS:
        raise InvalidInput.at(pointer, f"A session has at most {MOST_TAGS} tags.")
    return list(cleaned)


# Local calendars ------------------------------------------------------------------------------


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins.

    Where midnight does not exist (a clock put forward over it), the day begins with the first
    instant after the gap; where it comes twice, with the first one.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return midnight.astimezone(UTC)


def start_of_month(year: int, month: int, zone: ZoneInfo) -> datetime:
    """The instant at which a local month begins; month 13 is the next year's first."""
    if month > 12:
        year, month = year + 1, month - 12
    return start_of_day(date(year, month, 1), zone)


def calendar_range(
    year: int | None, month: int | None, zone: ZoneInfo
) -> tuple[datetime, datetime] | None:
    """The half-open range of instants of a local year or month; None without a year.

    Raises InvalidInput for a month without its year.
    """
    if year is None:
        if month is not None:
            raise InvalidInput.at("?month", "A month needs its year: send year, too.")
        return None
    if month is None:
        return start_of_month(year, 1, zone), start_of_month(year + 1, 1, zone)
    return start_of_month(year, month, zone), start_of_month(year, month + 1, zone)


def earliest_start_reaching(instant: datetime) -> datetime:
    """The earliest start that a session still going on at ``instant`` can have."""
    return max(instant, FIRST_INSTANT + LONGEST_SESSION) - LONGEST_SESSION


def read_bound(text: str, zone: ZoneInfo, pointer: str) -> datetime:
    """A bound of a half-open range: an RFC 3339 instant, or a local date (its first instant)."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return start_of_day(date.fromisoformat(text), zone)
        # A + that was not percent-encoded arrives as a space.
        instant = datetime.fromisoformat(re.sub(r" (\d{2}:\d{2})$", r"+\1", text))
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidInput(
        f"{pointer.strip('?')}: this is neither a date (2026-11-21) nor an instant with its "
        "offset (2026-11-21T10:00:00Z).",
        errors=[FieldError(pointer, "Send a date or an instant with its offset.")],
    )


def months_before(now: datetime, months: int | None) -> datetime | None:
    """The beginning of the month (UTC) that lies so many months before; None for None."""
    if months is None:
        return None
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return datetime(max(year, 1), month + 1, 1, tzinfo=UTC)
