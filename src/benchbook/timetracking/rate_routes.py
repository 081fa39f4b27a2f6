"""The HTTP of rates and billing settings."""

from __future__ import annotations

from typing import Annotated
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
    json_response,
    not_modified,
    write,
)
from benchbook.platform.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, page_of
from benchbook.timetracking import rate_store, rates
from benchbook.timetracking.rate_schemas import (
    BillingSettings,
    ChangeBillingSettings,
    ChangeRate,
    NewRate,
    Rate,
    RatePage,
)

MANAGERS = {"role": "manager"}


@get("/billing-settings", tags=["Rates"], summary="Read currency and who sees amounts")
async def read_billing_settings(request: ApiRequest) -> Response[BillingSettings]:
    """The currency of all rates and amounts, and whether members see those of their own hours."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        settings, revision = await rate_store.find_billing_settings(tx, caller.organisation_id)
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(settings, headers=headers)


@patch(
    "/billing-settings",
    tags=["Rates"],
    summary="Change currency and who sees amounts",
    opt={"role": "admin"},
)
async def change_billing_settings(
    request: ApiRequest, data: JSONBody[ChangeBillingSettings]
) -> Response[BillingSettings]:
    """Nothing is converted: rates keep their numbers in the new currency. Takes the role admin."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[BillingSettings]:
        settings, revision = await rates.change_billing_settings(tx, caller, data, expected)
        return Outcome(settings, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


@get("/rates", tags=["Rates"], summary="List rates")
async def list_rates(
    request: ApiRequest,
    person_id: Annotated[UUID | None, QueryParameter(name="person_id")] = None,
    project_id: Annotated[UUID | None, QueryParameter(name="project_id")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> RatePage:
    """All rates, past ones and ones to come. Members see none, or where the organisation lets them
    see amounts, those that their own hours may be charged with."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    async with request.database.reading(caller) as tx:
        found = await rate_store.list_rates(
            tx,
            caller.organisation_id,
            person_id=person_id,
            project_id=project_id,
            after=after,
            limit=limit + 1,
        )
    return RatePage(*page_of(found, limit, lambda rate: (rate.id,)))


@post("/rates", tags=["Rates"], summary="Set a rate from a day on", opt=MANAGERS)
async def add_rate(request: ApiRequest, data: JSONBody[NewRate]) -> Response[Rate]:
    """Set what an hour costs from a day on; sessions that started before keep their amounts.

    Of the rates that count at a session's start the most specific one is taken: of the person in
    the project, of the project, of the person, of the organisation. 409 `rate_taken` when one
    begins on that day. Takes the role manager.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[Rate]:
        rate, revision = await rates.add_rate(tx, caller, data)
        return Outcome(
            rate,
            status_code=201,
            headers={"Location": f"/api/v1/rates/{rate.id}", "ETag": etag(revision)},
        )

    return await write(request, caller, work)


@get("/rates/{rate_id:uuid}", tags=["Rates"], summary="Read a rate")
async def read_rate(request: ApiRequest, rate_id: FromPath[UUID]) -> Response[Rate]:
    """One rate."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        rate, revision = await rates.read_rate(tx, caller, rate_id)
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(rate, headers=headers)


@patch("/rates/{rate_id:uuid}", tags=["Rates"], summary="Correct a rate", opt=MANAGERS)
async def change_rate(
    request: ApiRequest, rate_id: FromPath[UUID], data: JSONBody[ChangeRate]
) -> Response[Rate]:
    """Correct a rate, also for what has passed. To leave the past alone, add a rate from a later
    day on. Takes the role manager."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[Rate]:
        rate, revision = await rates.change_rate(tx, caller, rate_id, data, expected)
        return Outcome(rate, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


@delete("/rates/{rate_id:uuid}", tags=["Rates"], summary="Remove a rate", opt=MANAGERS)
async def remove_rate(request: ApiRequest, rate_id: FromPath[UUID]) -> Response[None]:
    """Remove a rate, as if it had never been set; the one before it counts on. To end a rate from
    a day on, add one whose `hourly_rate` is null. Takes the role manager."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await rates.remove_rate(tx, caller, rate_id, expected)
        return Outcome(status_code=204)

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "hours"},
    route_handlers=[
        read_billing_settings,
        change_billing_settings,
        list_rates,
        add_rate,
        read_rate,
        change_rate,
        remove_rate,
    ],
)
