"""The HTTP of calendar feeds: making, replacing and ending their addresses."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, JSONBody

from benchbook.accounts import feeds
from benchbook.accounts.guard import caller_of, require_caller
from benchbook.accounts.schemas import CalendarFeedPage, CalendarFeedWithAddress, NewCalendarFeed
from benchbook.platform.database import Transaction
from benchbook.platform.http import ApiRequest, Outcome, write
from benchbook.platform.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, page_of
from benchbook.platform.settings import Settings


def _base_url(request: ApiRequest) -> str:
    """Where people reach this server: as the operator says, else as this request came."""
    settings: Settings = request.app.state.settings
    return settings.public_url or str(request.base_url)


@post("/calendar-feeds", tags=["Calendar feeds"], summary="Create a calendar feed")
async def create_calendar_feed(
    request: ApiRequest, data: JSONBody[NewCalendarFeed]
) -> Response[CalendarFeedWithAddress]:
    """Make an address to subscribe to in a calendar application (iCalendar, RFC 5545).

    `url` is shown in this answer and never again. Whoever has it reads one's own hours of the last
    twelve months there (`"shows": "hours"`), or one's own published shifts (`"shifts"`), without
    signing in, and nothing else: give each application a feed of its own, so that one can be revoked
    without the others.
    """
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[CalendarFeedWithAddress]:
        feed = await feeds.create_feed(tx, caller, data, _base_url(request))
        return Outcome(feed, status_code=201)

    return await write(request, caller, work)


@get("/calendar-feeds", tags=["Calendar feeds"], summary="List one's calendar feeds")
async def list_calendar_feeds(
    request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> CalendarFeedPage:
    """The caller's own feeds, newest first, without their addresses."""
    caller = caller_of(request)
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    async with request.database.reading(caller) as tx:
        items = await feeds.list_feeds(tx, caller, after, limit + 1)
    return CalendarFeedPage(*page_of(items, limit, lambda item: [item.id]))


@post(
    "/calendar-feeds/{feed_id:uuid}/address",
    tags=["Calendar feeds"],
    summary="Replace the address of a calendar feed",
)
async def replace_calendar_feed_address(
    request: ApiRequest, feed_id: FromPath[UUID]
) -> Response[CalendarFeedWithAddress]:
    """A fresh address, for one that got into wrong hands; the one before is refused at once."""
    caller = caller_of(request)

    async def work(tx: Transaction) -> Outcome[CalendarFeedWithAddress]:
        feed = await feeds.replace_address(tx, caller, feed_id, _base_url(request))
        return Outcome(feed, status_code=201)

    return await write(request, caller, work)


@delete("/calendar-feeds/{feed_id:uuid}", tags=["Calendar feeds"], summary="Revoke a calendar feed")
async def revoke_calendar_feed(request: ApiRequest, feed_id: FromPath[UUID]) -> None:
    """End one of one's own feeds; its address is refused from then on."""
    caller = caller_of(request)
    async with request.database.transaction(caller) as tx:
        await feeds.revoke_feed(tx, caller, feed_id)


ROUTES = Router(
    path="/",
    guards=[require_caller],
    opt={"scope": "account"},
    route_handlers=[
        create_calendar_feed,
        list_calendar_feeds,
        replace_calendar_feed_address,
        revoke_calendar_feed,
    ],
)
