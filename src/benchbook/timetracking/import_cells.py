"""The cells of a line: dates, times of day and durations as exports write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal

from benchbook.timetracking.errors import DateOrderUnclear

DateOrder = Literal["ymd", "dmy", "mdy"]

_YEAR_FIRST = re.compile(r"(\d{4})[-/. ]{1,2}(\d{1,2})[-/. ]{1,2}(\d{1,2})\.?", re.ASCII)
YEAR_LAST = re.compile(r"(\d{1,2})[-/. ]{1,2}(\d{1,2})[-/. ]{1,2}(\d{4}|\d{2})\.?", re.ASCII)
_TIME = re.compile(
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\s*([ap])\.?\s*m\.?)?", re.ASCII | re.IGNORECASE
)
_CLOCK = re.compile(r"(\d{1,6}):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_MINUTES = re.compile(r"(\d{1,6})(?::([0-5]\d))?\s*min", re.ASCII | re.IGNORECASE)
_SECONDS = re.compile(r"(\d{1,7})\s*s(?:ec)?", re.ASCII | re.IGNORECASE)
_HOURS = re.compile(r"(\d{1,6})(?:[.,](\d{1,6}))?\s*h?", re.ASCII | re.IGNORECASE)


class Unreadable(ValueError):
    """A cell of a line cannot be read; the message says so to the person."""


def tidy(text: str) -> str:
    """Trimmed, with every run of white space as one space (some exports use narrow ones)."""
    return " ".join(text.split())


def date_order_of(texts: set[str]) -> DateOrder | None:
    """The order in which the file's dates are written; None where the year is always first.

    All dates of a file are written alike, so one that fits a single order decides for all.
    Raises DateOrderUnclear where none does, or where they contradict each other.
    """
    possible: set[DateOrder] = {"dmy", "mdy", "ymd"}
    example = ""
    asked = False
    for text in sorted(texts):
        if _YEAR_FIRST.fullmatch(text) or not YEAR_LAST.fullmatch(text):
            continue
        readings: dict[DateOrder, date] = {}
        for order in ("dmy", "mdy", "ymd"):
            if (day := read_date(text, order)) is not None:
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


def read_date(text: str, order: DateOrder | None) -> date | None:
    """A date; four digits in front are a year whatever the order. None for anything else."""
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = match.groups()
    elif match := YEAR_LAST.fullmatch(text):
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


def months_of(texts: set[str], order: DateOrder | None) -> Iterator[tuple[int, int]]:
    """The months (UTC) in which something that starts on these local dates may start."""
    for text in texts:
        day = read_date(text, order)
        if day is None or not 1970 <= day.year <= 2099:
            continue
        for near in (day - timedelta(days=1), day, day + timedelta(days=1)):
            if 1970 <= near.year <= 2099:
                yield near.year, near.month


def read_time(text: str) -> tuple[timedelta, bool]:
    """A time of day on a 12- or 24-hour clock, and whether it tells the seconds."""
    trimmed = tidy(text)
    if not trimmed:
        raise Unreadable("The line has no time.")
    match = _TIME.fullmatch(trimmed)
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
    raise Unreadable(f"“{trimmed[:40]}” is not a time of day.")


def read_duration(text: str) -> tuple[int, int]:
    """A duration in seconds, and by how much it may be off for want of places (seconds)."""
    trimmed = tidy(text)
    if match := _CLOCK.fullmatch(trimmed):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds, 0 if match[3] else 60
    if match := _MINUTES.fullmatch(trimmed):
        return int(match[1]) * 60 + int(match[2] or 0), 0 if match[2] else 60
    if match := _SECONDS.fullmatch(trimmed):
        return int(match[1]), 0
    if match := _HOURS.fullmatch(trimmed):
        places = match[2] or ""
        seconds = round(float(f"{match[1]}.{places or 0}") * 3600)
        return seconds, 3600 // 10 ** len(places) + 1
    raise Unreadable(f"“{trimmed[:40]}” is not a duration.")


def read_own_duration(text: str) -> tuple[int, int]:
    """A duration of our own export: a number is whole seconds."""
    trimmed = text.strip()
    if re.fullmatch(r"\d{1,9}", trimmed, re.ASCII):
        return int(trimmed), 0
    return read_duration(trimmed)


def read_own_instant(text: str, what: str) -> datetime | None:
    """An ISO 8601 instant, or local time where it has no offset; None where there is nothing."""
    trimmed = text.strip()
    if not trimmed:
        return None
    try:
        instant = datetime.fromisoformat(trimmed)
        if not 1970 <= instant.year <= 2099:
            raise Unreadable(f"The {what} must lie between the years 1970 and 2099.")
        return instant.replace(microsecond=0)
    except (ValueError, OverflowError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(
            f"The {what} “{trimmed[:40]}” is not written as 2026-03-02T09:00:00+01:00."
        ) from None
