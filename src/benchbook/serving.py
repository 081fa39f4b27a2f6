"""From settings to a running server: database, migrations, listening socket, clean shutdown."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import asyncpg
import click
import uvicorn
import uvloop

from benchbook.app import create_app
from benchbook.platform.database import APPLICATION_ROLE, Database
from benchbook.platform.embedded_postgres import (
    EmbeddedPostgres,
    EmbeddedPostgresError,
    Endpoint,
    NotRunning,
    find_binaries,
)
from benchbook.platform.logs import configure_logs, get_logger
from benchbook.platform.migrations import OWNER_ROLE, ROLES, ensure_roles, migrate
from benchbook.platform.settings import Settings, SettingsError, unknown_variables

DATABASE_NAME = "benchbook"
WATCH_SECONDS = 1.0


class CannotListen(SettingsError):
    """The address to listen on cannot be had."""

    exit_code = 69  # EX_UNAVAILABLE


@dataclass
class Connections:
    """How to connect as the application and as the owner: arguments for asyncpg."""

    app: dict[str, Any] = field(repr=False)
    owner: dict[str, Any] = field(repr=False)
    app_role: str | None = None


@dataclass
class Databases:
    """Both roles' databases, for commands."""

    app: Database
    owner: Database
    migrations_run: list[str]


