"""When something breaks: crashes and an absent database are told well, and pass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from tests.conftest import ORIGIN, PASSWORD, Cluster, Lab, client, run_app
from tests.platform.conftest import Logs, token_of

from benchbook.accounts.commands import create_organisation_with_owner, create_token_for
from benchbook.platform import database as platform_database
from benchbook.platform.database import APPLICATION_ROLE, Database
from benchbook.platform.migrations import OWNER_ROLE
from benchbook.timetracking import store

PROBLEM = "application/problem+json"


def check_unavailable(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["code"] == "unavailable"
    assert int(answer.headers["retry-after"]) >= 1


# Crashes ---------------------------------------------------------------------------------------


async def test_crash_tells_the_client_nothing_but_the_request_id(
    lab: Lab, logs: Logs, own_app: httpx.ASGITransport, monkeypatch: pytest.MonkeyPatch
):
    async def crash(*_: object) -> None:
        raise RuntimeError("internal detail 4711")

    monkeypatch.setattr(store, "find_running", crash)
    async with client(own_app, token_of(lab)) as owner:
        answer = await owner.get("/timer", headers={"X-Request-ID": "the-request"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["x-request-id"] == "the-request"
    problem = answer.json()
    assert (problem["code"], problem["request_id"]) == ("internal_error", "the-request")
    assert set(problem) == {"type", "title", "status", "detail", "code", "request_id"}
    for internal in ("4711", "RuntimeError", "store.py", "Traceback", "find_running"):
        assert internal not in answer.text

    [event] = logs.events("crash")
    assert event["request_id"] == "the-request"
    [exception] = event["exception"]
    assert exception["exc_type"] == "RuntimeError"
    assert [frame["name"] for frame in exception["frames"]][-1] == "crash"
    [request] = logs.events("request")
    assert (request["request_id"], request["status"]) == ("the-request", 500)


async def test_crash_in_a_transaction_leaves_nothing_and_the_connection_good(
    lab: Lab, logs: Logs, monkeypatch: pytest.MonkeyPatch
):
    insert = store.insert_session

    async def crash(*arguments: Any, **more: Any) -> None:
        await insert(*arguments, **more)
        raise RuntimeError

    session = {"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": 60}
    with monkeypatch.context() as patch:
        patch.setattr(store, "insert_session", crash)
        answers = await asyncio.gather(
            *(lab.owner.post("/sessions", json=session) for _ in range(30))
        )
    assert {answer.status_code for answer in answers} == {500}
    assert len(logs.events("crash")) == 30
    assert (await lab.owner.get("/sessions/totals")).json()["count"] == 0
    assert (await lab.owner.post("/sessions", json=session)).status_code == 201


async def test_unforeseen_database_error_is_a_crash_without_its_values(
    lab: Lab, logs: Logs, own_app: httpx.ASGITransport, monkeypatch: pytest.MonkeyPatch
):
    async def crash(tx: Any, *_: object) -> None:
        await tx.fetchval("SELECT $1::text::uuid", "marked value")

    monkeypatch.setattr(store, "find_running", crash)
    async with client(own_app, token_of(lab)) as owner:
        answer = await owner.get("/timer")
    assert answer.status_code == 500
    assert "marked" not in answer.text
    [event] = logs.events("crash")
    assert event["exception"][0]["exc_type"] == "InvalidTextRepresentationError"
    assert "marked" not in logs.text


async def test_expected_failures_are_not_logged_as_crashes(
    lab: Lab, logs: Logs, own_app: httpx.ASGITransport
):
    async with client(own_app, token_of(lab)) as owner:
        for answer in (
            await owner.get("/sessions?year=abc"),
            await owner.patch("/timer", json={"name": "x"}),
            await owner.put("/timer"),
            await owner.get("/nothing"),
        ):
            assert 400 <= answer.status_code < 500
    assert {event["event"] for event in logs.events()} == {"request"}
    assert {event["level"] for event in logs.events()} == {"info"}


# The database goes away ------------------------------------------------------------------------


@pytest.fixture
async def fragile(
    cluster: Cluster, empty_database: str
) -> AsyncIterator[tuple[httpx.AsyncClient, str, httpx.ASGITransport]]:
    """An owner's client of an application whose database may be taken away, and its name."""

    async def connect() -> Database:
        return await Database.connect(size=4, **cluster.address(empty_database, APPLICATION_ROLE))

    async with (
        cluster.open(empty_database, size=1) as app,
        cluster.open(empty_database, OWNER_ROLE, size=1) as owner,
    ):
        await create_organisation_with_owner(
            app, "Fragile", "Olga", "o@example.org", PASSWORD, "UTC"
        )
        token = await create_token_for(owner, app, "o@example.org", None, "tests", None)
    async with run_app(connect) as transport, client(transport, token) as opened:
        yield opened, empty_database, transport


async def _as_superuser(cluster: Cluster, *statements: str) -> None:
    connection = await asyncpg.connect(**cluster.address("postgres"))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _end_connections(database: str) -> str:
    return f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"


