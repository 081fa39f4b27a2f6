"""The HTTP of skills, locations and positions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from litestar import Response, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody

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
from benchbook.shifts import catalogue, catalogue_store
from benchbook.shifts.catalogue_schemas import (
    ChangeLocation,
    ChangePosition,
    ChangeSkill,
    Location,
    LocationPage,
    NewLocation,
    NewPosition,
    NewSkill,
    Position,
    PositionPage,
    Skill,
    SkillPage,
)
from benchbook.shifts.catalogue_store import LOCATIONS, POSITIONS, SKILLS, Item, Shelf

TAGS = ["Skills, positions and locations"]
MANAGERS = {"role": "manager"}


@get("/skills", tags=TAGS, summary="List skills")
async def list_skills(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> SkillPage:
    """The organisation's skills, by name; archived ones too."""
    return SkillPage(*await _page(request, SKILLS, limit, cursor))


@post("/skills", tags=TAGS, summary="Add a skill", opt=MANAGERS)
async def add_skill(request: ApiRequest, data: JSONBody[NewSkill]) -> Response[Skill]:
    """Add a skill; 409 `roster_name_taken` when there is one of this name. Takes the role manager."""
    caller = caller_of(request)
    return await _created(request, SKILLS, lambda tx: catalogue.add_item(tx, caller, SKILLS, data))


@get("/skills/{skill_id:uuid}", tags=TAGS, summary="Read a skill")
async def read_skill(request: ApiRequest, skill_id: FromPath[UUID]) -> Response[Skill]:
    """One skill."""
    return await _read(request, SKILLS, skill_id)


@patch("/skills/{skill_id:uuid}", tags=TAGS, summary="Change a skill", opt=MANAGERS)
async def change_skill(
    request: ApiRequest, skill_id: FromPath[UUID], data: JSONBody[ChangeSkill]
) -> Response[Skill]:
    """Rename, archive or bring back a skill. Takes the role manager."""
    caller, expected = caller_of(request), expected_revision(request)
    return await _changed(
        request, lambda tx: catalogue.change_item(tx, caller, SKILLS, skill_id, data, expected)
    )


@delete("/skills/{skill_id:uuid}", tags=TAGS, summary="Delete a skill", opt=MANAGERS)
async def remove_skill(request: ApiRequest, skill_id: FromPath[UUID]) -> Response[None]:
    """Delete a skill; one that somebody has, or a position takes, is archived instead.

    Takes the role manager."""
    return await _remove(request, SKILLS, skill_id)


