"""The HTTP of staffing needs."""

from __future__ import annotations

from litestar import Response, Router, get, put
from litestar.params import JSONBody

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
from benchbook.shifts import staffing
from benchbook.shifts.staffing_schemas import NewStaffingPlan, StaffingPlan

TAGS = ["Staffing"]


@get("/staffing-needs", tags=TAGS, summary="Read how many people are needed when")
async def read_staffing_needs(request: ApiRequest) -> Response[StaffingPlan]:
    """How many people each position takes, by weekday and time of the clock in `time_zone`.

    The number is needed at every moment of the range; who is scheduled with that `position`
    counts.
    """
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        plan, revision = await staffing.read_plan(tx, caller)
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(plan, headers=headers)


@put(
    "/staffing-needs",
    tags=TAGS,
    summary="Set how many people are needed when",
    opt={"role": "manager"},
)
async def replace_staffing_needs(
    request: ApiRequest, data: JSONBody[NewStaffingPlan]
) -> Response[StaffingPlan]:
    """Replace the whole plan; what is left out is no longer needed. Takes the role manager."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[StaffingPlan]:
        plan, revision = await staffing.replace_plan(tx, caller, data, expected)
        return Outcome(plan, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "shifts"},
    route_handlers=[read_staffing_needs, replace_staffing_needs],
)
