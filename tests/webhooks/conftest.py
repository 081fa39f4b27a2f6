"""What the tests of webhooks share: a receiver at the other end, and an organisation that sends."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from tests.conftest import PASSWORD, Cluster, client, run_app

from benchbook.accounts.commands import create_organisation_with_owner, create_token_for
from benchbook.platform.database import APPLICATION_ROLE, Database
from benchbook.platform.migrations import OWNER_ROLE
from benchbook.platform.settings import Settings
from benchbook.webhooks.sender import Sender
from benchbook.webhooks.worker import Worker

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


@dataclass
class Received:
    """A request as the receiver got it."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event

    def is_signed_with(self, secret: str) -> bool:
        """Whether one of the signatures is right: as a receiver would find out, on its own."""
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode()
        key = base64.b64decode(secret.removeprefix("whsec_"))
        right = base64.b64encode(hmac.new(key, signed + self.body, hashlib.sha256).digest())
        sent = self.headers["webhook-signature"].split(" ")
        return f"v1,{right.decode()}" in sent


@dataclass
class Receiver:
    """A small HTTP server: answers 204, or what was put into ``answers`` first."""

    answers: list[str] = field(default_factory=list)
    requests: list[Received] = field(default_factory=list)
    pause_seconds: float = 0
    port: int = 0
    _arrivals: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def arrival(self, seconds: float = 60) -> None:
        """Wait for the next request that was not waited for yet."""
        async with asyncio.timeout(seconds):
            await self._arrivals.acquire()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first = await reader.readexactly(1)
            if first == b"\x16":  # somebody would like to speak TLS
                writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                return
            head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.requests.append(Received(headers, body))
            self._arrivals.release()
            if self.pause_seconds:
                await asyncio.sleep(self.pause_seconds)
            answer = self.answers.pop(0) if self.answers else "204 No Content"
            if answer != "hang up":
                head_of_answer, _, text = answer.partition("\n\n")
                lines = [
                    f"HTTP/1.1 {line}" if n == 0 else line
                    for n, line in enumerate(head_of_answer.split("\n"))
                ]
                writer.write("\r\n".join([*lines, "Connection: close", "", text]).encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    listening = Receiver()
    server = await asyncio.start_server(listening, "127.0.0.1", 0)
    listening.port = server.sockets[0].getsockname()[1]
    async with server:
        yield listening


@dataclass
class House:
    """An organisation in a database of its own, and a worker that sends what is due there."""

    transport: httpx.ASGITransport
    app: Database
    past_security: Database
    organisation_id: str
    owner: httpx.AsyncClient
    stack: AsyncExitStack = field(repr=False)

    def worker(self) -> Worker:
        return Worker(self.app, Sender(LOOPBACK))

    async def send(self) -> int:
        """Send what is due; how many requests that were."""
        return await self.worker().send_due()

    async def hasten(self) -> None:
        """Let the time pass until the next attempts."""
        async with self.past_security.transaction() as tx:
            await tx.execute("UPDATE webhook_deliveries SET next_attempt_at = clock_timestamp()")

    async def person(self, role: str) -> httpx.AsyncClient:
        email = f"{role}@example.org"
        body = {"name": f"A {role}", "email": email, "role": role}
        added = await self.owner.post("/people", json=body)
        assert added.status_code == 201, added.text
        token = await create_token_for(self.past_security, self.app, email, None, "tests", None)
        opened = await self.stack.enter_async_context(client(self.transport, token))
        opened.person_id = added.json()["id"]  # type: ignore[attr-defined]
        return opened

    async def webhook(
        self, url: str, *, by: httpx.AsyncClient | None = None, **fields: Any
    ) -> dict[str, Any]:
        """A webhook that waits for everything about sessions, unless said otherwise."""
        body = {"url": url, "events": EVERYTHING, **fields}
        made = await (by or self.owner).post("/webhooks", json=body)
        assert made.status_code == 201, made.text
        webhook: dict[str, Any] = made.json()
        return webhook

    async def log(self, webhook: dict[str, Any]) -> list[dict[str, Any]]:
        """The deliveries of a webhook, the newest first."""
        answer = await self.owner.get(f"/webhooks/{webhook['id']}/deliveries")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


EVERYTHING = [
    "session.started",
    "session.stopped",
    "session.created",
    "session.changed",
    "session.deleted",
    "session.restored",
    "sessions.changed",
    "sessions.imported",
    "sessions.import_taken_back",
]


@pytest.fixture
async def house(cluster: Cluster, empty_database: str) -> AsyncIterator[House]:
    async def connect() -> Database:
        return await Database.connect(size=10, **cluster.address(empty_database, APPLICATION_ROLE))

    async with (
        AsyncExitStack() as stack,
        cluster.open(empty_database) as app,
        cluster.open(empty_database, OWNER_ROLE, size=2) as past_security,
        run_app(connect, Settings(webhook_networks=LOOPBACK)) as transport,
    ):
        organisation_id = await create_organisation_with_owner(
            app, "Reef Lab", "Olga", "owner@example.org", PASSWORD, "UTC"
        )
        token = await create_token_for(past_security, app, "owner@example.org", None, "tests", None)
        owner = await stack.enter_async_context(client(transport, token))
        yield House(transport, app, past_security, str(organisation_id), owner, stack)
