"""How long people mean to work: targets from a day on, and how far along they are."""

from __future__ import annotations

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import UNSET, structs
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction
from benchbook.platform.problems import InvalidInput, NotAllowed, Stale
from benchbook.timetracking import target_store as store
from benchbook.timetracking.days import Cut, local_days, today_in
from benchbook.timetracking.errors import TargetNotFound
from benchbook.timetracking.filters import SessionFilters
from benchbook.timetracking.report_store import sum_by_day
from benchbook.timetracking.target_rules import day_target
from benchbook.timetracking.target_schemas import (
    ChangeTarget,
    DayProgress,
    NewTarget,
    Target,
    TargetProgress,
)

_FIRST, _LAST = date(1970, 1, 1), date(2099, 12, 31)


async def add_target(tx: Transaction, caller: Caller, new: NewTarget) -> tuple[Target, int]:
    """Set a target from a day on, and answer it with its revision.

    Raises NotAllowed for somebody else's by a member, InvalidInput, TargetTaken, PersonNotFound.
    """
    person_id = new.person_id or caller.person_id
    if person_id != caller.person_id and not caller.sees_everyone:
        raise NotAllowed("Other people's targets take the role manager.")
    target, revision = await store.insert_target(
        tx,
        caller.organisation_id,
        target_id=uuid7(),
        person_id=person_id,
        effective_from=_known_day(new.effective_from),
        daily_seconds=new.daily_seconds,
        weekly_seconds=new.weekly_seconds,
    )
    await _record(tx, caller, target, "added")
    return target, revision


async def read_target(tx: Transaction, caller: Caller, target_id: UUID) -> tuple[Target, int]:
    """A target and its revision; raises TargetNotFound."""
    found = await store.find_target(tx, caller.organisation_id, target_id)
    if found is None:
        raise _not_found()
    return found


async def change_target(
    tx: Transaction,
    caller: Caller,
    target_id: UUID,
    change: ChangeTarget,
    expected_revision: int | None,
) -> tuple[Target, int]:
    """Change a target, for all the days on which it counts.

    Raises TargetNotFound, Stale, InvalidInput, TargetTaken.
    """
    target, revision = await _lock(tx, caller, target_id, expected_revision)
    changes = {
        field: value for field, value in structs.asdict(change).items() if value is not UNSET
    }
    if "effective_from" in changes:
        _known_day(changes["effective_from"])
    if not changes:
        return target, revision
    changed = await store.update_target(tx, caller.organisation_id, target_id, changes)
    await _record(tx, caller, changed[0], "changed")
    return changed


async def remove_target(
    tx: Transaction, caller: Caller, target_id: UUID, expected_revision: int | None
) -> None:
    """Remove a target; the one before it counts on. Raises TargetNotFound, Stale."""
    target, _ = await _lock(tx, caller, target_id, expected_revision)
    await store.delete_target(tx, caller.organisation_id, target_id)
    await _record(tx, caller, target, "removed")


async def target_progress(
    tx: Transaction,
    caller: Caller,
    *,
    person_id: UUID,
    first: date,
    after: date,
    zone: ZoneInfo,
    cut: Cut,
    today: date | None = None,
) -> TargetProgress:
    """What a person tracked against what was meant, by local day."""
    today = today or today_in(zone)
    targets = await store.targets_in_force(tx, caller.organisation_id, person_id, first, after)
    days = local_days(first, after, zone)
    tracked: dict[date, int] = {}
    if days:
        tracked = await sum_by_day(
            tx,
            caller.organisation_id,
            SessionFilters(person_id=person_id),
            days=days,
            cut=cut,
        )
    meant = [(day.date, day_target(targets, day.date)) for day in days]
    progress = [
        DayProgress(
            date=day,
            target_seconds=target.target_seconds if target else None,
            share_seconds=target.share_seconds if target else 0,
            tracked_seconds=tracked.get(day, 0),
        )
        for day, target in meant
    ]
    has_target = {day for day, target in meant if target}
    return TargetProgress(
        person_id=person_id,
        from_=first,
        to=after,
        time_zone=zone.key,
        target_seconds=sum(day.share_seconds for day in progress) if has_target else None,
        tracked_seconds=sum(tracked.values()),
        balance_seconds=sum(
            day.tracked_seconds - day.share_seconds
            for day in progress
            if day.date < today and day.date in has_target
        )
        if has_target
        else None,
        days=progress,
    )


async def _lock(
    tx: Transaction, caller: Caller, target_id: UUID, expected_revision: int | None
) -> tuple[Target, int]:
    found = await store.find_target(tx, caller.organisation_id, target_id, lock=True)
    if found is None:
        raise _not_found()
    if expected_revision not in (None, found[1]):
        raise Stale("The target was changed since you read it: read it again.")
    return found


async def _record(tx: Transaction, caller: Caller, target: Target, what: str) -> None:
    await record_event(
        tx,
        caller,
        f"target.{what}",
        "target",
        target.id,
        person_id=str(target.person_id),
        effective_from=target.effective_from.isoformat(),
        daily_seconds=target.daily_seconds,
        weekly_seconds=target.weekly_seconds,
    )


def _known_day(day: date) -> date:
    if not _FIRST <= day <= _LAST:
        raise InvalidInput.at("/effective_from", "The day must lie between 1970 and 2099.")
    return day


def _not_found() -> TargetNotFound:
    return TargetNotFound("There is no target with this id.")
