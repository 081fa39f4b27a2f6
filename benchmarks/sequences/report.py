"""What was measured of searches, as a page of Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

STORE_MS, HTTP_MS, ADAPTERS_MS, INDEX_BYTES, FASTER = 1.0, 4.0, 5.0, 450, 10_000


@dataclass(frozen=True)
class Cell:
    """One kind of question: the seconds that each took, and how it was answered."""

    name: str
    distance: int | None
    store: list[float]
    http: list[float]
    strategy: str
    recall: float | None
    hits: float

    @property
    def store_p50(self) -> float:
        return statistics.median(self.store) * 1000

    @property
    def http_p50(self) -> float:
        return statistics.median(self.http) * 1000

    @property
    def aim(self) -> float | None:
        """The milliseconds that the store may take."""
        if self.name == "shared adapters":
            return ADAPTERS_MS
        if self.distance is None:
            return STORE_MS if self.name != "containing 20 letters" else None
        most = {"whole, 20–40 letters": 2, "whole, 90–110 letters": 5, "whole, 150–255 letters": 5}
        return STORE_MS if self.distance <= most.get(self.name, -1) else None


@dataclass(frozen=True)
class Peer:
    """Another way: the seconds of one question, or the median of some."""

    name: str
    question: str
    distance: int | None
    seconds: float | None
    recall: float | None


@dataclass
class Facts:
    """What the figures depend on."""

    machine: str
    versions: dict[str, str]
    rows: list[int]
    load_seconds: float
    build_seconds: float
    index_bytes: int
    table_bytes: int
    cores_of_others: float = 0.0
    imports: list[tuple[str, float]] = field(default_factory=list)


def written(facts: Facts, cells: Sequence[Cell], peers: Sequence[Peer]) -> str:
    """The report."""
    count = sum(facts.rows)
    per_row = facts.index_bytes / count
    lines = [
        "# Searching sequences",
        "",
        (
            f"{facts.rows[0]:,} sequences: 40 % of 20–40 letters, 30 % of 90–110, 30 % of 150–255, "
            f"with families of mutated copies. Beside them, of other organisations in the same "
            f"table, {facts.rows[1]:,} reads between two adapters that all share"
            + (f" and {facts.rows[2]:,} real amplicons." if facts.rows[2] else ".")
            + " Every question is a row, or a part of one, with up to k random edits."
        ),
        "",
        "## Benchbook",
        "",
        (
            "Milliseconds. The store is a transaction with everything from the plan to the "
            "alignments, on the server's event loop; HTTP is one client of Python's standard "
            "library on one connection, one request after the other. Recall is measured against "
            "comparing with every row."
        ),
        "",
        "| question | k | store p50 | p95 | aim | HTTP p50 | p95 | aim 4 | by | hits | recall |",
        "|---|--:|--:|--:|---|--:|--:|---|---|--:|--:|",
    ]
    for cell in cells:
        aim = cell.aim
        lines.append(
            f"| {cell.name} | {'–' if cell.distance is None else cell.distance} "
            f"| {cell.store_p50:.2f} | {_p95(cell.store):.2f} "
            f"| {_verdict(cell.store_p50, aim) if aim else '–'} "
            f"| {cell.http_p50:.2f} | {_p95(cell.http):.2f} "
            f"| {_verdict(cell.http_p50, HTTP_MS) if aim else '–'} "
            f"| {cell.strategy} | {cell.hits:.1f} | {_share(cell.recall)} |"
        )
    if peers:
        lines += _otherwise(cells, peers)
    versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
    lines += [
        "",
        "## Index and import",
        "",
        (
            f"- Index: {per_row:,.0f} bytes a row ({_verdict(per_row, INDEX_BYTES)}: aim "
            f"{INDEX_BYTES}), of a table with {facts.table_bytes / count:,.0f} bytes a row and its "
            f"other indexes. Built in {facts.build_seconds:,.0f} s, "
            f"{count / facts.build_seconds:,.0f} rows a second, after a COPY of "
            f"{facts.load_seconds:,.0f} s."
        ),
        *(
            f"- {name}: {rate:,.0f} rows of 100 letters a second"
            + (f" ({rate / facts.imports[0][1]:.0%} of the bare COPY)." if place else ".")
            for place, (name, rate) in enumerate(facts.imports)
        ),
        *_beside_the_original(cells, peers),
        "",
        "## How it was measured",
        "",
        (
            f"- **Machine**: {facts.machine}; {versions}. PostgreSQL as `benchbook serve` starts it. "
            f"While the store and HTTP were measured, all programs together used "
            f"{facts.cores_of_others:.2f} cores, this one included."
        ),
        "- Everything was read once before it was measured.",
        (
            "- pg_trgm is asked at its default similarity, vsearch at `--id 0.5` with all hits, "
            "blastn with `-task blastn-short -evalue 1000`; only hits within k count."
        ),
        "",
    ]
    return "\n".join(lines)


def _otherwise(cells: Sequence[Cell], peers: Sequence[Peer]) -> list[str]:
    ours = {(cell.name, cell.distance): cell.store_p50 for cell in cells}
    lines = [
        "",
        "## The same questions otherwise",
        "",
        (
            "One question each, over the same rows unless fewer are named (then the median of "
            "five). How much faster the store is compares with its p50 over all rows."
        ),
        "",
        "| way | question | k | milliseconds | store is faster | recall |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for peer in peers:
        if peer.seconds is None:
            lines.append(f"| {peer.name} | | | | | |")
            continue
        our = ours.get((peer.question, peer.distance))
        lines.append(
            f"| {peer.name} | {peer.question} | {'–' if peer.distance is None else peer.distance} "
            f"| {peer.seconds * 1000:,.1f} "
            f"| {f'{peer.seconds * 1000 / our:,.0f}×' if our else '–'} | {_share(peer.recall)} |"
        )
    return lines


def _beside_the_original(cells: Sequence[Cell], peers: Sequence[Peer]) -> list[str]:
    ours = {(cell.name, cell.distance): cell.store_p50 for cell in cells}
    factors = [
        peer.seconds * 1000 / ours[peer.question, peer.distance]
        for peer in peers
        if peer.seconds is not None and "the original" in peer.name
    ]
    if not factors:
        return []
    verdict = "met" if min(factors) >= FASTER else "**missed**"
    least = f"{min(factors):,.0f}× (aim {FASTER:,}×, {verdict})"
    return [f"- Faster than the original, at least: {least}."]


def _p95(seconds: Sequence[float]) -> float:
    ordered = sorted(seconds)
    return ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)] * 1000


def _verdict(measured: float, aim: float) -> str:
    return f"met ({aim:g})" if measured <= aim else f"**missed** ({aim:g})"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
