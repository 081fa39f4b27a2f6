"""Comparing letters: distances, the places where a query fits, and how it is aligned there.

The *places* of a query in a sequence are defined by where they end. For every end there is a best
stretch that ends there, with the fewest edits; most ends beside a good place are the same place
with a letter too few or too many. So a place is reported for

- every end of a stretch without any edit, overlapping ones included;
- of neighbouring ends that are as good as each other and better than those around them, the last.

Every stretch within the distance thereby belongs to a run of ends of which at least the best is
reported. The place begins where its length is nearest to the query's, with as few edits (the
shorter one, where two are as near).
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from math import inf
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance import Levenshtein

if TYPE_CHECKING:
    import sassy

# Long texts are read in pieces of so many letters: what a piece answers is held in memory.
PIECE_LETTERS = 65_536

_CIGAR_LETTERS = {"equal": "=", "replace": "X", "delete": "I", "insert": "D"}


def distance_between(query: str, bases: str, most: int) -> int | None:
    """The Levenshtein distance, None where it is more than ``most``."""
    distance = Levenshtein.distance(query, bases, score_cutoff=most)
    return None if distance > most else distance


def cigar_of(query: str, bases: str) -> str:
    """An optimal alignment of all of both, as in SAM: `=` the same letter, `X` another one,
    `I` a letter of the query alone, `D` one of the sequence alone.
    """
    return "".join(
        f"{max(step.src_end - step.src_start, step.dest_end - step.dest_start)}"
        f"{_CIGAR_LETTERS[step.tag]}"
        for step in Levenshtein.opcodes(query, bases)
    )


def stretch_before(query: str, bases: str, distance: int) -> int:
    """How long the place is that ends with the end of ``bases``, with this distance.

    Raises ValueError where there is none.
    """
    for difference in range(distance + 1):
        for length in (len(query) - difference, len(query) + difference):
            if not 1 <= length <= len(bases):
                continue
            if distance_between(query, bases[-length:], distance) == distance:
                return length
    raise ValueError((len(bases), distance))


class TimeIsUp(Exception):
    """The deadline has passed; what was found until then is not all."""


def ends_of_places(
    query: str, bases: str, most: int, *, circular: bool = False, deadline: float = inf
) -> Iterator[tuple[int, int]]:
    """The (end, distance) of every place of ``query`` with at most ``most`` edits.

    Ends of a linear sequence are from 1 to its length. A circular one is read on over its origin,
    at most once around; its ends are from 1 to its length, too, and a place that reaches over the
    origin is the one whose end is smaller than its stretch is long. Raises TimeIsUp when the
    monotonic clock has come to ``deadline``. Takes constant memory.
    """
    if not circular:
        yield from _best_ends(_ends_within(query, bases, most, deadline))
        return
    length = len(bases)
    ends: Iterator[tuple[int, int]]
    if length >= len(query) + most:
        # What lies before the origin comes first, and ends in it are left out.
        lead = len(query) + most
        text = bases[length - lead :] + bases
        ends = (
            (end - lead, cost)
            for end, cost in _ends_within(query, text, most, deadline)
            if end > lead
        )
    else:
        ends = _ends_once_around(query, bases, most, deadline)
    yield from _best_ends_of_circle(ends, length)


def _ends_once_around(
    query: str, bases: str, most: int, deadline: float
) -> Iterator[tuple[int, int]]:
    """For circles smaller than what may fit: every end with the one turn before it."""
    for end in range(1, len(bases) + 1):
        turn = bases[end:] + bases[:end]
        for found, cost in _ends_within(query, turn, most, deadline):
            if found == len(turn):
                yield end, cost


class _Run(NamedTuple):
    """Neighbouring ends that are as good as each other."""

    first: int
    last: int
    distance: int

    def turned(self, by: int) -> _Run:
        return _Run(self.first + by, self.last + by, self.distance)

    def is_beside_better(self, other: _Run | None) -> bool:
        if other is None or other.distance > self.distance:
            return False
        return other.last + 1 == self.first or self.last + 1 == other.first


def _best_ends(ends: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Of all ends within the distance, in order, those that are reported."""
    before: _Run | None = None
    run: _Run | None = None
    for after in chain(_runs(ends), [None]):
        if run is not None:
            yield from _reported(run, before, after)
        before, run = run, after


