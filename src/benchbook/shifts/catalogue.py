"""What managers do with skills, locations and positions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec import UNSET, structs
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.accounts.rules import known_time_zone, visible_text
from benchbook.platform.database import Transaction
from benchbook.platform.problems import Stale
from benchbook.shifts import catalogue_store as store
from benchbook.shifts.catalogue_schemas import (
    ChangeLocation,
    ChangePosition,
    ChangeSkill,
    NewLocation,
    NewPosition,
    NewSkill,
    Position,
)
from benchbook.shifts.catalogue_store import POSITIONS, Item, Shelf
from benchbook.shifts.errors import RosterNameTaken


async def add_item(
    tx: Transaction, caller: Caller, shelf: Shelf[Item], new: NewSkill | NewLocation
) -> tuple[Item, int]:
    """Add a skill or a location; raises RosterNameTaken, InvalidInput."""
    values = _checked(structs.asdict(new))
    item, revision = await store.insert(tx, shelf, caller.organisation_id, uuid7(), values)
    await _record(tx, caller, shelf, "created", item.id)
    return item, revision


async def add_position(tx: Transaction, caller: Caller, new: NewPosition) -> tuple[Position, int]:
    """Add a position; raises RosterNameTaken, SkillNotFound, InvalidInput."""
    organisation_id, position_id = caller.organisation_id, uuid7()
    name = visible_text(new.name, "/name")
    await store.insert(tx, POSITIONS, organisation_id, position_id, {"name": name})
    await store.set_skills_of_position(tx, organisation_id, position_id, new.skill_ids)
    await _record(tx, caller, POSITIONS, "created", position_id)
    return await read_item(tx, caller, POSITIONS, position_id)


async def read_item(
    tx: Transaction, caller: Caller, shelf: Shelf[Item], item_id: UUID
) -> tuple[Item, int]:
    """An item and its revision; raises its NotFound."""
    found = await store.find(tx, shelf, caller.organisation_id, item_id)
    if found is None:
        raise _not_found(shelf)
    return found


async def change_item(
    tx: Transaction,
    caller: Caller,
    shelf: Shelf[Item],
    item_id: UUID,
    change: ChangeSkill | ChangeLocation,
    expected: int | None,
) -> tuple[Item, int]:
    """Set the fields that are given; raises its NotFound, Stale, RosterNameTaken, InvalidInput."""
    before = await _lock(tx, caller, shelf, item_id, expected)
    values = _checked(
        {name: value for name, value in structs.asdict(change).items() if value is not UNSET}
    )
    if not values:
        return before
    changed = await store.update(tx, shelf, caller.organisation_id, item_id, values)
    await _record(tx, caller, shelf, "changed", item_id)
    return changed


async def change_position(
    tx: Transaction,
    caller: Caller,
    position_id: UUID,
    change: ChangePosition,
    expected: int | None,
) -> tuple[Position, int]:
    """Rename a position, everywhere at once, and have it take these skills.

    Raises PositionNotFound, Stale, RosterNameTaken, SkillNotFound, InvalidInput.
    """
    before = await _lock(tx, caller, POSITIONS, position_id, expected)
    if change.skill_ids is not UNSET:
        await store.set_skills_of_position(
            tx, caller.organisation_id, position_id, change.skill_ids
        )
        await _record(tx, caller, POSITIONS, "changed", position_id)
    name = before[0].name if change.name is UNSET else visible_text(change.name, "/name")
    if name == before[0].name:
        if change.skill_ids is UNSET:
            return before
        return await store.update(tx, POSITIONS, caller.organisation_id, position_id, {})
    changed = await store.update(tx, POSITIONS, caller.organisation_id, position_id, {"name": name})
    if await store.position_is_used(tx, name):
        raise RosterNameTaken.at(
            "/name", "Shifts or what is planned with them have this name already: choose another."
        )
    shifts = await store.rename_position(tx, before[0].name, name)
    await record_event(
        tx,
        caller,
        "position.renamed",
        "position",
        position_id,
        before=before[0].name,
        after=name,
        shifts=shifts,
    )
    return changed


async def remove_item(
    tx: Transaction, caller: Caller, shelf: Shelf[Item], item_id: UUID, expected: int | None
) -> None:
    """Delete an item, or archive it while something refers to it; raises its NotFound, Stale."""
    await _lock(tx, caller, shelf, item_id, expected)
    if await store.delete_if_unused(tx, shelf, caller.organisation_id, item_id):
        await _record(tx, caller, shelf, "deleted", item_id)
    else:
        await store.update(tx, shelf, caller.organisation_id, item_id, {"archived": True})
        await _record(tx, caller, shelf, "archived", item_id)


async def _lock(
    tx: Transaction, caller: Caller, shelf: Shelf[Item], item_id: UUID, expected: int | None
) -> tuple[Item, int]:
    found = await store.find(tx, shelf, caller.organisation_id, item_id, lock=True)
    if found is None:
        raise _not_found(shelf)
    if expected not in (None, found[1]):
        raise Stale("It was changed since you read it: read it again and repeat your change.")
    return found


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    if "name" in values:
        values["name"] = visible_text(values["name"], "/name")
    if "time_zone" in values:
        values["time_zone"] = known_time_zone(values["time_zone"])
    return values


async def _record(
    tx: Transaction, caller: Caller, shelf: Shelf[Item], what: str, item_id: UUID
) -> None:
    await record_event(tx, caller, f"{shelf.subject}.{what}", shelf.subject, item_id)


def _not_found(shelf: Shelf[Item]) -> Exception:
    return shelf.not_found(f"There is no {shelf.subject} with this id.")
