"""What refget answers, and to whom: to members, and to everybody where the organisation says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from msgspec import UNSET, structs

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Database, Transaction
from benchbook.platform.problems import NotAuthenticated, Stale
from benchbook.sequences import refget_store as store
from benchbook.sequences.errors import SequenceNotFound
from benchbook.sequences.refget_rules import Asked, Identifier, parts_of, read_identifier
from benchbook.sequences.rules import digest_text
from benchbook.sequences.schemas import ChangeSequenceSettings, SequenceSettings
from benchbook.sequences.store import read_part

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class _Public:
    """The eyes of somebody without a credential, on one organisation."""

    organisation_id: UUID
    person_id: UUID = _NOBODY
    sees_everyone: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """Letters that answer, and where the whole they are of begins and ends."""

    content: bytes
    entry: store.Entry
    start: int


async def read_piece(database: Database, caller: Caller | None, text: str, asked: Asked) -> Piece:
    """The letters that are asked for of the sequence with this identifier.

    Raises SequenceNotFound, RangeNotSatisfiable, NotAuthenticated.
    """
    async with _opened(database, caller, text) as (tx, organisation_id, entry):
        parts = parts_of(asked, entry.length, circular=entry.circular)
        content = b"".join(
            [
                await read_part(tx, organisation_id, entry.sequence_id, entry.length, start, end)
                for start, end in parts
            ]
        )
        return Piece(content, entry, parts[0][0] if parts else 0)


async def read_metadata(
    database: Database, caller: Caller | None, text: str
) -> tuple[dict[str, Any], store.Entry]:
    """What is known of the sequence with this identifier, as refget answers it.

    Raises SequenceNotFound, NotAuthenticated.
    """
    async with _opened(database, caller, text) as (tx, organisation_id, entry):
        names = await store.list_names(tx, organisation_id, entry.digest)
        authority = await store.read_organisation_name(tx, organisation_id)
    metadata = {
        "md5": entry.md5.hex(),
        "ga4gh": digest_text(entry.digest),
        "trunc512": entry.digest.hex(),
        "length": entry.length,
        "aliases": [{"alias": name, "naming_authority": authority} for name in names],
    }
    return {"metadata": metadata}, entry


async def read_provider(database: Database, caller: Caller | None) -> str:
    """Who answers: the caller's organisation, or Benchbook; raises NotAuthenticated."""
    if caller is None:
        await _require_something_public(database)
        return "Benchbook"
    async with database.reading(caller) as tx:
        return await store.read_organisation_name(tx, caller.organisation_id)


async def change_settings(
    tx: Transaction, caller: Caller, change: ChangeSequenceSettings, expected: int | None
) -> tuple[SequenceSettings, int]:
    """Set the settings that are given; raises Stale."""
    await store.make_settings(tx, caller.organisation_id)
    before, revision = await store.find_settings(tx, caller.organisation_id, lock=True)
    if expected not in (None, revision):
        raise Stale("It was changed since you read it: read it again and repeat your change.")
    values = {
        field: value
        for field, value in structs.asdict(change).items()
        if value is not UNSET and value != getattr(before, field)
    }
    if not values:
        return before, revision
    changed = await store.update_settings(tx, caller.organisation_id, values)
    await record_event(
        tx, caller, "sequence_settings.changed", "organisation", caller.organisation_id, **values
    )
    return changed


@asynccontextmanager
async def _opened(
    database: Database, caller: Caller | None, text: str
) -> AsyncIterator[tuple[Transaction, UUID, store.Entry]]:
    """A transaction that sees the sequence with this identifier, and the sequence."""
    identifier = read_identifier(text)
    if caller is None:
        caller_or_public: Caller | _Public | None = await _public(database, identifier)
    else:
        caller_or_public = caller
    if identifier is None or caller_or_public is None:
        raise SequenceNotFound("There is no sequence with this identifier.")
    async with database.reading(caller_or_public) as tx:
        organisation_id = caller_or_public.organisation_id
        entry = await store.find_entry(tx, organisation_id, identifier)
        if entry is None:
            raise SequenceNotFound("There is no sequence with this identifier.")
        yield tx, organisation_id, entry


async def _public(database: Database, identifier: Identifier | None) -> _Public | None:
    """The eyes to see a public sequence with; None where nobody shows one of this identifier.

    Raises NotAuthenticated where nobody shows any.
    """
    await _require_something_public(database)
    if identifier is None:
        return None
    async with database.connection() as connection:
        organisation_id = await store.find_public_organisation(connection, identifier)
    return _Public(organisation_id) if organisation_id else None


async def _require_something_public(database: Database) -> None:
    async with database.connection() as connection:
        if not await store.is_anything_public(connection):
            raise NotAuthenticated("Sign in, or send an API token: Authorization: Bearer <token>.")
