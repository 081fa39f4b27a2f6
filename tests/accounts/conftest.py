"""What the tests of accounts share: browsers, and applications that were never set up."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import httpx
import pytest
from tests.conftest import ORIGIN, Cluster, run_app

from benchbook.platform.database import APPLICATION_ROLE, Database
from benchbook.platform.settings import Settings

_clients = itertools.count(1)


def browser(transport: httpx.ASGITransport, origin: str = ORIGIN) -> httpx.AsyncClient:
    """Somebody's browser: it keeps cookies, says where requests come from, has its own address."""
    number = next(_clients)
    address = (f"198.51.{100 + number // 250}.{number % 250}", 50_000)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(transport.app, client=address, raise_app_exceptions=False),
        base_url=f"{origin}/api/v1",
        headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"},
    )


@pytest.fixture
async def visitor(transport: httpx.ASGITransport) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which nobody is signed in."""
    async with browser(transport) as opened:
        yield opened


@pytest.fixture
async def make_app(cluster: Cluster, empty_database: str) -> AsyncIterator[Callable[..., object]]:
    """Makes applications over a database of this test's own, with settings."""
    async with AsyncExitStack() as stack:

        async def connect() -> Database:
            return await Database.connect(
                size=10, **cluster.address(empty_database, APPLICATION_ROLE)
            )

        async def make(**settings: object) -> httpx.ASGITransport:
            return await stack.enter_async_context(run_app(connect, Settings(**settings)))  # type: ignore[arg-type]

        yield make
