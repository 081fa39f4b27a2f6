"""The SQL of shifts: many rows a statement, and what stands in the way of others."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from benchbook.platform.database import (
    Transaction,
    constraint_of,
    meaning_of,
    one_row,
    translated,
)
from benchbook.platform.problems import FieldError
from benchbook.shifts.errors import ShiftMonthClosed, ShiftPeriodClosed, ShiftsClosed
from benchbook.shifts.rules import LONGEST_SHIFT, earliest_start_reaching
from benchbook.shifts.schemas import Shift, ShiftTotals

_FIELDS = (
    "id",
    "employee_id",
    "starts_at",
    "ends_at",
    "break_minutes",
    "position",
    "location_id",
    "note",
    "published",
    "created_at",
    "updated_at",
)
_WRITTEN = _FIELDS[:-2]
_ARRAYS = """$2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::integer[],
             $7::text[], $8::uuid[], $9::text[], $10::boolean[]"""
COLUMNS = f"{', '.join(_FIELDS)}, revision"
MOST_CONFLICTS = 100


@meaning_of("shift_starts_after_closed_months")
def _month_closed(error: asyncpg.PostgresError) -> Exception:
    return closed_months(_border_of(error))


@meaning_of("shift_starts_after_closed_days")
def _period_closed(error: asyncpg.PostgresError) -> Exception:
    return closed_period(_border_of(error))


def _border_of(error: asyncpg.PostgresError) -> datetime | None:
    detail = getattr(error, "detail", None)
    return datetime.fromisoformat(detail) if detail else None


def closed_months(border: datetime | None, errors: Sequence[FieldError] = ()) -> ShiftMonthClosed:
    """What refuses a change of shifts that start before ``border``."""
    until = f" before {border.day} {border:%B %Y} (UTC)" if border else ""
    return ShiftMonthClosed(
        f"The months{until} are closed: their shifts are archived and do not change. "
        "Nothing was changed.",
        errors=errors,
        closed_before=border,
    )


def closed_period(border: datetime | None, errors: Sequence[FieldError] = ()) -> ShiftPeriodClosed:
    """What refuses a change of shifts that start before ``border``."""
    when = f" that start before {border.day} {border:%B %Y, %H:%M} (UTC)" if border else ""
    return ShiftPeriodClosed(
        f"Shifts{when} are closed, until an admin opens them again. Nothing was changed.",
        errors=errors,
        closed_before=border,
    )


def shift_of(row: asyncpg.Record) -> Shift:
    """The shift in a row of COLUMNS."""
    return Shift(**{field: row[field] for field in _FIELDS})


async def find_shift(
    tx: Transaction, organisation_id: UUID, shift_id: UUID
) -> tuple[Shift, int] | None:
    """A shift and its revision; to members, one that is being changed as it was published."""
    row = await tx.fetchrow(
        f"""
        SELECT {COLUMNS} FROM all_shifts WHERE organisation_id = $1 AND id = $2
        UNION ALL
        SELECT {COLUMNS} FROM published_versions
        WHERE organisation_id = $1 AND id = $2 AND NOT (SELECT sees_everyone())
        """,
        organisation_id,
        shift_id,
    )
    return (shift_of(row), row["revision"]) if row else None


def _conditions(
    organisation_id: UUID,
    employee_ids: Sequence[UUID] | None,
    starting: datetime | None,
    ending: datetime | None,
    after: tuple[datetime, UUID] | None,
) -> tuple[str, list[object]]:
    """The condition for shifts that overlap the half-open range, and its values.

    Only operators that an index can serve under row-level security: a shift that reaches into the
    range starts at most 48 hours before it.
    """
    values: list[object] = [organisation_id]
    conditions = ["organisation_id = $1"]

    def add(condition: str, *added: object) -> None:
        places = [f"${len(values) + place}" for place in range(1, len(added) + 1)]
        values.extend(added)
        conditions.append(condition.format(*places))

    if employee_ids is not None:
        add("employee_id = ANY ({}::uuid[])", employee_ids)
    if starting is not None:
        add("starts_at > {} AND ends_at > {}", earliest_start_reaching(starting), starting)
    if ending is not None:
        add("starts_at < {}", ending)
    if after is not None:
        add("starts_at >= {} AND (starts_at, id) > ({}, {})", after[0], *after)
    return " AND ".join(conditions), values


def _seen(condition: str, as_published: bool) -> str:
    """What a condition shows. ``as_published`` is for members: shifts that are being changed as they
    were published last; their drafts are kept from them by the table's policy."""
    if not as_published:
        return f"all_shifts WHERE {condition}"
    return f"""
        (SELECT {COLUMNS} FROM all_shifts WHERE {condition}
         UNION ALL
         SELECT {COLUMNS} FROM published_versions WHERE {condition}) AS seen"""


