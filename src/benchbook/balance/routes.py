"""The HTTP of balances."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from litestar import Router, get
from litestar.params import QueryParameter

from benchbook.accounts import store as accounts_store
from benchbook.accounts.guard import caller_of, require_caller
from benchbook.accounts.rules import known_time_zone
from benchbook.balance.schemas import BalancePeriodKind, BalanceReport
from benchbook.balance.service import Asked, report_balances
from benchbook.platform.http import ApiRequest
from benchbook.platform.problems import InvalidInput
from benchbook.timetracking.days import Cut, WeekStart, period_around, today_in
from benchbook.timetracking.filter_parameters import PersonId

MOST_DAYS = 800


@get("/reports/balance", tags=["Reports"], summary="Worked against expected hours")
async def read_balances(
    request: ApiRequest,
    by: Annotated[
        BalancePeriodKind,
        QueryParameter(name="by", description="What the range is divided into."),
    ] = "week",
    from_: Annotated[
        date | None,
        QueryParameter(
            name="from", description="A day in the first week or month; in this one unless given."
        ),
    ] = None,
    to: Annotated[
        date | None,
        QueryParameter(
            name="to",
            description="The first day after the range, at most 800 days later; unless given, the "
            "range is one week or month.",
        ),
    ] = None,
    person_id: PersonId = None,
    time_zone: Annotated[
        str | None,
        QueryParameter(
            name="time_zone",
            max_length=64,
            description="IANA name of the zone whose days count; each person's own unless given.",
        ),
    ] = None,
    week_start: Annotated[
        WeekStart | None,
        QueryParameter(name="week_start", description="One's own if absent."),
    ] = None,
    cut: Annotated[
        Cut,
        QueryParameter(
            name="cut",
            description="`start_day`: a session counts for the day it starts in, as in the lists; "
            "`split`: it is cut at local midnight.",
        ),
    ] = "start_day",
) -> BalanceReport:
    """What people worked against what was expected of them, with the running balance.

    Expected is what the targets in force say, less approved leave: on a whole day of it nothing is
    expected, and hours of it take off as much as they last. The balance begins with a person's
    first target and counts the days before today on which one is in force. What was tracked is
    never rounded here, and agrees with `/sessions/totals` of the person over the same days.

    Weeks and months are whole: the first and the last are those that the range has a day in.
    Members see their own, managers everybody's.
    """
    caller = caller_of(request)
    zone = ZoneInfo(known_time_zone(time_zone, "?time_zone")) if time_zone else None
    now = datetime.now(UTC)
    async with request.database.reading(caller) as tx:
        if week_start is None:
            found = await accounts_store.find_person(tx, caller.organisation_id, caller.person_id)
            week_start = found[0].week_start if found else "monday"
        first = _known_day(from_ or today_in(zone or ZoneInfo(caller.time_zone), now), "?from")
        after = _known_day(to or period_around(by, first, week_start)[1], "?to")
        if after <= first:
            raise InvalidInput.at("?to", "The range ends after it begins.")
        if after - first > timedelta(days=MOST_DAYS):
            raise InvalidInput.at("?to", f"Look at {MOST_DAYS} days at most at once.")
        asked = Asked(first, after, by, week_start, person_id, zone, cut)
        return await report_balances(tx, caller, asked, now)


def _known_day(day: date, pointer: str) -> date:
    if not 1970 <= day.year <= 2098:
        raise InvalidInput.at(pointer, "The day must lie between the years 1970 and 2098.")
    return day


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "hours"},
    route_handlers=[read_balances],
)
