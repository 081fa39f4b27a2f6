"""The SQL of imports: many sessions at once, and taking them back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from benchbook.platform.database import Transaction, one_row
from benchbook.timetracking.import_lines import ImportedSession
from benchbook.timetracking.schemas import ImportLineError, SessionImport, SessionImportSummary

# An import is one transaction, and another one of the same people waits for its end.
LONGEST_WAIT_SECONDS = 120

_SUMMARY = """
    id, false AS dry_run, format, file_name, time_zone, person_id, created_at, added, duplicates,
    rejected, cardinality(project_ids) AS projects_added, cardinality(client_ids) AS clients_added,
    cardinality(tag_ids) AS tags_added"""

# A project's own name and its client's; an empty name where it has no client.
ProjectKey = tuple[str, str]


@dataclass(frozen=True)
class Made:
    """What an import made besides sessions, and whose sessions they are."""

    people_ids: Collection[UUID] = ()
    project_ids: Collection[UUID] = ()
    client_ids: Collection[UUID] = ()
    tag_ids: Collection[UUID] = ()


@dataclass(frozen=True)
class NewLine:
    """A session to add: whose it is, and its project."""

    session: ImportedSession
    person_id: UUID
    project_id: UUID | None


async def lock_imports(
    tx: Transaction, organisation_id: UUID, people_ids: Collection[UUID]
) -> None:
    """Let imports for the same person come one after the other; in an order that all keep to."""
    for person_id in sorted(people_ids):
        await tx.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('import' || $1::text || $2::text, 0))",
            str(organisation_id),
            str(person_id),
        )


async def find_people(
    tx: Transaction, organisation_id: UUID, emails: Collection[str]
) -> dict[str, UUID]:
    """The organisation's people with these e-mail addresses (in lower case)."""
    rows = await tx.fetch(
        """
        SELECT email, id
        FROM people
        WHERE organisation_id = $1 AND email = ANY ($2::text[])
        """,
        organisation_id,
        list(emails),
    )
    return {row["email"]: row["id"] for row in rows}


async def list_projects(tx: Transaction, organisation_id: UUID) -> dict[ProjectKey, UUID]:
    """Every project of the organisation, archived ones too, by its name and its client's."""
    rows = await tx.fetch(
        """
        SELECT projects.id, projects.name, coalesce(clients.name, '') AS client
        FROM projects
        LEFT JOIN clients
          ON clients.organisation_id = projects.organisation_id AND clients.id = projects.client_id
        WHERE projects.organisation_id = $1
        """,
        organisation_id,
    )
    return {(row["name"], row["client"]): row["id"] for row in rows}


async def list_names(tx: Transaction, organisation_id: UUID, table: str) -> dict[str, UUID]:
    """Every client or tag of the organisation by its name; ``table`` is one of ours."""
    rows = await tx.fetch(
        f"SELECT id, name FROM {table} WHERE organisation_id = $1", organisation_id
    )
    return {row["name"]: row["id"] for row in rows}


async def make_clients(
    tx: Transaction, organisation_id: UUID, names: Collection[str]
) -> tuple[dict[str, UUID], list[UUID]]:
    """Clients by name, made where they were missing; and the ids of those that were made."""
    made = await tx.fetch(
        """
        INSERT INTO clients (organisation_id, id, name)
        SELECT $1, id, name
        FROM unnest($2::uuid[], $3::text[]) AS wanted (id, name)
        ORDER BY name
        ON CONFLICT ON CONSTRAINT client_name_is_used_once DO NOTHING
        RETURNING id
        """,
        organisation_id,
        [uuid7() for _ in names],
        list(names),
    )
    rows = await tx.fetch(
        "SELECT id, name FROM clients WHERE organisation_id = $1 AND name = ANY ($2::text[])",
        organisation_id,
        list(names),
    )
    return {row["name"]: row["id"] for row in rows}, [row["id"] for row in made]


