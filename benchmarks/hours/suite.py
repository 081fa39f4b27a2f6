"""The hours book with a million sessions in it: lists, totals and the timer."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from benchbook.platform.embedded_postgres import EmbeddedPostgres, Endpoint, find_binaries
from benchbook.platform.settings import Settings
from benchbook.serving import DATABASE_NAME
from benchmarks import machine
from benchmarks.hours import dataset, peers, report
from benchmarks.hours.dataset import Dataset
from benchmarks.hours.load import LoadGenerator, Measurement
from benchmarks.processes import (
    CannotMeasure,
    Cores,
    Server,
    family_of,
    found_program,
    free_port,
    keep_to,
    proportional_bytes,
)

READS = (
    report.Read("month's list, 50 rows", "sessions", "month", None),
    report.Read("month's list, all rows", "sessions", "month", 500),
    report.Read("totals of a month", "totals", "month", None),
    report.Read("totals of a year", "totals", "year", None),
)
POOL_SIZE = Settings().pool_size
WARM_UP_SECONDS = 2
# Other programs may use so much of the machine before a measurement is made again.
QUIET_CORES = 0.3
STARTS = 5
SETTLING_SECONDS = 5.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this suite; the defaults are what results/hours.md is made with."""
    parser.add_argument("--sessions", type=int, default=1_000_000, help="of the measured people")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5, help="every server once in each")
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument(
        "--patience", type=int, default=300, help="seconds to wait for a quiet machine, in all"
    )
    parser.add_argument("--output", type=Path, help="where to write the report instead")


def run(options: argparse.Namespace) -> str:
    """Load, measure and answer the report as Markdown. Raises CannotMeasure."""
    found_program("wrk", "apt-get install wrk, or your system's package of it")
    with ExitStack() as stack:
        scratch = Path(tempfile.mkdtemp(prefix="benchbook-benchmark-"))
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        ours = _benchbook(scratch)
        stack.callback(ours.stop)
        _say("starting benchbook serve on an empty data directory")
        ours.start()
        _say(f"loading {options.sessions:,} sessions of {options.people} people")
        with _attached(scratch) as (endpoint, _):
            loaded, server_version = asyncio.run(_load(endpoint, options))
        ours.stop()
        _say("starting it again, to see how long that takes")
        start_seconds = []
        for _ in range(STARTS):
            ours.stop()
            start_seconds.append(ours.start())
        time.sleep(SETTLING_SECONDS)
        with _attached(scratch) as (endpoint, postmaster):
            fresh_bytes = proportional_bytes([ours.pid, *family_of(postmaster)])
            people = scratch / "people.txt"
            people.write_text(dataset.as_text(loaded), encoding="utf-8")
            cores = Cores.of_this_machine()
            generator = LoadGenerator(cores.rest, people, postmaster)
            environment = _environment(endpoint, loaded)
            _say("installing and starting the peers")
            servers = [ours]
            for make in (peers.express, peers.fastapi):
                server = make(environment, scratch)
                stack.callback(server.stop)
                server.start()
                servers.append(server)
            rows_of_a_page = _require_same_answers(servers, loaded)
            measured = _measure(servers, generator, cores, postmaster, options)
            time.sleep(SETTLING_SECONDS)
            used_bytes = proportional_bytes([ours.pid, *_without_peers(postmaster, endpoint)])
        facts = report.Facts(
            machine=machine.description(),
            durable_write_milliseconds=machine.durable_write_milliseconds(scratch),
            versions={"PostgreSQL": server_version, "Python": sys.version.split()[0]}
            | peers.versions(),
            dataset=loaded,
            rows_of_a_page=rows_of_a_page,
            rounds=options.rounds,
            seconds=options.seconds,
            pool_size=POOL_SIZE,
            cores=cores,
            start_seconds=start_seconds,
            fresh_bytes=fresh_bytes,
            used_bytes=used_bytes,
        )
        return report.written(facts, measured)


def _benchbook(scratch: Path) -> Server:
    port = free_port()
    return Server(
        report.OURS,
        [
            *(sys.executable, "-m", "benchbook.main", "serve"),
            *("--port", str(port), "--data-dir", str(scratch / "data")),
        ],
        port=port,
        ready_path="/health/ready",
        log=scratch / "benchbook.log",
        environment={"BENCHBOOK_LOG_FORMAT": "json"},
    )


@contextmanager
def _attached(scratch: Path) -> Iterator[tuple[Endpoint, int]]:
    """Where the server's PostgreSQL is reached, and the process id of its postmaster."""
    postgres = EmbeddedPostgres(scratch / "data" / "postgres", binaries=find_binaries(None))
    [pid_file] = (scratch / "data").rglob("postmaster.pid")
    try:
        yield postgres.attach(), int(pid_file.read_text(encoding="utf-8").split()[0])
    finally:
        postgres.stop()


