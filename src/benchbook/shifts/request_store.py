"""The SQL of open shifts, and of shifts that people hand to each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from benchbook.platform.database import Transaction, constraint_of, one_row
from benchbook.shifts.errors import ShiftRequestedAlready
from benchbook.shifts.request_schemas import Approval, OpenShift, ShiftRequest
from benchbook.shifts.rules import earliest_start_reaching
from benchbook.shifts.schemas import Shift

_OPEN = (
    "id, starts_at, ends_at, break_minutes, position, location_id, note, published, created_at, "
    "updated_at, revision"
)
# What waits comes to nothing when its time is over, and when one of its shifts is no longer what
# was agreed on. That is seen here, whoever changed what.
_STATUS = """CASE
    WHEN requests.status NOT IN ('open', 'accepted') THEN requests.status
    WHEN requests.expires_at <= now() THEN 'expired'
    WHEN kind = 'claim' AND NOT EXISTS (
      SELECT FROM open_shifts
      WHERE open_shifts.organisation_id = requests.organisation_id
        AND open_shifts.id = requests.shift_id
        AND open_shifts.revision = requests.shift_revision) THEN 'overtaken'
    WHEN kind <> 'claim' AND NOT EXISTS (
      SELECT FROM shifts
      WHERE shifts.organisation_id = requests.organisation_id AND shifts.id = requests.shift_id
        AND shifts.revision = requests.shift_revision) THEN 'overtaken'
    WHEN kind = 'swap' AND NOT EXISTS (
      SELECT FROM shifts
      WHERE shifts.organisation_id = requests.organisation_id
        AND shifts.id = requests.other_shift_id
        AND shifts.revision = requests.other_shift_revision) THEN 'overtaken'
    ELSE requests.status END AS status"""
_REQUEST = f"""id, kind, {_STATUS}, employee_id, shift_id, other_employee_id, other_shift_id,
  starts_at, ends_at, position, note, expires_at, decided_by, decision_note, created_at,
  updated_at, revision"""

_ASKED_ALREADY = {
    "offer": "You offer this shift already: withdraw that offer before you make another.",
    "swap": "You have asked for this swap already, and it still waits.",
    "claim": "You have claimed this shift already, and it still waits.",
}


async def see_drafts_too(tx: Transaction) -> None:
    """For the rest of the transaction, see what managers see.

    What people arrange among themselves is held to the whole roster, drafts included. Nothing that
    is read from here on may be answered as it is.
    """
    await tx.execute("SET LOCAL benchbook.sees_everyone = on")


# Open shifts ------------------------------------------------------------------------------------


def _open_of(row: asyncpg.Record) -> tuple[OpenShift, int]:
    values = dict(row)
    revision = values.pop("revision")
    return OpenShift(**values), revision


async def insert_open_shift(
    tx: Transaction, organisation_id: UUID, open_shift_id: UUID, values: Mapping[str, Any]
) -> tuple[OpenShift, int]:
    """Add an open shift; the keys of ``values`` are column names of ours."""
    places = ", ".join(f"${place}" for place in range(3, 3 + len(values)))
    row = await one_row(
        tx,
        f"""
        INSERT INTO open_shifts (organisation_id, id, {", ".join(values)})
        VALUES ($1, $2, {places})
        RETURNING {_OPEN}
        """,
        organisation_id,
        open_shift_id,
        *values.values(),
    )
    return _open_of(row)


async def find_open_shift(
    tx: Transaction, organisation_id: UUID, open_shift_id: UUID, *, lock: bool = False
) -> tuple[OpenShift, int] | None:
    """An open shift and its revision; locked if it is to be changed or taken."""
    row = await tx.fetchrow(
        f"""
        SELECT {_OPEN}
        FROM open_shifts
        WHERE organisation_id = $1 AND id = $2
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
        open_shift_id,
    )
    return _open_of(row) if row else None


