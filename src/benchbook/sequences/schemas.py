"""What goes over the wire about collections and sequences."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

# In lists; a page of the largest size is 5 MB then.
MOST_LISTED_LETTERS = 10_000

CollectionName = Annotated[
    str, Meta(min_length=1, max_length=200, description="1 to 200 characters, used once.")
]
Description = Annotated[str, Meta(max_length=5000, description="At most 5,000 characters.")]
Bases = Annotated[
    str,
    Meta(
        min_length=1,
        description="A, C, G and T in either case, at most ten million; stored in upper case.",
    ),
]
SequenceName = Annotated[
    str, Meta(max_length=500, description="At most 500 characters, on one line.")
]
Alias = Annotated[str, Meta(min_length=1, max_length=500)]
Aliases = Annotated[list[Alias], Meta(max_length=100, description="Further names.")]
Tags = Annotated[
    list[str], Meta(max_length=50, description="At most 50, of 1 to 50 characters each.")
]


class Collection(msgspec.Struct, kw_only=True):
    """A set of sequences in which the same bases are once. One is the default."""

    id: UUID
    name: str
    description: str
    is_default: bool
    sequence_count: int
    letter_count: int
    created_at: datetime
    updated_at: datetime


class CollectionPage(msgspec.Struct):
    """Collections by name."""

    items: list[Collection]
    next_cursor: str | None


class NewCollection(msgspec.Struct, forbid_unknown_fields=True):
    """A collection to add."""

    name: CollectionName
    description: Description | None = None


class ChangeCollection(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to a collection; absent fields stay as they are, null clears."""

    name: CollectionName | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET


class Sequence(msgspec.Struct, kw_only=True):
    """A sequence. `digest` is GA4GH's (`SQ.…`), `md5` hexadecimal, both of the upper-case bases.

    In lists `bases` is null where there are more than 10,000 letters: read the sequence itself, or
    a part of it by refget."""

    id: UUID
    collection_id: UUID
    name: str
    description: str
    tags: list[str]
    bases: str | None
    length: int
    digest: str
    md5: str
    circular: bool
    import_id: UUID | None
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime


class SequenceReference(msgspec.Struct):
    """A sequence that another one points to."""

    id: UUID
    name: str
    collection_id: UUID


class SequenceDetails(Sequence, kw_only=True):
    """A sequence with what belongs to it: `aliases`, which its duplicates brought, its
    `reverse_complements` (sequences that are its other strand) and its `copies` in other
    collections; of either twenty at most."""

    aliases: list[str]
    reverse_complements: list[SequenceReference]
    copies: list[SequenceReference]


class FeatureSpan(msgspec.Struct):
    """A stretch of a sequence, 0-based and half-open; empty where it lies between two letters."""

    start: int
    end: int


class FeatureQualifier(msgspec.Struct):
    """Something that is said about a feature."""

    name: str
    value: str


class SequenceFeature(msgspec.Struct, kw_only=True):
    """What lies somewhere on a sequence: a gene, a promoter, a primer.

    `location` is as GenBank writes it, `spans` are the same as places, in its order; there are none
    where the location is on another record or cannot be read. `strand` is `both` where the spans
    are not on one. `label` is what it is called: its label, gene, product or locus tag. `place` is
    its number in the file's table, from 0. Of the qualifiers `translation` is not kept."""

    place: int
    type: str
    label: str
    strand: Literal["forward", "reverse", "both"]
    location: str
    spans: list[FeatureSpan]
    qualifiers: list[FeatureQualifier]


class SequenceFeaturePage(msgspec.Struct):
    """Features in the order of their file."""

    items: list[SequenceFeature]
    next_cursor: str | None


class SequencePage(msgspec.Struct):
    """Sequences, newest first."""

    items: list[Sequence]
    next_cursor: str | None


class NewSequence(msgspec.Struct, forbid_unknown_fields=True):
    """A sequence to add; to the default collection unless another one is named."""

    bases: Bases
    name: SequenceName | None = None
    description: Description | None = None
    tags: Tags | None = None
    circular: bool = False
    collection_id: UUID | None = None
    aliases: Aliases | None = None
    on_duplicate: Literal["return", "fail"] = "return"


class ChangeSequence(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to a sequence, but for its bases; absent fields stay as they are, null clears."""

    name: SequenceName | UnsetType | None = UNSET
    description: Description | UnsetType | None = UNSET
    tags: Tags | UnsetType | None = UNSET
    circular: bool | UnsetType = UNSET
    collection_id: UUID | UnsetType = UNSET
    aliases: Aliases | UnsetType | None = UNSET


ImportStatus = Literal["running", "done", "failed", "cancelled"]


class ImportRejection(msgspec.Struct):
    """A record that was not added: the line it begins on, from 1, and why."""

    line: int
    name: str
    detail: str


class SequenceImport(msgspec.Struct, kw_only=True):
    """An import of a file.

    Counted are the records that were read so far: each was `added`, is one of the `duplicates`
    (the collection has its bases, under its name now as well) or `rejected`. `names_not_kept` are
    names of duplicates that had a hundred already. `bytes_read` of `bytes_total` are those of the
    file as it was sent. `failure` says why a failed one failed, and what to do. `tags` and
    `circular` are what was said about all sequences of the file."""

    id: UUID
    status: ImportStatus
    filename: str
    format: Literal["fasta", "fastq", "genbank"]
    collection_id: UUID
    created_by: UUID
    created_at: datetime
    finished_at: datetime | None
    records_read: int
    added: int
    duplicates: int
    rejected: int
    names_not_kept: int
    bytes_read: int
    bytes_total: int
    failure: str | None
    tags: list[str]
    circular: bool


class SequenceImportDetails(SequenceImport, kw_only=True):
    """An import with the first thousand of the records that were rejected. `rejections_kept` of
    them are in the file that `…/rejections` answers: all, but for imports of former releases."""

    errors: list[ImportRejection]
    rejections_kept: int


class SequenceImportPage(msgspec.Struct):
    """Imports, newest first."""

    items: list[SequenceImport]
    next_cursor: str | None


class ImportProgress(SequenceImport, kw_only=True):
    """An import as it goes on: how fast, and how long it is likely to take. Null is not known."""

    records_per_second: float | None
    seconds_left: float | None


class SequenceSettings(msgspec.Struct, kw_only=True):
    """Who sees the organisation's sequences."""

    public_refget: bool


class ChangeSequenceSettings(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to who sees the organisation's sequences; absent fields stay as they are."""

    public_refget: bool | UnsetType = UNSET
