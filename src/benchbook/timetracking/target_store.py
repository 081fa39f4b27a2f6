"""The SQL of targets."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from benchbook.accounts.errors import PersonNotFound
from benchbook.platform.database import Transaction, constraint_of, one_row
from benchbook.timetracking.errors import TargetTaken
from benchbook.timetracking.target_schemas import Target

TARGET_COLUMNS = """
    id, person_id, effective_from, daily_seconds, weekly_seconds, created_at, updated_at, revision"""


async def insert_target(
    tx: Transaction,
    organisation_id: UUID,
    *,
    target_id: UUID,
    person_id: UUID,
    effective_from: date,
    daily_seconds: list[int],
    weekly_seconds: int | None,
) -> tuple[Target, int]:
    """Add a target, and answer it with its revision. Raises TargetTaken, PersonNotFound."""
    try:
        row = await one_row(
            tx,
            f"""
            INSERT INTO targets
              (organisation_id, id, person_id, effective_from, daily_seconds, weekly_seconds)
            VALUES ($1, $2, $3, $4, $5, $6)
            RETURNING {TARGET_COLUMNS}
            """,
            organisation_id,
            target_id,
            person_id,
            effective_from,
            daily_seconds,
            weekly_seconds,
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error
    return _target_of(row)


async def find_target(
    tx: Transaction, organisation_id: UUID, target_id: UUID, *, lock: bool = False
) -> tuple[Target, int] | None:
    """A target and its revision."""
    row = await tx.fetchrow(
        f"""
        SELECT {TARGET_COLUMNS}
        FROM targets
        WHERE organisation_id = $1 AND id = $2
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
        target_id,
    )
    return _target_of(row) if row else None


async def list_targets(
    tx: Transaction,
    organisation_id: UUID,
    person_id: UUID,
    *,
    before: date | None,
    limit: int,
) -> list[Target]:
    """At most ``limit`` targets of a person that begin before a day, the latest first."""
    rows = await tx.fetch(
        f"""
        SELECT {TARGET_COLUMNS}
        FROM targets
        WHERE organisation_id = $1 AND person_id = $2
          AND ($3::date IS NULL OR effective_from < $3)
        ORDER BY effective_from DESC
        LIMIT $4
        """,
        organisation_id,
        person_id,
        before,
        limit,
    )
    return [_target_of(row)[0] for row in rows]


async def targets_in_force(
    tx: Transaction, organisation_id: UUID, person_id: UUID, first: date, after: date
) -> list[Target]:
    """The targets that count on any day of the range, in order."""
    rows = await tx.fetch(
        f"""
        SELECT {TARGET_COLUMNS}
        FROM targets
        WHERE organisation_id = $1 AND person_id = $2 AND effective_from < $4
          AND effective_from >= coalesce(
            (SELECT max(effective_from)
             FROM targets
             WHERE organisation_id = $1 AND person_id = $2 AND effective_from <= $3),
            $3)
        ORDER BY effective_from
        """,
        organisation_id,
        person_id,
        first,
        after,
    )
    return [_target_of(row)[0] for row in rows]


async def targets_before(
    tx: Transaction, organisation_id: UUID, after: date, *, person_id: UUID | None
) -> dict[UUID, list[Target]]:
    """All targets that begin before a day, of one person or of everybody: by person, in order."""
    rows = await tx.fetch(
        f"""
        SELECT {TARGET_COLUMNS}
        FROM targets
        WHERE organisation_id = $1 AND effective_from < $2
          AND ($3::uuid IS NULL OR person_id = $3)
        ORDER BY person_id, effective_from
        """,
        organisation_id,
        after,
        person_id,
    )
    targets: dict[UUID, list[Target]] = {}
    for row in rows:
        target, _ = _target_of(row)
        targets.setdefault(target.person_id, []).append(target)
    return targets


async def update_target(
    tx: Transaction, organisation_id: UUID, target_id: UUID, changes: dict[str, Any]
) -> tuple[Target, int]:
    """Set some columns of a locked target; raises TargetTaken.

    The keys of ``changes`` are column names of ours, never text from outside.
    """
    assignments = "".join(f"{column} = ${place}, " for place, column in enumerate(changes, 3))
    try:
        row = await one_row(
            tx,
            f"""
            UPDATE targets
            SET {assignments} updated_at = now(), revision = revision + 1
            WHERE organisation_id = $1 AND id = $2
            RETURNING {TARGET_COLUMNS}
            """,
            organisation_id,
            target_id,
            *changes.values(),
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _translated(error) from error
    return _target_of(row)


async def delete_target(tx: Transaction, organisation_id: UUID, target_id: UUID) -> None:
    """Remove a target; the one before it counts on."""
    await tx.execute(
        "DELETE FROM targets WHERE organisation_id = $1 AND id = $2", organisation_id, target_id
    )


def _translated(error: Exception) -> Exception:
    name = constraint_of(error)
    if name.startswith("one_target_from_a_day_on"):
        return TargetTaken.at(
            "/effective_from", "There is a target from this day on already: change that one."
        )
    if name.startswith("target_belongs_to_a_person"):
        return PersonNotFound("There is no person with this id.")
    return error


def _target_of(row: asyncpg.Record) -> tuple[Target, int]:
    values = dict(row)
    revision: int = values.pop("revision")
    return Target(**values), revision