async def _load(endpoint: Endpoint, options: argparse.Namespace) -> tuple[Dataset, str]:
    connection: asyncpg.Connection[Any] = await asyncpg.connect(
        **_address(endpoint), database=DATABASE_NAME
    )
    try:
        loaded = await dataset.load(
            connection,
            sessions=options.sessions,
            people=options.people,
            others=max(1, options.people // 10),
        )
        version = await connection.fetchval("SHOW server_version")
    finally:
        await connection.close()
    return loaded, str(version)


def _address(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "host": endpoint.host,
        "port": endpoint.port,
        "user": endpoint.user,
        "password": endpoint.password,
    }


def _environment(endpoint: Endpoint, loaded: Dataset) -> dict[str, str]:
    """How the peers reach the database: as the superuser, whom no policy applies to."""
    return {
        "HOST": endpoint.host,
        "PGPORT": str(endpoint.port),
        "PGUSER": endpoint.user,
        "PGPASSWORD": endpoint.password,
        "PGDATABASE": DATABASE_NAME,
        "POOL_SIZE": str(POOL_SIZE),
        "ORGANISATION": str(loaded.members[0].organisation_id),
    }


def _require_same_answers(servers: list[Server], loaded: Dataset) -> int:
    """Every server must answer every question with the same; the number of rows of a list.

    Raises CannotMeasure where one does less work than another.
    """
    member, month = loaded.members[0], loaded.months.at(0)
    rows_of_a_page = 0
    for read in READS:
        parameters: dict[str, Any] = {"person_id": str(member.person_id), "year": month.year + 1}
        if read.span == "month":
            parameters |= {"year": month.year, "month": month.month}
        if read.limit:
            parameters["limit"] = read.limit
        answers = []
        for server in servers:
            answer = httpx.get(
                server.url + read.path,
                params=parameters,
                headers={"Authorization": f"Bearer {member.token}"},
            )
            answer.raise_for_status()
            answers.append(_comparable(answer.json()))
        if any(other != answers[0] for other in answers[1:]):
            raise CannotMeasure(f"The servers do not answer the same for {read.name}: {answers}")
        rows_of_a_page = max(rows_of_a_page, len(answers[0].get("items", [])))
    return rows_of_a_page


def _comparable(value: Any) -> Any:
    """An answer without its cursor, and with instants in one spelling."""
    if isinstance(value, dict):
        return {
            key: _comparable(part)[:19] if key.endswith("_at") and part else _comparable(part)
            for key, part in value.items()
            if key != "next_cursor"
        }
    return [_comparable(part) for part in value] if isinstance(value, list) else value


def _measure(
    servers: list[Server],
    generator: LoadGenerator,
    cores: Cores,
    postmaster: int,
    options: argparse.Namespace,
) -> report.Measured:
    reads: dict[tuple[str, str], list[Measurement]] = {}
    timers: list[Measurement] = []
    quiet = Quiet(options.patience)
    ours = servers[0]
    _say("warming up")
    pin(servers, cores, postmaster)
    for server in servers:
        for read in READS:
            generator.read(server, read.what, read.span, read.limit, seconds=WARM_UP_SECONDS)
    generator.start_and_stop(ours, seconds=WARM_UP_SECONDS)
    pin(servers, cores, postmaster)
    for number in range(options.rounds):
        _say(f"round {number + 1} of {options.rounds}")
        # Another server is the first in every round.
        first = number % len(servers)
        for read in READS:
            for server in servers[first:] + servers[:first]:
                measurement = quiet.measured(
                    partial(
                        generator.read,
                        *(server, read.what, read.span, read.limit),
                        seconds=options.seconds,
                    )
                )
                reads.setdefault((server.name, read.name), []).append(measurement)
        timers.append(
            quiet.measured(partial(generator.start_and_stop, ours, seconds=options.seconds))
        )
    return report.Measured(list(READS), reads, timers)


class Quiet:
    """Measures when nobody else uses the machine, as long as its patience lasts."""

    def __init__(self, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds

    def measured(self, measure: Callable[[], Measurement]) -> Measurement:
        """The first measurement that was not disturbed, or the least disturbed one."""
        made = []
        while True:
            started = time.monotonic()
            machine.wait_until_quiet(QUIET_CORES, self._patience_seconds)
            waited_seconds = time.monotonic() - started
            made.append(measure())
            if made[-1].cores_of_others < QUIET_CORES or self._patience_seconds <= waited_seconds:
                self._patience_seconds -= waited_seconds
                return min(made, key=lambda measurement: measurement.cores_of_others)
            self._patience_seconds -= time.monotonic() - started


def pin(servers: list[Server], cores: Cores, postmaster: int) -> None:
    """Keep the servers to their core and PostgreSQL's processes to the others."""
    for server in servers:
        server.keep_to(cores.server)
    for pid in family_of(postmaster):
        if Path(f"/proc/{pid}").exists():
            keep_to(pid, cores.rest)


def _without_peers(postmaster: int, endpoint: Endpoint) -> list[int]:
    """PostgreSQL's processes but for those that serve the peers, who connect as the superuser."""
    mark = f": {endpoint.user} {DATABASE_NAME} ".encode()
    return [
        pid
        for pid in family_of(postmaster)
        if mark not in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def _say(sentence: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {sentence} …", file=sys.stderr, flush=True)
