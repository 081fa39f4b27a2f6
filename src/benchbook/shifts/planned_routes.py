"""The HTTP of planned hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Literal, cast
from zoneinfo import ZoneInfo

from litestar import Response, Router, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import QueryParameter

from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.http import ApiRequest
from benchbook.shifts import planned
from benchbook.shifts.planned import Period
from benchbook.shifts.planned_schemas import PlannedHours
from benchbook.shifts.routes import EmployeeIds

TAGS = ["Shifts"]
MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

ChosenPeriod = Annotated[Period, QueryParameter(name="period", description="How long it is.")]
AnyDay = Annotated[
    date | None,
    QueryParameter(name="date", description="Any day in the period; today in your zone if absent."),
]
FileFormat = Annotated[
    Literal["csv", "xlsx"], QueryParameter(name="format", description="The kind of file.")
]


@get("/reports/shifts", tags=TAGS, summary="Add planned hours up")
async def report_planned_hours(
    request: ApiRequest,
    period: ChosenPeriod = "month",
    date: AnyDay = None,
    employee_id: EmployeeIds = None,
) -> PlannedHours:
    """Planned hours of a week (from Monday), month or year, by employee and ISO week.

    A shift counts whole, without its break, for the local day on which it starts: where the shift is
    (`location_id`), or else where its employee works, or else in your own zone. Managers see
    everybody's with drafts, members their own as published.
    """
    return await _planned(request, period, date, employee_id)


@dataclass
class PlannedExportOperation(Operation):
    """The export in the OpenAPI document: one answer, in two media types."""

    def __post_init__(self) -> None:
        answer = cast("OpenAPIResponse", (self.responses or {})["200"])
        text = OpenAPIType.STRING
        answer.content = {
            MEDIA_TYPES["csv"]: OpenAPIMediaType(schema=Schema(type=text)),
            MEDIA_TYPES["xlsx"]: OpenAPIMediaType(
                schema=Schema(type=text, format=OpenAPIFormat.BINARY)
            ),
        }


@get(
    "/reports/shifts/export",
    tags=TAGS,
    summary="Export planned hours",
    operation_class=PlannedExportOperation,
    responses={200: ResponseSpec(bytes, generate_examples=False, description="The file.")},
)
async def export_planned_hours(
    request: ApiRequest,
    format: FileFormat = "csv",  # noqa: A002
    period: ChosenPeriod = "month",
    date: AnyDay = None,
    employee_id: EmployeeIds = None,
) -> Response[bytes]:
    """The same as a file, CSV or XLSX: a line an employee and ISO week."""
    hours = await _planned(request, period, date, employee_id)
    content = planned.as_csv(hours) if format == "csv" else planned.as_xlsx(hours)
    name = f"benchbook-shifts-{hours.from_}.{format}"
    return Response(
        content,
        media_type=MEDIA_TYPES[format],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


async def _planned(
    request: ApiRequest, period: Period, day: date | None, employee_id: EmployeeIds
) -> PlannedHours:
    caller = caller_of(request)
    today = datetime.now(UTC).astimezone(ZoneInfo(caller.time_zone)).date()
    first_day, end_day = planned.days_of(period, day or today)
    async with request.database.reading(caller) as tx:
        return await planned.planned_hours(tx, caller, first_day, end_day, employee_id)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "shifts"},
    route_handlers=[report_planned_hours, export_planned_hours],
)
