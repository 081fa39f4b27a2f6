"""The HTTP of leave, availability and conflicts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, Router, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from benchbook.accounts.audit import record_event
from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.database import Transaction
from benchbook.platform.http import (
    ApiRequest,
    Outcome,
    etag,
    expected_revision,
    json_response,
    not_modified,
    write,
)
from benchbook.platform.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, page_of
from benchbook.platform.problems import InvalidInput, Stale
from benchbook.shifts import leave, leave_store
from benchbook.shifts.leave_schemas import (
    Availability,
    AvailabilityPage,
    ChangeLeaveSettings,
    DecideLeave,
    LeaveRequest,
    LeaveRequestPage,
    LeaveSettings,
    LeaveStatus,
    NewAvailability,
    NewLeaveRequest,
    ShiftConflicts,
)
from benchbook.shifts.routes import EmployeeIds, From, To
from benchbook.shifts.rules import read_bound

TAGS = ["Leave and availability"]
MANAGERS = {"role": "manager"}
ADMINS = {"role": "admin"}
LONGEST_RANGE = timedelta(days=400)

Status = Annotated[
    LeaveStatus | None, QueryParameter(name="status", description="Only leave in this state.")
]
ConflictsFrom = Annotated[
    str | None,
    QueryParameter(
        name="from",
        description="The range's beginning: an instant, or a date in your own zone; now if absent.",
    ),
]
ConflictsTo = Annotated[
    str | None,
    QueryParameter(
        name="to",
        description="Its end, which no longer belongs to it; four weeks later if absent.",
    ),
]


@get("/leave-requests", tags=TAGS, summary="List leave")
async def list_leave(
    request: ApiRequest,
    employee_id: EmployeeIds = None,
    status: Status = None,
    from_: From = None,
    to: To = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> LeaveRequestPage:
    """Leave that overlaps the half-open range, by its start: one's own, for managers everybody's."""
    caller = caller_of(request)
    zone = ZoneInfo(caller.time_zone)
    after = decode_cursor(cursor, tuple[datetime, UUID]) if cursor else None
    starting = read_bound(from_, zone, "?from") if from_ is not None else None
    ending = read_bound(to, zone, "?to") if to is not None else None
    async with request.database.reading(caller) as tx:
        items = await leave_store.list_leave(
            tx,
            caller.organisation_id,
            employee_ids=employee_id or None,
            status=status,
            starting=starting,
            ending=ending,
            after=after,
            limit=limit + 1,
        )
    return LeaveRequestPage(*page_of(items, limit, lambda item: [item.starts_at, item.id]))


@post("/leave-requests", tags=TAGS, summary="Ask for leave")
async def request_leave(
    request: ApiRequest, data: JSONBody[NewLeaveRequest]
) -> Response[LeaveRequest]:
    """Ask for leave of whole days (`first_day`, `last_day`) or of hours (`starts_at`, `ends_at`).

    Members ask for themselves, managers for anybody, and may send `"status": "approved"`. 409
    `leave_overlap` when there is other leave then, asked for or approved.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[LeaveRequest]:
        item, revision = await leave.request_leave(tx, caller, data)
        headers = {"Location": f"/api/v1/leave-requests/{item.id}", "ETag": etag(revision)}
        return Outcome(item, status_code=201, headers=headers)

    return await write(request, caller, work)


@get("/leave-requests/{leave_request_id:uuid}", tags=TAGS, summary="Read leave")
async def read_leave(
    request: ApiRequest, leave_request_id: FromPath[UUID]
) -> Response[LeaveRequest]:
    """Leave of one's own, for managers of anybody."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        item, revision = await leave.read_leave(tx, caller, leave_request_id)
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(item, headers=headers)


@patch("/leave-requests/{leave_request_id:uuid}", tags=TAGS, summary="Decide on leave")
async def decide_leave(
    request: ApiRequest, leave_request_id: FromPath[UUID], data: JSONBody[DecideLeave]
) -> Response[LeaveRequest]:
    """Managers approve, decline and cancel; members cancel their own before it begins.

    Where approved leave blocks shifts, approving it while the employee has shifts then is 409
    `leave_meets_shifts`: `conflicts` names them. With `"status": "requested"` managers take back
    what was decided, members that they cancelled their own: it waits for a decision again.
    """
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[LeaveRequest]:
        item, revision = await leave.decide_leave(tx, caller, leave_request_id, data, expected)
        return Outcome(item, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


@get("/availability", tags=TAGS, summary="List availability")
async def list_availability(
    request: ApiRequest,
    employee_id: EmployeeIds = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> AvailabilityPage:
    """When people cannot or would rather work: one's own, for managers everybody's."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    async with request.database.reading(caller) as tx:
        items = await leave_store.list_availability(
            tx,
            caller.organisation_id,
            employee_ids=employee_id or None,
            after=after,
            limit=limit + 1,
        )
    return AvailabilityPage(*page_of(items, limit, lambda item: [item.id]))


