"""What was measured, as a page of Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks.hours.dataset import Dataset
from benchmarks.hours.load import Latencies, Measurement
from benchmarks.processes import Cores

OURS = "Benchbook"
LIST_AIM_MILLISECONDS = 100
TIMER_AIM_MILLISECONDS = 50
MEMORY_AIM_BYTES = 250_000_000
START_AIM_SECONDS = 4


@dataclass(frozen=True)
class Read:
    """A question that every server is asked."""

    name: str
    what: str
    span: str
    limit: int | None

    @property
    def path(self) -> str:
        return {
            "sessions": "/api/v1/sessions",
            "totals": "/api/v1/sessions/totals",
            "report": "/api/v1/reports/hours",
        }[self.what]


@dataclass(frozen=True)
class Facts:
    """What the figures depend on, and those that need no table."""

    machine: str
    durable_write_milliseconds: float
    versions: dict[str, str]
    dataset: Dataset
    rows_of_a_page: int
    rounds: int
    seconds: int
    pool_size: int
    cores: Cores
    start_seconds: list[float]
    fresh_bytes: int
    used_bytes: int


@dataclass(frozen=True)
class Measured:
    """The rounds: by server and question, and the timer's."""

    questions: list[Read]
    reads: dict[tuple[str, str], list[Measurement]]
    timers: list[Measurement]

    def of(self, server: str, read: Read) -> list[Measurement]:
        return self.reads[server, read.name]

    @property
    def servers(self) -> list[str]:
        return list(dict.fromkeys(server for server, _ in sorted(self.reads, key=_ours_first)))


def written(facts: Facts, measured: Measured) -> str:
    """The report."""
    return "\n".join(
        [
            "# Hours: a million sessions",
            "",
            *_aims(facts, measured),
            "",
            "## Lists and totals",
            "",
            *_reads(measured),
            "",
            "## Start and stop",
            "",
            *_timer(measured),
            "",
            "## How it was measured",
            "",
            *_method(facts, measured),
            "",
        ]
    )


def _aims(facts: Facts, measured: Measured) -> list[str]:
    ours = measured.of(OURS, measured.questions[0])
    express = measured.of("Express", measured.questions[0])
    ratios = _ratios(ours, express)
    rows = [
        (
            "month's list with authentication and row-level security, against bare Express",
            "at least 1×",
            _spread(ratios, "{:.2f}×"),
            statistics.median(ratios) >= 1,
        ),
        (
            "p95 of a month's list",
            f"< {LIST_AIM_MILLISECONDS} ms",
            _milliseconds(ours, lambda run: run.latencies.p95),
            _median(ours, lambda run: run.latencies.p95) < LIST_AIM_MILLISECONDS,
        ),
        *(
            (
                f"p95 of {kind}",
                f"< {TIMER_AIM_MILLISECONDS} ms",
                _milliseconds(measured.timers, _p95_of(kind)),
                _median(measured.timers, _p95_of(kind)) < TIMER_AIM_MILLISECONDS,
            )
            for kind in ("start", "stop")
        ),
        (
            "idle memory of server and database, just started",
            f"< {MEMORY_AIM_BYTES / 1e6:.0f} MB",
            f"{facts.fresh_bytes / 1e6:.0f} MB",
            facts.fresh_bytes < MEMORY_AIM_BYTES,
        ),
        (
            "the same after the load, every page of the cache in use",
            "–",
            f"{facts.used_bytes / 1e6:.0f} MB",
            None,
        ),
        (
            "warm start until ready",
            f"< {START_AIM_SECONDS} s",
            _spread(facts.start_seconds, "{:.2f} s"),
            statistics.median(facts.start_seconds) < START_AIM_SECONDS,
        ),
    ]
    lines = ["| what | aim | measured | |", "|---|---|---|---|"]
    for what, aim, figure, reached in rows:
        verdict = "" if reached is None else "reached" if reached else "**missed**"
        lines.append(f"| {what} | {aim} | {figure} | {verdict} |")
    return lines


