"""The SQL of imports: how far they are, who works on them, and taking them back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

import asyncpg
import msgspec

from benchbook.platform.database import Transaction, constraint_of
from benchbook.sequences import feature_store
from benchbook.sequences.errors import CollectionNotFound
from benchbook.sequences.schemas import (
    ImportRejection,
    ImportStatus,
    SequenceImport,
    SequenceImportDetails,
)

# So many are told with the import itself.
FIRST_REJECTIONS = 1_000
MOST_ALIASES = 100
LONGEST_WAIT_SECONDS = 600

_SUMMARY = """
    id, status, filename, format, collection_id, person_id AS created_by, created_at, finished_at,
    records_read, added, duplicates, rejected, names_not_kept, bytes_read, bytes_total, failure, tags,
    circular"""


@dataclass(frozen=True)
class Held:
    """An import that is locked for the rest of the transaction."""

    status: ImportStatus
    collection_id: UUID
    person_id: UUID
    format: str
    tags: list[str]
    circular: bool
    records_read: int
    rejected: int
    revision: int
    first_sequence_id: UUID | None
    last_sequence_id: UUID | None


@dataclass(frozen=True)
class Step:
    """What a few records of the file came to."""

    added: Collection[UUID]
    duplicates: int
    names_not_kept: int
    rejections: Sequence[ImportRejection]
    bytes_read: int


async def insert_import(
    tx: Transaction,
    organisation_id: UUID,
    import_id: UUID,
    *,
    collection_id: UUID,
    person_id: UUID,
    kind: str,
    filename: str,
    bytes_total: int,
    tags: Sequence[str],
    circular: bool,
) -> None:
    """Record an import whose file is there; raises CollectionNotFound."""
    try:
        await tx.execute(
            """
            INSERT INTO sequence_imports (
              organisation_id, id, collection_id, person_id, format, filename, bytes_total, tags,
              circular)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            organisation_id,
            import_id,
            collection_id,
            person_id,
            kind,
            filename,
            bytes_total,
            list(tags),
            circular,
        )
    except asyncpg.ForeignKeyViolationError as error:
        if constraint_of(error).startswith("sequence_import_goes_into_a_collection"):
            raise CollectionNotFound.at(
                "?collection_id", "There is no collection with this id."
            ) from None
        raise


async def find_import(
    tx: Transaction, organisation_id: UUID, import_id: UUID
) -> tuple[SequenceImportDetails, int] | None:
    """An import with what was rejected, and its revision."""
    row = await tx.fetchrow(
        f"""
        SELECT {_SUMMARY}, errors, revision,
               jsonb_array_length(errors) + coalesce(
                 (SELECT sum(count)
                  FROM sequence_import_rejections AS more
                  WHERE more.organisation_id = $1 AND more.import_id = $2), 0)::bigint
                 AS rejections_kept
        FROM sequence_imports
        WHERE organisation_id = $1 AND id = $2
        """,
        organisation_id,
        import_id,
    )
    if row is None:
        return None
    values = dict(row)
    revision = int(values.pop("revision"))
    rejections = msgspec.json.decode(values.pop("errors"), type=list[ImportRejection])
    return SequenceImportDetails(**values, errors=rejections), revision


async def read_rejections(
    tx: Transaction, organisation_id: UUID, import_id: UUID, place: int
) -> tuple[int, list[ImportRejection]]:
    """Those of the next piece of the file that were rejected, where so many are before them or
    more, and how many are before what follows; none at the end.

    The first FIRST_REJECTIONS are with the import.
    """
    row = await tx.fetchrow(
        """
        SELECT place + count AS following, rejections
        FROM sequence_import_rejections
        WHERE organisation_id = $1 AND import_id = $2 AND place >= $3
        ORDER BY place
        LIMIT 1
        """,
        organisation_id,
        import_id,
        place,
    )
    if row is None:
        return place, []
    return row["following"], msgspec.json.decode(row["rejections"], type=list[ImportRejection])


async def find_progress(
    tx: Transaction, organisation_id: UUID, import_id: UUID
) -> SequenceImport | None:
    """How far an import is."""
    row = await tx.fetchrow(
        f"SELECT {_SUMMARY} FROM sequence_imports WHERE organisation_id = $1 AND id = $2",
        organisation_id,
        import_id,
    )
    return SequenceImport(**dict(row)) if row else None


