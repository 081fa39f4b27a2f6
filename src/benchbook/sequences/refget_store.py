"""The SQL of refget, and of who may use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from benchbook.platform.database import Transaction, one_row
from benchbook.sequences.refget_rules import Identifier
from benchbook.sequences.schemas import SequenceSettings

MOST_ALIASES = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """Bases that are stored here, wherever and however often."""

    sequence_id: UUID
    digest: bytes
    md5: bytes
    length: int
    circular: bool


async def find_entry(
    tx: Transaction, organisation_id: UUID, identifier: Identifier
) -> Entry | None:
    """What has this digest; circular if one of its copies is."""
    column = "md5" if identifier.digest is None else "digest"
    row = await tx.fetchrow(
        f"""
        SELECT id AS sequence_id, digest, md5, length, circular
        FROM sequences
        WHERE organisation_id = $1 AND {column} = $2
        ORDER BY circular DESC, id
        LIMIT 1
        """,
        organisation_id,
        identifier.md5 if identifier.digest is None else identifier.digest,
    )
    return Entry(**dict(row)) if row else None


async def list_names(tx: Transaction, organisation_id: UUID, digest: bytes) -> list[str]:
    """All names and aliases of the sequences with this digest."""
    rows = await tx.fetch(
        f"""
        SELECT name
        FROM (
          SELECT name
          FROM sequences
          WHERE organisation_id = $1 AND digest = $2
          UNION
          SELECT sequence_aliases.name
          FROM sequences
          JOIN sequence_aliases
            ON sequence_aliases.organisation_id = sequences.organisation_id
            AND sequence_aliases.sequence_id = sequences.id
          WHERE sequences.organisation_id = $1 AND sequences.digest = $2
        ) AS names
        WHERE name <> ''
        ORDER BY name
        LIMIT {MOST_ALIASES}
        """,
        organisation_id,
        digest,
    )
    return [row["name"] for row in rows]


async def read_organisation_name(tx: Transaction, organisation_id: UUID) -> str:
    """How the organisation is called."""
    row = await one_row(tx, "SELECT name FROM organisations WHERE id = $1", organisation_id)
    return str(row["name"])


async def find_public_organisation(tx: Transaction, identifier: Identifier) -> UUID | None:
    """An organisation that has these bases and shows its sequences to everybody."""
    found: UUID | None = await tx.fetchval(
        "SELECT public_organisation_with($1, $2)", identifier.digest, identifier.md5
    )
    return found


async def is_anything_public(tx: Transaction) -> bool:
    """Whether any organisation shows its sequences to everybody."""
    return bool(await tx.fetchval("SELECT shows_sequences_to_everybody()"))


async def find_settings(
    tx: Transaction, organisation_id: UUID, *, lock: bool = False
) -> tuple[SequenceSettings, int]:
    """The settings and their revision; 0 while nothing was set."""
    row = await tx.fetchrow(
        f"""
        SELECT public_refget, revision
        FROM sequence_settings
        WHERE organisation_id = $1
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
    )
    if row is None:
        return SequenceSettings(public_refget=False), 0
    return SequenceSettings(public_refget=row["public_refget"]), row["revision"]


async def make_settings(tx: Transaction, organisation_id: UUID) -> None:
    """See to it that there is a row to lock and change."""
    await tx.execute(
        """
        INSERT INTO sequence_settings (organisation_id, revision)
        VALUES ($1, 0)
        ON CONFLICT ON CONSTRAINT sequence_settings_pkey DO NOTHING
        """,
        organisation_id,
    )


async def update_settings(
    tx: Transaction, organisation_id: UUID, values: dict[str, Any]
) -> tuple[SequenceSettings, int]:
    """Set some settings of the locked row; the keys of ``values`` are column names of ours."""
    assignments = "".join(f"{column} = ${place}, " for place, column in enumerate(values, 2))
    await tx.execute(
        f"""
        UPDATE sequence_settings
        SET {assignments} updated_at = now(), revision = revision + 1
        WHERE organisation_id = $1
        """,
        organisation_id,
        *values.values(),
    )
    return await find_settings(tx, organisation_id)