def serve_until_stopped(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C; running requests get the time to finish.

    Raises SettingsError, MigrationError or EmbeddedPostgresError with a sentence to show.
    """
    configure_logs(level=settings.log_level, style=settings.log_format)
    for sentence in unknown_variables():
        get_logger().warning("unknown_setting", hint=sentence)
    with _listening_socket(settings) as listener:
        if settings.database_url:
            _serve(settings, listener)
            return
        with _stopping_on_sigterm(), _embedded(settings) as postgres:
            endpoint = postgres.start()
            _serve(settings, listener, postgres, endpoint)


def _serve(
    settings: Settings,
    listener: socket.socket,
    postgres: EmbeddedPostgres | None = None,
    endpoint: Endpoint | None = None,
) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve_async(settings, listener, postgres, endpoint))


async def _serve_async(
    settings: Settings,
    listener: socket.socket,
    postgres: EmbeddedPostgres | None,
    endpoint: Endpoint | None,
) -> None:
    secret = postgres.secret if postgres else None
    connections = await _prepare(settings, endpoint, secret)
    await _migrate(connections)
    stopping = asyncio.Event()
    app = create_app(settings, partial(_connect_app, settings, connections), stopping=stopping)
    server = _Server(
        uvicorn.Config(
            app,
            http="httptools",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
            timeout_graceful_shutdown=settings.shutdown_seconds,
            timeout_keep_alive=65,
        )
    )
    host, port = listener.getsockname()[:2]
    address = settings.public_url or f"http://{_shown(settings.host or host)}:{port}"
    server.stopping = stopping
    server.announcement = f"Benchbook is ready at {address}"
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    watch = asyncio.create_task(_watch(postgres)) if postgres else None
    try:
        await server.serve(sockets=[listener])
    finally:
        if watch:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch
    if not server.started:
        raise SettingsError("The server could not start; the log above says why.")
    get_logger().info("stopped")


class _Server(uvicorn.Server):
    """uvicorn, with signals left to us: the database is stopped after it, in order."""

    announcement = ""
    stopping: asyncio.Event

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            click.echo(self.announcement)

    def stop(self) -> None:
        """Finish what is running and stop; the second time, stop at once."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self.stopping.set()


async def _watch(postgres: EmbeddedPostgres) -> None:
    """Start PostgreSQL again should it end under us; requests are answered 503 meanwhile."""
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        if postgres.is_alive():
            continue
        get_logger().error("database_ended", hint="starting it again")
        try:
            await asyncio.to_thread(postgres.start)
            get_logger().info("database_restarted")
        except EmbeddedPostgresError as error:
            get_logger().error("database_not_restarted", hint=str(error))


@asynccontextmanager
async def open_databases(settings: Settings) -> AsyncIterator[Databases]:
    """The migrated database for a command: a server's own if one runs, else started for this."""
    configure_logs(level="warning", style=settings.log_format)
    with contextlib.ExitStack() as stack:
        endpoint = secret = None
        if not settings.database_url:
            postgres = stack.enter_context(_embedded(settings))
            secret = postgres.secret
            try:
                endpoint = await asyncio.to_thread(postgres.attach)
            except NotRunning:
                endpoint = await asyncio.to_thread(postgres.start)
        connections = await _prepare(settings, endpoint, secret)
        ran = await _migrate(connections)
        app = await _connect_app(settings, connections, size=4)
        owner = await Database.connect(size=1, role=OWNER_ROLE, **connections.owner)
        try:
            yield Databases(app, owner, ran)
        finally:
            await owner.close()
            await app.close()


@contextmanager
def _embedded(settings: Settings) -> Iterator[EmbeddedPostgres]:
    postgres = EmbeddedPostgres(
        settings.data_dir / "postgres", binaries=find_binaries(settings.postgres_bin)
    )
    try:
        yield postgres
    finally:
        postgres.stop()


async def _connect_app(
    settings: Settings, connections: Connections, size: int | None = None
) -> Database:
    return await Database.connect(
        size=size or settings.pool_size,
        statement_timeout_seconds=settings.statement_timeout_seconds,
        role=connections.app_role,
        **connections.app,
    )


async def _migrate(connections: Connections) -> list[str]:
    connection = await asyncpg.connect(**connections.owner)
    try:
        ran = await migrate(connection)
    finally:
        await connection.close()
    for name in ran:
        get_logger().info("migrated", migration=name)
    return ran


async def _prepare(
    settings: Settings, endpoint: Endpoint | None, secret: Callable[[str], str] | None
) -> Connections:
    """The roles, and in the embedded cluster the database, made where they are missing."""
    if endpoint and secret:
        return await _prepare_embedded(endpoint, {role: secret(role) for role in ROLES})
    owner_variable = "DATABASE_OWNER_URL" if settings.database_owner_url else "DATABASE_URL"
    owner: dict[str, Any] = {
        "dsn": settings.database_owner_url or settings.database_url,
        "timeout": 10,
    }
    app: dict[str, Any] = {"dsn": settings.database_url, "timeout": 10}
    async with _reached(owner_variable, **owner) as connection:
        await ensure_roles(connection)
    async with _reached("DATABASE_URL", **app, server_settings={"role": APPLICATION_ROLE}):
        pass
    return Connections(app=app, owner=owner, app_role=APPLICATION_ROLE)


@asynccontextmanager
async def _reached(variable: str, **address: Any) -> AsyncIterator[asyncpg.Connection[Any]]:
    """A connection to the database that a setting names; raises SettingsError where it fails."""
    try:
        connection = await asyncpg.connect(**address)
    except (OSError, TimeoutError, asyncpg.PostgresError, ValueError) as error:
        # The reason may repeat the address, which holds a password: name its kind only.
        raise SettingsError(
            f"The database of BENCHBOOK_{variable} cannot be reached ({_reason(error)}). "
            "Check the address, and that the server accepts connections."
        ) from None
    try:
        yield connection
    finally:
        await connection.close()


async def _prepare_embedded(endpoint: Endpoint, passwords: dict[str, str]) -> Connections:
    address: dict[str, Any] = {"host": endpoint.host, "port": endpoint.port, "timeout": 30}
    superuser: dict[str, Any] = {"user": endpoint.user, "password": endpoint.password}
    connection = await asyncpg.connect(**(address | superuser | {"database": "postgres"}))
    try:
        await ensure_roles(connection, passwords)
        if not await connection.fetchval(
            "SELECT true FROM pg_database WHERE datname = $1", DATABASE_NAME
        ):
            with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                await connection.execute(f"CREATE DATABASE {DATABASE_NAME} OWNER {OWNER_ROLE}")
    finally:
        await connection.close()
    address["database"] = DATABASE_NAME
    return Connections(
        app=address | {"user": APPLICATION_ROLE, "password": passwords[APPLICATION_ROLE]},
        owner=address | {"user": OWNER_ROLE, "password": passwords[OWNER_ROLE]},
    )


@contextmanager
def _listening_socket(settings: Settings) -> Iterator[socket.socket]:
    """The socket to serve on, bound before anything else is begun."""
    host, port = settings.host.strip("[]"), settings.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror:
        raise CannotListen(
            f"{host!r} is not an address of this machine (BENCHBOOK_HOST)."
        ) from None
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(2048)
        except OSError as error:
            raise CannotListen(_bind_problem(error, host, port)) from None
        listener.setblocking(False)
        yield listener


def _bind_problem(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use by another program: stop that one, or choose "
            "another port with --port or BENCHBOOK_PORT."
        )
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}: choose one from 1024 on (--port)."
    return f"Cannot listen on {host}, port {port}: {error.strerror}."


@contextmanager
def _stopping_on_sigterm() -> Iterator[None]:
    """While the database starts, SIGTERM ends the command as Ctrl-C does: in order."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in 10 seconds"
    if isinstance(
        error, asyncpg.InvalidPasswordError | asyncpg.InvalidAuthorizationSpecificationError
    ):
        return "the login was refused"
    if isinstance(error, asyncpg.InsufficientPrivilegeError | asyncpg.InvalidParameterValueError):
        return f"the login may not act as {APPLICATION_ROLE}: GRANT {APPLICATION_ROLE} TO it"
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return "there is no such database"
    if isinstance(error, OSError):
        return error.strerror or "no connection"
    return type(error).__name__
