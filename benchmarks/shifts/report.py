"""What was measured of shifts, as a page of Markdown."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

SMALL, LARGE = "small", "large"
COPY, SERVICE, HTTP, SINGLES = (
    "raw COPY",
    "batches through the service",
    "batches over HTTP",
    "one INSERT a row",
)
OF_COPY, OF_SINGLES, AIM = 0.5, 20, 1.5


@dataclass(frozen=True)
class Facts:
    """What the figures depend on."""

    machine: str
    versions: dict[str, str]
    shifts: int
    employees: int
    batch: int
    singles: int
    rounds: int
    rosters: dict[str, int]
    load_seconds: dict[str, float]
    requests: int


def written(
    facts: Facts, rates: dict[str, list[float]], latencies: dict[str, list[list[float]]]
) -> str:
    """The report."""
    middle = {name: statistics.median(figures) for name, figures in rates.items()}
    versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
    lines = [
        "# Shifts",
        "",
        "## By the batch",
        "",
        (
            f"{facts.shifts:,} shifts of {facts.employees:,} employees in batches of "
            f"{facts.batch:,}, into the same empty table with the same constraints, indexes and "
            f"triggers. The aims: at least {OF_COPY}× the rate of raw COPY, and at least "
            f"{OF_SINGLES}× that of one INSERT a row."
        ),
        "",
        "| way | shifts a second | of raw COPY | of one INSERT a row |",
        "|---|--:|--:|--:|",
    ]
    for name, figures in rates.items():
        lines.append(
            f"| {name} | {middle[name]:,.0f} ({min(figures):,.0f}–{max(figures):,.0f}) "
            f"| {middle[name] / middle[COPY]:.2f}× | {middle[name] / middle[SINGLES]:.1f}× |"
        )
    of_copy, of_singles = middle[SERVICE] / middle[COPY], middle[SERVICE] / middle[SINGLES]
    lines += [
        "",
        (
            f"Through the service: {of_copy:.2f}× of raw COPY "
            f"({'met' if of_copy >= OF_COPY else '**missed**'}), {of_singles:.1f}× of one INSERT a "
            f"row ({'met' if of_singles >= OF_SINGLES else '**missed**'})."
        ),
        "",
        "## A week's roster",
        "",
        (
            f"`GET /shifts` of one week of 100 people, 500 shifts, with {facts.rosters[SMALL]:,} and "
            f"with {facts.rosters[LARGE]:,} shifts in the table. The aim: a p95 of at most {AIM}×."
        ),
        "",
        "| shifts | p50, ms | p95, ms |",
        "|--:|--:|--:|",
    ]
    for name, shifts in facts.rosters.items():
        lines.append(
            f"| {shifts:,} | {statistics.median(_quantile(each, 50) for each in latencies[name]):.1f} "
            f"| {statistics.median(_quantile(each, 95) for each in latencies[name]):.1f} |"
        )
    ratios = [
        _quantile(large, 95) / _quantile(small, 95)
        for small, large in zip(latencies[SMALL], latencies[LARGE], strict=True)
    ]
    ratio = statistics.median(ratios)
    lines += [
        "",
        (
            f"The ratio of the p95: {ratio:.2f}× ({min(ratios):.2f}–{max(ratios):.2f}), "
            f"{'met' if ratio <= AIM else '**missed**'}."
        ),
        "",
        "## How it was measured",
        "",
        f"- **Machine**: {facts.machine}. {versions}.",
        (
            f"- **Writing**: {facts.rounds} rounds, another way first in each, every one into an "
            "emptied table after a checkpoint; medians, with the least and the greatest. COPY and "
            f"batches commit every {facts.batch:,} rows. One INSERT a row commits each, over a local "
            f"socket, and writes {facts.singles:,}. COPY is the superuser's, for row-level security "
            "does not take it from others; its rows are made before they are sent, the service "
            "makes, checks and answers its own. Over HTTP the client shares the machine."
        ),
        (
            "- **Reading**: one connection, one request at a time, over the weeks that both have; "
            f"{facts.rounds} rounds of {facts.requests} requests to each, the other one first in "
            "every second; ratios are made within a round. The large table holds ten labs of 100 "
            "people with ten times the history. Loading took "
            f"{facts.load_seconds[SMALL]:,.0f} s and {facts.load_seconds[LARGE]:,.0f} s, with "
            "indexes and the exclusion constraint built at the end."
        ),
        "",
    ]
    return "\n".join(lines)


def _quantile(figures: list[float], percent: int) -> float:
    return statistics.quantiles(figures, n=100)[percent - 1]
