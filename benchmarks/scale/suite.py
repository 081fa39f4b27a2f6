"""The hours book with ten million sessions beside one with a hundred thousand."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from benchbook.platform.embedded_postgres import EmbeddedPostgres, Endpoint, find_binaries
from benchbook.serving import DATABASE_NAME
from benchmarks import machine
from benchmarks.hours import dataset
from benchmarks.hours.dataset import Dataset, months_before
from benchmarks.hours.load import LoadGenerator, Measurement
from benchmarks.hours.report import Read
from benchmarks.hours.suite import Quiet, pin
from benchmarks.processes import Cores, Server, found_program, free_port
from benchmarks.scale import report

READS = (
    Read("month's list, 50 rows", "sessions", "month", None),
    Read("totals of a month", "totals", "month", None),
    Read("totals of a year", "totals", "year", None),
    Read("report of a year by project", "report", "year", None),
)
MONTHS = 120
CONNECTIONS = 4
WARM_UP_SECONDS = 3


@dataclass
class Book:
    """A server with its data."""

    server: Server
    data: Dataset
    postgres: EmbeddedPostgres
    endpoint: Endpoint
    postmaster: int
    generator: LoadGenerator
    load_seconds: float


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this suite; the defaults are what results/scale.md is made with."""
    parser.add_argument("--sessions", type=int, default=10_000_000, help="of the large book")
    parser.add_argument("--people", type=int, default=1_000, help="of the large book")
    parser.add_argument("--factor", type=int, default=100, help="how much smaller the other is")
    parser.add_argument("--rounds", type=int, default=5, help="every question of both in each")
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument(
        "--patience", type=int, default=300, help="seconds to wait for a quiet machine, in all"
    )
    parser.add_argument("--output", type=Path, help="where to write the report instead")


def run(options: argparse.Namespace) -> str:
    """Load both, measure in turns and answer the report as Markdown. Raises CannotMeasure."""
    found_program("wrk", "apt-get install wrk, or your system's package of it")
    with ExitStack() as stack:
        scratch = Path(tempfile.mkdtemp(prefix="benchbook-benchmark-"))
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        cores = Cores.of_this_machine()
        books = [
            _book(stack, scratch / name, name, sessions, people, cores)
            for name, sessions, people in (
                (
                    report.SMALL,
                    options.sessions // options.factor,
                    options.people // options.factor,
                ),
                (report.LARGE, options.sessions, options.people),
            )
        ]
        _say("looking which months are read")
        touched = {
            (book.server.name, read.name): _partitions_read(book, read)
            for book in books
            for read in READS
        }
        measured = _measure(books, cores, options)
        facts = report.Facts(
            machine=machine.description(),
            versions={"Python": sys.version.split()[0]},
            books={
                book.server.name: report.BookFacts(
                    sessions=book.data.sessions,
                    people=len(book.data.members),
                    months=book.data.months.count,
                    bytes_on_disk=book.data.bytes_on_disk,
                    load_seconds=book.load_seconds,
                )
                for book in books
            },
            rounds=options.rounds,
            seconds=options.seconds,
            connections=CONNECTIONS,
            partitions_read=touched,
        )
        return report.written(facts, list(READS), measured)


def _book(
    stack: ExitStack, directory: Path, name: str, sessions: int, people: int, cores: Cores
) -> Book:
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
    _say(f"loading {sessions:,} sessions of {people:,} people")
    started = time.monotonic()
    data = asyncio.run(_load(endpoint, sessions, people))
    load_seconds = time.monotonic() - started
    [pid_file] = (directory / "data").rglob("postmaster.pid")
    postmaster = int(pid_file.read_text(encoding="utf-8").split()[0])
    names = directory / "people.txt"
    names.write_text(dataset.as_text(data), encoding="utf-8")
    generator = LoadGenerator(cores.rest, names, postmaster)
    return Book(server, data, postgres, endpoint, postmaster, generator, load_seconds)


async def _connection(endpoint: Endpoint) -> asyncpg.Connection[Any]:
    return await asyncpg.connect(
        host=endpoint.host,
        port=endpoint.port,
        user=endpoint.user,
        password=endpoint.password,
        database=DATABASE_NAME,
    )


async def _load(endpoint: Endpoint, sessions: int, people: int) -> Dataset:
    connection = await _connection(endpoint)
    try:
        return await dataset.load(
            connection,
            sessions=sessions,
            people=people,
            others=1,
            others_share=1 / people,
            months=months_before(MONTHS),
        )
    finally:
        await connection.close()


def _partitions_read(book: Book, read: Read) -> int:
    """How many months' tables or their indexes one question touches, by PostgreSQL's own count."""
    member, month = book.data.members[0], book.data.months.at(MONTHS // 2)
    asyncio.run(_counts(book.endpoint, reset=True))
    for _ in range(20):
        _ask(book.server, read, member.token, str(member.person_id), month.year, month.month)
    # A connection tells its counts when it has been idle for a moment.
    time.sleep(2.5)
    return asyncio.run(_counts(book.endpoint, reset=False))


def _ask(server: Server, read: Read, token: str, person: str, year: int, month: int) -> None:
    if read.what == "report":
        asked: dict[str, str | int] = {
            "period": read.span,
            "date": f"{year:04}-{month:02}-15",
            "group_by": "project",
        }
    else:
        asked = {"year": year, **({"month": month} if read.span == "month" else {})}
    httpx.get(
        server.url + read.path,
        params={**asked, "person_id": person},
        headers={"Authorization": f"Bearer {token}"},
    ).raise_for_status()


async def _counts(endpoint: Endpoint, *, reset: bool) -> int:
    connection = await _connection(endpoint)
    try:
        if reset:
            await connection.execute("SELECT pg_stat_reset()")
            return 0
        return int(
            await connection.fetchval(
                """
                SELECT count(*) FROM pg_stat_user_tables
                WHERE relname ~ '^sessions_[0-9]{4}_[0-9]{2}$'
                  AND coalesce(seq_scan, 0) + coalesce(idx_scan, 0) > 0
                """
            )
        )
    finally:
        await connection.close()


def _measure(
    books: list[Book], cores: Cores, options: argparse.Namespace
) -> dict[tuple[str, str], list[Measurement]]:
    measured: dict[tuple[str, str], list[Measurement]] = {}
    quiet = Quiet(options.patience)
    _say("warming up")
    for book in books:
        pin([book.server], cores, book.postmaster)
        for read in READS:
            book.generator.read(
                *(book.server, read.what, read.span, read.limit),
                seconds=WARM_UP_SECONDS,
                connections=CONNECTIONS,
            )
        pin([book.server], cores, book.postmaster)
    for number in range(options.rounds):
        _say(f"round {number + 1} of {options.rounds}")
        for read in READS:
            # Another one is the first in every round.
            for book in books[:: 1 if number % 2 == 0 else -1]:
                measurement = quiet.measured(
                    partial(
                        book.generator.read,
                        *(book.server, read.what, read.span, read.limit),
                        seconds=options.seconds,
                        connections=CONNECTIONS,
                    )
                )
                measured.setdefault((book.server.name, read.name), []).append(measurement)
    return measured


def _say(sentence: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {sentence} …", file=sys.stderr, flush=True)
