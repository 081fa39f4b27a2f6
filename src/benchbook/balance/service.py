"""What people worked against what was expected of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from benchbook.accounts.caller import Caller
from benchbook.balance import store
from benchbook.balance.rules import (
    Days,
    Leave,
    away_by_day,
    balance_of,
    periods_within,
    spans_of,
)
from benchbook.balance.schemas import BalancePeriodKind, BalanceReport, PersonBalance
from benchbook.platform.database import Transaction
from benchbook.platform.problems import NotAllowed
from benchbook.timetracking.days import Cut, WeekStart, local_spans, today_in
from benchbook.timetracking.filters import SessionFilters
from benchbook.timetracking.report_store import sum_by_group_and_day
from benchbook.timetracking.target_schemas import Target
from benchbook.timetracking.target_store import targets_before

# Local days of any zone lie so near to those of UTC.
_ZONES_DIFFER = timedelta(days=2)


@dataclass(frozen=True)
class Asked:
    """Which balances are meant: of the whole weeks or months that have a day in a range."""

    first: date
    after: date
    by: BalancePeriodKind
    week_start: WeekStart
    person_id: UUID | None
    zone: ZoneInfo | None
    """Whose days count; each person's own unless given."""
    cut: Cut


async def report_balances(
    tx: Transaction, caller: Caller, asked: Asked, now: datetime
) -> BalanceReport:
    """The balances of one person, or of everybody whose hours the caller may see.

    Raises NotAllowed where a member asks for somebody else's.
    """
    person_id = _whose(caller, asked.person_id)
    periods = periods_within(asked.first, asked.after, asked.by, asked.week_start)
    first, after = periods[0][0], periods[-1][1]
    people = await store.list_people(tx, caller.organisation_id, person_id)
    targets = await targets_before(tx, caller.organisation_id, after, person_id=person_id)
    earliest = min([first, *(each[0].effective_from for each in targets.values())])
    leave = await store.approved_leave(
        tx,
        caller.organisation_id,
        person_id,
        after=datetime.combine(earliest, time(), UTC) - _ZONES_DIFFER,
        before=datetime.combine(after, time(), UTC) + _ZONES_DIFFER,
    )
    balances: dict[UUID, PersonBalance] = {}
    for zone, of_zone in _by_zone(people, asked.zone):
        today = today_in(zone, now)
        target_days = {
            target.effective_from for person in of_zone for target in targets.get(person["id"], [])
        }
        spans = spans_of(periods, target_days, today)
        tracked = await _tracked(tx, caller, person_id, spans, zone, asked.cut)
        for person in of_zone:
            balances[person["id"]] = _balance_of_person(
                person,
                targets.get(person["id"], []),
                leave.get(person["id"], []),
                tracked.get(person["id"], {}),
                spans=spans,
                periods=periods,
                zone=zone,
                today=today,
            )
    return BalanceReport(
        from_=first,
        to=after,
        by=asked.by,
        people=[
            balance
            for balance in (balances[person["id"]] for person in people)
            if balance.active or any(period.tracked_seconds for period in balance.periods)
        ],
    )


def _whose(caller: Caller, person_id: UUID | None) -> UUID | None:
    if caller.sees_everyone:
        return person_id
    if person_id not in (None, caller.person_id):
        raise NotAllowed("Other people's balances take the role manager.")
    return caller.person_id


def _by_zone(
    people: Iterable[asyncpg.Record], zone: ZoneInfo | None
) -> list[tuple[ZoneInfo, list[asyncpg.Record]]]:
    zones: dict[ZoneInfo, list[asyncpg.Record]] = {}
    for person in people:
        zones.setdefault(zone or ZoneInfo(person["time_zone"]), []).append(person)
    return list(zones.items())


async def _tracked(
    tx: Transaction,
    caller: Caller,
    person_id: UUID | None,
    spans: Sequence[Days],
    zone: ZoneInfo,
    cut: Cut,
) -> dict[UUID, dict[date, int]]:
    """Whole seconds by person and the first day of each span."""
    days = local_spans([spans[0][0], *(after for _, after in spans)], zone)
    rows = await sum_by_group_and_day(
        tx,
        caller.organisation_id,
        SessionFilters(person_id=person_id),
        days=days,
        cut=cut,
        group_by="person",
    )
    tracked: dict[UUID, dict[date, int]] = {}
    for row in rows:
        day = days[row["day"] - 1].date
        tracked.setdefault(UUID(row["key"]), {})[day] = row["duration_seconds"]
    return tracked


def _balance_of_person(
    person: asyncpg.Record,
    targets: Sequence[Target],
    leave: Sequence[Leave],
    tracked: dict[date, int],
    *,
    spans: Sequence[Days],
    periods: Sequence[Days],
    zone: ZoneInfo,
    today: date,
) -> PersonBalance:
    balance = balance_of(
        targets, away_by_day(leave, zone), tracked, spans=spans, periods=periods, today=today
    )
    running = [each.balance_seconds for each in balance.periods if each.balance_seconds is not None]
    return PersonBalance(
        person_id=person["id"],
        name=person["name"],
        active=person["active"],
        time_zone=zone.key,
        since=targets[0].effective_from if targets else None,
        opening_seconds=balance.opening_seconds,
        balance_seconds=running[-1] if running else balance.opening_seconds,
        periods=balance.periods,
    )
