"""What people and managers do with leave and availability, and what stands against shifts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import UNSET, UnsetType
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.accounts.rules import known_time_zone
from benchbook.platform.database import Transaction
from benchbook.platform.problems import InvalidInput, NotAllowed, Stale
from benchbook.shifts import leave_store as store
from benchbook.shifts.errors import (
    AvailabilityNotFound,
    EmployeeNotFound,
    LeaveDecided,
    LeaveMeetsShifts,
    LeaveNotFound,
)
from benchbook.shifts.leave_rules import check_availability, meets, span_of_leave
from benchbook.shifts.leave_schemas import (
    Availability,
    DecideLeave,
    LeaveRequest,
    NewAvailability,
    NewLeaveRequest,
    ShiftConflict,
    ShiftConflicts,
)
from benchbook.shifts.rules import optional_text
from benchbook.shifts.schemas import ShiftInTheWay

MOST_CONFLICTS = 1_000


async def request_leave(
    tx: Transaction, caller: Caller, new: NewLeaveRequest
) -> tuple[LeaveRequest, int]:
    """Ask for leave, for oneself or, as a manager, for anybody; managers may approve it at once.

    Raises EmployeeNotFound, NotAllowed, InvalidInput, LeaveOverlap, LeaveMeetsShifts.
    """
    if new.status == "approved" and not caller.sees_everyone:
        raise NotAllowed(f"Approving leave takes the role manager; yours is {caller.role}.")
    employee_id, zone = await _whose(tx, caller, new.employee_id, new.time_zone)
    starts_at, ends_at = span_of_leave(new, zone)
    values: dict[str, Any] = {
        "employee_id": employee_id,
        "kind": new.kind,
        "whole_days": new.first_day is not None,
        "time_zone": zone.key,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "note": optional_text(new.note, "/note"),
        "requested_by": caller.person_id,
    }
    leave_id = uuid7()
    stored = await store.insert_leave(tx, caller.organisation_id, leave_id, values)
    await record_event(tx, caller, "leave.requested", "leave_request", leave_id)
    if new.status == "approved":
        stored = await _decide(tx, caller, stored[0], "approved", None)
    return stored


async def decide_leave(
    tx: Transaction, caller: Caller, leave_id: UUID, decision: DecideLeave, expected: int | None
) -> tuple[LeaveRequest, int]:
    """Approve, decline or cancel leave, or have it wait again.

    Raises LeaveNotFound, InvalidInput, Stale, NotAllowed, LeaveDecided, LeaveOverlap, LeaveMeetsShifts.
    """
    found = await store.find_leave(tx, caller.organisation_id, leave_id)
    if found is None:
        raise LeaveNotFound("There is no leave with this id.")
    # The employee first, then what is theirs: in the order in which shifts are changed.
    await store.lock_employee(tx, caller.organisation_id, found[0].employee_id)
    found = await store.find_leave(tx, caller.organisation_id, leave_id, lock=True)
    if found is None:
        raise LeaveNotFound("There is no leave with this id.")
    leave, revision = found
    if expected not in (None, revision):
        raise Stale("It was changed since you read it: read it again and repeat your change.")
    if not caller.sees_everyone:
        takes_back = decision.status == "requested" and leave.status in ("cancelled", "requested")
        if decision.status != "cancelled" and not takes_back:
            raise NotAllowed(f"Deciding on leave takes the role manager; yours is {caller.role}.")
        if leave.status == "approved" and leave.starts_at <= datetime.now(UTC):
            raise LeaveDecided("This leave has begun: ask a manager to cancel it.")
    if leave.status == decision.status and decision.decision_note is UNSET:
        return found
    if decision.status == "requested":
        if isinstance(decision.decision_note, str):
            raise InvalidInput.at("/decision_note", "Leave that waits has no note of a decision.")
        return await _decide(tx, caller, leave, "requested", None)
    if leave.status in ("declined", "cancelled") and not (
        leave.status == "declined" and decision.status == "approved" and caller.sees_everyone
    ):
        raise LeaveDecided(f"This leave was {leave.status}: have it requested again first.")
    note = leave.decision_note if decision.decision_note is UNSET else decision.decision_note
    assert not isinstance(note, UnsetType)
    return await _decide(tx, caller, leave, decision.status, optional_text(note, "/decision_note"))


async def _decide(
    tx: Transaction, caller: Caller, leave: LeaveRequest, status: Any, note: str | None
) -> tuple[LeaveRequest, int]:
    if status == "approved":
        blocks, _ = await store.blocks_shifts(tx, caller.organisation_id)
        met = await store.shifts_during(tx, caller.organisation_id, leave) if blocks else []
        if met:
            raise LeaveMeetsShifts(
                "The employee has shifts at the time: take them away first.",
                conflicts=[
                    ShiftInTheWay(row["employee_id"], row["starts_at"], row["ends_at"], row["id"])
                    for row in met
                ],
            )
    decided = await store.decide_leave(
        tx,
        caller.organisation_id,
        leave.id,
        status=status,
        decided_by=None if status == "requested" else caller.person_id,
        decision_note=note,
    )
    action = "leave.reopened" if status == "requested" else f"leave.{status}"
    await record_event(tx, caller, action, "leave_request", leave.id)
    return decided


async def read_leave(tx: Transaction, caller: Caller, leave_id: UUID) -> tuple[LeaveRequest, int]:
    """Leave that the caller may see; raises LeaveNotFound."""
    found = await store.find_leave(tx, caller.organisation_id, leave_id)
    if found is None:
        raise LeaveNotFound("There is no leave with this id.")
    return found


async def add_availability(
    tx: Transaction, caller: Caller, new: NewAvailability
) -> tuple[Availability, int]:
    """Tell when somebody cannot or would rather work; raises EmployeeNotFound, InvalidInput."""
    employee_id, zone = await _whose(tx, caller, new.employee_id, new.time_zone)
    values = {"employee_id": employee_id} | _values_of(new, zone)
    stored = await store.insert_availability(tx, caller.organisation_id, uuid7(), values)
    await record_event(tx, caller, "availability.created", "availability", stored[0].id)
    return stored


async def read_availability(
    tx: Transaction, caller: Caller, entry_id: UUID
) -> tuple[Availability, int]:
    """An entry that the caller may see; raises AvailabilityNotFound."""
    found = await store.find_availability(tx, caller.organisation_id, entry_id)
    if found is None:
        raise AvailabilityNotFound("There is no such entry.")
    return found


async def replace_availability(
    tx: Transaction, caller: Caller, entry_id: UUID, new: NewAvailability, expected: int | None
) -> tuple[Availability, int]:
    """Set everything of an entry but whose it is; raises AvailabilityNotFound, Stale."""
    before = await _lock_availability(tx, caller, entry_id, expected)
    if new.employee_id not in (None, before.employee_id):
        raise InvalidInput.at("/employee_id", "An entry stays its employee's: add another.")
    zone = ZoneInfo(known_time_zone(new.time_zone or before.time_zone))
    changed = await store.update_availability(
        tx, caller.organisation_id, entry_id, _values_of(new, zone)
    )
    await record_event(tx, caller, "availability.changed", "availability", entry_id)
    return changed


async def remove_availability(
    tx: Transaction, caller: Caller, entry_id: UUID, expected: int | None
) -> None:
    """Delete an entry; raises AvailabilityNotFound, Stale."""
    await _lock_availability(tx, caller, entry_id, expected)
    await store.delete_availability(tx, caller.organisation_id, entry_id)
    await record_event(tx, caller, "availability.deleted", "availability", entry_id)


async def find_conflicts(
    tx: Transaction,
    caller: Caller,
    employee_ids: Sequence[UUID] | None,
    starting: datetime,
    ending: datetime,
) -> ShiftConflicts:
    """What stands against the shifts that overlap a range; members see that of their own."""
    organisation_id = caller.organisation_id
    if not caller.sees_everyone:
        own = await store.find_own_employee(tx, organisation_id, caller.person_id)
        wanted = [own] if own else []
        employee_ids = [one for one in wanted if employee_ids is None or one in employee_ids]
    found = [
        ShiftConflict(
            kind="leave" if row["status"] == "approved" else "leave_requested",
            **_shift_of(row),
            leave_request_id=row["leave_request_id"],
        )
        for row in await store.leave_against_shifts(
            tx, organisation_id, employee_ids, starting, ending, MOST_CONFLICTS + 1
        )
    ]
    found += [
        ShiftConflict(kind="skill", **_shift_of(row), missing_skill_ids=row["skill_ids"])
        for row in await store.skills_missing_from_shifts(
            tx, organisation_id, employee_ids, starting, ending, MOST_CONFLICTS + 1
        )
    ]
    found += await _unavailable(tx, organisation_id, employee_ids, starting, ending)
    found.sort(key=lambda conflict: (conflict.starts_at, conflict.shift_id, conflict.kind))
    return ShiftConflicts(found[:MOST_CONFLICTS], truncated=len(found) > MOST_CONFLICTS)


async def _unavailable(
    tx: Transaction,
    organisation_id: UUID,
    employee_ids: Sequence[UUID] | None,
    starting: datetime,
    ending: datetime,
) -> list[ShiftConflict]:
    entries: dict[UUID, list[Availability]] = defaultdict(list)
    for entry in await store.times_that_cannot_be(tx, organisation_id, employee_ids):
        entries[entry.employee_id].append(entry)
    if not entries:
        return []
    shifts = await store.shifts_of(tx, organisation_id, list(entries), starting, ending)
    return [
        ShiftConflict(kind="unavailable", **_shift_of(row), availability_id=entry.id)
        for row in shifts
        for entry in entries[row["employee_id"]]
        if meets(entry, row["starts_at"], row["ends_at"])
    ]


def _shift_of(row: Any) -> dict[str, Any]:
    return {
        "shift_id": row["id"],
        "employee_id": row["employee_id"],
        "starts_at": row["starts_at"],
        "ends_at": row["ends_at"],
    }


async def _whose(
    tx: Transaction, caller: Caller, employee_id: UUID | None, time_zone: str | None
) -> tuple[UUID, ZoneInfo]:
    """The employee, locked, and the zone of their days; members act for themselves alone."""
    own = None
    if employee_id is None or not caller.sees_everyone:
        own = await store.find_own_employee(tx, caller.organisation_id, caller.person_id)
    if employee_id is None and own is None:
        raise EmployeeNotFound.at("/employee_id", "You are no employee here: name one.")
    if employee_id is not None and not caller.sees_everyone and employee_id != own:
        raise NotAllowed("Doing this for others takes the role manager.")
    chosen = employee_id or own
    assert chosen is not None
    employee = await store.lock_employee(tx, caller.organisation_id, chosen)
    if employee is None:
        raise EmployeeNotFound.at("/employee_id", "There is no employee with this id.")
    zone = known_time_zone(time_zone or employee["time_zone"] or caller.time_zone)
    return chosen, ZoneInfo(zone)


def _values_of(new: NewAvailability, zone: ZoneInfo) -> dict[str, Any]:
    start, end = check_availability(new)
    return {
        "kind": new.kind,
        "weekday": new.weekday,
        "date": new.date,
        "start_time": start,
        "end_time": end,
        "time_zone": zone.key,
        "note": optional_text(new.note, "/note"),
    }


async def _lock_availability(
    tx: Transaction, caller: Caller, entry_id: UUID, expected: int | None
) -> Availability:
    found = await store.find_availability(tx, caller.organisation_id, entry_id, lock=True)
    if found is None:
        raise AvailabilityNotFound("There is no such entry.")
    if expected not in (None, found[1]):
        raise Stale("It was changed since you read it: read it again and repeat your change.")
    return found[0]
