"""Which keys to look up so that no sequence within the distance can be missed.

The generalised pigeonhole. Cut a row into blocks B₁…Bₘ, each beginning with one of its segments,
and allow each block eₜ errors, 0 or 1, such that Σ(eₜ + 1) = k + 1. Give every edit of an optimal
alignment to one block. There are at most k of them, so there is a first block t at which the
errors of B₁…Bₜ are fewer than Σ(eᵤ + 1) up to t. Let ``before`` be that sum up to t - 1. Before t
there are at least ``before`` errors, for t is the first; hence at most eₜ are in Bₜ, and Bₜ is
shifted by at most ``before`` if it has its eₜ errors, and by ``before + eₜ`` if it has none. So it
suffices to look up

- for e = 0 what the query has at the segment's place, shifted by at most ``before``;
- for e = 1 the same, shifted by at most ``before + 1``, and everything within one edit of what the
  query has there, shifted by at most ``before``.

Any choice of segments will do, so the rarest are chosen: what all rows share (an adapter, a primer)
would fetch them all. What is fetched is compared in any case; more keys cost time, never truth.

Parts are found by the grid alone. A stretch of 12m + 11 letters of a row holds m whole segments of
the grid, wherever it begins. With m ≥ k + 1 one of them has no error, with 2m ≥ k + 1 one has at
most one; so the segments of one window of the query suffice, again the rarest.

A part of 12 to 22 letters without edits need not hold a whole segment. If it holds none, it begins
with the last letters of one: of the ``known`` last letters, one of 4^(12 - known) segments. There
always is that segment, for the row goes on after it; of the one that follows, the row may end
before it is whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import accumulate

from benchbook.sequences.keys import (
    GRID,
    GRID_LETTERS,
    Cut,
    code_of,
    cut_of,
    digits_of,
    even_cuts,
    mark_of,
    places_of_digits,
)

# What steps cost, in microseconds, as measured; only their proportions matter.
COST_OF_KEY = 4.0
COST_OF_CANDIDATE = 3.0
COST_OF_SCANNED_ROW = 0.7
COST_OF_SCANNED_LETTER = 0.002
# Small tables are quickly read either way; the index is preferred as long as it costs little more.
COST_TO_SPARE = 1_000.0
# Windows and segments of longer queries that are looked at for the rarest.
MOST_SEGMENTS = 400
MOST_WINDOWS = 2_000
# More keys than these are never looked up: reading everything is no slower.
MOST_KEYS = 20_000


@dataclass(frozen=True)
class Census:
    """What is known of an organisation's rows, from a sample: it steers costs and decides nothing.

    ``rows_of_length`` and ``rows_with_code`` are estimated numbers of rows; the latter holds only
    codes that are more common than chance.
    """

    rows_of_length: Mapping[int, float] = field(default_factory=dict)
    rows_with_code: Mapping[int, float] = field(default_factory=dict)

    @cached_property
    def rows(self) -> float:
        return sum(self.rows_of_length.values())

    @cached_property
    def letters(self) -> float:
        return sum(length * rows for length, rows in self.rows_of_length.items())

    @cached_property
    def cuts_with_common_codes(self) -> frozenset[Cut]:
        return frozenset(cut_of(code) for code in self.rows_with_code)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to look up, and rows of which lengths to read one by one instead."""

    codes: Sequence[int] = ()
    scanned: Sequence[range] = ()
    scans_everything: bool = False

    @property
    def uses_index(self) -> bool:
        return bool(self.codes)


def plan_whole(query: str, distance: int, census: Census) -> Plan:
    """How to find every row within ``distance`` of the whole query."""
    shortest, longest = max(len(query) - distance, 1), len(query) + distance
    if (distance + 1) ** 2 > MOST_KEYS:
        return Plan(scanned=[range(shortest, longest + 1)])
    digits = digits_of(query)
    codes: set[int] = set()
    scanned: list[int] = []
    for lengths, ways in _groups(shortest, longest, distance):
        rows = sum(census.rows_of_length.get(length, 0.0) for length in lengths)
        choices = [
            choice
            for cut, segments in ways
            if (choice := _cheapest(digits, distance, cut, segments, lengths, census))
        ]
        best = min(choices, key=lambda choice: choice.cost, default=None)
        scanning = COST_OF_SCANNED_ROW * rows + COST_TO_SPARE
        if best is None or best.keys > MOST_KEYS or best.cost > scanning:
            scanned += lengths
        else:
            codes |= best.codes(digits, distance)
    return Plan(sorted(codes), _ranges(sorted(scanned)))