def _reads(measured: Measured) -> list[str]:
    lines = [
        "| what | server | requests/s | Benchbook's ratio to it | p50 ms | p95 ms | p99 ms | µs |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for read in measured.questions:
        ours = measured.of(OURS, read)
        for server in measured.servers:
            runs = measured.of(server, read)
            ratio = "" if server == OURS else _spread(_ratios(ours, runs), "{:.2f}×")
            lines.append(
                f"| {read.name} | {server} | {_rate(runs)} | {ratio} "
                f"| {_latencies(run.latencies for run in runs)} "
                f"| {_median(runs, lambda run: run.server_microseconds):.0f} "
                f"+ {_median(runs, lambda run: run.database_microseconds):.0f} |"
            )
    return lines


def _timer(measured: Measured) -> list[str]:
    runs = measured.timers
    lines = ["| what | requests/s | p50 ms | p95 ms | p99 ms |", "|---|--:|--:|--:|--:|"]
    lines += [
        f"| start, then stop | {_rate(runs)} | {_latencies(run.latencies for run in runs)} |",
        *(
            f"| of these: {kind} | | {_latencies(run.kinds[kind] for run in runs)} |"
            for kind in ("start", "stop")
        ),
    ]
    return lines


def _method(facts: Facts, measured: Measured) -> list[str]:
    data = facts.dataset
    others = [
        run.cores_of_others for runs in [*measured.reads.values(), measured.timers] for run in runs
    ]
    versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
    if facts.cores.server == facts.cores.rest:
        cores = "everything shares the one core that this machine has."
    else:
        cores = (
            "each server is kept to one, the load generator and PostgreSQL's processes to the other "
            f"{len(facts.cores.rest)}, the same for every server."
        )
    paragraphs = {
        "Machine": (
            f"{facts.machine}; making a small write durable takes "
            f"{facts.durable_write_milliseconds:.1f} ms. While it was measured, other programs "
            f"used {_spread(others, '{:.2f}')} of its cores."
        ),
        "Versions": f"{versions}.",
        "Data": (
            f"{data.sessions:,} sessions of {len(data.members)} people over {data.months.count} "
            f"months in one organisation, {data.sessions_of_others:,} more in a second one; "
            f"{data.bytes_on_disk / 1e6:,.0f} MB with indexes, vacuumed. A person has "
            f"{facts.rows_of_a_page} sessions a month. PostgreSQL runs as Benchbook starts it, "
            "every commit made durable."
        ),
        "Benchbook": (
            "is `benchbook serve` in a process of its own, as anybody would run it: API token, "
            "row-level security, validation, security headers, request log, metrics."
        ),
        "Express and FastAPI": (
            "answer the same rows with the same fields and do nothing else: no authentication, no "
            "policies (they connect as the superuser), no log. Express prepares its statements, "
            "has its ETags off and runs in production mode; FastAPI's rows go to orjson past its "
            "own serialisation, on uvloop and httptools. Before anything is measured, all must "
            "answer every question with the same."
        ),
        "Load": (
            f"wrk, 16 connections for reads over pools of {facts.pool_size}, asking for a random "
            "person's random month (or year), each with that person's token; 8 connections for "
            "the timer, each with people of its own. It sends the next request when it has the "
            "answer to the last."
        ),
        "Cores": cores,
        "Rounds": (
            f"after one to warm up, {facts.rounds} of {facts.seconds} s for each server and "
            "question, in turns, and another server first each time. Figures are medians of the "
            "rounds; ratios are made within a round, and given with the least and the greatest. A "
            "measurement that other programs disturbed is made again, as long as patience lasts. "
            "µs is the processor time of a request: in the server, and in PostgreSQL."
        ),
    }
    return [f"- **{subject}**: {text}" for subject, text in paragraphs.items()]


def _ours_first(key: tuple[str, str]) -> bool:
    return key[0] != OURS


def _ratios(ours: list[Measurement], theirs: list[Measurement]) -> list[float]:
    return [
        mine.requests_per_second / other.requests_per_second
        for mine, other in zip(ours, theirs, strict=True)
    ]


def _p95_of(kind: str) -> Callable[[Measurement], float]:
    return lambda run: run.kinds[kind].p95


def _median(runs: list[Measurement], figure: Callable[[Measurement], float]) -> float:
    return statistics.median(figure(run) for run in runs)


def _milliseconds(runs: list[Measurement], figure: Callable[[Measurement], float]) -> str:
    return _spread([figure(run) for run in runs], "{:.1f} ms")


def _rate(runs: list[Measurement]) -> str:
    return _spread([run.requests_per_second for run in runs], "{:,.0f}")


def _latencies(runs: Iterable[Latencies]) -> str:
    figures = list(runs)
    return " | ".join(
        f"{statistics.median(getattr(figure, name) for figure in figures):.1f}"
        for name in ("p50", "p95", "p99")
    )


def _spread(figures: list[float], pattern: str) -> str:
    """The median, and in brackets the least and the greatest."""
    least, middle, greatest = min(figures), statistics.median(figures), max(figures)
    return f"{pattern.format(middle)} ({pattern.format(least)}–{pattern.format(greatest)})"
