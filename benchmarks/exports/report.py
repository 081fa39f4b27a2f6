"""What was measured of exports, as a page of Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Timer:
    """How long `GET /timer` took, again and again."""

    count: int
    p50_seconds: float
    p95_seconds: float
    longest_seconds: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Timer:
        """The quantiles of what was measured; of too little, the longest stands for p95."""
        longest = max(seconds, default=0.0)
        p95 = statistics.quantiles(seconds, n=20)[-1] if len(seconds) >= 20 else longest
        p50 = statistics.median(seconds) if seconds else 0.0
        return cls(len(seconds), p50, min(p95, longest), longest)


@dataclass(frozen=True)
class Export:
    """One export. Memory is resident bytes; ``helper`` is a process of its own, if it has one."""

    format: str
    first_byte_seconds: float
    whole_seconds: float
    bytes: int
    server_before_bytes: int
    server_peak_bytes: int
    helper_peak_bytes: int
    temporary_bytes: int
    cores_in_use: float
    timer: Timer


@dataclass(frozen=True)
class Facts:
    """What the figures depend on."""

    machine: str
    versions: dict[str, str]
    sessions: int
    people: int
    idle: Timer


def written(facts: Facts, exports: Sequence[Export]) -> str:
    """The report."""
    versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
    return "\n".join(
        [
            "# Exports: a million sessions",
            "",
            "| format | first byte | whole file | size | server's memory, before → peak | process of its own |",
            "|---|--:|--:|--:|--:|--:|",
            *(_row(export) for export in exports),
            "",
            "## The timer meanwhile",
            "",
            "| while | answers | p50 ms | p95 ms | longest ms | cores in use |",
            "|---|--:|--:|--:|--:|--:|",
            _timer("nothing is exported", facts.idle, ""),
            *(
                _timer(f"{export.format} is exported", export.timer, f"{export.cores_in_use:.2f}")
                for export in exports
            ),
            "",
            "## How it was measured",
            "",
            f"- **Machine**: {facts.machine}. {versions}.",
            (
                f"- **Data**: {facts.sessions:,} sessions of {facts.people} people over 36 months, "
                "exported by an owner over the API; a PDF of the first days that come to "
                "nearly as many sessions as it takes."
            ),
            (
                "- **Memory** is resident memory of the serving process (VmHWM), set back before each "
                "export. Its PostgreSQL is not in it. A PDF is set in a process of its own."
            ),
            (
                "- **The timer**: `GET /api/v1/timer` every 20 ms by one client, while the export runs. "
                "Cores in use are those of all programs of the machine: the export, PostgreSQL, both "
                "clients and whatever else was running."
            ),
            "- Once each, one after the other. Nothing was cached by an export before it.",
            "",
        ]
    )


def _row(export: Export) -> str:
    helper = f"{export.helper_peak_bytes / 1e6:.0f} MB" if export.helper_peak_bytes else "–"
    return (
        f"| {export.format} | {export.first_byte_seconds:.2f} s | {export.whole_seconds:.1f} s "
        f"| {export.bytes / 1e6:.1f} MB "
        f"| {export.server_before_bytes / 1e6:.0f} → {export.server_peak_bytes / 1e6:.0f} MB "
        f"| {helper} |"
    )


def _timer(name: str, timer: Timer, cores: str) -> str:
    return (
        f"| {name} | {timer.count} | {timer.p50_seconds * 1000:.1f} | {timer.p95_seconds * 1000:.1f} "
        f"| {timer.longest_seconds * 1000:.0f} | {cores} |"
    )