async def list_open_shifts(
    tx: Transaction,
    organisation_id: UUID,
    *,
    starting: datetime | None,
    ending: datetime | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[OpenShift]:
    """Open shifts that overlap a half-open range, by their start, after a sort key."""
    rows = await tx.fetch(
        f"""
        SELECT {_OPEN}
        FROM open_shifts
        WHERE organisation_id = $1
          AND ($2::timestamptz IS NULL OR (starts_at > $3::timestamptz AND ends_at > $2))
          AND ($4::timestamptz IS NULL OR starts_at < $4)
          AND ($5::timestamptz IS NULL OR (starts_at, id) > ($5, $6::uuid))
        ORDER BY starts_at, id
        LIMIT $7
        """,
        organisation_id,
        starting,
        starting and earliest_start_reaching(starting),
        ending,
        *(after or (None, None)),
        limit,
    )
    return [_open_of(row)[0] for row in rows]


async def update_open_shift(
    tx: Transaction, organisation_id: UUID, open_shift_id: UUID, values: Mapping[str, Any]
) -> tuple[OpenShift, int]:
    """Set columns of a locked open shift."""
    assignments = ", ".join(f"{column} = ${place}" for place, column in enumerate(values, 3))
    row = await one_row(
        tx,
        f"""
        UPDATE open_shifts
        SET {assignments}, updated_at = now(), revision = revision + 1
        WHERE organisation_id = $1 AND id = $2
        RETURNING {_OPEN}
        """,
        organisation_id,
        open_shift_id,
        *values.values(),
    )
    return _open_of(row)


async def delete_open_shift(tx: Transaction, organisation_id: UUID, open_shift_id: UUID) -> None:
    """Delete a locked open shift: nobody needs it, or somebody has it."""
    await tx.execute(
        "DELETE FROM open_shifts WHERE organisation_id = $1 AND id = $2",
        organisation_id,
        open_shift_id,
    )


# Requests ---------------------------------------------------------------------------------------


def _request_of(row: asyncpg.Record) -> tuple[ShiftRequest, int]:
    values = dict(row)
    revision = values.pop("revision")
    return ShiftRequest(**values), revision


async def insert_request(
    tx: Transaction, organisation_id: UUID, request_id: UUID, values: Mapping[str, Any]
) -> None:
    """Add a request; the keys of ``values`` are column names of ours.

    Raises ShiftRequestedAlready where the same was asked for and still waits.
    """
    # What ran out waits no more, and stands in nobody's way.
    await tx.execute(
        """
        UPDATE shift_requests
        SET status = 'expired', updated_at = now(), revision = revision + 1
        WHERE organisation_id = $1 AND employee_id = $2 AND shift_id = $3
          AND status IN ('open', 'accepted') AND expires_at <= now()
        """,
        organisation_id,
        values["employee_id"],
        values["shift_id"],
    )
    places = ", ".join(f"${place}" for place in range(3, 3 + len(values)))
    try:
        await tx.execute(
            f"""
            INSERT INTO shift_requests (organisation_id, id, {", ".join(values)})
            VALUES ($1, $2, {places})
            """,
            organisation_id,
            request_id,
            *values.values(),
        )
    except asyncpg.UniqueViolationError as error:
        if not constraint_of(error).startswith("shift_is_asked_for_once"):
            raise
        raise ShiftRequestedAlready.at("/shift_id", _ASKED_ALREADY[values["kind"]]) from None


async def find_request(
    tx: Transaction, organisation_id: UUID, request_id: UUID, *, lock: bool = False
) -> tuple[ShiftRequest, int] | None:
    """A request and its revision; locked if it is to be decided."""
    if lock:
        # First the lock, then the look: what was waited for is seen whole.
        await tx.execute(
            "SELECT FROM shift_requests WHERE organisation_id = $1 AND id = $2 FOR UPDATE",
            organisation_id,
            request_id,
        )
    row = await tx.fetchrow(
        f"""
        SELECT {_REQUEST}
        FROM shift_requests AS requests
        WHERE organisation_id = $1 AND id = $2
        """,
        organisation_id,
        request_id,
    )
    return _request_of(row) if row else None


async def list_requests(
    tx: Transaction,
    organisation_id: UUID,
    *,
    statuses: Collection[str] | None,
    employee_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[ShiftRequest]:
    """Requests that the caller may see, the latest first, after a sort key."""
    rows = await tx.fetch(
        f"""
        SELECT *
        FROM (
          SELECT {_REQUEST}
          FROM shift_requests AS requests
          WHERE organisation_id = $1
            AND ($2::uuid IS NULL OR id < $2)
            AND ($3::uuid IS NULL OR employee_id = $3 OR other_employee_id = $3)
        ) AS seen
        WHERE $4::text[] IS NULL OR status = ANY ($4)
        ORDER BY id DESC
        LIMIT $5
        """,
        organisation_id,
        before,
        employee_id,
        None if statuses is None else list(statuses),
        limit,
    )
    return [_request_of(row)[0] for row in rows]


async def revisions_agreed_on(
    tx: Transaction, organisation_id: UUID, request_id: UUID
) -> tuple[int, int | None]:
    """In which state the shifts of a request were when it was made."""
    row = await one_row(
        tx,
        """
        SELECT shift_revision, other_shift_revision
        FROM shift_requests
        WHERE organisation_id = $1 AND id = $2
        """,
        organisation_id,
        request_id,
    )
    return row["shift_revision"], row["other_shift_revision"]


async def update_request(
    tx: Transaction, organisation_id: UUID, request_id: UUID, values: Mapping[str, Any]
) -> None:
    """Set columns of a locked request."""
    assignments = ", ".join(f"{column} = ${place}" for place, column in enumerate(values, 3))
    await tx.execute(
        f"""
        UPDATE shift_requests
        SET {assignments}, updated_at = now(), revision = revision + 1
        WHERE organisation_id = $1 AND id = $2
        """,
        organisation_id,
        request_id,
        *values.values(),
    )


async def approval(tx: Transaction, organisation_id: UUID) -> tuple[Approval, int]:
    """Whether a manager approves, and the revision of the setting (0: never set)."""
    row = await tx.fetchrow(
        "SELECT approval, revision FROM shift_request_settings WHERE organisation_id = $1",
        organisation_id,
    )
    return (row["approval"], row["revision"]) if row else ("manager", 0)


async def set_approval(
    tx: Transaction, organisation_id: UUID, wanted: Approval, expected: int | None
) -> int | None:
    """Set it, and answer the new revision; None where it is not in the expected state."""
    revision: int | None = await tx.fetchval(
        """
        INSERT INTO shift_request_settings AS stored (organisation_id, approval)
        SELECT $1, $2 WHERE coalesce($3, 0) = 0
           OR EXISTS (SELECT FROM shift_request_settings WHERE organisation_id = $1)
        ON CONFLICT (organisation_id) DO UPDATE
        SET approval = $2, updated_at = now(), revision = stored.revision + 1
        WHERE $3::integer IS NULL OR stored.revision = $3
        RETURNING revision
        """,
        organisation_id,
        wanted,
        expected,
    )
    return revision


# Who could --------------------------------------------------------------------------------------


async def who_lacks_a_skill(
    tx: Transaction, organisation_id: UUID, position: str | None, employee_ids: Collection[UUID]
) -> set[UUID]:
    """Which of these employees lack a skill that this position takes."""
    if position is None:
        return set()
    rows = await tx.fetch(
        """
        SELECT wanted.employee_id
        FROM unnest($3::uuid[]) AS wanted (employee_id)
        WHERE EXISTS (
          SELECT
          FROM positions
          JOIN position_skills
            ON position_skills.organisation_id = positions.organisation_id
           AND position_skills.position_id = positions.id
          WHERE positions.organisation_id = $1 AND positions.name = $2
            AND NOT EXISTS (
              SELECT
              FROM employee_skills
              WHERE employee_skills.organisation_id = $1
                AND employee_skills.employee_id = wanted.employee_id
                AND employee_skills.skill_id = position_skills.skill_id))
        """,
        organisation_id,
        position,
        list(employee_ids),
    )
    return {row["employee_id"] for row in rows}


async def which_overlap(
    tx: Transaction, organisation_id: UUID, shifts: Sequence[Shift], away: Sequence[UUID]
) -> list[bool]:
    """For each of these shifts, whether its employee has another one at the time, not counting
    itself and the one that they give away for it."""
    rows = await tx.fetch(
        """
        SELECT EXISTS (
          SELECT
          FROM shifts
          WHERE organisation_id = $1 AND employee_id = wanted.employee_id
            AND starts_at > wanted.earliest AND starts_at < wanted.ends_at
            AND ends_at > wanted.starts_at
            AND id <> wanted.id AND id <> wanted.away) AS is_met
        FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[],
                    $6::timestamptz[], $7::uuid[])
             WITH ORDINALITY AS wanted (id, employee_id, earliest, starts_at, ends_at, away, place)
        ORDER BY wanted.place
        """,
        organisation_id,
        [shift.id for shift in shifts],
        [shift.employee_id for shift in shifts],
        [earliest_start_reaching(shift.starts_at) for shift in shifts],
        [shift.starts_at for shift in shifts],
        [shift.ends_at for shift in shifts],
        list(away),
    )
    return [row["is_met"] for row in rows]
