"""The SQL of sequences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from benchbook.platform.database import Transaction, constraint_of, one_row
from benchbook.sequences import schemas
from benchbook.sequences.errors import CollectionNotFound, SequenceExists, SequenceNotFound
from benchbook.sequences.rules import LONG_SEQUENCE, Prepared
from benchbook.sequences.schemas import MOST_LISTED_LETTERS, SequenceReference

MOST_REFERENCES = 20

_ABOUT = """
    id, collection_id, name, description, tags, length, circular, import_id, created_by, created_at,
    updated_at,
    'SQ.' || translate(encode(digest, 'base64'), '+/', '-_') AS digest, encode(md5, 'hex') AS md5"""
# What a schemas.Sequence of a list is made of.
LISTED = f"{_ABOUT}, CASE WHEN length <= {MOST_LISTED_LETTERS} THEN bases END AS bases"
_WHOLE = f"{_ABOUT}, bases, revision, digest AS digest_bytes, reverse_digest"


class NewRow(msgspec.Struct, frozen=True, gc=False):
    """A sequence to insert."""

    id: UUID
    prepared: Prepared
    name: str = ""
    description: str = ""
    circular: bool = False


@dataclass(frozen=True)
class Filters:
    """Which sequences to show; None is any."""

    name: str | None = None
    tag: str | None = None
    collection_id: UUID | None = None
    min_length: int | None = None
    max_length: int | None = None


@dataclass(frozen=True)
class Stored:
    """A sequence with what is not told of it: its revision and its digests as bytes."""

    sequence: schemas.Sequence
    revision: int
    digest: bytes = field(repr=False)
    reverse_digest: bytes = field(repr=False)


async def insert_sequences(
    tx: Transaction,
    organisation_id: UUID,
    rows: Sequence[NewRow],
    *,
    collection_id: UUID,
    tags: Sequence[str] = (),
    created_by: UUID | None,
    import_id: UUID | None = None,
) -> set[UUID]:
    """Add sequences to a collection; the ids of those that were not added.

    These are there already, or come twice among ``rows``: ``find_by_digests`` tells under which
    id. The same statement serves one sequence and thousands; tags are those of all.
    Raises CollectionNotFound.
    """
    # In one order everywhere: two who add the same bases wait for each other, and never both.
    ordered = sorted(rows, key=lambda row: row.prepared.digest)
    try:
        # Answered are the few that were left out: to read all ids takes 3 microseconds a row.
        left_out = await tx.fetch(
            """
            WITH added AS (
              INSERT INTO sequences (
                organisation_id, id, collection_id, bases, length, digest, reverse_digest, md5,
                name, description, circular, tags, created_by, import_id)
              SELECT $1, new.id, $2, new.bases, octet_length(new.bases), new.digest,
                     new.reverse_digest, new.md5, new.name, new.description, new.circular,
                     $11::text[], $12, $13
              FROM unnest($3::uuid[], $4::text[], $5::bytea[], $6::bytea[], $7::bytea[],
                          $8::text[], $9::text[], $10::boolean[])
                AS new (id, bases, digest, reverse_digest, md5, name, description, circular)
              ON CONFLICT ON CONSTRAINT bases_are_in_a_collection_once DO NOTHING
              RETURNING id
            )
            SELECT id
            FROM unnest($3) AS given (id)
            WHERE id NOT IN (SELECT id FROM added)
            """,
            organisation_id,
            collection_id,
            [row.id for row in ordered],
            [row.prepared.bases for row in ordered],
            [row.prepared.digest for row in ordered],
            [row.prepared.reverse_digest for row in ordered],
            [row.prepared.md5 for row in ordered],
            [row.name for row in ordered],
            [row.description for row in ordered],
            [row.circular for row in ordered],
            list(tags),
            created_by,
            import_id,
        )
    except asyncpg.ForeignKeyViolationError as error:
        raise _translated(error) from None
    return {row["id"] for row in left_out}


async def sort_in_keys_later(tx: Transaction) -> None:
    """Leave the keys of what this transaction adds to ``sort_in_keys``, which is to come soon after
    it: until then searches look through them one by one."""
    await tx.execute("SET LOCAL benchbook.sorts_in_search_keys = 'later'")


async def sort_in_keys(tx: Transaction) -> None:
    """Sort into the index what others have left (decision 40); takes 20 microseconds a row."""
    await tx.execute("SELECT sort_in_search_keys()")


async def find_by_digests(
    tx: Transaction, organisation_id: UUID, collection_id: UUID, digests: Iterable[bytes]
) -> dict[bytes, UUID]:
    """Digest → id, of those of the digests that the collection has."""
    rows = await tx.fetch(
        """
        SELECT digest, id
        FROM sequences
        WHERE organisation_id = $1 AND digest = ANY ($2::bytea[]) AND collection_id = $3
        """,
        organisation_id,
        list(digests),
        collection_id,
    )
    return {row["digest"]: row["id"] for row in rows}


async def insert_aliases(
    tx: Transaction,
    organisation_id: UUID,
    aliases: Iterable[tuple[UUID, str]],
    *,
    import_id: UUID | None = None,
) -> int:
    """Add names (sequence, name) that the sequences do not have yet; how many were added.

    Sequences that get one are of a new revision; those that are gone meanwhile are left out.
    """
    ordered = sorted({(sequence_id, name) for sequence_id, name in aliases if name})
    if not ordered:
        return 0
    added = await tx.fetchval(
        """
        WITH wanted AS (
          SELECT sequences.id, new.name
          FROM unnest($2::uuid[], $3::text[]) AS new (sequence_id, name)
          JOIN sequences
            ON sequences.organisation_id = $1 AND sequences.id = new.sequence_id
          WHERE sequences.name <> new.name
        ), added AS (
          INSERT INTO sequence_aliases (organisation_id, id, sequence_id, name, import_id)
          SELECT $1, gen_random_uuid(), wanted.id, wanted.name, $4
          FROM wanted
          ON CONFLICT ON CONSTRAINT a_sequence_has_an_alias_once DO NOTHING
          RETURNING sequence_id
        ), touched AS (
          UPDATE sequences
          SET updated_at = now(), revision = revision + 1
          WHERE organisation_id = $1 AND id IN (SELECT sequence_id FROM added)
        )
        SELECT count(*) FROM added
        """,
        organisation_id,
        [sequence_id for sequence_id, _ in ordered],
        [name for _, name in ordered],
        import_id,
    )
    return int(added)


async def replace_aliases(
    tx: Transaction, organisation_id: UUID, sequence_id: UUID, names: Sequence[str]
) -> None:
    """Give a locked sequence these aliases and no others."""
    await tx.execute(
        """
        DELETE FROM sequence_aliases
        WHERE organisation_id = $1 AND sequence_id = $2 AND name <> ALL ($3::text[])
        """,
        organisation_id,
        sequence_id,
        names,
    )
    await insert_aliases(tx, organisation_id, [(sequence_id, name) for name in names])


async def delete_alias(
    tx: Transaction, organisation_id: UUID, sequence_id: UUID, name: str
) -> None:
    """Take an alias away from a locked sequence, which has this name itself now."""
    await tx.execute(
        """
        DELETE FROM sequence_aliases
        WHERE organisation_id = $1 AND sequence_id = $2 AND name = $3
        """,
        organisation_id,
        sequence_id,
        name,
    )


async def find_sequence(
    tx: Transaction, organisation_id: UUID, sequence_id: UUID, *, lock: bool = False
) -> Stored | None:
    """A sequence with all of its bases; locked if it is to be changed."""
    row = await tx.fetchrow(
        f"""
        SELECT {_WHOLE}
        FROM sequences
        WHERE organisation_id = $1 AND id = $2
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
        sequence_id,
    )
    return _stored(row) if row else None


