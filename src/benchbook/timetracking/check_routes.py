"""The HTTP of checks and repairs, of their settings, and of timers that run too long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, Router, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from benchbook.accounts.caller import Caller
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
from benchbook.platform.paging import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    decode_cursor,
    encode_cursor,
    page_of,
)
from benchbook.platform.problems import InvalidInput
from benchbook.timetracking import check_store, checks, repair_store, repairs
from benchbook.timetracking.check_rules import DEFAULTS
from benchbook.timetracking.check_schemas import (
    ChangeCheckSettings,
    CheckSettings,
    CheckSettingsState,
    DoRepair,
    FindingKind,
    FindingPage,
    FindingTotals,
    OwnCheckSettings,
    Repair,
    RepairPage,
    Snooze,
    TimerCheck,
)
from benchbook.timetracking.check_store import CheckFilters
from benchbook.timetracking.filter_parameters import From, Month, TimeZone, To, Year
from benchbook.timetracking.rules import calendar_range, read_bound
from benchbook.timetracking.service import prepare_month

DEFAULT_RANGE = timedelta(days=92)
LONGEST_RANGE = timedelta(days=400)

_SNOOZE = Snooze()

PersonId = Annotated[
    UUID | None,
    QueryParameter(name="person_id", description="Whose hours; one's own unless given."),
]
Kind = Annotated[
    FindingKind | None, QueryParameter(name="kind", description="Only findings of this kind.")
]
Kept = Annotated[
    bool, QueryParameter(name="kept", description="Those that are kept as intended instead.")
]
MinimumGap = Annotated[
    int | None,
    QueryParameter(
        name="minimum_gap_seconds", ge=60, le=86400, description="The person's own if absent."
    ),
]
LongestGap = Annotated[
    int | None,
    QueryParameter(
        name="longest_gap_seconds", ge=60, le=86400, description="The person's own if absent."
    ),
]
ShortSession = Annotated[
    int | None,
    QueryParameter(
        name="short_session_seconds", ge=1, le=3600, description="The person's own if absent."
    ),
]
LongSession = Annotated[
    int | None,
    QueryParameter(
        name="long_session_seconds", ge=1, le=2678400, description="The person's own if absent."
    ),
]


# Checks -----------------------------------------------------------------------------------------


@get("/sessions/checks", tags=["Checks"], summary="Find what is odd in somebody's hours")
async def list_checks(
    request: ApiRequest,
    year: Year = None,
    month: Month = None,
    from_: From = None,
    to: To = None,
    person_id: PersonId = None,
    kind: Kind = None,
    kept: Kept = False,
    time_zone: TimeZone = None,
    minimum_gap_seconds: MinimumGap = None,
    longest_gap_seconds: LongestGap = None,
    short_session_seconds: ShortSession = None,
    long_session_seconds: LongSession = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> FindingPage:
    """Sessions of one person that overlap, gaps within a working day, sessions that are very
    short or implausibly long; each with the repairs that fit it, newest first.

    A finding belongs to the range in which it begins: the last 92 days unless said, at most 400.
    Each session that starts inside others is found once, with the one that reaches farthest; when
    that is repaired or kept, the next one shows. Gaps lie in the past and between saved sessions.
    """
    caller = caller_of(request)
    zone, start, end = _range(caller, year, month, from_, to, time_zone)
    after = decode_cursor(cursor, tuple[datetime, str, UUID, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        filters = await _filters(
            tx,
            caller,
            CheckFilters(person_id or caller.person_id, start, end, DEFAULTS, kind, kept),
            minimum_gap_seconds=minimum_gap_seconds,
            longest_gap_seconds=longest_gap_seconds,
            short_session_seconds=short_session_seconds,
            long_session_seconds=long_session_seconds,
        )
        rows = await check_store.list_findings(
            tx,
            caller.organisation_id,
            filters,
            now=datetime.now(UTC),
            after=after,
            limit=limit + 1,
        )
        items = await checks.as_findings(tx, caller, filters, rows[:limit], zone)
    more = len(rows) > limit
    return FindingPage(items, encode_cursor(rows[limit - 1].key) if more else None)


@get("/sessions/checks/totals", tags=["Checks"], summary="Count what is odd")
async def total_checks(
    request: ApiRequest,
    year: Year = None,
    month: Month = None,
    from_: From = None,
    to: To = None,
    person_id: PersonId = None,
    kind: Kind = None,
    kept: Kept = False,
    time_zone: TimeZone = None,
    minimum_gap_seconds: MinimumGap = None,
    longest_gap_seconds: LongestGap = None,
    short_session_seconds: ShortSession = None,
    long_session_seconds: LongSession = None,
) -> FindingTotals:
    """How many findings the same filters list, whatever its pages."""
    caller = caller_of(request)
    _, start, end = _range(caller, year, month, from_, to, time_zone)
    async with request.database.reading(caller) as tx:
        filters = await _filters(
            tx,
            caller,
            CheckFilters(person_id or caller.person_id, start, end, DEFAULTS, kind, kept),
            minimum_gap_seconds=minimum_gap_seconds,
            longest_gap_seconds=longest_gap_seconds,
            short_session_seconds=short_session_seconds,
            long_session_seconds=long_session_seconds,
        )
        return await check_store.count_findings(
            tx, caller.organisation_id, filters, datetime.now(UTC)
        )


def _range(
    caller: Caller,
    year: int | None,
    month: int | None,
    from_: str | None,
    to: str | None,
    time_zone: str | None,
) -> tuple[ZoneInfo, datetime, datetime]:
    """The zone whose days count, and the half-open range of instants; raises InvalidInput."""
    zone = ZoneInfo(known_time_zone(time_zone, "?time_zone") if time_zone else caller.time_zone)
    start = read_bound(from_, zone, "?from") if from_ else None
    end = read_bound(to, zone, "?to") if to else None
    if calendar := calendar_range(year, month, zone):
        start = max(calendar[0], start) if start else calendar[0]
        end = min(calendar[1], end) if end else calendar[1]
    now = datetime.now(UTC)
    if start is None and end is None:
        start, end = now - DEFAULT_RANGE, now + DEFAULT_RANGE
    elif start is None:
        assert end is not None
        start = _moved(end, -DEFAULT_RANGE)
    elif end is None:
        end = _moved(start, LONGEST_RANGE)
    if end - start > LONGEST_RANGE:
        raise InvalidInput.at("?from", "Look at 400 days at most at once.")
    return zone, start, end


def _moved(instant: datetime, by: timedelta) -> datetime:
    """An instant some days on, at most as far as there are instants."""
    try:
        return instant + by
    except OverflowError:
        return instant


async def _filters(
    tx: Transaction, caller: Caller, filters: CheckFilters, **given: int | None
) -> CheckFilters:
    """The filters with the thresholds that were sent, and the person's own for the others."""
    settings = (await checks.read_settings(tx, caller, filters.person_id)).effective
    changed = {name: value for name, value in given.items() if value is not None}
    values = {name: getattr(settings, name) for name in CheckSettings.__struct_fields__} | changed
    return CheckFilters(
        filters.person_id,
        filters.start,
        filters.end,
        CheckSettings(**values),
        filters.kind,
        filters.kept,
    )


