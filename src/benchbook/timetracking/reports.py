"""What people ask of their hours: a day, week, month or year, by project, client, tag or person."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction
from benchbook.timetracking import report_store as store
from benchbook.timetracking.days import (
    Cut,
    Period,
    WeekStart,
    days_between,
    local_days,
    period_around,
)
from benchbook.timetracking.filters import SessionFilters
from benchbook.timetracking.report_store import GroupBy
from benchbook.timetracking.schemas import DayTotal, HoursReport, ReportBucket, SessionTotals

# Key, label and colour of what sessions are grouped by.
Group = tuple[str | None, str, str | None]

UNFILED = {
    "project": "No project",
    "client": "No client",
    "tag": "No tag",
    "person": "Nobody",
    "none": "All",
}


# Over so many days they are counted in vain, if sessions are few: it is asked first which have any.
MANY_DAYS = timedelta(days=800)


async def total_sessions(
    tx: Transaction, caller: Caller, filters: SessionFilters, zone: ZoneInfo
) -> SessionTotals:
    """Count and duration of everything that the filters show, by local day of the start."""
    earliest, latest = filters.range
    if earliest is None or latest is None or latest - earliest > MANY_DAYS:
        found = await store.first_and_last_start(tx, caller.organisation_id, filters)
        if found is None:
            return SessionTotals(count=0, duration_seconds=0, days=[])
        days = days_between(*found, zone)
    elif earliest >= latest:
        return SessionTotals(count=0, duration_seconds=0, days=[])
    else:
        days = days_between(earliest, latest, zone)
    rows = await store.sum_by_day_of_start(tx, caller.organisation_id, filters, days)
    return SessionTotals(
        count=sum(row["count"] for row in rows),
        duration_seconds=sum(row["duration_seconds"] for row in rows),
        days=[DayTotal(days[row["day"] - 1].date, row["duration_seconds"]) for row in rows],
    )


async def report_hours(
    tx: Transaction,
    caller: Caller,
    filters: SessionFilters,
    *,
    period: Period,
    day: date,
    week_start: WeekStart,
    zone: ZoneInfo,
    group_by: GroupBy,
    cut: Cut,
) -> HoursReport:
    """The durations of a period by group and local day.

    ``total_seconds`` and ``days`` count every session once; a session with several tags is in
    the bucket of each of them.
    """
    first, after = period_around(period, day, week_start)
    days = local_days(first, after, zone)

    async def sums(by: GroupBy) -> dict[Group, dict[date, int]]:
        groups: dict[Group, dict[date, int]] = defaultdict(dict)
        for row in await store.sum_by_group_and_day(
            tx, caller.organisation_id, filters, days=days, cut=cut, group_by=by
        ):
            label = UNFILED[by] if row["key"] is None else row["label"]
            of_group = groups[row["key"], label, row["colour"]]
            of_group[days[row["day"] - 1].date] = row["duration_seconds"]
        return groups

    # The one day that Samoa skipped has no instants, and so no hours.
    groups = await sums("none") if days else {}
    totals = next(iter(groups.values()), {})
    if totals and group_by != "none":
        groups = await sums(group_by)
    buckets = [
        ReportBucket(
            key=key,
            label=label,
            colour=colour,
            duration_seconds=sum(seconds.values()),
            days=_by_day(seconds),
        )
        for (key, label, colour), seconds in groups.items()
    ]
    buckets.sort(key=lambda bucket: (-bucket.duration_seconds, bucket.label))
    return HoursReport(
        from_=first,
        to=after,
        time_zone=zone.key,
        total_seconds=sum(totals.values()),
        days=_by_day(totals),
        buckets=buckets,
    )


def _by_day(seconds: dict[date, int]) -> list[DayTotal]:
    return [DayTotal(day, seconds[day]) for day in sorted(seconds)]
