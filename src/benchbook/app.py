"""The one place that assembles the modules into an application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.openapi.spec import Tag

from benchbook import __version__
from benchbook.accounts import event_routes, feed_routes
from benchbook.accounts import routes as accounts_routes
from benchbook.accounts import store as accounts_store
from benchbook.balance import routes as balance_routes
from benchbook.notifications import letter_store
from benchbook.notifications import routes as notification_routes
from benchbook.notifications import store as notification_store
from benchbook.notifications.letter_worker import LetterWorker
from benchbook.platform import health
from benchbook.platform.changes import ChangeFeed
from benchbook.platform.contract import describe
from benchbook.platform.database import Database, Transaction
from benchbook.platform.envelope import Envelope
from benchbook.platform.http import JSON, ApiRequest, on_exception, refuse_lenient_parameters
from benchbook.platform.logs import get_logger
from benchbook.platform.mail import Mailer
from benchbook.platform.methods import EveryMethod
from benchbook.platform.queue_worker import QueueWorker
from benchbook.platform.settings import Settings
from benchbook.platform.static import WebApplication
from benchbook.sequences import (
    collection_routes,
    export_routes,
    import_routes,
    refget_routes,
    search_routes,
)
from benchbook.sequences import routes as sequence_routes
from benchbook.sequences import store as sequence_store
from benchbook.sequences.import_worker import ImportWorker
from benchbook.sequences.spool import Spool
from benchbook.shifts import (
    archive_store,
    closing_routes,
    employee_import_routes,
    employee_routes,
    employee_store,
    labour_routes,
    leave_routes,
    pattern_routes,
    planned_routes,
    publishing_routes,
    request_routes,
    staffing_routes,
)
from benchbook.shifts import catalogue_routes as roster_catalogue_routes
from benchbook.shifts import ical_routes as shift_ical_routes
from benchbook.shifts import routes as shift_routes
from benchbook.shifts import store as shift_store
from benchbook.timetracking import (
    catalogue_routes,
    check_routes,
    ical_routes,
    locking_routes,
    rate_routes,
    repair_store,
    report_routes,
    revision_routes,
    tag_store,
    target_routes,
    transfer_routes,
    week_routes,
)
from benchbook.timetracking import routes as timetracking_routes
from benchbook.timetracking import store as timetracking_store
from benchbook.timetracking.rules import months_before
from benchbook.webhooks import routes as webhook_routes
from benchbook.webhooks import store as webhook_store
from benchbook.webhooks.sender import Sender
from benchbook.webhooks.worker import Worker

API = "/api/v1"
MAINTENANCE_SECONDS = 3600

DESCRIPTION = """\
Hours, shifts and sequences for a working lab, on your own server.

**Authenticate** with an API token (`Authorization: Bearer bbt_…`; make one in the settings, by
`POST /api-tokens` or with `benchbook create-token`), or with the cookie that `POST /login` sets.

**Instants** are RFC 3339, sent with any offset and answered in UTC; **durations** are whole
seconds. **Lists** answer `items` and `next_cursor`: pass it as `cursor` for the next page, until
it is null. In a **PATCH**, an absent field stays as it is and null clears it.

**Errors** are `application/problem+json` with a stable `code`, a `detail` that says what to do,
and `errors` with a pointer to each wrong field. Unknown fields in a body are an error.

