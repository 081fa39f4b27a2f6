"""The servers that are measured: started, kept to one core, counted, and ended again."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

import httpx

READY_SECONDS = 60.0
STOPPED_SECONDS = 60.0
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class CannotMeasure(Exception):
    """Something that the benchmark needs is not there; the message says what to do."""


@dataclass(frozen=True)
class Cores:
    """Which cores the server under test may use, and which all the rest."""

    server: frozenset[int]
    rest: frozenset[int]

    @classmethod
    def of_this_machine(cls) -> Cores:
        """The first core for the server, the others for PostgreSQL and the load generator."""
        first, *others = sorted(os.sched_getaffinity(0))
        return cls(frozenset([first]), frozenset(others or [first]))


class Server:
    """A server in a process of its own, which serves HTTP on a port of this machine."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        port: int,
        ready_path: str,
        log: Path,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> None:
        self.name = name
        self.port = port
        self.log = log
        self._command = list(command)
        self._ready_path = ready_path
        self._environment = _clean_environment() | dict(environment or {})
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> float:
        """Start it; the seconds until it answered that it is ready. Raises CannotMeasure."""
        started = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdout=log,
                stderr=log,
                env=self._environment,
                cwd=self._directory,
            )
        while time.monotonic() < started + READY_SECONDS:
            if self._process.poll() is not None:
                break
            try:
                if httpx.get(self.url + self._ready_path, timeout=5).status_code == 200:
                    return time.monotonic() - started
            except httpx.TransportError:
                time.sleep(0.01)
        raise CannotMeasure(
            f"{self.name} did not become ready. It said:\n{self.log.read_text()[-2000:]}"
        )

    def keep_to(self, cores: Iterable[int]) -> None:
        """Let every thread of the process run on these cores only."""
        keep_to(self.pid, cores)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL should that not be enough."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOPPED_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


class KeptOpen:
    """A client that costs little itself: one connection, one request after the other.

    It blocks: nothing else is to happen meanwhile.
    """

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=120)

    def __enter__(self) -> KeptOpen:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, address: str, headers: Mapping[str, str]) -> bytes:
        """The body of a good answer; raises CannotMeasure for any other."""
        try:
            self._connection.request("GET", address, headers=headers)
            answer = self._connection.getresponse()
        except ConnectionError:
            # The server has closed it after some seconds of silence.
            self._connection.close()
            self._connection.request("GET", address, headers=headers)
            answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != HTTPStatus.OK:
            raise CannotMeasure(f"{address} was answered {answer.status}: {body[:500]!r}")
        return body


def keep_to(pid: int, cores: Iterable[int]) -> None:
    """Let every thread of this process run on these cores only."""
    cores = set(cores)
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), cores)


def family_of(pid: int) -> list[int]:
    """This process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(status.parent.name))
    family = [pid]
    for member in family:
        family += parents.get(member, [])
    return family


def cpu_seconds(pids: Iterable[int]) -> float:
    """The processor time that these processes have used, in user and kernel mode."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS_PER_SECOND


def proportional_bytes(pids: Iterable[int]) -> int:
    """The memory of these processes, what they share counted once (PSS)."""
    kilobytes = 0
    for pid in pids:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        match = re.search(r"^Pss:\s+(\d+) kB$", text, re.MULTILINE)
        assert match is not None
        kilobytes += int(match[1])
    return kilobytes * 1024


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def found_program(name: str, how_to_get: str) -> str:
    """The path of a program; raises CannotMeasure with ``how_to_get`` where there is none."""
    path = shutil.which(name)
    if path is None:
        raise CannotMeasure(f"{name} is not installed: {how_to_get}.")
    return path


def _clean_environment() -> dict[str, str]:
    """This process's environment without settings of Benchbook or PostgreSQL."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BENCHBOOK_", "PG"))
    }