async def list_imports(
    tx: Transaction, organisation_id: UUID, *, after: UUID | None, limit: int
) -> list[SequenceImport]:
    """Imports, newest first, after an id."""
    rows = await tx.fetch(
        f"""
        SELECT {_SUMMARY}
        FROM sequence_imports
        WHERE organisation_id = $1
          AND id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
        ORDER BY id DESC
        LIMIT $3
        """,
        organisation_id,
        after,
        limit,
    )
    return [SequenceImport(**dict(row)) for row in rows]


async def hold_import(tx: Transaction, organisation_id: UUID, import_id: UUID) -> Held | None:
    """Lock an import for the rest of the transaction: nobody adds to it meanwhile."""
    return _held(await tx.fetchrow(_hold(), organisation_id, import_id))


async def delete_import(tx: Transaction, organisation_id: UUID, import_id: UUID) -> None:
    """Forget a locked import."""
    await tx.execute(
        "DELETE FROM sequence_imports WHERE organisation_id = $1 AND id = $2",
        organisation_id,
        import_id,
    )


async def delete_imports_into(tx: Transaction, organisation_id: UUID, collection_id: UUID) -> None:
    """Forget the imports into a collection, those that run as well; what they added stays."""
    await tx.execute(
        "DELETE FROM sequence_imports WHERE organisation_id = $1 AND collection_id = $2",
        organisation_id,
        collection_id,
    )


async def end_import(
    tx: Transaction,
    organisation_id: UUID,
    import_id: UUID,
    status: ImportStatus,
    failure: str | None = None,
) -> None:
    """Note that a locked import has ended. If it is not done, nothing of it is there any more."""
    await tx.execute(
        """
        UPDATE sequence_imports
        SET status = $3, failure = $4, finished_at = now(), worker = NULL, leased_until = NULL,
            bytes_read = CASE $3 WHEN 'done' THEN bytes_total ELSE bytes_read END,
            added = CASE $3 WHEN 'done' THEN added ELSE 0 END,
            revision = revision + 1
        WHERE organisation_id = $1 AND id = $2
        """,
        organisation_id,
        import_id,
        status,
        failure,
    )


async def take_back(tx: Transaction, organisation_id: UUID, import_id: UUID, held: Held) -> None:
    """Delete what a locked import added: sequences, and names and features of others."""
    await feature_store.delete_features_of_import(tx, organisation_id, import_id)
    if held.first_sequence_id is not None:
        await tx.execute(
            """
            DELETE FROM sequences
            WHERE organisation_id = $1 AND id BETWEEN $3 AND $4 AND import_id = $2
            """,
            organisation_id,
            import_id,
            held.first_sequence_id,
            held.last_sequence_id,
        )
    await tx.execute(
        """
        WITH gone AS (
          DELETE FROM sequence_aliases
          WHERE organisation_id = $1 AND import_id = $2
          RETURNING sequence_id
        )
        UPDATE sequences
        SET updated_at = now(), revision = revision + 1
        WHERE organisation_id = $1 AND id IN (SELECT sequence_id FROM gone)
        """,
        organisation_id,
        import_id,
    )


# The worker -------------------------------------------------------------------------------------


async def claim_import(
    tx: Transaction, organisation_id: UUID, import_id: UUID, worker: UUID, lease: timedelta
) -> ImportStatus | Literal["leased"] | None:
    """Take an import on for this worker alone, if it runs and nobody works on it.

    `running` if it is this worker's now, `leased` if it is another's, else how it has ended; None
    where there is no such import.
    """
    status: ImportStatus | Literal["leased"] | None = await tx.fetchval(
        """
        WITH claimed AS (
          UPDATE sequence_imports
          SET worker = $3, leased_until = now() + $4
          WHERE organisation_id = $1 AND id = $2 AND status = 'running'
            AND (leased_until IS NULL OR leased_until < now())
          RETURNING status
        )
        SELECT coalesce((SELECT status FROM claimed),
                        CASE status WHEN 'running' THEN 'leased' ELSE status END)
        FROM sequence_imports
        WHERE organisation_id = $1 AND id = $2
        """,
        organisation_id,
        import_id,
        worker,
        lease,
    )
    return status


async def hold_claimed(
    tx: Transaction, organisation_id: UUID, import_id: UUID, worker: UUID
) -> Held | None:
    """Lock an import that this worker has; None if it is no longer this worker's to go on with."""
    return _held(
        await tx.fetchrow(
            _hold("AND status = 'running' AND worker = $3"), organisation_id, import_id, worker
        )
    )


