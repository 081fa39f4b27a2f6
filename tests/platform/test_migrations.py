"""Migrations: once each, together with other servers, and all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from tests.conftest import Cluster

from benchbook.platform import migrations as platform_migrations
from benchbook.platform.database import APPLICATION_ROLE
from benchbook.platform.migrations import (
    OWNER_ROLE,
    ROLES,
    Migration,
    MigrationError,
    ensure_roles,
    is_migrated,
    migrate,
    shipped_migrations,
)

FIRST = Migration(1, "first", "CREATE TABLE first (id integer)")
SECOND = Migration(2, "second", "CREATE TABLE second (id integer)")


@pytest.fixture
async def blank(cluster: Cluster) -> AsyncIterator[str]:
    """The name of a database with nothing in it."""
    name = await cluster.create_database(f"blank_{uuid4().hex}")
    yield name
    await cluster.drop_database(name)


@pytest.fixture
async def owner(cluster: Cluster, blank: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(**cluster.address(blank, OWNER_ROLE))
    yield connection
    await connection.close()


async def tables(connection: asyncpg.Connection) -> set[str]:
    rows = await connection.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migrations'"
    )
    return {row[0] for row in rows}


async def test_migrations_run_in_order_and_once(owner: asyncpg.Connection):
    assert await migrate(owner, [FIRST]) == ["0001_first"]
    assert await migrate(owner, [FIRST, SECOND]) == ["0002_second"]
    assert await migrate(owner, [FIRST, SECOND]) == []
    assert await tables(owner) == {"first", "second"}


async def test_shipped_migrations_are_numbered_without_gaps():
    numbers = [migration.number for migration in shipped_migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_shipped_migrations_run_on_a_blank_database(
    owner: asyncpg.Connection, cluster: Cluster, blank: str
):
    shipped = shipped_migrations()
    assert len(await migrate(owner)) == len(shipped)
    assert await migrate(owner) == []
    app = await asyncpg.connect(**cluster.address(blank, APPLICATION_ROLE))
    assert await is_migrated(app)
    await app.close()


async def test_database_that_lacks_a_migration_is_not_ready(
    owner: asyncpg.Connection, cluster: Cluster, blank: str
):
    app = await asyncpg.connect(**cluster.address(blank, APPLICATION_ROLE))
    assert not await is_migrated(app)
    await migrate(owner, shipped_migrations()[:-1])
    assert not await is_migrated(app)
    await migrate(owner)
    assert await is_migrated(app)
    await app.close()


async def test_servers_that_start_at_once_migrate_once(cluster: Cluster, blank: str):
    connections = [await asyncpg.connect(**cluster.address(blank, OWNER_ROLE)) for _ in range(4)]
    ran = await asyncio.gather(*(migrate(connection) for connection in connections))
    assert sorted(map(len, ran)) == [0, 0, 0, len(shipped_migrations())]
    for connection in connections:
        await connection.close()


async def test_edited_migration_is_refused_and_nothing_runs(owner: asyncpg.Connection):
    await migrate(owner, [FIRST])
    edited = Migration(1, "first", "CREATE TABLE first (id bigint)")
    with pytest.raises(MigrationError, match="0001_first was edited after it ran here"):
        await migrate(owner, [edited, SECOND])
    assert await tables(owner) == {"first"}


async def test_database_of_a_newer_version_is_refused(owner: asyncpg.Connection):
    await migrate(owner, [FIRST, SECOND])
    with pytest.raises(MigrationError, match=r"0002_second.* newer version"):
        await migrate(owner, [FIRST])


async def test_failing_migration_leaves_nothing_and_can_be_run_again(owner: asyncpg.Connection):
    broken = Migration(2, "second", "CREATE TABLE second (id integer); SELECT 1/0")
    with pytest.raises(MigrationError, match="0002_second failed and left nothing behind"):
        await migrate(owner, [FIRST, broken])
    assert await tables(owner) == {"first"}
    assert await owner.fetchval("SELECT count(*) FROM schema_migrations") == 1
    # Neither the lock nor the role nor the setting stays behind on the connection.
    assert await owner.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0
    assert await owner.fetchval("SHOW lock_timeout") == "0"
    assert await migrate(owner, [FIRST, SECOND]) == ["0002_second"]


async def test_migration_does_not_stand_in_front_of_a_running_release(
    owner: asyncpg.Connection, cluster: Cluster, blank: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(platform_migrations, "LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr(platform_migrations, "LOCK_ATTEMPTS", 2)
    await migrate(owner, [FIRST])
    alter = Migration(2, "alter", "ALTER TABLE first ADD COLUMN note text")
    reader = await asyncpg.connect(**cluster.address(blank, OWNER_ROLE))
    await reader.execute("BEGIN; SELECT * FROM first")
    with pytest.raises(MigrationError, match="waited for a lock that was never free"):
        await migrate(owner, [FIRST, alter])
    await reader.execute("COMMIT")
    assert await migrate(owner, [FIRST, alter]) == ["0002_alter"]
    await reader.close()


async def test_migration_waits_for_a_lock_that_becomes_free(
    owner: asyncpg.Connection, cluster: Cluster, blank: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(platform_migrations, "LOCK_TIMEOUT", "100ms")
    await migrate(owner, [FIRST])
    alter = Migration(2, "alter", "ALTER TABLE first ADD COLUMN note text")
    reader = await asyncpg.connect(**cluster.address(blank, OWNER_ROLE))
    await reader.execute("BEGIN; SELECT * FROM first")
    migrating = asyncio.create_task(migrate(owner, [FIRST, alter]))
    await asyncio.sleep(0.5)
    assert not migrating.done()
    await reader.execute("COMMIT")
    assert await asyncio.wait_for(migrating, 20) == ["0002_alter"]
    await reader.close()


async def test_old_postgresql_is_refused(
    owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(platform_migrations, "OLDEST_POSTGRES", 99)
    with pytest.raises(MigrationError, match="Benchbook needs 99 or newer"):
        await migrate(owner, [FIRST])
    assert await tables(owner) == set()


# Roles -----------------------------------------------------------------------------------------


async def test_login_that_may_not_create_roles_is_told_what_to_run(cluster: Cluster, blank: str):
    superuser = await asyncpg.connect(**cluster.address(blank))
    login = f"login_{uuid4().hex}"
    await superuser.execute(f"CREATE ROLE {login} LOGIN PASSWORD 'secret'")
    address = cluster.address(blank) | {"user": login, "password": "secret"}
    stranger = await asyncpg.connect(**address)
    try:
        with pytest.raises(MigrationError) as refusal:
            await ensure_roles(stranger)
        sql = str(refusal.value)
        assert f"GRANT {', '.join(ROLES)} TO" in sql

        # What it says to run is enough, for a login that owns nothing but its membership.
        await superuser.execute(f"GRANT {', '.join(ROLES)} TO {login}")
        await ensure_roles(stranger)
        await superuser.execute(f"ALTER DATABASE {blank} OWNER TO CURRENT_USER")
        with pytest.raises(MigrationError) as refusal:
            await migrate(stranger)
        statement = str(refusal.value).partition("Run as its owner: ")[2]
        await superuser.execute(statement)
        assert len(await migrate(stranger)) == len(shipped_migrations())
    finally:
        await stranger.close()
        await superuser.execute(f"DROP ROLE {login}")
        await superuser.close()


async def test_login_that_inherits_nothing_migrates_a_database_of_the_owner(
    cluster: Cluster, blank: str
):
    """The two logins of docs/operations/install.md."""
    superuser = await asyncpg.connect(**cluster.address(blank))
    login = f"login_{uuid4().hex}"
    await superuser.execute(
        f"CREATE ROLE {login} LOGIN NOINHERIT PASSWORD 'secret' IN ROLE {', '.join(ROLES)}"
    )
    address = cluster.address(blank) | {"user": login, "password": "secret"}
    stranger = await asyncpg.connect(**address)
    try:
        assert len(await migrate(stranger)) == len(shipped_migrations())
    finally:
        await stranger.close()
        await superuser.execute(f"DROP ROLE {login}")
        await superuser.close()


async def test_roles_are_made_once_by_servers_that_start_at_once(cluster: Cluster, blank: str):
    connections = [await asyncpg.connect(**cluster.address(blank)) for _ in range(4)]
    await asyncio.gather(*(ensure_roles(connection) for connection in connections))
    for connection in connections:
        await connection.close()
