"""Reads the times and days that people type, in their own time zone. Pure: no clock, no I/O.

``now`` is given by the caller everywhere and must be aware; results are aware instants in UTC,
in whole seconds, or local days.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

TIME_FORMS = (
    "09:30, 9:30pm, “yesterday 17:00”, “monday 9:00”, “2026-05-12 09:30”, “20m ago”, "
    "2026-05-12T09:30:00+02:00 or now"
)
DAY_FORMS = "today, yesterday, monday, “3 days ago” or 2026-05-12"

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[t ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?) ?(z|[+-]\d\d:?\d\d)", re.ASCII
)
_CLOCK = re.compile(r"(\d{1,2})(?::(\d\d)(?::(\d\d))?)? ?(am|pm)?", re.ASCII)
_HOURS_AGO = re.compile(
    r"(\d{1,4}) ?(?:h|hrs?|hours?)(?: ?(\d{1,2}) ?(?:m|mins?|minutes?)?)? ago", re.ASCII
)
_MINUTES_AGO = re.compile(r"(\d{1,5}) ?(?:m|mins?|minutes?) ago", re.ASCII)
_SECONDS_AGO = re.compile(r"(\d{1,6}) ?(?:s|secs?|seconds?) ago", re.ASCII)
_DAYS_AGO = re.compile(r"(\d{1,4}) ?(?:d|days?) ago", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class TimeNotUnderstoodError(ValueError):
    """The text is not a time or a day. Its own text says which forms are."""


def parse_instant(text: str, *, zone: tzinfo, now: datetime, day: date | None = None) -> datetime:
    """Reads a point in time.

    A time without a day is on ``day``, or today if there is none. A weekday is the latest one,
    today included. A local time that two instants have (clocks put back) is the earlier one.

    Raises TimeNotUnderstoodError, also for a local time that no instant has (clocks put forward).
    """
    words = _words(text)
    if words == "now":
        return _whole_seconds(now)
    if (instant := _INSTANT.fullmatch(words)) is not None:
        try:
            return _whole_seconds(
                datetime.fromisoformat(f"{instant[1]}T{instant[2]}{instant[3]}".upper())
            )
        except (ValueError, OverflowError):
            raise _not_a_time(text) from None
    if (elapsed := _elapsed(words)) is not None:
        return _whole_seconds(now - elapsed)
    found = _day_and_clock(words, today=now.astimezone(zone).date(), day=day)
    if found is None:
        raise _not_a_time(text)
    return local_instant(*found, zone)


def parse_end(text: str, *, start: datetime, zone: tzinfo, now: datetime) -> datetime:
    """Reads when something that began at ``start`` ended.

    A time without a day is the first such time after the start, so that ``22:00`` to ``01:30``
    goes over midnight. Raises TimeNotUnderstoodError.
    """
    start_day = start.astimezone(zone).date()
    end = parse_instant(text, zone=zone, now=now, day=start_day)
    if end <= start and _names_no_day(_words(text)):
        return parse_instant(text, zone=zone, now=now, day=start_day + timedelta(days=1))
    return end


def parse_past(text: str, *, zone: tzinfo, now: datetime) -> datetime:
    """Reads a point in time of which only the past makes sense.

    A time without a day is the latest such time that has passed, so that ``22:30``, said at one
    in the morning, was yesterday. Raises TimeNotUnderstoodError.
    """
    instant = parse_instant(text, zone=zone, now=now)
    if instant > now and _names_no_day(_words(text)):
        yesterday = now.astimezone(zone).date() - timedelta(days=1)
        return parse_instant(text, zone=zone, now=now, day=yesterday)
    return instant


def parse_day_or_instant(text: str, *, zone: tzinfo, now: datetime) -> date | datetime:
    """Reads the border of a range: a local day, or a point in time. Raises TimeNotUnderstoodError."""
    words = _words(text)
    found = _day(words, today=now.astimezone(zone).date())
    if found is not None:
        return found
    try:
        return parse_instant(text, zone=zone, now=now)
    except TimeNotUnderstoodError as error:
        if ":" in words:
            raise
        raise TimeNotUnderstoodError(
            f"“{text}” is not a day or a time. Days are written like {DAY_FORMS}."
        ) from error


def local_instant(day: date, clock: time, zone: tzinfo) -> datetime:
    """Finds the instant of a local time; of two, the earlier. Raises TimeNotUnderstoodError."""
    local = datetime.combine(day, clock, tzinfo=zone)
    try:
        instant = local.astimezone(UTC)
    except OverflowError:
        raise TimeNotUnderstoodError(f"{day.isoformat()} is too far away.") from None
    if instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise TimeNotUnderstoodError(
            f"{clock:%H:%M} does not exist on {day.isoformat()} in {zone}: the clocks were put "
            "forward."
        )
    return instant


def _words(text: str) -> str:
    return " ".join(text.lower().replace(",", " ").split())


def _whole_seconds(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)


def _elapsed(words: str) -> timedelta | None:
    if (match := _HOURS_AGO.fullmatch(words)) is not None:
        return timedelta(hours=int(match[1]), minutes=int(match[2] or 0))
    if (match := _MINUTES_AGO.fullmatch(words)) is not None:
        return timedelta(minutes=int(match[1]))
    if (match := _SECONDS_AGO.fullmatch(words)) is not None:
        return timedelta(seconds=int(match[1]))
    return None


def _day(words: str, *, today: date) -> date | None:
    if words == "today":
        return today
    if words == "yesterday":
        return today - timedelta(days=1)
    if (match := _DAYS_AGO.fullmatch(words)) is not None:
        return today - timedelta(days=int(match[1]))
    for number, weekday in enumerate(_WEEKDAYS):
        if words in {weekday, weekday[:3]}:
            return today - timedelta(days=(today.weekday() - number) % 7)
    if _DATE.fullmatch(words):
        try:
            return date.fromisoformat(words)
        except ValueError:
            return None
    return None


def _clock(words: str) -> time | None:
    if words == "noon":
        return time(12)
    match = _CLOCK.fullmatch(words)
    if match is None or (match[2] is None and match[4] is None):
        return None
    hour, minute, second = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if match[4] is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[4] == "pm" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return time(hour, minute, second)


def _day_and_clock(words: str, *, today: date, day: date | None) -> tuple[date, time] | None:
    """Splits "yesterday 17:00", "17:00 yesterday", "monday at 9am" and the like."""
    plain = words.removeprefix("at ").replace(" at ", " ")
    if _DATE.match(plain) and plain[10:11] == "t":
        plain = f"{plain[:10]} {plain[11:]}"
    clock = _clock(plain)
    if clock is not None:
        return day or today, clock
    tokens = plain.split(" ")
    for cut in range(1, len(tokens)):
        first, second = " ".join(tokens[:cut]), " ".join(tokens[cut:])
        for day_words, clock_words in ((first, second), (second, first)):
            found_day = _day(day_words, today=today)
            clock = _clock(clock_words)
            if found_day is not None and clock is not None:
                return found_day, clock
    return None


def _names_no_day(words: str) -> bool:
    return _clock(words.removeprefix("at ")) is not None


def _not_a_time(text: str) -> TimeNotUnderstoodError:
    return TimeNotUnderstoodError(f"“{text}” is not a time. Times are written like {TIME_FORMS}.")
