"""The HTTP of notifications."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import JSONBody, QueryParameter

from benchbook.accounts.guard import caller_of, require_caller
from benchbook.notifications import store
from benchbook.notifications.schemas import MarkedRead, MarkRead, NotificationPage
from benchbook.platform.database import Transaction
from benchbook.platform.http import ApiRequest, Outcome, write
from benchbook.platform.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, page_of

TAGS = ["Notifications"]

Unread = Annotated[
    bool | None,
    QueryParameter(name="unread", description="Only unread ones, or only others; all if absent."),
]


@get("/notifications", tags=TAGS, summary="List one's notifications")
async def list_notifications(
    request: ApiRequest, unread: Unread = None, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> NotificationPage:
    """One's own notifications of the last 90 days, newest first.

    News of shifts within ten minutes is gathered in one, until that is read. `GET /events` tells of
    changes with the kind `notifications`.
    """
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    async with request.database.reading(caller) as tx:
        items = await store.list_notifications(
            tx,
            caller.organisation_id,
            caller.person_id,
            unread=unread,
            after=after,
            limit=limit + 1,
        )
        unread_count = await store.count_unread(tx, caller.organisation_id, caller.person_id)
    return NotificationPage(*page_of(items, limit, lambda item: [item.id]), unread_count)


@post("/notifications/read", tags=TAGS, summary="Mark notifications as read", status_code=200)
async def mark_notifications_read(
    request: ApiRequest, data: JSONBody[MarkRead]
) -> Response[MarkedRead]:
    """Mark some or all of one's own notifications as read; ids of others are passed over."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[MarkedRead]:
        await store.mark_read(tx, caller.organisation_id, caller.person_id, data.ids)
        return Outcome(
            MarkedRead(await store.count_unread(tx, caller.organisation_id, caller.person_id))
        )

    return await write(request, caller, work)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "account"},
    route_handlers=[list_notifications, mark_notifications_read],
)
