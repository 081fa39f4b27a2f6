"""The SQL of balances: whose there are, and the leave that was approved."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from benchbook.balance.rules import Leave
from benchbook.platform.database import Transaction


async def list_people(
    tx: Transaction, organisation_id: UUID, person_id: UUID | None
) -> list[asyncpg.Record]:
    """Rows of id, name, time_zone and active, by name: of one person, or of everybody."""
    rows: list[asyncpg.Record] = await tx.fetch(
        """
        SELECT id, name, time_zone, deactivated_at IS NULL AS active
        FROM people
        WHERE organisation_id = $1 AND ($2::uuid IS NULL OR id = $2)
        ORDER BY name, id
        """,
        organisation_id,
        person_id,
    )
    return rows


async def approved_leave(
    tx: Transaction,
    organisation_id: UUID,
    person_id: UUID | None,
    *,
    after: datetime,
    before: datetime,
) -> dict[UUID, list[Leave]]:
    """The approved leave between two instants of one person, or of everybody, by person."""
    rows = await tx.fetch(
        """
        SELECT employees.person_id, leave_requests.whole_days, leave_requests.time_zone,
               leave_requests.starts_at, leave_requests.ends_at
        FROM leave_requests
        JOIN employees
          ON employees.organisation_id = leave_requests.organisation_id
         AND employees.id = leave_requests.employee_id
        WHERE leave_requests.organisation_id = $1
          AND leave_requests.status = 'approved'
          AND leave_requests.ends_at > $3 AND leave_requests.starts_at < $4
          AND employees.person_id IS NOT NULL
          AND ($2::uuid IS NULL OR employees.person_id = $2)
        """,
        organisation_id,
        person_id,
        after,
        before,
    )
    leave: dict[UUID, list[Leave]] = {}
    for row in rows:
        values = dict(row)
        leave.setdefault(values.pop("person_id"), []).append(Leave(**values))
    return leave
