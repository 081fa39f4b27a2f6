"""The HTTP of totals and reports."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from benchbook.accounts import store as accounts_store
from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.http import ApiRequest
from benchbook.platform.problems import InvalidInput
from benchbook.timetracking import reports
from benchbook.timetracking.days import Cut, Period, WeekStart, today_in
from benchbook.timetracking.filter_parameters import (
    CHOICE_BY_PROPERTY,
    CHOICE_BY_PROPERTY_AND_TIME,
    ROUNDING,
    ChosenByProperty,
    ChosenRounding,
    ChosenSessions,
)
from benchbook.timetracking.pricing import rounding_in_force
from benchbook.timetracking.report_store import GroupBy
from benchbook.timetracking.schemas import HoursReport, SessionTotals


@get(
    "/sessions/totals",
    tags=["Sessions"],
    summary="Add up sessions",
    dependencies={**CHOICE_BY_PROPERTY_AND_TIME, **ROUNDING},
)
async def total_sessions(
    request: ApiRequest,
    chosen: ChosenSessions,
    chosen_rounding: ChosenRounding,
    amounts: Annotated[
        bool,
        QueryParameter(name="amounts", description="Also add up what is billable and its price."),
    ] = False,
) -> SessionTotals:
    """Count and duration of everything that the filters of the list show, whatever its pages."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        return await reports.total_sessions(
            tx,
            caller,
            chosen.filters,
            chosen.zone,
            amounts=amounts,
            rounding=chosen_rounding or None,
        )


@get(
    "/reports/hours",
    tags=["Reports"],
    summary="Hours of a day, week, month or year",
    dependencies={**CHOICE_BY_PROPERTY, **ROUNDING},
)
async def read_hours_report(
    request: ApiRequest,
    by_property: ChosenByProperty,
    chosen_rounding: ChosenRounding,
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
    week_start: Annotated[
        WeekStart | None,
        QueryParameter(name="week_start", description="The person's own if absent."),
    ] = None,
) -> HoursReport:
    """What was tracked in a period, by local day and by project, client, tag or person, and what
    it costs.

    Every sum agrees with `/sessions/totals` by the same filters: with `start_day` for the same
    period, with `split` over all periods. Days are 23 or 25 hours long where the clocks change.
    Rounding is of each session as a whole, and its amount that of the rounded duration; `split`
    gives each day the share of both that it has of the time. `rounding` in the answer is the one
    in force: the one asked for, or the organisation's. Totals take it only if asked.
    """
    caller = caller_of(request)
    day = day or today_in(by_property.zone)
    if not 1970 <= day.year <= 2099:
        raise InvalidInput.at("?date", "The date must lie between the years 1970 and 2099.")
    async with request.database.reading(caller) as tx:
        if week_start is None:
            found = await accounts_store.find_person(tx, caller.organisation_id, caller.person_id)
            week_start = found[0].week_start if found else "monday"
        return await reports.report_hours(
            tx,
            caller,
            by_property.filters,
            period=period,
            day=day,
            week_start=week_start,
            zone=by_property.zone,
            group_by=group_by,
            cut=cut,
            rounding=await rounding_in_force(tx, caller.organisation_id, chosen_rounding),
        )


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "hours"},
    route_handlers=[total_sessions, read_hours_report],
)
