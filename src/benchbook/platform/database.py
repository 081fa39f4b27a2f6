"""The database: a pool of connections as the application's role, and transactions in a context.

``transaction(context)`` begins, sets the row-level-security context and commits or rolls back:
one request, one transaction. The context is two UUIDs and a flag, set with SET LOCAL in the same
round trip as BEGIN, so it can never leak to another transaction and costs no round trip of its own.
``reading(context)`` is the same for what only reads: PostgreSQL refuses writes, and nobody waits for
its COMMIT.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast
from uuid import UUID

import asyncpg

from benchbook.platform.changes import CHANGED
from benchbook.platform.problems import Unavailable, UnstorableText

APPLICATION_ROLE = "benchbook_app"
ACQUIRE_SECONDS = 10
RETRIES = 5

Result = TypeVar("Result")


if TYPE_CHECKING:
    _Connection = asyncpg.Connection[asyncpg.Record]
    _Pool = asyncpg.Pool[asyncpg.Record]
else:  # generic for the type checker only
    _Connection, _Pool = asyncpg.Connection, asyncpg.Pool


class Context(Protocol):
    """Whose eyes a transaction sees with: the row-level-security policies read these."""

    @property
    def organisation_id(self) -> UUID: ...
    @property
    def person_id(self) -> UUID: ...
    @property
    def sees_everyone(self) -> bool: ...


class Transaction(_Connection):
    """A connection inside a transaction.

    The pool's default reset query is not needed (the context is local to the transaction, and
    nothing else is ever set), and leaving it out saves a round trip a request.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # What triggers said that was changed, and is not committed yet.
        self.changes: list[str] = []

    def get_reset_query(self) -> str:
        return ""