def plan_parts(query: str, distance: int, census: Census) -> Plan:
    """How to find every row with a part within ``distance`` of the query, circular ones included.

    Parts that can be anywhere, so that the rows' lengths tell nothing.
    """
    digits = digits_of(query)
    if distance == 0 and GRID_LETTERS <= len(digits) < 2 * GRID_LETTERS - 1:
        return _plan_short_part(digits, census)
    choices: list[tuple[float, int, int, int]] = []
    for segments, errors in ((distance + 1, 0), ((distance + 2) // 2, 1)):
        window = GRID_LETTERS * segments + GRID_LETTERS - 1 + distance
        if window <= len(query):
            start, candidates = _rarest_window(digits, window, census)
            per_place = 1 if errors == 0 else _NEIGHBOURS + 1
            keys = (window - GRID_LETTERS + 1) * per_place
            candidates += keys * _by_chance(GRID, census)
            cost = keys * COST_OF_KEY + candidates * COST_OF_CANDIDATE
            choices.append((cost, errors, start, window))
        if distance == 0:
            break
    if not choices or min(choices)[0] > _cost_of_reading(census):
        return Plan(scans_everything=True)
    _, errors, start, window = min(choices)
    part = digits[start : start + window]
    if errors == 0:
        found = {part[at : at + GRID_LETTERS] for at in range(window - GRID_LETTERS + 1)}
    else:
        found = set()
        for at in range(window):
            found |= _within_one_edit(part, at, GRID_LETTERS)
    if len(found) > MOST_KEYS:
        return Plan(scans_everything=True)
    return Plan(sorted(code_of(GRID, 0, segment) for segment in found))


def _plan_short_part(digits: str, census: Census) -> Plan:
    """How to find every row that contains these 12 to 22 letters."""
    last = len(digits) - GRID_LETTERS
    keys = last + 1 + sum(4 ** (GRID_LETTERS - known) for known in range(last + 1, GRID_LETTERS))
    if keys > MOST_KEYS:
        return Plan(scans_everything=True)
    codes = {code_of(GRID, 0, digits[at : at + GRID_LETTERS]) for at in range(last + 1)}
    for known in range(last + 1, GRID_LETTERS):
        # The letters before the known ones are the higher digits of a segment.
        codes.update(range(int(digits[:known], 4), 4**GRID_LETTERS, 4**known))
    candidates = keys * _by_chance(GRID, census)
    candidates += sum(census.rows_with_code.get(code, 0.0) for code in codes)
    cost = keys * COST_OF_KEY + candidates * COST_OF_CANDIDATE
    if cost > _cost_of_reading(census):
        return Plan(scans_everything=True)
    return Plan(sorted(codes))


def _cost_of_reading(census: Census) -> float:
    """What comparing with every letter of every row costs, and what the index may cost besides."""
    reading = COST_OF_SCANNED_ROW * census.rows + COST_OF_SCANNED_LETTER * census.letters
    return reading + COST_TO_SPARE


def _ranges(numbers: Iterable[int]) -> list[range]:
    """Sorted numbers as ranges."""
    found: list[range] = []
    for number in numbers:
        if found and found[-1].stop == number:
            found[-1] = range(found[-1].start, number + 1)
        else:
            found.append(range(number, number + 1))
    return found


# Rows of which lengths are cut alike -------------------------------------------------------------

# (the lengths, the cuts that serve them with the number of segments each has)
_Group = tuple[tuple[int, ...], tuple[tuple[Cut, int], ...]]


@lru_cache(maxsize=1024)
def _groups(shortest: int, longest: int, distance: int) -> Sequence[_Group]:
    """The lengths from ``shortest`` to ``longest``, those together that share keys."""
    enough = GRID_LETTERS * (distance + 1)
    alike: dict[tuple[tuple[Cut, int], ...], list[int]] = {}
    for length in range(shortest, longest + 1):
        # A grid with more segments than are needed serves longer rows with the same.
        of_grid = min(length, max(shortest, enough, 48)) // GRID_LETTERS
        ways = [(GRID, of_grid)] if of_grid else []
        ways += [(cut, cut.parts) for cut in even_cuts(length)]
        alike.setdefault(tuple(ways), []).append(length)
    return [(tuple(lengths), ways_of_all) for ways_of_all, lengths in alike.items()]


# Which segments, and what they may differ by -------------------------------------------------------

# Strings of 12 letters within one edit of a place in a query: replaced, inserted and deleted letters.
_NEIGHBOURS = 36 + 48 + 13


@dataclass(frozen=True, slots=True)
class _Choice:
    """Segments of a cut, each with the errors it may have."""

    cost: float
    keys: int
    cut: Cut
    segments: Sequence[int]
    allowances: Sequence[int]

    def codes(self, digits: str, distance: int) -> set[int]:
        """The codes to look up."""
        found: set[int] = set()
        before = 0
        letters, last = self.cut.letters, len(digits) - self.cut.letters
        digits_at = places_of_digits(self.cut)
        for part, errors in zip(self.segments, self.allowances, strict=True):
            place, reach = part * letters, min(before + errors, distance)
            wanted = {
                digits[start : start + letters]
                for start in range(max(place - reach, 0), min(place + reach, last) + 1)
            }
            if errors:
                for start in _shifted(place, min(before, distance)):
                    wanted |= _within_one_edit(digits, start, letters)
            mark = mark_of(self.cut, part)
            found.update([mark | int(segment, 4) << digits_at for segment in wanted])
            before += errors + 1
        return found


def _cheapest(
    digits: str, distance: int, cut: Cut, segments: int, lengths: Sequence[int], census: Census
) -> _Choice | None:
    """The cheapest choice of this many segments; None where none of them can be complete."""
    if 2 * segments < distance + 1:
        return None
    considered = min(segments, max(MOST_SEGMENTS, distance + 1))
    chance = _by_chance(cut, census, lengths)
    weights = _weights(digits, distance, cut, considered, census)
    rarest = sorted(range(considered), key=weights.__getitem__) if weights else range(considered)
    best: _Choice | None = None
    for taken in range((distance + 2) // 2, min(considered, distance + 1) + 1):
        chosen = sorted(rarest[:taken])
        allowances, keys = _allowances(taken, cut.letters, distance)
        candidates = keys * chance
        if weights:
            candidates += sum(weights[part] for part in chosen)
        cost = keys * COST_OF_KEY + candidates * COST_OF_CANDIDATE
        if best is None or cost < best.cost:
            best = _Choice(cost, keys, cut, chosen, allowances)
    return best


def _weights(
    digits: str, distance: int, cut: Cut, considered: int, census: Census
) -> Sequence[float]:
    """How many rows have what the query has about each segment; empty where none is common."""
    if cut not in census.cuts_with_common_codes:
        return ()
    common, letters = census.rows_with_code, cut.letters
    digits_at, last = places_of_digits(cut), len(digits) - letters
    numbers = [int(digits[start : start + letters], 4) << digits_at for start in range(last + 1)]
    weights = []
    for part in range(considered):
        mark, place = mark_of(cut, part), part * letters
        near = numbers[max(place - distance, 0) : place + distance + 1]
        weights.append(sum([common.get(mark | number, 0.0) for number in near]))
    return weights if any(weights) else ()


@lru_cache(maxsize=4096)
def _allowances(taken: int, letters: int, distance: int) -> tuple[Sequence[int], int]:
    """The errors that each of so many segments may have, and how many keys that makes."""
    with_error = distance + 1 - taken
    # The earlier a segment, the less it is shifted: the dear allowances come first.
    allowances = (1,) * with_error + (0,) * (taken - with_error)
    keys = before = 0
    for errors in allowances:
        keys += 2 * min(before + errors, distance) + 1
        if errors:
            keys += (2 * min(before, distance) + 1) * (8 * letters + 1)
        before += errors + 1
    return allowances, keys


def _by_chance(cut: Cut, census: Census, lengths: Sequence[int] = ()) -> float:
    """How many rows have one key of this cut if all letters are equally likely."""
    if cut.is_grid:
        return census.letters / GRID_LETTERS / float(4**GRID_LETTERS)
    rows = sum(census.rows_of_length.get(length, 0.0) for length in lengths)
    return rows / float(4**cut.letters)


def _shifted(place: int, by: int) -> range:
    return range(max(place - by, 0), place + by + 1)


def _rarest_window(digits: str, window: int, census: Census) -> tuple[int, float]:
    """Where the window begins whose segments the fewest rows have, and how many have one."""
    last = min(len(digits) - window, MOST_WINDOWS)
    if GRID not in census.cuts_with_common_codes:
        return 0, 0.0
    common = census.rows_with_code
    rows = [
        common.get(code_of(GRID, 0, digits[at : at + GRID_LETTERS]), 0.0)
        for at in range(last + window - GRID_LETTERS + 1)
    ]
    sums = list(accumulate(rows, initial=0.0))
    span = window - GRID_LETTERS + 1
    candidates, start = min((sums[at + span] - sums[at], at) for at in range(last + 1))
    return start, candidates


def _within_one_edit(digits: str, start: int, letters: int) -> set[str]:
    """All strings of ``letters`` letters within one edit of what begins at ``start``."""
    found: set[str] = set()
    same = digits[start : start + letters]
    if len(same) == letters:
        found.add(same)
        for at in range(letters):
            head, tail = same[:at], same[at + 1 :]
            found.update(
                (head + "0" + tail, head + "1" + tail, head + "2" + tail, head + "3" + tail)
            )
    shorter = digits[start : start + letters - 1]
    if len(shorter) == letters - 1:
        for at in range(letters):
            head, tail = shorter[:at], shorter[at:]
            found.update(
                (head + "0" + tail, head + "1" + tail, head + "2" + tail, head + "3" + tail)
            )
    longer = digits[start : start + letters + 1]
    if len(longer) == letters + 1:
        found.update(longer[:at] + longer[at + 1 :] for at in range(letters + 1))
    return found
