"""What the tests of letters share: a mail server at the other end, and an organisation."""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.conftest import PASSWORD, Cluster, client, run_app
from tests.platform.conftest import logs  # noqa: F401  # a fixture

from benchbook.accounts.commands import create_organisation_with_owner, create_token_for
from benchbook.notifications.letter_worker import LetterWorker
from benchbook.platform.database import APPLICATION_ROLE, Database
from benchbook.platform.mail import Mailer
from benchbook.platform.migrations import OWNER_ROLE
from benchbook.platform.settings import Settings

PUBLIC_URL = "https://benchbook.example.org"
DAY = (datetime.now(UTC) + timedelta(days=10)).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass
class Post:
    """A mail server: takes everything, or answers what was put into ``answers`` first."""

    port: int = 0
    answers: dict[str, list[str]] = field(default_factory=dict)
    envelopes: list[Envelope] = field(default_factory=list)
    signed_in_as: list[str] = field(default_factory=list)
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    # Set: what is taken is answered only once this is set.
    answers_when: asyncio.Event | None = None

    @property
    def messages(self) -> list[EmailMessage]:
        return [_parsed(envelope) for envelope in self.envelopes]

    def _next(self, step: str) -> str | None:
        waiting = self.answers.get(step)
        return waiting.pop(0) if waiting else None

    async def handle_RCPT(  # noqa: N802  # so the library calls it
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if answer := self._next("RCPT"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if answer := self._next("DATA"):
            return answer
        self.envelopes.append(envelope)
        self.taken.set()
        if self.answers_when:
            await self.answers_when.wait()
        return "250 Taken"

    def authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        good = data.password == b"pass phrase"
        if good:
            self.signed_in_as.append(data.login.decode())
        return AuthResult(success=good, handled=False)


def _parsed(envelope: Envelope) -> EmailMessage:
    assert isinstance(envelope.content, bytes)
    parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


@asynccontextmanager
async def run_post(**options: Any) -> AsyncIterator[Post]:
    """A mail server on a free port; ``options`` are those of aiosmtpd, ``tls`` means from the first
    byte."""
    post = Post()
    # It is in this process, too; its log is none of the server's.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    tls = options.pop("tls", None)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(post, hostname="mail.test", authenticator=post.authenticate, **options),
        "127.0.0.1",
        0,
        ssl=tls,
    )
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        server.close()


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    async with run_post(auth_require_tls=False) as running:
        yield running


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost with its key, in one file; it is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def settings_for(post: Post, **more: Any) -> Settings:
    """The settings of a server that sends its e-mail there."""
    given: dict[str, Any] = {
        "smtp_host": "127.0.0.1",
        "smtp_port": post.port,
        "smtp_security": "none",
        "smtp_sender": "Benchbook <benchbook@example.org>",
        "public_url": PUBLIC_URL,
        "data_dir": Path("/nonexistent"),
    }
    return Settings(**given | more)


@dataclass
class Office:
    """An organisation in a database of its own, with a roster, and a server that sends e-mail."""

    app: Database
    past_security: Database
    transport: httpx.ASGITransport
    post: Post
    owner: httpx.AsyncClient
    stack: AsyncExitStack = field(repr=False)

    def worker(self, gather_seconds: int = 0) -> LetterWorker:
        mailer = Mailer(settings_for(self.post))
        return LetterWorker(self.app, mailer, PUBLIC_URL, gather_seconds)

    async def send(self) -> int:
        """Send what is due; how many attempts that were."""
        return await self.worker().send_due()

    async def hasten(self) -> None:
        """Let the time pass until the next attempts."""
        async with self.past_security.transaction() as tx:
            await tx.execute("UPDATE letters SET next_attempt_at = clock_timestamp()")

    async def age(self, interval: str) -> None:
        """Make all that waits so much older."""
        async with self.past_security.transaction() as tx:
            for table in ("letters", "letter_news"):
                await tx.execute(
                    f"UPDATE {table} SET created_at = created_at - $1::text::interval", interval
                )

    async def letters(self) -> list[dict[str, Any]]:
        """All letters, the oldest first."""
        async with self.past_security.transaction() as tx:
            rows = await tx.fetch("SELECT * FROM letters ORDER BY id")
            return [dict(row) for row in rows]

    async def employee(self, role: str = "member", **fields: Any) -> httpx.AsyncClient:
        """Somebody who signs in and can be on duty; ``.employee_id`` is on the client."""
        number = len(self.letters_to)
        address = fields.pop("email", f"{role}{number}@example.org")
        body = {"name": f"A {role}", "email": address, "role": role, "password": PASSWORD} | fields
        added = await self.owner.post("/people", json=body)
        assert added.status_code == 201, added.text
        token = await create_token_for(self.past_security, self.app, address, None, "tests", None)
        opened = await self.stack.enter_async_context(client(self.transport, token))
        employee = {
            "first_name": "Erna",
            "last_name": f"E{number}",
            "address": f"Street {number}",
            "person_id": added.json()["id"],
        }
        hired = await self.owner.post("/employees", json=employee)
        assert hired.status_code == 201, hired.text
        opened.employee_id = hired.json()["id"]  # type: ignore[attr-defined]
        self.letters_to.append(address)
        return opened

    letters_to: list[str] = field(default_factory=list)

    async def publish(self, whose: httpx.AsyncClient, start: float, **more: Any) -> str:
        """A published shift of eight hours; its id."""
        body = {
            "employee_id": whose.employee_id,  # type: ignore[attr-defined]
            "starts_at": (DAY + timedelta(hours=start)).isoformat(),
            "ends_at": (DAY + timedelta(hours=start + 8)).isoformat(),
            "published": True,
        }
        answer = await self.owner.post("/shifts", json=body | more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


OpenOffice = Callable[..., Any]


@pytest.fixture
async def open_office(
    cluster: Cluster, empty_database: str, post: Post
) -> AsyncIterator[OpenOffice]:
    """Opens an office with a server of these settings."""

    async def connect() -> Database:
        return await Database.connect(size=10, **cluster.address(empty_database, APPLICATION_ROLE))

    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(cluster.open(empty_database))
        past_security = await stack.enter_async_context(
            cluster.open(empty_database, OWNER_ROLE, size=2)
        )

        async def open_it(settings: Settings) -> Office:
            transport = await stack.enter_async_context(run_app(connect, settings))
            await create_organisation_with_owner(
                app, "Reef Lab", "Olga", "owner@example.org", PASSWORD, "UTC"
            )
            token = await create_token_for(
                past_security, app, "owner@example.org", None, "tests", None
            )
            owner = await stack.enter_async_context(client(transport, token))
            return Office(app, past_security, transport, post, owner, stack)

        yield open_it


@pytest.fixture
async def office(open_office: OpenOffice, post: Post) -> Office:
    opened: Office = await open_office(settings_for(post))
    return opened
