"""Changes as they happen: from the transaction that made them to whoever follows them.

Triggers say what a transaction changed ("kind organisation person id", see migration 0010) on its
own connection. When it has been committed, the ``ChangeFeed`` of this process gathers it for a
moment and hands it to all processes with one NOTIFY; each process LISTENs on one connection and
tells its followers. A follower is told everything from when it began until it is told to read
again: after a lost connection, or when more has changed than is worth naming.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import asyncpg

from benchbook.platform.logs import get_logger

if TYPE_CHECKING:
    from benchbook.platform.database import Database

CHANGED = "BB001"
CHANNEL = "benchbook_changes"
GATHER_SECONDS = 0.02
# PostgreSQL takes payloads below 8000 bytes.
PAYLOAD_BYTES = 7900
MOST_IDS = 50
MOST_PENDING = 1000
PROBE_SECONDS = 15
RECONNECT_SECONDS = (0.2, 5.0)
_NOBODY_IN_PARTICULAR = "-"


class Change(NamedTuple):
    """Something changed. ``person_id`` is None for what is everybody's, ``id`` for too many."""

    kind: str
    organisation_id: str
    person_id: str | None
    id: str | None


def read_change(text: str) -> Change:
    """What a trigger said."""
    kind, organisation_id, person_id, thing_id = text.split(" ")
    return Change(
        kind,
        organisation_id,
        None if person_id == _NOBODY_IN_PARTICULAR else person_id,
        None if thing_id == _NOBODY_IN_PARTICULAR else thing_id,
    )


@dataclass(frozen=True)
class News:
    """What a follower is told at once.

    ``changes`` maps kind and person to the ids, or to None where they are too many to name.
    ``read_again`` says that there may have been more.
    """

    changes: dict[tuple[str, str | None], set[str] | None]
    read_again: bool = False
    ended: bool = False


class Follower:
    """Somebody who is told of an organisation's changes; what waits for them is bounded."""

    def __init__(self, organisation_id: str, concerns: Callable[[Change], bool]) -> None:
        """``concerns`` says which changes this follower is told of."""
        self.organisation_id = organisation_id
        self._concerns = concerns
        self._changes: dict[tuple[str, str | None], set[str] | None] = {}
        self._read_again = False
        self._ended = False
        self._wake = asyncio.Event()

    def tell(self, change: Change) -> None:
        """Note a change until it is asked for."""
        if self._read_again or not self._concerns(change):
            return
        key = (change.kind, change.person_id)
        ids = self._changes.setdefault(key, set())
        if ids is not None:
            if change.id is None or len(ids) >= MOST_IDS:
                self._changes[key] = None
            else:
                ids.add(change.id)
        if len(self._changes) > MOST_PENDING:
            self.read_again()
        self._wake.set()

    def read_again(self) -> None:
        """Changes may have been missed."""
        self._changes.clear()
        self._read_again = True
        self._wake.set()

    def end(self) -> None:
        """There will be no more: the server stops."""
        self._ended = True
        self._wake.set()

    async def news(self, seconds: float) -> News | None:
        """What has changed, as soon as something has; None after ``seconds`` without anything."""
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return None
        self._wake.clear()
        news = News(self._changes, self._read_again, self._ended)
        self._changes, self._read_again = {}, False
        return news


class ChangeFeed:
    """This process's part of the feed: one connection, and the followers here."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._followers: dict[str, set[Follower]] = {}
        self._to_publish: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._has_ended = False

    @contextmanager
    def following(
        self, organisation_id: str, concerns: Callable[[Change], bool]
    ) -> Iterator[Follower]:
        """A follower for as long as the block lasts."""
        follower = Follower(organisation_id, concerns)
        if self._has_ended:
            follower.end()
        followers = self._followers.setdefault(organisation_id, set())
        followers.add(follower)
        try:
            yield follower
        finally:
            followers.discard(follower)
            if not followers:
                self._followers.pop(organisation_id, None)

    def publish(self, changes: Iterable[str]) -> None:
        """Hand on what a committed transaction changed."""
        self._to_publish.update(dict.fromkeys(changes))
        if len(self._to_publish) > MOST_PENDING:
            # More than is worth naming (the database is away, say): kinds and organisations do.
            self._to_publish = {
                f"{kind} {organisation_id} - -": None
                for kind, organisation_id, *_ in map(read_change, self._to_publish)
            }
        self._wake.set()

    def end(self) -> None:
        """Tell all followers that there will be no more, also those that come late."""
        self._has_ended = True
        for follower in self._everybody():
            follower.end()

    async def run(self) -> None:
        """Listen and publish until cancelled, over as many connections as it takes."""
        pause, longest_pause = RECONNECT_SECONDS
        while True:
            try:
                connection = await self._database.connect_alone()
                try:
                    await connection.add_listener(CHANNEL, self._hear)
                    connection.add_termination_listener(lambda *_: self._wake.set())
                    # Whatever happened before is not known to those who wait already.
                    for follower in self._everybody():
                        follower.read_again()
                    pause = RECONNECT_SECONDS[0]
                    await self._publish_until_lost(connection)
                finally:
                    connection.terminate()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                get_logger().warning("change_feed_lost", cause=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, longest_pause)

    async def _publish_until_lost(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        while not connection.is_closed():
            if not self._to_publish:
                # Not wait_for: before Python 3.12 it may swallow the cancellation that ends us.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PROBE_SECONDS):
                        await self._wake.wait()
                self._wake.clear()
            await asyncio.sleep(GATHER_SECONDS)
            batch, self._to_publish = self._to_publish, {}
            try:
                # An empty batch asks whether anybody is still there.
                await connection.execute(
                    "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload",
                    CHANNEL,
                    _payloads(batch),
                    timeout=10,
                )
            except BaseException:
                self.publish(batch)
                raise
        raise ConnectionError

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        for text in str(payload).split("\n"):
            change = read_change(text)
            for follower in self._followers.get(change.organisation_id, ()):
                follower.tell(change)

    def _everybody(self) -> list[Follower]:
        return [follower for some in self._followers.values() for follower in some]


def _payloads(changes: Iterable[str]) -> list[str]:
    """The changes, a line each, in as few texts as PostgreSQL lets them be."""
    payloads: list[str] = []
    size = PAYLOAD_BYTES
    for change in changes:
        if size + len(change) + 1 > PAYLOAD_BYTES:
            payloads.append(change)
            size = len(change)
        else:
            payloads[-1] += f"\n{change}"
            size += len(change) + 1
    return payloads
