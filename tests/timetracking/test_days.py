"""Local days tile time: no second is lost or counted twice, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbook.timetracking.days import Period, WeekStart, cut_by_day, local_days, period_around

ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "UTC",
]
zones = st.sampled_from(ZONES).map(ZoneInfo)
dates = st.dates(date(1990, 1, 1), date(2037, 12, 31))


@given(zones, dates, st.integers(1, 400))
def test_days_follow_each_other_without_gap_or_overlap(zone: ZoneInfo, first: date, number: int):
    days = local_days(first, first + timedelta(days=number), zone)
    for day, following in pairwise(days):
        assert day.end == following.start
        assert day.date < following.date
    assert all(day.start < day.end for day in days)


@given(zones, dates, st.integers(0, 86_399))
def test_every_instant_of_a_day_has_its_date_on_the_wall(zone: ZoneInfo, day: date, offset: int):
    [*found] = local_days(day, day + timedelta(days=1), zone)
    for local in found:
        instant = local.start + timedelta(seconds=offset % local.seconds)
        assert instant.astimezone(zone).date() == day


@given(
    zones,
    st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001 - UTC is added below
    st.integers(1, 5 * 86_400),
)
def test_cutting_at_midnight_loses_and_doubles_no_second(
    zone: ZoneInfo, start: datetime, seconds: int
):
    started_at = start.replace(microsecond=0, tzinfo=UTC)
    ended_at = started_at + timedelta(seconds=seconds)
    first = started_at.astimezone(zone).date() - timedelta(days=2)
    days = local_days(first, first + timedelta(days=12), zone)
    for cut in ("split", "start_day"):
        pieces = cut_by_day(started_at, ended_at, days, cut)
        assert sum(piece for _, piece in pieces) == seconds
        assert all(piece > 0 for _, piece in pieces)
    assert len(cut_by_day(started_at, ended_at, days, "start_day")) == 1


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Asia/Kolkata", date(2026, 3, 29), 24),
    ],
)
def test_day_of_a_clock_change_has_its_real_length(zone: str, day: date, hours: float):
    [local] = local_days(day, day + timedelta(days=1), ZoneInfo(zone))
    assert local.seconds == hours * 3600


def test_day_that_a_zone_skipped_is_left_out():
    apia = ZoneInfo("Pacific/Apia")
    days = local_days(date(2011, 12, 29), date(2012, 1, 1), apia)
    assert [day.date for day in days] == [date(2011, 12, 29), date(2011, 12, 31)]
    assert days[0].end == days[1].start


@given(
    st.sampled_from(["day", "week", "month", "year"]),
    dates,
    st.sampled_from(["monday", "sunday", "saturday"]),
)
def test_periods_hold_their_day_and_tile_the_calendar(
    period: Period, day: date, week_start: WeekStart
):
    first, after = period_around(period, day, week_start)
    assert first <= day < after
    assert period_around(period, first, week_start) == (first, after)
    following, _ = period_around(period, after, week_start)
    assert following == after
