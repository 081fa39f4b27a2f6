"""The HTTP of clients, projects and tags."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
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
from benchbook.timetracking import catalogue, catalogue_store, tagging
from benchbook.timetracking.catalogue_store import CLIENTS, PROJECTS, TAGS, Item, Shelf
from benchbook.timetracking.schemas import (
    ChangeClient,
    ChangeProject,
    ChangeTag,
    Client,
    ClientPage,
    MergeTag,
    NewClient,
    NewProject,
    NewTag,
    Project,
    ProjectPage,
    Tag,
    TagPage,
)

Archived = Annotated[
    bool | None,
    QueryParameter(
        name="archived", description="Only archived ones, or only others; both if absent."
    ),
]
MANAGERS = {"role": "manager"}


@get("/clients", tags=["Projects"], summary="List clients")
async def list_clients(
    request: ApiRequest,
    archived: Archived = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> ClientPage:
    """The organisation's clients, by name."""
    return ClientPage(*await _page(request, CLIENTS, archived, limit, cursor))


@post("/clients", tags=["Projects"], summary="Add a client", opt=MANAGERS)
async def add_client(request: ApiRequest, data: JSONBody[NewClient]) -> Response[Client]:
    """Add a client; 409 `name_taken` when there is one of this name. Takes the role manager."""
    caller = caller_of(request)
    return await _created(request, "clients", lambda tx: catalogue.add_client(tx, caller, data))


@get("/clients/{client_id:uuid}", tags=["Projects"], summary="Read a client")
async def read_client(request: ApiRequest, client_id: FromPath[UUID]) -> Response[Client]:
    """One client."""
    return await _read(request, CLIENTS, client_id)


@patch("/clients/{client_id:uuid}", tags=["Projects"], summary="Change a client", opt=MANAGERS)
async def change_client(
    request: ApiRequest, client_id: FromPath[UUID], data: JSONBody[ChangeClient]
) -> Response[Client]:
    """Rename, archive or bring back a client. Takes the role manager."""
    caller, expected = caller_of(request), expected_revision(request)
    return await _changed(
        request, lambda tx: catalogue.change_client(tx, caller, client_id, data, expected)
    )


@delete("/clients/{client_id:uuid}", tags=["Projects"], summary="Delete a client", opt=MANAGERS)
async def remove_client(request: ApiRequest, client_id: FromPath[UUID]) -> None:
    """Delete a client; one that has projects is archived instead. Takes the role manager."""
    await _remove(request, CLIENTS, client_id)


