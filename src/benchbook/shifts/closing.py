"""Closing the shifts of an organisation up to a day, and opening them again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import UNSET

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.accounts.rules import known_time_zone, visible_text
from benchbook.platform.database import Transaction
from benchbook.platform.problems import InvalidInput, NotAllowed, Stale
from benchbook.shifts import archive_store, staffing_store
from benchbook.shifts import closing_store as store
from benchbook.shifts.closing_schemas import ChangeShiftClosing, ShiftClosing
from benchbook.shifts.local_times import instant_of

FIRST_DAY = date(1970, 1, 1)


async def read_closing(tx: Transaction, caller: Caller) -> tuple[ShiftClosing, int]:
    """Up to when shifts are closed, and the revision (0: never set)."""
    found = await store.find_closing(tx, caller.organisation_id)
    archived_before = await archive_store.closed_before(tx, caller.organisation_id)
    if found is None:
        return ShiftClosing(
            closed_until=None,
            time_zone=await _usual_zone(tx, caller),
            closed_before=None,
            archived_before=archived_before,
        ), 0
    closed_until, time_zone, closed_before, revision = found
    return ShiftClosing(
        closed_until=closed_until,
        time_zone=time_zone,
        closed_before=closed_before,
        archived_before=archived_before,
    ), revision


async def change_closing(
    tx: Transaction, caller: Caller, change: ChangeShiftClosing, expected: int | None
) -> tuple[ShiftClosing, int]:
    """Close shifts up to a day, or open some again, which takes the role admin.

    Raises Stale, NotAllowed, InvalidInput.
    """
    await store.wait_for_writers(tx, caller.organisation_id)
    before, revision = await read_closing(tx, caller)
    if expected not in (None, revision):
        raise Stale("It was changed since you read it: read it again and repeat your change.")
    zone = ZoneInfo(
        await _usual_zone(tx, caller)
        if change.time_zone is UNSET
        else known_time_zone(change.time_zone)
    )
    border = _end_of(change.closed_until, zone)
    is_opened = before.closed_before is not None and (
        border is None or border < before.closed_before
    )
    if is_opened and not caller.is_at_least("admin"):
        raise NotAllowed(
            f"To open closed shifts again takes the role admin; yours is {caller.role}."
        )
    await store.set_closing(tx, caller.organisation_id, change.closed_until, zone.key, border)
    details = {"before": _said(before.closed_until), "after": _said(change.closed_until)}
    if change.reason is not None:
        details["reason"] = visible_text(change.reason, "/reason")
    await record_event(
        tx,
        caller,
        "shifts.opened" if is_opened else "shifts.closed",
        "organisation",
        None,
        **details,
    )
    return await read_closing(tx, caller)


def _said(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _end_of(day: date | None, zone: ZoneInfo) -> datetime | None:
    """The instant at which a day ends that is over; raises InvalidInput."""
    if day is None:
        return None
    if day < FIRST_DAY:
        raise InvalidInput.at("/closed_until", "The date must not lie before the year 1970.")
    if day >= datetime.now(zone).date():
        raise InvalidInput.at("/closed_until", "Only days that are over are closed.")
    return instant_of(day + timedelta(days=1), time(), zone).astimezone(UTC)


async def _usual_zone(tx: Transaction, caller: Caller) -> str:
    """That of the staffing needs, by which the roster is drawn, or else of one's profile."""
    plan = await staffing_store.find_plan(tx, caller.organisation_id)
    return plan[0] if plan else caller.time_zone
