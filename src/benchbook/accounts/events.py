"""Who is told of which changes, and until when: the content of an event stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import msgspec

from benchbook.accounts import store
from benchbook.accounts.caller import Caller
from benchbook.accounts.errors import TooManyStreams
from benchbook.platform.changes import Change, ChangeFeed, Follower, News
from benchbook.platform.database import Database
from benchbook.platform.problems import NotAllowed, Unavailable

Whose = Literal["mine", "everyone"]

# Which scope reads the things of a kind; a kind that is not here is told to nobody.
SCOPE_OF_KIND = {
    "timer": "hours:read",
    "sessions": "hours:read",
    "imports": "hours:read",
    "projects": "hours:read",
    "clients": "hours:read",
    "tags": "hours:read",
    "timesheets": "hours:read",
    "targets": "hours:read",
    "locked_periods": "hours:read",
    "rates": "hours:read",
    "people": "people:read",
    "skills": "shifts:read",
    "locations": "shifts:read",
    "positions": "shifts:read",
    "leave": "shifts:read",
    "open_shifts": "shifts:read",
    "shift_requests": "shifts:read",
    "availability": "shifts:read",
    "collections": "sequences:read",
    "sequences": "sequences:read",
    "sequence_imports": "sequences:read",
    "employees": "shifts:read",
    "shifts": "shifts:read",
    "staffing_needs": "shifts:read",
    "labour_rules": "shifts:read",
    "shift_templates": "shifts:read",
    "shift_patterns": "shifts:read",
    "shift_generations": "shifts:read",
    "notifications": "account:read",
}
HEARTBEAT_SECONDS = 15
RECONNECT_MILLISECONDS = 2000
MOST_STREAMS_PER_PERSON = 20

_streams: Counter[str] = Counter()


class ChangeEvent(msgspec.Struct):
    """Things of one kind have changed."""

    kind: str
    person_id: str | None
    ids: list[str] | None


async def stream_events(
    feed: ChangeFeed, database: Database, caller: Caller, whose: Whose
) -> AsyncIterator[bytes]:
    """The events that concern the caller, until their credential or the server ends.

    The first is `ready`: what changes from then on is told. Raises NotAllowed and TooManyStreams
    before it.
    """
    kinds = {kind for kind, scope in SCOPE_OF_KIND.items() if caller.may(scope)}
    if whose == "everyone" and not caller.sees_everyone:
        raise NotAllowed(f"Following everyone takes the role manager; yours is {caller.role}.")
    me = str(caller.person_id)

    def concerns(change: Change) -> bool:
        return _is_about_credential(change, me) or (
            change.kind in kinds and (whose == "everyone" or change.person_id in (None, me))
        )

    with (
        one_more_stream(caller),
        feed.following(str(caller.organisation_id), concerns) as follower,
    ):
        yield event(
            "ready",
            {"heartbeat_seconds": HEARTBEAT_SECONDS},
            f"retry: {RECONNECT_MILLISECONDS}\n",
        )
        async for piece in _told(follower, database, caller, kinds):
            yield piece


@contextmanager
def one_more_stream(caller: Caller) -> Iterator[None]:
    """Counts a stream of events while it is open; raises TooManyStreams."""
    me = str(caller.person_id)
    if _streams[me] >= MOST_STREAMS_PER_PERSON:
        raise TooManyStreams(
            f"You have {MOST_STREAMS_PER_PERSON} event streams open on this server: close one.",
            retry_after_seconds=HEARTBEAT_SECONDS,
        )
    _streams[me] += 1
    try:
        yield
    finally:
        _streams[me] -= 1
        if not _streams[me]:
            del _streams[me]


async def _told(
    follower: Follower, database: Database, caller: Caller, kinds: set[str]
) -> AsyncIterator[bytes]:
    me = str(caller.person_id)
    while True:
        news = await follower.news(HEARTBEAT_SECONDS)
        if news is not None and news.ended:
            yield event("end", {"reason": "server_stops"})
            return
        in_doubt = news is None or news.read_again or _touches_credential(news, me)
        if in_doubt and not await is_still_good(database, caller):
            yield event("end", {"reason": "credential"})
            return
        if news is None:
            yield event("heartbeat", {})
            continue
        if news.read_again:
            yield event("read_again", {})
        for (kind, person_id), ids in news.changes.items():
            if kind in kinds:
                told = ChangeEvent(kind, person_id, sorted(ids) if ids is not None else None)
                yield event("change", told)


def _is_about_credential(change: Change, person_id: str) -> bool:
    """Whether a change may have ended the person's credential or changed their role."""
    return (change.kind == "credentials" and change.person_id == person_id) or (
        change.kind == "people" and change.id in (None, person_id)
    )


def _touches_credential(news: News, person_id: str) -> bool:
    people = news.changes.get(("people", None), set())
    return ("credentials", person_id) in news.changes or people is None or person_id in people


async def is_still_good(database: Database, caller: Caller) -> bool:
    """Whether the credential and the role still hold; while the database is away, they do."""
    try:
        async with database.reading(caller) as tx:
            return await store.credential_holds(
                tx,
                caller.organisation_id,
                caller.person_id,
                caller.role,
                login_id=caller.login_id,
                api_token_id=caller.api_token_id,
            )
    except Unavailable:
        return True


def event(name: str, data: Any, before: str = "") -> bytes:
    """A server-sent event, its data as JSON."""
    return f"{before}event: {name}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"
