"""The HTTP of open shifts, and of shifts that people hand to each other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
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
from benchbook.platform.paging import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    decode_cursor,
    encode_cursor,
    page_of,
)
from benchbook.platform.problems import InvalidInput, Stale
from benchbook.shifts import candidates, open_shifts, request_store, requests, service
from benchbook.shifts.candidates import list_candidates, list_own_eligibility
from benchbook.shifts.request_schemas import (
    Candidate,
    CandidatePage,
    ChangeOpenShift,
    ChangeShiftRequestSettings,
    DecideShiftRequest,
    NewOpenShift,
    NewShiftRequest,
    OpenShift,
    OpenShiftBatch,
    OpenShiftBatchOutcome,
    OpenShiftEligibilityPage,
    OpenShiftPage,
    ShiftRequest,
    ShiftRequestCheck,
    ShiftRequestPage,
    ShiftRequestSettings,
    Status,
    SwapCandidatePage,
)
from benchbook.shifts.rules import read_bound
from benchbook.shifts.schemas import Employee

TAGS = ["Open shifts and swaps"]
MANAGERS = {"role": "manager"}
ADMINS = {"role": "admin"}

From = Annotated[
    str | None,
    QueryParameter(name="from", description="Only what ends after this instant or date."),
]
To = Annotated[
    str | None,
    QueryParameter(name="to", description="Only what starts before this instant or date."),
]


# Open shifts ------------------------------------------------------------------------------------


@get("/open-shifts", tags=TAGS, summary="List open shifts")
async def list_open_shifts(
    request: ApiRequest,
    from_: From = None,
    to: To = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> OpenShiftPage:
    """Shifts that nobody has yet, by their start. Members see those that are published."""
    caller = caller_of(request)
    starting, ending = _range_of(caller, from_, to)
    after = decode_cursor(cursor, tuple[datetime, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        items = await request_store.list_open_shifts(
            tx,
            caller.organisation_id,
            starting=starting,
            ending=ending,
            after=after,
            limit=limit + 1,
        )
    return OpenShiftPage(*page_of(items, limit, lambda item: [item.starts_at, item.id]))


@post("/open-shifts", tags=TAGS, summary="Add an open shift", opt=MANAGERS)
async def add_open_shift(request: ApiRequest, data: JSONBody[NewOpenShift]) -> Response[OpenShift]:
    """Add a shift for whoever takes it. Takes the role manager."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[OpenShift]:
        open_shift, revision = await open_shifts.add_open_shift(tx, caller, data)
        headers = {"Location": f"/api/v1/open-shifts/{open_shift.id}", "ETag": etag(revision)}
        return Outcome(open_shift, status_code=201, headers=headers)

    return await write(request, caller, work)