def list_query(
    organisation_id: UUID,
    *,
    employee_ids: Sequence[UUID] | None = None,
    starting: datetime | None = None,
    ending: datetime | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
    as_published: bool = False,
) -> tuple[str, list[object]]:
    """The query for shifts in the order of their starts, and its values.

    Those that overlap the half-open range from ``starting`` to ``ending``; ``as_published`` as
    ``_seen`` says.
    """
    condition, values = _conditions(organisation_id, employee_ids, starting, ending, after)
    values.append(limit)
    return (
        f"""
        SELECT {COLUMNS}
        FROM {_seen(condition, as_published)}
        ORDER BY starts_at, id
        LIMIT ${len(values)}
        """,
        values,
    )


async def list_shifts(
    tx: Transaction,
    organisation_id: UUID,
    *,
    employee_ids: Sequence[UUID] | None,
    starting: datetime | None,
    ending: datetime | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
    as_published: bool,
) -> list[Shift]:
    """Shifts in the order of their starts; see ``list_query``."""
    query, values = list_query(
        organisation_id,
        employee_ids=employee_ids,
        starting=starting,
        ending=ending,
        after=after,
        limit=limit,
        as_published=as_published,
    )
    return [shift_of(row) for row in await tx.fetch(query, *values)]


async def total_of_shifts(
    tx: Transaction,
    organisation_id: UUID,
    *,
    employee_ids: Sequence[UUID] | None,
    starting: datetime | None,
    ending: datetime | None,
    as_published: bool,
) -> ShiftTotals:
    """How many shifts overlap the range, and how long they are together."""
    condition, values = _conditions(organisation_id, employee_ids, starting, ending, None)
    row = await one_row(
        tx,
        f"""
        SELECT count(*) AS count,
               coalesce(extract(epoch FROM sum(ends_at - starts_at)), 0)::bigint AS seconds
        FROM {_seen(condition, as_published)}
        """,
        *values,
    )
    return ShiftTotals(row["count"], row["seconds"])


async def employees_of_shifts(
    tx: Transaction, organisation_id: UUID, shift_ids: Sequence[UUID]
) -> dict[UUID, UUID]:
    """Whose these shifts are at this moment; those that are not there are left out."""
    rows = await tx.fetch(
        "SELECT id, employee_id FROM shifts WHERE organisation_id = $1 AND id = ANY ($2::uuid[])",
        organisation_id,
        shift_ids,
    )
    return {row["id"]: row["employee_id"] for row in rows}


async def lock_employees(
    tx: Transaction, organisation_id: UUID, employee_ids: Collection[UUID]
) -> set[UUID]:
    """Lock these employees in the order of their ids; answers those that are there.

    Whoever changes the shifts of an employee holds this lock: changes of the same person's
    shifts come one after the other, and no two of them wait for each other.
    """
    rows = await tx.fetch(
        """
        SELECT id
        FROM employees
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
        ORDER BY id
        FOR NO KEY UPDATE
        """,
        organisation_id,
        list(employee_ids),
    )
    return {row["id"] for row in rows}


