"""The SQL of locked periods, and of the gate between writing hours and locking them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from benchbook.accounts.errors import PersonNotFound
from benchbook.platform.database import Transaction, constraint_of, one_row
from benchbook.platform.problems import InvalidInput
from benchbook.timetracking.errors import PeriodLockedAlready
from benchbook.timetracking.locking_schemas import LockedPeriod, LockedSpan

# Whoever locks waits this long for those who are writing hours, an import, say. Who wants to write
# meanwhile waits behind, so it must not be long.
LONGEST_WAIT_SECONDS = 2

_PERIOD = """
    id, person_id, first_date AS from_, after_date AS "to", reason, locked_by, locked_at,
    unlocked_by, unlocked_at, unlock_reason"""


@dataclass(frozen=True)
class Lock:
    """What keeps an instant of somebody's locked: a period, or a timesheet with its status."""

    locked_period_id: UUID | None
    timesheet_id: UUID | None
    status: str | None
    first: date
    after: date


async def hold_open(tx: Transaction, organisation_id: UUID, people: Collection[UUID]) -> None:
    """See to it that no period of these people is locked before the transaction has ended."""
    for person_id in sorted(people):
        await tx.execute("SELECT hold_hours_open($1, $2)", organisation_id, person_id)


async def hold_shut(tx: Transaction, organisation_id: UUID, person_id: UUID | None) -> None:
    """See to it that nobody writes hours of this person (of anybody, for None) until the end.

    Raises LockNotAvailableError, which is told as 503, when they are being written for longer
    than LONGEST_WAIT_SECONDS.
    """
    await tx.execute(f"SET LOCAL lock_timeout = '{LONGEST_WAIT_SECONDS}s'")
    await tx.execute("SELECT hold_hours_shut($1, $2)", organisation_id, person_id)


