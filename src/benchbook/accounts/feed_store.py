"""The SQL of calendar feeds: one function a query."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from benchbook.accounts.rules import Credential
from benchbook.accounts.schemas import CalendarContent, CalendarFeed
from benchbook.platform.database import Transaction, one_row

_COLUMNS = "id, name, shows, last_used_at, address_made_at, created_at"


async def find_calendar_feed(tx: Transaction, credential: Credential) -> asyncpg.Record | None:
    """The feed (feed_id, person_id, name, shows, time_zone, last_used_at) at an address."""
    return await tx.fetchrow(
        """
        SELECT feed_id, person_id, name, shows, time_zone, last_used_at
        FROM find_calendar_feed($1, $2)
        """,
        credential.organisation_id,
        credential.token_hash,
    )


async def insert_calendar_feed(
    tx: Transaction,
    *,
    organisation_id: UUID,
    feed_id: UUID,
    person_id: UUID,
    name: str,
    shows: CalendarContent,
    token_hash: bytes,
) -> CalendarFeed:
    """Keep a feed."""
    row = await one_row(
        tx,
        f"""
        INSERT INTO calendar_feeds (organisation_id, id, person_id, name, shows, token_hash)
        VALUES ($1, $2, $3, $4, $5, $6)
        RETURNING {_COLUMNS}
        """,
        organisation_id,
        feed_id,
        person_id,
        name,
        shows,
        token_hash,
    )
    return CalendarFeed(**dict(row))


async def list_calendar_feeds(
    tx: Transaction, organisation_id: UUID, person_id: UUID, *, after: UUID | None, limit: int
) -> list[CalendarFeed]:
    """A person's feeds, newest first (ids are UUIDv7: by time of creation)."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}
        FROM calendar_feeds
        WHERE organisation_id = $1 AND person_id = $2 AND ($3::uuid IS NULL OR id < $3)
        ORDER BY id DESC
        LIMIT $4
        """,
        organisation_id,
        person_id,
        after,
        limit,
    )
    return [CalendarFeed(**dict(row)) for row in rows]


async def replace_address(
    tx: Transaction, organisation_id: UUID, person_id: UUID, feed_id: UUID, token_hash: bytes
) -> CalendarFeed | None:
    """Give a feed another address in the place of the one it has; None when there is no feed."""
    row = await tx.fetchrow(
        f"""
        UPDATE calendar_feeds
        SET token_hash = $4, address_made_at = now(), last_used_at = NULL
        WHERE organisation_id = $1 AND person_id = $2 AND id = $3
        RETURNING {_COLUMNS}
        """,
        organisation_id,
        person_id,
        feed_id,
        token_hash,
    )
    return CalendarFeed(**dict(row)) if row else None


async def delete_calendar_feed(
    tx: Transaction, organisation_id: UUID, person_id: UUID, feed_id: UUID
) -> bool:
    """Forget a feed; whether there was one."""
    return bool(
        await tx.fetchval(
            """
            DELETE FROM calendar_feeds
            WHERE organisation_id = $1 AND person_id = $2 AND id = $3
            RETURNING true
            """,
            organisation_id,
            person_id,
            feed_id,
        )
    )


async def touch_calendar_feed(tx: Transaction, organisation_id: UUID, feed_id: UUID) -> None:
    """Note that a feed was read."""
    await tx.execute(
        "UPDATE calendar_feeds SET last_used_at = now() WHERE organisation_id = $1 AND id = $2",
        organisation_id,
        feed_id,
    )