**Sending again is safe**: give every POST an `Idempotency-Key`, and the same key and body within
24 hours is answered as the first time and done once. Single resources carry an `ETag`; `If-Match`
makes a change only in that state.
"""
TAGS = [
    Tag("Setup and login", "The first run, signing in and out, invitations."),
    Tag("Account", "The signed-in person."),
    Tag("API tokens", "Credentials for programs."),
    Tag("Calendar feeds", "Addresses for calendar applications."),
    Tag("Notifications", "What one is told in the application."),
    Tag("Webhooks", "Events, sent to addresses outside."),
    Tag("People", "The organisation's people and the audit of what was done."),
    Tag("Timer", "The session that is running: one per person, at most."),
    Tag("Sessions", "Tracked time."),
    Tag("Import and export", "Sessions from files, and as files."),
    Tag("Checks", "What is odd in somebody's hours, and repairs of it that can be taken back."),
    Tag("Reports", "What the hours add up to."),
    Tag("Rates", "What an hour costs, from which day on, for whom and what."),
    Tag("Targets", "How long people mean to work."),
    Tag("Live changes", "What others and other devices do, as it happens."),
    Tag("Locked periods and timesheets", "Weeks to approve, and hours that do not change."),
    Tag("Employees", "Who can be on duty."),
    Tag("Skills, positions and locations", "What a roster is planned with."),
    Tag("Leave and availability", "When people are away, cannot work, or would rather."),
    Tag("Shifts", "Who is on duty, and when: nobody is in two places at once."),
    Tag("Staffing", "How many people are needed when."),
    Tag("Collections", "Sets of sequences."),
    Tag("Sequences", "DNA, of any length up to ten million letters."),
    Tag("Shift patterns", "Shifts that come again, by the clocks of the place."),
    Tag("Labour rules", "What shifts are held to: rest, hours, days in a row, breaks."),
    Tag("Sequences from files", "FASTA, FASTQ and GenBank, of any size."),
    Tag("Open shifts and swaps", "What people arrange among themselves."),
    Tag("Projects", "Clients, projects and tags: what sessions are filed under."),
]

ROUTES: list[Router] = [
    Router(
        path=API,
        route_handlers=[
            accounts_routes.OPEN_ROUTES,
            accounts_routes.ROUTES,
            feed_routes.ROUTES,
            event_routes.ROUTES,
            notification_routes.ROUTES,
            webhook_routes.ROUTES,
        ],
    )
]
# What is there when its module is switched on.
MODULE_ROUTES = {
    "hours": Router(
        path=API,
        route_handlers=[
            timetracking_routes.ROUTES,
            revision_routes.ROUTES,
            transfer_routes.ROUTES,
            catalogue_routes.ROUTES,
            report_routes.ROUTES,
            balance_routes.ROUTES,
            rate_routes.ROUTES,
            check_routes.ROUTES,
            target_routes.ROUTES,
            locking_routes.ROUTES,
            week_routes.ROUTES,
        ],
    ),
    "shifts": Router(
        path=API,
        route_handlers=[
            employee_import_routes.ROUTES,
            employee_routes.ROUTES,
            roster_catalogue_routes.ROUTES,
            leave_routes.ROUTES,
            publishing_routes.ROUTES,
            planned_routes.ROUTES,
            shift_routes.ROUTES,
            staffing_routes.ROUTES,
            closing_routes.ROUTES,
            pattern_routes.ROUTES,
            labour_routes.ROUTES,
            request_routes.ROUTES,
        ],
    ),
    "sequences": Router(
        path=API,
        route_handlers=[
            collection_routes.ROUTES,
            import_routes.ROUTES,
            search_routes.ROUTES,
            sequence_routes.ROUTES,
            refget_routes.ROUTES,
            export_routes.ROUTES,
        ],
    ),
}
# It has its own specification, and is asked at the root by programs that know nothing of the API.
REFGET = [refget_routes.refget_router(path) for path in ("/refget", f"{API}/refget")]


def contract() -> bytes:
    """The OpenAPI document, as it is committed in api/openapi.json."""
    document = describe(
        [*ROUTES, *MODULE_ROUTES.values()],
        title="Benchbook",
        version=__version__,
        description=DESCRIPTION,
        tags=TAGS,
        open_operations=accounts_routes.OPEN_OPERATIONS,
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


_contract: bytes | None = None


@get(f"{API}/openapi.json", sync_to_thread=True, opt={"open": True})
def read_contract() -> Response[bytes]:
    """This API's OpenAPI document."""
    global _contract
    if _contract is None:
        _contract = contract()
    return Response(_contract, media_type=JSON)


