"""What searches must answer, worked out by comparing everything with everything.

The distance of two texts is rapidfuzz's; which stretches there are, and which of them are answered,
is written down here once more, from the words of the contract.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from rapidfuzz.distance import Levenshtein

from benchbook.sequences.rules import reverse_complement
from benchbook.sequences.search_rules import Search

Answer = tuple[int, str, UUID, str, int, int]


@dataclass(frozen=True)
class Stored:
    """A sequence as the model knows it."""

    id: UUID
    name: str
    bases: str
    circular: bool = False


def expected(rows: Sequence[Stored], asked: Search) -> list[Answer]:
    """All hits in order, as (distance, name, id, strand, start, end)."""
    found: list[tuple[int, str, UUID, int, int, int]] = []
    lengths = {row.id: len(row.bases) for row in rows}
    for row in rows:
        for strand in asked.strands:
            query = asked.query if strand == "forward" else reverse_complement(asked.query)
            for distance, start, end in places(row, query, asked):
                found.append((distance, row.name, row.id, strand == "reverse", end, start))
    return [
        (distance, name, key, "reverse" if is_reverse else "forward", start, end)
        for distance, name, key, is_reverse, end, start in sorted(
            found, key=lambda one: (*one[:4], (one[4] - 1) % lengths[one[2]] + 1)
        )
    ]


def places(row: Stored, query: str, asked: Search) -> Iterator[tuple[int, int, int]]:
    """The hits in one row as (distance, start, end)."""
    length = len(row.bases)
    if asked.distance is None:
        text = row.bases + (row.bases[: len(query) - 1] if row.circular else "")
        if len(query) <= length and (start := text.find(query)) >= 0:
            yield 0, start, start + len(query)
    elif asked.mode == "whole":
        distance = Levenshtein.distance(query, row.bases)
        if distance <= asked.distance:
            yield distance, 0, length
    else:
        best = best_by_end(query, row)
        costs = {end: distance for end, (distance, _) in best.items()}
        for end, distance in reported(costs, asked.distance, row.circular):
            size = best[end][1]
            start = end - size if end >= size else end - size + length
            yield distance, start, start + size


def best_by_end(query: str, row: Stored) -> dict[int, tuple[int, int]]:
    """End → the fewest edits of a stretch that ends there, and how long that stretch is."""
    found = {}
    for end in range(1, len(row.bases) + 1):
        before = row.bases[end:] + row.bases[:end] if row.circular else row.bases[:end]
        distance, _, size = min(
            (Levenshtein.distance(query, before[-size:]), abs(size - len(query)), size)
            for size in range(1, len(before) + 1)
        )
        found[end] = (distance, size)
    return found


def reported(costs: dict[int, int], most: int, circular: bool) -> Iterator[tuple[int, int]]:
    """Of all ends those that are reported, by the words of the contract."""
    ends = list(costs)
    runs = [
        (cost, [end for end, _ in run])
        for cost, run in groupby(costs.items(), key=lambda item: item[1])
    ]
    if circular and len(runs) > 1 and runs[0][0] == runs[-1][0]:
        first = runs.pop(0)
        runs[-1] = (first[0], runs[-1][1] + first[1])
    for at, (cost, run) in enumerate(runs):
        beside = [runs[at - 1]] if at or circular else []
        beside += [runs[(at + 1) % len(runs)]] if at + 1 < len(runs) or circular else []
        if cost > most:
            continue
        if cost == 0:
            yield from ((end, 0) for end in run)
        elif len(runs) == 1:
            yield ends[-1], cost
        elif all(other > cost for other, _ in beside):
            yield run[-1], cost
