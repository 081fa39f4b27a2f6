"""The HTTP of changes to several sessions, and of one into another."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from litestar import Response, Router, post
from litestar.params import FromPath, JSONBody

from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.database import Transaction
from benchbook.platform.http import ApiRequest, Outcome, etag, write
from benchbook.timetracking import revisions
from benchbook.timetracking.schemas import (
    BulkChange,
    ChangedSessions,
    DuplicateSession,
    Session,
    Sessions,
    SplitSession,
    TimerState,
)
from benchbook.timetracking.service import prepare_month


@post(
    "/sessions/bulk",
    tags=["Sessions"],
    summary="Change, delete or restore many sessions",
    status_code=200,
)
async def change_many(request: ApiRequest, data: JSONBody[BulkChange]) -> Response[ChangedSessions]:
    """All or nothing: an id that is not there is named by its pointer, and nothing is changed.

    `ids` with `set`, `delete` or `restore` does the same to all of them; `changes` gives each
    session its own, and may set all that a PATCH of one may. Answers the sessions as they are
    afterwards, in the order of the request, and as they were (`former`), so that it can be undone.
    """
    caller = caller_of(request)
    await revisions.prepare_months(request.database, data)

    async def work(tx: Transaction) -> Outcome[ChangedSessions]:
        return Outcome(await revisions.change_many(tx, caller, data))

    return await write(request, caller, work)


@post(
    "/sessions/{session_id:uuid}/split",
    tags=["Sessions"],
    summary="Split a session in two",
    status_code=200,
)
async def split_session(
    request: ApiRequest, session_id: FromPath[UUID], data: JSONBody[SplitSession]
) -> Response[Sessions]:
    """Two sessions that meet at `at`: the first keeps the id, the second is new."""
    caller = caller_of(request)
    await prepare_month(request.database, data.at)

    async def work(tx: Transaction) -> Outcome[Sessions]:
        both = await revisions.split_session(tx, caller, session_id, data)
        return Outcome(Sessions(list(both)))

    return await write(request, caller, work)


@post(
    "/sessions/{session_id:uuid}/duplicate",
    tags=["Sessions"],
    summary="Save the same once more",
)
async def duplicate_session(
    request: ApiRequest, session_id: FromPath[UUID], data: JSONBody[DuplicateSession | None] = None
) -> Response[Session]:
    """A copy, as long as the session is, at its own start or at another."""
    caller = caller_of(request)
    wanted = data or DuplicateSession()
    if wanted.started_at:
        await prepare_month(request.database, wanted.started_at)

    async def work(tx: Transaction) -> Outcome[Session]:
        copy = await revisions.duplicate_session(tx, caller, session_id, wanted)
        return Outcome(
            copy,
            status_code=201,
            headers={"Location": f"/api/v1/sessions/{copy.id}", "ETag": etag(1)},
        )

    return await write(request, caller, work)


@post(
    "/sessions/{session_id:uuid}/unstop",
    tags=["Timer"],
    summary="Take a stop back",
    status_code=200,
)
async def unstop_session(request: ApiRequest, session_id: FromPath[UUID]) -> Response[TimerState]:
    """Within a minute of its stop, a session runs on as if it had never ended.

    409 `another_session_runs` when something else runs by now, 409 `stopped_too_long_ago` later.
    """
    caller = caller_of(request)
    await prepare_month(request.database, datetime.now(UTC))

    async def work(tx: Transaction) -> Outcome[TimerState]:
        session, revision = await revisions.unstop_session(tx, caller, session_id)
        return Outcome(TimerState(session), headers={"ETag": etag(f"{session.id}.{revision}")})

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "hours"},
    route_handlers=[change_many, split_session, duplicate_session, unstop_session],
)
