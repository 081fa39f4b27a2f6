"""The SQL of collections."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction, constraint_of
from benchbook.sequences.errors import CollectionNameTaken, CollectionNotEmpty
from benchbook.sequences.schemas import Collection

_COLUMNS = """
    collections.id, collections.name, collections.description, collections.is_default,
    counts.sequence_count, counts.letter_count, collections.created_at, collections.updated_at,
    collections.revision"""
_FROM = """
    collections
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(sequences), 0)::bigint AS sequence_count,
             coalesce(sum(letters), 0)::bigint AS letter_count
      FROM collection_counts
      WHERE collection_counts.organisation_id = collections.organisation_id
        AND collection_counts.collection_id = collections.id
    ) AS counts"""


def _collection_of(row: asyncpg.Record) -> tuple[Collection, int]:
    values = dict(row)
    revision = values.pop("revision")
    return Collection(**values), revision


def _translated(error: Exception) -> Exception:
    name = constraint_of(error)
    if name.startswith("collection_name_is_used_once"):
        return CollectionNameTaken.at("/name", "Another collection has this name.")
    if name.startswith("sequence_collection_exists"):
        return CollectionNotEmpty("Sequences were added to the collection just now. Try again.")
    return error


async def insert_collection(
    tx: Transaction, organisation_id: UUID, collection_id: UUID, name: str, description: str
) -> None:
    """Add a collection; raises CollectionNameTaken."""
    try:
        await tx.execute(
            """
            INSERT INTO collections (organisation_id, id, name, description)
            VALUES ($1, $2, $3, $4)
            """,
            organisation_id,
            collection_id,
            name,
            description,
        )
    except asyncpg.UniqueViolationError as error:
        raise _translated(error) from None


async def default_collection_id(tx: Transaction, organisation_id: UUID) -> UUID:
    """The collection for what names none."""
    found = await tx.fetchval(
        "SELECT id FROM collections WHERE organisation_id = $1 AND is_default", organisation_id
    )
    assert isinstance(found, UUID)
    return found


async def find_collection(
    tx: Transaction, organisation_id: UUID, collection_id: UUID
) -> tuple[Collection, int] | None:
    """A collection and its revision."""
    row = await tx.fetchrow(
        f"""
        SELECT {_COLUMNS}
        FROM {_FROM}
        WHERE collections.organisation_id = $1 AND collections.id = $2
        """,
        organisation_id,
        collection_id,
    )
    return _collection_of(row) if row else None


async def lock_collection(tx: Transaction, organisation_id: UUID, collection_id: UUID) -> None:
    """Have whoever changes the collection next wait; its sequences may be added to meanwhile."""
    await tx.execute(
        """
        SELECT FROM collections
        WHERE organisation_id = $1 AND id = $2
        FOR NO KEY UPDATE
        """,
        organisation_id,
        collection_id,
    )


async def list_collections(
    tx: Transaction, organisation_id: UUID, *, after: tuple[str, UUID] | None, limit: int
) -> list[Collection]:
    """Collections by name, in either case, after a sort key (name in lower case, id)."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
        FROM {_FROM}
        WHERE collections.organisation_id = $1
          AND ($2::text IS NULL
               OR (lower(collections.name), collections.id) > (lower($2), $3::uuid))
        ORDER BY lower(collections.name), collections.id
        LIMIT $4
        """,
        organisation_id,
        *(after or (None, None)),
        limit,
    )
    return [_collection_of(row)[0] for row in rows]


async def update_collection(
    tx: Transaction, organisation_id: UUID, collection_id: UUID, values: dict[str, Any]
) -> None:
    """Set columns of a locked collection; the keys of ``values`` are column names of ours.

    Raises CollectionNameTaken.
    """
    assignments = [f"{column} = ${place}" for place, column in enumerate(values, 3)]
    try:
        await tx.execute(
            f"""
            UPDATE collections
            SET {", ".join([*assignments, "updated_at = now()", "revision = revision + 1"])}
            WHERE organisation_id = $1 AND id = $2
            """,
            organisation_id,
            collection_id,
            *values.values(),
        )
    except asyncpg.UniqueViolationError as error:
        raise _translated(error) from None


async def delete_collection(tx: Transaction, organisation_id: UUID, collection_id: UUID) -> None:
    """Delete a locked collection; raises CollectionNotEmpty where a sequence came meanwhile."""
    try:
        await tx.execute(
            "DELETE FROM collections WHERE organisation_id = $1 AND id = $2",
            organisation_id,
            collection_id,
        )
    except asyncpg.ForeignKeyViolationError as error:
        raise _translated(error) from None
