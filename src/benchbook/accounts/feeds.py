"""Calendar feeds: secret addresses under which calendar applications read, without signing in.

Accounts own the addresses; what stands in a calendar is its module's: a route at
``/ical/<content>/<address>`` calls ``open_feed`` and gets a caller, who sees what that person
may see and can do nothing but read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import structs
from uuid_utils.compat import uuid7

from benchbook.accounts import feed_store as store
from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.accounts.errors import CalendarFeedAskedTooOften, CalendarFeedNotFound
from benchbook.accounts.rules import mint_credential, read_credential, visible_text
from benchbook.accounts.schemas import (
    CalendarContent,
    CalendarFeed,
    CalendarFeedWithAddress,
    NewCalendarFeed,
)
from benchbook.platform.database import Database, Transaction
from benchbook.platform.problems import NotAllowed
from benchbook.platform.rate_limit import RateLimit

SUFFIX = ".ics"
TOUCH_AFTER = timedelta(minutes=5)
# Calendar applications come every few minutes at most.
READS, WINDOW_SECONDS = 30, 300

_reads = RateLimit(READS, WINDOW_SECONDS)


@dataclass(frozen=True)
class OpenedFeed:
    """A feed as whoever holds its address sees it."""

    name: str
    caller: Caller


async def create_feed(
    tx: Transaction, caller: Caller, new: NewCalendarFeed, base_url: str
) -> CalendarFeedWithAddress:
    """Make a feed of what the caller has.

    Raises NotAllowed for a token that could not read that itself, InvalidInput.
    """
    _require_reach(caller, new.shows)
    name = visible_text(new.name, "/name")
    token, credential = mint_credential("calendar", caller.organisation_id)
    feed = await store.insert_calendar_feed(
        tx,
        organisation_id=caller.organisation_id,
        feed_id=uuid7(),
        person_id=caller.person_id,
        name=name,
        shows=new.shows,
        token_hash=credential.token_hash,
    )
    await record_event(tx, caller, "calendar_feed.created", "calendar_feed", feed.id)
    return _with_address(feed, token, base_url)


async def replace_address(
    tx: Transaction, caller: Caller, feed_id: UUID, base_url: str
) -> CalendarFeedWithAddress:
    """Give a feed a fresh address; the one before is refused from then on.

    Raises CalendarFeedNotFound, and NotAllowed for a token that could not read what it shows.
    """
    token, credential = mint_credential("calendar", caller.organisation_id)
    feed = await store.replace_address(
        tx, caller.organisation_id, caller.person_id, feed_id, credential.token_hash
    )
    if feed is None:
        raise CalendarFeedNotFound("You have no such calendar feed.")
    _require_reach(caller, feed.shows)
    await record_event(tx, caller, "calendar_feed.address_replaced", "calendar_feed", feed.id)
    return _with_address(feed, token, base_url)


async def list_feeds(
    tx: Transaction, caller: Caller, after: UUID | None, limit: int
) -> list[CalendarFeed]:
    """The caller's own feeds, newest first."""
    return await store.list_calendar_feeds(
        tx, caller.organisation_id, caller.person_id, after=after, limit=limit
    )


async def revoke_feed(tx: Transaction, caller: Caller, feed_id: UUID) -> None:
    """End one of the caller's own feeds; raises CalendarFeedNotFound."""
    if not await store.delete_calendar_feed(tx, caller.organisation_id, caller.person_id, feed_id):
        raise CalendarFeedNotFound("You have no such calendar feed.")
    await record_event(tx, caller, "calendar_feed.revoked", "calendar_feed", feed_id)


async def open_feed(database: Database, file_name: str, shows: CalendarContent) -> OpenedFeed:
    """The feed with this secret file name (``bbc_….ics``), and who reads it.

    Raises CalendarFeedNotFound, also for an address of something else, and
    CalendarFeedAskedTooOften. No message repeats the name.
    """
    credential = row = None
    if file_name.endswith(SUFFIX):
        credential = read_credential(file_name.removesuffix(SUFFIX))
    if credential is not None and credential.kind == "calendar":
        async with database.connection() as connection:
            row = await store.find_calendar_feed(connection, credential)
    if credential is None or row is None or row["shows"] != shows:
        raise CalendarFeedNotFound("This address is not, or no longer, that of a calendar.")
    if seconds := _reads.spend(row["feed_id"]):
        raise CalendarFeedAskedTooOften(
            f"This calendar was read {READS} times within {WINDOW_SECONDS // 60} minutes. "
            f"Come back in {seconds} seconds.",
            retry_after_seconds=seconds,
        )
    caller = Caller(
        credential.organisation_id,
        row["person_id"],
        "member",
        frozenset({f"{shows}:read"}),
        row["time_zone"],
    )
    used_at = row["last_used_at"]
    if used_at is None or datetime.now(UTC) - used_at > TOUCH_AFTER:
        async with database.transaction(caller) as tx:
            await store.touch_calendar_feed(tx, caller.organisation_id, row["feed_id"])
    return OpenedFeed(row["name"], caller)


def _require_reach(caller: Caller, shows: CalendarContent) -> None:
    if not caller.may(f"{shows}:read"):
        raise NotAllowed(f"This API token does not have the scope {shows}:read.")


def _with_address(feed: CalendarFeed, token: str, base_url: str) -> CalendarFeedWithAddress:
    url = f"{base_url.rstrip('/')}/ical/{feed.shows}/{token}{SUFFIX}"
    return CalendarFeedWithAddress(**structs.asdict(feed), url=url)
