"""The HTTP of timesheets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, Router, get, post
from litestar.exceptions import NotFoundException
from litestar.params import JSONBody, QueryParameter

from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.database import Transaction
from benchbook.platform.http import ApiRequest, Outcome, write
from benchbook.platform.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, page_of
from benchbook.platform.problems import InvalidInput
from benchbook.timetracking import weeks
from benchbook.timetracking.days import today_in
from benchbook.timetracking.locking_schemas import TimesheetStatus
from benchbook.timetracking.week_schemas import (
    ApproveTimesheets,
    ReopenTimesheets,
    ReturnTimesheets,
    SubmitWeek,
    Timesheet,
    TimesheetDetails,
    TimesheetPage,
    Timesheets,
    WithdrawWeek,
)

MANAGERS = {"role": "manager"}
TAGS = ["Locked periods and timesheets"]
WEEKS_SHOWN = 12
LONGEST_RANGE = timedelta(days=371)


@get("/timesheets", tags=TAGS, summary="List weeks")
async def list_timesheets(
    request: ApiRequest,
    person_id: Annotated[
        UUID | None,
        QueryParameter(name="person_id", description="Whose; everybody's you may see, if absent."),
    ] = None,
    from_: Annotated[
        date | None,
        QueryParameter(
            name="from",
            description="Weeks that end after this date; 12 weeks before `to` if absent.",
        ),
    ] = None,
    to: Annotated[
        date | None,
        QueryParameter(
            name="to", description="Weeks that begin before this date; tomorrow if absent."
        ),
    ] = None,
    status: Annotated[TimesheetStatus | None, QueryParameter(name="status")] = None,
    missing: Annotated[
        bool | None,
        QueryParameter(
            name="missing",
            description="Only weeks that are over and have hours, and are neither submitted nor "
            "approved; or only others.",
        ),
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> TimesheetPage:
    """The weeks that have hours or were submitted once, the latest first, with their totals.

    Members see their own, managers and above everybody's. The dates may be 53 weeks apart.
    """
    caller = caller_of(request)
    now = datetime.now(UTC)
    after = to or today_in(ZoneInfo(caller.time_zone), now) + timedelta(days=1)
    first = from_ or max(date.min + timedelta(weeks=60), after) - timedelta(weeks=WEEKS_SHOWN)
    for pointer, day in (("?from", first), ("?to", after)):
        if not 1970 <= day.year <= 2099:
            raise InvalidInput.at(pointer, "The date must lie between the years 1970 and 2099.")
    if not first < after <= first + LONGEST_RANGE:
        raise InvalidInput.at("?to", "The range is of 1 to 371 days: from, up to and without to.")
    last = decode_cursor(cursor, tuple[int, str, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        found = await weeks.list_timesheets(
            tx,
            caller,
            person_id=person_id,
            first=first,
            after=after,
            status=status,
            missing=missing,
            now=now,
        )
    if last is not None:
        found = [sheet for sheet in found if weeks.place_of(sheet) > last]
    return TimesheetPage(*page_of(found, limit, weeks.place_of))


@get("/timesheets/week", tags=TAGS, summary="Read a week", raises=[NotFoundException])
async def read_week(
    request: ApiRequest,
    week: Annotated[
        date | None,
        QueryParameter(name="week", description="Any date of the week; the present one if absent."),
    ] = None,
    person_id: Annotated[
        UUID | None, QueryParameter(name="person_id", description="Whose; your own if absent.")
    ] = None,
) -> TimesheetDetails:
    """One week with its hours by day and by project, and what became of it.

    Its sessions are at `/sessions?person_id=…&from=<starts_at>&to=<ends_at>`.
    """
    caller = caller_of(request)
    now = datetime.now(UTC)
    week = week or today_in(ZoneInfo(caller.time_zone), now)
    async with request.database.reading(caller) as tx:
        return await weeks.read_week(tx, caller, week, person_id, now)


@post("/timesheets/submit", tags=TAGS, summary="Submit a week", status_code=200)
async def submit_week(request: ApiRequest, data: JSONBody[SubmitWeek]) -> Response[Timesheet]:
    """Hand your own week in for approval. From then on its hours are locked, for you and for
    everybody else: 409 `period_locked`.

    409 `timer_runs_in_week` while something is running that began in it.
    """
    return await _write(
        request, lambda tx, now: weeks.submit_week(tx, caller_of(request), data, now)
    )


@post("/timesheets/withdraw", tags=TAGS, summary="Withdraw a week", status_code=200)
async def withdraw_week(request: ApiRequest, data: JSONBody[WithdrawWeek]) -> Response[Timesheet]:
    """Take your own week back before it is approved: its hours can be changed again."""
    return await _write(
        request, lambda tx, now: weeks.withdraw_week(tx, caller_of(request), data, now)
    )


@post(
    "/timesheets/approve",
    tags=TAGS,
    summary="Approve weeks",
    status_code=200,
    opt=MANAGERS,
    raises=[NotFoundException],
)
async def approve_timesheets(
    request: ApiRequest, data: JSONBody[ApproveTimesheets]
) -> Response[Timesheets]:
    """Approve submitted weeks, all or none. Their hours stay locked. Takes the role manager.

    One's own week is approved by somebody else, unless there is nobody else who could.
    """
    return await _write(request, _all(weeks.approve, request, data))


@post(
    "/timesheets/return",
    tags=TAGS,
    summary="Return weeks",
    status_code=200,
    opt=MANAGERS,
    raises=[NotFoundException],
)
async def return_timesheets(
    request: ApiRequest, data: JSONBody[ReturnTimesheets]
) -> Response[Timesheets]:
    """Give submitted or approved weeks back with a comment, all or none. Their hours can be
    changed again, and the weeks be submitted once more. Takes the role manager."""
    return await _write(request, _all(weeks.return_for_repair, request, data))


@post(
    "/timesheets/reopen",
    tags=TAGS,
    summary="Take approvals back",
    status_code=200,
    opt=MANAGERS,
    raises=[NotFoundException],
)
async def reopen_timesheets(
    request: ApiRequest, data: JSONBody[ReopenTimesheets]
) -> Response[Timesheets]:
    """Approved weeks are submitted again, all or none. Takes the role manager."""
    return await _write(request, _all(weeks.reopen, request, data))


def _all(
    decide: Callable[..., Awaitable[list[Timesheet]]], request: ApiRequest, data: Any
) -> Callable[[Transaction, datetime], Awaitable[Timesheets]]:
    async def work(tx: Transaction, now: datetime) -> Timesheets:
        return Timesheets(await decide(tx, caller_of(request), data, now))

    return work


async def _write(
    request: ApiRequest, change: Callable[[Transaction, datetime], Awaitable[Any]]
) -> Response[Any]:
    now = datetime.now(UTC)

    async def work(tx: Transaction) -> Outcome[Any]:
        return Outcome(await change(tx, now))

    return await write(request, caller_of(request), work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "hours"},
    route_handlers=[
        list_timesheets,
        read_week,
        submit_week,
        withdraw_week,
        approve_timesheets,
        return_timesheets,
        reopen_timesheets,
    ],
)
