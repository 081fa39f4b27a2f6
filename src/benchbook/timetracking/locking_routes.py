"""The HTTP of locked periods."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.database import Transaction
from benchbook.platform.http import ApiRequest, Outcome, etag, json_response, write
from benchbook.platform.paging import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    decode_cursor,
    encode_cursor,
    page_of,
)
from benchbook.timetracking import locking, locking_store
from benchbook.timetracking.locking_schemas import (
    LockedPeriod,
    LockedPeriodPage,
    LockedSpanPage,
    LockPeriod,
    UnlockPeriod,
)
from benchbook.timetracking.rules import read_bound

MANAGERS = {"role": "manager"}

ConcernedPerson = Annotated[
    UUID | None,
    QueryParameter(name="person_id", description="What is locked for this person."),
]


@get("/locked-periods", tags=["Locked periods and timesheets"], summary="List locked periods")
async def list_locked_periods(
    request: ApiRequest,
    person_id: ConcernedPerson = None,
    from_: Annotated[
        date | None, QueryParameter(name="from", description="Those that end after this date.")
    ] = None,
    to: Annotated[
        date | None, QueryParameter(name="to", description="Those that begin before this date.")
    ] = None,
    unlocked: Annotated[
        bool, QueryParameter(name="unlocked", description="Those that were unlocked instead.")
    ] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> LockedPeriodPage:
    """The locked periods, the latest first. Members see those that concern themselves."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[date, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        found = await locking_store.list_periods(
            tx,
            caller.organisation_id,
            person_id=person_id,
            first=from_,
            after=to,
            unlocked=unlocked,
            cursor=after,
            limit=limit + 1,
        )
    return LockedPeriodPage(*page_of(found, limit, lambda period: (period.from_, period.id)))


@post(
    "/locked-periods",
    tags=["Locked periods and timesheets"],
    summary="Lock a period",
    opt=MANAGERS,
)
async def lock_period(request: ApiRequest, data: JSONBody[LockPeriod]) -> Response[LockedPeriod]:
    """From now on, hours that start on these dates do not change, and none are added.

    The dates are read in each person's own time zone. Whatever would change hours there is
    answered 409 `period_locked`, and changes nothing. A timer that runs already may be stopped,
    and its session is saved. Takes the role manager.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[LockedPeriod]:
        period = await locking.lock_period(tx, caller, data)
        return Outcome(
            period,
            status_code=201,
            headers={"Location": f"/api/v1/locked-periods/{period.id}", "ETag": _etag(period)},
        )

    return await write(request, caller, work)


@get(
    "/locked-periods/{locked_period_id:uuid}",
    tags=["Locked periods and timesheets"],
    summary="Read a locked period",
)
async def read_locked_period(
    request: ApiRequest, locked_period_id: FromPath[UUID]
) -> Response[LockedPeriod]:
    """One period, locked or unlocked by now."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        period = await locking.read_period(tx, caller, locked_period_id)
    return json_response(period, headers={"ETag": _etag(period)})


@post(
    "/locked-periods/{locked_period_id:uuid}/unlock",
    tags=["Locked periods and timesheets"],
    summary="Unlock a period",
    status_code=200,
    opt=MANAGERS,
)
async def unlock_period(
    request: ApiRequest, locked_period_id: FromPath[UUID], data: JSONBody[UnlockPeriod]
) -> Response[LockedPeriod]:
    """Its hours can be changed again, unless something else locks them. Takes the role manager."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[LockedPeriod]:
        period = await locking.unlock_period(tx, caller, locked_period_id, data)
        return Outcome(period, headers={"ETag": _etag(period)})

    return await write(request, caller, work)


@get(
    "/locked-spans", tags=["Locked periods and timesheets"], summary="What is locked, and for whom"
)
async def list_locked_spans(
    request: ApiRequest,
    person_id: ConcernedPerson = None,
    from_: Annotated[
        str | None,
        QueryParameter(name="from", description="First local date or instant of a range."),
    ] = None,
    to: Annotated[
        str | None,
        QueryParameter(name="to", description="First local date or instant after the range."),
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> LockedSpanPage:
    """The instants that locked periods and submitted weeks lock, person by person, the earliest
    first. A session is locked if it starts in a span of its person.

    Members see their own, managers and above everybody's.
    """
    caller = caller_of(request)
    zone = ZoneInfo(caller.time_zone)
    starts_before = read_bound(to, zone, "?to") if to else None
    ends_after = read_bound(from_, zone, "?from") if from_ else None
    after = decode_cursor(cursor, tuple[datetime, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        found = await locking_store.list_spans(
            tx,
            caller.organisation_id,
            person_id=person_id,
            starts_before=starts_before,
            ends_after=ends_after,
            cursor=after,
            limit=limit + 1,
        )
    next_cursor = None
    if len(found) > limit:
        last_id, last = found[limit - 1]
        next_cursor = encode_cursor((last.starts_at, last_id))
    return LockedSpanPage([span for _, span in found[:limit]], next_cursor)


def _etag(period: LockedPeriod) -> str:
    # A period changes once: when it is unlocked.
    return etag(1 if period.unlocked_at is None else 2)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "hours"},
    route_handlers=[
        list_locked_periods,
        lock_period,
        read_locked_period,
        unlock_period,
        list_locked_spans,
    ],
)
