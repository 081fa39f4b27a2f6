"""The HTTP of hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from litestar import Response, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.database import Transaction
from benchbook.platform.http import (
    ApiRequest,
    Outcome,
    etag,
    expected_revision,
    expected_state,
    json_response,
    not_modified,
    write,
)
from benchbook.platform.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from benchbook.timetracking import service, store
from benchbook.timetracking.filter_parameters import (
    CHOICE_BY_PROPERTY_AND_TIME,
    ChosenSessions,
)
from benchbook.timetracking.rules import read_bound
from benchbook.timetracking.schemas import (
    ChangeSession,
    ChangeTimer,
    NewSession,
    Session,
    SessionPage,
    StartTimer,
    StopTimer,
    TimerStarted,
    TimerState,
    TimerStopped,
)

# Where a body may be left out altogether, this stands for one without fields.
_START = StartTimer()
_STOP = StopTimer()

Order = Annotated[
    Literal["newest", "oldest", "desc", "asc"],
    QueryParameter(name="order", description="By the start; `desc` is newest first."),
]
EndsAfter = Annotated[
    str | None,
    QueryParameter(
        name="ends_after",
        description="Only what ends after this instant, or after this local date begins. With "
        "`to` it finds what reaches into a range from before; a calendar draws that too.",
    ),
]


# The timer --------------------------------------------------------------------------------------


@get("/timer", tags=["Timer"], summary="What is running?")
async def read_timer(request: ApiRequest) -> Response[TimerState]:
    """The caller's running session, or null."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        found = await store.find_running(tx, caller.organisation_id, caller.person_id)
    if found is None:
        return json_response(TimerState(None))
    state = service.timer_state(*found)
    return json_response(TimerState(found[0]), headers={"ETag": etag(state)})


@post("/timer/start", tags=["Timer"], summary="Start, or switch to something else")
async def start_timer(
    request: ApiRequest, data: JSONBody[StartTimer | None] = None
) -> Response[TimerStarted]:
    """Start a session. One that is running ends at the new one's start and is saved (`stopped`).

    `started_at` may lie in the past, though not before the start of the one that runs.
    """
    caller = caller_of(request)
    new = data or _START
    await service.prepare_month(request.database, new.started_at or datetime.now(UTC))

    async def work(tx: Transaction) -> Outcome[TimerStarted]:
        return Outcome(await service.start_timer(tx, caller, new), status_code=201)

    return await write(request, caller, work)


@patch("/timer", tags=["Timer"], summary="Change what is running")
async def change_timer(request: ApiRequest, data: JSONBody[ChangeTimer]) -> Response[TimerState]:
    """Change name, project, tags, billable or start while it runs; 404 `no_running_session`.

    With If-Match, only what runs in the state that the ETag of `/timer` names (else 412).
    """
    caller = caller_of(request)
    expected = expected_state(request)
    if isinstance(data.started_at, datetime):
        await service.prepare_month(request.database, data.started_at)

    async def work(tx: Transaction) -> Outcome[TimerState]:
        session, revision = await service.change_timer(tx, caller, data, expected)
        state = service.timer_state(session, revision)
        return Outcome(TimerState(session), headers={"ETag": etag(state)})

    return await write(request, caller, work)