@asynccontextmanager
async def _away(cluster: Cluster, database: str) -> AsyncIterator[None]:
    """While this lasts, nobody can reach the database."""
    await _as_superuser(
        cluster, f"ALTER DATABASE {database} ALLOW_CONNECTIONS false", _end_connections(database)
    )
    yield
    await _as_superuser(cluster, f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")


async def _recovered(request: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """The first answer that is not 503, at most a pool's worth of dead connections later."""
    for _ in range(8):
        answer = await request()
        if answer.status_code != 503:
            return answer
        check_unavailable(answer)
    raise AssertionError("it did not recover")


async def test_without_its_database_every_request_is_503_until_it_is_back(
    fragile: tuple[httpx.AsyncClient, str, httpx.ASGITransport], cluster: Cluster
):
    owner, database, transport = fragile
    session = {"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": 60}
    login = {"email": "o@example.org", "password": PASSWORD}
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as anybody:
        async with _away(cluster, database):
            for _ in range(6):
                check_unavailable(await owner.get("/timer"))
            check_unavailable(await owner.post("/sessions", json=session))
            check_unavailable(await owner.post("/login", json=login))
            check_unavailable(await owner.get("/setup"))
            check_unavailable(await anybody.get("/health/ready"))
            assert (await anybody.get("/health/live")).status_code == 200
        assert (await _recovered(lambda: anybody.get("/health/ready"))).status_code == 200
        assert (await _recovered(lambda: owner.get("/timer"))).status_code == 200
        assert (await owner.post("/sessions", json=session)).status_code == 201


async def test_ended_connections_are_replaced(
    fragile: tuple[httpx.AsyncClient, str, httpx.ASGITransport], cluster: Cluster
):
    owner, database, _ = fragile
    await asyncio.gather(*(owner.get("/timer") for _ in range(8)))  # fill the pool
    await _as_superuser(cluster, _end_connections(database))
    assert (await _recovered(lambda: owner.get("/timer"))).status_code == 200
    answers = await asyncio.gather(*(_recovered(lambda: owner.get("/timer")) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}


async def test_connection_that_ends_in_the_middle_of_a_request_is_503(
    fragile: tuple[httpx.AsyncClient, str, httpx.ASGITransport],
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
):
    owner, database, _ = fragile
    insert = store.insert_session
    waiting = asyncio.Event()

    async def insert_slowly(tx: Any, **values: Any) -> Any:
        inserted = await insert(tx, **values)
        waiting.set()
        await tx.execute("SELECT pg_sleep(20)")
        return inserted

    session = {"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": 60}
    with monkeypatch.context() as patch:
        patch.setattr(store, "insert_session", insert_slowly)
        request = asyncio.create_task(owner.post("/sessions", json=session))
        await asyncio.wait_for(waiting.wait(), 20)
        await _as_superuser(cluster, _end_connections(database))
        check_unavailable(await asyncio.wait_for(request, 20))
    totals = await _recovered(lambda: owner.get("/sessions/totals"))
    assert totals.json()["count"] == 0


async def test_statement_that_takes_too_long_is_503(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    async def slow(tx: Any, *_: object) -> None:
        await tx.execute("SET LOCAL statement_timeout = '50ms'; SELECT pg_sleep(20)")

    monkeypatch.setattr(store, "find_running", slow)
    check_unavailable(await lab.owner.get("/timer"))


async def test_pool_without_a_free_connection_is_503_and_not_a_hang(
    fragile: tuple[httpx.AsyncClient, str, httpx.ASGITransport], monkeypatch: pytest.MonkeyPatch
):
    owner, _, _ = fragile
    monkeypatch.setattr(platform_database, "ACQUIRE_SECONDS", 0.3)

    async def slow(tx: Any, *_: object) -> None:
        await tx.execute("SELECT pg_sleep(1.5)")

    with monkeypatch.context() as patch:
        patch.setattr(store, "find_running", slow)
        busy = [asyncio.create_task(owner.get("/timer")) for _ in range(4)]
        await asyncio.sleep(0.5)
        check_unavailable(await owner.get("/sessions"))
        await asyncio.gather(*busy)
    assert (await owner.get("/sessions")).status_code == 200


async def test_client_that_hangs_up_gives_its_connection_back(
    fragile: tuple[httpx.AsyncClient, str, httpx.ASGITransport], monkeypatch: pytest.MonkeyPatch
):
    owner, _, _ = fragile
    waiting = asyncio.Event()

    async def slow(tx: Any, *_: object) -> None:
        waiting.set()
        await tx.execute("SELECT pg_sleep(20)")

    with monkeypatch.context() as patch:
        patch.setattr(store, "find_running", slow)
        for _ in range(8):  # twice the pool
            waiting.clear()
            request = asyncio.create_task(owner.get("/timer"))
            await asyncio.wait_for(waiting.wait(), 10)
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
    answers = await asyncio.gather(*(owner.get("/timer") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}


async def test_deadlock_is_tried_again_until_it_succeeds(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    insert = store.insert_session
    failures = 3

    async def insert_unluckily(tx: Any, **values: Any) -> Any:
        nonlocal failures
        inserted = await insert(tx, **values)
        if failures:
            failures -= 1
            await tx.execute("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$")
        return inserted

    monkeypatch.setattr(store, "insert_session", insert_unluckily)
    session = {"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": 60}
    assert (await lab.owner.post("/sessions", json=session)).status_code == 201
    assert failures == 0
    assert (await lab.owner.get("/sessions/totals")).json()["count"] == 1


async def test_deadlocks_without_end_are_503(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    async def unlucky(tx: Any, **_: Any) -> None:
        await tx.execute("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$")

    monkeypatch.setattr(store, "insert_session", unlucky)
    session = {"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": 60}
    check_unavailable(await lab.owner.post("/sessions", json=session))
    assert (await lab.owner.get("/sessions/totals")).json()["count"] == 0
