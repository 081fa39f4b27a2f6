"""Clients that go away: what was done for them ends without a trace, and nothing is left open."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator

import anyio
import pytest
from tests.conftest import Lab

from benchbook.platform.database import Database


@pytest.fixture
async def complaints() -> AsyncIterator[list[str]]:
    """What the event loop has to complain about, which goes to the log as an error."""
    loop = asyncio.get_running_loop()
    heard: list[str] = []
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: heard.append(str(context["message"])))
    yield heard
    loop.set_exception_handler(before)


async def _work(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.fetchval("SELECT pg_sleep(0.01)")
        await tx.fetchval("SELECT 1")


async def test_work_that_is_cancelled_at_any_time_ends_its_transaction(
    database: Database, complaints: list[str]
):
    for milliseconds in range(30):
        task = asyncio.create_task(_work(database))
        await asyncio.sleep(milliseconds / 2000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await _open_transactions(database) == 0
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []


async def test_work_that_is_cancelled_again_and_again_ends_its_transaction(
    database: Database, complaints: list[str]
):
    # As the framework does where the reader of a stream has gone.
    for milliseconds in range(30):
        async with anyio.create_task_group() as group:
            group.start_soon(_work, database)
            await asyncio.sleep(milliseconds / 2000)
            group.cancel_scope.cancel()
    assert await _open_transactions(database) == 0
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []


async def _open_transactions(database: Database) -> int:
    """How many connections of this database wait inside of a transaction, in the end."""
    for _ in range(50):
        async with database.connection() as connection:
            count: int = await connection.fetchval(
                """
                SELECT count(*)
                FROM pg_stat_activity
                WHERE datname = current_database() AND state LIKE 'idle in transaction%'
                """
            )
        if count == 0:
            break
        await asyncio.sleep(0.1)
    return count


async def test_stream_whose_reader_has_gone_is_no_error(lab: Lab, complaints: list[str]):
    for _ in range(3):
        head = await lab.owner.request("head", "/sessions/export", params={"format": "json"})
        assert head.status_code == 200
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []
