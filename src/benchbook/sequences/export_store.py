"""The SQL of exports: sequences with their aliases and collections, page by page."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction
from benchbook.sequences.schemas import MOST_LISTED_LETTERS
from benchbook.sequences.store import Filters, conditions_of


async def read_export_page(
    tx: Transaction, organisation_id: UUID, filters: Filters, *, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """The next sequences after an id, oldest first; ``bases`` only where they are few."""
    conditions, values = conditions_of(organisation_id, filters)
    if after is not None:
        values.append(after)
        conditions.append(f"id > ${len(values)}::uuid")
    values.append(limit)
    rows: list[asyncpg.Record] = await tx.fetch(
        f"""
        WITH page AS (
          SELECT id, collection_id, name, description, tags, length, circular, created_at,
                 'SQ.' || translate(encode(digest, 'base64'), '+/', '-_') AS digest,
                 encode(md5, 'hex') AS md5,
                 CASE WHEN length <= {MOST_LISTED_LETTERS} THEN bases END AS bases
          FROM sequences
          WHERE {" AND ".join(conditions)}
          ORDER BY id
          LIMIT ${len(values)}
        )
        SELECT page.id, page.name, page.description, page.tags, page.length, page.circular,
               page.created_at, page.digest, page.md5, page.bases, collections.name AS collection,
               ARRAY(SELECT sequence_aliases.name
                     FROM sequence_aliases
                     WHERE sequence_aliases.organisation_id = $1
                       AND sequence_aliases.sequence_id = page.id
                     ORDER BY sequence_aliases.created_at, sequence_aliases.name) AS aliases
        FROM page
        JOIN collections
          ON collections.organisation_id = $1 AND collections.id = page.collection_id
        ORDER BY page.id
        """,
        *values,
    )
    return rows
