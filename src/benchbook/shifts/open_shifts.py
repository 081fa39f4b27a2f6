"""What managers do with open shifts: those that nobody has yet."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET, structs
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction
from benchbook.platform.problems import FieldError, InvalidInput, NotFound, Stale
from benchbook.shifts import request_store as store
from benchbook.shifts.catalogue_store import known_locations
from benchbook.shifts.errors import LocationNotFound, OpenShiftNotFound
from benchbook.shifts.request_schemas import (
    ChangeOpenShift,
    NewOpenShift,
    OpenShift,
    OpenShiftBatch,
    OpenShiftBatchOutcome,
)
from benchbook.shifts.rules import check_break, check_span, optional_text, whole_minute
from benchbook.shifts.schemas import Shift

# Whose an open shift is while it is only thought of as somebody's.
NOBODY = UUID(int=0)


async def add_open_shift(
    tx: Transaction, caller: Caller, new: NewOpenShift
) -> tuple[OpenShift, int]:
    """Add an open shift; raises LocationNotFound, InvalidInput."""
    values = await _checked(tx, caller, structs.asdict(new))
    _check_times(values)
    added = await store.insert_open_shift(tx, caller.organisation_id, uuid7(), values)
    await record_event(tx, caller, "open_shift.created", "open_shift", added[0].id)
    return added


async def read_open_shift(
    tx: Transaction, caller: Caller, open_shift_id: UUID, *, lock: bool = False
) -> tuple[OpenShift, int]:
    """An open shift that the caller may see, and its revision; raises OpenShiftNotFound."""
    found = await store.find_open_shift(tx, caller.organisation_id, open_shift_id, lock=lock)
    if found is None:
        raise OpenShiftNotFound("There is no open shift with this id: it was taken, or never was.")
    return found


async def change_open_shift(
    tx: Transaction,
    caller: Caller,
    open_shift_id: UUID,
    change: ChangeOpenShift,
    expected: int | None,
) -> tuple[OpenShift, int]:
    """Change an open shift; raises OpenShiftNotFound, Stale, LocationNotFound, InvalidInput."""
    before = await _lock(tx, caller, open_shift_id, expected)
    given = {name: value for name, value in structs.asdict(change).items() if value is not UNSET}
    values = await _checked(tx, caller, given)
    if not values:
        return before
    _check_times(structs.asdict(before[0]) | values)
    changed = await store.update_open_shift(tx, caller.organisation_id, open_shift_id, values)
    await record_event(tx, caller, "open_shift.changed", "open_shift", open_shift_id)
    return changed


async def remove_open_shift(
    tx: Transaction, caller: Caller, open_shift_id: UUID, expected: int | None
) -> None:
    """Delete an open shift; raises OpenShiftNotFound, Stale."""
    await _lock(tx, caller, open_shift_id, expected)
    await store.delete_open_shift(tx, caller.organisation_id, open_shift_id)
    await record_event(tx, caller, "open_shift.deleted", "open_shift", open_shift_id)


async def change_many(
    tx: Transaction, caller: Caller, batch: OpenShiftBatch
) -> OpenShiftBatchOutcome:
    """Create, change and delete open shifts, all or nothing.

    Raises OpenShiftNotFound, LocationNotFound and InvalidInput with pointers to the items.
    """
    created, updated = [], []
    for index, new in enumerate(batch.create):
        with _named(f"/create/{index}"):
            created.append((await add_open_shift(tx, caller, new))[0])
    for index, change in enumerate(batch.update):
        values = ChangeOpenShift(
            **{name: getattr(change, name) for name in ChangeOpenShift.__struct_fields__}
        )
        with _named(f"/update/{index}"):
            updated.append((await change_open_shift(tx, caller, change.id, values, None))[0])
    for index, open_shift_id in enumerate(batch.delete):
        with _named(f"/delete/{index}"):
            await remove_open_shift(tx, caller, open_shift_id, None)
    return OpenShiftBatchOutcome(created, updated, batch.delete)


@contextlib.contextmanager
def _named(item: str) -> Iterator[None]:
    """Has what is wrong with an item of a batch point to it."""
    try:
        yield
    except (InvalidInput, NotFound) as problem:
        problem.errors = [
            FieldError(item + error.pointer, error.detail) for error in problem.errors
        ] or [FieldError(item, problem.detail)]
        raise


def as_shift_of(employee_id: UUID, open_shift: OpenShift) -> Shift:
    """The shift that it is once this employee has it: under the same id, and published."""
    now = datetime.now(UTC)
    return Shift(
        employee_id=employee_id,
        **structs.asdict(open_shift) | {"published": True, "created_at": now, "updated_at": now},
    )


async def _lock(
    tx: Transaction, caller: Caller, open_shift_id: UUID, expected: int | None
) -> tuple[OpenShift, int]:
    found = await read_open_shift(tx, caller, open_shift_id, lock=True)
    if expected not in (None, found[1]):
        raise Stale("It was changed since you read it: read it again and repeat your change.")
    return found


async def _checked(tx: Transaction, caller: Caller, values: dict[str, Any]) -> dict[str, Any]:
    for field in values.keys() & {"starts_at", "ends_at"}:
        values[field] = whole_minute(values[field], f"/{field}")
    for field in values.keys() & {"position", "note"}:
        values[field] = optional_text(values[field], f"/{field}")
    if (location_id := values.get("location_id")) and not await known_locations(
        tx, caller.organisation_id, [location_id]
    ):
        raise LocationNotFound.at("/location_id", "There is no location with this id.")
    return values


def _check_times(values: dict[str, Any]) -> None:
    check_span(values["starts_at"], values["ends_at"])
    check_break(values["starts_at"], values["ends_at"], values["break_minutes"], "/break_minutes")