@get("/projects", tags=["Projects"], summary="List projects")
async def list_projects(
    request: ApiRequest,
    archived: Archived = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> ProjectPage:
    """The organisation's projects, by name."""
    return ProjectPage(*await _page(request, PROJECTS, archived, limit, cursor))


@post("/projects", tags=["Projects"], summary="Add a project", opt=MANAGERS)
async def add_project(request: ApiRequest, data: JSONBody[NewProject]) -> Response[Project]:
    """Add a project, for a client or for none. Takes the role manager."""
    caller = caller_of(request)
    return await _created(request, "projects", lambda tx: catalogue.add_project(tx, caller, data))


@get("/projects/{project_id:uuid}", tags=["Projects"], summary="Read a project")
async def read_project(request: ApiRequest, project_id: FromPath[UUID]) -> Response[Project]:
    """One project."""
    return await _read(request, PROJECTS, project_id)


@patch("/projects/{project_id:uuid}", tags=["Projects"], summary="Change a project", opt=MANAGERS)
async def change_project(
    request: ApiRequest, project_id: FromPath[UUID], data: JSONBody[ChangeProject]
) -> Response[Project]:
    """Change, archive or bring back a project. Takes the role manager."""
    caller, expected = caller_of(request), expected_revision(request)
    return await _changed(
        request, lambda tx: catalogue.change_project(tx, caller, project_id, data, expected)
    )


@delete("/projects/{project_id:uuid}", tags=["Projects"], summary="Delete a project", opt=MANAGERS)
async def remove_project(request: ApiRequest, project_id: FromPath[UUID]) -> None:
    """Delete a project; one that has sessions is archived instead. Takes the role manager."""
    await _remove(request, PROJECTS, project_id)


@get("/tags", tags=["Projects"], summary="List tags")
async def list_tags(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> TagPage:
    """The organisation's tags, by name."""
    return TagPage(*await _page(request, TAGS, None, limit, cursor))


@post("/tags", tags=["Projects"], summary="Add a tag")
async def add_tag(request: ApiRequest, data: JSONBody[NewTag]) -> Response[Tag]:
    """Add a tag. Tags that a session names are added by themselves, too."""
    caller = caller_of(request)
    return await _created(request, "tags", lambda tx: catalogue.add_tag(tx, caller, data))


@get("/tags/{tag_id:uuid}", tags=["Projects"], summary="Read a tag")
async def read_tag(request: ApiRequest, tag_id: FromPath[UUID]) -> Response[Tag]:
    """One tag."""
    return await _read(request, TAGS, tag_id)


@patch("/tags/{tag_id:uuid}", tags=["Projects"], summary="Rename a tag", opt=MANAGERS)
async def change_tag(
    request: ApiRequest, tag_id: FromPath[UUID], data: JSONBody[ChangeTag]
) -> Response[Tag]:
    """Rename a tag; the sessions that carry it follow. Takes the role manager."""
    caller, expected = caller_of(request), expected_revision(request)
    return await _changed(
        request, lambda tx: tagging.rename_tag(tx, caller, tag_id, data, expected)
    )


@delete("/tags/{tag_id:uuid}", tags=["Projects"], summary="Delete a tag", opt=MANAGERS)
async def remove_tag(request: ApiRequest, tag_id: FromPath[UUID]) -> None:
    """Delete a tag and take it from all sessions. It can be restored for 30 days.

    Takes the role manager.
    """
    caller, expected = caller_of(request), expected_revision(request)
    async with request.database.transaction(caller) as tx:
        await tagging.remove_tag(tx, caller, tag_id, expected)


@post(
    "/tags/{tag_id:uuid}/merge",
    tags=["Projects"],
    summary="Merge a tag into another",
    status_code=200,
    opt=MANAGERS,
)
async def merge_tag(
    request: ApiRequest, tag_id: FromPath[UUID], data: JSONBody[MergeTag]
) -> Response[Tag]:
    """Sessions that carry this tag carry `into` instead, and this one is deleted.

    Answers the tag that is left. `POST /tags/{tag_id}/restore` takes it back for 30 days. Takes
    the role manager.
    """
    caller = caller_of(request)
    return await _changed(request, lambda tx: tagging.merge_tag(tx, caller, tag_id, data.into))


@post(
    "/tags/{tag_id:uuid}/restore",
    tags=["Projects"],
    summary="Bring back a tag",
    status_code=200,
    opt=MANAGERS,
)
async def restore_tag(request: ApiRequest, tag_id: FromPath[UUID]) -> Response[Tag]:
    """Bring back a tag that was deleted or merged within 30 days, in the sessions that had it.

    One that was not removed is answered as it is. Should there be another tag of its name by now,
    the sessions get that one, and it is answered. Takes the role manager.
    """
    caller = caller_of(request)
    return await _changed(request, lambda tx: tagging.restore_tag(tx, caller, tag_id))


async def _page(
    request: ApiRequest,
    shelf: Shelf[Item],
    archived: bool | None,
    limit: int,
    cursor: str | None,
) -> tuple[list[Item], str | None]:
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[str, UUID]) if cursor else None
    async with request.database.reading(caller) as tx:
        items = await catalogue_store.list_items(
            tx, shelf, caller.organisation_id, archived=archived, after=after, limit=limit + 1
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
    request: ApiRequest, path: str, add: Callable[[Transaction], Awaitable[tuple[Item, int]]]
) -> Response[Item]:
    async def work(tx: Transaction) -> Outcome[Item]:
        item, revision = await add(tx)
        headers = {"Location": f"/api/v1/{path}/{item.id}", "ETag": etag(revision)}
        return Outcome(item, status_code=201, headers=headers)

    return await write(request, caller_of(request), work)


async def _changed(
    request: ApiRequest, change: Callable[[Transaction], Awaitable[tuple[Item, int]]]
) -> Response[Item]:
    async def work(tx: Transaction) -> Outcome[Item]:
        item, revision = await change(tx)
        return Outcome(item, headers={"ETag": etag(revision)})

    return await write(request, caller_of(request), work)


async def _remove(request: ApiRequest, shelf: Shelf[Item], item_id: UUID) -> None:
    caller, expected = caller_of(request), expected_revision(request)
    async with request.database.transaction(caller) as tx:
        await catalogue.remove_item(tx, caller, shelf, item_id, expected)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "hours"},
    route_handlers=[
        list_clients,
        add_client,
        read_client,
        change_client,
        remove_client,
        list_projects,
        add_project,
        read_project,
        change_project,
        remove_project,
        list_tags,
        add_tag,
        read_tag,
        change_tag,
        remove_tag,
        merge_tag,
        restore_tag,
    ],
)
