"""What an operator lets go of: whole months, never the last twelve, and nobody fooled by it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest
from tests.conftest import APPLICATION_ROLE, OWNER_ROLE, PASSWORD, Cluster, client, run_app

import benchbook.app
from benchbook.accounts.commands import create_organisation_with_owner, create_token_for
from benchbook.platform.database import Database
from benchbook.platform.settings import Settings
from benchbook.timetracking import store
from benchbook.timetracking.rules import months_before

TOGGL = (
    "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,"
    "Duration,Tags\nOlga,o@example.org,,,,Old,No,{day},09:00:00,{day},10:00:00,01:00:00,\n"
)


@pytest.fixture
async def database(cluster: Cluster, empty_database: str) -> AsyncIterator[Database]:
    """A database of this test's own, for months are dropped from it."""
    async with cluster.open(empty_database) as opened:
        yield opened


@pytest.fixture
async def olga(
    cluster: Cluster,
    empty_database: str,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Callable[..., Any]]:
    """Starts the application: `await olga()` is its owner.

    Its hourly tidying rests, so that a test alone says what is kept, unless there are settings:
    `await olga(keep_sessions_months=24)`.
    """
    await create_organisation_with_owner(
        database, "Lab", "Olga", "olga@example.org", PASSWORD, "UTC"
    )
    async with (
        cluster.open(empty_database, OWNER_ROLE, size=2) as past_security,
        AsyncExitStack() as stack,
    ):
        token = await create_token_for(
            past_security, database, "olga@example.org", None, "tests", None
        )

        async def connect() -> Database:
            return await Database.connect(
                size=4, **cluster.address(empty_database, APPLICATION_ROLE)
            )

        async def start(**settings: Any) -> httpx.AsyncClient:
            with monkeypatch.context() as patched:
                if not settings:
                    patched.setattr(benchbook.app, "_maintain", _rest)
                transport = await stack.enter_async_context(run_app(connect, Settings(**settings)))
            return await stack.enter_async_context(client(transport, token))

        yield start


async def _rest(*_: object) -> None:
    """Tidy nothing."""


def months_ago(months: int) -> datetime:
    """Noon of the fifth of the month that lies so many months before this one."""
    start = months_before(datetime.now(UTC), months)
    assert start is not None
    return start.replace(day=5, hour=12)


async def add(person: httpx.AsyncClient, start: datetime) -> httpx.Response:
    return await person.post(
        "/sessions", json={"name": "Gel", "started_at": start.isoformat(), "duration": 3600}
    )


async def keep(database: Database, months: int | None) -> list[str]:
    async with database.transaction() as tx:
        return await store.keep_sessions_from(tx, months_before(datetime.now(UTC), months))


async def partitions(database: Database) -> set[str]:
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT tablename FROM pg_tables WHERE tablename ~ '^sessions_\\d'")
    return {row["tablename"] for row in rows}


def test_months_are_counted_back_over_years():
    assert months_before(datetime(2026, 3, 31, 23, tzinfo=UTC), 3) == datetime(
        2025, 12, 1, tzinfo=UTC
    )
    assert months_before(datetime(2026, 3, 1, tzinfo=UTC), 12) == datetime(2025, 3, 1, tzinfo=UTC)
    assert months_before(datetime(2026, 3, 1, tzinfo=UTC), None) is None


async def test_older_months_are_dropped_whole_and_the_kept_ones_stay(
    olga: Callable[..., Any], database: Database
):
    person = await olga()
    for months in (30, 25, 24, 2):
        assert (await add(person, months_ago(months))).status_code == 201
    dropped = await keep(database, 24)
    assert dropped == [f"sessions_{months_ago(months):%Y_%m}" for months in (30, 25)]
    assert not set(dropped) & await partitions(database)
    listed = (await person.get("/sessions")).json()["items"]
    assert [item["started_at"][:10] for item in listed] == [
        f"{months_ago(months):%Y-%m-%d}" for months in (2, 24)
    ]
    assert (await person.get("/sessions/totals")).json()["duration_seconds"] == 7200
    assert await keep(database, 24) == []


async def test_a_session_of_a_dropped_month_is_refused_instead_of_lost(
    olga: Callable[..., Any], database: Database
):
    person = await olga()
    saved = await add(person, months_ago(20))
    # The server believes to know from here on that this month is there.
    assert (await add(person, months_ago(40))).status_code == 201
    await keep(database, 24)
    for start in (months_ago(40), months_ago(25)):
        refused = await add(person, start)
        assert refused.status_code == 400
        assert refused.json()["code"] == "session_not_kept"
        assert refused.json()["errors"][0]["pointer"] == "/started_at"
    moved = await person.patch(
        f"/sessions/{saved.json()['id']}",
        json={
            "started_at": months_ago(40).isoformat(),
            "ended_at": months_ago(40).replace(hour=13).isoformat(),
        },
    )
    assert moved.status_code == 400
    assert moved.json()["code"] == "session_not_kept"
    assert (await person.get("/sessions/totals")).json()["count"] == 1
    assert (await add(person, months_ago(24))).status_code == 201


async def test_an_import_of_a_dropped_month_says_which(
    olga: Callable[..., Any], database: Database
):
    person = await olga()
    await keep(database, 24)
    file = TOGGL.format(day=f"{months_ago(30):%Y-%m-%d}")
    refused = await person.post(
        "/sessions/imports", data={"format": "toggl"}, files={"file": ("t.csv", file)}
    )
    assert refused.status_code == 400
    assert refused.json()["code"] == "session_not_kept"
    assert f"{months_ago(30):%Y-%m}" in refused.text
    assert (await person.get("/sessions")).json()["items"] == []


async def test_the_last_twelve_months_are_never_dropped(
    olga: Callable[..., Any], database: Database
):
    person = await olga()
    assert (await add(person, months_ago(11))).status_code == 201
    with pytest.raises(asyncpg.InvalidParameterValueError, match="last twelve months"):
        await keep(database, 11)
    await keep(database, 12)
    assert (await person.get("/sessions/totals")).json()["count"] == 1


async def test_keeping_all_again_takes_old_sessions_again(
    olga: Callable[..., Any], database: Database
):
    person = await olga()
    await keep(database, 24)
    assert (await add(person, months_ago(30))).status_code == 400
    await keep(database, None)
    assert (await add(person, months_ago(30))).status_code == 201


async def test_the_application_may_not_drop_or_move_the_border_by_itself(database: Database):
    async with database.transaction() as tx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tx.execute("INSERT INTO sessions_kept (kept_from) VALUES (now())")
    month = f"sessions_{months_ago(3):%Y_%m}"
    async with database.transaction() as tx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tx.execute(f"DROP TABLE {month}")


async def test_the_setting_is_carried_out_when_the_server_starts(
    olga: Callable[..., Any], database: Database
):
    before = await olga()
    assert (await add(before, months_ago(15))).status_code == 201
    after = await olga(keep_sessions_months=12)
    for _ in range(100):
        if (await after.get("/sessions/totals")).json()["count"] == 0:
            break
    assert f"sessions_{months_ago(15):%Y_%m}" not in await partitions(database)