@get("/locations", tags=TAGS, summary="List locations")
async def list_locations(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> LocationPage:
    """The organisation's locations, by name; archived ones too."""
    return LocationPage(*await _page(request, LOCATIONS, limit, cursor))


@post("/locations", tags=TAGS, summary="Add a location", opt=MANAGERS)
async def add_location(request: ApiRequest, data: JSONBody[NewLocation]) -> Response[Location]:
    """Add a location with its time zone; 409 `roster_name_taken` when there is one of this name.

    Takes the role manager."""
    caller = caller_of(request)
    return await _created(
        request, LOCATIONS, lambda tx: catalogue.add_item(tx, caller, LOCATIONS, data)
    )


@get("/locations/{location_id:uuid}", tags=TAGS, summary="Read a location")
async def read_location(request: ApiRequest, location_id: FromPath[UUID]) -> Response[Location]:
    """One location."""
    return await _read(request, LOCATIONS, location_id)


@patch("/locations/{location_id:uuid}", tags=TAGS, summary="Change a location", opt=MANAGERS)
async def change_location(
    request: ApiRequest, location_id: FromPath[UUID], data: JSONBody[ChangeLocation]
) -> Response[Location]:
    """Change, archive or bring back a location. Takes the role manager."""
    caller, expected = caller_of(request), expected_revision(request)
    return await _changed(
        request,
        lambda tx: catalogue.change_item(tx, caller, LOCATIONS, location_id, data, expected),
    )


@delete("/locations/{location_id:uuid}", tags=TAGS, summary="Delete a location", opt=MANAGERS)
async def remove_location(request: ApiRequest, location_id: FromPath[UUID]) -> Response[None]:
    """Delete a location; one that an employee or a shift names is archived instead.

    Takes the role manager."""
    return await _remove(request, LOCATIONS, location_id)


@get("/positions", tags=TAGS, summary="List positions")
async def list_positions(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> PositionPage:
    """The organisation's positions, by name, each with the skills that it takes."""
    return PositionPage(*await _page(request, POSITIONS, limit, cursor))


@post("/positions", tags=TAGS, summary="Add a position", opt=MANAGERS)
async def add_position(request: ApiRequest, data: JSONBody[NewPosition]) -> Response[Position]:
    """Add a position. A shift whose `position` is its name takes somebody with all of its skills;
    `GET /shifts/conflicts` names those where it is not so. Takes the role manager."""
    caller = caller_of(request)
    return await _created(request, POSITIONS, lambda tx: catalogue.add_position(tx, caller, data))


@get("/positions/{position_id:uuid}", tags=TAGS, summary="Read a position")
async def read_position(request: ApiRequest, position_id: FromPath[UUID]) -> Response[Position]:
    """One position."""
    return await _read(request, POSITIONS, position_id)


@patch("/positions/{position_id:uuid}", tags=TAGS, summary="Change a position", opt=MANAGERS)
async def change_position(
    request: ApiRequest, position_id: FromPath[UUID], data: JSONBody[ChangePosition]
) -> Response[Position]:
    """Rename a position, or set the skills that it takes.

    All that has its name is renamed with it, in closed months too: shifts, drafts, open shifts,
    templates, labour rules and staffing needs. Nobody is told, and no request is overtaken. A name
    that is planned with already is 409 `roster_name_taken`. Takes the role manager.
    """
    caller, expected = caller_of(request), expected_revision(request)
    return await _changed(
        request, lambda tx: catalogue.change_position(tx, caller, position_id, data, expected)
    )


@delete("/positions/{position_id:uuid}", tags=TAGS, summary="Delete a position", opt=MANAGERS)
async def remove_position(request: ApiRequest, position_id: FromPath[UUID]) -> Response[None]:
    """Delete a position; shifts keep the text that they have. Takes the role manager."""
    return await _remove(request, POSITIONS, position_id)


async def _page(
    request: ApiRequest, shelf: Shelf[Item], limit: int, cursor: str | None
) -> tuple[list[Item], str | None]:
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[str, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        items = await catalogue_store.list_items(
            tx, shelf, caller.organisation_id, after=after, limit=limit + 1
        )
    return page_of(items, limit, lambda item: [item.name, item.id])


async def _read(request: ApiRequest, shelf: Shelf[Item], item_id: UUID) -> Response[Item]:
    caller = caller_of(request)
    async with request.database.reading(caller) as tx:
        item, revision = await catalogue.read_item(tx, caller, shelf, item_id)
    headers = {"ETag": etag(revision), "Cache-Control": "private, no-cache"}
    if not_modified(request, etag(revision)):
        return json_response(b"", status_code=304, headers=headers)
    return json_response(item, headers=headers)


async def _created(
    request: ApiRequest,
    shelf: Shelf[Item],
    add: Callable[[Transaction], Awaitable[tuple[Item, int]]],
) -> Response[Item]:
    async def work(tx: Transaction) -> Outcome[Item]:
        item, revision = await add(tx)
        headers = {"Location": f"/api/v1/{shelf.table}/{item.id}", "ETag": etag(revision)}
        return Outcome(item, status_code=201, headers=headers)

    return await write(request, caller_of(request), work)


async def _changed(
    request: ApiRequest, change: Callable[[Transaction], Awaitable[tuple[Item, int]]]
) -> Response[Item]:
    async def work(tx: Transaction) -> Outcome[Item]:
        item, revision = await change(tx)
        return Outcome(item, headers={"ETag": etag(revision)})

    return await write(request, caller_of(request), work)


async def _remove(request: ApiRequest, shelf: Shelf[Item], item_id: UUID) -> Response[None]:
    caller, expected = caller_of(request), expected_revision(request)

    async def work(tx: Transaction) -> Outcome[None]:
        await catalogue.remove_item(tx, caller, shelf, item_id, expected)
        return Outcome(status_code=204)

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "shifts"},
    route_handlers=[
        list_skills,
        add_skill,
        read_skill,
        change_skill,
        remove_skill,
        list_locations,
        add_location,
        read_location,
        change_location,
        remove_location,
        list_positions,
        add_position,
        read_position,
        change_position,
        remove_position,
    ],
)