async def insert_period(
    tx: Transaction,
    organisation_id: UUID,
    *,
    period_id: UUID,
    person_id: UUID | None,
    first: date,
    after: date,
    reason: str,
    locked_by: UUID,
) -> LockedPeriod:
    """Lock a period for the people it concerns; the gate is shut already.

    Raises PersonNotFound, PeriodLockedAlready, InvalidInput for one that ends before it begins.
    """
    try:
        row = await one_row(
            tx,
            f"""
            INSERT INTO locked_periods
              (organisation_id, id, person_id, first_date, after_date, reason, locked_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            RETURNING {_PERIOD}
            """,
            organisation_id,
            period_id,
            person_id,
            first,
            after,
            reason,
            locked_by,
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error
    await tx.execute(
        """
        INSERT INTO locked_spans
          (organisation_id, id, person_id, starts_at, ends_at, locked_period_id)
        SELECT $1, gen_random_uuid(), id, starts_at, ends_at, $2
        FROM people
        CROSS JOIN LATERAL (SELECT start_of_local_day($4, time_zone) AS starts_at,
                                   start_of_local_day($5, time_zone) AS ends_at) AS span
        WHERE organisation_id = $1 AND ($3::uuid IS NULL OR id = $3) AND ends_at > starts_at
        """,
        organisation_id,
        period_id,
        person_id,
        first,
        after,
    )
    return _period(row)


async def find_period(
    tx: Transaction, organisation_id: UUID, period_id: UUID, *, lock: bool = False
) -> LockedPeriod | None:
    """A locked period, also one that was unlocked; locked as a row if it is to be changed."""
    row = await tx.fetchrow(
        f"""
        SELECT {_PERIOD}
        FROM locked_periods
        WHERE organisation_id = $1 AND id = $2
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
        period_id,
    )
    return _period(row) if row else None


async def list_periods(
    tx: Transaction,
    organisation_id: UUID,
    *,
    person_id: UUID | None,
    first: date | None,
    after: date | None,
    unlocked: bool,
    cursor: tuple[date, UUID] | None,
    limit: int,
) -> list[LockedPeriod]:
    """Periods that overlap the dates, the latest first; those of one person are also everybody's."""
    rows = await tx.fetch(
        f"""
        SELECT {_PERIOD}
        FROM locked_periods
        WHERE organisation_id = $1
          AND ($2::uuid IS NULL OR person_id IS NULL OR person_id = $2)
          AND ($3::date IS NULL OR after_date > $3)
          AND ($4::date IS NULL OR first_date < $4)
          AND (unlocked_at IS NOT NULL) = $5
          AND ($6::date IS NULL OR (first_date, id) < ($6, $7::uuid))
        ORDER BY first_date DESC, id DESC
        LIMIT $8
        """,
        organisation_id,
        person_id,
        first,
        after,
        unlocked,
        cursor[0] if cursor else None,
        cursor[1] if cursor else None,
        limit,
    )
    return [_period(row) for row in rows]


async def unlock_period(
    tx: Transaction, organisation_id: UUID, period_id: UUID, unlocked_by: UUID, reason: str
) -> LockedPeriod:
    """Open a period that is locked, and keep who did it and why."""
    await tx.execute(
        "DELETE FROM locked_spans WHERE organisation_id = $1 AND locked_period_id = $2",
        organisation_id,
        period_id,
    )
    row = await one_row(
        tx,
        f"""
        UPDATE locked_periods
        SET unlocked_by = $3, unlocked_at = now(), unlock_reason = $4
        WHERE organisation_id = $1 AND id = $2
        RETURNING {_PERIOD}
        """,
        organisation_id,
        period_id,
        unlocked_by,
        reason,
    )
    return _period(row)


async def list_spans(
    tx: Transaction,
    organisation_id: UUID,
    *,
    person_id: UUID | None,
    starts_before: datetime | None,
    ends_after: datetime | None,
    cursor: tuple[datetime, UUID] | None,
    limit: int,
) -> list[tuple[UUID, LockedSpan]]:
    """What is locked, the earliest first, each with its id."""
    rows = await tx.fetch(
        """
        SELECT locked_spans.id, locked_spans.person_id, locked_spans.starts_at, locked_spans.ends_at,
               locked_spans.locked_period_id, locked_spans.timesheet_id, timesheets.status,
               coalesce(locked_periods.first_date, timesheets.first_date) AS from_,
               coalesce(locked_periods.after_date, timesheets.after_date) AS "to",
               coalesce(locked_periods.reason, '') AS reason
        FROM locked_spans
        LEFT JOIN locked_periods
          ON locked_periods.organisation_id = locked_spans.organisation_id
         AND locked_periods.id = locked_spans.locked_period_id
        LEFT JOIN timesheets
          ON timesheets.organisation_id = locked_spans.organisation_id
         AND timesheets.id = locked_spans.timesheet_id
        WHERE locked_spans.organisation_id = $1
          AND ($2::uuid IS NULL OR locked_spans.person_id = $2)
          AND ($3::timestamptz IS NULL OR locked_spans.starts_at < $3)
          AND ($4::timestamptz IS NULL OR locked_spans.ends_at > $4)
          AND ($5::timestamptz IS NULL OR (locked_spans.starts_at, locked_spans.id) > ($5, $6::uuid))
        ORDER BY locked_spans.starts_at, locked_spans.id
        LIMIT $7
        """,
        organisation_id,
        person_id,
        starts_before,
        ends_after,
        cursor[0] if cursor else None,
        cursor[1] if cursor else None,
        limit,
    )
    found = []
    for row in rows:
        values: dict[str, Any] = dict(row)
        found.append((values.pop("id"), LockedSpan(**values)))
    return found


async def find_locks(
    tx: Transaction, organisation_id: UUID, starts: Sequence[tuple[UUID, datetime]]
) -> dict[int, Lock]:
    """Of these (person, instant), the places of those that are locked, with what locks them."""
    rows = await tx.fetch(
        """
        SELECT wanted.place, span.locked_period_id, span.timesheet_id, timesheets.status,
               coalesce(locked_periods.first_date, timesheets.first_date) AS first,
               coalesce(locked_periods.after_date, timesheets.after_date) AS after
        FROM unnest($2::uuid[], $3::timestamptz[]) WITH ORDINALITY
          AS wanted (person_id, instant, place)
        CROSS JOIN LATERAL (
          SELECT locked_period_id, timesheet_id
          FROM locked_spans
          WHERE organisation_id = $1 AND person_id = wanted.person_id
            AND ends_at > wanted.instant AND starts_at <= wanted.instant
          ORDER BY ends_at
          LIMIT 1
        ) AS span
        LEFT JOIN locked_periods
          ON locked_periods.organisation_id = $1 AND locked_periods.id = span.locked_period_id
        LEFT JOIN timesheets
          ON timesheets.organisation_id = $1 AND timesheets.id = span.timesheet_id
        """,
        organisation_id,
        [person_id for person_id, _ in starts],
        [instant for _, instant in starts],
    )
    locks = {}
    for row in rows:
        values: dict[str, Any] = dict(row)
        place: int = values.pop("place") - 1
        locks[place] = Lock(**values)
    return locks


def _period(row: asyncpg.Record) -> LockedPeriod:
    return LockedPeriod(**dict(row))


def _translated(error: Exception) -> Exception:
    name = constraint_of(error)
    if name.startswith("locked_period_belongs_to_a_person"):
        return PersonNotFound("There is no such person in your organisation.")
    if name.startswith("period_is_locked_once"):
        return PeriodLockedAlready("These dates are locked already.")
    if name.startswith("locked_period_ends_after_it_begins"):
        return InvalidInput.at("/to", "This is the first date after the period: later than from.")
    return error
