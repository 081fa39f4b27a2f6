"""The query parameters that choose sequences: lists and exports share them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter, SkipValidation

from benchbook.platform.problems import InvalidInput
from benchbook.sequences.rules import LONGEST_NAME, LONGEST_SEQUENCE, LONGEST_TAG
from benchbook.sequences.store import Filters

Name = Annotated[
    str | None,
    QueryParameter(
        name="name",
        max_length=LONGEST_NAME,
        description="Text in the name or in an alias, in either case.",
    ),
]
Tag = Annotated[
    str | None,
    QueryParameter(name="tag", max_length=LONGEST_TAG, description="Those that carry this tag."),
]
CollectionId = Annotated[
    UUID | None,
    QueryParameter(name="collection_id", description="Those of one collection; of all if absent."),
]
MinLength = Annotated[
    int | None,
    QueryParameter(
        name="min_length", ge=1, le=LONGEST_SEQUENCE, description="Of this many letters at least."
    ),
]
MaxLength = Annotated[
    int | None,
    QueryParameter(
        name="max_length", ge=1, le=LONGEST_SEQUENCE, description="Of this many letters at most."
    ),
]


async def chosen_sequences(
    name: Name = None,
    tag: Tag = None,
    collection_id: CollectionId = None,
    min_length: MinLength = None,
    max_length: MaxLength = None,
) -> Filters:
    """The sequences that are so. Raises InvalidInput."""
    if min_length is not None and max_length is not None and min_length > max_length:
        raise InvalidInput.at(
            "?max_length", "Nothing is at least min_length and at most this long."
        )
    return Filters(
        name=name or None,
        tag=tag or None,
        collection_id=collection_id,
        min_length=min_length,
        max_length=max_length,
    )


# What handlers that choose sequences declare: `dependencies=CHOICE` and a parameter
# `chosen: ChosenSequences`.
ChosenSequences = NamedDependency[SkipValidation[Filters]]
CHOICE = {"chosen": Provide(chosen_sequences)}