class Database:
    """A pool of connections to one database, as one role."""

    def __init__(
        self,
        pool: _Pool,
        connect_alone: Callable[[], Awaitable[asyncpg.Connection[asyncpg.Record]]],
    ) -> None:
        self._pool = pool
        # A connection of the same kind that is nobody else's, and no pool's.
        self.connect_alone = connect_alone
        # Told what was changed, once it is committed; see platform/changes.py.
        self.on_changes: Callable[[list[str]], None] | None = None
        # What this process has already seen to in this database, such as partitions.
        self.prepared: set[object] = set()
        # Transactions that only read, and are ending while their answers are on the way.
        self._ending: set[asyncio.Task[bool | None]] = set()

    @classmethod
    async def connect(
        cls,
        *,
        size: int,
        statement_timeout_seconds: int = 30,
        role: str | None = None,
        **connection: Any,
    ) -> Database:
        """Open a pool of at most ``size`` connections; ``connection`` goes to asyncpg.

        ``role`` is taken on by every connection, for when the login is not that role itself.
        """
        settings = {
            "application_name": "benchbook",
            "timezone": "UTC",
            "jit": "off",
            # Planning over all partitions would cost more than most of our queries do.
            "plan_cache_mode": "force_generic_plan",
            "statement_timeout": f"{statement_timeout_seconds}s",
            "lock_timeout": "10s",
            "idle_in_transaction_session_timeout": "60s",
        }
        if role:
            settings["role"] = role
        pool = await asyncpg.create_pool(
            min_size=min(2, size),
            max_size=size,
            max_inactive_connection_lifetime=300,
            connection_class=Transaction,
            server_settings=settings,
            **connection,
        )
        return cls(pool, partial(asyncpg.connect, server_settings=settings, **connection))

    async def close(self) -> None:
        """Close every connection; running work has 5 seconds to finish."""
        try:
            await asyncio.wait_for(self._pool.close(), timeout=5)
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Transaction]:
        """A connection outside any transaction, for single statements without a context.

        Raises Unavailable when the database is away or no connection becomes free in 10 s.
        """
        try:
            # Waiting with a limit costs more than taking one that is idle.
            is_idle = self._pool.get_idle_size() > 0
            # The pool's proxy forwards everything to its Transaction.
            connection = cast(
                "Transaction",
                await self._pool.acquire(timeout=None if is_idle else ACQUIRE_SECONDS),
            )
        except TimeoutError:
            raise Unavailable("The database is busy. Try again in a moment.") from None
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise _unavailable(error) from error
        announce = self.on_changes
        try:
            if announce:
                connection.changes.clear()
                connection.add_log_listener(_note_change)
            yield connection
            if announce and connection.changes:
                announce(connection.changes)
        except (ConnectionError, asyncpg.InternalClientError) as error:
            # The latter: the server's parting words arrived while nobody was asking.
            _give_up(connection)
            raise _unavailable(error) from error
        except asyncpg.PostgresError as error:
            meaning = translated(error)
            if meaning is error:
                raise
            raise meaning from error
        except asyncpg.InterfaceError as error:
            if _is_closed(connection):
                raise _unavailable(error) from error
            raise
        finally:
            # A connection that cannot be released in order has been ended by asyncpg, which goes on
            # releasing even if this request is cancelled.
            with contextlib.suppress(*_LOST):
                connection.remove_log_listener(_note_change)
            with contextlib.suppress(*_LOST):
                await self._pool.release(cast("Any", connection), timeout=ACQUIRE_SECONDS)

    @asynccontextmanager
    async def transaction(
        self, context: Context | None = None, *, begin: str = "BEGIN"
    ) -> AsyncIterator[Transaction]:
        """A transaction that sees what ``context`` may see (without one: no tenant's rows).

        Commits on leaving, rolls back on an exception. Raises Unavailable when the database is
        away, and UnstorableText for text that PostgreSQL cannot hold.
        """
        async with self.connection() as connection:
            try:
                # Here as well: whoever is cancelled meanwhile leaves a transaction that has begun.
                await connection.execute(
                    begin if context is None else f"{begin};{set_context(context)}"
                )
                yield connection
                await connection.execute("COMMIT")
            except BaseException:
                await _roll_back(connection)
                raise

    @asynccontextmanager
    async def reading(self, context: Context) -> AsyncIterator[Transaction]:
        """A transaction that can only read, for answers that are to come quickly.

        What was read is good however the transaction ends, so it ends while the answer is on its
        way. Raises what ``transaction`` raises.
        """
        transaction = self.transaction(context, begin="BEGIN READ ONLY")
        connection = await transaction.__aenter__()
        try:
            yield connection
        except BaseException as error:
            await transaction.__aexit__(type(error), error, error.__traceback__)
            raise
        ending = asyncio.create_task(transaction.__aexit__(None, None, None))
        self._ending.add(ending)
        ending.add_done_callback(self._ended)

    def _ended(self, ending: asyncio.Task[bool | None]) -> None:
        self._ending.discard(ending)
        if not ending.cancelled():
            # A connection that is lost has been given up; whoever read from it has the answer.
            ending.exception()

    async def run(
        self, context: Context | None, work: Callable[[Transaction], Awaitable[Result]]
    ) -> Result:
        """Do ``work`` in a transaction, again from its beginning if PostgreSQL asks for that.

        Deadlocks, serialization failures and whatever raised ``TryAgain`` are tried up to
        five times; ``work`` must therefore do nothing outside the database.
        """
        for attempt in range(RETRIES):
            try:
                async with self.transaction(context) as tx:
                    return await work(tx)
            except TryAgain:
                if attempt == RETRIES - 1:
                    raise
                await asyncio.sleep(random.uniform(0, 0.02 * 2**attempt))
        raise AssertionError("unreachable")


_LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


async def _roll_back(connection: Transaction) -> None:
    """End a failed transaction; a connection that cannot even do that must not be used again."""
    if _is_closed(connection):
        return
    rolling_back = asyncio.ensure_future(connection.execute("ROLLBACK"))
    # Who waits for it may be cancelled again, and its connection given up under it.
    rolling_back.add_done_callback(_take_note)
    try:
        await asyncio.shield(rolling_back)
    except BaseException as error:
        _give_up(connection)
        if not isinstance(error, _LOST):
            raise


def _take_note(ended: asyncio.Future[str]) -> None:
    if not ended.cancelled():
        ended.exception()


def _note_change(connection: Any, message: asyncpg.PostgresLogMessage) -> None:
    if message.sqlstate == CHANGED:
        connection.changes.append(message.message)


