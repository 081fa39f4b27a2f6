"""The HTTP of targets."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from benchbook.accounts import store as accounts_store
from benchbook.accounts.guard import caller_of, require_caller
from benchbook.accounts.rules import known_time_zone
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
from benchbook.platform.problems import InvalidInput
from benchbook.timetracking import target_store, targets
from benchbook.timetracking.days import Cut, period_around, today_in
from benchbook.timetracking.filter_parameters import TimeZone
from benchbook.timetracking.target_schemas import (
    ChangeTarget,
    NewTarget,
    Target,
    TargetPage,
    TargetProgress,
)

MOST_DAYS = 400

PersonId = Annotated[
    UUID | None, QueryParameter(name="person_id", description="Whose; one's own unless given.")
]


@get("/targets", tags=["Targets"], summary="List targets")
async def list_targets(
    request: ApiRequest,
    person_id: PersonId = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> TargetPage:
    """The targets of one person, the latest first. Each counts until the next one begins."""
    caller = caller_of(request)
    before = decode_cursor(cursor, tuple[date])[0] if cursor else None
    async with request.database.reading(caller) as tx:
        found = await target_store.list_targets(
            tx,
            caller.organisation_id,
            person_id or caller.person_id,
            before=before,
            limit=limit + 1,
        )
    return TargetPage(*page_of(found, limit, lambda target: (target.effective_from,)))


@get("/targets/progress", tags=["Targets"], summary="How far along?")
async def read_progress(
    request: ApiRequest,
    from_: Annotated[
        date | None,
        QueryParameter(name="from", description="First day; of this week unless given."),
    ] = None,
    to: Annotated[
        date | None,
        QueryParameter(name="to", description="First day after; a week later unless given."),
    ] = None,
    person_id: PersonId = None,
    time_zone: TimeZone = None,
    cut: Annotated[
        Cut,
        QueryParameter(
            name="cut",
            description="`start_day`: a session counts for the day it starts in, as in the lists; "
            "`split`: it is cut at local midnight.",
        ),
    ] = "start_day",
) -> TargetProgress:
    """What one person tracked against what was meant, by local day; at most 400 days.

    What runs counts when it is saved.
    """
    caller = caller_of(request)
    zone = ZoneInfo(known_time_zone(time_zone, "?time_zone") if time_zone else caller.time_zone)
    async with request.database.reading(caller) as tx:
        if from_ is None:
            person = await accounts_store.find_person(tx, caller.organisation_id, caller.person_id)
            week_start = person[0].week_start if person else "monday"
            around = _known_day(to, "?to") - timedelta(days=1) if to else today_in(zone)
            from_ = period_around("week", around, week_start)[0]
        first = _known_day(from_, "?from")
        after = first + timedelta(days=7) if to is None else _known_day(to, "?to")
        if after <= first:
            raise InvalidInput.at("?to", "The range ends after it begins.")
        if (after - first).days > MOST_DAYS:
            raise InvalidInput.at("?to", f"Look at {MOST_DAYS} days at most at once.")
        return await targets.target_progress(
            tx,
            caller,
            person_id=person_id or caller.person_id,
            first=first,
            after=after,
            zone=zone,
            cut=cut,
        )


def _known_day(day: date, pointer: str) -> date:
    if not 1970 <= day.year <= 2098:
        raise InvalidInput.at(pointer, "The day must lie between the years 1970 and 2098.")
    return day


@post("/targets", tags=["Targets"], summary="Set a target from a day on")
async def add_target(request: ApiRequest, data: JSONBody[NewTarget]) -> Response[Target]:
    """Say how long to work from a day on; the days before keep what was meant for them.

    409 `target_taken` when one begins on that day. Another person's takes the role manager.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[Target]:
        target, revision = await targets.add_target(tx, caller, data)
        return Outcome(
            target,
            status_code=201,
            headers={"Location": f"/api/v1/targets/{target.id}", "ETag": etag(revision)},
        )

    return await write(request, caller, work)


@get("/targets/{target_id:uuid}", tags=["Targets"], summary="Read a target")
async def read_target(request: ApiRequest, target_id: FromPath[UUID]) -> Response[Target]:
    """One target."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        target, revision = await targets.read_target(tx, caller, target_id)
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(target, headers=headers)


@patch("/targets/{target_id:uuid}", tags=["Targets"], summary="Change a target")
async def change_target(
    request: ApiRequest, target_id: FromPath[UUID], data: JSONBody[ChangeTarget]
) -> Response[Target]:
    """Change a target, also for the days that have passed; to change only what is to come, add
    one from that day on."""
    caller = caller_of(request)
    expected = expected_revision(request)

    async def work(tx: Transaction) -> Outcome[Target]:
        target, revision = await targets.change_target(tx, caller, target_id, data, expected)
        return Outcome(target, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


@delete("/targets/{target_id:uuid}", tags=["Targets"], summary="Remove a target")
async def remove_target(request: ApiRequest, target_id: FromPath[UUID]) -> Response[None]:
    """Remove a target, as if it had never been set; the one before it counts on."""
    caller = caller_of(request)
    expected = expected_revision(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await targets.remove_target(tx, caller, target_id, expected)
        return Outcome(status_code=204)

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "hours"},
    route_handlers=[
        list_targets,
        read_progress,
        add_target,
        read_target,
        change_target,
        remove_target,
    ],
)