async def lock_shifts(
    tx: Transaction, organisation_id: UUID, shift_ids: Sequence[UUID]
) -> dict[UUID, tuple[Shift, int]]:
    """The shifts that are there, with their revisions, locked in the order of their ids."""
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
        FROM shifts
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
        ORDER BY id
        FOR UPDATE
        """,
        organisation_id,
        shift_ids,
    )
    return {row["id"]: (shift_of(row), row["revision"]) for row in rows}


async def let_only_the_outcome_count(tx: Transaction) -> None:
    """From here to ``outcome_has_overlaps``, shifts may overlap."""
    await tx.execute("SET CONSTRAINTS one_shift_at_a_time_per_employee DEFERRED")


async def outcome_has_overlaps(tx: Transaction) -> bool:
    """Have the constraint look at what the transaction has made; the transaction goes on."""
    try:
        await tx.execute(
            "SAVEPOINT outcome; SET CONSTRAINTS one_shift_at_a_time_per_employee IMMEDIATE"
        )
    except asyncpg.ExclusionViolationError as error:
        if not constraint_of(error).startswith("one_shift_at_a_time_per_employee"):
            raise
        await tx.execute("ROLLBACK TO SAVEPOINT outcome")
        return True
    return False


@contextlib.contextmanager
def _naming_closed_months() -> Iterator[None]:
    """The transaction is lost either way; who writes may still say which shifts it was about."""
    try:
        yield
    except asyncpg.CheckViolationError as error:
        meaning = translated(error)
        if isinstance(meaning, ShiftsClosed):
            raise meaning from None
        raise


def _columns(shifts: Sequence[Shift]) -> list[list[object]]:
    return [[getattr(shift, field) for shift in shifts] for field in _WRITTEN]


async def insert_shifts(
    tx: Transaction, organisation_id: UUID, shifts: Sequence[Shift]
) -> dict[UUID, tuple[Shift, int]]:
    """Add shifts, with one statement; answers them as they are stored."""
    with _naming_closed_months():
        rows = await tx.fetch(
            f"""
            INSERT INTO shifts
              (organisation_id, {", ".join(_WRITTEN)})
            SELECT $1, added.*
            FROM unnest({_ARRAYS}) AS added
            RETURNING {COLUMNS}
            """,
            organisation_id,
            *_columns(shifts),
        )
    return {row["id"]: (shift_of(row), row["revision"]) for row in rows}


async def update_shifts(
    tx: Transaction, organisation_id: UUID, shifts: Sequence[Shift]
) -> dict[UUID, tuple[Shift, int]]:
    """Make locked shifts what they are to be, with one statement; answers them as stored."""
    returned = ", ".join(f"shifts.{field}" for field in (*_FIELDS, "revision"))
    with _naming_closed_months():
        rows = await tx.fetch(
            f"""
            UPDATE shifts
            SET employee_id = new.employee_id, starts_at = new.starts_at, ends_at = new.ends_at,
                break_minutes = new.break_minutes, position = new.position, location_id = new.location_id, note = new.note,
                published = new.published, updated_at = now(), revision = revision + 1
            FROM unnest({_ARRAYS}) AS new ({", ".join(_WRITTEN)})
            WHERE shifts.organisation_id = $1 AND shifts.id = new.id
            RETURNING {returned}
            """,
            organisation_id,
            *_columns(shifts),
        )
    return {row["id"]: (shift_of(row), row["revision"]) for row in rows}


async def delete_shifts(tx: Transaction, organisation_id: UUID, shift_ids: Sequence[UUID]) -> None:
    """Delete shifts, with one statement."""
    await tx.execute(
        "DELETE FROM shifts WHERE organisation_id = $1 AND id = ANY ($2::uuid[])",
        organisation_id,
        shift_ids,
    )


async def find_deleted(
    tx: Transaction, organisation_id: UUID, shift_ids: Sequence[UUID]
) -> dict[UUID, Shift]:
    """Those of these shifts that were deleted and can come back, as they were."""
    rows = await tx.fetch(
        f"""
        SELECT {COLUMNS}
        FROM deleted_shifts
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
        """,
        organisation_id,
        shift_ids,
    )
    return {row["id"]: shift_of(row) for row in rows}


async def restore_shifts(
    tx: Transaction, shift_ids: Sequence[UUID]
) -> dict[UUID, tuple[Shift, int]]:
    """Bring deleted shifts of locked employees back, with one statement; answers them as stored.

    A location that was deleted meanwhile stays away.
    """
    with _naming_closed_months():
        rows = await tx.fetch(f"SELECT {COLUMNS} FROM restore_shifts($1)", shift_ids)
    return {row["id"]: (shift_of(row), row["revision"]) for row in rows}


async def forget_deleted_shifts(tx: Transaction) -> None:
    """Delete for good what was deleted 30 days ago."""
    await tx.execute("SELECT forget_deleted_shifts()")


async def delete_unchanged(
    tx: Transaction, organisation_id: UUID, shift_ids: Sequence[UUID]
) -> tuple[list[Shift], int]:
    """Delete those of these shifts that nobody changed since they were made; answers them by their
    start, and how many others are still there."""
    rows = await tx.fetch(
        f"""
        DELETE FROM shifts
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[]) AND revision = 1
        RETURNING {COLUMNS}
        """,
        organisation_id,
        shift_ids,
    )
    kept = await one_row(
        tx,
        """
        SELECT count(*) AS number
        FROM all_shifts
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
        """,
        organisation_id,
        shift_ids,
    )
    deleted = sorted(map(shift_of, rows), key=lambda shift: (shift.starts_at, shift.id))
    return deleted, kept["number"]


async def overlaps_with(
    tx: Transaction, organisation_id: UUID, shift_ids: Sequence[UUID]
) -> list[tuple[UUID, Shift]]:
    """Which of these shifts overlap which others of the same employee: a hundred, at most."""
    others = ", ".join(f"other.{field}" for field in _FIELDS)
    # Of two that overlap, the later one starts before all that are earlier have ended: that is seen
    # in one pass. Only for the first of these is looked for what they meet.
    rows = await tx.fetch(
        f"""
        WITH changed AS (
          SELECT id, employee_id, starts_at, ends_at
          FROM shifts
          WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
        ), spans AS (
          SELECT employee_id, min(starts_at) - $3::interval AS since, max(ends_at) AS until
          FROM changed
          GROUP BY employee_id
        ), near AS MATERIALIZED (
          SELECT shifts.id, shifts.employee_id, shifts.starts_at, shifts.ends_at,
                 max(shifts.ends_at) OVER (
                   PARTITION BY shifts.employee_id
                   ORDER BY shifts.starts_at, shifts.id
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                 ) AS taken_until
          FROM spans
          JOIN shifts
            ON shifts.organisation_id = $1 AND shifts.employee_id = spans.employee_id
           AND shifts.starts_at > spans.since AND shifts.starts_at < spans.until
        ), later AS (
          SELECT id, employee_id, starts_at
          FROM near
          WHERE starts_at < taken_until
          ORDER BY starts_at, id
          LIMIT {MOST_CONFLICTS}
        ), pairs AS (
          SELECT near.id AS earlier_id, later.id AS later_id
          FROM later
          JOIN near
            ON near.employee_id = later.employee_id
           AND (near.starts_at, near.id) < (later.starts_at, later.id)
           AND near.ends_at > later.starts_at
        ), meetings AS (
          SELECT earlier_id AS one_id, later_id AS other_id FROM pairs
          UNION ALL
          SELECT later_id, earlier_id FROM pairs
        )
        SELECT meetings.one_id, {others}
        FROM meetings
        JOIN shifts other ON other.organisation_id = $1 AND other.id = meetings.other_id
        WHERE meetings.one_id IN (SELECT id FROM changed)
        ORDER BY other.starts_at, other.id, meetings.one_id
        LIMIT {MOST_CONFLICTS}
        """,
        organisation_id,
        shift_ids,
        LONGEST_SHIFT,
    )
    return [(row["one_id"], shift_of(row)) for row in rows]
