"""The sessions of one person and month with FastAPI and asyncpg, and nothing else.

No authentication, no row-level security, no log. Rows go to orjson as they are, past FastAPI's own
serialisation: what could be faster, is.
"""

from __future__ import annotations

import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from fastapi import FastAPI, Response

LIST = """
    SELECT id, name, note, started_at, ended_at, duration_seconds, project_id, tags, billable, person_id,
           created_at, updated_at, deleted_at
    FROM sessions
    WHERE organisation_id = $1 AND deleted_at IS NULL AND person_id = $2
      AND started_at >= $3 AND started_at < $4
    ORDER BY started_at DESC, id DESC
    LIMIT $5
"""
TOTALS = """
    SELECT (started_at AT TIME ZONE $5)::date AS date, count(*)::integer AS count,
           sum(duration_seconds)::integer AS duration_seconds
    FROM sessions
    WHERE organisation_id = $1 AND deleted_at IS NULL AND person_id = $2
      AND started_at >= $3 AND started_at < $4
    GROUP BY date
    ORDER BY date
"""
ORGANISATION = UUID(os.environ["ORGANISATION"])


@asynccontextmanager
async def with_pool(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(
        host=os.environ["HOST"],
        port=int(os.environ["PGPORT"]),
        user=os.environ["PGUSER"],
        password=os.environ["PGPASSWORD"],
        database=os.environ["PGDATABASE"],
        min_size=int(os.environ["POOL_SIZE"]),
        max_size=int(os.environ["POOL_SIZE"]),
    ) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=with_pool, openapi_url=None)


def month_or_year(year: int, month: int | None) -> tuple[datetime, datetime]:
    if month is None:
        return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return datetime(year, month, 1, tzinfo=UTC), after


def answer(content: dict[str, Any]) -> Response:
    return Response(
        orjson.dumps(content, default=str, option=orjson.OPT_UTC_Z),
        media_type="application/json",
    )


@app.get("/ready")
async def ready() -> Response:
    await app.state.pool.fetchval("SELECT 1")
    return answer({"ready": True})


@app.get("/api/v1/sessions")
async def list_sessions(
    person_id: UUID, year: int, month: int | None = None, limit: int = 50
) -> Response:
    start, end = month_or_year(year, month)
    rows = await app.state.pool.fetch(LIST, ORGANISATION, person_id, start, end, limit + 1)
    next_cursor = None
    if len(rows) > limit:
        rows = rows[:limit]
        key = orjson.dumps([rows[-1]["started_at"], rows[-1]["id"]], default=str)
        next_cursor = base64.urlsafe_b64encode(key).decode()
    return answer({"items": [dict(row) for row in rows], "next_cursor": next_cursor})


@app.get("/api/v1/sessions/totals")
async def total_sessions(person_id: UUID, year: int, month: int | None = None) -> Response:
    start, end = month_or_year(year, month)
    rows = await app.state.pool.fetch(TOTALS, ORGANISATION, person_id, start, end, "UTC")
    return answer(
        {
            "count": sum(row["count"] for row in rows),
            "duration_seconds": sum(row["duration_seconds"] for row in rows),
            "days": [
                {"date": row["date"], "duration_seconds": row["duration_seconds"]} for row in rows
            ],
        }
    )


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )
