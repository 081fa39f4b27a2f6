"""What the platform's tests share: captured logs, and applications of a test's own."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import structlog
from tests.conftest import Cluster, Lab, run_app

from benchbook.platform.database import APPLICATION_ROLE, Database
from benchbook.platform.logs import configure_logs


class Logs:
    """What was logged, as an operator would find it."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    def events(self, name: str | None = None) -> list[dict[str, Any]]:
        """The events, or those of one name; every line must be one JSON object."""
        found = [json.loads(line) for line in self.text.splitlines()]
        return [event for event in found if name in (None, event["event"])]


def token_of(lab: Lab) -> str:
    """The API token of a lab's owner."""
    return str(lab.owner.headers["Authorization"]).removeprefix("Bearer ")


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Logs]:
    """The logs as JSON, at the level debug. Ask for it before the application that is to log."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        configure_logs(level="debug", style="json")
    # The client is in this process, too; its log is none of the server's.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    yield Logs(stream)
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
async def own_app(
    logs: Logs, cluster: Cluster, database_name: str
) -> AsyncIterator[httpx.ASGITransport]:
    """An application of this test's own over the shared database; `logs` is what it logs."""
    del logs

    async def connect() -> Database:
        return await Database.connect(size=4, **cluster.address(database_name, APPLICATION_ROLE))

    async with run_app(connect) as running:
        yield running
