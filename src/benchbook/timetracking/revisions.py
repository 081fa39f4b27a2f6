"""Changes to sessions beyond a single one's fields: many at once, split, duplicate, run on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import UNSET, structs
from uuid_utils.compat import uuid7

from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction
from benchbook.platform.problems import FieldError, InvalidInput
from benchbook.timetracking import revision_store as store
from benchbook.timetracking import service
from benchbook.timetracking.errors import SessionNotFound, StoppedTooLongAgo
from benchbook.timetracking.rules import given_name, whole_second
from benchbook.timetracking.schemas import BulkChange, DuplicateSession, Session, SplitSession
from benchbook.timetracking.store import lock_timer, update_session

UNSTOP_WITHIN = timedelta(seconds=60)
# The answer to a stop takes its time to be read and regretted.
_GRACE = timedelta(seconds=5)


async def change_many(tx: Transaction, caller: Caller, bulk: BulkChange) -> list[Session]:
    """Change, delete or restore many sessions, all or none; answered in the order of the ids.

    Raises SessionNotFound with a pointer to each id that is not there, ProjectNotFound,
    InvalidInput.
    """
    wanted = [bulk.set is not None, bulk.delete, bulk.restore]
    if sum(wanted) != 1:
        raise InvalidInput(
            "Send one of set, delete: true and restore: true.",
            errors=[FieldError("/set", "Send this, delete or restore.")],
        )
    found = await store.lock_sessions(tx, caller.organisation_id, bulk.ids)
    missing = [
        FieldError(f"/ids/{index}", "There is no session with this id.")
        for index, session_id in enumerate(bulk.ids)
        if session_id not in found
        or (found[session_id].deleted_at is not None and not bulk.restore)
    ]
    if missing:
        raise SessionNotFound(
            "Some of these sessions are not there; nothing was changed.", errors=missing
        )
    changes: dict[str, Any]
    if bulk.set is not None:
        changes = {
            field: value for field, value in structs.asdict(bulk.set).items() if value is not UNSET
        }
        if not changes:
            raise InvalidInput.at("/set", "Name at least one field to set.")
        if "name" in changes:
            changes["name"] = given_name(changes["name"], "/set/name")
        if "tags" in changes:
            changes["tags"] = await service.known_tags(tx, caller, changes["tags"], "/set/tags")
    else:
        changes = {"deleted_at": datetime.now(UTC) if bulk.delete else None}
    changed = await store.update_sessions(tx, caller.organisation_id, list(found), changes)
    return [changed[session_id] for session_id in dict.fromkeys(bulk.ids)]


async def split_session(
    tx: Transaction, caller: Caller, session_id: UUID, split: SplitSession
) -> tuple[Session, Session]:
    """Make two sessions of one, which meet at ``at``: the first keeps the id.

    Raises SessionNotFound, and InvalidInput for an instant that is not inside the session.
    """
    session = await _lock(tx, caller, session_id)
    at = whole_second(split.at, "/at")
    assert session.ended_at
    if not session.started_at < at < session.ended_at:
        raise InvalidInput.at("/at", "The instant must lie between the session's start and end.")
    first, _ = await update_session(
        tx, caller.organisation_id, session_id, session.started_at, {"ended_at": at}
    )
    second = await store.insert_copy(
        tx,
        caller.organisation_id,
        session,
        copy_id=uuid7(),
        started_at=at,
        ended_at=session.ended_at,
        is_part=True,
    )
    return first, second


async def duplicate_session(
    tx: Transaction, caller: Caller, session_id: UUID, duplicate: DuplicateSession
) -> Session:
    """Save the same again, as long as it was, at another start (or the same).

    Raises SessionNotFound, InvalidInput.
    """
    session = await _lock(tx, caller, session_id)
    started_at = session.started_at
    if duplicate.started_at is not None:
        started_at = whole_second(duplicate.started_at, "/started_at")
    return await store.insert_copy(
        tx,
        caller.organisation_id,
        session,
        copy_id=uuid7(),
        started_at=started_at,
        ended_at=started_at + timedelta(seconds=session.duration_seconds),
    )


async def unstop_session(tx: Transaction, caller: Caller, session_id: UUID) -> tuple[Session, int]:
    """Take a stop back within a minute: the session runs on as if it had never ended.

    Raises SessionNotFound, StoppedTooLongAgo, AnotherSessionRuns.
    """
    await lock_timer(tx, caller.organisation_id, caller.person_id)
    running = await store.run_again(
        tx,
        caller.organisation_id,
        caller.person_id,
        session_id,
        stopped_within=UNSTOP_WITHIN + _GRACE,
    )
    if running is None:
        await _lock(tx, caller, session_id)
        raise StoppedTooLongAgo(
            "A stop can be taken back within a minute. Continue the session instead."
        )
    return running


async def _lock(tx: Transaction, caller: Caller, session_id: UUID) -> Session:
    found: dict[UUID, Session] = await store.lock_sessions(tx, caller.organisation_id, [session_id])
    session = found.get(session_id)
    if session is None or session.deleted_at is not None:
        raise SessionNotFound("There is no session with this id.")
    return session
