"""Health and metrics: for whoever watches over the server."""

from __future__ import annotations

import msgspec
from litestar import Response, get

from benchbook.platform import metrics
from benchbook.platform.http import ApiRequest
from benchbook.platform.migrations import is_migrated
from benchbook.platform.problems import NotFound, Unavailable
from benchbook.platform.settings import Settings


class Health(msgspec.Struct):
    """`ok`, or there is a problem instead."""

    status: str = "ok"


@get("/health/live", sync_to_thread=False, opt={"open": True})
def live() -> Health:
    """The process answers."""
    return Health()


@get("/health/ready", opt={"open": True})
async def ready(request: ApiRequest) -> Health:
    """The database answers and is migrated; 503 otherwise."""
    async with request.database.connection() as connection:
        if not await is_migrated(connection):
            raise Unavailable("The database is not migrated: run benchbook migrate.")
    return Health()


@get("/metrics", sync_to_thread=False, opt={"open": True})
def read_metrics(request: ApiRequest) -> Response[bytes]:
    """Prometheus metrics, where BENCHBOOK_METRICS says that this port shows them."""
    settings: Settings = request.app.state.settings
    if not settings.serves_metrics:
        raise NotFound("There is nothing at this path.")
    # As a header: to a media type the framework would add a second charset.
    return Response(metrics.exposition(), headers={"Content-Type": metrics.MEDIA_TYPE})
