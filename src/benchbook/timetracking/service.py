"""What people do with hours: run the timer, save, find, change, bin and bring back sessions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from msgspec import UNSET, structs
from uuid_utils.compat import uuid7

from benchbook.accounts.caller import Caller
from benchbook.platform.database import Database, Transaction
from benchbook.platform.problems import FieldError, InvalidInput, Problem, Stale
from benchbook.timetracking import store
from benchbook.timetracking.errors import (
    NoRunningSession,
    SessionEndsBeforeItStarts,
    SessionNotFound,
    SessionRuns,
)
from benchbook.timetracking.rules import (
    check_span,
    clean_tags,
    given_name,
    not_in_the_future,
    read_duration,
    whole_second,
)
from benchbook.timetracking.schemas import (
    BulkSet,
    ChangeSession,
    ChangeTimer,
    NewSession,
    Session,
    StartTimer,
    StopTimer,
    TimerStarted,
    TimerStopped,
)


async def prepare_month(database: Database, started_at: datetime | None) -> None:
    """See to it that the month of this start has its partition, in a transaction of its own.

    Every month is asked for once in the life of a server.
    """
    if started_at is None or started_at.tzinfo is None:
        return
    instant = whole_second(started_at, "/started_at")
    month = ("sessions", instant.year, instant.month)
    if instant.year >= 2000 and month not in database.prepared:
        async with database.transaction() as tx:
            await store.make_partition(tx, instant)
        database.prepared.add(month)


# The timer ------------------------------------------------------------------------------------


async def start_timer(tx: Transaction, caller: Caller, new: StartTimer) -> TimerStarted:
    """Start a session; one that runs ends at the new one's start.

    Raises InvalidInput for a start in the future, StartsBeforeRunningSession, ProjectNotFound.
    """
    now = await store.lock_timer(tx, caller.organisation_id, caller.person_id)
    started_at = now
    if new.started_at is not None:
        started_at = not_in_the_future(
            whole_second(new.started_at, "/started_at"), now, "/started_at"
        )
    tags = await known_tags(tx, caller, new.tags)
    running, stopped = await store.switch_timer(
        tx,
        organisation_id=caller.organisation_id,
        person_id=caller.person_id,
        session_id=uuid7(),
        name=new.name.strip(),
        note=new.note,
        project_id=new.project_id,
        tags=tags,
        billable=new.billable,
        started_at=started_at,
    )
    return TimerStarted(running, stopped)


def timer_state(session: Session, revision: int) -> str:
    """Names what runs and how it is: a switch changes it as much as an edit does."""
    return f"{session.id}.{revision}"


async def change_timer(
    tx: Transaction, caller: Caller, change: ChangeTimer, expected_state: str | None
) -> tuple[Session, int]:
    """Change what runs, and answer it with its revision.

    Raises NoRunningSession, Stale, InvalidInput for a start in the future, ProjectNotFound.
    """
    now = await store.lock_timer(tx, caller.organisation_id, caller.person_id)
    if expected_state is not None:
        found = await store.find_running(tx, caller.organisation_id, caller.person_id)
        if found and timer_state(*found) != expected_state:
            raise Stale(
                "The timer was changed since you read it: read it again and repeat your change."
            )
    changes = set_fields(change)
    if "name" in changes:
        changes["name"] = changes["name"].strip()
    if "tags" in changes:
        changes["tags"] = await known_tags(tx, caller, changes["tags"])
    if "started_at" in changes:
        changes["started_at"] = not_in_the_future(
            whole_second(changes["started_at"], "/started_at"), now, "/started_at"
        )
    if changes:
        changed = await store.update_running(tx, caller.organisation_id, caller.person_id, changes)
    else:
        changed = await store.find_running(tx, caller.organisation_id, caller.person_id)
    if changed is None:
        raise NoRunningSession("Nothing is running: start a session first.")
    return changed


async def stop_timer(tx: Transaction, caller: Caller, stop: StopTimer) -> TimerStopped:
    """Stop what runs; nothing running is no error.

    Raises InvalidInput for an end in the future, SessionEndsBeforeItStarts.
    """
    now = await store.lock_timer(tx, caller.organisation_id, caller.person_id)
    if stop.ended_at is None:
        return TimerStopped(
            await store.stop_timer(tx, caller.organisation_id, caller.person_id, now)
        )
    ended_at = not_in_the_future(whole_second(stop.ended_at, "/ended_at"), now, "/ended_at")
    found = await store.find_running(tx, caller.organisation_id, caller.person_id)
    if found is None:
        return TimerStopped(None)
    if ended_at <= found[0].started_at:
        raise SessionEndsBeforeItStarts.at("/ended_at", "The running session started later.")
    return TimerStopped(
        await store.stop_timer(tx, caller.organisation_id, caller.person_id, ended_at)
    )


async def discard_timer(tx: Transaction, caller: Caller) -> None:
    """Forget what runs, as if it had never been started."""
    await store.lock_timer(tx, caller.organisation_id, caller.person_id)
    await store.delete_running(tx, caller.organisation_id, caller.person_id)


async def continue_session(tx: Transaction, caller: Caller, session_id: UUID) -> TimerStarted:
    """Start the timer with the name, project and tags of a session; raises SessionNotFound."""
    session, _ = await read_session(tx, caller, session_id)
    return await start_timer(
        tx,
        caller,
        StartTimer(
            name=session.name,
            project_id=session.project_id,
            tags=session.tags,
            billable=session.billable,
        ),
    )


# Saved sessions -------------------------------------------------------------------------------


async def add_session(tx: Transaction, caller: Caller, new: NewSession) -> tuple[Session, int]:
    """Save a session typed in by hand, and answer it with its revision.

    Raises InvalidInput, SessionEndsBeforeItStarts, SessionTooLong, ProjectNotFound.
    """
    name = given_name(new.name)
    started_at = whole_second(new.started_at, "/started_at")
    if (new.ended_at is None) == (new.duration is None):
        raise InvalidInput(
            "Send ended_at or duration, one of the two.",
            errors=[FieldError("/ended_at", "Send this or duration.")],
        )
    if new.duration is not None:
        ended_at = started_at + timedelta(seconds=read_duration(new.duration))
    else:
        assert new.ended_at is not None
        ended_at = whole_second(new.ended_at, "/ended_at")
    check_span(started_at, ended_at)
    tags = await known_tags(tx, caller, new.tags)
    return await store.insert_session(
        tx,
        organisation_id=caller.organisation_id,
        person_id=caller.person_id,
        session_id=uuid7(),
        name=name,
        note=new.note,
        started_at=started_at,
        ended_at=ended_at,
        project_id=new.project_id,
        tags=tags,
        billable=new.billable,
    )


async def read_session(tx: Transaction, caller: Caller, session_id: UUID) -> tuple[Session, int]:
    """A session, saved or running, and its revision; raises SessionNotFound."""
    found = await store.find_session(tx, caller.organisation_id, session_id)
    if found is None or found[0].deleted_at is not None:
        found = await store.find_running_by_id(tx, caller.organisation_id, session_id)
    if found is None:
        raise _not_found()
    return found


async def change_session(
    tx: Transaction,
    caller: Caller,
    session_id: UUID,
    change: ChangeSession,
    expected_revision: int | None,
) -> tuple[Session, int]:
    """Change a saved session, and answer it with its revision.

    Raises SessionNotFound, Stale, InvalidInput, SessionEndsBeforeItStarts, SessionTooLong,
    ProjectNotFound.
    """
    before = await _lock_session(tx, caller, session_id, expected_revision)
    changes = await checked_changes(tx, caller, before, change)
    if not changes:
        return await read_session(tx, caller, session_id)
    return await store.update_session(
        tx, caller.organisation_id, session_id, before.started_at, changes
    )


async def checked_changes(
    tx: Transaction, caller: Caller, before: Session, change: ChangeSession, pointer: str = ""
) -> dict[str, Any]:
    """The columns of a session to set, checked; ``pointer`` is where the change stands in the body.

    Raises InvalidInput, SessionEndsBeforeItStarts, SessionTooLong.
    """
    changes = set_fields(change)
    if "name" in changes:
        changes["name"] = given_name(changes["name"], f"{pointer}/name")
    if "tags" in changes:
        changes["tags"] = await known_tags(tx, caller, changes["tags"], f"{pointer}/tags")
    duration = changes.pop("duration", None)
    if duration is not None and "ended_at" in changes:
        raise InvalidInput.at(f"{pointer}/duration", "Send ended_at or duration, not both.")
    for field in ("started_at", "ended_at"):
        if field in changes:
            changes[field] = whole_second(changes[field], f"{pointer}/{field}")
    if duration is not None:
        started_at = changes.get("started_at", before.started_at)
        seconds = read_duration(duration, f"{pointer}/duration")
        changes["ended_at"] = started_at + timedelta(seconds=seconds)
    if "started_at" in changes or "ended_at" in changes:
        check_span(
            changes.get("started_at", before.started_at),
            cast("datetime", changes.get("ended_at", before.ended_at)),
            f"{pointer}/ended_at" if "ended_at" in changes else f"{pointer}/started_at",
        )
    return changes


async def bin_session(
    tx: Transaction, caller: Caller, session_id: UUID, expected_revision: int | None, now: datetime
) -> None:
    """Put a session in the bin, where it stays for 30 days; raises SessionNotFound, Stale."""
    before = await _lock_session(tx, caller, session_id, expected_revision)
    await store.update_session(
        tx, caller.organisation_id, session_id, before.started_at, {"deleted_at": now}
    )


async def restore_session(tx: Transaction, caller: Caller, session_id: UUID) -> tuple[Session, int]:
    """Take a session out of the bin; one that is not in it stays as it is.

    Raises SessionNotFound.
    """
    found = await store.find_session(tx, caller.organisation_id, session_id, lock=True)
    if found is None or found[0].deleted_at is None:
        return found or await read_session(tx, caller, session_id)
    return await store.update_session(
        tx, caller.organisation_id, session_id, found[0].started_at, {"deleted_at": None}
    )


async def _lock_session(
    tx: Transaction, caller: Caller, session_id: UUID, expected_revision: int | None
) -> Session:
    found = await store.find_session(tx, caller.organisation_id, session_id, lock=True)
    if found is None or found[0].deleted_at is not None:
        raise await not_saved(tx, caller, session_id)
    session, revision = found
    if expected_revision not in (None, revision):
        raise Stale(
            "The session was changed since you read it: read it again and repeat your change."
        )
    return session


async def not_saved(tx: Transaction, caller: Caller, session_id: UUID) -> Problem:
    """Why there is no saved session with this id: it runs, or it is not there at all."""
    if await store.find_running_by_id(tx, caller.organisation_id, session_id):
        return SessionRuns("This session is running: change it at /timer, or stop it first.")
    return _not_found()


def _not_found() -> SessionNotFound:
    return SessionNotFound("There is no session with this id.")


async def known_tags(
    tx: Transaction, caller: Caller, tags: list[str], pointer: str = "/tags"
) -> list[str]:
    """The tags, cleaned, and added to the organisation's where they are new."""
    cleaned = clean_tags(tags, pointer)
    if cleaned:
        await store.remember_tags(tx, caller.organisation_id, [(uuid7(), tag) for tag in cleaned])
    return cleaned


# What null leaves of a field that is stored with something in it, always.
_CLEARED: dict[str, str | list[str]] = {"name": "", "note": "", "tags": []}


def set_fields(change: ChangeTimer | ChangeSession | BulkSet) -> dict[str, Any]:
    """The fields that a change gives, as they are to be stored: null clears."""
    return {
        field: _CLEARED.get(field) if value is None else value
        for field, value in structs.asdict(change).items()
        if value is not UNSET
    }
