"""The HTTP of closed days."""

from __future__ import annotations

from litestar import Response, Router, get, patch
from litestar.params import JSONBody

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
from benchbook.shifts import closing
from benchbook.shifts.closing_schemas import ChangeShiftClosing, ShiftClosing

TAGS = ["Shifts"]


@get("/shift-closing", tags=TAGS, summary="Read up to when shifts are closed")
async def read_shift_closing(request: ApiRequest) -> Response[ShiftClosing]:
    """The last day whose shifts do not change any more, and what is archived."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        found, revision = await closing.read_closing(tx, caller)
    # Whole each time: the archive moves without the revision.
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    return json_response(found, headers=headers)


@patch(
    "/shift-closing",
    tags=TAGS,
    summary="Close shifts up to a day",
    opt={"role": "manager"},
)
async def change_shift_closing(
    request: ApiRequest, data: JSONBody[ChangeShiftClosing]
) -> Response[ShiftClosing]:
    """Close shifts that start up to a day which is over, `closed_until`: none is added there,
    changed, swapped, deleted or brought back (409 `shift_period_closed`, with `closed_before`).

    An earlier day, or null, opens shifts again; that takes the role admin, and both are in the
    audit, with the `reason` if there is one. Takes the role manager.
    """
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[ShiftClosing]:
        changed, revision = await closing.change_closing(tx, caller, data, expected)
        return Outcome(changed, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "shifts"},
    route_handlers=[read_shift_closing, change_shift_closing],
)
