"""Brings a database to the state that this version of Benchbook needs: plain SQL, forward only.

Files ``NNNN_name.sql`` run in order, each in a transaction of its own, as ``benchbook_owner``.
What ran is kept with its checksum, so an edited migration is refused instead of being half true.
An advisory lock lets any number of servers start at once; lock_timeout keeps a migration from
standing in front of the work of a release that is still running.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import asyncpg

OWNER_ROLE = "benchbook_owner"
ROLES = (OWNER_ROLE, "benchbook_app", "benchbook_readonly")
OLDEST_POSTGRES = 15
# What PostgreSQL ships beside its core and migrations need: making one takes CREATE on the
# database, which the owner of our tables has no other use for.
EXTENSIONS = ("btree_gist", "fuzzystrmatch")
# Any constant of our own; two programs must only not share it by accident.
ADVISORY_LOCK = 0x62656E63_68626F6B  # "benchbok"
LOCK_TIMEOUT = "5s"
LOCK_ATTEMPTS = 12


class MigrationError(Exception):
    """The database cannot be brought up to date; the message says why and what to do."""

    exit_code = 70  # EX_SOFTWARE


@dataclass(frozen=True)
class Migration:
    """One file of SQL."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def shipped_migrations() -> list[Migration]:
    """The migrations of this version, in order."""
    found = [
        Migration(int(match[1]), match[2], file.read_text(encoding="utf-8"))
        for file in resources.files("benchbook").joinpath("migrations").iterdir()
        if (match := re.fullmatch(r"(\d{4})_(\w+)\.sql", file.name))
    ]
    return sorted(found, key=lambda migration: migration.number)


async def ensure_roles(
    connection: asyncpg.Connection, passwords: dict[str, str] | None = None
) -> None:
    """Create the three roles where they are missing, and let the connected role act as them.

    With ``passwords`` (role → password) they may log in. Raises MigrationError, with the SQL to
    run, where the connected role is not allowed to create them.
    """
    for role in ROLES:
        exists = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
        try:
            if not exists:
                await _create_role(connection, role)
            if not await connection.fetchval(
                "SELECT pg_has_role(current_user, $1, 'MEMBER')", role
            ):
                await connection.execute(f"GRANT {role} TO CURRENT_USER")
        except asyncpg.InsufficientPrivilegeError:
            raise MigrationError(
                "The database has no roles for Benchbook, and this login may not create them. "
                "Run as a superuser: "
                + " ".join(f"CREATE ROLE {name} NOLOGIN;" for name in ROLES)
                + f" GRANT {', '.join(ROLES)} TO the login of BENCHBOOK_DATABASE_URL;"
            ) from None
        if passwords and role in passwords:
            # A utility statement takes no parameters; format() quotes the literal.
            statement = await connection.fetchval(
                "SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', $1::text, $2::text)",
                role,
                passwords[role],
            )
            await connection.execute(statement)


async def _create_role(connection: asyncpg.Connection, role: str) -> None:
    try:
        await connection.execute(
            f"CREATE ROLE {role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"
        )
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        return  # another server made it in this instant


async def migrate(
    connection: asyncpg.Connection, migrations: Sequence[Migration] | None = None
) -> list[str]:
    """Run what has not run yet; answers the names of what ran.

    ``connection`` may act as ``benchbook_owner`` (see ensure_roles). Raises MigrationError when
    the history was edited, the database is newer than this version, or PostgreSQL is too old.
    """
    migrations = shipped_migrations() if migrations is None else migrations
    version = connection.get_server_version()
    if version.major < OLDEST_POSTGRES:
        raise MigrationError(
            f"The database is PostgreSQL {version.major}; Benchbook needs {OLDEST_POSTGRES} or newer."
        )
    await connection.execute("SELECT pg_advisory_lock($1)", ADVISORY_LOCK)
    try:
        await _prepare(connection)
        await connection.execute(f"SET ROLE {OWNER_ROLE}")
        await connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        done = {
            row["number"]: row
            for row in await connection.fetch(
                "SELECT number, name, checksum FROM schema_migrations ORDER BY number"
            )
        }
        _check_history(migrations, done)
        ran = []
        for migration in migrations:
            if migration.number not in done:
                await _run(connection, migration)
                ran.append(f"{migration.number:04}_{migration.name}")
        return ran
    finally:
        if not connection.is_closed():
            await connection.execute("RESET lock_timeout")
            await connection.execute("RESET ROLE")
            await connection.execute("SELECT pg_advisory_unlock($1)", ADVISORY_LOCK)


