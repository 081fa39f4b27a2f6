"""The HTTP of live changes: one stream of server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, cast

from litestar import Router, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import QueryParameter
from litestar.response import Stream

from benchbook.accounts.events import Whose, stream_events
from benchbook.accounts.guard import caller_of, require_caller
from benchbook.platform.changes import ChangeFeed
from benchbook.platform.http import ApiRequest

MEDIA_TYPE = "text/event-stream"


@dataclass
class StreamOperation(Operation):
    """The stream in the OpenAPI document: text, in the format of server-sent events."""

    def __post_init__(self) -> None:
        answer = cast("OpenAPIResponse", (self.responses or {})["200"])
        answer.content = {MEDIA_TYPE: OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))}


@get(
    "/events",
    tags=["Live changes"],
    summary="Follow changes",
    operation_class=StreamOperation,
    opt={"uncompressed": True},
    responses={
        200: ResponseSpec(
            str, generate_examples=False, description="Events for as long as you listen."
        )
    },
)
async def follow_changes(
    request: ApiRequest,
    whose: Annotated[
        Whose,
        QueryParameter(
            name="whose",
            description="`everyone` (managers and above) tells of other people's things as well.",
        ),
    ] = "mine",
) -> Stream:
    """A stream of server-sent events that says what has changed, not what it is now: read it again.

    | event | data | do |
    |---|---|---|
    | `ready` | `{"heartbeat_seconds": 15}` | Read what you show. All that changes from here on is told. |
    | `change` | `{"kind": "sessions", "person_id": "…" or null, "ids": ["…"] or null}` | Read things of this kind again. |
    | `read_again` | `{}` | Changes may have been missed: read all that you show again. |
    | `heartbeat` | `{}` | Nothing: it comes every 15 seconds. Take the connection for lost when 45 have passed without a word. |
    | `end` | `{"reason": "server_stops" or "credential"}` | Connect again; with `credential`, sign in first. |

    Kinds are `timer`, `sessions`, `imports`, `projects`, `clients`, `tags`, `timesheets`,
    `targets`, `locked_periods`, `rates` (scope `hours:read`) and `people` (`people:read`); take a kind that you do not know for none of yours. `person_id` says
    whose things they are and is null for what an organisation shares, or where there are too many
    people to name; `ids` is null where there are too many to name. Changes in quick succession may
    be told in one event, an event may come for what did not change after all, and your own changes
    are told as well.

    There is no replay: events have no ids, and `Last-Event-ID` is ignored. Whoever connects again
    gets a new `ready`, and reads again. The stream ends at once when the login or token is ended or
    the role changes, within 15 seconds when it expires, and when the server stops. A person may
    hold 20 streams on one server process; then it is 429 `too_many_streams`.
    """
    feed: ChangeFeed = request.app.state.changes
    events = stream_events(feed, request.database, caller_of(request), whose)
    # Whatever stands against it is raised before the answer begins.
    first = await anext(events)
    return Stream(
        _continued(first, events),
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _continued(first: bytes, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for event in events:
        yield event


ROUTES = Router(path="/", guards=[require_caller], route_handlers=[follow_changes])