async def is_there(tx: Transaction, organisation_id: UUID, sequence_id: UUID) -> bool:
    """Whether there is a sequence with this id."""
    found = await tx.fetchval(
        "SELECT true FROM sequences WHERE organisation_id = $1 AND id = $2",
        organisation_id,
        sequence_id,
    )
    return bool(found)


async def read_part(
    tx: Transaction, organisation_id: UUID, sequence_id: UUID, length: int, start: int, end: int
) -> bytes:
    """The letters of a half-open part of a sequence of this length; nothing else is read.

    Raises SequenceNotFound.
    """
    # Of a text PostgreSQL would read all that stands before it (decision 27).
    column = "long_bases" if length > LONG_SEQUENCE else "bases"
    part = await tx.fetchval(
        f"""
        SELECT substr({column}, $3, $4)
        FROM sequences
        WHERE organisation_id = $1 AND id = $2
        """,
        organisation_id,
        sequence_id,
        start + 1,
        end - start,
    )
    if part is None:
        raise SequenceNotFound("There is no sequence with this id.")
    return part if isinstance(part, bytes) else bytes(part, "ascii")


async def list_aliases(tx: Transaction, organisation_id: UUID, sequence_id: UUID) -> list[str]:
    """The further names of a sequence, in the order in which they came."""
    rows = await tx.fetch(
        """
        SELECT name
        FROM sequence_aliases
        WHERE organisation_id = $1 AND sequence_id = $2
        ORDER BY created_at, name
        """,
        organisation_id,
        sequence_id,
    )
    return [row["name"] for row in rows]