async def make_projects(
    tx: Transaction, organisation_id: UUID, wanted: Collection[tuple[str, UUID | None]]
) -> list[UUID]:
    """Make the projects (name, client) that are missing; the ids of those that were made."""
    made = await tx.fetch(
        """
        INSERT INTO projects (organisation_id, id, name, client_id, colour)
        SELECT $1, id, name, client_id, '#1c7ed6'
        FROM unnest($2::uuid[], $3::text[], $4::uuid[]) AS wanted (id, name, client_id)
        ORDER BY name, client_id
        ON CONFLICT ON CONSTRAINT project_name_is_used_once_per_client DO NOTHING
        RETURNING id
        """,
        organisation_id,
        [uuid7() for _ in wanted],
        [name for name, _ in wanted],
        [client_id for _, client_id in wanted],
    )
    return [row["id"] for row in made]


async def make_tags(tx: Transaction, organisation_id: UUID, names: Collection[str]) -> list[UUID]:
    """Make the tags that are missing; the ids of those that were made."""
    made = await tx.fetch(
        """
        INSERT INTO tags (organisation_id, id, name)
        SELECT $1, id, name
        FROM unnest($2::uuid[], $3::text[]) AS wanted (id, name)
        ORDER BY name
        ON CONFLICT ON CONSTRAINT tag_name_is_used_once DO NOTHING
        RETURNING id
        """,
        organisation_id,
        [uuid7() for _ in names],
        list(names),
    )
    return [row["id"] for row in made]


async def find_stored(tx: Transaction, organisation_id: UUID, lines: Sequence[NewLine]) -> set[int]:
    """The places in ``lines`` of those that are stored already, outside of the bin."""
    rows = await tx.fetch(
        # LATERAL with its LIMIT looks each line up by the person's index, in the one partition.
        """
        SELECT line.place
        FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::uuid[])
          WITH ORDINALITY AS line (person_id, started_at, ended_at, name, project_id, place)
        CROSS JOIN LATERAL (
          SELECT FROM sessions
          WHERE organisation_id = $1
            AND person_id = line.person_id
            AND started_at = line.started_at
            AND ended_at = line.ended_at
            AND name = line.name
            AND project_id IS NOT DISTINCT FROM line.project_id
            AND deleted_at IS NULL
          LIMIT 1
        ) AS stored
        """,
        organisation_id,
        [line.person_id for line in lines],
        [line.session.started_at for line in lines],
        [line.session.ended_at for line in lines],
        [line.session.name for line in lines],
        [line.project_id for line in lines],
    )
    return {row["place"] - 1 for row in rows}


async def insert_lines(
    tx: Transaction, organisation_id: UUID, import_id: UUID, lines: Sequence[NewLine]
) -> None:
    """Save sessions, all at once. What does not say whether it is billable is as its project is.

    Their months have their partitions already. COPY would be faster, but PostgreSQL refuses it
    where row-level security applies.
    """
    await tx.execute(
        """
        INSERT INTO sessions
          (organisation_id, id, person_id, project_id, name, note, tags, billable,
           started_at, ended_at, import_id)
        SELECT $1, line.id, line.person_id, line.project_id, line.name, line.note,
               CASE WHEN line.tags = '[]' THEN '{}'::text[]
                    ELSE ARRAY (SELECT json_array_elements_text(line.tags::json)) END,
               coalesce(line.billable, projects.billable, false),
               line.started_at, line.ended_at, $2
        FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[],
                    $9::boolean[], $10::timestamptz[], $11::timestamptz[])
          AS line (id, person_id, project_id, name, note, tags, billable, started_at, ended_at)
        LEFT JOIN projects
          ON projects.organisation_id = $1 AND projects.id = line.project_id
        """,
        organisation_id,
        import_id,
        [uuid7() for _ in lines],
        [line.person_id for line in lines],
        [line.project_id for line in lines],
        [line.session.name for line in lines],
        [line.session.note for line in lines],
        [msgspec.json.encode(line.session.tags).decode() for line in lines],
        [line.session.billable for line in lines],
        [line.session.started_at for line in lines],
        [line.session.ended_at for line in lines],
    )


# Imports themselves -----------------------------------------------------------------------------


