"""What can go wrong with collections and sequences.

Problem
├── NotFound ── CollectionNotFound, SequenceNotFound
├── Conflict ── SequenceExists, CollectionNameTaken, CollectionNotEmpty, DefaultCollectionStays
├── InvalidInput ── WrongLetter, SequenceTooLong
├── NotAcceptable
└── RangeNotSatisfiable
"""

from __future__ import annotations

from benchbook.platform.problems import Conflict, InvalidInput, NotFound, Problem


class CollectionNotFound(NotFound):
    code, title = "collection_not_found", "There is no such collection"


class SequenceNotFound(NotFound):
    code, title = "sequence_not_found", "There is no such sequence"


class SequenceExists(Conflict):
    """`sequence_id` is the one that has these bases."""

    code, title = "sequence_exists", "The collection has these bases already"


class CollectionNameTaken(Conflict):
    code, title = "collection_name_taken", "Another collection has this name"


class CollectionNotEmpty(Conflict):
    code, title = "collection_not_empty", "The collection holds sequences"


class DefaultCollectionStays(Conflict):
    code, title = "default_collection_stays", "The default collection cannot be deleted"


class WrongLetter(InvalidInput):
    """`letter` is what stands at `place`, which counts from 1."""

    code, title = "wrong_letter", "A sequence consists of A, C, G and T"


class SequenceTooLong(InvalidInput):
    code, title = "sequence_too_long", "A sequence has at most ten million letters"


class SearchTakesTooLong(InvalidInput):
    code, title = "search_takes_too_long", "The search takes too long for a file of all its hits"


class ImportNotFound(NotFound):
    code, title = "import_not_found", "There is no such import"


class EmptyFile(InvalidInput):
    code, title = "empty_file", "There is nothing in the file"


class NotASequenceFile(InvalidInput):
    code, title = "not_a_sequence_file", "This is no file of sequences"


class NotAcceptable(Problem):
    status, code, title = 406, "not_acceptable", "There is no answer of this media type"


class RangeNotSatisfiable(Problem):
    status, code, title = 416, "range_not_satisfiable", "The sequence has no such part"
