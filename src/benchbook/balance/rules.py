"""Decisions about balances that need no database: spans, what leave takes off, and running sums.

Time is cut into spans of whole days, at whatever changes the sums: where periods, targets and
today begin. Within a span one target is in force, so that years before the periods are one sum.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from benchbook.balance.schemas import BalancePeriod, BalancePeriodKind
from benchbook.timetracking.days import WeekStart, cut_by_day, days_between, period_around
from benchbook.timetracking.target_rules import day_target
from benchbook.timetracking.target_schemas import Target

_DAY = timedelta(days=1)
# More seconds than any day or target has.
_WHOLE_DAY = 48 * 3600

Days = tuple[date, date]
"""The first day, and the first day after."""


@dataclass(frozen=True)
class Leave:
    """Approved leave: whole local days of its own zone, or the time between two instants."""

    whole_days: bool
    time_zone: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Balance:
    """A person's balance before the periods, and the periods; seconds, None without a target."""

    opening_seconds: int | None
    periods: list[BalancePeriod]


@dataclass(frozen=True)
class _Sum:
    """A span's or several spans' seconds. Those of a target are None where none is in force."""

    target: int | None = None
    leave: int = 0
    tracked: int = 0
    difference: int | None = None

    def __add__(self, other: _Sum) -> _Sum:
        return _Sum(
            _sum_of_known(self.target, other.target),
            self.leave + other.leave,
            self.tracked + other.tracked,
            _sum_of_known(self.difference, other.difference),
        )


def periods_within(
    first: date, after: date, by: BalancePeriodKind, week_start: WeekStart
) -> list[Days]:
    """The whole weeks or months that have a day in a range."""
    periods = []
    while first < after:
        period = period_around(by, first, week_start)
        periods.append(period)
        first = period[1]
    return periods


def spans_of(periods: Sequence[Days], target_days: Iterable[date], today: date) -> list[Days]:
    """Spans from the first target's day, or the first period's, to the last period's end."""
    end = periods[-1][1]
    cuts = {day for period in periods for day in period}
    cuts |= {day for day in target_days if day < end}
    if min(cuts) < today < end:
        cuts.add(today)
    days = sorted(cuts)
    return list(itertools.pairwise(days))


def away_by_day(leave: Sequence[Leave], zone: ZoneInfo) -> dict[date, int]:
    """The seconds of each local day that a person is on leave; of a whole day more than it has."""
    away: dict[date, int] = {}
    for each in leave:
        if each.whole_days:
            own_zone = ZoneInfo(each.time_zone)
            day, after = (at.astimezone(own_zone).date() for at in (each.starts_at, each.ends_at))
            while day < after:
                away[day] = _WHOLE_DAY
                day += _DAY
        else:
            days = days_between(each.starts_at, each.ends_at, zone)
            for day, seconds in cut_by_day(each.starts_at, each.ends_at, days, "split"):
                away[day] = away.get(day, 0) + seconds
    return away


def balance_of(
    targets: Sequence[Target],
    away: Mapping[date, int],
    tracked: Mapping[date, int],
    *,
    spans: Sequence[Days],
    periods: Sequence[Days],
    today: date,
) -> Balance:
    """What one person's spans add up to by period.

    ``targets`` are in the order of their days; ``tracked`` has the seconds of each span by its
    first day. Days before today count for the balance, and only where a target is in force.
    """
    since = targets[0].effective_from if targets else None
    sums = {
        first: _sum_of_span(targets, away, tracked.get(first, 0), (first, after), today)
        for first, after in spans
        if (since is not None and since <= first) or first >= periods[0][0]
    }
    opening = sum((each for first, each in sums.items() if first < periods[0][0]), _Sum())
    running = opening.difference or 0
    told = []
    for first, after in periods:
        total = sum((each for day, each in sums.items() if first <= day < after), _Sum())
        running += total.difference or 0
        told.append(
            BalancePeriod(
                from_=first,
                to=after,
                target_seconds=total.target,
                leave_seconds=total.leave,
                expected_seconds=None if total.target is None else total.target - total.leave,
                tracked_seconds=total.tracked,
                difference_seconds=total.difference,
                balance_seconds=None
                if since is None or since >= after or first > today
                else running,
            )
        )
    return Balance(None if since is None else opening.difference or 0, told)


def _sum_of_span(
    targets: Sequence[Target], away: Mapping[date, int], tracked: int, span: Days, today: date
) -> _Sum:
    first, after = span
    if day_target(targets, first) is None:
        return _Sum(tracked=tracked)
    weeks, rest = divmod((after - first).days, 7)
    shares = [_share(targets, first + number * _DAY) for number in range(7)]
    target = weeks * sum(shares) + sum(shares[:rest])
    leave = sum(
        min(seconds, _share(targets, day)) for day, seconds in away.items() if first <= day < after
    )
    difference = tracked - target + leave if after <= today else None
    return _Sum(target, leave, tracked, difference)


def _share(targets: Sequence[Target], day: date) -> int:
    found = day_target(targets, day)
    return found.share_seconds if found else 0


def _sum_of_known(one: int | None, other: int | None) -> int | None:
    return (one or 0) + (other or 0) if (one, other) != (None, None) else None