async def insert_import(
    tx: Transaction, organisation_id: UUID, done: SessionImport, made: Made
) -> datetime:
    """Record an import; answers when it was made."""
    row = await one_row(
        tx,
        """
        INSERT INTO session_imports
          (organisation_id, id, person_id, format, file_name, time_zone, added, duplicates,
           rejected, errors, people_ids, project_ids, client_ids, tag_ids)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11, $12, $13, $14)
        RETURNING created_at
        """,
        organisation_id,
        done.id,
        done.person_id,
        done.format,
        done.file_name,
        done.time_zone,
        done.added,
        done.duplicates,
        done.rejected,
        msgspec.json.encode(done.errors).decode(),
        list(made.people_ids),
        list(made.project_ids),
        list(made.client_ids),
        list(made.tag_ids),
    )
    created_at: datetime = row["created_at"]
    return created_at


async def find_import(
    tx: Transaction, organisation_id: UUID, import_id: UUID
) -> SessionImport | None:
    """An import with its errors."""
    row = await tx.fetchrow(
        f"""
        SELECT {_SUMMARY}, errors::text
        FROM session_imports
        WHERE organisation_id = $1 AND id = $2
        """,
        organisation_id,
        import_id,
    )
    if row is None:
        return None
    values = dict(row)
    errors = msgspec.json.decode(values.pop("errors"), type=list[ImportLineError])
    return SessionImport(**values, errors=errors, preview=None)


async def list_imports(
    tx: Transaction,
    organisation_id: UUID,
    *,
    after: UUID | None,
    limit: int,
) -> list[SessionImportSummary]:
    """Imports, newest first, after an id (ids are in the order of time)."""
    rows = await tx.fetch(
        f"""
        SELECT {_SUMMARY}
        FROM session_imports
        WHERE organisation_id = $1 AND ($2::uuid IS NULL OR id < $2)
        ORDER BY id DESC
        LIMIT $3
        """,
        organisation_id,
        after,
        limit,
    )
    return [SessionImportSummary(**dict(row)) for row in rows]


async def delete_import(tx: Transaction, organisation_id: UUID, import_id: UUID) -> Made | None:
    """Delete an import (not yet its sessions), and answer what it made; None when it is not there."""
    row = await tx.fetchrow(
        """
        DELETE FROM session_imports
        WHERE organisation_id = $1 AND id = $2
        RETURNING people_ids, project_ids, client_ids, tag_ids
        """,
        organisation_id,
        import_id,
    )
    return Made(**dict(row)) if row else None


async def delete_sessions_of(tx: Transaction, organisation_id: UUID, import_id: UUID) -> int:
    """Delete an import's sessions, those in the bin too; how many there were."""
    done = await tx.execute(
        "DELETE FROM sessions WHERE organisation_id = $1 AND import_id = $2",
        organisation_id,
        import_id,
    )
    return int(done.rsplit(" ", 1)[1])


async def delete_unused(tx: Transaction, organisation_id: UUID, made: Made) -> None:
    """Delete those of the projects, clients and tags that nothing uses.

    Raises ForeignKeyViolationError when one is taken into use at this very moment.
    """
    await tx.execute(
        """
        DELETE FROM projects
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
          AND NOT EXISTS (SELECT FROM sessions
                          WHERE organisation_id = $1 AND project_id = projects.id)
          AND NOT EXISTS (SELECT FROM running_sessions
                          WHERE organisation_id = $1 AND project_id = projects.id)
        """,
        organisation_id,
        list(made.project_ids),
    )
    await tx.execute(
        """
        DELETE FROM clients
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
          AND NOT EXISTS (SELECT FROM projects
                          WHERE organisation_id = $1 AND client_id = clients.id)
        """,
        organisation_id,
        list(made.client_ids),
    )
    await tx.execute(
        """
        DELETE FROM tags
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
          AND name NOT IN (
            SELECT tags_in_use(ARRAY (SELECT name FROM tags
                                      WHERE organisation_id = $1 AND id = ANY ($2::uuid[]))))
        """,
        organisation_id,
        list(made.tag_ids),
    )