def _reported(run: _Run, before: _Run | None, after: _Run | None) -> Iterator[tuple[int, int]]:
    if run.distance == 0:
        yield from ((end, 0) for end in range(run.first, run.last + 1))
    elif not (run.is_beside_better(before) or run.is_beside_better(after)):
        yield run.last, run.distance


def _runs(ends: Iterable[tuple[int, int]]) -> Iterator[_Run]:
    run: _Run | None = None
    for end, distance in ends:
        if run is not None and run.last + 1 == end and run.distance == distance:
            run = run._replace(last=end)
            continue
        if run is not None:
            yield run
        run = _Run(end, end, distance)
    if run is not None:
        yield run


def _best_ends_of_circle(ends: Iterable[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """The same where the first end follows the last, in no order.

    Of the first run it is known in the end only what stands before it.
    """
    runs = _runs(ends)
    first = next(runs, None)
    if first is None:
        return
    second: _Run | None = None
    before: _Run | None = None
    run = first
    for after in runs:
        if run is first:
            second = after
        else:
            yield from _reported(run, before, after)
        before, run = run, after
    if run is first:
        yield from _reported(run, None, None)
        return
    if first.first > 1 or run.last < length:
        yield from _reported(first, None, second)
        yield from _reported(run, before, None)
    elif first.distance != run.distance:
        yield from _reported(first, run.turned(-length), second)
        yield from _reported(run, before, first.turned(length))
    else:
        over_origin = _Run(run.first, first.last + length, run.distance)
        beyond = second.turned(length) if second is not None and second is not run else None
        for end, distance in _reported(over_origin, None if before is first else before, beyond):
            yield (end - 1) % length + 1, distance


# Every end within a distance -----------------------------------------------------------------------


def _ends_within(query: str, text: str, most: int, deadline: float) -> Iterator[tuple[int, int]]:
    """Every end in ``text`` of a stretch of at least one letter with at most ``most`` edits, and
    the fewest edits of a stretch that ends there.
    """
    lead = len(query) + most
    for start in range(0, len(text), PIECE_LETTERS):
        if monotonic() > deadline:
            raise TimeIsUp
        # A stretch that ends in this piece begins at most ``lead`` letters before it.
        before = min(start, lead)
        piece = text[start - before : start + PIECE_LETTERS]
        for end, cost in _ends_in_piece(query, piece, most):
            if end > before:
                yield start - before + end, cost


def _ends_in_piece(query: str, piece: str, most: int) -> list[tuple[int, int]]:
    if not _can_use_sassy():
        return list(_ends_by_bits(query, piece, most))
    return sorted(
        (match.text_end, match.cost)
        for match in _searcher().search_all(query.encode(), piece.encode(), most)
    )


def _ends_by_bits(query: str, text: str, most: int) -> Iterator[tuple[int, int]]:
    """Myers' algorithm on Python's long integers, for processors that sassy is not made for.

    G. Myers, "A fast bit-vector algorithm for approximate string matching", J. ACM 46 (1999).
    """
    everywhere = (1 << len(query)) - 1
    last = 1 << (len(query) - 1)
    where = dict.fromkeys("ACGT", 0)
    for at, letter in enumerate(query):
        where[letter] |= 1 << at
    rises, falls, cost = everywhere, 0, len(query)
    if cost <= most:
        yield 0, cost
    for end, letter in enumerate(text, 1):
        same = where[letter]
        diagonal = (((same & rises) + rises) ^ rises) | same | falls
        across_rises = falls | (everywhere & ~(diagonal | rises))
        across_falls = rises & diagonal
        if across_rises & last:
            cost += 1
        elif across_falls & last:
            cost -= 1
        across_rises = across_rises << 1 & everywhere
        across_falls = across_falls << 1 & everywhere
        rises = across_falls | (everywhere & ~(diagonal | across_rises))
        falls = across_rises & diagonal
        if cost <= most:
            yield end, cost


@cache
def _can_use_sassy() -> bool:
    """Its programs for x86-64 take AVX2, which every processor since about 2015 has, and some
    virtual machines hide: there it would end the server.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return True
    try:
        return " avx2 " in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return True


@cache
def _searcher() -> sassy.Searcher:
    import sassy  # only where the processor is made for it

    return sassy.Searcher("iupac", rc=False)
