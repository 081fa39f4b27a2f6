"""What the tests share: a real PostgreSQL, the application in this process, servers of their own.

Each worker has one cluster. Tests share its database and are kept apart as tenants are: by an
organisation of their own (`lab`). Whoever needs an empty database asks for `empty_database`,
whoever needs a process to kill asks for `server`.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import hypothesis
import pytest

from benchbook.accounts.commands import create_organisation_with_owner, create_token_for
from benchbook.app import create_app
from benchbook.platform.database import APPLICATION_ROLE, Database
from benchbook.platform.embedded_postgres import EmbeddedPostgres, Endpoint, find_binaries
from benchbook.platform.migrations import OWNER_ROLE, ROLES, ensure_roles, migrate
from benchbook.platform.settings import Settings

# How long an example takes says nothing on a machine that does other things as well.
hypothesis.settings.register_profile("benchbook", deadline=None, print_blob=True)
hypothesis.settings.load_profile("benchbook")

PASSWORD = "correct horse battery"
ORIGIN = "http://benchbook.test"

_numbers = itertools.count(1)


def installed_postgres_binaries() -> list[Path]:
    """The bin directories of PostgreSQL 15 and newer that this machine has of its own."""
    return sorted(
        path
        for path in Path("/usr/lib/postgresql").glob("*/bin")
        if path.parent.name.isdigit() and int(path.parent.name) >= 15 and (path / "initdb").exists()
    )


@dataclass
class Cluster:
    """A running PostgreSQL with Benchbook's roles; `connect` opens databases in it."""

    endpoint: Endpoint
    passwords: dict[str, str] = field(repr=False)

    def address(self, database: str, role: str | None = None) -> dict[str, Any]:
        """What asyncpg needs to connect, as a role of Benchbook or as the superuser."""
        user = role or self.endpoint.user
        password = self.passwords[role] if role else self.endpoint.password
        return {
            "host": self.endpoint.host,
            "port": self.endpoint.port,
            "database": database,
            "user": user,
            "password": password,
        }

    async def create_database(self, name: str, template: str | None = None) -> str:
        connection = await asyncpg.connect(**self.address("postgres"))
        try:
            source = f" TEMPLATE {template}" if template else ""
            await connection.execute(f"CREATE DATABASE {name} OWNER {OWNER_ROLE}{source}")
        finally:
            await connection.close()
        return name

    async def drop_database(self, name: str) -> None:
        connection = await asyncpg.connect(**self.address("postgres"))
        try:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        finally:
            await connection.close()

    async def migrate(self, database: str) -> list[str]:
        connection = await asyncpg.connect(**self.address(database, OWNER_ROLE))
        try:
            return await migrate(connection)
        finally:
            await connection.close()

    @asynccontextmanager
    async def open(
        self, database: str, role: str = APPLICATION_ROLE, size: int = 10
    ) -> AsyncIterator[Database]:
        opened = await Database.connect(size=size, **self.address(database, role))
        try:
            yield opened
        finally:
            await opened.close()


@asynccontextmanager
async def run_cluster(binaries: Path | None) -> AsyncIterator[Cluster]:
    """A throw-away cluster; durability is off, for it need not outlive the tests."""
    directory = Path(tempfile.mkdtemp(prefix="benchbook-tests-"))
    postgres = EmbeddedPostgres(
        directory / "postgres",
        binaries=find_binaries(binaries),
        configuration={
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "100",
        },
    )
    try:
        endpoint = postgres.start()
        cluster = Cluster(endpoint, {role: f"{role}-password" for role in ROLES})
        connection = await asyncpg.connect(**cluster.address("postgres"))
        try:
            await ensure_roles(connection, cluster.passwords)
        finally:
            await connection.close()
        yield cluster
    finally:
        postgres.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
async def cluster() -> AsyncIterator[Cluster]:
    """This worker's cluster, of the binaries that Benchbook ships with."""
    async with run_cluster(None) as running:
        yield running


@pytest.fixture(scope="session")
async def migrated_template(cluster: Cluster) -> str:
    """A migrated database that others are copied from."""
    await cluster.create_database("benchbook_template")
    await cluster.migrate("benchbook_template")
    return "benchbook_template"


@pytest.fixture(scope="session")
async def database_name(cluster: Cluster, migrated_template: str) -> str:
    """The database that most tests of this worker share."""
    return await cluster.create_database("benchbook", migrated_template)


