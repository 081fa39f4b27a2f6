"""What may be searched for, and the order of what is found."""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from benchbook.platform.problems import InvalidInput
from benchbook.sequences.rules import clean_bases, reverse_complement
from benchbook.sequences.schemas import Sequence
from benchbook.sequences.search_schemas import Mode, Strand, Strands

# Comparing takes time with the square of the letters; longer ones are found as they are.
LONGEST_SIMILAR_QUERY = 20_000


@dataclass(frozen=True)
class Search:
    """A search that makes sense. Without a distance it is for the query as it is, anywhere."""

    query: str
    distance: int | None
    mode: Mode
    strands: tuple[Strand, ...]
    collection_id: UUID | None = None

    def on(self, strand: Strand) -> str:
        """The query as it stands on the stored strand where it is found on ``strand``."""
        return self.query if strand == "forward" else reverse_complement(self.query)


class Place(NamedTuple):
    """What hits are ordered by, which tells each from every other."""

    distance: int
    name: str
    sequence_id: UUID
    # 0 is forward.
    strand: int
    end: int


@dataclass(frozen=True, slots=True)
class Found:
    """A hit. Its sequence is still to be read, unless it is here.

    ``stretch`` holds the letters before ``place.end`` in which the place begins, None where the
    place is where it is by its kind: all of a sequence, or as long as the query.
    """

    place: Place
    length: int
    stretch: str | None = None
    sequence: Sequence | None = None


class Best:
    """The first hits after a place, at most so many, of any number that are offered; none in the
    sequence ``but``."""

    def __init__(self, size: int, after: Place | None, but: UUID | None = None) -> None:
        self.size = size
        self.after = after
        self.but = but
        self._places: list[Place] = []
        self._found: dict[Place, Found] = {}

    def offer(self, found: Found) -> None:
        place = found.place
        if not self.would_take(place):
            return
        insort(self._places, place)
        self._found[place] = found
        if len(self._places) > self.size:
            del self._found[self._places.pop()]

    def would_take(self, place: Place) -> bool:
        """Whether a hit at this place would be among them, were it offered."""
        if self.after is not None and place <= self.after:
            return False
        if place in self._found or place.sequence_id == self.but:
            return False
        return bisect(self._places, place) < self.size

    def __iter__(self) -> Iterator[Found]:
        return (self._found[place] for place in self._places)

    def __len__(self) -> int:
        return len(self._places)


def read_search(
    query: str | None,
    distance: int | None,
    mode: Mode,
    strand: Strands,
    collection_id: UUID | None,
    *,
    pointer: str,
) -> Search:
    """The search that is asked for; ``pointer`` goes before the names of fields.

    Raises InvalidInput for one that makes no sense, WrongLetter and SequenceTooLong for a query
    that no sequence can have.
    """
    if query is None:
        about = "distance needs a query: the sequence that others are to be similar to."
        raise InvalidInput.at(
            f"{pointer}query", about if distance is not None else "There is nothing to search for."
        )
    bases = clean_bases(query, f"{pointer}query")
    if distance is not None:
        if distance < 0:
            raise InvalidInput.at(f"{pointer}distance", "A distance is not negative.")
        if distance > len(bases):
            raise InvalidInput.at(
                f"{pointer}distance",
                f"The query has {len(bases):,} letters: with more edits than that, everything of "
                "its length would be similar.",
            )
        if distance and len(bases) > LONGEST_SIMILAR_QUERY:
            raise InvalidInput.at(
                f"{pointer}query",
                f"Similar sequences are searched for with at most {LONGEST_SIMILAR_QUERY:,} letters; "
                f"this has {len(bases):,}. Leave distance out to find it as it is.",
            )
    return Search(bases, distance, mode, _strands(bases, strand), collection_id)


def _strands(bases: str, strand: Strands) -> tuple[Strand, ...]:
    if strand == "both":
        # What is its own reverse complement is found in the same places on either strand.
        if bases == reverse_complement(bases):
            return ("forward",)
        return ("forward", "reverse")
    return (strand,)