def create_app(
    settings: Settings,
    connect: Callable[[], Awaitable[Database]],
    *,
    web_root: Path | None = None,
    stopping: asyncio.Event | None = None,
    sends_webhooks: bool = True,
) -> Any:
    """The ASGI application: the API, the web application and all around them.

    ``connect`` opens the database as the application's role when the server starts.
    ``web_root`` is the built web application; by default the one in the package.
    ``stopping`` is set when the server is about to stop: event streams then end by themselves.
    ``sends_webhooks`` may leave the sending, of e-mail as well, to others who work on the same
    database.
    """

    @asynccontextmanager
    async def with_database(app: Litestar) -> AsyncIterator[None]:
        app.state.database = await connect()
        changes = app.state.changes = ChangeFeed(app.state.database)
        app.state.database.on_changes = changes.publish
        tasks = [
            asyncio.create_task(_maintain(app.state.database, settings)),
            asyncio.create_task(changes.run()),
        ]
        if stopping:
            tasks.append(asyncio.create_task(_end_streams(changes, stopping)))
        app.state.spool = Spool(settings.data_dir / "imports", settings.max_import_bytes)
        importer = app.state.import_worker = ImportWorker(app.state.database, app.state.spool)
        if "sequences" in settings.modules:
            tasks.append(asyncio.create_task(importer.run()))
        async with app.state.database.connection() as connection:
            await letter_store.switch_letters(connection, on=settings.sends_email)
        workers = _senders(app.state.database, settings) if sends_webhooks else []
        tasks += [asyncio.create_task(worker.run()) for worker in workers]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await importer.close()
            for worker in workers:
                await worker.close()
            await app.state.database.close()

    api = Litestar(
        route_handlers=[
            *ROUTES,
            *(MODULE_ROUTES[module] for module in settings.modules),
            *([ical_routes.read_hours_calendar] if "hours" in settings.modules else []),
            *([shift_ical_routes.read_shifts_calendar] if "shifts" in settings.modules else []),
            health.live,
            health.ready,
            health.read_metrics,
            read_contract,
            *(REFGET if "sequences" in settings.modules else []),
        ],
        request_class=ApiRequest,
        before_request=refuse_lenient_parameters,
        exception_handlers={Exception: _on_exception},
        lifespan=[with_database],
        state=State({"settings": settings}),
        request_max_body_size=settings.max_body_bytes,
        compression_config=CompressionConfig(
            backend="brotli",
            minimum_size=1024,
            brotli_quality=4,
            brotli_gzip_fallback=True,
            exclude_opt_key="uncompressed",
        ),
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    root = web_root or Path(str(resources.files("benchbook"))) / "web"
    app: Any = EveryMethod(api)
    if (root / "index.html").is_file():
        app = WebApplication(app, root)
    else:
        get_logger().warning("no_web_application", hint="make web builds it; the API is served")
    return Envelope(app, hsts=settings.is_https)


def _on_exception(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    return on_exception(request, error)


def _senders(database: Database, settings: Settings) -> list[QueueWorker]:
    senders: list[QueueWorker] = [Worker(database, Sender(settings.webhook_networks))]
    if settings.sends_email:
        assert settings.public_url
        senders.append(
            LetterWorker(
                database, Mailer(settings), settings.public_url, settings.smtp_gather_seconds
            )
        )
    return senders


async def _end_streams(changes: ChangeFeed, stopping: asyncio.Event) -> None:
    await stopping.wait()
    changes.end()


async def _keep_shift_archive(connection: Transaction, settings: Settings) -> None:
    now = datetime.now(UTC)
    await archive_store.keep_archive_before(
        connection, months_before(now, settings.archive_shifts_months)
    )
    dropped = await archive_store.drop_archived_before(
        connection, months_before(now, settings.keep_shifts_months)
    )
    if dropped:
        get_logger().info("shifts_dropped", months=dropped)


async def _maintain(database: Database, settings: Settings) -> None:
    """Every hour: what has expired goes, and the months ahead get their partitions."""
    while True:
        try:
            async with database.connection() as connection:
                await accounts_store.forget_expired(connection)
                await timetracking_store.keep_sessions_in_order(connection)
                dropped = await timetracking_store.keep_sessions_from(
                    connection, months_before(datetime.now(UTC), settings.keep_sessions_months)
                )
                if dropped:
                    get_logger().info("sessions_dropped", months=dropped)
                await webhook_store.forget_old_deliveries(connection)
                await tag_store.forget_removed_tags(connection)
                await employee_store.forget_removed_employees(connection)
                await shift_store.forget_deleted_shifts(connection)
                await repair_store.forget_old_repairs(connection)
                await sequence_store.add_up_counts(connection)
                await notification_store.forget_old_notifications(connection)
                await letter_store.forget_old_letters(connection)
                await _keep_shift_archive(connection, settings)
        except Exception as error:
            get_logger().warning("maintenance_failed", cause=type(error).__name__)
        await asyncio.sleep(MAINTENANCE_SECONDS)