@pytest.fixture(scope="session")
async def database(cluster: Cluster, database_name: str) -> AsyncIterator[Database]:
    """The shared database, as the application's role."""
    async with cluster.open(database_name) as opened:
        yield opened


@pytest.fixture(scope="session")
async def owner_database(cluster: Cluster, database_name: str) -> AsyncIterator[Database]:
    """The shared database, as the owner: past row-level security."""
    async with cluster.open(database_name, OWNER_ROLE, size=2) as opened:
        yield opened


@pytest.fixture
async def empty_database(cluster: Cluster, migrated_template: str) -> AsyncIterator[str]:
    """The name of a migrated database of this test's own."""
    name = await cluster.create_database(f"empty_{next(_numbers)}", migrated_template)
    yield name
    await cluster.drop_database(name)


@asynccontextmanager
async def run_app(
    connect: Callable[[], Any], settings: Settings | None = None
) -> AsyncIterator[httpx.ASGITransport]:
    """The application in this process, with its lifespan. What webhooks are due is not sent."""
    async with AsyncExitStack() as stack:
        data_dir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchbook-app-")))
        settings = settings or Settings(data_dir=data_dir)
        app = create_app(settings, connect, sends_webhooks=False)
        await stack.enter_async_context(_lifespan(app))
        yield httpx.ASGITransport(app=app, raise_app_exceptions=False)


@asynccontextmanager
async def _lifespan(app: Any) -> AsyncIterator[None]:
    import asyncio

    to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    task = asyncio.create_task(app(scope, to_app.get, from_app.put))
    await to_app.put({"type": "lifespan.startup"})
    started = await from_app.get()
    assert started["type"] == "lifespan.startup.complete", started
    try:
        yield
    finally:
        await to_app.put({"type": "lifespan.shutdown"})
        await from_app.get()
        await task


@pytest.fixture(scope="session")
async def transport(cluster: Cluster, database_name: str) -> AsyncIterator[httpx.ASGITransport]:
    """The application over the shared database."""

    async def connect() -> Database:
        return await Database.connect(size=20, **cluster.address(database_name, APPLICATION_ROLE))

    async with run_app(connect) as running:
        yield running


def client(
    transport: httpx.ASGITransport, token: str | None = None, **options: Any
) -> httpx.AsyncClient:
    """A client of the API; paths are relative to /api/v1."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(
        transport=transport, base_url=f"{ORIGIN}/api/v1", headers=headers, **options
    )


@pytest.fixture
async def anonymous(transport: httpx.ASGITransport) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is not signed in."""
    async with client(transport) as opened:
        yield opened


@dataclass
class Lab:
    """An organisation of a test's own."""

    transport: httpx.ASGITransport
    app: Database
    past_security: Database
    organisation: str
    organisation_id: str
    owner_email: str
    owner: httpx.AsyncClient
    stack: AsyncExitStack = field(repr=False)

    async def person(self, role: str = "member", **fields: Any) -> httpx.AsyncClient:
        """Somebody new with this role, signed in with a token; `.email` is on the client."""
        email = fields.pop("email", f"person{next(_numbers)}@example.org")
        body = {"name": f"A {role}", "email": email, "role": role, **fields}
        answer = await self.owner.post("/people", json=body)
        assert answer.status_code == 201, answer.text
        token = await create_token_for(
            self.past_security, self.app, email, self.organisation_id, "tests", None
        )
        opened = await self.stack.enter_async_context(client(self.transport, token))
        opened.email = email  # type: ignore[attr-defined]
        opened.person_id = answer.json()["id"]  # type: ignore[attr-defined]
        return opened


@pytest.fixture
async def make_lab(
    transport: httpx.ASGITransport, database: Database, owner_database: Database
) -> AsyncIterator[Callable[..., Any]]:
    """Makes organisations: `await make_lab(time_zone="Europe/Berlin")`."""
    async with AsyncExitStack() as stack:

        async def make(time_zone: str = "UTC") -> Lab:
            number = next(_numbers)
            name, email = f"Lab {number} of {os.getpid()}", f"owner{number}@example.org"
            organisation_id = await create_organisation_with_owner(
                database, name, "Olga Owner", email, PASSWORD, time_zone
            )
            token = await create_token_for(
                owner_database, database, email, str(organisation_id), "tests", None
            )
            owner = await stack.enter_async_context(client(transport, token))
            return Lab(
                transport, database, owner_database, name, str(organisation_id), email, owner, stack
            )

        yield make


