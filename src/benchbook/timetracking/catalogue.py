"""What people do with clients, projects and tags: keep the words that sessions are filed under."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec import UNSET, structs
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.accounts.rules import visible_text
from benchbook.platform.database import Transaction
from benchbook.platform.problems import Stale
from benchbook.timetracking import catalogue_store as store
from benchbook.timetracking.catalogue_store import CLIENTS, PROJECTS, TAGS, Item, Shelf
from benchbook.timetracking.errors import ClientNotFound, ProjectNotFound, TagNotFound
from benchbook.timetracking.schemas import (
    ChangeClient,
    ChangeProject,
    Client,
    NewClient,
    NewProject,
    NewTag,
    Project,
    Tag,
)

_NOT_FOUND = {"clients": ClientNotFound, "projects": ProjectNotFound, "tags": TagNotFound}


async def add_client(tx: Transaction, caller: Caller, new: NewClient) -> tuple[Client, int]:
    """Add a client; raises NameTaken."""
    return await _add(tx, caller, CLIENTS, {"name": new.name})


async def add_project(tx: Transaction, caller: Caller, new: NewProject) -> tuple[Project, int]:
    """Add a project; raises NameTaken, ClientNotFound."""
    return await _add(tx, caller, PROJECTS, structs.asdict(new) | {"colour": new.colour.lower()})


async def add_tag(tx: Transaction, caller: Caller, new: NewTag) -> tuple[Tag, int]:
    """Add a tag; raises NameTaken."""
    return await _add(tx, caller, TAGS, {"name": new.name})


async def read_item(
    tx: Transaction, caller: Caller, shelf: Shelf[Item], item_id: UUID
) -> tuple[Item, int]:
    """An item and its revision; raises its NotFound."""
    found = await store.find(tx, shelf, caller.organisation_id, item_id)
    if found is None:
        raise _not_found(shelf)
    return found


async def change_client(
    tx: Transaction, caller: Caller, client_id: UUID, change: ChangeClient, expected: int | None
) -> tuple[Client, int]:
    """Rename, archive or bring back a client; raises ClientNotFound, Stale, NameTaken."""
    return await change_item(tx, caller, CLIENTS, client_id, structs.asdict(change), expected)


async def change_project(
    tx: Transaction, caller: Caller, project_id: UUID, change: ChangeProject, expected: int | None
) -> tuple[Project, int]:
    """Change, archive or bring back a project.

    Raises ProjectNotFound, ClientNotFound, Stale, NameTaken.
    """
    values = structs.asdict(change)
    if isinstance(change.colour, str):
        values["colour"] = change.colour.lower()
    return await change_item(tx, caller, PROJECTS, project_id, values, expected)


async def remove_item(
    tx: Transaction, caller: Caller, shelf: Shelf[Item], item_id: UUID, expected: int | None
) -> None:
    """Delete a client or project, or archive it while something refers to it.

    Raises its NotFound, Stale.
    """
    await lock_item(tx, caller, shelf, item_id, expected)
    if await store.delete_if_unused(tx, shelf, caller.organisation_id, item_id):
        await _record(tx, caller, shelf, "deleted", item_id)
    else:
        await store.update(tx, shelf, caller.organisation_id, item_id, {"archived": True})
        await _record(tx, caller, shelf, "archived", item_id)


async def change_item(
    tx: Transaction,
    caller: Caller,
    shelf: Shelf[Item],
    item_id: UUID,
    fields: dict[str, Any],
    expected: int | None,
) -> tuple[Item, int]:
    """Set the fields that are given; raises its NotFound, Stale, NameTaken, ClientNotFound."""
    await lock_item(tx, caller, shelf, item_id, expected)
    values = {name: value for name, value in fields.items() if value is not UNSET}
    if "name" in values:
        values["name"] = visible_text(values["name"], "/name")
    if not values:
        return await read_item(tx, caller, shelf, item_id)
    changed = await store.update(tx, shelf, caller.organisation_id, item_id, values)
    await _record(tx, caller, shelf, "changed", item_id)
    return changed


async def lock_item(
    tx: Transaction, caller: Caller, shelf: Shelf[Item], item_id: UUID, expected: int | None
) -> Item:
    """The item, locked in the state that is expected; raises its NotFound, Stale."""
    found = await store.find(tx, shelf, caller.organisation_id, item_id, lock=True)
    if found is None:
        raise _not_found(shelf)
    item, revision = found
    if expected not in (None, revision):
        raise Stale("It was changed since you read it: read it again and repeat your change.")
    return item


async def _add(
    tx: Transaction, caller: Caller, shelf: Shelf[Item], values: dict[str, Any]
) -> tuple[Item, int]:
    values["name"] = visible_text(values["name"], "/name")
    item, revision = await store.insert(tx, shelf, caller.organisation_id, uuid7(), values)
    await _record(tx, caller, shelf, "created", item.id)
    return item, revision


async def _record(
    tx: Transaction, caller: Caller, shelf: Shelf[Item], what: str, item_id: UUID
) -> None:
    subject = shelf.table.removesuffix("s")
    await record_event(tx, caller, f"{subject}.{what}", subject, item_id)


def _not_found(shelf: Shelf[Item]) -> Exception:
    return _NOT_FOUND[shelf.table](f"There is no {shelf.table.removesuffix('s')} with this id.")
