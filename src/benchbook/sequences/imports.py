"""What people do with files of sequences: begin to import one, and take it back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction, allow_long_work
from benchbook.platform.problems import Stale
from benchbook.sequences import collection_store
from benchbook.sequences import import_store as store
from benchbook.sequences.errors import ImportNotFound
from benchbook.sequences.import_formats import Format
from benchbook.sequences.schemas import SequenceImportDetails


async def begin_import(
    tx: Transaction,
    caller: Caller,
    import_id: UUID,
    *,
    collection_id: UUID | None,
    kind: Format,
    filename: str,
    bytes_total: int,
    tags: Sequence[str] = (),
    circular: bool = False,
) -> tuple[SequenceImportDetails, int]:
    """Record an import whose file has arrived, for a worker to do; and its revision.

    Raises CollectionNotFound.
    """
    organisation_id = caller.organisation_id
    if collection_id is None:
        collection_id = await collection_store.default_collection_id(tx, organisation_id)
    await store.insert_import(
        tx,
        organisation_id,
        import_id,
        collection_id=collection_id,
        person_id=caller.person_id,
        kind=kind,
        filename=filename,
        bytes_total=bytes_total,
        tags=tags,
        circular=circular,
    )
    await record_event(tx, caller, "sequence_import.created", "sequence_import", import_id)
    return await read_import(tx, caller, import_id)


async def read_import(
    tx: Transaction, caller: Caller, import_id: UUID
) -> tuple[SequenceImportDetails, int]:
    """How far an import is, or what became of it, and its revision; raises ImportNotFound."""
    found = await store.find_import(tx, caller.organisation_id, import_id)
    if found is None:
        raise ImportNotFound("There is no import with this id.")
    return found


async def take_back_import(
    tx: Transaction, caller: Caller, import_id: UUID, expected: int | None
) -> None:
    """Delete all that an import added: one that runs is cancelled, and another one forgotten.

    Raises ImportNotFound, Stale.
    """
    await allow_long_work(tx, store.LONGEST_WAIT_SECONDS)
    held = await store.hold_import(tx, caller.organisation_id, import_id)
    if held is None:
        raise ImportNotFound("There is no import with this id.")
    if expected is not None and expected != held.revision:
        raise Stale("The import has gone on since you read it: read it again.")
    await store.take_back(tx, caller.organisation_id, import_id, held)
    if held.status == "running":
        await store.end_import(tx, caller.organisation_id, import_id, "cancelled")
        action = "sequence_import.cancelled"
    else:
        await store.delete_import(tx, caller.organisation_id, import_id)
        action = "sequence_import.taken_back"
    await record_event(tx, caller, action, "sequence_import", import_id)
