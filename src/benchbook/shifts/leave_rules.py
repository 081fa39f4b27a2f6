"""Decisions about leave and availability that need no database: local days and what they meet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from benchbook.platform.problems import InvalidInput
from benchbook.shifts.leave_schemas import Availability, NewAvailability, NewLeaveRequest
from benchbook.shifts.rules import END_OF_INSTANTS, FIRST_INSTANT, whole_minute

LONGEST_LEAVE = timedelta(days=732)
_DAY = timedelta(days=1)


def beginning_of(day: date, zone: ZoneInfo) -> datetime:
    """When a local day begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def span_of_leave(new: NewLeaveRequest, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when to when leave is, in UTC; raises InvalidInput unless days or instants fit."""
    if (new.first_day is None) != (new.last_day is None):
        missing = "/last_day" if new.last_day is None else "/first_day"
        raise InvalidInput.at(missing, "Send both days; for one day, the same twice.")
    if (new.starts_at is None) != (new.ends_at is None):
        missing = "/ends_at" if new.ends_at is None else "/starts_at"
        raise InvalidInput.at(missing, "Send both starts_at and ends_at.")
    if (new.first_day is None) == (new.starts_at is None):
        raise InvalidInput.at(
            "/first_day", "Send first_day with last_day, or starts_at with ends_at."
        )
    if new.first_day is not None and new.last_day is not None:
        if not FIRST_INSTANT.year < new.first_day.year < END_OF_INSTANTS.year:
            raise InvalidInput.at("/first_day", "The day must lie between 1971 and 2099.")
        if new.last_day < new.first_day:
            raise InvalidInput.at("/last_day", "The last day is not before the first.")
        if new.last_day - new.first_day > LONGEST_LEAVE - _DAY:
            raise InvalidInput.at("/last_day", "Leave is at most two years long.")
        return beginning_of(new.first_day, zone), beginning_of(new.last_day + _DAY, zone)
    assert new.starts_at is not None
    assert new.ends_at is not None
    starts_at = whole_minute(new.starts_at, "/starts_at")
    ends_at = whole_minute(new.ends_at, "/ends_at")
    if ends_at <= starts_at:
        raise InvalidInput.at("/ends_at", "Leave ends after it starts.")
    if ends_at - starts_at > LONGEST_LEAVE:
        raise InvalidInput.at("/ends_at", "Leave is at most two years long.")
    return starts_at, ends_at


def days_of_leave(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """The first and the last local day of leave of whole days."""
    return starts_at.astimezone(zone).date(), ends_at.astimezone(zone).date() - _DAY


def check_availability(new: NewAvailability) -> tuple[time | None, time | None]:
    """The local times of an entry; raises InvalidInput."""
    if (new.weekday is None) == (new.date is None):
        raise InvalidInput.at("/weekday", "Send a weekday or a date, one of them.")
    if new.date is not None and not FIRST_INSTANT.year < new.date.year < END_OF_INSTANTS.year:
        raise InvalidInput.at("/date", "The day must lie between 1971 and 2099.")
    start = time.fromisoformat(new.start_time) if new.start_time else None
    end = time.fromisoformat(new.end_time) if new.end_time else None
    if end is not None and end <= (start or time()):
        raise InvalidInput.at(
            "/end_time",
            "It ends after it starts, on the same day: for what goes over midnight, make two.",
        )
    return start, end


def meets(entry: Availability, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether a span of time meets an entry, on any local day that it touches."""
    return any(
        begins < ends_at and ends > starts_at
        for begins, ends in _spans_around(entry, starts_at, ends_at)
    )


def _spans_around(
    entry: Availability, starts_at: datetime, ends_at: datetime
) -> Iterator[tuple[datetime, datetime]]:
    zone = ZoneInfo(entry.time_zone)
    day, last = starts_at.astimezone(zone).date(), ends_at.astimezone(zone).date()
    while day <= last:
        if day == entry.date or day.isoweekday() == entry.weekday:
            start = time.fromisoformat(entry.start_time) if entry.start_time else time()
            begins = datetime.combine(day, start, zone).astimezone(UTC)
            ends = (
                datetime.combine(day, time.fromisoformat(entry.end_time), zone).astimezone(UTC)
                if entry.end_time
                else beginning_of(day + _DAY, zone)
            )
            yield begins, ends
        day += _DAY
