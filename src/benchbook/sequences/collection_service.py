"""What people do with collections."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec import UNSET, structs
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.accounts.rules import visible_text
from benchbook.platform.database import Transaction, allow_long_work
from benchbook.platform.problems import Stale
from benchbook.sequences import collection_store as store
from benchbook.sequences import import_store
from benchbook.sequences.errors import (
    CollectionNotEmpty,
    CollectionNotFound,
    DefaultCollectionStays,
)
from benchbook.sequences.rules import names_revision, one_line
from benchbook.sequences.schemas import ChangeCollection, Collection, NewCollection
from benchbook.sequences.store import delete_sequences_of


async def add_collection(
    tx: Transaction, caller: Caller, new: NewCollection
) -> tuple[Collection, int]:
    """Add a collection; raises CollectionNameTaken, InvalidInput."""
    values = _checked(structs.asdict(new))
    collection_id = uuid7()
    await store.insert_collection(
        tx, caller.organisation_id, collection_id, values["name"], values["description"]
    )
    await record_event(tx, caller, "collection.created", "collection", collection_id)
    return await read_collection(tx, caller, collection_id)


async def read_collection(
    tx: Transaction, caller: Caller, collection_id: UUID
) -> tuple[Collection, int]:
    """A collection and its revision; raises CollectionNotFound."""
    found = await store.find_collection(tx, caller.organisation_id, collection_id)
    if found is None:
        raise CollectionNotFound("There is no collection with this id.")
    return found


async def change_collection(
    tx: Transaction,
    caller: Caller,
    collection_id: UUID,
    change: ChangeCollection,
    expected: str | None,
) -> tuple[Collection, int]:
    """Set the fields that are given.

    Raises CollectionNotFound, Stale, CollectionNameTaken, InvalidInput.
    """
    before = await _lock(tx, caller, collection_id, expected)
    values = _checked(
        {field: value for field, value in structs.asdict(change).items() if value is not UNSET}
    )
    if not values:
        return before
    await store.update_collection(tx, caller.organisation_id, collection_id, values)
    await record_event(
        tx, caller, "collection.changed", "collection", collection_id, fields=sorted(values)
    )
    return await read_collection(tx, caller, collection_id)


async def remove_collection(
    tx: Transaction,
    caller: Caller,
    collection_id: UUID,
    expected: str | None,
    *,
    with_sequences: bool,
) -> None:
    """Delete a collection; what it holds only ``with_sequences``.

    Raises CollectionNotFound, Stale, DefaultCollectionStays, CollectionNotEmpty.
    """
    if with_sequences:
        await allow_long_work(tx, import_store.LONGEST_WAIT_SECONDS)
        # Imports into it end here, and before it is locked: each locks itself first, then it.
        await import_store.delete_imports_into(tx, caller.organisation_id, collection_id)
    collection, _ = await _lock(tx, caller, collection_id, expected)
    if collection.is_default:
        raise DefaultCollectionStays("There is always a default collection: this one.")
    if collection.sequence_count and not with_sequences:
        raise CollectionNotEmpty(
            f"The collection holds {collection.sequence_count:,} sequences: delete or move them "
            "first, or send with_sequences=true to delete them with it.",
            sequence_count=collection.sequence_count,
        )
    removed = 0
    if with_sequences:
        removed = await delete_sequences_of(tx, caller.organisation_id, collection_id)
    await store.delete_collection(tx, caller.organisation_id, collection_id)
    await record_event(
        tx, caller, "collection.deleted", "collection", collection_id, sequences=removed
    )


async def _lock(
    tx: Transaction, caller: Caller, collection_id: UUID, expected: str | None
) -> tuple[Collection, int]:
    await store.lock_collection(tx, caller.organisation_id, collection_id)
    found = await read_collection(tx, caller, collection_id)
    if not names_revision(expected, found[1]):
        raise Stale("It was changed since you read it: read it again and repeat your change.")
    return found


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    if "name" in values:
        values["name"] = one_line(visible_text(values["name"], "/name"), "/name")
    if "description" in values:
        values["description"] = (values["description"] or "").strip()
    return values
