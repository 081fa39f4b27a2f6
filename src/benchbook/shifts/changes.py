"""How shifts change: the way that one, many, swaps and everything built on them take.

Lock the employees concerned, then the shifts, both in the order of their ids; write, with the
constraint deferred; have it look; and where it objects, say which shifts were met. The lock makes
concurrent changes orderly, the constraint makes them right. What the labour rules say comes last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction, TryAgain
from benchbook.platform.problems import FieldError
from benchbook.shifts import archive_store, closing_store, leave_store, store
from benchbook.shifts.errors import (
    EmployeeNotFound,
    ShiftDuringLeave,
    ShiftNotFound,
    ShiftOverlap,
    ShiftsClosed,
)
from benchbook.shifts.labour import judge_of, uphold
from benchbook.shifts.labour_schemas import LabourRuleViolation
from benchbook.shifts.schemas import Shift, ShiftInTheWay

Stored = dict[UUID, tuple[Shift, int]]


@dataclass(frozen=True)
class Outcome:
    """Shifts as they are to be, and where the request names them."""

    created: Sequence[Shift] = ()
    updated: Sequence[Shift] = ()
    deleted: Sequence[UUID] = ()
    # Deleted before, and to be there again.
    restored: Sequence[Shift] = ()
    pointers: Mapping[UUID, str] = field(default_factory=dict)
    # Why this may be against a labour rule that blocks, if it is.
    override_reason: str | None = None

    @property
    def left(self) -> list[Shift]:
        """What is there afterwards, as far as this has to do with it."""
        return [*self.created, *self.restored, *self.updated]

    @property
    def new(self) -> set[UUID]:
        """What was not there before."""
        return {shift.id for shift in (*self.created, *self.restored)}


@dataclass(frozen=True)
class Done:
    """The shifts as they are stored, and what labour rules only warn of."""

    stored: Stored
    warnings: list[LabourRuleViolation] = field(default_factory=list)


async def lock(
    tx: Transaction,
    caller: Caller,
    shifts: Mapping[UUID, str],
    employees: Mapping[str, UUID],
) -> Stored:
    """Lock these shifts (id → pointer), their employees and others (pointer → id).

    Raises ShiftNotFound, ShiftsClosed, EmployeeNotFound, and TryAgain for a shift that was handed
    over to somebody else meanwhile.
    """
    shift_ids = list(shifts)
    owners: dict[UUID, UUID] = {}
    if shift_ids:
        owners = await store.employees_of_shifts(tx, caller.organisation_id, shift_ids)
        await _refuse_archived(tx, caller, shifts, owners)
        _require_shifts(shifts, owners)
    locked = await store.lock_employees(
        tx, caller.organisation_id, {*owners.values(), *employees.values()}
    )
    if missing := [pointer for pointer, employee in employees.items() if employee not in locked]:
        raise EmployeeNotFound(
            "There is no employee with this id.",
            errors=[FieldError(place, "There is no employee with this id.") for place in missing],
        )
    if not shift_ids:
        return {}
    found = await store.lock_shifts(tx, caller.organisation_id, shift_ids)
    _require_shifts(shifts, found)
    if any(shift.employee_id not in locked for shift, _ in found.values()):
        raise TryAgain("These shifts were handed over at the same instant. Try again.")
    await _refuse_closed(tx, caller, shifts, found)
    return found


async def _refuse_closed(
    tx: Transaction, caller: Caller, shifts: Mapping[UUID, str], found: Stored
) -> None:
    """Raise ShiftPeriodClosed for shifts that start in closed days, with their pointers.

    A trigger has the last word; it knows no names. Nothing that is to come is closed.
    """
    now = datetime.now(UTC)
    begun = [shift_id for shift_id in shifts if found[shift_id][0].starts_at < now]
    border = await closing_store.closed_before(tx, caller.organisation_id) if begun else None
    if border is None:
        return
    closed = [shift_id for shift_id in begun if found[shift_id][0].starts_at < border]
    if closed:
        raise store.closed_period(
            border,
            [
                FieldError(shifts[shift_id], "This shift starts in a closed period.")
                for shift_id in closed
                if shifts[shift_id]
            ],
        )


async def _refuse_archived(
    tx: Transaction, caller: Caller, shifts: Mapping[UUID, str], live: Mapping[UUID, object]
) -> None:
    missing = [shift_id for shift_id in shifts if shift_id not in live]
    if not missing:
        return
    archived = await archive_store.archived_among(tx, caller.organisation_id, missing)
    if archived:
        raise store.closed_months(
            await archive_store.closed_before(tx, caller.organisation_id),
            [
                FieldError(pointer, "This shift is archived.")
                for shift_id, pointer in shifts.items()
                if shift_id in archived and pointer
            ],
        )


def _require_shifts(shifts: Mapping[UUID, str], found: Mapping[UUID, object]) -> None:
    missing = [pointer for shift_id, pointer in shifts.items() if shift_id not in found]
    if missing:
        raise ShiftNotFound(
            "There is no shift with this id.",
            errors=[
                FieldError(pointer, "There is no shift with this id.")
                for pointer in missing
                if pointer
            ],
        )


async def employees_of_deleted(
    tx: Transaction, caller: Caller, shifts: Mapping[UUID, str]
) -> tuple[list[Shift], dict[str, UUID]]:
    """Deleted shifts (id → pointer) in their order, and the employees to lock for them (pointer →
    id); to be asked for again after the lock. Raises ShiftNotFound."""
    if not shifts:
        return [], {}
    found = await store.find_deleted(tx, caller.organisation_id, list(shifts))
    _require_shifts(shifts, found)
    return (
        [found[one] for one in shifts],
        {pointer: found[one].employee_id for one, pointer in shifts.items()},
    )


async def carry_out(tx: Transaction, caller: Caller, outcome: Outcome) -> Done:
    """Make locked shifts what they are to be.

    Raises ShiftOverlap, ShiftDuringLeave, ShiftsClosed, LabourRuleBroken, NotAllowed.
    """
    organisation_id = caller.organisation_id
    await _keep_out_of_leave(tx, caller, outcome)
    stored: Stored = {}
    judge = await judge_of(tx, caller, outcome.left)
    if outcome.deleted:
        await store.delete_shifts(tx, organisation_id, outcome.deleted)
    if not outcome.left:
        return Done(stored)
    await store.let_only_the_outcome_count(tx)
    try:
        if outcome.updated:
            stored |= await store.update_shifts(tx, organisation_id, outcome.updated)
        if outcome.created:
            stored |= await store.insert_shifts(tx, organisation_id, outcome.created)
        if outcome.restored:
            stored |= await store.restore_shifts(tx, [shift.id for shift in outcome.restored])
    except ShiftsClosed as error:
        _name_closed(error, outcome)
        raise
    if await store.outcome_has_overlaps(tx):
        raise await _overlap(tx, caller, outcome)
    if judge is None:
        return Done(stored)
    warnings = await uphold(
        tx,
        caller,
        judge.what_gets_worse(outcome.left, outcome.deleted),
        reason=outcome.override_reason,
        pointers=outcome.pointers,
        created=outcome.new,
    )
    return Done(stored, warnings)


def _name_closed(error: ShiftsClosed, outcome: Outcome) -> None:
    """Has it point to the places in the request that it is about."""
    border = error.extra["closed_before"]
    error.errors = [
        FieldError(outcome.pointers[shift.id], "This shift starts in a closed period.")
        for shift in outcome.left
        if shift.starts_at < border and shift.id in outcome.pointers
    ]


async def _keep_out_of_leave(tx: Transaction, caller: Caller, outcome: Outcome) -> None:
    """Raise ShiftDuringLeave where the organisation wants no shifts during approved leave.

    The employees are locked, and whoever approves leave locks them too. A trigger has the last
    word; this one knows the names that the request has for its shifts.
    """
    shifts = outcome.left
    if not shifts or not (await leave_store.blocks_shifts(tx, caller.organisation_id))[0]:
        return
    places = await leave_store.spans_during_leave(
        tx, [(shift.employee_id, shift.starts_at, shift.ends_at) for shift in shifts]
    )
    if not places:
        return
    met = [shifts[place] for place in sorted(places)]
    pointers = [outcome.pointers[shift.id] for shift in met if shift.id in outcome.pointers]
    raise ShiftDuringLeave(
        "An employee has approved leave at the time; nothing was changed.",
        errors=[
            FieldError(pointer, "The employee has approved leave at this time.")
            for pointer in pointers
        ],
    )


async def _overlap(tx: Transaction, caller: Caller, outcome: Outcome) -> ShiftOverlap:
    created = outcome.new
    touched = [shift.id for shift in outcome.left]
    pairs = await store.overlaps_with(tx, caller.organisation_id, touched)
    met = {other.id: other for _, other in pairs}
    failing = dict.fromkeys(outcome.pointers[one] for one, _ in pairs if one in outcome.pointers)
    return ShiftOverlap(
        "An employee would have two shifts at once; nothing was changed.",
        errors=[
            FieldError(pointer, "This overlaps another shift of its employee.")
            for pointer in failing
        ],
        conflicts=[
            ShiftInTheWay(
                employee_id=other.employee_id,
                starts_at=other.starts_at,
                ends_at=other.ends_at,
                shift_id=None if other.id in created else other.id,
                pointer=outcome.pointers.get(other.id) if other.id in created else None,
            )
            for other in met.values()
            # Drafts are none of a member's business, their own included.
            if caller.sees_everyone or other.published
        ],
    )
