"""What managers do with shifts: one, many, swaps. Only the outcome of a change counts.

Every change takes the same way, which is that of ``changes.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET, UnsetType, structs
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction
from benchbook.platform.problems import FieldError, InvalidInput, Stale
from benchbook.shifts import store
from benchbook.shifts.catalogue_store import known_locations
from benchbook.shifts.changes import Done, Outcome, carry_out, employees_of_deleted, lock
from benchbook.shifts.errors import LocationNotFound, ShiftNotFound
from benchbook.shifts.rules import check_break, check_span, optional_text, whole_minute
from benchbook.shifts.schemas import (
    LARGEST_BATCH,
    AddShift,
    BatchOutcome,
    ChangeOneOfMany,
    ChangeOneShift,
    ChangeShift,
    NewShift,
    SavedShift,
    Shift,
    ShiftBatch,
    SwappedShifts,
    SwapShifts,
)


async def add_shift(tx: Transaction, caller: Caller, new: AddShift) -> tuple[SavedShift, int]:
    """Add a shift; raises EmployeeNotFound, ShiftOverlap, LabourRuleBroken, InvalidInput."""
    shift = _new_shift(new, "")
    await lock(tx, caller, {}, {"/employee_id": new.employee_id})
    await _require_locations(tx, caller, {"/location_id": new.location_id})
    outcome = Outcome(created=[shift], override_reason=new.override_reason)
    done = await carry_out(tx, caller, outcome)
    await record_event(tx, caller, "shift.created", "shift", shift.id)
    return _saved(done, shift.id)


async def read_shift(tx: Transaction, caller: Caller, shift_id: UUID) -> tuple[Shift, int]:
    """A shift that the caller may see, and its revision; raises ShiftNotFound."""
    found = await store.find_shift(tx, caller.organisation_id, shift_id)
    if found is None:
        raise ShiftNotFound("There is no shift with this id.")
    return found


async def change_shift(
    tx: Transaction, caller: Caller, shift_id: UUID, change: ChangeOneShift, expected: int | None
) -> tuple[SavedShift, int]:
    """Change a shift; raises ShiftNotFound, Stale, EmployeeNotFound, ShiftOverlap,
    LabourRuleBroken, InvalidInput."""
    employees = {} if change.employee_id is UNSET else {"/employee_id": change.employee_id}
    before = (await lock(tx, caller, {shift_id: ""}, employees))[shift_id]
    _expect(before[1], expected)
    await _require_locations(tx, caller, {"/location_id": change.location_id})
    after = _changed(before[0], change, "")
    if after == before[0]:
        return _saved(Done({shift_id: before}), shift_id)
    outcome = Outcome(updated=[after], override_reason=change.override_reason)
    done = await carry_out(tx, caller, outcome)
    await record_event(tx, caller, "shift.changed", "shift", shift_id)
    return _saved(done, shift_id)


async def remove_shift(
    tx: Transaction, caller: Caller, shift_id: UUID, expected: int | None
) -> None:
    """Delete a shift; raises ShiftNotFound, Stale."""
    before = (await lock(tx, caller, {shift_id: ""}, {}))[shift_id]
    _expect(before[1], expected)
    await store.delete_shifts(tx, caller.organisation_id, [shift_id])
    await record_event(tx, caller, "shift.deleted", "shift", shift_id)


async def restore_shift(
    tx: Transaction, caller: Caller, shift_id: UUID, override_reason: str | None
) -> tuple[SavedShift, int]:
    """Bring a deleted shift back under its id; one that is there is answered as it is.

    Raises ShiftNotFound, EmployeeNotFound, ShiftOverlap, ShiftDuringLeave, LabourRuleBroken.
    """
    deleted = await store.find_deleted(tx, caller.organisation_id, [shift_id])
    if deleted:
        await lock(tx, caller, {}, {"": deleted[shift_id].employee_id})
    # Somebody else may have been faster.
    present = await store.find_shift(tx, caller.organisation_id, shift_id)
    if present is not None:
        return _saved(Done({shift_id: present}), shift_id)
    restored, _ = await employees_of_deleted(tx, caller, {shift_id: ""})
    outcome = Outcome(restored=restored, override_reason=override_reason)
    done = await carry_out(tx, caller, outcome)
    await record_event(tx, caller, "shift.restored", "shift", shift_id)
    return _saved(done, shift_id)


async def remove_shifts(tx: Transaction, caller: Caller, shift_ids: Sequence[UUID]) -> None:
    """Delete all of these shifts or, where one is not there, none; raises ShiftNotFound."""
    await lock(tx, caller, dict.fromkeys(shift_ids, "?id"), {})
    await store.delete_shifts(tx, caller.organisation_id, shift_ids)
    await _record_many(tx, caller, "shifts.changed", deleted=len(set(shift_ids)))


async def change_many(tx: Transaction, caller: Caller, batch: ShiftBatch) -> BatchOutcome:
    """Create, change, delete and restore shifts, all or nothing, whatever their order.

    Raises InvalidInput, ShiftNotFound, EmployeeNotFound and ShiftOverlap with pointers to the
    items.
    """
    places = _places(batch)
    created = [_new_shift(new, f"/create/{index}") for index, new in enumerate(batch.create)]
    employees = {
        f"/create/{index}/employee_id": new.employee_id for index, new in enumerate(batch.create)
    } | {
        f"/update/{index}/employee_id": change.employee_id
        for index, change in enumerate(batch.update)
        if isinstance(change.employee_id, UUID)
    }
    locations = {
        f"/create/{index}/location_id": new.location_id for index, new in enumerate(batch.create)
    } | {
        f"/update/{index}/location_id": change.location_id
        for index, change in enumerate(batch.update)
    }
    back = {shift_id: places.pop(shift_id) for shift_id in batch.restore}
    _, owners = await employees_of_deleted(tx, caller, back)
    before = await lock(tx, caller, places, employees | owners)
    restored, _ = await employees_of_deleted(tx, caller, back)
    await _require_locations(tx, caller, locations)
    updated = [
        _changed(before[change.id][0], change, f"/update/{index}")
        for index, change in enumerate(batch.update)
    ]
    pointers = {shift.id: f"/create/{index}" for index, shift in enumerate(created)} | {
        shift.id: f"/update/{index}" for index, shift in enumerate(updated)
    }
    pointers |= back
    done = await carry_out(
        tx,
        caller,
        Outcome(
            created=created,
            updated=updated,
            deleted=batch.delete,
            restored=restored,
            pointers=pointers,
            override_reason=batch.override_reason,
        ),
    )
    if places or created or restored:
        await _record_many(
            tx,
            caller,
            "shifts.changed",
            created=len(created),
            updated=len(updated),
            deleted=len(batch.delete),
            **({"restored": len(restored)} if restored else {}),
        )
    return BatchOutcome(
        created=[done.stored[shift.id][0] for shift in created],
        updated=[done.stored[shift.id][0] for shift in updated],
        deleted=batch.delete,
        restored=[done.stored[shift.id][0] for shift in restored],
        warnings=done.warnings,
    )


async def swap_shifts(tx: Transaction, caller: Caller, swap: SwapShifts) -> SwappedShifts:
    """Have the employee of each shift take the next one, and that of the last the first.

    Raises InvalidInput for a shift that is named twice and for shifts of one employee,
    ShiftNotFound, ShiftOverlap, LabourRuleBroken.
    """
    shift_ids = swap.shift_ids
    pointers: dict[UUID, str] = {}
    for index, shift_id in enumerate(shift_ids):
        if shift_id in pointers:
            raise InvalidInput.at(f"/shift_ids/{index}", "This shift is in the list twice.")
        pointers[shift_id] = f"/shift_ids/{index}"
    before = await lock(tx, caller, pointers, {})
    shifts = [before[shift_id][0] for shift_id in shift_ids]
    if len({shift.employee_id for shift in shifts}) < 2:
        raise InvalidInput.at("/shift_ids", "All of these are shifts of the same employee.")
    updated = [
        structs.replace(shift, employee_id=shifts[index - 1].employee_id)
        for index, shift in enumerate(shifts)
    ]
    done = await carry_out(
        tx,
        caller,
        Outcome(updated=updated, pointers=pointers, override_reason=swap.override_reason),
    )
    await _record_many(tx, caller, "shifts.swapped", swapped=len(shifts))
    return SwappedShifts([done.stored[one][0] for one in shift_ids], done.warnings)


def _saved(done: Done, shift_id: UUID) -> tuple[SavedShift, int]:
    shift, revision = done.stored[shift_id]
    return SavedShift(**structs.asdict(shift), warnings=done.warnings), revision


async def _require_locations(
    tx: Transaction, caller: Caller, locations: Mapping[str, UUID | UnsetType | None]
) -> None:
    """Raise LocationNotFound unless all of these (pointer → id) are there."""
    wanted = {place: found for place, found in locations.items() if isinstance(found, UUID)}
    if not wanted:
        return
    known = await known_locations(tx, caller.organisation_id, list(set(wanted.values())))
    if missing := [pointer for pointer, location in wanted.items() if location not in known]:
        raise LocationNotFound(
            "There is no location with this id.",
            errors=[FieldError(place, "There is no location with this id.") for place in missing],
        )


def _new_shift(new: NewShift, pointer: str) -> Shift:
    """The shift as it is to be stored; raises InvalidInput below the pointer."""
    now = datetime.now(UTC)
    shift = Shift(
        id=uuid7(),
        employee_id=new.employee_id,
        starts_at=whole_minute(new.starts_at, f"{pointer}/starts_at"),
        ends_at=whole_minute(new.ends_at, f"{pointer}/ends_at"),
        break_minutes=new.break_minutes,
        position=optional_text(new.position, f"{pointer}/position"),
        location_id=new.location_id,
        note=optional_text(new.note, f"{pointer}/note"),
        published=new.published,
        created_at=now,
        updated_at=now,
    )
    check_span(shift.starts_at, shift.ends_at, f"{pointer}/ends_at")
    check_break(shift.starts_at, shift.ends_at, shift.break_minutes, f"{pointer}/break_minutes")
    return shift


def _changed(before: Shift, change: ChangeShift, pointer: str) -> Shift:
    """The shift with what is given; raises InvalidInput below the pointer."""
    given: dict[str, Any] = {
        name: value
        for name, value in structs.asdict(change).items()
        if value is not UNSET and name not in ("id", "override_reason")
    }
    if not given and isinstance(change, ChangeOneOfMany):
        raise InvalidInput.at(pointer, "Name at least one field to change.")
    for name in given.keys() & {"starts_at", "ends_at"}:
        given[name] = whole_minute(given[name], f"{pointer}/{name}")
    for name in given.keys() & {"position", "note"}:
        given[name] = optional_text(given[name], f"{pointer}/{name}")
    after = structs.replace(before, **given)
    at = "ends_at" if "ends_at" in given else "starts_at"
    check_span(after.starts_at, after.ends_at, f"{pointer}/{at}")
    check_break(after.starts_at, after.ends_at, after.break_minutes, f"{pointer}/break_minutes")
    return after


def _places(batch: ShiftBatch) -> dict[UUID, str]:
    """Where the batch names each stored shift; raises InvalidInput for one that it names twice."""
    sizes = {name: len(getattr(batch, name)) for name in ("create", "update", "delete", "restore")}
    if sum(sizes.values()) > LARGEST_BATCH:
        largest = max(sizes, key=lambda name: sizes[name])
        raise InvalidInput(
            f"A batch takes at most {LARGEST_BATCH} items.",
            errors=[FieldError(f"/{largest}", "Together with the other lists these are too many.")],
        )
    places: dict[UUID, str] = {}
    named = [(change.id, f"/update/{index}/id") for index, change in enumerate(batch.update)]
    named += [(shift_id, f"/delete/{index}") for index, shift_id in enumerate(batch.delete)]
    named += [(shift_id, f"/restore/{index}") for index, shift_id in enumerate(batch.restore)]
    for shift_id, pointer in named:
        if shift_id in places:
            raise InvalidInput.at(pointer, "This shift is in the batch twice.")
        places[shift_id] = pointer
    return places


def _expect(revision: int, expected: int | None) -> None:
    if expected not in (None, revision):
        raise Stale("It was changed since you read it: read it again and repeat your change.")


async def _record_many(tx: Transaction, caller: Caller, action: str, **counts: int) -> None:
    await record_event(tx, caller, action, "shift", None, **counts)
