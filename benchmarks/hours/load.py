"""The load: wrk with a script of ours, and what it measured."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.machine import busy_seconds
from benchmarks.processes import CannotMeasure, Server, cpu_seconds, family_of, found_program

SCRIPTS = Path(__file__).parent / "lua"


@dataclass(frozen=True)
class Latencies:
    """Times from sending a request to having its answer, in milliseconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, microseconds: dict[str, Any]) -> Latencies:
        return cls(*(microseconds[name] / 1000 for name in ("p50", "p95", "p99")))


@dataclass(frozen=True)
class Measurement:
    """One run of the load generator against one server."""

    requests_per_second: float
    latencies: Latencies
    # Processor time a request, in microseconds.
    server_microseconds: float
    database_microseconds: float
    # How much of the machine other programs used meanwhile: 1 is one core.
    cores_of_others: float
    kinds: dict[str, Latencies] = field(default_factory=dict)


class LoadGenerator:
    """wrk, kept to some cores."""

    def __init__(self, cores: frozenset[int], people: Path, postmaster: int) -> None:
        self._wrk = found_program("wrk", "apt-get install wrk, or your system's package of it")
        self._cores = cores
        self._people = people
        self._postmaster = postmaster

    def read(
        self,
        server: Server,
        what: str,
        span: str,
        limit: int | None,
        *,
        seconds: int,
        connections: int = 16,
    ) -> Measurement:
        """Ask for random people's months or years, over 16 connections unless said."""
        arguments = [what, span] + ([str(limit)] if limit else [])
        return self._run(
            server, "read.lua", arguments, threads=1, connections=connections, seconds=seconds
        )

    def start_and_stop(self, server: Server, *, seconds: int) -> Measurement:
        """Start and stop timers over 8 connections, each with people of its own."""
        return self._run(server, "timer.lua", ["8"], threads=8, connections=8, seconds=seconds)

    def _run(
        self,
        server: Server,
        script: str,
        arguments: list[str],
        *,
        threads: int,
        connections: int,
        seconds: int,
    ) -> Measurement:
        options = [f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
        command = [
            *(self._wrk, *options, "-s", str(SCRIPTS / script), server.url),
            *("--", str(self._people), *arguments),
        ]
        before = self._processor_time(server)
        children_before = os.times()
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=seconds + 60,
            check=False,
            preexec_fn=lambda: os.sched_setaffinity(0, self._cores),
        )
        children = os.times()
        after = self._processor_time(server)
        result = _line("RESULT", done.stdout)
        if result is None or result["requests"] == 0:
            raise CannotMeasure(f"wrk measured nothing:\n{done.stdout}{done.stderr}")
        if result["not_2xx"] or result["lost"]:
            raise CannotMeasure(f"{server.name} did not answer everything: {result}")
        busy, in_server, in_database = (now - then for now, then in zip(after, before, strict=True))
        in_generator = (children.children_user - children_before.children_user) + (
            children.children_system - children_before.children_system
        )
        requests = result["requests"]
        return Measurement(
            requests_per_second=requests / result["seconds"],
            latencies=Latencies.of(result),
            server_microseconds=in_server / requests * 1e6,
            database_microseconds=in_database / requests * 1e6,
            cores_of_others=max(0.0, busy - in_server - in_database - in_generator) / seconds,
            kinds={
                kind: Latencies.of(times)
                for kind, times in (_line("KINDS", done.stdout) or {}).items()
            },
        )

    def _processor_time(self, server: Server) -> tuple[float, float, float]:
        database = cpu_seconds(family_of(self._postmaster))
        return busy_seconds(), cpu_seconds([server.pid]), database


def _line(name: str, output: str) -> dict[str, Any] | None:
    match = re.search(rf"^{name} (.+)$", output, re.MULTILINE)
    return json.loads(match[1]) if match else None
