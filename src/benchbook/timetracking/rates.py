"""What managers do with rates: set them from a day on, correct them, take them away."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import UNSET, structs, to_builtins
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.accounts.rules import known_time_zone
from benchbook.platform.database import Transaction
from benchbook.platform.problems import InvalidInput, Stale
from benchbook.timetracking import rate_store as store
from benchbook.timetracking.days import today_in
from benchbook.timetracking.errors import RateNotFound
from benchbook.timetracking.money import known_currency
from benchbook.timetracking.rate_schemas import (
    BillingSettings,
    ChangeBillingSettings,
    ChangeRate,
    NewRate,
    Rate,
    RoundingRule,
)
from benchbook.timetracking.rules import start_of_day

STALE = "It was changed since you read it: read it again and repeat your change."


async def add_rate(tx: Transaction, caller: Caller, new: NewRate) -> tuple[Rate, int]:
    """Set a rate from a day on, and answer it with its revision.

    Raises InvalidInput, RateTaken, PersonNotFound, ProjectNotFound.
    """
    time_zone = known_time_zone(new.time_zone) if new.time_zone else caller.time_zone
    zone = ZoneInfo(time_zone)
    effective_from = today_in(zone) if new.effective_from is UNSET else new.effective_from
    rate, revision = await store.insert_rate(
        tx,
        caller.organisation_id,
        rate_id=uuid7(),
        person_id=new.person_id,
        project_id=new.project_id,
        hourly_rate=_decimal(new.hourly_rate),
        effective_from=effective_from,
        time_zone=time_zone,
        starts_at=_start_of(effective_from, zone),
    )
    await _record(tx, caller, rate, "added")
    return rate, revision


async def read_rate(tx: Transaction, caller: Caller, rate_id: UUID) -> tuple[Rate, int]:
    """A rate and its revision; raises RateNotFound."""
    found = await store.find_rate(tx, caller.organisation_id, rate_id)
    if found is None:
        raise _not_found()
    return found


async def change_rate(
    tx: Transaction,
    caller: Caller,
    rate_id: UUID,
    change: ChangeRate,
    expected_revision: int | None,
) -> tuple[Rate, int]:
    """Change a rate, for all the sessions that it counts for.

    Raises RateNotFound, Stale, InvalidInput, RateTaken.
    """
    rate, revision = await _lock(tx, caller, rate_id, expected_revision)
    changes: dict[str, Any] = {
        field: value for field, value in structs.asdict(change).items() if value is not UNSET
    }
    if "hourly_rate" in changes:
        changes["hourly_rate"] = _decimal(changes["hourly_rate"])
    if "effective_from" in changes:
        changes["starts_at"] = _start_of(changes["effective_from"], ZoneInfo(rate.time_zone))
    if not changes:
        return rate, revision
    changed = await store.update_rate(tx, caller.organisation_id, rate_id, changes)
    await _record(tx, caller, changed[0], "changed")
    return changed


async def remove_rate(
    tx: Transaction, caller: Caller, rate_id: UUID, expected_revision: int | None
) -> None:
    """Remove a rate, as if it had never been; the one before it counts on.

    Raises RateNotFound, Stale.
    """
    rate, _ = await _lock(tx, caller, rate_id, expected_revision)
    await store.delete_rate(tx, caller.organisation_id, rate_id)
    await _record(tx, caller, rate, "removed")


async def change_billing_settings(
    tx: Transaction, caller: Caller, change: ChangeBillingSettings, expected_revision: int | None
) -> tuple[BillingSettings, int]:
    """Change the currency, whether members see amounts, or how reports are rounded.

    Raises InvalidInput, Stale.
    """
    changes: dict[str, Any] = {
        field: value for field, value in structs.asdict(change).items() if value is not UNSET
    }
    if "rounding" in changes:
        rule: RoundingRule | None = changes.pop("rounding")
        changes["rounding_mode"] = rule.mode if rule else None
        changes["rounding_minutes"] = rule.minutes if rule else None
    if "currency" in changes:
        known_currency(changes["currency"])
    await store.make_billing_settings(tx, caller.organisation_id)
    settings, revision = await store.find_billing_settings(tx, caller.organisation_id, lock=True)
    if expected_revision not in (None, revision):
        raise Stale(STALE)
    if not changes:
        return settings, revision
    changed = await store.update_billing_settings(tx, caller.organisation_id, changes)
    await record_event(
        tx,
        caller,
        "billing_settings.changed",
        "organisation",
        caller.organisation_id,
        before=to_builtins(settings),
        after=to_builtins(changed[0]),
    )
    return changed


async def _lock(
    tx: Transaction, caller: Caller, rate_id: UUID, expected_revision: int | None
) -> tuple[Rate, int]:
    found = await store.find_rate(tx, caller.organisation_id, rate_id, lock=True)
    if found is None:
        raise _not_found()
    if expected_revision not in (None, found[1]):
        raise Stale(STALE)
    return found


async def _record(tx: Transaction, caller: Caller, rate: Rate, what: str) -> None:
    await record_event(
        tx,
        caller,
        f"rate.{what}",
        "rate",
        rate.id,
        person_id=str(rate.person_id) if rate.person_id else None,
        project_id=str(rate.project_id) if rate.project_id else None,
        hourly_rate=rate.hourly_rate,
        currency=rate.currency,
        effective_from=rate.effective_from.isoformat() if rate.effective_from else None,
    )


def _start_of(effective_from: date | None, zone: ZoneInfo) -> datetime | None:
    if effective_from is None:
        return None
    if not 1970 <= effective_from.year <= 2098:
        raise InvalidInput.at(
            "/effective_from", "The day must lie between the years 1970 and 2098."
        )
    return start_of_day(effective_from, zone)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _not_found() -> RateNotFound:
    return RateNotFound("There is no rate with this id.")
