"""Exports of a million sessions: first byte, whole file, memory, and what others notice of it."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from benchbook.platform.embedded_postgres import EmbeddedPostgres, Endpoint, find_binaries
from benchbook.serving import DATABASE_NAME
from benchmarks import machine
from benchmarks.exports import report
from benchmarks.hours import dataset
from benchmarks.hours.dataset import Dataset, Member
from benchmarks.processes import Server, family_of, free_port

FORMATS = ("csv", "json", "xlsx", "pdf")
# A PDF takes so many sessions at the most.
PDF_SESSIONS = 5_000
PAUSE_BETWEEN_QUESTIONS_SECONDS = 0.02
IDLE_SECONDS = 5.0
_SAMPLE_SECONDS = 0.05


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this suite; the defaults are what the committed page is made with."""
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS))
    parser.add_argument(
        "--patience", type=int, default=120, help="seconds to wait for a quiet machine, each time"
    )
    parser.add_argument("--output", type=Path, help="where to write the report instead")


def run(options: argparse.Namespace) -> str:
    """Load, measure and answer the report as Markdown."""
    with ExitStack() as stack:
        scratch = Path(tempfile.mkdtemp(prefix="benchbook-benchmark-"))
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        port = free_port()
        server = Server(
            "Benchbook",
            [
                *(sys.executable, "-m", "benchbook.main", "serve"),
                *("--port", str(port), "--data-dir", str(scratch / "data")),
            ],
            port=port,
            ready_path="/health/ready",
            log=scratch / "benchbook.log",
            environment={"TMPDIR": str(scratch)},
        )
        stack.callback(server.stop)
        server.start()
        _say(f"loading {options.sessions:,} sessions of {options.people} people")
        with _attached(scratch) as endpoint:
            loaded, version = asyncio.run(_load(endpoint, options))
        owner = loaded.members[0]
        idle = _idle(server, owner)
        measured = []
        for form in options.formats:
            machine.wait_until_quiet(0.3, options.patience)
            _say(f"exporting {form}")
            measured.append(_export(server, owner, form, _query(loaded, form), scratch))
        return report.written(
            report.Facts(
                machine=machine.description(),
                versions={"PostgreSQL": version, "Python": sys.version.split()[0]},
                sessions=loaded.sessions,
                people=len(loaded.members),
                idle=idle,
            ),
            measured,
        )


def _query(loaded: Dataset, form: str) -> dict[str, str]:
    """All sessions; for a PDF, those of the days that come next to its limit."""
    if form != "pdf":
        return {}
    share = PDF_SESSIONS / loaded.sessions
    first = loaded.months.first
    return {"to": (first + (loaded.months.end - first) * share * 0.98).isoformat()}


def _export(
    server: Server, owner: Member, form: str, query: dict[str, str], scratch: Path
) -> report.Export:
    with _WatchedMemory(server.pid, scratch) as memory, _Questions(server, owner) as questions:
        busy, started = machine.busy_seconds(), time.monotonic()
        size, first_byte = 0, 0.0
        with httpx.stream(
            "GET",
            f"{server.url}/api/v1/sessions/export",
            params={"format": form, **query},
            headers={"Authorization": f"Bearer {owner.token}"},
            timeout=1800,
        ) as answer:
            answer.raise_for_status()
            for piece in answer.iter_raw():
                if not size:
                    first_byte = time.monotonic() - started
                size += len(piece)
        whole = time.monotonic() - started
    return report.Export(
        format=form,
        first_byte_seconds=first_byte,
        whole_seconds=whole,
        bytes=size,
        server_peak_bytes=memory.server_peak_bytes,
        server_before_bytes=memory.server_before_bytes,
        helper_peak_bytes=memory.children_peak_bytes,
        temporary_bytes=memory.temporary_peak_bytes,
        cores_in_use=(machine.busy_seconds() - busy) / whole,
        timer=questions.latencies,
    )


def _idle(server: Server, owner: Member) -> report.Timer:
    with _Questions(server, owner) as questions:
        time.sleep(IDLE_SECONDS)
    return questions.latencies


class _Questions:
    """Somebody who asks for the running timer, again and again, while something else goes on."""

    def __init__(self, server: Server, owner: Member) -> None:
        self._client = httpx.Client(
            base_url=server.url, headers={"Authorization": f"Bearer {owner.token}"}, timeout=60
        )
        self._over = threading.Event()
        self._seconds: list[float] = []
        self._thread = threading.Thread(target=self._ask)

    @property
    def latencies(self) -> report.Timer:
        return report.Timer.of(self._seconds)

    def __enter__(self) -> _Questions:
        self._client.get("/api/v1/timer").raise_for_status()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._client.close()

    def _ask(self) -> None:
        while not self._over.wait(PAUSE_BETWEEN_QUESTIONS_SECONDS):
            started = time.monotonic()
            self._client.get("/api/v1/timer").raise_for_status()
            self._seconds.append(time.monotonic() - started)


class _WatchedMemory:
    """The peaks of a server's own memory, its children's, and the temporary files."""

    def __init__(self, pid: int, scratch: Path) -> None:
        self._pid = pid
        self._scratch = scratch
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.server_before_bytes = 0
        self.server_peak_bytes = 0
        self.children_peak_bytes = 0
        self.temporary_peak_bytes = 0

    def __enter__(self) -> _WatchedMemory:
        self.server_before_bytes = _resident(self._pid, "VmRSS")
        # 5 sets the peak back to what is in use now.
        Path(f"/proc/{self._pid}/clear_refs").write_text("5")
        self._disk_before = shutil.disk_usage(self._scratch).used
        self._old = set(family_of(self._pid))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.server_peak_bytes = _resident(self._pid, "VmHWM")

    def _watch(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            children = [pid for pid in _children_of(self._pid) if pid not in self._old]
            self.children_peak_bytes = max(
                self.children_peak_bytes, sum(_resident(pid, "VmHWM") for pid in children)
            )
            disk = shutil.disk_usage(self._scratch).used - self._disk_before
            self.temporary_peak_bytes = max(self.temporary_peak_bytes, disk)


def _children_of(pid: int) -> list[int]:
    """Children of any thread of this process that are there now."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, path.read_text().split())
        except OSError:
            continue
    return found


def _resident(pid: int, kind: str) -> int:
    """VmRSS (now) or VmHWM (the peak) of a process; 0 when it is gone, or another by now."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{kind}:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


@contextmanager
def _attached(scratch: Path) -> Iterator[Endpoint]:
    postgres = EmbeddedPostgres(scratch / "data" / "postgres", binaries=find_binaries(None))
    try:
        yield postgres.attach()
    finally:
        postgres.stop()


async def _load(endpoint: Endpoint, options: argparse.Namespace) -> tuple[Dataset, str]:
    connection: asyncpg.Connection[Any] = await asyncpg.connect(
        host=endpoint.host,
        port=endpoint.port,
        user=endpoint.user,
        password=endpoint.password,
        database=DATABASE_NAME,
    )
    try:
        loaded = await dataset.load(
            connection, sessions=options.sessions, people=options.people, others=1
        )
        await connection.execute(
            "UPDATE people SET role = 'owner' WHERE id = $1", loaded.members[0].person_id
        )
        return loaded, str(await connection.fetchval("SHOW server_version"))
    finally:
        await connection.close()


def _say(sentence: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {sentence} …", file=sys.stderr, flush=True)
