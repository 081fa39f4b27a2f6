"""Local days: the one place that knows where they begin and end.

Lists, totals, reports, charts and exports that speak of days take them from here, so that they
agree to the second: over a change of the clocks (days of 23 and 25 hours, half hours too), in
zones that skip a whole day, and for sessions that run over midnight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from benchbook.timetracking.rules import start_of_day

Period = Literal["day", "week", "month", "year"]
Cut = Literal["start_day", "split"]
WeekStart = Literal["monday", "sunday", "saturday"]

_WEEKDAY: dict[WeekStart, int] = {"monday": 0, "saturday": 5, "sunday": 6}


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A local day, or several in a row named after the first, as a half-open range of instants."""

    date: date
    start: datetime
    end: datetime

    @property
    def seconds(self) -> int:
        """Its real length: 86,400 but for changes of the clocks."""
        return int((self.end - self.start).total_seconds())


def period_around(period: Period, day: date, week_start: WeekStart) -> tuple[date, date]:
    """The first day of the period that ``day`` lies in, and the first day after it."""
    match period:
        case "day":
            return day, day + timedelta(days=1)
        case "week":
            first = day - timedelta(days=(day.weekday() - _WEEKDAY[week_start]) % 7)
            return first, first + timedelta(days=7)
        case "month":
            first = day.replace(day=1)
            return first, (first + timedelta(days=31)).replace(day=1)
        case "year":
            return date(day.year, 1, 1), date(day.year + 1, 1, 1)


def local_days(first: date, after: date, zone: ZoneInfo) -> list[LocalDay]:
    """The local days from ``first`` up to, not including, ``after``.

    They follow each other without gap or overlap. A day that a zone skipped is left out.
    """
    days: list[LocalDay] = []
    for year in range(first.year, (after - timedelta(days=1)).year + 1):
        days += [day for day in _days_of_year(year, zone) if first <= day.date < after]
    return days


def local_spans(cuts: Sequence[date], zone: ZoneInfo) -> list[LocalDay]:
    """What lies between days, in their order; at least two of them.

    They follow each other without gap or overlap. Of a day alone that a zone skipped there is none.
    """
    starts = [start_of_day(day, zone) for day in cuts]
    return [
        LocalDay(day, start, end)
        for day, start, end in zip(cuts, starts, starts[1:], strict=False)
        if end > start
    ]


def days_between(earliest: datetime, latest: datetime, zone: ZoneInfo) -> list[LocalDay]:
    """The local days that hold two instants and all that lies between them."""
    # Where a clock is put back over midnight, the wall shows a day that is over once more.
    first = earliest.astimezone(zone).date() - timedelta(days=1)
    after = latest.astimezone(zone).date() + timedelta(days=2)
    return [
        day for day in local_days(first, after, zone) if day.end > earliest and day.start <= latest
    ]


# Where days begin is asked for with every report and does not change while a server runs. A year
# takes 50 kB, and 5 ms to work out: one session with a mistyped year must not have totals do so
# for all years between, each time.
@lru_cache(maxsize=256)
def _days_of_year(year: int, zone: ZoneInfo) -> tuple[LocalDay, ...]:
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    days = []
    start = start_of_day(first, zone)
    for number in range((after - first).days):
        day = first + timedelta(days=number)
        end = start_of_day(day + timedelta(days=1), zone)
        if end > start:
            days.append(LocalDay(day, start, end))
        start = end
    return tuple(days)


def cut_by_day(
    started_at: datetime, ended_at: datetime, days: Sequence[LocalDay], cut: Cut
) -> list[tuple[date, int]]:
    """The seconds of one interval on each of the days that it touches.

    ``split`` cuts it at local midnight; ``start_day`` gives all of it to the day it starts in.
    This is what the SQL of totals and reports does for many; the tests hold the two together.
    """
    if cut == "start_day":
        seconds = int((ended_at - started_at).total_seconds())
        return [(day.date, seconds) for day in days if day.start <= started_at < day.end]
    return [
        (day.date, int((min(ended_at, day.end) - max(started_at, day.start)).total_seconds()))
        for day in days
        if started_at < day.end and ended_at > day.start
    ]


def today_in(zone: ZoneInfo, now: datetime | None = None) -> date:
    """The local date now."""
    return (now or datetime.now(UTC)).astimezone(zone).date()