def _is_closed(connection: Any) -> bool:
    """Whether the connection is gone; the pool takes its proxy away as soon as it notices."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


def _give_up(connection: Any) -> None:
    with contextlib.suppress(asyncpg.InterfaceError):
        connection.terminate()


class TryAgain(Unavailable):
    """The transaction lost to a concurrent one and may simply be repeated."""


async def one_row(tx: Transaction, query: str, *values: Any) -> asyncpg.Record:
    """The row of a statement that always has one."""
    row = await tx.fetchrow(query, *values)
    assert row is not None
    return row


def set_context(context: Context) -> str:
    """The statements that set the context for the rest of a transaction.

    The values are UUIDs and a flag of ours, never text from outside.
    """
    return (
        f"SET LOCAL benchbook.organisation_id = '{UUID(str(context.organisation_id))}';"
        f"SET LOCAL benchbook.person_id = '{UUID(str(context.person_id))}';"
        f"SET LOCAL benchbook.sees_everyone = {'on' if context.sees_everyone else 'off'}"
    )


async def allow_long_work(tx: Transaction, seconds: int) -> None:
    """Let the statements of this transaction, and their waiting for locks, take so long."""
    await tx.execute(
        f"SET LOCAL statement_timeout = '{seconds}s'; SET LOCAL lock_timeout = '{seconds}s'"
    )


async def let_disk_follow(tx: Transaction) -> None:
    """Commit this transaction without waiting for the disk.

    After a crash of the machine or of PostgreSQL it may be undone, whole, with all that came after
    it: for work that is done again then. Whatever commits later, and does wait, makes it lasting.
    """
    await tx.execute("SET LOCAL synchronous_commit = off")


@asynccontextmanager
async def savepoint(tx: Transaction) -> AsyncIterator[None]:
    """Work that may fail without the transaction failing."""
    await tx.execute("SAVEPOINT attempt")
    try:
        yield
    except BaseException:
        await tx.execute("ROLLBACK TO SAVEPOINT attempt")
        raise
    await tx.execute("RELEASE SAVEPOINT attempt")


def constraint_of(error: Exception) -> str:
    """The name of the violated constraint, or an empty string.

    Compare it with ``startswith``: a shard of a distributed table appends its number.
    """
    return str(getattr(error, "constraint_name", None) or "")


Meaning = Callable[[asyncpg.PostgresError], Exception]
_meanings: dict[str, Meaning] = {}


def meaning_of(constraint: str) -> Callable[[Meaning], Meaning]:
    """Registers what the violation of a constraint means, whichever statement meets with it.

    For rules that many statements can violate; where one can, its store says so itself.
    """

    def register(meaning: Meaning) -> Meaning:
        _meanings[constraint] = meaning
        return meaning

    return register


def translated(error: Exception) -> Exception:
    """What a database error means to the client; itself where it means nothing (a defect)."""
    if violated := constraint_of(error):
        for constraint, meaning in _meanings.items():
            if violated.startswith(constraint) and isinstance(error, asyncpg.PostgresError):
                return meaning(error)
    match error:
        case asyncpg.DeadlockDetectedError() | asyncpg.SerializationError():
            return TryAgain("Too many changes at the same instant. Try again.")
        case (
            asyncpg.LockNotAvailableError()
            | asyncpg.QueryCanceledError()
            | asyncpg.TooManyConnectionsError()
        ):
            return Unavailable("The database is busy. Try again in a moment.")
        case (
            asyncpg.PostgresConnectionError()
            | asyncpg.CannotConnectNowError()
            | asyncpg.AdminShutdownError()
            | asyncpg.CrashShutdownError()
            | asyncpg.ReadOnlySQLTransactionError()
        ):
            return _unavailable(error)
        case asyncpg.DiskFullError():
            return Unavailable("The server's disk is full.", retry_after_seconds=60)
        case asyncpg.CharacterNotInRepertoireError() | asyncpg.UntranslatableCharacterError():
            return UnstorableText()
        case _:
            return error


def _unavailable(error: Exception) -> Unavailable:
    unavailable = Unavailable("The database cannot be reached. Try again in a moment.")
    unavailable.__cause__ = error
    return unavailable
