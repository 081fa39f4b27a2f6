"""What people do with sequences."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, structs
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction, TryAgain
from benchbook.platform.problems import FieldError, Stale
from benchbook.sequences import collection_store, feature_store, store
from benchbook.sequences.errors import SequenceExists, SequenceNotFound
from benchbook.sequences.rules import (
    LONG_SEQUENCE,
    Prepared,
    clean_tags,
    names_revision,
    one_line,
    prepare,
)
from benchbook.sequences.schemas import (
    ChangeSequence,
    NewSequence,
    SequenceDetails,
    SequenceFeature,
)


@dataclass(frozen=True)
class Found:
    """A sequence as it is told, with the state that its ETag names.

    The state is the revision and, where other sequences have the same bases or their reverse
    complement, a checksum of which: they come and go without this one being changed.
    """

    details: SequenceDetails
    revision: int

    @property
    def state(self) -> str:
        others = self.details.reverse_complements + self.details.copies
        if not others:
            return str(self.revision)
        return f"{self.revision}-{zlib.crc32(msgspec.msgpack.encode(others)):08x}"


async def prepare_aside(bases: str, pointer: str = "/bases") -> Prepared:
    """What ``rules.prepare`` does, without holding other requests up where there is much to do."""
    if len(bases) < LONG_SEQUENCE:
        return prepare(bases, pointer)
    return await asyncio.to_thread(prepare, bases, pointer)


async def add_sequence(
    tx: Transaction, caller: Caller, new: NewSequence, prepared: Prepared
) -> tuple[Found, bool]:
    """Add a sequence, or find the one that has its bases; whether it was added.

    A name that the one found does not have becomes an alias of it. Raises CollectionNotFound,
    SequenceExists (where the caller wants no duplicate), InvalidInput.
    """
    name = one_line(new.name or "", "/name")
    aliases = _clean_aliases(new.aliases)
    tags = clean_tags(new.tags or [])
    collection_id = new.collection_id
    if collection_id is None:
        collection_id = await collection_store.default_collection_id(tx, caller.organisation_id)
    row = store.NewRow(
        uuid7(), prepared, name, (new.description or "").strip(), circular=new.circular
    )
    left_out = await store.insert_sequences(
        tx,
        caller.organisation_id,
        [row],
        collection_id=collection_id,
        tags=tags,
        created_by=caller.person_id,
    )
    if not left_out:
        sequence_id = row.id
        await record_event(tx, caller, "sequence.created", "sequence", sequence_id)
    else:
        sequence_id = await _id_of_stored(tx, caller, collection_id, prepared)
        if new.on_duplicate == "fail":
            raise SequenceExists(
                "The collection has these bases already.",
                errors=[FieldError("/bases", "The collection has these bases already.")],
                sequence_id=str(sequence_id),
            )
        aliases = [name, *aliases]
    await store.insert_aliases(
        tx, caller.organisation_id, [(sequence_id, alias) for alias in aliases]
    )
    return await read_sequence(tx, caller, sequence_id), not left_out


async def read_sequence(tx: Transaction, caller: Caller, sequence_id: UUID) -> Found:
    """A sequence with what belongs to it; raises SequenceNotFound."""
    return await _told(tx, caller, await _found(tx, caller, sequence_id))


async def list_features(
    tx: Transaction, caller: Caller, sequence_id: UUID, *, after: int, limit: int
) -> list[SequenceFeature]:
    """The features of a sequence, after a place of its table; raises SequenceNotFound."""
    features = await feature_store.list_features(
        tx, caller.organisation_id, sequence_id, after=after, limit=limit
    )
    if not features and not await store.is_there(tx, caller.organisation_id, sequence_id):
        raise SequenceNotFound("There is no sequence with this id.")
    return features


async def change_sequence(
    tx: Transaction, caller: Caller, sequence_id: UUID, change: ChangeSequence, expected: str | None
) -> Found:
    """Set the fields that are given.

    Raises SequenceNotFound, Stale, CollectionNotFound, SequenceExists, InvalidInput.
    """
    before = await _told(tx, caller, await _found(tx, caller, sequence_id, lock=True))
    _expect(before, expected)
    values = _checked(
        {field: value for field, value in structs.asdict(change).items() if value is not UNSET}
    )
    fields = sorted(
        field for field, value in values.items() if value != getattr(before.details, field)
    )
    if not fields:
        return before
    aliases = values.pop("aliases", None)
    await store.update_sequence(tx, caller.organisation_id, sequence_id, values)
    if "name" in values:
        await store.delete_alias(tx, caller.organisation_id, sequence_id, values["name"])
    if aliases is not None:
        await store.replace_aliases(tx, caller.organisation_id, sequence_id, aliases)
    await record_event(tx, caller, "sequence.changed", "sequence", sequence_id, fields=fields)
    return await read_sequence(tx, caller, sequence_id)


async def remove_sequence(
    tx: Transaction, caller: Caller, sequence_id: UUID, expected: str | None
) -> None:
    """Delete a sequence; raises SequenceNotFound, Stale."""
    if expected is not None:
        found = await _found(tx, caller, sequence_id, lock=True)
        _expect(await _told(tx, caller, found), expected)
    if not await store.delete_sequences(tx, caller.organisation_id, [sequence_id]):
        raise SequenceNotFound("There is no sequence with this id.")
    await record_event(tx, caller, "sequence.deleted", "sequence", sequence_id)


async def remove_sequences(tx: Transaction, caller: Caller, sequence_ids: Sequence[UUID]) -> None:
    """Delete all of these or, where one is not there, none; raises SequenceNotFound."""
    wanted = sorted(set(sequence_ids))
    gone = await store.delete_sequences(tx, caller.organisation_id, wanted)
    if missing := [sequence_id for sequence_id in wanted if sequence_id not in gone]:
        raise SequenceNotFound(
            f"There is no sequence with the id {missing[0]}; nothing was deleted.",
            errors=[FieldError("?id", f"There is no sequence {each}.") for each in missing[:100]],
        )
    await record_event(tx, caller, "sequences.deleted", "sequence", deleted=len(gone))


async def _id_of_stored(
    tx: Transaction, caller: Caller, collection_id: UUID, prepared: Prepared
) -> UUID:
    found = await store.find_by_digests(
        tx, caller.organisation_id, collection_id, [prepared.digest]
    )
    if prepared.digest not in found:
        raise TryAgain("The sequence was deleted at the same instant. Try again.")
    return found[prepared.digest]


async def _found(
    tx: Transaction, caller: Caller, sequence_id: UUID, *, lock: bool = False
) -> store.Stored:
    found = await store.find_sequence(tx, caller.organisation_id, sequence_id, lock=lock)
    if found is None:
        raise SequenceNotFound("There is no sequence with this id.")
    return found


async def _told(tx: Transaction, caller: Caller, stored: store.Stored) -> Found:
    sequence = stored.sequence
    organisation_id = caller.organisation_id
    aliases = await store.list_aliases(tx, organisation_id, sequence.id)
    copies = await store.list_references(tx, organisation_id, stored.digest, but=sequence.id)
    # What is its own reverse complement has copies, and no other strand to point to.
    complements = (
        await store.list_references(tx, organisation_id, stored.reverse_digest, but=sequence.id)
        if stored.reverse_digest != stored.digest
        else []
    )
    details = SequenceDetails(
        **structs.asdict(sequence),
        aliases=aliases,
        reverse_complements=complements,
        copies=copies,
    )
    return Found(details, stored.revision)


def _expect(found: Found, expected: str | None) -> None:
    if not names_revision(expected, found.revision):
        raise Stale("It was changed since you read it: read it again and repeat your change.")


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    if "name" in values:
        values["name"] = one_line(values["name"] or "", "/name")
    if "description" in values:
        values["description"] = (values["description"] or "").strip()
    if "tags" in values:
        values["tags"] = clean_tags(values["tags"] or [])
    if "aliases" in values:
        values["aliases"] = _clean_aliases(values["aliases"])
    return values


def _clean_aliases(aliases: list[str] | None) -> list[str]:
    cleaned = [one_line(alias, f"/aliases/{index}") for index, alias in enumerate(aliases or [])]
    return list(dict.fromkeys(alias for alias in cleaned if alias))
