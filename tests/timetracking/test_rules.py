"""Decisions about hours that need no database: durations, local calendars, what a session may be."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchbook.platform.problems import InvalidInput, Problem
from benchbook.timetracking.errors import SessionTooLong
from benchbook.timetracking.rules import (
    LONGEST_SESSION,
    calendar_range,
    clean_tags,
    read_bound,
    read_duration,
    start_of_day,
    start_of_month,
    whole_second,
)

ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Sao_Paulo",
        "America/St_Johns",
        "Africa/Casablanca",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Asia/Gaza",
        "Atlantic/Azores",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Pacific/Chatham",
        "Pacific/Kiritimati",
    ]
).map(ZoneInfo)
YEARS = st.integers(1970, 2099)
DAYS = st.dates(date(1970, 1, 2), date(2099, 12, 30))

MINUTE, HOUR = 60, 3600


# Durations -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90 * MINUTE),
        ("1", MINUTE),
        ("90m", 90 * MINUTE),
        ("90 m", 90 * MINUTE),
        ("90min", 90 * MINUTE),
        ("90 minutes", 90 * MINUTE),
        ("1 minute", MINUTE),
        ("1.5", 90 * MINUTE),
        ("1,5", 90 * MINUTE),
        ("1.5h", 90 * MINUTE),
        ("1,5 h", 90 * MINUTE),
        ("1.5 hours", 90 * MINUTE),
        ("0.25", 15 * MINUTE),
        ("0,1", 6 * MINUTE),
        ("1h", HOUR),
        ("1 h", HOUR),
        ("2 hours", 2 * HOUR),
        ("1 hour", HOUR),
        ("1h30", 90 * MINUTE),
        ("1h30m", 90 * MINUTE),
        ("1h 30m", 90 * MINUTE),
        ("1 h 30 min", 90 * MINUTE),
        ("1H30", 90 * MINUTE),
        ("1h5", 65 * MINUTE),
        ("1h 30m 15s", 90 * MINUTE + 15),
        ("45s", 45),
        ("45 sec", 45),
        ("1m30s", 90),
        ("1:30", 90 * MINUTE),
        ("0:05", 5 * MINUTE),
        ("01:30:15", 90 * MINUTE + 15),
        ("100:00", 100 * HOUR),
        ("744:00", 31 * 24 * HOUR),
        (" 1h ", HOUR),
        (5400, 5400),
        (1, 1),
        (31 * 24 * HOUR, 31 * 24 * HOUR),
    ],
)
def test_duration_is_read_as_people_type_it(text: str | int, seconds: int):
    assert read_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "h", "m", "s", ":", ".", ",", "x", "1x", "1h30x", "one hour", "1:60", "1:5", "1:30:60",
        "1.", ".5", "1.5.5", "1,5,5", "1:30h", "-1", "-90", "+90", "1e3", "0x10", "1h-30m", "30m1h",
        "5 5", "1_000", "∞", "1½", "١", "١:٣٠", "90\0", "0", "0m", "0:00", "0.0", 0, -1, -5400,
    ],
)  # fmt: skip
def test_what_is_no_duration_is_refused(text: str | int):
    with pytest.raises(InvalidInput) as refusal:
        read_duration(text)
    assert refusal.value.errors[0].pointer == "/duration"


@pytest.mark.parametrize(
    "text", ["744:01", "31.1", "745h", "44641", "99999", 31 * 24 * HOUR + 1, 10**30]
)
def test_more_than_31_days_is_too_long(text: str | int):
    if text == "31.1":
        assert read_duration(text) == 31.1 * HOUR  # hours, not days
        return
    with pytest.raises(SessionTooLong):
        read_duration(text)


@given(st.text() | st.from_regex(r"[\d.,:hms ]{1,12}") | st.integers())
@example("9" * 400)
@example("٣")
@example("1:٣٠")
def test_any_duration_is_read_or_refused(value: str | int):
    try:
        seconds = read_duration(value)
    except Problem:
        return
    assert isinstance(seconds, int)
    assert 0 < seconds <= LONGEST_SESSION.total_seconds()


@given(st.integers(1, 44_640))
def test_ways_to_write_a_duration_agree(minutes: int):
    expected = minutes * MINUTE
    hours, rest = divmod(minutes, 60)
    for text in (
        f"{minutes}",
        f"{minutes}m",
        f"{hours}:{rest:02}",
        f"{hours}h{rest}",
        f"{hours}h {rest}m",
    ):
        assert read_duration(text) == expected
    assert read_duration(expected) == expected


# Instants --------------------------------------------------------------------------------------


@given(st.datetimes(timezones=st.timezones()))
def test_instant_is_cut_to_the_second_in_utc_or_refused(instant: datetime):
    try:
        cut = whole_second(instant, "/started_at")
    except InvalidInput:
        return
    assert cut.tzinfo is UTC
    assert cut.microsecond == 0
    assert timedelta(0) <= instant - cut < timedelta(seconds=1)
    assert 1970 <= cut.year <= 2099


@pytest.mark.parametrize(
    "text",
    [
        "1969-12-31T23:59:59Z",
        "2100-01-01T00:00:00Z",
        "2099-12-31T23:59:59-00:01",
        "1970-01-01T00:00:00+00:01",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-01-01T00:00:00",
    ],
)
def test_instant_outside_the_years_or_without_offset_is_refused(text: str):
    with pytest.raises(InvalidInput) as refusal:
        whole_second(datetime.fromisoformat(text), "/started_at")
    assert refusal.value.errors[0].pointer == "/started_at"


# Tags ------------------------------------------------------------------------------------------


def test_tags_are_trimmed_and_each_there_once_in_their_order():
    assert clean_tags([" b ", "a", "b", "a "]) == ["b", "a"]


@pytest.mark.parametrize(
    ("tags", "pointer"),
    [(["a", ""], "/tags/1"), (["  "], "/tags/0"), (["a", "b", "x" * 51], "/tags/2")],
)
def test_tag_that_cannot_be_one_is_named(tags: list[str], pointer: str):
    with pytest.raises(InvalidInput) as refusal:
        clean_tags(tags)
    assert refusal.value.errors[0].pointer == pointer


def test_session_has_at_most_fifty_tags():
    assert len(clean_tags([f"tag {number}" for number in range(50)])) == 50
    with pytest.raises(InvalidInput):
        clean_tags([f"tag {number}" for number in range(51)])


# Local calendars -------------------------------------------------------------------------------


@given(ZONES, DAYS)
def test_day_begins_with_the_first_instant_of_its_date(zone: ZoneInfo, day: date):
    start = start_of_day(day, zone)
    local = start.astimezone(zone)
    if local.date() != day:
        # A date that the zone skipped altogether, such as 2011-12-30 in Apia.
        assert start_of_day(day + timedelta(days=1), zone) == start
        return
    before = (start - timedelta(seconds=1)).astimezone(zone)
    assert before.date() < day


@given(ZONES, st.datetimes(datetime(1970, 1, 3), datetime(2099, 12, 28), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_instant_is_in_exactly_the_day_of_its_local_date(zone: ZoneInfo, instant: datetime):
    day = instant.astimezone(zone).date()
    around = [day + timedelta(days=shift) for shift in (-1, 0, 1)]
    holding = [
        candidate
        for candidate in around
        if start_of_day(candidate, zone)
        <= instant
        < start_of_day(candidate + timedelta(days=1), zone)
    ]
    assert holding == [day]


@given(ZONES, YEARS)
def test_days_and_months_tile_the_year(zone: ZoneInfo, year: int):
    whole = calendar_range(year, None, zone)
    assert whole is not None
    months = [calendar_range(year, month, zone) for month in range(1, 13)]
    starts_and_ends = [whole[0]]
    for month in months:
        assert month is not None
        assert month[0] == starts_and_ends[-1], "no gap and no overlap"
        assert month[0] < month[1]
        starts_and_ends.append(month[1])
    assert starts_and_ends[-1] == whole[1] == start_of_month(year + 1, 1, zone)

    day, end = date(year, 1, 1), date(year + 1, 1, 1)
    lengths = []
    while day < end:
        following = day + timedelta(days=1)
        lengths.append(start_of_day(following, zone) - start_of_day(day, zone))
        day = following
    assert sum(lengths, timedelta()) == whole[1] - whole[0]
    assert all(timedelta(0) <= length <= timedelta(hours=26) for length in lengths)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Pacific/Apia", date(2011, 12, 30), 0),
        ("Pacific/Apia", date(2011, 12, 29), 24),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # midnight did not exist
        ("Asia/Kolkata", date(2026, 3, 29), 24),
    ],
)
def test_days_are_as_long_as_the_clocks_made_them(zone: str, day: date, hours: float):
    info = ZoneInfo(zone)
    length = start_of_day(day + timedelta(days=1), info) - start_of_day(day, info)
    assert length == timedelta(hours=hours)


def test_month_needs_its_year():
    with pytest.raises(InvalidInput) as refusal:
        calendar_range(None, 3, ZoneInfo("UTC"))
    assert refusal.value.errors[0].pointer == "?month"
    assert calendar_range(None, None, ZoneInfo("UTC")) is None


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-29", "2026-03-28T23:00:00Z"),
        ("2026-03-30", "2026-03-29T22:00:00Z"),
        ("2026-03-29T10:00:00Z", "2026-03-29T10:00:00Z"),
        ("2026-03-29T10:00:00+05:30", "2026-03-29T04:30:00Z"),
        ("2026-03-29T10:00:00 05:30", "2026-03-29T04:30:00Z"),
    ],
)
def test_bound_is_a_date_or_an_instant(text: str, instant: str):
    assert read_bound(text, ZoneInfo("Europe/Berlin"), "?from") == datetime.fromisoformat(instant)


@given(
    st.text() | st.from_regex(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}([+-]\d{2}:\d{2}|Z)?)?"), ZONES
)
@example("0001-01-01", ZoneInfo("Pacific/Kiritimati"))
@example("9999-12-31", ZoneInfo("America/New_York"))
@example("0001-01-01T00:00:00+14:00", ZoneInfo("UTC"))
def test_any_bound_is_read_or_refused(text: str, zone: ZoneInfo):
    try:
        bound = read_bound(text, zone, "?to")
    except InvalidInput:
        return
    assert bound.utcoffset() == timedelta(0)


def test_every_zone_that_python_knows_can_be_a_calendar():
    for name in zoneinfo.available_timezones():
        zone = ZoneInfo(name)
        assert start_of_month(2026, 1, zone) < start_of_month(2026, 13, zone)
