"""The HTTP of templates and patterns of shifts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

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
from benchbook.shifts import pattern_store, patterns, templates
from benchbook.shifts.pattern_schemas import (
    ChangeShiftPattern,
    ChangeShiftTemplate,
    GeneratedShifts,
    GenerateShifts,
    NewShiftPattern,
    NewShiftTemplate,
    ShiftGenerationPage,
    ShiftPattern,
    ShiftPatternPage,
    ShiftTemplate,
    ShiftTemplatePage,
    TakenBack,
)

TAGS = ["Shift patterns"]


@get("/shift-templates", tags=TAGS, summary="List shift templates")
async def list_shift_templates(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> ShiftTemplatePage:
    """Shifts as they are done again and again, by their name. Takes the role manager."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[str, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        items = await pattern_store.list_templates(
            tx, caller.organisation_id, after=after, limit=limit + 1
        )
    return ShiftTemplatePage(*page_of(items, limit, lambda item: [item.name, item.id]))


@post("/shift-templates", tags=TAGS, summary="Add a shift template")
async def add_shift_template(
    request: ApiRequest, data: JSONBody[NewShiftTemplate]
) -> Response[ShiftTemplate]:
    """Add a template with either an `end_time` or `duration_minutes`: the night that ends at 06:00
    whatever the clocks do, or the one of eight hours. Takes the role manager."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[ShiftTemplate]:
        template, revision = await templates.add_template(tx, caller, data)
        headers = {"Location": f"/api/v1/shift-templates/{template.id}", "ETag": etag(revision)}
        return Outcome(template, status_code=201, headers=headers)

    return await write(request, caller, work)


@get("/shift-templates/{shift_template_id:uuid}", tags=TAGS, summary="Read a shift template")
async def read_shift_template(
    request: ApiRequest, shift_template_id: FromPath[UUID]
) -> Response[ShiftTemplate]:
    """One template. Takes the role manager."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        template, revision = await templates.read_template(tx, caller, shift_template_id)
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(template, headers=headers)


@patch("/shift-templates/{shift_template_id:uuid}", tags=TAGS, summary="Change a shift template")
async def change_shift_template(
    request: ApiRequest, shift_template_id: FromPath[UUID], data: JSONBody[ChangeShiftTemplate]
) -> Response[ShiftTemplate]:
    """Change a template; shifts that were made like it stay as they are. Takes the role
    manager."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[ShiftTemplate]:
        template, revision = await templates.change_template(
            tx, caller, shift_template_id, data, expected
        )
        return Outcome(template, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


@delete("/shift-templates/{shift_template_id:uuid}", tags=TAGS, summary="Delete a shift template")
async def remove_shift_template(
    request: ApiRequest, shift_template_id: FromPath[UUID]
) -> Response[None]:
    """Delete a template; 409 `shift_template_in_use` while a pattern has it. Takes the role
    manager."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await templates.remove_template(tx, caller, shift_template_id, expected)
        return Outcome(status_code=204)

    return await write(request, caller, work)


