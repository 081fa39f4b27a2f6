"""The HTTP of publishing."""

from __future__ import annotations

from litestar import Response, Router, post
from litestar.params import JSONBody

from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.database import Transaction
from benchbook.platform.http import ApiRequest, Outcome, write
from benchbook.shifts import publishing
from benchbook.shifts.publishing_schemas import PublishedShifts, PublishShifts


@post(
    "/shifts/publish",
    tags=["Shifts"],
    summary="Publish drafts",
    status_code=200,
    opt={"role": "manager"},
)
async def publish_shifts(
    request: ApiRequest, data: JSONBody[PublishShifts]
) -> Response[PublishedShifts]:
    """Publish the drafts of a range, up to 10,000, and tell those whom they concern.

    The answer is the difference to what was published before, with `dry_run` without doing
    anything. Takes the role manager.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[PublishedShifts]:
        return Outcome(await publishing.publish_shifts(tx, caller, data))

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "shifts"},
    route_handlers=[publish_shifts],
)
