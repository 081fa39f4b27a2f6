"""Changes to sessions beyond a single one's fields: many at once, split, duplicate, run on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import UNSET
from uuid_utils.compat import uuid7

from benchbook.accounts.caller import Caller
from benchbook.platform.database import Database, Transaction
from benchbook.platform.problems import FieldError, InvalidInput
from benchbook.timetracking import revision_store as store
from benchbook.timetracking import service
from benchbook.timetracking.errors import SessionNotFound, StoppedTooLongAgo
from benchbook.timetracking.locking import refuse_locked
from benchbook.timetracking.rules import clean_tags, given_name, whole_second
from benchbook.timetracking.schemas import (
    BulkChange,
    BulkSet,
    ChangedSessions,
    ChangeSession,
    DuplicateSession,
    Session,
    SplitSession,
)
from benchbook.timetracking.store import lock_timer, update_session

UNSTOP_WITHIN = timedelta(seconds=60)
# The answer to a stop takes its time to be read and regretted.
_GRACE = timedelta(seconds=5)


async def prepare_months(database: Database, bulk: BulkChange) -> None:
    """See to it that the months to which a bulk change moves sessions have their partitions."""
    for one in bulk.changes if isinstance(bulk.changes, list) else []:
        if one.set is not None and isinstance(one.set.started_at, datetime):
            await service.prepare_month(database, one.set.started_at)


async def change_many(tx: Transaction, caller: Caller, bulk: BulkChange) -> ChangedSessions:
    """Change, delete or restore many sessions, all or none; answered in the order of the request.

    Raises SessionNotFound and PeriodLocked with a pointer to each id that is not there or locked,
    ProjectNotFound, InvalidInput, SessionEndsBeforeItStarts, SessionTooLong.
    """
    wanted = _wanted(bulk)
    found = await store.lock_sessions(tx, caller.organisation_id, [one.id for one in wanted])
    missing = [
        FieldError(one.id_pointer, "There is no session with this id.")
        for one in wanted
        if one.id not in found or (found[one.id].deleted_at is not None and not one.is_restored)
    ]
    if missing:
        raise SessionNotFound(
            "Some of these sessions are not there; nothing was changed.", errors=missing
        )
    await refuse_locked(tx, caller, [(one.id_pointer, found[one.id]) for one in wanted])
    # Sessions that become the same are updated together.
    together: dict[str, tuple[list[UUID], dict[str, Any], str]] = {}
    now = datetime.now(UTC)
    tags = await _tags_to_add(tx, caller, bulk)
    for one in wanted:
        if isinstance(one.set, BulkSet):
            changes = _same_for_all(found[one.id], one.set, tags)
        elif one.set is not None:
            changes = await service.checked_changes(
                tx, caller, found[one.id], one.set, one.set_pointer
            )
        else:
            changes = {"deleted_at": None if one.is_restored else now}
        if not changes:
            raise InvalidInput.at(one.set_pointer, "Name at least one field to set.")
        alike = together.setdefault(repr(sorted(changes.items())), ([], changes, one.set_pointer))
        alike[0].append(one.id)
    changed: dict[UUID, Session] = {}
    for session_ids, changes, pointer in together.values():
        changed |= await store.update_sessions(
            tx, caller.organisation_id, session_ids, changes, pointer
        )
    return ChangedSessions(
        [changed[one.id] for one in wanted], former=[found[one.id] for one in wanted]
    )


@dataclass(frozen=True)
class _Wanted:
    """What is to become of one session, and where the request says so."""

    id: UUID
    id_pointer: str
    set: BulkSet | ChangeSession | None
    set_pointer: str
    is_restored: bool


def _wanted(bulk: BulkChange) -> list[_Wanted]:
    """One entry a session, each once, in the order of the request; raises InvalidInput."""
    is_for_all = [bulk.set is not None, bulk.delete, bulk.restore]
    if isinstance(bulk.changes, list):
        if any(is_for_all) or bulk.ids is not UNSET:
            raise InvalidInput.at("/changes", "Send changes, or ids with what becomes of them.")
        seen: set[UUID] = set()
        for index, one in enumerate(bulk.changes):
            if [one.set is not None, one.delete, one.restore].count(True) != 1:
                raise InvalidInput.at(
                    f"/changes/{index}/set", "Send one of set, delete: true and restore: true."
                )
            if one.id in seen:
                raise InvalidInput.at(f"/changes/{index}/id", "This session is in the list twice.")
            seen.add(one.id)
        return [
            _Wanted(one.id, f"/changes/{n}/id", one.set, f"/changes/{n}/set", one.restore)
            for n, one in enumerate(bulk.changes)
        ]
    if not isinstance(bulk.ids, list):
        raise InvalidInput.at("/ids", "Name the sessions, or send changes.")
    if is_for_all.count(True) != 1:
        raise InvalidInput(
            "Send one of set, delete: true and restore: true.",
            errors=[FieldError("/set", "Send this, delete or restore.")],
        )
    places = {session_id: index for index, session_id in reversed(list(enumerate(bulk.ids)))}
    return [
        _Wanted(session_id, f"/ids/{places[session_id]}", bulk.set, "/set", bulk.restore)
        for session_id in dict.fromkeys(bulk.ids)
    ]


async def _tags_to_add(tx: Transaction, caller: Caller, bulk: BulkChange) -> list[str]:
    """The tags that all of the sessions get or are given in addition, known by now."""
    if bulk.set is None:
        return []
    tags, added = bulk.set.tags, bulk.set.add_tags
    if tags is None:
        tags = []
    if isinstance(tags, list):
        if added is not UNSET or bulk.set.remove_tags is not UNSET:
            raise InvalidInput.at("/set/tags", "Send tags, or add_tags and remove_tags.")
        return await service.known_tags(tx, caller, tags, "/set/tags")
    if isinstance(added, list):
        return await service.known_tags(tx, caller, added, "/set/add_tags")
    return []


def _same_for_all(before: Session, change: BulkSet, tags: list[str]) -> dict[str, Any]:
    changes = service.set_fields(change)
    if "name" in changes:
        changes["name"] = given_name(changes["name"], "/set/name")
    if "tags" in changes:
        return changes | {"tags": tags}
    added = changes.pop("add_tags", None)
    removed = changes.pop("remove_tags", None)
    if added is not None or removed is not None:
        gone = {tag.strip() for tag in removed or []}
        changes["tags"] = clean_tags(
            [*(tag for tag in before.tags if tag not in gone), *tags], "/set/add_tags"
        )
    return changes


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
        raise await service.not_saved(tx, caller, session_id)
    return session
