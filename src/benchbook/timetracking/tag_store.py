"""The SQL of tags in sessions: renamed, taken away, and given back as they were."""

from __future__ import annotations

from uuid import UUID

from benchbook.platform.database import Transaction
from benchbook.timetracking.schemas import Tag

_TABLES = ("running_sessions", "sessions")


async def rename_tag_in_sessions(
    tx: Transaction, organisation_id: UUID, before: str, after: str
) -> None:
    """Give a tag its new name in all sessions."""
    for table in _TABLES:
        await tx.execute(
            f"""
            UPDATE {table}
            SET tags = CASE WHEN $3 = ANY (tags) THEN array_remove(tags, $2)
                            ELSE array_replace(tags, $2, $3) END,
                revision = revision + 1
            WHERE organisation_id = $1 AND $2 = ANY (tags)
            """,
            organisation_id,
            before,
            after,
        )


async def take_from_sessions(
    tx: Transaction, organisation_id: UUID, tag: Tag, into: Tag | None
) -> None:
    """Take a tag from all sessions, or put another in its place, and remember where it was."""
    await tx.execute(
        """
        INSERT INTO removed_tags (organisation_id, id, name, merged_into, created_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        organisation_id,
        tag.id,
        tag.name,
        into.id if into else None,
        tag.created_at,
    )
    for table in _TABLES:
        await tx.execute(
            f"""
            INSERT INTO removed_tag_uses (organisation_id, tag_id, session_id, place, had_both)
            SELECT $1, $2, id, array_position(tags, $3), coalesce($4 = ANY (tags), false)
            FROM {table}
            WHERE organisation_id = $1 AND $3 = ANY (tags)
            """,
            organisation_id,
            tag.id,
            tag.name,
            into.name if into else None,
        )
        await tx.execute(
            f"""
            UPDATE {table}
            SET tags = CASE WHEN $3::text IS NULL OR $3 = ANY (tags) THEN array_remove(tags, $2)
                            ELSE array_replace(tags, $2, $3) END,
                revision = revision + 1
            WHERE organisation_id = $1 AND $2 = ANY (tags)
            """,
            organisation_id,
            tag.name,
            into.name if into else None,
        )


async def find_removed(
    tx: Transaction, organisation_id: UUID, tag_id: UUID
) -> tuple[str, str | None] | None:
    """The name of a removed tag, and today's name of the one in its place; None if it is unknown.

    Locked: of two who bring it back at once, the second finds nothing to do.
    """
    row = await tx.fetchrow(
        """
        SELECT removed_tags.name, into_tag.name AS into_name
        FROM removed_tags
        LEFT JOIN tags AS into_tag
          ON into_tag.organisation_id = removed_tags.organisation_id
          AND into_tag.id = removed_tags.merged_into
        WHERE removed_tags.organisation_id = $1 AND removed_tags.id = $2
        FOR UPDATE OF removed_tags
        """,
        organisation_id,
        tag_id,
    )
    return (row["name"], row["into_name"]) if row else None


async def put_back_tag(tx: Transaction, organisation_id: UUID, tag_id: UUID) -> None:
    """Add a removed tag again, unless there is one of its name by now."""
    await tx.execute(
        """
        INSERT INTO tags (organisation_id, id, name, created_at)
        SELECT organisation_id, id, name, created_at
        FROM removed_tags
        WHERE organisation_id = $1 AND id = $2
        ON CONFLICT ON CONSTRAINT tag_name_is_used_once DO NOTHING
        """,
        organisation_id,
        tag_id,
    )


async def give_back_to_sessions(
    tx: Transaction, organisation_id: UUID, tag_id: UUID, name: str, into_name: str | None
) -> None:
    """Undo ``take_from_sessions``, and forget what it remembered.

    A session gets the tag back at its place. Where another tag had come in its place, that one
    goes; who has taken that one away in the meantime wanted neither.
    """
    for table in _TABLES:
        await tx.execute(
            f"""
            UPDATE {table} AS session
            SET tags = CASE WHEN $4::text IS NULL OR use.had_both
                              THEN tags[:use.place - 1] || $3::text || tags[use.place:]
                            ELSE array_replace(tags, $4, $3) END,
                revision = revision + 1
            FROM removed_tag_uses AS use
            WHERE use.organisation_id = $1 AND use.tag_id = $2
              AND session.organisation_id = $1 AND session.id = use.session_id
              AND NOT $3 = ANY (tags)
              AND ($4::text IS NULL OR use.had_both OR $4 = ANY (tags))
            """,
            organisation_id,
            tag_id,
            name,
            into_name,
        )
    await tx.execute(
        "DELETE FROM removed_tags WHERE organisation_id = $1 AND id = $2", organisation_id, tag_id
    )


async def find_tag_named(tx: Transaction, organisation_id: UUID, name: str) -> UUID | None:
    """The id of the tag with this name."""
    found: UUID | None = await tx.fetchval(
        "SELECT id FROM tags WHERE organisation_id = $1 AND name = $2", organisation_id, name
    )
    return found


async def forget_removed_tags(tx: Transaction) -> None:
    """Forget tags that were removed more than 30 days ago, in all organisations."""
    await tx.execute("SELECT forget_removed_tags()")
