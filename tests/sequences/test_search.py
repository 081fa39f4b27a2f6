"""Searches answer everything that there is: against a model, through the database."""

from __future__ import annotations

import gzip
import itertools
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from tests.conftest import Lab
from tests.sequences.search_model import Answer, Stored, expected
from tests.sequences.search_strategies import distances, edited, families

from benchbook.platform.database import Database
from benchbook.platform.paging import decode_cursor
from benchbook.sequences import search_plan
from benchbook.sequences.rules import prepare
from benchbook.sequences.search import search
from benchbook.sequences.search_plan import Census
from benchbook.sequences.search_rules import Place, Search, read_search
from benchbook.sequences.search_store import take_census
from benchbook.sequences.store import NewRow, insert_sequences


@dataclass(frozen=True)
class Reader:
    """Who searches: the context of an organisation."""

    organisation_id: UUID
    person_id: UUID
    sees_everyone: bool = True


MANY = Census(dict.fromkeys(range(1, 700), 1e9))


async def keep(database: Database, reader: Reader, rows: Sequence[Stored]) -> None:
    """Replace what the organisation has by these rows."""
    async with database.transaction(reader) as tx:
        await tx.execute("DELETE FROM sequences")
        collection_id = await tx.fetchval("SELECT id FROM collections WHERE is_default")
        left_out = await insert_sequences(
            tx,
            reader.organisation_id,
            [NewRow(row.id, prepare(row.bases), row.name, circular=row.circular) for row in rows],
            collection_id=collection_id,
            created_by=None,
        )
        assert not left_out


async def answered(
    database: Database, reader: Reader, asked: Search, census: Census, limit: int
) -> tuple[list[Answer], set[str]]:
    """All pages, and the ways in which they were found."""
    found: list[Answer] = []
    strategies: set[str] = set()
    after: Place | None = None
    for _ in itertools.repeat(None, 500):
        async with database.transaction(reader) as tx:
            page = await search(tx, reader.organisation_id, asked, census, limit=limit, after=after)
        strategies.add(page.strategy)
        for hit in page.items:
            found.append(
                (hit.distance, hit.sequence.name, hit.sequence.id, hit.strand, hit.start, hit.end)
            )
            check_alignment(hit, asked)
        assert page.truncated == (page.next_cursor is not None)
        if page.next_cursor is None:
            return found, strategies
        assert len(page.items) == limit
        after = decode_cursor(page.next_cursor, Place)
    raise AssertionError("pages do not come to an end")


def check_alignment(hit: Any, asked: Search) -> None:
    """The CIGAR says how the query became what stands there."""
    stored, length = hit.sequence.bases, hit.sequence.length
    place = (stored + stored)[hit.start : hit.end]
    assert 0 <= hit.start < length
    assert hit.end - hit.start <= length
    query, at, made, edits = asked.on(hit.strand), 0, 0, 0
    for count, letter in cigar_steps(hit.cigar):
        if letter in "=X":
            for step in range(count):
                assert (query[at + step] == place[made + step]) == (letter == "=")
        at += count if letter in "=XI" else 0
        made += count if letter in "=XD" else 0
        edits += count if letter != "=" else 0
    assert (at, made, edits) == (len(query), len(place), hit.distance)


def cigar_steps(cigar: str) -> list[tuple[int, str]]:
    steps, number = [], ""
    for letter in cigar:
        if letter.isdigit():
            number += letter
        else:
            steps.append((int(number), letter))
            number = ""
    return steps


@pytest.fixture
async def reader(lab: Lab) -> Reader:
    return Reader(UUID(lab.organisation_id), uuid4())


@st.composite
def collections(draw: Any, longest: int) -> list[Stored]:
    """Rows, some circular, with names that are in another order elsewhere, and the same ones."""
    names = st.sampled_from(["", "a", "B", "é", "Z", "😀"])
    return [
        Stored(draw(st.uuids(version=4)), draw(names), sequence, draw(st.booleans()))
        for sequence in draw(families(longest))
    ]


@st.composite
def searches(draw: Any, rows: Sequence[Stored], modes: Sequence[str]) -> Search:
    """For something that is nearly in one of the rows."""
    row = draw(st.sampled_from(rows))
    mode = draw(st.sampled_from(modes))
    is_similar = draw(st.integers(0, 3)) > 0
    query = row.bases
    if not is_similar or mode == "within":
        start = draw(st.integers(0, len(query) - 1))
        longest = draw(st.sampled_from([5, 30, 60, 100, 300]))
        around = query + query if row.circular else query
        query = around[start : start + draw(st.integers(1, min(len(query), longest)))]
    query = draw(edited(query, draw(st.sampled_from([0, 0, 1, 2, 3, 5]))))
    if draw(st.booleans()):
        query = query.lower()
    return read_search(
        query,
        draw(distances(query)) if is_similar else None,
        mode,
        draw(st.sampled_from(["forward", "reverse", "both"])),
        None,
        pointer="?",
    )


