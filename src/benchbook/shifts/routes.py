"""The HTTP of shifts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, Router, delete, get, patch, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, JSONBody, QueryParameter

from benchbook.accounts.caller import Caller
from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.database import Transaction
from benchbook.platform.http import (
    ApiRequest,
    Outcome,
    etag,
    expected_revision,
    json_response,
    write,
)
from benchbook.platform.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, page_of
from benchbook.platform.problems import InvalidInput
from benchbook.shifts import service, store
from benchbook.shifts.rules import read_bound
from benchbook.shifts.schemas import (
    AddShift,
    BatchOutcome,
    ChangeOneShift,
    RestoreShift,
    SavedShift,
    Shift,
    ShiftBatch,
    ShiftPage,
    ShiftTotals,
    SwappedShifts,
    SwapShifts,
)

TAGS = ["Shifts"]
MANAGERS = {"role": "manager"}
# 10,000 shifts with long notes.
LARGEST_BATCH_BYTES = 16 * 1_048_576

EmployeeIds = Annotated[
    list[UUID] | None,
    QueryParameter(
        name="employee_id",
        description="Whose; may be given several times. Everybody's unless given.",
    ),
]
From = Annotated[
    str | None,
    QueryParameter(
        name="from",
        description="Only what ends after this instant, or after this date begins in your own "
        "time zone.",
    ),
]
To = Annotated[
    str | None,
    QueryParameter(name="to", description="Only what starts before this instant or date."),
]
ShiftIds = Annotated[
    list[UUID],
    QueryParameter(name="id", description="Which; may be given several times."),
]


@get("/shifts", tags=TAGS, summary="List shifts")
async def list_shifts(
    request: ApiRequest,
    employee_id: EmployeeIds = None,
    from_: From = None,
    to: To = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> ShiftPage:
    """Shifts that overlap the half-open range from `from` to `to`, by their start.

    Members see what is published, and a shift that is being changed as it was published last;
    managers and above see all as it is.
    """
    caller = caller_of(request)
    starting, ending = _range(caller, from_, to)
    after = decode_cursor(cursor, tuple[datetime, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        items = await store.list_shifts(
            tx,
            caller.organisation_id,
            employee_ids=employee_id or None,
            starting=starting,
            ending=ending,
            after=after,
            limit=limit + 1,
            as_published=not caller.sees_everyone,
        )
    return ShiftPage(*page_of(items, limit, lambda shift: [shift.starts_at, shift.id]))


@get("/shifts/totals", tags=TAGS, summary="Add shifts up")
async def total_of_shifts(
    request: ApiRequest, employee_id: EmployeeIds = None, from_: From = None, to: To = None
) -> ShiftTotals:
    """How many shifts `GET /shifts` lists with the same filters, and how long they are together.

    A shift that reaches over an end of the range counts whole.
    """
    caller = caller_of(request)
    starting, ending = _range(caller, from_, to)
    async with request.database.reading(caller) as tx:
        return await store.total_of_shifts(
            tx,
            caller.organisation_id,
            employee_ids=employee_id or None,
            starting=starting,
            ending=ending,
            as_published=not caller.sees_everyone,
        )


@post("/shifts", tags=TAGS, summary="Add a shift", opt=MANAGERS)
async def add_shift(request: ApiRequest, data: JSONBody[AddShift]) -> Response[SavedShift]:
    """Add a shift. Seconds are cut off before anything is checked.

    409 `shift_overlap` when the employee has another one then: `conflicts` names it by `shift_id`,
    with `employee_id`, `starts_at` and `ends_at`. Shifts may touch. 409 `labour_rule_broken` when a
    rule blocks it, unless there is an `override_reason`. 409 `shift_month_closed` when it starts in a
    month that is archived, before `closed_before`; nothing changes there. Takes the role manager.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[SavedShift]:
        shift, revision = await service.add_shift(tx, caller, data)
        headers = {"Location": f"/api/v1/shifts/{shift.id}", "ETag": etag(revision)}
        return Outcome(shift, status_code=201, headers=headers)

    return await write(request, caller, work)


