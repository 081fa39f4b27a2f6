"""The HTTP of the calendar of hours. Its address is a secret, so nothing here repeats it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Stream

from benchbook.accounts.feeds import open_feed
from benchbook.platform.http import ApiRequest, etag, not_modified
from benchbook.platform.icalendar import MEDIA_TYPE
from benchbook.timetracking import ical


@get("/ical/hours/{file_name:str}", media_type=MEDIA_TYPE)
async def read_hours_calendar(
    request: ApiRequest, file_name: FromPath[str]
) -> Stream | Response[bytes]:
    """A person's saved sessions of the last twelve months, as text/calendar."""
    feed = await open_feed(request.database, file_name, "hours")
    since = ical.first_instant(datetime.now(UTC))
    async with request.database.reading(feed.caller) as tx:
        tag = etag(await ical.calendar_state(tx, feed, since))
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
        if not_modified(request, tag):
            return Response(b"", status_code=304, headers=headers, media_type=MEDIA_TYPE)
        pieces = await ical.read_calendar(tx, feed, since)
    headers["Content-Disposition"] = 'inline; filename="hours.ics"'
    return Stream(_in_turns(pieces), headers=headers, media_type=f"{MEDIA_TYPE}; charset=utf-8")


async def _in_turns(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, with other requests answered in between."""
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)
