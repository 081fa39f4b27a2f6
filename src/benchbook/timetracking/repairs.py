"""What people do about findings: carry a repair out, all of it or nothing, and take it back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import structs
from uuid_utils.compat import uuid7

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.platform.database import Transaction
from benchbook.platform.problems import FieldError, InvalidInput, Stale
from benchbook.timetracking import check_store, repair_store
from benchbook.timetracking.check_rules import (
    ACTIONS,
    SESSIONS_OF,
    Plan,
    found_in,
    is_still_so,
    plan_repair,
    seconds_of,
    span_of,
)
from benchbook.timetracking.check_schemas import CheckedSession, DoRepair, Repair, Span
from benchbook.timetracking.errors import (
    FindingGone,
    RepairNotFound,
    RepairNotPossible,
    RepairOvertaken,
    SessionEndsBeforeItStarts,
    SessionNotFound,
)
from benchbook.timetracking.repair_store import ChangedSession, Changes, KeptFinding
from benchbook.timetracking.revision_store import insert_copy, run_again
from benchbook.timetracking.rules import given_name, not_in_the_future, whole_second
from benchbook.timetracking.service import known_tags
from benchbook.timetracking.store import (
    find_session,
    insert_session,
    lock_timer,
    stop_timer,
    update_session,
)

# However long ago a forgotten timer was said to have ended, taking that back lets it run on.
_RUN_ON_WITHIN = timedelta(days=400)


async def starts_of(tx: Transaction, caller: Caller, wanted: DoRepair) -> list[datetime]:
    """Where a repair may put the start of a session: their months must have partitions."""
    spans = []
    for state in wanted.sessions:
        found = await find_session(tx, caller.organisation_id, state.id)
        if found and found[0].ended_at:
            spans.append(Span(found[0].started_at, found[0].ended_at))
    instants = [instant for span in spans for instant in (span.started_at, span.ended_at)]
    if wanted.at is not None:
        instants.append(wanted.at)
    elif wanted.action == "meet" and len(spans) == 2:
        start, end = spans[0].ended_at, spans[1].started_at
        instants.append(start + (end - start) / 2)
    return instants


async def carry_out(tx: Transaction, caller: Caller, wanted: DoRepair) -> Repair:
    """Repair a finding, all of it or nothing; ``keep`` remembers that it is meant to be so.

    Raises InvalidInput, SessionNotFound, Stale for a session that was changed, FindingGone,
    RepairNotPossible, ProjectNotFound.
    """
    _check(wanted)
    if wanted.kind == "running":
        return await _end_timer(tx, caller, wanted)
    sessions = await _lock_sessions(tx, caller, wanted)
    person_id = sessions[0].person_id
    ids = [session.id for session in sessions]
    span = found_in(wanted.kind, sessions)
    if not is_still_so(wanted.kind, sessions) or (
        wanted.kind == "gap"
        and await check_store.is_covered(
            tx, caller.organisation_id, person_id, span, except_for=ids
        )
    ):
        raise FindingGone("It was repaired or changed by now: look at the checks again.")
    at = None if wanted.at is None else whole_second(wanted.at, "/at")
    plan = plan_repair(wanted.kind, wanted.action, sessions, at)
    if wanted.action == "move_later" and await check_store.is_covered(
        tx, caller.organisation_id, person_id, plan.spans[ids[1]], except_for=ids
    ):
        raise RepairNotPossible("Moved there, the session would overlap another one.")
    if wanted.action == "keep":
        if await check_store.is_kept(
            tx, caller.organisation_id, person_id, kind=wanted.kind, session_ids=ids, span=span
        ):
            raise FindingGone("It is kept already.")
        kept_id = uuid7()
        await check_store.insert_kept(
            tx,
            caller.organisation_id,
            person_id,
            kept_id=kept_id,
            kind=wanted.kind,
            session_ids=ids,
            span=span,
        )
        changes = Changes(found_in=ids, kept=[kept_id])
    elif wanted.action == "show":
        rows = await check_store.take_kept(
            tx, caller.organisation_id, person_id, kind=wanted.kind, session_ids=ids, span=span
        )
        if not rows:
            raise FindingGone("It is not kept: it is shown among the checks already.")
        changes = Changes(found_in=ids, shown=[KeptFinding(**row) for row in rows])
    else:
        changes = Changes(sessions=await _apply(tx, caller, wanted, plan, sessions), found_in=ids)
    return await _record(
        tx, caller, wanted, person_id, plan.total_change_seconds(sessions), changes
    )


async def undo(tx: Transaction, caller: Caller, repair_id: UUID) -> Repair:
    """Take a repair back: every session has its former times again.

    One that was taken back already stays as it is. Raises RepairNotFound, RepairOvertaken where
    a session was changed since, AnotherSessionRuns.
    """
    found = await repair_store.find_repair(tx, caller.organisation_id, repair_id)
    if found is None:
        raise _no_repair()
    person_id = found[0].person_id
    await lock_timer(tx, caller.organisation_id, person_id)
    found = await repair_store.find_repair(tx, caller.organisation_id, repair_id, lock=True)
    if found is None:
        raise _no_repair()
    repair, changes = found
    if repair.undone_at is not None:
        return repair
    await _unchanged_since(tx, caller, changes)
    if repair.kind == "running":
        [ended] = changes.sessions
        again = await run_again(
            tx, caller.organisation_id, person_id, ended.session_id, stopped_within=_RUN_ON_WITHIN
        )
        if again is None:
            raise _overtaken()
    else:
        for changed in changes.sessions:
            await _put_back(tx, caller, changed)
    await check_store.delete_kept(tx, caller.organisation_id, changes.kept)
    for kept in changes.shown:
        await check_store.insert_kept(
            tx,
            caller.organisation_id,
            person_id,
            kept_id=kept.id,
            kind=repair.kind,
            session_ids=changes.found_in,
            span=Span(kept.started_at, kept.ended_at),
        )
    await record_event(
        tx, caller, "repair.undone", "repair", repair_id, kind=repair.kind, repair=repair.action
    )
    return await repair_store.mark_undone(tx, caller.organisation_id, repair_id)


async def read_repair(tx: Transaction, caller: Caller, repair_id: UUID) -> Repair:
    """A repair that was carried out in the last 30 days; raises RepairNotFound."""
    found = await repair_store.find_repair(tx, caller.organisation_id, repair_id)
    if found is None:
        raise _no_repair()
    return found[0]


def _check(wanted: DoRepair) -> None:
    """Raise InvalidInput for what fits no finding of any kind."""
    kind, action = wanted.kind, wanted.action
    if action not in ACTIONS[kind] and (action != "show" or kind == "running"):
        raise InvalidInput.at("/action", f"A repair of the kind {kind} is no {action}.")
    if len(wanted.sessions) != SESSIONS_OF[kind]:
        number = "two sessions" if SESSIONS_OF[kind] == 2 else "one session"
        raise InvalidInput.at("/sessions", f"The kind {kind} is of {number}.")
    if len({state.id for state in wanted.sessions}) != len(wanted.sessions):
        raise InvalidInput.at("/sessions", "These are one session, not two.")
    if action == "end_at" and wanted.at is None:
        raise InvalidInput.at("/at", "Say when it ended.")
    if wanted.at is not None and action not in ("end_at", "meet"):
        raise InvalidInput.at("/at", "Only end_at and meet take an instant.")
    if action == "fill":
        given_name(wanted.name or "")
    elif wanted.name is not None:
        raise InvalidInput.at("/name", "Only fill takes a name.")


async def _lock_sessions(tx: Transaction, caller: Caller, wanted: DoRepair) -> list[CheckedSession]:
    """The sessions of a finding, locked: whatever else changes this person's hours by a repair or
    the timer comes before or after."""
    first = await find_session(tx, caller.organisation_id, wanted.sessions[0].id)
    if first is None:
        raise _not_found(0)
    await lock_timer(tx, caller.organisation_id, first[0].person_id)
    locked: dict[UUID, CheckedSession] = {}
    for state in sorted(wanted.sessions, key=lambda state: state.id):
        found = await find_session(tx, caller.organisation_id, state.id, lock=True)
        if found and found[0].deleted_at is None:
            locked[state.id] = _with_revision(*found)
    for index, state in enumerate(wanted.sessions):
        if state.id not in locked:
            raise _not_found(index)
        if locked[state.id].revision != state.revision:
            raise _stale(index)
    sessions = [locked[state.id] for state in wanted.sessions]
    if len({session.person_id for session in sessions}) > 1:
        raise InvalidInput.at("/sessions", "The sessions are those of one person.")
    return sessions


async def _apply(
    tx: Transaction,
    caller: Caller,
    wanted: DoRepair,
    plan: Plan,
    sessions: list[CheckedSession],
) -> list[ChangedSession]:
    changed = []
    for session in sessions:
        former = span_of(session)
        if session.id in plan.spans:
            present = plan.spans[session.id]
            await _write(tx, caller, session, structs.asdict(present))
            changed.append(_changed(session, former, present))
        elif session.id in plan.deletions:
            await _write(tx, caller, session, {"deleted_at": datetime.now(UTC)})
            changed.append(_changed(session, former, None))
    for span in plan.additions:
        added = await _add(tx, caller, wanted, sessions[0], span)
        changed.append(
            ChangedSession(
                session_id=added.id, name=added.name, former=None, present=span, revision=1
            )
        )
    return changed


async def _write(
    tx: Transaction, caller: Caller, session: CheckedSession, changes: dict[str, Any]
) -> None:
    await update_session(tx, caller.organisation_id, session.id, session.started_at, changes)


def _changed(session: CheckedSession, former: Span, present: Span | None) -> ChangedSession:
    return ChangedSession(
        session_id=session.id,
        name=session.name,
        former=former,
        present=present,
        revision=session.revision + 1,
    )


async def _add(
    tx: Transaction, caller: Caller, wanted: DoRepair, first: CheckedSession, span: Span
) -> CheckedSession:
    """The other part of a split session, or what fills a gap."""
    if wanted.action == "split_around":
        part = await insert_copy(
            tx,
            caller.organisation_id,
            first,
            copy_id=uuid7(),
            started_at=span.started_at,
            ended_at=span.ended_at,
            is_part=True,
        )
        return _with_revision(part, 1)
    return _with_revision(
        *await insert_session(
            tx,
            organisation_id=caller.organisation_id,
            person_id=first.person_id,
            session_id=uuid7(),
            name=given_name(wanted.name or ""),
            note=wanted.note,
            started_at=span.started_at,
            ended_at=span.ended_at,
            project_id=wanted.project_id,
            tags=await known_tags(tx, caller, wanted.tags),
            billable=wanted.billable,
        )
    )


async def _end_timer(tx: Transaction, caller: Caller, wanted: DoRepair) -> Repair:
    now = await lock_timer(tx, caller.organisation_id, caller.person_id)
    assert wanted.at is not None
    at = not_in_the_future(whole_second(wanted.at, "/at"), now, "/at")
    [state] = wanted.sessions
    found = await check_store.find_running(tx, caller.organisation_id, caller.person_id, lock=True)
    if found is None or found[0].id != state.id:
        if await find_session(tx, caller.organisation_id, state.id) is None:
            raise _not_found(0)
        raise FindingGone("It does not run any more.")
    running = found[0]
    if running.revision != state.revision:
        raise _stale(0)
    if at <= running.started_at:
        raise SessionEndsBeforeItStarts.at("/at", "The running session started later.")
    stopped = await stop_timer(tx, caller.organisation_id, caller.person_id, at)
    assert stopped is not None
    present = Span(stopped.started_at, at)
    changed = ChangedSession(
        session_id=stopped.id,
        name=stopped.name,
        former=None,
        present=present,
        revision=running.revision + 1,
    )
    return await _record(
        tx,
        caller,
        wanted,
        caller.person_id,
        seconds_of(present),
        Changes(sessions=[changed], found_in=[stopped.id]),
    )


async def _record(
    tx: Transaction,
    caller: Caller,
    wanted: DoRepair,
    person_id: UUID,
    total_change_seconds: int,
    changes: Changes,
) -> Repair:
    repair_id = uuid7()
    await record_event(
        tx,
        caller,
        "repair.carried_out",
        "repair",
        repair_id,
        kind=wanted.kind,
        repair=wanted.action,
        person_id=str(person_id),
        session_ids=[str(session_id) for session_id in changes.found_in],
        total_change_seconds=total_change_seconds,
    )
    return await repair_store.insert_repair(
        tx,
        caller.organisation_id,
        repair_id=repair_id,
        person_id=person_id,
        done_by=caller.person_id,
        kind=wanted.kind,
        action=wanted.action,
        total_change_seconds=total_change_seconds,
        changes=changes,
    )


async def _unchanged_since(tx: Transaction, caller: Caller, changes: Changes) -> None:
    """Lock what a repair changed; raises RepairOvertaken unless all is as it left it."""
    for changed in sorted(changes.sessions, key=lambda changed: changed.session_id):
        found = await find_session(tx, caller.organisation_id, changed.session_id, lock=True)
        if found is None or found[1] != changed.revision:
            raise _overtaken()


async def _put_back(tx: Transaction, caller: Caller, changed: ChangedSession) -> None:
    fields: dict[str, Any]
    if changed.former is None:
        fields = {"deleted_at": datetime.now(UTC)}
    elif changed.present is None:
        fields = {"deleted_at": None}
    else:
        fields = structs.asdict(changed.former)
    span = changed.present or changed.former
    assert span is not None
    await update_session(tx, caller.organisation_id, changed.session_id, span.started_at, fields)


def _with_revision(session: Any, revision: int) -> CheckedSession:
    return CheckedSession(**structs.asdict(session), revision=revision)


def _not_found(index: int) -> SessionNotFound:
    detail = "There is no session with this id."
    return SessionNotFound(detail, errors=[FieldError(f"/sessions/{index}/id", detail)])


def _stale(index: int) -> Stale:
    detail = "The session was changed since you read it: look at the checks again."
    return Stale(detail, errors=[FieldError(f"/sessions/{index}/revision", detail)])


def _no_repair() -> RepairNotFound:
    return RepairNotFound("There is no repair with this id, or it is older than 30 days.")


def _overtaken() -> RepairOvertaken:
    return RepairOvertaken(
        "A session was changed since the repair; change it by hand, or restore it from the bin."
    )
