"""The query parameters that choose sessions: lists, totals, reports and exports share them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter, SkipValidation
from msgspec import UnsetType

from benchbook.accounts.guard import caller_of
from benchbook.accounts.rules import known_time_zone
from benchbook.platform.http import ApiRequest
from benchbook.platform.problems import InvalidInput
from benchbook.timetracking.filters import SessionFilters, Without
from benchbook.timetracking.money import AskedMode, Rounding, RoundingMinutes, rounding_of
from benchbook.timetracking.rules import calendar_range, read_bound

Year = Annotated[
    int | None,
    QueryParameter(name="year", ge=1970, le=2099, description="Sessions that start in this year."),
]
Month = Annotated[
    int | None,
    QueryParameter(name="month", ge=1, le=12, description="And in this month of it (1 to 12)."),
]
From = Annotated[
    str | None,
    QueryParameter(name="from", description="First local date or instant of a half-open range."),
]
To = Annotated[
    str | None,
    QueryParameter(name="to", description="First local date or instant after the range."),
]
ProjectId = Annotated[UUID | None, QueryParameter(name="project_id")]
ClientId = Annotated[
    UUID | None,
    QueryParameter(name="client_id", description="Sessions of this client's projects."),
]
Tag = Annotated[str | None, QueryParameter(name="tag", max_length=50, description="A tag's name.")]
WithoutParameter = Annotated[
    list[Without] | None,
    QueryParameter(
        name="without",
        description="Sessions that have no `project`, no `client` (those without a project, and "
        "those whose project is for no client) or no `tag`. May be given several times. With the "
        "opposite filter (`without=project` and a `project_id`) it is an error.",
    ),
]
Billable = Annotated[
    bool | None,
    QueryParameter(name="billable", description="Only billable sessions, or only others."),
]
Text = Annotated[
    str | None,
    QueryParameter(name="q", max_length=500, description="Text in the name, in either case."),
]
PersonId = Annotated[
    UUID | None,
    QueryParameter(name="person_id", description="Whose; everybody's you may see, unless given."),
]
TimeZone = Annotated[
    str | None,
    QueryParameter(
        name="time_zone",
        max_length=64,
        description="IANA name of the zone whose days count; the person's own unless given.",
    ),
]
RoundingParameter = Annotated[
    AskedMode | None,
    QueryParameter(
        name="rounding",
        description="Round the duration of each session; with `rounding_minutes`. What is stored "
        "stays as it is. Unless given, reports and exports are rounded as the organisation's "
        "billing settings say, and totals not at all; `none`: as tracked.",
    ),
]
RoundingMinutesParameter = Annotated[
    RoundingMinutes | None,
    QueryParameter(name="rounding_minutes", description="To a multiple of so many minutes."),
]
Deleted = Annotated[bool, QueryParameter(name="deleted", description="Those in the bin instead.")]


# UNSET where nothing was asked for, None where durations were to be as tracked.
AskedRounding = Rounding | UnsetType | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sessions that a request asks for, and the zone whose days count."""

    filters: SessionFilters
    zone: ZoneInfo
    # What was asked, for the name of a file.
    words: tuple[str, ...] = ()


async def chosen_by_property(
    request: ApiRequest,
    project_id: ProjectId = None,
    client_id: ClientId = None,
    tag: Tag = None,
    without: WithoutParameter = None,
    billable: Billable = None,
    q: Text = None,
    person_id: PersonId = None,
    time_zone: TimeZone = None,
) -> Chosen:
    """The sessions that are so, whenever they are. Raises InvalidInput."""
    caller = caller_of(request)
    missing = frozenset(without or ())
    _refuse_contradictions(missing, project_id, client_id, tag)
    # A member sees nothing but their own; saying so lets the index serve.
    if person_id is None and not caller.sees_everyone:
        person_id = caller.person_id
    filters = SessionFilters(
        person_id=person_id,
        project_id=project_id,
        client_id=client_id,
        tag=tag,
        without=missing,
        billable=billable,
        text=q or None,
    )
    name = known_time_zone(time_zone, "?time_zone") if time_zone else caller.time_zone
    billing = {None: "", True: "billable", False: "not billable"}[billable]
    words = (tag or "", *(f"without {thing}" for thing in sorted(missing)), billing)
    return Chosen(filters, ZoneInfo(name), words)


async def chosen_by_property_and_time(
    by_property: ChosenByProperty,
    year: Year = None,
    month: Month = None,
    from_: From = None,
    to: To = None,
    deleted: Deleted = False,
) -> Chosen:
    """The sessions that are so and start in a range. Raises InvalidInput."""
    zone = by_property.zone
    ranges: list[tuple[datetime | None, datetime | None]] = []
    if calendar := calendar_range(year, month, zone):
        ranges.append(calendar)
    if from_ or to:
        ranges.append(
            (
                read_bound(from_, zone, "?from") if from_ else None,
                read_bound(to, zone, "?to") if to else None,
            )
        )
    period = f"{year:04}-{month:02}" if year and month else str(year or "")
    return Chosen(
        replace(by_property.filters, ranges=ranges, deleted=deleted),
        zone,
        words=(
            period,
            from_ or "",
            f"to {to}" if to else "",
            *by_property.words,
            "bin" if deleted else "",
        ),
    )


def _refuse_contradictions(
    without: frozenset[Without], project_id: UUID | None, client_id: UUID | None, tag: str | None
) -> None:
    for thing, contradicted in (
        ("project", {"project_id": project_id, "client_id": client_id}),
        ("client", {"client_id": client_id}),
        ("tag", {"tag": tag}),
    ):
        for name, value in contradicted.items():
            if thing in without and value is not None:
                raise InvalidInput.at(
                    "?without", f"Send either without={thing} or {name}: nothing fits both."
                )


async def rounding_as_asked(
    rounding: RoundingParameter = None, rounding_minutes: RoundingMinutesParameter = None
) -> AskedRounding:
    """The rounding of durations that is asked for: UNSET where nothing is, None for none.

    Raises InvalidInput.
    """
    return rounding_of(rounding, rounding_minutes)


# What handlers that choose sessions declare: `dependencies=CHOICE_BY_PROPERTY_AND_TIME` and a
# parameter `chosen: ChosenSessions`, or `dependencies=CHOICE_BY_PROPERTY` and a parameter
# `by_property: ChosenByProperty`.
ChosenByProperty = NamedDependency[SkipValidation[Chosen]]
ChosenSessions = NamedDependency[SkipValidation[Chosen]]
CHOICE_BY_PROPERTY = {"by_property": Provide(chosen_by_property)}
CHOICE_BY_PROPERTY_AND_TIME = {
    **CHOICE_BY_PROPERTY,
    "chosen": Provide(chosen_by_property_and_time),
}
# And where durations may be rounded: `dependencies={…, **ROUNDING}`, and a parameter
# `chosen_rounding: ChosenRounding`.
ChosenRounding = NamedDependency[SkipValidation[AskedRounding]]
ROUNDING = {"chosen_rounding": Provide(rounding_as_asked)}
