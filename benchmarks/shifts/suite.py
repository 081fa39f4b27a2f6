"""Shifts written by the batch against raw COPY, and a week's roster at 5,000,000 shifts."""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from uuid_utils.compat import uuid7

from benchbook.accounts.caller import Caller
from benchbook.platform.database import APPLICATION_ROLE, Database
from benchbook.platform.embedded_postgres import EmbeddedPostgres, Endpoint, find_binaries
from benchbook.serving import DATABASE_NAME
from benchbook.shifts.schemas import NewShift, ShiftBatch
from benchbook.shifts.service import change_many
from benchmarks import machine
from benchmarks.processes import Server, free_port
from benchmarks.shifts import dataset, report
from benchmarks.shifts.dataset import LAST_WEEK

Spans = list[tuple[UUID, datetime, datetime]]
COLUMNS = ("organisation_id", "id", "employee_id", "starts_at", "ends_at")
PEOPLE_OF_A_ROSTER = 100


@dataclass
class Lab:
    """A server with one organisation."""

    server: Server
    endpoint: Endpoint
    organisation_id: UUID
    owner_id: UUID
    token: str


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this suite; the defaults are what results/shifts.md is made with."""
    parser.add_argument("--shifts", type=int, default=100_000, help="to write, each time")
    parser.add_argument("--employees", type=int, default=1_000, help="whose they are")
    parser.add_argument("--batch", type=int, default=10_000, help="shifts in a batch")
    parser.add_argument("--singles", type=int, default=10_000, help="written one by one")
    parser.add_argument("--rounds", type=int, default=3, help="every way of writing in each")
    parser.add_argument("--large", type=int, default=5_000_000, help="shifts of the large roster")
    parser.add_argument("--small", type=int, default=50_000, help="shifts of the small one")
    parser.add_argument("--requests", type=int, default=400, help="of a round, to each roster")
    parser.add_argument("--output", type=Path, help="where to write the report instead")


def run(options: argparse.Namespace) -> str:
    """Measure, and answer the report as Markdown. Raises CannotMeasure."""
    with ExitStack() as stack:
        scratch = Path(tempfile.mkdtemp(prefix="benchbook-benchmark-"))
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        writing = _lab(stack, scratch / "writing", "writing")
        rates = asyncio.run(_write(writing, options))
        rosters = {}
        load_seconds = {}
        for name, shifts in ((report.SMALL, options.small), (report.LARGE, options.large)):
            _say(f"loading {shifts:,} shifts")
            lab = _lab(stack, scratch / name, name)
            started = time.monotonic()
            asyncio.run(_fill(lab, shifts, options.small))
            load_seconds[name] = time.monotonic() - started
            rosters[name] = lab
        latencies = _read(rosters, options)
        return report.written(
            report.Facts(
                machine=machine.description(),
                versions={"Python": sys.version.split()[0]},
                shifts=options.shifts,
                employees=options.employees,
                batch=options.batch,
                singles=options.singles,
                rounds=options.rounds,
                rosters={report.SMALL: options.small, report.LARGE: options.large},
                load_seconds=load_seconds,
                requests=options.requests,
            ),
            rates,
            latencies,
        )


def _lab(stack: ExitStack, directory: Path, name: str) -> Lab:
    directory.mkdir()
    port = free_port()
    server = Server(
        name,
        [
            *(sys.executable, "-m", "benchbook.main", "serve"),
            *("--port", str(port), "--data-dir", str(directory / "data")),
        ],
        port=port,
        ready_path="/health/ready",
        log=directory / "benchbook.log",
        environment={"BENCHBOOK_LOG_FORMAT": "json"},
    )
    stack.callback(server.stop)
    server.start()
    postgres = EmbeddedPostgres(directory / "data" / "postgres", binaries=find_binaries(None))
    endpoint = postgres.attach()
    stack.callback(postgres.stop)
    with httpx.Client(base_url=f"{server.url}/api/v1") as client:
        owner = {"name": "Olga Owner", "email": "o@example.org", "password": "a long enough one"}
        signed_in = client.post("/setup", json={"organisation": name} | owner)
        signed_in.raise_for_status()
        token = client.post("/api-tokens", json={"name": "benchmark"}).json()["token"]
    body = signed_in.json()
    return Lab(
        server, endpoint, UUID(body["organisation"]["id"]), UUID(body["person"]["id"]), token
    )


def _address(lab: Lab) -> dict[str, Any]:
    return {
        "host": lab.endpoint.host,
        "port": lab.endpoint.port,
        "user": lab.endpoint.user,
        "password": lab.endpoint.password,
        "database": DATABASE_NAME,
    }


# Writing ------------------------------------------------------------------------------------------


async def _write(lab: Lab, options: argparse.Namespace) -> dict[str, list[float]]:
    """Shifts a second of each way of writing, one figure a round."""
    connection = await asyncpg.connect(**_address(lab))
    database = await Database.connect(size=2, role=APPLICATION_ROLE, **_address(lab))
    headers = {"Authorization": f"Bearer {lab.token}"}
    api = httpx.AsyncClient(base_url=f"{lab.server.url}/api/v1", headers=headers, timeout=120)
    caller = Caller(lab.organisation_id, lab.owner_id, "owner", None)

    async def by_copy(spans: Spans) -> None:
        async with connection.transaction():
            await connection.copy_records_to_table(
                "shifts",
                records=[(lab.organisation_id, uuid7(), *span) for span in spans],
                columns=COLUMNS,
            )

    async def by_service(spans: Spans) -> None:
        batch = ShiftBatch(create=[NewShift(*span) for span in spans])
        async with database.transaction(caller) as tx:
            outcome = await change_many(tx, caller, batch)
        assert len(outcome.created) == len(spans)

    async def over_http(spans: Spans) -> None:
        created = [
            {"employee_id": str(whose), "starts_at": start.isoformat(), "ends_at": end.isoformat()}
            for whose, start, end in spans
        ]
        answer = await api.post("/shifts/batch", json={"create": created})
        answer.raise_for_status()

    async def one_by_one(spans: Spans) -> None:
        insert = await connection.prepare(
            f"INSERT INTO shifts ({', '.join(COLUMNS)}) VALUES ($1, $2, $3, $4, $5)"
        )
        for span in spans:
            await insert.fetch(lab.organisation_id, uuid7(), *span)

    ways: dict[str, tuple[int, Callable[[Spans], Awaitable[None]]]] = {
        report.COPY: (options.shifts, by_copy),
        report.SERVICE: (options.shifts, by_service),
        report.HTTP: (options.shifts, over_http),
        report.SINGLES: (min(options.singles, options.shifts), one_by_one),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    try:
        employees = await dataset.add_employees(connection, lab.organisation_id, options.employees)
        await connection.execute("VACUUM (ANALYZE) employees")
        for number in range(options.rounds):
            # Another one is the first in every round.
            names = list(ways)
            for name in names[number % len(names) :] + names[: number % len(names)]:
                shifts, write = ways[name]
                pieces = dataset.batches(employees, shifts, options.batch)
                await dataset.empty(connection)
                await connection.execute("CHECKPOINT")
                _say(f"round {number + 1}: {shifts:,} shifts, {name}")
                started = time.perf_counter()
                for piece in pieces:
                    await write(piece)
                rates[name].append(shifts / (time.perf_counter() - started))
                stored = await connection.fetchval("SELECT count(*) FROM shifts")
                assert stored == shifts, f"{name}: {stored} of {shifts} are there"
    finally:
        await api.aclose()
        await database.close()
        await connection.close()
    return rates


# Reading ------------------------------------------------------------------------------------------


async def _fill(lab: Lab, shifts: int, small: int) -> None:
    """The first organisation's 100 people and, for a large table, other labs of the same kind."""
    connection = await asyncpg.connect(**_address(lab))
    try:
        # Ten labs side by side, so that a person has ten times the history, not a hundred times.
        labs = 1 if shifts <= small else 10
        await dataset.add_employees(connection, lab.organisation_id, PEOPLE_OF_A_ROSTER)
        for number in range(labs - 1):
            organisation_id = uuid7()
            await connection.execute(
                "INSERT INTO organisations (id, name) VALUES ($1, $2)",
                organisation_id,
                f"Lab {number}",
            )
            await dataset.add_employees(connection, organisation_id, PEOPLE_OF_A_ROSTER)
        each = shifts // (labs * PEOPLE_OF_A_ROSTER)
        await dataset.fill(connection, each, weeks=-(-each // 5))
    finally:
        await connection.close()


def _read(rosters: dict[str, Lab], options: argparse.Namespace) -> dict[str, list[list[float]]]:
    """Milliseconds of each request for a week's roster, by roster and round."""
    measured: dict[str, list[list[float]]] = {name: [] for name in rosters}
    for lab in rosters.values():
        _ask_for_weeks(lab, max(20, options.requests // 10), options.small)
    for number in range(options.rounds):
        _say(f"round {number + 1}: a week's roster")
        for name in list(rosters)[:: 1 if number % 2 == 0 else -1]:
            measured[name].append(_ask_for_weeks(rosters[name], options.requests, options.small))
    return measured


def _ask_for_weeks(lab: Lab, requests: int, small: int) -> list[float]:
    """One after the other over one connection: the weeks that both rosters have, in turns."""
    weeks = max(1, small // PEOPLE_OF_A_ROSTER // 5)
    connection = http.client.HTTPConnection("127.0.0.1", lab.server.port)
    milliseconds = []
    try:
        for number in range(requests):
            monday = LAST_WEEK - timedelta(weeks=number * 7 % weeks)
            path = (
                f"/api/v1/shifts?from={monday:%Y-%m-%d}"
                f"&to={monday + timedelta(weeks=1):%Y-%m-%d}&limit=500"
            )
            started = time.perf_counter()
            connection.request("GET", path, headers={"Authorization": f"Bearer {lab.token}"})
            answer = connection.getresponse()
            content = answer.read()
            milliseconds.append((time.perf_counter() - started) * 1000)
            assert answer.status == 200, content
            if number == 0:
                found = len(json.loads(content)["items"])
                assert found == 5 * PEOPLE_OF_A_ROSTER, f"{lab.server.name}: {found} shifts"
    finally:
        connection.close()
    return milliseconds


def _say(sentence: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {sentence} …", file=sys.stderr, flush=True)
