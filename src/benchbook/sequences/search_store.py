"""The SQL of searches. What the index has is asked of the owner's functions; rows are always read
under the policy.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from benchbook.platform.database import Transaction, one_row
from benchbook.sequences import schemas
from benchbook.sequences.search_plan import Census, Plan
from benchbook.sequences.store import LISTED, sequence_of

# levenshtein_less_equal() takes no more letters.
LONGEST_COMPARED = 255
# Rows with fewer letters are read many at a time.
SHORT_ROW = 2_000
ROWS_AT_A_TIME = 1_000
# How many rows a census looks at, and at how many of their letters.
SAMPLED_ROWS = 5_000
SAMPLED_LETTERS = 20_000
MOST_COMMON_CODES = 50_000

_CODE_BITS = (1 << 32) - 1

# A row by the primary key, whatever the planner thinks of the table. A plan that was made when it
# was small is kept for a while, and any index that begins with the organisation was as good then;
# only the primary key has them in this order.
_BY_ID = """
    SELECT *
    FROM sequences AS row
    WHERE row.organisation_id = $1 AND row.id >= {0} AND row.id <= {0}
    ORDER BY row.id
    LIMIT 1"""


class Row(NamedTuple):
    """A row to compare."""

    id: UUID
    name: str
    circular: bool
    bases: str


async def collection_exists(tx: Transaction, organisation_id: UUID, collection_id: UUID) -> bool:
    """Whether there is such a collection."""
    return bool(
        await tx.fetchval(
            "SELECT true FROM collections WHERE organisation_id = $1 AND id = $2",
            organisation_id,
            collection_id,
        )
    )


async def find_equal(
    tx: Transaction, organisation_id: UUID, digest: bytes, collection_id: UUID | None
) -> list[schemas.Sequence]:
    """The sequences with this digest; there is one in each collection."""
    query, values = _narrowed(
        f"SELECT {LISTED} FROM sequences WHERE organisation_id = $1 AND digest = $2",
        [organisation_id, digest],
        collection_id,
    )
    return [sequence_of(row) for row in await tx.fetch(query, *values)]


async def find_similar(
    tx: Transaction,
    organisation_id: UUID,
    query: str,
    distance: int,
    plan: Plan,
    *,
    collection_id: UUID | None,
    after: tuple[int, str, UUID] | None,
    limit: int,
) -> list[tuple[schemas.Sequence, int]]:
    """The first sequences within a distance from ``after`` on, that one included, each with its
    edits. For queries and distances of LONGEST_COMPARED together at most.
    """
    sql, values = similar_query(
        organisation_id,
        query,
        distance,
        plan,
        collection_id=collection_id,
        after=after,
        limit=limit,
    )
    return [(sequence_of(row), row["edits"]) for row in await tx.fetch(sql, *values)]


def similar_query(
    organisation_id: UUID,
    query: str,
    distance: int,
    plan: Plan,
    *,
    collection_id: UUID | None,
    after: tuple[int, str, UUID] | None,
    limit: int,
) -> tuple[str, list[Any]]:
    """The query of ``find_similar``, and its values."""
    values: list[Any] = [organisation_id, query, distance]
    sources = []
    if plan.codes:
        values.append(plan.codes)
        sources.append(f"SELECT id, edits FROM similar_sequences(${len(values)}::bigint[], $2, $3)")
    if plan.scanned:
        values += [[one.start for one in plan.scanned], [one.stop - 1 for one in plan.scanned]]
        sources.append(f"""
          SELECT id, edits
          FROM unnest(${len(values) - 1}::integer[], ${len(values)}::integer[])
            AS lengths (shortest, longest)
          CROSS JOIN LATERAL (
            SELECT id, levenshtein_less_equal(bases, $2, $3) AS edits
            FROM sequences
            WHERE organisation_id = $1
              AND length BETWEEN lengths.shortest AND lengths.longest
            OFFSET 0
          ) AS compared
          WHERE edits <= $3""")
    sql, values = _narrowed(
        f"""
        SELECT {LISTED}, edits
        FROM ({" UNION ".join(sources)}) AS found (found_id, edits)
        CROSS JOIN LATERAL ({_BY_ID.format("found_id")}) AS sequences
        WHERE $2::text IS NOT NULL AND $3::integer IS NOT NULL""",
        values,
        collection_id,
    )
    if after is not None:
        values += after
        place = len(values)
        sql += f"""
          AND (edits, name COLLATE "C", id) >= (${place - 2}, ${place - 1}, ${place}::uuid)"""
    values.append(limit)
    return f'{sql} ORDER BY edits, name COLLATE "C", id LIMIT ${len(values)}', values


async def find_containing(
    tx: Transaction,
    organisation_id: UUID,
    query: str,
    plan: Plan,
    *,
    collection_id: UUID | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[tuple[schemas.Sequence, int]]:
    """The first sequences that contain the query, by name, from ``after`` on, that one included,
    each with the first place, counted from 0.
    """
    sql, values = containing_query(
        organisation_id, query, plan, collection_id=collection_id, after=after, limit=limit
    )
    return [(sequence_of(row), row["start"]) for row in await tx.fetch(sql, *values)]


def containing_query(
    organisation_id: UUID,
    query: str,
    plan: Plan,
    *,
    collection_id: UUID | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> tuple[str, list[Any]]:
    """The query of ``find_containing``, and its values."""
    values: list[Any] = [organisation_id, query, len(query)]
    source = "sequences"
    if not plan.scans_everything:
        values.append(plan.codes)
        source = f"""
          sequences_with_codes($4::bigint[], $3, 10000000) AS candidates (found_id)
          CROSS JOIN LATERAL ({_BY_ID.format("found_id")}) AS sequences"""
    # A circular sequence goes on over its origin, once around at most.
    first = """strpos(
          CASE WHEN circular THEN bases || left(bases, $3 - 1) ELSE bases END, $2)"""
    sql, values = _narrowed(
        f"""
        SELECT {LISTED}, {first} - 1 AS start
        FROM {source}
        WHERE organisation_id = $1 AND length >= $3 AND {first} > 0""",
        values,
        collection_id,
    )
    if after is not None:
        values += after
        sql += f' AND (name COLLATE "C", id) >= (${len(values) - 1}, ${len(values)}::uuid)'
    values.append(limit)
    return f'{sql} ORDER BY name COLLATE "C", id LIMIT ${len(values)}', values


async def candidates(
    tx: Transaction,
    organisation_id: UUID,
    plan: Plan,
    shortest: int,
    longest: int,
    *,
    collection_id: UUID | None,
    containing_any: Sequence[str] = (),
) -> AsyncGenerator[list[Row], None]:
    """The rows that a plan leaves to be compared, a few at a time; some may come twice.

    ``containing_any`` leaves out what has none of these, where everything is read.
    """
    if plan.codes:
        sql, values = _narrowed(
            _ROWS.format(
                "sequences_with_codes($2, $3, $4) AS candidates (found_id) "
                f"CROSS JOIN LATERAL ({_BY_ID.format('found_id')}) AS sequences"
            )
            + " WHERE true",
            [organisation_id, plan.codes, shortest, longest],
            collection_id,
        )
        async for rows in _read(tx, organisation_id, sql, values):
            yield rows
    scanned = [range(shortest, longest + 1)] if plan.scans_everything else plan.scanned
    for lengths in scanned:
        sql, values = _narrowed(
            _ROWS.format("sequences") + " WHERE organisation_id = $1 AND length BETWEEN $2 AND $3",
            [organisation_id, lengths.start, lengths.stop - 1],
            collection_id,
        )
        if containing_any:
            values += [max(map(len, containing_any)) - 1, *containing_any]
            first = len(values) - len(containing_any) + 1
            read_on = f"CASE WHEN circular THEN bases || left(bases, ${first - 1}) ELSE bases END"
            sql += " AND ({})".format(
                " OR ".join(
                    f"strpos({read_on}, ${first + place}) > 0"
                    for place in range(len(containing_any))
                )
            )
        async for rows in _read(tx, organisation_id, sql, values):
            yield rows


_ROWS = f"""
    SELECT id, name, circular, CASE WHEN length <= {SHORT_ROW} THEN bases END AS bases
    FROM {{}}"""


async def _read(
    tx: Transaction, organisation_id: UUID, sql: str, values: list[Any]
) -> AsyncGenerator[list[Row], None]:
    """Rows of the columns in _ROWS: a thousand short ones at a time, long ones one by one."""
    cursor = await tx.cursor(sql, *values)
    are_more = True
    while are_more:
        rows = await cursor.fetch(ROWS_AT_A_TIME)
        are_more = len(rows) == ROWS_AT_A_TIME
        yield [Row(*row) for row in rows if row["bases"] is not None]
        for row in rows:
            if row["bases"] is None:
                bases = await read_bases(tx, organisation_id, [row["id"]])
                yield [Row(row["id"], row["name"], row["circular"], bases[row["id"]])]


async def read_bases(
    tx: Transaction, organisation_id: UUID, sequence_ids: Sequence[UUID]
) -> dict[UUID, str]:
    """All letters of these sequences."""
    rows = await tx.fetch(
        "SELECT id, bases FROM sequences WHERE organisation_id = $1 AND id = ANY ($2::uuid[])",
        organisation_id,
        sequence_ids,
    )
    return {row["id"]: row["bases"] for row in rows}


async def read_sequences(
    tx: Transaction, organisation_id: UUID, sequence_ids: Sequence[UUID]
) -> dict[UUID, schemas.Sequence]:
    """These sequences as lists show them."""
    rows = await tx.fetch(
        f"SELECT {LISTED} FROM sequences WHERE organisation_id = $1 AND id = ANY ($2::uuid[])",
        organisation_id,
        sequence_ids,
    )
    return {row["id"]: sequence_of(row) for row in rows}


async def take_census(tx: Transaction, organisation_id: UUID) -> Census:
    """How many rows there are of each length and, of codes that are common, with each.

    From a sample by digest, which is as good as random: the same part of every collection, found
    by an index. Of long sequences the first letters stand for all.
    """
    counted = await one_row(
        tx,
        """
        SELECT coalesce(sum(sequences), 0)::bigint AS rows
        FROM collection_counts
        WHERE organisation_id = $1
        """,
        organisation_id,
    )
    part = min(SAMPLED_ROWS / max(int(counted["rows"]), 1), 1.0)
    below = b"\xff" * 8 if part == 1.0 else int(part * 2**64).to_bytes(8, "big")
    lengths = await tx.fetch(
        """
        SELECT length, count(*) AS rows
        FROM sequences
        WHERE organisation_id = $1 AND digest <= $2
        GROUP BY length
        """,
        organisation_id,
        below,
    )
    codes = await tx.fetch(
        f"""
        SELECT key & {_CODE_BITS} AS code, count(*) AS rows
        FROM sequences
        CROSS JOIN unnest(
          sequence_search_keys(organisation_id, left(bases, {SAMPLED_LETTERS}), circular)) AS key
        WHERE organisation_id = $1 AND digest <= $2
        GROUP BY key
        HAVING count(*) > 2
        ORDER BY count(*) DESC
        LIMIT {MOST_COMMON_CODES}
        """,
        organisation_id,
        below,
    )
    return Census(
        {row["length"]: row["rows"] / part for row in lengths},
        {row["code"]: row["rows"] / part for row in codes},
    )


def _narrowed(sql: str, values: list[Any], collection_id: UUID | None) -> tuple[str, list[Any]]:
    if collection_id is None:
        return sql, values
    return f"{sql} AND collection_id = ${len(values) + 1}", [*values, collection_id]