async def list_references(
    tx: Transaction, organisation_id: UUID, digest: bytes, *, but: UUID
) -> list[SequenceReference]:
    """The sequences with this digest, of all collections, without the one of the id ``but``."""
    rows = await tx.fetch(
        f"""
        SELECT id, name, collection_id
        FROM sequences
        WHERE organisation_id = $1 AND digest = $2 AND id <> $3
        ORDER BY id
        LIMIT {MOST_REFERENCES}
        """,
        organisation_id,
        digest,
        but,
    )
    return [SequenceReference(**dict(row)) for row in rows]


async def list_sequences(
    tx: Transaction, organisation_id: UUID, filters: Filters, *, after: UUID | None, limit: int
) -> list[schemas.Sequence]:
    """Sequences, newest first, after an id."""
    conditions, values = conditions_of(organisation_id, filters)
    if after is not None:
        values.append(after)
        conditions.append(f"id < ${len(values)}::uuid")
    values.append(limit)
    rows = await tx.fetch(
        f"""
        SELECT {LISTED}
        FROM sequences
        WHERE {" AND ".join(conditions)}
        ORDER BY id DESC
        LIMIT ${len(values)}
        """,
        *values,
    )
    return [sequence_of(row) for row in rows]


def conditions_of(organisation_id: UUID, filters: Filters) -> tuple[list[str], list[Any]]:
    """The filters as conditions on ``sequences``, and the values of their parameters.

    Only those that are asked for: a plan for "this or any" would use no index.
    """
    conditions, values = ["organisation_id = $1"], [organisation_id]

    def add(condition: str, value: Any) -> None:
        if value is not None:
            values.append(value)
            conditions.append(condition.format(f"${len(values)}"))

    add("collection_id = {}::uuid", filters.collection_id)
    add("length >= {}::integer", filters.min_length)
    add("length <= {}::integer", filters.max_length)
    add("{}::text = ANY (tags)", filters.tag)
    add(
        """(strpos(lower(name), lower({0}::text)) > 0
            OR id IN (SELECT sequence_id
                      FROM sequence_aliases
                      WHERE sequence_aliases.organisation_id = $1
                        AND strpos(lower(sequence_aliases.name), lower({0}::text)) > 0))""",
        filters.name,
    )
    return conditions, values


async def update_sequence(
    tx: Transaction, organisation_id: UUID, sequence_id: UUID, values: dict[str, Any]
) -> None:
    """Set columns of a locked sequence; the keys of ``values`` are column names of ours.

    Raises CollectionNotFound and, where the other collection has the bases, SequenceExists.
    """
    assignments = [f"{column} = ${place}" for place, column in enumerate(values, 3)]
    try:
        await tx.execute(
            f"""
            UPDATE sequences
            SET {", ".join([*assignments, "updated_at = now()", "revision = revision + 1"])}
            WHERE organisation_id = $1 AND id = $2
            """,
            organisation_id,
            sequence_id,
            *values.values(),
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from None


async def delete_sequences(
    tx: Transaction, organisation_id: UUID, sequence_ids: Sequence[UUID]
) -> set[UUID]:
    """Delete sequences; the ids of those that were there."""
    rows = await tx.fetch(
        """
        DELETE FROM sequences
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
        RETURNING id
        """,
        organisation_id,
        sequence_ids,
    )
    return {row["id"] for row in rows}


async def delete_sequences_of(tx: Transaction, organisation_id: UUID, collection_id: UUID) -> int:
    """Delete everything that a collection holds; how many sequences that were."""
    row = await one_row(
        tx,
        """
        WITH gone AS (
          DELETE FROM sequences
          WHERE organisation_id = $1 AND collection_id = $2
          RETURNING 1
        )
        SELECT count(*) AS sequences FROM gone
        """,
        organisation_id,
        collection_id,
    )
    return int(row["sequences"])


async def add_up_counts(tx: Transaction) -> None:
    """Make one row of the many from which collections' counts are added up, of everybody."""
    await tx.execute("SELECT add_up_collection_counts()")


def sequence_of(row: asyncpg.Record) -> schemas.Sequence:
    """The sequence in a row of the columns LISTED; further columns are left alone."""
    return schemas.Sequence(**{name: row[name] for name in schemas.Sequence.__struct_fields__})


def _stored(row: asyncpg.Record) -> Stored:
    return Stored(sequence_of(row), row["revision"], row["digest_bytes"], row["reverse_digest"])


def _translated(error: Exception) -> Exception:
    name = constraint_of(error)
    if name.startswith("sequence_collection_exists"):
        return CollectionNotFound.at("/collection_id", "There is no collection with this id.")
    if name.startswith("bases_are_in_a_collection_once"):
        return SequenceExists.at("/collection_id", "This collection has these bases already.")
    return error