@delete("/shifts", tags=TAGS, summary="Delete shifts", opt=MANAGERS, raises=[NotFoundException])
async def remove_shifts(request: ApiRequest, shift_ids: ShiftIds) -> Response[None]:
    """Delete several shifts: all of them or, where one is not there, none. For 30 days they can be
    restored.

    Takes the role manager.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await service.remove_shifts(tx, caller, shift_ids)
        return Outcome(status_code=204)

    return await write(request, caller, work)


@post(
    "/shifts/batch",
    tags=TAGS,
    summary="Create, change and delete shifts",
    status_code=200,
    opt=MANAGERS,
    request_max_body_size=LARGEST_BATCH_BYTES,
)
async def change_shifts(request: ApiRequest, data: JSONBody[ShiftBatch]) -> Response[BatchOutcome]:
    """Up to 10,000 changes, all or nothing, answered in the order of the request.

    The order inside a batch never matters, only its outcome does: a row of shifts that touch moves
    by an hour, and what one item frees another may take. An outcome with an overlap is 409
    `shift_overlap`: `errors` points to the failing items, and `conflicts` names the shifts that
    they met, each by `shift_id`, or by `pointer` if this batch was to create it, with
    `employee_id`, `starts_at` and `ends_at`; a hundred are named, at most. An `update` names the
    shift by its `id`. `restore` brings back, as they were and under their ids, shifts that were
    deleted in the last 30 days. Shifts of archived months do not change: 409 `shift_month_closed`,
    with `closed_before`. Takes the role manager.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[BatchOutcome]:
        return Outcome(await service.change_many(tx, caller, data))

    return await write(request, caller, work)


@post("/shifts/swap", tags=TAGS, summary="Swap shifts", status_code=200, opt=MANAGERS)
async def swap_shifts(request: ApiRequest, data: JSONBody[SwapShifts]) -> Response[SwappedShifts]:
    """Two shifts exchange their employees; of several, the employee of each takes the next one,
    and that of the last takes the first.

    Only the outcome counts: the shifts themselves may overlap. 409 `shift_overlap` when somebody
    would have two at once, as for a batch. Takes the role manager.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[SwappedShifts]:
        return Outcome(await service.swap_shifts(tx, caller, data))

    return await write(request, caller, work)


@get("/shifts/{shift_id:uuid}", tags=TAGS, summary="Read a shift")
async def read_shift(request: ApiRequest, shift_id: FromPath[UUID]) -> Response[Shift]:
    """One shift. To members one that is not published is not there."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        shift, revision = await service.read_shift(tx, caller, shift_id)
    # Whole each time: a position that is renamed leaves the revision as it was.
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    return json_response(shift, headers=headers)


@patch("/shifts/{shift_id:uuid}", tags=TAGS, summary="Change a shift", opt=MANAGERS)
async def change_shift(
    request: ApiRequest, shift_id: FromPath[UUID], data: JSONBody[ChangeOneShift]
) -> Response[SavedShift]:
    """Change, publish or hand over a shift; 409 `shift_overlap` as when one is added.

    A published shift is changed for everybody at once, and those concerned are told. With
    `"published": false` beside the change it is kept back, as a draft: members go on seeing the
    shift as it was until it is published. `"published": false` alone withdraws a shift. Takes the role manager.
    """
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[SavedShift]:
        shift, revision = await service.change_shift(tx, caller, shift_id, data, expected)
        return Outcome(shift, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


@delete("/shifts/{shift_id:uuid}", tags=TAGS, summary="Delete a shift", opt=MANAGERS)
async def remove_shift(request: ApiRequest, shift_id: FromPath[UUID]) -> Response[None]:
    """Delete a shift; for 30 days it can be restored. Takes the role manager."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await service.remove_shift(tx, caller, shift_id, expected)
        return Outcome(status_code=204)

    return await write(request, caller, work)


@post(
    "/shifts/{shift_id:uuid}/restore",
    tags=TAGS,
    summary="Bring a deleted shift back",
    status_code=200,
    opt=MANAGERS,
)
async def restore_shift(
    request: ApiRequest, shift_id: FromPath[UUID], data: JSONBody[RestoreShift | None] = None
) -> Response[SavedShift]:
    """Bring a shift back as it was, under its id, up to 30 days after it was deleted.

    One that was not deleted is answered as it is. 409 `shift_overlap`, `shift_during_leave` or
    `labour_rule_broken` as when one is added. A batch brings back many: `restore`. Takes the role
    manager.
    """
    caller = caller_of(request)
    reason = data.override_reason if data else None

    async def work(tx: Transaction) -> Outcome[SavedShift]:
        shift, revision = await service.restore_shift(tx, caller, shift_id, reason)
        return Outcome(shift, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


def _range(
    caller: Caller, from_: str | None, to: str | None
) -> tuple[datetime | None, datetime | None]:
    """The bounds of the range that is asked for; raises InvalidInput."""
    zone = ZoneInfo(caller.time_zone)
    starting = read_bound(from_, zone, "?from") if from_ is not None else None
    ending = read_bound(to, zone, "?to") if to is not None else None
    if starting is not None and ending is not None and ending <= starting:
        raise InvalidInput.at("?to", "The range ends after it starts.")
    return starting, ending


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "shifts"},
    route_handlers=[
        list_shifts,
        total_of_shifts,
        add_shift,
        remove_shifts,
        change_shifts,
        swap_shifts,
        read_shift,
        change_shift,
        remove_shift,
        restore_shift,
    ],
)
