"""What people ask of their hours: a day, week, month or year, by project, client, tag or person."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import asyncpg

from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction
from benchbook.timetracking import report_store as store
from benchbook.timetracking.days import (
    Cut,
    LocalDay,
    Period,
    WeekStart,
    days_between,
    local_days,
    period_around,
)
from benchbook.timetracking.filters import SessionFilters
from benchbook.timetracking.money import Rounding, amount_text
from benchbook.timetracking.pricing import Prices, visible_prices
from benchbook.timetracking.rate_schemas import RoundingRule
from benchbook.timetracking.report_store import GroupBy
from benchbook.timetracking.rules import FIRST_INSTANT
from benchbook.timetracking.schemas import (
    DayTotal,
    HoursReport,
    ReportBucket,
    ReportDay,
    SessionTotals,
)

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
    tx: Transaction,
    caller: Caller,
    filters: SessionFilters,
    zone: ZoneInfo,
    *,
    amounts: bool = False,
    rounding: Rounding | None = None,
) -> SessionTotals:
    """Count and duration of everything that the filters show, by local day of the start.

    With ``amounts``, what is billable and, if the caller may see it, what it costs.
    """
    days = await _days_of(tx, caller, filters, zone)
    if not amounts and rounding is None:
        rows = await store.sum_by_day_of_start(tx, caller.organisation_id, filters, days)
        return SessionTotals(
            count=sum(row["count"] for row in rows),
            duration_seconds=sum(row["duration_seconds"] for row in rows),
            days=[DayTotal(days[row["day"] - 1].date, row["duration_seconds"]) for row in rows],
        )
    prices = await visible_prices(tx, caller) if amounts else None
    rows = await store.sum_priced_by_day_of_start(
        tx, caller.organisation_id, filters, days, rounding, prices
    )
    total = sum(map(Sums.of, rows), Sums())
    totals = SessionTotals(
        count=sum(row["count"] for row in rows),
        duration_seconds=total.seconds,
        days=[DayTotal(days[row["day"] - 1].date, row["duration_seconds"]) for row in rows],
    )
    if amounts:
        totals.billable_seconds = total.billable
        totals.unrated_seconds = total.unrated if prices else None
        totals.amount = total.amount(prices)
        totals.currency = prices.currency if prices else None
    return totals


async def _days_of(
    tx: Transaction, caller: Caller, filters: SessionFilters, zone: ZoneInfo
) -> list[LocalDay]:
    """The local days in which anything can start that the filters show; at least one."""
    earliest, latest = filters.range
    if earliest is None or latest is None or latest - earliest > MANY_DAYS:
        found = await store.first_and_last_start(tx, caller.organisation_id, filters)
        earliest, latest = found or (FIRST_INSTANT, FIRST_INSTANT)
    return days_between(earliest, max(earliest, latest), zone)


@dataclass(frozen=True, slots=True)
class Sums:
    """What sessions add up to; ``units`` are those of the currency, as in ``money``."""

    seconds: int = 0
    billable: int = 0
    unrated: int = 0
    units: int = 0

    @classmethod
    def of(cls, row: asyncpg.Record) -> Sums:
        return cls(
            row["duration_seconds"],
            row["billable_seconds"],
            row["unrated_seconds"],
            int(row["units"]),
        )

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.seconds + other.seconds,
            self.billable + other.billable,
            self.unrated + other.unrated,
            self.units + other.units,
        )

    def amount(self, prices: Prices | None) -> str | None:
        """The amount as a decimal number; None for whoever may not see it."""
        return amount_text(self.units, prices.currency) if prices else None


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
    rounding: Rounding | None = None,
) -> HoursReport:
    """The durations and amounts of a period by group and local day.

    The totals and their days count every session once; a session with several tags is in the
    bucket of each of them. ``rounding`` is of whole sessions, before they are cut by days.
    """
    first, after = period_around(period, day, week_start)
    days = local_days(first, after, zone)
    prices = await visible_prices(tx, caller)

    async def sums(by: GroupBy) -> dict[Group, dict[date, Sums]]:
        groups: dict[Group, dict[date, Sums]] = defaultdict(dict)
        for row in await store.sum_by_group_and_day(
            tx,
            caller.organisation_id,
            filters,
            days=days,
            cut=cut,
            group_by=by,
            rounding=rounding,
            prices=prices,
        ):
            label = UNFILED[by] if row["key"] is None else row["label"]
            groups[row["key"], label, row["colour"]][days[row["day"] - 1].date] = Sums.of(row)
        return groups

    # The one day that Samoa skipped has no instants, and so no hours.
    groups = await sums(group_by) if days else {}
    # A session is in one bucket, unless it has several tags.
    counted_once = await sums("none") if days and group_by == "tag" else groups
    by_day: dict[date, Sums] = defaultdict(Sums)
    for of_group in counted_once.values():
        for day_, sums_of_day in of_group.items():
            by_day[day_] += sums_of_day
    total = sum(by_day.values(), Sums())
    buckets = [
        _bucket(group, sum(of_group.values(), Sums()), of_group, prices)
        for group, of_group in groups.items()
    ]
    buckets.sort(key=lambda bucket: (-bucket.duration_seconds, bucket.label))
    return HoursReport(
        from_=first,
        to=after,
        time_zone=zone.key,
        total_seconds=total.seconds,
        billable_seconds=total.billable,
        unrated_seconds=total.unrated if prices else None,
        amount=total.amount(prices),
        currency=prices.currency if prices else None,
        rounding=RoundingRule.of(rounding),
        days=_report_days(by_day, prices),
        buckets=buckets,
    )


def _bucket(
    group: Group, total: Sums, by_day: dict[date, Sums], prices: Prices | None
) -> ReportBucket:
    key, label, colour = group
    return ReportBucket(
        key=key,
        label=label,
        colour=colour,
        duration_seconds=total.seconds,
        billable_seconds=total.billable,
        unrated_seconds=total.unrated if prices else None,
        amount=total.amount(prices),
        days=_report_days(by_day, prices),
    )


def _report_days(by_day: dict[date, Sums], prices: Prices | None) -> list[ReportDay]:
    return [
        ReportDay(
            date=day,
            duration_seconds=by_day[day].seconds,
            billable_seconds=by_day[day].billable,
            amount=by_day[day].amount(prices),
        )
        for day in sorted(by_day)
    ]
