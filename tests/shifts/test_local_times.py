"""Clocks and instants: the nights in which clocks change, and days that never were."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchbook.shifts.local_times import day_exists, instant_of

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
# Half an hour, twice a year.
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
# Left out the 30th of December 2011, to be on the other side of the date line.
APIA = ZoneInfo("Pacific/Apia")
ZONES = [BERLIN, NEW_YORK, LORD_HOWE, APIA]


def wall(text: str) -> datetime:
    """What clocks on a wall show, wherever that is."""
    return datetime.fromisoformat(text)


def utc(day: date, clock: str, zone: ZoneInfo) -> str:
    return instant_of(day, time.fromisoformat(clock), zone).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("zone", "day", "clock", "instant"),
    [
        # Forward: 02:00 to 03:00.
        (BERLIN, date(2026, 3, 29), "01:59", "2026-03-29T00:59:00Z"),
        (BERLIN, date(2026, 3, 29), "02:00", "2026-03-29T01:00:00Z"),
        (BERLIN, date(2026, 3, 29), "02:59", "2026-03-29T01:00:00Z"),
        (BERLIN, date(2026, 3, 29), "03:00", "2026-03-29T01:00:00Z"),
        (BERLIN, date(2026, 3, 29), "03:01", "2026-03-29T01:01:00Z"),
        # Back: 03:00 to 02:00.
        (BERLIN, date(2026, 10, 25), "02:00", "2026-10-25T00:00:00Z"),
        (BERLIN, date(2026, 10, 25), "02:30", "2026-10-25T00:30:00Z"),
        (BERLIN, date(2026, 10, 25), "03:00", "2026-10-25T02:00:00Z"),
        (NEW_YORK, date(2026, 3, 8), "02:30", "2026-03-08T07:00:00Z"),
        (NEW_YORK, date(2026, 11, 1), "01:30", "2026-11-01T05:30:00Z"),
        (LORD_HOWE, date(2026, 10, 4), "02:15", "2026-10-03T15:30:00Z"),
        (LORD_HOWE, date(2026, 4, 5), "01:45", "2026-04-04T14:45:00Z"),
        (LORD_HOWE, date(2026, 4, 5), "02:00", "2026-04-04T15:30:00Z"),
        (APIA, date(2011, 12, 29), "23:59", "2011-12-30T09:59:00Z"),
        (APIA, date(2011, 12, 30), "00:00", "2011-12-30T10:00:00Z"),
        (APIA, date(2011, 12, 30), "14:00", "2011-12-30T10:00:00Z"),
        (APIA, date(2011, 12, 31), "00:00", "2011-12-30T10:00:00Z"),
    ],
)
def test_time_that_is_left_out_is_the_change_and_one_that_comes_twice_the_first(
    zone: ZoneInfo, day: date, clock: str, instant: str
):
    assert utc(day, clock, zone) == instant


def test_day_that_was_left_out_does_not_exist():
    assert [day_exists(date(2011, 12, day), APIA) for day in (29, 30, 31)] == [True, False, True]
    assert day_exists(date(2026, 3, 29), BERLIN)


# Walls near a change, within a day of it, and anywhere.
_CHANGES = {
    BERLIN: [wall("2026-03-29T02:00"), wall("2026-10-25T03:00")],
    NEW_YORK: [wall("2026-03-08T02:00"), wall("2026-11-01T02:00")],
    LORD_HOWE: [wall("2026-10-04T02:00"), wall("2026-04-05T02:00")],
    APIA: [wall("2011-12-30T00:00"), wall("2011-12-31T00:00"), wall("2012-04-01T04:00")],
}


@st.composite
def walls(draw: st.DrawFn) -> tuple[ZoneInfo, datetime, datetime]:
    """A zone and two times of a wall, the first not after the second, near a change mostly."""
    zone = draw(st.sampled_from(ZONES))
    around = draw(st.sampled_from([*_CHANGES[zone], wall("2026-07-01T00:00")]))
    minutes = st.one_of(st.integers(-90, 90), st.integers(-2880, 2880))
    both = sorted(around + timedelta(minutes=draw(minutes)) for _ in range(2))
    return zone, both[0], both[1]


@given(walls())
@example((BERLIN, wall("2026-03-29T02:30"), wall("2026-03-29T03:00")))
@example((APIA, wall("2011-12-29T22:00"), wall("2011-12-30T06:00")))
def test_order_on_the_wall_is_the_order_in_fact(given_walls: tuple[ZoneInfo, datetime, datetime]):
    zone, one, other = given_walls
    first = instant_of(one.date(), one.time(), zone)
    second = instant_of(other.date(), other.time(), zone)
    assert first <= second
    # What is longer than nothing by the clocks is so in fact, but for what is left out: as much
    # as the clocks went forward in between, or less than that where they went back.
    by_clocks = other - one
    shift = _offset(second, zone) - _offset(first, zone)
    for instant, meant in ((first, one), (second, other)):
        shown = instant.astimezone(zone).replace(tzinfo=None, fold=0)
        if shown == meant:
            # It exists, and is the first that does.
            assert meant.replace(tzinfo=zone, fold=0).astimezone(UTC) == instant
        else:
            # It is left out: a minute before, the clocks showed an earlier time than that.
            before = (instant - timedelta(minutes=1)).astimezone(zone).replace(tzinfo=None, fold=0)
            assert before < meant < shown
            by_clocks += (shown - meant) * (1 if instant is second else -1)
    assert second - first == by_clocks - shift


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