QUICK = settings(
    max_examples=int(os.environ.get("SEARCH_EXAMPLES", "25")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(("modes", "longest"), [(["whole"], 300), (["within"], 70)])
class TestAgainstTheModel:
    @QUICK
    @given(data=st.data())
    async def test_searches_find_everything_there_is(
        self,
        database: Database,
        reader: Reader,
        modes: list[str],
        longest: int,
        data: st.DataObject,
    ) -> None:
        rows = data.draw(collections(longest))
        await keep(database, reader, rows)
        for _ in range(4):
            asked = data.draw(searches(rows, modes))
            wanted = expected(rows, asked)
            limit = data.draw(st.sampled_from([1, 3, 50])) if len(wanted) < 20 else 50
            for way in ("index", "scan"):
                # With so many rows the index is used wherever it can be; then not at all.
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(search_plan, "COST_TO_SPARE", 0 if way == "index" else -inf)
                    found, _ = await answered(database, reader, asked, MANY, limit)
                assert found == wanted


DATA = Path(__file__).parent / "data"


def records_of(path: Path) -> list[tuple[str, str]]:
    """The (name, bases) of a FASTA file, plain or gzip; the same bases once, and ACGT only."""
    content = path.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    found: dict[str, str] = {}
    for record in content.decode("ascii").split(">")[1:]:
        name, *lines = record.splitlines()
        bases = "".join(lines).upper()
        if bases and not bases.strip("ACGT"):
            found.setdefault(bases, name)
    return [(name, bases) for bases, name in found.items()]


def mutated(bases: str, edits: int, randomly: random.Random) -> str:
    letters = list(bases)
    for _ in range(edits):
        place = randomly.randrange(len(letters))
        kind = randomly.randrange(3)
        if kind == 0:
            letters[place] = randomly.choice("ACGT")
        elif kind == 1 and len(letters) > 1:
            del letters[place]
        else:
            letters.insert(place, randomly.choice("ACGT"))
    return "".join(letters)


def stored(records: Sequence[tuple[str, str]], *, circular: bool = False) -> list[Stored]:
    return [Stored(uuid4(), name, bases, circular) for name, bases in records]


async def check(database: Database, reader: Reader, rows: Sequence[Stored], asked: Search) -> None:
    """Both by the index and by reading everything, the answer is the model's."""
    wanted = expected(rows, asked)
    for spared in (0, -inf):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(search_plan, "COST_TO_SPARE", spared)
            found, _ = await answered(database, reader, asked, MANY, 500)
        assert found == wanted, asked


class TestOnRealSequences:
    """Alleles of one gene and amplicons: families whose members are few edits apart."""

    async def test_relatives_are_all_found(self, database: Database, reader: Reader) -> None:
        rows = stored(records_of(DATA / "ighv_alleles.fasta"))
        rows += stored(records_of(DATA / "amplicons.fasta"))
        await keep(database, reader, rows)
        randomly = random.Random(4)
        for row in rows[::9]:
            for edits, distance in ((1, 1), (2, 5), (8, 12), (20, 40)):
                query = mutated(row.bases, edits, randomly)
                asked = read_search(
                    query, min(distance, len(query)), "whole", "both", None, pointer="?"
                )
                await check(database, reader, rows, asked)
            for size in (8, 17, 20, 23, 60):
                start = randomly.randrange(max(len(row.bases) - size, 1))
                part = row.bases[start : start + size]
                asked = read_search(part, None, "whole", "both", None, pointer="?")
                await check(database, reader, rows, asked)

    async def test_places_in_relatives_are_all_found(
        self, database: Database, reader: Reader
    ) -> None:
        rows = stored(records_of(DATA / "ighv_alleles.fasta")[:8])
        await keep(database, reader, rows)
        randomly = random.Random(5)
        for row, (size, distance) in zip(rows, ((20, 2), (40, 1), (60, 4), (60, 9)), strict=False):
            part = mutated(row.bases[100 : 100 + size], distance, randomly)
            asked = read_search(part, distance, "within", "forward", None, pointer="?")
            await check(database, reader, rows, asked)

    async def test_parts_of_a_circular_genome_are_found_wherever_it_was_cut(
        self, database: Database, reader: Reader
    ) -> None:
        [(name, genome)] = records_of(DATA / "phix174.fasta")
        [row] = stored([(name, genome)], circular=True)
        await keep(database, reader, [row])
        randomly = random.Random(6)
        for size, edits in ((30, 0), (60, 2), (200, 9)):
            for start in (0, 17, len(genome) - size // 2, len(genome) - 1, 2_000):
                part = (genome + genome)[start : start + size]
                asked = read_search(part, None, "whole", "forward", None, pointer="?")
                hit = (0, name, row.id, "forward", start, start + size)
                assert (await answered(database, reader, asked, MANY, 9))[0] == [hit]
                # Edits in the middle, where they leave the ends as they are.
                middle = mutated(part[10:-10], edits, randomly)
                query = part[:10] + middle + part[-10:]
                asked = read_search(query, edits, "within", "forward", None, pointer="?")
                found, _ = await answered(database, reader, asked, MANY, 9)
                assert [place[1:] for place in found] == [hit[1:]]

    @pytest.mark.skipif(
        "AMPLICONS" not in os.environ,
        reason="AMPLICONS names no FASTA file of many; `make test-search AMPLICONS=…`",
    )
    @pytest.mark.timeout(1800)
    async def test_nothing_is_missed_among_many(self, database: Database, reader: Reader) -> None:
        rows = stored(records_of(Path(os.environ["AMPLICONS"])))
        await keep(database, reader, rows)
        async with database.transaction(reader) as tx:
            census = await take_census(tx, reader.organisation_id)
        randomly = random.Random(7)
        bases = [row.bases for row in rows]
        for _ in range(200):
            row = randomly.choice(rows)
            distance = randomly.choice((1, 2, 3, 5, 8, 20))
            query = mutated(row.bases, randomly.randint(0, distance), randomly)
            distance = min(distance, len(query))
            asked = read_search(query, distance, "whole", "forward", None, pointer="?")
            found, _ = await answered(database, reader, asked, census, 500)
            # All rows are compared, just not by the model, which would take hours.
            near = process.extract(
                query, bases, scorer=Levenshtein.distance, score_cutoff=distance, limit=None
            )
            assert found == expected([rows[place] for _, _, place in near], asked)