@post("/timer/stop", tags=["Timer"], summary="Stop", status_code=200)
async def stop_timer(
    request: ApiRequest, data: JSONBody[StopTimer | None] = None
) -> Response[TimerStopped]:
    """Stop what is running and save it. Nothing running is no error: `stopped` is null then."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[TimerStopped]:
        return Outcome(await service.stop_timer(tx, caller, data or _STOP))

    return await write(request, caller, work)


@delete("/timer", tags=["Timer"], summary="Discard what is running")
async def discard_timer(request: ApiRequest) -> None:
    """Forget the running session, as if it had never been started."""
    caller = caller_of(request)
    async with request.database.transaction(caller) as tx:
        await service.discard_timer(tx, caller)


# Saved sessions ---------------------------------------------------------------------------------


@get(
    "/sessions",
    tags=["Sessions"],
    summary="List sessions",
    dependencies=CHOICE_BY_PROPERTY_AND_TIME,
)
async def list_sessions(
    request: ApiRequest,
    chosen: ChosenSessions,
    order: Order = "newest",
    ends_after: EndsAfter = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response[SessionPage]:
    """The saved sessions that the filters show; what is running is at `/timer`.

    A session belongs to the year, month and day in which it starts, in `time_zone`. Members see
    their own sessions, managers and above everybody's.
    """
    caller = caller_of(request)
    filters = chosen.filters
    if ends_after:
        bound = read_bound(ends_after, chosen.zone, "?ends_after")
        filters = replace(filters, ends_after=bound)
    after = decode_cursor(cursor, tuple[datetime, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        found = await store.list_sessions(
            tx,
            caller.organisation_id,
            filters,
            after=after,
            newest_first=order in ("newest", "desc"),
            limit=limit,
        )
    next_cursor = f'"{encode_cursor(found.next_after)}"' if found.next_after else "null"
    return json_response(f'{{"items":[{found.items}],"next_cursor":{next_cursor}}}'.encode())


@post("/sessions", tags=["Sessions"], summary="Add a session by hand")
async def add_session(request: ApiRequest, data: JSONBody[NewSession]) -> Response[Session]:
    """Save a session with its start and either its end or its duration."""
    caller = caller_of(request)
    await service.prepare_month(request.database, data.started_at)

    async def work(tx: Transaction) -> Outcome[Session]:
        session, revision = await service.add_session(tx, caller, data)
        return Outcome(
            session,
            status_code=201,
            headers={"Location": f"/api/v1/sessions/{session.id}", "ETag": etag(revision)},
        )

    return await write(request, caller, work)


@get("/sessions/{session_id:uuid}", tags=["Sessions"], summary="Read a session")
async def read_session(request: ApiRequest, session_id: FromPath[UUID]) -> Response[Session]:
    """One session, saved or running. One in the bin is not found."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        session, revision = await service.read_session(tx, caller, session_id)
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if session.ended_at is not None and not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(session, headers=headers)


@patch("/sessions/{session_id:uuid}", tags=["Sessions"], summary="Change a session")
async def change_session(
    request: ApiRequest, session_id: FromPath[UUID], data: JSONBody[ChangeSession]
) -> Response[Session]:
    """Change a saved session. With If-Match, only in the state that its ETag names (else 412)."""
    caller = caller_of(request)
    revision = expected_revision(request)
    if isinstance(data.started_at, datetime):
        await service.prepare_month(request.database, data.started_at)

    async def work(tx: Transaction) -> Outcome[Session]:
        session, now = await service.change_session(tx, caller, session_id, data, revision)
        return Outcome(session, headers={"ETag": etag(now)})

    return await write(request, caller, work)


@delete("/sessions/{session_id:uuid}", tags=["Sessions"], summary="Put a session in the bin")
async def bin_session(request: ApiRequest, session_id: FromPath[UUID]) -> Response[None]:
    """Delete a session. It stays in the bin for 30 days and can be restored until then."""
    caller = caller_of(request)
    revision = expected_revision(request)
    now = datetime.now(UTC)

    async def work(tx: Transaction) -> Outcome[None]:
        await service.bin_session(tx, caller, session_id, revision, now)
        return Outcome(status_code=204)

    return await write(request, caller, work)


@post(
    "/sessions/{session_id:uuid}/restore",
    tags=["Sessions"],
    summary="Take a session out of the bin",
    status_code=200,
)
async def restore_session(request: ApiRequest, session_id: FromPath[UUID]) -> Response[Session]:
    """Bring a deleted session back; one that is not in the bin is answered as it is."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[Session]:
        session, revision = await service.restore_session(tx, caller, session_id)
        return Outcome(session, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


@post("/sessions/{session_id:uuid}/continue", tags=["Sessions"], summary="Go on with a session")
async def continue_session(
    request: ApiRequest, session_id: FromPath[UUID]
) -> Response[TimerStarted]:
    """Start the timer with this session's name, project and tags, as `/timer/start` would."""
    caller = caller_of(request)
    await service.prepare_month(request.database, datetime.now(UTC))

    async def work(tx: Transaction) -> Outcome[TimerStarted]:
        return Outcome(await service.continue_session(tx, caller, session_id), status_code=201)

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "hours"},
    route_handlers=[
        read_timer,
        start_timer,
        change_timer,
        stop_timer,
        discard_timer,
        list_sessions,
        add_session,
        read_session,
        change_session,
        bin_session,
        restore_session,
        continue_session,
    ],
)