@get("/open-shifts/eligibility", tags=TAGS, summary="Which open shifts could one have?")
async def list_open_shift_eligibility(
    request: ApiRequest,
    from_: From = None,
    to: To = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> OpenShiftEligibilityPage:
    """The open shifts that `GET /open-shifts` lists, each with whether the caller could have it now
    and what stands against it: `overlap`, `leave`, `skill`, `labour_rule`."""
    caller = caller_of(request)
    starting, ending = _range_of(caller, from_, to)
    after = decode_cursor(cursor, tuple[datetime, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        found = await request_store.list_open_shifts(
            tx,
            caller.organisation_id,
            starting=starting,
            ending=ending,
            after=after,
            limit=limit + 1,
        )
        items, next_cursor = page_of(found, limit, lambda item: [item.starts_at, item.id])
        return OpenShiftEligibilityPage(await list_own_eligibility(tx, caller, items), next_cursor)


@post(
    "/open-shifts/batch",
    tags=TAGS,
    summary="Create, change and delete open shifts",
    opt=MANAGERS,
    status_code=200,
)
async def change_open_shifts(
    request: ApiRequest, data: JSONBody[OpenShiftBatch]
) -> Response[OpenShiftBatchOutcome]:
    """Create, change and delete up to 100 open shifts each, all or nothing: several of the same
    where several people are needed. What fails is named by its pointer. Takes the role manager."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[OpenShiftBatchOutcome]:
        return Outcome(await open_shifts.change_many(tx, caller, data))

    return await write(request, caller, work)


@get("/open-shifts/{open_shift_id:uuid}", tags=TAGS, summary="Read an open shift")
async def read_open_shift(
    request: ApiRequest, open_shift_id: FromPath[UUID]
) -> Response[OpenShift]:
    """One open shift. Once somebody has it, it is at `/shifts/{id}`, and 404 here."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        open_shift, revision = await open_shifts.read_open_shift(tx, caller, open_shift_id)
    # Whole each time: a position that is renamed leaves the revision as it was.
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    return json_response(open_shift, headers=headers)


@patch("/open-shifts/{open_shift_id:uuid}", tags=TAGS, summary="Change an open shift", opt=MANAGERS)
async def change_open_shift(
    request: ApiRequest, open_shift_id: FromPath[UUID], data: JSONBody[ChangeOpenShift]
) -> Response[OpenShift]:
    """Change or publish an open shift; claims that wait are overtaken by it. Takes the role
    manager."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[OpenShift]:
        open_shift, revision = await open_shifts.change_open_shift(
            tx, caller, open_shift_id, data, expected
        )
        return Outcome(open_shift, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


@delete(
    "/open-shifts/{open_shift_id:uuid}", tags=TAGS, summary="Delete an open shift", opt=MANAGERS
)
async def remove_open_shift(request: ApiRequest, open_shift_id: FromPath[UUID]) -> Response[None]:
    """Delete an open shift. Takes the role manager."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await open_shifts.remove_open_shift(tx, caller, open_shift_id, expected)
        return Outcome(status_code=204)

    return await write(request, caller, work)


@get("/open-shifts/{open_shift_id:uuid}/candidates", tags=TAGS, summary="Who could take a shift?")
async def list_open_shift_candidates(
    request: ApiRequest,
    open_shift_id: FromPath[UUID],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> CandidatePage:
    """Employees by name, each with whether they could have this open shift and, for managers and
    oneself, what stands against it: `overlap`, `leave`, `skill`, `labour_rule`."""
    caller = caller_of(request)
    after = _after(cursor)
    async with request.database.reading(caller) as tx:
        open_shift, _ = await open_shifts.read_open_shift(tx, caller, open_shift_id)
        shift = open_shifts.as_shift_of(open_shifts.NOBODY, open_shift)
        return _page(await list_candidates(tx, caller, shift, after=after, limit=limit))


@get("/shifts/{shift_id:uuid}/candidates", tags=TAGS, summary="Who could have a shift instead?")
async def list_shift_candidates(
    request: ApiRequest,
    shift_id: FromPath[UUID],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> CandidatePage:
    """Employees by name, without the one who has the shift, each with whether they could have it
    and, for managers and oneself, what stands against it."""
    caller = caller_of(request)
    after = _after(cursor)
    async with request.database.reading(caller) as tx:
        shift, _ = await service.read_shift(tx, caller, shift_id)
        return _page(await list_candidates(tx, caller, shift, after=after, limit=limit))


@get("/shifts/{shift_id:uuid}/swap-candidates", tags=TAGS, summary="What could one swap for?")
async def list_swap_candidates(
    request: ApiRequest,
    shift_id: FromPath[UUID],
    from_: From = None,
    to: To = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> SwapCandidatePage:
    """Published shifts of others that are to come, by their start, each with whether its employee
    and that of this shift could exchange them now, and what stands against it. Members ask for a
    shift of their own, and are told what stands against themselves.

    A page may hold fewer shifts than `limit`, or none, with a `next_cursor` all the same.
    """
    caller = caller_of(request)
    starting, ending = _range_of(caller, from_, to)
    after = decode_cursor(cursor, tuple[datetime, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        shift, _ = await service.read_shift(tx, caller, shift_id)
        items, last = await candidates.list_swap_candidates(
            tx,
            caller,
            shift,
            now=datetime.now(UTC),
            starting=starting,
            ending=ending,
            after=after,
            limit=limit,
        )
    return SwapCandidatePage(items, encode_cursor([last.starts_at, last.id]) if last else None)


def _range_of(
    caller: Caller, from_: str | None, to: str | None
) -> tuple[datetime | None, datetime | None]:
    zone = ZoneInfo(caller.time_zone)
    starting = read_bound(from_, zone, "?from") if from_ is not None else None
    ending = read_bound(to, zone, "?to") if to is not None else None
    if starting is not None and ending is not None and ending <= starting:
        raise InvalidInput.at("?to", "The range ends after it starts.")
    return starting, ending


def _after(cursor: str | None) -> tuple[str, str, UUID] | None:
    return decode_cursor(cursor, tuple[str, str, UUID]) if cursor else None


def _page(found: tuple[list[Candidate], Employee | None]) -> CandidatePage:
    items, last = found
    return CandidatePage(
        items, encode_cursor([last.last_name, last.first_name, last.id]) if last else None
    )


# Requests ---------------------------------------------------------------------------------------


@get("/shift-requests", tags=TAGS, summary="List shift requests")
async def list_shift_requests(
    request: ApiRequest,
    status: Annotated[
        list[Status] | None,
        QueryParameter(name="status", description="Only these; may be given several times."),
    ] = None,
    employee_id: Annotated[
        UUID | None,
        QueryParameter(name="employee_id", description="Only what this employee is part of."),
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> ShiftRequestPage:
    """Offers, swaps and claims, the latest first. Members see offers to anybody, and what they
    are part of."""
    caller = caller_of(request)
    before = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    async with request.database.reading(caller) as tx:
        items = await request_store.list_requests(
            tx,
            caller.organisation_id,
            statuses=status or None,
            employee_id=employee_id,
            before=before,
            limit=limit + 1,
        )
    return ShiftRequestPage(*page_of(items, limit, lambda item: [item.id]))


@post("/shift-requests", tags=TAGS, summary="Offer, swap or claim a shift")
async def add_shift_request(
    request: ApiRequest, data: JSONBody[NewShiftRequest]
) -> Response[ShiftRequest]:
    """Offer a published shift of one's own to one employee or to anybody, ask somebody for a swap
    of two, or claim an open shift.

    A claim is carried out at once where the organisation asks for no approval: of two at the same
    instant one has it, and the other is 404 `open_shift_not_found` or 409. It takes being linked
    to an employee. The same is asked for once: what still waits is 409 `shift_requested_already`.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[ShiftRequest]:
        made, revision = await requests.add_request(tx, caller, data)
        headers = {"Location": f"/api/v1/shift-requests/{made.id}", "ETag": etag(revision)}
        return Outcome(made, status_code=201, headers=headers)

    return await write(request, caller, work)


@get("/shift-requests/{shift_request_id:uuid}", tags=TAGS, summary="Read a shift request")
async def read_shift_request(
    request: ApiRequest, shift_request_id: FromPath[UUID]
) -> Response[ShiftRequest]:
    """One request that concerns the caller."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        found, revision = await requests.read_request(tx, caller, shift_request_id)
    # These come about without a change of the request itself.
    seen = f"{revision}-{found.status}" if found.status in ("expired", "overtaken") else revision
    headers = {"ETag": etag(seen), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(seen)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(found, headers=headers)


@get(
    "/shift-requests/{shift_request_id:uuid}/check",
    tags=TAGS,
    summary="What would come of a shift request?",
)
async def check_shift_request(
    request: ApiRequest, shift_request_id: FromPath[UUID]
) -> ShiftRequestCheck:
    """Whether everybody could have theirs if a request that waits were carried out now, and what
    stands against it; of an offer to anybody, if the caller took it. Not `eligible` where it does
    not wait any more."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        return await requests.check_request(tx, caller, shift_request_id)


@patch("/shift-requests/{shift_request_id:uuid}", tags=TAGS, summary="Decide a shift request")
async def decide_shift_request(
    request: ApiRequest, shift_request_id: FromPath[UUID], data: JSONBody[DecideShiftRequest]
) -> Response[ShiftRequest]:
    """Accept or decline as the colleague, withdraw as who asked, approve or refuse as a manager.

    Accepting carries it out where no approval is asked for, approving always does, all or nothing,
    if the shifts are as they were agreed on (else 409 `shift_request_overtaken`) and everybody can
    have theirs: 409 `not_eligible` for leave and skills, `shift_overlap`, `labour_rule_broken`.
    With `reopened` a manager has the shifts given back, and the request is `accepted` again: as
    long as they have not begun and nobody has changed them since (else `shift_request_overtaken`).
    """
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[ShiftRequest]:
        decided, revision = await requests.decide_request(
            tx, caller, shift_request_id, data, expected
        )
        return Outcome(decided, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


@get("/shift-request-settings", tags=TAGS, summary="Read who approves swaps")
async def read_shift_request_settings(request: ApiRequest) -> Response[ShiftRequestSettings]:
    """Whether a manager approves what people agreed on: `manager` unless it was set."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        approval, revision = await request_store.approval(tx, caller.organisation_id)
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(ShiftRequestSettings(approval), headers=headers)


@patch("/shift-request-settings", tags=TAGS, summary="Set who approves swaps", opt=ADMINS)
async def change_shift_request_settings(
    request: ApiRequest, data: JSONBody[ChangeShiftRequestSettings]
) -> Response[ShiftRequestSettings]:
    """With `none`, what two people agree on is carried out at once, and a claim as soon as it is
    made; with `manager`, once a manager has approved it. Takes the role admin."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[ShiftRequestSettings]:
        revision = await request_store.set_approval(
            tx, caller.organisation_id, data.approval, expected
        )
        if revision is None:
            raise Stale("It was changed since you read it: read it again and repeat your change.")
        await record_event(
            tx, caller, "shift_request_settings.changed", "organisation", approval=data.approval
        )
        return Outcome(ShiftRequestSettings(data.approval), headers={"ETag": etag(revision)})

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "shifts"},
    route_handlers=[
        list_open_shifts,
        list_open_shift_eligibility,
        change_open_shifts,
        add_open_shift,
        read_open_shift,
        change_open_shift,
        remove_open_shift,
        list_open_shift_candidates,
        list_shift_candidates,
        list_swap_candidates,
        list_shift_requests,
        add_shift_request,
        read_shift_request,
        check_shift_request,
        decide_shift_request,
        read_shift_request_settings,
        change_shift_request_settings,
    ],
)