# Repairs ----------------------------------------------------------------------------------------


@post("/sessions/repairs", tags=["Checks"], summary="Repair a finding")
async def repair_finding(request: ApiRequest, data: JSONBody[DoRepair]) -> Response[Repair]:
    """Carry out one of the repairs that a finding offers, all of it or nothing.

    Where a session was changed since, 412 `stale`; where it is repaired already, 409
    `finding_gone`; where the outcome would be nonsense, 409 `repair_not_possible`. `keep`
    remembers that it is meant to be so, `show` takes that back. The answer says what every
    session was before; `undo` restores exactly that.
    """
    caller = caller_of(request)
    async with request.database.transaction(caller) as tx:
        starts = await repairs.starts_of(tx, caller, data)
    for start in starts:
        await prepare_month(request.database, start)

    async def work(tx: Transaction) -> Outcome[Repair]:
        done = await repairs.carry_out(tx, caller, data)
        return Outcome(
            done, status_code=201, headers={"Location": f"/api/v1/sessions/repairs/{done.id}"}
        )

    return await write(request, caller, work)


@get("/sessions/repairs", tags=["Checks"], summary="List repairs")
async def list_repairs(
    request: ApiRequest,
    person_id: PersonId = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> RepairPage:
    """The repairs of one person's hours of the last 30 days, newest first."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[datetime, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        found = await repair_store.list_repairs(
            tx,
            caller.organisation_id,
            person_id or caller.person_id,
            after=after,
            limit=limit + 1,
        )
    return RepairPage(*page_of(found, limit, lambda repair: (repair.created_at, repair.id)))


@get("/sessions/repairs/{repair_id:uuid}", tags=["Checks"], summary="Read a repair")
async def read_repair(request: ApiRequest, repair_id: FromPath[UUID]) -> Response[Repair]:
    """What a repair of the last 30 days changed."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        repair = await repairs.read_repair(tx, caller, repair_id)
    # A repair has two states: done, and undone.
    state = etag(1 if repair.undone_at is None else 2)
    headers = {"ETag": state, "Cache-Control": "private, no-cache"}
    if not_modified(request, state):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(repair, headers=headers)


@post(
    "/sessions/repairs/{repair_id:uuid}/undo",
    tags=["Checks"],
    summary="Take a repair back",
    status_code=200,
)
async def undo_repair(request: ApiRequest, repair_id: FromPath[UUID]) -> Response[Repair]:
    """Give every session its former times, within 30 days; what the repair added goes to the bin.

    409 `repair_overtaken` when one of them was changed since. One that was taken back already is
    answered as it is.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[Repair]:
        return Outcome(await repairs.undo(tx, caller, repair_id))

    return await write(request, caller, work)


# Settings ---------------------------------------------------------------------------------------


@get("/sessions/checks/settings", tags=["Checks"], summary="Read from when on something is odd")
async def read_check_settings(
    request: ApiRequest, person_id: PersonId = None
) -> Response[CheckSettingsState]:
    """The settings that count for a person, with those of the organisation behind them."""
    caller = caller_of(request)
    person_id = person_id or caller.person_id
    async with request.database.reading(caller) as tx:
        state = await checks.read_settings(tx, caller, person_id)
        revision = await checks.settings_revision(tx, caller, person_id)
    return json_response(state, headers={"ETag": etag(revision)})


@patch("/sessions/checks/settings", tags=["Checks"], summary="Change one's own settings")
async def change_check_settings(
    request: ApiRequest, data: JSONBody[ChangeCheckSettings]
) -> Response[CheckSettingsState]:
    """Change from when on something in one's own hours is odd; null goes back to the default."""
    caller = caller_of(request)
    expected = expected_revision(request)

    async def work(tx: Transaction) -> Outcome[CheckSettingsState]:
        revision = await checks.change_settings(tx, caller, caller.person_id, data, expected)
        state = await checks.read_settings(tx, caller, caller.person_id)
        return Outcome(state, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


@get("/sessions/checks/defaults", tags=["Checks"], summary="Read the organisation's settings")
async def read_check_defaults(request: ApiRequest) -> Response[OwnCheckSettings]:
    """What counts for whoever has set nothing else; null where Benchbook's own defaults do."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        own, revision = await check_store.find_settings(tx, caller.organisation_id, None)
    return json_response(own, headers={"ETag": etag(revision)})


@patch(
    "/sessions/checks/defaults",
    tags=["Checks"],
    summary="Change the organisation's settings",
    opt={"role": "admin"},
)
async def change_check_defaults(
    request: ApiRequest, data: JSONBody[ChangeCheckSettings]
) -> Response[OwnCheckSettings]:
    """Change what counts for whoever has set nothing else. Takes the role admin."""
    caller = caller_of(request)
    expected = expected_revision(request)

    async def work(tx: Transaction) -> Outcome[OwnCheckSettings]:
        revision = await checks.change_settings(tx, caller, None, data, expected)
        own, _ = await check_store.find_settings(tx, caller.organisation_id, None)
        return Outcome(own, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


# The timer --------------------------------------------------------------------------------------


@get("/timer/check", tags=["Timer"], summary="Was the timer forgotten?")
async def check_timer(request: ApiRequest) -> TimerCheck:
    """Whether what runs has been running for suspiciously long, and sensible ends for it.

    Ending it by the repair `end_at` of the kind `running` can be taken back.
    """
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        return await checks.check_timer(tx, caller, datetime.now(UTC), ZoneInfo(caller.time_zone))


@post("/timer/snooze", tags=["Timer"], summary="Keep running, and ask later", status_code=200)
async def snooze_timer(
    request: ApiRequest, data: JSONBody[Snooze | None] = None
) -> Response[TimerCheck]:
    """Put the notice of a long timer off, for an hour unless said; what is started next is
    asked about anew."""
    caller = caller_of(request)
    seconds = (data or _SNOOZE).seconds

    async def work(tx: Transaction) -> Outcome[TimerCheck]:
        return Outcome(await checks.snooze_timer(tx, caller, seconds, ZoneInfo(caller.time_zone)))

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "hours"},
    route_handlers=[
        list_checks,
        total_checks,
        read_check_settings,
        change_check_settings,
        read_check_defaults,
        change_check_defaults,
        repair_finding,
        list_repairs,
        read_repair,
        undo_repair,
        check_timer,
        snooze_timer,
    ],
)
