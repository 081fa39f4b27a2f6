"""What was measured of the small and the large book, as a page of Markdown."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from benchmarks.hours.load import Measurement
from benchmarks.hours.report import Read

SMALL, LARGE = "small", "large"
AIM = 1.5


@dataclass(frozen=True)
class BookFacts:
    """How large a book is."""

    sessions: int
    people: int
    months: int
    bytes_on_disk: int
    load_seconds: float


@dataclass(frozen=True)
class Facts:
    """What the figures depend on."""

    machine: str
    versions: dict[str, str]
    books: dict[str, BookFacts]
    rounds: int
    seconds: int
    connections: int
    partitions_read: dict[tuple[str, str], int]


def written(
    facts: Facts, reads: list[Read], measured: dict[tuple[str, str], list[Measurement]]
) -> str:
    """The report."""
    small, large = facts.books[SMALL], facts.books[LARGE]
    lines = [
        "# Hours at scale",
        "",
        (
            f"The same questions of a book with {small.sessions:,} sessions of {small.people:,} people "
            f"and of one with {large.sessions:,} of {large.people:,}, in turns in one run. A person has "
            "as many sessions in both, so that the answers are of one size. The aim: the p95 of the "
            f"large book is at most {AIM}× that of the small one."
        ),
        "",
        (
            f"| question | p95 small, ms | p95 large, ms | ratio | aim {AIM}× | p50 small / large, ms "
            "| months read |"
        ),
        "|---|--:|--:|--:|---|--:|--:|",
    ]
    for read in reads:
        of_small, of_large = measured[SMALL, read.name], measured[LARGE, read.name]
        ratios = [
            theirs.latencies.p95 / ours.latencies.p95
            for ours, theirs in zip(of_small, of_large, strict=True)
        ]
        middle = statistics.median(ratios)
        months = {facts.partitions_read[name, read.name] for name in (SMALL, LARGE)}
        lines.append(
            f"| {read.name} | {_p95(of_small)} | {_p95(of_large)} "
            f"| {middle:.2f}× ({min(ratios):.2f}–{max(ratios):.2f}) "
            f"| {'met' if middle <= AIM else '**missed**'} "
            f"| {_p50(of_small)} / {_p50(of_large)} "
            f"| {' or '.join(map(str, sorted(months)))} of {large.months} |"
        )
    others = [run.cores_of_others for runs in measured.values() for run in runs]
    versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
    lines += [
        "",
        "## How it was measured",
        "",
        (
            f"- **Machine**: {facts.machine}. Other programs used {statistics.median(others):.2f} "
            f"({min(others):.2f}–{max(others):.2f}) of its cores. {versions}."
        ),
        (
            f"- **Data**: over {large.months} months, {large.sessions / large.people:,.0f} sessions a "
            f"person; {small.bytes_on_disk / 1e6:,.0f} MB and {large.bytes_on_disk / 1e6:,.0f} MB on "
            f"disk with indexes, vacuumed. Loading took {small.load_seconds:,.0f} s and "
            f"{large.load_seconds:,.0f} s."
        ),
        (
            "- **Both** are `benchbook serve` with PostgreSQL as it starts it; each on the same cores, "
            "one at a time."
        ),
        (
            f"- **Load**: wrk, {facts.connections} connections, random people's random months (or "
            f"years), each with that person's token; {facts.rounds} rounds of {facts.seconds} s, the "
            "other book first in every second. Ratios are made within a round; figures are medians, "
            "with the least and the greatest."
        ),
        (
            "- **Months read**: the partitions whose table or indexes PostgreSQL counted as scanned "
            "after 20 requests for one month or year. A year has 12; its first and last local day may "
            "lie in the UTC month beside it."
        ),
        "",
    ]
    return "\n".join(lines)


def _p95(runs: list[Measurement]) -> str:
    return f"{statistics.median(run.latencies.p95 for run in runs):.1f}"


def _p50(runs: list[Measurement]) -> str:
    return f"{statistics.median(run.latencies.p50 for run in runs):.1f}"