@get("/shift-patterns", tags=TAGS, summary="List shift patterns")
async def list_shift_patterns(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> ShiftPatternPage:
    """Patterns, by their name. Takes the role manager."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[str, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        items = await pattern_store.list_patterns(
            tx, caller.organisation_id, after=after, limit=limit + 1
        )
    return ShiftPatternPage(*page_of(items, limit, lambda item: [item.name, item.id]))


@post("/shift-patterns", tags=TAGS, summary="Add a shift pattern")
async def add_shift_pattern(
    request: ApiRequest, data: JSONBody[NewShiftPattern]
) -> Response[ShiftPattern]:
    """Add a pattern: a cycle of up to 366 days, and the templates of each of its days. Takes the
    role manager."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[ShiftPattern]:
        pattern, revision = await patterns.add_pattern(tx, caller, data)
        headers = {"Location": f"/api/v1/shift-patterns/{pattern.id}", "ETag": etag(revision)}
        return Outcome(pattern, status_code=201, headers=headers)

    return await write(request, caller, work)


@get("/shift-patterns/{shift_pattern_id:uuid}", tags=TAGS, summary="Read a shift pattern")
async def read_shift_pattern(
    request: ApiRequest, shift_pattern_id: FromPath[UUID]
) -> Response[ShiftPattern]:
    """One pattern. Takes the role manager."""
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        pattern, revision = await patterns.read_pattern(tx, caller, shift_pattern_id)
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(pattern, headers=headers)


@patch("/shift-patterns/{shift_pattern_id:uuid}", tags=TAGS, summary="Change a shift pattern")
async def change_shift_pattern(
    request: ApiRequest, shift_pattern_id: FromPath[UUID], data: JSONBody[ChangeShiftPattern]
) -> Response[ShiftPattern]:
    """Change a pattern; what was generated of it stays as it is. Takes the role manager."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[ShiftPattern]:
        pattern, revision = await patterns.change_pattern(
            tx, caller, shift_pattern_id, data, expected
        )
        return Outcome(pattern, headers={"ETag": etag(revision)})

    return await write(request, caller, work)


@delete("/shift-patterns/{shift_pattern_id:uuid}", tags=TAGS, summary="Delete a shift pattern")
async def remove_shift_pattern(
    request: ApiRequest, shift_pattern_id: FromPath[UUID]
) -> Response[None]:
    """Delete a pattern; the shifts that were made of it stay. Takes the role manager."""
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await patterns.remove_pattern(tx, caller, shift_pattern_id, expected)
        return Outcome(status_code=204)

    return await write(request, caller, work)


@post(
    "/shift-patterns/{shift_pattern_id:uuid}/generate",
    tags=TAGS,
    summary="Generate shifts of a pattern",
    status_code=200,
)
async def generate_shifts(
    request: ApiRequest, shift_pattern_id: FromPath[UUID], data: JSONBody[GenerateShifts]
) -> Response[GeneratedShifts]:
    """Make the shifts of the days from `from` up to, not including, `to`, in local time: drafts
    unless `published` is true. All of them or, where an employee has others then, none (409
    `shift_overlap`); with `skip_conflicts` those that meet others are left out. `dry_run` changes
    nothing and answers the same, with what would be left out and why.

    A time that exists twice is the first of the two; one that the clocks leave out is the instant
    at which they change; a shift that lies wholly in what is left out is not made. Up to 10,000
    shifts. `DELETE /shift-generations/{id}` takes them back. Takes the role manager.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[GeneratedShifts]:
        return Outcome(await patterns.generate_shifts(tx, caller, shift_pattern_id, data))

    return await write(request, caller, work)


PatternId = Annotated[
    UUID | None, QueryParameter(name="pattern_id", description="Only what was made of this one.")
]


@get("/shift-generations", tags=TAGS, summary="List what was generated")
async def list_shift_generations(
    request: ApiRequest,
    pattern_id: PatternId = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> ShiftGenerationPage:
    """What was generated together, the latest first, and not taken back. Takes the role
    manager."""
    caller = caller_of(request)
    before = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    async with request.database.reading(caller) as tx:
        items = await pattern_store.list_generations(
            tx, caller.organisation_id, pattern_id=pattern_id, before=before, limit=limit + 1
        )
    return ShiftGenerationPage(*page_of(items, limit, lambda item: [item.id]))


@delete(
    "/shift-generations/{shift_generation_id:uuid}",
    tags=TAGS,
    summary="Take generated shifts back",
    status_code=200,
)
async def take_generation_back(
    request: ApiRequest, shift_generation_id: FromPath[UUID]
) -> Response[TakenBack]:
    """Delete the shifts that were generated together. Those that were changed or published since
    are kept, and counted. Takes the role manager."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[TakenBack]:
        return Outcome(await patterns.take_back(tx, caller, shift_generation_id))

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "shifts", "role": "manager"},
    route_handlers=[
        list_shift_templates,
        add_shift_template,
        read_shift_template,
        change_shift_template,
        remove_shift_template,
        list_shift_patterns,
        add_shift_pattern,
        read_shift_pattern,
        change_shift_pattern,
        remove_shift_pattern,
        generate_shifts,
        list_shift_generations,
        take_generation_back,
    ],
)