async def release_import(
    tx: Transaction, organisation_id: UUID, import_id: UUID, worker: UUID
) -> None:
    """Let anybody go on with an import at once."""
    await tx.execute(
        """
        UPDATE sequence_imports
        SET worker = NULL, leased_until = now()
        WHERE organisation_id = $1 AND id = $2 AND status = 'running' AND worker = $3
        """,
        organisation_id,
        import_id,
        worker,
    )


async def note_step(
    tx: Transaction,
    organisation_id: UUID,
    import_id: UUID,
    step: Step,
    lease: timedelta,
    *,
    rejected_before: int,
) -> None:
    """Note what a step of a locked import came to; the lease begins anew."""
    room = max(0, FIRST_REJECTIONS - rejected_before)
    first, more = step.rejections[:room], step.rejections[room:]
    if more:
        await tx.execute(
            """
            INSERT INTO sequence_import_rejections (
              organisation_id, import_id, place, count, rejections)
            VALUES ($1, $2, $3, $4, $5)
            """,
            organisation_id,
            import_id,
            rejected_before + len(first),
            len(more),
            msgspec.json.encode(more).decode(),
        )
    await tx.execute(
        """
        UPDATE sequence_imports
        SET records_read = records_read + $3,
            added = added + $4,
            duplicates = duplicates + $5,
            names_not_kept = names_not_kept + $6,
            rejected = rejected + $7,
            errors = CASE WHEN $8::jsonb IS NULL THEN errors ELSE errors || $8::jsonb END,
            bytes_read = greatest(bytes_read, $9),
            first_sequence_id = least(first_sequence_id, $10),
            last_sequence_id = greatest(last_sequence_id, $11),
            leased_until = now() + $12,
            revision = revision + 1
        WHERE organisation_id = $1 AND id = $2
        """,
        organisation_id,
        import_id,
        len(step.added) + step.duplicates + len(step.rejections),
        len(step.added),
        step.duplicates,
        step.names_not_kept,
        len(step.rejections),
        msgspec.json.encode(first).decode() if first else None,
        step.bytes_read,
        min(step.added, default=None),
        max(step.added, default=None),
        lease,
    )


async def new_aliases(
    tx: Transaction, organisation_id: UUID, names: Sequence[tuple[UUID, str]]
) -> tuple[list[tuple[UUID, str]], int]:
    """Which of these names (sequence, name) are new to their sequence and may be kept.

    And how many may not, because the sequence has MOST_ALIASES then.
    """
    rows = await tx.fetch(
        """
        WITH wanted AS (
          SELECT new.sequence_id, new.name, min(new.place) AS place
          FROM unnest($2::uuid[], $3::text[]) WITH ORDINALITY AS new (sequence_id, name, place)
          JOIN sequences ON sequences.organisation_id = $1 AND sequences.id = new.sequence_id
          WHERE sequences.name <> new.name
            AND NOT EXISTS (
              SELECT FROM sequence_aliases AS kept
              WHERE kept.organisation_id = $1 AND kept.sequence_id = new.sequence_id
                AND kept.name = new.name)
          GROUP BY new.sequence_id, new.name
        ), full_ones AS (
          SELECT sequence_id, count(*) AS kept
          FROM sequence_aliases
          WHERE organisation_id = $1 AND sequence_id IN (SELECT sequence_id FROM wanted)
          GROUP BY sequence_id
        )
        SELECT wanted.sequence_id, wanted.name,
               coalesce(full_ones.kept, 0)
                 + row_number() OVER (PARTITION BY wanted.sequence_id ORDER BY wanted.place)
                 <= $4 AS fits
        FROM wanted
        LEFT JOIN full_ones USING (sequence_id)
        """,
        organisation_id,
        [sequence_id for sequence_id, _ in names],
        [name for _, name in names],
        MOST_ALIASES,
    )
    fitting = [(row["sequence_id"], row["name"]) for row in rows if row["fits"]]
    return fitting, len(rows) - len(fitting)


async def list_forsaken(tx: Transaction, since: timedelta) -> list[tuple[UUID, UUID]]:
    """The imports of all organisations that nobody has worked on for so long: organisation, id."""
    rows = await tx.fetch("SELECT organisation_id, id FROM forsaken_sequence_imports($1)", since)
    return [(row["organisation_id"], row["id"]) for row in rows]


def _hold(condition: str = "") -> str:
    return f"""
        SELECT status, collection_id, person_id, format, tags, circular, records_read, rejected,
               revision, first_sequence_id, last_sequence_id
        FROM sequence_imports
        WHERE organisation_id = $1 AND id = $2 {condition}
        FOR UPDATE"""


def _held(row: asyncpg.Record | None) -> Held | None:
    return Held(**dict(row)) if row else None
