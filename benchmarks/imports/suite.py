"""Sequences from a file against raw COPY, and the server's memory while a large file goes in."""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from benchbook.platform.embedded_postgres import EmbeddedPostgres, find_binaries
from benchbook.sequences.rules import prepare
from benchbook.serving import DATABASE_NAME
from benchmarks import machine
from benchmarks.processes import CannotMeasure, Server, free_port

AIM_PER_SECOND = 20_000
POLL_SECONDS = 0.1


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this suite; the defaults are what results/imports.md is made with."""
    parser.add_argument("--sequences", type=int, default=200_000, help="in a file")
    parser.add_argument("--letters", type=int, default=100, help="of each")
    parser.add_argument("--rounds", type=int, default=3, help="files, one after the other")
    parser.add_argument("--large", type=int, default=512, help="megabytes of the large file")
    parser.add_argument("--output", type=Path, help="where to write the report instead")


def run(options: argparse.Namespace) -> str:
    """Measure, and answer the report as Markdown. Raises CannotMeasure."""
    with ExitStack() as stack:
        scratch = Path(tempfile.mkdtemp(prefix="benchbook-benchmark-"))
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        server = _server(stack, scratch)
        postgres = EmbeddedPostgres(scratch / "data" / "postgres", binaries=find_binaries(None))
        endpoint = postgres.attach()
        stack.callback(postgres.stop)
        address = {
            "host": endpoint.host,
            "port": endpoint.port,
            "user": endpoint.user,
            "password": endpoint.password,
            "database": DATABASE_NAME,
        }
        rates, copies = [], []
        with httpx.Client(base_url=f"{server.url}/api/v1", timeout=None) as client:
            _set_up(client)
            for number in range(options.rounds):
                _say(f"round {number + 1}: {options.sequences:,} sequences")
                bases = _bases(options.sequences, options.letters, number)
                copies.append(options.sequences / asyncio.run(_copy(address, bases)))
                rates.append(options.sequences / _import(client, _fasta(bases)))
            _say(f"a file of {options.large} MB")
            before = _resident_bytes(server.pid)
            peak, seconds = _large(client, server, options.large)
        rate, copy = statistics.median(rates), statistics.median(copies)
        return _report(options, rate, copy, before, peak, seconds)


def _report(
    options: argparse.Namespace, rate: float, copy: float, before: int, peak: int, seconds: float
) -> str:
    verdict = "met" if rate >= AIM_PER_SECOND else "missed"
    return f"""\
# Sequences from files

Made by `python -m benchmarks imports` on {machine.description()}, Python {sys.version.split()[0]}.
{options.rounds} files of {options.sequences:,} sequences of {options.letters} letters, none like
another, into a table that grows; medians. Everything runs on this machine, the sender too.

| | sequences a second |
|---|---|
| COPY into a bare table of the same columns, digests made before | {copy:,.0f} |
| an import over HTTP, from the first byte to `done`, into the indexed table | {rate:,.0f} |

The import reaches {rate / copy:.0%} of the COPY. The aim, {AIM_PER_SECOND:,} a second, is {verdict}.

A file of {options.large} MB, of records that are refused, so that nothing but reading is measured:
{options.large / seconds:,.0f} MB a second. The server's memory was {before / 1e6:,.0f} MB before
and {peak / 1e6:,.0f} MB at most.
"""


def _server(stack: ExitStack, directory: Path) -> Server:
    port = free_port()
    server = Server(
        "imports",
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
    return server


def _set_up(client: httpx.Client) -> None:
    owner = {"name": "Olga Owner", "email": "o@example.org", "password": "a long enough one"}
    client.post("/setup", json={"organisation": "Imports"} | owner).raise_for_status()
    token = client.post("/api-tokens", json={"name": "benchmark"}).json()["token"]
    client.headers["Authorization"] = f"Bearer {token}"


def _bases(amount: int, letters: int, seed: int) -> list[str]:
    of = random.Random(seed)
    return ["".join(of.choices("ACGT", k=letters)) for _ in range(amount)]


def _fasta(bases: list[str]) -> bytes:
    return "".join(f">read{number}\n{each}\n" for number, each in enumerate(bases)).encode()


async def _copy(address: dict[str, Any], bases: list[str]) -> float:
    rows = []
    for number, each in enumerate(bases):
        prepared = prepare(each)
        digests = (prepared.digest, prepared.reverse_digest, prepared.md5)
        rows.append((number, f"read{number}", len(each), *digests, each))
    connection = await asyncpg.connect(**address)
    try:
        await connection.execute(
            "CREATE TEMPORARY TABLE bare (id bigint, name text, length integer, digest bytea,"
            " reverse_digest bytea, md5 bytea, bases text)"
        )
        started = time.perf_counter()
        await connection.copy_records_to_table("bare", records=rows)
        return time.perf_counter() - started
    finally:
        await connection.close()


def _import(client: httpx.Client, content: bytes | Iterator[bytes]) -> float:
    started = time.perf_counter()
    answer = client.post("/sequences/imports", content=content)
    answer.raise_for_status()
    while True:
        found = client.get(f"/sequences/imports/{answer.json()['id']}").json()
        if found["status"] == "done":
            return time.perf_counter() - started
        if found["status"] != "running":
            raise CannotMeasure(f"The import has {found['status']}: {found['failure']}")
        time.sleep(POLL_SECONDS)


def _large(client: httpx.Client, server: Server, megabytes: int) -> tuple[int, float]:
    """The server's most memory and the seconds that a file takes that is made as it is sent."""
    # A record a megabyte, of which the last letter is none.
    record = b">refused\n" + (b"ACGTACGTAC" * 10 + b"\n") * 10_380 + b"N\n"
    ended = threading.Event()
    most = 0

    def watch() -> None:
        nonlocal most
        while not ended.wait(POLL_SECONDS):
            most = max(most, _resident_bytes(server.pid))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        seconds = _import(client, (record for _ in range(megabytes)))
    finally:
        ended.set()
        watching.join()
    return most, seconds


def _resident_bytes(pid: int) -> int:
    """What a process has in memory; its children, the database first of all, are not counted."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise CannotMeasure("This machine does not tell what a process has in memory.")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
