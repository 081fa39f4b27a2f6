"""The HTTP of reports."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Router, get
from litestar.params import QueryParameter

from benchbook.accounts import store as accounts_store
from benchbook.accounts.guard import caller_of, require_caller
from benchbook.accounts.rules import known_time_zone
from benchbook.platform.http import ApiRequest
from benchbook.platform.problems import InvalidInput
from benchbook.timetracking.days import Cut, Period, WeekStart, today_in
from benchbook.timetracking.report_store import GroupBy
from benchbook.timetracking.reports import report_hours
from benchbook.timetracking.schemas import HoursReport


@get("/reports/hours", tags=["Reports"], summary="Hours of a day, week, month or year")
async def read_hours_report(
    request: ApiRequest,
    period: Annotated[Period, QueryParameter(name="period")] = "week",
    day: Annotated[
        date | None,
        QueryParameter(name="date", description="A day in the period; today unless given."),
    ] = None,
    group_by: Annotated[GroupBy, QueryParameter(name="group_by")] = "none",
    cut: Annotated[
        Cut,
        QueryParameter(
            name="cut",
            description="`start_day`: a session counts for the day it starts in, as in the lists; "
            "`split`: it is cut at local midnight.",
        ),
    ] = "start_day",
    time_zone: Annotated[
        str | None,
        QueryParameter(name="time_zone", max_length=64, description="The person's own if absent."),
    ] = None,
    week_start: Annotated[
        WeekStart | None,
        QueryParameter(name="week_start", description="The person's own if absent."),
    ] = None,
    person_id: Annotated[UUID | None, QueryParameter(name="person_id")] = None,
    project_id: Annotated[UUID | None, QueryParameter(name="project_id")] = None,
    billable: Annotated[bool | None, QueryParameter(name="billable")] = None,
) -> HoursReport:
    """What was tracked in a period, by local day and by project, client, tag or person.

    Every sum agrees with `/sessions/totals`: with `start_day` for the same period, with `split`
    over all periods. Days are 23 or 25 hours long where the clocks change.
    """
    caller = caller_of(request)
    zone = ZoneInfo(known_time_zone(time_zone, "?time_zone") if time_zone else caller.time_zone)
    day = day or today_in(zone)
    if not 1970 <= day.year <= 2098:
        raise InvalidInput.at("?date", "The date must lie between the years 1970 and 2098.")
    if person_id is None and not caller.sees_everyone:
        person_id = caller.person_id
    async with request.database.transaction(caller) as tx:
        if week_start is None:
            found = await accounts_store.find_person(tx, caller.organisation_id, caller.person_id)
            week_start = found[0].week_start if found else "monday"
        return await report_hours(
            tx,
            caller,
            period=period,
            day=day,
            week_start=week_start,
            zone=zone,
            group_by=group_by,
            cut=cut,
            person_id=person_id,
            project_id=project_id,
            billable=billable,
        )


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "hours"},
    route_handlers=[read_hours_report],
)
