"""The keys that a sequence is found by, as the function ``sequence_search_keys`` makes them in SQL.

A row is cut into segments, and every segment is a key: its letters, two bits each, and a few bits
that tell how the row was cut. A key is the segment itself and no hash of it: two segments have the
same key if and only if they are the same letters of the same cut. In the index the organisation
stands before the code, so that no search ever meets another organisation's keys.

There are two kinds of cuts:

- the *grid*: the 12 letters at 0, 12, 24 … of every row. A circular row is read on over its origin,
  once around. Where a segment stands is not in its key: the same cut serves the search for parts.
- *even* cuts of rows shorter than 48 letters: into 2 (shorter than 24), 3 (than 36) and 4 parts of
  ``length // parts`` letters, at least 4. Here the key tells the number and the length of the
  parts and which of them it is, for so few letters are common.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

GRID_LETTERS = 12
SHORTEST_PART = 4
# Rows that are as long have segments enough in the grid.
SHORTEST_WITHOUT_EVEN_CUTS = 48

_DIGITS = str.maketrans("ACGT", "0123")
_PARTS_BITS, _LETTERS_BITS, _PART_BITS = 28, 24, 22


@dataclass(frozen=True, slots=True, order=True)
class Cut:
    """A way to cut rows: into so many parts, or, with no parts, into the grid."""

    parts: int
    letters: int

    @property
    def is_grid(self) -> bool:
        return self.parts == 0


GRID = Cut(0, GRID_LETTERS)


def digits_of(bases: str) -> str:
    """The letters as digits to the base of four, which is what codes are made of."""
    return bases.translate(_DIGITS)


def code_of(cut: Cut, part: int, digits: str) -> int:
    """The code of the segment with these digits, the ``part``-th of its cut (any, in the grid)."""
    return mark_of(cut, part) | int(digits, 4) << places_of_digits(cut)


def mark_of(cut: Cut, part: int) -> int:
    """What all codes of the ``part``-th segment of a cut have beside their digits."""
    if cut.is_grid:
        return 0
    return cut.parts << _PARTS_BITS | cut.letters << _LETTERS_BITS | part << _PART_BITS


def places_of_digits(cut: Cut) -> int:
    """By how many bits the digits are shifted in the codes of a cut."""
    return 0 if cut.is_grid else _PART_BITS - 2 * cut.letters


def cut_of(code: int) -> Cut:
    """The cut that a code is of."""
    parts = code >> _PARTS_BITS
    return Cut(parts, code >> _LETTERS_BITS & 15) if parts else GRID


def even_cuts(length: int) -> Iterator[Cut]:
    """The even cuts that a row of this length is found by."""
    for parts in (2, 3, 4):
        if SHORTEST_PART * parts <= length < GRID_LETTERS * parts:
            yield Cut(parts, length // parts)


def codes_of_row(bases: str, *, circular: bool = False) -> list[int]:
    """All codes of a row: what the function in the database makes, without the organisation."""
    digits, length = digits_of(bases), len(bases)
    around = digits + digits[:-1] if circular else digits
    codes = [
        code_of(GRID, 0, around[start : start + GRID_LETTERS])
        for start in range(0, len(around) - GRID_LETTERS + 1, GRID_LETTERS)
    ]
    for cut in even_cuts(length):
        codes += [
            code_of(cut, part, digits[part * cut.letters : (part + 1) * cut.letters])
            for part in range(cut.parts)
        ]
    return codes
