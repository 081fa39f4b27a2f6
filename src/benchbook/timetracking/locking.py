"""Locked periods: hours that somebody was paid or billed by do not change any more.

The database refuses every write to a session that starts in a locked period, or would be moved
into one (`no_hours_change_in_a_locked_period`, in migration 0008). Here is what locks and unlocks
periods, and what a refusal means to the person.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction, meaning_of
from benchbook.platform.problems import FieldError, InvalidInput
from benchbook.timetracking import locking_store as store
from benchbook.timetracking.errors import LockedPeriodNotFound, PeriodLocked, PeriodNotLocked
from benchbook.timetracking.locking_schemas import LockedPeriod, LockPeriod, UnlockPeriod
from benchbook.timetracking.locking_store import Lock
from benchbook.timetracking.schemas import Session

FIRST_DATE = date(1970, 1, 1)
END_OF_DATES = date(2100, 1, 1)


async def lock_period(tx: Transaction, caller: Caller, wanted: LockPeriod) -> LockedPeriod:
    """Lock local dates, of one person or of everybody.

    Raises PersonNotFound, PeriodLockedAlready, InvalidInput.
    """
    for pointer, day in (("/from", wanted.from_), ("/to", wanted.to)):
        if not FIRST_DATE <= day <= END_OF_DATES:
            raise InvalidInput.at(pointer, "The date must lie between the years 1970 and 2099.")
    await store.hold_shut(tx, caller.organisation_id, wanted.person_id)
    period = await store.insert_period(
        tx,
        caller.organisation_id,
        period_id=uuid7(),
        person_id=wanted.person_id,
        first=wanted.from_,
        after=wanted.to,
        reason=wanted.reason.strip(),
        locked_by=caller.person_id,
    )
    await _record(tx, caller, "locked", period, period.reason)
    return period


async def read_period(tx: Transaction, caller: Caller, period_id: UUID) -> LockedPeriod:
    """A locked period, or one that was; raises LockedPeriodNotFound."""
    period = await store.find_period(tx, caller.organisation_id, period_id)
    if period is None:
        raise _not_found()
    return period


async def unlock_period(
    tx: Transaction, caller: Caller, period_id: UUID, unlock: UnlockPeriod
) -> LockedPeriod:
    """Open a locked period again; raises LockedPeriodNotFound, PeriodNotLocked, InvalidInput."""
    reason = unlock.reason.strip()
    if not reason:
        raise InvalidInput.at("/reason", "Say why the period is unlocked.")
    period = await store.find_period(tx, caller.organisation_id, period_id, lock=True)
    if period is None:
        raise _not_found()
    if period.unlocked_at is not None:
        raise PeriodNotLocked("This period was unlocked already.")
    period = await store.unlock_period(
        tx, caller.organisation_id, period_id, caller.person_id, reason
    )
    await _record(tx, caller, "unlocked", period, reason)
    return period


async def refuse_locked(
    tx: Transaction, caller: Caller, sessions: Sequence[tuple[str, Session]]
) -> None:
    """Raise PeriodLocked, which names all of them by their pointers, where sessions are locked.

    The database refuses them as well, but knows no pointers and stops at the first. Until the
    transaction ends no other period of these people is locked.
    """
    organisation_id = caller.organisation_id
    await store.hold_open(tx, organisation_id, {session.person_id for _, session in sessions})
    locks = await store.find_locks(
        tx, organisation_id, [(session.person_id, session.started_at) for _, session in sessions]
    )
    if not locks:
        return
    named = [(*sessions[place], locks[place]) for place in sorted(locks)]
    detail = explanation(named[0][2])
    if len(sessions) > 1:
        detail = (
            f"{len(named)} of {len(sessions)} sessions are locked; nothing was changed. {detail}"
        )
    raise PeriodLocked(
        detail,
        errors=[FieldError(pointer, explanation(lock)) for pointer, _, lock in named],
        locked=[
            _Locked(
                session_id=session.id,
                person_id=session.person_id,
                started_at=session.started_at,
                locked_period_id=lock.locked_period_id,
                timesheet_id=lock.timesheet_id,
                status=lock.status,
                from_=lock.first,
                to=lock.after,
            )
            for _, session, lock in named
        ],
    )


def explanation(lock: Lock) -> str:
    """What is locked, by what, and who can open it, in two sentences at most."""
    last = lock.after - timedelta(days=1)
    match lock.status:
        case None:
            dates = f"{lock.first} is" if lock.first == last else f"{lock.first} to {last} is"
            return f"{dates} locked: ask a manager to unlock it if its hours must change."
        case "approved":
            week = f"The week from {lock.first} to {last} is approved"
            return f"{week}: ask a manager to return it if its hours must change."
        case _:
            week = f"The week from {lock.first} to {last} is submitted"
            return f"{week}: withdraw it, or have it returned, to change its hours."


class _Locked(msgspec.Struct, kw_only=True, rename={"from_": "from"}):
    """A session that is locked, and what locks it, as `period_locked` tells it."""

    session_id: UUID
    person_id: UUID
    started_at: datetime
    locked_period_id: UUID | None
    timesheet_id: UUID | None
    status: str | None
    from_: date
    to: date


@meaning_of("no_hours_change_in_a_locked_period")
def _period_locked(error: asyncpg.PostgresError) -> PeriodLocked:
    detail: Any = getattr(error, "detail", None) or "{}"
    locked = msgspec.json.decode(detail, type=_Locked)
    locked.started_at = locked.started_at.astimezone(UTC)
    lock = Lock(
        locked.locked_period_id, locked.timesheet_id, locked.status, locked.from_, locked.to
    )
    return PeriodLocked(explanation(lock), locked=[locked])


async def _record(
    tx: Transaction, caller: Caller, what: str, period: LockedPeriod, reason: str
) -> None:
    await record_event(
        tx,
        caller,
        f"locked_period.{what}",
        "locked_period",
        period.id,
        person_id=str(period.person_id) if period.person_id else None,
        **{"from": period.from_.isoformat(), "to": period.to.isoformat()},
        reason=reason,
    )


def _not_found() -> LockedPeriodNotFound:
    return LockedPeriodNotFound("There is no locked period with this id.")
