"""The HTTP of labour rules, and of what is against them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

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
from benchbook.platform.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, page_of
from benchbook.platform.problems import InvalidInput
from benchbook.shifts import labour, labour_store
from benchbook.shifts.labour_schemas import (
    ChangeLabourRule,
    LabourRule,
    LabourRulePage,
    LabourRuleViolation,
    LabourRuleViolationPage,
    NewLabourRule,
)
from benchbook.shifts.rules import END_OF_INSTANTS, FIRST_INSTANT, read_bound

TAGS = ["Labour rules"]
MANAGERS = {"role": "manager"}
DEFAULT_RANGE = timedelta(days=28)
LONGEST_RANGE = timedelta(days=400)


@get("/labour-rules", tags=TAGS, summary="List labour rules")
async def list_labour_rules(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> LabourRulePage:
    """What shifts are held to, in the order in which it was added."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    async with request.database.reading(caller) as tx:
        items = await labour_store.list_rules(
            tx, caller.organisation_id, after=after, limit=limit + 1
        )
    return LabourRulePage(*page_of(items, limit, lambda item: [item.id]))


@post("/labour-rules", tags=TAGS, summary="Add a labour rule", opt=MANAGERS)
async def add_labour_rule(
    request: ApiRequest, data: JSONBody[NewLabourRule]
) -> Response[LabourRule]:
    """Add a rule that warns or blocks, for everybody, for a position, or for one employee. It
    judges what is changed from now on; `GET /shifts/checks` shows what is against it already.
    Takes the role manager."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[LabourRule]:
        rule, revision = await labour.add_rule(tx, caller, data)
        headers = {"Location": f"/api/v1/labour-rules/{rule.id}", "ETag": etag(revision)}
        return Outcome(rule, status_code=201, headers=headers)

    return await write(request, caller, work)


@get("/labour-rules/{labour_rule_id:uuid}", tags=TAGS, summary="Read a labour rule")
async def read_labour_rule(
    request: ApiRequest, labour_rule_id: FromPath[UUID]
) -> Response[LabourRule]:
    """One rule."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        rule, revision = await labour.read_rule(tx, caller, labour_rule_id)
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(rule, headers=headers)


@patch(
    "/labour-rules/{labour_rule_id:uuid}", tags=TAGS, summary="Change a labour rule", opt=MANAGERS
)
async def change_labour_rule(
    request: ApiRequest, labour_rule_id: FromPath[UUID], data: JSONBody[ChangeLabourRule]
) -> Response[LabourRule]:
    """Change a rule, but not its kind. Takes the role manager."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[LabourRule]:
        rule, revision = await labour.change_rule(tx, caller, labour_rule_id, data, expected)
        return Outcome(rule, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


@delete(
    "/labour-rules/{labour_rule_id:uuid}", tags=TAGS, summary="Delete a labour rule", opt=MANAGERS
)
async def remove_labour_rule(request: ApiRequest, labour_rule_id: FromPath[UUID]) -> Response[None]:
    """Delete a rule. Takes the role manager."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await labour.remove_rule(tx, caller, labour_rule_id, expected)
        return Outcome(status_code=204)

    return await write(request, caller, work)


@get("/shifts/checks", tags=TAGS, summary="Find what is against the labour rules", opt=MANAGERS)
async def list_shift_checks(
    request: ApiRequest,
    from_: Annotated[
        str | None,
        QueryParameter(
            name="from",
            description="An instant, or a date in your own time zone; now unless given.",
        ),
    ] = None,
    to: Annotated[
        str | None,
        QueryParameter(
            name="to",
            description="The instant or date at which the range ends; 28 days later unless given.",
        ),
    ] = None,
    employee_id: Annotated[
        list[UUID] | None,
        QueryParameter(name="employee_id", description="Whose; may be given several times."),
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> LabourRuleViolationPage:
    """What is against the rules in up to 400 days, drafts included, by its beginning. What was
    let be has its `override`. Takes the role manager."""
    caller = caller_of(request)
    zone = ZoneInfo(caller.time_zone)
    starting = read_bound(from_, zone, "?from") if from_ is not None else datetime.now(UTC)
    ending = read_bound(to, zone, "?to") if to is not None else starting + DEFAULT_RANGE
    for instant, pointer in ((starting, "?from"), (ending, "?to")):
        if not FIRST_INSTANT + LONGEST_RANGE <= instant < END_OF_INSTANTS - LONGEST_RANGE:
            raise InvalidInput.at(pointer, "The instant must lie between the years 1972 and 2098.")
    if ending <= starting:
        raise InvalidInput.at("?to", "The range ends after it starts.")
    if ending - starting > LONGEST_RANGE:
        raise InvalidInput.at("?to", "Look at 400 days at most at once.")
    after = decode_cursor(cursor, tuple[datetime, UUID, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        found = await labour.list_violations(
            tx, caller, starting=starting, ending=ending, employee_ids=employee_id or None
        )
    items = [one for one in found if after is None or _key(one) > after][: limit + 1]
    return LabourRuleViolationPage(*page_of(items, limit, _key))


def _key(violation: LabourRuleViolation) -> tuple[datetime, UUID, UUID]:
    return violation.starts_at, violation.employee_id, violation.rule_id


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "shifts"},
    route_handlers=[
        list_labour_rules,
        add_labour_rule,
        read_labour_rule,
        change_labour_rule,
        remove_labour_rule,
        list_shift_checks,
    ],
)