@pytest.fixture
async def lab(make_lab: Callable[..., Any]) -> Lab:
    """An organisation with an owner, in UTC."""
    made: Lab = await make_lab()
    return made


# Servers of their own ---------------------------------------------------------------------------


class Server:
    """A `benchbook serve` in a process of its own, over a data directory."""

    def __init__(self, data_dir: Path, environment: dict[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self.environment = environment or {}
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.log = data_dir.parent / f"{data_dir.name}.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, seconds: float = 60) -> None:
        """Start it and wait until it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "benchbook.main",
                    "serve",
                    "--port",
                    str(self.port),
                    "--data-dir",
                    str(self.data_dir),
                ],
                stdout=log,
                stderr=log,
                env=clean_environment() | self.environment,
            )
        self.wait_until_ready(seconds)

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Wait until /health/ready answers 200."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process and self.process.poll() is not None:
                raise AssertionError(f"The server ended:\n{self.log.read_text()[-3000:]}")
            try:
                if httpx.get(f"{self.url}/health/ready", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"The server was not ready:\n{self.log.read_text()[-3000:]}")

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def kill(self) -> None:
        """SIGKILL the server; its PostgreSQL stays."""
        assert self.process
        self.process.kill()
        self.process.wait(30)

    def postmaster_pid(self) -> int:
        """The process id of the server's PostgreSQL."""
        [pid_file] = self.data_dir.rglob("postmaster.pid")
        return int(pid_file.read_text().splitlines()[0])

    def kill_everything(self) -> None:
        """SIGKILL the server and PostgreSQL at once."""
        postmaster = self.postmaster_pid()
        self.kill()
        os.kill(postmaster, signal.SIGKILL)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run another command over the same data."""
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "benchbook.main",
                *arguments,
                "--data-dir",
                str(self.data_dir),
            ],
            env=clean_environment() | self.environment | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def clean_environment() -> dict[str, str]:
    """This process's environment without settings of Benchbook or PostgreSQL."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BENCHBOOK_", "PG"))
    }


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@cache
def prepared_data() -> Path:
    """A data directory with a migrated database and nothing in it, made once for each worker.

    To copy it takes a tenth of the time that a first start takes.
    """
    directory = Path(tempfile.mkdtemp(prefix="benchbook-prepared-"))
    server = Server(directory / "data")
    server.start()
    server.stop()
    return server.data_dir


def pytest_configure() -> None:
    """Let Ctrl-C reach what the tests start, also where the run itself is in the background."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionfinish() -> None:
    """Leave nothing behind of what is kept for the whole of a run."""
    if prepared_data.cache_info().currsize:
        shutil.rmtree(prepared_data().parent, ignore_errors=True)


@contextmanager
def run_server(*, first_start: bool = False, **environment: str) -> Iterator[Server]:
    """A server without an organisation, gone without a trace afterwards.

    With first_start its data directory is empty, and the database is made as the server starts.
    """
    directory = Path(tempfile.mkdtemp(prefix="benchbook-server-"))
    server = Server(directory / "data", environment)
    try:
        if not first_start:
            # `cp` keeps whose the files are: as root, those of the database are another user's.
            subprocess.run(["cp", "-a", prepared_data(), server.data_dir], check=True)
        server.start()
        yield server
    finally:
        if server.process and server.process.poll() is None:
            server.stop()
        for pid_file in (directory / "data").rglob("postmaster.pid"):
            # Killed servers leave their PostgreSQL behind: end it before its files go.
            pid = int(pid_file.read_text().splitlines()[0])
            try:
                os.kill(pid, signal.SIGINT)
                deadline = time.monotonic() + 10
                while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
                    time.sleep(0.05)
            except ProcessLookupError:
                pass
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of this test's own, started on an empty directory, to kill and start again."""
    with run_server(first_start=True) as running:
        yield running


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    """One server for the tests of this worker that only talk to it; it is set up already."""
    with run_server() as running:
        answer = httpx.post(
            f"{running.url}/api/v1/setup",
            json={
                "organisation": "Shared Lab",
                "name": "Olga Owner",
                "email": "owner@example.org",
                "password": PASSWORD,
                "time_zone": "Europe/Berlin",
            },
        )
        assert answer.status_code == 201, answer.text
        yield running
