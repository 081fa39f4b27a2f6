"""The SQL of staffing needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from benchbook.platform.database import Transaction, one_row
from benchbook.shifts.staffing_schemas import StaffingNeed


async def find_plan(
    tx: Transaction, organisation_id: UUID, *, lock: bool = False
) -> tuple[str, datetime, int] | None:
    """Time zone, last change and revision of the plan; locked if it is to be changed."""
    row = await tx.fetchrow(
        f"""
        SELECT time_zone, updated_at, revision
        FROM staffing_plans
        WHERE organisation_id = $1
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
    )
    return (row["time_zone"], row["updated_at"], row["revision"]) if row else None


async def list_needs(tx: Transaction, organisation_id: UUID) -> list[StaffingNeed]:
    """What is needed, by position, weekday and time."""
    rows = await tx.fetch(
        """
        SELECT position, weekday, from_time, to_time, number
        FROM staffing_needs
        WHERE organisation_id = $1
        ORDER BY position, weekday, from_time, to_time
        """,
        organisation_id,
    )
    return [StaffingNeed(*row.values()) for row in rows]


async def replace_plan(
    tx: Transaction, organisation_id: UUID, time_zone: str, needs: Sequence[StaffingNeed]
) -> tuple[datetime, int]:
    """Make the plan what is given; answers when that was, and its revision."""
    row = await one_row(
        tx,
        """
        INSERT INTO staffing_plans (organisation_id, time_zone)
        VALUES ($1, $2)
        ON CONFLICT (organisation_id) DO UPDATE
        SET time_zone = excluded.time_zone, updated_at = now(),
            revision = staffing_plans.revision + 1
        RETURNING updated_at, revision
        """,
        organisation_id,
        time_zone,
    )
    await tx.execute("DELETE FROM staffing_needs WHERE organisation_id = $1", organisation_id)
    await tx.execute(
        """
        INSERT INTO staffing_needs
          (organisation_id, id, position, weekday, from_time, to_time, number)
        SELECT $1, needed.*
        FROM unnest($2::uuid[], $3::text[], $4::smallint[], $5::text[], $6::text[],
                    $7::smallint[]) AS needed
        """,
        organisation_id,
        [uuid7() for _ in needs],
        [need.position for need in needs],
        [need.weekday for need in needs],
        [need.from_time for need in needs],
        [need.to_time for need in needs],
        [need.number for need in needs],
    )
    return row["updated_at"], row["revision"]
