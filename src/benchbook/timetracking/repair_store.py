"""The SQL of repairs that were carried out: recorded with what it takes to undo them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from benchbook.platform.database import Transaction, one_row
from benchbook.timetracking.check_schemas import Repair, RepairedSession

REPAIR_COLUMNS = """
    id, person_id, done_by, kind, action, total_change_seconds, changes, created_at, undone_at"""


class ChangedSession(RepairedSession, kw_only=True):
    """What a repair did to a session, and the revision that it left it at."""

    revision: int


class KeptFinding(msgspec.Struct):
    """A finding that was not shown, as it was remembered."""

    id: UUID
    started_at: datetime
    ended_at: datetime


class Changes(msgspec.Struct, kw_only=True):
    """All that a repair changed. ``kept`` is what it began to keep, ``shown`` what it stopped
    keeping; the finding is of the sessions in ``found_in``."""

    sessions: list[ChangedSession] = []
    found_in: list[UUID] = []
    kept: list[UUID] = []
    shown: list[KeptFinding] = []


_decode = msgspec.json.Decoder(Changes).decode


async def insert_repair(
    tx: Transaction,
    organisation_id: UUID,
    *,
    repair_id: UUID,
    person_id: UUID,
    done_by: UUID,
    kind: str,
    action: str,
    total_change_seconds: int,
    changes: Changes,
) -> Repair:
    """Record a repair."""
    row = await one_row(
        tx,
        f"""
        INSERT INTO session_repairs
          (organisation_id, id, person_id, done_by, kind, action, total_change_seconds, changes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)
        RETURNING {REPAIR_COLUMNS}
        """,
        organisation_id,
        repair_id,
        person_id,
        done_by,
        kind,
        action,
        total_change_seconds,
        msgspec.json.encode(changes).decode(),
    )
    return _repair_of(row)[0]


async def find_repair(
    tx: Transaction, organisation_id: UUID, repair_id: UUID, *, lock: bool = False
) -> tuple[Repair, Changes] | None:
    """A repair and all that it changed."""
    row = await tx.fetchrow(
        f"""
        SELECT {REPAIR_COLUMNS}
        FROM session_repairs
        WHERE organisation_id = $1 AND id = $2
        {"FOR UPDATE" if lock else ""}
        """,
        organisation_id,
        repair_id,
    )
    return _repair_of(row) if row else None


async def list_repairs(
    tx: Transaction,
    organisation_id: UUID,
    person_id: UUID,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Repair]:
    """At most ``limit`` repairs of a person's hours, newest first."""
    rows = await tx.fetch(
        f"""
        SELECT {REPAIR_COLUMNS}
        FROM session_repairs
        WHERE organisation_id = $1 AND person_id = $2
          AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
        ORDER BY created_at DESC, id DESC
        LIMIT $5
        """,
        organisation_id,
        person_id,
        *(after or (None, None)),
        limit,
    )
    return [_repair_of(row)[0] for row in rows]


async def mark_undone(tx: Transaction, organisation_id: UUID, repair_id: UUID) -> Repair:
    """Note that a locked repair was taken back."""
    row = await one_row(
        tx,
        f"""
        UPDATE session_repairs
        SET undone_at = now()
        WHERE organisation_id = $1 AND id = $2
        RETURNING {REPAIR_COLUMNS}
        """,
        organisation_id,
        repair_id,
    )
    return _repair_of(row)[0]


async def forget_old_repairs(tx: Transaction) -> None:
    """Forget what was repaired more than 30 days ago; the bin forgets what it deleted as well."""
    await tx.execute("SELECT forget_old_repairs()")


def _repair_of(row: asyncpg.Record) -> tuple[Repair, Changes]:
    values = dict(row)
    changes = _decode(values.pop("changes"))
    sessions = [
        RepairedSession(
            session_id=changed.session_id,
            name=changed.name,
            former=changed.former,
            present=changed.present,
        )
        for changed in changes.sessions
    ]
    return Repair(**values, sessions=sessions), changes
