"""What people ask of their hours: a day, week, month or year, by project, client, tag or person."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction
from benchbook.timetracking import report_store as store
from benchbook.timetracking.days import Cut, Period, WeekStart, local_days, period_around
from benchbook.timetracking.report_store import GroupBy
from benchbook.timetracking.schemas import DayTotal, HoursReport, ReportBucket

UNFILED = {
    "project": "No project",
    "client": "No client",
    "tag": "No tag",
    "person": "Nobody",
    "none": "All",
}


async def report_hours(
    tx: Transaction,
    caller: Caller,
    *,
    period: Period,
    day: date,
    week_start: WeekStart,
    zone: ZoneInfo,
    group_by: GroupBy,
    cut: Cut,
    person_id: UUID | None,
    project_id: UUID | None,
    billable: bool | None,
) -> HoursReport:
    """The durations of a period by group and local day.

    ``total_seconds`` and ``days`` count every session once; a session with several tags is in
    the bucket of each of them.
    """
    first, after = period_around(period, day, week_start)
    days = local_days(first, after, zone)
    filters: dict[str, Any] = {
        "person_id": person_id,
        "project_id": project_id,
        "billable": billable,
    }
    # The one day that Samoa skipped has no instants, and so no hours.
    totals: dict[date, int] = {}
    if days:
        totals = dict(
            await store.sum_by_day(tx, caller.organisation_id, days=days, cut=cut, **filters)
        )
    groups: dict[tuple[str | None, str, str | None], dict[date, int]] = defaultdict(dict)
    if totals and group_by == "none":
        groups[None, UNFILED["none"], None] = totals
    elif totals:
        for row in await store.sum_by_group_and_day(
            tx, caller.organisation_id, days=days, cut=cut, group_by=group_by, **filters
        ):
            label = UNFILED[group_by] if row["key"] is None else row["label"]
            groups[row["key"], label, row["colour"]][row["date"]] = row["duration_seconds"]
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