async def is_migrated(connection: asyncpg.Connection) -> bool:
    """Whether everything that this version ships has run (asked as the application's role)."""
    try:
        last = await connection.fetchval("SELECT max(number) FROM schema_migrations")
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        return False
    return last is not None and last >= _last_shipped()


_shipped_number: int | None = None


def _last_shipped() -> int:
    global _shipped_number
    if _shipped_number is None:
        _shipped_number = shipped_migrations()[-1].number
    return _shipped_number


async def _prepare(connection: asyncpg.Connection) -> None:
    """Let the owner create in this database, and make the table that keeps the history.

    Raises MigrationError, with the SQL to run, where the connected role may not see to it.
    """
    wanting = []
    if not await _may_create(connection):
        with contextlib.suppress(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER_ROLE}")
        # Asked again, for PostgreSQL may do no more than warn that nothing was granted.
        if not await _may_create(connection):
            wanting.append(f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER_ROLE};")
    for extension in EXTENSIONS:
        if not await _has_extension(connection, extension):
            # As the owner of our tables, who often owns the database; then as the login itself.
            for role in (OWNER_ROLE, "NONE"):
                await connection.execute(f"SET ROLE {role}")
                with contextlib.suppress(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
            if not await _has_extension(connection, extension):
                wanting.append(f"CREATE EXTENSION {extension};")
    if wanting:
        raise MigrationError(
            f"{OWNER_ROLE} may not create all that Benchbook needs in this database. "
            f"Run as its owner: {' '.join(wanting)}"
        )
    await connection.execute(f"SET ROLE {OWNER_ROLE}")
    await connection.execute("""
        CREATE TABLE IF NOT EXISTS schema_migrations (
          number     integer     NOT NULL,
          name       text        NOT NULL,
          checksum   text        NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now(),
          CONSTRAINT schema_migrations_pkey PRIMARY KEY (number)
        );
        GRANT SELECT ON schema_migrations TO benchbook_app, benchbook_readonly;
    """)


async def _may_create(connection: asyncpg.Connection) -> bool:
    return bool(
        await connection.fetchval("SELECT has_schema_privilege($1, 'public', 'CREATE')", OWNER_ROLE)
    )


async def _has_extension(connection: asyncpg.Connection, name: str) -> bool:
    return bool(await connection.fetchval("SELECT true FROM pg_extension WHERE extname = $1", name))


def _check_history(migrations: Sequence[Migration], done: dict[int, asyncpg.Record]) -> None:
    shipped = {migration.number: migration for migration in migrations}
    for number, row in done.items():
        migration = shipped.get(number)
        if migration is None:
            raise MigrationError(
                f"The database has migration {number:04}_{row['name']}, which this version of "
                "Benchbook does not know: it was used with a newer version. Install that one."
            )
        if migration.checksum != row["checksum"]:
            raise MigrationError(
                f"Migration {number:04}_{migration.name} was edited after it ran here. "
                "Restore the file; changes go into a new migration."
            )


async def _run(connection: asyncpg.Connection, migration: Migration) -> None:
    for attempt in range(1, LOCK_ATTEMPTS + 1):
        try:
            async with connection.transaction():
                await connection.execute(migration.sql)
                await connection.execute(
                    "INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)",
                    migration.number,
                    migration.name,
                    migration.checksum,
                )
            return
        except asyncpg.LockNotAvailableError:
            if attempt == LOCK_ATTEMPTS:
                raise MigrationError(
                    f"Migration {migration.number:04}_{migration.name} waited for a lock that was "
                    "never free. Nothing was changed; end the long transactions and try again."
                ) from None
            await asyncio.sleep(1)
        except asyncpg.PostgresError as error:
            raise MigrationError(
                f"Migration {migration.number:04}_{migration.name} failed and left nothing "
                f"behind: {error}"
            ) from error
