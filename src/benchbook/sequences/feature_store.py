"""The SQL of features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from benchbook.platform.database import Transaction
from benchbook.sequences.features import Feature
from benchbook.sequences.schemas import FeatureQualifier, FeatureSpan, SequenceFeature

# So many are read of many sequences at once.
FIRST_FEATURES = 50


async def insert_features(
    tx: Transaction,
    organisation_id: UUID,
    features: Mapping[UUID, Sequence[Feature]],
    *,
    import_id: UUID | None = None,
) -> None:
    """Give sequences their features; one that has some already keeps those."""
    # Whoever gives features to the same sequences waits.
    await tx.execute(
        """
        SELECT id
        FROM sequences
        WHERE organisation_id = $1 AND id = ANY ($2::uuid[])
        ORDER BY id
        FOR NO KEY UPDATE
        """,
        organisation_id,
        list(features),
    )
    rows = [
        {
            "sequence_id": sequence_id,
            "place": place,
            "type": feature.type,
            "label": feature.label,
            "strand": feature.strand,
            "location": feature.location,
            "spans": feature.spans,
            "qualifiers": feature.qualifiers,
        }
        for sequence_id, those in features.items()
        for place, feature in enumerate(those)
    ]
    await tx.execute(
        """
        INSERT INTO sequence_features (
          organisation_id, sequence_id, place, type, label, strand, location, spans, qualifiers,
          import_id)
        SELECT $1, new.sequence_id, new.place, new.type, new.label, new.strand, new.location,
               new.spans, new.qualifiers, $3
        FROM jsonb_to_recordset($2::jsonb) AS new (
          sequence_id uuid, place integer, type text, label text, strand text, location text,
          spans jsonb, qualifiers jsonb)
        JOIN sequences ON sequences.organisation_id = $1 AND sequences.id = new.sequence_id
        WHERE NOT EXISTS (
          SELECT FROM sequence_features AS kept
          WHERE kept.organisation_id = $1 AND kept.sequence_id = new.sequence_id)
        """,
        organisation_id,
        msgspec.json.encode(rows).decode(),
        import_id,
    )


async def delete_features_of_import(
    tx: Transaction, organisation_id: UUID, import_id: UUID
) -> None:
    """Take away the features that an import brought."""
    await tx.execute(
        "DELETE FROM sequence_features WHERE organisation_id = $1 AND import_id = $2",
        organisation_id,
        import_id,
    )


async def list_features(
    tx: Transaction, organisation_id: UUID, sequence_id: UUID, *, after: int, limit: int
) -> list[SequenceFeature]:
    """The features of a sequence in the order of their file, after a place of it."""
    rows = await tx.fetch(
        """
        SELECT place, type, label, strand, location, spans, qualifiers
        FROM sequence_features
        WHERE organisation_id = $1 AND sequence_id = $2 AND place > $3
        ORDER BY place
        LIMIT $4
        """,
        organisation_id,
        sequence_id,
        after,
        limit,
    )
    return [_feature(dict(row)) for row in rows]


async def first_features(
    tx: Transaction, organisation_id: UUID, sequence_ids: Sequence[UUID]
) -> dict[UUID, list[SequenceFeature]]:
    """The first FIRST_FEATURES of each of these sequences that has any, in the order of its file."""
    rows = await tx.fetch(
        """
        SELECT sequence_id, place, type, label, strand, location, spans, qualifiers
        FROM sequence_features
        WHERE organisation_id = $1 AND sequence_id = ANY ($2::uuid[]) AND place < $3
        ORDER BY sequence_id, place
        """,
        organisation_id,
        sequence_ids,
        FIRST_FEATURES,
    )
    found: dict[UUID, list[SequenceFeature]] = {}
    for row in rows:
        values = dict(row)
        found.setdefault(values.pop("sequence_id"), []).append(_feature(values))
    return found


def _feature(row: dict[str, Any]) -> SequenceFeature:
    spans = msgspec.json.decode(row.pop("spans"), type=list[tuple[int, int]])
    qualifiers = msgspec.json.decode(row.pop("qualifiers"), type=list[tuple[str, str]])
    return SequenceFeature(
        **row,
        spans=[FeatureSpan(start, end) for start, end in spans],
        qualifiers=[FeatureQualifier(name, value) for name, value in qualifiers],
    )
