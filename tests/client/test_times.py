"""The times and days that people type, read in their own time zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbook_client.times import (
    TimeNotUnderstoodError,
    parse_day_or_instant,
    parse_end,
    parse_instant,
    parse_past,
)

BERLIN = ZoneInfo("Europe/Berlin")
# A Wednesday, 14:05:30 in Berlin.
NOW = datetime(2026, 5, 13, 12, 5, 30, 987_000, tzinfo=UTC)


def berlin(year: int, month: int, day: int, hour: int, minute: int = 0, second: int = 0):
    return datetime(year, month, day, hour, minute, second, tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", datetime(2026, 5, 13, 12, 5, 30, tzinfo=UTC)),
        ("09:30", berlin(2026, 5, 13, 9, 30)),
        ("9:30", berlin(2026, 5, 13, 9, 30)),
        ("09:30:15", berlin(2026, 5, 13, 9, 30, 15)),
        ("at 9:30", berlin(2026, 5, 13, 9, 30)),
        ("9am", berlin(2026, 5, 13, 9)),
        ("9:30 PM", berlin(2026, 5, 13, 21, 30)),
        ("12am", berlin(2026, 5, 13, 0)),
        ("12pm", berlin(2026, 5, 13, 12)),
        ("noon", berlin(2026, 5, 13, 12)),
        ("yesterday 17:00", berlin(2026, 5, 12, 17)),
        ("17:00 yesterday", berlin(2026, 5, 12, 17)),
        ("yesterday at 5pm", berlin(2026, 5, 12, 17)),
        ("Monday 9:00", berlin(2026, 5, 11, 9)),
        ("wed 9:00", berlin(2026, 5, 13, 9)),
        ("thursday, 9:00", berlin(2026, 5, 7, 9)),
        ("3 days ago 08:15", berlin(2026, 5, 10, 8, 15)),
        ("2026-05-01 09:30", berlin(2026, 5, 1, 9, 30)),
        ("2026-05-01T09:30", berlin(2026, 5, 1, 9, 30)),
        ("2026-05-01T09:30:00Z", datetime(2026, 5, 1, 9, 30, tzinfo=UTC)),
        ("2026-05-01 09:30+05:30", datetime(2026, 5, 1, 4, 0, tzinfo=UTC)),
        ("2026-05-01T09:30:00.75-0300", datetime(2026, 5, 1, 12, 30, tzinfo=UTC)),
        ("20m ago", datetime(2026, 5, 13, 11, 45, 30, tzinfo=UTC)),
        ("20 minutes ago", datetime(2026, 5, 13, 11, 45, 30, tzinfo=UTC)),
        ("1h30 ago", datetime(2026, 5, 13, 10, 35, 30, tzinfo=UTC)),
        ("1h 30m ago", datetime(2026, 5, 13, 10, 35, 30, tzinfo=UTC)),
        ("2 hours ago", datetime(2026, 5, 13, 10, 5, 30, tzinfo=UTC)),
        ("45s ago", datetime(2026, 5, 13, 12, 4, 45, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_the_persons_zone(text: str, expected: datetime) -> None:
    assert parse_instant(text, zone=BERLIN, now=NOW) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9",
        "24:00",
        "9:60",
        "13pm",
        "0am",
        "tomorrowish 9:00",
        "2026-02-30 09:00",
        "2026-05-01T25:00Z",
        "12.5.2026 09:30",
        "ago",
        "yesterday",
        "٩:٣٠",
    ],
)
def test_what_is_not_a_time_is_answered_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(TimeNotUnderstoodError, match="Times are written like"):
        parse_instant(text, zone=BERLIN, now=NOW)


def test_an_hour_that_the_clock_change_skips_is_refused() -> None:
    with pytest.raises(TimeNotUnderstoodError, match="02:30 does not exist on 2026-03-29"):
        parse_instant("2026-03-29 02:30", zone=BERLIN, now=NOW)


def test_of_an_hour_that_comes_twice_the_first_is_meant() -> None:
    instant = parse_instant("2026-10-25 02:30", zone=BERLIN, now=NOW)
    assert instant == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        (berlin(2026, 5, 12, 9), "11:00", berlin(2026, 5, 12, 11)),
        (berlin(2026, 5, 12, 22), "01:30", berlin(2026, 5, 13, 1, 30)),
        (berlin(2026, 5, 12, 22), "22:00", berlin(2026, 5, 13, 22)),
        (berlin(2026, 5, 12, 22), "yesterday 21:00", berlin(2026, 5, 12, 21)),
        # Over the night of a clock change the same wall time is still the next day's.
        (berlin(2026, 10, 24, 22), "06:00", berlin(2026, 10, 25, 6)),
    ],
)
def test_an_end_without_a_day_is_the_first_such_time_after_the_start(
    start: datetime, text: str, end: datetime
) -> None:
    assert parse_end(text, start=start, zone=BERLIN, now=NOW) == end


def test_a_past_time_without_a_day_may_have_been_yesterday() -> None:
    assert parse_past("22:30", zone=BERLIN, now=NOW) == berlin(2026, 5, 12, 22, 30)
    assert parse_past("08:00", zone=BERLIN, now=NOW) == berlin(2026, 5, 13, 8)
    # A day that was named is never replaced by another.
    assert parse_past("2026-05-13 22:30", zone=BERLIN, now=NOW) == berlin(2026, 5, 13, 22, 30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", date(2026, 5, 13)),
        ("Yesterday", date(2026, 5, 12)),
        ("monday", date(2026, 5, 11)),
        ("wednesday", date(2026, 5, 13)),
        ("sun", date(2026, 5, 10)),
        ("3 days ago", date(2026, 5, 10)),
        ("2026-02-28", date(2026, 2, 28)),
        ("monday 12:00", berlin(2026, 5, 11, 12)),
    ],
)
def test_a_range_begins_with_a_day_or_a_time(text: str, expected: date) -> None:
    assert parse_day_or_instant(text, zone=BERLIN, now=NOW) == expected


def test_the_day_is_the_one_of_the_persons_zone() -> None:
    just_after_midnight_in_berlin = datetime(2026, 5, 12, 22, 30, tzinfo=UTC)
    today = parse_day_or_instant("today", zone=BERLIN, now=just_after_midnight_in_berlin)
    assert today == date(2026, 5, 13)


@pytest.mark.parametrize("text", ["2026-02-30", "soon", "12.5.2026"])
def test_what_is_not_a_day_is_answered_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(TimeNotUnderstoodError, match="Days are written like"):
        parse_day_or_instant(text, zone=BERLIN, now=NOW)


@given(st.text(alphabet="0123456789:-T+Zz ampyestrdoghu.", max_size=30))
def test_any_text_is_read_or_refused_but_never_crashes(text: str) -> None:
    for read in (parse_instant, parse_past, parse_day_or_instant):
        try:
            result = read(text, zone=BERLIN, now=NOW)
        except TimeNotUnderstoodError:
            continue
        assert isinstance(result, date)


@given(
    st.datetimes(
        min_value=datetime(1990, 1, 1),  # noqa: DTZ001
        max_value=datetime(2060, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    st.sampled_from(["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia"]),
)
def test_a_written_instant_is_read_as_itself(instant: datetime, zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    whole = instant.replace(microsecond=0)
    written = whole.astimezone(zone)
    if (written.utcoffset() or timedelta()).seconds % 60:
        return  # a historic offset with seconds cannot be typed
    assert parse_instant(written.isoformat(), zone=BERLIN, now=NOW) == whole
