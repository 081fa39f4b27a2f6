"""From clocks on a wall to instants, also in the nights in which the clocks change.

One rule for starts and ends alike, and it never turns the order of two times around:

- A time that exists once is that instant.
- A time that exists twice, because the clocks go back, is the first of the two.
- A time that does not exist, because the clocks go forward, is the instant at which they do.

So shifts that touch on the wall touch in fact, none of them overlap by a change of the clocks, and
what lies wholly in an hour that is left out has no length. (To move such a time on by the hour
that is left out, as calendars do, would have a shift to 02:30 overlap the next one from 03:00.)
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def instant_of(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant in UTC at which clocks in the zone show this time of this day; see above."""
    wall = datetime.combine(day, clock, zone)
    first = wall.replace(fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None, fold=0) == wall.replace(tzinfo=None):
        return first
    # The offset before the change leads behind it, and the one after it before it.
    return _change_between(wall.replace(fold=1).astimezone(UTC), first, zone)


def day_exists(day: date, zone: ZoneInfo) -> bool:
    """Whether the zone has this day; some that crossed the date line have left one out."""
    return instant_of(day, time(), zone) < instant_of(day + timedelta(days=1), time(), zone)


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the later offset, to the second."""
    offset = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while low < high:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset:
            low = middle + 1
        else:
            high = middle
    return before + timedelta(seconds=low)
