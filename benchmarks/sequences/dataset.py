"""Sequences as labs have them: primers, reads and amplicons, and families of mutated copies."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import md5
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from benchbook.accounts.rules import mint_credential
from benchbook.sequences.rules import reverse_complement, sha512t24

_LETTER_OF_BYTE = bytes(b"ACGT"[byte & 3] for byte in range(256))
ADAPTERS = ("ACACTCTTTCCCTACACGACGCTC", "AGATCGGAAGAGCACACGTCTGAA")


@dataclass(frozen=True)
class Group:
    """Rows of like length."""

    name: str
    shortest: int
    longest: int
    share: float


GROUPS = (
    Group("20–40", 20, 40, 0.4),
    Group("90–110", 90, 110, 0.3),
    Group("150–255", 150, 255, 0.3),
)


@dataclass(frozen=True)
class Lab:
    """An organisation to fill, and who asks for it."""

    organisation_id: UUID
    person_id: UUID
    collection_id: UUID
    token: str
    sees_everyone: bool = True


def letters(randomly: random.Random, length: int) -> str:
    return randomly.randbytes(length).translate(_LETTER_OF_BYTE).decode("ascii")


def mutated(bases: str, edits: int, randomly: random.Random) -> str:
    """The bases with so many random edits, which may cancel each other."""
    changed = list(bases)
    for _ in range(edits):
        place, edit = randomly.randrange(len(changed)), randomly.randrange(3)
        if edit == 0:
            changed[place] = randomly.choice("ACGT")
        elif edit == 1 and len(changed) > 10:
            del changed[place]
        else:
            changed.insert(place, randomly.choice("ACGT"))
    return "".join(changed)


def families(count: int, seed: int) -> list[str]:
    """So many different rows of GROUPS; one in fifty has 5 to 25 mutated copies."""
    randomly = random.Random(seed)
    shares = [group.share for group in GROUPS]
    rows: dict[str, None] = {}
    while len(rows) < count:
        [group] = randomly.choices(GROUPS, shares)
        bases = letters(randomly, randomly.randint(group.shortest, group.longest))
        rows[bases] = None
        if randomly.random() < 0.02:
            most = 8 if len(bases) > 60 else 5
            for _ in range(randomly.randint(5, 25)):
                rows[mutated(bases, randomly.randint(1, most), randomly)[:255]] = None
    kept = list(islice(rows, count))
    randomly.shuffle(kept)
    return kept


def with_adapters(count: int, seed: int) -> list[str]:
    """So many reads between the same two adapters, some of them in families."""
    randomly = random.Random(seed)
    rows: dict[str, None] = {}
    while len(rows) < count:
        bases = ADAPTERS[0] + letters(randomly, randomly.randint(36, 72)) + ADAPTERS[1]
        rows[bases] = None
        if randomly.random() < 0.02:
            for _ in range(8):
                rows[mutated(bases, randomly.randint(1, 4), randomly)] = None
    return list(islice(rows, count))


def of_file(path: Path) -> list[str]:
    """The different sequences of ACGT in a FASTA file, plain or gzip, in upper case."""
    content = path.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    rows: dict[str, None] = {}
    for record in content.decode("ascii").split(">")[1:]:
        bases = "".join(record.split("\n")[1:]).upper().replace("\r", "")
        if bases and not bases.strip("ACGT"):
            rows[bases] = None
    return list(rows)


async def make_lab(connection: asyncpg.Connection[Any], name: str) -> Lab:
    """An organisation with an owner and a token."""
    organisation_id, person_id = uuid7(), uuid7()
    token, credential = mint_credential("token", organisation_id)
    await connection.execute(
        "INSERT INTO organisations (id, name) VALUES ($1, $2)", organisation_id, name
    )
    await connection.execute(
        """
        INSERT INTO people (organisation_id, id, name, email, role)
        VALUES ($1, $2, 'Olga Owner', $3, 'owner')
        """,
        organisation_id,
        person_id,
        f"{name}@example.org",
    )
    await connection.execute(
        """
        INSERT INTO api_tokens (organisation_id, id, person_id, name, token_hash)
        VALUES ($1, $2, $3, 'benchmark', $4)
        """,
        organisation_id,
        uuid7(),
        person_id,
        credential.token_hash,
    )
    collection_id = await connection.fetchval(
        "SELECT id FROM collections WHERE organisation_id = $1", organisation_id
    )
    return Lab(organisation_id, person_id, collection_id, token)


COLUMNS = (
    "organisation_id", "id", "collection_id", "length", "digest", "reverse_digest", "md5", "name",
    "bases",
)  # fmt: skip


def records(lab: Lab, rows: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    """The rows as they are stored, for COPY."""
    for number, bases in enumerate(rows):
        content = bases.encode("ascii")
        yield (
            lab.organisation_id,
            uuid7(),
            lab.collection_id,
            len(bases),
            sha512t24(content),
            sha512t24(reverse_complement(bases).encode("ascii")),
            md5(content, usedforsecurity=False).digest(),
            f"sequence {number}",
            bases,
        )


async def copy(
    connection: asyncpg.Connection[Any], lab: Lab, rows: Sequence[str], table: str = "sequences"
) -> None:
    await connection.copy_records_to_table(table, records=records(lab, rows), columns=COLUMNS)