@post("/availability", tags=TAGS, summary="Add availability")
async def add_availability(
    request: ApiRequest, data: JSONBody[NewAvailability]
) -> Response[Availability]:
    """Tell when somebody cannot (`cannot`) or would rather work (`prefers`): every week on a
    `weekday`, or on a `date`. Members for themselves, managers for anybody."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[Availability]:
        item, revision = await leave.add_availability(tx, caller, data)
        headers = {"Location": f"/api/v1/availability/{item.id}", "ETag": etag(revision)}
        return Outcome(item, status_code=201, headers=headers)

    return await write(request, caller, work)


@get("/availability/{availability_id:uuid}", tags=TAGS, summary="Read availability")
async def read_availability(
    request: ApiRequest, availability_id: FromPath[UUID]
) -> Response[Availability]:
    """One entry."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        item, revision = await leave.read_availability(tx, caller, availability_id)
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(item, headers=headers)


@put("/availability/{availability_id:uuid}", tags=TAGS, summary="Replace availability")
async def replace_availability(
    request: ApiRequest, availability_id: FromPath[UUID], data: JSONBody[NewAvailability]
) -> Response[Availability]:
    """Set everything of an entry; it stays its employee's, and keeps its zone unless another is
    sent."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[Availability]:
        item, revision = await leave.replace_availability(
            tx, caller, availability_id, data, expected
        )
        return Outcome(item, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


@delete("/availability/{availability_id:uuid}", tags=TAGS, summary="Delete availability")
async def remove_availability(
    request: ApiRequest, availability_id: FromPath[UUID]
) -> Response[None]:
    """Delete an entry."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await leave.remove_availability(tx, caller, availability_id, expected)
        return Outcome(status_code=204)

    return await write(request, caller, work)


@get("/shifts/conflicts", tags=TAGS, summary="List what stands against shifts")
async def list_conflicts(
    request: ApiRequest,
    from_: ConflictsFrom = None,
    to: ConflictsTo = None,
    employee_id: EmployeeIds = None,
) -> ShiftConflicts:
    """Of the shifts that overlap the range (400 days at most): those during leave (`leave`,
    `leave_requested`), at times that the employee cannot (`unavailable`), and those whose
    `position` takes skills that the employee lacks (`skill`).

    Managers see everybody's, members those of their own published shifts.
    """
    caller = caller_of(request)
    zone = ZoneInfo(caller.time_zone)
    starting = read_bound(from_, zone, "?from") if from_ is not None else datetime.now(UTC)
    ending = read_bound(to, zone, "?to") if to is not None else starting + timedelta(weeks=4)
    if ending <= starting:
        raise InvalidInput.at("?to", "The range ends after it starts.")
    if ending - starting > LONGEST_RANGE:
        raise InvalidInput.at("?to", "The range is at most 400 days long.")
    async with request.database.reading(caller) as tx:
        return await leave.find_conflicts(tx, caller, employee_id or None, starting, ending)


@get("/leave-settings", tags=TAGS, summary="Read how leave and shifts go together")
async def read_leave_settings(request: ApiRequest) -> Response[LeaveSettings]:
    """Whether shifts during approved leave are refused, or only told of."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        blocks, revision = await leave_store.blocks_shifts(tx, caller.organisation_id)
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(LeaveSettings(blocks), headers=headers)


@patch("/leave-settings", tags=TAGS, summary="Set how leave and shifts go together", opt=ADMINS)
async def change_leave_settings(
    request: ApiRequest, data: JSONBody[ChangeLeaveSettings]
) -> Response[LeaveSettings]:
    """With `"blocks_shifts": true` no shift is added, moved or handed over into approved leave
    (409 `shift_during_leave`), and no leave approved over shifts. What is there stays.

    Takes the role admin.
    """
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[LeaveSettings]:
        revision = await leave_store.set_blocks_shifts(
            tx, caller.organisation_id, data.blocks_shifts, expected
        )
        if revision is None:
            raise Stale("It was changed since you read it: read it again and repeat your change.")
        await record_event(
            tx, caller, "leave_settings.changed", "organisation", blocks_shifts=data.blocks_shifts
        )
        return Outcome(LeaveSettings(data.blocks_shifts), headers={"ETag": etag(revision)})

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "shifts"},
    route_handlers=[
        list_leave,
        request_leave,
        read_leave,
        decide_leave,
        list_availability,
        add_availability,
        read_availability,
        replace_availability,
        remove_availability,
        list_conflicts,
        read_leave_settings,
        change_leave_settings,
    ],
)
