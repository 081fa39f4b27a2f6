"""How far an import is, told as it goes on: server-sent events, whichever server does the work."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator
from uuid import UUID

from msgspec import structs

from benchbook.accounts.caller import Caller
from benchbook.accounts.events import HEARTBEAT_SECONDS, event, is_still_good, one_more_stream
from benchbook.platform.changes import ChangeFeed
from benchbook.platform.database import Database
from benchbook.platform.problems import Unavailable
from benchbook.sequences import import_store
from benchbook.sequences.errors import ImportNotFound
from benchbook.sequences.schemas import ImportProgress, SequenceImport

INTERVAL_SECONDS = 0.5
# The rate is that of so long.
WINDOW_SECONDS = 5.0


async def stream_progress(
    feed: ChangeFeed, database: Database, caller: Caller, import_id: UUID
) -> AsyncIterator[bytes]:
    """The events until the import ends; raises ImportNotFound, TooManyStreams before the first."""
    pace = Pace()
    found = await _read(database, caller, import_id)
    if found is None:
        raise ImportNotFound("There is no import with this id.")
    checked_at = time.monotonic()
    with (
        one_more_stream(caller),
        feed.following(str(caller.organisation_id), lambda _: False) as follower,
    ):
        while True:
            yield event("progress", pace.progress(found, time.monotonic()))
            if found.status != "running":
                yield event("end", {"reason": found.status})
                return
            news = await follower.news(INTERVAL_SECONDS)
            if news is not None and news.ended:
                yield event("end", {"reason": "server_stops"})
                return
            if time.monotonic() - checked_at > HEARTBEAT_SECONDS:
                checked_at = time.monotonic()
                if not await is_still_good(database, caller):
                    yield event("end", {"reason": "credential"})
                    return
            try:
                now_found = await _read(database, caller, import_id)
            except Unavailable:
                continue
            if now_found is None:
                yield event("end", {"reason": "taken_back"})
                return
            found = now_found


class Pace:
    """How fast an import goes, from what was seen of it in the last seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int, int]] = deque()

    def progress(self, now_found: SequenceImport, seconds: float) -> ImportProgress:
        """The import with its rate; ``seconds`` is a clock that only goes forward."""
        self._seen.append((seconds, now_found.records_read, now_found.bytes_read))
        while len(self._seen) > 2 and seconds - self._seen[1][0] >= WINDOW_SECONDS:
            self._seen.popleft()
        before, records, read = self._seen[0]
        passed = seconds - before
        rate = seconds_left = None
        if now_found.status == "running" and passed > 0:
            rate = round((now_found.records_read - records) / passed, 1)
            if now_found.bytes_read > read:
                left = now_found.bytes_total - now_found.bytes_read
                seconds_left = round(left * passed / (now_found.bytes_read - read), 1)
        return ImportProgress(
            **structs.asdict(now_found), records_per_second=rate, seconds_left=seconds_left
        )


async def _read(database: Database, caller: Caller, import_id: UUID) -> SequenceImport | None:
    async with database.reading(caller) as tx:
        return await import_store.find_progress(tx, caller.organisation_id, import_id)
